"""A block's inside: a close-up of one, or the definition below an overview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archc.diagram.compose.column import Part, lay, shortcuts
from archc.diagram.compose.faces import Type, evened, face_of
from archc.diagram.compose.naming import extent
from archc.diagram.compose.pieces import Piece
from archc.diagram.layout.flow import Gaps
from archc.diagram.model.picture import Picture
from archc.diagram.options import Direction
from archc.diagram.sheet import Frame, Label, Line, Run

PAD = 12.0


def close_up(
    picture: Picture, heading: Sequence[Line], direction: Direction, type_: Type, *, one_line: bool = False
) -> Piece:
    """A block's cards with what it is given and what it gives, in a dashed frame under a heading."""
    faces = {card.id: face_of(card, type_, one_line=one_line, across=direction == "LR") for card in picture.cards}
    if direction == "TB":
        faces = evened(faces, picture.cards, shortcuts(picture.cards, picture.arrows))
    gaps = Gaps(19 * type_.name / 15, 18 * type_.name / 15, 9, 6)
    piece = lay(Part(picture.cards, picture.arrows, {}, picture.folds), faces, direction, gaps, type_).piece
    return _framed(piece, picture, tuple(heading))


def whole(picture: Picture, direction: Direction, type_: Type) -> Piece:
    """All the cards of a network, stage or no stage."""
    faces = {card.id: face_of(card, type_, across=direction == "LR") for card in picture.cards}
    if direction == "TB":
        faces = evened(faces, picture.cards, shortcuts(picture.cards, picture.arrows))
    gaps = Gaps(19 * type_.name / 15, 14 * type_.name / 15, 8, 5)
    return lay(Part(picture.cards, picture.arrows, {}, picture.folds), faces, direction, gaps, type_).piece


def definition(picture: Picture, heading: Sequence[Line], type_: Type, *, one_line: bool = False) -> Piece:
    """A block's cards from left to right, all within a dashed frame under its name and parameters."""
    faces = {card.id: face_of(card, type_, one_line=one_line, across=True) for card in picture.cards}
    gaps = Gaps(17 * type_.name / 15, 9 * type_.name / 15, 8, 5)
    piece = lay(Part(picture.cards, picture.arrows, {}, picture.folds), faces, "LR", gaps, type_).piece
    return _framed(piece, picture, tuple(heading))


def _framed(piece: Piece, picture: Picture, heading: tuple[Line, ...]) -> Piece:
    w, h = extent(heading)
    head = h + 6 if heading else 0
    inner = max(piece.w, w)
    wide, high = inner + 2 * PAD, piece.h + 2 * PAD + head
    label = Label(PAD + w / 2, PAD + h / 2, w, h, heading, "left") if heading else None
    frame = Frame(f"definition:{picture.name}", 0, 0, wide, high, "definition", label)
    moved = piece.moved(PAD + (inner - piece.w) / 2, PAD + head)
    return replace(moved, w=wide, h=high, frames=(frame, *moved.frames))


def heading_of(name: str, parameters: Sequence[str], note: str, type_: Type) -> tuple[Line, ...]:
    """A definition's heading: `Basic  out, stride`, and what decides about its dashed parts."""
    first: list[Run] = [Run(name, type_.name, bold=True)]
    if parameters:
        first.append(Run(f"  {', '.join(parameters)}", type_.name))
    if note:
        first.append(Run(f"    {note}", type_.detail, tone="faint"))
    return (tuple(first),)
