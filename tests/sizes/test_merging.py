"""Regions said in fewer ones, and the nearest sizes in them, held against trying every size."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archc
from archc.dims import Condition, Dim, Sym, symbol
from archc.sizes import input_sizes, nearest_sizes
from archc.sizes.explore import Validity
from archc.sizes.merging import joined, merged
from archc.sizes.nearest import MOST
from archc.sizes.region import Region
from archc.sizes.words import regions_text

NAMES = ("S", "T")
POINTS = [dict(zip(NAMES, sizes, strict=True)) for sizes in product(range(1, 25), repeat=2)]
S, T = symbol("S", 7), symbol("T", 7)

small = st.integers(-12, 30)
formulas = st.one_of(
    st.builds(lambda a, b: a * S + b * T, st.integers(-2, 3), st.integers(-2, 3)),
    st.builds(lambda a, b: (S + a) * (T + b), st.integers(-2, 2), st.integers(-2, 2)),
    st.builds(lambda n, m: (S // n) * (T // m), st.integers(1, 3), st.integers(1, 3)),
    st.builds(lambda n, a: (S * T + a) - n * ((S * T + a) // n), st.integers(2, 6), st.integers(0, 5)),
    st.builds(lambda n, a: n * ((a * S + T) // 3) - (T // 2), st.integers(1, 3), st.integers(1, 2)),
    st.builds(lambda n: 4 * ((S + T) // n), st.integers(2, 4)),
    st.sampled_from([S, T, S // 2, T - 4 * (T // 4)]),
)  # fmt: skip


@st.composite
def conditions(draw: st.DrawFn) -> Condition | None:
    size: Dim = draw(formulas) - draw(small)
    return Condition(size, draw(st.sampled_from(["==", "!=", ">=", "<"]))) if isinstance(size, Sym) else None


@st.composite
def partitions(draw: st.DrawFn) -> list[Region]:
    """Parts of all sizes, cut by conditions as exploring a network cuts them, some of them left out."""
    parts = [Region.whole(NAMES)]
    for condition in draw(st.lists(conditions(), min_size=1, max_size=4)):
        if condition is not None:
            parts = [each for part in parts for way in (condition, condition.opposite) for each in part.where(way)]
    kept = draw(st.lists(st.booleans(), min_size=len(parts), max_size=len(parts)))
    return [part for part, keep in zip(parts, kept, strict=True) if keep]


def covered(regions: list[Region] | tuple[Region, ...]) -> list[Mapping[str, int]]:
    return [point for point in POINTS if any(point in region for region in regions)]


@settings(max_examples=60, deadline=None)
@given(partitions())
def test_fewer_regions_are_the_same_sizes(regions: list[Region]) -> None:
    fewer = joined(merged(regions))
    assert len(fewer) <= len(regions)
    assert covered(fewer) == covered(regions)
    assert all(sum(point in region for region in fewer) <= 1 for point in POINTS)


@settings(max_examples=60, deadline=None)
@given(st.lists(conditions(), min_size=1, max_size=4))
def test_parts_are_where_all_conditions_hold(given_: list[Condition | None]) -> None:
    parts: list[Region] = [Region.whole(NAMES)]
    for condition in given_:
        parts = [each for part in parts for each in (part.where(condition) if condition else (part,))]
    holding = [point for point in POINTS if all(each is None or each.holds(**point) for each in given_)]
    assert covered(parts) == holding


@settings(max_examples=60, deadline=None)
@given(partitions(), partitions())
def test_what_a_region_leaves_of_another(first: list[Region], second: list[Region]) -> None:
    for one, other in zip(first, second, strict=False):
        assert covered(one.minus(other)) == [point for point in covered([one]) if point not in other]


def tried_out(regions: list[Region], wanted: Mapping[str, int]) -> list[Mapping[str, int]]:
    """The same as `nearest_sizes` by trying: nearest first, none behind another, ties by how many sizes differ."""

    def key(point: Mapping[str, int]) -> tuple[int, int, tuple[int, ...]]:
        gaps = [abs(point[name] - wanted[name]) for name in NAMES]
        return sum(gaps), sum(gap > 0 for gap in gaps), tuple(point.values())

    def is_behind(point: Mapping[str, int], other: Mapping[str, int]) -> bool:
        return all(min(wanted[n], point[n]) <= other[n] <= max(wanted[n], point[n]) for n in NAMES)

    found: list[Mapping[str, int]] = []
    for point in sorted(covered(regions), key=key):
        if any(is_behind(point, other) for other in found):
            continue
        if len(found) == MOST or (found and key(point)[0] == key(found[-1])[0] and key(point)[1] > key(found[-1])[1]):
            break
        found.append(point)
    return found


@settings(max_examples=25, deadline=None)
@given(partitions(), st.integers(1, 8), st.integers(1, 8))
def test_the_nearest_sizes_are_the_nearest(regions: list[Region], s: int, t: int) -> None:
    wanted = {"S": s, "T": t}
    inside = [region for region in regions if region.sample(wanted) is not None]
    if any(wanted in region for region in inside):
        return
    near = nearest_sizes(Validity(NAMES, tuple(inside)), wanted)
    reach = 24 - max(s, t)  # of what is farther not all was tried
    told = [point for point in near.points if _distance(point, wanted) <= reach]
    expected = [point for point in tried_out(inside, wanted) if _distance(point, wanted) <= reach]
    assert told == (expected if near.is_sure else expected[: len(told)])


def _distance(point: Mapping[str, int], wanted: Mapping[str, int]) -> int:
    return sum(abs(point[name] - wanted[name]) for name in NAMES)


def takes(inputs: str, *steps: str) -> str:
    network = archc.loads("\n".join(["archc: 1", "name: n", f"inputs: {inputs}", "steps:", *steps]))
    found = input_sizes(network).built
    assert found.is_exact
    return regions_text(found.regions, network.settled.sizes)


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        (["flatten: 2", "unflatten: {dim: 2, sizes: [-1, 5]}"], "H * W mod 5 = 0"),
        (["flatten: 1", "unflatten: {dim: 1, sizes: [-1, 5]}"], "H * W mod 5 = 0"),
        (["flatten: 2", "unflatten: {dim: 2, sizes: [-1, 5]}", "Conv2d: {out_channels: 2, kernel_size: 3}"],
         "H * W >= 15 and mod 5 = 0"),
        (["MaxPool2d: 2", "flatten: 2", "unflatten: {dim: 2, sizes: [5, -1]}", "flatten: 1", "Linear: 2"],
         "H in 10..11, W in 20..21; or H in 20..21, W in 10..11; or H in 4..5, W in 50..51; or H in 50..51, W in 4..5; "
         "or H in 2..3, W in 100..101; or H in 100..101, W in 2..3"),
        (["flatten: 2", "unflatten: {dim: 2, sizes: [-1, 5]}", "flatten: 2", "unflatten: {dim: 2, sizes: [10, -1]}"],
         "H * W mod 10 = 0"),
    ],
)  # fmt: skip
def test_divisibility_of_a_product(steps: list[str], text: str) -> None:
    assert takes("{x: [4, H=10, W=20]}", *(f"  - {step}" for step in steps)) == text
