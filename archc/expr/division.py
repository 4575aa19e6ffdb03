"""What `/` means where it stands: exact where a whole number is wanted, else the fraction, `/f` in the tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archc.expr.nodes import Binary, Compare, Expr, Func, IfElse, Index, Logic, Name, SliceIndex, children, rebuild

_ROUNDING = frozenset({"round", "floor", "ceil", "len"})
"""The functions that take any numbers, whatever is wanted of them."""


def divided(expr: Expr, *, fraction: bool) -> Expr:
    """The expression with every `/` as it is meant where a fraction is wanted, or else a whole number."""
    if not _divides(expr):
        return expr
    parts = zip(children(expr), _wanted(expr, fraction), strict=True)
    found = rebuild(expr, tuple(divided(part, fraction=wanted) for part, wanted in parts))
    if fraction and isinstance(found, Binary) and found.op == "/":
        return replace(found, op="/f")
    return found


def whole_names(expr: Expr, *, fraction: bool) -> Iterator[str]:
    """The names in an expression that must be whole numbers where the expression is to be one, or else a fraction."""
    if isinstance(expr, Name):
        if not fraction:
            yield expr.id
        return
    for part, wanted in zip(children(expr), _wanted(expr, fraction), strict=True):
        yield from whole_names(part, fraction=wanted)


def _divides(expr: Expr) -> bool:
    return (isinstance(expr, Binary) and expr.op == "/") or any(map(_divides, children(expr)))


def _wanted(expr: Expr, fraction: bool) -> tuple[bool, ...]:
    """Of each operand, whether a fraction will do."""
    match expr:
        case Compare() | Logic():
            return (True, True)
        case IfElse():
            return (True, fraction, fraction)
        case Index():
            return (fraction, False)
        case SliceIndex():
            return (fraction, False, False, False)
        case Func(name="make_divisible"):
            return (True, False, False)[: len(expr.args)]
        case Func() if expr.name in _ROUNDING:
            return (True,)
        case _:
            return (fraction,) * len(children(expr))
