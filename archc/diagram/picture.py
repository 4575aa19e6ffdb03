"""The picture of a network as values: what is drawn, and nothing about how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """A box: an op, a tensor at the network's border, or a block drawn as one. `times` counts those folded into it."""

    id: str
    path: str
    title: str
    name: str
    detail: str
    family: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    """A frame around what one block or `Sequential` holds."""

    id: str
    path: str
    title: str
    name: str
    depth: int
    children: tuple[Card | Group, ...]
    times: int = 1


@dataclass(frozen=True, slots=True)
class Arrow:
    """A tensor's way from one card to another; `skip` where it bypasses the main path into a merge."""

    tail: str
    head: str
    label: str = ""
    skip: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole picture, in the order in which it is drawn."""

    name: str
    title: str
    facts: str
    children: tuple[Card | Group, ...]
    arrows: tuple[Arrow, ...]

    @property
    def cards(self) -> tuple[Card, ...]:
        """All boxes, those within frames too."""
        return tuple(_cards(self.children))

    @property
    def families(self) -> tuple[str, ...]:
        """The families of the ops shown, for the legend."""
        return tuple(sorted({card.family for card in self.cards} - {"tensor"}))


def _cards(children: tuple[Card | Group, ...]) -> Iterator[Card]:
    for child in children:
        if isinstance(child, Card):
            yield child
        else:
            yield from _cards(child.children)
