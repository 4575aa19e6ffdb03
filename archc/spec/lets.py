"""Reading `let`: names for expressions. What `/` means in one depends on its uses, and so is settled last."""

from __future__ import annotations

from dataclasses import replace

from archc import codes, expr
from archc.diagnostics import Route
from archc.spec.args import read_formula
from archc.spec.arguments import Formula
from archc.spec.context import Context

Lets = tuple[tuple[str, Formula], ...]


def read_lets(ctx: Context, value: object, route: Route) -> tuple[Lets, Context]:
    """Named expressions, each seeing those before it, to be `settled` later; and the context with their names bound."""
    lets: list[tuple[str, Formula]] = []
    for name, raw in ctx.mapping(value, "`let`", route).items():
        where, on_key = ctx.where((*route, name)), ctx.where((*route, name), on_key=True)
        if not ctx.check_name(name, on_key, "let"):
            continue
        if name in ctx.names:
            ctx.report(codes.DUPLICATE_NAME, f"`{name}` already means something here", on_key)
            continue
        formula = read_formula(ctx, raw, where, f"`{name}`", fraction=None)
        ctx = ctx.bind([name])
        if formula is not None:
            lets.append((name, formula))
    return tuple(lets), ctx


def settled(ctx: Context, lets: Lets) -> Lets:
    """The same once all uses are read: `/` is exact where any of them wants a whole number."""
    found: list[tuple[str, Formula]] = []
    for name, formula in reversed(lets):
        fraction = name not in ctx.whole
        ctx.whole.update(expr.whole_names(formula.expr, fraction=fraction))
        found.append((name, replace(formula, expr=expr.divided(formula.expr, fraction=fraction))))
    return tuple(reversed(found))
