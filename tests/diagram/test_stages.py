"""Stages: a network falls into runs of units at one resolution, from the stem to the head."""

from __future__ import annotations

import pytest

import archc
from archc.diagram.model.split import split
from tests.diagram.pictures import drawn, inside, network, picture, staged, titles

BLOCK = """
unit:
  params: {out: int, stride: 1}
  steps:
    - Conv2d: {out_channels: out, kernel_size: 3, stride: stride, padding: 1}
    - Conv2d: {out_channels: out, kernel_size: 3, padding: 1}
"""
LECTURE = {
    "resnet18": [
        ("Stem", "64 × 56²"), ("Stage 1", "64 × 56²"), ("Stage 2", "128 × 28²"), ("Stage 3", "256 × 14²"),
        ("Stage 4", "512 × 7²"), ("Head", "1000"),
    ],
    "resnet50": [
        ("Stem", "64 × 56²"), ("Stage 1", "256 × 56²"), ("Stage 2", "512 × 28²"), ("Stage 3", "1024 × 14²"),
        ("Stage 4", "2048 × 7²"), ("Head", "1000"),
    ],
    "googlenet:lecture": [
        ("Stem", "192 × 12²"), ("Inception 3", "480 × 6²"), ("Inception 4", "832 × 3²"), ("Inception 5", "1024 × 3²"),
        ("Head", "10"),
    ],
    "vgg16": [
        ("Stage 1", "64 × 112²"), ("Stage 2", "128 × 56²"), ("Stage 3", "256 × 28²"), ("Stage 4", "512 × 14²"),
        ("Stage 5", "512 × 7²"), ("Head", "1000"),
    ],
    "alexnet:lecture": [("Stage 1", "96 × 26²"), ("Stage 2", "256 × 12²"), ("Stage 3", "256 × 5²"), ("Head", "1000")],
    "densenet:lecture": [
        ("Stem", "64 × 24²"), ("Denseblock 1", "96 × 12²"), ("Denseblock 2", "112 × 6²"), ("Denseblock 3", "120 × 3²"),
        ("Denseblock 4", "248 × 3²"), ("Head", "10"),
    ],
    "lenet:lecture": [("Stage 1", "6 × 14²"), ("Stage 2", "16 × 5²"), ("Head", "10")],
    "nin": [
        ("Stage 1", "96 × 26²"), ("Stage 2", "256 × 12²"), ("Stage 3", "384 × 5²"), ("Stage 4", "10 × 5²"), ("Head", "10"),
    ],
    "tests/networks/specs/mobilenet_v2.yaml": [
        ("Stage 1", "16 × 32²"), ("Stage 2", "24 × 16²"), ("Stage 3", "32 × 8²"), ("Stage 4", "96 × 4²"),
        ("Stage 5", "1280 × 2²"), ("Head", "1000"),
    ],
    "tests/networks/specs/unet.yaml": [
        ("Inc", "64 × 32 × 24"), ("Down 1", "128 × 16 × 12"), ("Down 2", "256 × 8 × 6"), ("Down 3", "512 × 4 × 3"),
        ("Down 4", "1024 × 4 × 3"), ("Up 1", "512 × 8 × 6"), ("Up 2", "256 × 16 × 12"), ("Up 3", "128 × 32 × 24"),
        ("Up 4", "2 × 64 × 48"),
    ],
    "tests/networks/specs/vit.yaml": [("Stem", "768 × 196"), ("Encoder", "197 × 768"), ("Head", "1000")],
    "tests/networks/specs/mlp_mixer.yaml": [("Stem", "16 × 20"), ("Blocks", "16 × 20"), ("Head", "6")],
}  # fmt: skip


@pytest.mark.parametrize("name", LECTURE)
def test_stages_of_networks_with_what_they_hand_on(name: str) -> None:
    assert staged(picture(archc.load(name))) == LECTURE[name]


@pytest.mark.parametrize("fold", ["same", "like"])
@pytest.mark.parametrize("name", ["resnet50", "densenet:lecture", "googlenet:lecture", "nin"])
def test_stages_are_the_same_however_much_is_left_out(name: str, fold: str) -> None:
    net = archc.load(name)
    assert staged(picture(net, fold=fold, close=True)) == staged(picture(net, fuse=False)) == LECTURE[name]  # type: ignore[arg-type]


def stage_of(steps: str, blocks: str = "", outputs: str = "") -> list[tuple[str, list[str]]]:
    """The stages with the places of their cards."""
    shown = drawn(steps, blocks, outputs=outputs)
    return [
        (stage.title, [card.id for card in inside(shown) if card.stage == at]) for at, stage in enumerate(shown.stages)
    ]


def test_a_pooling_ends_a_stage() -> None:
    conv = "- Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}\n"
    assert stage_of(conv + "- MaxPool2d: 2\n" + conv) == [("Stage 1", ["0", "1"]), ("Stage 2", ["2"])]


def test_a_convolution_that_changes_the_resolution_begins_one() -> None:
    steps = "- Conv2d: {out_channels: 8, kernel_size: 1}\n- Conv2d: {out_channels: 8, kernel_size: 2, stride: 2}\n"
    assert stage_of(steps) == [("Stage 1", ["0"]), ("Stage 2", ["1"])]


