"""`repeat` chains instances, `as` may be a template, `when` drops a step."""

from __future__ import annotations

import pytest
import torch

from archc import codes
from tests.language.support import finding, net, ops, run, shape, state


def test_repeat_chains_instances_of_their_own() -> None:
    network = net("inputs: {x: [8]}\nsteps: [{Linear: 6, repeat: 3}]")
    assert [s for n, s in state(network).items() if n.endswith("weight")] == [(6, 8), (6, 6), (6, 6)]


def test_repeat_binds_its_variable_from_zero() -> None:
    network = net("inputs: {x: [8]}\nsteps: [{Linear: 6 - 2 * i, repeat: {i: 3}}]")
    assert [s for n, s in state(network).items() if n.endswith("weight")] == [(6, 8), (4, 6), (2, 4)]


def test_the_count_is_an_expression() -> None:
    assert ops(net("params: {n: 2}\ninputs: {x: [8]}\nsteps: [{ReLU: {}, repeat: n + 1}]")) == ["ReLU"] * 3


def test_as_may_be_a_template() -> None:
    network = net("inputs: {x: [8]}\nsteps: [{Linear: 4, repeat: {i: 2}, as: 'fc{i + 1}'}, relu]")
    assert list(state(network)) == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]


def test_what_a_template_named_can_be_used() -> None:
    network = net("""
        inputs: {x: [8]}
        steps:
          - {Linear: 8, repeat: {i: 3}, as: "fc{i}"}
          - add: [fc0, fc2]
    """)
    assert shape(network) == (8,)


def test_repeated_none_hands_the_input_on() -> None:
    network = net("inputs: {x: [8]}\nsteps: [Linear: 4, {Linear: 4, repeat: 0}, ReLU]")
    assert ops(network) == ["Linear", "ReLU"]


def test_repeats_nest() -> None:
    network = net("""
        inputs: {x: [8]}
        steps:
          - as: stage{i}
            repeat: {i: 2}
            Sequential: [{Linear: 4 + i + j, repeat: {j: i + 1}}]
    """)
    assert [s[0] for n, s in state(network).items() if n.endswith("weight")] == [4, 5, 6]


def test_when_drops_a_step() -> None:
    text = "params: {norm: true}\ninputs: {x: [8]}\nsteps: [Linear: 4, {LayerNorm: {}, when: norm}, ReLU]"
    assert ops(net(text)) == ["Linear", "LayerNorm", "ReLU"]
    assert ops(net(text, params={"norm": False})) == ["Linear", "ReLU"]


def test_what_refers_to_a_dropped_step_gets_the_steps_input() -> None:
    network = net("""
        inputs: {x: [4]}
        steps:
          - {relu: {}, as: r}
          - {Linear: 4, as: project, from: input, when: false}
          - add: [r, project]
    """)
    assert run(network, torch.tensor([[1.0, -2.0, 3.0, -4.0]])).tolist() == [[2.0, -2.0, 6.0, -4.0]]


def test_when_sees_the_loop_variable() -> None:
    network = net("inputs: {x: [8]}\nsteps: [{Linear: 8, repeat: {i: 4}, when: i % 2 == 0}]")
    assert ops(network) == ["Linear", "Linear"]


@pytest.mark.parametrize(("key", "value"), [("when", "3"), ("when", "depth"), ("repeat", "true"), ("repeat", "0 - 1")])
def test_both_take_what_makes_sense(key: str, value: str) -> None:
    wrong = finding(f"params: {{depth: 2}}\ninputs: {{x: [8]}}\nsteps:\n  - {{ReLU: {{}}, {key}: {value}}}")
    assert (wrong.line, wrong.column) == (4, 18 + len(key))
    assert wrong.code in {codes.WRONG_TYPE, codes.OUT_OF_RANGE}


def test_a_loop_name_must_be_new() -> None:
    wrong = finding("params: {i: 2}\ninputs: {x: [8]}\nsteps: [{ReLU: {}, repeat: {i: 2}}]")
    assert (wrong.code, wrong.line, wrong.column) == (codes.BAD_NAME, 3, 29)


def test_a_chain_repeats_steps_together() -> None:
    """They stand in the chain around it: no submodule, their own names, which end with it all the same."""
    network = net("""
        inputs: {x: [8]}
        steps:
          - repeat: {i: 2}
            chain: [{Linear: 8, as: "fc{i}"}, relu]
    """)
    assert ops(network) == ["Linear", "relu", "Linear", "relu"]
    assert list(state(network)) == ["fc0.weight", "fc0.bias", "fc1.weight", "fc1.bias"]


def test_a_chain_can_be_dropped_as_a_whole() -> None:
    text = "params: {wide: false}\ninputs: {x: [8]}\nsteps: [{chain: [Linear: 8, ReLU], when: wide}, Linear: 2]"
    assert ops(net(text)) == ["Linear"]
    assert ops(net(text, params={"wide": True})) == ["Linear", "ReLU", "Linear"]


def test_a_dropped_step_reads_nothing_but_what_it_hands_on() -> None:
    text = """
        params: {deep: true}
        inputs: {x: [4]}
        blocks:
          down: {outputs: {low: low, full: full}, steps: [{Linear: 4, as: full}, {relu: {}, as: low}]}
          up: {inputs: [x, skip], steps: [{add: [x, skip]}]}
        steps:
          - {down: {}, as: down, when: deep}
          - {Tanh: {}, as: middle}
          - {up: {}, as: up, when: deep, from: {skip: down.full}}
    """
    assert ops(net(text)) == ["Linear", "relu", "Tanh", "add"]
    assert ops(net(text, params={"deep": False})) == ["Tanh"]
