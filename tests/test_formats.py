"""The formats of `archc check` for other programs: JSON, annotations of GitHub workflows, and SARIF."""

from __future__ import annotations

import io
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import get_args
from urllib.parse import unquote

import jsonschema
import pytest

from archc.cli import main
from archc.cli.check import command
from archc.diagnostics import Confidence, Diagnostic, Edit, Fix, Note, Severity, Where
from archc.expand import Settings
from archc.findings import Found, resolve, survey
from archc.fixes.changes import apply_changes
from archc.loading import load_file, load_text
from archc.report.formats import FORMATS, formatted
from archc.report.github import as_github
from archc.report.paths import from_root, repository
from archc.report.records import as_json
from archc.report.sarif import LEVELS, RANKS, ROOT, as_sarif

HERE = Path.cwd()
SCHEMA = Path(__file__).parent / "data" / "sarif-2.1.0.json"
BAD = """\
archc: 1
name: bad
params: {wide: 4}
variants: {small: {}, large: {wide: 8}}
inputs: {image: [3, H=32, W=32]}
blocks:
  fork:
    params: {out: int}
    steps:
      - {Conv2d: {out_channels: out, kernel_size: 1}, as: a}
      - {Conv2d: {out_channels: 4, kernel_size: 1}, as: b, from: input}
      - add: [a, b]
steps:
  - fork: wide
  - {Linaer: 3}
"""


def found_in(text: str, file: str = "bad.yaml") -> tuple[Found, ...]:
    return survey(load_text(text, file), Settings()).found


def some(finding: Diagnostic, text: str = BAD) -> tuple[Found, ...]:
    return resolve(load_text(text, finding.where.file), [finding])


def with_everything(file: str = "bad.yaml") -> tuple[Found, ...]:
    """A finding with all that a finding may have."""
    notes = (Note("a  8", Where(file, ("name",))), Note("nowhere in particular"))
    stack = ("in the network", Note("in `fork`", Where(file, ("steps", 0, "fork"))))
    fixes = (
        Fix("call it `Linear`", (Edit(Where(file, ("steps", 1, "Linaer"), on_key=True), "replace", "Linear"),), safe=True),
        Fix("take it out", (Edit(Where(file, ("steps", 1)), "remove"),)),
        Fix("change what is not there", (Edit(Where(file, ("steps", 9)), "remove"),)),
    )  # fmt: skip
    where = Where(file, ("steps", 1, "Linaer"), on_key=True)
    return some(Diagnostic("ARC101", "odd", where, "warning", notes, "mend it", stack, "medium", fixes))


# JSON


def test_json_has_every_fact_of_a_finding() -> None:
    (record,) = json.loads(as_json(with_everything()))
    place = {"file": "bad.yaml", "line": 2, "column": 7, "end_line": 2, "end_column": 10}
    use = {"file": "bad.yaml", "line": 14, "column": 11, "end_line": 14, "end_column": 15}
    assert record == {
        "code": "ARC101",
        "name": "unknown-op",
        "severity": "warning",
        "confidence": "medium",
        "message": "odd",
        "file": "bad.yaml",
        "line": 15,
        "column": 6,
        "end_line": 15,
        "end_column": 12,
        "path": "steps.1.Linaer",
        "help": "mend it",
        "notes": [{"text": "a  8", "place": place}, {"text": "nowhere in particular", "place": None}],
        "stack": [{"text": "in the network", "place": None}, {"text": "in `fork`", "place": use}],
        "fixes": [
            {
                "title": "call it `Linear`",
                "safe": True,
                "edits": [
                    {"file": "bad.yaml", "line": 15, "column": 6, "end_line": 15, "end_column": 12, "text": "Linear"}
                ],
            },
            {
                "title": "take it out",
                "safe": False,
                "edits": [{"file": "bad.yaml", "line": 15, "column": 1, "end_line": 16, "end_column": 1, "text": ""}],
            },
            {"title": "change what is not there", "safe": False, "edits": []},
        ],
        "variants": [],
    }


