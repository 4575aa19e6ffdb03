"""Variants are named parameter sets; parameters and sizes can be set from outside."""

from __future__ import annotations

import pytest
from torch import nn

from archc import codes
from tests.language.support import finding, findings, net, shape

SPEC = """
    params:
      width: {type: int, default: 4, min: 1}
      act: {type: block, choices: [ReLU, GELU], default: ReLU}
    variants:
      small: {}
      large: {width: 16, act: GELU}
    inputs: {x: [T=5, 8]}
    steps: [Linear: width, act]
"""


def test_the_first_one_is_the_default() -> None:
    network = net(SPEC)
    assert (network.variant, shape(network)) == ("small", (5, 4))


def test_one_is_chosen_by_name() -> None:
    network = net(SPEC, variant="large")
    assert shape(network) == (5, 16)
    assert isinstance([*network.module().modules()][-1], nn.GELU)


def test_parameters_go_before_the_variants_own() -> None:
    assert shape(net(SPEC, variant="large", params={"width": 3})) == (5, 3)


def test_sizes_are_set_by_symbol() -> None:
    assert shape(net(SPEC, sizes={"T": 9})) == (9, 4)


def test_a_variant_names_the_network() -> None:
    assert net(SPEC, variant="large").name == "net_large"


@pytest.mark.parametrize(
    ("settings", "code", "help"),
    [
        ({"variant": "lrage"}, codes.UNKNOWN_VARIANT, "did you mean `large`?"),
        ({"params": {"widht": 3}}, codes.UNKNOWN_PARAM, "did you mean `width`?"),
        ({"params": {"width": 0}}, codes.BAD_PARAM, ""),
        ({"params": {"width": "wide"}}, codes.BAD_PARAM, ""),
        ({"sizes": {"S": 3}}, codes.UNKNOWN_SIZE, "sizes: T"),
        ({"sizes": {"T": 0}}, codes.OUT_OF_RANGE, ""),
    ],
)
def test_what_does_not_fit(settings: dict[str, object], code: str, help: str) -> None:
    wrong = finding(SPEC, **settings)
    assert (wrong.code, wrong.help) == (code, help)


@pytest.mark.parametrize(
    ("variant", "code", "column"),
    [
        ("{widht: 3}", codes.UNKNOWN_PARAM, 11),
        ("{width: 0}", codes.BAD_PARAM, 18),
        ("{act: SiLU}", codes.BAD_PARAM, 16),
        ("3", codes.WRONG_TYPE, 10),
    ],
)
def test_a_faulty_variant_is_found_though_nobody_chose_it(variant: str, code: str, column: int) -> None:
    wrong = finding(SPEC.replace("{width: 16, act: GELU}", variant))
    assert (wrong.code, wrong.line, wrong.column) == (code, 6, column)


def test_a_parameter_without_default_must_be_set() -> None:
    text = "params: {width: int}\ninputs: {x: [8]}\nsteps: [Linear: width]"
    assert shape(net(text, params={"width": 3})) == (3,)
    wrong = finding(text)
    assert (wrong.code, wrong.line, wrong.column) == (codes.MISSING_ARGUMENT, 1, 10)


def test_a_choice_that_one_parameter_offers_tells_which_was_meant() -> None:
    """What only that variant uses is checked all the same."""
    text = SPEC.replace("[ReLU, GELU]", "[ReLU, head]").replace("act: GELU", "acting_as: head")
    text += "    blocks: {head: {steps: [BatchNorm3d]}}\n"
    assert [each.code for each in findings(text, variant="large")] == [codes.UNKNOWN_PARAM, codes.RANK]


def test_a_parameter_of_a_type_that_there_is_not_keeps_its_choices() -> None:
    text = SPEC.replace("type: block, choices: [ReLU, GELU]", "type: blk, choices: [ReLU, head]")
    text = text.replace("act: GELU", "act: head") + "    blocks: {head: {steps: [BatchNorm3d]}}\n"
    assert [each.code for each in findings(text, variant="large")] == [codes.BAD_PARAM, codes.RANK]