def test_a_flat_list_of_blocks_parts_where_the_resolution_changes() -> None:
    steps = """
        - {Conv2d: {out_channels: 8, kernel_size: 2, stride: 2}, as: first}
        - {unit: 8, as: a}
        - {unit: 8, as: b}
        - {unit: [16, 2], as: c}
        - {unit: 16, as: d}
        - {mean: [2, 3], as: pooled}
        - {Linear: 10, as: fc}
    """
    found = stage_of(steps, BLOCK)
    assert [title for title, _ in found] == ["Stage 1", "Stage 2", "Head"]
    assert [{id.split(".")[0] for id in ids} for _, ids in found] == [{"first", "a", "b"}, {"c", "d"}, {"pooled", "fc"}]


def test_what_comes_before_the_first_block_is_the_stem_whatever_its_resolution() -> None:
    steps = """
        - Conv2d: {out_channels: 8, kernel_size: 2, stride: 2}
        - MaxPool2d: 2
        - unit: 8
        - unit: 8
    """
    assert [title for title, _ in stage_of(steps, BLOCK)] == ["Stem", "Stage 1"]


def test_a_network_of_one_stage() -> None:
    shown = drawn("- Linear: 16\n- ReLU\n- Linear: 4", inputs="{x: [8]}")
    assert (staged(shown), titles(shown)) == ([("Layers", "4")], ["FC", "FC"])


def test_a_stage_is_called_as_its_view_says() -> None:
    steps = """
        - {unit: 8, repeat: {i: 2}, as: "one{i}", view: {title: "early features"}}
        - {unit: [16, 2], as: other}
        - {unit: 16, as: another, view: {title: late}}
    """
    assert [title for title, _ in stage_of(steps, BLOCK)] == ["Early features", "Late"]


def test_a_stage_is_called_as_its_blocks_are() -> None:
    steps = "- {unit: 8, as: inception3a}\n- {unit: 8, as: inception3b}\n- {unit: [8, 2], as: inception4a}\n- {unit: 8, as: inception4b}"
    assert [title for title, _ in stage_of(steps, BLOCK)] == ["Inception 3", "Inception 4"]


def test_an_auxiliary_head_stands_in_the_stage_that_it_looks_at_and_makes_none() -> None:
    steps = """
        - {unit: 8, as: one}
        - {unit: [16, 2], as: other}
        - {side: [AdaptiveAvgPool2d: 1, Flatten, Linear: 10], from: one, as: aux}
        - {flatten: 1, as: flat}
        - {Linear: 10, as: fc}
    """
    shown = picture(network(steps, BLOCK, outputs="{logits: fc, aux: {from: aux, only: train}}"))
    assert [stage.title for stage in shown.stages] == ["One", "Other", "Head"]
    assert [(card.id, card.stage) for card in shown.cards if card.id.startswith(("aux", "output:"))] == [
        ("aux.0", 0), ("aux.2", 0), ("output:logits", 2), ("output:aux", 0),
    ]  # fmt: skip
    assert {card.id: card.detail for card in shown.cards}["output:aux"] == "10, training only"


def test_inputs_stand_with_what_they_feed() -> None:
    steps = "- {unit: 8, from: x, as: one}\n- {unit: [8, 2], as: other}\n- add: [other, late]"
    shown = picture(network(steps, BLOCK, inputs="{x: [8, 32, 32], late: [8, 16, 16]}"))
    assert [(card.id, card.stage) for card in shown.cards[:2]] == [("input:x", 0), ("input:late", 1)]


def test_a_fold_stands_in_the_stage_of_its_cards() -> None:
    shown = picture(archc.load("resnet50"), fold="same")
    assert [(fold.id, fold.times, shown.stages[fold.stage].title) for fold in shown.folds] == [
        ("layer1.1", 2, "Stage 1"), ("layer2.1", 3, "Stage 2"), ("layer3.1", 5, "Stage 3"), ("layer4.1", 2, "Stage 4"),
    ]  # fmt: skip


def test_long_stages_part_where_a_single_tensor_goes_on() -> None:
    net = network("- {unit: 8, repeat: 5}\n- MaxPool2d: 2\n- unit: 8", BLOCK)
    whole = picture(net)
    parted = split(whole, 4)
    assert [stage.title for stage in whole.stages] == ["Stage 1", "Stage 2"]
    assert [stage.title for stage in parted.stages] == [
        "Stage 1, 1 of 3", "Stage 1, 2 of 3", "Stage 1, 3 of 3", "Stage 2",
    ]  # fmt: skip
    assert [stage.detail for stage in parted.stages] == ["8 × 32²", "8 × 32²", "8 × 16²", "8 × 16²"]


def test_a_residual_is_not_parted() -> None:
    blocks = "unit: {steps: [{add: {body: [Conv2d: {out_channels: 8, kernel_size: 1}, Conv2d: {out_channels: 8, kernel_size: 1}], skip: []}}]}"
    parted = split(drawn("- {unit: {}, repeat: 3}", blocks), 4)
    ends = {stage: [card.id for card in inside(parted) if card.stage == stage][-1] for stage in range(3)}
    assert ends == {0: "0.add_1", 1: "1.add_1", 2: "2.add_1"}
