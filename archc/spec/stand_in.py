"""Dropped steps of several inputs: which of these stands for the result must be certain from the text alone."""

from __future__ import annotations

from collections.abc import Iterator

from archc import codes
from archc.diagnostics import Edit, Fix, Where
from archc.expr import Name
from archc.spec.context import NOTHING, Context
from archc.spec.model import BlockCall, Chain, Faulty, Group, OpCall, Source, Step
from archc.spec.walk import alternatives, branches_of, owns_modules, plain_names

INPUT = frozenset({"input"})


def check_stand_ins(ctx: Context, chain: Chain, current: frozenset[str]) -> None:
    """Report dropped steps without `else` that may hand on any of several tensors.

    One that the step before made, or that a chain begins with, is handed on if it is among them: `current` are its
    names.
    """
    known = True
    for step in chain.steps:
        if _may_be_dropped(step) and not _is_certain(ctx, step, current):
            _report(ctx, step, step.sources or (), sure=known)
        for inner, start in _chains(step, current):
            check_stand_ins(ctx, inner, start)
        if not step.is_side:
            current = frozenset(plain_names(step)[:1]) if step.repeat is None else frozenset()
            known = bool(current) or (step.when is None and step.repeat is None)


def _may_be_dropped(step: Step) -> bool:
    """Whether a step is dropped under a condition that could be read, with nothing in its place."""
    return step.when is not None and step.otherwise is None and step.when.expr != Name(NOTHING)


def _is_certain(ctx: Context, step: Step, current: frozenset[str]) -> bool:
    if step.sources is None or isinstance(step.action, Faulty) or len({source.name for source in step.sources}) == 1:
        return True
    if any(source.name in current for source in step.sources) or _takes_current(ctx, step, step.sources):
        return True
    # a name that means nothing may have meant it
    return not {source.where for source in step.sources}.isdisjoint(finding.where for finding in ctx.findings)


def _takes_current(ctx: Context, step: Step, sources: tuple[Source, ...]) -> bool:
    """Whether `from` leaves the first port to the step before, whatever a choice comes to."""
    ports = {source.port for source in sources}
    firsts = [_first_port(ctx, action) for action in alternatives(step.action)]
    return "" not in ports and all(first and first not in ports for first in firsts)


def _first_port(ctx: Context, action: object) -> str:
    if isinstance(action, BlockCall):
        header = ctx.headers.get(action.target)
        return header.inputs[0] if header is not None else ""
    return next(iter(action.op.ports), "") if isinstance(action, OpCall) and not action.op.merges else ""


def _chains(step: Step, current: frozenset[str]) -> Iterator[tuple[Chain, frozenset[str]]]:
    """The chains within a step and in its place, with the names there of what they begin with."""
    start = current
    if step.sources is not None:
        start = frozenset(source.name for source in step.sources[:1] if not source.port)
    if step.repeat is not None:
        start = frozenset[str]()
    if isinstance(step.action, Group):
        inline = step.is_spliced or step.action.chain.lone
        yield step.action.chain, start | INPUT if inline else INPUT
    for branch in branches_of(step):
        inline = branch.chain.lone or not owns_modules(branch.chain)
        yield branch.chain, start | INPUT if inline else INPUT
    if isinstance(step.otherwise, Chain):
        yield step.otherwise, current if step.otherwise.lone else start | INPUT


def _report(ctx: Context, step: Step, sources: tuple[Source, ...], *, sure: bool) -> None:
    """`sure` says that what is handed on without `else` is the first of the tensors, whatever is dropped before."""
    first = sources[0].name
    message = f"it is not certain which tensor stands for `{step.key}` where it is dropped"
    at = Where(step.where.file, (*step.where.route[:-1], "when"))
    fixes = (Fix(f"write `else: {first}`", (Edit(at, "insert", f"else: {first}"),), safe=sure),)
    ctx.report(codes.STAND_IN, message, step.where, f"say so, as in `else: {first}`", fixes)
