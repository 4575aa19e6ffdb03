"""Which entries of two sequences correspond, in order: as many as can be where they differ little.

What begins alike goes first, so that among equal entries the last ones are new; then what stands once in either parts
the rest (patience diff, Cohen); what is left between is aligned by fewest edits (Myers, 1986), up to a bound on their
number. So it is linear in the length for a few edits, and never quadratic: beyond the bound entries correspond in the
order of their labels alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import pairwise

Pair = tuple[int, int]
Span = tuple[int, int, int, int]
"""A stretch of either sequence: from, to, from, to."""
MOST_EDITS = 256


def align(one: Sequence[Hashable], other: Sequence[Hashable]) -> list[Pair]:
    """Pairs of positions with equal entries, rising on both sides."""

    def alike(i: int, j: int) -> bool:
        return 0 <= i < len(one) and 0 <= j < len(other) and one[i] == other[j]

    pairs: list[Pair] = []
    waiting: list[Span] = [(0, len(one), 0, len(other))]
    while waiting:
        i, i_end, j, j_end = waiting.pop()
        while i < i_end and j < j_end and one[i] == other[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        anchors = rising(_unique(one, other, (i, i_end, j, j_end)), alike)
        if anchors:
            waiting += gaps((i, i_end, j, j_end), anchors)
            pairs += anchors
            continue
        while i < i_end and j < j_end and one[i_end - 1] == other[j_end - 1]:
            i_end, j_end = i_end - 1, j_end - 1
            pairs.append((i_end, j_end))
        if i < i_end and j < j_end:
            pairs += _fewest_edits(one, other, (i, i_end, j, j_end))
    return sorted(pairs)


def gaps(span: Span, pairs: Sequence[Pair]) -> Iterator[Span]:
    """The stretches before, between and behind rising pairs."""
    i, i_end, j, j_end = span
    for at, to in pairs:
        yield i, at, j, to
        i, j = at + 1, to + 1
    yield i, i_end, j, j_end


def rising(pairs: Sequence[Pair], alike: Callable[[int, int], bool]) -> list[Pair]:
    """Of pairs that rise on the first side those that rise on both: as many as can be, best with neighbours alike."""
    if all(one[1] < other[1] for one, other in pairwise(pairs)):
        return list(pairs)
    ranks = {to: rank for rank, to in enumerate(sorted(to for _, to in pairs), 1)}
    best = [(0, -1)] * (len(pairs) + 1)
    """What runs that end at a rank or in the stretch before it are worth at most, and the last pair (Fenwick, 1994)."""
    before: list[int] = []
    for at, (i, j) in enumerate(pairs):
        rank = ranks[j] - 1
        worth, last = 0, -1
        while rank:
            worth, last = max((worth, last), best[rank])
            rank -= rank & -rank
        before.append(last)
        worth += 4 + alike(i - 1, j - 1) + alike(i + 1, j + 1)
        rank = ranks[j]
        while rank <= len(pairs):
            best[rank] = max(best[rank], (worth, at))
            rank += rank & -rank
    found: list[Pair] = []
    rank, at = len(pairs), (0, -1)
    while rank:
        at = max(at, best[rank])
        rank -= rank & -rank
    end = at[1]
    while end >= 0:
        found.append(pairs[end])
        end = before[end]
    return found[::-1]


def _unique(one: Sequence[Hashable], other: Sequence[Hashable], span: Span) -> list[Pair]:
    """What stands once in both stretches."""
    i, i_end, j, j_end = span
    counts = Counter(one[i:i_end]), Counter(other[j:j_end])
    places = {label: at for at, label in enumerate(other[j:j_end], j) if counts[1][label] == 1}
    return [
        (at, places[label]) for at, label in enumerate(one[i:i_end], i) if counts[0][label] == 1 and label in places
    ]


def _fewest_edits(one: Sequence[Hashable], other: Sequence[Hashable], span: Span) -> list[Pair]:
    """The pairs that the fewest insertions and deletions leave."""
    i, i_end, j, j_end = span
    n, m = i_end - i, j_end - j
    furthest = {1: 0}
    history: list[dict[int, int]] = []
    for edits in range(min(n + m, MOST_EDITS) + 1):
        history.append(dict(furthest))
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            while x < n and x - k < m and one[i + x] == other[j + x - k]:
                x += 1
            furthest[k] = x
            if x >= n and x - k >= m:
                return [(i + x, j + y) for x, y in _walked(history, n, m)]
    return _in_order(one, other, span)


def _walked(history: Sequence[dict[int, int]], n: int, m: int) -> Iterator[Pair]:
    """The diagonal steps of the way to the end."""
    x, y = n, m
    for edits in reversed(range(len(history))):
        furthest, k = history[edits], x - y
        down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
        before = k + 1 if down else k - 1
        was_x = furthest[before] if edits else 0
        was_y = was_x - before if edits else 0
        while x > was_x and y > was_y:
            x, y = x - 1, y - 1
            yield x, y
        x, y = was_x, was_y


def _in_order(one: Sequence[Hashable], other: Sequence[Hashable], span: Span) -> list[Pair]:
    """The n-th of a label with the n-th of the same label, as far as those do not cross."""
    i, i_end, j, j_end = span
    places: dict[Hashable, deque[int]] = defaultdict(deque)
    for at in range(j, j_end):
        places[other[at]].append(at)
    pairs = [(at, places[one[at]].popleft()) for at in range(i, i_end) if places[one[at]]]
    return rising(pairs, lambda i, j: False)
