"""How much of the input each place of a tensor can see: at least, on the shortest path, and at most, on the longest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archc.ops.base import pair
from archc.ops.window import reach
from archc.record import record
from archc.rules.walk import setting, sources
from archc.rules.windows import windows_of

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@record
class Field:
    """What a place sees along one dimension: how far apart neighbours look, and how many elements each sees."""

    jump: float
    least: float
    most: float
    extent: int
    """How many elements the input has there."""

    def seen(self, span: int, step: float) -> Field:
        """The field behind a window of `span` places that moves by `step`."""
        more = (span - 1) * self.jump
        return Field(self.jump * step, self.least + more, self.most + more, self.extent)


Fields = tuple[Field, ...]
_WITHIN = frozenset({"activation", "norm", "merge", "conv", "pool", "other", "dropout"})
"""The families whose ops leave each place where it was if the sizes stay the same."""


def fields_of(network: Network) -> dict[Node, Fields]:
    """The fields of each tensor with places; of one whose places cannot be followed there are none."""
    found: dict[Node, Fields] = {}
    for node in network.wiring.nodes:
        fields = _fields(network, node, found)
        if fields is not None:
            found[node] = fields
    return found


def places(node: Node) -> tuple[int, ...]:
    """The sizes behind the channels of what a node gives."""
    return tuple(map(int, node.outputs[0].shape[2:]))


def _fields(network: Network, node: Node, found: dict[Node, Fields]) -> Fields | None:
    sizes = places(node)
    if node.op is None:
        return tuple(Field(1.0, 1, 1, size) for size in sizes) or None
    before = [found[each] for each in sources(network, node) if each in found]
    if len(before) < len(sources(network, node)) or not before or len({len(each) for each in before}) > 1:
        return None
    fields = tuple(map(_widest, zip(*before, strict=True)))
    return _through(network, node, fields, sizes) if len(fields) == len(sizes) and sizes else None


def _widest(fields: Sequence[Field]) -> Field:
    """What a place sees through tensors that meet there."""
    return Field(
        min(field.jump for field in fields),
        min(field.least for field in fields),
        max(field.most for field in fields),
        max(field.extent for field in fields),
    )


def _through(network: Network, node: Node, fields: Fields, sizes: tuple[int, ...]) -> Fields | None:
    windows = windows_of(network, node)
    if windows:
        return tuple(f.seen(w.span, w.stride) for f, w in zip(fields, windows, strict=True))
    if setting(node, "output_padding") is not None:
        return _spread(node, fields)
    taken = tuple(map(int, node.inputs[0].shape[2:]))
    assert node.op is not None
    if node.op.family == "pool" and setting(node, "output_size") is not None:
        return tuple(map(_adapted, fields, taken, sizes))
    if node.op.is_affine or (node.op.family in _WITHIN and all(len(x.shape) == len(sizes) + 2 for x in node.inputs)):
        return fields if taken == sizes or node.op.family != "pool" else None
    return None


def _adapted(field: Field, taken: int, given: int) -> Field:
    """An adaptive pool: all there is where one place is left."""
    if given == 1:
        return Field(field.jump * taken, math.inf, math.inf, field.extent)
    return field.seen(math.ceil(taken / given), taken / given)


def _spread(node: Node, fields: Fields) -> Fields:
    """A transposed convolution: each place is made of the few whose kernels reach it."""
    dims = len(fields)
    spans = map(reach, pair(setting(node, "kernel_size"), dims), pair(setting(node, "dilation"), dims))
    steps = pair(setting(node, "stride"), dims)
    return tuple(
        Field(
            field.jump / step,
            field.least + (max(1, span // step) - 1) * field.jump,
            field.most + (math.ceil(span / step) - 1) * field.jump,
            field.extent,
        )
        for field, span, step in zip(fields, spans, steps, strict=True)
    )
