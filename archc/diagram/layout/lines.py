"""How every line leaves its tail and enters its head: from which lane, at which point, on which side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

from archc.diagram.layout.graph import Graph
from archc.diagram.layout.rows import Lanes, Rows

_CORNER = 10.0
"""Lines enter a card at least this far from its corners."""
_ROUND = 0.4
"""Lines enter a round head from above at most this part of its width from the middle."""
_STEP = 14.0
"""A step aside shorter than two corners looks like a slip."""


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
    rows = Rows(graph, lanes)
    wire = _shared(graph, lanes, rows)
    rows = Rows(graph, replace(lanes, wire=wire))
    found: list[Line | None] = [None] * len(graph.edges)
    for v in range(graph.n):
        for line in _into(graph, lanes, wire, rows, v):
            found[line.edge] = line
    return [_sideways(graph, rows, line) for line in _eased(graph, rows, [line for line in found if line is not None])]


def _shared(graph: Graph, lanes: Lanes, rows: Rows) -> list[float]:
    """Lanes of one tail on one side become one, the outermost, where nothing stands between them."""
    wire = list(lanes.wire)
    for v in range(graph.n):
        long = [e for e in graph.outs[v] if graph.span(e) > 1]
        for side, skip in product((-1, 1), (False, True)) if len(long) > 1 else ():
            own = [e for e in long if graph.edges[e].skip == skip and side * (wire[e] - lanes.node[v]) > 0]
            _merge(graph, rows, own, side, wire)
    return wire


def _merge(graph: Graph, rows: Rows, own: list[int], side: int, wire: list[float]) -> None:
    """Merge lanes from the outermost inwards; where a longer one got through, a shorter one only has to get to it."""
    groups: dict[float, list[int]] = {}
    for e in own:
        groups.setdefault(wire[e], []).append(e)
    target = before = down = None
    for x in sorted(groups, key=lambda x: -side * x):
        reach = max(graph.layer[graph.head[e]] for e in groups[x])
        start = before if down is not None and reach <= down else target
        if start is None or not all(_nothing_between(graph, rows, e, start, x) for e in groups[x]):
            target = x
        before, down = x, reach
        for e in groups[x]:
            wire[e] = x if target is None else target


def _nothing_between(graph: Graph, rows: Rows, inner: int, a: float, b: float) -> bool:
    tail, head = graph.tail[inner], graph.head[inner]
    return all(rows.is_clear(row, a, b, tail, head) for row in range(graph.layer[tail] + 1, graph.layer[head] + 1))


def _into(graph: Graph, lanes: Lanes, wire: Sequence[float], rows: Rows, v: int) -> list[Line]:
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


def _round(graph: Graph, lanes: Lanes, rows: Rows, v: int, own: list[Line]) -> list[Line]:
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


def _eased(graph: Graph, rows: Rows, own: list[Line]) -> list[Line]:
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


def _sideways(graph: Graph, rows: Rows, line: Line) -> Line:
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
