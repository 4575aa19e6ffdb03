"""The syntax tree of expressions: frozen values that compare by what they say, not by where they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal

from archc import codes
from archc.diagnostics import Edit, Fix, Where
from archc.record import record

MAX_INT = 2**62
"""Whole numbers stay below this in magnitude."""

ArithmeticOp = Literal["+", "-", "*", "/", "/f", "//", "%", "**"]
"""`/` is exact between whole numbers; `/f`, written `/` too, always gives a float."""
CompareOp = Literal["==", "!=", "<", "<=", ">", ">="]
LogicOp = Literal["and", "or"]
UnaryOp = Literal["-", "not"]


class ExprError(Exception):
    """What is wrong with an expression, and which of its characters; `help` is the cure where there is one."""

    def __init__(
        self,
        message: str,
        at: int = 0,
        length: int = 1,
        *,
        code: str = codes.EXPR_SYNTAX,
        help: str = "",
        fixes: tuple[Fix, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.length = length
        self.code = code
        self.help = help
        self.fixes = fixes
        """Their places count the expression's characters, in no file."""

    def fixes_at(self, where: Where) -> tuple[Fix, ...]:
        """The fixes for an expression that is the value at `where`."""
        return tuple(replace(fix, edits=tuple(_placed(edit, where) for edit in fix.edits)) for fix in self.fixes)

    def __str__(self) -> str:
        return f"{self.message}; {self.help}" if self.help else self.message


def _placed(edit: Edit, where: Where) -> Edit:
    return replace(edit, where=replace(where, at=edit.where.at, length=edit.where.length))


@record
class Node:
    """What every node has: the characters `at` to `end` it was read from (0 and 0 if it was made)."""

    at: int = field(default=0, compare=False, kw_only=True, repr=False)
    end: int = field(default=0, compare=False, kw_only=True, repr=False)
    _hash: int | None = field(default=None, init=False, compare=False, repr=False)


@record(eq=False)
class Number(Node):
    """A number; 1 and 1.0 differ. A negative one is a literal too."""

    value: int | float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


@record
class Text(Node):
    """A quoted string."""

    value: str


@record
class Bool(Node):
    """`true` or `false`."""

    value: bool


@record
class Null(Node):
    """`null`; also a bound that a slice leaves out."""


@record
class Name(Node):
    """A name."""

    id: str


@record
class Attr(Node):
    """`obj.name`."""

    obj: Expr
    name: str


@record
class Index(Node):
    """`obj[index]`."""

    obj: Expr
    index: Expr


@record
class SliceIndex(Node):
    """`obj[start:stop:step]`, `Null` standing for what is left out."""

    obj: Expr
    start: Expr
    stop: Expr
    step: Expr


@record
class Unary(Node):
    """`-operand` or `not operand`."""

    op: UnaryOp
    operand: Expr


@record
class Binary(Node):
    """Arithmetic on two operands."""

    op: ArithmeticOp
    left: Expr
    right: Expr


@record
class Compare(Node):
    """One comparison; `a < b < c` is read as `a < b and b < c`."""

    op: CompareOp
    left: Expr
    right: Expr


@record
class Logic(Node):
    """`left and right` or `left or right`."""

    op: LogicOp
    left: Expr
    right: Expr


@record
class IfElse(Node):
    """`then if test else other`."""

    test: Expr
    then: Expr
    other: Expr


@record
class Func(Node):
    """A call of one of the few functions there are."""

    name: str
    args: tuple[Expr, ...]


@record
class ListExpr(Node):
    """`[a, b]`."""

    items: tuple[Expr, ...]


Expr = (
    Number
    | Text
    | Bool
    | Null
    | Name
    | Attr
    | Index
    | SliceIndex
    | Unary
    | Binary
    | Compare
    | Logic
    | IfElse
    | Func
    | ListExpr
)


def number(value: int) -> Expr:
    """A whole number as an expression."""
    return Number(int(value))


_OPERANDS: dict[type[Node], Callable[[Any], tuple[Expr, ...]]] = {
    **dict.fromkeys((Number, Text, Bool, Null, Name), lambda expr: ()),
    Attr: lambda expr: (expr.obj,),
    Index: attrgetter("obj", "index"),
    SliceIndex: attrgetter("obj", "start", "stop", "step"),
    Unary: lambda expr: (expr.operand,),
    **dict.fromkeys((Binary, Compare, Logic), attrgetter("left", "right")),
    IfElse: attrgetter("test", "then", "other"),
    Func: attrgetter("args"),
    ListExpr: attrgetter("items"),
}


def children(expr: Expr) -> tuple[Expr, ...]:
    """The operands of an expression, in the order they are written (a condition before its results)."""
    return _OPERANDS[type(expr)](expr)


def rebuild(expr: Expr, parts: tuple[Expr, ...]) -> Expr:
    """The same expression over other operands, given in the order of `children`."""
    at, end = expr.at, expr.end
    match expr:
        case Number() | Text() | Bool() | Null() | Name():
            return expr
        case Attr():
            return Attr(parts[0], expr.name, at=at, end=end)
        case Index():
            return Index(parts[0], parts[1], at=at, end=end)
        case SliceIndex():
            return SliceIndex(parts[0], parts[1], parts[2], parts[3], at=at, end=end)
        case Unary():
            return Unary(expr.op, parts[0], at=at, end=end)
        case Binary():
            return Binary(expr.op, parts[0], parts[1], at=at, end=end)
        case Compare():
            return Compare(expr.op, parts[0], parts[1], at=at, end=end)
        case Logic():
            return Logic(expr.op, parts[0], parts[1], at=at, end=end)
        case IfElse():
            return IfElse(parts[0], parts[1], parts[2], at=at, end=end)
        case Func():
            return Func(expr.name, parts, at=at, end=end)
        case ListExpr():
            return ListExpr(parts, at=at, end=end)


@lru_cache(maxsize=1 << 14)
def names(expr: Expr) -> frozenset[str]:
    """The names an expression mentions."""
    if isinstance(expr, Name):
        return frozenset((expr.id,))
    return frozenset[str]().union(*(names(part) for part in children(expr)))
