"""The names of concatenations, which stand beside them where nothing else does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from archc.diagram.compose.faces import Face
from archc.diagram.compose.pieces import Piece
from archc.diagram.metrics import line_height, line_width
from archc.diagram.model.picture import Card
from archc.diagram.options import Direction
from archc.diagram.sheet import Box, Label, Line, Route

_SPACE = 3.0


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
    return not over and not any(_passes(route, left, top, right, bottom) for route in piece.routes)


def crossed(piece: Piece, routes: Sequence[Route]) -> tuple[list[Box], list[Label]]:
    """The boxes and notes of a piece that lines run over."""
    boxes = [
        box
        for box in piece.boxes
        if box.shape != "point"
        and any(_passes(way, box.x + 1, box.y + 1, box.x + box.w - 1, box.y + box.h - 1) for way in routes)
    ]
    notes = [note for note in piece.notes if any(_passes(way, *_place(note)) for way in routes)]
    return boxes, notes


def _place(note: Label) -> tuple[float, float, float, float]:
    return note.x - note.w / 2, note.y - note.h / 2, note.x + note.w / 2, note.y + note.h / 2


def _passes(route: Route, left: float, top: float, right: float, bottom: float) -> bool:
    return any(
        min(x1, x2) < right and left < max(x1, x2) + 0.01 and min(y1, y2) < bottom and top < max(y1, y2) + 0.01
        for (x1, y1), (x2, y2) in zip(route.points, route.points[1:], strict=False)
    )
