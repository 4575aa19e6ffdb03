"""What is written on cards, how large they are, the names of concatenations, and the legend."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archc.diagram.compose.faces import SIZES, SMALLER, Face, Type, evened, face_of
from archc.diagram.compose.legend import legend
from archc.diagram.compose.naming import crossed, extent, is_free, segments_of
from archc.diagram.compose.pieces import Piece
from archc.diagram.metrics import line_width
from archc.diagram.model.picture import Card
from archc.diagram.options import Options
from archc.diagram.sheet import Box, Fact, Label, Route, Run, Swatch
from archc.diagram.theme import COLOURED
from tests.diagram.pictures import drawn as picture
from tests.diagram.sheet_rules import area, faults, rect, words
from tests.diagram.sheets import box, cards, sheet, text
from tests.diagram.sheets import legend as entries

FACT = Fact("Conv2d", ("conv",), 1, 1, 0, 1, 9408, 0, "3 224 224", "64 112 112", "net.yaml:5")
CONV = Card("conv", "card", "7×7 Conv", "64, /2", "conv", FACT, ("Conv", "BN", "ReLU"))
ALL = Type(told=frozenset({"shapes", "params", "kernel"}))


def lines_of(face: Face) -> list[str]:
    """What is written, a line each."""
    return ["".join(run.text for run in line) for line in (*face.lines, *face.cells)]


def test_a_card_has_its_op_in_bold_and_its_detail_below() -> None:
    face = face_of(CONV, Type())
    assert lines_of(face) == ["7×7 Conv", "64, /2"]
    assert [(run.bold, run.size) for line in face.lines for run in line] == [(True, 15), (False, 13)]


def test_or_behind_it_on_one_line() -> None:
    assert lines_of(face_of(CONV, Type(), one_line=True)) == ["7×7 Conv 64, /2"]


def test_or_in_as_many_lines_as_a_narrow_place_asks_for() -> None:
    assert lines_of(face_of(CONV, Type(), narrow=True)) == ["7×7", "Conv", "64, /2"]


def test_a_card_is_as_large_as_its_text_and_some_space() -> None:
    face = face_of(CONV, Type())
    assert face.w > max(map(line_width, face.lines)) + 10
    assert face.h > extent(face.lines)[1]


def test_copies_are_counted_in_the_accent_colour() -> None:
    many = replace(CONV, times=4, fact=replace(FACT, times=4))
    face = face_of(many, Type())
    assert lines_of(face) == ["7×7 Conv ×4", "64, /2"]
    assert [run.tone for run in face.lines[0]] == ["ink", "accent"]


def test_copies_of_a_fold_around_are_told_of_there_and_not_on_the_card() -> None:
    assert lines_of(face_of(replace(CONV, fold="layer", fact=replace(FACT, times=4)), Type())) == ["7×7 Conv", "64, /2"]


def test_parameters_are_those_of_each_copy() -> None:
    assert lines_of(face_of(CONV, ALL))[-1] == "9.41 k params"
    many = replace(CONV, times=2, fact=replace(FACT, times=2, params=2 * 9408))
    assert lines_of(face_of(many, ALL))[-1] == "9.41 k params each"


def test_without_kernels_a_card_has_the_name_of_its_op_alone() -> None:
    assert lines_of(face_of(CONV, Type(told=frozenset()))) == ["Conv"]


def test_what_comes_before_an_op_stands_above_it() -> None:
    dense = replace(CONV, title="BN · ReLU · 1×1 Conv", detail="128", parts=("BN", "ReLU", "Conv"), primary=2)
    assert lines_of(face_of(dense, Type())) == ["BN · ReLU", "1×1 Conv", "128"]


def test_the_branches_of_a_block_are_cells() -> None:
    inception = replace(CONV, kind="block", title="Inception", cells=("64", "96→128", "32"))
    face = face_of(inception, Type())
    assert lines_of(face) == ["64", "96→128", "32"]
    assert face.w >= sum(map(line_width, face.cells))


def test_a_merge_is_a_circle_with_its_sign() -> None:
    face = face_of(replace(CONV, kind="circle", title="add", detail=""), Type())
    assert (face.shape, face.w, lines_of(face)) == ("circle", face.h, ["+"])


def test_a_concatenation_has_a_cell_for_each_part_and_its_name_beside_it() -> None:
    card = replace(CONV, kind="slots", title="Concat", slots=(("64", "32"), ("32",)))
    across, down = face_of(card, Type(), across=True), face_of(card, Type())
    assert lines_of(down) == ["Concat"]
    assert (down.w > down.h, across.h > across.w) == (True, True)


@pytest.mark.parametrize("sizes", [SIZES, SMALLER])
def test_sizes_of_text_from_the_largest_on(sizes: tuple[Type, ...]) -> None:
    assert [type_.detail for type_ in sizes] == sorted((type_.detail for type_ in sizes), reverse=True)
    assert all(type_.name >= type_.detail for type_ in sizes)


def test_what_is_legible_begins_at_12_points_and_titles_of_cards_at_14() -> None:
    assert min(type_.detail for type_ in SIZES) == 12
    assert min(type_.name for type_ in SIZES) == 14


def test_cards_of_a_column_are_made_equally_wide_apart_from_shortcuts_and_circles() -> None:
    faces = {id: Face(w, 20, "rounded") for id, w in (("a", 50), ("b", 80), ("side", 30), ("+", 20))}
    cards_ = [replace(CONV, id=id, kind="circle" if id == "+" else "card") for id in faces]
    assert {id: face.w for id, face in evened(faces, cards_, {"side"}).items()} == {
        "a": 80,
        "b": 80,
        "side": 30,
        "+": 20,
    }


LEGENDS = {
    "lenet": ["convolution + Sigmoid", "fully connected + Sigmoid", "pooling", "tensor"],
    "vgg:vgg16": ["convolution + ReLU", "fully connected (+ ReLU, Dropout)", "pooling", "tensor"],
    "resnet18": ["convolution + BN (+ ReLU)", "fully connected", "pooling", "add, then ReLU", "tensor"],
}  # fmt: skip


@pytest.mark.parametrize("name", ["lenet", "resnet18"])
def test_the_legend_tells_what_cards_hold_besides_their_op(name: str) -> None:
    assert entries(sheet(name)) == LEGENDS[name]


@pytest.mark.parametrize("level", [None, "overview", "stages", "full"])
@pytest.mark.parametrize(
    "name", ["lenet", "vgg:vgg16", "resnet50", "googlenet:lecture", "densenet:lecture", "unet", "bert"]
)
def test_the_legend_has_exactly_the_families_that_are_drawn(name: str, level: str | None) -> None:
    shown = sheet(name, Options(level=level))  # type: ignore[arg-type]
    drawn = {each.family for each in shown.boxes} & {*COLOURED, "tensor"}
    assert {swatch.family for swatch in shown.legend} == drawn
    assert len(shown.legend) == len(drawn) <= 9


def test_a_poster_fuses_nothing_and_its_legend_says_so() -> None:
    shown = entries(sheet("resnet18", Options(level="full")))
    assert {"convolution", "normalisation", "activation"} <= set(shown) and not any("+" in entry for entry in shown)


def test_merges_are_told_of_by_name() -> None:
    shown = picture(
        "- {relu: {}, as: a}\n- {sigmoid: {}, from: image, as: b}\n- {sub: [a, b], as: c}\n- {mul: [c, b], as: d}\n- relu\n- cat: {left: [], right: []}"
    )
    swatches, _, _ = legend(shown.cards, 13, 900)
    (merge,) = [words(swatch.words.lines) for swatch in swatches if swatch.family == "merge"]
    assert {"subtract", "multiply, then ReLU", "concatenate"} >= set(merge.split("; ")) >= {"subtract", "concatenate"}


def rows(swatches: tuple[Swatch, ...]) -> list[float]:
    """How high up the rows stand."""
    return sorted({swatch.y for swatch in swatches})


@pytest.mark.parametrize("size", [8, 13, 20, 24])
def test_a_legend_too_wide_for_a_line_has_more_of_them_that_do_not_touch(size: int) -> None:
    one, wide, low = legend(
        picture("- Conv2d: {out_channels: 8, kernel_size: 1}\n- MaxPool2d: 2\n- flatten: 1\n- Linear: 3").cards,
        size,
        2000,
    )
    more, narrow, high = legend(
        picture("- Conv2d: {out_channels: 8, kernel_size: 1}\n- MaxPool2d: 2\n- flatten: 1\n- Linear: 3").cards,
        size,
        wide / 2,
    )
    assert (len(rows(one)), len(rows(more)) > 1, narrow < wide, high > low) == (1, True, True, True)
    places = [area(swatch.words) for swatch in more]
    assert all(
        a[3] <= b[1] or b[3] <= a[1] or a[2] <= b[0] or b[2] <= a[0] for i, a in enumerate(places) for b in places[:i]
    )


LABEL = Label(50, 50, 40, 18, ((Run("Concat", 15, bold=True),),))
CARD = Box("card", 0, 0, 40, 20, "rounded", "conv")


def test_a_name_has_room_where_neither_cards_nor_lines_are() -> None:
    assert is_free(LABEL, Piece(100, 100, (CARD,)))
    assert not is_free(LABEL, Piece(100, 100, (replace(CARD, x=40, y=45),)))
    assert not is_free(LABEL, Piece(100, 100, (), (), (Route("r", "a", "b", ((50, 0), (50, 100)), 1),)))


def test_what_a_line_runs_over() -> None:
    piece = Piece(100, 100, (CARD, replace(CARD, id="apart", y=80)), (), (), (LABEL,))
    line = Route("r", "a", "b", ((20, 10), (50, 10), (50, 60)), 1)
    boxes, notes = crossed(piece, segments_of([line]))
    assert ([each.id for each in boxes], notes) == (["card"], [LABEL])
    assert crossed(piece, segments_of([replace(line, points=((20, 20), (20, 40)))])) == ([], [])


def test_every_card_names_its_op() -> None:
    for name in ("resnet18", "vgg:vgg16", "densenet121"):
        assert all(text(each) for each in cards(sheet(name)))


@pytest.mark.parametrize("fit", ["4:3", "a4"])
def test_cells_are_as_wide_as_their_text_needs(fit: str) -> None:
    for name in ("googlenet:torchvision", "inception_v3"):
        assert faults(sheet(name, Options(fit=fit))) == []


def test_cells_fill_their_card() -> None:
    inception = box(sheet("googlenet:lecture"), "inception3a")
    assert inception.slots[0].x == pytest.approx(inception.x)
    assert rect(inception.slots[-1])[2] == pytest.approx(rect(inception)[2])
