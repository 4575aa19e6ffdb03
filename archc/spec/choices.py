"""Block-typed parameters: what they offer must be there."""

from __future__ import annotations

from collections.abc import Iterable

from archc import codes, ops
from archc.spec.context import Context
from archc.spec.data import quote
from archc.spec.model import Param
from archc.suggest import renaming, suggest


def is_offered(ctx: Context, choice: str) -> bool:
    """Whether a block-typed parameter can offer this: a block or an op that there is."""
    return choice in ctx.headers or ops.find(choice) is not None


def check_choices(ctx: Context, params: Iterable[Param]) -> None:
    """Report choices that are neither a block nor an op, where they are declared."""
    for param in params:
        for at, choice in enumerate(param.choices if param.type == "block" else ()):
            name = str(choice)
            if is_offered(ctx, name) or name in ctx.lost or name.partition(".")[0] in ctx.lost:
                continue
            where = ctx.where((*param.where.route, "choices", at))
            help = suggest(name, ctx.headers) or suggest(name, ops.names())
            fixes = renaming(name, [*ctx.headers, *ops.names()], where)
            ctx.report(codes.UNKNOWN_OP, f"unknown op or block {quote(choice)}", where, help, fixes)
