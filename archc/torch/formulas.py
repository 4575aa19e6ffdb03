"""Choosing how a constructor argument is written: the formula that gives the right value in every instance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from archc import expr
from archc.expr import Expr, ExprError
from archc.torch.values import plain
from archc.tree import Label


@dataclass(frozen=True, slots=True)
class Case:
    """One situation that the written formula must be right in.

    `env` has the constructor's arguments and the loop variables; `fixed` the variables of loops that are written out,
    which a formula therefore cannot name; `instance` says which instance of the class it is.
    """

    instance: int
    env: Mapping[str, object]
    fixed: Mapping[str, object] = field(default_factory=dict[str, object])
    loops: Mapping[str, object] = field(default_factory=dict[str, object])
    """The variables of loops that are kept as loops, with this case's values."""


class InexpressibleError(Exception):
    """No one formula serves all instances: they need classes of their own."""


def choose(values: Sequence[object], labels: Sequence[Expr | None], cases: Sequence[Case]) -> Expr | None:
    """The formula that gives each case its value: as the author wrote it if that serves, else a constant, else None."""
    for candidate in _candidates(labels, cases):
        if not _indexes_literal(candidate) and all(
            _gives(candidate, case, value) for value, case in zip(values, cases, strict=True)
        ):
            return candidate
    first = values[0]
    if all(_same(value, first) for value in values):
        return expr.literal(plain(first))
    return _affine(values, labels, cases)


def _candidates(labels: Sequence[Expr | None], cases: Sequence[Case]) -> list[Expr]:
    found: dict[Expr, None] = {}
    tried: dict[Expr, int] = {}
    for label, case in zip(labels, cases, strict=True):
        if label is None or tried.get(label, 0) >= 3:
            continue
        tried[label] = tried.get(label, 0) + 1
        symbolic = expr.simplify(expr.substitute(label, dict(case.fixed)))
        concrete = expr.simplify(expr.substitute(symbolic, dict(case.loops))) if case.loops else symbolic
        found[concrete] = None
        found[symbolic] = None
        if len(found) > 8:
            break
    return list(found)


def _indexes_literal(formula: Expr) -> bool:
    """Whether a formula picks from a list that is written out in it: nobody would write that."""
    if isinstance(formula, expr.Index) and isinstance(formula.obj, expr.ListExpr):
        return True
    return any(_indexes_literal(child) for child in expr.children(formula))


def _gives(formula: Expr, case: Case, value: object) -> bool:
    try:
        return _same(expr.evaluate(formula, case.env), value)
    except ExprError:
        return False


def _same(left: object, right: object) -> bool:
    left, right = plain(left), plain(right)
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _affine(values: Sequence[object], labels: Sequence[Expr | None], cases: Sequence[Case]) -> Expr | None:
    """A formula linear in the loop variable through the first two rounds, if it serves all others too."""
    if len({tuple(case.loops.items()) for case in cases}) < 3:
        return None  # through two points there is always a line
    first = cases[0]
    second = next((case for case in cases if case.instance == first.instance and case.loops != first.loops), None)
    if second is None or not first.loops:
        return None
    at = cases.index(second)
    changed = [name for name in first.loops if first.loops[name] != second.loops[name]]
    if len(changed) != 1 or not all(isinstance(plain(v), int) for v in (values[0], values[at])):
        return None
    variable, start = expr.Name(changed[0]), cast("int", first.loops[changed[0]])
    begin, after = _formula(values[0], labels[0], first), _formula(values[at], labels[at], second)
    slope = expr.simplify(expr.binary("-", after, begin))
    rounds = expr.binary("-", variable, expr.number(start)) if start else variable
    candidate = expr.simplify(expr.binary("+", begin, expr.simplify(expr.binary("*", rounds, slope))))
    good = all(_gives(candidate, case, value) for value, case in zip(values, cases, strict=True))
    return candidate if good else None


def _formula(value: object, label: Expr | None, case: Case) -> Expr:
    if label is None:
        return expr.number(cast("int", plain(value)))
    return expr.simplify(expr.substitute(label, {**case.fixed, **case.loops}))


def parts(label: Label | None, value: tuple[object, ...]) -> tuple[Label | None, ...]:
    """The labels of a tuple's items."""
    if isinstance(label, tuple):
        return label
    return (None,) * len(value)
