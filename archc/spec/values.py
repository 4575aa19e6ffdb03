"""Holding values to declared parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from archc import codes
from archc.diagnostics import Fix, Where
from archc.expr import UNKNOWN, Record
from archc.spec.arguments import FAULTY, Param
from archc.spec.context import Context
from archc.spec.data import is_list, is_mapping, is_number, is_sequence, is_whole, kind, quote
from archc.spec.retyped import retyped
from archc.suggest import renaming, suggest

MAX_MAGNITUDE = 2**62
SCALARS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text"}
"""The types of single values, and what messages call a value of each."""


def check_value(ctx: Context, param: Param, value: object, where: Where) -> object:
    """`value` as the parameter takes it (lists become tuples, rows become records); UNKNOWN, with a finding, if not."""
    problem = problem_with(param, value)
    if not problem:
        return coerce(param, value)
    ctx.report(codes.BAD_PARAM, f"parameter `{param.name}` {problem}", where, *amended(param, value, where))
    return UNKNOWN


def amended(param: Param, value: object, where: Where) -> tuple[str, tuple[Fix, ...]]:
    """The help and the fixes for a value that does not fit, where it is written."""
    if isinstance(value, str) and param.choices:
        choices = [str(choice) for choice in param.choices]
        return suggest(value, choices), renaming(value, choices, where)
    fixes = retyped(value, param.type, where)
    return next((fix.title for fix in fixes), ""), fixes


def coerce(param: Param, value: object) -> object:
    """A value that fits, in the form that expressions work on."""
    if param.type == FAULTY:
        return frozen(value) if value in param.choices or _is_alike(value, param.default) else UNKNOWN
    if param.type == "table" and is_sequence(value):
        return tuple(_row(param, row) for row in value)
    if param.type == "float" and is_whole(value):
        return float(value)
    if param.type == "list[float]" and is_sequence(value):
        return tuple(float(item) for item in value if is_number(item))
    return frozen(value)


def _is_alike(value: object, other: object) -> bool:
    """Whether two plain numbers or booleans are of one type, which tells that of a parameter."""
    return other is not UNKNOWN and any(fits(type_, value) and fits(type_, other) for type_ in ("bool", "int", "float"))


def frozen(value: object) -> object:
    """A value with tuples for its lists."""
    return tuple(frozen(item) for item in value) if is_sequence(value) else value


def _row(param: Param, row: object) -> object:
    if isinstance(row, Record):
        return row
    names = [name for name, _ in param.columns]
    return Record({name: frozen(cell) for name, cell in zip(names, _cells(row, names), strict=True)})


def _cells(row: object, names: Iterable[str]) -> tuple[object, ...]:
    """A row's values in the order of the columns; empty for what is no row."""
    if is_mapping(row):
        return tuple(row.get(name) for name in names)
    return tuple(row) if is_sequence(row) else ()


def problem_with(param: Param, value: object) -> str:
    """What is wrong with a value, starting with a verb; empty where it fits."""
    if param.type == FAULTY:
        return ""
    if param.type == "table":
        return _each(param, value, "rows", "must be a list of rows", _row_problem)
    if param.item_type:
        return _each(param, value, "entries", "must be a list", _item_problem)
    if not param.is_choice and not fits(param.type, value):
        shown = kind(value) if is_list(value) or is_mapping(value) else quote(value)
        return f"must be {SCALARS[param.type]}, not {shown}"
    if (param.is_choice or param.choices) and value not in param.choices:
        return f"must be one of {', '.join(map(str, param.choices))}, not {quote(value)}"
    return "" if param.is_choice else _range_problem(param, value)


def _range_problem(param: Param, value: object) -> str:
    if not is_number(value):
        return ""
    if value != value:
        return "must be a number, not nan"
    if isinstance(value, int) and abs(value) > MAX_MAGNITUDE:
        return "must be under 2**62 in magnitude"
    if param.minimum is not None and value < param.minimum:
        return f"must be at least {param.minimum:g}, not {value}"
    if param.maximum is not None and value > param.maximum:
        return f"must be at most {param.maximum:g}, not {value}"
    return ""


def _each(param: Param, value: object, items: str, wanted: str, problem: Callable[[Param, int, object], str]) -> str:
    """What is wrong with a list: its kind, its length, or the first of its items that has a problem."""
    if not is_sequence(value):
        return f"{wanted}, not {quote(value)}"
    if param.length is not None and len(value) != param.length:
        return f"must have {param.length} {items}, not {len(value)}"
    return next((found for at, item in enumerate(value) if (found := problem(param, at, item))), "")


def _item_problem(param: Param, at: int, item: object) -> str:
    if not fits(param.item_type, item):
        return f"must hold {SCALARS[param.item_type]} at [{at}], not {quote(item)}"
    problem = _range_problem(param, item)
    return f"[{at}] {problem}" if problem else ""


def _row_problem(param: Param, at: int, row: object) -> str:
    if isinstance(row, Record):
        return ""
    names = [name for name, _ in param.columns]
    cells = _cells(row, names)
    if len(cells) != len(names):
        return f"row {at} must have the {len(names)} columns {', '.join(names)}"
    if is_mapping(row) and set(row) - set(names):
        return f"row {at} has a column that is not declared"
    for (name, type_), cell in zip(param.columns, cells, strict=True):
        if not fits(type_, cell):
            return f"row {at} must have {SCALARS[type_]} as `{name}`, not {quote(cell)}"
    return ""


def fits(type_: str, value: object) -> bool:
    """Whether a value is of a scalar type; an int is a float too, a bool is neither."""
    match type_:
        case "bool":
            return isinstance(value, bool)
        case "int":
            return is_whole(value)
        case "float":
            return is_number(value)
        case _:
            return isinstance(value, str)
