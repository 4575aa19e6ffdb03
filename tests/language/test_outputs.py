"""Outputs: a named mapping, a scope of its own; some exist in training alone."""

from __future__ import annotations

import torch

from archc import codes
from tests.language.support import finding, net, outputs, run, shape

HEADS = """
    inputs: {x: [8]}
    steps:
      - {Linear: 6, as: stem}
      - {side: [Linear: 3], as: aux1}
      - {Linear: 2, as: fc}
    outputs: {logits: fc, aux: {from: aux1, only: train}}
"""


def test_left_out_it_is_the_last_step_as_output() -> None:
    assert outputs(net("inputs: {x: [8]}\nsteps: [Linear: 2]")) == ["output"]


def test_they_are_named() -> None:
    network = net(HEADS)
    assert outputs(network) == ["logits", "aux"]
    assert (shape(network, "logits"), shape(network, "aux")) == ((2,), (3,))


def test_several_are_fields_of_one_result() -> None:
    module = net(HEADS).module()
    result = module(torch.ones(4, 8))
    assert (result.logits.shape, result.aux.shape) == ((4, 2), (4, 3))


def test_one_for_training_is_not_there_in_inference() -> None:
    """What is then left alone comes as it is, without a name."""
    assert run(net(HEADS), torch.ones(4, 8)).shape == (4, 2)
    result = run(net(HEADS.replace("{logits: fc,", "{logits: fc, stem: stem,")), torch.ones(4, 8))
    assert result.aux is None
    assert result.logits.shape == (4, 2)


def test_their_names_are_a_scope_of_their_own() -> None:
    """An output may be called like a step, also like another one."""
    network = net("""
        inputs: {x: [8]}
        steps: [{Linear: 3, as: a}, {Linear: 2, as: b}]
        outputs: {b: a, a: b}
    """)
    assert (shape(network, "b"), shape(network, "a")) == ((3,), (2,))


def test_an_input_or_one_tensor_twice_may_be_handed_out() -> None:
    network = net("inputs: {x: [8]}\nsteps: [{Linear: 3, as: a}]\noutputs: {first: a, second: a, given: x}")
    assert [shape(network, name) for name in outputs(network)] == [(3,), (3,), (8,)]


def test_an_output_must_name_a_step() -> None:
    wrong = finding("inputs: {x: [8]}\nsteps: [{Linear: 3, as: fc}]\noutputs: {logits: fcc}")
    assert (wrong.code, wrong.line, wrong.column) == (codes.UNKNOWN_REFERENCE, 3, 19)
    assert wrong.help == "did you mean `fc`?"


def test_only_knows_training_alone() -> None:
    wrong = finding(HEADS.replace("only: train", "only: eval"))
    assert (wrong.code, wrong.line) == (codes.WRONG_TYPE, 6)
