"""`archc diagram`, `archc compare` and `archc slides`, as users run them."""

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archc.cli import cli

NET = """\
archc: 1
name: net
title: A small network
inputs: {image: [3, H=32, W=32]}
blocks:
  unit:
    params: {out: int}
    steps:
      - {Conv2d: {out_channels: out, kernel_size: 3, padding: 1}, as: conv}
      - add: [conv, input]
      - relu
steps:
  - {Conv2d: {out_channels: 8, kernel_size: 3, stride: 2}, as: stem}
  - {unit: 8, repeat: 3}
  - adaptive_avg_pool2d: 1
  - flatten
  - {Linear: 10, as: fc}
"""
LIBRARY = "archc: 1\nname: lib\nblocks: {b: {steps: [relu]}}\n"


@pytest.fixture
def archc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET)
    (tmp_path / "lib.yaml").write_text(LIBRARY)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, list(arguments))

    return run


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "columns on 16:9, the fullest that can be read"),
        (["--level", "overview"], "overview on 16:9"),
        (["--level", "full"], "full on"),
        (["--block", "unit"], "close-up on 16:9"),
        (["--block", "unit_1.0"], "no block"),
        (["--style", "flow"], "flow on 16:9"),
        (["--direction", "LR"], "flow on 16:9"),
        (["--fit", "4:3", "--theme", "dark", "--labels", "none"], "on 4:3"),
        (["--fit", "free"], "a page of"),
    ],
)
def test_diagram_says_what_it_chose(archc, options: list[str], said: str) -> None:
    done = archc("diagram", "net.yaml", "-o", "n.svg", *options)
    assert said in done.output
    assert done.exit_code == (2 if said == "no block" else 0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--block", "unti"], "did you mean `unit`"),
        (["--theme", "drak"], "did you mean `dark`"),
        (["--level", "ful"], "did you mean `full`"),
        (["--style", "colums"], "did you mean `columns`"),
        (["--fit", "16:10"], "did you mean `16:9`"),
        (["--labels", "shape"], "did you mean `shapes`"),
        (["--format", "svgg"], "did you mean `svg`"),
        (["--direction", "RL"], "LR"),
        (["--dpi", "200"], "`--dpi` is for PNG"),
        (["--level", "full", "--block", "unit"], "close-up"),
        (["--level", "full", "--style", "flow"], "one of the two"),
        (["--style", "volumes"], "it is no chain"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(archc, options: list[str], said: str) -> None:
    done = archc("diagram", "net.yaml", "-o", "n.svg", *options)
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert not Path("n.svg").exists()


@pytest.mark.parametrize("name", ["n.gif", "n", "n.sv"])
def test_other_endings_are_refused(archc, name: str) -> None:
    assert archc("diagram", "net.yaml", "-o", name).exit_code == 2


def test_a_library_has_no_picture(archc) -> None:
    done = archc("diagram", "lib.yaml", "-o", "n.svg")
    assert done.exit_code == 1
    assert "library of blocks" in done.output


def test_steps_are_a_series_of_files(archc) -> None:
    done = archc("diagram", "net.yaml", "-o", "n.svg", "--steps")
    assert done.exit_code == 0, done.output
    written = sorted(path.name for path in Path().glob("n-*.svg"))
    assert written == [f"n-{at:02}.svg" for at in range(1, len(written) + 1)]
    assert len(written) > 1


def test_a_foreign_file_is_left_alone(archc) -> None:
    Path("n.svg").write_text("<svg>mine</svg>")
    Path("c.svg").write_text("<svg>mine</svg>")
    Path("d.pptx").write_bytes(b"mine")
    assert archc("diagram", "net.yaml", "-o", "n.svg").exit_code == 1
    assert archc("compare", "net.yaml", "lenet", "-o", "c.svg").exit_code == 1
    assert archc("slides", "net.yaml", "-o", "d.pptx").exit_code == 1
    assert Path("n.svg").read_text() == Path("c.svg").read_text() == "<svg>mine</svg>"
    assert Path("d.pptx").read_bytes() == b"mine"
    assert archc("diagram", "net.yaml", "-o", "n.svg", "--force").exit_code == 0


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "dot", "html"])
def test_what_archc_wrote_it_writes_again(archc, suffix: str) -> None:
    for _ in range(2):
        done = archc("diagram", "net.yaml", "-o", f"n.{suffix}")
        assert done.exit_code == 0, done.output


