"""Signs of polynomials, run by run, against their values."""

from __future__ import annotations

import itertools
from math import comb

from hypothesis import given
from hypothesis import strategies as st

from archc.sizes.signs import differences, sign_runs

POLYNOMIALS = st.lists(st.integers(-60, 60), min_size=1, max_size=4)


def value(polynomial: tuple[int, ...], k: int) -> int:
    return sum(d * comb(k, i) for i, d in enumerate(polynomial))


def sign_by_runs(runs: tuple[tuple[int, int], ...], k: int) -> int:
    return [sign for start, sign in runs if start <= k][-1]


@given(POLYNOMIALS)
def test_signs_are_those_of_the_values(given_: list[int]) -> None:
    polynomial = differences([value(tuple(given_), k) for k in range(len(given_))])
    runs = sign_runs(polynomial)
    for k in range(300):
        number = value(polynomial, k)
        assert sign_by_runs(runs, k) == (number > 0) - (number < 0)
    assert runs[0][0] == 0
    assert all(before[1] != after[1] for before, after in itertools.pairwise(runs))


def test_far_sign_changes_are_found_without_counting_there() -> None:
    huge = 10**15
    assert sign_runs((-huge, 1)) == ((0, -1), (huge, 0), (huge + 1, 1))
    square = differences([k * k - huge**2 for k in range(3)])
    assert sign_runs(square) == ((0, -1), (huge, 0), (huge + 1, 1))
