"""A part of a picture with its places: boxes, frames and lines that can be moved together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from archc.diagram.metrics import line_width
from archc.diagram.sheet import Box, Frame, Label, Line, Point, Route, Slot


@dataclass(frozen=True, slots=True)
class Piece:
    """Boxes, frames, lines and notes within 0..`w` and 0..`h`."""

    w: float
    h: float
    boxes: tuple[Box, ...] = ()
    frames: tuple[Frame, ...] = ()
    routes: tuple[Route, ...] = ()
    notes: tuple[Label, ...] = ()

    def moved(self, dx: float, dy: float) -> Piece:
        """The same elsewhere; `w` and `h` stay what they are."""
        return replace(
            self,
            boxes=tuple(_box(box, dx, dy) for box in self.boxes),
            frames=tuple(_frame(frame, dx, dy) for frame in self.frames),
            routes=tuple(_route(route, dx, dy) for route in self.routes),
            notes=tuple(shifted(note, dx, dy) for note in self.notes),
        )

    def renamed(self, prefix: str) -> Piece:
        """The same with other ids, to stand beside another of the same block."""
        return replace(
            self,
            boxes=tuple(replace(box, id=prefix + box.id) for box in self.boxes),
            frames=tuple(replace(frame, id=prefix + frame.id) for frame in self.frames),
            routes=tuple(
                replace(route, id=prefix + route.id, tail=prefix + route.tail, head=prefix + route.head)
                for route in self.routes
            ),
        )


def together(w: float, h: float, pieces: Iterable[Piece]) -> Piece:
    """Several pieces as one."""
    every = tuple(pieces)
    return Piece(
        w,
        h,
        tuple(box for piece in every for box in piece.boxes),
        tuple(frame for piece in every for frame in piece.frames),
        tuple(route for piece in every for route in piece.routes),
        tuple(note for piece in every for note in piece.notes),
    )


def in_row(pieces: Sequence[Piece], space: float) -> Piece:
    """Pieces side by side on one axis."""
    high, x = max(piece.h for piece in pieces), 0.0
    moved: list[Piece] = []
    for piece in pieces:
        moved.append(piece.moved(x, (high - piece.h) / 2))
        x += piece.w + space
    return together(x - space, high, moved)


def in_column(pieces: Sequence[Piece], space: float) -> Piece:
    """Pieces one below another, each in the middle."""
    wide, y = max(piece.w for piece in pieces), 0.0
    moved: list[Piece] = []
    for piece in pieces:
        moved.append(piece.moved((wide - piece.w) / 2, y))
        y += piece.h + space
    return together(wide, y - space, moved)


def shifted(label: Label, dx: float, dy: float) -> Label:
    """A text elsewhere."""
    return replace(label, x=label.x + dx, y=label.y + dy)


def _box(box: Box, dx: float, dy: float) -> Box:
    slots = tuple(replace(slot, x=slot.x + dx, y=slot.y + dy) for slot in box.slots)
    return replace(box, x=box.x + dx, y=box.y + dy, slots=slots)


def _frame(frame: Frame, dx: float, dy: float) -> Frame:
    heading = shifted(frame.heading, dx, dy) if frame.heading else None
    return replace(frame, x=frame.x + dx, y=frame.y + dy, heading=heading)


def _route(route: Route, dx: float, dy: float) -> Route:
    points = tuple((x + dx, y + dy) for x, y in route.points)
    return replace(route, points=points, label=shifted(route.label, dx, dy) if route.label else None)


def cells(x: float, y: float, w: float, h: float, lines: Sequence[Line]) -> tuple[Slot, ...]:
    """Texts side by side over the whole of a box, with the same space around each."""
    own = [line_width(line) for line in lines]
    space = (w - sum(own)) / len(own)
    slots: list[Slot] = []
    for line, wide in zip(lines, own, strict=True):
        slots.append(Slot(x, y, wide + space, h, line))
        x += wide + space
    return tuple(slots)


def straightened(points: Sequence[Point]) -> tuple[Point, ...]:
    """A line without repeated points and without those in the middle of a straight piece."""
    kept: list[Point] = []
    for point in points:
        if kept and abs(kept[-1][0] - point[0]) < 0.01 and abs(kept[-1][1] - point[1]) < 0.01:
            continue
        if len(kept) > 1 and _in_line(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return tuple(kept)


def _in_line(one: Point, two: Point, three: Point) -> bool:
    across = abs(one[0] - two[0]) < 0.01 and abs(two[0] - three[0]) < 0.01
    along = abs(one[1] - two[1]) < 0.01 and abs(two[1] - three[1]) < 0.01
    return across or along
