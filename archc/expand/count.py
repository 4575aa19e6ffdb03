"""Counting the steps of a network before any is expanded, so that no file of a few lines takes a machine down.

The count is a lower bound: a step that may be dropped counts once, without what is in it, and a repeat whose number
is only known inside a block counts for nothing. A sum goes no further than `MOST`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archc.expand.values import value_of
from archc.expr import UNKNOWN, ExprError
from archc.spec.arguments import Formula
from archc.spec.data import is_sequence, is_whole
from archc.spec.model import Block, BlockCall, Chain, Group, OpCall, Scope, Spec, Step

MOST = 100_000
"""The most steps that a network may come to, dropped ones counted."""
MAX_DEPTH = 48
"""How deep blocks and groups may be nested."""
_TRIED = 1000
"""In how many rounds of a loop the steps within are counted anew."""

Values = Mapping[str, object]


def first_too_many(spec: Spec, values: Values) -> Step | None:
    """The innermost step by which a network has more than `MOST` steps; None where it surely has no more."""
    counting = _Counting(spec.scope, values)
    if spec.chain is not None:
        counting.chain(spec.chain, spec.scope, values)
    return counting.over


class _Counting:
    """The counts of blocks, each made once."""

    def __init__(self, scope: Scope, values: Values) -> None:
        self.values = {id(scope): values}
        self.blocks: dict[int, int] = {}
        self.depth = 0
        self.over: Step | None = None
        """The step by which there are too many."""

    def chain(self, chain: Chain, scope: Scope, values: Values) -> int:
        total = 0
        for step in chain.steps:
            total += self.step(step, scope, values)
            if total > MOST:
                self.over = self.over or step
                return MOST + 1
        return total

    def step(self, step: Step, scope: Scope, values: Values) -> int:
        """How often a step and those within it are looked at."""
        if step.repeat is None:
            return self.once(step, scope, values)
        name, rounds = step.repeat.variable, _rounds(step, values)
        if rounds is None or not len(rounds):
            return 1
        if name is None or _is_alone(step):
            return min(len(rounds) * self.once(step, scope, values), MOST + 1)
        total = 0
        for at, value in enumerate(rounds[:_TRIED]):
            total += self.once(step, scope, {**values, name: value})
            if total > MOST or (at == 0 and len(rounds) > MOST):
                return MOST + 1
        return max(total, len(rounds))

    def once(self, step: Step, scope: Scope, values: Values) -> int:
        if step.when is not None and (holds := _value(step.when, values)) is not True:
            other = step.otherwise if holds is False else None
            return max(1, self.chain(other, scope, values)) if isinstance(other, Chain) else 1
        action = step.action
        if isinstance(action, Group):
            return max(1, self.chain(action.chain, scope, values))
        if isinstance(action, BlockCall) and (block := scope.blocks.get(action.target)) is not None:
            return max(1, self.block(block))
        branches = action.branches or () if isinstance(action, OpCall) else ()
        return 1 + sum(self.chain(branch.chain, scope, values) for branch in branches)

    def block(self, block: Block) -> int:
        """The steps of a block whatever its parameters are."""
        key = id(block)
        if self.depth > MAX_DEPTH:  # which is refused as soon as they are expanded
            return 0
        if key not in self.blocks:
            self.blocks[key], self.depth = 0, self.depth + 1
            own = {param.name for param in block.params} | {name for name, _ in block.lets} | {"input"}
            outer = self.values.get(id(block.scope), {})
            known = {name: value for name, value in outer.items() if name not in own}
            self.blocks[key] = self.chain(block.chain, block.scope, known)
            self.depth -= 1
        return self.blocks[key]


def _is_alone(step: Step) -> bool:
    """Whether a step has no steps within it, and so counts the same in every round."""
    return isinstance(step.action, OpCall) and not step.action.branches


def _rounds(step: Step, values: Values) -> Sequence[object] | None:
    """The values of a loop variable, or as many of anything; None where they are not known here."""
    repeat = step.repeat
    assert repeat is not None
    if repeat.count is None:
        rows = values.get(repeat.rows or "")
        return rows if is_sequence(rows) else None
    count = _value(repeat.count, values)
    return range(count) if is_whole(count) and count >= 0 else None


def _value(formula: Formula, values: Values) -> object:
    try:
        return value_of(formula.expr, values)
    except ExprError:
        return UNKNOWN
