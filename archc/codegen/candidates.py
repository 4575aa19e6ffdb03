"""Values worth trying for a parameter, within its limits and beyond them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, cast

from archc import expr
from archc.spec.arguments import Param

PRIMES = (5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71)


def usual_value(param: Param, prime: int) -> object:
    """A value for a parameter without a default."""
    if param.choices:
        return param.choices[0]
    if param.item_type:
        return tuple(usual_value(replace(param, type=param.item_type), prime + at) for at in range(param.length or 2))
    if param.type == "table":
        return (expr.Record({name: usual_value(replace(param, type=type_), prime) for name, type_ in param.columns}),)
    usual: dict[str, object] = {"int": max(prime, int(param.minimum or 0)), "float": 0.25, "bool": False}
    return usual.get(param.type, "x")


def beyond(param: Param, value: object) -> Iterator[object]:
    """Values that a parameter may not have."""
    limits = [limit + step for limit, step in ((param.minimum, -1), (param.maximum, 1)) if limit is not None]
    wholes = [choice for choice in param.choices if isinstance(choice, int)] if param.type == "int" else []
    limits += [2 * max(wholes) + 1] if wholes else []
    if param.item_type and isinstance(value, tuple):
        items = cast("tuple[object, ...]", value)
        yield from ((limit, *items[1:]) for limit in limits)
        yield from (items[:-1], (*items, *items[-1:]), ())
        return
    yield from limits


def too_small(param: Param, value: Any) -> Iterator[object]:
    """Values that no declaration forbids, but what a parameter is used for may."""
    if isinstance(value, tuple) and value and param.item_type:
        items = cast("tuple[object, ...]", value)
        for each in too_small(replace(param, type=param.item_type), items[0]):
            yield from ((each, *items[1:]), (*items[:-1], each))
    elif isinstance(value, tuple) and value:
        rows = cast("tuple[Mapping[str, object], ...]", value)
        for at, (name, kind) in product({0, len(rows) - 1}, param.columns):
            for each in too_small(replace(param, type=kind), rows[at][name]):
                yield (*rows[:at], expr.Record({**rows[at], name: each}), *rows[at + 1 :])
    else:
        yield from {"int": (0, -1), "float": (-0.5, 1.5)}.get(param.type, ())


def other_values(param: Param, value: Any, wholes: Sequence[object]) -> Sequence[object]:
    """Other values worth trying for a parameter."""
    if param.choices:
        return param.choices
    match value:
        case bool():
            return (not value,)
        case int():
            larger = next(prime for prime in (*PRIMES, value + 2) if prime > value)
            limits = [int(limit) for limit in (param.minimum, param.maximum) if limit is not None]
            return (value + 1, *limits, *(whole for whole in dict.fromkeys(wholes) if whole), larger, 1)
        case float():
            return (0.0, 0.25, value / 2, 1.5)
        case tuple() if param.item_type:
            items = cast("tuple[Any, ...]", value)
            raised = (tuple(v + (n == at) for n, v in enumerate(items)) for at in range(len(items)))
            lengths = () if param.length else (items[:-1], (*items, *items[-1:]))
            return (*(raised if param.item_type in {"int", "float"} else ()), *lengths)
        case tuple():
            rows = cast("tuple[Mapping[str, object], ...]", value)
            return (rows[:1], rows[-1:], rows[:2])
        case _:
            return ()
