"""The lines between columns: below a stage and up its gutter into the next, or over the stages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from archc.diagram.compose.column import Laid
from archc.diagram.compose.pieces import straightened
from archc.diagram.model.picture import Arrow, Picture, Stage
from archc.diagram.sheet import Box, Line, Point, Route

TRACK = 7.0
PAD = 9.0


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


@dataclass(frozen=True)
class Across:
    """The arrows between stages: some lead from one into the next, the others pass over stages.

    Of those each tail has a track of its own, the longer ones further out.
    """

    arrows: Sequence[Arrow]
    stage_of: Mapping[str, int]
    tracks: Mapping[str, int]
    after: Mapping[int, int]
    """How many tracks rise behind a stage."""

    @classmethod
    def of(cls, picture: Picture, stage_of: Mapping[str, int]) -> Across:
        """The arrows of a picture whose stages follow one another."""
        across = [arrow for arrow in picture.arrows if stage_of[arrow.tail] != stage_of[arrow.head]]
        last = _last_cards(picture, stage_of)
        reach: dict[str, int] = {}
        for arrow in across:
            far = stage_of[arrow.head] - stage_of[arrow.tail]
            if far != 1 or arrow.tail not in last:
                reach[arrow.tail] = max(reach.get(arrow.tail, 0), far)
        tracks = {tail: at for at, tail in enumerate(sorted(reach, key=lambda tail: (reach[tail], tail)))}
        return cls(across, stage_of, tracks, Counter(stage_of[tail] for tail in tracks))

    @property
    def height(self) -> float:
        """What the tracks take above the stages."""
        return len(self.tracks) * (TRACK + 2) + (8 if self.tracks else 0)

    def tracks_after(self, stage: int) -> int:
        """How many lines rise behind a stage."""
        return self.after.get(stage, 0)

    def lines_after(self, stage: int) -> int:
        """How many tensors go from a stage to the next below it; at least one."""
        return max(1, len(self.below.get(stage, ())))

    def y(self, tail: str) -> float:
        """The height of a tail's track."""
        return (len(self.tracks) - self.tracks[tail]) * (TRACK + 2) - TRACK

    def takes(self, arrow: Arrow) -> bool:
        """Whether an arrow goes over the stages."""
        return arrow.tail in self.tracks

    @cached_property
    def below(self) -> Mapping[int, Sequence[str]]:
        """The cards of each stage whose lines go on below it."""
        found: dict[int, dict[str, None]] = {}
        for arrow in self.arrows:
            if not self.takes(arrow):
                found.setdefault(self.stage_of[arrow.tail], {})[arrow.tail] = None
        return {stage: tuple(tails) for stage, tails in found.items()}

    @cached_property
    def rising(self) -> Mapping[str, int]:
        """Which of the lines that rise behind its stage a tail's is."""
        found: dict[str, int] = {}
        counts = Counter[int]()
        for tail in sorted(self.tracks, key=self.y):
            found[tail] = counts[self.stage_of[tail]]
            counts[self.stage_of[tail]] += 1
        return found


def _last_cards(picture: Picture, stage_of: Mapping[str, int]) -> set[str]:
    """The cards that nothing in their own stage reads."""
    read = {arrow.tail for arrow in picture.arrows if stage_of[arrow.tail] == stage_of[arrow.head]}
    return {card.id for card in picture.cards} - read


@dataclass(frozen=True)
class Connectors:
    """The routes between stages that have their places; `boxes` are those of all stages, a list for each."""

    placed: Sequence[Column]
    boxes: Sequence[Sequence[Box]]
    across: Across
    floor: float
    gutter: float

    def routes(self) -> list[Route]:
        """A route for each arrow; those that share a way in begin at the junction where it ends."""
        begun: set[tuple[str, int]] = set()
        made: list[Route] = []
        for arrow in self.across.arrows:
            stage = self.across.stage_of[arrow.head]
            way = self._way(arrow, stage)
            rest = self._inside(arrow, stage)
            if self.placed[stage].laid.taps[arrow.tail] > 1:
                key = (arrow.tail, stage)
                if key not in begun:
                    dot, skip = self.placed[stage].laid.entry_ids[arrow.tail], self.across.takes(arrow)
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
        start = self.across.stage_of[arrow.tail]
        box, column = self._tails[arrow.tail], self.placed[start]
        ex, ey = self._entry(arrow.tail, stage)
        if not self.across.takes(arrow):
            rank = self._ranks[arrow.tail]
            down = (box.x + box.w / 2, box.y + box.h)
            below = max(down[1], self._lows[arrow.tail]) + PAD + 3 + TRACK * rank
            gutter = column.x + column.w + self.gutter / 2 + TRACK * (self.across.tracks_after(start) + rank)
            landing = ey - TRACK * (self.across.lines_after(start) - 1 - rank)
            return (down, (down[0], below), (gutter, below), (gutter, landing), (ex, landing), (ex, ey))
        side = (box.x + box.w, box.y + box.h / 2)
        gutter = column.x + column.w + self.gutter / 2 + TRACK * self.across.rising[arrow.tail]
        y = self.across.y(arrow.tail)
        return (side, (gutter, side[1]), (gutter, y), (ex, y), (ex, ey))

    @cached_property
    def _tails(self) -> Mapping[str, Box]:
        return {box.id: box for boxes in self.boxes for box in boxes}

    @cached_property
    def _ranks(self) -> Mapping[str, int]:
        """Which of its stage's lines a tail's is, from the right: each passes outside of those before it."""
        found: dict[str, int] = {}
        order = {id: at for at, id in enumerate(self.across.stage_of)}
        for tails in self.across.below.values():
            listed = sorted(tails, key=lambda tail: (-self._tails[tail].x, order[tail]))
            found |= {tail: at for at, tail in enumerate(listed)}
        return found

    @cached_property
    def _lows(self) -> Mapping[str, float]:
        """The lowest point of the cards and notes that a tail's line must pass below."""
        found: dict[str, float] = {}
        for stage, tails in self.across.below.items():
            notes = self.placed[stage].laid.piece.notes
            low = max([0.0, *(note.y + note.h / 2 + self.floor - PAD for note in notes)])
            cards = [box for box in self.boxes[stage] if self.across.stage_of.get(box.id) == stage]
            for tail in tails:
                x = self._tails[tail].x
                found[tail] = max([low, *(box.y + box.h for box in cards if box.x + box.w > x)])
        return found
