"""What commands say of the sizes that networks take."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import archc
from archc.cli import cli as main
from archc.diagnostics import SpecError

UNET = """archc: 1
name: net
inputs: {image: [3, H=32, W=32]}
steps:
  - {Conv2d: {out_channels: 4, kernel_size: 3, padding: 1}, as: skip}
  - MaxPool2d: 2
  - {ConvTranspose2d: {out_channels: 4, kernel_size: 2, stride: 2}, as: up}
  - {cat: [skip, up], as: joined}
"""


def run(*args: str, spec: str = UNET) -> str:
    return CliRunner().invoke(main, [*args], input=spec).output


def test_a_summary_states_the_valid_sizes_and_what_refuses_others() -> None:
    assert [line.strip() for line in run("summary", "-").splitlines() if "Takes" in line or "refuses" in line] == [
        "Takes       H, W mod 2 = 0",
        "`maxpool2d_1` (line 6) refuses H or W = 1",
        "`joined` (line 8) refuses H or W >= 3 and mod 2 = 1",
    ]


def test_a_check_of_one_file_does_too() -> None:
    assert run("check", "-", "--ignore", "ARC4").splitlines()[-1] == "net takes H, W mod 2 = 0"
    lines = run("check", "lenet", "--ignore", "ARC4").splitlines()
    assert [line.split(" in ")[0] for line in lines[-2:]] == ["lecture takes H, W", "batchnorm takes H, W"]


def test_a_summary_for_programs_has_the_sets() -> None:
    sizes = json.loads(run("summary", "-", "--format", "json"))["input_sizes"]
    assert sizes["built"]["exact"] is True
    assert sizes["built"]["regions"][0]["H"] == {
        "modulus": 2,
        "blocks": [{"from": 0, "residues": []}, {"from": 2, "residues": [0]}],
    }
    lenet = json.loads(run("summary", "lenet", "--format", "json"))["input_sizes"]
    assert lenet["built"]["regions"][0]["H"] == {"ranges": [[12, 15]]}


@pytest.mark.parametrize(
    ("size", "near"), [("H=31", "H=30 and H=32"), ("H=1", "H=2"), ("W=7", "W=6 and W=8")]
)  # fmt: skip
def test_a_size_that_does_not_work_is_refused_with_the_nearest_that_do(size: str, near: str) -> None:
    said = run("summary", "-", "--size", size)
    assert f"error[ARC310]: `net` cannot be built for {size}: it takes H, W mod 2 = 0" in said
    assert f"help: the nearest size{'s that work are' if 'and' in near else ' that works is'} {near}" in said
    assert "<stdin>:" in said


def test_in_python_too() -> None:
    with pytest.raises(SpecError, match="the nearest sizes that work are H=30 and H=32"):
        archc.loads(UNET, sizes={"H": 31})


def test_another_fault_is_not_hidden_behind_the_size() -> None:
    said = run("check", "-", "--size", "H=31", spec=UNET.replace("MaxPool2d", "MaxPol2d"))
    assert "ARC310" not in said
    assert "ARC101" in said


def test_a_size_with_another_number_of_results_is_refused_as_a_size() -> None:
    spec = (
        "archc: 1\nname: n\ninputs: {x: [4, L=12]}\nsteps:\n"
        "  - {chunk: {chunks: 5, dim: 2}, as: [a, b, c, d]}\n  - cat: [a, b, c, d]\n"
    )
    assert "error[ARC310]: `n` cannot be built for L=9" in run("summary", "-", "--size", "L=9", spec=spec)
