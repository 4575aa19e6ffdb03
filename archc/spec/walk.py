"""What steps hold: the chains within them, and the names, tensors, modules and blocks that they mention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archc import expr
from archc.expr import Expr
from archc.ops.base import Op
from archc.spec.arguments import Arg, Formula, Seq, Template
from archc.spec.model import Action, BlockCall, Branch, Chain, Choice, Group, OpCall, Reuse, Source, Step


def alternatives(action: Action) -> tuple[Action, ...]:
    """Whatever an action can turn out to be: the options of a choice, otherwise itself."""
    return tuple(option for _, option in action.options) if isinstance(action, Choice) else (action,)


def arguments_given(action: Action, op: Op) -> frozenset[str]:
    """The arguments of an op that the step it was made by gives itself."""
    calls = [each for each in alternatives(action) if isinstance(each, OpCall) and isinstance(op, each.op)]
    return frozenset(name for call in calls for name, _ in call.args)


def branches_of(step: Step) -> tuple[Branch, ...]:
    """The fork of a step, whichever alternative has it."""
    if isinstance(step.action, OpCall):
        return step.action.branches or ()
    calls = [option for option in alternatives(step.action) if isinstance(option, OpCall)]
    return tuple([branch for call in calls for branch in call.branches or ()])


def chains_in(step: Step) -> tuple[Chain, ...]:
    """The chains directly within a step, and what may stand in its place."""
    other = (step.otherwise,) if isinstance(step.otherwise, Chain) else ()
    if isinstance(step.action, Group):
        return (step.action.chain, *other)
    return (*[branch.chain for branch in branches_of(step)], *other)


def plain_names(step: Step) -> tuple[str, ...]:
    """The names that a step gives to its results, one that is a template aside."""
    if step.results:
        return tuple(name for name in step.results if name != "_")
    plain = step.name.plain if step.name is not None else None
    return () if plain is None else (plain,)


def blocks_in(chain: Chain) -> Iterator[str]:
    """The blocks that a chain uses, those in the chains within it too."""
    for step in chain.steps:
        yield from (option.target for option in alternatives(step.action) if isinstance(option, BlockCall))
        for inner in chains_in(step):
            yield from blocks_in(inner)


def references_in(chain: Chain) -> tuple[str, ...]:
    """The names of tensors that a chain refers to, `step` or `step.port`, those within it too, each once."""
    return tuple(dict.fromkeys(_references(chain)))


def _references(chain: Chain) -> Iterator[str]:
    for step in chain.steps:
        yield from (source.name for source in step.sources or ())
        if isinstance(step.otherwise, Source):
            yield step.otherwise.name
        if isinstance(step.action, Reuse):
            yield step.action.name
        for inner in chains_in(step):
            yield from _references(inner)


def is_submodule(step: Step) -> bool:
    """Whether a step is itself a submodule of the body, be it instead of what it stands for."""
    match step.action:
        case BlockCall() | Choice() | Group(spliced=False):
            return True
        case OpCall(op=op) if op.is_module:
            return True
        case _:
            other = step.otherwise
            return isinstance(other, Chain) and other.lone and is_submodule(other.steps[0])


def nameless(step: Step) -> Step:
    """A step, and what may stand in its place, without the name that they have in common."""
    other = step.otherwise
    if isinstance(other, Chain) and other.lone:
        other = replace(other, steps=tuple(map(nameless, other.steps)))
    return replace(step, name=None, otherwise=other)


def are_rounds(step: Step) -> bool:
    """Whether a step's name stands for the modules of several rounds: `h` for `h.0`, `h.1`, and so on."""
    return step.repeat is not None and step.name is not None and step.name.plain is not None and is_submodule(step)


def owns_modules(chain: Chain) -> bool:
    """Whether a chain makes any submodule, and so is one itself."""
    return any(_owns(step) for step in chain.steps)


def _owns(step: Step) -> bool:
    match step.action:
        case BlockCall() | Choice():
            return True
        case Group(spliced=False):
            return True
        case OpCall(op=op) if op.is_module:
            return True
        case _:
            return any(owns_modules(chain) for chain in chains_in(step))


def names_in_step(step: Step) -> frozenset[str]:
    """The names that a step's expressions use: what its expansion depends on beside its inputs."""
    found = {name for arg in args_of(step) for tree in formulas_of(arg) for name in expr.names(tree)}
    if isinstance(step.action, Choice):
        found.add(step.action.parameter)
    if step.repeat is not None and step.repeat.rows is not None:
        found.add(step.repeat.rows)
    for chain in chains_in(step):
        for inner in chain.steps:
            found |= names_in_step(inner)
            if inner.repeat is not None and inner.repeat.variable:
                found.discard(inner.repeat.variable)
    return frozenset(found)


def args_of(step: Step) -> Iterator[Arg]:
    """The arguments and formulas of a step, those of what it may turn out to be included."""
    count = step.repeat.count if step.repeat is not None else None
    yield from (arg for arg in (step.name, step.when, count, *(step.expect or ())) if arg is not None)
    for option in alternatives(step.action):
        if isinstance(option, (OpCall, BlockCall)):
            yield from (arg for _, arg in option.args)


def formulas_of(arg: Arg) -> Iterator[Expr]:
    """The formulas in an argument."""
    if isinstance(arg, Formula):
        yield arg.expr
    elif isinstance(arg, Seq):
        for item in arg.items:
            yield from formulas_of(item)
    elif isinstance(arg, Template):
        yield from (part for part in arg.parts if not isinstance(part, str))
