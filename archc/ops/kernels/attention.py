"""The kernels of attention on CPU, as torch 2 runs `nn.MultiheadAttention`.

In inference self-attention is one kernel. Else the inputs are projected in torch's order (length, batch, features), the
heads attend by one fused kernel, or step by step where weights are asked for or dropped, and the result is projected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from archc.ops.kernels import Call, Kernel, Order
from archc.ops.kernels.recurrent import TIME_FIRST, is_time_first
from archc.tensor import TensorType


class _Attending(Protocol):
    """What is asked of a layer of attention."""

    num_heads: int
    dropout: float
    bias: bool
    add_bias_kv: bool
    add_zero_attn: bool
    need_weights: bool
    average_attn_weights: bool


def attention_kernels(op: _Attending, call: Call, features: int, width: int) -> list[Kernel]:
    """All of them; `features` are those of the query, `width` is that of keys and values together."""
    attention = _Attention(op, call, features, width)
    return list(attention.fused() if is_fused(op, call) else attention.run())


def attention_orders(op: _Attending, call: Call) -> tuple[Order, ...]:
    """The results of the fused kernel lie in torch's usual order."""
    usual: tuple[Order, ...] = ((),) * (len(call.outputs) - 1)
    return ((), *usual) if is_fused(op, call) else (TIME_FIRST, *usual)


def is_fused(op: _Attending, call: Call) -> bool:
    """Whether torch takes the fast path: self-attention in inference, with all biases and an even number of heads."""
    is_plain = op.bias and not op.num_heads % 2 and not op.add_bias_kv and not op.add_zero_attn
    return not call.training and is_plain and len(set(_sources(call).values())) == 1


def _sources(call: Call) -> dict[str, int]:
    """Which tensor each of query, key and value is."""
    known = dict(zip(call.inputs.ports, call.sources, strict=True))
    key = known.get("key", known["query"])
    return {"query": known["query"], "key": key, "value": known.get("value", key)}


def stepped_kernels(
    taken: tuple[str, str, str], sizes: tuple[int, int, int, int], result: str, weighted: bool, is_dropped: bool,
    masks: tuple[str, ...] = (),
) -> Iterator[Kernel]:  # fmt: skip
    """Scores, softmax, dropout and the sum of values, from the bytes of queries, keys, scores and sums.

    torch scales keys as well, unless the weights are asked for.
    """
    (q, k, v), (queries, keys, scores, sums) = taken, sizes
    yield Kernel((q,), (("scaled q", queries),))
    if not weighted:
        yield Kernel((k,), (("scaled k", keys),))
        k = "scaled k"
    yield Kernel(("scaled q", k), (("scores", scores),), ("scaled q", k), holds=masks)
    yield Kernel(("scores",), (("probabilities", scores),), ("probabilities",))
    if is_dropped:
        yield Kernel(("probabilities",), (("dropped", scores),), beside=scores)
    else:
        yield Kernel(("probabilities",), (("dropped", scores),), gradient="view", is_view=True)
    yield Kernel(("dropped", v), ((result, sums),), ("dropped", v), holds=("scaled q",))


def product_kernels(call: Call, is_dropped: bool, shares_heads: bool) -> tuple[Sequence[Kernel], Order]:
    """Those of `scaled_dot_product_attention`, and the order of its result: the heads behind the places if fused."""
    query, key, value = call.inputs.types[:3]
    result, ports = call.outputs[0], call.inputs.ports
    is_fused = query.rank == 4 and not is_dropped and query.shape[-1] == value.shape[-1]
    rows = call.bytes(query) // max(1, int(query.shape[-1]))
    is_alike = query.shape[:2] == key.shape[:2] == value.shape[:2]
    if is_fused and (is_alike or (shares_heads and not call.training)):
        return (Kernel(ports, (("output", call.bytes(result)),), (*ports, "output"), rows),), (0, 2, 1, 3)
    sizes = (call.bytes(query), call.bytes(key), rows * int(key.shape[-2]), call.bytes(result))
    q, k, v = ports[:3]
    return tuple(stepped_kernels((q, k, v), sizes, "output", False, is_dropped)), ()


