"""A step: one op, block or block-typed parameter, beside the reserved keys."""

from __future__ import annotations

import pytest

from archc import codes
from tests.language.support import finding, net, ops, paths, shape, state


def test_a_step_is_a_mapping_with_one_op() -> None:
    network = net("""
        inputs: {x: [8]}
        steps:
          - Linear: {out_features: 4, bias: false}
    """)
    assert state(network) == {"0.weight": (4, 8)}


def test_reserved_keys_stand_beside_the_op_in_any_order() -> None:
    network = net("""
        inputs: {x: [8]}
        steps:
          - {as: fc, Linear: 4, when: true, repeat: 1, expect: [4], from: input, doc: a layer, view: {}, allow: {}}
    """)
    assert paths(network) == ["fc.0"]


def test_a_bare_string_is_a_step_without_arguments() -> None:
    network = net("""
        inputs: {x: [8, 4, 4]}
        steps: [BatchNorm2d, relu, Flatten]
    """)
    assert ops(network) == ["BatchNorm2d", "relu", "Flatten"]


def test_a_bare_value_is_the_primary_argument() -> None:
    network = net("""
        inputs: {x: [8, 6, 6]}
        steps:
          - adaptive_avg_pool2d: 1
          - flatten: 1
          - Dropout: 0.5
          - Linear: 10
    """)
    dropout = next(node.op for node in network.graph if node.kind == "Dropout")
    assert getattr(dropout, "p", None) == 0.5
    assert shape(network) == (10,)


def test_a_list_is_the_primary_arguments_tuple() -> None:
    """`MaxPool2d: [3, 2]` is a kernel of 3 by 2, not a kernel and a stride."""
    network = net("""
        inputs: {x: [1, 12, 12]}
        steps: [{MaxPool2d: [3, 2]}]
    """)
    assert shape(network) == (1, 4, 6)


def test_an_arguments_words_come_before_its_expressions() -> None:
    """`same` is a word of `padding` even where a parameter has that name."""
    network = net("""
        params: {same: 5}
        inputs: {x: [1, 9, 9]}
        steps: [{Conv2d: {out_channels: 2, kernel_size: 3, padding: same}}]
    """)
    assert shape(network) == (2, 9, 9)


def test_modules_are_pascal_case_and_functions_lowercase() -> None:
    """`ReLU` is a submodule, `relu` a call: only one of them takes a place among the children."""
    as_module = net("inputs: {x: [3]}\nsteps: [Linear: 2, ReLU, Linear: 1]")
    assert list(state(as_module)) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    as_function = net("inputs: {x: [3]}\nsteps: [Linear: 2, relu, Linear: 1]")
    assert list(state(as_function)) == ["linear_1.weight", "linear_1.bias", "linear_2.weight", "linear_2.bias"]


def test_what_the_graph_tells_may_be_said_and_is_then_checked() -> None:
    right = "inputs: {x: [8]}\nsteps: [{Linear: {in_features: 8, out_features: 4}}]"
    assert shape(net(right)) == (4,)
    wrong = finding(right.replace("in_features: 8", "in_features: 9"))
    assert (wrong.code, wrong.line, wrong.column) == (codes.ASSERTION, 2, 32)
    assert wrong.message == "`Linear` says `in_features` is 9, but here it is 8"


@pytest.mark.parametrize("step", ["{Linear: 4, ReLU: {}}", "{as: fc}", "3", "[ReLU]", "null"])
def test_anything_else_is_no_step(step: str) -> None:
    assert finding(f"inputs: {{x: [8]}}\nsteps:\n  - {step}").code == codes.STEP_FORM


def test_text_that_is_too_long_is_called_that() -> None:
    equation = ", ".join(["bi"] * 80) + " -> b"
    wrong = finding(f'inputs: {{x: [8]}}\nsteps: [{{einsum: "{equation}"}}]')
    assert wrong.message == f"`equation` of `einsum` must have at most 256 characters, not {len(equation)}"
