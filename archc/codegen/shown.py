"""What a setting shows of a block: how its conditions come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archc import expr
from archc.expr import Expr, ExprError
from archc.spec.arguments import Arg, Formula, Seq
from archc.spec.model import BlockCall, Chain, OpCall
from archc.spec.walk import alternatives, chains_in


def formulas_in(chain: Chain) -> Iterator[Formula]:
    """The formulas of a block's own steps."""
    for step in chain.steps:
        if step.when is not None:
            yield step.when
        for action in alternatives(step.action):
            if isinstance(action, (OpCall, BlockCall)):
                for _, arg in action.args:
                    yield from _formulas_of(arg)
        for inner in chains_in(step):
            yield from formulas_in(inner)


def _formulas_of(arg: Arg) -> Iterator[Formula]:
    if isinstance(arg, Formula):
        yield arg
    elif isinstance(arg, Seq):
        for item in arg.items:
            yield from _formulas_of(item)


def parts_of(tree: Expr) -> Iterator[Expr]:
    """An expression and all within it."""
    yield tree
    for part in expr.children(tree):
        yield from parts_of(part)


def truths(tree: Expr, values: Mapping[str, object]) -> Iterator[object]:
    """How the conditions in a formula come out, and both sides of each `and` and `or`."""
    whole = value_of(tree, values)
    if isinstance(whole, bool):
        yield id(tree), whole
    for part in parts_of(tree):
        if isinstance(part, expr.Logic):
            yield id(part), bool(value_of(part.left, values)), bool(value_of(part.right, values))
        elif isinstance(part, (expr.Compare, expr.IfElse)):
            yield id(part), bool(value_of(part.test if isinstance(part, expr.IfElse) else part, values))


def value_of(tree: Expr, values: Mapping[str, object]) -> object:
    """What a formula comes to; `UNKNOWN` where it has no value."""
    try:
        return expr.evaluate(tree, values)
    except ExprError:
        return expr.UNKNOWN
