"""The names of steps, their results and their submodules."""

from __future__ import annotations

from archc import codes
from archc.expand.expects import check_expect
from archc.expand.frame import Site
from archc.expand.run import Run
from archc.expand.scope import NOWHERE, Named, single
from archc.naming import problem_with_module_name
from archc.spec.model import Action, Chain, Group, OpCall, Reuse, Step
from archc.spec.walk import owns_modules

NAMELESS = "_"
"""The name of a step whose own name is faulty."""


def module_name(step: Step, site: Site, given: str | None) -> str:
    """What the submodule of a step is called, to which a name is `given` or not."""
    if step.name is None:
        return site.forced or site.auto(step)
    name = given or NAMELESS
    is_alone = site.rounds is None or site.is_numbered or step.name.plain is None
    return name if is_alone or site.rounds is None else name + site.rounds.suffix


def skip_names(site: Site, step: Step) -> None:
    """Pass over the names of a step that is not there, so that those behind it are called the same either way."""
    if isinstance(step.action, Reuse):
        return
    if step.name is None and not step.is_spliced and site.forced is None:
        site.auto(step)
    skip_inside(site, step)
    skip_otherwise(site, step)


def skip_inside(site: Site, step: Step) -> None:
    """Pass over the names of the submodules within a step that are the body's own."""
    inner = site._replace(top=site.top and step.is_spliced, forced=None)
    if isinstance(step.action, Group) and step.action.spliced:
        _skip_all(inner, step.action.chain)
    for branch in step.action.branches or () if isinstance(step.action, OpCall) else ():
        if branch.chain.lone or owns_modules(branch.chain):
            site.branch(step, branch.name)
        if branch.chain.lone:
            skip_inside(inner, branch.chain.steps[0])
        elif not owns_modules(branch.chain):
            _skip_all(inner, branch.chain)


def skip_otherwise(site: Site, step: Step) -> None:
    """Pass over the names of what would stand in the place of a step that is there."""
    if not isinstance(step.otherwise, Chain):
        return
    if not step.otherwise.lone:
        _skip_all(site._replace(top=site.top and step.is_spliced, forced=None), step.otherwise)
    elif takes_a_name(step):
        skip_inside(site, step.otherwise.steps[0])
        skip_otherwise(site, step.otherwise.steps[0])
    else:
        skip_names(site, step.otherwise.steps[0])


def _skip_all(site: Site, chain: Chain) -> None:
    for step in chain.steps:
        skip_names(site, step)


def takes_a_name(step: Step) -> bool:
    """Whether a step is called something, be it that it has no name of its own."""
    return not step.is_spliced and not isinstance(step.action, Reuse)


def take_name(run: Run, step: Step, site: Site, name: str) -> None:
    """Take a submodule's name, which nothing else in the body may have."""
    taken, stem, where = site.frame.attributes, name.partition(".")[0], (site.dropped or step).where
    if name in taken or (stem in taken and taken[stem] != where):
        _report_taken(run, step, name if name in taken else stem)
    taken[name] = taken[stem] = where


def _report_taken(run: Run, step: Step, name: str) -> None:
    if name == NAMELESS:
        return
    help = "rename one of them"
    if step.repeat is not None:
        help = "give each round its own, as in `name{i + 1}`, or leave `as` out"
    run.report(codes.DUPLICATE_NAME, f"`{name}` is already the name of another step", step.where, help)


def bind(run: Run, step: Step, action: Action, site: Site, named: Named, given: str | None) -> None:
    """Give a step's results their names, and hold them to what the step expects."""
    if step.expect is not None:
        check_expect(run, step, step.expect, site.env, named.values[0].type)
    if step.results:
        _bind_each(run, step, site, named)
        return
    if isinstance(action, OpCall) and not action.op.is_module and len(named.values) > 1:
        message = f"`{step.key}` has {len(named.values)} results here, which have no names"
        run.report(codes.ARITY, message, step.where, "name each of them, as in `as: [a, b]`; `_` leaves one out")
    if given is not None:
        _define(run, step, site, given, named)
    elif step.name is not None:
        site.names.open = True


def _bind_each(run: Run, step: Step, site: Site, named: Named) -> None:
    """Name the results of a step one by one: `as: [a, b]`."""
    count = len(named.values)
    if named.is_known and len(step.results) != count:
        message = f"`{step.key}` has {count} result{'s' * (count != 1)} here, not {len(step.results)}"
        run.report(codes.ARITY, message, step.where, "name each of them under `as`")
    for at, name in enumerate(step.results):
        if name != "_":
            _define(run, step, site, name, single(named.values[at] if at < count else NOWHERE))


def _define(run: Run, step: Step, site: Site, name: str, named: Named) -> None:
    if name not in site.names.own:
        site.names.own[name] = named
        return
    help = "rename one of them"
    if step.repeat is not None:
        help = f"give each its own, as in `{name}{{i + 1}}`"
    run.report(codes.DUPLICATE_NAME, f"`{name}` is already the name of another step", step.where, help)


def given_name(run: Run, step: Step, site: Site) -> str | None:
    """The text of `as`; None where there is none, or it is unknown."""
    name = step.name
    if name is None or name.plain is not None:
        return name and name.plain
    text = run.evaluate(name, site.env)
    if not isinstance(text, str):
        return None
    problem = problem_with_module_name(text)
    if problem:
        run.report(codes.BAD_NAME, f"step name `{text}` {problem}", name.where)
    return None if problem else text
