"""Reading `else`: what stands in place of a step that its `when` drops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from archc import codes
from archc.diagnostics import Route
from archc.spec.context import Context
from archc.spec.model import Chain, Group, Source, Step
from archc.spec.walk import owns_modules

ReadChain = Callable[[Context, object, Route], Chain | None]


def read_otherwise(
    ctx: Context, step: Step, value: object, route: Route, read: ReadChain, *, tensor: bool
) -> Chain | Source | None:
    """What stands in place of a step: a chain, or the `tensor` that is named; None, with a finding, if it is faulty."""
    where = ctx.where(route)
    if step.when is None:
        ctx.report(codes.STEP_FORM, "`else` stands beside `when`", ctx.where(route, on_key=True), "say when it holds")
        return None
    if tensor:
        return Source("", str(value), where)
    chain = read(ctx, value, route)
    if chain is None:
        return None
    if not chain.lone and chain.steps and not step.is_spliced and owns_modules(chain):
        chain = Chain((Step("Sequential", Group(chain), where),), where, lone=True)
    if chain.lone and (chain.steps[0].name is not None or chain.steps[0].results):
        at = ctx.where((*route, "as"), on_key=True)
        ctx.report(codes.STEP_FORM, "`as` beside `when` names whichever there is", at, "leave it out within `else`")
        return None
    return _in_place(ctx, step, chain)


def _in_place(ctx: Context, step: Step, chain: Chain, like: Step | None = None) -> Chain | None:
    """A chain as it stands in the place of a step.

    A lone step is fed and expected to give the same unless it says otherwise; one that stands in its place in turn has
    what was `like` the step before this was known.
    """
    known = like or Step("", step.action, step.where)
    if not chain.lone:
        return chain if _takes_what_it_is_fed(ctx, step, chain) else None
    (other,) = chain.steps
    placed = replace(
        other,
        name=step.name,
        results=step.results,
        sources=step.sources if other.sources is known.sources else other.sources,
        expect=step.expect if other.expect is known.expect else other.expect,
    )
    if isinstance(other.action, Group) and not _takes_what_it_is_fed(ctx, placed, chain):
        return None
    if isinstance(other.otherwise, Chain):
        inner = _in_place(ctx, placed, other.otherwise, other)
        if inner is None:
            return None
        placed = replace(placed, otherwise=inner)
    return replace(chain, steps=(placed,))


def _takes_what_it_is_fed(ctx: Context, step: Step, chain: Chain) -> bool:
    """Whether a chain, which begins with one tensor, can begin with what a step is fed; reports it where not."""
    if step.sources is None or (len(step.sources) == 1 and not step.sources[0].port):
        return True
    message = "a chain begins with one tensor, and this step takes several"
    ctx.report(codes.STEP_FORM, message, chain.where, "name a tensor or one step, which takes them as it does")
    return False
