"""The pages of the codes: one for each, laid out alike, with examples that do what they say."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from archc import codes
from archc.cases import run_cases
from archc.cli import main
from archc.expand import Settings
from archc.explain import FOLDER, GROUPS, Example, Page, find, pages, parse
from archc.findings import survey
from archc.loading import load_text
from archc.report import pages as shown
from archc.rules import all_rules

ROOT = Path(__file__).resolve().parent.parent
PAGES = tuple(pages().values())
DECLARED = {name: value for name, value in vars(codes).items() if name.isupper()}
in_yaml = pytest.mark.parametrize("page", [page for page in PAGES if page.trigger.spec], ids=lambda page: page.code)
in_shell = pytest.mark.parametrize(
    "page", [page for page in PAGES if page.trigger.commands], ids=lambda page: page.code
)


def test_codes_and_pages_correspond_one_to_one() -> None:
    rules = {rule.code for rule in all_rules()}
    assert len(set(DECLARED.values())) == len(DECLARED)
    assert {path.stem for path in FOLDER.iterdir()} == set(DECLARED.values())
    assert set(pages()) == {*DECLARED.values(), *rules}
    assert len(pages()) == len(DECLARED) + len(rules)


def test_files_and_rules_are_called_as_their_pages_say() -> None:
    assert all(parse(path.read_text(encoding="utf-8")).code == path.stem for path in FOLDER.iterdir())
    assert {rule.code: rule.name for rule in all_rules()}.items() <= {p.code: p.name for p in PAGES}.items()


def test_no_two_codes_have_one_name() -> None:
    assert len({page.name for page in PAGES}) == len(PAGES)


def test_every_declared_code_is_used() -> None:
    """By code somewhere under archc/, so that no page tells of what is never found."""
    files = [path for path in (ROOT / "archc").rglob("*.py") if path.name != "codes.py"]
    used = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute | ast.Name)
    }
    assert set(DECLARED) <= used


def found_in(spec: str, page: Page, folder: Path) -> set[tuple[str, str]]:
    """The codes, with severities, that `archc check` and `archc test` find; of a rule's page, what it alone finds."""
    loaded = load_text(spec, folder=folder)
    own = [rule for rule in all_rules() if rule.code == page.code]
    rules = own or [rule for rule in all_rules() if rule.on]
    findings = [found.diagnostic for found in survey(loaded, Settings(), rules).found]
    if not own and loaded.spec is not None and not any(finding.severity == "error" for finding in findings):
        findings += [each.diagnostic for case in run_cases(loaded) for each in case.found]
    return {(finding.code, finding.severity) for finding in findings}


@in_yaml
def test_examples_in_yaml_trigger_their_code_alone(page: Page, tmp_path: Path) -> None:
    assert {code for code, _ in found_in(page.trigger.spec, page, tmp_path)} == {page.code}


@in_yaml
def test_mended_examples_in_yaml_are_in_order(page: Page, tmp_path: Path) -> None:
    found = found_in(page.mended.spec, page, tmp_path)
    assert page.code not in {code for code, _ in found}
    assert "error" not in {severity for _, severity in found}


