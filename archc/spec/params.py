"""Declared parameters: reading their declarations, and holding values to them."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict

from archc import codes
from archc.diagnostics import Route, Where, suggest
from archc.expr import UNKNOWN, Record
from archc.spec.context import Context, kind, known, quote
from archc.spec.model import Param

SCALARS = ("int", "float", "bool", "str")
TYPES = (*SCALARS, "enum", "block", "table", *(f"list[{t}]" for t in SCALARS))
FAULTY = "faulty"
MAX_MAGNITUDE = 2**62


class ParamModel(BaseModel):
    """The long form of a declaration."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    type: str
    default: Any = None
    min: float | None = None
    max: float | None = None
    choices: list[Any] | None = None
    length: int | None = None
    columns: dict[str, str] | None = None
    doc: str = ""


def read_params(ctx: Context, value: object, route: Route) -> tuple[Param, ...]:
    """The declarations under `params`."""
    if value is None:
        return ()
    if not isinstance(value, dict):
        ctx.report(codes.WRONG_TYPE, f"`params` must be a mapping, not {kind(value)}", ctx.where(route))
        return ()
    return tuple(
        read_param(ctx, name, declared, (*route, name)) or faulty(name, ctx.where((*route, name)))
        for name, declared in value.items()
    )


def faulty(name: str, where: Where) -> Param:
    """A parameter whose declaration is faulty: it takes anything, and nothing is known of its value."""
    return Param(name, FAULTY, where, required=False, default=UNKNOWN)


def read_param(ctx: Context, name: str, value: object, route: Route) -> Param | None:
    """One declaration: a type, a plain default, or the long form."""
    where = ctx.where(route, on_key=True)
    if not check_name(ctx, name, where, "parameter"):
        return None
    if isinstance(value, str) and value in TYPES:
        value = {"type": value}
    if not isinstance(value, dict):
        guessed = _type_of(value)
        if guessed is None:
            ctx.report(codes.BAD_PARAM, f"cannot tell the type of parameter `{name}`", ctx.where(route), "give a type, as in `{type: int}`")
            return None
        return Param(name, guessed, where, required=False, default=_frozen(value))
    model = ctx.validate(ParamModel, value, route, f"parameter `{name}`")
    if model is None:
        return None
    return _from_model(ctx, name, model, value, route)


def _from_model(ctx: Context, name: str, model: ParamModel, raw: dict[str, Any], route: Route) -> Param | None:
    if model.type not in TYPES:
        help = suggest(model.type, TYPES) or known("types", TYPES)
        ctx.report(codes.BAD_PARAM, f"unknown type {quote(model.type)} of parameter `{name}`", ctx.where((*route, "type")), help)
        return None
    if model.type in {"enum", "block"} and not model.choices:
        ctx.report(codes.BAD_PARAM, f"parameter `{name}` of type `{model.type}` needs `choices`", ctx.where(route))
        return None
    if model.type == "table" and not model.columns:
        ctx.report(codes.BAD_PARAM, f"parameter `{name}` of type `table` needs `columns`", ctx.where(route))
        return None
    columns = tuple((model.columns or {}).items())
    for column, type_ in columns:
        at = ctx.where((*route, "columns", column))
        if not check_name(ctx, column, at, "column"):
            return None
        if type_ not in SCALARS:
            ctx.report(codes.BAD_PARAM, f"unknown type {quote(type_)} of column `{column}`", at, known("types", SCALARS))
            return None
    param = Param(
        name, model.type, ctx.where(route, on_key=True), required="default" not in raw, minimum=model.min,
        maximum=model.max, choices=tuple(model.choices or ()), length=model.length, columns=columns, doc=model.doc,
    )  # fmt: skip
    if param.required:
        return param
    default = check_value(ctx, param, model.default, ctx.where((*route, "default")))
    return None if default is UNKNOWN else _with_default(param, default)


def _with_default(param: Param, default: object) -> Param:
    from dataclasses import replace

    return replace(param, default=default)


def check_value(ctx: Context, param: Param, value: object, where: Where) -> object:
    """`value` as the parameter takes it (lists become tuples, rows become records); UNKNOWN, with a finding, if not."""
    problem = _problem(param, value)
    if problem:
        ctx.report(codes.BAD_PARAM, f"parameter `{param.name}` {problem}", where, _value_help(param, value))
        return UNKNOWN
    return coerce(param, value)


def coerce(param: Param, value: object) -> object:
    """A value that fits, in the form that expressions work on."""
    if param.type == FAULTY:
        return UNKNOWN
    if param.type == "table" and isinstance(value, (list, tuple)):
        return tuple(_row(param, row) for row in value)
    if param.type == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if param.type == "list[float]" and isinstance(value, (list, tuple)):
        return tuple(float(item) for item in value)
    return _frozen(value)


