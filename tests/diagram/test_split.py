"""Long stages in parts: in the order that they run, telling the truth, cut where a single tensor goes on."""

from __future__ import annotations

import pytest

from archc.diagram.compose.subject import network_subject
from archc.diagram.model.picture import Picture
from archc.diagram.model.split import split
from tests.diagram.picture_truth import picture_faults
from tests.diagram.pictures import drawn, picture, staged
from tests.diagram.sheets import load

CONV = "Conv2d: {out_channels: 8, kernel_size: 1}"
CHAIN = "\n".join(f"- {{Conv2d: {{out_channels: {8 + at}, kernel_size: 1}}, as: c{at}}}" for at in range(10))
NAMES = ["vgg:vgg16", "resnet50", "densenet121", "googlenet:lecture", "unet", "siamese", "bert"]


def lengths(shown: Picture) -> list[int]:
    """How many cards each stage has."""
    return [sum(card.stage == at for card in shown.cards) for at in range(len(shown.stages))]


def test_a_chain_is_cut_into_parts_of_at_most_that_many() -> None:
    shown = split(drawn(CHAIN), 5)
    assert sum(lengths(shown)) == 12
    assert max(lengths(shown)) <= 5


def test_parts_say_which_of_how_many_they_are() -> None:
    assert [title for title, _ in staged(split(drawn(CHAIN), 6))] == ["Layers, 1 of 2", "Layers, 2 of 2"]


def test_a_part_hands_on_what_its_last_card_gives_and_the_last_what_the_stage_does() -> None:
    whole = drawn(CHAIN)
    parts = split(whole, 4)
    assert parts.stages[-1].detail == whole.stages[-1].detail
    for at, stage in enumerate(parts.stages[:-1]):
        assert stage.detail == [card for card in parts.cards if card.stage == at][-1].shape


@pytest.mark.parametrize("name", NAMES)
def test_short_stages_stay_as_they_are(name: str) -> None:
    whole = picture(load(name))
    assert split(whole, 10**6) == whole


@pytest.mark.parametrize("most", [1, 3, 5, 8, 20])
@pytest.mark.parametrize("name", NAMES)
def test_parts_keep_the_order_and_the_truth(name: str, most: int) -> None:
    whole = picture(load(name), fuse=False)
    parts = split(whole, most)
    assert [card.id for card in parts.cards] == [card.id for card in whole.cards]
    assert parts.arrows == whole.arrows
    assert picture_faults(network_subject(load(name)), parts) == []
    merged = [stage for stage in (title.split(", ")[0] for title, _ in staged(parts))]
    assert list(dict.fromkeys(merged)) == [title for title, _ in staged(whole)]


@pytest.mark.parametrize("most", [3, 5, 8])
@pytest.mark.parametrize("name", ["vgg:vgg16", "resnet50", "densenet121"])
def test_only_one_tensor_goes_on_from_a_part_to_the_next(name: str, most: int) -> None:
    parts = split(picture(load(name), fuse=False), most)
    stage_of = {card.id: card.stage for card in parts.cards}
    for at, stage in enumerate(parts.stages):
        if ", " in stage.title and ", 1 of" not in stage.title:
            over = {arrow.tail for arrow in parts.arrows if stage_of[arrow.tail] < at <= stage_of[arrow.head]}
            assert len(over) == 1


@pytest.mark.parametrize("fold", ["same", "like"])
def test_folds_are_never_cut(fold: str) -> None:
    for name in ("densenet121", "resnet50"):
        parts = split(picture(load(name), fold=fold), 2)  # type: ignore[arg-type]
        for each in parts.folds:
            stages = {card.stage for card in parts.cards if card.fold == each.id}
            assert stages == {each.stage}


def test_a_fork_is_never_cut() -> None:
    fork = f"- cat: {{a: [{CONV}, relu], b: [{CONV}, relu], c: [{CONV}]}}"
    parts = split(drawn("\n".join([CHAIN, fork, fork.replace("8", "9")])), 3)
    stage_of = {card.id: card.stage for card in parts.cards}
    into = [arrow for arrow in parts.arrows if {card.id: card.kind for card in parts.cards}[arrow.head] == "slots"]
    assert len(into) == 6
    assert all(stage_of[arrow.tail] == stage_of[arrow.head] for arrow in into)


@pytest.mark.parametrize("most", [2, 4])
def test_cut_as_late_as_it_may_be(most: int) -> None:
    parts = split(drawn(CHAIN), most)
    assert all(length >= most - 1 for length in lengths(parts)[:-1])
