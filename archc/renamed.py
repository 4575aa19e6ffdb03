"""Modules that are called otherwise than version 0.1.0 called them, so that weights saved then do not load as they are.

Each round of an unnamed repeated step took an ordinal of its own there (`conv2d_1`, `conv2d_2`), and so did the
branches of a repeated fork; and a network that was modules alone at the values of its parameters had numbers for names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from archc import codes, expr
from archc.diagnostics import Diagnostic, Edit, Fix, Where
from archc.expr import Expr
from archc.naming import auto_name
from archc.record import record
from archc.spec.model import Block, Chain, Group, OpCall, Reuse, Spec, Step
from archc.spec.sequential import is_sequential
from archc.spec.walk import are_rounds, branches_of, chains_in, owns_modules
from archc.tree import Body, Item, Leaf, is_plain_chain, ops_in

if TYPE_CHECKING:
    from archc.network import Network

VARIABLES = "ijklmnopqrstuvw"
Amounts = Mapping[str, Expr | None]
"""How many names of each stem are taken; None where no formula says so."""


@record(eq=False, repr=False)
class _Loop:
    """A repeated step around others, and its variable, one that is free where it has none."""

    step: Step
    variable: str


@record(eq=False, repr=False)
class _Renamed:
    """A step or branch that is called otherwise: the ordinal that it had, and what it is called now."""

    step: Step
    where: Where
    stem: str
    was: Expr | None
    now: str
    loops: tuple[_Loop, ...]
    is_branch: bool = False


def check_renamed(network: Network) -> Iterator[Diagnostic]:
    """A warning for each step of the network and of the blocks it uses whose weights are called otherwise now."""
    bodies = _bodies(network.body)
    for body in {id(body.definition): body for body in bodies}.values():
        definition = body.definition
        if isinstance(definition, Spec) and not is_sequential(definition) and _was_numbered(definition, body):
            yield from _numbers_gone(body)
        elif not isinstance(definition, Chain) and _may_be_renamed(definition):
            found = _Walk(definition).found
            weights = _weights([each for each in bodies if each.definition is definition]) if found else {}
            yield from _report([each for each in found if each.where in weights], weights)


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
    return chain is not None and not numbered and _repeats(chain) and not _is_new(chain)


def _repeats(chain: Chain) -> bool:
    return any(step.repeat is not None or any(map(_repeats, chains_in(step))) for step in chain.steps)


def _is_new(chain: Chain | None) -> bool:
    """Whether a chain says what no earlier version could read."""
    steps = chain.steps if chain is not None else ()
    return any(step.otherwise is not None or are_rounds(step) or any(map(_is_new, chains_in(step))) for step in steps)


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


def _first_weight(item: Item) -> str:
    """The first weight of an item, by its path within it; empty where it has none."""
    if isinstance(item.content, Leaf):
        return next((weight.name for weight in item.content.op.weights()), "")
    return next((f"{path}.{weight.name}" for path, op in ops_in(item.content) for weight in op.weights()), "")


def _weights(bodies: Sequence[Body]) -> dict[Where, str]:
    """The first weight of whatever owns any, by the place of the step."""
    items = {item.step.where: item for body in bodies for item in body.items if item.reuse is None}
    return {where: weight for where, item in items.items() if (weight := _first_weight(item))}


class _Walk:
    """A definition gone through once: the names of unnamed steps as they were and as they are."""

    def __init__(self, definition: Spec | Block) -> None:
        assert definition.chain is not None
        self.names = _scope(definition)
        plain = (step.name.plain or "" for step in definition.chain.steps if step.name is not None)
        self.given = {name.rpartition("_")[0] for name in plain if name.rpartition("_")[2].isdigit()}
        """The stems of names that are given, to which ordinals give way."""
        self.found: list[_Renamed] = []
        self._now: dict[str, int] = {}
        self._each: dict[int, Amounts] = {}
        was: dict[str, Expr | None] = {}
        for step in definition.chain.steps:
            self._step(step, was, ())

    def _step(self, step: Step, was: dict[str, Expr | None], loops: tuple[_Loop, ...]) -> None:
        if step.repeat is None:
            self._once(step, was, loops)
            return
        known = step.repeat.variable or next(name for name in VARIABLES[len(loops) :] if name not in self.names)
        variable = expr.Name(known) if step.repeat.rows is None else None
        each = self._of_round(step)
        inner = {**was, **{stem: _plus(_times(variable, each[stem]), was.get(stem, ZERO)) for stem in each}}
        self._once(step, inner, (*loops, _Loop(step, known)))
        was.update({stem: _plus(was.get(stem, ZERO), amount) for stem, amount in self._of_all(step).items()})

    def _once(self, step: Step, was: dict[str, Expr | None], loops: tuple[_Loop, ...]) -> None:
        if _has_ordinal(step):
            self._take(step, step.where, auto_name(step.key), was, loops)
        self._inside(step, was, loops)

    def _inside(self, step: Step, was: dict[str, Expr | None], loops: tuple[_Loop, ...]) -> None:
        if isinstance(step.action, Group) and step.action.spliced:
            for inner in step.action.chain.steps:
                self._step(inner, was, loops)
        for branch in branches_of(step):
            chain = branch.chain
            if chain.lone or owns_modules(chain):
                lone = chain.steps[0] if chain.lone else None
                self._take(step, lone.where if lone else chain.where, branch.name, was, loops, is_branch=True)
                if lone is not None and lone.name is not None:
                    self.found = [each for each in self.found if each.where != lone.where]
            for inner in chain.steps if chain.lone else ():
                self._inside(inner, was, loops)
            for inner in chain.steps if not chain.lone and not owns_modules(chain) else ():
                self._step(inner, was, loops)

    def _take(
        self, step: Step, where: Where, stem: str, was: dict[str, Expr | None], loops: tuple[_Loop, ...],
        *, is_branch: bool = False,
    ) -> None:  # fmt: skip
        """Note the name that something takes, if it is another one than before."""
        key = f"/{stem}" if is_branch else stem
        at = self._now[key] = self._now.get(key, 0) + 1
        ordinal = was[key] = _plus(was.get(key, ZERO), expr.number(1))
        if stem in self.given:
            ordinal = None
        if loops or ordinal != expr.number(at):
            now = stem if is_branch and at == 1 else f"{stem}_{at}"
            rounds = "".join(f".{{{loop.variable}}}" for loop in loops)
            self.found.append(_Renamed(step, where, stem, ordinal, f"{now}{rounds}", loops, is_branch))

    def _of_round(self, step: Step) -> Amounts:
        """The names that a step took in each of its rounds."""
        if id(step) not in self._each:
            total: dict[str, Expr | None] = {}
            for stem, amount in self._taken(step):
                total[stem] = _plus(total.get(stem, ZERO), amount)
            self._each[id(step)] = total
        return self._each[id(step)]

    def _taken(self, step: Step, *, own: bool = True) -> Iterator[tuple[str, Expr | None]]:
        if own and _has_ordinal(step):
            yield auto_name(step.key), expr.number(1)
        if isinstance(step.action, Group) and step.action.spliced:
            yield from (each for inner in step.action.chain.steps for each in self._of_all(inner).items())
        for branch in branches_of(step):
            chain = branch.chain
            if chain.lone or owns_modules(chain):
                yield f"/{branch.name}", expr.number(1)
            if chain.lone:
                yield from self._taken(chain.steps[0], own=False)
            elif not owns_modules(chain):
                yield from (each for inner in chain.steps for each in self._of_all(inner).items())

    def _of_all(self, step: Step) -> Amounts:
        """The names that a step took in all of its rounds."""
        each, repeat = self._of_round(step), step.repeat
        if repeat is None:
            return each
        count = expr.Func("len", (expr.Name(repeat.rows or ""),)) if repeat.count is None else repeat.count.expr
        varies = {stem for stem, amount in each.items() if amount and repeat.variable in expr.names(amount)}
        return {stem: None if stem in varies else _times(count, amount) for stem, amount in each.items()}


ZERO = expr.number(0)


def _plus(one: Expr | None, other: Expr | None) -> Expr | None:
    return None if one is None or other is None else expr.simplify(expr.binary("+", one, other))


def _times(one: Expr | None, other: Expr | None) -> Expr | None:
    return None if one is None or other is None else expr.simplify(expr.binary("*", one, other))


def _has_ordinal(step: Step) -> bool:
    spliced = isinstance(step.action, Group) and step.action.spliced
    return step.name is None and not spliced and not isinstance(step.action, Reuse)


def _scope(definition: Spec | Block) -> set[str]:
    """The names that a loop variable cannot have."""
    own = (*definition.params, *definition.scope.params) if isinstance(definition, Block) else definition.scope.params
    lets = (*definition.lets, *definition.scope.lets) if isinstance(definition, Block) else definition.scope.lets
    chain = definition.chain
    return {"input", *(p.name for p in own), *(name for name, _ in lets), *(_variables(chain) if chain else ())}


def _variables(chain: Chain) -> Iterator[str]:
    for step in chain.steps:
        if step.repeat is not None and step.repeat.variable is not None:
            yield step.repeat.variable
        for inner in chains_in(step):
            yield from _variables(inner)


def _report(found: Sequence[_Renamed], weights: Mapping[Where, str]) -> Iterator[Diagnostic]:
    """One warning a step; the first of those with a common stem has the fix for all of them."""
    ordered = sorted(found, key=lambda each: (each.is_branch, each.stem))
    for _, alike in groupby(ordered, key=lambda each: (each.is_branch, each.stem)):
        several = [*alike]
        fix = _fix(several)
        for at, each in enumerate(several):
            weight, was = weights[each.where], _was(each)
            message = f"`{each.now}.{weight}` in the `state_dict` has another name than before"
            if was:
                message = f"what was `{was}.{weight}` in the `state_dict` is now `{each.now}.{weight}`"
            help = f"`as: {json.dumps(was)}` keeps the old name" if fix is not None else "no `as` keeps the old name"
            yield Diagnostic(
                codes.RENAMED, message, each.where, "warning", help=help, fixes=(fix,) if fix and not at else ()
            )


def _was(each: _Renamed) -> str:
    """What something was called, as a template; empty where none says so."""
    if each.was is None:
        return ""
    if each.was == expr.number(1) and each.is_branch:
        return each.stem
    ordinal = expr.to_text(each.was)
    return f"{each.stem}_{ordinal}" if isinstance(each.was, expr.Number) else f"{each.stem}_{{{ordinal}}}"


def _fix(several: Sequence[_Renamed]) -> Fix | None:
    """The fix that names steps as they were called; None where a template cannot."""
    if any(each.was is None or each.is_branch for each in several):
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


def _bound(loop: _Loop) -> Edit | None:
    """The edit that gives a repeated step its variable."""
    repeat = loop.step.repeat
    if repeat is None or repeat.variable is not None or repeat.count is None:
        return None
    count = expr.to_text(repeat.count.expr)
    shown = count if re.fullmatch(r"\w+", count) else json.dumps(count)
    route = (*loop.step.where.route[:-1], "repeat")
    return Edit(Where(loop.step.where.file, route), "replace", f"{{{loop.variable}: {shown}}}")
