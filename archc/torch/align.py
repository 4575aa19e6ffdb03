"""Laying the instances of a definition beside each other, item by item, and finding the loops in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archc.spec.model import Step
from archc.torch.formulas import Case, InexpressibleError
from archc.tree import Body, Item


@dataclass(frozen=True, slots=True)
class Slot:
    """The same item in several cases; None where a case lacks it."""

    items: tuple[Item | None, ...]
    conditional: bool
    """Whether a case lacks it because its `when` does not hold there."""

    @property
    def first(self) -> Item:
        """The item in the first case, which has them all."""
        item = self.items[0]
        assert item is not None
        return item

    def present(self, cases: Sequence[Case]) -> tuple[list[Item], list[Case]]:
        """The items that are there, with their cases."""
        pairs = [(item, case) for item, case in zip(self.items, cases, strict=True) if item is not None]
        return [item for item, _ in pairs], [case for _, case in pairs]


@dataclass(frozen=True, slots=True)
class Rounds:
    """A repeated step: the slots of each round."""

    step: Step
    rounds: tuple[tuple[Slot, ...], ...]

    def counts(self, cases: int) -> list[int]:
        """How many rounds there are in each of so many cases."""
        return [sum(round_[0].items[at] is not None for round_ in self.rounds) for at in range(cases)]


Unit = Slot | Rounds
Key = tuple[object, ...]


def fullest_first(bodies: Sequence[Body]) -> list[int]:
    """The order of instances that puts the one with the most items first."""
    return sorted(range(len(bodies)), key=lambda at: (-_size(bodies[at]), at))


def _size(body: Body) -> int:
    return sum(
        1 + (_size(item.content) if isinstance(item.content, Body) and item.content.is_group else 0)
        for item in body.items
    )


def align(bodies: Sequence[Body]) -> list[Unit]:
    """The items of all bodies side by side; raises `InexpressibleError` if the first lacks what another has."""
    tables = [_table(body) for body in bodies]
    for table in tables[1:]:
        if not table.keys() <= tables[0].keys():
            raise InexpressibleError
    dropped = [{step.where for step in body.dropped} for body in bodies]
    slots: list[Slot] = []
    for key, item in tables[0].items():
        row = tuple(table.get(key) for table in tables)
        conditional = any(
            other is None and (item.outer.where in gone or item.step.where in gone)
            for other, gone in zip(row, dropped, strict=True)
        )
        if not conditional and None in row and item.turn is None:
            raise InexpressibleError
        if any(other is not None and other.name != item.name for other in row):
            raise InexpressibleError
        slots.append(Slot(row, conditional))
    return list(_units(slots))


def _table(body: Body) -> dict[Key, Item]:
    table: dict[Key, Item] = {}
    for item in body.items:
        turn = -1 if item.turn is None else item.turn.index
        stem = (item.outer.where, item.step.where, item.step.key, turn)
        at = 0
        while (*stem, at) in table:
            at += 1
        table[(*stem, at)] = item
    return table


def _units(slots: Sequence[Slot]) -> Iterator[Unit]:
    at = 0
    while at < len(slots):
        turn = slots[at].first.turn
        if turn is None:
            yield slots[at]
            at += 1
            continue
        rounds: dict[int, list[Slot]] = {}
        while at < len(slots) and (other := slots[at].first.turn) is not None and other.step is turn.step:
            rounds.setdefault(other.index, []).append(slots[at])
            at += 1
        yield Rounds(turn.step, tuple(tuple(round_) for round_ in rounds.values()))


def signature(body: Body) -> tuple[object, ...]:
    """What two instances must share to be one class without conditions: the same items all the way down."""
    return tuple(
        (
            item.step.where,
            item.turn.index if item.turn else -1,
            signature(c) if isinstance(c := item.content, Body) and c.is_group else None,
        )
        for item in body.items
    )


def check_wiring(bodies: Sequence[Body]) -> None:
    """Raises `InexpressibleError` unless all instances of the same length wire their items alike."""
    first = bodies[0]
    for other in bodies[1:]:
        if len(other.items) != len(first.items):
            continue
        pairs = zip(first.items, other.items, strict=True)
        same = all(one.inputs == item.inputs and one.ports == item.ports for one, item in pairs)
        if not same or [output.src for output in other.outputs] != [output.src for output in first.outputs]:
            raise InexpressibleError
