"""The expressions of specs, read by Python's `ast` and evaluated here: a checked subset, with `/` as the language says.

Where a whole number is wanted `/` must divide exactly; where a float or a tensor's number is wanted, and within
comparisons, it is Python's. Which of the two holds for a `let` follows from its uses: `Uses` collects them.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

LIMIT = 2**62
CONSTANTS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
ROUNDING: Mapping[str, Callable[[Any], Any]] = {"round": round, "ceil": math.ceil, "floor": math.floor}
"""Functions that take a float and give a whole number."""


class Refused(Exception):
    """What the language documents that it refuses."""


class Row(dict[str, Any]):
    """A value with named fields: `input`, or a row of a table."""


@cache
def parse(text: str) -> ast.expr:
    """The syntax tree of an expression."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise Refused(f"{text!r} is no expression") from error


def evaluate(text: str, names: Mapping[str, Any], *, whole: bool = True) -> Any:
    """The value of an expression; `whole` says that a whole number is wanted, so that `/` must divide."""
    return value_of(parse(text), names, whole)


def value_of(node: ast.expr, names: Mapping[str, Any], whole: bool) -> Any:
    """The value of a node of the tree."""
    match node:
        case ast.Constant(value=value) if isinstance(value, (bool, int, float, str)) or value is None:
            return bounded(value)
        case ast.Name(id=name):
            if name in CONSTANTS:
                return CONSTANTS[name]
            if name not in names:
                raise Refused(f"nothing is called {name}")
            return names[name]
        case ast.Attribute(value=owner, attr=name):
            return field_of(value_of(owner, names, whole), name)
        case ast.Subscript(value=owner, slice=ast.Slice() as cut):
            bounds = [
                None if part is None else value_of(part, names, True) for part in (cut.lower, cut.upper, cut.step)
            ]
            return sequence(value_of(owner, names, whole))[slice(*bounds)]
        case ast.Subscript(value=owner, slice=at):
            return entry(sequence(value_of(owner, names, whole)), value_of(at, names, True))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -number(value_of(operand, names, whole))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not truth(value_of(operand, names, False))
        case ast.BinOp(left=left, op=op, right=right):
            return combined(op, number(value_of(left, names, whole)), number(value_of(right, names, whole)), whole)
        case ast.Compare(left=left, ops=ops, comparators=others):
            return compared([left, *others], ops, names)
        case ast.BoolOp(op=op, values=parts):
            stop = isinstance(op, ast.Or)
            return stop if any(truth(value_of(part, names, False)) is stop for part in parts) else not stop
        case ast.IfExp(test=test, body=then, orelse=other):
            return value_of(then if truth(value_of(test, names, False)) else other, names, whole)
        case ast.List(elts=parts):
            return tuple(value_of(part, names, whole) for part in parts)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return called(name, [value_of(arg, names, mode) for arg, mode in wanted_by(name, args, whole)])
        case _:
            raise Refused(f"{ast.unparse(node)} is no expression of the language")


def wanted_by(name: str, args: Sequence[ast.expr], whole: bool) -> Iterator[tuple[ast.expr, bool]]:
    """The arguments of a function, each with whether a whole number is wanted there."""
    for at, arg in enumerate(args):
        if name in ROUNDING:
            yield arg, False
        elif name == "make_divisible":
            yield arg, at > 0
        else:
            yield arg, whole


def called(name: str, values: list[Any]) -> Any:
    """The value of a function of the language."""
    if name in ROUNDING:
        return bounded(ROUNDING[name](number(*values)))
    if name == "make_divisible":
        return make_divisible(*values)
    if name == "abs":
        return abs(number(*values))
    if name == "len":
        return len(values[0])
    if name in ("sum", "min", "max"):
        among = [number(value) for value in (values if name != "sum" and len(values) > 1 else sequence(values[0]))]
        if name == "sum":
            return bounded(sum(among))
        if not among:
            raise Refused(f"{name} of nothing")
        return min(among) if name == "min" else max(among)
    raise Refused(f"there is no function {name}")


