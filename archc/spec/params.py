"""Reading the declarations of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from archc import codes
from archc.diagnostics import Route, Where
from archc.expr import UNKNOWN
from archc.spec.arguments import FAULTY, Param
from archc.spec.context import Context
from archc.spec.data import is_list, is_mapping, quote
from archc.spec.values import SCALARS, check_value, fits, frozen
from archc.suggest import hint, known, renaming

TYPES = (*SCALARS, "enum", "block", "table", *(f"list[{t}]" for t in SCALARS))


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
    """The declarations under `params`; what is faulty is there too, as a parameter that takes anything."""
    return tuple(
        _read_param(ctx, name, declared, (*route, name)) or _faulty(name, ctx.where((*route, name)))
        for name, declared in ctx.mapping(value, "`params`", route).items()
    )


def _faulty(name: str, where: Where) -> Param:
    return Param(name, FAULTY, where, required=False, default=UNKNOWN)


def _read_param(ctx: Context, name: str, value: object, route: Route) -> Param | None:
    """One declaration: a type, a plain default, or the long form."""
    where = ctx.where(route, on_key=True)
    if not ctx.check_name(name, where, "parameter"):
        return None
    if isinstance(value, str) and value in TYPES:
        value = {"type": value}
    if is_mapping(value):
        model = ctx.validate(ParamModel, value, route, f"parameter `{name}`")
        return None if model is None else _from_model(ctx, name, model, route)
    guessed = _type_of(value)
    if guessed is None:
        message, help = f"cannot tell the type of parameter `{name}`", "give a type, as in `{type: int}`"
        ctx.report(codes.BAD_PARAM, message, ctx.where(route), help)
        return None
    return Param(name, guessed, where, required=False, default=frozen(value))


def _type_of(value: object) -> str | None:
    """The type that a plain default tells."""
    if not is_list(value):
        return next((t for t in ("bool", "int", "float", "str") if fits(t, value)), None)
    types = {_type_of(item) for item in value}
    if types == {"int", "float"}:
        return "list[float]"
    only = types.pop() if len(types) == 1 else None
    return f"list[{only}]" if only in SCALARS else None


def _from_model(ctx: Context, name: str, model: ParamModel, route: Route) -> Param | None:
    if not _complete(ctx, name, model, route) or not _columns_fit(ctx, model.columns or {}, (*route, "columns")):
        return _of_no_type(ctx, name, model, route)
    param = Param(
        name,
        model.type,
        ctx.where(route, on_key=True),
        required="default" not in model.model_fields_set,
        minimum=model.min,
        maximum=model.max,
        choices=tuple(model.choices or ()),
        length=model.length,
        columns=tuple((model.columns or {}).items()),
        doc=model.doc,
    )
    if param.required:
        return param
    default = check_value(ctx, param, model.default, ctx.where((*route, "default")))
    return replace(param, default=default)


def _of_no_type(ctx: Context, name: str, model: ParamModel, route: Route) -> Param:
    """A parameter whose type is faulty: it takes anything, and its default is as it stands."""
    there = "default" in model.model_fields_set and _type_of(model.default) is not None
    default, choices = frozen(model.default) if there else UNKNOWN, tuple(model.choices or ())
    return Param(name, FAULTY, ctx.where(route, on_key=True), required=False, default=default, choices=choices)


def _complete(ctx: Context, name: str, model: ParamModel, route: Route) -> bool:
    """Whether a declaration's type is one that there is, with all that this type needs; reports it where not."""
    if model.type not in TYPES:
        message = f"unknown type {quote(model.type)} of parameter `{name}`"
        at = ctx.where((*route, "type"))
        ctx.report(codes.BAD_PARAM, message, at, hint(model.type, "types", TYPES), renaming(model.type, TYPES, at))
        return False
    needs = {"enum": "choices", "block": "choices", "table": "columns"}.get(model.type)
    if needs is not None and not getattr(model, needs):
        message = f"parameter `{name}` of type `{model.type}` needs `{needs}`"
        ctx.report(codes.BAD_PARAM, message, ctx.where(route))
        return False
    return True


def _columns_fit(ctx: Context, columns: Mapping[str, str], route: Route) -> bool:
    for column, type_ in columns.items():
        at = ctx.where((*route, column))
        if not ctx.check_name(column, at, "column"):
            return False
        if type_ not in SCALARS:
            message = f"unknown type {quote(type_)} of column `{column}`"
            ctx.report(codes.BAD_PARAM, message, at, known("types", SCALARS), renaming(type_, SCALARS, at))
            return False
    return True
