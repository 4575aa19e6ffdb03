"""`expect` asserts a step's shape; `check` is a list of cases, each a test."""

from __future__ import annotations

import pytest

from archc import codes
from tests.language.support import finding, net

CONV = """
    params: {out: 4}
    inputs: {x: [3, H=16, W=16]}
    steps:
      - {Conv2d: {out_channels: out, kernel_size: 3, stride: 2}, as: conv, expect: EXPECTED}
"""


@pytest.mark.parametrize(
    "shape", ["[4, 7, 7]", "[_, 7, _]", "[out, 7, 7]", "[out, H // 2 - 1, (W - 1) // 2]", "[_, _, _]"]
)
def test_expect_holds(shape: str) -> None:
    assert net(CONV.replace("EXPECTED", shape))


@pytest.mark.parametrize("shape", ["[4, 7, 8]", "[4, 7]", "[2 * out, _, _]", "[]"])
def test_expect_fails(shape: str) -> None:
    wrong = finding(CONV.replace("EXPECTED", shape))
    assert (wrong.code, wrong.line, wrong.column) == (codes.EXPECT, 4, 80)
    assert wrong.message.startswith("`Conv2d` gives 4 x 7 x 7, not the expected")


def test_it_holds_at_the_sizes_that_the_spec_declares() -> None:
    assert net(CONV.replace("EXPECTED", "[4, 7, 7]"), sizes={"H": 33})


def test_it_follows_the_parameters() -> None:
    text = CONV.replace("EXPECTED", "[4, 7, 7]")
    assert finding(text, params={"out": 5}).code == codes.EXPECT
    assert net(text.replace("[4, 7", "[out, 7"), params={"out": 5})


def test_it_sees_the_loop() -> None:
    text = "inputs: {x: [8]}\nsteps: [{Linear: 8 - i, repeat: {i: 3}, expect: [8 - i]}]"
    assert net(text)
    assert finding(text.replace("[8 - i]", "[8]")).code == codes.EXPECT


def test_check_is_a_list_of_cases() -> None:
    network = net("""
        params: {classes: 10}
        variants: {small: {classes: 2}, large: {}}
        inputs: {x: [T=8, 4]}
        steps: [{Linear: classes, as: fc}]
        check:
          - {params: 50}
          - {variant: small, sizes: {T: 3}, params: 10, macs: 24, shapes: {fc: [3, 2]}, doc: the small one}
          - {set: {classes: 7}, shapes: {fc: [T, 7]}}
    """)
    first, second, third = network.spec.checks
    assert (first.amounts, first.variant) == ({"params": 50}, None)
    assert (second.variant, second.sizes, second.amounts) == ("small", {"T": 3}, {"params": 10, "macs": 24})
    assert third.params == {"classes": 7}


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("{parms: 50}", codes.UNKNOWN_KEY),
        ("{params: many}", codes.WRONG_TYPE),
        ("{set: {classs: 7}}", codes.UNKNOWN_PARAM),
        ("{set: {classes: x}}", codes.BAD_PARAM),
        ("{variant: smal, params: 1}", codes.UNKNOWN_VARIANT),
        ("{sizes: {H: 3}, params: 1}", codes.UNKNOWN_SIZE),
        ("3", codes.WRONG_TYPE),
    ],
)
def test_a_faulty_case(case: str, code: str) -> None:
    wrong = finding(f"""
        params: {{classes: 10}}
        variants: {{small: {{classes: 2}}}}
        inputs: {{x: [T=8, 4]}}
        steps: [{{Linear: classes, as: fc}}]
        check:
          - {case}
    """)
    assert (wrong.code, wrong.line) == (code, 6)
