"""Fork and merge: chains from the current tensor, joined by a merging op."""

from __future__ import annotations

import pytest
import torch

from archc import codes
from tests.language.support import finding, net, ops, run, shape, state


def test_every_branch_starts_from_the_current_tensor() -> None:
    network = net("""
        inputs: {x: [3, 8, 8]}
        steps:
          - Conv2d: {out_channels: 4, kernel_size: 1}
          - cat:
              left: [Conv2d: {out_channels: 5, kernel_size: 1}, ReLU]
              right: [Conv2d: {out_channels: 6, kernel_size: 3, padding: 1}]
    """)
    assert shape(network) == (11, 8, 8)
    assert list(state(network)) == [
        "conv2d_1.weight", "conv2d_1.bias", "left.0.weight", "left.0.bias", "right.0.weight", "right.0.bias",
    ]  # fmt: skip


def test_an_empty_branch_is_the_identity() -> None:
    network = net("inputs: {x: [4]}\nsteps: [{add: {same: [], twice: [{add: [input, input]}]}}]")
    assert run(network, torch.ones(1, 4)).tolist() == [[3.0] * 4]


def test_a_branch_given_as_one_step_is_that_module() -> None:
    """`conv` for a mapping, `conv.0` for a list: what the file says is what the `state_dict` says."""
    lone = net("inputs: {x: [4]}\nsteps: [{add: {same: [], fc: {Linear: 4}}}]")
    assert list(state(lone)) == ["fc.weight", "fc.bias"]
    listed = net("inputs: {x: [4]}\nsteps: [{add: {same: [], fc: [Linear: 4]}}]")
    assert list(state(listed)) == ["fc.0.weight", "fc.0.bias"]


def test_a_branch_of_functions_owns_nothing() -> None:
    network = net("inputs: {x: [4]}\nsteps: [{cat: {plus: [relu], minus: [neg, relu]}}]")
    assert state(network) == {}
    assert run(network, torch.tensor([[1.0, -2.0, 0.0, 3.0]])).tolist() == [[1, 0, 0, 3, 0, 2, 0, 0]]


def test_repeated_branch_names_are_told_apart() -> None:
    fork = "{add: {skip: [], main: [Linear: 4]}}"
    network = net(f"inputs: {{x: [4]}}\nsteps: [{fork}, {fork}]")
    assert list(state(network)) == ["main.0.weight", "main.0.bias", "main_2.0.weight", "main_2.0.bias"]


def test_a_merge_lists_named_tensors() -> None:
    network = net("""
        inputs: {x: [4]}
        steps:
          - {Linear: 4, as: a}
          - {Linear: 4, as: b}
          - mul: [a, b]
    """)
    assert ops(network) == ["Linear", "Linear", "mul"]


def test_options_go_in_the_long_form() -> None:
    fork = net("inputs: {x: [3, 8]}\nsteps: [{cat: {branches: {a: [], b: [Linear: 5]}, dim: 2}}]")
    assert shape(fork) == (3, 13)
    named = net("inputs: {x: [3, 8]}\nsteps: [{Linear: 5, as: fc}, {cat: {branches: [input, fc], dim: 2}}]")
    assert shape(named) == (3, 13)
    by_from = net("inputs: {x: [3, 8]}\nsteps: [{Linear: 5, as: fc}, {cat: {dim: 2}, from: [input, fc]}]")
    assert shape(by_from) == (3, 13)


def test_forks_nest() -> None:
    network = net("""
        inputs: {x: [4]}
        steps:
          - cat:
              a: [Linear: 2]
              b: [{add: {left: [Linear: 3], right: [Linear: 3]}}, Linear: 5]
    """)
    assert shape(network) == (7,)
    assert {"b.left.0.weight", "b.right.0.weight", "b.1.weight"} <= set(state(network))


def test_stack_makes_a_new_dimension() -> None:
    assert shape(net("inputs: {x: [4]}\nsteps: [{stack: {a: [], b: [], c: []}}]")) == (3, 4)


@pytest.mark.parametrize("merge", ["add", "mul", "maximum"])
def test_joining_never_broadcasts_by_itself(merge: str) -> None:
    text = f"""
        inputs: {{x: [4, 6, 6]}}
        steps:
          - {{adaptive_avg_pool2d: 1, as: gate}}
          - {{{merge}: {{}}, from: [input, gate]}}
    """
    wrong = finding(text)
    assert (wrong.code, wrong.line) == (codes.MERGE, 4)
    assert "broadcast" in wrong.help
    assert shape(net(text.replace(f"{merge}: {{}}", f"{merge}: {{broadcast: true}}"))) == (4, 6, 6)
