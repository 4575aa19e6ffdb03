"""Decks: every sheet a slide of native shapes at the sheet's places, the same bytes for the same pages."""

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE

from archc.diagram.deck import Page, write_deck
from archc.diagram.metrics import line_width
from archc.diagram.sheet import Box, Fact, Frame, Label, Route, Run, Sheet, Slot, Swatch
from archc.diagram.theme import THEMES
from archc.marks import MARK, marked, sealed, standing

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
POINT = 12_700
NOTES = "ResNet-18\nlayer\tshape\tparameters\nconv1\t64 × 112 × 112\t9,408\n"
HOSTILE = [
    "a \"quoted\" 'name' & <more>",
    "</a:t></a:r><script>alert(1)</script>",
    "nul\x00 bell\x07 unit\x1f tab\t new\nline \x0b\x0c \x85",
    "\u202eright to left\u202c \u200f",
    "שלום עולם",
    "surrogate \ud800 not \ufffe \uffff",
    "]]> &amp; &#60; _x0007_ %s {braces}",
    "x" * 10_000,
]


def line(*texts, size=14):
    """A line of runs: the first bold."""
    return tuple(Run(text, size, bold=index == 0) for index, text in enumerate(texts))


def label(x, y, text, size=14):
    """Text around a centre."""
    runs = (Run(text, size),)
    return Label(x, y, line_width(runs), 1.2 * size, (runs,))


def starting(x, y, *runs):
    """Text from a left end."""
    width = line_width(runs)
    return Label(x + width / 2, y, width, 1.2 * max(run.size for run in runs), (runs,), align="left")


def card(id, x, y, w, h, family, *texts, **more):
    return Box(id, x, y, w, h, more.pop("shape", "rounded"), family, (line(*texts),) if texts else (), **more)


FACT = Fact(
    "Conv2d + BatchNorm2d + ReLU", ("conv1", "bn1", "relu"), 2, 3, 2, 1, 9536, 118_013_952,
    "3 × 224 × 224", "64 × 112 × 112", "specs/resnet.yaml:41", opens="block",
)  # fmt: skip


def overview():
    """ResNet-18: the stages in a row, the block below."""
    boxes = [card("image", 24, 143, 70, 34, "tensor", "Image")]
    frames, routes = [], []
    stages = (("stem", 3), ("stage1", 1), ("stage2", 2), ("stage3", 2), ("stage4", 2), ("head", 2))
    families = {"stem": ("conv", "activation", "pool"), "head": ("pool", "linear")}
    for column, (name, rows) in enumerate(stages):
        x, h = 124 + 138 * column, 46 + 40 * rows
        frames.append(Frame(name, x, 160 - h / 2, 114, h, "stage", label(x + 57, 177 - h / 2, name.title(), 14)))
        for row in range(rows):
            family = families.get(name, ("block", "block"))[row]
            words = {"activation": "ReLU"}.get(family, family.title())
            at = x + 7, 196 - h / 2 + 40 * row, 100, 34
            boxes.append(card(f"{name}.{row}", *at, family, words, " 64, /2", shape="box", fact=FACT))
        tail, start = (stages[column - 1][0], x - 24) if column else ("image", 94)
        words = label((start + x) / 2, 140, "56²", 12) if column else None
        routes.append(Route(f"r{column}", tail, name, ((start, 160), (x, 160)), 1, label=words))
    frames.append(
        Frame(
            "block",
            200,
            250,
            560,
            170,
            "definition",
            starting(214, 268, Run("Block", 15, bold=True), Run(" C, /s", 15)),
        )
    )
    frames.append(Frame("twice", 300, 285, 260, 60, "fold"))
    boxes += [
        card("x", 215, 300, 50, 30, "tensor", "x"),
        card("fork", 281, 311, 8, 8, "", shape="point"),
        card("conv_a", 320, 295, 100, 40, "conv", "3 × 3 Conv", fact=FACT),
        card("conv_b", 445, 295, 100, 40, "conv", "3 × 3 Conv", dashed=True),
        card("add", 590, 303, 24, 24, "merge", "+", shape="circle"),
        card("y", 700, 303, 24, 24, "", "y", shape="plain"),
        Box(
            "cat", 640, 360, 100, 50, "box", "merge", (line("concat", size=12),),
            tuple(Slot(640 + 25 * at, 360, 25, 26, line(text, size=12)) for at, text in enumerate("abcd")),
        ),
    ]  # fmt: skip
    routes += [
        Route("to_fork", "x", "fork", ((265, 315), (285, 315)), 1, arrow=False),
        Route("to_a", "fork", "conv_a", ((285, 315), (320, 315)), 1),
        Route("to_b", "conv_a", "conv_b", ((420, 315), (445, 315)), 1),
        Route("to_add", "conv_b", "add", ((545, 315), (570, 315), (590, 315)), 1),
        Route("skip", "fork", "add", ((285, 315), (285, 385), (602, 385), (602, 327)), 1, accent=True),
        Route("out", "add", "y", ((614, 315), (700, 315)), 1),
        Route("to_slot", "add", "cat", ((652.5, 315), (652.5, 360)), 1),
    ]
    legend = tuple(
        Swatch(family, 180 + 130 * at, 480, 26, 16, starting(212 + 130 * at, 488, Run(family, 14)))
        for at, family in enumerate(("conv", "activation", "pool", "linear", "block"))
    )
    title = starting(24, 36, Run("ResNet-18", 26, bold=True), Run("   8 blocks · 11.7 M", 16, tone="faint"))
    notes = (starting(330, 452, Run("shortcut = identity if the shape is unchanged", 14)),)
    return Sheet("all", "ResNet-18", 960, 540, title, tuple(boxes), tuple(routes), tuple(frames), notes, legend)


