"""The receptive field: how much of the input a place of a tensor can see, and how far apart and where places start.

Size, stride and start compose along a path as in Araujo, Norris and Sim (2019), "Computing receptive fields of
convolutional neural networks", Distill. Where paths join, the widest counts: the least start and the greatest end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import networkx as nx

from archc.graph import Node, ops_of
from archc.network import Network
from archc.ops.base import Inputs, Window
from archc.quiet import quiet

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class Along:
    """Along one axis of the input: place `i` of the tensor sees from `i * stride + start`, `size` places."""

    size: int
    stride: Number
    start: Number
    dim: int
    """The dimension of the tensor that runs along it, the batch being 0."""

    @property
    def end(self) -> Number:
        """The last place that place 0 sees."""
        return self.start + self.size - 1


Field = Mapping[int, Along | None]
"""By the input's dimension, the batch being 0: what is seen along it; None where every place sees all."""


@dataclass(frozen=True, slots=True)
class Widest:
    """The last field of a network that is not the whole input: the node that has it, and it."""

    path: str
    along: tuple[Along, ...]


def receptive_fields(network: Network) -> Mapping[Node, Field]:
    """The field of each node's first result in the network's first input, for those that see it at all."""
    graph = network.graph
    first = graph.graph["inputs"][0]
    dims = range(1, first.outputs[0].rank)
    fields: dict[Node, Field] = {first: {dim: Along(1, 1, 0, dim) for dim in dims}}
    for node in ops_of(graph):
        fed = [fields[source] for source in graph.predecessors(node) if source in fields]
        if fed:
            windows = node.op.windows(Inputs(node.inputs, node.ports), node.outputs) if node.op else ()
            fields[node] = {dim: _joined([_seen(field[dim], windows) for field in fed]) for dim in dims}
    return fields


@quiet()
def widest_field(network: Network) -> Widest | None:
    """The field where the network last has places: before it pools or flattens them all into one."""
    fields, graph = receptive_fields(network), network.graph
    axes = spatial_axes(network)
    last = graph.graph["outputs"][0].node
    reached = set(nx.dfs_preorder_nodes(graph.reverse(copy=False), last))
    found: Widest | None = None
    for node in ops_of(graph):
        along = _whole(fields.get(node, {}), axes) if node in reached else None
        if along is not None:
            found = Widest(node.path, along)
    return found


def spatial_axes(network: Network) -> tuple[int, ...]:
    """The input's dimensions that have places: those behind the channels, or the only one."""
    rank = network.graph.graph["inputs"][0].outputs[0].rank
    return tuple(range(2, rank)) or (1,)


def _whole(field: Field, axes: Sequence[int]) -> tuple[Along, ...] | None:
    along = tuple(each for axis in axes if (each := field.get(axis)) is not None)
    return along if len(along) == len(axes) else None


def _seen(along: Along | None, windows: Sequence[Window | None]) -> Along | None:
    """What the result sees of an axis, through an op's window on the dimension that runs along it."""
    if along is None:
        return None
    at, window = next(_onto(along.dim, windows), (0, None))
    if window is None:
        return None
    start = along.start + along.stride * window.low
    end = along.end + along.stride * window.high
    return Along(ceil(end - start) + 1, along.stride * window.step, start, at)


def _onto(dim: int, windows: Sequence[Window | None]) -> Iterator[tuple[int, Window]]:
    for at, window in enumerate(windows):
        if window is not None and (at if window.dim is None else window.dim) == dim:
            yield at, window


def _joined(fields: Sequence[Along | None]) -> Along | None:
    """The widest of several; all of the input where their places do not run alike."""
    first, *others = fields
    for other in others:
        if first is None or other is None or (first.dim, first.stride) != (other.dim, other.stride):
            return None
        start = min(first.start, other.start)
        first = Along(ceil(max(first.end, other.end) - start) + 1, first.stride, start, first.dim)
    return first
