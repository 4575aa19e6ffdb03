"""Statements of a constructor in the order in which they are written: guards first, neighbours joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from archc.codegen import ir
from archc.expr import Compare, Expr, Func, Logic, Number, names


def guards_first(body: Sequence[ir.Statement]) -> list[ir.Statement]:
    """Statements with the guards at their start that ask for nothing that is worked out on the way."""
    guards: list[ir.Statement] = []
    rest: list[ir.Statement] = []
    for statement in body:
        if is_guard(statement) and not any(name.startswith(("v", "m")) for name in _asked(statement)):
            guards.append(statement)
        elif isinstance(statement, ir.Make) and isinstance(statement.maker, ir.SequentialMaker):
            inner = guards_first(statement.maker.body)
            ahead = [*takewhile(is_guard, inner)]
            guards += ahead
            rest.append(
                replace(statement, maker=ir.SequentialMaker(tuple(inner[len(ahead) :]))) if ahead else statement
            )
        else:
            rest.append(statement)
    more = {id(each): other for each in guards for other in guards if _asks_more(other, each)}
    kept: dict[int, ir.Statement] = {}
    for guard in guards:
        if id(guard) not in more:
            kept[id(guard)] = guard
        elif _is_of_length(other := more[id(guard)]) and id(other) not in more:  # what reads entries stands behind it
            kept[id(other)] = other
    return [*kept.values(), *rest]


def _is_of_length(guard: ir.Statement) -> bool:
    match guard:
        case ir.Guard(condition=Compare(left=Func(name="len"))):
            return True
        case _:
            return False


def _asks_more(one: ir.Statement, other: ir.Statement) -> bool:
    """Whether a guard has a higher bound for what another one bounds."""
    match one, other:
        case ir.Guard(condition=asked), ir.Guard(condition=less):
            return asked != less and _is_more(asked, less)
        case _:
            return False


def _is_more(one: Expr, other: Expr) -> bool:
    match one, other:
        case Logic(op="or", left=left, right=asked), Logic(op="or", left=same, right=less) if left == same:
            return _is_more(asked, less)
        case _, Logic(op="or", right=less):
            return _is_more(one, less)
        case Compare(op=">=", right=Number(value=most)), Compare(op=">=" | "!=" as op, right=Number(value=least)):
            return one.left == other.left and most >= least and (op == ">=" or least == 0)
        case _:
            return False


def is_guard(statement: ir.Statement) -> bool:
    """Whether all that a statement does is to refuse arguments."""
    if isinstance(statement, ir.If):
        return not statement.phis and all(map(is_guard, (*statement.then, *statement.other)))
    return isinstance(statement, ir.Guard)


def _asked(statement: ir.Statement) -> Iterator[str]:
    if isinstance(statement, (ir.Guard, ir.If)):
        yield from names(statement.condition)
    for each in (*statement.then, *statement.other) if isinstance(statement, ir.If) else ():
        yield from _asked(each)


def merged_neighbours(
    body: Sequence[ir.Statement], formulas_of: Callable[[Sequence[ir.Statement]], Iterable[Expr]]
) -> list[ir.Statement]:
    """Statements with neighbours of one condition joined, guards before all.

    What reads a size that the condition before it decides stays behind that.
    """
    found: list[ir.Statement] = []
    for statement in guards_first(body):
        last = found[-1] if found else None
        is_same = isinstance(statement, ir.If) and isinstance(last, ir.If) and last.condition == statement.condition
        decided = {phi.symbol for phi in last.phis} if isinstance(last, ir.If) else set[str]()
        if is_same and not ir.symbols_of([*formulas_of([statement])]) & decided:
            assert isinstance(statement, ir.If)
            assert isinstance(last, ir.If)
            found[-1] = ir.If(
                last.condition,
                (*last.then, *statement.then),
                (*last.other, *statement.other),
                (*last.phis, *statement.phis),
                f"{last.absent} {statement.absent}".strip(),
            )
            continue
        found.append(statement)
    return found


def places(body: Sequence[ir.Statement]) -> Iterator[ir.Place]:
    """Where modules stand, in order."""
    for statement in body:
        match statement:
            case ir.Make(place=place):
                yield place
            case ir.If(then=then, other=other):
                yield from places((*then, *other))
            case ir.For(body=inner):
                yield from places(inner)
            case _:
                pass


def listed(body: Sequence[ir.Statement]) -> Iterator[ir.Place]:
    """The places of what stands in lists of modules."""
    return (place for place in places(body) if place.kind == "list")


def loop_symbols(body: Sequence[ir.Statement]) -> Iterator[str]:
    """The variables of loops."""
    for statement in body:
        match statement:
            case ir.If(then=then, other=other):
                yield from loop_symbols((*then, *other))
            case ir.For(loop=loop, body=inner):
                yield from (loop.variable, loop.index)
                yield from loop_symbols(inner)
            case _:
                pass
