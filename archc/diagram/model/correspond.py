"""Which cards of two networks correspond: an alignment of both in the order they run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import NamedTuple

from archc.diagram.model.picture import Card, Picture
from archc.diagram.model.unsaid import Ops, unsaid

_SAME, _SAME_OP, _ALIKE = 8.0, 5.0, 1.0
_NEAR = 1.0
"""What being in the same stage is worth, and what handing on the same shape is."""
_FAR = 0.4
"""Cards further apart than this, of the whole network, correspond only in the same stage or with the same shape."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A card of each network that do the same; one of them alone where the other has nothing like it."""

    one: Card | None
    other: Card | None
    is_same: bool = False
    """Whether both are there and are made alike; what they are given may differ."""
    apart: bool = False
    """Whether both only share a row, and neither corresponds to anything."""

    @property
    def is_alone(self) -> bool:
        """Whether what it has corresponds to nothing."""
        return self.apart or self.one is None or self.other is None

    @property
    def differs(self) -> bool:
        """Whether both correspond and are not the same."""
        return not self.is_alone and not self.is_same


def correspond(one: Picture, other: Picture, ops: tuple[Ops, Ops]) -> tuple[Pair, ...]:
    """The pairs in order, of all alignments one that is worth most (Needleman and Wunsch, 1970)."""
    left, right = _by_stage(one), _by_stage(other)
    known: dict[tuple[object, ...], int] = {}
    traits = _traits(left, known), _traits(right, known)
    best = _table(*traits)
    pairs: list[Pair] = []
    i, j = 0, 0
    while i < len(left) or j < len(right):
        worth = _worth(traits[0][i], traits[1][j]) if i < len(left) and j < len(right) else 0.0
        if worth and best[i][j] == worth + best[i + 1][j + 1]:
            pairs.append(_pair(left[i], right[j], ops))
            i, j = i + 1, j + 1
        elif j == len(right) or (i < len(left) and best[i][j] == best[i + 1][j]):
            pairs.append(Pair(left[i], None))
            i += 1
        else:
            pairs.append(Pair(None, right[j]))
            j += 1
    return tuple(pairs)


def compacted(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """The pairs in fewer rows: between two that correspond, what either network has alone stands side by side."""
    rows: list[Pair] = []
    lone: tuple[list[Card], list[Card]] = ([], [])
    for pair in (*pairs, None):
        if pair is not None and pair.is_alone:
            for side, card in zip(lone, (pair.one, pair.other), strict=True):
                side += [card] if card is not None else []
            continue
        rows += (Pair(one, other, apart=True) for one, other in zip_longest(*lone))
        rows += [pair] if pair is not None else []
        lone = ([], [])
    return tuple(rows)


def _pair(one: Card, other: Card, ops: tuple[Ops, Ops]) -> Pair:
    """Two cards that correspond; where they look the same and are not, they say more."""
    if _says(one) != _says(other) and (not one.cells or one.cells != other.cells):
        return Pair(one, other)
    notes = unsaid(one, other, ops)
    if notes is None:
        return Pair(one, other, is_same=_says(one) == _says(other))
    return Pair(_noted(one, notes[0]), _noted(other, notes[1]))


def _noted(card: Card, note: str) -> Card:
    if not note:
        return card
    detail = f"{card.detail} {note}" if note.startswith("+") or not card.detail else f"{card.detail}, {note}"
    return replace(card, detail=detail, cells=(*card.cells, note) if card.cells else ())


def _by_stage(picture: Picture) -> list[Card]:
    """The cards in the order they run, each output behind what gives it, and so is what leads aside."""
    source = {arrow.head: arrow.tail for arrow in reversed(picture.arrows)}
    order = sorted((card for card in picture.cards if not card.aside), key=lambda card: card.stage)
    for card in picture.cards:
        if card.aside:
            at = next((at for at, before in enumerate(order, 1) if before.id == source.get(card.id)), len(order))
            order.insert(at, card)
    return order


class _Traits(NamedTuple):
    """What of a card decides how much it is alike another."""

    kind: str
    family: str
    role: str
    """The fact's kind of an output; else nothing."""
    aside: bool
    stage: int
    shape: str
    says: int
    op: str
    title: str
    detail: str
    place: float
    """How far into the network it stands."""


def _traits(cards: Sequence[Card], known: dict[tuple[object, ...], int]) -> list[_Traits]:
    """The traits of cards; what they say is told by its number in `known`, which grows."""
    return [
        _Traits(
            card.kind, card.family, "output" if card.fact.kind == "output" else "", card.aside, card.stage, card.shape,
            known.setdefault(_says(card), len(known)), _op(card), card.title, card.detail, at / len(cards),
        )
        for at, card in enumerate(cards)
    ]  # fmt: skip


def _table(left: Sequence[_Traits], right: Sequence[_Traits]) -> list[list[float]]:
    """What the rest from each pair of places on is worth at most."""
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in reversed(range(len(left))):
        below, row = best[i + 1], best[i]
        for j in reversed(range(len(right))):
            worth = _worth(left[i], right[j])
            both = worth + below[j + 1] if worth else 0.0
            row[j] = max(both, below[j], row[j + 1])
    return best


def _worth(one: _Traits, other: _Traits) -> float:
    """How much two cards are alike; 0 where they have nothing in common."""
    if one.family != other.family or one.kind != other.kind or one.role != other.role or one.aside != other.aside:
        return 0.0
    same_stage, same_shape = one.stage == other.stage, one.shape == other.shape
    if not same_stage and not same_shape and not one.role and abs(one.place - other.place) > _FAR:
        return 0.0
    near = _NEAR * same_stage + _NEAR * same_shape
    if one.says == other.says:
        return _SAME + near
    if one.op == other.op:
        return _SAME_OP + near + (_ALIKE if one.title == other.title else 0.0)
    alike = one.detail == other.detail
    if one.kind == "block" and not alike and not same_shape:
        return 0.0
    return _ALIKE + near + _ALIKE * alike


def _op(card: Card) -> str:
    return card.parts[card.primary] if card.parts else card.title if card.kind == "block" else card.kind


def _says(card: Card) -> tuple[object, ...]:
    """What a card tells."""
    return card.title, card.detail, card.cells, card.slots, card.fact.times
