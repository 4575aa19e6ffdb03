"""Columns: a stage each, its cards one below another, lines down and over a gutter into the next."""

from __future__ import annotations

from itertools import pairwise

import pytest

from archc.diagram.compose.faces import Type
from archc.diagram.compose.pieces import Piece
from archc.diagram.compose.stages import NotStagedError, columns, in_sequence
from archc.diagram.options import Options
from tests.diagram.pictures import drawn as picture
from tests.diagram.pictures import network
from tests.diagram.pictures import picture as picture_of_network
from tests.diagram.sheet_rules import area, at_border, faults, rect, words
from tests.diagram.sheets import block, box, drawn, frames, headings, load, notes, route, sheet, text

CONV = "Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}"
TWO_STAGES = f"- {CONV}\n- MaxPool2d: 2\n- {CONV}\n- relu"
FORK = f"""
- {{{CONV}, as: one}}
- MaxPool2d: {{kernel_size: 2}}
- {{{CONV}, as: a}}
- {{{CONV}, from: a, as: b}}
- add: [a, b]
"""


def laid(steps: str, blocks: str = "", **options: str) -> Piece:
    """The columns of these steps."""
    return columns(picture(steps, blocks, **options), Type())


def in_order(shown: Piece) -> list[str]:
    """The frames from left to right."""
    grounds = [frame for frame in shown.frames if frame.style == "stage"]
    return [frame.id for frame in sorted(grounds, key=lambda frame: frame.x)]


def test_a_column_for_each_stage_all_equally_high() -> None:
    shown = laid(TWO_STAGES)
    assert in_order(shown) == ["stage:0", "stage:1"]
    assert len({(frame.y, frame.h) for frame in shown.frames}) == 1


def test_cards_of_a_column_are_equally_wide_on_one_axis() -> None:
    shown = laid(TWO_STAGES)
    left = [each for each in shown.boxes if each.x < shown.frames[0].w]
    assert len({(each.x, each.w) for each in left}) == 1 and len(left) > 2


def test_the_heading_tells_what_a_stage_hands_on() -> None:
    assert headings(sheet("vgg:vgg16"))[:2] == ["Stage 1 / 64 × 112²", "Stage 2 / 128 × 56²"]
    assert headings(sheet("resnet18")) == [
        "Stem / 64 × 56²", "Stage 1 / 64 × 56²", "Stage 2 / 128 × 28²", "Stage 3 / 256 × 14²", "Stage 4 / 512 × 7²",
        "Head / 1000",
    ]  # fmt: skip


def test_a_line_to_the_next_stage_goes_down_over_the_gutter_and_down_again() -> None:
    shown = laid(TWO_STAGES)
    (line,) = [each for each in shown.routes if len(each.points) > 2]
    assert ["v" if one[0] == two[0] else "h" for one, two in pairwise(line.points)] == ["v", "h", "v", "h", "v"]
    first, second = shown.frames
    assert first.x + first.w < line.points[2][0] < second.x


def test_several_readers_share_a_way_in_that_ends_at_a_junction() -> None:
    shown = drawn(
        TWO_STAGES.replace("- relu", "- add: {left: [], right: [relu: {}]}"), options=Options(style="columns")
    )
    assert faults(shown) == []
    resnet = sheet("resnet18")
    junction = next(each for each in resnet.boxes if each.id == "entry:layer1.1.add_1")
    (into,) = [each for each in resnet.routes if each.head == junction.id]
    assert at_border(into.points[-1], junction) and not into.arrow and into.edges == 0
    onwards = [each for each in resnet.routes if each.tail == "layer1.1.add_1" and each.head != junction.id]
    assert [each.head for each in onwards] == ["layer2.0.conv1", "layer2.0.downsample.0"]
    assert all(at_border(each.points[0], junction) for each in onwards)


