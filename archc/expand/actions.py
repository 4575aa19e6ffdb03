"""What a step does: an op, a fork, a block, a chain of its own, or an instance used again."""

from __future__ import annotations

from collections.abc import Sequence

from archc.expand.blocks import place_block
from archc.expand.frame import Site
from archc.expand.groups import place_branch, place_group
from archc.expand.names import module_name
from archc.expand.placing import place_op
from archc.expand.reuse import place_again
from archc.expand.run import Run
from archc.expand.scope import Named, Value, lost
from archc.spec.model import Action, BlockCall, Faulty, Group, OpCall, Reuse, Step


def act(run: Run, step: Step, action: Action, site: Site, sources: Sequence[Value], given: str | None) -> Named:
    """Carry out the chosen action of a step, to which a name is `given` or not; gives its results."""
    if isinstance(action, OpCall):
        return _call(run, step, action, site, sources, module_name(step, site, given))
    if isinstance(action, BlockCall):
        return place_block(run, step, action, site, sources, module_name(step, site, given))
    if isinstance(action, Group):
        return place_group(run, step, action, site, sources[0], given)
    if isinstance(action, Reuse):
        return place_again(run, step, action, site, sources)
    return _excuse(step, action, site)


def _call(run: Run, step: Step, call: OpCall, site: Site, sources: Sequence[Value], name: str) -> Named:
    """An op, on what the step is fed or on the branches of a fork from there."""
    if call.branches is not None:
        sources = [place_branch(run, step, branch, site, sources[0]) for branch in call.branches]
        site.frame.use(sources)
    return place_op(run, step, call, site, sources, name)


def _excuse(step: Step, action: Action, site: Site) -> Named:
    """The unknown results of what could not be read; all that it may have meant to use counts as used."""
    mentions = action.mentions if isinstance(action, Faulty) else ()
    found = (site.names.find(text.split(".", 1)[0]) for text in mentions)
    site.frame.use(value for named in found if named is not None for value in named.values)
    return lost(len(step.results), step.results or ("",))
