"""Modules that are called otherwise than version 0.1.0 called them, so that weights saved then do not load as they are.

Each round of an unnamed repeated step took an ordinal of its own there (`conv2d_1`, `conv2d_2`), and so did the
branches of a repeated fork; and a network that was modules alone at the values of its parameters had numbers for names.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile, groupby
from typing import TYPE_CHECKING

from archc import codes, expr
from archc.diagnostics import Diagnostic, Edit, Fix, Where
from archc.ordinals import Loop, Unnamed, ordinals, repeats
from archc.spec.model import Block, Chain, Group, OpCall, Reuse, Spec, Step
from archc.spec.sequential import is_sequential
from archc.spec.walk import are_rounds, chains_in, is_submodule
from archc.tree import Body, Item, Leaf, is_plain_chain, ops_in

if TYPE_CHECKING:
    from archc.network import Network


def check_renamed(network: Network) -> Iterator[Diagnostic]:
    """A warning for each step of the network and of the blocks it uses whose weights are called otherwise now."""
    bodies = _bodies(network.body)
    for body in {id(body.definition): body for body in bodies}.values():
        definition = body.definition
        if isinstance(definition, Spec) and not is_sequential(definition) and _was_numbered(definition, body):
            yield from _numbers_gone(body)
        elif not isinstance(definition, Chain) and _may_be_renamed(definition):
            weights = _weights([each for each in bodies if each.definition is definition])
            yield from _report(ordinals(definition), weights)
    yield from _lone_rounds(bodies)
    yield from _numbered_branches(bodies)


def _bodies(body: Body) -> list[Body]:
    """A body and all within it, equal ones once."""
    found = {id(body): body}
    waiting = [body]
    while waiting:
        for item in waiting.pop().items:
            if isinstance(item.content, Body) and id(item.content) not in found:
                found[id(item.content)] = item.content
                waiting.append(item.content)
    return [*found.values()]


def _may_be_renamed(definition: Spec | Block) -> bool:
    chain = definition.chain
    numbered = definition.numbered if isinstance(definition, Block) else is_sequential(definition)
    return chain is not None and not numbered and repeats(chain) and not _is_new(chain)


def _is_new(chain: Chain | None) -> bool:
    """Whether a chain says what no earlier version could read."""
    steps = chain.steps if chain is not None else ()
    return any(step.otherwise is not None or any(map(_is_new, chains_in(step))) for step in steps)


def _was_numbered(spec: Spec, body: Body) -> bool:
    return spec.chain is not None and not _is_new(spec.chain) and is_plain_chain(body) and _may_be_plain(spec.chain)


def _may_be_plain(chain: Chain) -> bool:
    for step in chain.steps:
        if isinstance(step.action, Group) and step.action.spliced and not _may_be_plain(step.action.chain):
            return False
        function = isinstance(step.action, OpCall) and not step.action.op.is_module
        if step.when is None and (function or step.sources or step.is_side or isinstance(step.action, Reuse)):
            return False
    return True


def _numbers_gone(body: Body) -> Iterator[Diagnostic]:
    """The warning that a network which is modules alone at these values has no numbers for names any more."""
    for at, item in enumerate(body.items):
        weight = _first_weight(item)
        if item.step.name is None and weight:
            message = f"what was `{at}.{weight}` in the `state_dict` is now `{item.name}.{weight}`"
            help = "other parameters make it more than modules in a row; no name keeps a number"
            yield Diagnostic(codes.RENAMED, message, item.step.where, "warning", help=help)
            return


def _lone_rounds(bodies: Sequence[Body]) -> Iterator[Diagnostic]:
    """A warning for each name of rounds of which there is one: more were an error, but one was called so itself."""
    rounds = {id(body): [item for item in body.items if _is_round(item)] for body in bodies}
    several = {where for items in rounds.values() for where, n in Counter(i.step.where for i in items).items() if n > 1}
    for item in {item.step.where: item for items in rounds.values() for item in items}.values():
        within = item.content.items if "." not in item.name and isinstance(item.content, Body) else (item,)
        weight = _first_weight(item)
        if item.step.where in several or len(within) != 1 or not weight:
            continue
        name = item.name.partition(".")[0]
        was = weight if within[0] is item else weight.partition(".")[2]
        message = f"what was `{name}.{was}` in the `state_dict` is now `{item.name}.{weight}`"
        template = f"\"{{'{name}'}}\""
        where = Where(item.step.where.file, (*item.step.where.route[:-1], "as"))
        fix = Fix(f"write `as: {template}`", (Edit(where, "replace", template),))
        help = f"a name is that of all rounds; `as: {template}` is that of one"
        yield Diagnostic(codes.RENAMED, message, item.step.where, "warning", help=help, fixes=(fix,))


def _numbered_branches(bodies: Sequence[Body]) -> Iterator[Diagnostic]:
    """A warning for each branch of a fork that a `Sequential` repeats: each round took a name of its own."""
    seen: set[Where] = set()
    for body in bodies:
        definition = body.definition
        if not isinstance(definition, Chain) and not (isinstance(definition, Block) and definition.numbered):
            continue
        for item in body.items:
            weight, name = _first_weight(item), item.name.partition(".")[0]
            if "." in item.name and weight and item.reuse is None and item.step.where not in seen:
                seen.add(item.step.where)
                message = f"what was `{name}.{weight}` in the `state_dict` is now `{item.name}.{weight}`"
                help = "the branches of all rounds have one name; no `as` keeps the old one"
                yield Diagnostic(codes.RENAMED, message, item.step.where, "warning", help=help)


def _is_round(item: Item) -> bool:
    """Whether an item is one of those that a name stands for, or has all of them in it."""
    if item.step.name is None or item.step.name.plain is None or item.reuse is not None:
        return False
    return "." in item.name or (are_rounds(item.step) and isinstance(item.content, Body) and item.content.is_group)


def _first_weight(item: Item) -> str:
    """The first weight of an item, by its path within it; empty where it has none."""
    if isinstance(item.content, Leaf):
        return next((weight.name for weight in item.content.op.weights()), "")
    return next((f"{path}.{weight.name}" for path, op in ops_in(item.content) for weight in op.weights()), "")


def _weights(bodies: Sequence[Body]) -> dict[Where, str]:
    """The first weight of whatever owns any, by the place of the step."""
    items = {item.step.where: item for body in bodies for item in body.items if item.reuse is None}
    return {where: weight for where, item in items.items() if (weight := _first_weight(item))}


def _report(found: Sequence[Unnamed], weights: Mapping[Where, str]) -> Iterator[Diagnostic]:
    """One warning a step; the first of those with a common stem has the fix for all of them."""
    ordered = sorted(found, key=lambda each: (each.is_branch, each.stem))
    for _, alike in groupby(ordered, key=lambda each: (each.is_branch, each.stem)):
        behind = [*dropwhile(lambda each: not each.changed, alike)]
        fix = _fix([each for each in behind if each.is_branch or is_submodule(each.step)])
        for at, each in enumerate(each for each in behind if each.changed and each.where in weights):
            weight, was = weights[each.where], _was(each)
            message = f"`{each.now}.{weight}` in the `state_dict` has another name than before"
            if was:
                message = f"what was `{was}.{weight}` in the `state_dict` is now `{each.now}.{weight}`"
            help = f"`as: {json.dumps(was)}` keeps the old name" if fix is not None else "no `as` keeps the old name"
            yield Diagnostic(
                codes.RENAMED, message, each.where, "warning", help=help, fixes=(fix,) if fix and not at else ()
            )


def _was(each: Unnamed) -> str:
    """What something was called, as a template; empty where none says so."""
    if each.was is None:
        return ""
    if each.was == expr.number(1) and each.is_branch:
        return each.stem
    ordinal = expr.to_text(each.was)
    return f"{each.stem}_{ordinal}" if isinstance(each.was, expr.Number) else f"{each.stem}_{{{ordinal}}}"


def _fix(several: Sequence[Unnamed]) -> Fix | None:
    """The fix that names steps as they were called; None where a template cannot."""
    if not several or any(each.was is None or each.is_branch for each in several):
        return None
    loops = {id(loop.step): loop for each in several for loop in each.loops}
    edits = [_named(each.step, _was(each)) for each in several]
    edits += [edit for loop in loops.values() if (edit := _bound(loop)) is not None]
    return Fix(f"write `as: {json.dumps(_was(several[0]))}`", tuple(edits), safe=True)


def _named(step: Step, name: str) -> Edit:
    text = f"as: {json.dumps(name)}"
    if step.where.on_key:
        return Edit(Where(step.where.file, step.where.route), "insert", text)
    return Edit(step.where, "replace", f"{{{step.key}: {{}}, {text}}}")


def _bound(loop: Loop) -> Edit | None:
    """The edit that gives a repeated step its variable."""
    repeat = loop.step.repeat
    if repeat is None or repeat.variable is not None or repeat.count is None:
        return None
    count = expr.to_text(repeat.count.expr)
    shown = count if re.fullmatch(r"\w+", count) else json.dumps(count)
    route = (*loop.step.where.route[:-1], "repeat")
    return Edit(Where(loop.step.where.file, route), "replace", f"{{{loop.variable}: {shown}}}")
