"""Multi-head attention, and what the layers made of it share.

torch puts the sequence first unless told `batch_first=True`. Here the batch is the first dimension of every tensor, so
`batch_first` is always true: a spec may leave it out, and the module is always built with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from archc.dims import equal, same_sizes
from archc.ops import lowering
from archc.ops.base import (
    CHANNELS,
    DTYPE,
    FLOATING,
    Call,
    Domain,
    Example,
    Inferred,
    Inputs,
    Kernel,
    Module,
    Order,
    Positive,
    Probability,
    Saves,
    ShapeError,
    Weight,
    concrete,
    need_dtype,
    need_rank,
)
from archc.ops.kernels.attention import attention_kernels, attention_orders
from archc.tensor import TensorType

BATCH_FIRST = (("batch_first", lowering.Literal(True)),)


class MultiheadAttention(Module):
    """Attention of `query` over `key` and `value`, in `num_heads` parts, with projections in and out.

    Without `value` the keys are the values, without `key` as well it is self-attention. The weights are a result only
    with `need_weights`, which is off unless asked for (torch has it on): most networks never look at them.
    `attn_mask` is (L, S), the same for every sample and head; `key_padding_mask` is (N, S). Where they are bool,
    True hides a key.
    """

    saves = Saves("always", "always")
    family = "attention"
    primary = "num_heads"
    positional = ("embed_dim", "num_heads")
    ports = ("query", "key", "value", "key_padding_mask", "attn_mask")
    optional = ("key", "value", "key_padding_mask", "attn_mask")
    results = ("output", "weights")
    examples = (
        Example(((5, 8),), {"num_heads": 2}),
        Example(((5, 8), (3, 8), (3, 6)), {"num_heads": 4, "need_weights": True, "bias": False}),
        Example(((5, 8), (3, 6)), {"num_heads": 2, "add_bias_kv": True, "add_zero_attn": True}),
        Example(
            ((5, 8), (5,)),
            {"num_heads": 2, "need_weights": True, "average_attn_weights": False},
            ("float32", "bool"),
            ("query", "key_padding_mask"),
        ),
        Example(((5, 8), (5, 5)), {"num_heads": 1}, ports=("query", "attn_mask")),
    )
    domain = Domain(
        inputs=(
            ((5, 8),),
            ((5, 8), (3, 8)),
            ((5, 8), (3, 6), (3, 4)),
            ((5, 8), (3, 8), (4, 8)),
            ((5, 8), (3, 8), (3, 8), (3,)),
            ((5, 8), (3, 8), (3, 8), (5,)),
        ),
        args={
            "num_heads": (1, 2, 3),
            "bias": (True, False),
            "add_bias_kv": (True, False),
            "add_zero_attn": (True, False),
            "kdim": (None, 8, 6),
            "need_weights": (True, False),
            "average_attn_weights": (True, False),
        },
    )

    implied: ClassVar[Mapping[str, str]] = {"kdim": "embed_dim", "vdim": "embed_dim"}

    embed_dim: Inferred = None
    num_heads: Positive
    dropout: Probability = 0.0
    bias: bool = True
    add_bias_kv: bool = False
    add_zero_attn: bool = False
    kdim: Inferred = None
    vdim: Inferred = None
    batch_first: Literal[True] = True
    need_weights: bool = False
    """Whether the weights are a result; torch's own default is True."""
    average_attn_weights: bool = True
    """Whether the weights are the mean over the heads, (N, L, S), or each head's own, (N, heads, L, S)."""

    def inferred(self, inputs: Inputs) -> Mapping[str, Any]:
        """The last dimensions of the query, the keys and the values."""
        query, key, value = _attended(inputs)
        sizes = {"embed_dim": query, "kdim": key, "vdim": value}
        return {name: concrete(x.shape[-1]) for name, x in sizes.items()}

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The query's shape; with `need_weights`, also the weights of every key for every query."""
        query, key, value = _attended(inputs)
        need_sequence(query, "query")
        need_sequence(key, "key")
        need_sequence(value, "value")
        need_heads(self.embed_dim or 0, self.num_heads)
        if not equal(key.shape[1], value.shape[1]):
            raise ShapeError(f"wants a value for every key, got keys {key} and values {value}", code=CHANNELS)
        check_padding(inputs.get("key_padding_mask"), key, "key_padding_mask")
        check_mask(inputs.get("attn_mask"), query, key, "attn_mask", self.num_heads)
        if not self.need_weights:
            return (query,)
        added = self._added_keys()
        keys = key.shape[1] + added if added else key.shape[1]
        heads = () if self.average_attn_weights else (self.num_heads,)
        return (query, TensorType((query.shape[0], *heads, query.shape[1], keys), query.dtype))

    def saved(self, inputs: Inputs) -> Saves:
        """The weights too, where they are not averaged."""
        each = self.need_weights and not self.average_attn_weights
        return replace(self.saves, results=(1,)) if each else self.saves

    def _added_keys(self) -> int:
        """How many keys there are beside those of the input."""
        return int(self.add_bias_kv) + int(self.add_zero_attn)

    def weights(self) -> Sequence[Weight]:
        """One projection for all where the sizes agree, else three; torch's names."""
        size, key, value = self.embed_dim or 0, self.kdim or 0, self.vdim or 0
        if key == size and size == value:
            weights = [Weight("in_proj_weight", (3 * size, size))]
        else:
            sizes = (("q", size), ("k", key), ("v", value))
            weights = [Weight(f"{name}_proj_weight", (size, given)) for name, given in sizes]
        if self.bias:
            weights.append(Weight("in_proj_bias", (3 * size,)))
        if self.add_bias_kv:
            weights += [Weight("bias_k", (1, 1, size)), Weight("bias_v", (1, 1, size))]
        return (*weights, *affine("out_proj", (size, size), self.bias))

    def macs(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> int:
        """The projections, and twice a multiply-add for each query, key and feature; written out, no fused kernel."""
        query, key, _ = _attended(inputs)
        size, length, keys = int(self.embed_dim or 0), int(query.shape[1]), int(key.shape[1])
        projected = 2 * length * size + keys * (int(self.kdim or 0) + int(self.vdim or 0))
        return size * projected + 2 * length * (keys + self._added_keys()) * size

    def as_torch(self) -> lowering.Node:
        """`nn.MultiheadAttention(768, 12, batch_first=True)`, with `kdim` and `vdim` where they are not `embed_dim`."""
        same = tuple(name for name in ("kdim", "vdim") if getattr(self, name) == self.embed_dim)
        kwargs = self.given(skip=(*self.positional, *same, "need_weights", "average_attn_weights"))
        args = tuple(lowering.Field(name) for name in self.positional)
        return lowering.Call("nn.MultiheadAttention", args, kwargs + BATCH_FIRST)

    def apply(self) -> lowering.Call:
        """`self.attn(x, x, x, need_weights=False)`."""
        query = lowering.Input("query")
        key = lowering.Input("key", query)
        kwargs: list[tuple[str, lowering.Node]] = [
            (name, lowering.Input(name)) for name in ("key_padding_mask", "attn_mask")
        ]
        if not self.need_weights:
            kwargs.append(("need_weights", lowering.Literal(False)))
        elif not self.average_attn_weights:
            kwargs.append(("average_attn_weights", lowering.Literal(False)))
        return lowering.Call("self", (query, key, lowering.Input("value", key)), tuple(kwargs))

    def unpack(self) -> tuple[lowering.Pattern, ...]:
        """`output, weights`."""
        return (lowering.Result("output"), lowering.Result("weights"))

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """Projections, attention, projection; self-attention is one kernel in inference."""
        return attention_kernels(self, call, int(self.embed_dim or 0), int(self.kdim or 0) + int(self.vdim or 0))

    def orders(self, call: Call) -> tuple[Order, ...]:
        """Time first, but for the one kernel."""
        return attention_orders(self, call)


def _attended(inputs: Inputs) -> tuple[TensorType, TensorType, TensorType]:
    """Query, key and value: what is left out is the one before it."""
    query = inputs.first
    key = inputs.get("key") or query
    return query, key, inputs.get("value") or key


def affine(name: str, shape: tuple[int, ...], bias: bool) -> list[Weight]:
    """A weight, and a bias as long as its first dimension."""
    weight = Weight(f"{name}.weight", shape)
    return [weight, Weight(f"{name}.bias", shape[:1])] if bias else [weight]


def need_sequence(x: TensorType, port: str) -> None:
    """Refuse what is not (N, length, features) of floating-point numbers."""
    need_rank(x, 3, what=port)
    need_dtype(x)
    if not x.batched:
        raise ShapeError(f"wants {port} for every sample, got one tensor {x} for all", help="`expand` it to the batch")


def need_heads(size: int, heads: int) -> None:
    """Refuse heads that do not divide the features."""
    if size % heads:
        raise ShapeError(f"cannot split {size} features among {heads} heads", code=CHANNELS)


def check_padding(mask: TensorType | None, keys: TensorType, port: str) -> None:
    """A padding mask has a value for each key of each sample."""
    if mask is None:
        return
    _need_mask_dtype(mask, port)
    if mask.rank != 2 or not mask.batched or not equal(mask.shape[1], keys.shape[1]):
        raise ShapeError(
            f"wants {port} of {keys.shape[1]} beside the batch, one for each key, got {mask}", code=CHANNELS
        )


def check_mask(mask: TensorType | None, queries: TensorType, keys: TensorType, port: str, heads: int) -> None:
    """A mask has a value for each query and key; a batched one must be given for each head, so for a single one."""
    if mask is None:
        return
    _need_mask_dtype(mask, port)
    wanted = (queries.shape[1], keys.shape[1])
    if not same_sizes(mask.sample, wanted):
        raise ShapeError(f"wants {port} of {wanted[0]} x {wanted[1]}, queries by keys, got {mask}", code=CHANNELS)
    if mask.batched and heads != 1:
        raise ShapeError(
            f"wants one {port} for all samples, got one for each", code=CHANNELS, help="only a single head takes it"
        )


def _need_mask_dtype(mask: TensorType, port: str) -> None:
    if mask.dtype not in ("bool", *FLOATING):
        raise ShapeError(f"wants {port} of bool or floating-point numbers, got {mask.dtype}", code=DTYPE)
