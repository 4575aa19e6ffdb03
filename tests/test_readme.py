"""The README says what is so: its snippets run, its commands print what it shows, its lists are those of the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from archc.cases import run_cases
from archc.cli import COMMANDS
from archc.expand import Settings
from archc.loading import load_text
from archc.network import check
from tests import readme_snippets as readme
from tests.readme_snippets import ROOT, Snippet

STALE = "out of date: `python -m tests.readme_snippets` writes it anew"
TEXT = readme.README.read_text(encoding="utf-8")

each_spec = pytest.mark.parametrize("snippet", readme.snippets("yaml"), ids=str)
each_console = pytest.mark.parametrize("snippet", readme.snippets("console"), ids=str)
each_python = pytest.mark.parametrize("snippet", readme.snippets("python"), ids=str)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    readme.working_folder(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@each_spec
def test_specs_are_right_and_their_modules_run(snippet: Snippet, folder: Path) -> None:
    """Those that show a mistake have that one alone."""
    loaded = load_text(readme.spec_text(snippet), folder=folder)
    if code := snippet.says("wrong"):
        assert sorted(finding.code for finding in check(loaded, Settings()).findings) == code.split()
        return
    assert loaded.spec is not None, loaded.findings
    if loaded.spec.chain is None:
        assert not loaded.findings
        return
    for variant in [v.name for v in loaded.spec.variants] or [None]:
        checked = check(loaded, Settings(variant))
        assert checked.network is not None, checked.findings
        assert not checked.findings
        summary, module = checked.network.summary(), checked.network.module(device="meta")
        dtypes = [getattr(torch, given.dtype) for given in checked.network.body.inputs]
        shapes = summary.inputs.values()
        inputs = [torch.empty(2, *s, dtype=d, device="meta") for s, d in zip(shapes, dtypes, strict=True)]
        results = module(*inputs)
        given = results if isinstance(results, tuple) else (results,)
        assert [tuple(result.shape[1:]) for result in given] == list(summary.outputs.values())
    assert all(case.passed for case in run_cases(loaded))


@each_console
def test_commands_print_what_it_shows(snippet: Snippet, folder: Path) -> None:
    for command, said in readme.commands(snippet):
        printed = readme.run(command, folder)
        assert readme.agrees(printed, said), f"$ {command}\n{printed}\n{STALE}"


@each_python
def test_python_runs(snippet: Snippet, folder: Path) -> None:
    wanted = readme.excerpt(snippet)
    if wanted is not None:
        assert snippet.text == wanted, STALE
        return
    program = [sys.executable, "-c", snippet.text]
    environment = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": ""}
    done = subprocess.run(program, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = re.findall(r"^ *print\(.*\)  # (.*)$", snippet.text, re.MULTILINE)
    assert done.stdout.splitlines() == said


def test_no_snippet_goes_untested() -> None:
    tested = readme.snippets(
        "yaml", "console", "python", "sh", "toml", "yml"
    )  # that one is a workflow: tests/test_ci.py runs its commands
    assert len(tested) == TEXT.count("\n```") / 2


def test_installing_and_testing_takes_two_commands() -> None:
    """Which `.ci/run` carries out."""
    (install,) = readme.snippets("sh")
    assert len(install.text.splitlines()) == 2


@pytest.mark.parametrize("name", readme.SECTIONS)
def test_lists_are_current(name: str) -> None:
    assert readme.generated_sections()[name] == readme.SECTIONS[name](), STALE


@pytest.mark.parametrize(("path", "name"), readme.pictures().items(), ids=lambda value: getattr(value, "stem", ""))
def test_pictures_are_current(path: Path, name: str) -> None:
    assert readme.same_picture(path.read_bytes(), readme.drawn(name)), STALE


def test_every_command_has_an_example() -> None:
    run = {command.split()[1] for snippet in readme.snippets("console") for command, _ in readme.commands(snippet)}
    assert run >= set(COMMANDS)


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"(?:\]\(|src=\")([^)#\"]+)[)\"]", TEXT):
        assert (ROOT / target).exists(), target
    headings = {
        re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-")
        for h in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    }
    for anchor in re.findall(r"\]\(#([^)]+)\)", TEXT):
        assert anchor in headings, anchor