def test_a_tensor_read_in_two_later_stages_has_a_way_into_each() -> None:
    steps = f"""
        - {{{CONV}, as: one}}
        - {{max_pool2d: 2, as: small}}
        - {{{CONV}, as: a}}
        - {{add: [a, small], as: b}}
        - {{max_pool2d: 2, as: smaller}}
        - {{{CONV}, as: c}}
        - {{max_pool2d: 2, from: small, as: d}}
        - {{max_pool2d: {{kernel_size: 2, stride: 2}}, from: small, as: e}}
        - add: [c, d, e]
    """
    shown = drawn(steps, options=Options(style="columns"))
    assert faults(shown) == []


def test_two_tensors_from_a_stage_to_the_next_never_overlap() -> None:
    steps = f"""
        - {{{CONV}, as: one}}
        - {{max_pool2d: 2, as: a}}
        - {{max_pool2d: 2, from: one, as: b}}
        - {{{CONV}, from: a, as: c}}
        - {{{CONV}, from: b, as: d}}
        - add: [c, d]
    """
    shown = drawn(steps, options=Options(style="columns"))
    lines = [route(shown, "a", "c"), route(shown, "b", "d")]
    assert faults(shown) == []
    uprights = [{round(x) for (x, _), (x2, _) in pairwise(line.points) if x == x2} for line in lines]
    assert not uprights[0] & uprights[1]


def test_a_line_over_stages_runs_above_them_in_the_accent_colour() -> None:
    steps = f"""
        - {{{CONV}, as: one}}
        - {{max_pool2d: 2, as: p}}
        - {{{CONV}, as: two}}
        - {{ConvTranspose2d: {{out_channels: 8, kernel_size: 2, stride: 2}}, as: up}}
        - add: [up, one]
    """
    shown = drawn(steps, options=Options(style="columns"))
    (over,) = [each for each in shown.routes if each.accent]
    assert (over.tail, over.head) == ("one", "add_1")
    assert min(y for _, y in over.points) < min(frame.y for frame in frames(shown, "stage"))
    assert faults(shown) == []


def test_no_line_runs_on_the_border_of_a_stage() -> None:
    shown = sheet("unet", Options(style="columns", fit="free", level="stages"))
    sides = {round(x, 1) for frame in frames(shown, "stage") for x in (frame.x, frame.x + frame.w)}
    uprights = [round(p[0], 1) for each in shown.routes for p, q in pairwise(each.points) if abs(p[0] - q[0]) < 0.01]
    assert not sides & set(uprights)


def test_stages_that_do_not_follow_one_another_are_no_columns() -> None:
    siamese = picture_of_network(load("siamese"))
    with pytest.raises(NotStagedError):
        in_sequence(siamese)
    assert sheet("siamese").layout == "flow"


def test_a_single_op_that_repeats_within_a_fold_says_so_itself() -> None:
    shown = laid("- {unit: {}, repeat: 4}", f"unit: {{steps: [{{{CONV}, repeat: 3}}, relu]}}", fold="same")
    assert [text(each) for each in shown.boxes if "Conv" in text(each)] == ["3×3 Conv ×3 / 8"]
    assert [words(note.lines) for note in shown.notes] == ["×4"]


def test_the_frame_of_a_fold_is_around_exactly_its_cards() -> None:
    shown = sheet("densenet121")
    for frame in frames(shown, "fold"):
        left, top, right, bottom = rect(frame)
        inside = [each.id for each in shown.boxes if left <= each.x <= right and top <= each.y <= bottom]
        prefix = frame.id.removeprefix("fold:")
        assert [id for id in inside if not id.startswith("entry:")] == [
            f"{prefix}.conv1",
            f"{prefix}.conv2",
            f"{prefix}.cat_1",
        ]
        assert all(box(shown, f"{prefix}.{name}").x >= left for name in ("conv1", "conv2", "cat_1"))


def test_how_many_copies_a_fold_has_stands_to_its_right() -> None:
    shown = sheet("densenet121")
    for frame, note in zip(frames(shown, "fold"), shown.notes, strict=True):
        assert area(note)[0] >= frame.x + frame.w
        assert frame.y <= note.y <= frame.y + frame.h


