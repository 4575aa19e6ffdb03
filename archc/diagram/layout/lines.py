"""How every line leaves its tail and enters its head: from which lane, at which point, on which side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

from archc.diagram.layout.graph import CLEARANCE, Graph
from archc.diagram.layout.slots import Cell

_CORNER = 10.0
"""Lines enter a card at least this far from its corners."""
_ROUND = 0.4
"""Lines enter a round head from above at most this part of its width from the middle."""
_STEP = 14.0
"""A step aside shorter than two corners looks like a slip."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """Where everything stands across the flow."""

    node: Sequence[float]
    wire: Sequence[float]
    cells: dict[int, tuple[Cell, ...]]


@dataclass(frozen=True, slots=True)
class Line:
    """An edge's way across the flow: out at `exit`, down at `lane`, in at `entry`."""

    edge: int
    exit: float
    lane: float
    entry: float
    home: float
    """The head's own lane."""
    side: int = 0
    """-1 and 1 where it enters a round head from the left and the right."""
    sideways: bool = False
    """It leaves a junction at the junction's own height."""


def lines(graph: Graph, lanes: Lanes) -> list[Line]:
    """The lines of all edges, those of one tail on shared lanes where nothing stands between."""
    rows = _Rows(graph, lanes)
    wire = _shared(graph, lanes, rows)
    rows = _Rows(graph, replace(lanes, wire=wire))
    found: list[Line | None] = [None] * len(graph.edges)
    for v in range(graph.n):
        for line in _into(graph, lanes, wire, rows, v):
            found[line.edge] = line
    return [_sideways(graph, rows, line) for line in _eased(graph, rows, [line for line in found if line is not None])]


class _Rows:
    """What stands in every layer: cards, and the lines that pass between them."""

    def __init__(self, graph: Graph, lanes: Lanes) -> None:
        count = max(graph.layer) + 1
        self.cards: list[list[tuple[float, float, int]]] = [[] for _ in range(count)]
        self.passing: list[set[tuple[float, int]]] = [set() for _ in range(count)]
        self.turns: list[list[tuple[float, float, int]]] = [[] for _ in range(count)]
        self.track, self.beside = graph.gaps.track, graph.gaps.margin_side
        for v, x in enumerate(lanes.node):
            left, right = borders(graph, lanes, v)
            self.cards[graph.layer[v]].append((x + left, x + right, v))
        for e, x in enumerate(lanes.wire):
            for layer in range(graph.layer[graph.tail[e]] + 1, graph.layer[graph.head[e]]):
                self.passing[layer].add((x, graph.tail[e]))

    def is_clear(self, layer: int, a: float, b: float, tail: int, but: int) -> bool:
        """Whether a horizontal line of `tail` from `a` to `b` at the height of a layer meets nothing."""
        left, right = min(a, b), max(a, b)
        for x0, x1, v in self.cards[layer]:
            if v != but and x0 - CLEARANCE < right and x1 + CLEARANCE > left:
                return False
        if any(left - 0.9 * self.track < x < right + 0.9 * self.track and t != tail for x, t in self.passing[layer]):
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
            self.passing[layer].discard((a, tail))
            self.passing[layer].add((b, tail))
        return True

    def turn(self, layer: int, a: float, b: float, tail: int) -> None:
        """Note a horizontal line at the height of a layer."""
        self.turns[layer].append((min(a, b), max(a, b), tail))


def borders(graph: Graph, lanes: Lanes, v: int) -> tuple[float, float]:
    """A node's left and right border, seen from its lane."""
    own = lanes.cells.get(v)
    half = graph.nodes[v].w / 2
    return (own[0].left, own[-1].right) if own else (-half, half)


def _shared(graph: Graph, lanes: Lanes, rows: _Rows) -> list[float]:
    """Lanes of one tail on one side become one, the outermost, where nothing stands between them."""
    wire = list(lanes.wire)
    for v in range(graph.n):
        long = [e for e in graph.outs[v] if graph.span(e) > 1]
        for side, skip in product((-1, 1), (False, True)) if len(long) > 1 else ():
            own = [e for e in long if graph.edges[e].skip == skip and side * (wire[e] - lanes.node[v]) > 0]
            outer, *inner = sorted({wire[e] for e in own}, key=lambda x: -side * x) or (0.0,)
            for x in inner:
                group = [e for e in own if lanes.wire[e] == x]
                if not all(_nothing_between(graph, rows, e, outer, x) for e in group):
                    outer = x
                for e in group:
                    wire[e] = outer
    return wire


