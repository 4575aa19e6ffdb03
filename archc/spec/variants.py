"""Reading `variants`: the parameter sets that a spec names."""

from __future__ import annotations

from collections.abc import Mapping

from archc import codes
from archc.diagnostics import Route
from archc.expr import UNKNOWN
from archc.spec.context import Context
from archc.spec.data import is_mapping
from archc.spec.model import Variant
from archc.spec.values import check_value
from archc.suggest import hint, meant, renaming

MAX_VARIANTS = 100


def read_variants(ctx: Context, value: object) -> tuple[Variant, ...]:
    """The named parameter sets."""
    if value is None:
        return ()
    if not is_mapping(value) or not value:
        ctx.report(codes.WRONG_TYPE, "`variants` is a mapping of names to parameters", ctx.where(("variants",)))
        return ()
    if len(value) > MAX_VARIANTS:
        message = f"a spec has at most {MAX_VARIANTS} variants, not {len(value):,}: each is a network to check"
        ctx.report(codes.LIMIT, message, ctx.where(("variants",)))
        return ()
    found: list[Variant] = []
    for name, raw in value.items():
        where = ctx.where(("variants", name), on_key=True)
        if ctx.check_name(name, where, "variant"):
            given: object = {} if raw is None else raw
            found.append(Variant(name, read_settings(ctx, given, where.route, f"variant `{name}`"), where))
    return tuple(found)


def read_settings(ctx: Context, value: object, route: Route, what: str) -> Mapping[str, object]:
    """Values for declared parameters, each held to its declaration."""
    if not is_mapping(value):
        ctx.report_type(f"{what} is a mapping of parameters", value, ctx.where(route))
        return {}
    values: dict[str, object] = {}
    for name, raw in value.items():
        param = ctx.params.get(name)
        if param is None:
            message, where = f"{what} sets `{name}`, which is no parameter", ctx.where((*route, name), on_key=True)
            help, fixes = hint(name, "parameters", ctx.params), renaming(name, ctx.params, where)
            ctx.report(codes.UNKNOWN_PARAM, message, where, help, fixes)
            # whichever parameter was meant, what it has by default may not fit the others
            free = ctx.params.keys() - value.keys()
            right = meant(name, free)
            offering = [other for other in free if isinstance(raw, str) and raw in ctx.params[other].choices]
            values |= {offering[0]: raw} if len(offering) == 1 else dict.fromkeys([right] if right else free, UNKNOWN)
            continue
        values[name] = check_value(ctx, param, raw, ctx.where((*route, name)))
    return values