def problem_with(param: Param, value: object) -> str:
    """What is wrong with a value, starting with a verb; empty where it fits."""
    return _problem(param, value)


def _problem(param: Param, value: object) -> str:
    if param.type == FAULTY:
        return ""
    if param.type.startswith("list["):
        return _list_problem(param, value)
    if param.type == "table":
        return _table_problem(param, value)
    if param.type in {"enum", "block"}:
        return "" if value in param.choices else f"must be one of {', '.join(map(str, param.choices))}, not {quote(value)}"
    if not fits(param.type, value):
        return f"must be {_article(param.type)}, not {quote(value)}" if not isinstance(value, (list, dict)) else f"must be {_article(param.type)}, not {kind(value)}"
    if param.choices and value not in param.choices:
        return f"must be one of {', '.join(map(str, param.choices))}, not {quote(value)}"
    return _range_problem(param, value)


def _range_problem(param: Param, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    if isinstance(value, int) and abs(value) > MAX_MAGNITUDE:
        return "must be under 2**62 in magnitude"
    if param.minimum is not None and value < param.minimum:
        return f"must be at least {param.minimum:g}, not {value}"
    if param.maximum is not None and value > param.maximum:
        return f"must be at most {param.maximum:g}, not {value}"
    return ""


def _list_problem(param: Param, value: object) -> str:
    if not isinstance(value, (list, tuple)):
        return f"must be a list, not {quote(value)}"
    if param.length is not None and len(value) != param.length:
        return f"must have {param.length} entries, not {len(value)}"
    item = param.type[5:-1]
    for at, entry in enumerate(value):
        if not fits(item, entry):
            return f"must hold {_article(item)} at [{at}], not {quote(entry)}"
        problem = _range_problem(param, entry)
        if problem:
            return f"[{at}] {problem}"
    return ""


def _table_problem(param: Param, value: object) -> str:
    if not isinstance(value, (list, tuple)):
        return f"must be a list of rows, not {quote(value)}"
    if param.length is not None and len(value) != param.length:
        return f"must have {param.length} rows, not {len(value)}"
    for at, row in enumerate(value):
        if isinstance(row, Record):
            continue
        cells = [row.get(name) for name, _ in param.columns] if isinstance(row, dict) else row
        if not isinstance(cells, (list, tuple)) or len(cells) != len(param.columns):
            return f"row {at} must have the {len(param.columns)} columns {', '.join(n for n, _ in param.columns)}"
        if isinstance(row, dict) and set(row) - {name for name, _ in param.columns}:
            return f"row {at} has a column that is not declared"
        for (name, type_), cell in zip(param.columns, cells, strict=True):
            if not fits(type_, cell):
                return f"row {at} must have {_article(type_)} as `{name}`, not {quote(cell)}"
    return ""


def fits(type_: str, value: object) -> bool:
    """Whether a value is of a scalar type; an int is a float too, a bool is neither."""
    if type_ == "bool":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if type_ == "int":
        return isinstance(value, int)
    if type_ == "float":
        return isinstance(value, (int, float))
    return isinstance(value, str)


def check_name(ctx: Context, name: str, where: Where, what: str) -> bool:
    """Report a name that is not an identifier, or that a Python file could not use."""
    from archc.naming import problem_with_name

    problem = problem_with_name(name)
    if problem:
        ctx.report(codes.BAD_NAME, f"{what} name {quote(name)} {problem}", where, "use letters, digits and _, as in Python")
    return not problem


def _row(param: Param, row: object) -> object:
    if isinstance(row, Record):
        return row
    names = [name for name, _ in param.columns]
    cells = [row[name] for name in names] if isinstance(row, dict) else row
    return Record({n: _frozen(c) for n, c in zip(names, cells, strict=True)})  # type: ignore[arg-type]


def _frozen(value: object) -> object:
    return tuple(_frozen(item) for item in value) if isinstance(value, (list, tuple)) else value


def _type_of(value: object) -> str | None:
    if isinstance(value, list) and value:
        types = {_type_of(item) for item in value}
        if types == {"int", "float"}:
            return "list[float]"
        only = types.pop() if len(types) == 1 else None
        return f"list[{only}]" if only in SCALARS else None
    return next((t for t in ("bool", "int", "float", "str") if fits(t, value)), None)


def _article(type_: str) -> str:
    return {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text"}[type_]


def _value_help(param: Param, value: object) -> str:
    return suggest(value, [str(c) for c in param.choices]) if isinstance(value, str) and param.choices else ""


def parse_assignment(text: str) -> tuple[str, str] | None:
    """`name=value` as given to `--set` and `--size`."""
    match = re.fullmatch(r"([^=]+)=(.*)", text, re.DOTALL)
    return (match[1].strip(), match[2].strip()) if match else None
