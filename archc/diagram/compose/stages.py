"""Stages side by side: each a column of its cards, down and over a gutter into the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from archc.diagram.compose.column import Laid, Part, lay, shortcuts
from archc.diagram.compose.faces import Type, evened, face_of
from archc.diagram.compose.naming import crossed, extent
from archc.diagram.compose.pieces import Piece, straightened, together
from archc.diagram.layout.flow import Gaps
from archc.diagram.model.picture import Arrow, Picture, Stage
from archc.diagram.sheet import Box, Frame, Label, Line, Point, Route, Run

TRACK = 7.0
PAD = 9.0
LANDING = 14.0
"""From a stage's heading to where lines come in."""


class NotStagedError(Exception):
    """A picture whose stages do not follow one another."""


@dataclass(frozen=True, slots=True)
class Column:
    """A stage with its content laid out, at its place."""

    stage: Stage
    laid: Laid
    x: float
    w: float
    heading: tuple[Line, ...]

    @property
    def inner(self) -> float:
        """How far the content stands from the frame's left side."""
        return (self.w - self.laid.piece.w) / 2


def columns(picture: Picture, type_: Type, *, one_line: bool = False) -> Piece:
    """The picture with a column for each stage; raises `NotStagedError` where a line would have to run backwards."""
    stage_of = in_sequence(picture)
    gaps = Gaps(6 + 1.1 * type_.pad, 12, TRACK, 4)
    made: list[Column] = []
    ranks: dict[str, tuple[int, float]] = {}
    for at in range(len(picture.stages)):
        made.append(_column(picture, at, ranks, type_, gaps, one_line=one_line))
        ranks |= {box.id: (-at, box.x) for box in made[-1].laid.piece.boxes}
    across = [arrow for arrow in picture.arrows if stage_of[arrow.tail] != stage_of[arrow.head]]
    over = _Over.of(across, stage_of, picture)
    placed: list[Column] = []
    x = 0.0
    for at, column in enumerate(made):
        placed.append(replace(column, x=x))
        x += (
            column.w
            + type_.gutter
            + TRACK * over.tracks_after(at)
            + TRACK * (_lines_after(at, across, stage_of, over) - 1)
        )
    top = over.height
    heading = max(extent(column.heading)[1] for column in placed)
    landing = max(_lines_after(at, across, stage_of, over) for at in range(len(placed)))
    floor = top + PAD + heading + LANDING + TRACK * (landing - 1)
    return _assembled(placed, across, stage_of, over, top, floor, type_.gutter)


def in_sequence(picture: Picture) -> Mapping[str, int]:
    """Each card's stage; raises `NotStagedError` unless every stage goes on from the one before."""
    stage_of = {card.id: card.stage for card in picture.cards}
    steps = {(stage_of[arrow.tail], stage_of[arrow.head]) for arrow in picture.arrows}
    backward = any(tail > head for tail, head in steps)
    if backward or any((at, at + 1) not in steps for at in range(len(picture.stages) - 1)):
        raise NotStagedError
    return stage_of


def _column(
    picture: Picture, at: int, ranks: Mapping[str, tuple[int, float]], type_: Type, gaps: Gaps, *, one_line: bool
) -> Column:
    """A stage's column; `ranks` says where the cards of the stages before stand, the nearest and leftmost first."""
    stage = picture.stages[at]
    cards = tuple(card for card in picture.cards if card.stage == at)
    inside = {card.id for card in cards}
    arrows = tuple(arrow for arrow in picture.arrows if arrow.head in inside)
    entries = tuple(dict.fromkeys(arrow.tail for arrow in arrows if arrow.tail not in inside))
    entry_ids = {tail: _entry_id(picture, tail, at) for tail in sorted(entries, key=lambda tail: ranks[tail])}
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


def _entry_id(picture: Picture, tail: str, at: int) -> str:
    """What the point is called where a tensor comes into a stage: one name for each stage that reads it."""
    stage_of = {card.id: card.stage for card in picture.cards}
    readers = sorted({stage_of[arrow.head] for arrow in picture.arrows if arrow.tail == tail} - {stage_of[tail]})
    return f"entry:{tail}" + (f"~{readers.index(at) + 1}" if readers.index(at) else "")


