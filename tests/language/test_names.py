"""Names in the module: what the file says is what the `state_dict` says."""

from __future__ import annotations

import pytest

from archc import codes
from tests.language.support import finding, net, paths, state


def test_as_is_the_attribute() -> None:
    module = net("inputs: {x: [4]}\nsteps: [{Linear: 3, as: fc}, relu]").module()
    assert module.fc.out_features == 3


def test_an_unnamed_step_is_called_after_its_op_and_ordinal() -> None:
    network = net("inputs: {x: [4]}\nsteps: [Linear: 4, relu, Linear: 4, LayerNorm, Linear: 4]")
    assert paths(network) == ["linear_1", "linear_2", "layernorm_1", "linear_3"]


def test_or_after_its_block() -> None:
    network = net("""
        inputs: {x: [4]}
        blocks: {inception: {steps: [{Linear: 4, as: fc}, relu]}}
        steps: [inception, relu, inception]
    """)
    assert paths(network) == ["inception_1.fc", "inception_2.fc"]


def test_the_ordinal_keeps_clear_of_given_names() -> None:
    network = net("inputs: {x: [4]}\nsteps: [{Linear: 4, as: linear_1}, relu, Linear: 4]")
    assert paths(network) == ["linear_1", "linear_2"]


def test_branches_and_groups_nest() -> None:
    network = net("""
        inputs: {x: [4]}
        steps:
          - as: body
            Sequential:
              - add: {skip: [], main: [Linear: 4, {as: inner, Sequential: [ReLU, Linear: 4]}]}
              - ReLU
    """)
    assert paths(network) == ["body.main.0", "body.main.inner.0", "body.main.inner.1", "body.1"]


def test_a_parameter_is_called_after_its_step() -> None:
    network = net("inputs: {x: [4]}\nsteps: [{Parameter: [4], as: scale}, {mul: {broadcast: true}, from: [x, scale]}]")
    assert state(network) == {"scale": (4,)}


def test_names_of_a_block_hold_wherever_it_is_used() -> None:
    block = "{steps: [{Linear: 4, as: fc}, relu]}"
    network = net(
        f"inputs: {{x: [4]}}\nblocks: {{b: {block}}}\nsteps: [{{b: {{}}, as: one}}, {{b: {{}}, as: two}}, relu]"
    )
    assert paths(network) == ["one.fc", "two.fc"]


@pytest.mark.parametrize("name", ["2nd", "first-conv", "class", "forward", "train", "input", "__init__", "''", "é"])
def test_every_name_is_a_valid_attribute(name: str) -> None:
    wrong = finding(f"inputs: {{x: [4]}}\nsteps:\n  - {{Linear: 3, as: {name}}}")
    assert (wrong.code, wrong.line, wrong.column) == (codes.BAD_NAME, 3, 21)


def test_two_steps_of_one_name_are_an_error() -> None:
    wrong = finding("inputs: {x: [4]}\nsteps:\n  - {Linear: 3, as: fc}\n  - {Linear: 3, as: fc}")
    assert (wrong.code, wrong.line) == (codes.DUPLICATE_NAME, 4)


def test_a_branch_and_a_step_of_one_name_are_told_apart() -> None:
    network = net("inputs: {x: [4]}\nsteps: [{Linear: 4, as: main}, {add: {skip: [], main: [Linear: 4]}}]")
    assert len(set(paths(network))) == 2


def test_view_changes_no_name() -> None:
    plain = "inputs: {x: [4]}\nsteps: [{Linear: 3, as: fc}, relu]"
    viewed = plain.replace("as: fc", "as: fc, view: {title: The head}")
    assert state(net(plain)) == state(net(viewed))
