"""What is among the statements of a constructor, those within others too."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from archc.codegen import ir
from archc.codegen.ir import Unit
from archc.codegen.sizes import made_in
from archc.expr import Expr, names


def guards_in(body: Iterable[ir.Statement]) -> Iterator[ir.Guard]:
    """The guards among statements, those within others too."""
    return (each for each in ir.every(body) if isinstance(each, ir.Guard))


def guards_of(unit: Unit) -> Iterator[ir.Guard]:
    """The guards of a class, those of its lets too."""
    for needs in unit.let_needs.values():
        yield from needs
    yield from guards_in(unit.body)


def with_guards(body: Iterable[ir.Statement], kept: Collection[int]) -> tuple[ir.Statement, ...]:
    """Statements with these guards alone, by `id`."""
    found: list[ir.Statement] = []
    for statement in body:
        match statement:
            case ir.Guard():
                found += [statement] if id(statement) in kept else []
            case ir.If(then=then, other=other):
                found.append(replace(statement, then=with_guards(then, kept), other=with_guards(other, kept)))
            case ir.For(body=inner):
                found.append(replace(statement, body=with_guards(inner, kept)))
            case ir.Make(maker=ir.SequentialMaker(body=inner)):
                found.append(replace(statement, maker=ir.SequentialMaker(with_guards(inner, kept))))
            case _:
                found.append(statement)
    return tuple(found)


def parted(
    body: Sequence[ir.Statement], inside: Collection[str] = (), before: Callable[[Expr], Expr] = lambda need: need
) -> tuple[list[tuple[Expr, ir.Guard]], tuple[ir.Statement, ...]]:
    """The guards that can stand before a module or a loop, with what they come to there, and what is left within it."""
    within = {*inside, *made_in([*ir.every(body)])}
    ahead: list[tuple[Expr, ir.Guard]] = []
    left: list[ir.Statement] = []
    for statement in body:
        if isinstance(statement, ir.Guard) and not names(need := before(statement.condition)) & within:
            ahead.append((need, statement))
        else:
            left.append(statement)
    return ahead, tuple(left)


def phis_in(body: Iterable[ir.Statement]) -> Iterator[ir.Phi]:
    """The sizes that depend on a condition or a round."""
    return (phi for each in ir.every(body) if isinstance(each, (ir.If, ir.For)) for phi in each.phis)


def modules_of(body: Iterable[ir.Statement]) -> Iterator[tuple[str, tuple[Unit, ...]]]:
    """The classes of what statements make, by symbol."""
    for statement in ir.every(body):
        match statement:
            case ir.Make(symbol=symbol, maker=ir.UnitMaker(unit=unit)):
                yield symbol, (unit,)
            case ir.Make(symbol=symbol, maker=ir.ChoiceMaker(options=options)):
                yield symbol, tuple(option.unit for _, option in options if isinstance(option, ir.UnitMaker))
            case _:
                pass


def definitions_in(body: Iterable[ir.Statement]) -> Iterator[tuple[str, tuple[Expr, ...]]]:
    """By symbol: the formulas that its value is worked out from."""
    for statement in ir.every(body):
        match statement:
            case ir.Assign(symbol=symbol, value=value):
                yield symbol, (value,)
            case ir.If(condition=head, phis=phis) | ir.For(loop=ir.Loop(count=head), phis=phis):
                yield from ((phi.symbol, (head, phi.first, phi.second)) for phi in phis)
            case ir.Make(symbol=symbol):
                yield symbol, ()
            case _:
                pass


def loop_variables(unit: Unit) -> Iterator[str]:
    """The symbols that stand for rounds, or for rows of a table."""
    for each in (*ir.every(unit.body), *ir.every_action(unit.actions)):
        if isinstance(each, (ir.For, ir.Rounds)):
            yield from (each.loop.variable, each.loop.index)


def has_content(statement: ir.If | ir.For) -> bool:
    """Whether statements make anything but sizes."""
    return any(isinstance(each, (ir.Make, ir.MakeTensor)) for each in ir.every(statement.body))
