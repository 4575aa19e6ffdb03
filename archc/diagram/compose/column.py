"""One stage's cards, laid out from top to bottom within themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from archc.diagram.compose.faces import Face, Type
from archc.diagram.compose.naming import extent, is_free, named
from archc.diagram.compose.pieces import Piece, cells, straightened
from archc.diagram.layout.flow import Edge, Gaps, Node, Placed, Rect, flow
from archc.diagram.metrics import line_width
from archc.diagram.model.picture import Arrow, Card, Fold
from archc.diagram.options import Direction
from archc.diagram.sheet import Box, Frame, Label, Line, Point, Route, Run, Slot

DOT = 5.0
"""The width of a junction."""
ENTRY = 13.0
"""How far a line comes down from where it enters, before the space between layers."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is laid out together: cards, the arrows among them, and the cards elsewhere that feed them."""

    cards: tuple[Card, ...]
    arrows: tuple[Arrow, ...]
    entries: Mapping[str, str] = field(default_factory=dict[str, str])
    """The ids of cards elsewhere, each with that of the point where its lines come in."""
    folds: tuple[Fold, ...] = ()


@dataclass(frozen=True, slots=True)
class Laid:
    """A part with its places. `entries` says where each tensor from elsewhere comes in."""

    piece: Piece
    entry_ids: Mapping[str, str]
    entries: Mapping[str, Point]
    taps: Mapping[str, int]
    """How many lines begin at each."""
    begun: Mapping[str, tuple[Point, ...]]
    """The lines from the entries on, by arrow: what leads up to an entry is not among the piece's routes."""


def lay(part: Part, faces: Mapping[str, Face], direction: Direction, gaps: Gaps, type_: Type) -> Laid:
    """A part's cards in layers along `direction`."""
    entries = part.entries
    counts = Counter(arrow.tail for arrow in part.arrows)
    taps = {tail: counts[tail] for tail in entries}
    nodes = [
        *(Node(id, *((DOT, DOT) if taps[tail] > 1 else (0, ENTRY)), "point") for tail, id in entries.items()),
        *(_node(card, faces[card.id]) for card in part.cards),
    ]
    aside = {card.id for card in part.cards if card.aside}
    edges = [_edge(arrow, entries, aside) for arrow in part.arrows]
    placed = flow(nodes, edges, direction, gaps)
    boxes = [_box(card, faces[card.id], placed, direction) for card in part.cards]
    boxes += [_dot(id, placed) for tail, id in entries.items() if taps[tail] > 1]
    begun = {arrow.id: straightened(placed.routes[arrow.id]) for arrow in part.arrows if arrow.tail in entries}
    routes = [
        Route(arrow.id, arrow.tail, arrow.head, straightened(placed.routes[arrow.id]), arrow.edges, arrow.skip)
        for arrow in part.arrows
        if arrow.tail not in entries
    ]
    labelled = [_labelled(route, arrow, placed, type_) for route, arrow in _pairs(routes, part.arrows)]
    ways_in = [Route(id, "", "", points, 0) for id, points in begun.items()]
    drawn = Piece(placed.w, placed.h, tuple(boxes), (), tuple(labelled))
    piece = named(drawn, part.cards, faces, direction, ways_in)
    whole, dx = _folded(piece, part, ways_in, gaps, type_, direction)
    at = {tail: _shifted(_top(placed.at[id]), dx) for tail, id in entries.items()}
    return Laid(
        whole, entries, at, taps, {id: tuple(_shifted(point, dx) for point in points) for id, points in begun.items()}
    )


def _shifted(point: Point, dx: float) -> Point:
    return point[0] + dx, point[1]


def _pairs(routes: Sequence[Route], arrows: Iterable[Arrow]) -> Iterable[tuple[Route, Arrow]]:
    known = {arrow.id: arrow for arrow in arrows}
    return ((route, known[route.id]) for route in routes)


