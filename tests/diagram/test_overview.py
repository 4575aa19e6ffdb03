"""Overviews: stages in rows with shapes on the arrows, a block's definition below; encoder over decoder."""

from __future__ import annotations

from itertools import pairwise

import pytest

from archc.diagram.compose.faces import Type
from archc.diagram.compose.hourglass import hourglass
from archc.diagram.compose.overview import overview
from archc.diagram.compose.stages import NotStagedError
from archc.diagram.options import Options
from archc.diagram.sheet import Frame
from tests.diagram.pictures import picture
from tests.diagram.sheet_rules import area, faults, rect, words
from tests.diagram.sheets import box, cards, frames, headings, legend, load, notes, route, sheet, text

OVERVIEW = Options(level="overview")


def stage(name: str, number: int, options: Options = OVERVIEW) -> Frame:
    """A stage's ground."""
    return next(frame for frame in sheet(name, options).frames if frame.id == f"stage:{number}")


def test_stages_stand_in_a_row_on_one_axis() -> None:
    middles = {round(frame.y + frame.h / 2, 3) for frame in frames(sheet("googlenet:lecture"), "stage")}
    assert headings(sheet("googlenet:lecture")) == ["Stem", "Inception 3", "Inception 4", "Inception 5", "Head"]
    assert len(middles) == 1


def test_what_goes_on_to_the_next_stage_is_told_on_the_arrow() -> None:
    shown = sheet("googlenet:lecture")
    told = {(each.tail, each.head): words(each.label.lines) for each in shown.routes if each.label}
    assert told == {
        ("max_pool2d_2", "inception3a"): "192 / 12²", ("max_pool2d_3", "inception4a"): "480 / 6²",
        ("max_pool2d_4", "inception5a"): "832 / 3²", ("inception5b", "adaptive_avg_pool2d_1"): "1024 / 3²",
    }  # fmt: skip


def test_the_arrow_is_as_long_as_its_shape_needs_and_runs_from_frame_to_frame() -> None:
    line = route(sheet("resnet50"), "max_pool2d_1", "layer1.0")
    (x1, y1), (x2, y2) = line.points
    first, second = stage("resnet50", 0, Options()), stage("resnet50", 1, Options())
    assert y1 == y2
    assert (x1, x2) == pytest.approx((first.x + first.w, second.x))
    assert line.label and line.label.w < x2 - x1 and area(line.label)[3] < y1


def test_two_rows_where_one_is_too_long() -> None:
    wide = overview(picture(load("resnet50"), fold="same", close=True), Type(), 5000)
    narrow = overview(picture(load("resnet50"), fold="same", close=True), Type(), 700)
    rows = [{round(f.y + f.h / 2) for f in piece.frames if f.style == "stage"} for piece in (wide, narrow)]
    assert [len(row) for row in rows] == [1, 2]
    assert narrow.w <= 700


def test_the_definition_stands_below_with_nothing_of_the_graph_in_it() -> None:
    shown = sheet("resnet50")
    (ground,) = frames(shown, "definition")
    inside = [each for each in shown.boxes if each.id.startswith("definition0:")]
    assert ground.y > max(frame.y + frame.h for frame in frames(shown, "stage"))
    assert inside and all(each.fact is None for each in inside)
    assert all(ground.y <= each.y and each.y + each.h <= ground.y + ground.h for each in inside)
    assert all(each.edges == 0 for each in shown.routes if each.id.startswith("definition0:"))


def test_a_definition_tells_formulas_of_the_parameters_in_its_heading() -> None:
    shown = sheet("resnet18", OVERVIEW)
    (heading,) = headings(shown, "definition")
    assert heading == "Basic  out, stride    dashed: when stride != 1 or C != out"
    told = {
        each.id.removeprefix("definition0:"): text(each).split(" / ")
        for each in shown.boxes
        if each.id.startswith("definition0:")
    }
    assert told["conv1"][-1].endswith("out, /stride")
    assert [each.id for each in shown.boxes if each.dashed] == ["definition0:downsample.0"]


def test_a_definition_without_options_has_no_note_on_dashes() -> None:
    (heading,) = headings(sheet("nin", OVERVIEW), "definition")
    assert "dashed" not in heading
    assert not any(each.dashed for each in sheet("nin", OVERVIEW).boxes)


