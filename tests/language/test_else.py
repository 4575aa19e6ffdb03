"""`else`: what stands in place of a step that `when` drops."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc.canonical import canonical_text
from archc.cli import main
from archc.expand import Settings
from archc.loading import load_text
from archc.network import Network, check
from archc.tree import ops_in
from tests.language.support import HEAD, finding, findings, net, ops, outputs, paths, shape

SPEC = "params: {{first: true, second: true}}\ninputs: {{x: [8]}}\nsteps:\n{}\n"


def both(steps: str) -> tuple[Network, Network]:
    """The network with and without its steps under `first`; its long form says the same."""
    text = SPEC.format(steps)
    networks = []
    for first in (True, False):
        network = net(text, params={"first": first})
        long = load_text(canonical_text(network.spec))
        again = check(long, Settings(params={"first": first})).network
        assert again is not None
        assert canonical_text(again.spec) == canonical_text(network.spec)
        assert [(path, type(op)) for path, op in ops_in(again.body)] == [
            (p, type(op)) for p, op in ops_in(network.body)
        ]
        networks.append(network)
    return networks[0], networks[1]


def test_an_op_in_its_place_is_called_the_same() -> None:
    one, other = both("- {Linear: 8, when: first, else: Identity, as: fc}\n- relu\n- {Linear: 4, as: last}")
    assert (paths(one), paths(other)) == (["fc", "last"], ["fc", "last"])
    assert (ops(one), ops(other)) == (["Linear", "relu", "Linear"], ["Identity", "relu", "Linear"])


def test_without_a_name_it_has_the_ordinal_of_the_step() -> None:
    one, other = both("- {Linear: 8, when: first, else: {LayerNorm: {}}}\n- relu\n- {Linear: 4}\n- {LayerNorm: {}}")
    assert paths(one) == paths(other) == ["linear_1", "linear_2", "layernorm_1"]


def test_several_steps_with_modules_are_a_sequential() -> None:
    one, other = both("- {Linear: 8, when: first, else: [{Linear: 8}, relu, Linear: 8], as: fc}\n- relu\n- {Linear: 4}")
    assert paths(one) == ["fc", "linear_1"]
    assert paths(other) == ["fc.0", "fc.2", "linear_1"]


def test_functions_alone_are_inline() -> None:
    one, other = both("- {Linear: 8, when: first, else: [relu, tanh], as: fc}\n- relu\n- {Linear: 4}")
    assert ops(other) == ["relu", "tanh", "relu", "Linear"]
    assert paths(other) == ["linear_1"]
    # what is behind is called the same whichever it is, functions included
    assert [p for p, _ in ops_in(one.body)][1:] == [p for p, _ in ops_in(other.body)][2:] == ["relu_2", "linear_1"]


def test_a_tensor_is_handed_on_under_the_name() -> None:
    one, other = both(
        "- {Linear: 8, as: fc}\n- {Linear: 8, from: x, when: first, else: fc, as: again}\n- add: [fc, again]"
    )
    assert ops(one) == ["Linear", "Linear", "add"]
    assert ops(other) == ["Linear", "add"]
    assert other.body.items[-1].inputs[0] == other.body.items[-1].inputs[1]


def test_a_name_in_sight_goes_before_an_op() -> None:
    _, other = both("- {Linear: 8, as: relu}\n- {Linear: 8, when: first, else: relu, as: fc}\n- add: [relu, fc]")
    assert ops(other) == ["Linear", "add"]
    _, other = both("- {Linear: 8, as: fc}\n- {Linear: 8, when: first, else: relu, as: again}\n- add: [fc, again]")
    assert ops(other) == ["Linear", "relu", "add"]


def test_nothing_hands_on_what_the_step_is_fed() -> None:
    steps = "- {Linear: 6, as: fc}\n- {Linear: 8, from: x, when: first, else: [], as: skip}\n- {Linear: 8, from: fc, as: b}\n- add: [b, skip]"
    one, other = both(steps)
    assert (ops(one).count("Linear"), ops(other).count("Linear")) == (3, 2)
    assert shape(other) == (8,)


def test_one_step_takes_what_the_step_is_fed() -> None:
    steps = "- {Linear: 8, as: a}\n- {Linear: 8, from: x, as: b}\n- {add: [a, b], when: first, else: sub, as: joined}\n- {Linear: 2}"
    one, other = both(steps)
    assert (ops(one)[2], ops(other)[2]) == ("add", "sub")
    assert one.body.items[2].inputs == other.body.items[2].inputs
    # unless it says otherwise itself
    _, other = both(steps.replace("else: sub", "else: {sub: {}, from: [b, a]}"))
    assert [source.item for source in other.body.items[2].inputs] == [1, 0]


def test_results_with_names() -> None:
    one, other = both("- {chunk: 2, when: first, else: {split: 4}, as: [a, b]}\n- add: [a, b]")
    assert (ops(one), ops(other)) == (["chunk", "add"], ["split", "add"])


def test_chains_of_steps_are_chosen_between() -> None:
    one, other = both(
        "- {chain: [{Linear: 8}, relu], when: first, else: [{Linear: 6}, {Linear: 8}]}\n- Linear: 4\n- relu"
    )
    assert paths(one) == ["linear_1", "linear_4"]
    assert paths(other) == ["linear_2", "linear_3", "linear_4"]


def test_a_step_in_its_place_may_have_a_condition_in_turn() -> None:
    steps = "- {Linear: 8, when: first, else: {LayerNorm: {}, when: second, else: tanh}, as: p}\n- {Linear: 4}\n- relu"
    both(steps)
    settings = [(a, b) for a in (True, False) for b in (True, False)]
    found = [ops(net(SPEC.format(steps), params={"first": a, "second": b}))[0] for a, b in settings]
    assert found == ["Linear", "Linear", "LayerNorm", "tanh"]


def test_in_a_sequential_it_takes_the_place_of_the_step() -> None:
    steps = "- {as: body, Sequential: [{Linear: 8, when: first, else: Identity}, {Linear: 8, when: first, else: [Linear: 8, relu: {}]}, Linear: 2]}\n- relu"
    one, other = both(steps)
    assert paths(one) == ["body.0", "body.1", "body.2"]
    assert paths(other) == ["body.0", "body.1.0", "body.2"]


def test_round_by_round() -> None:
    steps = "- {Linear: 8, repeat: {i: 3}, when: i != 1, else: {LayerNorm: {}}, as: 'h{i}'}\n- relu"
    one, other = both(steps)
    assert (paths(one), paths(other)) == (["h0", "h1", "h2"],) * 2
    assert ops(one) == ["Linear", "LayerNorm", "Linear", "relu"]


def test_what_a_dropped_step_would_be_fed_need_not_be_there() -> None:
    text = """
    params: {full: false}
    inputs: {x: [8]}
    blocks:
      one: {steps: [{Linear: 8, as: last}]}
    steps:
      - {one: {}, as: cut}
      - {add: [cut.b, x], when: full, else: cut}
    """
    assert ops(net(text)) == ["Linear"]
    assert finding(text, params={"full": True}).message == "`cut` has no result `b`"
    assert finding(text.replace("cut.b", "other")).message == "nothing here is called `other`"


def test_blocks_and_block_parameters() -> None:
    text = """
    params: {{wide: false}}
    inputs: {{x: [8]}}
    blocks:
      a: {{params: {{n: int}}, steps: [{{Linear: n, as: fc}}, relu]}}
      b: {{params: {{act: {{type: block, choices: [ReLU, GELU], default: GELU}}}}, steps: [{}]}}
    steps: [{{b: {{}}, as: body}}, relu]
    """
    network = net(text.format("{a: 8, when: wide, else: act, as: unit}, tanh"))
    assert next((p, type(op).__name__) for p, op in ops_in(network.body)) == ("body.unit", "GELU")
    assert paths(net(text.format("{act: {}, when: wide, else: {a: 4}, as: unit}, tanh"))) == ["body.unit.fc"]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{Linear: 8, else: relu}", "`else` stands beside `when`"),
        ("{Linear: 8, when: first, else: {relu: {}, as: k}}", "`as` beside `when` names whichever there is"),
        ("{Linear: 8, when: first, else: nosuch}", "nothing here is called `nosuch`"),
        ("{Linear: 8, when: first, else: null}", "a chain is a list of steps, not nothing"),
        ("{mul: [x, fc], when: first, else: [relu]}", "a chain begins with one tensor, and this step takes several"),
        ("{mul: [x, fc], when: first, else: []}", "a chain begins with one tensor, and this step takes several"),
        (
            "{mul: [x, fc], when: first, else: {Sequential: [relu]}}",
            "a chain begins with one tensor, and this step takes several",
        ),
        ("{Linear: 8, when: first, else: {Linaer: 8}}", "unknown op or block `Linaer`"),
    ],
)
def test_what_is_wrong(step: str, message: str) -> None:
    assert message in {found.message for found in findings(SPEC.format(f"- {{Linear: 8, as: fc}}\n- {step}"))}


MERGE = """
params: {kept: true}
inputs: {x: [8]}
steps:
  - {Linear: 8, as: a}
  - {Linear: 8, from: x, as: b}
  - {relu: {}, as: c}
  - {mul: [a, b], when: kept, as: m}
  - {add: [m, c]}
