"""Expanding a chain as a body of its own: the network, a block's instance, or a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archc import codes
from archc.diagnostics import Edit, Fix
from archc.expand.count import MAX_DEPTH
from archc.expand.frame import Frame, Site
from archc.expand.run import Run, Types
from archc.expand.scope import Env, Names, Value, single
from archc.expand.sources import resolve
from archc.record import record
from archc.spec.model import Block, Chain, OutputDecl, Source, Spec
from archc.tree import Body, Output, Src


@record(eq=False, repr=False)
class Plan:
    """What a body is made of."""

    definition: Spec | Block | Chain
    chain: Chain
    types: Types
    input_names: tuple[str, ...]
    args: Mapping[str, object]
    declared: Sequence[OutputDecl] = ()
    """Its outputs; without any it hands out its last result."""
    numbered: bool = False
    """Whether it is a `Sequential`, which numbers its children."""

    def names(self, *, first_is_input: bool) -> Names:
        """Its inputs by name, the first one also as `input` if that is so."""
        found = {name: single(Value(Src(-1 - at), self.types[at])) for at, name in enumerate(self.input_names)}
        if first_is_input:
            found.setdefault("input", single(Value(Src(-1), self.types[0])))
        return Names(None, found)


def expand_body(run: Run, plan: Plan, names: Names, env: Env) -> Body | None:
    """The body, where no fault leaves something in it unknown."""
    if run.depth >= MAX_DEPTH:
        run.report(codes.LIMIT, f"blocks are nested more than {MAX_DEPTH} deep", plan.chain.where)
    fixed = {step.name.plain for step in plan.chain.steps if step.name is not None}
    frame = Frame(plan.numbered, {name for name in fixed if name is not None})
    run.depth += 1
    last = run.chain(plan.chain, Site(frame, names, env), Value(Src(-1), plan.types[0]))
    run.depth -= 1
    outputs = _outputs(run, frame, names, plan.declared, last)
    _report_unused(run, frame)
    types = tuple(type_ for type_ in plan.types if type_ is not None)
    if outputs is None or len(types) < len(plan.types):
        return None
    return Body(
        plan.definition,
        plan.args,
        types,
        plan.input_names,
        tuple(frame.items),
        outputs,
        tuple(frame.dropped),
        frame.nodes,
    )


def _outputs(
    run: Run, frame: Frame, names: Names, declared: Sequence[OutputDecl], last: Value
) -> tuple[Output, ...] | None:
    """What a body hands out; None where the type of some is unknown."""
    # a side chain that is dropped takes its outputs along
    gone = {step.name.plain for step in frame.dropped if step.name is not None and step.is_side}
    there = [output for output in declared if output.source not in gone]
    wanted = [(o.name, resolve(run, names, Source("", o.source, o.where)), o.train_only) for o in there]
    wanted = wanted or [("output", last, False)]
    frame.use(value for _, value, _ in wanted)
    found = tuple(Output(name, src, type_, only) for name, (src, type_), only in wanted if type_ is not None)
    return found if len(found) == len(wanted) else None


def _report_unused(run: Run, frame: Frame) -> None:
    if frame.doubtful:
        return
    for at, item in enumerate(frame.items):
        if at not in frame.used:
            name = f"`{item.name}`" if item.step.name is not None else f"this `{item.step.key}`"
            help = "use it under `from` or `outputs`, or take the step out"
            fixes = (Fix("take the step out", (Edit(entry, "remove"),)),) if (entry := item.step.entry) else ()
            run.report(codes.UNUSED_RESULT, f"nothing uses the result of {name}", item.step.where, help, fixes)