def test_json_names_the_variants_that_a_finding_holds_for() -> None:
    records = {record["code"]: record for record in json.loads(as_json(found_in(BAD)))}
    assert records["ARC312"]["variants"] == ["large"]
    assert records["ARC101"]["variants"] == []


def test_json_of_nothing_is_an_empty_list() -> None:
    assert json.loads(as_json([])) == []


def test_what_is_about_a_whole_file_stands_at_its_beginning() -> None:
    (record,) = json.loads(as_json(survey(load_file("/nowhere/net.yaml"), Settings()).found))
    assert (record["line"], record["column"], record["end_line"], record["end_column"]) == (1, 1, 1, 1)


def test_edits_make_the_text_that_fixing_would_make() -> None:
    """Read back from the JSON by lines and columns alone."""
    (found,) = with_everything()
    (record,) = json.loads(as_json([found]))
    starts = [0, *(match.end() for match in re.finditer("\n", BAD))]
    for fix, changes in zip(record["fixes"], found.changes, strict=True):
        text = BAD
        for edit in fix["edits"]:
            start = starts[edit["line"] - 1] + edit["column"] - 1
            end = starts[edit["end_line"] - 1] + edit["end_column"] - 1
            text = text[:start] + edit["text"] + text[end:]
        assert text == apply_changes(BAD, changes)
    assert apply_changes(BAD, found.changes[0]) == BAD.replace("Linaer", "Linear")


