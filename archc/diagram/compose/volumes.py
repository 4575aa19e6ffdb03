"""A chain of cards as boxes whose height tells of the resolution and whose width tells of the channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log2

from archc.diagram.compose.faces import Type, face_of
from archc.diagram.compose.naming import extent
from archc.diagram.compose.pieces import Piece
from archc.diagram.compose.stages import NotStagedError
from archc.diagram.model.picture import Arrow, Card, Picture
from archc.diagram.sheet import Box, Label, Route, Run

SCALE = "heights by the logarithm of the resolution"
"""What such a picture says of itself."""
LOW, HIGH = 64.0, 230.0
"""The heights of the smallest and the largest box."""


def volumes(picture: Picture, type_: Type) -> Piece:
    """The cards in a row; raises `NotStagedError` where they are no chain."""
    by_tail: dict[str, Arrow] = {arrow.tail: arrow for arrow in picture.arrows}
    heads = {arrow.head for arrow in picture.arrows}
    if not len(by_tail) == len(heads) == len(picture.arrows) == len(picture.cards) - 1:
        raise NotStagedError
    heights = _heights(picture.cards)
    boxes: list[Box] = []
    routes: list[Route] = []
    middle = HIGH * type_.name / 15 / 2
    x = 0.0
    for card in picture.cards:
        face = face_of(card, type_)
        high = max(heights[card.id] * type_.name / 15, face.h)
        wide = face.w - type_.pad + 5 * log2(1 + _channels(card)) / 10
        boxes.append(Box(card.id, x, middle - high / 2, wide, high, "box", card.family, face.lines, fact=card.fact))
        arrow = by_tail.get(card.id)
        if arrow is not None:
            line = ((Run(arrow.shape.replace(" × ", "×"), type_.detail, tone="faint"),),)
            w, h = extent(line)
            start, x = x + wide, x + wide + max(w + 14, 22)
            label = Label((start + x - 4) / 2, middle - h / 2 - 2, w, h, line) if "shapes" in type_.told else None
            routes.append(
                Route(arrow.id, arrow.tail, arrow.head, ((start, middle), (x, middle)), arrow.edges, label=label)
            )
        else:
            x += wide
    top = min(box.y for box in boxes)
    piece = Piece(x, 2 * (middle - top), tuple(boxes), (), tuple(routes))
    return replace(piece.moved(0, -top), h=2 * (middle - top))


def _heights(cards: Sequence[Card]) -> dict[str, float]:
    """By the logarithm of the resolution that a card hands on; vectors by that of their length, lower."""
    sizes = {card.id: _size(card) for card in cards}
    largest = max(sizes.values(), default=1) or 1
    return {id: LOW + (HIGH - LOW) * log2(1 + size) / log2(1 + largest) for id, size in sizes.items()}


def _size(card: Card) -> float:
    sizes = [int(part) for part in card.fact.output.split() if part.isdigit()]
    if len(sizes) < 2:
        return (sizes[0] if sizes else 1) ** 0.5
    return max(sizes[1:])


def _channels(card: Card) -> int:
    first = card.fact.output.split()[:1]
    return int(first[0]) if first and first[0].isdigit() else 1
