"""`title`, `cite`, `doc`, `view` and `allow` are for people and diagrams: none of them changes the network."""

from __future__ import annotations

import pytest

from archc import codes
from tests.language.support import finding, net, state

PLAIN = """
    inputs: {x: [8]}
    blocks:
      layer: {params: {out: int}, steps: [{Linear: out, as: fc}, relu]}
    steps:
      - {layer: 6, as: first}
      - {Linear: 3, as: last}
"""


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("as: first", "as: first, view: {title: a layer}"),
        ("as: last", "as: last, doc: the head"),
        ("as: last", 'as: last, allow: {ARC401: "as in the paper"}'),
        ("as: last", "as: last, expect: [3]"),
        ("as: first", "as: first, doc: a layer"),
    ],
)
def test_a_steps_texts_leave_the_source_as_it_is(key: str, text: str) -> None:
    assert net(PLAIN.replace(key, text)).source() == net(PLAIN).source()


@pytest.mark.parametrize("text", ["title: A network", "cite: Somebody (2020)", "doc: What it is for."])
def test_a_specs_texts_change_no_name(text: str) -> None:
    assert state(net(f"{text}\n" + PLAIN.replace("\n    ", "\n"))) == state(net(PLAIN))


def test_a_blocks_texts_become_its_docstring() -> None:
    text = PLAIN.replace("layer: {params", "layer: {doc: One layer., params")
    assert "One layer." in net(text).source()
    assert state(net(text)) == state(net(PLAIN))


@pytest.mark.parametrize("text", ["doc: [a, b]", "view: folded", "allow: ARC401"])
def test_they_have_types_all_the_same(text: str) -> None:
    wrong = finding(PLAIN.replace("as: last", f"as: last, {text}"))
    assert (wrong.code, wrong.line) == (codes.WRONG_TYPE, 6)


def test_a_misspelt_one_is_an_error() -> None:
    wrong = finding(PLAIN.replace("as: last", "as: last, veiw: {title: a layer}"))
    assert (wrong.code, wrong.line, wrong.column) == (codes.UNKNOWN_KEY, 6, 27)
    assert wrong.help == "did you mean `view`?"
