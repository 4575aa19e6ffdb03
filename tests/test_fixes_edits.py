"""Edits by place: what they make of a text, and that they touch nothing else."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from archc.diagnostics import Edit, Fix, Where
from archc.document import parse
from archc.fixes import apply_changes, resolve_edits


def edited(text: str, *edits: Edit) -> str | None:
    changes = resolve_edits({"f": parse(text, "f")}, Fix("", edits))
    return apply_changes(text, changes) if changes else None


def at(*route: str | int, on_key: bool = False, at: int = 0, length: int | None = None) -> Where:
    return Where("f", route, on_key, at, length)


REPLACE = [
    ("a: 1  # one\n", at("a"), "2", "a: 2  # one\n"),
    ("a:   '1'\nb: 2\n", at("a"), "1", "a:   1\nb: 2\n"),
    ("a:\nb: 2\n", at("a"), "1", "a: 1\nb: 2\n"),
    ("{a: , b: 2}", at("a"), "1", "{a: 1, b: 2}"),
    ("a: [1, # x\n  2]\n", at("a"), "3", "a: 3\n"),
    ("a: [1, # x\n  2]  # y\n", at("a", 1), "3", "a: [1, # x\n  3]  # y\n"),
    ("aa : 1\n", at("aa", on_key=True), "b", "b : 1\n"),
    ("'aa': 1\n", at("aa", on_key=True, length=2), "b", "'b': 1\n"),
    ("x: 'it''s widht * 2'\n", at("x", at=5, length=5), "width", "x: 'it''s width * 2'\n"),
    ('x: "\\u00e9 widht"\n', at("x", at=2, length=5), "width", 'x: "\\u00e9 width"\n'),
    ("x: 'ab'\n", at("x", length=2), "it's", "x: 'it''s'\n"),
    ('x: "ab"\n', at("x", length=2), 'a"b', 'x: "a\\"b"\n'),
    ("x: ab\n", at("x", length=2), "a: b", 'x: "a: b"\n'),
    ("x: ab\n", at("x", length=2), "true", 'x: "true"\n'),
    ("é: ü + widht\n", at("é", at=4, length=5), "width", "é: ü + width\n"),
    ("x: 2y\n", at("x", at=1, length=0), " * ", "x: 2 * y\n"),
    ("a: 1\r\nb: 2\r\n", at("b"), "3", "a: 1\r\nb: 3\r\n"),
    ("a: \U0001f600\nb: 2", at("b"), "3", "a: \U0001f600\nb: 3"),
]

REMOVE = [
    ("a: 1\nb: 2  # two\nc: 3\n", at("b"), "a: 1\nc: 3\n"),
    ("# top\na: 1\n\n# c\nc: 3\n", at("a"), "# top\n\n# c\nc: 3\n"),
    ("a: 1\nb: 2", at("b"), "a: 1"),
    ("a: 1\r\nb: 2", at("b"), "a: 1"),
    ("a: 1\r\nb: 2\r\nc: 3\r\n", at("b"), "a: 1\r\nc: 3\r\n"),
    ("s:\n- x\n- {y: 1}  # y\n- z\n", at("s", 1), "s:\n- x\n- z\n"),
    ("s:\n  - x\n  # about y\n  - y:\n      p: 1\n\n  # about z\n  - z\n", at("s", 1),
     "s:\n  - x\n  # about y\n\n  # about z\n  - z\n"),
    ("s:\n  - as: b\n    y: 1\n", at("s", 0, "as"), "s:\n  - y: 1\n"),
    ("s:\n  - as: b  # b\n    # y\n    y: 1\n", at("s", 0, "as"), "s:\n  - # y\n    y: 1\n"),
    ("s:\n  - as: b\n    y: 1\n  - z\n", at("s", 0, "y"), "s:\n  - as: b\n  - z\n"),
    ("s:\n  - - a\n    - b\n", at("s", 0, 0), "s:\n  - - b\n"),
    ("s:\n  - - a\n    - b\n", at("s", 0, 1), "s:\n  - - a\n"),
    ("s:\n  -\n    a: 1\n  - b\n", at("s", 0), "s:\n  - b\n"),
    ("p:\n  a: 1  # one\nq: 2\n", at("p", "a"), "p: {}\nq: 2\n"),
    ("p:  # all\n  - a\nq: 2\n", at("p", 0), "p: []  # all\nq: 2\n"),
    ("s:\n  - a: 1\n", at("s", 0, "a"), "s:\n  - {}\n"),
    ("t: |\n  x\n\n  y\n\nu: 1\n", at("t"), "\nu: 1\n"),
    ("a:\nb: 1\n", at("a"), "b: 1\n"),
    ("{a: 1, b: 2, c: 3}", at("a"), "{b: 2, c: 3}"),
    ("{a: 1, b: 2, c: 3}", at("b"), "{a: 1, c: 3}"),
    ("{a: 1, b: 2, c: 3}", at("c"), "{a: 1, b: 2}"),
    ("{a: 1, b: 2 , }", at("b"), "{a: 1, }"),
    ("x: { a: 1 }  # x\n", at("x", "a"), "x: {}  # x\n"),
    ("x: { # x\n a: 1 }\n", at("x", "a"), "x: { # x\n  }\n"),
    ("[a, b: 1 , c]", at(1), "[a, c]"),
    ("x: [a, b: 1 , c]", at("x", 1), "x: [a, c]"),
    ("x: [a, b: 1 , c]", at("x", 1, "b"), None),
    ("x: [\n  a, # a\n  b, # b\n  c  # c\n]\n", at("x", 1), "x: [\n  a, # a\n  c  # c\n]\n"),
    ("x: [\n  a, # a\n  b, # b\n  c  # c\n]\n", at("x", 2), "x: [\n  a, # a\n  b # b\n]\n"),
    ("x: [\n  a, # a\n  b, # b\n]\n", at("x", 1), "x: [\n  a, # a\n]\n"),
    ("x: {a: 1, # a\n  b: 2}\n", at("x", "b"), "x: {a: 1 # a\n  }\n"),
    ("x: {a: 1,\n    b: 2}\n", at("x", "b"), "x: {a: 1}\n"),
    ("x: {a: 1,\n    b: 2}\n", at("x", "a"), "x: {b: 2}\n"),
    ("a: 1\n", at("a"), None),
    ("? a\n: 1\n? b\n: 2\n", at("b"), None),
    ("a: 1\n", at("b"), None),
    ("a: [x]\n", at("a", 7), None),
]  # fmt: skip

INSERT = [
    ("s:\n  - a\n  - b: 1  # b\n", at("s", 1), "s:\n  - a\n  - new\n  - b: 1  # b\n"),
    ("s:\n- a", at("s", 0), "s:\n- new\n- a"),
    ("s:\r\n  # a\r\n  - a\r\n", at("s", 0), "s:\r\n  # a\r\n  - new\r\n  - a\r\n"),
    ("s:\n  - - a\n    - b\n", at("s", 0, 0), "s:\n  - - new\n    - a\n    - b\n"),
    ("s: [a, b: 1]\n", at("s", 1), "s: [a, new, b: 1]\n"),
    ("s: [a]\n", at("s", 0), "s: [new, a]\n"),
    ("s: [\n  a,  # a\n  b,\n]\n", at("s", 1), "s: [\n  a,  # a\n  new,\n  b,\n]\n"),
    ("s: [\n  a,\n]\n", at("s", 0), "s: [\n  new,\n  a,\n]\n"),
]


@pytest.mark.parametrize(("before", "where", "text", "after"), REPLACE)
def test_replacing_changes_the_value_alone(before, where, text, after):
    assert edited(before, Edit(where, "replace", text)) == after


@pytest.mark.parametrize(("before", "where", "after"), REMOVE)
def test_removing_takes_the_entry_its_comma_and_its_comment(before, where, after):
    assert edited(before, Edit(where, "remove")) == after


@pytest.mark.parametrize(("before", "where", "after"), INSERT)
def test_inserting_goes_with_the_layout(before, where, after):
    assert edited(before, Edit(where, "insert", "new")) == after


def test_a_key_is_inserted_before_another():
    assert edited("# top\nname: x\n", Edit(at("name"), "insert", "archc: 1")) == "# top\narchc: 1\nname: x\n"
    assert edited("s:\n  - b: 1\n", Edit(at("s", 0, "b"), "insert", "a: 0")) == "s:\n  - a: 0\n    b: 1\n"
    assert edited("{name: x}", Edit(at("name"), "insert", "archc: 1")) == "{archc: 1, name: x}"


def test_characters_of_the_file():
    assert edited("a: &x 1\n", Edit(at(at=3, length=3), "replace")) == "a: 1\n"


def test_edits_of_one_fix_are_made_together_or_not_at_all():
    first, second = Edit(at("a"), "replace", "10"), Edit(at("b"), "remove")
    assert edited("a: 1\nb: 2\nc: 3\n", first, second) == "a: 10\nc: 3\n"
    assert edited("a: 1\nc: 3\n", first, second) is None
    assert edited("a: 1\n", first, first) is None


@pytest.mark.parametrize("text", ["a: >\n  folded\n  widht\n", "a: 'in two\n  lines widht'\n", "a: x\n  widht\n"])
def test_text_on_several_lines_is_left_alone(text):
    assert edited(text, Edit(at("a", at=2, length=5), "replace", "width")) is None


def test_lines_and_columns_are_those_of_the_text():
    document = parse("\ufeffa: 1\nb: {c: [x,\n  y]}\n", "f")
    (change,) = resolve_edits({"f": document}, Fix("", (Edit(at("b", "c"), "replace", "z"),)))
    assert (change.line, change.column, change.end_line, change.end_column) == (2, 8, 3, 5)
    assert document.text[change.start : change.end] == "[x,\n  y]"


Tree = str | int | list["Tree"] | dict[str, "Tree"]
scalars = st.sampled_from(["x", "relu", "widht", "two words", "it's", "a: b", "# no", "3", "", "-", "é"]) | st.integers(
    0, 9
)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=4)
        | st.dictionaries(st.sampled_from("abcdef"), inner, min_size=1, max_size=4)
    ),
    max_leaves=12,
)


def routes(tree: Tree, route: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [found for key, value in inner for found in ((*route, key), *routes(value, (*route, key)))]


def without(tree: Tree, route: tuple[str | int, ...]) -> Tree:
    key, *rest = route
    items = list(tree.items() if isinstance(tree, dict) else enumerate(tree))  # type: ignore[union-attr]
    left = [(k, without(v, tuple(rest)) if rest and k == key else v) for k, v in items if rest or k != key]
    return dict(left) if isinstance(tree, dict) else [value for _, value in left]


def layouts(tree: Tree, style: bool | None, width: int, indent: int, newline: str) -> str:
    text = yaml.safe_dump(
        tree, default_flow_style=style, width=width, indent=indent, allow_unicode=True, sort_keys=False
    )
    return "".join(f"{line}  # {at}\n" if line.endswith((",", "-", ":")) else f"{line}\n"
                   for at, line in enumerate(text.splitlines())).replace("\n", newline)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcdef"), trees, min_size=2, max_size=4),
    st.sampled_from([True, False, None]), st.sampled_from([12, 80]), st.sampled_from([2, 4]),
    st.sampled_from(["\n", "\r\n"]), st.randoms(use_true_random=False),
)  # fmt: skip
def test_removing_and_inserting_do_what_they_say_in_any_layout(tree, style, width, indent, newline, random):
    text = layouts(tree, style, width, indent, newline)
    document = parse(text, "f")
    if document.data != tree:
        return
    route = random.choice(routes(tree))
    removed = edited(text, Edit(at(*route), "remove"))
    if removed is not None:
        assert parse(removed, "f").data == without(tree, route)
    replaced = edited(text, Edit(at(*route), "replace", "new"))
    if replaced is not None:
        before, after = text.split("#"), replaced.split("#")
        assert len(after) <= len(before)
    lists = [r for r in routes(tree) if isinstance(r[-1], int)]
    if lists:
        chosen = random.choice(lists)
        inserted = edited(text, Edit(at(*chosen), "insert", "new"))
        assert inserted is not None
        assert without(parse(inserted, "f").data, chosen) == tree
        assert inserted.count("#") == text.count("#")
