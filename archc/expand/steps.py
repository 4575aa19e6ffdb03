"""Chains expanded step by step: each step as often as it says, or not at all, fed by the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from archc import codes
from archc.expand.actions import act
from archc.expand.frame import Site
from archc.expand.groups import place_rounds
from archc.expand.names import bind, given_name, skip_inside, skip_names, skip_otherwise, takes_a_name
from archc.expand.run import MAX_NODES, Run
from archc.expand.scope import NOWHERE, Named, Value, single
from archc.expand.sources import carried_over, chosen, hands_current_on, resolve, results_by_name, sources_of
from archc.expand.unsure import common
from archc.expr import UNKNOWN, Unknown
from archc.spec.arguments import Formula
from archc.spec.data import is_sequence, is_whole
from archc.spec.model import Chain, Repeat, Source, Step
from archc.spec.walk import is_submodule, references_in
from archc.tree import Turn


def expand_chain(run: Run, chain: Chain, site: Site, current: Value) -> Value:
    """Expand steps where they stand; gives the result of the last one."""
    for step in chain.steps:
        current, _ = _stand(run, step, site, current, {})
    return current


def _stand(
    run: Run, step: Step, site: Site, current: Value, carried: Mapping[str, Value]
) -> tuple[Value, Named | None]:
    """A step as often as it says; see `_once`."""
    if step.repeat is None:
        return _once(run, step, site, current, carried)
    value = _repeated(run, step, step.repeat, site, current)
    return value, single(value)


def _repeated(run: Run, step: Step, repeat: Repeat, site: Site, current: Value) -> Value:
    run.count(step)
    plain = step.name.plain if step.name is not None else None
    if plain is not None and site.is_numbered and is_submodule(step):
        return place_rounds(run, step, site, current, plain)
    rounds = _rounds(run, step, repeat, site)
    names, before, start = site.names.own, site.frame.nodes, current
    bases: dict[tuple[int, str], str] = {}
    carried: dict[str, Value] = {}
    for at, value in enumerate(rounds):
        turn = Turn(step, at, len(rounds)) if site.outer is None else site.turn
        env = site.env if repeat.variable is None else site.env.with_value(repeat.variable, value)
        if at and plain is not None and is_submodule(step):
            names.pop(plain, None)  # each round is called so in turn
        in_round = site.in_round(at, bases)
        current, named = _once(run, step, site._replace(env=env, turn=turn, rounds=in_round), current, carried)
        if named is not None:
            carried = results_by_name(site, named)
        if at == 0 and (site.frame.nodes - before) * len(rounds) > MAX_NODES:
            run.refuse_size(step)
    if not rounds:
        skip_names(site, step)
        _pass_on(step, site, current)
    if UNKNOWN in rounds and not step.is_side:
        return Value(current.src, common((current.type, start.type)))
    return current


def _rounds(run: Run, step: Step, repeat: Repeat, site: Site) -> Sequence[object]:
    """The value of the loop variable in each round."""
    if repeat.count is None:
        rows = site.env.values.get(repeat.rows or "", UNKNOWN)
        return rows if is_sequence(rows) else (UNKNOWN,)
    count = run.evaluate(repeat.count, site.env)
    if count is UNKNOWN:
        return (UNKNOWN,)
    if not is_whole(count) or count < 0:
        message = f"`repeat` must be a whole number of at least 0, not {count}"
        run.report(codes.OUT_OF_RANGE, message, repeat.count.where)
        return (UNKNOWN,)
    if count > MAX_NODES:
        run.refuse_size(step)
    return range(count)


def _once(run: Run, step: Step, site: Site, current: Value, carried: Mapping[str, Value]) -> tuple[Value, Named | None]:
    """A step, one time: what goes on to the next one, and the step's results, None where it is dropped.

    `carried` are the results of the round before, for a block that takes several inputs.
    """
    run.count(step)
    holds = step.when is None or _holds(run, step, step.when, site)
    if holds is False and step.otherwise is not None:
        return _instead(run, step, step.otherwise, site, current, carried)
    frame = site.frame
    action = chosen(step, site.env)
    if holds is False and hands_current_on(run, step, action):
        return _drop(step, site, current, [current]), None
    sources = sources_of(run, step, action, site, current)
    if carried:
        sources = carried_over(run, step, action, sources, carried)
    if holds is False:
        return _drop(step, site, current, sources), None
    frame.use(sources)
    told = set(run.findings) if holds is UNKNOWN else ()
    given = given_name(run, step, site)
    named = act(run, step, action, site, sources, given)
    if step.otherwise is not None:
        skip_otherwise(site, step)
    if holds is UNKNOWN or not named.is_known:  # what is not known to be left unused counts as used
        frame.use((current,))
    if holds is UNKNOWN:
        run.withdraw(told)
        named = _perhaps(run, step, site, named, current if not sources or current in sources else sources[0])
    if site.top and not step.is_spliced:
        frame.places += 1
    if frame.nodes > MAX_NODES:
        run.refuse_size(step)
    bind(run, step, action, site, named, given)
    return (current if step.is_side else named.values[0]), named


def _instead(
    run: Run, step: Step, otherwise: Chain | Source, site: Site, current: Value, carried: Mapping[str, Value]
) -> tuple[Value, Named | None]:
    """What stands in the place of a dropped step: what goes on to the next one, and the results by the step's name."""
    if isinstance(otherwise, Chain) and otherwise.lone:
        (other,) = otherwise.steps
        name = site.forced
        if name is None and step.name is None and takes_a_name(step) and not site.is_numbered:
            name = site.auto(step)
        skip_inside(site, step)
        inner = site._replace(outer=site.outer or step, forced=name, dropped=site.dropped or step)
        value, named = _stand(run, other, inner, current, carried)
        return (current if step.is_side else value), named
    given = given_name(run, step, site)
    if takes_a_name(step) and step.name is None and not site.is_numbered:
        site.auto(step)
    skip_inside(site, step)
    if isinstance(otherwise, Source):
        value = resolve(run, site.names, otherwise)
    else:
        start = current if step.sources is None else resolve(run, site.names, step.sources[0])
        inner = site.inside(step, site.names.within(start), top=site.top and step.is_spliced)
        value = run.chain(otherwise, inner, start)
        site.frame.places += bool(otherwise.steps and site.top and not step.is_spliced)
    named = single(value)
    bind(run, step, step.action, site, named, given)
    return (current if step.is_side else value), named


