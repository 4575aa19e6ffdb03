"""Two columns of cards, row by row: what corresponds side by side, in as many parts as the page asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from archc.diagram.compose.faces import Face, Type, face_of
from archc.diagram.compose.naming import extent
from archc.diagram.compose.pieces import Piece, cells, straightened, together
from archc.diagram.metrics import line_width
from archc.diagram.model.correspond import Pair
from archc.diagram.model.picture import Arrow, Card, Picture
from archc.diagram.sheet import Box, Frame, Label, Line, Point, Route, Run

GUTTER = 30.0
"""Between two parts."""
_LANE = 9.0
_PAD = 10.0
_AROUND = 26.0
"""Above and below the cards of a part from which lines go into the next."""
Places = tuple[Mapping[str, "Place"], Mapping[str, "Place"]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card stands: its part, its row, and its box."""

    part: int
    row: int
    box: Box


@dataclass(frozen=True, slots=True)
class _Measures:
    """The sizes of a part: its columns' places and widths, its rows, and where they begin."""

    lefts: tuple[float, float]
    widths: tuple[float, float]
    mark: float
    """The middle between the columns."""
    wide: float
    high: float
    """That of a row."""
    pitch: float
    top: float
    rows: int
    tail: float

    @property
    def bottom(self) -> float:
        """Where the last row ends."""
        return self.top + self.rows * self.pitch - (self.pitch - self.high)


def beside(
    pictures: tuple[Picture, Picture], pairs: Sequence[Pair], names: tuple[str, str], parts: int, type_: Type
) -> Piece | None:
    """The rows in so many parts; None where a line but the main one would lead from a part into another."""
    groups = _groups(pictures, pairs, parts)
    if groups is None:
        return None
    faces = {_key(side, card): face_of(card, type_, one_line=True) for side, card in _cards(pairs)}
    measures = _measured(pictures, pairs, faces, max(map(len, groups)), type_, parted=len(groups) > 1)
    places: tuple[dict[str, Place], dict[str, Place]] = ({}, {})
    pieces: list[Piece] = []
    for part, group in enumerate(groups):
        left = part * (measures.wide + GUTTER)
        for row, pair in enumerate(group):
            for side, card in _cards([pair]):
                box = _box(card, side, faces[_key(side, card)], measures, left, row, alone=pair.is_alone)
                places[side][card.id] = Place(part, row, box)
        pieces.append(_part(part, group, places, names, measures, left, type_))
    whole = together((len(groups) - 1) * (measures.wide + GUTTER) + measures.wide, pieces[0].h, pieces)
    routes: list[Route] = []
    for side, picture in enumerate(pictures):
        found = _routes(side, picture, places[side], measures)
        if found is None:
            return None
        routes += found
    return Piece(whole.w, whole.h, whole.boxes, whole.frames, tuple(routes), whole.notes)


def _groups(pictures: tuple[Picture, Picture], pairs: Sequence[Pair], parts: int) -> list[Sequence[Pair]] | None:
    """The rows in parts about equally long, cut where no line passes cards by; None where there are no such places."""
    spans: list[tuple[int, int]] = []
    for side, picture in enumerate(pictures):
        rows = {card.id: row for row, pair in enumerate(pairs) for at, card in _cards([pair]) if at == side}
        order = {id: at for at, id in enumerate(rows)}
        aside = [arrow for arrow in picture.arrows if order[arrow.head] != order[arrow.tail] + 1]
        spans += [(rows[arrow.tail], rows[arrow.head]) for arrow in aside]
    free = [cut for cut in range(1, len(pairs)) if not any(one < cut <= other for one, other in spans)]
    cuts = [0]
    for at in range(1, parts):
        after = [cut for cut in free if cut > cuts[-1]]
        if not after:
            return None
        cuts.append(min(after, key=lambda cut: abs(cut - at * len(pairs) / parts)))
    return [pairs[one:other] for one, other in pairwise([*cuts, len(pairs)])]


def _cards(pairs: Sequence[Pair]) -> list[tuple[int, Card]]:
    """The cards of both networks with their sides."""
    return [(side, card) for pair in pairs for side, card in enumerate((pair.one, pair.other)) if card is not None]


def _key(side: int, card: Card) -> str:
    return f"{'ab'[side]}:{card.id}"


def _measured(
    pictures: tuple[Picture, Picture],
    pairs: Sequence[Pair],
    faces: Mapping[str, Face],
    rows: int,
    type_: Type,
    *,
    parted: bool,
) -> _Measures:
    widest = [
        max((faces[_key(side, card)].w for at, card in _cards(pairs) if at == side), default=20) for side in (0, 1)
    ]
    lanes = [
        _lane_room(picture, [card for at, card in _cards(pairs) if at == side]) for side, picture in enumerate(pictures)
    ]
    mark = line_width((Run(" ≠ ", type_.name, bold=True),)) + 4
    first = _PAD + lanes[0]
    second = first + widest[0] + mark
    high = round(1.75 * type_.detail, 1)
    top = _PAD + extent((_heading("X", type_),))[1] + (24 if parted else 8)
    return _Measures(
        (first, second), (widest[0], widest[1]), second - mark / 2, second + widest[1] + lanes[1] + _PAD, high,
        high + 7 * type_.name / 15, top, rows, _AROUND if parted else _PAD,
    )  # fmt: skip


