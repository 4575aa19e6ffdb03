"""The least and the most that numbers can be, from what is known of the names in their formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archc.expr import Attr, Expr, Func, IfElse, Index, Name, Number, Unary
from archc.expr.nodes import Binary

if TYPE_CHECKING:
    from archc.codegen.facts import Facts


def bounds_of(formula: Expr, facts: Facts) -> tuple[float | None, float | None]:
    """The least and the most that a formula gives, None where that is open."""
    match formula:
        case Number():
            return formula.value, formula.value
        case Name():
            return (1, None) if formula.id in facts.positive else (None, None)
        case Binary(op="+"):
            (a, b), (c, d) = facts.bounds(formula.left), facts.bounds(formula.right)
            return _total(a, c), _total(b, d)
        case Binary(op="-"):
            (a, b), (c, d) = facts.bounds(formula.left), facts.bounds(formula.right)
            return _total(a, d and -d if d is not None else None), _total(b, -c if c is not None else None)
        case Unary(op="-"):
            a, b = facts.bounds(formula.operand)
            return (None if b is None else -b), (None if a is None else -a)
        case Binary(op="*" | "//" | "**" | "/"):
            return _least_of_product(formula, facts), None
        case Binary(op="/f", left=left, right=Number(value=by)) if by > 0:
            least, most = facts.bounds(left)
            return (None if least is None else least / by), (None if most is None else most / by)
        case Binary(op="%"):
            (_, most), (least, _) = facts.bounds(formula.right), facts.bounds(formula.right)
            return (0 if least is not None and least > 0 else None), (most - 1 if most is not None else None)
        case IfElse():
            (a, b), (c, d) = facts.bounds(formula.then), facts.bounds(formula.other)
            return _extreme(min, a, c), _extreme(max, b, d)
        case Func(name="min") if len(formula.args) > 1:
            found = [least for least, _ in map(facts.bounds, formula.args)]
            return (None if None in found else min(least for least in found if least is not None)), None
        case Func(name="max"):
            found = [least for least, _ in map(facts.bounds, formula.args) if least is not None]
            return (max(found) if found else None), None
        case Index(obj=Name() as rows):
            return facts.floors.get(Func("min", (rows,)), facts.entries.get(rows.id)), None
        case Attr(obj=Index(obj=rows), name=column):
            return facts.floors.get(Attr(rows, column)), None
        case Func(name="sum", args=(Name() as rows,)) if facts.entries.get(rows.id, -1) >= 0:
            return facts.entries[rows.id] * (facts.floors.get(Func("len", (rows,))) or 0), None
        case Attr(obj=Name(id=name)) if name.startswith("m"):
            return 1, None  # a size that a module tells
        case Func(name="make_divisible", args=(_,) | (_, _)):
            return 1, None
        case Func(name="len"):
            return 0, None
        case _:
            return None, None


def _least_of_product(formula: Binary, facts: Facts) -> float | None:
    (a, _), (b, most) = facts.bounds(formula.left), facts.bounds(formula.right)
    if a is None or b is None or a < 0 or b < 0:
        return None
    if formula.op == "*":
        return a * b
    if formula.op == "**":
        return 1 if a >= 1 else 0
    if formula.op == "/":
        return 1 if a >= 1 else 0  # exact
    return a // most if most else 0


def _total(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a + b


def _extreme(pick: Callable[[float, float], float], a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else pick(a, b)