def block():
    """A sheet of another size: 480 x 360."""
    title = starting(20, 24, Run("Block", 20, bold=True))
    return Sheet("block", "Block", 480, 360, title, (card("only", 200, 160, 80, 40, "conv", "Conv"),), ())


PAGES = (Page(overview(), NOTES), Page(block(), ""))


@pytest.fixture(scope="module")
def data():
    return write_deck(PAGES, THEMES["light"], title="Networks")


@pytest.fixture(scope="module")
def deck(data):
    return Presentation(io.BytesIO(data))


@pytest.fixture(scope="module")
def slide(deck):
    return deck.slides[0]


def named(slide, name):
    return next(shape for shape in every(slide.shapes) if shape.name == name)


def every(shapes):
    for shape in shapes:
        yield shape
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            yield from every(shape.shapes)


def place(shape):
    return tuple(round(side / POINT, 2) for side in (shape.left, shape.top, shape.width, shape.height))


def written(pages, **more):
    return Presentation(io.BytesIO(write_deck(pages, THEMES[more.pop("theme", "light")], title="t", **more)))


def test_deck_is_16_to_9_with_a_slide_for_each_page(deck):
    assert (deck.slide_width, deck.slide_height) == (960 * POINT, 540 * POINT)
    assert len(deck.slides) == 2


def test_nothing_is_a_picture(slide):
    kinds = {shape.shape_type.name for shape in every(slide.shapes)}
    assert kinds == {"AUTO_SHAPE", "TEXT_BOX", "PLACEHOLDER", "FREEFORM", "GROUP", "LINE"}


@pytest.mark.parametrize("box", [box for box in overview().boxes if not box.slots], ids=lambda box: box.id)
def test_a_box_is_one_shape_at_its_place_with_its_text(slide, box):
    shape = named(slide, box.id)
    assert place(shape) == (box.x, box.y, box.w, box.h)
    runs = [[(run.text, run.font.size.pt, run.font.bold) for run in each.runs] for each in shape.text_frame.paragraphs]
    assert [each for each in runs if each] == [[(run.text, run.size, run.bold) for run in line] for line in box.lines]
    assert {run.font.name for each in shape.text_frame.paragraphs for run in each.runs} <= {"Arial"}


def test_text_neither_wraps_nor_shrinks_and_has_no_margins(slide):
    frame = named(slide, "conv_a").text_frame
    assert (frame.word_wrap, frame.auto_size.name, frame.vertical_anchor.name) == (False, "NONE", "MIDDLE")
    assert (frame.margin_left, frame.margin_top, frame.margin_right, frame.margin_bottom) == (0, 0, 0, 0)


