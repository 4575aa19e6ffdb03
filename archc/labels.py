"""Whole numbers that remember the formula they came from.

The source backend wants `nn.BatchNorm2d(4 * out)`, while a shape rule only ever says 256. A `Labelled`
number is a plain `int` to every rule it passes through; added, multiplied or divided it carries the formula along.
Only the source backend makes them: everywhere else dimensions are plain numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archc import expr

if TYPE_CHECKING:
    from archc.expr import Expr


class Labelled(int):
    """An `int` with the formula (`label`) that yields it, in terms of a class's constructor arguments."""

    label: Expr

    def __new__(cls, value: int, label: Expr) -> Labelled:
        """`value`, as `label` yields it."""
        self = super().__new__(cls, value)
        self.label = label
        return self

    def __add__(self, other: object) -> int:
        return _combine("+", int(self) + int(other), self, other) if isinstance(other, int) else NotImplemented

    def __radd__(self, other: object) -> int:
        return _combine("+", int(other) + int(self), other, self) if isinstance(other, int) else NotImplemented

    def __sub__(self, other: object) -> int:
        return _combine("-", int(self) - int(other), self, other) if isinstance(other, int) else NotImplemented

    def __rsub__(self, other: object) -> int:
        return _combine("-", int(other) - int(self), other, self) if isinstance(other, int) else NotImplemented

    def __mul__(self, other: object) -> int:
        return _combine("*", int(self) * int(other), self, other) if isinstance(other, int) else NotImplemented

    def __rmul__(self, other: object) -> int:
        return _combine("*", int(other) * int(self), other, self) if isinstance(other, int) else NotImplemented

    def __floordiv__(self, other: object) -> int:
        return _combine("//", int(self) // int(other), self, other) if isinstance(other, int) else NotImplemented


def label_of(value: object) -> Expr | None:
    """The formula `value` carries, or None for a plain value."""
    return value.label if isinstance(value, Labelled) else None


def _as_expr(value: int) -> Expr:
    return value.label if isinstance(value, Labelled) else expr.number(int(value))


def _combine(operator: expr.ArithmeticOp, value: int, left: int, right: int) -> Labelled:
    return Labelled(value, expr.simplify(expr.binary(operator, _as_expr(left), _as_expr(right))))
