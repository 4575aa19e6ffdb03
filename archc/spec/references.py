"""References: every `from`, merge, `reuse` and output must name something that is there, and earlier."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from archc import codes, ops
from archc.diagnostics import Where
from archc.expr import to_text
from archc.naming import auto_name
from archc.spec.context import Context
from archc.spec.model import Chain, OutputDecl, Reuse, Source, Step
from archc.spec.walk import are_rounds, chains_in, plain_names
from archc.suggest import hint, renaming

EARLIER = "a step can use what stands before it"


@dataclass
class _Names:
    """The names that a chain can refer to: its own so far, and those around it."""

    outer: frozenset[str]
    own: set[str] = field(default_factory=set[str])
    open: bool = False
    """Whether a name built from a template is among them, so that an unknown one may still be right."""
    rounds: dict[str, Step] = field(default_factory=dict[str, Step])
    """Those that stand for the modules of several rounds, and so for no one tensor."""
    within: set[str] = field(default_factory=set[str])
    """Names of chains inside it, which it cannot refer to."""

    def all(self) -> frozenset[str]:
        return self.outer | self.own


def check_references(ctx: Context, chain: Chain, outputs: Iterable[OutputDecl], inputs: Iterable[str]) -> None:
    """Report every reference of a body that names nothing, or something later."""
    names = _walk(ctx, chain, _Names(frozenset(inputs)))
    for output in outputs:
        _check(ctx, output.source, output.where, names)


def _walk(ctx: Context, chain: Chain, names: _Names) -> _Names:
    later = {name for step in chain.steps for name in plain_names(step)}
    for step in chain.steps:
        own = plain_names(step)
        for name, where in _references(step):
            _check(ctx, name, where, names, own, later)
        for inner in chains_in(step):
            found = _walk(ctx, inner, _Names(names.all() | {"input"}, open=names.open, rounds={**names.rounds}))
            names.within |= found.own | found.within
        for name in own:
            if name in names.outer and name != "input":
                message = f"`{name}` is already a name outside this chain"
                ctx.report(codes.DUPLICATE_NAME, message, step.where, "rename one of them")
        names.own.update(own)
        if are_rounds(step):
            names.rounds[own[0]] = step
        names.open = names.open or (step.name is not None and step.name.plain is None)
    return names


def _check(
    ctx: Context, name: str, where: Where, names: _Names, own: Collection[str] = (), later: Collection[str] = ()
) -> None:
    """Hold a reference to the names in sight; `own` are those of the step it stands in, `later` of all its chain."""
    stem = name.split(".", 1)[0]
    if stem in names.rounds:
        _report_rounds(ctx, stem, names.rounds[stem], where)
        return
    if stem in names.all():
        return
    if stem in own:
        ctx.report(codes.FORWARD_REFERENCE, f"`{stem}` is this step itself", where, EARLIER)
    elif stem in later:
        ctx.report(codes.FORWARD_REFERENCE, f"`{stem}` is defined only later", where, EARLIER)
    elif not names.open:
        fixes = renaming(stem, names.all(), where)
        ctx.report(codes.UNKNOWN_REFERENCE, f"nothing here is called `{stem}`", where, _help(ctx, stem, names), fixes)


def _report_rounds(ctx: Context, name: str, step: Step, where: Where) -> None:
    assert step.repeat is not None
    count = None if step.repeat.count is None else to_text(step.repeat.count.expr)
    rounds = f"{count} rounds" if count is not None else f"rounds, one a row of `{step.repeat.rows}`"
    help = f'the step behind is fed the last; a `Sequential` around it, or `as: "{name}{{i}}"`, names one'
    ctx.report(codes.ROUNDS, f"`{name}` is the results of {rounds}, not one tensor", where, help)


def _help(ctx: Context, stem: str, names: _Names) -> str:
    if stem in names.within:
        return "that is a name inside a chain, which ends with it: name the step that holds the chain"
    op, _, ordinal = stem.rpartition("_")
    if ordinal.isdigit() and any(op == auto_name(name) for name in (*ops.names(), *ctx.headers)):
        return f"only a step with a name can be referred to: give it one, as in `as: {op}`"
    return hint(stem, "names so far", names.all())


def _references(step: Step) -> Iterator[tuple[str, Where]]:
    for source in step.sources or ():
        yield source.name, source.where
    if isinstance(step.otherwise, Source):
        yield step.otherwise.name, step.otherwise.where
    if isinstance(step.action, Reuse):
        yield step.action.name, Where(step.where.file, (*step.where.route[:-1], "reuse"))
