"""What other repositories run on their specs: the hooks for pre-commit, and the README's workflow."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
GOOD = "archc: 1\nname: good\ninputs: {x: [8]}\nsteps: [{Linear: 2}]\ncheck: [{params: {max: 18}}]\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a spec, and with `archc` and `pytest` as installing them would leave them."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "good.yaml").write_text(GOOD)
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    commands = tmp_path / ".bin"
    commands.mkdir()
    for name in ("archc", "pytest"):
        (commands / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {name} "$@"\n')
        (commands / name).chmod(0o755)
    info = tmp_path / ".site" / "archc_as_declared-0.dist-info"
    info.mkdir(parents=True)
    points = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]["pytest11"]
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: archc-as-declared\nVersion: 0\n")
    (info / "entry_points.txt").write_text("[pytest11]\n" + "".join(f"{k} = {v}\n" for k, v in points.items()))
    return tmp_path


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{folder / '.bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{folder / '.site'}{os.pathsep}{ROOT}",
        "PYTEST_ADDOPTS": "",
    }
    return subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)


def taken(hook: dict[str, Any], folder: Path) -> list[str]:
    """The files that pre-commit would hand to a hook: those whose paths from the root match its pattern."""
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.y*ml"))
    return [path for path in paths if re.search(hook["files"], path)]


def test_the_hooks_are_declared_as_pre_commit_has_it() -> None:
    assert [hook["id"] for hook in HOOKS] == ["archc-check", "archc-test"]
    for hook in HOOKS:
        assert hook.keys() == {"id", "name", "description", "entry", "language", "files"}
        assert hook["language"] == "python"
        assert all(isinstance(value, str) and value for value in hook.values())


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_passes_and_fails_with_the_files_it_is_given(hook: dict[str, Any], repository: Path) -> None:
    assert taken(hook, repository) == ["specs/good.yaml"]
    done = run(f"{hook['entry']} specs/good.yaml", repository)
    assert (done.returncode, done.stderr) == (0, "")
    slip = ("Linear", "Linaer") if hook["id"] == "archc-check" else ("18", "17")
    (repository / "specs" / "bad.yml").write_text(GOOD.replace(*slip))
    assert taken(hook, repository) == ["specs/bad.yml", "specs/good.yaml"]
    done = run(f"{hook['entry']} specs/bad.yml specs/good.yaml", repository)
    assert (done.returncode, done.stderr) == (1, "")
    assert "specs/bad.yml:" in done.stdout


def workflow() -> dict[str, Any]:
    """The workflow that the README shows."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (text,) = (text for text in re.findall(r"^```yml\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL) if "jobs:" in text)
    return yaml.load(text, yaml.BaseLoader)


def test_the_workflow_fails_where_a_spec_is_wrong_and_says_where(repository: Path) -> None:
    (job,) = workflow()["jobs"].values()
    assert [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step] == [
        "actions/checkout",
        "actions/setup-python",
    ]
    install, *commands = (step["run"] for step in job["steps"] if "run" in step)
    assert install.startswith("pip install ")
    assert all(shutil.which(command.split()[0], path=repository / ".bin") for command in commands)
    for command in commands:
        done = run(command, repository)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    (repository / "specs" / "good.yaml").write_text(GOOD.replace("Linear", "Linaer"))
    check, test = (run(command, repository) for command in commands)
    assert (check.returncode, test.returncode) == (1, 1)
    assert re.search(r"^::error file=specs/good\.yaml,line=4,", check.stdout, re.MULTILINE)
    assert "unknown op or block `Linaer`" in test.stdout