def _node(card: Card, face: Face) -> Node:
    kind: Literal["card", "circle", "slots"] = "card"
    if card.kind in {"circle", "slots"}:
        kind = "circle" if card.kind == "circle" else "slots"
    return Node(card.id, face.w, face.h, kind)


def _edge(arrow: Arrow, entries: Mapping[str, str], aside: set[str]) -> Edge:
    """An edge; what leads aside stands beside the main path as a skip does."""
    return Edge(
        arrow.id, entries.get(arrow.tail, arrow.tail), arrow.head, arrow.skip or arrow.head in aside, arrow.order
    )


def _labelled(route: Route, arrow: Arrow, placed: Placed, type_: Type) -> Route:
    at = placed.labels.get(arrow.id)
    if at is None:
        return route
    lines = shape_lines(arrow.shape, type_.detail)
    w, h = extent(lines)
    return replace(route, label=Label(*at, w, h, lines))


def shape_lines(shape: str, size: int) -> tuple[Line, ...]:
    """A shape on one line, in the tone of what stands back."""
    return ((Run(shape, size, tone="faint"),),)


def _top(rect: Rect) -> Point:
    x, y, w, _ = rect
    return x + w / 2, y + w / 2


def _box(card: Card, face: Face, placed: Placed, direction: Direction) -> Box:
    x, y, w, h = placed.at[card.id]
    box = Box(card.id, x, y, w, h, face.shape, card.family, face.lines, (), card.dashed, card.fact)
    if card.kind == "slots":
        rects = placed.slots.get(card.id) or (placed.at[card.id],)
        return replace(box, lines=(), slots=_slots(card.slots, rects, face, direction))
    if face.cells:
        return replace(box, slots=cells(x, y, w, h, face.cells))
    return box


def _slots(slots: Sequence[Sequence[str]], rects: Sequence[Rect], face: Face, direction: Direction) -> tuple[Slot, ...]:
    """The parts of a concatenation along the side that its inputs come to."""
    found: list[Slot] = []
    upright = direction == "LR"
    if len(rects) != len(slots):  # not all that it joins is in sight
        slots = [[text for parts in slots for text in parts]]
        rects = [_around_all(rects)]
    for whole, (x, y, w, h) in zip(slots, rects, strict=True):
        parts = whole if upright or _has_room(whole, w, face.slot) else (_sum(whole),)
        for at, text in enumerate(parts):
            line = (Run(text, face.slot),)
            part = (w, h / len(parts)) if upright else (w / len(parts), h)
            found.append(Slot(x + (0 if upright else at * part[0]), y + (at * part[1] if upright else 0), *part, line))
    return tuple(found)


def _has_room(parts: Sequence[str], w: float, size: int) -> bool:
    wide = max(line_width((Run(text, size),)) for text in parts)
    return wide + 2 <= w / len(parts) or not all(text.isdigit() for text in parts)


def _sum(parts: Sequence[str]) -> str:
    """What an input brings in all, where its parts are too many to be told."""
    return str(sum(map(int, parts)))


def _around_all(rects: Sequence[Rect]) -> Rect:
    left, top = min(x for x, *_ in rects), min(y for _, y, *_ in rects)
    return left, top, max(x + w for x, _, w, _ in rects) - left, max(y + h for _, y, _, h in rects) - top


def _dot(id: str, placed: Placed) -> Box:
    return Box(id, *placed.at[id], "point", "junction")