def _heading(name: str, type_: Type) -> Line:
    return (Run(name, type_.name, bold=True),)


def _part(
    part: int,
    group: Sequence[Pair],
    places: Places,
    names: tuple[str, str],
    measures: _Measures,
    left: float,
    type_: Type,
) -> Piece:
    """A part's boxes in a frame, under both names, with a mark between those that correspond."""
    notes: list[Label] = []
    for side, name in enumerate(names):
        line = _heading(name, type_)
        w, h = extent((line,))
        notes.append(Label(left + measures.lefts[side] + measures.widths[side] / 2, _PAD + h / 2, w, h, (line,)))
    for row, pair in enumerate(group):
        if not pair.is_alone:
            run = Run("=", type_.name, tone="faint") if pair.is_same else Run("≠", type_.name, bold=True, tone="accent")
            y = measures.top + row * measures.pitch + measures.high / 2
            notes.append(Label(left + measures.mark, y, *extent(((run,),)), ((run,),)))
    tall = measures.bottom + measures.tail
    boxes = [place.box for own in places for place in own.values() if place.part == part]
    frame = Frame(f"part:{part}", left, 0, measures.wide, tall, "stage")
    return Piece(measures.wide, tall, tuple(boxes), (frame,), (), tuple(notes))


def _box(card: Card, side: int, face: Face, measures: _Measures, left: float, row: int, *, alone: bool) -> Box:
    """A card in its row; one that the other network has nothing like is dashed, a sign stands in the middle."""
    wide, high = measures.widths[side], measures.high
    own = min(face.h, high) if card.kind == "circle" else wide
    tall = min(face.h, high) if card.kind == "circle" else high
    x = left + measures.lefts[side] + (wide - own) / 2
    y = measures.top + row * measures.pitch + (high - tall) / 2
    parts = cells(x, y, own, tall, face.cells) if face.cells else ()
    return Box(_key(side, card), x, y, own, tall, face.shape, card.family, face.lines, parts, alone, card.fact)


def _routes(side: int, picture: Picture, places: Mapping[str, Place], measures: _Measures) -> list[Route] | None:
    lanes = _lanes(picture, places)
    found: list[Route] = []
    for arrow in picture.arrows:
        one, two = places[arrow.tail], places[arrow.head]
        if arrow.id not in lanes:
            points = _down(side, one, two, measures)
        elif one.part == two.part:
            points = _aside(side, one.box, two.box, lanes[arrow.id])
        else:
            return None
        id, tail, head = (f"{'ab'[side]}:{text}" for text in (arrow.id, arrow.tail, arrow.head))
        found.append(Route(id, tail, head, straightened(points), arrow.edges, arrow.skip))
    return found


def _down(side: int, one: Place, two: Place, measures: _Measures) -> tuple[Point, ...]:
    """To the next card below, or over into the next part: the left network's line outside of the right one's."""
    x, into = one.box.x + one.box.w / 2, two.box.x + two.box.w / 2
    start, end = (x, one.box.y + one.box.h), (into, two.box.y)
    if one.part == two.part:
        return (start, end)
    gutter = (one.part + 1) * (measures.wide + GUTTER) - GUTTER / 2 + (4 if side == 0 else -4)
    low = measures.bottom + (18 if side == 0 else 10)
    high = measures.top - (8 if side == 0 else 15)
    return (start, (x, low), (gutter, low), (gutter, high), (into, high), end)


def _aside(side: int, one: Box, two: Box, lane: int) -> tuple[Point, ...]:
    """Past the cards between, on the outer side."""
    away = 6 + lane * _LANE
    starts, ends = (one.x, two.x) if side == 0 else (one.x + one.w, two.x + two.w)
    x = min(starts, ends) - away if side == 0 else max(starts, ends) + away
    low, high = one.y + one.h / 2 + 4, two.y + two.h / 2 - 4
    return ((starts, low), (x, low), (x, high), (ends, high))


def _lane_room(picture: Picture, cards: Sequence[Card]) -> float:
    """What the lanes of a side take."""
    nowhere = Box("", 0, 0, 0, 0, "plain", "")
    lanes = _lanes(picture, {card.id: Place(0, at, nowhere) for at, card in enumerate(cards)})
    return (1 + max(lanes.values())) * _LANE + 6 if lanes else 0


def _lanes(picture: Picture, places: Mapping[str, Place]) -> Mapping[str, int]:
    """A lane beside the column for each arrow that does not lead to the next card in it, the shorter ones inside."""
    order = sorted(places, key=lambda id: (places[id].part, places[id].row))
    rank = {id: at for at, id in enumerate(order)}
    aside = [arrow for arrow in picture.arrows if rank[arrow.head] != rank[arrow.tail] + 1]
    lanes: dict[str, int] = {}
    taken: list[list[tuple[int, int]]] = []
    for arrow in sorted(aside, key=lambda arrow: rank[arrow.head] - rank[arrow.tail]):
        span = _span(arrow, rank)
        free = [at for at, spans in enumerate(taken) if not any(_meet(span, other) for other in spans)]
        if not free:
            taken.append([])
        lanes[arrow.id] = free[0] if free else len(taken) - 1
        taken[lanes[arrow.id]].append(span)
    return lanes


def _span(arrow: Arrow, rank: Mapping[str, int]) -> tuple[int, int]:
    ends = rank[arrow.tail], rank[arrow.head]
    return min(ends), max(ends)


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
