"""Skips: the arrows that bypass the main path into a merge are in the accent colour, and no others."""

from __future__ import annotations

import pytest

import archc
from tests.diagram.pictures import drawn, picture, skips

CONV = "Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}"
POINT = "Conv2d: {out_channels: 8, kernel_size: 1}"
SKIPPED = {
    "an identity": (
        f"- add: {{body: [{CONV}, ReLU, {CONV}], skip: []}}", {("input:image", "add_1")},
    ),
    "a projection, the whole of it": (
        f"- add: {{body: [{CONV}, ReLU, {CONV}], skip: [{POINT}, BatchNorm2d]}}",
        {("input:image", "skip.0"), ("skip.0", "add_1")},
    ),
    "what a gate is multiplied onto": (
        f"- mul: {{branches: {{x: [], gate: [AdaptiveAvgPool2d: 1, {POINT}, Sigmoid]}}, broadcast: true}}",
        {("input:image", "mul_1")},
    ),
    "a dense layer's input": (
        f"- {{{CONV}, as: conv}}\n- {{cat: [image, conv]}}", {("input:image", "cat_1")},
    ),
    "over a residual within": (
        f"- add: {{body: [{CONV}, add: {{deep: [{CONV}], near: []}}, {CONV}], skip: []}}",
        {("input:image", "add_1"), ("body.0", "body.1")},
    ),
    "one after another": (
        f"- {{add: {{body: {{{CONV}}}, skip: []}}, as: one}}\n- add: {{body: {{{CONV}}}, skip: []}}",
        {("input:image", "one"), ("one", "add_1")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SKIPPED)
def test_what_is_a_skip(name: str) -> None:
    steps, found = SKIPPED[name]
    assert skips(drawn(steps)) == found


PLAIN = {
    "branches of equal length": f"- add: {{left: {{{CONV}}}, right: {{{POINT}}}}}",
    "branches of an inception block": f"- cat: {{a: {{{POINT}}}, b: [{POINT}, {CONV}], c: [MaxPool2d: {{kernel_size: 1}}, {POINT}]}}",
    "a learned tensor that is added": (
        f"- {{Parameter: [1, 8, 1, 1], as: position}}\n- {{{CONV}, from: image, as: embedded}}\n"
        "- {add: {broadcast: true}, from: [embedded, position]}"
    ),
    "a sum with a number": "- add: 1\n- mul: 0.5",
    "a chain": f"- {CONV}\n- {CONV}",
}  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_none(name: str) -> None:
    assert skips(drawn(PLAIN[name])) == set()


TOWERS = "- {relu: {}, from: x, as: near}\n- {tanh: {}, from: y, as: first}\n- {sigmoid: {}, as: deep}\n- {add: [deep, near], as: total}"


def test_two_towers_have_none() -> None:
    assert skips(drawn(TOWERS, inputs="{x: [4], y: [4]}")) == set()


def test_two_towers_have_none_though_one_is_handed_out() -> None:
    assert skips(drawn(TOWERS, inputs="{x: [4], y: [4]}", outputs="{near: near, total: total}")) == set()


def test_the_merge_of_a_skip_is_drawn_as_its_sign() -> None:
    shown = drawn(f"- add: {{body: [{CONV}], skip: []}}\n- mul: {{body: [{CONV}], skip: []}}")
    assert [card.kind for card in shown.cards if card.id.startswith(("add", "mul"))] == ["circle", "circle"]


def test_the_first_block_of_a_stage_has_a_projection() -> None:
    marked = skips(picture(archc.load("resnet18")))
    assert {("layer1.0.add_1", "layer1.1.add_1"), ("layer1.1.add_1", "layer2.0.downsample.0")} <= marked
    assert ("layer2.0.downsample.0", "layer2.0.add_1") in marked
    assert len(marked) == 8 + 3


def test_a_dense_block_skips_into_every_concatenation() -> None:
    assert len(skips(picture(archc.load("densenet:lecture")))) == 4 * 4


def test_a_u_net_skips_from_one_side_to_the_other() -> None:
    net = archc.load("tests/networks/specs/unet.yaml")
    assert skips(picture(net)) == {
        ("inc.3", "up4.cat_1"), ("down1.3", "up3.cat_1"), ("down2.3", "up2.cat_1"), ("down3.3", "up1.cat_1"),
    }  # fmt: skip
    assert skips(picture(net, close=True)) == {("inc", "up4"), ("down1", "up3"), ("down2", "up2"), ("down3", "up1")}


@pytest.mark.parametrize("name", ["vgg16", "alexnet", "lenet", "nin", "googlenet:lecture"])
def test_networks_without_skips(name: str) -> None:
    assert skips(picture(archc.load(name))) == set()


def test_folded_copies_keep_their_skips() -> None:
    blocks = f"unit: {{steps: [{{add: {{body: [{CONV}, {CONV}], skip: []}}}}]}}"
    shown = drawn("- {unit: {}, repeat: 4}", blocks, fold="same")
    assert [(arrow.tail, arrow.head, arrow.edges) for arrow in shown.arrows if arrow.skip] == [
        ("input:image", "0.add_1", 4)
    ]
