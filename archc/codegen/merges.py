"""Which sizes of a class are one: those that equal another argument at every call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from archc.codegen import ir
from archc.codegen.ir import Unit
from archc.expr import Name, names
from archc.spec.model import Block

if TYPE_CHECKING:
    from archc.codegen.arguments import Needs


def families_of(units: Sequence[Unit]) -> dict[int, tuple[Unit, ...]]:
    """By class: those that are alternatives to it in some choice, itself among them."""
    groups: list[list[Unit]] = []
    for unit in units:
        for maker in _choices(unit.body):
            members = [option.unit for _, option in maker.options if isinstance(option, ir.UnitMaker)]
            if len(members) < 2:
                continue
            touching = [group for group in groups if any(member in group for member in members)]
            joined = [*dict.fromkeys([*members, *(each for group in touching for each in group)])]
            groups = [group for group in groups if group not in touching] + [joined]
    return {id(member): tuple(group) for group in groups for member in group}


def _choices(body: Iterable[ir.Statement]) -> Iterator[ir.ChoiceMaker]:
    for statement in ir.every(body):
        if isinstance(statement, ir.Make) and isinstance(statement.maker, ir.ChoiceMaker):
            yield statement.maker


def merged_sizes(
    units: Sequence[Unit], all_needs: Mapping[int, Needs], families: Mapping[int, tuple[Unit, ...]]
) -> dict[int, dict[str, str]]:
    """By class: sizes that equal one other argument at every call, and so are that argument."""
    found: dict[int, dict[str, str]] = {}
    calls = _calls_in(all_needs.values())
    for unit in reversed(units):
        if not isinstance(unit.definition, Block) or len(families.get(id(unit), (unit,))) > 1:
            continue
        needs = all_needs[id(unit)]
        others = [*needs.outer, *needs.sizes]
        for size in needs.sizes:
            for other in others:
                known = other == size or other in found.get(id(unit), {})
                if not known and _always_same(calls.get(id(unit), []), size, other, found):
                    found.setdefault(id(unit), {})[size] = other
                    break
    return found


def _calls_in(all_needs: Iterable[Needs]) -> dict[int, list[tuple[Unit, ir.UnitMaker]]]:
    """By class: where it is called."""
    found: dict[int, list[tuple[Unit, ir.UnitMaker]]] = {}
    for needs in all_needs:
        for maker in needs.calls:
            found.setdefault(id(maker.unit), []).append((needs.unit, maker))
    return found


def _always_same(
    calls: Sequence[tuple[Unit, ir.UnitMaker]], size: str, other: str, merged: Mapping[int, Mapping[str, str]]
) -> bool:
    for caller, maker in calls:
        facts = caller.facts
        for mine, same in merged.get(id(caller), {}).items():
            facts = facts.with_let(mine, Name(same)) if mine not in facts.lets else facts
        left = maker.sizes[size]
        right = Name(other) if other.startswith("f:") else maker.sizes[other]
        if not names(left) or not names(right) or not facts.same(left, right):
            return False
    return bool(calls)