def test_a_dpi_gives_so_many_pixels(archc) -> None:
    archc("diagram", "net.yaml", "-o", "n.png", "--dpi", "72")
    assert int.from_bytes(Path("n.png").read_bytes()[16:20], "big") == 960


def test_standard_output_takes_a_picture(archc) -> None:
    done = archc("diagram", "net.yaml", "-o", "-")
    assert "<svg" in done.output


def test_compare_prints_rows_and_sums(archc) -> None:
    lines = archc("compare", "lenet", "alexnet").output.splitlines()
    assert "FC 84           ≠  FC 4096" in lines
    assert "parameters  61.7 k   56.3 M    ×913" in lines
    assert archc("compare", "net.yaml", "net.yaml").output.rstrip().splitlines()[-1].startswith("identical")


def test_compare_draws(archc) -> None:
    done = archc("compare", "net.yaml", "lenet", "-o", "c.svg", "--theme", "dark")
    assert done.output.startswith("Wrote c.svg: compare on 16:9")
    assert ">A small network and LeNet" in Path("c.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["net.yaml"], 2), (["net.yaml", "none.yaml"], 1), (["net.yaml", "lib.yaml"], 1), (["net.yaml", "vgg:vgg12"], 1),
        (["net.yaml", "lenet", "--force"], 2), (["net.yaml", "lenet", "-o", "c.gif"], 2),
        (["net.yaml", "lenet", "-o", "c.svg", "--theme", "drk"], 2),
    ],
)  # fmt: skip
def test_compare_refuses(archc, arguments: list[str], code: int) -> None:
    assert archc("compare", *arguments).exit_code == code
    assert not Path("c.svg").exists()


def test_slides_are_native_shapes_with_the_summary_in_the_notes(archc) -> None:
    from pptx import Presentation

    done = archc("slides", "net.yaml", "lenet", "-o", "d.pptx")
    assert done.output == "Wrote d.pptx: 3 slides of 2 networks\n"
    deck = Presentation(io.BytesIO(Path("d.pptx").read_bytes()))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert [title.split("  ")[0].strip("\xa0 ") for title in titles] == ["A small network", "Unit block", "LeNet-5"]
    assert not [shape for slide in deck.slides for shape in slide.shapes if shape.shape_type == 13]
    assert "stem" in deck.slides[0].notes_slide.notes_text_frame.text


@pytest.mark.parametrize(
    "arguments", [["-o", "d.pptx"], ["net.yaml", "-o", "d.ppt"], ["net.yaml", "-o", "d.pptx", "--theme", "x"]]
)
def test_slides_refuse(archc, arguments: list[str]) -> None:
    assert archc("slides", *arguments).exit_code == 2
    assert not Path("d.pptx").exists()


@pytest.mark.parametrize("title", ['"><script>alert(1)</script>', "x" * 10_000, "שלום", "a\nb", "{not a template"])
def test_hostile_titles_are_inert_in_every_format(archc, title: str) -> None:
    Path("net.yaml").write_text(NET.replace("A small network", json.dumps(title)))
    for name in ("n.svg", "n.dot", "n.html"):
        done = archc("diagram", "net.yaml", "-o", name)
        assert done.exit_code == 0, done.output
        assert "<script>alert" not in Path(name).read_text(encoding="utf-8")
    assert archc("slides", "net.yaml", "-o", "d.pptx").exit_code == 0
    assert archc("compare", "net.yaml", "lenet").exit_code == 0
