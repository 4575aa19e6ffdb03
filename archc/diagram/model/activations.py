"""Activations told of on their cards, where a picture has several kinds and its legend could not say which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archc.diagram.model.picture import Card
from archc.diagram.words import is_activation

_WITH = ("conv", "linear")


def with_activations(cards: Sequence[Card]) -> tuple[Card, ...]:
    """The cards; those of a family that goes with several kinds of activation say which is theirs."""
    mixed = {family for family in _WITH if _kinds(cards, family) > 1}
    return tuple(_told(card) if card.family in mixed else card for card in cards)


def _kinds(cards: Sequence[Card], family: str) -> int:
    return len({part for card in cards if card.family == family for part in _activations(card)})


def _activations(card: Card) -> tuple[str, ...]:
    return tuple(part for at, part in enumerate(card.parts) if at > card.primary and is_activation(part))


def _told(card: Card) -> Card:
    own = ", ".join(_activations(card))
    return replace(card, detail=f"{card.detail}, {own}" if card.detail else own) if own else card
