"""The layers of a Transformer; a stack of them is a `repeat`."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from archc.dims import equal
from archc.ops import lowering
from archc.ops.attention import (
    BATCH_FIRST,
    MultiheadAttention,
    affine,
    check_mask,
    check_padding,
    need_heads,
    need_sequence,
)
from archc.ops.base import (
    CHANNELS,
    Call,
    Domain,
    Example,
    Inferred,
    Inputs,
    Kernel,
    Module,
    Positive,
    Probability,
    Saves,
    ShapeError,
    Weight,
    concrete,
)
from archc.tensor import TensorType


class _Layer(Module):
    """What the two Transformer layers have in common: attention, then two linear layers, each added to its input."""

    saves = Saves("always", "always")
    family = "attention"
    primary = "nhead"
    positional = ("d_model", "nhead")

    d_model: Inferred = None
    nhead: Positive
    dim_feedforward: Positive = 2048
    dropout: Probability = 0.1
    activation: Literal["relu", "gelu"] = "relu"
    layer_norm_eps: Annotated[float, Field(ge=0.0)] = 1e-5
    batch_first: Literal[True] = True
    norm_first: bool = False
    bias: bool = True

    def inferred(self, inputs: Inputs) -> Mapping[str, Any]:
        """`d_model` is the last dimension."""
        return {"d_model": concrete(inputs.first.shape[-1])}

    def as_torch(self) -> lowering.Node:
        """`nn.TransformerEncoderLayer(512, 8, batch_first=True)`."""
        args = tuple(lowering.Field(name) for name in self.positional)
        return lowering.Call(f"nn.{self.name}", args, self.given(skip=self.positional) + BATCH_FIRST)

    def apply(self) -> lowering.Call:
        """`self.layer(x, src_mask=mask)`."""
        required = tuple(lowering.Input(port) for port in self.ports if port not in self.optional)
        return lowering.Call("self", required, tuple((port, lowering.Input(port)) for port in self.optional))

    def _weights(self, *attentions: str) -> Sequence[Weight]:
        """Those of the attentions, of the linear layers, and of a norm behind each of them."""
        size, inner = self.d_model or 0, self.dim_feedforward
        attention = MultiheadAttention.model_construct(
            embed_dim=size, num_heads=self.nhead, kdim=size, vdim=size, bias=self.bias
        )
        owned = [Weight(f"{name}.{w.name}", w.shape) for name in attentions for w in attention.weights()]
        owned += affine("linear1", (inner, size), self.bias) + affine("linear2", (size, inner), self.bias)
        for at in range(1, len(attentions) + 2):
            owned += affine(f"norm{at}", (size,), self.bias)
        return owned

    def _attention_macs(self, length: int, keys: int) -> int:
        size = int(self.d_model or 0)
        return 2 * size * size * (length + keys) + 2 * length * keys * size

    def _linear_macs(self, length: int) -> int:
        return 2 * length * int(self.d_model or 0) * int(self.dim_feedforward)


class TransformerEncoderLayer(_Layer):
    """Self-attention and two linear layers, each with dropout, its input added, and layer normalization.

    `src_mask` is (L, L), the same for every sample and head; `src_key_padding_mask` is (N, L).
    """

    ports = ("src", "src_mask", "src_key_padding_mask")
    optional = ("src_mask", "src_key_padding_mask")
    examples = (
        Example(((5, 8),), {"nhead": 2, "dim_feedforward": 16}),
        Example(((5, 8),), {"nhead": 4, "dim_feedforward": 8, "norm_first": True, "bias": False, "activation": "gelu"}),
        Example(
            ((5, 8), (5,)), {"nhead": 2, "dim_feedforward": 4}, ("float32", "bool"), ("src", "src_key_padding_mask")
        ),
    )
    domain = Domain(
        inputs=(((5, 8),), ((5, 8), (5, 5)), ((5, 8), (5, 4))),
        args={
            "nhead": (1, 2, 3),
            "dim_feedforward": (1, 16),
            "d_model": (None, 8, 7),
            "norm_first": (True, False),
            "bias": (True, False),
            "activation": ("relu", "gelu"),
        },
    )

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        source = inputs.first
        need_sequence(source, "src")
        need_heads(self.d_model or 0, self.nhead)
        check_mask(inputs.get("src_mask"), source, source, "src_mask", self.nhead)
        check_padding(inputs.get("src_key_padding_mask"), source, "src_key_padding_mask")
        return (source,)

    def weights(self) -> Sequence[Weight]:
        """`self_attn`, `linear1`, `linear2`, `norm1`, `norm2`."""
        return self._weights("self_attn")

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """Those of its parts, or one."""
        from archc.ops.kernels.transformer import encoder_kernels

        return encoder_kernels(self, call)

    def macs(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> int:
        """Those of the attention and of the linear layers; written out, without the fused kernel of inference."""
        length = int(inputs.first.shape[1])
        return self._attention_macs(length, length) + self._linear_macs(length)


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention over `memory`, and two linear layers, each with its input added and normalized.

    `tgt_mask` is (T, T) and `memory_mask` (T, S), the same for every sample and head; the padding masks are (N, T)
    and (N, S).
    """

    ports = ("tgt", "memory", "tgt_mask", "memory_mask", "tgt_key_padding_mask", "memory_key_padding_mask")
    optional = ("tgt_mask", "memory_mask", "tgt_key_padding_mask", "memory_key_padding_mask")
    examples = (
        Example(((5, 8), (3, 8)), {"nhead": 2, "dim_feedforward": 16}),
        Example(((5, 8), (3, 8)), {"nhead": 4, "dim_feedforward": 8, "norm_first": True, "bias": False}),
        Example(
            ((5, 8), (3, 8), (3,)),
            {"nhead": 2, "dim_feedforward": 4},
            ("float32", "float32", "bool"),
            ("tgt", "memory", "memory_key_padding_mask"),
        ),
    )
    domain = Domain(
        inputs=(((5, 8), (3, 8)), ((5, 8), (3, 6)), ((5, 8), (3, 8), (5, 5)), ((5, 8), (3, 8), (5, 5), (5, 3))),
        args={
            "nhead": (1, 2, 3),
            "dim_feedforward": (1, 16),
            "norm_first": (True, False),
            "bias": (True, False),
            "activation": ("relu", "gelu"),
        },
    )

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The type of `tgt`."""
        target, memory = inputs[0], inputs[1]
        need_sequence(target, "tgt")
        need_sequence(memory, "memory")
        need_heads(self.d_model or 0, self.nhead)
        if not equal(memory.shape[-1], self.d_model or 0):
            raise ShapeError(f"wants memory of {self.d_model} features as in tgt, got {memory}", code=CHANNELS)
        check_mask(inputs.get("tgt_mask"), target, target, "tgt_mask", self.nhead)
        check_mask(inputs.get("memory_mask"), target, memory, "memory_mask", self.nhead)
        check_padding(inputs.get("tgt_key_padding_mask"), target, "tgt_key_padding_mask")
        check_padding(inputs.get("memory_key_padding_mask"), memory, "memory_key_padding_mask")
        return (target,)

    def weights(self) -> Sequence[Weight]:
        """`self_attn`, `multihead_attn`, `linear1`, `linear2`, `norm1`, `norm2`, `norm3`."""
        return self._weights("self_attn", "multihead_attn")

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """Those of its parts."""
        from archc.ops.kernels.transformer import decoder_kernels

        return decoder_kernels(self, call)

    def macs(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> int:
        """Those of both attentions and of the linear layers."""
        length, memory = int(inputs[0].shape[1]), int(inputs[1].shape[1])
        attended = self._attention_macs(length, length) + self._attention_macs(length, memory)
        return attended + self._linear_macs(length)
