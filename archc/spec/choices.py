"""Block-typed parameters: what they offer must be there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from archc import codes, ops
from archc.diagnostics import Where
from archc.spec.context import Context
from archc.spec.data import quote
from archc.spec.foreign import foreign
from archc.spec.model import Param
from archc.suggest import renaming, rewriting, suggest


def is_offered(ctx: Context, choice: str) -> bool:
    """Whether a block-typed parameter can offer this: a block or an op that there is."""
    return choice in ctx.headers or ops.find(choice) is not None


def report_unknown_op(ctx: Context, name: str, candidates: Sequence[str], at: Where, otherwise: str = "") -> None:
    """Report a name that is no op or block: what it is elsewhere, else the one that may be meant by it."""
    there = foreign(name)
    if there is None:
        help, fixes = suggest(name, candidates) or otherwise, renaming(name, candidates, at)
        ctx.report(codes.UNKNOWN_OP, f"unknown op or block {quote(name)}", at, help, fixes)
        return
    fixes = (rewriting(name, there.op, replace(at, length=len(name))),) if there.op else ()
    ctx.report(codes.UNKNOWN_OP, there.message, at, there.help, fixes)


def check_choices(ctx: Context, params: Iterable[Param]) -> None:
    """Report choices that are neither a block nor an op, where they are declared."""
    for param in params:
        for at, choice in enumerate(param.choices if param.type == "block" else ()):
            name = str(choice)
            if is_offered(ctx, name) or name in ctx.lost or name.partition(".")[0] in ctx.lost:
                continue
            where = ctx.where((*param.where.route, "choices", at))
            report_unknown_op(ctx, name, [*ctx.headers, *ops.names()], where)
