"""`side`: a chain from the current tensor that does not advance it."""

from __future__ import annotations

from archc import codes
from tests.language.support import finding, net, outputs, shape, state

AUXILIARY = """
    inputs: {x: [8]}
    steps:
      - {Linear: 6, as: stem}
      - {side: [Linear: 3, ReLU], as: aux}
      - {Linear: 2, as: fc}
    outputs: {main: fc, aux: aux}
"""


def test_the_step_after_it_is_fed_by_the_step_before_it() -> None:
    network = net(AUXILIARY)
    assert state(network)["fc.weight"] == (2, 6)
    assert shape(network, "aux") == (3,)


def test_a_side_chain_is_a_submodule() -> None:
    assert list(state(net(AUXILIARY)))[2:4] == ["aux.0.weight", "aux.0.bias"]


def test_one_step_in_its_place_is_that_module() -> None:
    assert list(state(net(AUXILIARY.replace("[Linear: 3, ReLU]", "{Linear: 3}"))))[2:4] == ["aux.weight", "aux.bias"]


def test_a_result_that_nothing_uses_is_an_error() -> None:
    wrong = finding(AUXILIARY.replace(", aux: aux}", "}"))
    assert (wrong.code, wrong.line, wrong.column) == (codes.UNUSED_RESULT, 4, 6)
    assert wrong.message == "nothing uses the result of `aux`"


def test_a_step_overtaken_by_from_is_unused_too() -> None:
    wrong = finding("""
        inputs: {x: [8]}
        steps:
          - {Linear: 6, as: lost}
          - {Linear: 2, from: input}
    """)
    assert (wrong.code, wrong.line) == (codes.UNUSED_RESULT, 3)


def test_a_side_chain_dropped_by_when_takes_its_output_along() -> None:
    network = net(AUXILIARY.replace("as: aux}", "as: aux, when: false}"))
    assert outputs(network) == ["main"]
    assert list(state(network)) == ["stem.weight", "stem.bias", "fc.weight", "fc.bias"]