def test_concatenation_of_formulas() -> None:
    shown = sheet("googlenet:lecture")
    assert text(box(shown, "definition0:cat_1")) == "c1 | c3 | c5 | pool"
    assert notes(shown) == ["Concat"]
    assert faults(shown) == []


def test_blocks_that_fork_show_their_branches() -> None:
    inception = box(sheet("googlenet:lecture"), "inception3a")
    assert text(inception) == "64 | 96→128 | 16→32 | 32"
    assert "Inception block" in legend(sheet("googlenet:lecture"))


def test_aux_heads_stand_in_the_stage_that_they_look_at_beside_the_trunk() -> None:
    shown = sheet("googlenet:torchvision", OVERVIEW)
    trunk, side = box(shown, "inception4a"), box(shown, "aux1")
    left, top, right, bottom = rect(stage("googlenet:torchvision", 2))
    assert side.x >= trunk.x + trunk.w or side.y > trunk.y
    assert left <= side.x and side.x + side.w <= right and top <= side.y and side.y + side.h <= bottom
    assert text(box(shown, "output:aux1")) == "aux1 1000, training only"
    assert faults(shown) == []


def test_a_network_in_the_shape_of_an_hourglass() -> None:
    shown = sheet("unet")
    upper, lower = ["Inc", "Down 1", "Down 2", "Down 3", "Down 4"], ["Up 1", "Up 2", "Up 3", "Up 4"]
    grounds = dict(zip(headings(shown), frames(shown, "stage"), strict=True))
    assert list(grounds) == upper + lower
    assert [grounds[name].x for name in upper] == sorted(grounds[name].x for name in upper)
    assert [grounds[name].x for name in lower] == sorted((grounds[name].x for name in lower), reverse=True)
    assert max(grounds[name].y + grounds[name].h for name in upper) < min(grounds[name].y for name in lower)
    for one, other in zip(upper, reversed(lower), strict=False):
        assert (grounds[one].x, grounds[one].w) == pytest.approx((grounds[other].x, grounds[other].w))


def test_its_skips_run_straight_down_with_their_shapes() -> None:
    shown = sheet("unet")
    skips = [each for each in shown.routes if each.accent and each.edges]
    assert [(each.tail, each.head) for each in skips] == [
        ("down3", "up1"),
        ("down2", "up2"),
        ("down1", "up3"),
        ("inc", "up4"),
    ]
    for each in skips:
        (x1, y1), (x2, y2) = each.points[-2:]
        assert x1 == x2 and y2 > y1
        ends = next(frame for frame in frames(shown, "stage") if within_frame(frame, each.head))
        assert ends.x < x2 < ends.x + ends.w and y2 == pytest.approx(ends.y)
    assert [text(each.label) for each in skips if each.label] == [
        "512 × 8 × 6",
        "256 × 16 × 12",
        "128 × 32 × 24",
        "64 × 64 × 48",
    ]


def within_frame(frame: Frame, id: str) -> bool:
    """Whether a card of U-Net is in a frame."""
    left, top, right, bottom = rect(frame)
    each = box(sheet("unet"), id)
    return left <= each.x <= right and top <= each.y <= bottom


@pytest.mark.parametrize("name", ["resnet50", "siamese", "vgg:vgg16"])
def test_what_has_no_skips_that_nest_is_no_hourglass(name: str) -> None:
    with pytest.raises(NotStagedError):
        hourglass(picture(load(name), close=True), Type())


@pytest.mark.parametrize(
    "name", ["lenet", "nin", "resnet18", "resnet152", "densenet121", "googlenet:torchvision", "unet"]
)
def test_every_card_is_in_a_stage(name: str) -> None:
    shown = sheet(name, OVERVIEW)
    grounds = [rect(frame) for frame in frames(shown, "stage")]
    for each in cards(shown):
        x, y = each.x + each.w / 2, each.y + each.h / 2
        assert sum(left < x < right and top < y < bottom for left, top, right, bottom in grounds) == 1
    assert all(one[0] == two[0] or one[1] == two[1] for each in shown.routes for one, two in pairwise(each.points))
