"""`archc compare`, and what the commands that draw share, as users run them."""

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


def test_rows_and_sums_are_printed(archc) -> None:
    lines = archc("compare", "lenet", "alexnet").output.splitlines()
    assert "FC 84           ≠  FC 4096" in lines
    assert "parameters  61.7 k   56.3 M    ×913" in lines
    assert archc("compare", "net.yaml", "net.yaml").output.rstrip().splitlines()[-1].startswith("identical")


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "dot"])
def test_a_picture_is_drawn_and_drawn_again(archc, suffix: str) -> None:
    for _ in range(2):
        done = archc("compare", "net.yaml", "lenet", "-o", f"c.{suffix}", "--theme", "dark")
        assert done.output.startswith(f"Wrote c.{suffix}: compare on 16:9")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["net.yaml"], 2), (["net.yaml", "none.yaml"], 1), (["net.yaml", "lib.yaml"], 1), (["net.yaml", "vgg:vgg12"], 1),
        (["net.yaml", "lenet", "--force"], 2), (["net.yaml", "lenet", "-o", "c.gif"], 2),
        (["net.yaml", "lenet", "-o", "c.html"], 2), (["net.yaml", "lenet", "-o", "c.svg", "--dpi", "90"], 2),
        (["net.yaml", "lenet", "-o", "c.svg", "--theme", "drk"], 2),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(archc, arguments: list[str], code: int) -> None:
    assert archc("compare", *arguments).exit_code == code
    assert not list(Path().glob("c.*"))


def test_a_foreign_file_is_left_alone(archc) -> None:
    Path("c.svg").write_text("<svg>mine</svg>")
    assert archc("compare", "net.yaml", "lenet", "-o", "c.svg").exit_code == 1
    assert Path("c.svg").read_text() == "<svg>mine</svg>"
    assert archc("compare", "net.yaml", "lenet", "-o", "c.svg", "--force").exit_code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "columns on 16:9"), (["--level", "overview"], "overview on 16:9"), (["--level", "full"], "full on"),
        (["--block", "unit"], "close-up on 16:9"), (["--style", "flow"], "flow on 16:9"),
        (["--direction", "LR"], "flow on 16:9"), (["--fit", "4:3", "--labels", "none"], "on 4:3"),
        (["--fit", "free"], "a page of"),
    ],
)  # fmt: skip
def test_diagram_says_what_it_chose(archc, options: list[str], said: str) -> None:
    assert said in archc("diagram", "net.yaml", "-o", "n.svg", *options).output


def test_steps_are_a_series_of_files(archc) -> None:
    archc("diagram", "net.yaml", "-o", "n.svg", "--steps")
    written = sorted(path.name for path in Path().glob("n-*.svg"))
    assert written == [f"n-{at:02}.svg" for at in range(1, len(written) + 1)]
    assert len(written) > 1