def _lines_after(at: int, across: Sequence[Arrow], stage_of: Mapping[str, int], over: _Over) -> int:
    """How many tensors go from a stage to the next below it; at least one."""
    return max(1, len({arrow.tail for arrow in across if stage_of[arrow.tail] == at and not over.takes(arrow)}))


@dataclass(frozen=True, slots=True)
class _Over:
    """The lines that pass over stages: each tail has a track of its own, the longer ones further out."""

    tracks: Mapping[str, int]
    after: Mapping[int, int]

    @classmethod
    def of(cls, across: Sequence[Arrow], stage_of: Mapping[str, int], picture: Picture) -> _Over:
        last = _last_cards(picture)
        far = [arrow for arrow in across if not _is_next(arrow, stage_of, last)]
        reach: dict[str, int] = {}
        for arrow in far:
            reach[arrow.tail] = max(reach.get(arrow.tail, 0), stage_of[arrow.head] - stage_of[arrow.tail])
        tracks = {tail: at for at, tail in enumerate(sorted(reach, key=lambda tail: (reach[tail], tail)))}
        after: dict[int, int] = {}
        for tail in tracks:
            after[stage_of[tail]] = after.get(stage_of[tail], 0) + 1
        return cls(tracks, after)

    @property
    def height(self) -> float:
        """What the tracks take above the stages."""
        return len(self.tracks) * (TRACK + 2) + (8 if self.tracks else 0)

    def tracks_after(self, stage: int) -> int:
        """How many lines rise behind a stage."""
        return self.after.get(stage, 0)

    def y(self, tail: str) -> float:
        """The height of a tail's track."""
        return (len(self.tracks) - self.tracks[tail]) * (TRACK + 2) - TRACK

    def takes(self, arrow: Arrow) -> bool:
        """Whether an arrow goes over the stages."""
        return arrow.tail in self.tracks


def _last_cards(picture: Picture) -> set[str]:
    """The cards that nothing in their own stage reads."""
    stage_of = {card.id: card.stage for card in picture.cards}
    read = {arrow.tail for arrow in picture.arrows if stage_of[arrow.tail] == stage_of[arrow.head]}
    return {card.id for card in picture.cards} - read


def _is_next(arrow: Arrow, stage_of: Mapping[str, int], last: set[str]) -> bool:
    return stage_of[arrow.head] == stage_of[arrow.tail] + 1 and arrow.tail in last


def _assembled(
    placed: Sequence[Column],
    across: Sequence[Arrow],
    stage_of: Mapping[str, int],
    over: _Over,
    top: float,
    floor: float,
    gutter: float,
) -> Piece:
    pieces = [column.laid.piece.moved(column.x + column.inner, floor) for column in placed]
    boxes = {box.id: box for piece in pieces for box in piece.boxes}
    routes = _Connectors(placed, boxes, stage_of, over, floor, gutter, across).routes()
    pieces = [_kept(piece, routes) for piece in pieces]
    depth = max(column.laid.piece.h for column in placed)
    lowest = max((y for route in routes for _, y in route.points), default=0.0)
    high = max(floor + depth + 2 * PAD + 8, lowest + PAD)
    frames = [_frame(at, column, top, high, _from_above(routes, top, column)) for at, column in enumerate(placed)]
    whole = together(placed[-1].x + placed[-1].w, high, pieces)
    return replace(whole, frames=(*frames, *whole.frames), routes=(*whole.routes, *routes))


def _kept(piece: Piece, routes: Sequence[Route]) -> Piece:
    """The piece without names that lines run over; raises `NotStagedError` where that would be anything else."""
    boxes, notes = crossed(piece, routes)
    if boxes or any(run.tone == "accent" for note in notes for line in note.lines for run in line):
        raise NotStagedError
    return replace(piece, notes=tuple(note for note in piece.notes if note not in notes))


