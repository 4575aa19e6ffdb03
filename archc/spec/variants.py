"""Reading `variants` and `check`: the parameter sets that a spec names, and the cases it says must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from archc import codes
from archc.diagnostics import Route
from archc.expr import UNKNOWN
from archc.spec.context import Context
from archc.spec.data import is_list, is_mapping, quote
from archc.spec.model import Check, Variant
from archc.spec.values import check_value
from archc.suggest import hint


def read_variants(ctx: Context, value: object) -> tuple[Variant, ...]:
    """The named parameter sets."""
    if value is None:
        return ()
    if not is_mapping(value) or not value:
        ctx.report(codes.WRONG_TYPE, "`variants` is a mapping of names to parameters", ctx.where(("variants",)))
        return ()
    found: list[Variant] = []
    for name, raw in value.items():
        where = ctx.where(("variants", name), on_key=True)
        if ctx.check_name(name, where, "variant"):
            given: object = {} if raw is None else raw
            found.append(Variant(name, _read_settings(ctx, given, where.route, f"variant `{name}`"), where))
    return tuple(found)


def _read_settings(ctx: Context, value: object, route: Route, what: str) -> Mapping[str, object]:
    """Values for declared parameters, each held to its declaration."""
    if not is_mapping(value):
        ctx.report_type(f"{what} is a mapping of parameters", value, ctx.where(route))
        return {}
    values: dict[str, object] = {}
    for name, raw in value.items():
        param = ctx.params.get(name)
        if param is None:
            message, where = f"{what} sets `{name}`, which is no parameter", ctx.where((*route, name), on_key=True)
            ctx.report(codes.UNKNOWN_PARAM, message, where, hint(name, "parameters", ctx.params))
            continue
        checked = check_value(ctx, param, raw, ctx.where((*route, name)))
        if checked is not UNKNOWN:
            values[name] = checked
    return values


class CheckModel(BaseModel):
    """One check case."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    variant: str | None = None
    set: dict[str, Any] = Field(default_factory=dict)
    sizes: dict[str, int] = Field(default_factory=dict)
    params: int | None = None
    macs: int | None = None
    shapes: dict[str, list[Any]] = Field(default_factory=dict)
    doc: str = ""


def read_checks(ctx: Context, value: object, variants: Sequence[str]) -> tuple[Check, ...]:
    """The cases under `check`; `variants` are the names that the spec declares."""
    if value is None:
        return ()
    if not is_list(value):
        ctx.report_type("`check` is a list of cases", value, ctx.where(("check",)))
        return ()
    found = [_read_check(ctx, raw, ("check", at), variants) for at, raw in enumerate(value)]
    return tuple(check for check in found if check is not None)


def _read_check(ctx: Context, raw: object, route: Route, variants: Sequence[str]) -> Check | None:
    model = ctx.validate(CheckModel, raw, route, "a check case")
    if model is None:
        return None
    values = _read_settings(ctx, model.set, (*route, "set"), "a check case")
    if model.variant is not None and model.variant not in variants:
        message, help = (
            f"there is no variant {quote(model.variant)}",
            hint(model.variant, "variants", variants, "it has none"),
        )
        ctx.report(codes.UNKNOWN_VARIANT, message, ctx.where((*route, "variant")), help)
    for name in model.sizes:
        if name not in ctx.symbols:
            message, where = (
                f"no input has a size called {quote(name)}",
                ctx.where((*route, "sizes", name), on_key=True),
            )
            help = hint(name, "sizes", ctx.symbols, "its input sizes are all fixed")
            ctx.report(codes.UNKNOWN_SIZE, message, where, help)
    shapes = tuple((name, tuple(shape)) for name, shape in model.shapes.items())
    return Check(ctx.where(route), model.variant, values, model.sizes, model.params, model.macs, shapes, model.doc)
