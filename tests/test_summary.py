"""The sums of a network, and the forms they are shown in."""

import csv
import io
import json
from pathlib import Path

import pytest

import archc
from archc.report.outline import Entry, outline
from archc.summary import bytes_text, short, summarise

BLOCKS = """\
archc: 1
name: net
title: "A [red]net[/red]"
params: {depth: 3}
inputs: {image: [3, H=32, W=32]}
blocks:
  unit:
    params: {out: int}
    steps:
      - {Conv2d: {out_channels: out, kernel_size: 3, padding: 1, bias: false}, as: conv}
      - {BatchNorm2d: {}, as: bn}
      - relu
steps:
  - {unit: 8, as: stem}
  - {as: body, Sequential: [{unit: 8, repeat: depth}, {unit: 16}]}
  - adaptive_avg_pool2d: 1
  - flatten
  - {Linear: 10, as: fc}
outputs: {logits: fc}
"""
UNIT8 = 8 * 8 * 9 + 16
PARAMS = (3 * 8 * 9 + 16) + 3 * UNIT8 + (8 * 16 * 9 + 32) + (16 * 10 + 10)
MACS = 32 * 32 * 9 * (3 * 8 + 3 * 8 * 8 + 8 * 16) + 160
AUX = """\
archc: 1
name: heads
inputs: {image: [3, 8, 8]}
steps:
  - {Conv2d: {out_channels: 4, kernel_size: 3}, as: conv}
  - side: [{Flatten: 1}, {Linear: 5}]
    as: head
  - flatten
  - {Linear: 2, as: fc}
outputs: {logits: fc, extra: {from: head, only: train}}
"""


def test_sums_of_a_network() -> None:
    summary = archc.loads(BLOCKS).summary()
    assert (summary.params, summary.macs, summary.bytes) == (PARAMS, MACS, 4 * PARAMS)
    assert summary.buffers == 4 * (8 + 8 + 1) + (16 + 16 + 1)
    assert summary.inputs == {"image": (3, 32, 32)}
    assert summary.outputs == {"logits": (10,)}
    assert sum(row.params for row in summary.rows) == summary.params
    assert sum(row.macs for row in summary.rows) == summary.macs


def test_the_public_json_is_stable() -> None:
    data = json.loads(archc.loads(BLOCKS, sizes={"H": 16}).summary().as_json())
    assert list(data) == [
        "name", "variant", "title", "sizes", "inputs", "outputs", "params", "buffers", "macs", "parameter_bytes",
        "input_sizes", "memory", "receptive_field", "train_only", "nodes",
    ]  # fmt: skip
    assert (data["name"], data["variant"], data["sizes"]) == ("net", None, {"H": 16, "W": 32})
    assert data["inputs"] == {"image": [3, 16, 32]}
    assert data["outputs"] == {"logits": [10]}
    assert set(data["memory"]) == {"inference", "training"}
    field = {"path": "body.3.relu_1", "size": [11, 11], "stride": [1, 1], "start": [-5, -5]}
    assert data["receptive_field"] == field
    assert data["nodes"][0] == {
        "path": "stem.conv", "op": "Conv2d", "input_shapes": [[3, 16, 32]], "shape": [8, 16, 32],
        "params": 216, "macs": 16 * 32 * 216, "line": 10,
    }  # fmt: skip
    assert data["nodes"][-1]["path"] == "fc"


def test_what_serves_training_alone_counts_no_macs() -> None:
    summary = archc.loads(AUX).summary()
    head = 4 * 36 * 5
    assert summary.train_only == ("extra",)
    assert summary.params == 3 * 4 * 9 + 4 + head + 5 + 4 * 36 * 2 + 2
    assert summary.macs == 36 * 3 * 4 * 9 + 4 * 36 * 2
    assert summary.as_dict()["train_only"] == {"outputs": ["extra"], "nodes": ["head.0", "head.1"]}
    text = summary.as_text()
    assert "Sequential (training)" in text
    assert "725 of the parameters serve extra in training only" in text


def test_weights_used_again_count_once() -> None:
    spec = "archc: 1\nname: n\ninputs: {x: [4]}\nsteps: [{Linear: 4, as: a}, {reuse: a}]\n"
    summary = archc.loads(spec).summary()
    assert (summary.params, summary.macs) == (20, 32)
    assert "Linear x" not in summary.as_text()
    assert "Linear (again)" in summary.as_text()


def test_csv_has_a_line_an_op() -> None:
    lines = list(csv.DictReader(io.StringIO(archc.loads(BLOCKS).summary().as_csv())))
    assert lines[0] == {
        "path": "stem.conv", "op": "Conv2d", "input_shapes": "3x32x32", "shape": "8x32x32", "params": "216",
        "macs": str(32 * 32 * 216), "line": "10",
    }  # fmt: skip
    assert len(lines) == 5 * 3 + 3


def test_markdown_has_a_table() -> None:
    text = archc.loads(BLOCKS).summary().as_markdown()
    assert f"- parameters: {PARAMS:,} " in text
    assert "| `fc` | `Linear` | 10 | 170 | 160 |" in text


