"""A block as its definition: formulas of its parameters in place of numbers, dashed what only some instances have."""

from __future__ import annotations

import pytest

import archc
from archc.diagram.compose.subject import block_subject, dashed_note, parameters_of
from archc.diagram.model.build import picture_of
from archc.diagram.model.definition import dropped_names, fullest, instances, kinds
from archc.diagram.model.walk import Plan
from archc.network import Network
from archc.spec.model import Block
from tests.diagram.pictures import definition, inside, network


def cards_of(net: Network, name: str) -> list[tuple[str, str]]:
    """The definition's cards, title and detail."""
    return [(card.title, card.detail) for card in inside(definition(net, name))]


def block_of(net: Network, name: str) -> Block:
    """A block by its name."""
    return next(block for block, _ in instances(net.body) if block.name.rsplit(".", 1)[-1] == name)


UNIT = """
unit:
  params: {out: int, k: 3, stride: 1}
  steps:
    - {Conv2d: {out_channels: 2 * out, kernel_size: k, stride: stride, padding: k // 2}, as: first}
    - {Conv2d: {out_channels: 5, kernel_size: 3, padding: 1}, as: middle}
    - {Conv2d: {out_channels: input.channels, kernel_size: 1}, as: last}
    - {Conv2d: {out_channels: input.channels, kernel_size: 1, stride: stride}, from: input, when: stride != 1, as: short}
    - add: [last, short]
"""


def test_arguments_are_formulas_of_the_parameters_and_numbers_where_they_are_none() -> None:
    net = network("- unit: 4", UNIT)
    assert cards_of(net, "unit")[:3] == [("k×k Conv", "2 * out, /stride"), ("3×3 Conv", "5"), ("1×1 Conv", "C")]


def test_the_instance_that_drops_least_stands_for_all_and_what_others_lack_is_dashed() -> None:
    net = network("- {unit: 4, as: one}\n- {unit: [4, 3, 2], as: other}\n- {unit: 4, as: third}", UNIT)
    found = kinds(net.body, block_of(net, "unit"))
    assert [(each.path, dropped_names(each)) for each in found] == [("one", ("short",)), ("other", ())]
    assert fullest(found).path == "other"
    assert [card.id for card in inside(definition(net, "unit")) if card.dashed] == ["short"]


def test_what_no_instance_has_is_not_drawn() -> None:
    shown = definition(network("- unit: 4", UNIT), "unit")
    assert [card.id for card in inside(shown)] == ["first", "middle", "last", "add_1"]
    assert {(arrow.tail, arrow.head) for arrow in shown.arrows if arrow.skip} == {("input:input", "add_1")}


def test_a_definition_says_when_its_dashed_parts_are_there() -> None:
    net = network("- unit: [4, 3, 2]", UNIT)
    _, symbols = block_subject(net, fullest(kinds(net.body, block_of(net, "unit"))), symbolic=True, brief=True)
    assert dashed_note(symbols) == "dashed: when stride != 1"
    assert parameters_of(block_of(net, "unit"), definition(net, "unit")) == ("out", "k", "stride")


def test_tensors_at_the_border_of_a_definition_have_no_sizes() -> None:
    shown = definition(network("- unit: 4", UNIT), "unit")
    assert {card.detail for card in shown.cards if card.kind == "tensor"} == {""}


def test_a_block_within_takes_the_formulas_that_it_is_given() -> None:
    blocks = """
        outer: {params: {width: int}, steps: [{inner: 3 * width, as: a}, {inner: {out: 8}, as: b}]}
        inner: {params: {out: int}, steps: [Linear: out, Linear: out + 1]}
    """
    net = network("- outer: 4", blocks)
    assert cards_of(net, "outer") == [
        ("Linear", "3 * width"), ("Linear", "3 * width + 1"), ("Linear", "8"), ("Linear", "9"),
    ]  # fmt: skip
    assert cards_of(net, "inner") == [("Linear", "out"), ("Linear", "out + 1")]


def test_a_loop_is_told_of_with_its_rounds() -> None:
    net = network("- deep: 4", "deep: {params: {w: int}, steps: [{Linear: w * (i + 1), repeat: {i: 3}}]}")
    assert cards_of(net, "deep") == [("Linear", "w"), ("Linear", "w * 2"), ("Linear", "w * 3")]


def test_a_concatenation_tells_the_formulas_of_what_it_joins() -> None:
    (slots,) = [card.slots for card in definition(archc.load("googlenet:lecture"), "inception").cards if card.slots]
    assert slots == (("c1",), ("c3",), ("c5",), ("pool",))


def test_a_dense_layer_joins_its_input() -> None:
    shown = definition(archc.load("densenet:lecture"), "dense_layer")
    assert [card.slots for card in shown.cards if card.slots] == [(("C",), ("growth",))]


def test_an_instance_has_numbers_instead() -> None:
    net = archc.load("densenet:lecture")
    instance = kinds(net.body, block_of(net, "dense_layer"))[0]
    shown = picture_of(block_subject(net, instance, symbolic=False, brief=False)[0], Plan())
    assert [(card.title, card.detail, card.slots) for card in inside(shown)] == [
        ("BN · ReLU · 3×3 Conv", "32, pad 1", ()), ("Concat", "", (("64",), ("32",))),
    ]  # fmt: skip


SHIPPED = {
    ("resnet18", "basic"): [
        ("3×3 Conv", "out, /stride"), ("3×3 Conv", "out"), ("1×1 Conv", "out, /stride"), ("add", ""),
    ],
    ("densenet121", "transition"): [("BN · ReLU · 1×1 Conv", "C // 2"), ("2×2 AvgPool", "/2")],
    ("densenet121", "bottleneck_layer"): [
        ("BN · ReLU · 1×1 Conv", "expansion * growth"), ("BN · ReLU · 3×3 Conv", "growth"), ("Concat", ""),
    ],
    ("nin", "nin"): [("kernel×kernel Conv", "out, /stride"), ("1×1 Conv", "out"), ("1×1 Conv", "out")],
}  # fmt: skip


@pytest.mark.parametrize(("name", "block"), SHIPPED)
def test_blocks_of_shipped_networks(name: str, block: str) -> None:
    assert cards_of(archc.load(name), block) == SHIPPED[name, block]


@pytest.mark.parametrize("block", ["basic", "bottleneck"])
def test_the_shortcut_of_a_residual_block_is_dashed(block: str) -> None:
    net = archc.load("resnet18" if block == "basic" else "resnet50")
    assert [card.id for card in inside(definition(net, block)) if card.dashed] == ["downsample.0"]


def test_only_the_first_input_has_the_channels_c() -> None:
    blocks = "join: {inputs: [x, skip], steps: [{cat: [x, skip]}, {Conv2d: {out_channels: 4, kernel_size: 1}}]}"
    net = network("- {Conv2d: {out_channels: 5, kernel_size: 1}, as: a}\n- {join: {}, from: [a, image]}", blocks)
    (slots,) = [card.slots for card in definition(net, "join").cards if card.slots]
    assert slots[0] == ("C",) != slots[1]
