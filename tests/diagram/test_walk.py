"""Folding: copies in a row are drawn once, with how often, and what differs between them as a tuple."""

from __future__ import annotations

import pytest

from archc.diagram.model.picture import Fold
from archc.diagram.words import several
from tests.diagram.pictures import drawn, inside, network, picture

RESIDUAL = """
unit:
  params: {out: 8}
  steps:
    - add:
        body: [Conv2d: {out_channels: out, kernel_size: 3, padding: 1}, ReLU, Conv2d: {out_channels: out, kernel_size: 1}]
        skip: {Conv2d: {out_channels: out, kernel_size: 1}}
"""
DENSE = """
unit:
  params: {growth: 4}
  steps: [{Conv2d: {out_channels: growth, kernel_size: 3, padding: 1}, as: conv}, {cat: [input, conv]}]
"""
DECODER = """
unit:
  inputs: [x, memory]
  steps: [{Linear: 32, as: first}, {add: [first, memory]}, {Linear: 32}]
"""


def test_equal_copies_are_drawn_once() -> None:
    shown = drawn("- {unit: {}, repeat: 3}", RESIDUAL, fold="same")
    assert shown.folds == (Fold("0", 3, 0),)
    assert [(card.id, card.fact.times, card.fold) for card in inside(shown)] == [
        ("0.body.0", 3, "0"), ("0.body.2", 3, "0"), ("0.skip", 3, "0"), ("0.add_1", 3, "0"),
    ]  # fmt: skip
    assert [card.fact.nodes for card in inside(shown)] == [6, 3, 3, 3]


def test_folding_is_an_option() -> None:
    shown = drawn("- {unit: {}, repeat: 3}", RESIDUAL, fold="none")
    assert (len(inside(shown)), shown.folds) == (12, ())


def test_arrows_stand_for_the_edges_of_all_copies() -> None:
    shown = drawn("- {unit: {}, repeat: 3}", RESIDUAL, fold="same")
    edges = {(arrow.tail, arrow.head): arrow.edges for arrow in shown.arrows}
    assert edges["0.body.0", "0.body.2"] == edges["input:image", "0.body.0"] == 3
    assert edges["0.add_1", "output:output"] == 0


def test_a_fold_hands_on_to_what_follows() -> None:
    shown = drawn("- {unit: {}, repeat: 3}\n- MaxPool2d: 2", RESIDUAL, fold="same")
    assert ("0.add_1", "3", 1) in {(arrow.tail, arrow.head, arrow.edges) for arrow in shown.arrows}


def test_copies_with_equal_arguments_fold_though_they_are_given_other_channels() -> None:
    shown = drawn("- {unit: {}, repeat: 6}", DENSE, fold="same")
    assert shown.folds == (Fold("0", 6, 0, varies="in (8, 12, …, 28)"),)
    assert sum(card.fact.params for card in inside(shown)) == sum(4 * (9 * given + 1) for given in range(8, 29, 4))


def test_copies_with_other_arguments_fold_only_when_asked() -> None:
    net = network("- {unit: 8 * i + 8, repeat: {i: 6}}", RESIDUAL)
    assert picture(net, fold="same").folds == ()
    assert picture(net, fold="like").folds == (Fold("0", 6, 0, varies="out (8, 16, …, 48)"),)


def test_written_one_by_one_copies_are_copies_too() -> None:
    steps = "- {unit: 16, as: one}\n- {unit: 24, as: other}\n- {unit: 32, as: third}"
    assert drawn(steps, RESIDUAL, fold="like").folds == (Fold("one", 3, 0, varies="out (16, 24, 32)"),)


def test_closed_blocks_fold_into_one_card() -> None:
    net = network("- {unit: 8 * i + 8, repeat: {i: 6}}", RESIDUAL)
    shown = picture(net, fold="like", close=True)
    (card,) = inside(shown)
    assert (card.id, card.kind, card.title, card.detail, card.fact.times) == ("0", "block", "Unit", "(8, 16, …, 48)", 6)
    assert card.fact.nodes == len(net.graph) - 1 and card.shape == "48 × 32²"
    assert len(inside(picture(net, fold="same", close=True))) == 6


def test_ops_alone_fold_where_they_are_equal() -> None:
    shown = drawn("- {Linear: 8, repeat: 4}", fold="like")
    assert [(card.id, card.fact.times) for card in inside(shown)] == [("0", 4)]
    assert shown.folds == ()


