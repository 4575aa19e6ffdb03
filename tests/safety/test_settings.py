"""A project's settings come from whoever wrote the project: they are held to a size and a form, and never waited for."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from archc.rules.project import faults, project_of, rules_of

SPEC = "archc: 1\nname: net\ninputs: {x: [8]}\nsteps: [{Linear: 2}]\n"
HOSTILE = {
    "a list of lists": ("[tool.archc]\nselect = [['ARC401'], 3]", "takes a list of codes or names of rules"),
    "text for a list": ("[tool.archc]\nignore = 'ARC401'", "takes a list of codes or names of rules"),
    "a number for true": ("[tool.archc]\nstrict = 1", "takes true or false"),
    "no table": ("[tool]\narchc = 3", "is a table"),
    "unknown names": ("[tool.archc]\nselect = ['\\u001b[2J']", "names no rule"),
    "100,000 names": ("[tool.archc]\nselect = [" + "'x'," * 100_000 + "]", "takes a list of codes or names of rules"),
    "100,000 settings": ("[tool.archc]\n" + "".join(f"k{i} = 1\n" for i in range(60_000)), "has no setting `k0`"),
    "brackets": ("[tool.archc]\nselect = " + "[" * 100_000, "cannot be read"),
    "a long number": ("[tool.archc]\nselect = " + "9" * 10_000, "cannot be read"),
    "cut off": ("[tool.archc\n", "cannot be read"),
    "two megabytes": ("[tool.archc]\n" + "#" * 2_000_000, "has more than 1,000,000 bytes"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_settings_are_findings(name: str, tmp_path: Path) -> None:
    text, said = HOSTILE[name]
    (tmp_path / "pyproject.toml").write_text(text)
    (tmp_path / "net.yaml").write_text(SPEC)
    started = time.process_time()
    project = project_of(str(tmp_path / "net.yaml"))
    found = faults([project])
    assert time.process_time() - started < 1
    assert said in found[0].diagnostic.message
    assert {each.diagnostic.severity for each in found} == {"error"}
    rules_of(project, (), ())


def test_what_is_no_text_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.archc]\nstrict = '\xff\xfe'")
    (tmp_path / "net.yaml").write_text(SPEC)
    (wrong,) = project_of(str(tmp_path / "net.yaml")).wrong
    assert "it is not UTF-8 text: byte 0xff" in wrong.message


def test_what_does_not_speak_of_archc_has_no_settings(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"\x00\x01\x02")
    (tmp_path / "net.yaml").write_text(SPEC)
    assert not project_of(str(tmp_path / "net.yaml")).file


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pyproject.toml")
    (tmp_path / "net.yaml").write_text(SPEC)
    assert not project_of(str(tmp_path / "net.yaml")).file


@pytest.mark.parametrize("name", ["x" * 5000, "x" * 300 + ".yaml", "a/" * 3000 + "b.yaml"])
def test_a_name_too_long_for_a_file_is_no_file(name: str) -> None:
    project_of(name)