def make_divisible(value: float, divisor: int = 8, least: int | None = None) -> int:
    """MobileNet's rounding of channels."""
    if not isinstance(divisor, int) or divisor < 1:
        raise Refused("make_divisible wants a positive whole divisor")
    rounded = max(least or divisor, int(value + divisor / 2) // divisor * divisor)
    return bounded(rounded + divisor if rounded < 0.9 * value else rounded)


def combined(op: ast.operator, left: Any, right: Any, whole: bool) -> Any:
    """Arithmetic."""
    try:
        match op:
            case ast.Div():
                return bounded(divided(left, right, whole))
            case ast.Pow():
                return bounded(power(left, right))
            case ast.Add() | ast.Sub() | ast.Mult() | ast.FloorDiv() | ast.Mod():
                return bounded(ARITHMETIC[type(op)](left, right))
            case _:
                raise Refused("no operator of the language")
    except (ZeroDivisionError, OverflowError) as error:
        raise Refused(str(error)) from error


ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def divided(left: Any, right: Any, whole: bool) -> Any:
    """A quotient: exact where a whole number is wanted."""
    if not whole or isinstance(left, float) or isinstance(right, float):
        return left / right
    if left % right:
        raise Refused(f"{left} / {right} does not divide exactly")
    return left // right


def power(left: Any, right: Any) -> Any:
    """A power, unless it is huge or no real number."""
    if isinstance(left, int) and isinstance(right, int) and right > 0 and left.bit_length() * right > 2000:
        raise Refused("too large")
    result = left**right
    if isinstance(result, complex):
        raise Refused("a negative number has no such power")
    return result


COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def compared(parts: Sequence[ast.expr], ops: Sequence[ast.cmpop], names: Mapping[str, Any]) -> bool:
    """A chain of comparisons, as Python reads it."""
    for at, op in enumerate(ops):
        if type(op) not in COMPARISONS:
            raise Refused("no comparison of the language")
        left, right = (value_of(parts[i], names, False) for i in (at, at + 1))
        plain = all(is_number(value) for value in (left, right))
        alike = left is None or right is None or type(left) is type(right)
        if not plain and (not isinstance(op, (ast.Eq, ast.NotEq)) or not alike):
            raise Refused(f"compares {left!r} with {right!r}")
        if not COMPARISONS[type(op)](left, right):
            return False
    return True


def is_number(value: Any) -> bool:
    """Whether a value is a number, which a boolean is not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def number(value: Any) -> Any:
    """A number, or nothing."""
    if not is_number(value):
        raise Refused(f"{value!r} is no number")
    return value


def truth(value: Any) -> bool:
    """A boolean, or nothing."""
    if not isinstance(value, bool):
        raise Refused(f"{value!r} is neither true nor false")
    return value


def sequence(value: Any) -> Sequence[Any]:
    """A list, or nothing."""
    if not isinstance(value, tuple):
        raise Refused(f"{value!r} is no list")
    return value


def entry(items: Sequence[Any], at: Any) -> Any:
    """One entry of a list."""
    if not isinstance(at, int) or isinstance(at, bool) or not -len(items) <= at < len(items):
        raise Refused(f"{at!r} is no index of {len(items)} entries")
    return items[at]


def field_of(owner: Any, name: str) -> Any:
    """A field of a row, or of `input`."""
    if not isinstance(owner, Row) or name not in owner:
        raise Refused(f"there is no .{name}")
    return owner[name]


def bounded(value: Any) -> Any:
    """A number that expressions may hold."""
    if isinstance(value, int) and abs(value) >= LIMIT:
        raise Refused("too large")
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused("too large")
    return value


def mentions(node: ast.expr, whole: bool) -> Iterator[tuple[str, bool]]:
    """The names in an expression, each with whether a whole number is wanted of it there."""
    match node:
        case ast.Name(id=name):
            yield name, whole
        case ast.Compare(left=left, comparators=others):
            for part in (left, *others):
                yield from mentions(part, False)
        case ast.IfExp(test=test, body=then, orelse=other):
            yield from mentions(test, False)
            yield from mentions(then, whole)
            yield from mentions(other, whole)
        case ast.Subscript(value=owner, slice=at):
            yield from mentions(owner, whole)
            parts = [at.lower, at.upper, at.step] if isinstance(at, ast.Slice) else [at]
            for part in parts:
                if part is not None:
                    yield from mentions(part, True)
        case ast.Call(func=ast.Name(id=name), args=args):
            for arg, mode in wanted_by(name, args, whole):
                yield from mentions(arg, mode)
        case _:
            for part in ast.iter_child_nodes(node):
                if isinstance(part, ast.expr):
                    yield from mentions(part, whole)