def test_shapes_have_the_sheets_forms(slide):
    forms = {id: named(slide, id).auto_shape_type.name for id in ("conv_a", "stem.0", "add", "fork", "block")}
    assert forms == {
        "conv_a": "ROUNDED_RECTANGLE", "stem.0": "RECTANGLE", "add": "OVAL", "fork": "OVAL", "block": "ROUNDED_RECTANGLE"
    }  # fmt: skip
    dashed = {name: named(slide, name).line.dash_style.name for name in ("block", "stem", "conv_a", "conv_b")}
    assert dashed == {"block": "DASH", "stem": "SOLID", "conv_a": "SOLID", "conv_b": "DASH"}


def test_slots_are_rectangles_in_a_group(slide):
    group = named(slide, "cat")
    assert place(group) == (640, 360, 100, 50)
    assert [shape.name for shape in group.shapes] == ["cat words", *(f"cat slot {index}" for index in range(1, 5))]
    assert [shape.text_frame.text for shape in group.shapes] == ["concat", *"abcd"]
    assert group.shapes[0].text_frame.margin_top == 26 * POINT, "the box's own words lie clear of its slots"


def test_words_without_room_beside_the_slots_are_left_out():
    cells = tuple(Slot(25 * at, 0, 25, 26, line(text)) for at, text in enumerate("ab"))
    box = Box("cat", 0, 0, 50, 26, "box", "merge", (line("concat"),), cells)
    group = named(written([Page(replace(block(), boxes=(box,)), "")]).slides[0], "cat")
    assert [shape.text_frame.text for shape in group.shapes] == ["", "a", "b"]


def test_every_route_is_one_line(slide):
    for route in overview().routes:
        shape = named(slide, route.id)
        assert shape.shape_type.name == ("FREEFORM" if route.id == "skip" else "LINE"), route.id
        ends = shape.element.findall(f".//{A}tailEnd")
        assert bool(ends) is route.arrow


def test_straight_lines_are_glued_to_what_they_join(slide):
    names = {shape.shape_id: shape.name for shape in every(slide.shapes)}

    def joined(id):
        ends = (named(slide, id).element.find(f".//{A}{tag}") for tag in ("stCxn", "endCxn"))
        return [None if end is None else (names[int(end.get("id"))], int(end.get("idx"))) for end in ends]

    assert joined("r1") == [("stem", 3), ("stage1", 1)], "frames stand for what is in them"
    assert joined("to_b") == [("conv_a", 3), ("conv_b", 1)]
    assert joined("to_add") == [("conv_b", 3), ("add", 2)], "a circle has eight sites"
    assert joined("to_a") == [("fork", 6), ("conv_a", 1)], "a line from a dot's middle starts at its side"
    assert joined("to_slot") == [None, ("cat slot 1", 0)]


def test_a_freeform_turns_with_rounded_corners(slide):
    skip = named(slide, "skip")
    assert place(skip) == (285, 315, 317, 70)
    path = skip.element.find(f".//{A}path")
    steps = [
        (step.tag.removeprefix(A), [(int(at.get("x")) / POINT, int(at.get("y")) / POINT) for at in step])
        for step in path
    ]
    assert [kind for kind, _ in steps] == ["moveTo", "lnTo", "cubicBezTo", "lnTo", "cubicBezTo", "lnTo"]
    assert steps[1][1] == [(0, 63)]
    assert steps[2][1][-1] == (7, 70)
    assert steps[-1][1] == [(317, 12)]
    assert (str(skip.line.color.rgb), skip.line.width.pt) == (THEMES["light"].accent[1:], 2.2)


def test_labels_notes_and_the_legend_are_text_boxes(slide):
    assert named(slide, "r1 label").text_frame.text == "56²"
    assert named(slide, "Note 1").text_frame.text == "shortcut = identity if the shape is unchanged"
    assert named(slide, "block heading").text_frame.paragraphs[0].alignment.name == "LEFT"
    assert place(named(slide, "Legend pool")) == (440, 480, 26, 16)
    assert named(slide, "Legend pool words").text_frame.text == "pool"


def test_the_title_is_the_slides_own(deck, slide):
    title = overview().title
    assert slide.shapes.title.text_frame.text == "ResNet-18   8 blocks · 11.7 M"
    assert place(slide.shapes.title) == pytest.approx((24, 20.4, title.w, 31.2), abs=0.01)
    assert [run.font.size.pt for run in slide.shapes.title.text_frame.paragraphs[0].runs] == [26, 16]
    for each in deck.slides:
        assert len(each.placeholders) == 1


