"""The package: what it holds, what it says of itself, and that it works where it is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string
from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import archc
from archc.cli import main

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LONGEST = 350
"""Lines of a file under archc/."""
MACHINE = re.compile(
    r"/(?:root|home|work|Users|tmp/w)/\w|[A-Z]:\\Users|\b(?:pypi|test\.pypi|files\.pythonhosted|registry\.npmjs|conda\.anaconda)\.org"
    r"|\bdownload\.pytorch\.org|--(?:extra-)?index-url|\b10\.\d+\.\d+\.\d+\b|\b192\.168\.\d+\.\d+\b"
)
"""Paths that only one machine has, and hosts that packages come from."""


@cache
def files() -> tuple[Path, ...]:
    """The files of the project: those that git knows or would take up, or in an unpacked archive all."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = (
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False) if shutil.which("git") else None
    )
    if done is not None and done.returncode == 0 and done.stdout:
        listed = [ROOT / name for name in done.stdout.split("\0") if name]
        return tuple(path for path in listed if path.is_file())
    folders = [ROOT / name for name in ("archc", "specs", "tests", ".ci", ".readme")]
    inside = [path for folder in folders for path in folder.rglob("*")] + list(ROOT.iterdir())
    return tuple(path for path in inside if path.is_file() and "__pycache__" not in path.parts)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a wheel, built in a copy so that nothing is left behind."""
    folder = tmp_path_factory.mktemp("wheel")
    for path in files():
        copy = folder / "source" / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=folder / "source", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_the_top_level_holds_little() -> None:
    allowed = {"archc", "specs", "tests", "pyproject.toml", "README.md", "LICENSE"}
    top = {path.relative_to(ROOT).parts[0] for path in files()}
    assert {name for name in top if not name.startswith(".")} <= allowed


def test_files_are_short() -> None:
    texts = [path for path in files() if path.is_relative_to(ROOT / "archc") and path.suffix != ".ttf"]
    lengths = {path: path.read_bytes().count(b"\n") for path in texts}
    assert {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > LONGEST} == {}


def test_nothing_names_a_machine_or_a_registry() -> None:
    found: list[str] = []
    for path in files():
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.resolve() != Path(__file__).resolve():
            found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in MACHINE.finditer(text)]
    assert found == []


def test_metadata() -> None:
    project = PROJECT["project"]
    assert project["version"] == archc.__version__
    assert project["license"] == "Apache-2.0"
    assert project["requires-python"] == ">=3.11"
    entry = EntryPoint("archc", project["scripts"]["archc"], "console_scripts")
    assert entry.load() is main


def test_dependencies_are_ranges_and_their_versions_pinned() -> None:
    project = PROJECT["project"]
    pins = dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / ".ci/constraints.txt").read_text(), re.MULTILINE))
    pinned = {name.lower().replace("_", "-") for name in pins}
    extras = project["optional-dependencies"]
    assert set(extras) == {"test", "fuzz"}
    wanted = [*project["dependencies"], *(each for extra in extras.values() for each in extra)]
    for requirement in wanted:
        name, floor = re.fullmatch(r"([\w-]+)(?:\[\w+\])?>=([\d.]+)", requirement).groups()
        assert name.lower() in pinned, f"{name} is not in .ci/constraints.txt"
        assert floor


def test_the_wheel_has_the_types_the_specs_and_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        fields = message_from_string(archive.read(metadata).decode())
    specs = {f"archc/_specs/{path.relative_to(ROOT / 'specs').as_posix()}" for path in (ROOT / "specs").rglob("*.yaml")}
    assert {"archc/py.typed", "archc/__main__.py", *specs} <= names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not [name for name in names if name.split("/")[0] not in {"archc", f"archc-{archc.__version__}.dist-info"}]
    assert (fields["Name"], fields["License-Expression"]) == ("archc", "Apache-2.0")


def test_an_installed_archc_has_its_specs_with_it(wheel: Path, tmp_path: Path) -> None:
    """Away from any checkout."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "COLUMNS": "80"}
    for command in ("summary resnet50", "check lenet", "test vgg:vgg11", "explain ARC312", "build lenet -o built"):
        arguments = [sys.executable, "-m", "archc", *command.split()]
        done = subprocess.run(arguments, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(path.suffix for path in (tmp_path / "built").iterdir()) == [".json", ".py", ".svg"]
