"""Operations on values: what each one takes, and the bounds that hold for every result."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import cast

from archc.expr.nodes import MAX_INT, ArithmeticOp, CompareOp

Num = int | float
MAX_BITS = MAX_INT.bit_length() - 1


class OperationError(Exception):
    """An operation that has no result, in words; whoever asked for it adds the place."""


def shown_type(value: object) -> str:
    """What messages call the type of a value."""
    if value is None:
        return "null"
    if isinstance(value, (list, tuple)):
        return "list"
    names = {bool: "bool", int: "int", float: "float", str: "str"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), type(value).__name__.lower())


def combine(op: ArithmeticOp, left: object, right: object) -> Num:
    """`left op right` on numbers."""
    a, b = _number(left), _number(right)
    sign = "/" if op == "/f" else op
    if a is None or b is None:
        raise OperationError(f"{shown_type(left)} {sign} {shown_type(right)} is not allowed: `{sign}` takes numbers")
    if op in ("/", "/f", "//", "%") and b == 0:
        raise OperationError(f"{a} {sign} {b} divides by zero")
    try:
        return bounded(_ARITHMETIC[op](a, b))
    except OverflowError:
        raise OperationError(f"{a} {sign} {b} is too large") from None


def negative(value: object) -> Num:
    """`-value`."""
    x = _number(value)
    if x is None:
        raise OperationError(f"-{shown_type(value)} is not allowed: `-` takes a number")
    return -x


def bounded(value: Num) -> Num:
    """The number itself, if it is within what expressions may hold."""
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        raise OperationError("the result is too large")
    if -MAX_INT < value < MAX_INT:
        return value
    raise OperationError("the result is too large: whole numbers stay below 2 ** 62")


def compare(op: CompareOp, left: object, right: object) -> bool:
    """`left op right`: equality between values of one kind (or null), order between numbers."""
    a, b = _number(left), _number(right)
    if a is not None and b is not None:
        return bool(_COMPARE[op](a, b))
    if op not in ("==", "!="):
        raise OperationError(f"{shown_type(left)} {op} {shown_type(right)} is not allowed: `{op}` takes numbers")
    if left is not None and right is not None and shown_type(left) != shown_type(right):
        raise OperationError(f"{shown_type(left)} {op} {shown_type(right)} compares what can never be equal")
    return (_plain(left) == _plain(right)) is (op == "==")


def item(obj: object, index: object) -> object:
    """`obj[index]` of a list, counting from the end if negative."""
    items = _list(obj, "an index")
    if not isinstance(index, int) or isinstance(index, bool):
        raise OperationError(f"an index is a whole number, not {shown_type(index)}")
    if not -len(items) <= index < len(items):
        raise OperationError(f"index {int(index)} is out of range for a list of {len(items)}")
    return items[index]


def part(obj: object, *bounds: object) -> object:
    """`obj[start:stop:step]` of a list."""
    items = _list(obj, "a slice")
    for bound in bounds:
        if bound is not None and (not isinstance(bound, int) or isinstance(bound, bool)):
            raise OperationError(f"a slice goes by whole numbers, not {shown_type(bound)}")
    start, stop, step = cast("tuple[int | None, int | None, int | None]", bounds)
    if step == 0:
        raise OperationError("a slice's step cannot be 0")
    return items[start:stop:step]


def call(name: str, values: Sequence[object]) -> object:
    """The value of a function of the language."""
    if name == "len":
        if isinstance(values[0], str):
            return len(values[0])
        return len(_list(values[0], "`len`"))
    if name in ("sum", "min", "max"):
        among = values if name != "sum" and len(values) > 1 else _list(values[0], f"`{name}`")
        return _gather(name, [_wanted(name, value) for value in among])
    try:
        if name == "make_divisible":
            return make_divisible(*values)
        return bounded(_ROUNDING[name](_wanted(name, values[0])))
    except (OverflowError, ValueError):
        raise OperationError(f"`{name}` wants a finite number") from None


def make_divisible(v: object, divisor: object = 8, min_value: object = None) -> int:
    """The multiple of `divisor` near `v`, never more than 10 % below it, as MobileNet's authors round channels."""
    x, by = _wanted("make_divisible", v), _wanted("make_divisible", divisor)
    least = by if min_value is None else _wanted("make_divisible", min_value) or by
    if not isinstance(by, int) or not isinstance(least, int):
        raise OperationError("`make_divisible` takes whole numbers as divisor and least value")
    if by < 1:
        raise OperationError(f"`make_divisible` wants a positive divisor, got {by}")
    rounded = max(least, int(x + by / 2) // by * by)
    return int(bounded(rounded + by if rounded < 0.9 * x else rounded))


def _number(value: object) -> Num | None:
    if type(value) is int:
        return value
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _wanted(name: str, value: object) -> Num:
    x = _number(value)
    if x is None:
        raise OperationError(f"`{name}` takes numbers, got {shown_type(value)}")
    return x


def _list(value: object, what: str) -> Sequence[object]:
    if isinstance(value, (list, tuple)):
        return cast("Sequence[object]", value)
    raise OperationError(f"{what} wants a list, got {shown_type(value)}")


def _plain(value: object) -> object:
    """A value whose equality means what it says: lists and tuples are the same, true is not 1."""
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in cast("Sequence[object]", value)]
    return ("bool", value) if isinstance(value, bool) else value


def _gather(name: str, values: Sequence[Num]) -> Num:
    if name == "sum":
        return bounded(sum(values))
    if not values:
        raise OperationError(f"`{name}` of an empty list")
    return min(values) if name == "min" else max(values)


def _divide(a: Num, b: Num) -> Num:
    if isinstance(a, float) or isinstance(b, float):
        return a / b
    if a % b:
        raise OperationError(f"{int(a)} / {int(b)} does not divide exactly; use // to round down")
    return a // b


def _power(a: Num, b: Num) -> Num:
    if a == 0 and b < 0:
        raise OperationError(f"{a} ** {b} divides by zero")
    if isinstance(a, int) and isinstance(b, int) and b > 0 and (abs(a).bit_length() - 1) * b >= MAX_BITS:
        raise OperationError(f"{int(a)} ** {int(b)} is too large: whole numbers stay below 2 ** 62")
    if a < 0 and not float(b).is_integer():
        raise OperationError(f"{a} ** {b}: a negative number has no such power")
    return cast("Num", a**b)


_ARITHMETIC: dict[ArithmeticOp, Callable[[Num, Num], Num]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "/f": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": operator.mod,
    "**": _power,
}
_COMPARE: dict[CompareOp, Callable[[Num, Num], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ROUNDING: dict[str, Callable[[Num], Num]] = {"abs": abs, "round": round, "ceil": math.ceil, "floor": math.floor}
