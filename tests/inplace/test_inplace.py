"""The in-place rule: a short run of the comparison with torch, and what it says."""

from __future__ import annotations

import pytest

import archc
from tests.inplace.__main__ import compare


def test_agrees_with_torch() -> None:
    tally, wrong = compare(300, seed=0)
    assert not wrong, wrong[0]
    assert tally["accepted by both"] > 60, tally
    assert tally["refused by both"] > 60, tally


LINEAR = "{Linear: 8, as: a}"


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            f"[{LINEAR}, {{relu: {{inplace: true}}, as: b}}, {{add: [a, b]}}]",
            "`relu` modifies `a` in place, which `add` reads afterwards",
        ),
        (
            f"[{LINEAR}, {{sigmoid: {{}}, as: s}}, {{relu: {{inplace: true}}}}]",
            "`relu` modifies `s` in place, which the backward pass of `s` needs",
        ),
        (
            f"[{LINEAR}, ReLU, {{Dropout: {{inplace: true}}}}]",
            "`Dropout` modifies the result of `ReLU` in place, which the backward pass of `ReLU` needs",
        ),
        (
            f"[{LINEAR}, {{add: {{skip: [], body: [{{Dropout: 0.1}}, {{ReLU: {{inplace: true}}}}]}}}}]",
            "`ReLU` modifies `a` in place in inference, which `add` reads afterwards",
        ),
        ("[{relu: {inplace: true}}]", "`relu` modifies `x` in place, an input of the network"),
        (
            "[{Parameter: {shape: [1, 8]}, as: p}, {mul: {inplace: true, other: 2}, from: p, as: q}, "
            "{add: {broadcast: true}, from: [x, q]}]",
            "`mul` modifies `p` in place, a leaf that requires grad",
        ),
        (
            f"[{LINEAR}, {{chunk: 2, as: [l, r]}}, {{relu: {{inplace: true}}, from: l, as: m}}, {{add: [r, m]}}]",
            "`relu` modifies the result of `chunk` in place, which is one of several views of a tensor",
        ),
        (
            f"[{LINEAR}, {{unsqueeze: 1}}, {{expand: [4, 8], as: e}}, {{relu: {{inplace: true}}}}]",
            "`relu` modifies `e` in place, whose elements share memory",
        ),
    ],
)
def test_says_who_needs_it(steps: str, message: str) -> None:
    with pytest.raises(archc.SpecError) as error:
        archc.loads(f"{{archc: 1, name: net, inputs: {{x: [8]}}, steps: {steps}}}")
    assert message in [each.message for each in error.value.diagnostics]
