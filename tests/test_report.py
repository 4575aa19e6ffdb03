"""Findings as text and as JSON."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from archc.diagnostics import Diagnostic, Note, Where
from archc.expand import Settings
from archc.findings import Found, merged, resolve, survey
from archc.loading import load_file, load_text
from archc.report import as_json, as_text, tally
from archc.report.terminal import cells, has_color, visible

BAD = """\
archc: 1
name: bad
variants: {small: {}, large: {wide: 8}}
params: {wide: 4}
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
"""


def test_a_finding_shows_its_line_and_where_it_comes_from() -> None:
    found = survey(load_text(BAD, "bad.yaml"), Settings()).found
    assert as_text(found).splitlines() == [
        "error[ARC312]: `add` joins tensors that differ in channels: 8 and 4",
        "  --> bad.yaml:12:9",
        "   |",
        "12 |       - add: [a, b]",
        "   |         ^^^",
        "   = in `fork` (out=8), used at bad.yaml:14:5",
        "   = in variant large only",
    ]


def test_a_survey_checks_every_variant_and_says_each_thing_once() -> None:
    both = survey(load_text(BAD.replace("wide: 4", "wide: 6"), "bad.yaml"), Settings())
    assert both.networks == 2
    assert [found.diagnostic.code for found in both.found] == ["ARC312"]
    assert both.found[0].variants == ()
    one = survey(load_text(BAD, "bad.yaml"), Settings("small"))
    assert (one.networks, one.found) == (1, ())


def test_two_faults_of_one_kind_at_one_place_are_two_findings() -> None:
    text = "archc: 1\nname: n\ninputs: {x: [4, 8]}\nsteps: [{Conv1d: {out_channels: 0, kernel_size: 1}}]\n"
    loaded = load_text(text, "f.yaml")
    where = Where("f.yaml", ("steps", 0))
    twice = replace(loaded, findings=(Diagnostic("ARC000", "first", where), Diagnostic("ARC000", "second", where)))
    assert [each.diagnostic.message for each in survey(twice, Settings()).found][:2] == ["first", "second"]


def test_a_case_that_names_what_is_not_there_is_found() -> None:
    cases = "check: [{variant: smal, sizes: {h: 3}}, {variant: small, sizes: {H: 33}}]\n"
    found = survey(load_text(BAD + cases, "f.yaml"), Settings("small")).found
    assert [(each.diagnostic.code, each.diagnostic.help) for each in found] == [
        ("ARC111", "did you mean `small`?"),
        ("ARC118", "did you mean `H`?"),
    ]


def test_a_library_of_blocks_is_checked_without_a_network() -> None:
    library = "archc: 1\nname: lib\nblocks: {b: {steps: [relu]}}\n"
    assert survey(load_text(library), Settings()).found == ()
    found = survey(load_text(library.replace("relu", "reluu")), Settings()).found
    assert [each.diagnostic.help for each in found] == ["did you mean `relu`?"]
    wrong = survey(load_text(library), Settings("v")).found
    assert [each.diagnostic.code for each in wrong] == ["ARC111"]


def test_a_fault_in_a_shared_library_counts_once(tmp_path: Path) -> None:
    (tmp_path / "lib.yaml").write_text("archc: 1\nname: lib\nblocks: {b: {steps: [reluu]}}\n")
    for name in ("one", "two"):
        text = f"archc: 1\nname: {name}\nuse: {{lib: lib.yaml}}\ninputs: {{x: [4]}}\nsteps: [lib.b]\n"
        (tmp_path / f"{name}.yaml").write_text(text)
    surveys = [survey(load_file(str(tmp_path / f"{name}.yaml")), Settings()) for name in ("one", "two")]
    codes = [found.diagnostic.code for found in merged(surveys)]
    assert codes.count("ARC101") == 1


def test_findings_come_in_file_order() -> None:
    text = "archc: 1\nname: n\ninputs: {x: [4]}\nblocks: {b: {steps: [no1]}}\nsteps: [no2, no3]\nbad: 1\n"
    found = survey(load_text(text, "f.yaml"), Settings()).found
    lines = [each.place.line for each in found if each.place]
    assert lines == sorted(lines)
    assert len(lines) >= 4


def test_json_is_a_list_of_flat_records() -> None:
    text = "archc: 1\nname: n\ninputs: {x: [4]}\nsteps: [{Linear: {out_features: 3, bais: true}}]\n"
    (record,) = json.loads(as_json(survey(load_text(text, "f.yaml"), Settings()).found))
    assert record == {
        "code": "ARC102",
        "severity": "error",
        "message": "`Linear` has no argument `bais`",
        "file": "f.yaml",
        "line": 4,
        "column": 36,
        "path": "steps.0.Linear.bais",
        "help": "did you mean `bias`?",
    }
    assert json.loads(as_json([])) == []


def test_what_is_about_a_whole_file_has_no_line() -> None:
    found = survey(load_file("/nowhere/net.yaml"), Settings()).found
    assert as_text(found).splitlines()[1].strip() == "--> /nowhere/net.yaml"
    assert json.loads(as_json(found))[0]["line"] == 1


def test_notes_line_up_with_their_places() -> None:
    loaded = load_text("archc: 1\nname: n\n", "f.yaml")
    notes = (
        Note("a  3 x 4", Where("f.yaml", ("name",))),
        Note("longer  5", Where("f.yaml", ("archc",))),
        Note("plain"),
    )
    finding = Diagnostic("ARC000", "odd", Where("f.yaml", ("name",)), "warning", notes, "mend it")
    shown = as_text(resolve(loaded, [finding]))
    assert "  = a  3 x 4   f.yaml:2:7\n  = longer  5  f.yaml:1:8\n  = plain\n  = help: mend it\n" in shown
    assert shown.startswith("warning[ARC000]: odd\n --> f.yaml:2:7\n")


def test_long_stacks_are_cut() -> None:
    stack = tuple(Note(f"in `b{at}`") for at in range(9))
    shown = as_text([Found(Diagnostic("ARC000", "odd", Where("f.yaml"), stack=stack), None, None)])
    assert "= in `b8`" in shown
    assert "in `b3`" not in shown
    assert "= ... and 5 uses further out" in shown


def test_no_more_than_a_hundred_findings_are_printed() -> None:
    found = [Found(Diagnostic("ARC000", f"m{at}", Where("f.yaml")), None, None) for at in range(130)]
    shown = as_text(found)
    assert shown.count("error[") == 100
    assert shown.endswith("... and 30 more findings\n")


def test_the_tally_counts_by_severity() -> None:
    def found(severity: str, file: str) -> Found:
        return Found(Diagnostic("ARC000", "m", Where(file), severity), None, None)  # type: ignore[arg-type]

    assert tally([]) == "no findings"
    assert tally([found("error", "a")]) == "1 error in 1 file"
    assert tally([found("error", "a"), found("warning", "b"), found("info", "b"), found("info", "b")]) == (
        "1 error, 1 warning and 2 remarks in 2 files"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\tb\nc\r", "a\\tb\\nc\\r"),
        ("\x9b\x7f\u202e", "\\x9b\\x7f\\u202e"),
        ("größe 大", "größe 大"),
    ],
)
def test_control_characters_are_shown_not_sent(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_nothing_from_a_finding_reaches_the_terminal_raw() -> None:
    evil = "\x1b]0;x\x07\x9b2J"
    note = Note(evil, Where(evil))
    finding = Diagnostic("ARC000", evil, Where(evil), "error", (note,), evil, (evil, Note(evil)))
    assert not set(as_text([Found(finding, None, None, variants=(evil,))])) & set("\x1b\x07\x9b")


def test_carets_stand_under_wide_characters_and_tabs() -> None:
    loaded = load_text('archc: 1\nname: n\ntitle: "大大"\nbad: 1\n', "f.yaml")
    finding = Diagnostic("ARC000", "m", Where("f.yaml", ("title",)))
    lines = as_text(resolve(loaded, [finding])).splitlines()
    assert lines[3:5] == ['3 | title: "大大"', "  |        ^^^^^^"]
    assert cells("a\u0301b") == 2


def test_a_long_line_is_cut_around_the_place() -> None:
    text = f"archc: 1\nname: n\ninputs: {{x: [4]}}\nsteps: [{'relu, ' * 500}reluu, {'relu, ' * 500}relu]\n"
    found = survey(load_text(text, "f.yaml"), Settings()).found
    source, carets = as_text(found).splitlines()[3:5]
    assert len(source) < 200
    start = carets.index("^")
    assert source[start : start + 5] == "reluu"


class Terminal:
    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals_and_can_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert has_color(Terminal())  # type: ignore[arg-type]
    monkeypatch.setenv("TERM", "dumb")
    assert not has_color(Terminal())  # type: ignore[arg-type]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert has_color(Terminal())  # type: ignore[arg-type]
    monkeypatch.setenv("NO_COLOR", "1")
    assert not has_color(Terminal())  # type: ignore[arg-type]


def test_colour_adds_nothing_but_colour() -> None:
    import click

    found = survey(load_text(BAD, "bad.yaml"), Settings()).found
    assert "\x1b[" in as_text(found, color=True)
    assert click.unstyle(as_text(found, color=True)) == as_text(found)
