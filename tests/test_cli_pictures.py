"""The commands that draw, as users run them: what they write, what they say of it, and what they refuse."""

from __future__ import annotations

import json
import re
import struct
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pptx import Presentation

from archc.cli import main

NET = """\
archc: 1
name: net
title: TITLE
inputs: {image: [3, H=16, W=16]}
blocks:
  unit:
    doc: TITLE
    steps:
      - {Conv2d: {out_channels: 3, kernel_size: 3, padding: 1}, as: conv}
      - relu
      - {Conv2d: {out_channels: 3, kernel_size: 3, padding: 1}, as: last}
      - add: [last, input]
  pair:
    steps:
      - {unit: , as: one}
      - {AvgPool2d: 2, as: pool}
      - {unit: , as: two}
      - add: [two, pool]
steps:
  - {Conv2d: {out_channels: 3, kernel_size: 1}, as: stem}
  - {as: stage, view: {title: TITLE}, Sequential: [unit, unit]}
  - {pair: , as: end}
"""
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = {
    "quotes": "\"'><\\N \\n %n {",
    "markup": "</b></title><script>alert(1)</script> &amp; ]]> -->",
    "lines": "two\nlines\n\n# and more",
    "length": "x" * 10_000,
    "right to left": "שלום עולם مرحبا",
}


