"""The value of an expression: exact, bounded, and the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Final, Literal, cast

from archc import codes
from archc.diagnostics import Fix, Where
from archc.expr import arithmetic
from archc.expr.arithmetic import OperationError, shown_type
from archc.expr.nodes import (
    Attr,
    Binary,
    Bool,
    Compare,
    Expr,
    ExprError,
    Func,
    IfElse,
    Index,
    ListExpr,
    Logic,
    Name,
    Null,
    Number,
    SliceIndex,
    Text,
    Unary,
    children,
)
from archc.suggest import renaming, suggest

MAX_VALUES = 10_000
"""The most values that a list and the lists in it may have."""


class Unknown(Enum):
    """The value of what could not be determined, an earlier finding having said why."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


_LISTS = (list, tuple)
UNKNOWN: Final[Literal[Unknown.UNKNOWN]] = Unknown.UNKNOWN
"""Anything done with it gives itself, so that one mistake is one finding."""


class Record(Mapping[str, object]):
    """A value with named fields, such as `input` or a table's row: what `.` works on. Immutable."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = dict(fields)

    def __getitem__(self, name: str) -> object:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __hash__(self) -> int:
        return hash(frozenset(self._fields))

    def __repr__(self) -> str:
        return f"Record({self._fields!r})"


def evaluate(expr: Expr, env: Mapping[str, object]) -> object:
    """The value of an expression where `env` says what names mean; raises `ExprError`.

    `and`, `or` and `if` look only at what they need, as in Python.
    """
    match expr:
        case Number():
            return expr.value
        case Binary() | Compare():
            left, right = evaluate(expr.left, env), evaluate(expr.right, env)
            if type(left) is int and type(right) is int:  # nearly all that specs work out
                return _of_numbers(expr, left, right)
            return operate(expr, (left, right))
        case Name():
            if expr.id in env:
                return env[expr.id]
            message = f"unknown name `{expr.id}`"
            fixes = renaming(expr.id, env, Where("", at=expr.at))
            raise _error(expr, message, code=codes.EXPR_NAME, help=suggest(expr.id, env), fixes=fixes)
        case Logic():
            left = _truth(expr.left, env, expr.op)
            if left is UNKNOWN or left is (expr.op == "or"):
                return left
            return _truth(expr.right, env, expr.op)
        case IfElse():
            test = _truth(expr.test, env, "if")
            if test is UNKNOWN:
                return UNKNOWN
            return evaluate(expr.then if test else expr.other, env)
        case _:
            return operate(expr, [evaluate(part, env) for part in children(expr)])


def operate(expr: Expr, values: Sequence[object]) -> object:
    """The value of an expression whose operands (its `children`) have the given values."""
    if isinstance(expr, ListExpr):
        return _listed(expr, values)
    if not isinstance(expr, Index):
        for value in values:
            if value is UNKNOWN or (type(value) in _LISTS and is_unknown(value)):
                return UNKNOWN
    try:
        return _operate(expr, values)
    except OperationError as failure:
        raise _error(expr, str(failure)) from None


def _of_numbers(expr: Binary | Compare, left: int, right: int) -> int | float | bool:
    try:
        if isinstance(expr, Binary):
            return arithmetic.combine(expr.op, left, right)
        return arithmetic.compare(expr.op, left, right)
    except OperationError as failure:
        raise _error(expr, str(failure)) from None


def _listed(expr: Expr, values: Sequence[object]) -> list[object]:
    """A list, refused where the values in it and in the lists in it are more than any network needs."""
    if any(isinstance(value, (list, tuple)) for value in values):
        waiting, count = [*values], 0
        while waiting:
            count += 1
            value = waiting.pop()
            waiting += cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else ()
            if count + len(waiting) > MAX_VALUES:
                raise _error(expr, f"a list of more than {MAX_VALUES:,} values")
    return [*values]


def is_unknown(value: object) -> bool:
    """Whether a value is UNKNOWN, or a list with something unknown in it."""
    if isinstance(value, (list, tuple)):
        return any(is_unknown(item) for item in cast("Sequence[object]", value))
    return value is UNKNOWN


def _operate(expr: Expr, values: Sequence[object]) -> object:
    match expr:
        case Number() | Text() | Bool():
            return expr.value
        case Null():
            return None
        case Attr():
            return _attribute(expr, values[0])
        case Index():
            unknown = values[0] is UNKNOWN or values[1] is UNKNOWN
            return UNKNOWN if unknown else arithmetic.item(values[0], values[1])
        case SliceIndex():
            return arithmetic.part(values[0], *values[1:])
        case Unary():
            return arithmetic.negative(values[0]) if expr.op == "-" else not _boolean(expr.operand, values[0], "not")
        case Binary():
            return arithmetic.combine(expr.op, values[0], values[1])
        case Compare():
            return arithmetic.compare(expr.op, values[0], values[1])
        case Func():
            return arithmetic.call(expr.name, values)
        case Logic():
            left, right = (_boolean(*pair, expr.op) for pair in zip(children(expr), values, strict=True))
            return (left and right) if expr.op == "and" else (left or right)
        case IfElse():
            return values[1] if _boolean(expr.test, values[0], "if") else values[2]
        case Name() | ListExpr():
            raise TypeError(f"{expr} is not an operation")


def _truth(expr: Expr, env: Mapping[str, object], op: str) -> bool | Literal[Unknown.UNKNOWN]:
    value = evaluate(expr, env)
    return UNKNOWN if value is UNKNOWN else _boolean(expr, value, op)


def _boolean(expr: Expr, value: object, op: str) -> bool:
    if isinstance(value, bool):
        return value
    help = "compare it, as in `x != 0`" if isinstance(value, (int, float)) else ""
    raise _error(expr, f"`{op}` wants true or false, got {shown_type(value)}", help=help)


def _attribute(expr: Attr, obj: object) -> object:
    if not isinstance(obj, Record):
        raise _error(expr, f"{shown_type(obj)} has no `.{expr.name}`")
    if expr.name in obj:
        return obj[expr.name]
    help = suggest(expr.name, obj) or f"there are {', '.join(obj)}"
    fixes = renaming(expr.name, obj, Where("", at=expr.end - len(expr.name)))
    raise _error(expr, f"there is no `.{expr.name}` here", code=codes.EXPR_NAME, help=help, fixes=fixes)


def _error(
    expr: Expr, message: str, *, code: str = codes.EXPR_VALUE, help: str = "", fixes: tuple[Fix, ...] = ()
) -> ExprError:
    return ExprError(message, expr.at, max(1, expr.end - expr.at), code=code, help=help, fixes=fixes)
