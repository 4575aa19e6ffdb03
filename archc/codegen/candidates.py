"""Values worth trying for a parameter, within its limits and beyond them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, cast

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


ENTRIES = 8
"""How many entries of a list are tried one by one."""


class Axis(NamedTuple):
    """A number in the value of a parameter, and the value with another one in its place."""

    number: float
    put: Callable[[float], object]
    is_length: bool = False


def axes(param: Param | None, value: Any) -> Iterator[Axis]:
    """The numbers that a value has: itself, the length of a list, and those in its entries."""
    if param is not None and param.choices:
        return
    if type(value) in (int, float):
        yield Axis(value, _itself)
    elif isinstance(value, tuple) and value:
        entries = cast("tuple[Any, ...]", value)
        yield Axis(len(entries), partial(_of_length, entries), is_length=True)
        for at in {*range(min(len(entries), ENTRIES)), len(entries) - 1}:
            yield from (axis._replace(put=partial(_with_entry, entries, at, axis)) for axis in _in_entry(entries[at]))


def _in_entry(entry: Any) -> Iterator[Axis]:
    if not isinstance(entry, expr.Record):
        yield from axes(None, entry)
        return
    row = cast("Mapping[str, object]", entry)
    for name, cell in row.items():
        yield from (axis._replace(put=partial(_with_cell, row, name)) for axis in axes(None, cell))


def _itself(number: float) -> object:
    return number


def _of_length(entries: tuple[Any, ...], length: float) -> object:
    return (*entries, *entries[-1:] * int(length))[: int(length)]


def _with_entry(entries: tuple[Any, ...], at: int, axis: Axis, number: float) -> object:
    return (*entries[:at], axis.put(number), *entries[at + 1 :])


def _with_cell(row: Mapping[str, object], name: str, cell: object) -> object:
    return expr.Record({**row, name: cell})


def near_limits(param: Param | None) -> Iterator[float]:
    """Fractions at, below and above what may be limits of one."""
    declared = (param.minimum, param.maximum) if param is not None else ()
    limits = sorted({0.0, 1.0, *(float(limit) for limit in declared if limit is not None)})
    yield from (limit + step for limit in limits for step in (-0.001, 0.0, 0.001))


def odd_values(param: Param | None, value: Any) -> Iterator[object]:
    """Values that few have in mind: none that may be chosen, lists of next to nothing, rows of unknown words."""
    if param is not None and param.choices:
        wholes = [choice for choice in param.choices if isinstance(choice, int)]
        yield 2 * max(wholes) + 1 if param.type == "int" else "nothing of these"
    elif isinstance(value, tuple) and value:
        entries = cast("tuple[Any, ...]", value)
        yield ()
        if type(entries[0]) is int:
            zeros = (0,) * len(entries)
            yield from (zeros, (1, *zeros[1:]), (*zeros[1:], 1))
        elif isinstance(entries[0], expr.Record):
            row = cast("Mapping[str, object]", entries[0])
            words = [name for name, cell in row.items() if isinstance(cell, str)]
            yield from ((expr.Record({**row, name: "nothing"}), *entries[1:]) for name in words)


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
