"""Sharing: a definition instantiates each time it is used, `reuse` applies an existing instance again."""

from __future__ import annotations

import pytest
import torch

from archc import codes
from tests.language.support import finding, net, run, shape, state

TWICE = """
    inputs: {x: [4]}
    steps:
      - {Linear: 4, as: fc}
      - {reuse: fc}
"""


def test_reuse_has_one_set_of_weights() -> None:
    network = net(TWICE)
    assert list(state(network)) == ["fc.weight", "fc.bias"]
    assert sum(node.params for node in network.graph) == 20


def test_it_is_applied_twice() -> None:
    network = net(TWICE)
    torch.manual_seed(0)
    module = network.module()
    x = torch.ones(2, 4)
    torch.testing.assert_close(module(x), module.fc(module.fc(x)))


def test_it_is_two_nodes_of_one_path() -> None:
    network = net(TWICE)
    assert [(n.path, n.reused) for n in network.graph if n.op is not None] == [("fc", False), ("fc", True)]


def test_a_block_can_be_used_again_on_another_input() -> None:
    network = net("""
        inputs: {a: [8], b: [8]}
        blocks: {tower: {steps: [{Linear: 3, as: fc}, relu]}}
        steps:
          - {tower: {}, from: a, as: tower}
          - {reuse: tower, from: b, as: other}
          - cat: [tower, other]
    """)
    assert list(state(network)) == ["tower.fc.weight", "tower.fc.bias"]
    assert shape(network) == (6,)


def test_a_sequential_too() -> None:
    network = net("""
        inputs: {a: [8], b: [8]}
        steps:
          - {as: tower, Sequential: [Linear: 3, ReLU], from: a}
          - {reuse: tower, from: b, as: other}
          - cat: [tower, other]
    """)
    assert list(state(network)) == ["tower.0.weight", "tower.0.bias"]


def test_other_sizes_are_fine_where_the_weights_are_the_same() -> None:
    network = net("""
        inputs: {a: [3, 8, 8], b: [3, 6, 6]}
        steps:
          - {Conv2d: {out_channels: 2, kernel_size: 3}, from: a, as: conv}
          - {adaptive_avg_pool2d: 1, as: left}
          - {reuse: conv, from: b}
          - {adaptive_avg_pool2d: 1, as: right}
          - add: [left, right]
    """)
    assert run(network, torch.ones(1, 3, 8, 8), torch.ones(1, 3, 6, 6)).shape == (1, 2, 1, 1)


def test_using_the_definition_again_makes_new_weights() -> None:
    network = net("inputs: {x: [4]}\nblocks: {b: {steps: [{Linear: 4, as: fc}, relu]}}\nsteps: [b, b]")
    assert len(state(network)) == 4


@pytest.mark.parametrize(
    ("again", "code"),
    [
        ("{reuse: nothing}", codes.UNKNOWN_REFERENCE),
        ("{reuse: 3}", codes.REUSE),
        ("{reuse: act}", codes.REUSE),
        ("{reuse: x}", codes.REUSE),
    ],
)
def test_reuse_takes_an_instance(again: str, code: str) -> None:
    wrong = finding(f"inputs: {{x: [4]}}\nsteps:\n  - {{Linear: 4, as: fc}}\n  - {{relu: {{}}, as: act}}\n  - {again}")
    assert (wrong.code, wrong.line) == (code, 5)


def test_the_input_must_fit_the_weights() -> None:
    wrong = finding(TWICE.replace("Linear: 4", "Linear: 5"))
    assert (wrong.code, wrong.line) == (codes.REUSE, 4)
    assert wrong.message == "`fc` was made for `in_features` 4, here it is 5"
