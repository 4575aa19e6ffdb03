"""`archc summary` with costs: its tables in every format, over sizes, and as a chart."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import archc
from archc.cli.summary import command


def run(*args: str) -> Result:
    return CliRunner().invoke(command, args)


def test_costs_by_block() -> None:
    lines = run("resnet18", "--by", "block").output.splitlines()
    rows = {line.split()[0]: line.split() for line in lines if line.startswith((" basic", " Total"))}
    assert rows["basic"][1:3] == ["8", "11,166,976"]
    assert rows["Total"][2] == f"{archc.load('resnet18').summary().params:,}"


def test_layers_in_falling_order() -> None:
    rows = list(csv.DictReader(io.StringIO(run("alexnet:torchvision", "--sort", "params", "--format", "csv").output)))
    sizes = [int(row["params"]) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert rows[0]["layer"] == "classifier.1"


def test_programs_get_numbers() -> None:
    told = json.loads(run("lenet", "--by", "op", "--device", "h100", "--batch", "8", "--format", "json").output)
    network = archc.load("lenet")
    assert (told["macs"], told["params"], told["batch"]) == (8 * network.summary().macs, network.summary().params, 8)
    assert told["seconds"] == pytest.approx(sum(row["time"] for row in told["rows"]))
    assert told["adam_bytes"] == 2 * told["gradient_bytes"] == 2 * 4 * told["params"]


def test_time_in_half_precision() -> None:
    single, half = (
        json.loads(run("resnet18", "--device", "h100", "--batch", "64", "--format", "json", *more).output)
        for more in ((), ("--dtype", "float16"))
    )
    assert (single["dtype"], half["dtype"]) == ("float32", "float16")
    assert half["seconds"] < single["seconds"] / 2
    assert "in bfloat16 on NVIDIA A100" in run("lenet", "--device", "a100", "--dtype", "bfloat16").output


def test_the_columns_asked_for() -> None:
    output = run("lenet", "--columns", "flops,field").output
    assert "FLOPs" in output
    assert "14 x 14, 2 apart" in output
    assert "Parameters" not in output


def test_markdown_has_the_same_table() -> None:
    output = run("lenet", "--by", "op", "--format", "md").output
    assert "| `Linear` | 3 | 59,134 | 58.9 k | 0 B |" in output


def test_costs_over_sizes() -> None:
    output = run("resnet18", "--grid", "H=128..512").output
    assert "MACs        8,096,256 H + 512,000" in output
    assert sum(line.startswith(" ") and line.split()[0].isdigit() for line in output.splitlines() if line) == 13


def test_sizes_at_which_it_does_not_work_are_marked() -> None:
    result = run("lenet", "--grid", "H=W=4,28", "--format", "json")
    small, right = json.loads(result.output)["points"]
    assert result.exit_code == 0
    assert "H=4" in small["problem"]
    assert (small["macs"], right["macs"], right["problem"]) == (None, 416520, None)
    assert "does not work" in run("lenet", "--grid", "H=W=4,28").output


def test_several_sizes_make_all_combinations() -> None:
    rows = list(
        csv.DictReader(io.StringIO(run("lenet", "--grid", "H=28,32", "--grid", "W=28,32", "--format", "csv").output))
    )
    assert [(row["H"], row["W"]) for row in rows] == [("28", "28"), ("28", "32"), ("32", "28"), ("32", "32")]


def test_a_chart_is_never_written_over_other_files(tmp_path: Path) -> None:
    path = tmp_path / "costs.svg"
    assert run("lenet", "--chart", str(path), "--theme", "dark").exit_code == 0
    assert run("lenet", "--chart", str(path)).exit_code == 0
    path.write_text("mine")
    assert run("lenet", "--chart", str(path)).exit_code == 1
    assert path.read_text() == "mine"
    assert run("lenet", "--chart", str(path), "--force").exit_code == 0
    assert path.read_text().startswith(("<svg", "<!--"))


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--device", "h1000"), "did you mean `h100`?"),
        (("--sort", "mac"), "did you mean `macs`?"),
        (("--columns", "params,speed"), "not `speed`"),
        (("--dtype", "float16"), "name it, as in `--device a100`"),
        (("--device", "t4", "--dtype", "bfloat16"), "has no bfloat16 of its own"),
        (("--device", "t4", "--dtype", "int8"), "'int8' is not one of"),
        (("--sort", "time"), "name it, as in `--device a100`"),
        (("--by", "op", "--columns", "field"), "is for layers"),
        (("--grid", "H"), "as in `--grid H=128..512`"),
        (("--grid", "H=9..1"), "in rising order"),
        (("--grid", "H=28", "--grid", "H=32"), "each size once"),
        (("--grid", "H=28", "--by", "op"), "goes with `--batch` alone"),
        (("--grid", "H=28", "--chart", "x.svg"), "two things"),
        (("--depth", "2", "--by", "op"), "`--depth`"),
        (("--chart", "x.png"), "FILE.svg"),
        (("--chart", "x.svg", "--theme", "drak"), "did you mean `dark`?"),
    ],
)
def test_options_that_make_no_sense(args: tuple[str, ...], told: str) -> None:
    result = run("lenet", *args)
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())


def test_an_unknown_size_of_a_grid_is_told() -> None:
    output = run("lenet", "--grid", "Q=28,32").output
    assert "Q" in output
    assert "Traceback" not in output
