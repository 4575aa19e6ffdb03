"""The kernels of Transformer layers: attention, linear layers, dropout, sums and norms, in torch's order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from archc.ops.activation import GELU, ReLU
from archc.ops.arithmetic import Add
from archc.ops.attention import MultiheadAttention
from archc.ops.dropout import Dropout
from archc.ops.kernels import Call, Kernel
from archc.ops.kernels.program import Program
from archc.ops.linear import Linear
from archc.ops.norm import LayerNorm


class _Transforming(Protocol):
    """What is asked of a layer of a Transformer."""

    @property
    def d_model(self) -> int | None: ...
    @property
    def nhead(self) -> int: ...
    @property
    def dim_feedforward(self) -> int: ...
    @property
    def dropout(self) -> float: ...
    @property
    def activation(self) -> str: ...
    @property
    def norm_first(self) -> bool: ...
    @property
    def bias(self) -> bool: ...


def encoder_kernels(op: _Transforming, call: Call) -> Sequence[Kernel]:
    """Self-attention and the linear layers, one kernel in inference where torch takes its fast path."""
    layer = _Layer(op, call)
    program = layer.program
    padding, mask = program.mask("src_key_padding_mask"), program.mask("src_mask")
    if is_fused(op, call):
        kernel = Kernel(("src",), (("output", call.bytes(call.outputs[0])),), holds=program.made(padding, mask))
        return (*program.kernels, kernel)
    attended = layer.add("1", "src", lambda x: layer.attend("self_attn", x, x, padding, mask))
    result = layer.add("2", attended, layer.feed)
    program.hold(padding, mask, attended)
    return program.finish(result)


def decoder_kernels(op: _Transforming, call: Call) -> Sequence[Kernel]:
    """Self-attention, attention over the memory, and the linear layers."""
    layer = _Layer(op, call)
    program = layer.program
    own = program.mask("tgt_key_padding_mask"), program.mask("tgt_mask")
    other = program.mask("memory_key_padding_mask"), program.mask("memory_mask")
    first = layer.add("1", "tgt", lambda x: layer.attend("self_attn", x, x, *own))
    second = layer.add("2", first, lambda x: layer.attend("multihead_attn", x, "memory", *other))
    result = layer.add("3", second, layer.feed)
    program.hold(*own, *other, second)
    return program.finish(result)


def is_fused(op: _Transforming, call: Call) -> bool:
    """Whether torch takes the fast path of an encoder layer."""
    return not call.training and op.bias and not op.nhead % 2


class _Layer:
    """The parts of a layer, by the names of its modules."""

    def __init__(self, op: _Transforming, call: Call) -> None:
        self.op = op
        self.program = Program(call)
        self.size = int(op.d_model or 0)

    def add(self, number: str, x: str, part: Callable[[str], str]) -> str:
        """A part's result added to what it was given, normalized before or after."""
        if not self.op.norm_first:
            return self._norm(number, self._sum(number, x, part(x)))
        normal = self._norm(number, x)
        made = part(normal)
        self.program.hold(normal)
        return self._sum(number, x, made)

    def attend(self, name: str, query: str, key: str, padding: str, mask: str) -> str:
        """Attention, and dropout."""
        size = self.size
        attended = self.program.run(
            MultiheadAttention, (query, key, key, padding, mask), name, embed_dim=size, kdim=size, vdim=size,
            num_heads=self.op.nhead, dropout=self.op.dropout, bias=self.op.bias,
        )  # fmt: skip
        return self._dropped(attended)

    def feed(self, x: str) -> str:
        """Two linear layers with an activation between them."""
        kind = ReLU if self.op.activation == "relu" else GELU
        inner = self._dropped(self.program.run(kind, (self._linear("linear1", x, self.op.dim_feedforward),), "active"))
        return self._dropped(self._linear("linear2", inner, self.size))

    def _linear(self, name: str, x: str, size: int) -> str:
        features = int(self.program.types[x].shape[-1])
        return self.program.run(Linear, (x,), name, in_features=features, out_features=size, bias=self.op.bias)

    def _dropped(self, x: str) -> str:
        return self.program.run(Dropout, (x,), f"{x} dropped", p=self.op.dropout)

    def _sum(self, number: str, x: str, other: str) -> str:
        return self.program.run(Add, (x, other), f"sum{number}")

    def _norm(self, number: str, x: str) -> str:
        return self.program.run(LayerNorm, (x,), f"norm{number}", normalized_shape=self.size, bias=self.op.bias)