def said_in(commands: str, folder: Path) -> tuple[int, set[tuple[str, str]]]:
    """How a shell session ends, and what it prints: codes with severities."""
    programs = folder.parent / f"{folder.name}-bin"
    programs.mkdir()
    for name, called in (("python", sys.executable), ("archc", f"{sys.executable} -m archc")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {called} "$@"\n')
        program.chmod(0o755)
    environment = {
        **os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "NO_COLOR": "1",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", commands], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    told = re.findall(r"^(error|warning|info)\[(ARC\d{3})\]", done.stdout + done.stderr, re.MULTILINE)
    return done.returncode, {(code, severity) for severity, code in told}


@in_shell
def test_sessions_trigger_their_code(page: Page, tmp_path: Path) -> None:
    """As the only error; the networks in them are shipped ones, on which there may be remarks."""
    code, said = said_in(page.trigger.commands, tmp_path)
    assert code == 1
    assert {each for each, severity in said if severity == "error"} == {page.code}


@in_shell
def test_mended_sessions_end_well(page: Page, tmp_path: Path) -> None:
    code, said = said_in(page.mended.commands, tmp_path)
    assert code == 0
    assert page.code not in {each for each, _ in said}
    assert "error" not in {severity for _, severity in said}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_pages_fit_a_screen_of_eighty_columns(page: Page) -> None:
    lines = shown.as_terminal(page, columns=80, color=False).splitlines()
    assert max(len(line) for line in lines if not line.startswith("    ")) <= 80
    assert max(map(len, lines)) <= 100
    assert len(lines) <= 60
    assert [line for line in lines if line in {"What", "Why", "Triggers it", "Mended"}] == [
        "What", "Why", "Triggers it", "Mended",
    ]  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_pages_are_plain_words(page: Page) -> None:
    """Headlines without a full stop; prose that ends with one; examples that differ, and are shown whole."""
    assert not page.summary.endswith(".")
    assert page.code[3] in GROUPS
    for prose in (page.what, page.why):
        assert prose.endswith((".", ".)"))
        assert "```" not in prose
    assert page.trigger != page.mended
    assert bool(page.mended.spec) == bool(page.trigger.spec)
    for example in (page.trigger, page.mended):
        printed = shown.as_terminal(page, columns=80, color=False)
        assert all(f"    {line}" in printed.splitlines() for line in (example.spec or example.commands).splitlines())


def test_codes_that_pages_mention_exist() -> None:
    assert {code for page in PAGES for code in re.findall(r"ARC\d{3}", page.text)} <= set(pages())


def test_colour_adds_nothing_but_colour() -> None:
    import click

    for page in PAGES:
        coloured = shown.as_terminal(page, columns=80, color=True)
        assert "\x1b[" in coloured
        assert click.unstyle(coloured) == shown.as_terminal(page, columns=80, color=False)
    assert click.unstyle(shown.table(PAGES, columns=80, color=True)) == shown.table(PAGES, columns=80, color=False)


PAGE = """\
# ARC999 odd-one: a line

## What

First.

## Why

- a thing
  that goes on
- another

## Triggers it

Like this:

```yaml
a: 1
```

## Mended

```sh
true
```
"""


def test_a_page_is_read_into_its_parts() -> None:
    page = parse(PAGE)
    assert (page.code, page.name, page.summary) == ("ARC999", "odd-one", "a line")
    assert (page.what, page.trigger, page.mended) == ("First.", Example(spec="a: 1\n"), Example(commands="true\n"))
    assert shown.as_terminal(page, columns=20, color=False) == (
        "ARC999 odd-one\nA line.\n\nWhat\n  First.\n\nWhy\n  - a thing that\n    goes on\n  - another\n\n"
        "Triggers it\n  Like this:\n    a: 1\n\nMended\n    true\n"
    )


@pytest.mark.parametrize(
    "broken",
    [
        PAGE.replace("# ARC999 odd-one", "# ARC999 Odd One"),
        PAGE.replace("# ARC999", "ARC999"),
        PAGE.replace("## Why", "## Because"),
        PAGE.replace("## Mended\n", ""),
        PAGE.replace("```sh\ntrue\n```", "true"),
        PAGE.replace("```sh", "```yaml\na: 2\n```\n\n```sh"),
        "",
    ],
)
def test_what_is_no_page_is_refused(broken: str) -> None:
    with pytest.raises(ValueError, match=r"a page is|an example is"):
        parse(broken)


@pytest.mark.parametrize("wanted", ["ARC312", "arc312", "312", "merge-mismatch", "Merge-Mismatch"])
def test_pages_are_found_by_code_and_by_name(wanted: str) -> None:
    assert find(wanted) == pages()["ARC312"]


def explained(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["explain", *arguments])
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out, printed.err


def test_without_a_code_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = explained(capsys)
    assert code == 0
    assert re.findall(r"^  (ARC\d{3})  ([\w-]+) +\S", out, re.MULTILINE) == [(p.code, p.name) for p in PAGES]
    assert max(map(len, out.splitlines())) <= 80
    rows = explained(capsys, "--format", "md")[1].splitlines()
    assert rows[2] == "| ARC001 | `unreadable-file` | a spec that cannot be read |"
    assert len(rows) == len(PAGES) + 2


def test_several_codes_are_explained_in_the_order_asked_and_once(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = explained(capsys, "ARC312", "unknown-op", "101")
    assert re.findall(r"^(ARC\d{3}) [a-z-]+$", out, re.MULTILINE) == ["ARC312", "ARC101"]
    assert explained(capsys, "ARC101", "--format", "md")[1] == pages()["ARC101"].text


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("merge-mismach", "did you mean `merge-mismatch`?"),
        ("unknown-opp", "did you mean `unknown-op`?"),
        ("ARC999", "there are codes from ARC001 to ARC022, ARC101 to "),
        ("313", "`archc explain` lists them all"),
        ("\x1b[31m", "\\x1b"),
    ],
)
def test_unknown_codes_are_misuse_with_a_suggestion(capsys: pytest.CaptureFixture[str], wanted: str, hint: str) -> None:
    code, out, err = explained(capsys, "ARC312", wanted)
    assert (code, out) == (2, "")
    assert hint in " ".join(err.split())
    assert "did you mean `ARC" not in err
    assert "\x1b" not in err


def test_pages_are_in_british_english_and_plain() -> None:
    """A few spellings and words that the rest of archc does not use."""
    for page in PAGES:
        assert not re.search(r"\b(?:color|behavior|initializer|normalise[sd]?)\b", page.text), page.code