def _folded(
    piece: Piece, part: Part, ways_in: Sequence[Route], gaps: Gaps, type_: Type, direction: Direction
) -> tuple[Piece, float]:
    """The piece with a frame around what stands for copies, how many beside it; and how far right it was moved."""
    frames: list[Frame] = []
    notes: list[Label] = []
    seen = replace(piece, routes=(*piece.routes, *ways_in))
    into = {way.id: way.points for way in ways_in}
    for fold in part.folds:
        inside = {card.id for card in part.cards if card.fold == fold.id or fold.id in _around(card.fold, part.folds)}
        if not inside:
            continue
        reach = [x for arrow in part.arrows if arrow.head in inside for x, _ in into.get(arrow.id, ())]
        frame = _frame(fold, piece, inside, reach, gaps.between_layers / 2 - 1)
        lines: list[Line] = [(Run(f"×{fold.times}", type_.name, bold=True, tone="accent"),)]
        lines += [(Run(word, type_.detail, tone="faint"),) for word in fold.varies.split()]
        w, h = extent(lines)
        frames.append(frame)
        beside = Label(frame.x + frame.w + 5 + w / 2, frame.y + max(frame.h / 2, h / 2), w, h, tuple(lines))
        notes.append(_beside(beside, seen, notes) if direction == "TB" else _below(frame, beside, seen))
    right = max((note.x + note.w / 2 for note in notes), default=piece.w)
    bottom = max((note.y + note.h / 2 for note in notes), default=piece.h)
    left = min((frame.x for frame in frames), default=0.0)
    top = min([0.0, *(frame.y for frame in frames), *(note.y - note.h / 2 for note in notes)])
    dx, dy = -min(left, 0), 0.0 if direction == "TB" else -top
    grown = replace(piece, frames=tuple(frames), notes=(*piece.notes, *notes)).moved(dx, dy)
    return replace(grown, w=max(piece.w, right) + dx, h=max(piece.h, bottom) + dy), dx


def _beside(note: Label, piece: Piece, notes: Sequence[Label]) -> Label:
    """The note where it is, or to the right of all else where a line, a card or another note is in the way."""
    near = [other for other in notes if 2 * abs(other.y - note.y) < other.h + note.h]
    over = any(2 * abs(other.x - note.x) < other.w + note.w for other in near)
    right = max([piece.w, *(other.x + other.w / 2 for other in near)])
    return note if not over and is_free(note, piece) else replace(note, x=right + 5 + note.w / 2)


def _below(frame: Frame, note: Label, piece: Piece) -> Label:
    """How many there are below what runs to the right, or above it where a line or card is in the way."""
    x = frame.x + frame.w / 2
    places = (frame.y + frame.h + 3 + note.h / 2, frame.y - 3 - note.h / 2)
    found = [replace(note, x=x, y=y) for y in places]
    return next((each for each in found if is_free(each, piece)), found[0])


def shortcuts(cards: Sequence[Card], arrows: Sequence[Arrow]) -> set[str]:
    """The cards that stand beside the main path: all their lines are skips, or no output of inference needs them."""
    skip = {end for arrow in arrows if arrow.skip for end in (arrow.tail, arrow.head)}
    main = {end for arrow in arrows if not arrow.skip for end in (arrow.tail, arrow.head)}
    return {card.id for card in cards if card.aside or (card.id in skip - main and card.kind != "tensor")}


def _around(id: str, folds: Sequence[Fold]) -> set[str]:
    """The folds around a fold."""
    by_id = {fold.id: fold for fold in folds}
    found: set[str] = set()
    while id in by_id and id not in found:
        found.add(id)
        id = by_id[id].around
    return found


def _frame(fold: Fold, piece: Piece, inside: set[str], reach: Sequence[float], margin: float) -> Frame:
    boxes = [box for box in piece.boxes if box.id in inside]
    points = [
        point for route in piece.routes if route.tail in inside and route.head in inside for point in route.points
    ]
    xs = [*(box.x for box in boxes), *(box.x + box.w for box in boxes), *(x for x, _ in points), *reach]
    ys = [*(box.y for box in boxes), *(box.y + box.h for box in boxes)]
    left, top = min(xs) - 5, min(ys) - margin
    return Frame(f"fold:{fold.id}", left, top, max(xs) + 5 - left, max(ys) + margin - top, "fold")
