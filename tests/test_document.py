"""Documents: what YAML means here, what it may not contain, and that every place is exact."""

import json
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from archc import document
from archc.diagnostics import Diagnostic, Place, SpecError, Where
from archc.document import builder
from archc.suggest import suggest

SPEC = """\
archc: 1
name: tiny   # a comment
params:
  depth: {type: int, default: 2}
steps:
  - {Conv2d: {out_channels: width * 2, kernel_size: 3}, as: "stem{i + 1}"}
  - relu
  - add: [a, 'it''s wdth']
    when: depth > 0
  - Sequential:
      - Linear: 10
empty:
text: |
  several
  lines
"""


def parsed(text):
    return document.parse(text, "net.yaml")


def at(doc, *route, on_key=False, at=0, length=None):
    """The text at a place, and its line."""
    place = doc.place(Where("net.yaml", route, on_key, at, length))
    return doc.lines[place.line - 1][place.column - 1 : place.end_column - 1], place.line


def findings(text):
    """Each finding's code and message with the text that it marks."""
    doc = parsed(text)
    return [(found.code, found.message, marked(doc, found.where)) for found in doc.diagnostics]


def marked(doc, where):
    place = doc.place(where)
    return f"{place.line}:{place.column} {doc.lines[place.line - 1][place.column - 1 : place.end_column - 1]}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("off", "off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("010", 10),
        ("-7", -7),
        ("+7", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b1", "0b1"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e-3", 0.001),
        ("1e3", 1000.0),
        ("-.inf", float("-inf")),
        ("1.2.3", "1.2.3"),
        ("nan", "nan"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("width * 2 ** i", "width * 2 ** i"),
        ("[3, H=224, W=224]", [3, "H=224", "W=224"]),
        ("[]", []),
        ("{}", {}),
    ],
)
def test_core_schema(text, value):
    doc = parsed(f"key: {text}\n")
    assert doc.diagnostics == ()
    assert doc.data == {"key": value}
    assert type(doc.data["key"]) is type(value)


def test_not_a_number():
    (finding,) = parsed("key: .nan").diagnostics
    assert finding.message == "`.nan` is no number of the language"


def test_places_of_values_and_keys():
    doc = parsed(SPEC)
    assert doc.diagnostics == ()
    assert at(doc, "name") == ("tiny", 2)
    assert at(doc, "name", on_key=True) == ("name", 2)
    assert at(doc, "params", "depth") == ("{type: int, default: 2}", 4)
    assert at(doc, "steps", on_key=True) == ("steps", 5)
    assert at(doc, "steps") == ("-", 6)
    assert at(doc, "steps", 0, "Conv2d", "kernel_size") == ("3", 6)
    assert at(doc, "steps", 1) == ("relu", 7)
    assert at(doc, "steps", 2) == ("add", 8)
    assert at(doc, "steps", 2, "add", 1) == ("'it''s wdth'", 8)
    assert at(doc, "steps", 3, "Sequential", 0, "Linear") == ("10", 11)
    assert at(doc, "text") == ("|", 13)
    assert at(doc, "empty") == ("empty", 12)


def test_places_inside_a_scalar():
    doc = parsed(SPEC)
    assert at(doc, "steps", 0, "Conv2d", "out_channels", at=8, length=1) == ("2", 6)
    assert at(doc, "steps", 0, "as", at=5, length=5) == ("i + 1", 6)
    assert at(doc, "steps", 2, "add", 1, at=5, length=4) == ("wdth", 8)
    assert at(doc, "steps", 2, "add", 1, at=2, length=1) == ("''", 8)
    assert doc.place(Where("net.yaml", ("name",), at=4, length=1)) == Place("net.yaml", 2, 11, 12)
    assert at(doc, "text", at=3, length=2) == ("|", 13)
    escaped = parsed('key: "\\t\\x41\\u0041\\U00000041 wdth"')
    assert at(escaped, "key", at=5, length=4) == ("wdth", 1)


