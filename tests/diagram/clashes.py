"""What lies on what in a drawing: nodes and labels that overlap, lines through nodes, lines that cross."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain

from tests.diagram.drawing import Drawing, Edge, Text, Thing
from tests.diagram.geometry import (
    LANDING,
    Box,
    Point,
    around,
    centre,
    crosses,
    distance,
    inset,
    length_in_box,
    meet,
    meeting,
    near,
    pieces,
    size,
    together,
    within,
)

SLACK = 1.0
"""Points by which things may touch: borders have a width, and Graphviz rounds."""
_Piece = tuple[Point, Point]


def overlaps(drawing: Drawing) -> tuple[str, ...]:
    """Nodes, labels and frames' borders that lie on one another, and text that its box or the page does not hold."""
    lines = (_lines_on_text(drawing), _lines_on_borders(drawing))
    found = (_nodes(drawing), _texts(drawing), _homes(drawing), _borders(drawing), *lines)
    return tuple(dict.fromkeys(chain.from_iterable(found)))


def through(drawing: Drawing) -> tuple[str, ...]:
    """Lines that run through nodes at which they do not end, and through junctions of other tensors' lines."""
    found: dict[str, None] = {}
    junctions: dict[str, dict[str, str]] = {}
    nodes = [node for node in drawing.nodes if node.shapes]
    owners, parts = _parts(drawing.edges)
    for at, part in near([node.box for node in nodes], [around(piece) for piece in parts]):
        node, edge = nodes[at], owners[part]
        if not _runs_through(node, parts[part]):
            continue
        if node.is_point:
            junctions.setdefault(node.name, {}).setdefault(drawing.source(edge.tail), edge.name)
        elif node.name not in (edge.tail, edge.head):
            found[f"{edge.name} runs through {node.name}"] = None
    mixed = (f"{' and '.join(lines.values())} meet in {name}" for name, lines in junctions.items() if len(lines) > 1)
    return (*found, *mixed)


def crossings(drawing: Drawing) -> tuple[str, ...]:
    """Where lines of different tensors cross, and where they run so near each other that they look like one."""
    owners, parts = _parts(drawing.edges)
    sources = {edge.tail: drawing.source(edge.tail) for edge in drawing.edges}
    at: dict[tuple[str, str], list[Point]] = {}
    joined: dict[str, None] = {}
    for one, other in near([around(piece) for piece in parts], by=2.0):
        a, b = owners[one], owners[other]
        if a is b or sources[a.tail] == sources[b.tail]:
            continue
        if _look_like_one(a, b, parts[one], parts[other]):
            joined[f"{a.name} and {b.name} run together"] = None
        point = meeting(*parts[one], *parts[other])
        if point is not None and crosses(a.line, b.line, point):
            known = at.setdefault((a.name, b.name), [])
            if all(math.dist(point, other) > 1 for other in known):
                known.append(point)
    told = (f"{a} crosses {b} at {x:.0f}, {y:.0f}" for (a, b), points in at.items() for x, y in points)
    return (*told, *joined)


def _parts(edges: Sequence[Edge]) -> tuple[list[Edge], list[_Piece]]:
    """All lines' straight pieces, and whose each is."""
    both = [(edge, piece) for edge in edges for piece in pieces(edge.line) if piece[0] != piece[1]]
    return [edge for edge, _ in both], [piece for _, piece in both]


def _runs_through(node: Thing, piece: _Piece) -> bool:
    if node.is_round:
        return distance(*piece, centre(node.box)) < max(size(node.box)) / 2 - (0 if node.is_point else SLACK)
    return length_in_box(*piece, inset(node.box, SLACK)) > SLACK


def _look_like_one(a: Edge, b: Edge, one: _Piece, other: _Piece) -> bool:
    stretch = together(*one, *other)
    if stretch is None:
        return False
    end = a.line[-1]
    return a.head != b.head or any(math.dist(point, end) > LANDING for point in stretch)


def _nodes(drawing: Drawing) -> Iterator[str]:
    nodes = [node for node in drawing.nodes if node.shapes and not node.is_point]
    for at, other in near([node.box for node in nodes]):
        a, b = nodes[at], nodes[other]
        if meet(inset(a.box, SLACK / 2), inset(b.box, SLACK / 2)) and not (_holds_slot(a, b) or _holds_slot(b, a)):
            yield f"{a.name} overlaps {b.name}"