def test_folds_within_folds_are_told_of_side_by_side() -> None:
    blocks = "unit: {steps: [{pair: {}, repeat: 3}, MaxPool2d: {kernel_size: 3, stride: 1, padding: 1}]}\n"
    blocks += f"pair: {{steps: [{CONV}, {CONV}]}}"
    shown = laid("- {unit: {}, repeat: 4}", blocks, fold="same")
    assert {words(note.lines) for note in shown.notes} == {"×3", "×4"}
    assert [text(each) for each in shown.boxes if "Conv" in text(each)] == ["3×3 Conv ×2 / 8"]
    one, other = (frame for frame in shown.frames if frame.style == "fold")
    assert (one.x <= other.x and other.x + other.w <= one.x + one.w) or (
        other.x <= one.x and one.x + one.w <= other.x + other.w
    )


def test_aux_heads_stand_beside_the_trunk() -> None:
    steps = f"""
        - {{{CONV}, as: one}}
        - {{side: [AdaptiveAvgPool2d: 1, Flatten, Linear: 10], as: aux}}
        - {{{CONV}, as: two}}
        - {{{CONV}, as: three}}
        - {{flatten: 1, as: flat}}
        - {{Linear: 10, as: fc}}
    """
    shown = drawn(steps, outputs="{logits: fc, aux: {from: aux, only: train}}")
    trunk = [box(shown, id) for id in ("one", "two", "three")]
    side = [each for each in shown.boxes if each.id.startswith("aux") or each.id == "output:aux"]
    assert len({each.x + each.w / 2 for each in trunk}) == 1
    assert side and min(each.x for each in side) > max(each.x + each.w for each in trunk)
    assert text(box(shown, "output:aux")) == "aux / 10, training only"
    assert faults(shown) == []


def test_a_line_out_of_a_stage_passes_below_an_aux_head() -> None:
    steps = f"""
        - {{{CONV}, as: one}}
        - {{side: [{CONV}, sigmoid: {{}}, {CONV}, sigmoid: {{}}, {CONV}], as: aux}}
        - MaxPool2d: 2
        - {{{CONV}, as: two}}
    """
    shown = drawn(steps, outputs="{result: two, aux: {from: aux, only: train}}", options=Options(style="columns"))
    assert faults(shown) == []


def test_parts_of_a_concatenation_of_concatenations() -> None:
    join = f"- {{{CONV.replace('8', '32')}, as: a}}\n- {{cat: [image, a], as: b}}\n- {{{CONV.replace('8', '32')}, as: c}}\n- cat: [b, c]"
    shown = drawn(join, inputs="{image: [64, 32, 32]}", options=Options(style="columns"))
    assert text(box(shown, "b")) == "64 | 32"
    assert text(box(shown, "cat_1")) == "64 | 32 | 32"
    assert faults(shown) == []


def test_parts_that_find_no_room_are_told_of_as_their_sum() -> None:
    shown = sheet("densenet:lecture", Options(level="full"))
    cats = [each for each in shown.boxes if each.slots]
    assert max(text(each).count("|") for each in cats) > 1
    assert all(sum(map(int, text(each).split(" | "))) == int(each.fact.output.split()[0]) for each in cats if each.fact)
    assert faults(shown) == []


@pytest.mark.parametrize(
    ("name", "inside", "named"),
    [("densenet:lecture", "dense_layer", ["Concat"]), ("googlenet:lecture", "inception", [])],
)
def test_concatenations_are_named_where_there_is_room(name: str, inside: str, named: list[str]) -> None:
    shown = block(name, inside)
    assert notes(shown) == named
    assert faults(shown) == []


def test_a_name_that_a_line_would_cross_is_left_out() -> None:
    assert network(FORK).graph
    shown = drawn(FORK, options=Options(style="columns"))
    assert faults(shown) == []
