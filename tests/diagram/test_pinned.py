"""Pinned DOT: everything stands where the sheet has it, in every Graphviz, with nothing hostile and nothing random in it."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from math import dist
from pathlib import Path
from xml.etree import ElementTree

import pytest

import archc
from archc.diagram import engine
from archc.diagram.curve import rounded, shortened
from archc.diagram.metrics import fine_width, line_height, line_width
from archc.diagram.pinned import dot_text
from archc.diagram.sheet import Box, Fact, Frame, Label, Route, Run, Sheet, Slot, Swatch
from archc.diagram.theme import THEMES, legend_word

SVG = "{http://www.w3.org/2000/svg}"
LIGHT = THEMES["light"]
HOSTILE = [
    'a "quoted" title',
    "back\\slash \\n \\N \\",
    "</b><script>alert(1)</script>",
    "<b>",
    "two\nlines\ttabbed",
    "x" * 10_000,
    "\u202eright to left\u202c \u200f",
    "שלום עולם",
    "&amp; &#60; %s {braces|a} ]]> --",
    "\x00\x1b[31m\ufffe\ud800",
    "a:b:c",
    "",
    " ",
]


def label(x, y, *lines, align="center"):
    height = sum(line_height(max(run.size for run in line)) for line in lines)
    return Label(x, y, max(map(line_width, lines)), height, lines, align)


def left(x, y, *lines):
    made = label(x, y, *lines, align="left")
    return replace(made, x=x + made.w / 2)


def card(id, x, y, title, detail="", family="conv", w=104, h=38, **more):
    lines = ((Run(title, 14, True),), *(((Run(detail, 12),),) if detail else ()))
    return Box(id, x, y, w, h, more.pop("shape", "rounded"), family, lines, **more)


def sign(id, x, y, text="+"):
    return Box(id, x - 11, y - 11, 22, 22, "circle", "merge", ((Run(text, 17, True),),))


def legend(families, y=506):
    swatches, x = [], 60
    for family in families:
        words = left(x + 32, y, (Run(legend_word(family), 13),))
        swatches.append(Swatch(family, x, y - 8, 26, 16, words))
        x += 32 + words.w + 14
    return tuple(swatches)


def demo():
    """Everything that a sheet can have, once."""
    fact = Fact(
        "Conv2d + BatchNorm2d + ReLU", ("stem.conv", "stem.norm"), 2, 3, 2, 1, 9408, 118_013_952, "3", "64", "a:1"
    )
    boxes = (
        card("input", 40, 108, "Image", "3 × 224 × 224", "tensor"),
        card("stem.conv", 40, 180, "7 × 7 Conv", "64, stride 2", fact=fact),
        card("stem.pool", 40, 252, "3 × 3 MaxPool", "stride 2", "pool"),
        Box("j", 237, 99, 4, 4, "point", "tensor"),
        card("a", 187, 120, "3 × 3 Conv", "64"),
        card("b", 187, 192, "3 × 3 Conv", "64", dashed=True),
        sign("plus", 239, 268),
        card("relu", 187, 300, "ReLU", family="activation", h=30, step=1),
        card("d1", 410, 120, "1 × 1 Conv", "64", w=90),
        card("d2", 520, 120, "5 × 5 Conv", "32, pad 2", w=90),
        card("d3", 630, 120, "MaxPool", "3 × 3", "pool", w=90),
        Box(
            "cat",
            410,
            200,
            310,
            52,
            "box",
            "merge",
            ((Run("Concat ", 14, True), Run("  112 × 28 × 28", 12)),),
            (
                Slot(410, 200, 103.33, 30, (Run("64", 14),)),
                Slot(513.33, 200, 103.33, 30, (Run("32", 14),)),
                Slot(616.66, 200, 103.34, 30, (Run("16", 14),)),
            ),
        ),
        card("x", 400, 330, "BN", family="norm", w=76, h=30),
        card("y", 400, 380, "Attention", family="attention", w=96, h=30),
        Box(
            "col",
            560,
            322,
            110,
            90,
            "box",
            "merge",
            ((Run("Concat", 14, True),), (Run("96", 12),)),
            (Slot(560, 322, 50, 45, (Run("64", 14),)), Slot(560, 367, 50, 45, (Run("32", 14),))),
        ),
        card("fc", 800, 120, "FC", "512 → 1000", "linear", step=1),
        card("block", 800, 190, "Basic block ×2", "512, /2", "block", w=118),
        Box("out", 830, 320, 60, 20, "plain", "tensor", ((Run("logits", 14, True),),)),
        card("other", 800, 250, "Flatten", "", "other", h=30),
    )
    routes = (
        Route("r1", "input", "stem.conv", ((92, 146), (92, 180)), 2),
        Route("r2", "stem.conv", "stem.pool", ((92, 218), (92, 252)), 2),
        Route("r3", "stem.pool", "j", ((92, 290), (92, 320), (166, 320), (166, 101), (237, 101)), 1, arrow=False),
        Route("r4", "j", "a", ((239, 101), (239, 120)), 1),
        Route("r5", "a", "b", ((239, 158), (239, 192)), 1, label=label(270, 175, (Run("64 × 56²", 12, tone="faint"),))),
        Route("r6", "b", "plus", ((239, 230), (239, 257)), 1),
        Route("r7", "plus", "relu", ((239, 279), (239, 300)), 1, step=1),
        Route("skip", "j", "plus", ((239, 101), (310, 101), (310, 268), (250, 268)), 3, accent=True),
        Route("c1", "d1", "cat", ((455, 158), (455, 178), (461.7, 178), (461.7, 200)), 1),
        Route("c2", "d2", "cat", ((565, 158), (565, 200)), 1),
        Route("c3", "d3", "cat", ((675, 158), (675, 180), (668.3, 180), (668.3, 200)), 1),
        Route("k1", "x", "col", ((476, 345), (560, 345)), 1),
        Route("k2", "y", "col", ((496, 395), (560, 395)), 1, accent=True),
        Route("o", "other", "out", ((852, 280), (860, 280), (860, 320)), 1, label=left(868, 300, (Run("1000", 12),), (Run("per image", 12),))),
    )  # fmt: skip
    frames = (
        Frame("stem", 26, 60, 132, 280, "stage", label(92, 78, (Run("Stem", 15, True),), (Run("64 × 56²", 12),))),
        Frame("stage1", 174, 60, 154, 280, "stage", label(251, 78, (Run("Stage 1 ", 15, True), Run("×2", 15, True, "accent")))),
        Frame("again", 180, 112, 120, 126, "fold"),
        Frame("def", 396, 60, 340, 208, "definition",
              left(408, 78, (Run("Inception", 15, True), Run("   four branches", 13, tone="faint")))),
        Frame("later", 780, 100, 160, 250, "stage", label(860, 110, (Run("Head", 15, True),)), step=1),
    )  # fmt: skip
    title = left(
        26, 32, (Run("ResNet-18", 24, True), Run("   all 20 convolutions · 11.7 M parameters", 15, tone="faint"))
    )
    notes = (label(480, 470, (Run("Every quantity is computed; ", 13), Run("nothing is typed", 13, True, "accent"))),)
    families = ("conv", "pool", "linear", "activation", "norm", "merge", "block", "tensor")
    return Sheet("demo", "Demo", 960, 540, title, boxes, routes, frames, notes, legend(families))


def drawn(sheet, **options):
    return json.loads(engine.draw(dot_text(sheet, LIGHT, **options), "json"))


def sheet_of(*boxes, routes=(), frames=()):
    return Sheet("s", "s", 400, 300, left(10, 20, (Run("Title", 20, True),)), boxes, routes, frames)


def place(node):
    """The rectangle of a node of Graphviz's JSON: its left, top, width and height, with y downwards on a page of 540."""
    x, y = map(float, node["pos"].split(","))
    w, h = float(node["width"]) * 72, float(node["height"]) * 72
    return pytest.approx((x - w / 2, 540 - y - h / 2, w, h), abs=0.02)


