"""Expressions into other expressions of the same value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import cast

from archc.expr.evaluate import operate
from archc.expr.linear import collect
from archc.expr.nodes import (
    Bool,
    Expr,
    ExprError,
    IfElse,
    Index,
    ListExpr,
    Logic,
    Name,
    Node,
    Null,
    Number,
    Text,
    children,
    rebuild,
)
from archc.record import record


@record
class _Known:
    """An operand with a value; `source` is how to write it where the value is no literal (a record)."""

    value: object
    source: Expr


def substitute(expr: Expr, env: Mapping[str, Expr | object]) -> Expr:
    """The expression with names replaced by what `env` holds for them, and all that is constant folded.

    A value in `env` becomes a literal, or what an attribute or index picks from it does; one that cannot be written
    down (a whole record) stays a name, as do names that are not in `env`.
    """
    return _expr(_walk(expr, env))


@lru_cache(maxsize=1 << 16)
def simplify(expr: Expr) -> Expr:
    """The expression with constants folded and whole-number terms collected: `a + b + b` is `a + 2 * b`.

    What would not get shorter stays as its author wrote it.
    """
    parts = children(expr)
    if not parts:
        return expr
    result = _fold(expr, [_leaf(simplify(part)) for part in parts])
    return _expr(result if isinstance(result, _Known) else _leaf(collect(result)))


def literal(value: object) -> Expr | None:
    """A value as an expression; None if it has no literal."""
    match value:
        case None:
            return Null()
        case bool():
            return Bool(value)
        case int() | float():
            return Number(value)
        case str():
            return Text(value)
        case list() | tuple():
            items = tuple(literal(item) for item in cast("Sequence[object]", value))
            return None if None in items else ListExpr(cast("tuple[Expr, ...]", items))
        case _:
            return None


def _walk(expr: Expr, env: Mapping[str, object]) -> Expr | _Known:
    if isinstance(expr, Name):
        if expr.id not in env:
            return expr
        value = env[expr.id]
        return _leaf(cast("Expr", value)) if isinstance(value, Node) else _Known(value, expr)
    result = _fold(expr, [_walk(part, env) for part in children(expr)])
    return result if isinstance(result, _Known) else _leaf(result)


def _expr(part: Expr | _Known) -> Expr:
    return (literal(part.value) or part.source) if isinstance(part, _Known) else part


def _leaf(expr: Expr) -> Expr | _Known:
    if isinstance(expr, (Number, Text, Bool, Null)):
        return _Known(operate(expr, ()), expr)
    return expr


def _fold(expr: Expr, parts: Sequence[Expr | _Known]) -> Expr | _Known:
    """An operation on operands that are partly known."""
    match expr, parts:
        case IfElse(), [_Known(value=bool(test)), then, other]:
            return then if test else other
        case Logic(), [_Known(value=bool(left)) as known, right]:
            return known if left is (expr.op == "or") else right
        case Logic(), [left, _Known(value=bool(right))] if right is (expr.op == "and"):
            return left
        case Index(), [ListExpr(items=items), _Known(value=int(at))] if -len(items) <= at < len(items):
            return _leaf(items[at])
        case _:
            pass
    written = rebuild(expr, tuple(_expr(part) for part in parts))
    values = [part.value for part in parts if isinstance(part, _Known)]
    if len(values) < len(parts):
        return written
    try:
        return _Known(operate(expr, values), written)
    except ExprError:
        return written
