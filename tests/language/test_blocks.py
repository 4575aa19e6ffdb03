"""Blocks: typed parameters, `let`, choices, positional arguments; what a block sees and what it does not."""

from __future__ import annotations

import pytest
from torch import nn

from archc import codes
from tests.language.support import finding, net, ops, shape, state


def test_a_block_is_used_by_its_name() -> None:
    network = net("""
        inputs: {x: [8]}
        blocks:
          layer: {params: {out: int}, steps: [{Linear: out, as: fc}, relu]}
        steps: [layer: {out: 6}, layer: {out: 4}]
    """)
    assert list(state(network)) == ["0.fc.weight", "0.fc.bias", "1.fc.weight", "1.fc.bias"]
    assert shape(network) == (4,)


def test_arguments_may_be_given_in_order() -> None:
    block = "{params: {out: int, bias: true}, steps: [{Linear: {out_features: out, bias: bias}, as: fc}, relu]}"
    by_name = net(f"inputs: {{x: [8]}}\nblocks: {{layer: {block}}}\nsteps: [layer: {{out: 6, bias: false}}]")
    in_order = net(f"inputs: {{x: [8]}}\nblocks: {{layer: {block}}}\nsteps: [layer: [6, false]]")
    assert state(by_name) == state(in_order) == {"0.fc.weight": (6, 8)}


def test_a_bare_value_is_the_first_argument() -> None:
    network = net("inputs: {x: [8]}\nblocks: {layer: {params: {out: int}, steps: [Linear: out]}}\nsteps: [layer: 6]")
    assert shape(network) == (6,)


@pytest.mark.parametrize(
    ("declared", "good", "bad"),
    [
        ("int", "3", "3.5"),
        ("float", "0.5", "text"),
        ("bool", "true", "1"),
        ("str", "word", "3"),
        ("{type: enum, choices: [left, right]}", "left", "up"),
        ('"list[int]"', "[1, 2]", "[1, x]"),
        ("{type: int, min: 1, max: 4}", "4", "5"),
        ("{type: int, min: 1, max: 4}", "1", "0"),
        ("{type: int, choices: [1, 3]}", "3", "2"),
        ('{type: "list[int]", length: 2}', "[1, 2]", "[1]"),
        ('{type: "list[int]", min: 1}', "[1, 2]", "[1, 0]"),
    ],
)
def test_parameters_are_typed(declared: str, good: str, bad: str) -> None:
    text = f"""
        inputs: {{x: [8]}}
        blocks:
          b: {{params: {{p: {declared}}}, steps: [ReLU]}}
        steps:
          - b: {{p: {{}}}}
    """
    assert shape(net(text.replace("{}", good))) == (8,)
    wrong = finding(text.replace("{}", bad))
    assert wrong.line == 5
    assert wrong.code in {codes.BAD_ARGUMENT, codes.EXPR_NAME}


def test_a_plain_value_is_a_typed_default() -> None:
    text = "inputs: {x: [8]}\nblocks: {b: {params: {out: 5}, steps: [Linear: out]}}\nsteps: [b]"
    assert shape(net(text)) == (5,)
    assert finding(text.replace("steps: [b]", "steps: [b: {out: 5.5}]")).code == codes.BAD_ARGUMENT


def test_a_parameter_without_default_must_be_given() -> None:
    wrong = finding("inputs: {x: [8]}\nblocks: {b: {params: {out: int}, steps: [Linear: out]}}\nsteps: [b]")
    assert (wrong.code, wrong.line, wrong.column) == (codes.MISSING_ARGUMENT, 3, 9)
    assert wrong.message == "block `b` needs `out`"


def test_a_block_sees_the_parameters_of_its_file() -> None:
    text = "params: {width: 6}\ninputs: {x: [8]}\nblocks: {b: {steps: [Linear: width]}}\nsteps: [b]"
    assert shape(net(text)) == (6,)
    assert shape(net(text, params={"width": 3})) == (3,)


def test_a_block_never_sees_its_callers_names() -> None:
    wrong = finding("""
        inputs: {x: [8]}
        blocks:
          inner: {steps: [Linear: out]}
          outer: {params: {out: int}, steps: [inner]}
        steps: [outer: 4]
    """)
    assert (wrong.code, wrong.line, wrong.column) == (codes.EXPR_NAME, 3, 27)


def test_nor_its_callers_steps() -> None:
    wrong = finding("""
        inputs: {x: [8]}
        blocks: {inner: {steps: [{add: [input, fc]}]}}
        steps: [{Linear: 8, as: fc}, inner]
    """)
    assert (wrong.code, wrong.line) == (codes.UNKNOWN_REFERENCE, 2)


