"""Symbolic sizes against plain integer arithmetic: same values everywhere, and equal exactly when the functions are."""

from __future__ import annotations

from collections.abc import Callable
from math import lcm

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archc.dims import BATCH, Dim, Sym, at, ceil_div, product, same, symbol, symbols

H = symbol("H", 224)
W = symbol("W", 160)
MAX_PERIOD = 400

Function = tuple[Dim, Callable[[int], int], int]
"""A size in H, the same in plain numbers, and a period of its jumps."""


def conv(size: Dim, kernel: int, stride: int = 1, pad: int = 0) -> Dim:
    return (size + 2 * pad - kernel) // stride + 1


def shifted(x: Function, c: int) -> Function:
    return x[0] + c, lambda n: x[1](n) + c, x[2]


def scaled(x: Function, m: int) -> Function:
    return x[0] * m, lambda n: x[1](n) * m, x[2]


def floored(x: Function, by: int) -> Function:
    return x[0] // by, lambda n: x[1](n) // by, x[2] * by


def ceiled(x: Function, by: int) -> Function:
    return ceil_div(x[0], by), lambda n: -(-x[1](n) // by), x[2] * by


def reflected(x: Function, c: int) -> Function:
    return c - x[0], lambda n: c - x[1](n), x[2]


def summed(x: Function, y: Function) -> Function:
    return x[0] + y[0], lambda n: x[1](n) + y[1](n), lcm(x[2], y[2])


def subtracted(x: Function, y: Function) -> Function:
    return x[0] - y[0], lambda n: x[1](n) - y[1](n), lcm(x[2], y[2])


SMALL = st.integers(-7, 7)
DIVISOR = st.integers(1, 5)


def grown(inner: st.SearchStrategy[Function]) -> st.SearchStrategy[Function]:
    return st.one_of(
        st.builds(shifted, inner, SMALL),
        st.builds(scaled, inner, SMALL),
        st.builds(floored, inner, DIVISOR),
        st.builds(ceiled, inner, DIVISOR),
        st.builds(reflected, inner, SMALL),
        st.builds(summed, inner, inner),
        st.builds(subtracted, inner, inner),
    )


FUNCTIONS = st.recursive(st.just((H, lambda n: n, 1)), grown, max_leaves=5).filter(lambda x: x[2] <= MAX_PERIOD)


@given(FUNCTIONS)
@settings(max_examples=300, deadline=None)
def test_value_is_that_of_plain_arithmetic(function: Function) -> None:
    size, plain, period = function
    assert int(size) == plain(224)
    assert all(at(size, {"H": n}) == plain(n) for n in range(-period, 2 * period + 2))
    if isinstance(size, Sym):
        assert eval(str(size).replace("floor", "").replace(" / ", " // "), {"H": 97}) == plain(97)


@given(FUNCTIONS, FUNCTIONS)
@settings(max_examples=500, deadline=None)
def test_equal_iff_equal_as_functions(left: Function, right: Function) -> None:
    check_equality(left, right)


@given(FUNCTIONS, FUNCTIONS, st.integers(2, 6))
@settings(max_examples=200, deadline=None)
def test_identities_are_seen(x: Function, y: Function, by: int) -> None:
    assume(lcm(x[2], y[2]) * by <= MAX_PERIOD)
    check_equality(subtracted(summed(x, y), y), x)
    check_equality(floored(shifted(x, by), by), shifted(floored(x, by), 1))
    check_equality(ceiled(x, by), reflected(floored(reflected(x, 0), by), 0))
    parts = floored(x, by)
    for k in range(1, by):
        parts = summed(parts, floored(shifted(x, k), by))
    check_equality(parts, x)


def check_equality(left: Function, right: Function) -> None:
    (a, f, p), (b, g, q) = left, right
    equal = all(f(n) == g(n) for n in range(2 * lcm(p, q) + 1))
    assert (a == b) is equal
    assert (a - b == 0) is equal
    assert same(a, b) is equal
    assert isinstance(a, Sym) is (len({f(n) for n in range(2 * p + 1)}) > 1)
    assert symbols(a) == ({"H"} if isinstance(a, Sym) else frozenset())
    if equal:
        assert hash(a) == hash(b)


@given(FUNCTIONS, FUNCTIONS, FUNCTIONS, st.integers(1, 9))
@settings(max_examples=150, deadline=None)
def test_products_of_two_symbols(x: Function, y: Function, z: Function, by: int) -> None:
    other = in_w(y[0])
    size = x[0] * other + z[0]
    for h, w in ((0, 0), (1, 5), (13, 8), (64, 97), (223, 224)):
        plain = x[1](h) * y[1](w) + z[1](h)
        assert at(size, {"H": h, "W": w}) == plain
        assert at(size // by, {"H": h, "W": w}) == plain // by
    split = other * (x[0] - H // 2 - (H + 1) // 2) + (z[0] + H * other)
    assert split == size
    assert hash(split) == hash(size)


def in_w(size: Dim) -> Dim:
    """The same function of W."""
    if not isinstance(size, Sym):
        return size
    total: Dim = size.const
    for (atom, *_), factor in size.key:
        total = total + factor * ((W + atom[1]) // atom[2])
    return total


@given(st.lists(st.tuples(st.integers(1, 11), st.integers(1, 4), st.integers(0, 5)), max_size=8))
def test_a_chain_of_windows_is_one_floor(windows: list[tuple[int, int, int]]) -> None:
    size: Dim = H
    for kernel, stride, pad in windows:
        size = conv(size, kernel, stride, pad)
    assert isinstance(size, Sym)
    assert len(size.terms) == 1
    for n in (0, 1, 31, 224, 1000):
        plain = n
        for kernel, stride, pad in windows:
            plain = (plain + 2 * pad - kernel) // stride + 1
        assert at(size, {"H": n}) == plain


def lenet(size: Dim) -> Dim:
    return conv(conv(conv(conv(size, 5, 1, 2), 2, 2), 5), 2, 2)


def alexnet(size: Dim) -> Dim:
    size = conv(conv(conv(conv(size, 11, 4, 1), 3, 2), 5, 1, 2), 3, 2)
    return conv(conv(conv(conv(size, 3, 1, 1), 3, 1, 1), 3, 1, 1), 3, 2)


def resnet(size: Dim) -> Dim:
    size = conv(conv(size, 7, 2, 3), 3, 2, 1)
    for _ in range(3):
        assert conv(conv(size, 3, 2, 1), 3, 1, 1) == conv(size, 1, 2)
        size = conv(size, 1, 2)
    return size


def sizes_with(function: Callable[[Dim], Dim], wanted: Callable[[int], bool]) -> list[int]:
    size = function(H)
    return [n for n in range(1, 300) if wanted(at(size, {"H": n}))]


def test_known_networks() -> None:
    assert str(lenet(H)) == "floor(H / 4) - 2"
    assert sizes_with(lenet, lambda n: n >= 1)[0] == 12
    assert sizes_with(lenet, lambda n: n == 5) == [28, 29, 30, 31]
    assert str(alexnet(H)) == "floor((H + 31) / 32) - 2"
    assert sizes_with(alexnet, lambda n: n >= 1)[0] == 65
    assert sizes_with(alexnet, lambda n: n == 5) == list(range(193, 225))
    assert str(resnet(H)) == "floor((H + 31) / 32)"


def test_flatten_of_lenet_is_400_in_three_boxes() -> None:
    size = product((16, lenet(H), lenet(W)))
    assert str(size) == "16 * (floor(H / 4) - 2) * (floor(W / 4) - 2)"
    fits = {(h, w) for h in range(1, 130) for w in range(1, 130) if at(size, {"H": h, "W": w}) == 400 and h > 11}
    low, mid, high = range(12, 16), range(28, 32), range(108, 112)
    assert fits == {(h, w) for a, b in ((mid, mid), (low, high), (high, low)) for h in a for w in b}


@pytest.mark.parametrize("depth", [3, 4, 5])
def test_unet_needs_a_multiple(depth: int) -> None:
    skips: list[Dim] = []
    size: Dim = H
    for _ in range(depth):
        skips.append(size)
        size = size // 2
    for skip in reversed(skips):
        assert 2 * size != skip
        padded = 2 * size + (skip - 2 * size)
        assert padded == skip
        size = 2 * size
    fits = [n for n in range(1, 200) if at(H - size, {"H": n}) == 0]
    assert fits == list(range(2**depth, 200, 2**depth))


def test_halves_make_a_whole() -> None:
    whole = (H + 1) // 2 + H // 2
    assert whole == H
    assert hash(whole) == hash(H)
    assert str(whole) == "H"
    assert whole - H == 0
    assert 2 * (H // 2) != H
    assert ceil_div(H, 2) == H - H // 2
    assert (H // 3 + (H + 1) // 3 + (H + 2) // 3) * W == H * W


def test_texts() -> None:
    texts = {
        "H": H,
        "2 * H + 3": 2 * H + 3,
        "224 - H": 224 - H,
        "-H": -H,
        "floor((H + 3) / 4)": ceil_div(H, 4),
        "floor(3 * H / 4)": 3 * H // 4,
        "H + floor(H / 2)": 3 * H // 2,
        "H - 2 * floor(H / 2)": H - 2 * (H // 2),
        "512 * H * W": product((512, H, W)),
        "-2 * H * (W - 1)": product((-2, H, W - 1)),
        "H * W + 1": H * W + 1,
        "floor(H * W / 4)": H * W // 4,
        "floor((H * W + 12) / 20)": (H * W // 4 + 3) // 5,
        "3 * W * floor((H + W) / 2)": (H + W) // 2 * W * 3,
        "H * H": H * H,
    }
    assert {str(size): size for size in texts.values()} == texts
    assert repr(H // 32) == "Sym(floor(H / 32)=7)"
    anchors = [conv(H, 1, s) * conv(W, 1, s) for s in (8, 16)]
    assert str(anchors[0] + anchors[1]) == (
        "floor((H + 7) / 8) * floor((W + 7) / 8) + floor((H + 15) / 16) * floor((W + 15) / 16)"
    )


def test_plain_numbers_stay_plain() -> None:
    assert type(H - H) is int
    assert type(0 * H) is int
    assert type(H - (H + 3)) is int
    assert ceil_div(7, 2) == 4
    assert product(()) == 1
    assert at(7, {}) == 7
    assert symbols(7) == frozenset()
    assert same(3, 3) is True
    assert same(H, 224) is False
    assert H != 224


def test_batch_passes_through_neutral_operations() -> None:
    assert product((BATCH,)) is BATCH
    assert BATCH + 0 is BATCH
    assert BATCH // 1 is BATCH


def test_size_depends_only_on_its_symbols() -> None:
    assert symbols(H * W // 3 + BATCH) == {"H", "W", "N"}
    assert symbols(H * W + H - W * H) == {"H"}
    assert {H // 2: 1}[(H // 2 * 4) // 4] == 1


@pytest.mark.parametrize("by", [0, -2])
def test_division_wants_a_positive_number(by: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        H // by


def test_fractions_are_refused() -> None:
    with pytest.raises(TypeError):
        H * 1.5  # pyright: ignore[reportOperatorIssue]


def test_same_decides_what_forms_cannot() -> None:
    low, high = H // 2, (H + 1) // 2
    assert same(high * high - 2 * high * low + low * low, high - low) is True
    assert same(high * high, low * low) is False
    assert same(H * (H + 1) // 2, H * (H - 1) // 2 + H) is True
    assert same(H * W // 2 + (H * W + 1) // 2, H * W) is True
    assert same(H * W // 2 + (H * W + 1) // 2, H * W + 1) is False


def test_beyond_the_limit_same_says_so() -> None:
    third, double = 3 * H // 100_003, 6 * H // 100_003
    assert at(third, {"H": 100_003}) == 3
    assert third == 3 * H // 100_003
    assert same(third, double) is False
    assert same(third + (3 * H + 50_001) // 100_003, double) is None
    assert same(H + H // 2**17, H) is False