def _from_above(routes: Sequence[Route], top: float, column: Column) -> list[float]:
    """Where lines come into a stage through its upper side."""
    return [
        x1
        for route in routes
        for (x1, y1), (x2, y2) in pairwise(route.points)
        if abs(x1 - x2) < 0.01 and min(y1, y2) < top < max(y1, y2) and column.x < x1 < column.x + column.w
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


@dataclass(frozen=True, slots=True)
class _Connectors:
    """The lines between stages."""

    placed: Sequence[Column]
    boxes: Mapping[str, Box]
    stage_of: Mapping[str, int]
    over: _Over
    floor: float
    gutter: float
    across: Sequence[Arrow]

    @property
    def _next_tails(self) -> set[str]:
        return {arrow.tail for arrow in self.across if not self.over.takes(arrow)}

    def routes(self) -> list[Route]:
        """A route for each arrow; those that share a way in begin at the junction where it ends."""
        begun: set[tuple[str, int]] = set()
        made: list[Route] = []
        for arrow in self.across:
            stage = self.stage_of[arrow.head]
            way = self._way(arrow, stage)
            rest = self._inside(arrow, stage)
            if self.placed[stage].laid.taps[arrow.tail] > 1:
                key = (arrow.tail, stage)
                if key not in begun:
                    dot, skip = self.placed[stage].laid.entry_ids[arrow.tail], self.over.takes(arrow)
                    made.append(
                        Route(f"{arrow.tail}->{stage}", arrow.tail, dot, straightened(way), 0, skip, arrow=False)
                    )
                begun.add(key)
                way = ()
            points = straightened((*way, *rest))
            made.append(Route(arrow.id, arrow.tail, arrow.head, points, arrow.edges, arrow.skip))
        return made

    def _inside(self, arrow: Arrow, stage: int) -> tuple[Point, ...]:
        column = self.placed[stage]
        dx = column.x + column.inner
        return tuple((x + dx, y + self.floor) for x, y in column.laid.begun[arrow.id])

    def _entry(self, tail: str, stage: int) -> Point:
        column = self.placed[stage]
        x, y = column.laid.entries[tail]
        return x + column.x + column.inner, y + self.floor

    def _way(self, arrow: Arrow, stage: int) -> tuple[Point, ...]:
        box, start = self.boxes[arrow.tail], self.stage_of[arrow.tail]
        column = self.placed[start]
        ex, ey = self._entry(arrow.tail, stage)
        if not self.over.takes(arrow):
            rank, floors = self._rank(arrow.tail, start)
            down = (box.x + box.w / 2, box.y + box.h)
            below = max(down[1], floors) + PAD + 3 + TRACK * rank
            gutter = column.x + column.w + self.gutter / 2 + TRACK * (self.over.tracks_after(start) + rank)
            landing = ey - TRACK * (self._count(start) - 1 - rank)
            return (down, (down[0], below), (gutter, below), (gutter, landing), (ex, landing), (ex, ey))
        side = (box.x + box.w, box.y + box.h / 2)
        rank = sorted((tail for tail in self.over.tracks if self.stage_of[tail] == start), key=self.over.y)
        gutter = column.x + column.w + self.gutter / 2 + TRACK * rank.index(arrow.tail)
        y = self.over.y(arrow.tail)
        return (side, (gutter, side[1]), (gutter, y), (ex, y), (ex, ey))

    def _tails(self, stage: int) -> list[str]:
        """The cards whose lines go on below a stage, from the right: each passes outside of those before it."""
        tails = {tail for tail, at in self.stage_of.items() if at == stage and tail in self._next_tails}
        return sorted(tails, key=lambda tail: -self.boxes[tail].x)

    def _count(self, stage: int) -> int:
        return len(self._tails(stage))

    def _rank(self, tail: str, stage: int) -> tuple[int, float]:
        """Which of a stage's lines a tail's is, and the lowest point of the cards and notes that it must pass below."""
        tails = self._tails(stage)
        box = self.boxes[tail]
        right = [
            other for other in self.boxes.values() if self.stage_of.get(other.id) == stage and other.x + other.w > box.x
        ]
        lows = [other.y + other.h for other in right]
        notes = self.placed[stage].laid.piece.notes
        return tails.index(tail), max([0.0, *lows, *(note.y + note.h / 2 + self.floor - PAD for note in notes)])
