"""Pictures tell the truth: every op, edge, convolution and parameter of a network is drawn or folded away, and once.

What is right is worked out afresh from the tree and the graph (`picture_truth`), for every plan of what to leave out:
for all shipped networks, those of the tests, and random ones. `ARCHC_EXAMPLES` says how many random ones.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import archc
from archc.diagram.compose.choose import network_sheet
from archc.diagram.compose.inside import block_sheet
from archc.diagram.compose.subject import block_subject, network_subject
from archc.diagram.model.build import Subject, picture_of
from archc.diagram.model.definition import instances
from archc.diagram.model.picture import Card, Picture
from archc.diagram.model.split import split
from archc.diagram.model.walk import Plan
from archc.diagram.options import LEVELS, Options
from archc.diagram.words import brief_shape
from archc.loading import shipped_variants
from tests.diagram.picture_truth import picture_faults
from tests.diagram.pictures import PLANS, network, picture
from tests.diagram.random_nets import nets
from tests.property.profile import examples

SPECS = Path(__file__).parents[1] / "networks" / "specs"
SHIPPED = [f"{file.stem}:{name}" for file, names in shipped_variants().items() for name in names]
ALL = [*SHIPPED, *(str(path) for path in sorted(SPECS.glob("*.yaml")))]
DEEP = {
    "resnet:resnet152",
    "resnet:resnet101",
    "resnet:resnext101_32x8d",
    "densenet:densenet169",
    "densenet:densenet201",
}
FOLDED = (Plan(fold="same"), Plan(fold="like", close=True))
"""The plans that deep networks are tried with; those of less depth are like them in all else."""


def faults(subject: Subject, plans: tuple[Plan, ...] = PLANS) -> dict[str, list[str]]:
    """What is wrong, by plan."""
    found = {repr(plan): picture_faults(subject, picture_of(subject, plan)) for plan in plans}
    return {plan: wrong for plan, wrong in found.items() if wrong}


def test_all_shipped_networks_are_here() -> None:
    assert len(SHIPPED) > 25 and set(SHIPPED) >= DEEP


@pytest.mark.parametrize("name", ALL, ids=lambda name: Path(name).stem)
def test_networks(name: str) -> None:
    assert faults(network_subject(archc.load(name)), FOLDED if name in DEEP else PLANS) == {}


@pytest.mark.parametrize(
    "name", ["resnet:resnet18", "googlenet:lecture", "densenet:lecture", "nin:lecture", *ALL[-28:]]
)
def test_blocks(name: str) -> None:
    net = archc.load(name)
    shown = {block.name: instance for block, instance in reversed(list(instances(net.body)))}
    for instance in shown.values():
        for symbolic in (False, True):
            assert faults(block_subject(net, instance, symbolic=symbolic, brief=True)[0], (Plan(), FOLDED[1])) == {}


@pytest.mark.parametrize("name", [name for name in ALL if name not in DEEP], ids=lambda name: Path(name).stem)
def test_concatenations_and_arrows_tell_the_channels_there_are(name: str) -> None:
    net = archc.load(name)
    at = {node.path: node for node in net.graph if not node.reused}
    for card in picture(net).cards:
        if card.kind == "slots":
            node = at[card.id]
            assert slots_of(card) == int(node.outputs[0].shape[getattr(node.op, "dim", 1)]), card.id
    for arrow in picture(net, fuse=False).arrows:
        tail = at.get(arrow.tail.removeprefix("input:"))
        assert tail is None or arrow.shape in {brief_shape(type_) for type_ in tail.outputs}, arrow.id


def slots_of(card: Card) -> int:
    """The channels of all parts of a concatenation."""
    return sum(int(text) for parts in card.slots for text in parts)


def test_a_tensor_joined_with_itself_has_two_slots() -> None:
    (card,) = [card for card in picture(network("- cat: {left: [], right: []}")).cards if card.kind == "slots"]
    assert slots_of(card) == 16


@pytest.mark.parametrize("most", [8, 5])
@pytest.mark.parametrize("name", ["resnet:resnet50", "vgg:vgg16", "googlenet:torchvision", "densenet:densenet121"])
def test_stages_in_parts_lose_nothing(name: str, most: int) -> None:
    subject = network_subject(archc.load(name))
    whole = picture_of(subject, Plan(fold="same"))
    assert picture_faults(subject, split(whole, most)) == []


@examples(60)
@given(spec=nets())
def test_random_networks(spec: dict[str, Any]) -> None:
    net = archc.loads(json.dumps(spec))
    found = faults(network_subject(net))
    assert {plan: wrong for plan, wrong in found.items() if wrong} == {}


@examples(10)
@given(spec=nets())
def test_random_networks_can_be_drawn(spec: dict[str, Any]) -> None:
    net = archc.loads(json.dumps(spec))
    for level in (None, *LEVELS):
        assert network_sheet(net, Options(level=level)).boxes
    for name in dict.fromkeys(block.name for block, _ in instances(net.body)):
        assert block_sheet(net, name).boxes


@pytest.mark.parametrize("name", [name for name in ALL if name not in DEEP], ids=lambda name: Path(name).stem)
def test_every_network_and_block_can_be_drawn(name: str) -> None:
    net = archc.load(name)
    assert network_sheet(net).boxes
    for block in dict.fromkeys(block.name for block, _ in instances(net.body)):
        assert block_sheet(net, block).boxes


CONV = "Conv2d: {out_channels: 8, kernel_size: 1}"
REPEATS = f"unit: {{steps: [{{{CONV}, repeat: 3}}, {{pair: {{}}, repeat: 3}}]}}\npair: {{steps: [{CONV}, {CONV}]}}"
ODD = {
    "an input that is an output": network(f"- {{{CONV}, as: conv}}", outputs="{one: image, other: conv}"),
    "one tensor handed out twice": network(f"- {{{CONV}, as: conv}}", outputs="{one: conv, other: conv}"),
    "one tensor taken twice": network("- add: {left: [], right: []}"),
    "a single op": network("- relu"),
    "several results": network("- {chunk: {dim: 1, chunks: 2}, as: [left, right]}\n- {sub: [right, left]}"),
    "states": network("- {LSTM: {hidden_size: 4}, as: rnn}", inputs="{x: [9, 8]}", outputs="{out: rnn, h: rnn.h_n}"),
    "a tensor of its own": network(
        "- {Parameter: [1, 8, 1, 1], as: p}\n- {add: {broadcast: true}, from: [image, p]}"
    ),
    "an instance used again": network("- {pair: {}, as: one}\n- relu\n- {reuse: one}\n- {reuse: one}", REPEATS),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_odd_networks(name: str) -> None:
    assert faults(network_subject(ODD[name])) == {}
    assert network_sheet(ODD[name]).boxes


def test_folds_within_an_instance_used_again() -> None:
    assert faults(network_subject(network("- {unit: {}, as: one}\n- relu\n- {reuse: one}", REPEATS))) == {}


def test_one_tensor_joined_with_itself() -> None:
    net = network(f"- pair\n- max_pool2d: 2\n- cat: {{left: [], right: []}}\n- {CONV}", REPEATS)
    assert network_sheet(net, Options(level="overview")).boxes


RESNET = picture(archc.load("resnet18"), fold="same")
LIES = {
    "an arrow less": replace(RESNET, arrows=RESNET.arrows[:4] + RESNET.arrows[5:]),
    "an arrow more": replace(RESNET, arrows=(*RESNET.arrows, replace(RESNET.arrows[4], id="x", head=RESNET.arrows[9].head))),
    "an arrow that stands for more": replace(RESNET, arrows=(replace(RESNET.arrows[3], edges=RESNET.arrows[3].edges + 1), *RESNET.arrows[:3], *RESNET.arrows[4:])),
    "an edge told of elsewhere": replace(
        RESNET, arrows=(replace(RESNET.arrows[3], edges=RESNET.arrows[3].edges + 1), replace(RESNET.arrows[4], edges=RESNET.arrows[4].edges - 1), *RESNET.arrows[:3], *RESNET.arrows[5:]),
    ),
    "a card less": replace(RESNET, cards=RESNET.cards[:5] + RESNET.cards[6:]),
    "a card twice": replace(RESNET, cards=(*RESNET.cards, RESNET.cards[5])),
    "cards in another order": replace(RESNET, cards=RESNET.cards[::-1]),
    "an empty stage": replace(RESNET, stages=(*RESNET.stages, RESNET.stages[0])),
    "other parameters": replace(
        RESNET, cards=tuple(replace(card, fact=replace(card.fact, params=1)) for card in RESNET.cards)
    ),
    "another number of copies": replace(
        RESNET, folds=tuple(replace(fold, times=fold.times + 1) for fold in RESNET.folds)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_the_check_sees_through_lies(name: str) -> None:
    subject = network_subject(archc.load("resnet18"))
    shown: Picture = LIES[name]
    assert picture_faults(subject, RESNET) == []
    assert picture_faults(subject, shown)
