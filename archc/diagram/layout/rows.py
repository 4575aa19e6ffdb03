"""Where everything stands across the flow, and what that leaves free at the height of every layer."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass

from archc.diagram.layout.graph import CLEARANCE, Graph
from archc.diagram.layout.slots import Cell


@dataclass(frozen=True, slots=True)
class Lanes:
    """Where everything stands across the flow."""

    node: Sequence[float]
    wire: Sequence[float]
    cells: dict[int, tuple[Cell, ...]]


class Rows:
    """What stands in every layer: cards, and the lines that pass between them."""

    def __init__(self, graph: Graph, lanes: Lanes) -> None:
        count = max(graph.layer) + 1
        self.cards: list[list[tuple[float, float, int]]] = [[] for _ in range(count)]
        self.turns: list[list[tuple[float, float, int]]] = [[] for _ in range(count)]
        self.track, self.beside = graph.gaps.track, graph.gaps.margin_side
        for v, x in enumerate(lanes.node):
            left, right = borders(graph, lanes, v)
            self.cards[graph.layer[v]].append((x + left, x + right, v))
        passing: list[set[tuple[float, int]]] = [set() for _ in range(count)]
        for e, x in enumerate(lanes.wire):
            for layer in range(graph.layer[graph.tail[e]] + 1, graph.layer[graph.head[e]]):
                passing[layer].add((x, graph.tail[e]))
        self.passing = [sorted(own) for own in passing]

    def is_clear(self, layer: int, a: float, b: float, tail: int, but: int) -> bool:
        """Whether a horizontal line of `tail` from `a` to `b` at the height of a layer meets nothing."""
        left, right = min(a, b), max(a, b)
        for x0, x1, v in self.cards[layer]:
            if v != but and x0 - CLEARANCE < right and x1 + CLEARANCE > left:
                return False
        own, near = self.passing[layer], 0.9 * self.track
        if any(t != tail for _, t in own[bisect_left(own, (left - near,)) : bisect_left(own, (right + near,))]):
            return False
        return all(x1 <= left or x0 >= right or t == tail for x0, x1, t in self.turns[layer])

    def move(self, layers: range, tail: int, a: float, b: float) -> bool:
        """Move a passing line from `a` to `b` if it stays as far from everything as it has to be."""
        beside = max(self.beside, CLEARANCE)
        for layer in layers:
            if any(x0 - beside < b < x1 + beside for x0, x1, _ in self.cards[layer]):
                return False
            if not self.is_clear(layer, b, b, tail, -1):
                return False
        for layer in layers:
            if (a, tail) in self.passing[layer]:
                self.passing[layer].remove((a, tail))
            if (b, tail) not in self.passing[layer]:
                insort(self.passing[layer], (b, tail))
        return True

    def turn(self, layer: int, a: float, b: float, tail: int) -> None:
        """Note a horizontal line at the height of a layer."""
        self.turns[layer].append((min(a, b), max(a, b), tail))


def borders(graph: Graph, lanes: Lanes, v: int) -> tuple[float, float]:
    """A node's left and right border, seen from its lane."""
    own = lanes.cells.get(v)
    half = graph.nodes[v].w / 2
    return (own[0].left, own[-1].right) if own else (-half, half)
