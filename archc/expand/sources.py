"""Which tensors a step works on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from archc import codes
from archc.expand.frame import Site
from archc.expand.ports import given_ports
from archc.expand.run import Run
from archc.expand.scope import NOWHERE, Env, Named, Names, Value
from archc.expr import UNKNOWN
from archc.spec.model import Action, Block, BlockCall, Choice, Faulty, OpCall, Source, Step
from archc.suggest import hint, meant, renaming
from archc.tree import Body


def chosen(step: Step, env: Env) -> Action:
    """What a step does, a choice being made."""
    action = step.action
    if not isinstance(action, Choice):
        return action
    return dict(action.options).get(str(env.values.get(action.parameter, UNKNOWN))) or Faulty()


def resolve(run: Run, names: Names, source: Source) -> Value:
    """The tensor that a name stands for."""
    stem, _, port = source.name.partition(".")
    found = names.find(stem)
    if found is None:
        if not names.is_open():
            help = hint(stem, "names so far", names.all())
            fixes = renaming(stem, names.all(), source.where)
            run.report(codes.UNKNOWN_REFERENCE, f"nothing here is called `{stem}`", source.where, help, fixes)
        near = names.find(meant(stem, names.all()))
        return (near.get(port) if near is not None else None) or NOWHERE
    value = found.get(port)
    if value is None and found.is_known:
        help = hint(port, "results", found.ports)
        fixes = renaming(port, found.ports, replace(source.where, at=len(stem) + 1))
        run.report(codes.UNKNOWN_REFERENCE, f"`{stem}` has no result `{port}`", source.where, help, fixes)
    return NOWHERE if value is None else value


def sources_of(run: Run, step: Step, action: Action, site: Site, current: Value) -> list[Value]:
    """The tensors a step works on, `current` being that of the step before."""
    if step.sources is None:
        return [] if isinstance(action, OpCall) and action.op.is_source else [current]
    named = [resolve(run, site.names, source) for source in step.sources]
    return [current, *named] if hands_current_on(run, step, action) else named


def hands_current_on(run: Run, step: Step, action: Action) -> bool:
    """Whether `from` names ports but not the first one, which the step before it then feeds."""
    ports = [source.port for source in step.sources or ()]
    first = next(iter(_ports(run, action)), "")
    return bool(first) and bool(ports) and all(ports) and first not in ports


def _ports(run: Run, action: Action) -> tuple[str, ...]:
    """The inputs that an action has names for."""
    if isinstance(action, BlockCall):
        block = run.blocks.get(action.target)
        return () if block is None else block.inputs
    return action.op.ports if isinstance(action, OpCall) and not action.op.merges else ()


def carried_over(
    run: Run, step: Step, action: Action, sources: Sequence[Value], carried: Mapping[str, Value]
) -> list[Value]:
    """The inputs of a block's next round: those named like its results are fed by these."""
    block = run.blocks.get(action.target) if isinstance(action, BlockCall) else None
    if block is None or len(sources) != len(block.inputs):
        return list(sources)
    given = given_ports(step, block.inputs, len(sources))
    ports = given if all(given) and given else block.inputs
    return [carried.get(port, source) for port, source in zip(ports, sources, strict=True)]


def results_by_name(site: Site, named: Named) -> dict[str, Value]:
    """The results of a step that have names; those of a block as it calls them, be there only one."""
    content = None if named.item is None else site.frame.items[named.item].content
    ports = named.ports
    if isinstance(content, Body) and isinstance(content.definition, Block) and content.definition.outputs:
        ports = tuple(output.name for output in content.outputs)
    return {port: value for port, value in zip(ports, named.values, strict=False) if port}
