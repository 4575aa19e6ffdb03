"""Symbolic values: what an op is made of and fed with where a definition is translated, not an instance of it.

A shape rule that runs on them gives formulas. Where it asks whether something holds that depends on the arguments of
the class, it runs once for either answer; so its outcome is exact for all of them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any, NoReturn, TypeGuard

from archc.codegen.paths import OpaqueError, active, decide
from archc.expr import Bool, Compare, Expr, Func, IfElse, Index, Logic, Number, Text, Unary, simplify
from archc.expr.nodes import ArithmeticOp, Binary, CompareOp
from archc.ops.base import ShapeError


def _opaque(self: object, *_: object) -> NoReturn:
    kind = "text" if isinstance(self, str) else "list" if is_list(self) else "number"
    parts: tuple[str | Expr | None, ...] = getattr(self, "parts", (getattr(self, "expr", None),))
    raise OpaqueError(f"needs to know this {kind}", *(part for part in parts if part and not isinstance(part, str)))


def formula(value: object) -> Expr:
    """A number, symbolic or not, as an expression."""
    found = getattr(value, "expr", None)
    if found is not None:
        return found
    if isinstance(value, bool):
        return Bool(value)
    if isinstance(value, (int, float)):
        return Number(value)
    if isinstance(value, str):
        return Text(value)
    raise OpaqueError("has a rule that asks for a value")


def arithmetic(op: ArithmeticOp, left: Expr, right: Expr) -> Expr:
    """Arithmetic on two formulas, plain numbers worked out."""
    if isinstance(right, Number):
        value = right.value
        if isinstance(left, Number) and (op in _PLAIN or (op == "**" and type(value) is int and 0 <= value <= 64)):
            return Number(left.value**value if op == "**" else _PLAIN[op](left.value, value))
        if (value == 0 and op in ("+", "-")) or (value == 1 and op in ("*", "//", "/", "**")):
            return left
        if op in ("+", "-") and type(value) is int:
            return _shifted(left, value if op == "+" else -value)
    if isinstance(left, Number):
        if (left.value == 0 and op == "+") or (left.value == 1 and op == "*"):
            return right
        if op == "+":
            return arithmetic("+", right, left)
    if isinstance(left, Binary) and op == "*" and left.op in ("//", "/") and left.right == right:
        exact = left.op == "/" or (active and active[-1].facts.divides(right, left.left))
        if exact:
            return left.left
    made = Binary(op, left, right)
    return simplify(made) if op in ("+", "-", "//") else made


_PLAIN: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def _shifted(left: Expr, by: int) -> Expr:
    """A formula plus a whole number, added to the one that is there."""
    match left:
        case Binary(op="+", right=Number(value=int(there))):
            left, by = left.left, by + there
        case Binary(op="-", right=Number(value=int(there))):
            left, by = left.left, by - there
        case _:
            pass
    if by == 0:
        return left
    return Binary("+", left, Number(by)) if by > 0 else Binary("-", left, Number(-by))


def is_list(value: object) -> TypeGuard[tuple[Any, ...] | list[Any]]:
    """Whether a value is a list of the language, which a formula may be too."""
    return isinstance(value, (tuple, list))


def size(found: Expr) -> Any:
    """A formula as a rule is to see it: a plain number where it is one."""
    return found.value if isinstance(found, Number) else Num(found)


class _Arithmetic:
    """Operators that make formulas, shared by symbolic whole numbers and fractions."""

    expr: Expr

    def __add__(self, other: object) -> Any:
        return _combined("+", self, other)

    def __radd__(self, other: object) -> Any:
        return _combined("+", other, self)

    def __sub__(self, other: object) -> Any:
        return _combined("-", self, other)

    def __rsub__(self, other: object) -> Any:
        return _combined("-", other, self)

    def __mul__(self, other: object) -> Any:
        return _combined("*", self, other)

    def __rmul__(self, other: object) -> Any:
        return _combined("*", other, self)

    def __floordiv__(self, other: object) -> Any:
        return _combined("//", self, other)

    def __rfloordiv__(self, other: object) -> Any:
        return _combined("//", other, self)

    def __mod__(self, other: object) -> Any:
        return _combined("%", self, other)

    def __rmod__(self, other: object) -> Any:
        return _combined("%", other, self)

    def __neg__(self) -> Any:
        return _like(self, Unary("-", self.expr))

    def __eq__(self, other: object) -> Any:
        return _compared("==", self, other)

    def __ne__(self, other: object) -> Any:
        return _compared("!=", self, other)

    def __lt__(self, other: object) -> Any:
        return _compared("<", self, other)

    def __le__(self, other: object) -> Any:
        return _compared("<=", self, other)

    def __gt__(self, other: object) -> Any:
        return _compared(">", self, other)

    def __ge__(self, other: object) -> Any:
        return _compared(">=", self, other)

    def is_multiple(self, by: object) -> bool:
        """Whether it is known to be a multiple of a number, whatever the arguments."""
        return bool(active) and active[-1].facts.divides(formula(by), self.expr)

    def met(self, other: object, *, first: bool) -> Any:
        """The size that broadcasting makes of this one and another, which is `first` or last: the one that is not 1."""
        left, right = (formula(other), self.expr) if first else (self.expr, formula(other))
        equal, stretched, kept = (
            Compare("==", left, right), Compare("==", left, Number(1)), Compare("==", right, Number(1))
        )  # fmt: skip
        truths = {each: active[-1].facts.decide(each) for each in (equal, stretched, kept)}
        if truths[stretched] or truths[kept] or truths[equal]:
            return size(right if truths[stretched] else left)
        ways = [each for each, truth in truths.items() if truth is None]
        if not ways or not decide(reduce(lambda one, other: Logic("or", one, other), ways)):
            raise ShapeError("sizes that do not broadcast")
        if truths[stretched] is None and truths[kept] is None:
            found = IfElse(stretched, right, left)
            return size(found if truths[equal] is False else IfElse(equal, left, found))
        return size(left if truths[stretched] is False else right)

    def __bool__(self) -> bool:
        return decide(Compare("!=", self.expr, Number(0)))

    def __floor__(self) -> Num:
        return Num(Func("floor", (self.expr,)))

    def __str__(self) -> str:
        return f"<{self.expr}>"

    __repr__ = __str__
    __format__ = lambda self, spec: str(self)  # noqa: E731
    __hash__ = __int__ = __index__ = __float__ = __truediv__ = __rtruediv__ = __pow__ = __rpow__ = _opaque
    __ceil__ = __round__ = __trunc__ = __abs__ = __divmod__ = _opaque


class Num(_Arithmetic):
    """A whole number known as a formula."""

    __slots__ = ("expr",)

    def __init__(self, found: Expr) -> None:
        self.expr = found

    def __index__(self) -> int:
        """The number of results that a rule is to make: as many as the step has names for."""
        results = active[-1].results if active else None
        if results is None:
            raise OpaqueError("needs to know this number", self.expr)
        if not decide(Compare("==", self.expr, Number(results))):
            raise ShapeError("other results")
        return results


class Fraction(_Arithmetic, float):
    """A number that need not be whole, known as a formula; a `float` to those that ask, of no value."""

    def __new__(cls, found: Expr) -> Fraction:
        """Make the number of a formula."""
        self = super().__new__(cls, "nan")
        self.expr = found
        return self


class Truth:
    """A condition that the arguments decide."""

    __slots__ = ("expr",)

    def __init__(self, found: Expr) -> None:
        self.expr = found

    def __bool__(self) -> bool:
        return decide(self.expr)

    def __int__(self) -> int:
        return int(bool(self))

    def __eq__(self, other: object) -> Any:
        return Truth(Compare("==", self.expr, Bool(other))) if isinstance(other, bool) else False

    def __ne__(self, other: object) -> Any:
        return Truth(Compare("!=", self.expr, Bool(other))) if isinstance(other, bool) else True

    __index__ = __int__
    __hash__ = _opaque


class _Unread(str):
    """A text that only an instance has: what reads it needs to know it."""

    __slots__ = ()
    __hash__ = __format__ = _opaque


for _name in ("__contains__", "__getitem__", "__iter__", "endswith", "partition", "replace", "split", "startswith"):
    setattr(_Unread, _name, _opaque)


class Word(_Unread):
    """A text known as a formula."""

    __slots__ = ("expr",)
    expr: Expr

    def __new__(cls, found: Expr) -> Word:
        """Make the text of a formula."""
        self = super().__new__(cls, "?")
        self.expr = found
        return self

    def __eq__(self, other: object) -> Any:
        return _compared("==", self, other) if isinstance(other, str) else False

    def __ne__(self, other: object) -> Any:
        return _compared("!=", self, other) if isinstance(other, str) else True

    __hash__ = _opaque


class Template(_Unread):
    """A text with formulas in it, known as its parts."""

    __slots__ = ("expr", "parts")
    parts: tuple[str | Expr, ...]
    expr: Expr

    def __new__(cls, parts: tuple[str | Expr, ...]) -> Template:
        """Make the text of its parts."""
        self = super().__new__(cls, "?")
        self.parts = parts
        self.expr = Text("?")
        return self

    __eq__ = __ne__ = __hash__ = _opaque  # pyright: ignore[reportAssignmentType]


class Items(tuple[Any, ...]):
    """A list known as a formula; its entries too where their number is declared."""

    expr: Expr
    known: bool

    def __new__(cls, found: Expr, length: int | None, item: Callable[[Expr], object]) -> Items:
        """Make the list of a formula."""
        self = super().__new__(cls, [item(Index(found, Number(at))) for at in range(length or 0)])
        self.expr = found
        self.known = length is not None
        return self

    def __iter__(self) -> Iterator[Any]:
        return super().__iter__() if self.known else _opaque(self)

    def __len__(self) -> int:
        return super().__len__() if self.known else _opaque(self)

    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(index) if self.known else _opaque(self)

    __hash__ = _opaque


def of_type(kind: str, found: Expr, length: int | None = None) -> Any:
    """A formula as a value of a type of the language: plain where the formula is a literal."""
    if isinstance(found, (Number, Text, Bool)):
        return found.value
    match kind:
        case "int":
            return Num(found)
        case "float":
            return Fraction(found)
        case "bool":
            return Truth(found)
        case "str":
            return Word(found)
        case _ if kind.startswith("list["):
            return Items(found, length, lambda item: of_type(kind[5:-1], item))
        case _:
            raise OpaqueError("has a rule that asks for a value", found)


def _like(value: _Arithmetic, found: Expr) -> Any:
    return Fraction(found) if isinstance(value, float) else size(found)


def _combined(op: ArithmeticOp, left: object, right: object) -> Any:
    if not all(isinstance(each, (int, float, Num)) for each in (left, right)):
        return NotImplemented
    found = arithmetic(op, formula(left), formula(right))
    return Fraction(found) if isinstance(left, float) or isinstance(right, float) else size(found)


def _compared(op: CompareOp, left: object, right: object) -> Any:
    if (
        right is None
        or not isinstance(right, (int, float, str, Num))
        or isinstance(right, str) != isinstance(left, str)
    ):
        return op == "!=" if op in ("==", "!=") else NotImplemented
    return Truth(Compare(op, formula(left), formula(right)))