def _perhaps(run: Run, step: Step, site: Site, named: Named, without: Value) -> Named:
    """The results of a step that may not be there, `without` or what is said otherwise standing for the first one."""
    if step.otherwise is not None:
        mentioned = (site.names.find(name.partition(".")[0]) for name in references_in(Chain((step,), step.where)))
        site.frame.use(value for each in mentioned if each is not None for value in each.values)
        without = NOWHERE
    first, *others = named.values
    return Named((Value(first.src, common((first.type, without.type))), *others), named.ports, named.item)


def _holds(run: Run, step: Step, when: Formula, site: Site) -> bool | Literal[Unknown.UNKNOWN]:
    value = run.evaluate(when, site.env)
    if value is UNKNOWN:
        return UNKNOWN
    if isinstance(value, bool):
        return value
    run.report(codes.WRONG_TYPE, f"`when` must be true or false, not {value}", when.where)
    return UNKNOWN


def _drop(step: Step, site: Site, current: Value, sources: Sequence[Value]) -> Value:
    """Leave a step out; gives what stands for its result.

    Of several inputs that is the chain's own if it is among them: after conv, `add: [input, conv]` hands on conv.
    """
    site.frame.dropped.append(step)
    skip_names(site, step)
    handed = current if not sources or current in sources else sources[0]
    _pass_on(step, site, handed)
    return current if step.is_side else handed


def _pass_on(step: Step, site: Site, value: Value) -> None:
    """Let a tensor stand for the result of a step that is not there."""
    if step.name is not None and step.name.plain is not None:
        site.names.own[step.name.plain] = single(value)
