"""Sets of sizes behave as the sets of numbers that they stand for."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.sizes.size_set import ALL, LONGEST, SizeSet, TooLongError
from archc.sizes.words import set_text

HORIZON = 400
"""Beyond every block that is drawn: from there on the sets recur."""


@st.composite
def sets(draw: st.DrawFn) -> SizeSet:
    period = draw(st.integers(1, 12))
    events = st.tuples(st.integers(0, 9), st.integers(0, period - 1), st.booleans())
    return SizeSet.of(period, draw(st.lists(events, max_size=8)))


def members(found: SizeSet) -> set[int]:
    return {size for size in range(HORIZON) if size in found}


@given(sets(), sets())
def test_algebra(left: SizeSet, right: SizeSet) -> None:
    assert members(left & right) == members(left) & members(right)
    assert members(left | right) == members(left) | members(right)
    assert members(~left) == set(range(HORIZON)) - members(left)
    assert bool(left) == bool(members(left))


@given(sets())
def test_iteration_is_in_order_and_complete(found: SizeSet) -> None:
    inside = sorted(members(found))
    assert [*islice(found, len(inside))] == inside
    assert found.is_finite == (max(inside, default=0) < HORIZON // 2)


@given(sets(), st.integers(-30, 30))
def test_shifting(found: SizeSet, by: int) -> None:
    assert members(found.shifted(by)) == {size for size in range(HORIZON) if size - by in found}


@given(sets(), st.integers(0, HORIZON // 2))
def test_nearest(found: SizeSet, size: int) -> None:
    inside = members(found)
    below = [other for other in inside if other < size]
    above = [other for other in inside if other >= size]
    assert found.nearest(size) == (*([max(below)] if below else []), *([min(above)] if above else []))


@given(sets())
def test_runs_are_the_set(found: SizeSet) -> None:
    runs = found.runs(50)
    if runs is not None:
        assert members(found) == {
            n for first, last in runs for n in range(first, HORIZON if last is None else last + 1)
        }
        assert all(after[0] > (before[1] or 0) + 1 for before, after in pairwise(runs))


def test_periods_that_are_too_long_are_refused() -> None:
    first, second = SizeSet.of(65_521, [(0, 1, True)]), SizeSet.of(65_519, [(0, 1, True)])
    assert LONGEST < 65_521 * 65_519
    with pytest.raises(TooLongError):
        first & second


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (ALL, "any H"),
        (SizeSet.between(12), "H >= 12"),
        (SizeSet.between(28, 31), "H in 28..31"),
        (SizeSet.between(10, 10), "H = 10"),
        (SizeSet.between(5, 7) | SizeSet.between(12), "H in 5..7 or H >= 12"),
        (SizeSet.of(32, [(0, 0, True)]) & ALL, "H mod 32 = 0"),
        (SizeSet.of(32, [(0, 0, True)]) & SizeSet.between(64), "H >= 64 and H mod 32 = 0"),
        (SizeSet.of(6, [(0, 2, True), (0, 3, True), (0, 5, True)]), "H mod 6 in 2..3, 5"),
        (SizeSet.of(6, [(0, 1, True), (0, 4, True)]), "H mod 3 = 1"),
        (SizeSet.between(1, 2) | (SizeSet.of(4, [(0, 3, True)]) & SizeSet.between(8)), "H in 1..2 or H >= 11 and H mod 4 = 3"),
    ],
)  # fmt: skip
def test_words(found: SizeSet, text: str) -> None:
    assert set_text("H", found) == text
