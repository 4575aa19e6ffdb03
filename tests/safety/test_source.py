"""Nothing that a spec says in words becomes code: the source of hostile text is that of harmless text but for docstrings."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archc
from archc.canonical.writer import write_yaml
from archc.torch.parsed import check_source
from tests.property.profile import examples
from tests.safety.fuzz.grammar import HOSTILE


def source(text: str) -> str:
    """The source of a network that says `text` wherever a spec may hold words."""
    block = {"doc": text, "cite": text, "params": {"out": {"type": "int", "doc": text}}}
    steps = [{"Linear": "out", "as": "one", "doc": text}, "relu"]
    spec = {
        "archc": 1, "name": "zz", "title": text, "cite": text, "doc": text,
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
    """The syntax tree of a file without its docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if (
            isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:]
    return ast.dump(tree)


MEANT = bones(source("plain words"))


@pytest.mark.parametrize("text", [each for each in HOSTILE if each.isprintable()])
def test_hostile_words_stay_in_docstrings(text: str) -> None:
    assert bones(source(text)) == MEANT


LINES = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp"), include_characters="\n\"'\\{}"),
    min_size=1,
    max_size=120,
)


@examples(25)
@given(LINES.filter(lambda text: text.strip()))
def test_any_words_stay_in_docstrings(text: str) -> None:
    assert bones(source(text)) == MEANT


@examples(25)
@given(st.text(alphabet="\"\\ \n'ab", min_size=1, max_size=200).filter(lambda text: text.strip()))
def test_quotes_and_backslashes_stay_in_docstrings(text: str) -> None:
    assert bones(source(text)) == MEANT


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.system('true')\n",
        "class A:\n    x = 1\n",
        "class A:\n    print(1)\n",
        "x = 1\n",
        "def f():\n    pass\n",
    ],
)
def test_a_file_with_anything_else_in_it_is_not_handed_out(text: str) -> None:
    with pytest.raises(RuntimeError, match="not what was meant"):
        check_source(text)
