"""The lines themselves, corner by corner, and the places of their labels."""

from __future__ import annotations

from archc.diagram.layout.graph import Graph, Point
from archc.diagram.layout.heights import Gap, Heights, Key, pieces
from archc.diagram.layout.lines import Line

_BESIDE = 4.0
"""Between a line and its label."""


def route(graph: Graph, line: Line, ways: Heights) -> tuple[Point, ...]:
    """The points of a line."""
    e = line.edge
    tail, head = graph.tail[e], graph.head[e]
    points: list[Point] = []
    x, y = line.exit, ways.node[tail]
    if line.sideways:
        points += [(x + _sign(line.lane - x) * graph.nodes[tail].w / 2, y), (line.lane, y)]
    else:
        points.append((x, y + graph.nodes[tail].h / 2))
    for gap, top, bottom in pieces(graph, line):
        points += _bend(ways.gaps[gap], (tail, graph.edges[e].skip, top), bottom)
    if line.side:
        points += [(line.lane, ways.node[head]), (line.entry, ways.node[head])]
    else:
        points.append((line.entry, ways.node[head] - _roof(graph, line)))
    if _branches_off(graph, line):
        points = points[1:]
    return _straightened(points)


def _sign(value: float) -> int:
    return 1 if value > 0 else -1


def _bend(gap: Gap, key: Key, bottom: float) -> list[Point]:
    """A net's corners in a gap."""
    way, top = gap.ways.get(key), key[2]
    if way is None:
        return []
    y = gap.first_track + way.first * gap.track
    if way.second is None:
        return [(top, y), (bottom, y)]
    under = gap.first_track + way.second * gap.track
    return [(top, y), (way.aside, y), (way.aside, under), (bottom, under)]


def _roof(graph: Graph, line: Line) -> float:
    """How far above a head's centre a line from above meets its border."""
    node = graph.nodes[graph.head[line.edge]]
    if node.kind != "circle":
        return node.h / 2
    return node.h / 2 * max(0.0, 1 - (2 * (line.entry - line.home) / node.w) ** 2) ** 0.5


def _branches_off(graph: Graph, line: Line) -> bool:
    """Whether a skip starts on the line that its tail sends down the main way."""
    if not graph.edges[line.edge].skip or graph.is_hub(graph.tail[line.edge]):
        return False
    _, top, bottom = pieces(graph, line)[0]
    return top != bottom and any(not graph.edges[e].skip for e in graph.outs[graph.tail[line.edge]])


def _straightened(points: list[Point]) -> tuple[Point, ...]:
    """Without the points that are no corners."""
    found: list[Point] = []
    for point in points:
        if found and found[-1] == point:
            continue
        if len(found) > 1 and (found[-2][0] == found[-1][0] == point[0] or found[-2][1] == found[-1][1] == point[1]):
            found[-1] = point
        else:
            found.append(point)
    return tuple(found)


def label_place(graph: Graph, line: Line, ways: Heights) -> Point:
    """The centre of a label beside its line."""
    e = line.edge
    size = graph.edges[e].label or (0.0, 0.0)
    aside = graph.label_side * (size[0] / 2 + _BESIDE)
    if graph.label_at_tail(e):
        return line.exit + aside, ways.gaps[graph.layer[graph.tail[e]]].label_at_tail
    return (line.lane if line.side else line.entry) + aside, ways.gaps[graph.layer[graph.head[e]] - 1].label_at_head