def texts(svg):
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_graphviz_has_nothing_to_complain_of(theme):
    assert engine.complaints(dot_text(demo(), theme)) == ()


def test_boxes_stand_where_the_sheet_has_them():
    nodes = {node["id"]: node for node in drawn(demo())["objects"] if "pos" in node}
    assert all((box.x, box.y, box.w, box.h) == place(nodes[box.id]) for box in demo().boxes)
    assert nodes["stem.conv"]["class"] == "conv"


def test_frames_and_headings_stand_where_the_sheet_has_them():
    clusters = {part["id"]: part for part in drawn(demo())["objects"] if "bb" in part}
    for frame in demo().frames:
        x, low, right, high = map(float, clusters[frame.id]["bb"].split(","))
        assert (x, 540 - high, right - x, high - low) == pytest.approx((frame.x, frame.y, frame.w, frame.h), abs=0.02)
        if frame.heading is not None:
            x, y = map(float, clusters[frame.id]["lp"].split(","))
            assert (x, 540 - y) == pytest.approx((frame.heading.x, frame.heading.y), abs=0.02)


def test_arrows_end_where_the_route_ends():
    edges = {edge["id"]: edge for edge in drawn(demo())["edges"]}
    for route in demo().routes:
        pos = edges[route.id]["pos"]
        assert pos.startswith("e,") == route.arrow
        x, y = map(float, (pos[2:] if route.arrow else pos).split()[0 if route.arrow else -1].split(","))
        assert (x, 540 - y) == pytest.approx(route.points[-1], abs=0.02)
        assert int(edges[route.id]["edges"]) == route.edges