def test_a_missing_place_is_the_nearest_around_it():
    doc = parsed(SPEC)
    assert at(doc, "steps", 0, "Conv2d", "padding") == ("Conv2d", 6)
    assert at(doc, "steps", 2, "as") == ("add", 8)
    assert at(doc, "params", "depth", "default", "x") == ("default", 4)
    assert at(doc, "outputs", "logits") == ("archc", 1)
    assert parsed("").place(Where("net.yaml", ("steps",))) == Place("net.yaml", 1, 1, 2)


def test_a_value_over_several_lines_is_marked_on_its_first():
    doc = parsed("key: [1,\n  2]\nfolded: two\n  words\n")
    assert at(doc, "key") == ("[1,", 1)
    assert at(doc, "key", 1) == ("2", 2)
    assert at(doc, "folded") == ("two", 3)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_way(end):
    doc = parsed("\ufeff" + SPEC.replace("\n", end))
    assert at(doc, "steps", 2, "when", at=6, length=1) == (">", 9)


def test_quoted_scalars_are_told_from_plain_ones():
    doc = parsed(SPEC)
    assert doc.quoted(("steps", 0, "as"))
    assert doc.quoted(("text",))
    assert not doc.quoted(("steps", 1))
    assert not doc.quoted(("steps",))
    assert not doc.quoted(("nothing",))


def test_a_duplicate_key_does_not_stop_the_reading():
    doc = parsed("a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert doc.data == {"a": 1, "b": {"c": 1}}
    first, second = doc.diagnostics
    assert (first.code, first.message, marked(doc, first.where)) == ("ARC003", "the key `c` is given twice", "2:11 c")
    assert (second.message, marked(doc, second.where)) == ("the key `a` is given twice", "3:1 a")
    assert marked(doc, second.notes[0].where) == "1:1 a"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: &x 1", [("ARC004", "anchors are not part of the language: `&x`", "1:4 &x")]),
        ("a: !!int 1", [("ARC004", "tags are not part of the language: `!!int`", "1:4 !!int")]),
        (
            "a: !t &x {}",
            [
                ("ARC004", "tags are not part of the language: `!t`", "1:4 !t"),
                ("ARC004", "anchors are not part of the language: `&x`", "1:7 &x"),
            ],
        ),
        ("%TAG ! tag:x:\n---\na: 1", [("ARC004", "tags are not part of the language", "1:1 %TAG ! tag:x:")]),
        ("1: a", [("ARC004", "the key `1` is a number; keys are text", "1:1 1")]),
        ("true: a", [("ARC004", "the key `true` is true or false; keys are text", "1:1 true")]),
    ],
)
def test_outside_the_subset_but_readable(text, found):
    assert findings(text) == found
    assert parsed(text).data is not None


