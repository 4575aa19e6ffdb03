"""Long stages in several parts, so that a column is no longer than the page is high."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archc.diagram.model.picture import Card, Picture, Stage


def split(picture: Picture, most: int) -> Picture:
    """The picture with its stages cut into parts of about `most` cards, each where a single tensor goes on."""
    parts: list[tuple[Stage, Sequence[Card]]] = []
    for at, stage in enumerate(picture.stages):
        cards = [card for card in picture.cards if card.stage == at]
        pieces = _pieces(picture, cards, most)
        for number, piece in enumerate(pieces, 1):
            title = stage.title if len(pieces) == 1 else f"{stage.title}, {number} of {len(pieces)}"
            detail = stage.detail if number == len(pieces) else piece[-1].shape
            parts.append((Stage(title, detail), piece))
    stage_of = {card.id: at for at, (_, piece) in enumerate(parts) for card in piece}
    return replace(
        picture,
        cards=tuple(replace(card, stage=stage_of[card.id]) for card in picture.cards),
        folds=tuple(
            replace(fold, stage=next(stage_of[card.id] for card in picture.cards if card.fold == fold.id))
            if any(card.fold == fold.id for card in picture.cards)
            else fold
            for fold in picture.folds
        ),
        stages=tuple(stage for stage, _ in parts),
    )


def _pieces(picture: Picture, cards: list[Card], most: int) -> list[list[Card]]:
    """Cut as late as `most` allows, or at the first place after it."""
    if len(cards) <= most:
        return [cards]
    cuts = _cuts(picture, cards)
    pieces: list[list[Card]] = []
    start, last = 0, 0
    for cut in [*cuts, len(cards)]:
        if cut - start > most and last > start:
            pieces.append(cards[start:last])
            start = last
        last = cut
    pieces.append(cards[start:])
    return pieces


def _tensors(cards: Sequence[Card]) -> bool:
    """Whether there is nothing but the network's border."""
    return all(card.kind == "tensor" for card in cards)


def _cuts(picture: Picture, cards: Sequence[Card]) -> list[int]:
    """Where nothing but the card before is read by what comes after, outside of folds."""
    place = {card.id: at for at, card in enumerate(cards)}
    furthest = list(range(len(cards)))
    for arrow in picture.arrows:
        if arrow.tail in place and arrow.head in place:
            furthest[place[arrow.tail]] = max(furthest[place[arrow.tail]], place[arrow.head])
    outside = {place[arrow.head] for arrow in picture.arrows if arrow.head in place and arrow.tail not in place}
    cuts: list[int] = []
    reach = 0
    for cut in range(1, len(cards)):
        reach = max(reach, furthest[cut - 2] if cut > 1 else 0)
        joined = cards[cut].fold and cards[cut].fold == cards[cut - 1].fold
        joined = joined or _tensors(cards[:cut]) or _tensors(cards[cut:])
        if reach < cut and furthest[cut - 1] >= cut and not joined and not any(at >= cut for at in outside):
            cuts.append(cut)
    return cuts