def test_facts_can_be_audited():
    nodes = {node["id"]: node for node in drawn(demo())["objects"] if "pos" in node}
    conv = nodes["stem.conv"]
    told = {name: conv[name] for name in ("times", "nodes", "inner", "convs", "params", "macs", "paths")}
    assert told == {
        "times": "2", "nodes": "3", "inner": "2", "convs": "1", "params": "9408", "macs": "118013952",
        "paths": "stem.conv stem.norm",
    }  # fmt: skip
    assert conv["tooltip"] == "Conv2d + BatchNorm2d + ReLU · stem.conv, stem.norm"


def test_slots_are_cells_of_their_sizes():
    nodes = {node["id"]: node for node in drawn(demo())["objects"] if "pos" in node}
    cells = [part["points"] for part in nodes["cat"]["_ldraw_"] if part["op"] in "pP"]
    rectangles = {tuple(round(value, 1) for point in (points[0], points[2]) for value in point) for points in cells}
    edges = sorted({round(x) for rectangle in rectangles for x in rectangle[::2]})
    box = next(box for box in demo().boxes if box.id == "cat")
    for slot in box.slots:
        assert min(abs(x - slot.x) for x in edges) <= 1
        assert min(abs(x - slot.x - slot.w) for x in edges) <= 1
    words = [part["text"].strip("\u00a0") for part in nodes["cat"]["_ldraw_"] if part["op"] == "T"]
    assert words == ["64", "32", "16", "Concat", "112 × 28 × 28"]


@pytest.mark.parametrize(("family", "colour"), [("conv", LIGHT.fill("conv")), ("tensor", "#FFFFFF")])
def test_boxes_have_the_colour_of_their_family(family, colour):
    svg = engine.draw(dot_text(sheet_of(card("a", 10, 50, "A", family=family)), LIGHT), "svg").decode()
    assert f'class="node {family}"' in svg
    assert f'fill="{colour.lower()}"' in svg or colour == "#FFFFFF"


def test_the_page_has_its_size_whatever_stands_on_it():
    beyond = card("far", 380, 280, "x" * 5000, "y", w=300, h=200)
    svg = engine.draw(dot_text(sheet_of(beyond), LIGHT), "svg").decode()
    assert re.search(r'<svg width="400pt" height="300pt"\s+viewBox="0.00 0.00 400.00 300.00"', svg)
    assert engine.draw(dot_text(sheet_of(beyond), LIGHT), "png", dpi=72)[16:24] == bytes.fromhex("00000190 0000012c")


def test_svg_text_is_text_with_ids_and_classes():
    svg = engine.draw(dot_text(demo(), LIGHT), "svg").decode()
    groups = {group.get("id"): group.get("class") for group in ElementTree.fromstring(svg).iter(f"{SVG}g")}
    assert groups["stem.conv"] == "node conv"
    assert groups["skip"] == "edge skip"
    assert groups["r1"] == "edge"
    assert groups["stem"] == "cluster frame stage"
    assert groups["title"] == "node title left"
    assert groups["note0"] == "node note"
    shown = texts(svg)
    assert {"7 × 7 Conv", "64, stride 2", "ResNet-18", "convolution", "fully connected"} <= set(shown)
    assert 'font-family="Helvetica,Arial,Liberation Sans,sans-serif"' in svg


def starts(svg, *words):
    """Where the texts that begin with the words begin."""
    return [float(re.search(rf'x="([\d.]+)"[^>]*>{start}', svg)[1]) for start in words]


def test_svg_lines_are_centred_for_finely_set_letters():
    svg = engine.draw(dot_text(sheet_of(card("a", 100, 50, "3 × 3 MaxPool", w=200)), LIGHT), "svg").decode()
    assert starts(svg, "3 ×")[0] + fine_width("3 × 3 MaxPool", 14, True) / 2 == pytest.approx(200, abs=0.6)


