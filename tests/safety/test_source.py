"""Nothing that a spec says in words becomes code: hostile text gives the source of harmless text but for literals."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archc
from archc.canonical.writer import write_yaml
from archc.codegen.replay import ProofError, prove
from tests.property.profile import examples
from tests.safety.fuzz.grammar import HOSTILE


def source(text: str, title: str = "Zz") -> str:
    """The source of a network that says `text` wherever a spec may hold words."""
    block = {"doc": text, "cite": text, "params": {"out": {"type": "int", "doc": text}}}
    steps = [{"Linear": "out", "as": "one", "doc": text}, "relu"]
    spec = {
        "archc": 1, "name": "zz", "title": title, "cite": text, "doc": text,
        "params": {"width": {"type": "int", "default": 4, "doc": text}, "word": text},
        "inputs": {"x": {"shape": [8], "doc": text}},
        "blocks": {"part": {**block, "steps": steps}},
        "steps": [
            {"Linear": "width", "as": "first", "doc": text, "view": {"title": text}, "allow": {"ARC424": text}},
            {"part": 4, "as": "second"},
            {"Linear": 2, "as": "third", "when": "word != 'x'"},
        ],
        "allow": {"ARC401": text},
    }  # fmt: skip
    return archc.loads(write_yaml(spec)).source()


def bones(text: str) -> str:
    """The syntax tree of the file that says a text, without docstrings, and with a mark for a literal that is the text."""
    tree = ast.parse(source(text))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value == text:
            node.value = "mark"
        if (
            isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:]
    return ast.dump(tree)


MEANT = bones("plain words")


@pytest.mark.parametrize("text", [each for each in HOSTILE if each.isprintable()])
def test_hostile_words_stay_in_docstrings(text: str) -> None:
    assert bones(text) == MEANT


@pytest.mark.parametrize("title", [each for each in HOSTILE if each.isprintable()])
def test_a_hostile_title_gives_a_class_a_name_at_most(title: str) -> None:
    text = source("plain words", title)
    (name,) = (node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name != "Part")
    assert name.isidentifier()


LINES = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp"), include_characters="\n\"'\\{}"),
    min_size=1,
    max_size=120,
)


@examples(25)
@given(LINES.filter(lambda text: text.strip()))
def test_any_words_stay_in_docstrings(text: str) -> None:
    assert bones(text) == MEANT


@examples(25)
@given(st.text(alphabet="\"\\ \n'ab", min_size=1, max_size=200).filter(lambda text: text.strip()))
def test_quotes_and_backslashes_stay_in_docstrings(text: str) -> None:
    assert bones(text) == MEANT


@pytest.mark.parametrize("more", ["import os\nos.system('true')\n", "print(torch.zeros(1))\n", "raise SystemExit\n"])
def test_a_file_that_does_anything_else_is_not_handed_out(more: str) -> None:
    network = archc.loads("{archc: 1, name: n, inputs: {x: [8]}, steps: [Linear: 4]}")
    prove(network, network.source(), "N()")
    with pytest.raises(ProofError):
        prove(network, f"{network.source()}\n\n{more}", "N()")
