"""The names of concatenations, which stand beside them where nothing else does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from archc.diagram.compose.faces import Face
from archc.diagram.compose.pieces import Piece
from archc.diagram.metrics import line_height, line_width
from archc.diagram.model.picture import Card
from archc.diagram.options import Direction
from archc.diagram.sheet import Box, Label, Line, Route

_SPACE = 3.0
Segment = tuple[float, float, float, float]
"""A straight piece of a line, by its left, top, right and bottom."""


def extent(lines: Sequence[Line]) -> tuple[float, float]:
    """The width and height of lines of text."""
    wide = max((line_width(line) for line in lines), default=0.0)
    return wide, sum(line_height(max(run.size for run in line)) for line in lines)


def named(
    piece: Piece, cards: Sequence[Card], faces: Mapping[str, Face], direction: Direction, others: Sequence[Route] = ()
) -> Piece:
    """The piece with a name beside each concatenation that has room for it, away from `others`, lines that come in."""
    boxes = {box.id: box for box in piece.boxes}
    notes: list[Label] = []
    seen = replace(piece, routes=(*piece.routes, *others))
    for card in cards:
        if card.kind == "slots":
            free = (label for label in _places(boxes[card.id], faces[card.id], direction) if is_free(label, seen))
            found = next((label for label in free if direction == "LR" or label.x - label.w / 2 >= 0), None)
            notes += [found] if found is not None and _within(found, piece, direction) else []
    top = min([0.0, *(note.y - note.h / 2 for note in notes)])
    bottom = max([piece.h, *(note.y + note.h / 2 for note in notes)])
    grown = replace(piece, notes=(*piece.notes, *notes)).moved(0, -top)
    return replace(grown, h=bottom - top)


def _within(label: Label, piece: Piece, direction: Direction) -> bool:
    """Names make a picture higher where it runs to the right, but columns no wider."""
    return direction == "LR" or label.x + label.w / 2 <= piece.w


def _places(box: Box, face: Face, direction: Direction) -> Iterator[Label]:
    w, h = extent(face.lines)
    across = [(box.x + box.w + _SPACE + w / 2, box.y + box.h / 2), (box.x - _SPACE - w / 2, box.y + box.h / 2)]
    along = [(box.x + box.w / 2, box.y + box.h + _SPACE + h / 2), (box.x + box.w / 2, box.y - _SPACE - h / 2)]
    below = [(x, box.y + box.h + _SPACE + h / 2) for x in (box.x + w / 2, box.x + box.w - w / 2)]
    for x, y in [*along, *across] if direction == "LR" else [*across, *below]:
        yield Label(x, y, w, h, face.lines)


def is_free(label: Label, piece: Piece) -> bool:
    """Whether nothing of the piece lies where a text would."""
    left, right = label.x - label.w / 2 - 1, label.x + label.w / 2 + 1
    top, bottom = label.y - label.h / 2, label.y + label.h / 2
    over = any(box.x < right and left < box.x + box.w and box.y < bottom and top < box.y + box.h for box in piece.boxes)
    return not over and not _passed(segments_of(piece.routes), left, top, right, bottom)


def segments_of(routes: Iterable[Route]) -> list[Segment]:
    """The straight pieces of lines."""
    return [
        (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        for route in routes
        for (x1, y1), (x2, y2) in pairwise(route.points)
    ]


def crossed(piece: Piece, lines: Sequence[Segment]) -> tuple[list[Box], list[Label]]:
    """The boxes and notes of a piece that lines run over."""
    boxes = [
        box
        for box in piece.boxes
        if box.shape != "point" and _passed(lines, box.x + 1, box.y + 1, box.x + box.w - 1, box.y + box.h - 1)
    ]
    return boxes, [note for note in piece.notes if _passed(lines, *_place(note))]


def _place(note: Label) -> tuple[float, float, float, float]:
    return note.x - note.w / 2, note.y - note.h / 2, note.x + note.w / 2, note.y + note.h / 2


def _passed(lines: Sequence[Segment], left: float, top: float, right: float, bottom: float) -> bool:
    return any(a < right and left < c + 0.01 and b < bottom and top < d + 0.01 for a, b, c, d in lines)
