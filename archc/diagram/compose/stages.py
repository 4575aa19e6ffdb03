"""Stages side by side: each a column of its cards, down and over a gutter into the next."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from archc.diagram.compose.between import PAD, TRACK, Across, Column, Connectors
from archc.diagram.compose.column import Part, lay, shortcuts
from archc.diagram.compose.faces import Type, evened, face_of
from archc.diagram.compose.naming import Segment, crossed, extent, segments_of
from archc.diagram.compose.pieces import Piece, together
from archc.diagram.layout.flow import Gaps
from archc.diagram.model.picture import Arrow, Card, Picture
from archc.diagram.sheet import Frame, Label, Line, Run

LANDING = 14.0
"""From a stage's heading to where lines come in."""


class NotStagedError(Exception):
    """A picture whose stages do not follow one another."""


def columns(picture: Picture, type_: Type, *, one_line: bool = False) -> Piece:
    """The picture with a column for each stage; raises `NotStagedError` where a line would have to run backwards."""
    stage_of = in_sequence(picture)
    gaps = Gaps(6 + 1.1 * type_.pad, 12, TRACK, 4)
    made: list[Column] = []
    ranks: dict[str, tuple[int, float]] = {}
    contents = _contents(picture, stage_of)
    for at in range(len(picture.stages)):
        made.append(_column(picture, at, contents[at], ranks, type_, gaps, one_line=one_line))
        ranks |= {box.id: (-at, box.x) for box in made[-1].laid.piece.boxes}
    across = Across.of(picture, stage_of)
    placed: list[Column] = []
    x = 0.0
    for at, column in enumerate(made):
        placed.append(replace(column, x=x))
        x += column.w + type_.gutter + TRACK * across.tracks_after(at) + TRACK * (across.lines_after(at) - 1)
    heading = max(extent(column.heading)[1] for column in placed)
    landing = max(across.lines_after(at) for at in range(len(placed)))
    floor = across.height + PAD + heading + LANDING + TRACK * (landing - 1)
    return _assembled(placed, across, floor, type_.gutter)


def in_sequence(picture: Picture) -> Mapping[str, int]:
    """Each card's stage; raises `NotStagedError` unless every stage goes on from the one before."""
    stage_of = {card.id: card.stage for card in picture.cards}
    steps = {(stage_of[arrow.tail], stage_of[arrow.head]) for arrow in picture.arrows}
    backward = any(tail > head for tail, head in steps)
    if backward or any((at, at + 1) not in steps for at in range(len(picture.stages) - 1)):
        raise NotStagedError
    return stage_of


@dataclass(frozen=True, slots=True)
class _Content:
    """A stage's cards, the arrows that lead to them, and what those from other stages are called where they come in."""

    cards: tuple[Card, ...]
    arrows: tuple[Arrow, ...]
    entry_ids: Mapping[str, str]


def _contents(picture: Picture, stage_of: Mapping[str, int]) -> Sequence[_Content]:
    """The content of every stage. A tensor has one name for each stage that reads it."""
    cards: list[list[Card]] = [[] for _ in picture.stages]
    arrows: list[list[Arrow]] = [[] for _ in picture.stages]
    readers: dict[str, set[int]] = {}
    for card in picture.cards:
        cards[card.stage].append(card)
    for arrow in picture.arrows:
        arrows[stage_of[arrow.head]].append(arrow)
        if stage_of[arrow.tail] != stage_of[arrow.head]:
            readers.setdefault(arrow.tail, set()).add(stage_of[arrow.head])
    ids: list[dict[str, str]] = [{} for _ in picture.stages]
    for tail, stages in readers.items():
        for place, at in enumerate(sorted(stages)):
            ids[at][tail] = f"entry:{tail}" + (f"~{place + 1}" if place else "")
    return [_Content(tuple(own), tuple(into), names) for own, into, names in zip(cards, arrows, ids, strict=True)]


