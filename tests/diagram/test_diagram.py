"""Diagrams: the picture is the graph, its text is harmless and always the same, and an engine draws it."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import archc
from archc.diagram import EngineError, dot_text, engine, palette, picture_of, render
from archc.diagram.labels import amount, clean
from archc.diagram.picture import Card, Group, Picture
from archc.loading import shipped_specs

HERE = Path(__file__).parent
TINY = """
archc: 1
name: tiny
title: A tiny network
inputs: {image: [3, H=8, W=8]}
blocks:
  unit:
    params: {out: int}
    steps:
      - {Conv2d: {out_channels: out, kernel_size: 3, padding: 1}, as: conv}
      - add: [conv, input]
      - relu
steps:
  - {Conv2d: {out_channels: 4, kernel_size: 1}, as: stem}
  - as: "stage{i + 1}"
    repeat: {i: 2}
    view: {title: "stage {i + 1} of 2"}
    Sequential: [unit: 4, unit: 4]
  - {side: [{flatten: }, {Linear: 2}], as: aux}
  - adaptive_avg_pool2d: 1
  - flatten
  - {Linear: 10, as: fc}
outputs: {logits: fc, aux: {from: aux, only: train}}
"""
SHARED = """
archc: 1
name: shared
inputs: {a: [8], b: [8]}
steps:
  - {Linear: 8, as: fc, from: a}
  - {reuse: fc, from: b, as: other}
  - {reuse: fc, as: again}
  - add: [fc, again]
"""
HOSTILE = [
    'a "quoted" title',
    "back\\slash \\n \\",
    "</b><script>alert(1)</script>",
    "two\nlines\ttabbed",
    "x" * 10_000,
    "\u202eright to left\u202c \u200f",
    "שלום עולם",
    "&amp; &#60; %s {braces} ]]> --",
    "\x00\x1b[31m\ufffe\ud800",
    "",
    " ",
]


def arrows(picture):
    return {(a.tail, a.head) for a in picture.arrows}


def times_of(children, times=1):
    """Each op's card with how often the network has it."""
    for child in children:
        if isinstance(child, Group):
            yield from times_of(child.children, times * child.times)
        elif child.family != "tensor":
            yield child, times * child.times


def test_dot_text_is_as_it_was():
    assert dot_text(picture_of(archc.loads(TINY))) == (HERE / "tiny.dot").read_text(encoding="utf-8")


