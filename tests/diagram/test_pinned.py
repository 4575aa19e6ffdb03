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
from archc.diagram.metrics import fine_width
from archc.diagram.pinned import dot_text
from archc.diagram.sheet import Box, Fact, Frame, Route, Run, Sheet, Slot, Swatch
from archc.diagram.theme import THEMES
from tests.diagram.demo_sheet import card, demo, label, left

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
    assert engine.output_of((dot_text(demo(), theme),), "svg").said == ()


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
    assert engine.output_of((dot,), "svg").said == ()
    svg = engine.draw(dot, "svg")
    assert not list(ElementTree.fromstring(svg).iter(f"{SVG}script"))
    assert b"<script" not in svg
    assert all(len(shown) <= 200 for shown in texts(svg))
    told = [node for node in json.loads(engine.draw(dot, "json"))["objects"] if node.get("times") == "1"]
    assert len(told) == 1


def test_the_text_is_the_same_for_every_hash_seed():
    root = str(Path(archc.__file__).parent.parent)
    code = (
        "import sys; from tests.diagram.demo_sheet import demo; from archc.diagram.pinned import dot_text;"
        "from archc.diagram.theme import THEMES; sys.stdout.buffer.write(dot_text(demo(), THEMES['light']).encode())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True,
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
