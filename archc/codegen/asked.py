"""What classes ask of what they are given, and what that comes to for their callers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING

from archc.codegen import ir
from archc.codegen.binding import entries, type_of
from archc.codegen.ir import Guard, Unit
from archc.codegen.placing import is_told
from archc.codegen.results import given_to, substituted, written_out
from archc.expr import Compare, Expr, ListExpr, Logic, Number, Unary, literal, names
from archc.spec.arguments import Param
from archc.spec.model import Chain

if TYPE_CHECKING:
    from archc.codegen.chains import Builder


def asked_of(unit: Unit) -> Iterator[tuple[Guard, Expr]]:
    """The guards of a class that its callers may see to, as conditions on what they give; divisors first."""
    lets = [each for needs in unit.let_needs.values() for each in needs]
    found = [(guard, written_out(need, unit)) for guard, need in _asked((*lets, *unit.body), ())]
    outer = [any(name[0] in "$f" for name in names(need)) for _, need in found]  # the class may not take these
    found = [each for each, is_outer in zip(found, outer, strict=True) if is_outer or not is_told(each[0].condition)]
    found.sort(key=lambda each: not (isinstance(each[1], Compare) and each[1].op == "!="))
    yield from ((guard, need) for guard, need in found if not any(name[0] in "vim" for name in names(need)))


def _asked(body: Iterable[ir.Statement], otherwise: Sequence[Expr]) -> Iterator[tuple[Guard, Expr]]:
    """Guards, with the conditions around them."""
    for statement in body:
        match statement:
            case Guard(condition=need):
                yield statement, reduce(lambda inner, test: Logic("or", test, inner), reversed(otherwise), need)
            case ir.If(condition=condition, then=then, other=other):
                yield from _asked(then, (*otherwise, Unary("not", condition)))
                yield from _asked(other, (*otherwise, condition))
            case ir.For(loop=loop, body=inner):
                yield from _asked(inner, (*otherwise, Compare("<=", loop.count, Number(0))))
            case ir.Make(maker=ir.SequentialMaker(body=inner)):
                yield from _asked(inner, otherwise)
            case _:
                pass


def ask(builder: Builder, maker: ir.UnitMaker) -> None:
    """See to it, before an instance is made, that its class takes what it is given."""
    if builder.is_trial:
        return
    given = given_to(maker)
    params = {param.name: param for param in maker.unit.params}
    for name, value in maker.given:
        if not isinstance(value, tuple):
            for need in _declared(params[name], value, builder.unit.types):
                builder.need(need, "argument")
    is_own = isinstance(maker.unit.definition, Chain)  # its formulas are in the symbols of its caller
    for guard, need in maker.unit.asks:
        if is_own or all(name in given or name.startswith(("f:", "$:")) for name in names(need)):
            there = substituted(need, given)
            for each in (*entries(there, builder.unit.types, builder.lengths), there):
                builder.need(each, "argument", (guard,))
        else:
            maker.unit.unasked.add(id(guard))


def _declared(param: Param, value: Expr, types: Mapping[str, str]) -> Iterator[Expr]:
    """What the declaration of a parameter asks of a value."""
    if isinstance(value, ListExpr) or param.item_type or param.type == "table" or type_of(value, types) == "block":
        return
    number = int if param.type == "int" else float
    if param.minimum is not None:
        yield Compare(">=", value, Number(number(param.minimum)))
    if param.maximum is not None:
        yield Compare("<=", value, Number(number(param.maximum)))
    choices = [Compare("==", value, each) for choice in param.choices if (each := literal(choice)) is not None]
    if choices:
        yield reduce(lambda left, right: Logic("or", left, right), choices)