class Run:
    """What a command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def archc(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    write("net.yaml", "A small network")

    def run(*arguments: str) -> Run:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        return Run(int(ended.value.code or 0), printed.out, printed.err)

    return run


def write(name: str, title: str) -> None:
    Path(name).write_text(NET.replace("TITLE", json.dumps(title, ensure_ascii=False)), encoding="utf-8")


# what is written, and what is said of it


def test_the_last_line_says_what_was_drawn(archc) -> None:
    drawn = archc("diagram", "net.yaml", "-o", "net.svg")
    told = r"Wrote net\.svg: columns on 16:9, the fullest that can be read: text from \d\d pt, \d+ cards\n"
    assert re.fullmatch(told, drawn.out)
    assert drawn.err == ""
    for options, told in (
        (("--level", "overview", "--fit", "4:3"), "overview on 4:3: "),
        (("--block", "unit"), "close-up on 16:9: "),
        (("--fit", "free"), "columns on a page of "),
    ):
        assert archc("diagram", "net.yaml", "-o", "net.svg", *options).out.startswith(f"Wrote net.svg: {told}")


def test_text_too_small_to_read_is_drawn_and_warned_of(archc) -> None:
    drawn = archc("diagram", "resnet50", "-o", "r.svg", "--level", "full")
    assert drawn.code == 0
    assert re.search(
        r"archc: resnet50: text comes out at \d.*12 pt is the least.*--level stages or --fit free", drawn.err
    )
    assert Path("r.svg").exists()


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_options_reach_the_picture(archc, theme: str) -> None:
    from archc.diagram.theme import THEMES

    assert archc("diagram", "net.yaml", "-o", "n.dot", "--theme", theme, "--labels", "params").code == 0
    text = Path("n.dot").read_text()
    assert THEMES[theme].page in text
    assert "params" in text
    assert "3×3" not in text


def test_a_png_has_the_dots_asked_for(archc) -> None:
    assert archc("diagram", "net.yaml", "-o", "n.png", "--dpi", "36").code == 0
    width, height = struct.unpack(">II", Path("n.png").read_bytes()[16:24])
    assert (width, height) == (480, 270)


def test_a_format_for_a_file_of_any_name(archc) -> None:
    for _ in range(2):  # the second time the file is known as archc's own
        assert archc("diagram", "net.yaml", "-o", "picture", "--format", "png").code == 0
    assert Path("picture").read_bytes().startswith(b"\x89PNG")


def test_standard_output_takes_the_picture_alone(archc) -> None:
    drawn = archc("diagram", "net.yaml", "-o", "-")
    assert ElementTree.fromstring(drawn.out.encode()).tag == f"{SVG}svg"
    assert archc("diagram", "net.yaml", "-o", "-", "--format", "dot").out.lstrip().startswith("digraph")


def test_pictures_are_written_all_or_none_and_nothing_foreign_is_replaced(archc) -> None:
    Path("net-02.svg").write_text("<svg>mine</svg>")
    kept = archc("diagram", "net.yaml", "-o", "net.svg", "--steps")
    assert kept.code == 1
    assert "archc did not write it" in kept.err
    assert sorted(path.name for path in Path().glob("net*.svg")) == ["net-02.svg"]
    assert archc("diagram", "net.yaml", "-o", "net.svg", "--steps", "--force").out.startswith("Wrote net-01.svg")
    assert len(list(Path().glob("net-*.svg"))) > 2
    assert not Path("net.svg").exists()
    assert archc("diagram", "net.yaml", "-o", "net.svg", "--steps").code == 0


def test_a_page_of_html_has_the_inside_of_every_block(archc) -> None:
    for _ in range(2):
        assert archc("diagram", "net.yaml", "-o", "n.html").code == 0
    page = Path("n.html").read_text()
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page)[1])
    opened = {tip["opens"] for tip in data.values()} - {None}
    assert len(opened) >= 2, "the units, and the pair, which holds units itself"
    assert all(f'id="{section}"' in page for section in opened)


def test_a_page_of_html_stays_small(archc, monkeypatch: pytest.MonkeyPatch) -> None:
    from archc.diagram import insides

    monkeypatch.setattr(insides, "MAX_INSIDES", 1)
    assert archc("diagram", "net.yaml", "-o", "n.html").code == 0
    assert Path("n.html").read_text().count("sheet inside") == 1


# what is refused


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-o", "n.svg", "--block", "unti"), "net has no block `unti`; did you mean `unit`? blocks: pair, unit"),
        (("-o", "n.svg", "--theme", "drak"), "did you mean `dark`?"),
        (("-o", "n.svg", "--level", "ful"), "did you mean `full`?"),
        (("-o", "n.svg", "--level", "?"), "levels: full, overview, stages"),
        (("-o", "n.svg", "--fit", "16x9"), "did you mean `16:9`?"),
        (("-o", "n.svg", "--direction", "lr"), "did you mean `LR`?"),
        (("-o", "n.svg", "--labels", "shapes,prams"), "did you mean `params`?"),
        (("-o", "n.svg", "--labels", ""), "labels: kernel, params, shapes"),
        (("-o", "n.svg", "--format", "svgg"), "did you mean `svg`?"),
        (("-o", "n.svg", "--format", "png"), "`-o` names a .svg file, and `--format` says png"),
        (("-o", "n.pgn"), "did you mean `png`?"),
        (("-o", "n"), "`--format` says how"),
        (("-o", "n.svg", "--dpi", "100"), "`--dpi` is for PNG"),
        (("-o", "n.png", "--dpi", "35"), "36<=x<=600"),
        (("-o", "n.svg", "--block", "unit", "--level", "full"), "ask for the block or for"),
        (("-o", "n.html", "--steps"), "`--steps` is for pictures"),
        (("-o", "-", "--steps"), "standard output takes one"),
        ((), "Missing option '-o'"),
    ],
)
def test_what_cannot_be_drawn_is_misuse(archc, arguments: tuple[str, ...], told: str) -> None:
    wrong = archc("diagram", "net.yaml", *arguments)
    assert (wrong.code, wrong.out) == (2, "")
    assert told in " ".join(wrong.err.split())
    assert not list(Path().glob("n.*"))


def test_a_terminal_gets_no_bytes_of_a_png(archc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    refused = archc("diagram", "net.yaml", "-o", "-", "--format", "png")
    assert refused.code == 2
    assert "a terminal cannot show png" in refused.err


def test_a_library_has_nothing_to_draw(archc) -> None:
    Path("lib.yaml").write_text("archc: 1\nname: lib\nblocks: {b: {steps: [relu]}}\n")
    for command in (("diagram", "lib.yaml", "-o", "n.svg"), ("slides", "lib.yaml", "-o", "n.pptx")):
        refused = archc(*command)
        assert refused.code == 1
        assert "is a library of blocks" in refused.err
        assert "`use:` it from a spec" in refused.err


def test_without_an_engine_the_text_is_still_written(archc, monkeypatch: pytest.MonkeyPatch) -> None:
    from archc.diagram import engine

    missing = [["/nonexistent/dot"], [sys.executable, "-c", "1/0"]]
    monkeypatch.setattr(engine, "_engines", lambda *_: iter(missing))
    failed = archc("diagram", "net.yaml", "-o", "n.svg")
    assert failed.code == 1
    assert "error[ARC903]: Graphviz cannot draw this as svg: " in failed.err
    assert "pip install pygraphviz" in failed.err
    assert archc("diagram", "net.yaml", "-o", "n.dot").code == 0
    assert archc("slides", "net.yaml", "-o", "n.pptx").code == 0


def test_what_takes_too_long_is_folded_further_and_said(archc, monkeypatch: pytest.MonkeyPatch) -> None:
    from archc.diagram import engine

    fast, drawn = engine.draw_many, []

    def slow_at_first(texts: list[str], format: str, *, dpi: int) -> tuple[bytes, ...]:
        drawn.append(texts)
        if len(drawn) == 1:
            raise engine.TooSlowError("Graphviz has not drawn this in 60 s")
        return fast(texts, format, dpi=dpi)

    monkeypatch.setattr(engine, "draw_many", slow_at_first)
    made = archc("diagram", "net.yaml", "-o", "n.svg", "--level", "full")
    assert (made.code, made.err) == (0, "archc: Graphviz takes too long for more than --level stages: this is that\n")
    assert drawn[0] != drawn[1]


# names that would do harm


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_inert_in_every_format(archc, title: str) -> None:
    write("bad.yaml", title)
    for target in ("bad.svg", "bad.dot", "bad.html", "bad.png"):
        drawn = archc("diagram", "bad.yaml", "-o", target)
        assert drawn.code == 0, drawn.err
    assert archc("diagram", "bad.yaml", "-o", "unit.svg", "--block", "unit").code == 0
    for picture in ("bad.svg", "unit.svg"):
        root = ElementTree.fromstring(Path(picture).read_bytes())
        assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {"svg", "g", "title", "a", "path", "polygon", "polyline", "ellipse", "text"}  # fmt: skip
        assert max(len("".join(node.itertext())) for node in root.iter(f"{SVG}text")) <= 120
    page = Path("bad.html").read_text()
    assert page.count("<script") == 2
    assert "alert(1)</script>" not in page
    assert max(map(len, Path("bad.dot").read_text().splitlines())) < 4000


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_inert_in_a_deck(archc, title: str) -> None:
    write("bad.yaml", title)
    made = archc("slides", "bad.yaml", "-o", "bad.pptx")
    assert made.code == 0, made.err
    deck = Presentation("bad.pptx")
    assert len(deck.slides) == 3
    for slide in deck.slides:
        assert all(len(shape.text_frame.text) <= 200 for shape in slide.shapes if shape.has_text_frame)


# slides


def test_a_deck_has_a_slide_a_network_and_one_a_block(archc) -> None:
    made = archc("slides", "net.yaml", "lenet", "-o", "deck.pptx")
    assert (made.code, made.out) == (0, "Wrote deck.pptx: 4 slides of 2 networks\n")
    assert re.fullmatch("(archc: net-pair: text comes out at .*: try --no-blocks\n)?", made.err)
    deck = Presentation("deck.pptx")
    titles = [slide.shapes.title.text_frame.text.split("  ")[0] for slide in deck.slides]
    assert titles == ["A small network", "Unit block", "Pair block", "LeNet-5"]
    network, unit, *_ = (slide.notes_slide.notes_text_frame.text for slide in deck.slides)
    assert "Layer\tOp\tOutput\tParameters\tMACs" in network
    assert unit.startswith("unit: 4 in net\nA small network\nstage.0: 3 x 16 x 16 -> 3 x 16 x 16\t168 parameters\t")


def test_networks_share_the_slides_of_their_blocks(archc) -> None:
    assert archc("slides", "resnet18", "resnet34", "-o", "deck.pptx").out.startswith("Wrote deck.pptx: 3 slides")
    assert archc("slides", "resnet18", "resnet34", "-o", "deck.pptx", "--no-blocks").out.startswith(
        "Wrote deck.pptx: 2 slides"
    )


def test_slides_keep_what_they_did_not_write_and_know_their_own(archc) -> None:
    Path("deck.pptx").write_bytes(b"PK mine")
    assert archc("slides", "net.yaml", "-o", "deck.pptx").code == 1
    assert Path("deck.pptx").read_bytes() == b"PK mine"
    assert archc("slides", "net.yaml", "-o", "deck.pptx", "--force").code == 0
    first = Path("deck.pptx").read_bytes()
    assert archc("slides", "net.yaml", "-o", "deck.pptx").code == 0
    assert Path("deck.pptx").read_bytes() == first


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-o", "deck.pdf"), "ends in .pptx"),
        (("-o", "deck.pptx", "--theme", "lihgt"), "did you mean `light`?"),
        (("-o", "deck.pptx", "--level", "overveiw"), "did you mean `overview`?"),
        (("-o", "deck.pptx", "--fit", "4:3"), "No such option"),
    ],
)
def test_what_no_deck_can_be_is_misuse(archc, arguments: tuple[str, ...], told: str) -> None:
    wrong = archc("slides", "net.yaml", *arguments)
    assert wrong.code == 2
    assert told in wrong.err
