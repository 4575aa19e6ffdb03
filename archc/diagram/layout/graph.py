"""What a layout is given and what it gives back, and the graph as the passes between the two see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]
Rect = tuple[float, float, float, float]
"""The top left corner, the width and the height."""
Kind = Literal["card", "circle", "slots", "point"]
"""`slots` is a concatenation drawn as a tensor with one slot per incoming edge; `point` is a junction."""


@dataclass(frozen=True, slots=True)
class Node:
    """A card of a given size; for `slots` the size is the least one."""

    id: str
    w: float
    h: float
    kind: Kind = "card"


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from `tail` to `head`; `skip` marks a bypass into a merge."""

    id: str
    tail: str
    head: str
    skip: bool = False
    order: int = 0
    """Which input of the head it is."""
    label: tuple[float, float] | None = None
    """Width and height of a text that needs room beside the line (above it where the flow is to the right)."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """Least distances: of layers, of cards side by side, of parallel lines, of a line and a card beside it."""

    between_layers: float
    between_lanes: float
    track: float
    margin_side: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A finished layout: everything lies within (0, 0, w, h)."""

    w: float
    h: float
    at: Mapping[str, Rect]
    slots: Mapping[str, tuple[Rect, ...]]
    """The slots of each concatenation in the order of its inputs."""
    routes: Mapping[str, tuple[Point, ...]]
    """Horizontal and vertical pieces from the tail's border (or a junction on the tail's line) to the head's."""
    labels: Mapping[str, Point]
    """The centres of the edges' labels."""


MAX_PASSES = 200_000
"""How often lines may pass a layer in one graph: three hundred cards that each feed all after them need fewer."""
CLEARANCE = 4.0
"""No line comes nearer than this to a card at which it does not end."""


class CrowdedError(Exception):
    """More lines pass more layers than are laid out."""


@dataclass(frozen=True, slots=True)
class Graph:
    """The graph by numbers, flowing downwards; -1 and `n` stand for what comes before all nodes and after them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    tail: tuple[int, ...]
    head: tuple[int, ...]
    ins: tuple[tuple[int, ...], ...]
    """The incoming edges of each node, by their `order`."""
    outs: tuple[tuple[int, ...], ...]
    layer: tuple[int, ...]
    gaps: Gaps
    label_side: Literal[-1, 1]

    @property
    def n(self) -> int:
        """The number of nodes."""
        return len(self.nodes)

    def is_real(self, v: int) -> bool:
        """Whether a number is that of a node."""
        return 0 <= v < len(self.nodes)

    def kind(self, v: int) -> Kind | None:
        """What a node is drawn as."""
        return self.nodes[v].kind if self.is_real(v) else None

    def span(self, edge: int) -> int:
        """How many layers an edge goes down."""
        return self.layer[self.head[edge]] - self.layer[self.tail[edge]]

    def is_round(self, v: int) -> bool:
        """Whether lines may enter a node from the side, and do since it has several inputs."""
        return self.kind(v) in ("circle", "point") and len(self.ins[v]) > 1

    def is_hub(self, v: int) -> bool:
        """Whether lines leave a node sideways: a junction that feeds several nodes."""
        return self.kind(v) == "point" and len(self.outs[v]) > 1

    def side_reach(self, v: int) -> float:
        """From the centre of a round node to the nearest lane that can still turn into it with an arrow."""
        return self.nodes[v].w / 2 + 1.5 * self.gaps.track

    def label_along(self, edge: int) -> float:
        """The label's size along the flow, 0 for none."""
        label = self.edges[edge].label
        return 0.0 if label is None else label[1]

    def label_at_tail(self, edge: int) -> bool:
        """Whether the label stands just below the tail rather than just above the head."""
        return len(self.outs[self.tail[edge]]) == 1


def graph_of(nodes: Sequence[Node], edges: Sequence[Edge], gaps: Gaps, label_side: Literal[-1, 1]) -> Graph:
    """The graph by numbers, with its layers; nodes come in a topological order. Raises `CrowdedError`."""
    number = {node.id: i for i, node in enumerate(nodes)}
    tail = tuple(number[edge.tail] for edge in edges)
    head = tuple(number[edge.head] for edge in edges)
    ins: list[list[int]] = [[] for _ in nodes]
    outs: list[list[int]] = [[] for _ in nodes]
    for i, edge in enumerate(edges):
        if tail[i] >= head[i]:
            raise ValueError(f"edge {edge.id}: {edge.tail} does not come before {edge.head}")
        outs[tail[i]].append(i)
        ins[head[i]].append(i)
    for own in ins:
        own.sort(key=lambda i: (edges[i].order, i))
    layer = _layers(tail, head, ins, outs)
    if sum(layer[h] - layer[t] for t, h in zip(tail, head, strict=True)) > MAX_PASSES:
        raise CrowdedError
    return Graph(
        tuple(nodes), tuple(edges), tail, head, tuple(map(tuple, ins)), tuple(map(tuple, outs)), layer, gaps, label_side
    )


def _layers(
    tail: tuple[int, ...], head: tuple[int, ...], ins: list[list[int]], outs: list[list[int]]
) -> tuple[int, ...]:
    """Layers by the longest path; what only leads from inputs of its own waits just before its first consumer."""
    layer = [0] * len(ins)
    own_inputs = [False] * len(ins)
    for v, edges in enumerate(ins):
        layer[v] = max((layer[tail[e]] + 1 for e in edges), default=0)
        own_inputs[v] = all(own_inputs[tail[e]] and len(outs[tail[e]]) == 1 for e in edges)
    for v in range(len(ins) - 1, -1, -1):
        if own_inputs[v] and outs[v]:
            layer[v] = min(layer[head[e]] for e in outs[v]) - 1
    return tuple(layer)
