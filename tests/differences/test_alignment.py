"""What corresponds in two sequences: equal entries in order, and as many as can be where that is cheap to know."""

from itertools import pairwise
from random import Random

from archc.differences.alignment import MOST_EDITS, align, rising


def longest(one: list[int], other: list[int]) -> int:
    """The length of the longest common subsequence, by its definition."""
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, left in enumerate(one):
        for j, right in enumerate(other):
            table[i + 1][j + 1] = table[i][j] + 1 if left == right else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


def are_in_order(one: list[int], other: list[int], pairs: list[tuple[int, int]]) -> bool:
    rise = all(i < i_after and j < j_after for (i, j), (i_after, j_after) in pairwise(pairs))
    return rise and all(one[i] == other[j] for i, j in pairs)


def test_pairs_are_equal_and_rise() -> None:
    random, short = Random(1), 0
    for _ in range(4_000):
        letters = random.choice([1, 2, 3, 8])
        one, other = ([random.randrange(letters) for _ in range(random.randrange(12))] for _ in range(2))
        pairs = align(one, other)
        assert are_in_order(one, other, pairs)
        short += len(pairs) < longest(one, other)
    assert short < 4_000 / 25  # entries that stand once part a sequence even where that costs a pair


def test_one_edit_leaves_everything_else() -> None:
    random = Random(2)
    for _ in range(1_000):
        one = [random.randrange(3) for _ in range(random.randrange(1, 30))]
        at = random.randrange(len(one))
        other = one[:at] + one[at + 1 :]
        assert len(align(one, other)) == len(align(other, one)) == len(other)
        assert len(align(one, [*one[:at], 9, *one[at:]])) == len(one)


def test_what_is_new_among_equal_entries_is_last() -> None:
    assert align([1, 1, 1], [1, 1, 1, 1]) == [(0, 0), (1, 1), (2, 2)]


def test_beyond_the_bound_the_order_is_kept() -> None:
    random = Random(3)
    one, other = ([random.randrange(4) for _ in range(4 * MOST_EDITS)] for _ in range(2))
    pairs = align(one, other)
    assert are_in_order(one, other, pairs)
    assert len(pairs) > len(one) / 4


def test_neighbours_decide_between_runs_that_are_as_long() -> None:
    crossing = [(0, 5), (1, 0)]
    assert rising(crossing, lambda i, j: (i, j) == (2, 1)) == [(1, 0)]
    assert rising(crossing, lambda i, j: (i, j) == (1, 6)) == [(0, 5)]