def test_groups_fold_where_they_keep_the_shape() -> None:
    assert drawn("- {Sequential: [Linear: 32, Linear: 32], repeat: 3}", fold="like").folds == (Fold("0", 3, 0),)
    halves = "- {Sequential: [Conv2d: {out_channels: 8, kernel_size: 3}, Conv2d: {out_channels: 8, kernel_size: 3}], repeat: 3}"
    assert drawn(halves, fold="like").folds == ()


def test_folds_within_folds() -> None:
    blocks = RESIDUAL + "\nstage:\n  steps: [{unit: 8, repeat: 3}]\n"
    shown = drawn("- {stage: {}, repeat: 2}", blocks, fold="same")
    assert shown.folds == (Fold("0", 2, 0), Fold("0.unit_1.0", 3, 0, around="0"))
    assert {(card.fact.times, card.fold) for card in inside(shown)} == {(6, "0.unit_1.0")}


def test_a_tensor_from_outside_that_all_copies_take_is_drawn_once() -> None:
    steps = "- {tanh: {}, as: memory}\n- {relu: {}, from: image, as: start}\n" \
        "- {unit: {}, repeat: {i: 3}, as: 'layer{i}', from: {memory: memory}}"  # fmt: skip
    shown = drawn(steps, DECODER, fold="same")
    assert shown.folds == (Fold("layer0", 3, 0),)
    assert [(a.head, a.edges) for a in shown.arrows if a.tail == "memory"] == [("layer0.add_1", 3)]


APART = {
    "another op between": ("- unit\n- MaxPool2d: 2\n- unit", RESIDUAL),
    "blocks of one layer with other arguments": (
        "- {down: 1}\n- {down: 2}\n- {down: 1}",
        "down: {params: {stride: 1}, steps: [{Conv2d: {out_channels: 8, kernel_size: 1, stride: stride}}]}",
    ),
    "another number of layers": (
        "- {deep: 2}\n- {deep: 3}", "deep: {params: {n: int}, steps: [{Linear: 32, repeat: n}, {MaxPool2d: 1}]}",
    ),
    "a step that only one of them has": (
        "- {some: true}\n- {some: false}",
        "some: {params: {act: true}, steps: [Linear: 32, {tanh: {}, when: act}, {MaxPool2d: 1}]}",
    ),
    "side by side": ("- add: {left: {unit: 8}, right: {unit: 8}}", RESIDUAL),
}  # fmt: skip


@pytest.mark.parametrize("name", APART)
def test_what_is_no_copy_is_not_folded(name: str) -> None:
    steps, blocks = APART[name]
    assert drawn(steps, blocks, fold="like").folds == ()


@pytest.mark.parametrize("close", [False, True])
def test_copies_of_an_instance_used_again_are_never_folded(close: bool) -> None:
    net = network("- {unit: 8, as: shared}\n- {reuse: shared}\n- {reuse: shared}", RESIDUAL)
    shown = picture(net, fold="like", close=close)
    assert shown.folds == ()
    assert {card.fact.times for card in inside(shown)} == {1}
    ids = [card.id for card in inside(shown)]
    assert {"shared", "shared~2", "shared~3"} <= set(ids) if close else {"shared.skip", "shared.skip~3"} <= set(ids)


def test_an_instance_used_again_counts_its_parameters_once() -> None:
    cards = inside(drawn("- {Linear: 32, as: shared}\n- relu\n- {reuse: shared}"))
    assert [card.fact.params for card in cards] == [32 * 33, 0]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["64"], "64"), (["64", "64"], "64"), (["64", "96"], "(64, 96)"), (["1", "2", "3", "4"], "(1, 2, 3, 4)"),
        (["1", "2", "3", "4", "5"], "(1, 2, …, 5)"),
    ],
)  # fmt: skip
def test_what_differs_is_told_as_a_tuple(values: list[str], text: str) -> None:
    assert several(values) == text


def test_rounds_of_ops_fold_where_they_come_again_and_again() -> None:
    shown = drawn("- {repeat: 5, chain: [Linear: 8, ReLU]}\n- {Linear: 3, as: last}", fold="same")
    assert [(card.title, card.fact.times, card.fold) for card in inside(shown)] == [
        ("Linear", 5, "0"),
        ("Linear", 1, ""),
    ]
    assert [(fold.id, fold.times) for fold in shown.folds] == [("0", 5)]


def test_two_rounds_or_other_widths_do_not_fold() -> None:
    for chain in ("- {repeat: 2, chain: [Linear: 8, ReLU]}", "- {repeat: {i: 4}, chain: [Linear: 8 + i, ReLU]}"):
        assert drawn(chain, fold="same").folds == ()