def _holds_slot(a: Thing, b: Thing) -> bool:
    return "slot" in b.classes and within(b.box, a.box, SLACK)


def _texts(drawing: Drawing) -> Iterator[str]:
    texts = drawing.every_text
    tight = [inset(text.box, SLACK) for text in texts]
    for at, other in near(tight):
        if meet(tight[at], tight[other]):
            yield f"{texts[at].words!r} overlaps {texts[other].words!r}"
    nodes = [node for node in drawing.nodes if node.shapes and not node.is_point]
    loose = _loose(drawing)
    for at, other in near([inset(text.box, SLACK) for _, text in loose], [node.box for node in nodes]):
        owner, text = loose[at]
        if owner != nodes[other].name and meet(inset(text.box, SLACK), nodes[other].box):
            yield f"{text.words!r} overlaps {nodes[other].name}"


def _loose(drawing: Drawing) -> list[tuple[str, Text]]:
    """The texts that stand in no node's box, each with its owner."""
    alone = [(node.name, text) for node in drawing.nodes for text in node.texts if text.home is None]
    rest = [(thing.name, text) for thing in (*drawing.frames, *drawing.edges) for text in thing.texts]
    return [*alone, *rest, *(("page", text) for text in drawing.texts)]


def _homes(drawing: Drawing) -> Iterator[str]:
    """What sticks out of the page, and text that sticks out of what it was painted on."""
    for text in drawing.every_text:
        if not within(text.box, drawing.page, SLACK / 2):
            yield f"{text.words!r} sticks out of the page"
    lines = [(edge.name, around(edge.line)) for edge in drawing.edges]
    for name, box in (*((t.name, t.box) for t in (*drawing.nodes, *drawing.frames) if t.shapes), *lines):
        if not within(box, drawing.page, SLACK / 2):
            yield f"{name} sticks out of the page"
    for node in drawing.visible:
        yield from _sticking_out(node)
    for frame in drawing.frames:
        if "fold" not in frame.classes:
            yield from _sticking_out(frame)


def _sticking_out(thing: Thing) -> Iterator[str]:
    for text in thing.texts:
        if text.home is not None and not within(text.box, text.home, SLACK / 2):
            yield f"{text.words!r} sticks out of {thing.name}"


def _borders(drawing: Drawing) -> Iterator[str]:
    """What a frame's border cuts: a node, another frame, a text."""
    frames = [frame for frame in drawing.frames if frame.shapes]
    things = [node for node in drawing.nodes if node.shapes and not node.is_point]
    boxes = [(thing.name, thing.name, thing.box) for thing in (*things, *frames)]
    boxes += [(owner, repr(text.words), text.box) for owner, text in _loose(drawing)]
    for at, other in near([frame.box for frame in frames], [box for _, _, box in boxes]):
        owner, name, box = boxes[other]
        frame = frames[at]
        apart = within(box, frame.box, SLACK) or within(frame.box, box, SLACK)
        if owner != frame.name and not apart and meet(inset(box, SLACK), frame.box):
            yield f"the border of {frame.name} cuts {name}"


def _lines_on_text(drawing: Drawing) -> Iterator[str]:
    loose = _loose(drawing)
    owners, parts = _parts(drawing.edges)
    for at, part in near([inset(text.box, SLACK) for _, text in loose], [around(piece) for piece in parts]):
        owner, text = loose[at]
        edge = owners[part]
        covered = owner == edge.name and text.ground is not None
        if not covered and length_in_box(*parts[part], inset(text.box, SLACK)) > SLACK:
            yield f"{edge.name} runs through {text.words!r}"


def _lines_on_borders(drawing: Drawing) -> Iterator[str]:
    """Lines that look like one with a frame's border."""
    sides = [(frame.name, side) for frame in drawing.frames for side in _sides(frame.box)]
    owners, parts = _parts(drawing.edges)
    for at, part in near([around(side) for _, side in sides], [around(piece) for piece in parts], by=2.0):
        name, side = sides[at]
        stretch = together(*parts[part], *side)
        if stretch is not None and math.dist(*stretch) > LANDING:
            yield f"{owners[part].name} runs along the border of {name}"


def _sides(box: Box) -> Iterator[_Piece]:
    left, low, right, high = box
    corners = ((left, low), (right, low), (right, high), (left, high), (left, low))
    return pieces(corners)
