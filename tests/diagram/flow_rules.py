"""What every layout has to keep to, whatever the graph, and a short way to write graphs down."""

from collections.abc import Iterator
from itertools import combinations, pairwise

from archc.diagram.layout.flow import Edge, Gaps, Node, Placed, Point, Rect

GAPS = Gaps(between_layers=26, between_lanes=22, track=11, margin_side=12)
Piece = tuple[Point, Point]
EPS = 1e-6


class Net:
    """A graph in the making: `net.chain("x", "conv", "+")`; a name with a plus is a circle, one with a bar slots."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []

    def add(self, id: str, w: float = 100, h: float = 36) -> None:
        if id in {node.id for node in self.nodes}:
            return
        if id.startswith("+"):
            self.nodes.append(Node(id, 24, 24, "circle"))
        elif id.startswith("|"):
            self.nodes.append(Node(id, 60, 24, "slots"))
        elif id.startswith("."):
            self.nodes.append(Node(id, 5, 5, "point"))
        else:
            self.nodes.append(Node(id, w, h))

    def chain(self, *ids: str, skip: bool = False, order: int = 0, label: tuple[float, float] | None = None) -> "Net":
        """Nodes one after another; `order` is that of the last edge."""
        for id in ids:
            self.add(id)
        for tail, head in pairwise(ids):
            last = head == ids[-1]
            self.edges.append(Edge(f"{tail}>{head} {len(self.edges)}", tail, head, skip, order if last else 0, label))
        return self

    def edge(self, tail: str, head: str) -> Edge:
        return next(edge for edge in self.edges if (edge.tail, edge.head) == (tail, head))


def middle(placed: Placed, id: str) -> Point:
    x, y, w, h = placed.at[id]
    return x + w / 2, y + h / 2


def pieces(placed: Placed, edge: Edge) -> list[Piece]:
    return list(pairwise(placed.routes[edge.id]))


def broken_rules(nodes: list[Node], edges: list[Edge], placed: Placed) -> list[str]:
    """What is wrong with a layout: nodes on nodes, lines through nodes, lines on lines, loose ends."""
    return [*_nodes_on_nodes(nodes, placed), *_bad_lines(nodes, edges, placed), *_lines_on_lines(edges, placed)]


def crossings(edges: list[Edge], placed: Placed) -> int:
    """The places where lines of two tensors cross."""
    found: set[tuple[Point, frozenset[str]]] = set()
    for one, other in combinations(edges, 2):
        if one.tail == other.tail:
            continue
        for a in pieces(placed, one):
            for b in pieces(placed, other):
                point = _crossing(a, b) or _crossing(b, a)
                if point is not None:
                    found.add((point, frozenset((one.tail, other.tail))))
    return len(found)


def _nodes_on_nodes(nodes: list[Node], placed: Placed) -> Iterator[str]:
    for node in nodes:
        x, y, w, h = placed.at[node.id]
        if x < -EPS or y < -EPS or x + w > placed.w + EPS or y + h > placed.h + EPS:
            yield f"{node.id} is outside"
        if w < node.w - EPS or h < node.h - EPS:
            yield f"{node.id} is too small"
    for one, other in combinations(nodes, 2):
        a, b = placed.at[one.id], placed.at[other.id]
        if all(a[k] < b[k] + b[k + 2] - EPS and b[k] < a[k] + a[k + 2] - EPS for k in (0, 1)):
            yield f"{one.id} is on {other.id}"


def _bad_lines(nodes: list[Node], edges: list[Edge], placed: Placed) -> Iterator[str]:
    kind = {node.id: node.kind for node in nodes}
    trunks: dict[str, list[Piece]] = {node.id: [] for node in nodes}
    for edge in edges:
        if not edge.skip:
            trunks[edge.tail] += pieces(placed, edge)
    for edge in edges:
        points = placed.routes[edge.id]
        if not all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(points)):
            yield f"{edge.id} is not upright"
        if not all(-EPS <= x <= placed.w + EPS and -EPS <= y <= placed.h + EPS for x, y in points):
            yield f"{edge.id} is outside"
        if not _on_border(kind[edge.head], placed.at[edge.head], points[-1]):
            yield f"{edge.id} does not end at its head"
        on_trunk = edge.skip and any(_touches(piece, (*points[0], 0, 0), 0) for piece in trunks[edge.tail])
        if not on_trunk and not _on_border(kind[edge.tail], placed.at[edge.tail], points[0]):
            yield f"{edge.id} does not start at its tail"
        for node in nodes:
            own = node.id in (edge.tail, edge.head)
            if own and node.kind in ("circle", "point"):
                continue
            if any(_touches(piece, placed.at[node.id], -0.01 if own else 4 - EPS) for piece in pieces(placed, edge)):
                yield f"{edge.id} runs through {node.id}"


def _lines_on_lines(edges: list[Edge], placed: Placed) -> Iterator[str]:
    for one, other in combinations(edges, 2):
        if one.tail == other.tail:
            continue
        if any(_overlap(a, b) for a in pieces(placed, one) for b in pieces(placed, other)):
            yield f"{one.id} lies on {other.id}"


def _on_border(kind: str, rect: Rect, point: Point) -> bool:
    (x, y, w, h), (px, py) = rect, point
    if kind == "circle":
        return abs(((px - x - w / 2) / (w / 2)) ** 2 + ((py - y - h / 2) / (h / 2)) ** 2 - 1) < EPS
    inside = x - EPS <= px <= x + w + EPS and y - EPS <= py <= y + h + EPS
    return inside and min(abs(px - x), abs(px - x - w), abs(py - y), abs(py - y - h)) < EPS


def _touches(piece: Piece, rect: Rect, pad: float) -> bool:
    """Whether a piece comes nearer to a rectangle than `pad`."""
    for k in (0, 1):
        low, high = sorted((piece[0][k], piece[1][k]))
        if low > rect[k] + rect[k + 2] + pad or high < rect[k] - pad:
            return False
    return True


def _overlap(a: Piece, b: Piece) -> bool:
    for k in (0, 1):
        if a[0][k] == a[1][k] and b[0][k] == b[1][k] and abs(a[0][k] - b[0][k]) < 0.5:
            (low, high), (low2, high2) = sorted((a[0][1 - k], a[1][1 - k])), sorted((b[0][1 - k], b[1][1 - k]))
            if min(high, high2) - max(low, low2) > EPS:
                return True
    return False


def _crossing(across: Piece, upright: Piece) -> Point | None:
    (x0, y), (x1, y2) = across
    (x, y0), (x2, y1) = upright
    if y != y2 or x != x2:
        return None
    if min(x0, x1) + EPS < x < max(x0, x1) - EPS and min(y0, y1) + EPS < y < max(y0, y1) - EPS:
        return (x, y)
    return None
