"""`/`: exact where a whole number is wanted, Python's own where a float will do."""

from __future__ import annotations

import pytest

from archc import expr
from archc.codegen.python import python
from archc.expr import Binary, Name, divided
from tests.language.support import finding, net

HALVES = """
params: {{h: 5}}
inputs: {{x: [8]}}
{}
"""


def given(text: str, op: str, name: str) -> object:
    """What an op of a spec with `h: 5` is given."""
    graph = net(HALVES.format(text)).graph
    return next(getattr(node.op, name) for node in graph if node.op is not None and node.kind == op)


@pytest.mark.parametrize(
    ("step", "op", "name", "value"),
    [
        ("{mul: h / 2}", "mul", "other", 2.5),
        ("{add: -(h / 2) ** 2}", "add", "other", -6.25),
        ("{clamp: {min: h / 2 if h > 3 else 0}}", "clamp", "min", 2.5),
        ("{Dropout: h / 20}", "Dropout", "p", 0.25),
        ("{Dropout: (h + 1) / 12}", "Dropout", "p", 0.5),
        ("{LayerNorm: {eps: '[h / 2, 1][0]'}}", "LayerNorm", "eps", 2.5),
        ("{Linear: make_divisible(h / 2)}", "Linear", "out_features", 8),
        ("{Linear: round(h / 2) + ceil(h / 2) + floor(h / 2)}", "Linear", "out_features", 7),
        ("{Linear: 4 if h / 2 > 2 else 6}", "Linear", "out_features", 4),
        ("{Linear: 10 / h}", "Linear", "out_features", 2),
    ],
)
def test_where_it_stands(step: str, op: str, name: str, value: object) -> None:
    found = given(f"steps: [{step}]", op, name)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    "step",
    [
        "{Linear: h / 2}",
        "{Linear: 'min(h / 2, 8)'}",
        "{Linear: 8, repeat: h / 2}",
        "{Linear: '[4, 8, 16][h / 2]'}",
        "{Linear: 'make_divisible(h, h / 2)'}",
        "{Linear: 'len([1, 2, 3][: h / 2])'}",
        "{Linear: 8, expect: [h / 2]}",
        "{Linear: 8, as: 'b{h / 2}'}",
        "{unflatten: {dim: 1, sizes: [h / 2, -1]}}",
    ],
)
def test_whole_numbers_want_an_exact_quotient(step: str) -> None:
    found = finding(HALVES.format(f"steps: [{step}]"))
    assert (found.code, found.message) == ("ARC022", "5 / 2 does not divide exactly; use // to round down")


def test_arguments_of_blocks_go_by_their_type() -> None:
    block = "blocks: {{scale: {{params: {{n: {}}}, steps: [mul: {}]}}}}\nsteps: [scale: {}]"
    assert given(block.format("float", "n", "h / 2"), "mul", "other") == 2.5
    assert given(block.format('"list[float]"', "'n[0]'", "{n: [h / 2]}"), "mul", "other") == 2.5
    assert finding(HALVES.format(block.format("int", "n", "h / 2"))).code == "ARC022"
    assert finding(HALVES.format(block.format('"list[int]"', "'n[0]'", "{n: [h / 2]}"))).code == "ARC022"


@pytest.mark.parametrize("argument", ["{std: h / 100}", "{mean: 0, std: h / 100}"])
def test_initialisers_take_fractions(argument: str) -> None:
    network = net(HALVES.format(f"steps: [Linear: 2]\ninit: {{Linear.weight: {{normal: {argument}}}}}"))
    arg = dict(network.spec.init[0].args)["std"]
    assert expr.evaluate(arg.expr, {"h": 5}) == 0.05


def test_a_let_follows_its_uses() -> None:
    fraction = "let: {half: h / 2, whole: 10 / h}\nsteps: [{mul: half}, {mul: whole / 4}, {Linear: whole}]"
    assert given(fraction, "mul", "other") == 2.5
    assert given(fraction, "Linear", "out_features") == 2
    through = "let: {half: h / 2, twice: half * 2}\nsteps: [{mul: half}, {Linear: twice}]"
    assert finding(HALVES.format(through)).code == "ARC022"
    scale = "blocks: {scale: {params: {n: float}, let: {half: h / 2}, steps: [mul: half * n]}}\nsteps: [scale: 2]"
    assert given(scale, "mul", "other") == 5.0
    # a use in a block counts for a let of the file
    wide = "let: {half: h / 2}\nblocks: {wide: {steps: [Linear: half]}}\nsteps: [{wide: {}}, {mul: half}]"
    assert finding(HALVES.format(wide)).code == "ARC022"


def test_the_tree_says_which_it_is() -> None:
    tree = divided(expr.parse("a / b"), fraction=True)
    assert tree == Binary("/f", Name("a"), Name("b"))
    assert expr.to_text(tree) == python(tree) == "a / b"
    assert python(divided(expr.parse("a / b"), fraction=False)) == "a // b"
    assert expr.evaluate(tree, {"a": 6, "b": 2}) == 3.0
    assert isinstance(expr.evaluate(tree, {"a": 6, "b": 2}), float)
    assert expr.simplify(expr.Binary("+", tree, tree)) == expr.Binary("+", tree, tree)
    with pytest.raises(expr.ExprError, match="1 / 0 divides by zero"):
        expr.evaluate(tree, {"a": 1, "b": 0})
