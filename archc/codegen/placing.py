"""Which class refuses what does not fit: the one whose step it is, or the one that gives the argument."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from archc.codegen.facts import weight
from archc.codegen.ir import Guard, Unit
from archc.codegen.statements import guards_of
from archc.expr import Compare, Expr, Func, Index, Logic, Number, names
from archc.expr.nodes import children
from archc.spec.model import Spec

if TYPE_CHECKING:
    from archc.codegen.arguments import Needs

SHORT = 12
"""How heavy a condition may be that a class sees to for the classes that it makes."""


def placed_guards(units: Sequence[Unit], needs: Mapping[int, Needs]) -> Iterator[tuple[Unit, Guard]]:
    """The guards that are written, each with its class.

    Sizes that differ or leave something over are refused by the class whose steps they are. A number that is too small
    is refused by whoever gives it, so that the classes of layers stay as people write them.
    """
    placing = _Placing(units, needs)
    found = [
        place
        for unit in units
        for guard in guards_of(unit)
        if not guard.of
        for place in placing.places(unit, guard) or ()
    ]
    yield from found
    placed = {id(guard) for _, guard in found}
    for unit, guard in found:  # what reads entries of a list stands behind what is asked of its length
        read = set(_read_by_number(guard.condition))
        for other in guards_of(unit):
            if id(other) not in placed and is_told(other.condition) and _measured(other.condition) & read:
                placed.add(id(other))
                yield unit, other


class _Placing:
    """Finds the places of guards."""

    def __init__(self, units: Sequence[Unit], needs: Mapping[int, Needs]) -> None:
        self.needs = needs
        self.derived: dict[int, list[tuple[Unit, Guard]]] = {}
        for unit in units:
            for guard in guards_of(unit):
                for source in guard.of:
                    self.derived.setdefault(id(source), []).append((unit, guard))
        self.liftable = {id(guard) for unit in units for guard, _ in unit.asks if id(guard) not in unit.unasked}

    def places(self, unit: Unit, guard: Guard) -> list[tuple[Unit, Guard]] | None:
        """Where a condition is seen to; None where no class can."""
        here = self._is_known(unit, guard)
        if here and (isinstance(unit.definition, Spec) or guard.about == "when" or is_told(guard.condition)):
            return [(unit, guard)]
        lifted = self._lifted(guard)
        if lifted is not None and not (here and any(weight(each.condition)[0] > SHORT for _, each in lifted)):
            return lifted
        return [(unit, guard)] if here else None

    def _lifted(self, guard: Guard) -> list[tuple[Unit, Guard]] | None:
        if id(guard) not in self.liftable:
            return None
        found: list[tuple[Unit, Guard]] = []
        for unit, derived in self.derived.get(id(guard), ()):
            there = self.places(unit, derived)
            if there is None:
                return None
            found += there
        return found

    def _is_known(self, unit: Unit, guard: Guard) -> bool:
        if guard.size is not None and guard.size[1] not in self.needs[id(guard.size[0])].sizes:
            return False
        needs = self.needs[id(unit)]
        return all(_is_known(name, needs.definitions, needs.known) for name in names(guard.condition))


def _measured(condition: Expr) -> frozenset[str]:
    """The lists whose lengths a condition is about."""
    is_length = isinstance(condition, Func) and condition.name == "len"
    return names(condition) if is_length else frozenset[str]().union(*map(_measured, children(condition)))


def _read_by_number(tree: Expr) -> Iterator[str]:
    """The lists of which a formula reads entries."""
    if isinstance(tree, Index):
        yield from names(tree.obj)
    for part in children(tree):
        yield from _read_by_number(part)


def is_told(need: Expr) -> bool:
    """Whether a condition is that sizes are the same, leave nothing over, or that a list has its entries."""
    match need:
        case Compare(op="==") | Compare(op=">=", left=Func(name="len"), right=Number()):
            return True
        case Logic(op="or", right=right):
            return is_told(right)
        case _:
            return False


def _is_known(symbol: str, definitions: Mapping[str, Sequence[Expr]], known: Collection[str]) -> bool:
    """Whether a symbol can be worked out from what a class takes."""
    worked_out = {name: trees for name, trees in definitions.items() if name.startswith("v") and name not in known}
    reached = set[str]()
    reach([symbol], worked_out, reached)
    return all(name in known or name in worked_out or name.startswith("m") for name in reached)


def reach(waiting: list[str], definitions: Mapping[str, Sequence[Expr]], live: set[str]) -> None:
    """Add symbols to those that are live, with all that they are worked out from."""
    while waiting:
        symbol = waiting.pop()
        if symbol not in live:
            live.add(symbol)
            waiting += [each for tree in definitions.get(symbol, ()) for each in names(tree)]