def _nothing_between(graph: Graph, rows: _Rows, inner: int, a: float, b: float) -> bool:
    tail, head = graph.tail[inner], graph.head[inner]
    return all(rows.is_clear(row, a, b, tail, head) for row in range(graph.layer[tail] + 1, graph.layer[head] + 1))


def _into(graph: Graph, lanes: Lanes, wire: Sequence[float], rows: _Rows, v: int) -> list[Line]:
    """The lines into a node."""

    def come(e: int) -> float:
        return wire[e] if graph.span(e) > 1 else lanes.node[graph.tail[e]]

    own = [Line(e, lanes.node[graph.tail[e]], come(e), lanes.node[v], lanes.node[v]) for e in graph.ins[v]]
    own.sort(key=lambda line: (line.lane, wire[line.edge]))
    if v in lanes.cells:
        into = {cell.edge: lanes.node[v] + cell.entry for cell in lanes.cells[v]}
        return [replace(line, entry=into[line.edge]) for line in own]
    if graph.is_round(v):
        return _round(graph, lanes, rows, v, own)
    return _spread(graph, lanes, v, own)


def _round(graph: Graph, lanes: Lanes, rows: _Rows, v: int, own: list[Line]) -> list[Line]:
    """One line from either side where it can turn in there, the others from above."""
    layer, x, reach = graph.layer[v], lanes.node[v], graph.side_reach(v)
    done: list[Line] = []
    for side in (1, -1):
        if not own:
            break
        line = own[-1 if side > 0 else 0]
        tail = graph.tail[line.edge]
        if side * (line.lane - x) >= reach - 0.01 and rows.is_clear(layer, x, line.lane, tail, v):
            rows.turn(layer, x, line.lane, tail)
            own.remove(line)
            done.append(replace(line, side=side, entry=x + side * graph.nodes[v].w / 2))
    last = len(own) - 1
    middle = next((i for i, line in enumerate(own) if line.lane == x), last / 2) if last < 3 else last / 2
    step = min(graph.gaps.track, _ROUND * graph.nodes[v].w / max(1, middle, last - middle))
    return done + [replace(line, entry=x + (i - middle) * step) for i, line in enumerate(own)]


def _spread(graph: Graph, lanes: Lanes, v: int, own: list[Line]) -> list[Line]:
    """Lines into the top of a card: straight where all can be, else spread evenly, one from its own lane straight."""
    x, half = lanes.node[v], graph.nodes[v].w / 2
    if len(own) == 1:
        off = own[0].lane - x
        return [replace(own[0], entry=own[0].lane)] if abs(off) <= half / 2 else own
    room = min((b.lane - a.lane for a, b in pairwise(own)), default=0)
    if room >= graph.gaps.track and all(abs(line.lane - x) <= half - _CORNER for line in own):
        return [replace(line, entry=line.lane) for line in own]
    straight = [i for i, line in enumerate(own) if line.lane == x]
    if len(straight) != 1:
        return [replace(line, entry=x - half + 2 * half * (i + 1) / (len(own) + 1)) for i, line in enumerate(own)]
    main = straight[0]
    left, right = half / (main + 1), half / (len(own) - main)
    return [replace(line, entry=x + (i - main) * (left if i < main else right)) for i, line in enumerate(own)]


def _eased(graph: Graph, rows: _Rows, own: list[Line]) -> list[Line]:
    """Move a lane a little where that spares a line a small step aside just above its head."""
    on: dict[tuple[int, float], list[int]] = {}
    for i, line in enumerate(own):
        if graph.span(line.edge) > 1:
            on.setdefault((graph.tail[line.edge], line.lane), []).append(i)
    for (tail, lane), group in on.items():
        entry = min((own[i].entry for i in group), key=lambda x: abs(x - lane))
        small = 0 < abs(entry - lane) < _STEP and lane != own[group[0]].exit
        if not small or any(own[i].side for i in group):
            continue
        bottom = max(graph.layer[graph.head[own[i].edge]] for i in group)
        if rows.move(range(graph.layer[tail] + 1, bottom), tail, lane, entry):
            for i in group:
                own[i] = replace(own[i], lane=entry)
    return own


def _sideways(graph: Graph, rows: _Rows, line: Line) -> Line:
    """Let a line leave a junction sideways where it can."""
    tail = graph.tail[line.edge]
    if not graph.is_hub(tail):
        return line
    alone = graph.span(line.edge) == 1 and len(graph.ins[graph.head[line.edge]]) == 1
    lane = line.entry if alone else line.lane
    if lane == line.exit or not rows.is_clear(graph.layer[tail], line.exit, lane, tail, tail):
        return line
    rows.turn(graph.layer[tail], line.exit, lane, tail)
    return replace(line, lane=lane, sideways=True)
