"""Formulas as Python."""

from __future__ import annotations

import json
from collections.abc import Mapping

from archc.expr import (
    Attr,
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
from archc.expr.nodes import Binary, children, rebuild
from archc.expr.parser import COMPARE, IF, NOT, OR, POSTFIX, POWER, PRECEDENCE, SIGN, SUM

ATOM = POSTFIX + 1
CONSTANT = (Number, Text, Bool, Null)
MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
PYTHON = {"/": "//", "/f": "/"}
"""Exact division of whole numbers, which a guard has made sure of, and that of fractions."""


def python(tree: Expr, level: int = IF) -> str:
    """A formula whose names are Python's, as an operand that binds at least as tightly as `level`."""
    text, bound = _shown(tree)
    return f"({text})" if bound < level else text


def string(text: str) -> str:
    """A string literal in double quotes, whatever the text."""
    if text.isprintable():
        return json.dumps(text, ensure_ascii=False)
    escaped = text.encode("unicode_escape").decode().replace('"', '\\"')
    return f'"{escaped}"'


def _shown(tree: Expr) -> tuple[str, int]:
    """The text of a formula, and how tightly it binds."""
    match tree:
        case Number():
            return _number(tree.value)
        case Text():
            return string(tree.value), ATOM
        case Bool():
            return str(tree.value), ATOM
        case Null():
            return "None", ATOM
        case Name():
            return tree.id, COMPARE if " is " in tree.id else ATOM
        case Attr():
            return f"{python(tree.obj, POSTFIX)}.{tree.name}", POSTFIX
        case Index():
            return f"{python(tree.obj, POSTFIX)}[{python(tree.index)}]", POSTFIX
        case SliceIndex():
            return f"{python(tree.obj, POSTFIX)}[{_bounds(tree)}]", POSTFIX
        case Func():
            name = f"math.{tree.name}" if tree.name in ("ceil", "floor") else tree.name
            return f"{name}({', '.join(map(python, tree.args))})", POSTFIX
        case ListExpr():
            items = ", ".join(map(python, tree.items))
            return f"({items},)" if len(tree.items) == 1 else f"({items})", ATOM
        case _:
            return _operation(tree)


def _number(value: float) -> tuple[str, int]:
    if value in (float("inf"), float("-inf")):
        return ("math.inf", ATOM) if value > 0 else ("-math.inf", SIGN)
    return repr(value), SIGN if value < 0 else ATOM


def _operation(tree: Unary | Binary | Compare | Logic | IfElse) -> tuple[str, int]:
    match tree:
        case Unary(op="not"):
            return f"not {python(tree.operand, NOT)}", NOT
        case Unary():
            return f"-{python(tree.operand, SIGN)}", SIGN
        case Binary(op="**"):
            left, right = python(tree.left, POSTFIX), python(tree.right, SIGN)
            tight = _is_simple(tree.left) and _is_simple(tree.right)
            return f"{left}**{right}" if tight else f"{left} ** {right}", POWER
        case Binary(op="+", left=Unary(op="-", operand=less)):
            return _operation(Binary("-", tree.right, less))
        case Logic(op="or"):
            return f"{_chained(tree.left)} or {_chained(tree.right)}", OR
        case Binary() | Logic():
            bound = PRECEDENCE["/" if tree.op == "/f" else tree.op]
            return f"{python(tree.left, bound)} {PYTHON.get(tree.op, tree.op)} {python(tree.right, bound + 1)}", bound
        case Compare():
            op, left, right = tree.op, tree.left, tree.right
            if isinstance(left, CONSTANT) and not isinstance(right, CONSTANT):  # what is asked about comes first
                op, left, right = MIRRORED.get(op, op), right, left
            op = {"==": "is", "!=": "is not"}.get(op, op) if Null() in (left, right) else op
            return f"{python(left, SUM)} {op} {python(right, SUM)}", COMPARE
        case IfElse():
            return f"{python(tree.then, OR)} if {python(tree.test, OR)} else {python(tree.other)}", IF


def _chained(tree: Expr) -> str:
    """An operand of `or`: an `and` has brackets, though it needs none."""
    return f"({python(tree)})" if isinstance(tree, Logic) and tree.op == "and" else python(tree, OR)


def _is_simple(tree: Expr) -> bool:
    """Whether formatters leave out the blanks around `**` beside it."""
    if isinstance(tree, Unary):
        return tree.op == "-" and _is_simple(tree.operand)
    return isinstance(tree, (Name, Number)) or (isinstance(tree, Attr) and _is_simple(tree.obj))


def _bounds(tree: SliceIndex) -> str:
    start, stop, step = ("" if isinstance(b, Null) else python(b) for b in (tree.start, tree.stop, tree.step))
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


def renamed(tree: Expr, names: Mapping[str, str]) -> Expr:
    """A formula with other names."""
    if isinstance(tree, Name):
        return Name(names[tree.id]) if tree.id in names else tree
    parts = children(tree)
    made = tuple(renamed(part, names) for part in parts)
    return tree if made == parts else rebuild(tree, made)