@pytest.mark.parametrize(
    ("text", "code", "message", "mark"),
    [
        ("a: *x", "ARC004", "aliases are not part of the language: `*x`", "1:4 *x"),
        ("*x : 1", "ARC004", "aliases are not part of the language: `*x`", "1:1 *x"),
        ("<<: {a: 1}", "ARC004", "merge keys are not part of the language", "1:1 <<"),
        ("? [a]\n: b", "ARC004", "a list or mapping cannot be a key", "1:3 ["),
        ("~: a", "ARC004", "a key is missing before the `:`", "1:1 ~"),
        ("a: 1\n---\nb: 2", "ARC004", "a spec is one YAML document; another one starts here", "2:1 ---"),
        ("a: 1\n...\nb: 2", "ARC004", "a spec is one YAML document", "3:1 b"),
        ("a: !x!y 1", "ARC004", "tags are not part of the language", "1:4 !"),
        ('a: "\\x1b[1m"', "ARC004", "an escape for a control character", '1:4 "\\x1b[1m"'),
        ("a: b\x07c", "ARC004", "a control character, U+0007", "1:5 \x07"),
        ("a: b\u202ec", "ARC004", "a control character, U+202E", "1:5 \u202e"),
        (f"a: {2**62}", "ARC005", "a number too large: whole numbers stay below 2 ** 62", f"1:4 {2**62}"),
        ("a: 1e999", "ARC005", "a number too large: whole numbers stay below 2 ** 62", "1:4 1e999"),
        ("a: " + "[" * 64, "ARC005", "values nest at most 64 deep", "1:67 ["),
        ("", "ARC002", "the file is empty", "1:1 "),
        ("# nothing\n", "ARC002", "the file is empty", "1:1 #"),
        ("- a\n- b", "ARC002", "a spec is a mapping, of keys to values", "1:1 -"),
        ("just words", "ARC002", "a spec is a mapping, of keys to values", "1:1 just words"),
        ("a:\n\t- b", "ARC002", "a tab cannot indent", "2:1 \t"),
        ("a: b: c", "ARC002", "a `:` cannot stand here", "1:5 :"),
        ("a: [1,\nb: 2", "ARC002", "`[` is never closed", "1:4 ["),
        ("a: {b: 1\nc: 2}", "ARC002", "expected `,` or `}`", "2:2 :"),
        ("a: {b: [c}", "ARC002", "expected `,` or `]`", "1:10 }"),
        ("a: 'b\nc: d", "ARC002", "a quote is never closed", "1:4 '"),
        ("a: [b]]", "ARC002", "unexpected `]`", "1:7 ]"),
        ("a: }", "ARC002", "unexpected `}`", "1:4 }"),
        ("a: @b", "ARC002", "a value cannot start with `@`", "1:4 @"),
        ("a: * 2", "ARC002", "a value cannot start with `*` or `&`", "1:4 *"),
        ("a:\n  b: 1\n c: 2", "ARC002", "expected a key here", "3:2 c"),
        ("- a\nb: c", "ARC002", "expected a list item, which starts with `- `", "2:1 b"),
        ("a: - b", "ARC002", "a list cannot start on this line", "1:4 -"),
        ("a: b\nc\nd: e", "ARC002", "expected `:` after this key", "2:1 c"),
        ('a: "\\q"', "ARC002", "an unknown escape in quoted text", "1:5 \\"),
        ("%YAML 3.0\n---\na: 1", "ARC002", "a version of YAML other than 1.2", "1:1 %"),
    ],
)
def test_what_leaves_nothing_usable(text, code, message, mark):
    doc = parsed(text)
    assert doc.data is None
    (found,) = doc.diagnostics
    assert (found.code, found.message, marked(doc, found.where)) == (code, message, mark)


def test_everything_before_a_syntax_error_is_reported_too():
    text = "a: 1\na: 2\nb: *c\n1: x\nd: [\n"
    assert [code for code, _, _ in findings(text)] == ["ARC003", "ARC004", "ARC004", "ARC002"]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(50)),
        "[" * 1_000_000,
        "{a: " * 250_000,
        "- " * 500_000,
        "? " * 500_000,
        "".join(" " * i + "a:\n" for i in range(1000)),
        "a: [" + "*a," * 300_000,
        "a: 1\n" * 190_000,
        "a: " + "1" * 900_000,
        "a: '" + "x" * 900_000,
        ":" * 999_999,
        "&a " * 100,
        "x" * 1_000_001,
    ],
)
def test_hostile_text_is_refused_in_no_time(text):
    started = time.perf_counter()
    doc = parsed(text)
    assert time.perf_counter() - started < 0.5
    assert doc.data is None
    assert 1 <= len(doc.diagnostics) <= 100


@pytest.mark.slow
def test_the_number_of_values_is_bounded():
    (found,) = parsed("a: [" + "1," * 300_000 + "]").diagnostics
    assert (found.code, found.message) == ("ARC005", "a file has at most 200000 values")


def test_reading_files(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("archc: 1\nname: größer\n", encoding="utf-8")
    doc = document.read(path)
    assert (doc.file, doc.data, doc.diagnostics) == (str(path), {"archc": 1, "name": "größer"}, ())


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path):
    (tmp_path / "resnet.yaml").write_bytes(b"name: \xff\n")
    (tmp_path / "large.yaml").write_bytes(b"#" * 1_000_001)

    def found(name):
        (only,) = document.read(tmp_path / name).diagnostics
        return only.code, only.message.replace(str(tmp_path), "."), only.help

    assert found("resnt.yaml") == ("ARC001", "there is no file `./resnt.yaml`", "did you mean `resnet.yaml`?")
    assert found("") == ("ARC001", "`.` is a directory, not a file", "")
    assert found("resnet.yaml") == ("ARC001", "`./resnet.yaml` is not UTF-8 text: byte 0xff at offset 6", "")
    assert found("resnet.yaml/x")[0] == "ARC001"
    assert found("a\0b")[0] == "ARC001"
    assert found("large.yaml") == ("ARC005", "a spec has at most 1000000 bytes", "")


