"""Expressions as text: in the language of specs, and in Python."""

from __future__ import annotations

from collections.abc import Container

from archc.expr.nodes import (
    Attr,
    Binary,
    Bool,
    Compare,
    Expr,
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
)
from archc.expr.parser import COMPARE, IF, NOT, OR, POSTFIX, POWER, PRECEDENCE, SIGN, SUM
from archc.record import record

ATOM = POSTFIX + 1


def to_text(expr: Expr) -> str:
    """The expression in canonical form, which reads back as an equal tree where it stands."""
    return _Printer(python=False, floats=()).at(expr, IF)


def to_python(expr: Expr, floats: Container[str] = ()) -> str:
    """The expression as Python source.

    `/` of whole numbers is exact where one is wanted and so becomes `//`; it stays `/` where an operand is a fraction,
    as are the names in `floats`. The source needs `math` for `ceil` and `floor`, and a function `make_divisible`.
    """
    return _Printer(python=True, floats=floats).at(expr, IF)


@record
class _Printer:
    python: bool
    floats: Container[str]

    def at(self, expr: Expr, level: int) -> str:
        """The text of an operand that must bind at least as tightly as `level`."""
        text, bound = self.show(expr)
        return f"({text})" if bound < level else text

    def show(self, expr: Expr) -> tuple[str, int]:
        """The text of an expression, and how tightly it binds."""
        match expr:
            case Number():
                return repr(expr.value), SIGN if repr(expr.value).startswith("-") else ATOM
            case Text():
                return repr(expr.value), ATOM
            case Bool():
                return str(expr.value) if self.python else str(expr.value).lower(), ATOM
            case Null():
                return "None" if self.python else "null", ATOM
            case Name():
                return expr.id, ATOM
            case Attr():
                obj = self.at(expr.obj, POSTFIX)
                return f"{f'({obj})' if isinstance(expr.obj, Number) else obj}.{expr.name}", POSTFIX
            case Index():
                return f"{self.at(expr.obj, POSTFIX)}[{self.at(expr.index, IF)}]", POSTFIX
            case SliceIndex():
                return f"{self.at(expr.obj, POSTFIX)}[{self.bounds(expr)}]", POSTFIX
            case Func():
                return f"{self.function(expr.name)}({self.several(expr.args)})", POSTFIX
            case ListExpr():
                return f"[{self.several(expr.items)}]", ATOM
            case _:
                return self.operation(expr)

    def operation(self, expr: Unary | Binary | Compare | Logic | IfElse) -> tuple[str, int]:
        match expr:
            case Unary(op="not"):
                return f"not {self.at(expr.operand, NOT)}", NOT
            case Unary():
                return f"-{self.at(expr.operand, SIGN)}", SIGN
            case Binary(op="**"):
                return f"{self.at(expr.left, POSTFIX)} ** {self.at(expr.right, SIGN)}", POWER
            case Binary() | Logic():
                bound = PRECEDENCE["/" if expr.op == "/f" else expr.op]
                op = self.sign(expr) if isinstance(expr, Binary) else expr.op
                return f"{self.at(expr.left, bound)} {op} {self.at(expr.right, bound + 1)}", bound
            case Compare():
                return f"{self.at(expr.left, SUM)} {self.comparison(expr)} {self.at(expr.right, SUM)}", COMPARE
            case IfElse():
                then, test = self.at(expr.then, OR), self.at(expr.test, OR)
                return f"{then} if {test} else {self.at(expr.other, IF)}", IF

    def several(self, items: tuple[Expr, ...]) -> str:
        return ", ".join(self.at(item, IF) for item in items)

    def bounds(self, expr: SliceIndex) -> str:
        start, stop, step = (
            "" if bound == Null() else self.at(bound, IF) for bound in (expr.start, expr.stop, expr.step)
        )
        return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"

    def function(self, name: str) -> str:
        return f"math.{name}" if self.python and name in ("ceil", "floor") else name

    def comparison(self, expr: Compare) -> str:
        if self.python and expr.op in ("==", "!=") and Null() in (expr.left, expr.right):
            return "is" if expr.op == "==" else "is not"
        return expr.op

    def sign(self, expr: Binary) -> str:
        if expr.op == "/f":
            return "/"
        return "//" if self.python and expr.op == "/" and not self.fractional(expr) else expr.op

    def fractional(self, expr: Expr) -> bool:
        """Whether an expression is certainly no whole number."""
        match expr:
            case Number():
                return isinstance(expr.value, float)
            case Name():
                return expr.id in self.floats
            case Unary():
                return self.fractional(expr.operand)
            case Binary():
                return expr.op == "/f" or self.fractional(expr.left) or self.fractional(expr.right)
            case IfElse():
                return self.fractional(expr.then) or self.fractional(expr.other)
            case Func(name="abs" | "min" | "max" | "sum"):
                return any(self.fractional(arg) for arg in expr.args)
            case ListExpr():
                return any(self.fractional(item) for item in expr.items)
            case _:
                return False
