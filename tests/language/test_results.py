"""Ops with several results: a module's by port, a function's named in place."""

from __future__ import annotations

import pytest

from archc import codes
from tests.language.support import finding, net, outputs, shape

LSTM = """
    inputs: {x: [7, 5]}
    steps:
      - {LSTM: {hidden_size: 4, num_layers: 2}, as: rnn}
      - {Linear: 3, as: fc}
"""


def test_the_first_result_feeds_the_next_step_and_the_others_may_stay_unused() -> None:
    assert shape(net(LSTM)) == (7, 3)


def test_the_others_are_named_by_the_ops_ports() -> None:
    network = net(LSTM + "    outputs: {scores: fc, state: rnn.h_n, cell: rnn.c_n, all: rnn.output}")
    assert [shape(network, name) for name in outputs(network)] == [(7, 3), (2, 4), (2, 4), (7, 4)]


def test_an_unknown_result_is_an_error() -> None:
    wrong = finding(LSTM + "    outputs: {scores: fc, state: rnn.h}")
    assert (wrong.code, wrong.line, wrong.column) == (codes.UNKNOWN_REFERENCE, 5, 30)
    assert wrong.message == "`rnn` has no result `h`"
    assert "h_n" in wrong.help


def test_a_functions_results_are_named_in_place() -> None:
    network = net("""
        inputs: {x: [6, 4]}
        steps:
          - {chunk: {chunks: 2, dim: 1}, as: [a, b]}
          - {sigmoid: {}, from: b, as: gate}
          - mul: [a, gate]
    """)
    assert shape(network) == (3, 4)


def test_the_first_of_them_feeds_the_next_step() -> None:
    network = net(
        """
        inputs: {x: [6, 4]}
        steps:
          - {split: [2, 4], as: [a, b]}
          - {Linear: 3, as: left}
          - {cat: [left, rest]}
    """.replace("{cat", "{Linear: 3, from: b, as: rest}\n          - {cat")
    )
    assert shape(network) == (6, 3)


@pytest.mark.parametrize("names", ["[a]", "[a, b, c]"])
def test_each_of_them_is_named(names: str) -> None:
    wrong = finding(f"inputs: {{x: [6]}}\nsteps:\n  - {{chunk: 2, as: {names}}}\n  - {{relu: {{}}, from: a}}")
    assert (wrong.code, wrong.line) == (codes.ARITY, 3)


def test_an_underscore_leaves_one_out() -> None:
    network = net("inputs: {x: [6]}\nsteps: [{chunk: 2, as: [_, b]}, {relu: {}, from: b}]")
    assert shape(network) == (3,)


def test_a_modules_result_goes_to_a_port() -> None:
    network = net("""
        inputs: {x: [7, 5], y: [9, 5]}
        steps:
          - {LSTM: 4, from: x, as: encode}
          - {LSTM: 4, from: {input: y, h_0: encode.h_n, c_0: encode.c_n}}
    """)
    assert shape(network) == (9, 4)
