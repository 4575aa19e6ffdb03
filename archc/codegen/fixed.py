"""Parameters that are no arguments of a class, as what it is depends on them; and what is known of the others."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import cast

from archc import expr
from archc.codegen import ir, symbolic
from archc.codegen.binding import Env
from archc.codegen.facts import Facts
from archc.codegen.sites import UntranslatableError
from archc.dims import BATCH, Dim
from archc.expr import Compare, Expr, Func, Name, Number
from archc.expr.nodes import CompareOp
from archc.spec.arguments import Param
from archc.tensor import TensorType


def type_name(param: Param) -> str:
    """The type of a parameter as formulas see it."""
    if param.type == "table":
        return f"table({','.join(f'{name}:{kind}' for name, kind in param.columns)})"
    return "str" if param.type == "enum" else param.type


def known_value(symbol: str, found: Expr) -> dict[str, object]:
    """What a let is, where that is known."""
    return {} if expr.names(found) else {symbol: expr.evaluate(found, {})}


def fixed_value(param: Param, given: Expr | ir.Text | None, env: Env) -> object:
    """The value of a parameter that is no argument. Raises `UntranslatableError`."""
    if given is None:
        return param.default
    if isinstance(given, Name) and given.id in env.known:
        return env.known[given.id]
    if isinstance(given, tuple) or expr.names(given):
        formulas = [each for each in given if not isinstance(each, str)] if isinstance(given, tuple) else [given]
        raise UntranslatableError(f"`{param.name}`, which it gives, is fixed", *formulas)
    value = expr.evaluate(given, {})
    if param.type != "table" or not isinstance(value, tuple):
        return value
    columns = [name for name, _ in param.columns]
    return tuple(
        expr.Record(dict(zip(columns, cast("tuple[object, ...]", row), strict=True)))
        for row in cast("tuple[object, ...]", value)
    )


def numbers_in(type_: TensorType, facts: Facts) -> TensorType:
    """A type whose sizes are all known. Raises `UntranslatableError`."""
    shape: list[Dim] = []
    for size in type_.shape:
        if size is BATCH or isinstance(size, int):
            shape.append(size)
            continue
        found = facts.canonical(symbolic.formula(size))
        if not isinstance(found, Number):
            raise UntranslatableError("a size that it gives is fixed", found)
        shape.append(symbolic.size(found))
    return TensorType(tuple(shape), type_.dtype)


def bounded(facts: Facts, param: Param, symbol: str) -> Facts:
    """What a declaration says of a parameter."""
    if param.choices:
        facts = replace(facts, choices={**facts.choices, symbol: param.choices})
    if param.length is not None:
        length = Func("len", (Name(symbol),))
        facts = replace(
            facts, floors={**facts.floors, length: param.length}, ceilings={**facts.ceilings, length: param.length}
        )
    if param.type == "list[int]" and param.minimum is not None:
        return replace(facts, entries={**facts.entries, symbol: int(param.minimum)})
    if param.type not in ("int", "float"):
        return facts
    if param.type == "int" and param.minimum is not None and param.minimum >= 1:
        facts = facts.with_sizes(symbol)
    limits: dict[CompareOp, float | None] = {">=": param.minimum, "<=": param.maximum}
    kind = int if param.type == "int" else float
    found = [Compare(op, Name(symbol), Number(kind(limit))) for op, limit in limits.items() if limit is not None]
    return reduce(Facts.assuming, found, facts)
