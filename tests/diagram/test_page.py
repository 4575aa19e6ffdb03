"""Pages: title, facts, margins and legend; volumes; pictures that build up step by step."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

import archc
from archc.diagram.compose.choose import network_sheet
from archc.diagram.compose.faces import Type
from archc.diagram.compose.page import FORMATS, MARGIN, Heading, page, room
from archc.diagram.compose.pieces import Piece
from archc.diagram.compose.stages import NotStagedError
from archc.diagram.compose.steps import stepped
from archc.diagram.compose.volumes import SCALE, volumes
from archc.diagram.options import Options
from archc.diagram.sheet import Box, Sheet
from tests.diagram.pictures import drawn as picture
from tests.diagram.pictures import picture as picture_of_network
from tests.diagram.sheet_rules import area, faults, labels, opaque, rect
from tests.diagram.sheets import block, box, cards, frames, load, sheet, text, title

TITLES = {
    "lenet": "LeNet-5   lecture · 2 convolutions · 61.7 k parameters",
    "vgg:vgg16": "VGG-16   all 13 convolutions · 138 M parameters",
    "resnet18": "ResNet-18   all 20 convolutions · 11.7 M parameters",
    "resnet152": "ResNet-152   50 × Bottleneck · 60.2 M parameters",
    "googlenet:lecture": "GoogLeNet   lecture · 9 × Inception · 5.98 M parameters",
    "densenet121": "DenseNet-121   120 convolutions, repeats folded · 7.98 M parameters",
}


@pytest.mark.parametrize("name", TITLES)
def test_titles(name: str) -> None:
    assert title(sheet(name)) == TITLES[name]


@pytest.mark.parametrize("name", ["vgg:vgg16", "resnet18", "densenet121"])
def test_the_title_counts_the_convolutions_of_the_graph(name: str) -> None:
    convs = sum(node.op is not None and node.op.family == "conv" for node in load(name).graph)
    assert f"{convs} convolutions" in title(sheet(name))


@pytest.mark.parametrize(
    ("name", "block_name"),
    [("resnet50", "bottleneck"), ("resnet152", "bottleneck"), ("googlenet:lecture", "inception")],
)
def test_the_title_counts_the_blocks_of_the_network(name: str, block_name: str) -> None:
    blocks = {id(each.fact): each.fact.times for each in cards(sheet(name)) if each.fact and each.family == "block"}
    assert f"{sum(blocks.values())} × {block_name.capitalize()}" in title(sheet(name))


def titled(heading: str, width: int = 8) -> Sheet:
    """A small network of that title; none where it is empty."""
    text = f"title: {heading}\n" if heading else ""
    return network_sheet(
        archc.loads(f"archc: 1\nname: a_small_one\n{text}inputs: {{x: [{width}]}}\nsteps: [Linear: 4, relu]\n")
    )


def test_a_spec_without_a_title_is_called_by_its_name() -> None:
    assert title(titled("")).startswith("a_small_one   ")


def test_a_title_too_long_for_a_page_is_cut() -> None:
    shown = titled(
        "A very long title that goes on and on about what this network is good for and never comes to an end"
    )
    first, *_, facts = title(shown).split(" / ")
    assert first.startswith("A very long title that goes on") and first.endswith("…")
    assert facts == "1 layer · 36 parameters"
    assert faults(shown) == []


def test_facts_that_find_no_room_behind_the_title_stand_below_it() -> None:
    facts = "120 convolutions, repeats folded · 7.98 M parameters, and some more to be said"
    shown = page("net", Piece(100, 100), FORMATS["4:3"], Heading("DenseNet-121", facts), (), Type())
    assert [line[0].text for line in shown.title.lines if line[0].text.strip()] == ["DenseNet-121", facts]
    assert area(shown.title)[2] <= 720 - MARGIN


def test_the_title_stands_at_the_top_left_and_the_legend_in_the_middle_below() -> None:
    shown = sheet("resnet18")
    left, top, _, bottom = area(shown.title)
    assert (left, top) == (MARGIN, 14)
    assert min(each.y for each in shown.boxes) > bottom
    assert min(swatch.y for swatch in shown.legend) > max(each.y + each.h for each in shown.boxes)
    first, last = shown.legend[0], shown.legend[-1]
    assert first.x + area(last.words)[2] == pytest.approx(960, abs=2)


def test_the_content_is_centred_on_its_page() -> None:
    shown = page(
        "net",
        Piece(100, 60, (Box("a", 0, 0, 100, 60, "box", "conv"),)),
        FORMATS["16:9"],
        Heading("Net", ""),
        (),
        Type(),
    )
    assert shown.boxes[0].x == (960 - 100) / 2


@pytest.mark.parametrize("fit", FORMATS)
@pytest.mark.parametrize("level", [None, "overview", "full"])
@pytest.mark.parametrize("name", ["lenet", "resnet18", "googlenet:lecture"])
def test_nothing_comes_near_the_edge_of_the_page(name: str, level: Any, fit: str) -> None:
    shown = sheet(name, Options(level=level, fit=fit))
    places = [rect(each) for each in (*shown.boxes, *shown.frames, *shown.legend)] + [
        area(each) for each in labels(shown)
    ]
    places += [area(swatch.words) for swatch in shown.legend]
    assert min(left for left, *_ in places) >= MARGIN - 0.1
    assert max(right for _, _, right, _ in places) <= shown.width - MARGIN + 0.1
    assert min(top for _, top, *_ in places) >= 14 and max(bottom for *_, bottom in places) <= shown.height - 13


@pytest.mark.parametrize("fit", ["16:9", "4:3", "a4"])
def test_what_has_room_is_less_than_the_page(fit: str) -> None:
    wide, high = room(FORMATS[fit], Heading("Net", "9 parameters"), (), Type())
    assert (wide, high < FORMATS[fit].height - 2 * MARGIN) == (FORMATS[fit].width - 2 * MARGIN, True)


VOLUMES = Options(style="volumes")


def test_volumes_are_as_high_as_their_resolution_and_as_wide_as_their_channels() -> None:
    shown = sheet("lenet", VOLUMES)
    heights = [box(shown, id).h for id in ("input:image", "0", "2", "5")]
    assert heights == sorted(heights, reverse=True) and heights[0] > heights[-1]
    assert box(shown, "3").w > box(shown, "0").w
    assert title(shown).endswith(SCALE)
    assert faults(shown) == []


def test_the_arrows_of_volumes_tell_shapes_unless_they_are_not_asked_for() -> None:
    assert [text(line.label) for line in sheet("lenet", VOLUMES).routes if line.label][:3] == [
        "1×28²",
        "6×28²",
        "6×14²",
    ]
    plain = sheet("lenet", Options(style="volumes", labels=frozenset({"kernel"})))
    assert not any(line.label for line in plain.routes)


@pytest.mark.parametrize("name", ["siamese", "resnet18", "bert"])
def test_only_chains_are_volumes(name: str) -> None:
    with pytest.raises(NotStagedError):
        volumes(picture_of_network(load(name)), Type())


def test_two_inputs_that_come_together_are_no_chain() -> None:
    shown = picture("- {relu: {}, from: a, as: b}\n- {sub: [b, c], as: d}", inputs="{a: [8], c: [8]}")
    with pytest.raises(NotStagedError):
        volumes(shown, Type())


STEPPED = [
    ("lenet", None),
    ("resnet18", None),
    ("resnet50", None),
    ("densenet121", None),
    ("unet", None),
    ("siamese", None),
    ("lenet", "volumes"),
]


@pytest.mark.parametrize(("name", "style"), STEPPED)
def test_steps_come_one_after_another_and_show_everything(name: str, style: Any) -> None:
    shown = sheet(name, Options(style=style))
    taken = {each.step for each in shown.boxes}
    assert taken == set(range(1, max(taken) + 1)) and len(taken) > 1
    by_id = {each.id: each.step for each in shown.boxes}
    for line in shown.routes:
        assert line.step >= max(by_id[line.tail], by_id[line.head])
    assert max([line.step for line in shown.routes] + [frame.step for frame in shown.frames]) <= max(taken)


@pytest.mark.parametrize("name", ["lenet", "resnet18", "googlenet:lecture"])
def test_stages_appear_with_their_cards_and_the_definition_last(name: str) -> None:
    shown = sheet(name)
    grounds = [*frames(shown, "stage"), *frames(shown, "definition")]
    assert [frame.step for frame in grounds] == list(range(1, len(grounds) + 1))
    for each in opaque(shown):
        around = [f for f in grounds if f.x <= each.x <= f.x + f.w and f.y <= each.y <= f.y + f.h]
        assert [f.step for f in around] == [each.step]


def test_a_flow_appears_card_by_card_in_the_order_that_it_runs() -> None:
    shown = sheet("bert")
    assert [each.step for each in opaque(shown)] == list(range(1, len(opaque(shown)) + 1))
    assert all(one < other for one, other in pairwise(each.step for each in opaque(shown)))


def test_a_fold_appears_with_its_last_card() -> None:
    shown = sheet("densenet121")
    for frame, note in zip(frames(shown, "fold"), shown.notes, strict=True):
        left, top, right, bottom = rect(frame)
        inside = [each.step for each in shown.boxes if left <= each.x <= right and top <= each.y <= bottom]
        assert frame.step == max(inside) == note.step


@pytest.mark.parametrize("name", ["resnet18", "siamese"])
def test_nothing_moves_between_steps(name: str) -> None:
    shown = sheet(name)
    again = stepped(shown)
    assert [rect(each) for each in again.boxes] == [rect(each) for each in shown.boxes]
    assert stepped(again) == again


def test_blocks_build_up_too() -> None:
    taken = [each.step for each in opaque(block("resnet50", "layer1.1"))]
    assert sorted(taken) == list(range(1, len(taken) + 1))
