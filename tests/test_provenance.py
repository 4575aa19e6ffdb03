"""Where sizes come from: each is worked out of those before it, by the formula that is shown."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

import archc
from archc.cli import cli as main
from archc.provenance import Cause, paths, provenance

NETWORKS = Path(__file__).parent / "networks" / "specs"
SPECS = [
    "lenet",
    "googlenet",
    "resnet:resnet50",
    "densenet",
    *(str(NETWORKS / f"{n}.yaml") for n in ("unet", "gpt", "vit")),
]
HEAD = "archc: 1\nname: net\ninputs: {image: [3, H=32, W=24]}\nsteps:\n"


def worked_out(cause: Cause) -> int:
    """The value of a formula at the values of its causes, by Python's own arithmetic."""
    if cause.formula == "x":
        return cause.causes[0].value
    known = {"x": cause.causes[0].value, "floor": math.floor}
    return eval(cause.formula, {"__builtins__": {}}, known)


@pytest.mark.parametrize("spec", SPECS)
def test_every_size_follows_from_those_before_it(spec: str) -> None:
    network = archc.load(spec)
    for path in paths(network)[:: max(1, len(network.graph) // 40)]:
        found = provenance(network, path)
        assert found is not None
        assert [cause.value for cause in found.causes] == [int(size) for size in found.type.sample]
        for cause in (each for last in found.causes for each in last.ledger()):
            assert cause.node.op is None or bool(cause.formula) == bool(cause.causes)
            if len(cause.causes) == 1:
                assert worked_out(cause) == cause.value
            elif " * " not in cause.formula and cause.causes and "/" not in cause.formula:
                assert sum(each.value for each in cause.causes) == cause.value


def test_a_block_stands_for_its_result_and_a_merge_for_its_first_input() -> None:
    network = archc.load(str(NETWORKS / "unet.yaml"))
    found = provenance(network, "up3")
    assert found is not None
    assert [cause.node.path for cause in found.causes[1].ledger()] == ["image", "maxpool2d_1"]


def test_what_is_printed() -> None:
    spec = HEAD + "  - {Conv2d: {out_channels: 8, kernel_size: 3, stride: 2}, as: conv}\n  - relu\n  - Flatten\n"
    result = CliRunner().invoke(main, ["summary", "-", "--why", "flaten_1"], input=spec)
    assert result.exit_code == 2
    assert "nothing called `flaten_1`: did you mean `flatten_1`?" in result.output
    result = CliRunner().invoke(main, ["summary", "-", "--why", "relu_1"], input=spec)
    assert result.output.splitlines() == [
        "relu_1  8 x 15 x 11",
        "",
        "channels 8",
        "  8  conv  set by Conv2d(out_channels=8, kernel_size=3, stride=2)  line 5",
        "",
        "height 15 = floor((H + 1) / 2) - 1",
        "  32  image  H                                                                            line 3",
        "  15  conv   floor((x + 1) / 2) - 1   by Conv2d(out_channels=8, kernel_size=3, stride=2)  line 5",
        "",
        "width 11 = floor((W + 1) / 2) - 1",
        "  24  image  W                                                                            line 3",
        "  11  conv   floor((x + 1) / 2) - 1   by Conv2d(out_channels=8, kernel_size=3, stride=2)  line 5",
    ]


def test_a_size_may_have_any_name() -> None:
    network = archc.loads(
        HEAD.replace("H=32", "x0_1=32") + "  - {Conv2d: {out_channels: 8, kernel_size: 3}, as: conv}\n"
    )
    found = provenance(network, "conv")
    assert found is not None
    assert [cause.value for cause in found.causes[1].ledger()] == [32, 30]


def test_sizes_that_are_declared_are_said_to_be() -> None:
    spec = "archc: 1\nname: n\ninputs: {x: [3, H=32]}\nsteps: [relu]\n"
    result = CliRunner().invoke(main, ["summary", "-", "--why", "relu_1"], input=spec)
    assert result.output.splitlines()[-1].split("  ")[1:] == ["3", "x", "as declared and H", "line 3"]


def test_as_json() -> None:
    result = CliRunner().invoke(main, ["summary", "lenet", "--why", "6", "--format", "json"])
    found = json.loads(result.output)
    assert found["sizes"][0]["formula"] == "16 * (floor(H / 4) - 2) * (floor(W / 4) - 2)"
    assert [each["size"] for each in found["sizes"][0]["made_by"]][-1] == 400
    assert found["sizes"][0]["made_by"][-1]["from"] == ["3", "5", "5"]


@pytest.mark.parametrize("options", [["--format", "csv"], ["--depth", "2"], ["--by", "op"]])
def test_it_goes_with_few_options(options: list[str]) -> None:
    result = CliRunner().invoke(main, ["summary", "lenet", "--why", "6", *options])
    assert result.exit_code == 2
    assert "`--why` goes with `--format json` alone" in result.output


NAMED = """archc: 1
name: named
inputs: {image: [3, 32, 32], tokens: [T=6, 8]}
blocks:
  down:
    params: {out: int}
    outputs: {pooled: pool, full: act}
    steps:
      - {Conv2d: {out_channels: out, kernel_size: 3, padding: 1}, as: conv}
      - {relu: {}, as: act}
      - {max_pool2d: 2, as: pool}
  swap:
    steps: [{chunk: {chunks: 2, dim: 1}, as: [left, right]}, {cat: [right, left]}]
steps:
  - {down: 8, as: d1}
  - {chunk: {chunks: 3, dim: 1}, as: [a, _, b]}
  - {swap: {}, from: a, as: t}
  - {max_pool2d: 4, from: b, as: c}
  - {max_pool2d: 2, from: d1.full, as: m}
  - {LSTM: 5, from: tokens, as: rnn}
outputs: {x: t, y: c, z: m, sequence: rnn}
"""


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("a", "3 x 16 x 16"), ("b", "2 x 16 x 16"), ("d1", "8 x 16 x 16"), ("d1.pooled", "8 x 16 x 16"),
        ("d1.full", "8 x 32 x 32"), ("t.left", "2 x 16 x 16"), ("t.right", "1 x 16 x 16"), ("t", "3 x 16 x 16"),
        ("rnn.h_n", "1 x 5"), ("tokens", "6 x 8"), ("z", "8 x 16 x 16"),
    ],
)  # fmt: skip
def test_whatever_a_reference_can_name_is_found(name: str, shape: str) -> None:
    result = CliRunner().invoke(main, ["summary", "-", "--why", name], input=NAMED)
    assert result.output.splitlines()[0] == f"{name}  {shape}"


def test_a_misspelt_result_is_suggested() -> None:
    spec = NAMED.replace("[a, _, b]", "[first, _, b]").replace("from: a", "from: first")
    result = CliRunner().invoke(main, ["summary", "-", "--why", "frist"], input=spec)
    assert "did you mean `first`?" in result.output