def test_dot_text_is_the_same_for_every_hash_seed(tmp_path):
    spec = tmp_path / "tiny.yaml"
    spec.write_text(TINY)
    code = "import archc, sys; sys.stdout.buffer.write(archc.load(sys.argv[1]).diagram('dot'))"
    root = str(Path(archc.__file__).parent.parent)
    texts = {
        subprocess.run(
            [sys.executable, "-c", code, str(spec)], capture_output=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert texts == {render(archc.loads(TINY), "dot")}


@pytest.mark.parametrize("path", shipped_specs(), ids=lambda path: path.stem)
def test_the_picture_is_the_graph(path):
    network = archc.load(path)
    graph = network.graph
    picture = picture_of(network, limit=10**6)
    ops = [card for card in picture.cards if card.family != "tensor"]
    assert [(card.path, card.title) for card in ops] == [
        (node.path, node.kind) for node in graph if node.op is not None and not node.reused
    ]
    assert all(card.family in palette.FILLS or palette.fill(card.family) == palette.OTHER for card in ops)
    by_id = {card.id: card.path for card in picture.cards}
    outputs = {(out.node.path, f"output:{out.name}") for out in graph.graph["outputs"]}
    assert {(by_id[a], by_id[b]) for a, b in arrows(picture)} == {(a.path, b.path) for a, b in graph.edges} | outputs
    assert len(picture.arrows) == graph.number_of_edges() + len(outputs)


def test_frames_nest_as_blocks_do_and_take_their_titles():
    picture = picture_of(archc.loads(TINY))
    stages = [child for child in picture.children if isinstance(child, Group)]
    assert [(s.path, s.title) for s in stages] == [("stage1", "stage 1 of 2"), ("stage2", "stage 2 of 2"), ("aux", "")]
    assert [(unit.path, unit.title) for unit in stages[1].children] == [("stage2.0", "unit"), ("stage2.1", "unit")]
    assert [card.title for card in stages[0].children[0].children] == ["Conv2d", "add", "relu"]
    assert [a.skip for a in picture.arrows].count(True) == 4


def test_shapes_stand_where_they_change():
    picture = picture_of(archc.loads(TINY))
    cards = {card.id: card for card in picture.cards}
    told = [(cards[a.tail].path, a.label) for a in picture.arrows if a.label]
    assert ("stem", "4 × 8 × 8") in told
    assert ("adaptive_avg_pool2d_1", "4 × 1 × 1") in told
    assert cards["n0"].detail == "3 × 8 × 8"


def test_an_instance_used_again_is_drawn_once():
    picture = picture_of(archc.loads(SHARED))
    by_id = {card.id: card.path for card in picture.cards}
    drawn = [(by_id[a], by_id[b]) for a, b in arrows(picture)]
    assert sorted(drawn) == [
        ("a", "fc"), ("add_1", "output:output"), ("b", "fc"), ("fc", "add_1"), ("fc", "fc"),
    ]  # fmt: skip


@pytest.mark.parametrize("limit", [200, 60, 20, 5])
def test_large_networks_fold(limit):
    network = archc.loads(TINY.replace("[unit: 4, unit: 4]", "[{unit: 4, repeat: 50}]"))
    picture = picture_of(network, limit)
    assert len(picture.cards) <= max(limit, 12)
    counted = list(times_of(picture.children))
    if limit > 10:
        assert sum(times for _, times in counted) == sum(node.op is not None for node in network.graph)
        assert {child.times for child in picture.children[2].children} == {50}
    order = {card.id: at for at, card in enumerate(picture.cards)}
    assert all(order[a.tail] < order[a.head] for a in picture.arrows)
    assert "×50" in dot_text(picture) or limit == 5


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_harmless(text):
    card = Card("n0", text, text, text, text, "conv")
    group = Group("cluster_1", text, text, text, 0, (card,), 3)
    svg = engine.draw(dot_text(Picture(text, text, text, (group,), ())), "svg")
    root = ElementTree.fromstring(svg)
    shown = [" ".join("".join(node.itertext()).split()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    wanted = " ".join(clean(text).split())
    assert not wanted or any(wanted in part for part in shown)
    assert all(len(part) <= 100 for part in shown)


def test_a_hostile_title_in_a_spec():
    text = TINY.replace("A tiny network", "'\"><script>alert(1)</script>'")
    text = text.replace("stage {i + 1} of 2", "</B> \\\\ {nothing}")
    svg = archc.loads(text).diagram("svg").decode()
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


@pytest.mark.parametrize(("format", "start"), [("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")])
def test_formats(format, start):
    assert archc.loads(TINY).diagram(format).startswith(start)


def test_svg_has_the_mark_text_and_ids():
    svg = archc.load("resnet18").diagram("svg").decode()
    assert svg.split("\n")[1] == "<!-- Generated by archc -->"
    assert svg.count('id="layer1.0.conv1"') == 1
    assert 'class="node conv"' in svg
    assert ">Conv2d</text>" in svg


def test_no_engine_says_what_to_do(monkeypatch):
    monkeypatch.setattr(engine, "_engines", lambda format: iter([["/nonexistent/dot"], [sys.executable, "-c", "1/0"]]))
    with pytest.raises(EngineError, match="ZeroDivisionError") as caught:
        engine.draw("digraph {}", "svg")
    assert caught.value.code == "ARC903"
    assert "pip install pygraphviz" in caught.value.help


def test_an_engine_that_fails_gives_way_to_the_next(monkeypatch):
    working = list(engine._engines("svg"))[-1]
    monkeypatch.setattr(engine, "_engines", lambda format: iter([["/nonexistent/dot"], working]))
    assert engine.draw("digraph {}", "svg").startswith(b"<?xml")


def test_drawing_has_a_time_limit(monkeypatch):
    monkeypatch.setattr(engine, "TIMEOUT", 0.2)
    monkeypatch.setattr(engine, "_engines", lambda format: iter([[sys.executable, "-c", "import time; time.sleep(9)"]]))
    with pytest.raises(EngineError, match="has not drawn"):
        engine.draw("digraph {}", "svg")


def test_unknown_formats_are_refused():
    with pytest.raises(ValueError, match="svg, pdf, png, dot"):
        render(archc.loads(TINY), "bmp")


def test_amounts():
    assert [amount(n) for n in (0, 999, 1000, 25_557_032, 4_089_184_256)] == ["0", "999", "1 k", "25.6 M", "4.09 G"]


def test_text_has_enough_contrast_on_every_fill():
    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    def contrast(one, other):
        high, low = sorted((luminance(one), luminance(other)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    assert all(contrast(palette.INK, fill) >= 4.5 for fill in (*palette.FILLS.values(), palette.OTHER))
    for ground in ("#FFFFFF", *palette.GROUPS):
        assert contrast(palette.FAINT, ground) >= 4.5
        assert min(contrast(palette.EDGE, ground), contrast(palette.SKIP, ground)) >= 3
