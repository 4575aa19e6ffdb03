"""What blocks drawn as one card are called, and what their branches give."""

from __future__ import annotations

import pytest

import archc
from archc.diagram.model.picture import Card
from archc.diagram.model.walk import Folding
from tests.diagram.pictures import inside, network, picture

UNIT = """
some_unit:
  params:
    out: int
    kernel: 3
    stride: 1
    deep: true
    rate: 0.5
    kind: {type: enum, choices: [wide, narrow], default: wide}
  steps:
    - Conv2d: {out_channels: out, kernel_size: kernel, stride: stride, padding: kernel // 2}
    - Conv2d: {out_channels: out, kernel_size: 1}
    - Dropout: rate
"""
FORK = """
fork:
  params: {narrow: int, wide: int}
  steps:
    - cat:
        a: {Conv2d: {out_channels: narrow, kernel_size: 1}}
        b: [Conv2d: {out_channels: wide, kernel_size: 1}, ReLU, Conv2d: {out_channels: 2 * wide, kernel_size: 1}]
        c: [MaxPool2d: {kernel_size: 1}]
"""


def closed(steps: str, blocks: str, fold: Folding = "none") -> list[Card]:
    """The cards of these steps, blocks as one."""
    return inside(picture(network(steps, blocks), close=True, fold=fold))


@pytest.mark.parametrize(
    ("args", "detail"),
    [
        ("{out: 16}", "16"),
        ("{out: 16, stride: 2}", "16, /2"),
        ("{out: 16, kernel: 5}", "16, 5×5"),
        ("{out: 16, kernel: 3, stride: 1}", "16"),
        ("{out: 16, deep: false, rate: 0.1, kind: narrow}", "16"),
    ],
)
def test_a_block_is_told_of_by_the_numbers_that_are_not_its_defaults(args: str, detail: str) -> None:
    (card,) = closed(f"- some_unit: {args}", UNIT)
    assert (card.kind, card.title, card.detail, card.family) == ("block", "Some unit", detail, "block")


def test_a_closed_block_stands_for_all_that_it_holds() -> None:
    (card,) = closed("- some_unit: 16", UNIT)
    assert (card.fact.nodes, card.fact.inner, card.fact.convs) == (3, 2, 2)
    assert (card.fact.input, card.fact.output, card.shape) == ("8 × 32 × 32", "16 × 32 × 32", "16 × 32²")
    assert card.body is not None


def test_what_differs_between_folded_copies_is_a_tuple() -> None:
    (card,) = closed("- some_unit: 16\n- some_unit: [24, 5]", UNIT, "like")
    assert (card.detail, card.fact.times) == ("(16, 24), kernel (3, 5)", 2)


def test_names_and_arguments_are_cut_short() -> None:
    blocks = f"{'long_' * 11}name:\n  params: {{out: int}}\n  steps: [Linear: out, Linear: out]"
    (card,) = closed(f"- {'long_' * 11}name: 4", blocks)
    assert len(card.title) == 28 and card.title.startswith("Long long") and card.title.endswith("…")


def test_blocks_of_one_layer_and_chains_of_blocks_stay_open() -> None:
    blocks = (
        "one: {steps: [Linear: 8, ReLU]}\nmany: {steps: [{pair: {}, repeat: 3}]}\npair: {steps: [Linear: 8, Linear: 8]}"
    )
    assert [card.id for card in closed("- {one: {}, as: a}\n- {many: {}, as: b}", blocks)] == [
        "a.linear_1", "b.pair_1.0", "b.pair_1.1", "b.pair_1.2",
    ]  # fmt: skip


def test_a_fork_tells_what_its_branches_give() -> None:
    (card,) = closed("- fork: [4, 6]", FORK)
    assert card.cells == ("4", "6→12", "8")


def test_folded_forks_tell_it_as_tuples() -> None:
    (card,) = closed("- fork: [4, 6]\n- fork: [4, 8]", FORK, "like")
    assert card.cells == ("4", "(6→12, 8→16)", "(8, 24)")


def test_a_fork_of_two_has_no_cells() -> None:
    blocks = "fork: {steps: [{cat: {a: {Conv2d: {out_channels: 4, kernel_size: 1}}, b: [tanh, tanh, MaxPool2d: 1]}}]}"
    assert closed("- fork", blocks)[0].cells == ()


def test_the_rows_of_googlenet() -> None:
    cells = {card.id: card.cells for card in inside(picture(archc.load("googlenet:lecture"), close=True))}
    assert cells["inception3a"] == ("64", "96→128", "16→32", "32")
    assert cells["inception5b"] == ("384", "192→384", "48→128", "128")


def test_blocks_of_shipped_networks() -> None:
    told = {card.id: f"{card.title} {card.detail}" for card in inside(picture(archc.load("resnet50"), close=True))}
    assert [told[f"layer{at}.0"] for at in (1, 2, 3, 4)] == [
        "Bottleneck 64", "Bottleneck 128, /2", "Bottleneck 256, /2", "Bottleneck 512, /2",
    ]  # fmt: skip


def test_a_tuple_has_a_value_for_each_copy() -> None:
    (card,) = closed("- some_unit: 8\n- some_unit: 8\n- some_unit: 16", UNIT, "like")
    assert card.detail == "(8, 8, 16)"


def test_a_closed_block_is_called_by_its_place() -> None:
    cards = closed("- Sequential: [Sequential: [some_unit: 8, some_unit: 8], tanh]\n- sigmoid", UNIT)
    assert [card.id for card in cards if card.kind == "block"] == ["sequential_1.0.0", "sequential_1.0.1"]
