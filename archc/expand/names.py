"""The names of steps, their results and their submodules."""

from __future__ import annotations

from archc import codes
from archc.expand.expects import check_expect
from archc.expand.frame import Site
from archc.expand.run import Run
from archc.expand.scope import NOWHERE, Named, single
from archc.naming import problem_with_module_name
from archc.spec.model import Action, OpCall, Step

NAMELESS = "_"
"""The name of a step whose own name is faulty."""


def module_name(step: Step, site: Site, given: str | None) -> str:
    """What the submodule of a step is called, to which a name is `given` or not."""
    if step.name is not None:
        return given or NAMELESS
    return site.forced or site.frame.auto(step.key, top=site.top)


def take_name(run: Run, step: Step, site: Site, name: str) -> None:
    """Take a submodule's name, which nothing else in the body may have."""
    taken = site.frame.attributes
    if name in taken and name != NAMELESS:
        help = "rename one of them"
        if step.repeat is not None:
            help = "give each round its own, as in `name{i + 1}`, or leave `as` out"
        run.report(codes.DUPLICATE_NAME, f"`{name}` is already the name of another step", step.where, help)
    taken.add(name)


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
