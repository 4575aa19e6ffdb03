"""Ops that come again and again in a row, such as a linear layer with its activation: one round stands for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc.diagram.model.closing import resolution
from archc.ops.base import Op
from archc.tree import Item, Leaf, Src

Copies = tuple[tuple[Item, ...], ...]
"""Copies in a row, each of one item, or of the ops of a round."""
_LONGEST, _LEAST = 6, 3
"""The most ops of a round, and the fewest rounds that are folded."""


def same_op(one: Op, other: Op) -> bool:
    """Whether two ops have the same arguments, but for those that archc infers from what they are given."""
    hidden = set(one.inferred_fields())
    return type(one) is type(other) and one.model_dump(exclude=hidden) == other.model_dump(exclude=hidden)


def in_periods(runs: Sequence[tuple[Item, ...]]) -> Iterator[Copies]:
    """The runs of a body, rounds of single ops that come again together."""
    at = start = 0
    while at < len(runs):
        period, rounds = _period(runs, at, start)
        if rounds:
            items = [run[0] for run in runs[at : at + period * rounds]]
            yield tuple(tuple(items[k * period : (k + 1) * period]) for k in range(rounds))
            at, start = at + period * rounds, start + period * rounds
            continue
        yield tuple((item,) for item in runs[at])
        start += len(runs[at])
        at += 1


def _period(runs: Sequence[tuple[Item, ...]], at: int, start: int) -> tuple[int, int]:
    """The length and number of the rounds that begin here, those of the most ops; `start` is the first item's index."""
    best = (0, 0)
    for period in range(2, _LONGEST + 1):
        rounds = 1
        while all(_again(runs, at + rounds * period + k, at + k, start + rounds * period + k) for k in range(period)):
            rounds += 1
        if rounds >= _LEAST and period * rounds > best[0] * best[1]:
            best = (period, rounds)
    return best


def _again(runs: Sequence[tuple[Item, ...]], at: int, first: int, index: int) -> bool:
    """Whether the op of a run does again what that of the first round does, on what the one before it gave."""
    if at >= len(runs) or len(runs[at]) != 1 or len(runs[first]) != 1:
        return False
    one, other = runs[first][0], runs[at][0]
    leaves = one.content, other.content
    if not isinstance(leaves[0], Leaf) or not isinstance(leaves[1], Leaf) or not same_op(leaves[0].op, leaves[1].op):
        return False
    chained = other.inputs == (Src(index - 1),) and len(one.inputs) == 1
    alike = [resolution(type_) for type_ in one.types[:1]] == [resolution(type_) for type_ in other.types[:1]]
    return chained and alike and one.reuse is None and other.reuse is None
