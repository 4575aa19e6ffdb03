"""YAML's 1.2 core schema, without what makes files hard to read or to trust."""

from __future__ import annotations

import pytest

from archc import codes
from archc.document import parse
from tests.language.support import finding, net, shape


def value(text: str) -> object:
    document = parse(f"value: {text}", "f.yaml")
    assert not document.diagnostics
    assert document.data is not None
    return document.data["value"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("off", "off"), ("010", 10), ("1:30", "1:30"), ("1e-3", 0.001),
        ("0x10", 16), ("0o10", 8), ("true", True), ("~", None), ("2001-01-01", "2001-01-01"), ("'3'", "3"),
        ("1_000", "1_000"),
    ],
)  # fmt: skip
def test_plain_values_mean_what_they_look_like(text: str, meant: object) -> None:
    assert value(text) == meant
    assert type(value(text)) is type(meant)


def test_small_numbers_are_floats() -> None:
    assert shape(net("inputs: {x: [8]}\nsteps: [LayerNorm: {eps: 1e-3}]")) == (8,)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("inputs: {x: [8]}\ninputs: {x: [8]}\nsteps: [ReLU]", codes.DUPLICATE_KEY, 2, 1),
        ("inputs: &a {x: [8]}\nsteps: [ReLU]", codes.YAML_SUBSET, 1, 9),
        ("inputs: {x: [8]}\nsteps: [ReLU, *a]", codes.YAML_SUBSET, 2, 15),
        ("inputs: !!map {x: [8]}\nsteps: [ReLU]", codes.YAML_SUBSET, 1, 9),
        ("inputs: {x: [8]}\nsteps: [{<<: {ReLU: {}}}]", codes.YAML_SUBSET, 2, 10),
        ("inputs: {x: [8]}\nsteps: [ReLU]\n---\nname: b", codes.YAML_SUBSET, 3, 1),
        ("inputs: {x: [8]\nsteps: [ReLU]", codes.YAML_SYNTAX, 2, 1),
        ("inputs: {x: [8]}\nsteps: [ReLU]\n\tdoc: a", codes.YAML_SYNTAX, 3, 1),
        ("inputs: {x: [8]}\nsteps: [ReLU, {3: 4}]", codes.YAML_SUBSET, 2, 16),
        ("inputs: {x: [8]}\nsteps: [Linear: 99999999999999999999]", codes.LIMIT, 2, 17),
    ],
)
def test_what_is_left_out_is_an_error_with_a_place(text: str, code: str, line: int, column: int) -> None:
    wrong = finding(text)
    assert (wrong.code, wrong.line, wrong.column) == (code, line, column)