@pytest.mark.parametrize(
    ("size", "value"),
    [
        ("input.channels", 3), ("input.height", 5), ("input.width", 7), ("input.features", 7),
        ("input.shape[0]", 3), ("input.shape[1]", 5), ("len(input.shape)", 3),
    ],
)  # fmt: skip
def test_a_block_sees_the_shape_of_its_input(size: str, value: int) -> None:
    network = net(f"inputs: {{x: [3, 5, 7]}}\nblocks: {{b: {{steps: [Linear: '{size}']}}}}\nsteps: [b]")
    assert shape(network) == (3, 5, value)


def test_the_input_is_that_of_each_use() -> None:
    text = "inputs: {x: [8]}\nblocks: {halve: {steps: [Linear: input.features / 2]}}\nsteps: [halve, halve]"
    assert shape(net(text)) == (2,)


def test_let_names_an_expression() -> None:
    network = net("""
        params: {base: 4}
        let: {double: base * 2}
        inputs: {x: [8]}
        blocks:
          b:
            params: {expand: 3}
            let: {hidden: input.features * expand, half: hidden / 2}
            steps: [{Linear: hidden, as: up}, {Linear: half, as: down}]
        steps: [Linear: double, b]
    """)
    assert shape(network) == (12,)
    assert state(network)["1.up.weight"] == (24, 8)


def test_choosing_among_blocks() -> None:
    text = """
        params:
          kind: {type: block, choices: [plain, gated], default: plain}
        inputs: {x: [8]}
        blocks:
          plain: {params: {out: int}, steps: [{Linear: out, as: fc}, relu]}
          gated: {params: {out: int}, steps: [{Linear: 2 * out, as: fc}, glu: 1]}
        steps: [kind: 4]
    """
    assert state(net(text))["0.fc.weight"] == (4, 8)
    assert state(net(text, params={"kind": "gated"}))["0.fc.weight"] == (8, 8)


def test_every_alternative_is_checked() -> None:
    """A fault in the block that is not chosen is found all the same."""
    wrong = finding("""
        params:
          kind: {type: block, choices: [plain, gated], default: plain}
        inputs: {x: [8]}
        blocks:
          plain: {steps: [Linear: 4]}
          gated: {steps: [Linaer: 4]}
        steps: [kind]
    """)
    assert (wrong.code, wrong.line, wrong.column) == (codes.UNKNOWN_OP, 6, 19)


def test_ops_are_choices_too_and_can_be_handed_on() -> None:
    text = """
        params:
          act: {type: block, choices: [ReLU, Hardswish], default: ReLU}
        inputs: {x: [8]}
        blocks:
          layer:
            params: {activation: {type: block, choices: [ReLU, Hardswish]}}
            steps: [{Linear: 4, as: fc}, {activation: {}, as: act}]
        steps: [layer: {activation: act}]
    """
    assert ops(net(text)) == ["Linear", "ReLU"]
    chosen = net(text, params={"act": "Hardswish"})
    assert ops(chosen) == ["Linear", "Hardswish"]
    assert type([*chosen.module().modules()][-1]) is nn.Hardswish


def test_blocks_nest() -> None:
    network = net("""
        inputs: {x: [8]}
        blocks:
          inner: {params: {out: int}, steps: [{Linear: out, as: fc}, relu]}
          outer: {params: {out: int}, steps: [{inner: 2 * out, as: first}, {inner: out, as: second}]}
        steps: [{outer: 3, as: body}, relu]
    """)
    assert state(network) == {
        "body.first.fc.weight": (6, 8), "body.first.fc.bias": (6,),
        "body.second.fc.weight": (3, 6), "body.second.fc.bias": (3,),
    }  # fmt: skip


def test_a_block_may_be_declared_after_the_one_that_uses_it() -> None:
    assert shape(net("inputs: {x: [8]}\nblocks: {a: {steps: [b]}, b: {steps: [Linear: 3]}}\nsteps: [a]")) == (3,)


def test_recursion_is_an_error() -> None:
    wrong = finding("""
        inputs: {x: [8]}
        blocks:
          a: {steps: [b]}
          b: {steps: [ReLU, a]}
        steps: [a]
    """)
    assert (wrong.code, wrong.line, wrong.column) == (codes.RECURSION, 3, 3)
    assert wrong.message == "a block contains itself: `a` -> `b` -> `a`"


def test_a_block_may_have_several_inputs_and_outputs() -> None:
    text = """
        inputs: {a: [4], b: [6]}
        blocks:
          both:
            inputs: [x, skip]
            outputs: {sum: total, first: left}
            steps:
              - {Linear: 3, from: x, as: left}
              - {Linear: 3, from: skip, as: right}
              - {add: [left, right], as: total}
        steps:
          - {both: {}, from: FROM, as: pair}
        outputs: {total: pair.sum, left: pair.first}
    """
    by_place = net(text.replace("FROM", "[a, b]"))
    assert (shape(by_place, "total"), shape(by_place, "left")) == ((3,), (3,))
    by_name = net(text.replace("FROM", "{skip: b, x: a}"))
    assert state(by_name) == state(by_place)
    assert state(by_name)["pair.right.weight"] == (3, 6)