"""


def test_what_stands_for_a_dropped_merge_is_certain_or_said(tmp_path: Path) -> None:
    found = finding(MERGE)
    assert (found.code, found.line) == ("ARC119", 7)
    assert found.help == "say so, as in `else: a`"
    before = net(MERGE.replace("when: kept", "when: kept, else: a"), params={"kept": False})
    assert [source.item for source in before.body.items[-1].inputs] == [0, 2]
    file = tmp_path / "net.yaml"
    file.write_text(HEAD + MERGE)
    with pytest.raises(SystemExit):
        main(["check", "--fix", str(file)])
    assert "{mul: [a, b], else: a, when: kept, as: m}" in file.read_text()


@pytest.mark.parametrize(
    "steps",
    [
        "- {Linear: 8, as: a}\n- {add: [x, a], when: first}\n- relu",
        "- {add: [x, input], when: first}\n- relu",
        "- {Linear: 8, as: a}\n- {side: [relu], as: s}\n- {add: [x, a], when: first, as: b}\n- add: [b, s]",
        "- {Linear: 8, as: a}\n- {chain: [{add: [x, a], when: first}, relu]}",
        "- {unflatten: {dim: 1, sizes: [2, 4]}, as: y}\n- tanh\n- {MultiheadAttention: 2, from: {key: y}, when: first, as: z}\n"
        "- add: [y, z]",
    ],
)
def test_which_input_goes_on_is_certain_where_the_step_before_made_it(steps: str) -> None:
    both(steps)


def test_a_side_chain_has_something_else_in_its_place() -> None:
    text = """
    params: {first: true}
    inputs: {x: [8]}
    steps:
      - {Linear: 8, as: a}
      - {side: [Linear: 3], when: first, else: [Linear: 4, relu: {}], as: aux}
      - {Linear: 5, as: b}
    outputs: {b: b, aux: aux}
    """
    for first, size in ((True, 3), (False, 4)):
        network = net(text, params={"first": first})
        assert outputs(network) == ["b", "aux"]
        assert (shape(network, "b"), shape(network, "aux")) == ((5,), (size,))


def test_rounds_that_have_one_step_or_the_other_share_its_name() -> None:
    text = """
    inputs: {x: [2, 6, 8]}
    steps:
      - {Conv2d: {out_channels: 2, kernel_size: 1}, as: a}
      - {reuse: a}
      - {chain: [{Identity: {}, when: i == 1, else: {Conv2d: {out_channels: 2, kernel_size: 1}}}], repeat: {i: 2}}
    """
    assert [node.path for node in net(text).graph if node.op is not None][2:] == ["identity_1.0", "identity_1.1"]
