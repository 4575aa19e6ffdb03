"""Which ops share a card: a layer with the norm and activation around it, as lectures draw it."""

from __future__ import annotations

import pytest

from tests.diagram.pictures import drawn, inside, joined, network, picture, titles

CONV = "- Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}\n"
SHARED = {
    "a convolution with its norm and activation": (CONV + "- BatchNorm2d\n- ReLU\n", ["Conv + BN + ReLU"]),
    "in whatever order they follow, and dropout": (CONV + "- ReLU\n- BatchNorm2d\n- Dropout\n", ["Conv + ReLU + BN + Dropout"]),
    "each part once": (CONV + "- ReLU\n- ReLU\n", ["Conv + ReLU", "ReLU"]),
    "layer by layer": (CONV + "- ReLU\n" + CONV + "- BatchNorm2d\n", ["Conv + ReLU", "Conv + BN"]),
    "a linear layer with its activation": ("- Linear: 4\n- GELU\n- Dropout\n", ["Linear + GELU + Dropout"]),
    "pre-activation: what comes first goes with the layer": ("- BatchNorm2d\n- ReLU\n" + CONV, ["BN + ReLU + Conv"]),
    "pre-activation all along": (2 * ("- BatchNorm2d\n- ReLU\n" + CONV), ["BN + ReLU + Conv", "BN + ReLU + Conv"]),
    "norms and activations between other ops": (
        "- MaxPool2d: 2\n- BatchNorm2d\n- ReLU\n- MaxPool2d: 2\n", ["MaxPool", "BN + ReLU", "MaxPool"],
    ),
    "a pooling with dropout alone": ("- MaxPool2d: 2\n- Dropout\n- ReLU\n", ["MaxPool + Dropout", "ReLU"]),
    "a flatten with the layer that it feeds": (
        "- adaptive_avg_pool2d: 1\n- flatten\n- Linear: 4\n- ReLU\n", ["AvgPool", "Flatten + Linear + ReLU"],
    ),
    "past a dropout": (
        "- adaptive_avg_pool2d: 1\n- flatten\n- Dropout\n- Linear: 4\n", ["AvgPool", "Flatten + Dropout + Linear"],
    ),
    "or else with the pooling before": ("- adaptive_avg_pool2d: 1\n- flatten\n", ["AvgPool + Flatten"]),
    "or with the convolution": (CONV + "- flatten\n", ["Conv + Flatten"]),
    "alone before a norm": ("- flatten\n- BatchNorm1d\n- Linear: 4\n", ["Flatten", "BN", "Linear"]),
    "an addition with its activation": (
        "- add: {skip: [], body: [Conv2d: {out_channels: 8, kernel_size: 1}, BatchNorm2d]}\n- ReLU\n",
        ["Conv + BN", "add + ReLU"],
    ),
    "ops that move axes about": (
        "- permute: [0, 2, 3, 1]\n- reshape: [64, 128]\n- Linear: 4\n", ["permute + reshape", "Linear"],
    ),
    "a group's border is none": (
        "- Sequential: [Conv2d: {out_channels: 8, kernel_size: 1}]\n- ReLU\n", ["Conv + ReLU"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHARED)
def test_ops_that_share_a_card(name: str) -> None:
    steps, cards = SHARED[name]
    assert joined(drawn(steps)) == cards


def test_a_card_is_called_by_its_layer_and_what_comes_before() -> None:
    (after,) = inside(drawn(CONV + "- BatchNorm2d\n- ReLU\n"))
    (before,) = inside(drawn("- BatchNorm2d\n- ReLU\n" + CONV))
    assert (after.title, after.parts[after.primary], after.family) == ("3×3 Conv", "Conv", "conv")
    assert (before.title, before.parts[before.primary], before.family) == ("BN · ReLU · 3×3 Conv", "Conv", "conv")


def test_norms_and_activations_alone_are_all_named() -> None:
    assert titles(drawn("- MaxPool2d: 2\n- BatchNorm2d\n- ReLU\n- MaxPool2d: 2\n"))[1] == "BN · ReLU"


def test_a_card_stands_for_all_its_ops() -> None:
    (card,) = inside(drawn(CONV + "- BatchNorm2d\n- ReLU\n"))
    assert (card.fact.kind, card.fact.nodes, card.fact.inner) == ("Conv2d + BatchNorm2d + ReLU", 3, 2)
    assert (card.fact.convs, card.fact.params) == (1, 8 * 8 * 9 + 8 + 2 * 8)
    assert card.fact.paths == ("0", "1", "2")


APART = {
    "where a tensor goes two ways": (
        "- {Conv2d: {out_channels: 8, kernel_size: 1}, as: conv}\n- {ReLU: {}, as: act}\n- add: [act, conv]\n", "",
    ),
    "at an output": ("- {Conv2d: {out_channels: 8, kernel_size: 1}, as: conv}\n- {ReLU: {}, as: act}\n", "{one: conv, two: act}"),
}  # fmt: skip


@pytest.mark.parametrize("name", APART)
def test_nothing_is_fused(name: str) -> None:
    steps, outputs = APART[name]
    assert joined(drawn(steps, outputs=outputs))[:2] == ["Conv", "ReLU"]


def test_nothing_is_fused_over_the_border_of_a_block() -> None:
    behind = "unit: {steps: [{Conv2d: {out_channels: 8, kernel_size: 1}}]}"
    before = "unit: {steps: [ReLU, {Conv2d: {out_channels: 8, kernel_size: 1}}]}"
    assert joined(drawn("- unit\n- ReLU\n", behind)) == ["Conv", "ReLU"]
    assert joined(drawn("- BatchNorm2d\n- unit\n", before)) == ["BN", "ReLU + Conv"]


def test_nothing_is_fused_with_an_instance_used_again() -> None:
    steps = "- {Conv2d: {out_channels: 8, kernel_size: 1}, as: conv}\n- tanh\n- {reuse: conv}\n- {sigmoid: {}}\n"
    assert joined(drawn(steps))[-2:] == ["Conv", "Sigmoid"]


def test_nothing_is_fused_with_a_card_that_stands_for_several() -> None:
    steps = "- {Conv2d: {out_channels: 8, kernel_size: 1}, repeat: 3}\n- ReLU\n"
    assert joined(drawn(steps, fold="same")) == ["Conv", "ReLU"]
    assert joined(drawn(steps)) == ["Conv", "Conv", "Conv + ReLU"]


def test_a_merge_with_a_number_is_no_circle() -> None:
    kinds = [card.kind for card in inside(drawn("- {add: 1}\n- {mul: 0.5, as: less}\n- {add: [less, image]}\n"))]
    assert kinds == ["card", "card", "circle"]


def test_fusing_is_an_option() -> None:
    net = network(CONV + "- BatchNorm2d\n- ReLU\n")
    assert joined(picture(net, fuse=False)) == ["Conv", "BN", "ReLU"]
