"""Conditions solved for sizes: against trying every size, and against z3."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import z3
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archc.dims import Condition, Floor, Sym, symbol
from archc.dims import product as product_of
from archc.dims.decide import Relation
from archc.sizes.region import Region
from archc.sizes.size_set import SizeSet
from archc.sizes.solve import solve, solve_one

H, W = symbol("H", 24), symbol("W", 24)
RELATIONS: tuple[Relation, ...] = ("==", "!=", ">=", "<")


@st.composite
def formulas(draw: st.DrawFn, start: Sym = H) -> Sym:
    """What windows, upsampling and crops make of one size, sometimes times itself."""
    size: Any = start
    for _ in range(draw(st.integers(1, 4))):
        match draw(st.sampled_from(("window", "scale", "sum", "square"))):
            case "window":
                size = (size + draw(st.integers(-6, 6))) // draw(st.integers(1, 4)) + draw(st.integers(-2, 2))
            case "scale":
                size = size * draw(st.integers(-3, 3)) + draw(st.integers(-9, 9))
            case "sum":
                size = size + (start + draw(st.integers(-4, 4))) // draw(st.integers(1, 3))
            case _:
                size = size * ((start + 1) // 2)
        assume(isinstance(size, Sym))
    return size


@settings(max_examples=150, deadline=None)
@given(formulas(), st.sampled_from(RELATIONS))
def test_one_symbol_against_every_size(size: Sym, relation: Relation) -> None:
    condition = Condition(size, relation)
    boxes = solve(condition)
    assert boxes is not None
    found = boxes[0]["H"] if boxes else SizeSet.between(1, 0)
    assert [n for n in range(1, 200) if n in found] == [n for n in range(1, 200) if condition.holds(H=n)]


@settings(max_examples=60, deadline=None)
@given(formulas(), formulas(W), st.integers(0, 3), st.sampled_from(RELATIONS))
def test_products_of_two_symbols_against_every_pair(left: Sym, right: Sym, at: int, relation: Relation) -> None:
    whole = product_of((left, right))
    assume(isinstance(whole, Sym))
    named = {"H": 9 + at, "W": 11}
    condition = Condition(whole - Condition(whole, "==").value(**named), relation)
    assume(isinstance(condition.size, Sym))
    parts = Region.whole(("H", "W")).where(condition)
    for height, width in product(range(1, 26), repeat=2):
        point = {"H": height, "W": width}
        assert sum(point in part for part in parts) == condition.holds(**point)


def test_flattened_channels_give_exact_boxes() -> None:
    area = 16 * (H // 4 - 2) * (W // 4 - 2)
    boxes = solve(Condition(area - 400, "=="))
    assert boxes is not None
    runs = {tuple((name, found.runs(3)) for name, found in box.items()) for box in boxes if all(box.values())}
    square, long = ((28, 31),), ((108, 111),)
    assert (("H", square), ("W", square)) in runs
    assert (("H", ((12, 15),)), ("W", long)) in runs
    positive = {each for each in runs if all(spans[0][0] >= 12 for _, spans in each)}
    assert len(positive) == 3


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize(
    ("factor", "a", "b", "more", "const"),
    [(1, 0, 4, 0, -2), (2, 3, 7, -1, 5), (-3, 1, 5, 2, 8), (4, 0, 16, -1, 0), (1, 31, 32, 0, -7), (2, 0, 2, -1, 0)],
)
def test_no_size_at_all_is_an_exception(relation: Relation, factor: int, a: int, b: int, more: int, const: int) -> None:
    """z3 finds no size, however large, for which `factor * floor((H + a) / b) + more * H + const` is judged wrongly."""
    size: Any = factor * ((H + a) // b) + more * H + const
    found = solve_one(size.key, size.const, relation)
    x = z3.Int("x")
    formula = factor * ((x + a) / b) + more * x + const
    holds = {"==": formula == 0, "!=": formula != 0, ">=": formula >= 0, "<": formula < 0}[relation]
    solver = z3.Solver()
    solver.add(x >= 1, holds != _as_z3(x, found))
    assert solver.check() == z3.unsat


def _as_z3(x: Any, found: SizeSet) -> Any:
    """Membership in a set as a formula: its steps by the number of the period, its bits by the residue."""
    ends = [block for block, _ in found.steps[1:]]
    parts = []
    for (start, bits), end in zip(found.steps, [*ends, None], strict=True):
        inside = z3.Or([x % found.period == r for r in range(found.period) if bits >> r & 1])
        parts.append(z3.And(x / found.period >= start, inside, *([x / found.period < end] if end is not None else [])))
    return z3.Or(parts)


def test_atoms_are_what_the_tests_think() -> None:
    assert (H // 4).terms == (((Floor("H", 0, 4),), 1),)
