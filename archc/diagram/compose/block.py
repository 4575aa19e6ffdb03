"""A block's inside: a close-up of one, or the definition below an overview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archc.diagram.compose.column import Direction, Part, extent, lay
from archc.diagram.compose.faces import Type, evened, face_of
from archc.diagram.compose.pieces import Piece
from archc.diagram.layout.flow import Gaps
from archc.diagram.model.picture import Picture
from archc.diagram.sheet import Frame, Label, Line, Run

PAD = 12.0


def close_up(picture: Picture, direction: Direction, type_: Type, *, one_line: bool = False) -> Piece:
    """A block's cards with what it is given and what it gives; a dashed frame around what is its own."""
    faces = evened({card.id: face_of(card, type_, one_line=one_line) for card in picture.cards}, picture.cards)
    gaps = Gaps(19 * type_.name / 15, 18 * type_.name / 15, 9, 6)
    piece = lay(Part(picture.cards, picture.arrows, (), picture.folds), faces, direction, gaps, type_).piece
    return _framed(piece, picture, (), outside=True)


def definition(picture: Picture, heading: Sequence[Line], type_: Type, *, one_line: bool = False) -> Piece:
    """A block's cards from left to right, all within a dashed frame under its name and parameters."""
    faces = evened({card.id: face_of(card, type_, one_line=one_line) for card in picture.cards}, picture.cards)
    gaps = Gaps(17 * type_.name / 15, 9 * type_.name / 15, 8, 5)
    piece = lay(Part(picture.cards, picture.arrows, (), picture.folds), faces, "LR", gaps, type_).piece
    return _framed(piece, picture, tuple(heading), outside=False)


def _framed(piece: Piece, picture: Picture, heading: tuple[Line, ...], *, outside: bool) -> Piece:
    tensors = {card.id for card in picture.cards if card.kind == "tensor"} if outside else set[str]()
    boxes = [box for box in piece.boxes if box.id not in tensors]
    if not boxes:
        return piece
    inner = {box.id for box in boxes}
    points = [point for route in piece.routes if {route.tail, route.head} <= inner for point in route.points]
    left = min([*(box.x for box in boxes), *(x for x, _ in points)])
    right = max([*(box.x + box.w for box in boxes), *(x for x, _ in points)])
    top = min([*(box.y for box in boxes), *(y for _, y in points)])
    bottom = max([*(box.y + box.h for box in boxes), *(y for _, y in points)])
    w, h = extent(heading)
    head = h + 8 if heading else 0
    pad = 7.0 if outside else PAD
    x, y = left - pad, top - pad - head
    wide, high = max(right - left, w) + 2 * pad, bottom - top + 2 * pad + head
    label = Label(x + pad + w / 2, y + pad + h / 2, w, h, heading, "left") if heading else None
    frame = Frame(f"definition:{picture.name}", x, y, wide, high, "definition", label)
    dx, dy = max(0, -x), max(0, -y)
    whole = replace(piece, frames=(frame, *piece.frames)).moved(dx, dy)
    return replace(whole, w=max(piece.w, x + wide) + dx, h=max(piece.h, y + high) + dy)


def heading_of(name: str, parameters: Sequence[str], note: str, type_: Type) -> tuple[Line, ...]:
    """A definition's heading: `Basic  out, stride`, and what decides about its dashed parts."""
    first: list[Run] = [Run(name, type_.name, bold=True)]
    if parameters:
        first.append(Run(f"  {', '.join(parameters)}", type_.name))
    if note:
        first.append(Run(f"    {note}", type_.detail, tone="faint"))
    return (tuple(first),)
