"""Heights: of the layers, and of the gaps between them with their tracks and labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archc.diagram.layout.graph import CLEARANCE, Graph
from archc.diagram.layout.lines import Line
from archc.diagram.layout.place import Floating
from archc.diagram.layout.tracks import Net, Way, tracks

Key = tuple[int, bool, float]
"""A net in its gap: the tail, whether it is a skip, where it comes down."""
_LABEL_PAD = 6.0


@dataclass(frozen=True, slots=True)
class Gap:
    """The space between two layers."""

    top: float
    bottom: float
    first_track: float
    track: float
    """The distance of its tracks."""
    label_at_tail: float
    label_at_head: float
    ways: dict[Key, Way]


@dataclass(frozen=True, slots=True)
class Heights:
    """Where everything stands along the flow."""

    node: Sequence[float]
    """The nodes' centres."""
    gaps: Sequence[Gap]
    total: float


def heights(graph: Graph, lines: Sequence[Line], lanes: Sequence[float], floating: Iterable[Floating]) -> Heights:
    """Layers as high as their highest node, gaps as high as their tracks and labels need."""
    ways = _ways(graph, lines)
    afloat = [one for one in floating if _is_free(graph, one, lanes[one.joints[0]], ways)]
    grounded = set(range(graph.n)).difference(*(one.joints for one in afloat))
    count = max(graph.layer) + 1
    tall = [0.0] * count
    thin = [True] * count
    for v in grounded:
        tall[graph.layer[v]] = max(tall[graph.layer[v]], graph.nodes[v].h)
        thin[graph.layer[v]] = thin[graph.layer[v]] and graph.nodes[v].kind == "point"
    labels = _label_zones(graph, count)
    y = 0.0
    middles: list[float] = []
    gaps: list[Gap] = []
    for layer in range(count):
        middles.append(y + tall[layer] / 2)
        y += tall[layer]
        if layer == count - 1:
            break
        gaps.append(_gap(graph, y, thin[layer], labels[layer], {net_key(n): w for n, w in ways[layer]}))
        y = gaps[-1].bottom
    node = [middles[graph.layer[v]] for v in range(graph.n)]
    for one in afloat:
        _float(graph, one, node, middles, tall)
    return Heights(node, gaps, y)


def net_key(net: Net) -> Key:
    """What tells a net from the others of its gap."""
    return (net.tail, net.skip, net.top)


def _ways(graph: Graph, lines: Sequence[Line]) -> list[list[tuple[Net, Way]]]:
    """The horizontal pieces of every gap with their tracks."""
    goes: list[dict[Key, set[float]]] = [{} for _ in range(max(graph.layer) + 1)]
    for line in lines:
        for gap, top, bottom in pieces(graph, line):
            key = (graph.tail[line.edge], graph.edges[line.edge].skip, top)
            goes[gap].setdefault(key, set()).add(bottom)
    found: list[list[tuple[Net, Way]]] = []
    for nets in goes:
        bent = [Net(*key, tuple(sorted(bottoms))) for key, bottoms in sorted(nets.items()) if bottoms != {key[2]}]
        upright = [key[2] for key, bottoms in nets.items() if bottoms == {key[2]}]
        found.append(list(zip(bent, tracks(bent, upright, graph.gaps.track), strict=True)))
    return found


def pieces(graph: Graph, line: Line) -> list[tuple[int, float, float]]:
    """The first and the last gap a line passes, from where above to where below."""
    first, last = graph.layer[graph.tail[line.edge]], graph.layer[graph.head[line.edge]] - 1
    leave = line.lane if line.sideways else line.exit
    arrive = line.lane if line.side else line.entry
    if first == last:
        return [(first, leave, arrive)]
    return [(first, leave, line.lane), (last, line.lane, arrive)]


def _label_zones(graph: Graph, count: int) -> list[tuple[float, float]]:
    """How much of each gap the labels need, just below the tails and just above the heads."""
    zones = [(0.0, 0.0)] * count
    for e in range(len(graph.edges)):
        size = graph.label_along(e)
        if graph.label_at_tail(e):
            layer = graph.layer[graph.tail[e]]
            zones[layer] = (max(zones[layer][0], size), zones[layer][1])
        else:
            layer = graph.layer[graph.head[e]] - 1
            zones[layer] = (zones[layer][0], max(zones[layer][1], size))
    return zones


def _gap(graph: Graph, top: float, thin: bool, labels: tuple[float, float], ways: dict[Key, Way]) -> Gap:
    """The gap grows with its tracks; labels stand above and below these."""
    track, between = graph.gaps.track, graph.gaps.between_layers * (0.6 if thin else 1.0)
    count = 1 + max((max(way.first, way.second or 0) for way in ways.values()), default=-1)
    if not count:
        high = max(between, max(labels) + 2 * _LABEL_PAD if any(labels) else 0)
        return Gap(top, top + high, top + high / 2, track, top + high / 2, top + high / 2, ways)
    tail_zone, head_zone = (size + _LABEL_PAD if size else 0.0 for size in labels)
    high = max(between, (count + 1.5) * track)
    first = top + tail_zone + 0.4 * (high - (count - 1) * track)
    bottom = top + tail_zone + high + head_zone
    at_head = first + (count - 1) * track + _LABEL_PAD / 2 + labels[1] / 2
    return Gap(top, bottom, first, track, top + _LABEL_PAD / 2 + labels[0] / 2, at_head, ways)


def _is_free(graph: Graph, one: Floating, x: float, ways: list[list[tuple[Net, Way]]]) -> bool:
    """Whether a bypass's nodes find room in the middle of its way, and no line crosses there."""
    half = max(graph.nodes[v].w for v in one.joints) / 2 + CLEARANCE
    beside = [v for v in range(one.tail + 1, one.head) if v not in one.joints]
    layers = range(graph.layer[one.tail] + 1, graph.layer[one.head])
    room = sum(max((graph.nodes[v].h for v in beside if graph.layer[v] == layer), default=0.0) for layer in layers)
    between = graph.gaps.between_layers
    high = sum(graph.nodes[v].h for v in one.joints) + between * (len(one.joints) - 1)
    if high > room + between * (len(layers) - 1):
        return False
    inner = range(graph.layer[one.tail] + 1, graph.layer[one.head] - 1)
    return not any(net.left < x + half and net.right > x - half for gap in inner for net, _ in ways[gap])


def _float(graph: Graph, one: Floating, node: list[float], middles: list[float], tall: list[float]) -> None:
    """Stand the nodes of a bypass in the middle of its way."""
    first, last = graph.layer[one.tail] + 1, graph.layer[one.head] - 1
    middle = (middles[first] - tall[first] / 2 + middles[last] + tall[last] / 2) / 2
    between = graph.gaps.between_layers
    y = middle - (sum(graph.nodes[v].h for v in one.joints) + between * (len(one.joints) - 1)) / 2
    for v in one.joints:
        node[v] = y + graph.nodes[v].h / 2
        y += graph.nodes[v].h + between