# GitHub


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Annotations as the runner reads them: a command, its properties, and the message."""
    read: list[tuple[str, dict[str, str], str]] = []
    for line in text.splitlines():
        if line.startswith("::"):
            head, _, data = line[2:].partition("::")
            name, _, properties = head.partition(" ")
            pairs = dict(pair.split("=", 1) for pair in properties.split(","))
            read.append((name, {key: _read(value) for key, value in pairs.items()}, _read(data)))
    return read


def _read(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_annotations_say_where_and_what() -> None:
    merge, op = commands(as_github(found_in(BAD), HERE))
    assert op == (
        "error",
        {
            "file": "bad.yaml",
            "line": "15",
            "endLine": "15",
            "col": "6",
            "endColumn": "12",
            "title": "ARC101 unknown-op",
        },
        "bad.yaml:15:6: unknown op or block `Linaer`\nhelp: did you mean `Linear`?",
    )
    lines = merge[2].splitlines()
    assert lines[0] == "bad.yaml:12:9: `add` joins tensors that differ in channels: 8 and 4"
    assert lines[-2:] == ["in `fork` (out=8), used at bad.yaml:14:5", "in variant large only"]


@pytest.mark.parametrize(("severity", "name"), [("error", "error"), ("warning", "warning"), ("info", "notice")])
def test_severities_are_those_of_the_runner(severity: Severity, name: str) -> None:
    assert commands(as_github(some(Diagnostic("ARC101", "m", Where("bad.yaml"), severity)), HERE))[0][0] == name


def test_nothing_in_a_finding_can_end_its_command_or_begin_another() -> None:
    evil = "100%0A::error::, a: b\n::set-output x=1::\r\x1b[31m"
    name = "a,b:c%2C\n::stop::.yaml"
    text = as_github([Found(Diagnostic("ARC101", evil, Where(name), notes=(Note(evil),), help=evil), None, None)], HERE)
    assert len(text.splitlines()) == 1
    assert "\x1b" not in text
    ((command, properties, message),) = commands(text)
    assert (command, set(properties)) == ("error", {"file", "title"})
    assert properties["file"] == name
    assert message.splitlines()[0].endswith(r"100%0A::error::, a: b\n::set-output x=1::\r\x1b[31m")


def test_standard_input_is_told_in_words_since_no_file_can_be_marked() -> None:
    ((_, properties, message),) = commands(as_github(found_in(BAD.replace("wide: 8", "wide: 4"), "<stdin>"), HERE))
    assert properties == {"title": "ARC101 unknown-op"}
    assert message.startswith("<stdin>:15:6: unknown op or block `Linaer`")


def test_a_hundred_annotations_then_a_count() -> None:
    found = [Found(Diagnostic("ARC101", f"m{at}", Where("f.yaml")), None, None) for at in range(130)]
    text = as_github(found, HERE)
    assert text.count("::error ") == 100
    assert text.endswith("\n... and 30 more findings")
    assert len(json.loads(as_json(found))) == 130
    assert len(json.loads(as_sarif(found, HERE))["runs"][0]["results"]) == 130


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("/repo/specs/net.yaml", "specs/net.yaml"),
        ("/repo/a/../net.yaml", "net.yaml"),
        ("/repository/net.yaml", None),
        ("/elsewhere/net.yaml", None),
        ("<stdin>", None),
        ("nul\0.yaml", None),
    ],
)
def test_paths_start_at_the_root(file: str, shown: str | None) -> None:
    assert from_root(file, Path("/repo")) == shown


def test_paths_start_where_the_workflow_has_its_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    assert from_root("net.yaml", repository()) == "net.yaml"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert from_root("net.yaml", repository()) == "sub/net.yaml"


# SARIF


@cache
def validator() -> jsonschema.Draft4Validator:
    return jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def run_of(found: tuple[Found, ...], root: Path = HERE) -> dict:
    """The one run of a log that holds to the schema."""
    log = json.loads(as_sarif(found, root))
    assert [error.message for error in validator().iter_errors(log)] == []
    (run,) = log["runs"]
    return run


def test_the_schema_refuses_what_is_no_log() -> None:
    log = json.loads(as_sarif(with_everything(), HERE))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not validator().is_valid(log)
    assert not validator().is_valid({"version": "2.1.0"})


def test_logs_hold_to_the_schema() -> None:
    assert run_of(())["results"] == []
    assert len(run_of(found_in(BAD))["results"]) == 2
    for text in ("archc: 1\nname: [", "archc: 2\n", "", "archc: 1\nname: n\ninputs: {x: [8]}\nsteps: [a, b, c]\n"):
        assert run_of(found_in(text))["results"]
    assert run_of(survey(load_file("/nowhere/net.yaml"), Settings()).found)["results"]


def test_every_finding_points_to_its_rule() -> None:
    run = run_of(found_in(BAD))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["ARC101", "ARC312"]
    assert [rules[each["ruleIndex"]]["id"] for each in run["results"]] == [e["ruleId"] for e in run["results"]]
    assert rules[1]["name"] == "merge-mismatch"
    assert rules[1]["shortDescription"]["text"] == "tensors that cannot be joined"
    assert rules[1]["help"]["markdown"].startswith("# ARC312 merge-mismatch: ")
    assert "broadcast: true" in rules[1]["help"]["text"]


def test_a_code_without_a_page_is_a_rule_without_help() -> None:
    assert run_of(some(Diagnostic("ARC000", "m", Where("bad.yaml"))))["tool"]["driver"]["rules"] == [
        {"id": "ARC000", "name": "ARC000"}
    ]


def test_sarif_has_every_fact_of_a_finding() -> None:
    (result,) = run_of(with_everything())["results"]
    artifact = {"uri": "bad.yaml", "uriBaseId": ROOT}
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": artifact,
        "region": {"startLine": 15, "startColumn": 6, "endColumn": 12},
    }
    assert (result["level"], result["rank"]) == ("warning", 60.0)
    assert result["message"]["text"] == "odd\nnowhere in particular\nin the network\nhelp: mend it"
    assert result["properties"] == {"confidence": "medium", "path": "steps.1.Linaer"}
    related = [
        (each["id"], each["message"]["text"], each["physicalLocation"]["region"]["startLine"])
        for each in result["relatedLocations"]
    ]
    assert related == [(1, "a  8", 2), (2, "in `fork`", 14)]


def test_fixes_are_replacements_where_the_text_allows_them() -> None:
    (result,) = run_of(with_everything())["results"]
    first, second = result["fixes"]
    assert first == {
        "description": {"text": "call it `Linear`"},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": "bad.yaml", "uriBaseId": ROOT},
                "replacements": [
                    {
                        "deletedRegion": {"startLine": 15, "startColumn": 6, "endLine": 15, "endColumn": 12},
                        "insertedContent": {"text": "Linear"},
                    }
                ],
            }
        ],
    }
    assert second["description"]["text"] == "take it out"


def test_levels_and_ranks_cover_all_there_are() -> None:
    assert set(LEVELS) == set(get_args(Severity))
    assert set(RANKS) == set(get_args(Confidence))


def test_variants_are_among_the_properties() -> None:
    merge = next(each for each in run_of(found_in(BAD))["results"] if each["ruleId"] == "ARC312")
    assert merge["properties"]["variants"] == ["large"]


@pytest.mark.parametrize("name", ["a b.yaml", "größe.yaml", "50%.yaml", "q?#x.yaml", "sub/a+b&c.yaml", "c:d.yaml"])
def test_paths_are_relative_uris(name: str) -> None:
    (result,) = run_of(some(Diagnostic("ARC101", "m", Where(name))))["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri) == name
    assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", uri)


def test_files_elsewhere_and_standard_input_are_told_apart() -> None:
    (outside,) = run_of(some(Diagnostic("ARC101", "m", Where("/else where/net.yaml"))), Path("/repo"))["results"]
    assert outside["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///else%20where/net.yaml"}
    (stdin,) = run_of(some(Diagnostic("ARC101", "m", Where("<stdin>"))))["results"]
    assert stdin["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "%3Cstdin%3E",
        "description": {"text": "standard input"},
    }


def test_text_from_a_spec_makes_no_link() -> None:
    (result,) = run_of(some(Diagnostic("ARC101", "unknown op `[click](https://x.y)`, not [3, 4]", Where("f.yaml"))))[
        "results"
    ]
    assert result["message"]["text"] == "unknown op `\\[click](https://x.y)`, not [3, 4]"


def test_columns_count_characters() -> None:
    """As places do; the default of SARIF is UTF-16 units."""
    text = 'archc: 1\nname: n\ntitle: "😀"\ninputs: {"x😀": [4]}\nsteps: [ReLU]\n'
    run = run_of(found_in(text))
    assert run["columnKind"] == "unicodeCodePoints"
    (result,) = run["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    line = text.splitlines()[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == '"x😀"'


# The command


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["check", *arguments])
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out, printed.err


def test_the_command_offers_every_format() -> None:
    (option,) = (each for each in command.params if each.name == "format_")
    assert tuple(option.type.choices) == FORMATS


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_prints_standard_input_and_fails(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
    code, out, err = check(capsys, "-", "--format", name)
    assert (code, err) == (1, "")
    assert "Linaer" in out
    assert "stdin" in out
    if name in {"json", "sarif"}:
        json.loads(out)
    else:
        assert out.endswith(".\n")
        assert "Checked 1 file (2 networks): 2 errors in 1 file" in out


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_something_to_say_of_nothing(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "net.yaml").write_text("archc: 1\nname: net\ninputs: {x: [8]}\nsteps: [Linear: 4]\n")
    code, out, err = check(capsys, str(tmp_path / "net.yaml"), "--format", name)
    assert (code, err) == (0, "")
    assert json.loads(out) is not None if name in {"json", "sarif"} else "no findings" in out


def test_the_same_spec_gives_the_same_words() -> None:
    for name in FORMATS:
        assert formatted(found_in(BAD), name) == formatted(found_in(BAD), name)


def test_findings_of_one_place_are_in_the_order_of_their_codes() -> None:
    where = Where("bad.yaml", ("steps", 0))
    found = resolve(
        load_text(BAD, "bad.yaml"), [Diagnostic(code, "m", where) for code in ("ARC312", "ARC101", "ARC204")]
    )
    assert [each.diagnostic.code for each in found] == ["ARC101", "ARC204", "ARC312"]
