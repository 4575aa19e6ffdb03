"""Chains within a step: submodules of their own, the branches of forks, and chains spliced into the one around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from archc.expand.frame import Site
from archc.expand.names import bind, module_name
from archc.expand.placing import place_body
from archc.expand.run import Run
from archc.expand.scope import Named, Names, Value, single
from archc.spec.model import Branch, Chain, Group, Step
from archc.spec.walk import chains_in, nameless, owns_modules, references_in
from archc.suggest import meant
from archc.tree import Body, Src


def place_group(run: Run, step: Step, group: Group, site: Site, start: Value, given: str | None) -> Named:
    """A `Sequential`, a side chain, or a spliced chain."""
    if group.spliced:
        inner = site.inside(step, site.names.within(start), top=site.top)
        return single(run.chain(group.chain, inner, start))
    name = module_name(step, site, given)
    if group.side and group.chain.lone:
        return single(run.chain(group.chain, site.inside(step, site.names, forced=name), start))
    body, inputs = _submodule(run, group.chain, site, start)
    return place_body(run, step, site, name, body, inputs)


def place_branch(run: Run, fork: Step, branch: Branch, site: Site, start: Value) -> Value:
    """One chain of a fork: a submodule of the branch's name where it has modules, calls alone where it has none."""
    chain = branch.chain
    if not chain.steps:
        return start
    if chain.lone or not owns_modules(chain):
        forced = site.branch(fork, branch.name) if chain.lone else None
        return run.chain(chain, site.inside(fork, site.names.within(start), forced=forced), start)
    name = site.branch(fork, branch.name)
    body, inputs = _submodule(run, chain, site, start)
    step = Step(branch.name, Group(chain), chain.where)
    return place_body(run, step, site.inside(fork, site.names), name, body, inputs).values[0]


def place_rounds(run: Run, step: Step, site: Site, start: Value, name: str) -> Value:
    """The rounds of a step with one name in a chain that numbers its steps: a `Sequential` of that name."""
    chain = run.rounds.get(id(step))
    if chain is None:
        chain = run.rounds[id(step)] = Chain((nameless(step),), step.where)
    body, inputs = _submodule(run, chain, site, start, own_input=False)
    named = place_body(run, step, site, name, body, inputs)
    site.frame.places += 1
    bind(run, replace(step, expect=None), step.action, site, named, name)
    return start if step.is_side else named.values[0]


def _submodule(
    run: Run, chain: Chain, site: Site, start: Value, *, own_input: bool = True
) -> tuple[Body | None, list[Value]]:
    """A chain as a body, with what feeds it. Names of the chains around it become further inputs.

    So does `input` where that is not to be what the chain itself begins with.
    """
    captured = _captured(chain, site.names, frozenset({"input"} if own_input else ()))
    inputs = [start, *(value for each in captured for value in each.used.values)]
    types = tuple(value.type for value in inputs)
    key = run.key(chain, site.env, types, *(f"{each.name}.{port}" for each in captured for port in each.used.ports))
    if key not in run.bodies:
        names, labels = _inner(captured, start), tuple(label for each in captured for label in each.labels)
        run.bodies[key] = run.group(chain, site.env, names, types, ("x", *labels))
    return run.bodies[key], inputs


class _Captured(NamedTuple):
    """A name of the chains around a chain that it refers to."""

    name: str
    used: Named
    """Those results that it uses."""
    labels: tuple[str, ...]
    """What these are called as inputs."""


def _captured(chain: Chain, names: Names, own: frozenset[str]) -> list[_Captured]:
    found: dict[str, Named] = {}
    labels: dict[str, dict[int, str]] = {}
    for reference in references_in(chain):
        stem, _, port = reference.partition(".")
        named = names.find(stem) if stem not in own else None
        if named is None and stem not in own and not _may_name(chain, stem) and (near := meant(stem, names.all())):
            stem, reference = near, reference.replace(stem, near, 1)
            named = names.find(stem) if stem not in own else None
        if named is not None:
            found[stem] = named
            at = named.ports.index(port) if port in named.ports else 0
            labels.setdefault(stem, {}).setdefault(at, reference.replace(".", "_"))
    return [_part(name, named, labels[name]) for name, named in found.items()]


def _may_name(chain: Chain, name: str) -> bool:
    """Whether a step within a chain has a name, or one that only expanding it tells."""
    return any(
        name in step.results
        or (step.name is not None and step.name.plain in {None, name})
        or any(_may_name(inner, name) for inner in chains_in(step))
        for step in chain.steps
    )


def _part(name: str, named: Named, labels: Mapping[int, str]) -> _Captured:
    order = sorted(labels)
    used = Named(tuple(named.values[at] for at in order), tuple(named.ports[at] for at in order))
    return _Captured(name, used, tuple(labels[at] for at in order))


def _inner(captured: Sequence[_Captured], start: Value) -> Names:
    """What a body sees that begins with a tensor and takes the captured ones as further inputs."""
    names = Names(None, {"input": single(Value(Src(-1), start.type))})
    at = -2
    for name, used, _ in captured:
        values = tuple(Value(Src(at - i), value.type) for i, value in enumerate(used.values))
        names.own[name] = Named(values, used.ports)
        at -= len(values)
    return names