def test_svg_runs_follow_each_other_as_letters_do():
    line = (Run("Block ", 14, True), Run("64, stride 2", 12))
    box = Box("a", 100, 50, 200, 30, "rounded", "block", (line,))
    first, second = starts(engine.draw(dot_text(sheet_of(box), LIGHT), "svg").decode(), "Block", "64, stride")
    assert second - first == pytest.approx(fine_width("Block ", 14, True), abs=1.1)
    assert first + second + fine_width("64, stride 2", 12) == pytest.approx(2 * 200, abs=2)


def test_svg_lines_at_the_left_begin_there():
    svg = engine.draw(dot_text(sheet_of(), LIGHT), "svg").decode()
    assert starts(svg, "Title") == [pytest.approx(10, abs=0.6)]


def test_steps_hide_and_move_nothing():
    whole, part = dot_text(demo(), LIGHT), dot_text(demo(), LIGHT, until=0)
    assert dot_text(demo(), LIGHT, until=1) == whole
    changed = [(a, b) for a, b in zip(whole.splitlines(), part.splitlines(), strict=True) if a != b]
    later = [*demo().boxes, *demo().routes, *demo().frames]
    assert len(changed) == sum(thing.step > 0 for thing in later) == 4
    style = re.compile(r'style=("[^"]*"|\w+)')
    assert all(style.sub("", a) == style.sub("", b) and "style=invis" in b for a, b in changed)
    shown = texts(engine.draw(part, "svg").decode())
    assert not {"ReLU", "FC", "Head"} & set(shown)
    assert "Basic block ×2" in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_inert(text):
    words = label(100, 100, (Run(text, 14), Run(text, 12, True)))
    fact = Fact(text, (text, text), 1, 1, 0, 0, 0, 0, text, text, text)
    box = Box(text, 10, 60, 90, 40, "rounded", text, words.lines, fact=fact)
    slots = Box(f"{text} 2", 10, 150, 90, 40, "box", "merge", words.lines, (Slot(10, 150, 90, 20, words.lines[0]),))
    route = Route(text, box.id, slots.id, ((50, 100), (50, 150)), 1, label=replace(words, align="left"))
    swatch = Swatch(text, 10, 200, 20, 10, words)
    made = Sheet(
        text,
        text,
        400,
        300,
        words,
        (box, slots),
        (route,),
        (Frame(text, 5, 5, 390, 250, "fold", words),),
        (words,),
        (swatch,),
    )
    dot = dot_text(made, LIGHT)
    assert all(ord(character) >= 32 or character in "\n\t" for character in dot)
    assert engine.complaints(dot) == ()
    svg = engine.draw(dot, "svg")
    assert not list(ElementTree.fromstring(svg).iter(f"{SVG}script"))
    assert b"<script" not in svg
    assert all(len(shown) <= 200 for shown in texts(svg))
    told = [node for node in json.loads(engine.draw(dot, "json"))["objects"] if node.get("times") == "1"]
    assert len(told) == 1


def test_the_text_is_the_same_for_every_hash_seed():
    here, root = str(Path(__file__)), str(Path(archc.__file__).parent.parent)
    code = (
        "import importlib.util, sys; spec = importlib.util.spec_from_file_location('here', sys.argv[1]);"
        "here = importlib.util.module_from_spec(spec); spec.loader.exec_module(here);"
        "sys.stdout.buffer.write(here.dot_text(here.demo(), here.LIGHT).encode())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code, here], capture_output=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert made == {dot_text(demo(), LIGHT).encode()}


def test_curves_have_round_corners_no_wider_than_the_pieces():
    curve = rounded(((0, 0), (100, 0), (100, 4), (200, 4)), 7)
    assert curve[0] == (0, 0)
    assert curve[-1] == (200, 4)
    assert len(curve) % 3 == 1
    assert all(0 <= y <= 4 for _, y in curve)
    assert rounded(((0, 0), (50, 0), (50, 0), (90, 0)), 7) == rounded(((0, 0), (90, 0)), 7)
    assert rounded(((5, 5),), 7) == ((5, 5),) * 4
    square = rounded(((0, 0), (50, 0), (50, 50)), 7)
    assert (43, 0) in square
    assert (50, 7) in square


def test_curves_end_at_the_arrow():
    assert shortened(((0, 0), (50, 0)), 7.5) == ((0, 0), (42.5, 0))
    short = shortened(((0, 0), (50, 0), (50, 5)), 7.5)
    assert short[:2] == ((0, 0), (50, 0))
    assert dist(short[-1], (50, 5)) == pytest.approx(4.5)
