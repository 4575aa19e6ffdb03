"""Names of modules that some arguments make one, or no name at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import NamedTuple

from archc.codegen import ir
from archc.codegen.binding import type_of
from archc.codegen.facts import Facts
from archc.codegen.ir import Unit
from archc.expr import Compare, Expr, Name, Number, names


class _Named(NamedTuple):
    """A module with a name: the indices of the loops around it, and which ways of conditions it is on."""

    place: ir.Place
    rounds: tuple[str, ...]
    ways: frozenset[tuple[int, bool]]


def unsure_names(unit: Unit) -> frozenset[int]:
    """By `id`: the places whose names only the constructor can tell to be names, and not those of others."""
    makers = (each.maker for each in ir.every(unit.body) if isinstance(each, ir.Make))
    bodies = [unit.body, *(maker.body for maker in makers if isinstance(maker, ir.SequentialMaker))]
    found = ([each for each in _named(body, (), frozenset()) if not _is_number(unit, each)] for body in bodies)
    return frozenset(at for names_there in found for at in _unsure(unit, names_there))


def _is_number(unit: Unit, named: _Named) -> bool:
    """Whether a module is called by its place among numbered ones."""
    if len(named.place.name) != 1:
        return False
    (part,) = named.place.name
    return part.isdecimal() if isinstance(part, str) else type_of(part, unit.types) == "int"


def _named(
    body: Sequence[ir.Statement], rounds: tuple[str, ...], ways: frozenset[tuple[int, bool]]
) -> Iterator[_Named]:
    for statement in body:
        match statement:
            case ir.Make(place=place) if place.name:
                yield _Named(place, rounds, ways)
            case ir.If(then=then, other=other):
                yield from _named(then, rounds, ways | {(id(statement), True)})
                yield from _named(other, rounds, ways | {(id(statement), False)})
            case ir.For(loop=loop, body=inner):
                yield from _named(inner, (*rounds, loop.index), ways)
            case _:
                pass


def _unsure(unit: Unit, found: Sequence[_Named]) -> Iterator[int]:
    if all(each.place.plain is not None for each in found):
        return
    for at, each in enumerate(found):
        earlier = (other for other in found[:at] if _may_be_one(unit, each, other))
        if not _is_name(unit, each) or not _is_one_a_round(unit, each) or next(earlier, None) is not None:
            yield id(each.place)


def _formulas(name: ir.Text) -> list[Expr]:
    return [part for part in name if not isinstance(part, str)]


def _is_name(unit: Unit, named: _Named) -> bool:
    """Whether all formulas in a name are numbers of at least 0."""
    formulas = _formulas(named.place.name)
    rounds = {name for part in formulas for name in names(part) if name.startswith("i")}
    facts = reduce(Facts.assuming, (Compare(">=", Name(index), Number(0)) for index in rounds), unit.facts)
    return all(
        type_of(part, unit.types) == "int" and facts.decide(Compare(">=", part, Number(0))) is True for part in formulas
    )


def _is_one_a_round(unit: Unit, named: _Named) -> bool:
    """Whether each loop around a name has a formula in it that grows with the rounds, and with nothing else."""
    grows: set[str] = set()
    for part in _formulas(named.place.name):
        inside = names(part) & {*named.rounds}
        terms = [atoms for atoms in unit.facts.terms(part) if any(names(atom) & inside for atom, _ in atoms)]
        if len(inside) == 1 and terms == [frozenset({(Name(*inside), 1)})]:
            grows |= inside
    return named.place.plain is not None or grows == {*named.rounds}


def _may_be_one(unit: Unit, named: _Named, other: _Named) -> bool:
    """Whether two names can be equal where both modules are made; those without formulas never are."""
    if named.place.plain is not None and other.place.plain is not None:
        return False
    if any((at, not way) in other.ways for at, way in named.ways):
        return False
    mine, others = named.place.name, other.place.name
    return _fits(mine, _pattern(unit, others)) or _fits(others, _pattern(unit, mine))


def _fits(name: ir.Text, pattern: str) -> bool:
    """Whether a name, with a digit for each formula, is of a pattern."""
    shown = "".join(part if isinstance(part, str) else "0" for part in name)
    return re.fullmatch(pattern, shown) is not None


def _pattern(unit: Unit, name: ir.Text) -> str:
    formulas = {part: r"-?\d+" if type_of(part, unit.types) == "int" else ".+" for part in _formulas(name)}
    return "".join(re.escape(part) if isinstance(part, str) else formulas[part] for part in name)
