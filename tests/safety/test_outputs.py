"""Every command that writes files writes none through a link, replaces none that is not archc's, and leaves all or none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from archc.cli import main

ROOT = Path(__file__).parents[2]
SPEC = "archc: 1\nname: net\ninputs: {x: [8]}\nsteps: [{Linear: 4, as: fc}, relu]\n"
TYPO = SPEC.replace("relu", "rleu")
COMMANDS: dict[str, tuple[Sequence[str], str]] = {
    "build": (("build", "net.yaml", "-o", "out"), "net.json"),
    "diagram": (("diagram", "net.yaml", "-o", "out/net.svg"), "net.svg"),
    "diagram as dot": (("diagram", "net.yaml", "-o", "out/net.dot"), "net.dot"),
    "a page": (("diagram", "net.yaml", "-o", "out/net.html"), "net.html"),
    "slides": (("slides", "net.yaml", "-o", "out/net.pptx"), "net.pptx"),
    "compare": (("compare", "net.yaml", "net.yaml", "-o", "out/both.svg"), "both.svg"),
    "chart": (("summary", "net.yaml", "--chart", "out/costs.svg"), "costs.svg"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a spec, a folder for what is made, and a file elsewhere that nothing may touch."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC)
    (tmp_path / "out").mkdir()
    (tmp_path / "victim").write_text("theirs")
    return tmp_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_link_is_never_written_through(name: str, folder: Path) -> None:
    arguments, written = COMMANDS[name]
    (folder / "out" / written).symlink_to(folder / "victim")
    assert run(*arguments) == 1
    assert run(*arguments, "--force") == 1
    assert (folder / "victim").read_text() == "theirs"
    assert [path.name for path in (folder / "out").iterdir()] == [written]


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_not_archcs_stays_unless_forced(name: str, folder: Path) -> None:
    arguments, written = COMMANDS[name]
    (folder / "out" / written).write_text("theirs")
    assert run(*arguments) == 1
    assert (folder / "out" / written).read_text() == "theirs"
    assert [path.name for path in (folder / "out").iterdir()] == [written]
    assert run(*arguments, "--force") == 0
    assert (folder / "out" / written).read_bytes() != b"theirs"
    assert run(*arguments) == 0
    assert not [path for path in (folder / "out").iterdir() if path.name.startswith(".")]


def test_fixing_writes_through_no_link(folder: Path) -> None:
    (folder / "victim").write_text(TYPO)
    (folder / "linked.yaml").symlink_to(folder / "victim")
    assert run("check", "linked.yaml", "--fix") == 1
    assert (folder / "victim").read_text() == TYPO
    assert (folder / "linked.yaml").is_symlink()


def test_fixing_writes_nothing_that_was_not_named(folder: Path) -> None:
    parts = "archc: 1\nname: parts\nblocks: {layer: {steps: [{Linaer: 4}]}}\n"
    (folder / "parts.yaml").write_text(parts)
    (folder / "net.yaml").write_text(TYPO.replace("steps", "use: [parts.yaml]\nsteps"))
    run("check", "net.yaml", "--fix")
    assert (folder / "parts.yaml").read_text() == parts


def test_what_is_too_large_to_draw_is_built_without_a_picture(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("archc.diagram.crowd.MAX_OPS", 1)
    assert run("build", "net.yaml", "-o", "out") == 0
    assert {path.name for path in (folder / "out").iterdir()} == {"net.py", "net.json"}
    assert "`net` has 2 ops, and pictures are made of at most 1" in capsys.readouterr().err
    assert run("diagram", "net.yaml", "-o", "out/net.svg") == 1
    assert run("slides", "net.yaml", "-o", "out/net.pptx") == 1


def test_a_device_is_no_place_to_write(folder: Path) -> None:
    assert run("diagram", "net.yaml", "-o", "/dev/null", "--format", "svg", "--force") == 1


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no device that is always full")
@pytest.mark.parametrize("arguments", [("summary", "net.yaml"), ("diagram", "net.yaml", "-o", "-", "--format", "dot")])
def test_a_full_disk_behind_standard_output_is_no_bug(arguments: Sequence[str]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "archc", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (1, "archc: cannot write: no space left on device\n")
