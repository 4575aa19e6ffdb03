"""What a picture shows: cards, the arrows between them, and how they are folded and grouped into stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from archc.diagram.sheet import Fact
from archc.tree import Body

Kind = Literal["card", "circle", "slots", "block", "tensor"]
"""`circle` is a merge drawn as its sign, `slots` a concatenation drawn as a tensor in parts."""


@dataclass(frozen=True, slots=True)
class Card:
    """An op, several fused ones, a block drawn as one, or a tensor at the network's border."""

    id: str
    kind: Kind
    title: str
    detail: str
    family: str
    fact: Fact
    parts: tuple[str, ...] = ()
    """The short names of its ops; the one that names the card is at `primary`."""
    primary: int = 0
    cells: tuple[str, ...] = ()
    """What a block's branches give, where it is a fork and a concatenation: `64`, `96→128`."""
    slots: tuple[tuple[str, ...], ...] = ()
    """The channels that each input of a concatenation brings, in order; of one that is a concatenation, its parts."""
    dashed: bool = False
    """Whether only some instances of the block have it."""
    train_only: bool = False
    """Whether it is an output of training alone."""
    aside: bool = False
    """Whether no output of inference needs it: an auxiliary head."""
    stage: int = 0
    fold: str = ""
    """The fold around it."""
    times: int = 1
    """How many copies it is by itself, in each of those of the fold around it."""
    shape: str = ""
    """What it hands on, briefly: `64 × 56²`."""
    body: Body | None = field(default=None, repr=False, compare=False)
    """A block's inside."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A tensor's way between two cards. `edges` of the graph are drawn by it, those of all copies taken together."""

    id: str
    tail: str
    head: str
    edges: int
    order: int = 0
    """Which of the head's inputs it is."""
    skip: bool = False
    """Whether it bypasses the main path into a merge."""
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Fold:
    """Cards that stand for `times` copies in a row, within the fold `around`, if there is one."""

    id: str
    times: int
    stage: int
    around: str = ""
    varies: str = ""
    """What differs between the copies."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A run of cards at one resolution."""

    title: str
    detail: str = ""
    """What it hands on."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole picture, cards in the order they run."""

    name: str
    title: str
    cards: tuple[Card, ...]
    arrows: tuple[Arrow, ...]
    folds: tuple[Fold, ...] = ()
    stages: tuple[Stage, ...] = ()

    @property
    def into(self) -> Mapping[str, Sequence[Arrow]]:
        """The arrows into each card."""
        found: dict[str, list[Arrow]] = {card.id: [] for card in self.cards}
        for arrow in self.arrows:
            found[arrow.head].append(arrow)
        return found