def test_alternative_text_tells_the_boxs_facts(slide):
    told = named(slide, "conv_a").element.find(f".//{P}cNvPr").get("descr")
    assert told == (
        "Conv2d + BatchNorm2d + ReLU × 2; output 64 × 112 × 112; 9.54 k parameters; 118 M MACs; specs/resnet.yaml:41"
    )
    assert named(slide, "to_b").element.find(f".//{P}cNvPr").get("descr") == "3 × 3 Conv to 3 × 3 Conv"


def test_a_box_leads_to_the_slide_of_its_inside(deck, slide):
    assert named(slide, "conv_a").click_action.target_slide.slide_id == deck.slides[1].slide_id


def test_speaker_notes_keep_their_table(deck):
    assert deck.slides[0].notes_slide.notes_text_frame.text == NOTES.rstrip("\n")


def test_other_sizes_are_scaled_and_centred(deck):
    box = named(deck.slides[1], "only")
    assert place(box) == (120 + 300, 240, 120, 60)
    assert box.text_frame.paragraphs[0].runs[0].font.size.pt == 21


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_colours_are_the_themes(theme):
    slide = written(PAGES, theme=theme.name).slides[0]
    conv = named(slide, "conv_a")
    assert f"#{slide.background.fill.fore_color.rgb}" == theme.page
    assert f"#{conv.fill.fore_color.rgb}" == theme.fill("conv")
    assert f"#{conv.line.color.rgb}" == theme.outline
    assert f"#{conv.text_frame.paragraphs[0].runs[0].font.color.rgb}" == theme.text("ink", "conv")


def test_numbers_are_unique_within_a_slide(deck):
    for slide in deck.slides:
        ids = [each.get("id") for each in slide.element.iter(f"{P}cNvPr")]
        assert len(ids) == len(set(ids))


def test_the_same_pages_give_the_same_bytes(data):
    assert write_deck(PAGES, THEMES["light"], title="Networks") == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_mark_is_found_in_long_decks_too(tmp_path):
    path = tmp_path / "deck.pptx"
    path.write_bytes(sealed(write_deck([Page(block(), "")] * 120, THEMES["light"], title="Networks")))
    assert standing(path) == "ours"


def test_a_deck_that_was_edited_is_known(data, tmp_path):
    path = tmp_path / "deck.pptx"
    path.write_bytes(sealed(data))
    edited = Presentation(path)
    edited.slides[0].shapes.add_textbox(0, 0, 9, 9).text_frame.text = "mine"
    edited.save(path)
    assert standing(path) == "changed"


def test_a_deck_is_known_as_archcs_own(deck, data, tmp_path):
    properties = deck.core_properties
    assert (properties.title, properties.author, properties.comments) == ("Networks", "", MARK)
    path = tmp_path / "deck.pptx"
    path.write_bytes(sealed(data))
    assert standing(path) == "ours"
    assert marked(data, ".pptx") == data


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_inert(text):
    sheet = overview()
    box = replace(card("b", 0, 0, 9, 9, "conv", text, text), id=text, fact=replace(FACT, kind=text, where=text))
    route = Route(text, text, text, ((0, 0), (9, 0)), 1, label=label(0, 0, text))
    frame = Frame(text, 0, 0, 9, 9, "stage", label(0, 0, text))
    hostile = replace(sheet, title=label(0, 0, text), boxes=(box,), routes=(route,), frames=(frame,))
    data = write_deck([Page(hostile, f"{text}\n{text}")], THEMES["light"], title=text)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        roots = [
            ElementTree.fromstring(archive.read(name))
            for name in archive.namelist()
            if name.endswith((".xml", ".rels"))
        ]
    assert not [node for root in roots for node in root.iter() if node.tag.endswith("script")]
    texts = [node.text or "" for root in roots for node in root.iter(f"{A}t")]
    assert max(map(len, texts)) <= 1000
    assert not {*"\u202e\u202c\u200f\ufffe\x85"} & set("".join(texts))
    assert len(Presentation(io.BytesIO(data)).slides) == 1


def test_the_library_is_read_only_when_a_deck_is_written():
    code = "import sys, archc.diagram.deck; sys.exit('pptx' in sys.modules or 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