@pytest.mark.parametrize(
    "text", [SPEC, "a: 1\na: 2", "a: *b", "a: [1", "a:\n\t- b", "a: {b: [c}", "a: 1\n---\nb: 2", ""]
)
def test_the_parser_in_python_agrees(text, monkeypatch):
    with_c = parsed(text)
    monkeypatch.setattr(builder, "LOADER", yaml.SafeLoader)
    without = parsed(text)
    assert without.data == with_c.data
    assert [found.code for found in without.diagnostics] == [found.code for found in with_c.diagnostics]


WORDS = st.text("ab'\":#-{}[],&*!|>%@ \\é1😀𝕏", max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6) | WORDS
DATA = st.dictionaries(
    WORDS,
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=8
    ),
    min_size=1,
    max_size=4,
)


def leaves(value, route=()):
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*route, key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, (*route, index))
    else:
        yield route, value


@settings(max_examples=200, deadline=None)
@given(DATA, st.sampled_from([None, 2]), st.booleans())
def test_any_data_comes_back_with_its_places(data, indent, ascii):
    doc = parsed(json.dumps(data, ensure_ascii=ascii, indent=indent))
    assert doc.diagnostics == ()
    assert doc.data == data
    for route, value in leaves(data):
        assert json.loads(at(doc, *route)[0]) == value
        if isinstance(value, str):
            shown = [at(doc, *route, at=i, length=1)[0] for i in range(len(value))]
            assert [json.loads(f'"{each}"') for each in shown] == list(value)


@settings(max_examples=200, deadline=None)
@given(DATA)
def test_any_data_in_blocks_comes_back(data):
    doc = parsed(yaml.safe_dump(data, allow_unicode=True, width=10_000))
    assert doc.diagnostics == ()
    assert doc.data == data
    for route, value in leaves(data):
        if isinstance(value, str):
            assert yaml.load(at(doc, *route)[0] or "''", yaml.BaseLoader) == value


@settings(max_examples=300, deadline=None)
@given(st.text("ab1:-[]{},'\"#&*!|>%@?~< \n\t\\", max_size=40))
def test_any_text_is_read_or_refused(text):
    doc = parsed(text)
    assert (doc.data is None) <= bool(doc.diagnostics)
    for found in doc.diagnostics:
        place = doc.place(found.where)
        assert 1 <= place.line <= len(doc.lines)
        assert 1 <= place.column < place.end_column


def test_pairs_of_escapes_are_read_in_double_quotes_alone():
    doc = parsed("a: \"\\uD83d\\ude00 \\\\ud83d\"\nb: '\\uD83d\\ude00'\nc: \\uD83d\\ude00\n")
    assert doc.data == {"a": "😀 \\ud83d", "b": "\\uD83d\\ude00", "c": "\\uD83d\\ude00"}
    for half in ("\\ud83d", "\\\\ud83d\\ude00", "\\ude00\\ud83d"):
        assert parsed(f'a: "{half}"').data is None


def test_suggestions_ignore_case():
    assert suggest("conv2D", ["Conv2d", "Conv3d", "relu"]) == "did you mean `Conv2d`?"
    assert suggest("relo", ["Conv2d", "relu"]) == "did you mean `relu`?"
    assert suggest("zzz", ["Conv2d", "relu"]) == ""


def test_a_spec_error_prints_what_it_holds():
    found = Diagnostic("ARC010", "unknown key `stesp`", Where("net.yaml", ("blocks", "stesp")), help="sort it out")
    place = Place("net.yaml", 3, 5, 10)
    assert str(SpecError([found])) == "net.yaml: blocks.stesp: error[ARC010]: unknown key `stesp` (sort it out)"
    assert str(SpecError([found], [place])) == "net.yaml:3:5: error[ARC010]: unknown key `stesp` (sort it out)"
