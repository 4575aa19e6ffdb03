"""Expressions as text, in the language of specs."""

from __future__ import annotations

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

ATOM = POSTFIX + 1


def to_text(expr: Expr) -> str:
    """The expression in canonical form, which reads back as an equal tree where it stands."""
    return _operand(expr, IF)


def _operand(expr: Expr, level: int) -> str:
    """The text of an operand that must bind at least as tightly as `level`."""
    text, bound = _shown(expr)
    return f"({text})" if bound < level else text


def _shown(expr: Expr) -> tuple[str, int]:
    """The text of an expression, and how tightly it binds."""
    match expr:
        case Number():
            return repr(expr.value), SIGN if repr(expr.value).startswith("-") else ATOM
        case Text():
            return repr(expr.value), ATOM
        case Bool():
            return str(expr.value).lower(), ATOM
        case Null():
            return "null", ATOM
        case Name():
            return expr.id, ATOM
        case Attr():
            obj = _operand(expr.obj, POSTFIX)
            return f"{f'({obj})' if isinstance(expr.obj, Number) else obj}.{expr.name}", POSTFIX
        case Index():
            return f"{_operand(expr.obj, POSTFIX)}[{_operand(expr.index, IF)}]", POSTFIX
        case SliceIndex():
            return f"{_operand(expr.obj, POSTFIX)}[{_bounds(expr)}]", POSTFIX
        case Func():
            return f"{expr.name}({_several(expr.args)})", POSTFIX
        case ListExpr():
            return f"[{_several(expr.items)}]", ATOM
        case _:
            return _operation(expr)


def _operation(expr: Unary | Binary | Compare | Logic | IfElse) -> tuple[str, int]:
    match expr:
        case Unary(op="not"):
            return f"not {_operand(expr.operand, NOT)}", NOT
        case Unary():
            return f"-{_operand(expr.operand, SIGN)}", SIGN
        case Binary(op="**"):
            return f"{_operand(expr.left, POSTFIX)} ** {_operand(expr.right, SIGN)}", POWER
        case Binary() | Logic():
            op = "/" if expr.op == "/f" else expr.op
            bound = PRECEDENCE[op]
            return f"{_operand(expr.left, bound)} {op} {_operand(expr.right, bound + 1)}", bound
        case Compare():
            return f"{_operand(expr.left, SUM)} {expr.op} {_operand(expr.right, SUM)}", COMPARE
        case IfElse():
            then, test = _operand(expr.then, OR), _operand(expr.test, OR)
            return f"{then} if {test} else {_operand(expr.other, IF)}", IF


def _several(items: tuple[Expr, ...]) -> str:
    return ", ".join(_operand(item, IF) for item in items)


def _bounds(expr: SliceIndex) -> str:
    start, stop, step = ("" if bound == Null() else _operand(bound, IF) for bound in (expr.start, expr.stop, expr.step))
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