def _column(
    picture: Picture,
    at: int,
    content: _Content,
    ranks: Mapping[str, tuple[int, float]],
    type_: Type,
    gaps: Gaps,
    *,
    one_line: bool,
) -> Column:
    """A stage's column; `ranks` says where the cards of the stages before stand, the nearest and leftmost first."""
    stage, cards, arrows = picture.stages[at], content.cards, content.arrows
    first = {arrow.tail: None for arrow in arrows if arrow.tail in content.entry_ids}
    entry_ids = {tail: content.entry_ids[tail] for tail in sorted(first, key=lambda tail: ranks[tail])}
    aside = shortcuts(cards, arrows)
    faces = {
        card.id: face_of(card, type_, one_line=one_line and card.id not in aside, narrow=card.id in aside)
        for card in cards
    }
    faces = evened(faces, cards, aside)
    folds = tuple(fold for fold in picture.folds if fold.stage == at)
    laid = lay(Part(cards, arrows, entry_ids, folds), faces, "TB", gaps, type_)
    heading: list[Line] = [(Run(stage.title, type_.name, bold=True),)]
    if stage.detail and "shapes" in type_.told:
        heading.append((Run(stage.detail, type_.detail, tone="faint"),))
    wide = max(laid.piece.w, extent(heading)[0]) + 2 * type_.pad
    return Column(stage, laid, 0, wide, tuple(heading))


def _assembled(placed: Sequence[Column], across: Across, floor: float, gutter: float) -> Piece:
    top = across.height
    pieces = [column.laid.piece.moved(column.x + column.inner, floor) for column in placed]
    routes = Connectors(placed, [piece.boxes for piece in pieces], across, floor, gutter).routes()
    segments = segments_of(routes)
    near = _near([(column.x, column.x + column.w) for column in placed], segments)
    pieces = [
        _kept(piece, lines) for piece, lines in zip(pieces, _near(list(map(_reach, pieces)), segments), strict=True)
    ]
    depth = max(column.laid.piece.h for column in placed)
    lowest = max((y for route in routes for _, y in route.points), default=0.0)
    high = max(floor + depth + 2 * PAD + 8, lowest + PAD)
    frames = [
        _frame(at, column, top, high, _from_above(lines, top, column))
        for at, (column, lines) in enumerate(zip(placed, near, strict=True))
    ]
    whole = together(placed[-1].x + placed[-1].w, high, pieces)
    return replace(whole, frames=(*frames, *whole.frames), routes=(*whole.routes, *routes))


def _reach(piece: Piece) -> tuple[float, float]:
    """How far a piece's cards and notes reach, from left to right."""
    lefts = [*(box.x for box in piece.boxes), *(note.x - note.w / 2 for note in piece.notes)]
    rights = [*(box.x + box.w for box in piece.boxes), *(note.x + note.w / 2 for note in piece.notes)]
    return min(lefts, default=0.0), max(rights, default=0.0)


def _near(spans: Sequence[tuple[float, float]], segments: Iterable[Segment]) -> Sequence[Sequence[Segment]]:
    """For each of the spans, which come from left to right, the pieces of lines that may run through it."""
    rights = list(accumulate((right for _, right in spans), max))
    lefts = list(accumulate((left for left, _ in reversed(spans)), min))[::-1]
    found: list[list[Segment]] = [[] for _ in spans]
    for segment in segments:
        for at in range(bisect_left(rights, segment[0] - 1), bisect_right(lefts, segment[2] + 1)):
            found[at].append(segment)
    return found


def _kept(piece: Piece, lines: Sequence[Segment]) -> Piece:
    """The piece without names that lines run over; raises `NotStagedError` where that would be anything else."""
    boxes, notes = crossed(piece, lines)
    if boxes or any(run.tone == "accent" for note in notes for line in note.lines for run in line):
        raise NotStagedError
    return replace(piece, notes=tuple(note for note in piece.notes if note not in notes))


def _from_above(lines: Iterable[Segment], top: float, column: Column) -> list[float]:
    """Where lines come into a stage through its upper side."""
    return [
        left
        for left, upper, right, lower in lines
        if right - left < 0.01 and upper < top < lower and column.x < left < column.x + column.w
    ]


def _frame(at: int, column: Column, top: float, high: float, lines: Sequence[float]) -> Frame:
    """A stage's ground; its heading keeps out of the way of the lines that come in from above."""
    w, h = extent(column.heading)
    places = (column.x + column.w / 2, column.x + PAD + w / 2, column.x + column.w - PAD - w / 2)
    x = next((x for x in places if not any(abs(x - line) < w / 2 + 4 for line in lines)), None)
    if x is None:
        raise NotStagedError
    heading = Label(x, top + PAD + h / 2, w, h, column.heading)
    return Frame(f"stage:{at}", column.x, top, column.w, high - top, "stage", heading)
