"""`targets` and `loss`: the contract between the outputs, the data and what they are trained against."""

from __future__ import annotations

import pytest

from archc import codes
from tests.language.support import finding, net

CLASSIFIER = """
    params: {classes: 10}
    inputs: {image: [3, H=16, W=16]}
    steps:
      - {mean: [2, 3]}
      - {Linear: classes, as: fc}
    outputs: {logits: fc}
    targets: {label: {shape: [], dtype: int64, classes: classes}}
    loss: {CrossEntropyLoss: {}, from: [logits, label]}
"""


def test_a_classifier() -> None:
    network = net(CLASSIFIER)
    assert [target.name for target in network.spec.targets] == ["label"]
    assert [step.key for step in network.spec.losses] == ["CrossEntropyLoss"]


def test_the_loss_is_no_part_of_the_module() -> None:
    without = CLASSIFIER[: CLASSIFIER.index("    targets")]
    assert net(CLASSIFIER).source() == net(without).source()


def test_several_losses_are_a_list() -> None:
    network = net("""
        inputs: {x: [8]}
        steps: [{Linear: 3, as: a}, {Linear: 1, from: x, as: b}]
        outputs: {kind: a, size: b}
        targets: {label: {shape: [], dtype: int64, classes: 3}, length: {shape: [1]}}
        loss:
          - {CrossEntropyLoss: {label_smoothing: 0.1}, from: {input: kind, target: label}}
          - {MSELoss: {}, from: [size, length]}
    """)
    assert len(network.spec.losses) == 2


def test_a_target_may_be_an_input() -> None:
    network = net("""
        inputs: {x: [8]}
        steps: [Linear: 2, {Linear: 8, as: back}]
        outputs: {y: back}
        loss: {MSELoss: {}, from: [y, x]}
    """)
    assert network.spec.losses[0].key == "MSELoss"


def test_a_target_may_name_the_inputs_sizes() -> None:
    text = """
        inputs: {image: [3, H=16, W=16]}
        steps: [{Conv2d: {out_channels: 5, kernel_size: 3, padding: 1}, as: scores}]
        outputs: {scores: scores}
        targets: {mask: {shape: [H, W], dtype: int64, classes: 5}}
        loss: {CrossEntropyLoss: {}, from: [scores, mask]}
    """
    assert net(text).spec.targets[0].name == "mask"
    wrong = finding(text.replace("padding: 1", "padding: 0"))
    assert (wrong.code, wrong.line) == (codes.MERGE, 5)


@pytest.mark.parametrize(
    ("given", "bad", "code", "line"),
    [
        ("dtype: int64", "dtype: float32", None, 8),
        ("classes: classes}", "classes: 9}", codes.CHANNELS, 8),
        ("[logits, label]", "[logits, lable]", codes.UNKNOWN_REFERENCE, 8),
        ("[logits, label]", "[logits]", codes.ARITY, 8),
        ("{label: {shape: []", "{label: {shape: [4]", None, 8),
        (", from: [logits, label]", "", codes.ARITY, 8),
        ("CrossEntropyLoss", "CrossEntropyLos", codes.UNKNOWN_OP, 8),
        ("{CrossEntropyLoss: {}", "{ReLU: {}", codes.UNKNOWN_OP, 8),
    ],
)
def test_what_does_not_fit_is_found_at_the_loss(given: str, bad: str, code: str | None, line: int) -> None:
    wrong = finding(CLASSIFIER.replace(given, bad))
    assert wrong.line == line
    assert code is None or wrong.code == code


def test_a_loss_that_would_broadcast_is_refused() -> None:
    """(N, 1) against (N) would compare every sample with every other."""
    text = """
        inputs: {x: [8]}
        steps: [{Linear: 1, as: fc}]
        outputs: {y: fc}
        targets: {length: {shape: []}}
        loss: {MSELoss: {}, from: [y, length]}
    """
    assert finding(text).line == 5
    assert net(text.replace("{Linear: 1, as: fc}", "Linear: 1, {squeeze: 1, as: fc}"))


def test_a_target_that_no_loss_uses_is_an_error() -> None:
    wrong = finding(CLASSIFIER.replace("targets: {", "targets: {spare: {shape: []}, "))
    assert (wrong.code, wrong.line) == (codes.UNUSED_RESULT, 7)
