"""Findings as text; `test_formats.py` has the formats for programs."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from archc.diagnostics import Diagnostic, Note, Where
from archc.expand import Settings
from archc.findings import Found, merged, resolve, survey
from archc.loading import load_file, load_text
from archc.report.terminal import cells, encodable, has_color, visible
from archc.report.text import as_text, tally

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
        "   = a  8 x 32 x 32  Conv2d(out_channels=8, kernel_size=1)  bad.yaml:10:10",
        "   = b  4 x 32 x 32  Conv2d(out_channels=4, kernel_size=1)  bad.yaml:11:10",
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


def test_what_is_about_a_whole_file_has_no_line() -> None:
    found = survey(load_file("/nowhere/net.yaml"), Settings()).found
    assert as_text(found).splitlines()[1].strip() == "--> /nowhere/net.yaml"


def test_notes_line_up_with_their_places() -> None:
    loaded = load_text("archc: 1\nname: n\n", "f.yaml")
    notes = (
        Note("a  3 x 4", Where("f.yaml", ("name",))),
        Note("longer  5", Where("f.yaml", ("archc",))),
        Note("plain"),
    )
    finding = Diagnostic("ARC000", "odd", Where("f.yaml", ("name",)), "warning", notes, "mend it")
    shown = as_text(resolve(loaded, [finding]))
    assert "  = a       3 x 4  f.yaml:2:7\n  = longer  5      f.yaml:1:8\n  = plain\n  = help: mend it\n" in shown
    assert shown.startswith("warning[ARC000]: odd\n --> f.yaml:2:7\n")


def test_long_stacks_are_cut_in_the_middle() -> None:
    """The innermost uses and the outermost, which is the author's own step, stay."""

    def remarks(uses: int) -> list[str]:
        stack = tuple(Note(f"in `b{at}`") for at in range(uses))
        shown = as_text([Found(Diagnostic("ARC000", "odd", Where("f.yaml"), stack=stack), None, None)])
        return [line.strip().removeprefix("= ") for line in shown.splitlines()[2:]]

    assert remarks(9) == ["in `b8`", "in `b7`", "in `b6`", "... 5 uses between", "in `b0`"]
    assert remarks(6) == ["in `b5`", "in `b4`", "in `b3`", "... 2 uses between", "in `b0`"]
    assert remarks(5) == [f"in `b{at}`" for at in (4, 3, 2, 1, 0)]


def test_an_op_is_told_what_it_is_fed_and_by_which_port() -> None:
    text = """\
archc: 1
name: n
inputs: {q: [6, 8], k: [7, 8], v: [5, 8]}
steps:
  - {Linear: 8, from: q, as: queries}
  - {MultiheadAttention: 2, from: {query: queries, key: k, value: v}}
"""
    shown = as_text(survey(load_text(text, "f.yaml"), Settings()).found)
    assert (
        "  = query: queries  6 x 8  Linear(out_features=8)  f.yaml:5:6\n"
        "  = key: k          7 x 8  input                   f.yaml:3:21\n"
        "  = value: v        5 x 8  input                   f.yaml:3:32\n"
    ) in shown


def test_a_fault_of_a_later_round_says_which() -> None:
    text = """\
archc: 1
name: n
inputs: {x: [3, H=32, W=32]}
steps:
  - repeat: {i: 6}
    chain: [{Conv2d: {out_channels: 2 ** i, kernel_size: 3}}, {MaxPool2d: 2}]
"""
    (found,) = survey(load_text(text, "f.yaml"), Settings()).found
    assert [note.text for note in found.diagnostic.notes] == [
        "5  4 x 2 x 2  MaxPool2d(kernel_size=2)",
        "in round 4 of 6 (i=3)",
    ]
    again = text.replace("2 ** i", "0").replace("i: 6", "i: 3")
    (found,) = survey(load_text(again, "f.yaml"), Settings()).found
    assert not any("round" in note.text for note in found.diagnostic.notes)


def test_a_block_or_a_chain_that_feeds_an_op_is_told_as_such() -> None:
    text = """\
archc: 1
name: n
inputs: {x: [4]}
blocks: {wide: {params: {out: 8}, steps: [Linear: out, ReLU]}}
steps:
  - add: {a: {wide: {}}, b: [ReLU, Linear: 3]}
"""
    (found,) = survey(load_text(text, "f.yaml"), Settings()).found
    assert [note.text for note in found.diagnostic.notes] == ["a  8  wide(out=8)", "b  3  Linear(out_features=3)"]


def test_what_only_keeps_a_shape_is_passed_over() -> None:
    """A merge is told which layer made its tensors as they are, not which normalization came last."""
    text = """\
archc: 1
name: n
inputs: {x: [4, H=8, W=8]}
steps:
  - {Conv2d: {out_channels: 6, kernel_size: 1}, as: conv}
  - {BatchNorm2d: {}, as: bn}
  - {ReLU: {}, as: act}
  - add: [act, x]
"""
    (found,) = survey(load_text(text, "f.yaml"), Settings()).found
    assert [note.text for note in found.diagnostic.notes] == [
        "act  6 x 8 x 8  Conv2d(out_channels=6, kernel_size=1)",
        "x  4 x 8 x 8  input",
    ]
    assert [found.place_of(note.where).line for note in found.diagnostic.notes] == [5, 3]


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


@pytest.mark.parametrize("columns", [20, 60, 80, 120, 200, None])
def test_source_lines_fit_the_terminal_and_show_the_place(columns: int | None) -> None:
    steps = ", ".join(f"s{at}" for at in range(60))
    text = f"archc: 1\nname: n\ninputs: {{x: [4]}}\nsteps: [{steps}]\n"
    found = survey(load_text(text, "f.yaml"), Settings()).found
    assert len(found) == 60
    for at, each in enumerate(found):
        _, _, _, source, carets, *_ = as_text([each], columns=columns).splitlines()
        assert len(source) <= min(max(columns or 160, 44), 160)
        assert source[carets.index("^") : carets.rindex("^") + 1] == f"s{at}"


def test_a_long_text_is_marked_as_far_as_it_is_shown() -> None:
    text = f"archc: 1\nname: n\ninputs: {{x: [4]}}\nsteps: [{'a' * 500}]\n"
    source, carets = as_text(survey(load_text(text, "f.yaml"), Settings()).found, columns=80).splitlines()[3:5]
    assert len(source) <= 80
    assert len(carets) <= 80


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


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("a × b ─ café 😀", "utf-8", "a × b ─ café 😀"),
        ("a × b ─ café 😀", "UTF_8", "a × b ─ café 😀"),
        ("a × b ─ café 😀", "ascii", "a x b - caf\\u00e9 \\ud83d\\ude00"),
        ("a × b ─ café", "cp1252", "a x b - caf\\u00e9"),
        ("plain", "ascii", "plain"),
    ],
)
def test_a_stream_without_utf_8_gets_ascii(text: str, encoding: str, shown: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert encodable(text, stream) == shown
    assert encodable(text, None) == text
