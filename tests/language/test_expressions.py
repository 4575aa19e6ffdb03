"""Expressions: total, bounded arithmetic in number, bool and shape fields; text in string fields."""

from __future__ import annotations

import pytest

from archc import codes
from tests.language.support import finding, findings, net, shape


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("width + 2", 6), ("width - 1", 3), ("2 * width", 8), ("width / 2", 2), ("7 // 2", 3), ("width % 3", 1),
        ("2 ** 3", 8), ("-2 + width", 2), ("(1 + 2) * 3", 9),
        ("3 if width == 4 else 5", 3), ("3 if width != 4 else 5", 5), ("3 if not (width < 4 or width > 9) else 5", 3),
        ("3 if width >= 4 and width <= 4 else 5", 3),
        ("sizes[0]", 3), ("sizes[-1]", 7), ("sum(sizes[1:])", 12), ("len(sizes)", 3), ("sum(sizes[::2])", 10),
        ("min(width, 3)", 3), ("max(sizes)", 7), ("abs(0 - 3)", 3), ("round(2.6)", 3), ("ceil(2.2)", 3),
        ("floor(2.8)", 2), ("make_divisible(36 * 0.75, 8)", 32), ("make_divisible(33, 8)", 32),
    ],
)  # fmt: skip
def test_what_they_can_say(text: str, value: int) -> None:
    network = net(f"params: {{width: 4, sizes: [3, 5, 7]}}\ninputs: {{x: [8]}}\nsteps: [{{Linear: '{text}'}}]")
    assert shape(network) == (value,)


def test_a_bool_field_takes_one() -> None:
    network = net("params: {width: 4}\ninputs: {x: [8]}\nsteps: [{Linear: {out_features: 2, bias: width > 4}}]")
    assert sum(node.params for node in network.graph) == 16


def test_a_shape_field_takes_one_an_entry() -> None:
    network = net("params: {heads: 4}\ninputs: {x: [8, 6]}\nsteps: [reshape: [heads, 8 // heads, -1]]")
    assert shape(network) == (4, 2, 6)


def test_an_input_dimension_is_one() -> None:
    assert shape(net("params: {n: 4}\ninputs: {x: [n, H=n * 2, 2 * n + 1]}\nsteps: [ReLU]")) == (4, 8, 9)


def test_in_a_string_field_a_string_is_text() -> None:
    """`reflect` is no name of anything here; braces hold what is computed."""
    text = """
        params: {mode: circular}
        inputs: {x: [1, 8, 8]}
        steps: [{Conv2d: {out_channels: 1, kernel_size: 3, padding: 1, padding_mode: MODE}}]
    """
    assert 'padding_mode="reflect"' in net(text.replace("MODE", "reflect")).source()
    assert "padding_mode=mode" in net(text.replace("MODE", '"{mode}"')).source()


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("9 / 2", codes.EXPR_VALUE, 1),
        ("1 +", codes.EXPR_SYNTAX, 4),
        ("width + * 2", codes.EXPR_SYNTAX, 9),
        ("widht * 2", codes.EXPR_NAME, 1),
        ("4 + widht", codes.EXPR_NAME, 5),
        ("width / 0", codes.EXPR_VALUE, 1),
        ("2 ** 64", codes.EXPR_VALUE, 1),
        ("2 ** 2 ** 40", codes.EXPR_VALUE, 1),
        ("width.channels", codes.EXPR_VALUE, 1),
        ("open(3)", codes.EXPR_NAME, 1),
        ("exec(width)", codes.EXPR_NAME, 1),
        ("width.__class__", codes.EXPR_SYNTAX, 7),
        ("[1, 2][5]", codes.EXPR_VALUE, 1),
        ("lambda: 3", codes.EXPR_SYNTAX, 1),
        ("width if width else 3", codes.EXPR_VALUE, 10),
    ],
)
def test_what_they_cannot(text: str, code: str, column: int) -> None:
    """Each fault is at its own characters of the expression, which starts in column 14."""
    wrong = finding(f"params: {{width: 4}}\ninputs: {{x: [8]}}\nsteps:\n  - {{Linear: '{text}'}}")
    assert (wrong.code, wrong.line, wrong.column) == (code, 4, 14 + column)


def test_they_are_bounded_in_length_and_depth() -> None:
    for text in ("1" + " + 1" * 5000, "(" * 500 + "1" + ")" * 500, "-" * 5000 + "1"):
        assert len(findings(f"inputs: {{x: [8]}}\nsteps:\n  - {{Linear: '{text}'}}")) == 1