def test_equal_blocks_in_a_row_are_folded() -> None:
    stem, body, *_ = outline(archc.loads(BLOCKS))
    assert [child.name for child in stem.children] == ["conv", "bn", "relu_1"]
    first, last = body.children
    assert (first.name, first.kind, first.count, first.params) == ("0 - 2", "unit", 3, UNIT8)
    assert (last.name, last.count) == ("3", 1)
    assert body.params == 3 * UNIT8 + 8 * 16 * 9 + 32


def test_an_outline_sums_up_to_the_network() -> None:
    for spec in (BLOCKS, AUX):
        network = archc.loads(spec)
        entries = outline(network)
        assert sum(entry.params * entry.count for entry in entries) == network.summary().params
        in_inference = sum(entry.macs * entry.count for entry in entries if not entry.train_only)
        assert in_inference == network.summary().macs


def test_text_is_a_table_with_sums() -> None:
    text = archc.loads(BLOCKS).summary().as_text()
    assert text.startswith("net  A [red]net[/red]\nimage 3 x 32 x 32  ->  logits 10\n")
    assert f"Parameters  {PARAMS:>{len(f'{MACS:,}')},}" in text
    assert f"MACs        {MACS:,}  for one sample at H=32, W=32" in text
    folded = next(line for line in text.splitlines() if "0 - 2" in line)
    assert " ".join(folded.split()) == "0 - 2 unit x 3 8 x 32 x 32 3 x 592 3 x 590 k"
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_text_tells_memory_and_what_is_seen() -> None:
    text = archc.loads(BLOCKS).summary().as_text()
    plane = 4 * 32 * 32
    assert f"Memory      {bytes_text((3 + 8 + 8 + 2 * 16) * plane)} in inference" in text
    assert "Sees        11 x 11 of the input, up to `body.3.relu_1`" in text
    assert "Sees" not in archc.loads("archc: 1\nname: n\ninputs: {x: [4]}\nsteps: [Linear: 4]\n").summary().as_text()


def test_depth_folds_blocks() -> None:
    summary = archc.loads(BLOCKS).summary()
    assert "conv" not in summary.as_text(depth=1)
    assert "Unfolded to depth 1 of 3: --depth 3 shows every layer" in summary.as_text(depth=1)
    assert "Unfolded" not in summary.as_text(depth=99)


def test_large_networks_are_folded_until_they_fit() -> None:
    steps = "".join(f"  - {{unit: {8 + at}, as: u{at}}}\n" for at in range(40))
    text = BLOCKS[: BLOCKS.index("steps:\n  - {unit")] + "steps:\n" + steps
    shown = archc.loads(text).summary().as_text()
    assert "Unfolded to depth 1 of 2" in shown
    assert "u39" in shown


@pytest.mark.parametrize("width", [40, 80, 110, 200])
def test_shapes_and_numbers_are_never_cut(width: int) -> None:
    lines = archc.loads(BLOCKS).summary().as_text(depth=9, width=width).splitlines()
    assert f"{3 * 8 * 9:,}" in next(line for line in lines if "conv" in line)
    assert any("adaptive_avg_pool2d" in line for line in lines) or width < 100
    assert all(len(line) <= max(width, 72) for line in lines if "32 x 32" in line and "->" not in line)


def test_a_size_that_nobody_gave_is_told() -> None:
    spec = BLOCKS.replace("H=32, W=32", "H, W=32")
    assert "The spec gives no size for H: H=224 is assumed here, --size H=... sets another" in str(
        archc.loads(spec).summary()
    )
    assert "assumed" not in str(archc.loads(spec, sizes={"H": 64}).summary())


def test_layers_in_other_files_give_their_own_lines(tmp_path: Path) -> None:
    (tmp_path / "lib.yaml").write_text("archc: 1\nname: lib\nblocks:\n  b:\n    steps:\n      - Linear: 3\n")
    (tmp_path / "n.yaml").write_text("archc: 1\nname: n\nuse: {l: lib.yaml}\ninputs: {x: [4]}\nsteps: [l.b]\n")
    assert [row.line for row in summarise(archc.load(tmp_path / "n.yaml")).rows] == [6]


def test_heights() -> None:
    leaf = Entry("a", "relu", "", (), 0, 0, 1)
    assert Entry("b", "b", "", (), 0, 0, 1, (leaf,)).height == 2


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"), (999, "999"), (1000, "1.00 k"), (9994, "9.99 k"), (9999, "10.0 k"), (99949, "99.9 k"),
        (99951, "100 k"), (118013952, "118 M"), (999499, "999 k"), (999500, "1.00 M"), (4089184256, "4.09 G"),
        (10**20, "100 E"), (10**22, "10000 E"),
    ],
)  # fmt: skip
def test_short_numbers_have_three_digits(number: int, shown: str) -> None:
    assert short(number) == shown


def test_bytes() -> None:
    assert (bytes_text(12), bytes_text(102228128)) == ("12 B", "102 MB")
