"""Weights: what would take more memory than is allowed is refused with its size before any of it is asked for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import archc
from archc import codes
from archc.cli import main
from archc.weights import MOST, read_bytes

HUGE = "archc: 1\nname: huge\ninputs: {x: [1000000]}\nsteps:\n  - ReLU\n  - Linear: 1000000\n"
MODEST = "archc: 1\nname: modest\ninputs: {x: [8]}\nsteps: [{Linear: 8}]\n"


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    (tmp_path / "huge.yaml").write_text(HUGE)
    return tmp_path / "huge.yaml"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_building_a_module_says_what_it_would_take_and_where(spec: Path) -> None:
    with pytest.raises(archc.SpecError) as caught:
        archc.build(spec)
    (finding,), (place,) = caught.value.diagnostics, caught.value.places
    assert (finding.code, place and place.line) == (codes.LIMIT, 6)
    assert "take 4.00 TB, which is more than 64.0 GB" in finding.message


def test_nothing_is_allocated_on_the_way(spec: Path) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(archc.SpecError):
        archc.load(spec).module()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 200_000 * (1 if sys.platform == "linux" else 1024)


def test_the_command_refuses_it_and_writes_nothing(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("build", str(spec), "-o", str(spec.parent / "out")) == 1
    assert "huge.yaml:6:5" in capsys.readouterr().err
    assert not (spec.parent / "out").exists()


def test_it_can_be_allowed(spec: Path) -> None:
    assert run("build", str(spec), "-o", str(spec.parent / "out"), "--max-weights", "4TiB") == 0
    assert (spec.parent / "out" / "huge.py").is_file()


def test_on_meta_it_takes_nothing(spec: Path) -> None:
    assert sum(each.numel() for each in archc.build(spec, device="meta").parameters()) == 10**12 + 10**6


def test_the_limit_holds_to_the_byte() -> None:
    network = archc.loads(MODEST)
    assert network.module(max_weights=72 * 4) is not None
    with pytest.raises(archc.SpecError, match="take 288 B"):
        network.module(max_weights=72 * 4 - 1)


def test_checking_costs_nothing_and_is_allowed(spec: Path) -> None:
    assert archc.load(spec).summary().bytes == 4 * (10**12 + 10**6) > MOST


@pytest.mark.parametrize(
    ("text", "number"),
    [("64GB", 64 * 10**9), ("1.5 tb", 15 * 10**11), ("512MiB", 2**29), ("100", 100), ("2TiB", 2**41), ("5XB", None),
     ("", None), ("-1GB", None), ("9" * 50, None), ("1e9", None), ("1GB\n", 10**9)],
)  # fmt: skip
def test_sizes_read_as_people_write_them(text: str, number: int | None) -> None:
    assert read_bytes(text) == number