class _Attention:
    """The kernels of one layer, and the bytes of what they make."""

    def __init__(self, op: _Attending, call: Call, features: int, width: int) -> None:
        self.op = op
        self.call = call
        self.features = features
        self.width = width
        query = call.inputs.first
        key = call.inputs.get("key") or query
        self.row = 4 * call.batch * features
        """Bytes of a vector for each sample."""
        self.grows = op.add_bias_kv or op.add_zero_attn
        self.queries = int(query.shape[1])
        self.keys = int(key.shape[1]) + int(op.add_bias_kv) + int(op.add_zero_attn)
        self.scores = 4 * call.batch * op.num_heads * self.queries * self.keys

    def fused(self) -> Iterator[Kernel]:
        """One kernel."""
        yield from self._masks()
        results = ("output", "weights")[: len(self.call.outputs)]
        made = tuple(zip(results, map(self.call.bytes, self.call.outputs), strict=True))
        yield Kernel(("query",), made, holds=self._made_masks())

    def run(self) -> Iterator[Kernel]:
        """Projections, attention, projection."""
        yield from self._masks()
        yield from self._projections()
        taken = ("q", "k", "v")
        if self.grows:
            taken = ("q", "more k", "more v")
            for name in ("k", "v"):
                yield Kernel((name,), ((f"more {name}", self.row * self.keys),), gradient="view")
        yield from self._attended(taken)
        weights = 4 * self.features * self.features + (4 * self.features if self.op.bias else 0)
        size = self.row * self.queries
        yield Kernel(
            ("attended",), (("projected", size),), ("attended",), weights=weights, uses="out", summed_apart=True
        )
        held = ("dropped",) if self.op.need_weights else ()
        yield Kernel(("projected",), (("output", size),), gradient="view", is_view=True, holds=held)
        if self.op.need_weights:
            shared = not self.op.average_attn_weights
            made = (("weights", self.call.bytes(self.call.outputs[1])),)
            yield Kernel(("dropped",), made, gradient="view" if shared else "own", is_view=shared)

    def _attended(self, taken: tuple[str, str, str]) -> Iterator[Kernel]:
        """The heads' results side by side."""
        size, masks = self.row * self.queries, self._made_masks()
        is_dropped = bool(self.op.dropout) and self.call.training
        if self.op.need_weights or is_dropped:
            sizes = (size, self.row * self.keys, self.scores, size)
            yield from stepped_kernels(taken, sizes, "sums", self.op.need_weights, is_dropped, masks)
            yield Kernel(("sums",), (("attended", size),), gradient="view")
            return
        sums = 4 * self.call.batch * self.op.num_heads * self.queries
        yield Kernel(taken, (("attended", size),), (*taken, "attended", *masks), sums, holds=masks)

    def _projections(self) -> Iterator[Kernel]:
        """One product for those of query, key and value that are one tensor."""
        sources = _sources(self.call)
        if len(set(sources.values())) == 1:
            yield from self._projected("query", ("q", "k", "v"))
        elif sources["key"] == sources["value"] and self.width == 2 * self.features:
            yield from self._projected("query", ("q",))
            yield from self._projected("key", ("k", "v"))
        else:
            for port, part in (("query", "q"), ("key", "k"), ("value", "v")):
                yield from self._projected(port, (part,))

    def _projected(self, port: str, parts: tuple[str, ...]) -> Iterator[Kernel]:
        """The product, an input in another order copied first; several parts are laid one behind the other."""
        at = self._port(port)
        source, x = self.call.inputs.ports[at], self.call.inputs[at]
        vectors, features, many = self.row * int(x.shape[1]), int(x.shape[-1]), len(parts)
        name = "".join(parts)
        target = ((name if many == 1 else f"{name} together", vectors * many),)
        weight, bias = 4 * features * self.features * many, 4 * self.features * many if self.op.bias else 0
        if is_time_first(self.call, at):
            yield Kernel((source,), target, (source,), weights=weight + bias, uses="in", summed_apart=True)
        else:
            copied, product = f"copied {name}", f"product {name}"
            yield Kernel((source,), ((copied, self.call.bytes(x)),), gradient="view")
            made = ((product, vectors * many),) if bias else target
            yield Kernel((copied,), made, (copied,), weights=weight, uses="in", summed_apart=True)
            if bias:
                yield Kernel((product,), target, gradient="view", weights=bias, uses="bias", summed_apart=True)
        if many > 1:
            yield Kernel((f"{name} together",), ((f"{name} apart", vectors * many),))
            views = tuple((part, vectors) for part in parts)
            yield Kernel((f"{name} apart",), views, is_view=True, backward=vectors * (many - 1))

    def _port(self, port: str) -> int:
        """The number of the input that comes in by a port: what is left out is the one before it."""
        ports = self.call.inputs.ports
        if port in ports:
            return ports.index(port)
        return ports.index("key") if port == "value" and "key" in ports else 0

    def _masks(self) -> Iterator[Kernel]:
        """Masks as numbers, one for padding written out for each head, and both of them summed."""
        masks: dict[str, TensorType | None] = {p: self.call.inputs.get(p) for p in ("key_padding_mask", "attn_mask")}
        heads = 4 * self.call.batch * self.op.num_heads
        for name, type_ in masks.items():
            if type_ is not None and type_.dtype == "bool":
                yield _constant(name, f"{name} as numbers", 4 * self.call.bytes(type_))
        if masks["key_padding_mask"] is not None and not is_fused(self.op, self.call):
            yield _constant("key_padding_mask", "padding of heads", heads * self.keys)
            if masks["attn_mask"] is not None:
                yield _constant("padding of heads", "both masks", heads * self.queries * self.keys)

    def _made_masks(self) -> tuple[str, ...]:
        """The mask that attention reads, where it is made here."""
        return tuple(name for kernel in list(self._masks())[-1:] for name, _ in kernel.makes)


def _constant(taken: str, made: str, size: int) -> Kernel:
    return Kernel((taken,), ((made, size),), whole=(made,))
