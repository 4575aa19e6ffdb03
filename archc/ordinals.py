"""The names of unnamed steps as version 0.1.0 gave them out, and as they are: from the text alone, for all values.

There every round of a repeated step took an ordinal (`conv2d_1`, `conv2d_2`), and every branch of a repeated fork; now
the rounds have one in common.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from archc import expr
from archc.diagnostics import Where
from archc.expr import Expr
from archc.naming import auto_name
from archc.record import record
from archc.spec.model import Block, Chain, Group, Reuse, Spec, Step
from archc.spec.walk import branches_of, chains_in, owns_modules

LONGEST = 60
"""How many parts a formula of names may have."""
ZERO = expr.number(0)
Amounts = Mapping[str, Expr | None]
"""How many names of each stem are taken; None where no formula says so."""


@record(eq=False, repr=False)
class Loop:
    """A repeated step around others, and its variable, one that is free where it has none."""

    step: Step
    variable: str


@record(eq=False, repr=False)
class Unnamed:
    """A step or branch without a name of its own: the ordinal that it had, and what it is called now."""

    step: Step
    where: Where
    stem: str
    was: Expr | None
    now: str
    loops: tuple[Loop, ...]
    is_branch: bool
    changed: bool


def ordinals(definition: Spec | Block) -> list[Unnamed]:
    """The steps and branches of a definition that have no name of their own, in order."""
    return _Walk(definition).found


def repeats(chain: Chain) -> bool:
    """Whether anything in a chain is repeated."""
    return any(step.repeat is not None or any(map(repeats, chains_in(step))) for step in chain.steps)


class _Walk:
    """A definition gone through once: the names of unnamed steps as they were and as they are."""

    def __init__(self, definition: Spec | Block) -> None:
        assert definition.chain is not None
        self.names = _scope(definition)
        plain = (step.name.plain or "" for step in definition.chain.steps if step.name is not None)
        self.given = {name.rpartition("_")[0] for name in plain if name.rpartition("_")[2].isdigit()}
        """The stems of names that are given, to which ordinals give way."""
        self.found: list[Unnamed] = []
        self._now: dict[str, int] = {}
        self._each: dict[int, Amounts] = {}
        was: dict[str, Expr | None] = {}
        for step in definition.chain.steps:
            self._step(step, was, ())

    def _step(self, step: Step, was: dict[str, Expr | None], loops: tuple[Loop, ...]) -> None:
        if step.repeat is None:
            self._once(step, was, loops)
            return
        known = step.repeat.variable or self._free(loops)
        variable = expr.Name(known) if step.repeat.rows is None else None
        each = self._of_round(step)
        inner = {**was, **{stem: _plus(_times(variable, each[stem]), was.get(stem, ZERO)) for stem in each}}
        self._once(step, inner, (*loops, Loop(step, known)))
        was.update({stem: _plus(was.get(stem, ZERO), amount) for stem, amount in self._of_all(step).items()})

    def _free(self, loops: tuple[Loop, ...]) -> str:
        """A name for a variable that is free within these loops."""
        taken = self.names.union(loop.variable for loop in loops)
        return next(
            name for name in itertools.chain("ijklmn", map("i{}".format, itertools.count())) if name not in taken
        )

    def _once(self, step: Step, was: dict[str, Expr | None], loops: tuple[Loop, ...]) -> None:
        if _has_ordinal(step):
            self._take(step, step.where, auto_name(step.key), was, loops)
        self._inside(step, was, loops)

    def _inside(self, step: Step, was: dict[str, Expr | None], loops: tuple[Loop, ...]) -> None:
        if isinstance(step.action, Group) and step.action.spliced:
            for inner in step.action.chain.steps:
                self._step(inner, was, loops)
            was.update(dict.fromkeys(self._unsure(step)))
        for branch in branches_of(step):
            chain = branch.chain
            if chain.lone or owns_modules(chain):
                lone = chain.steps[0] if chain.lone else None
                self._take(step, lone.where if lone else chain.where, branch.name, was, loops, is_branch=True)
                if lone is not None and lone.name is not None:
                    self.found.pop()
            for inner in chain.steps if chain.lone else ():
                self._inside(inner, was, loops)
            for inner in chain.steps if not chain.lone and not owns_modules(chain) else ():
                self._step(inner, was, loops)

    def _take(
        self, step: Step, where: Where, stem: str, was: dict[str, Expr | None], loops: tuple[Loop, ...],
        *, is_branch: bool = False,
    ) -> None:  # fmt: skip
        """Note the name that something takes."""
        key = f"/{stem}" if is_branch else stem
        at = self._now[key] = self._now.get(key, 0) + 1
        ordinal = was[key] = _plus(was.get(key, ZERO), expr.number(1))
        changed = bool(loops) or ordinal != expr.number(at)
        if stem in self.given:
            ordinal = None
        now = stem if is_branch and at == 1 else f"{stem}_{at}"
        now += "".join(f".{{{loop.variable}}}" for loop in loops)
        self.found.append(Unnamed(step, where, stem, ordinal, now, loops, is_branch, changed))

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
            yield from ((stem, None) for stem in self._unsure(step))
        for branch in branches_of(step):
            chain = branch.chain
            if chain.lone or owns_modules(chain):
                yield f"/{branch.name}", expr.number(1)
            if chain.lone:
                yield from self._taken(chain.steps[0], own=False)
            elif not owns_modules(chain):
                yield from (each for inner in chain.steps for each in self._of_all(inner).items())

    def _unsure(self, step: Step) -> set[str]:
        """The stems of which a chain took one name for all rounds where it was dropped, and one for each where not."""
        if step.when is None or not isinstance(step.action, Group):
            return set()
        repeated = (inner for inner in step.action.chain.steps if repeats(Chain((inner,), inner.where)))
        return {stem for inner in repeated for stem in self._of_all(inner)}

    def _of_all(self, step: Step) -> Amounts:
        """The names that a step took in all of its rounds."""
        each, repeat = self._of_round(step), step.repeat
        if repeat is None:
            return each
        count = expr.Func("len", (expr.Name(repeat.rows or ""),)) if repeat.count is None else repeat.count.expr
        varies = {stem for stem, amount in each.items() if amount and repeat.variable in expr.names(amount)}
        return {stem: None if stem in varies else _times(count, amount) for stem, amount in each.items()}


def _plus(one: Expr | None, other: Expr | None) -> Expr | None:
    return None if one is None or other is None else _short(expr.simplify(expr.Binary("+", one, other)))


def _times(one: Expr | None, other: Expr | None) -> Expr | None:
    return None if one is None or other is None else _short(expr.simplify(expr.Binary("*", one, other)))


def _short(formula: Expr) -> Expr | None:
    """A formula that a person would still read; None for another."""
    return formula if _parts(formula) <= LONGEST else None


def _parts(formula: Expr) -> int:
    return 1 + sum(map(_parts, expr.children(formula)))


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
