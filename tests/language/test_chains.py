"""A chain is a list of steps, each fed by the one before; `from` takes something else, by name."""

from __future__ import annotations

import torch

from archc import codes
from tests.language.support import finding, net, run, shape, state


def test_a_step_is_fed_by_the_one_before() -> None:
    assert shape(net("inputs: {x: [8]}\nsteps: [Linear: 6, Linear: 4, Linear: 2]")) == (2,)


def test_the_first_one_is_fed_by_the_input() -> None:
    network = net(
        """
        inputs: {x: [8]}
        steps:
          - Linear: 8
          - {sub: [input, fc], as: rest}
    """.replace("Linear: 8", "{Linear: 8, as: fc}")
    )
    assert shape(network) == (8,)


def test_from_takes_another_step_by_name() -> None:
    network = net("""
        inputs: {x: [8]}
        steps:
          - {Linear: 4, as: left}
          - {Linear: 6, from: input, as: right}
          - {Linear: 1, from: left, as: score}
          - cat: [score, right]
    """)
    assert state(network)["score.weight"] == (1, 4)
    assert shape(network) == (7,)


def test_from_takes_several_in_the_order_of_the_ports() -> None:
    network = net("""
        inputs: {a: [2, 3], b: [3, 4]}
        steps: [{matmul: {}, from: [a, b]}]
    """)
    assert shape(network) == (2, 4)


def test_from_names_ports() -> None:
    network = net("""
        inputs: {q: [5, 8], k: [7, 8], v: [7, 6]}
        steps: [{MultiheadAttention: {num_heads: 4}, from: {value: v, key: k, query: q}}]
    """)
    assert shape(network) == (5, 8)


def test_a_first_port_that_from_leaves_out_is_fed_by_the_step_before() -> None:
    """So a repeated layer can have the same memory or mask in every round."""
    network = net("""
        inputs: {x: [5, 8], memory: [7, 8]}
        steps:
          - {Linear: 8, from: x}
          - {TransformerDecoderLayer: {nhead: 2}, from: {memory: memory}, repeat: {i: 2}, as: "layer{i}"}
    """)
    assert shape(network) == (5, 8)
    assert "layer1.multihead_attn.in_proj_weight" in state(network)


def test_a_named_step_can_be_used_many_times() -> None:
    network = net("""
        inputs: {x: [4]}
        steps:
          - {relu: {}, as: r}
          - add: [r, r, input]
    """)
    assert run(network, torch.ones(1, 4)).tolist() == [[3.0] * 4]


def test_references_look_backward_only() -> None:
    wrong = finding("""
        inputs: {x: [4]}
        steps:
          - add: [input, later]
          - {Linear: 4, as: later}
    """)
    assert (wrong.code, wrong.line, wrong.column) == (codes.FORWARD_REFERENCE, 3, 18)


def test_references_are_lexical() -> None:
    """A chain within a step sees the names around it; the names within it are its own."""
    network = net("""
        inputs: {x: [4]}
        steps:
          - {Linear: 4, as: outer}
          - {as: group, Sequential: [{Linear: 4, as: inner}, {add: [inner, outer]}]}
    """)
    assert list(state(network)) == ["outer.weight", "outer.bias", "group.inner.weight", "group.inner.bias"]
    wrong = finding("""
        inputs: {x: [4]}
        steps:
          - {as: group, Sequential: [{Linear: 4, as: inner}, ReLU]}
          - add: [group, inner]
    """)
    assert (wrong.code, wrong.line, wrong.column) == (codes.UNKNOWN_REFERENCE, 4, 18)


def test_input_is_the_innermost_chains_input() -> None:
    network = net(
        """
        inputs: {x: [4]}
        steps:
          - Linear: 6
          - {as: group, Sequential: [Linear: 6, {add: [input, input]}]}
    """.replace("Linear: 6, {add", "{Linear: 6, as: l}, {add").replace("[input, input]", "[l, input]")
    )
    assert shape(network) == (6,)


def test_shadowing_is_an_error() -> None:
    wrong = finding("""
        inputs: {x: [4]}
        steps:
          - {Linear: 4, as: fc}
          - {as: group, Sequential: [{Linear: 4, as: fc}, ReLU]}
    """)
    assert (wrong.code, wrong.line) == (codes.DUPLICATE_NAME, 4)


def test_an_input_has_its_own_name_too() -> None:
    network = net(
        "inputs: {image: [4]}\nsteps: [Linear: 4, {add: [image, fc]}]".replace("Linear: 4", "{Linear: 4, as: fc}")
    )
    assert shape(network) == (4,)
