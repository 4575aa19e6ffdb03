"""Reading `check`: the cases that a spec says must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from archc import codes
from archc.diagnostics import Route
from archc.spec.arguments import Arg, Const
from archc.spec.context import Context
from archc.spec.data import is_list, is_mapping, is_whole, kind, quote
from archc.spec.model import Budget, Check
from archc.spec.variants import read_settings
from archc.suggest import hint, renaming

CASE = "a check case"
MEMORY = ("inference_memory", "training_memory")
"""Bytes that activations take at most, for a batch of `batch`."""
AMOUNTS = ("params", "macs", *MEMORY)
"""What a case says in numbers."""


class CheckModel(BaseModel):
    """One check case."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    variant: str | None = None
    set: dict[str, Any] = Field(default_factory=dict)
    sizes: dict[str, int] = Field(default_factory=dict)
    batch: int = Field(1, ge=1)
    params: Any = None
    macs: Any = None
    inference_memory: Any = None
    training_memory: Any = None
    shapes: dict[str, list[Any]] = Field(default_factory=dict)
    doc: str = ""


class BudgetModel(BaseModel):
    """What a number may not exceed. A float, so that it can be written `26e6`."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    max: float = Field(ge=0, allow_inf_nan=False)


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
    model = ctx.validate(CheckModel, raw, route, CASE)
    if model is None:
        return None
    values = read_settings(ctx, model.set, (*route, "set"), CASE)
    _check_variant(ctx, model.variant, (*route, "variant"), variants)
    _check_sizes(ctx, model.sizes, (*route, "sizes"))
    return Check(
        ctx.where(route),
        model.variant,
        values,
        model.sizes,
        model.batch,
        _read_amounts(ctx, model, route),
        _read_shapes(ctx, model.shapes, (*route, "shapes")),
        model.doc,
    )


def _check_variant(ctx: Context, name: str | None, route: Route, variants: Sequence[str]) -> None:
    if name is not None and name not in variants:
        help = hint(name, "variants", variants, "it has none")
        where = ctx.where(route)
        fixes = renaming(name, variants, where)
        ctx.report(codes.UNKNOWN_VARIANT, f"there is no variant {quote(name)}", where, help, fixes)


def _check_sizes(ctx: Context, sizes: Mapping[str, int], route: Route) -> None:
    for name in sizes:
        if name not in ctx.symbols:
            where = ctx.where((*route, name), on_key=True)
            help = hint(name, "sizes", ctx.symbols, "its input sizes are all fixed")
            fixes = renaming(name, ctx.symbols, where)
            ctx.report(codes.UNKNOWN_SIZE, f"no input has a size called {quote(name)}", where, help, fixes)


def _read_amounts(ctx: Context, model: CheckModel, route: Route) -> Mapping[str, int | Budget]:
    given = {name: getattr(model, name) for name in AMOUNTS if name in model.model_fields_set}
    if "batch" in model.model_fields_set and not given.keys() & {*MEMORY}:
        message, help = "`batch` counts for memory alone, of which this case says nothing", "give a budget for memory"
        ctx.report(codes.MISSING_KEY, message, ctx.where((*route, "batch"), on_key=True), help)
    read = ((name, _read_amount(ctx, value, (*route, name))) for name, value in given.items())
    return {name: amount for name, amount in read if amount is not None}


def _read_amount(ctx: Context, value: object, route: Route) -> int | Budget | None:
    """A number that must be met, or a budget that must not be exceeded."""
    if is_whole(value):
        return value
    if is_mapping(value):
        model = ctx.validate(BudgetModel, value, route, "a budget")
        return Budget(int(model.max)) if model is not None else None
    given = kind(value) if is_list(value) else quote(value)
    message = f"`{route[-1]}` of {CASE} must be a whole number, or a budget such as `{{max: 26e6}}`, not {given}"
    ctx.report(codes.WRONG_TYPE, message, ctx.where(route))
    return None


def _read_shapes(
    ctx: Context, shapes: Mapping[str, list[Any]], route: Route
) -> tuple[tuple[str, tuple[Arg | None, ...]], ...]:
    # a case sees the network from outside: its sizes, but no step's `input`
    inner = replace(ctx, names=frozenset({*ctx.names - {"input"}, *ctx.params, *ctx.symbols}))
    return tuple(
        (name, tuple(_read_size(inner, size, (*route, name, at)) for at, size in enumerate(shape)))
        for name, shape in shapes.items()
    )


def _read_size(ctx: Context, value: object, route: Route) -> Arg | None:
    """A size as a number or an expression; None for `_`, which any will do for."""
    if value == "_":
        return None
    if isinstance(value, str):
        return ctx.formula(value, ctx.where(route))
    if not is_whole(value):
        given = kind(value) if is_list(value) or is_mapping(value) else quote(value)
        message = f"a size in {CASE} must be a whole number, an expression or `_`, not {given}"
        ctx.report(codes.WRONG_TYPE, message, ctx.where(route))
    return Const(value, ctx.where(route))
