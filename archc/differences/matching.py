"""Which steps of two networks correspond, and which of those stand elsewhere.

A name that the author gave is what a step is known by, whatever became of it. Steps that are called after their op, and
the rounds of repeats, are aligned in the order they run: by op and arguments, first in modules of the same names, then
in any (a renamed block), then by what remains of either. What is left corresponds where both have one like it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

from archc.differences.alignment import Pair, align, gaps, rising
from archc.differences.description import Described, Description, Key
from archc.record import record


@record
class Side:
    """A network's steps in the order they run, with the skeletons of their paths."""

    description: Description
    keys: tuple[Key, ...]
    skeletons: tuple[str, ...]

    def step(self, at: int) -> Described:
        """A step by its place."""
        return self.description.steps[self.keys[at]]


@record
class Matching:
    """The steps and inputs that correspond, by key; `crossing` are those of the first that stand elsewhere."""

    pairs: Mapping[Key, Key]
    crossing: frozenset[Key]


Label = Callable[[Side, int], Hashable]


def match(one: Side, other: Side) -> Matching:
    """Pair the steps and the inputs of two networks."""
    kept = align(*([_known(side, at) for at in range(len(side.keys))] for side in (one, other)))
    paired = {**dict(_named(one, other)), **dict(kept)}
    for label in (_alike, _of_kind, _of_path):
        found = list(_aligned(one, other, paired, kept, label))
        paired.update(found)
        kept = sorted([*kept, *found])
    paired.update(list(_aligned(one, other, paired, (), _known)))
    paired.update(list(_lone(one, other, paired, _alike)))
    paired.update(list(_replaced(one, other, paired, kept)))
    straight = {i for i, _ in rising(sorted(paired.items()), lambda i, j: paired.get(i) == j)}
    steps = {one.keys[i]: other.keys[j] for i, j in paired.items()}
    inputs = dict(_inputs(one.description, other.description))
    return Matching({**inputs, **steps}, frozenset(one.keys[i] for i in paired if i not in straight))


def _named(one: Side, other: Side) -> Iterator[Pair]:
    """The steps whose names are the author's own, by these."""
    there = {key: at for at, key in enumerate(other.keys) if other.skeletons[at] == key[0]}
    for at, key in enumerate(one.keys):
        if one.skeletons[at] == key[0] and key in there:
            yield at, there[key]


def _known(side: Side, at: int) -> Hashable:
    """What a step is known by: the name that the author gave, or where it stands, its op and its arguments."""
    named = side.skeletons[at] == side.keys[at][0]
    return side.keys[at] if named else (side.skeletons[at], side.step(at).op, side.step(at).args)


def _alike(side: Side, at: int) -> Hashable:
    return side.step(at).op, side.step(at).args


def _of_kind(side: Side, at: int) -> Hashable:
    return side.skeletons[at], side.step(at).op


def _of_path(side: Side, at: int) -> Hashable:
    return side.skeletons[at]


def _aligned(one: Side, other: Side, paired: Mapping[int, int], kept: Sequence[Pair], label: Label) -> Iterator[Pair]:
    """What is not paired yet, aligned between the pairs that are kept."""
    for left, right in _stretches(one, other, paired, kept):
        if left and right:
            labels = [label(one, at) for at in left], [label(other, at) for at in right]
            yield from ((left[a], right[b]) for a, b in align(*labels))


def _stretches(
    one: Side, other: Side, paired: Mapping[int, int], kept: Sequence[Pair]
) -> Iterator[tuple[list[int], list[int]]]:
    """What is not paired yet between the pairs that are kept."""
    taken = set(paired.values())
    for i, i_end, j, j_end in gaps((0, len(one.keys), 0, len(other.keys)), kept):
        yield [at for at in range(i, i_end) if at not in paired], [at for at in range(j, j_end) if at not in taken]


def _lone(one: Side, other: Side, paired: Mapping[int, int], label: Label) -> Iterator[Pair]:
    """What is not paired yet and is the only one of its kind on either side."""
    ((left, right),) = _stretches(one, other, paired, ())
    labels = {at: label(one, at) for at in left}, {at: label(other, at) for at in right}
    counts = Counter(labels[0].values()), Counter(labels[1].values())
    there = {name: at for at, name in labels[1].items()}
    yield from ((at, there[name]) for at, name in labels[0].items() if counts[0][name] == 1 and counts[1][name] == 1)


def _replaced(one: Side, other: Side, paired: Mapping[int, int], kept: Sequence[Pair]) -> Iterator[Pair]:
    """A step without a name of its own where there stood another such."""
    for left, right in _stretches(one, other, paired, kept):
        if len(left) == len(right) == 1 and "#" in one.skeletons[left[0]] and "#" in other.skeletons[right[0]]:
            yield left[0], right[0]


def _inputs(one: Description, other: Description) -> Iterator[tuple[Key, Key]]:
    """Inputs by name, the others in order."""
    names = [each.name for each in one.inputs], [each.name for each in other.inputs]
    rest = [[name for name in names[side] if name not in names[1 - side]] for side in (0, 1)]
    for name, now in [*((name, name) for name in names[0] if name in names[1]), *zip(*rest, strict=False)]:
        yield (name, -1), (now, -1)
