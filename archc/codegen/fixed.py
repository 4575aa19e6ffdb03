"""Parameters that are no arguments of a class, as what it is depends on them; and what is known of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce

from archc import expr
from archc.codegen import ir, symbolic
from archc.codegen.binding import Env, bind, type_of
from archc.codegen.facts import Facts
from archc.codegen.sites import UntranslatableError
from archc.dims import BATCH, Dim
from archc.expr import Compare, Expr, Func, Name, Number
from archc.expr.nodes import CompareOp
from archc.spec.arguments import Formula, Param
from archc.spec.values import coerce
from archc.tensor import TensorType


def declared(
    env: Env, facts: Facts, params: Sequence[Param], kind: str, fixed: Mapping[str, object]
) -> tuple[Env, Facts]:
    """What formulas see of parameters, those aside that are `fixed`, and what their declarations say."""
    symbols = {param.name: f"{kind}:{param.name}" for param in params}
    lengths = {symbols[param.name]: param.length for param in params if param.length is not None}
    env = replace(
        env,
        values={**env.values, **{name: Name(symbol) for name, symbol in symbols.items()}},
        types={**env.types, **{symbols[param.name]: _type_name(param) for param in params}},
        lengths={**env.lengths, **lengths},
        known={**env.known, **{symbols[name]: value for name, value in fixed.items()}},
    )
    return env, reduce(lambda found, param: _bounded(found, param, symbols[param.name]), params, facts)


def with_lets(env: Env, facts: Facts, lets: Sequence[tuple[str, Formula]], kind: str) -> tuple[Env, Facts]:
    """What formulas see of lets, and what these stand for."""
    for name, formula in lets:
        symbol, value = f"{kind}:{name}", bind(formula.expr, env)
        known = {} if expr.names(value) else {symbol: expr.evaluate(value, {})}
        facts = facts.with_let(symbol, value)
        env = replace(
            env,
            values={**env.values, name: Name(symbol)},
            types={**env.types, symbol: type_of(value, env.types)},
            known={**env.known, **known},
        )
    return env, facts


def _type_name(param: Param) -> str:
    """The type of a parameter as formulas see it."""
    if param.type == "table":
        return f"table({','.join(f'{name}:{kind}' for name, kind in param.columns)})"
    return "str" if param.type == "enum" else param.type


def fixed_value(param: Param, given: Expr | ir.Text | None, env: Env) -> object:
    """The value of a parameter that is no argument. Raises `UntranslatableError`."""
    if given is None:
        return param.default
    if isinstance(given, Name) and given.id in env.known:
        return env.known[given.id]
    if isinstance(given, tuple) or expr.names(given):
        formulas = [each for each in given if not isinstance(each, str)] if isinstance(given, tuple) else [given]
        raise UntranslatableError(f"`{param.name}`, which it gives, is fixed", *formulas)
    return coerce(param, expr.evaluate(given, {}))


def numbers_in(type_: TensorType, facts: Facts) -> TensorType:
    """A type whose sizes are all known. Raises `UntranslatableError`."""

    def number(size: Dim) -> Dim:
        if size is BATCH or isinstance(size, int):
            return size
        found = facts.canonical(symbolic.formula(size))
        if not isinstance(found, Number):
            raise UntranslatableError("a size that it gives is fixed", found)
        return symbolic.size(found)

    return type_.with_shape(*map(number, type_.shape))


def _bounded(facts: Facts, param: Param, symbol: str) -> Facts:
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
