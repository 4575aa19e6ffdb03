"""The names of repeated steps: one for all rounds, which are numbered under it."""

from __future__ import annotations

import pytest

from archc import codes
from archc.provenance import paths as known_paths
from archc.step_paths import find_type
from archc.tree import Body, ops_in
from tests.language.support import finding, findings, net, paths, shape

SPEC = "inputs: {{x: [8]}}\nsteps:\n{}"


def names(steps: str) -> list[str]:
    """The paths of all modules of a network."""
    return paths(net(SPEC.format(steps)))


def test_rounds_are_numbered_under_the_name() -> None:
    assert names("- {Linear: 8, repeat: 3, as: h}\n- relu") == ["h.0", "h.1", "h.2"]


def test_without_a_name_they_have_one_ordinal() -> None:
    assert names("- {Linear: 8, repeat: 2}\n- relu\n- {Linear: 8}") == ["linear_1.0", "linear_1.1", "linear_2"]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_names_behind_do_not_depend_on_the_count(count: int) -> None:
    repeated = f"- {{Linear: 8, repeat: {count}}}\n- relu\n- {{relu: {{}}, repeat: {count}}}\n"
    forks = f"- {{add: {{skip: [], body: {{Linear: 8}}}}, repeat: {count}}}\n"
    found = names(f"{repeated}{forks}- {{Linear: 8}}\n- ReLU\n- add: {{skip: [], body: {{Linear: 8}}}}")
    assert found[-3:] == ["linear_2", "relu_3", "body_2"]


def test_a_round_that_is_dropped_leaves_a_gap() -> None:
    assert names("- {Linear: 8, repeat: {i: 3}, when: i != 1, as: h}\n- relu") == ["h.0", "h.2"]
    assert names("- {Linear: 8, repeat: {i: 3}, when: i != 0}\n- relu\n- {Linear: 8}") == [
        "linear_1.1", "linear_1.2", "linear_2",
    ]  # fmt: skip


def test_all_that_is_one_module_in_each_round() -> None:
    text = """
    params: {{act: {{type: block, choices: [ReLU, GELU], default: GELU}}}}
    inputs: {{x: [8]}}
    blocks: {{unit: {{steps: [{{Linear: 8, as: fc}}, relu]}}}}
    steps: [{}, relu]
    """
    assert paths(net(text.format("{unit: {}, repeat: 2, as: h}"))) == ["h.0.fc", "h.1.fc"]
    assert paths(net(text.format("{act: {}, repeat: 2, as: h}"))) == ["h.0", "h.1"]
    assert paths(net(text.format("{Sequential: [Linear: 8, tanh: {}], repeat: 2, as: h}"))) == ["h.0.0", "h.1.0"]
    assert paths(net(text.format("{add: {body: {Linear: 8, as: fc, repeat: 2}, skip: []}}"))) == ["fc.0", "fc.1"]


def test_a_repeated_chain_numbers_each_of_its_steps() -> None:
    steps = "- {chain: [{Linear: 8, as: fc}, {relu: {}, as: act}, {Linear: 8, as: b}, {add: [b, act]}], repeat: 2}"
    assert names(steps) == ["fc.0", "b.0", "fc.1", "b.1"]
    assert names("- {chain: [{Linear: 8}, relu, {Linear: 8}], repeat: 2}\n- {Linear: 8}") == [
        "linear_1.0", "linear_2.0", "linear_1.1", "linear_2.1", "linear_3",
    ]  # fmt: skip


def test_branches_of_a_repeated_fork_are_numbered() -> None:
    steps = "- {add: {skip: [], body: [Linear: 8, relu: {}], more: {Linear: 8}}, repeat: 2}\n- add: {body: {Linear: 8}, skip: []}"
    assert names(steps) == ["body.0.0", "more.0", "body.1.0", "more.1", "body_2"]


def test_the_inner_round_comes_last() -> None:
    steps = (
        "- {chain: [{Linear: 8, as: h, repeat: 2}, relu, {Linear: 8, repeat: {j: i}}], repeat: {i: 2}}\n- {Linear: 8}"
    )
    assert names(steps) == ["h.0.0", "h.0.1", "h.1.0", "h.1.1", "linear_1.1.0", "linear_2"]


def test_templates_stay_as_they_are() -> None:
    assert names('- {Linear: 8, repeat: {i: 2}, as: "fc{i + 1}"}\n- relu') == ["fc1", "fc2"]
    assert names('- {chain: [{Linear: 8, as: "fc{i}"}, relu], repeat: {i: 2}}') == ["fc0", "fc1"]


def test_in_a_sequential_they_are_numbered_children_or_one_of_that_name() -> None:
    steps = "- {as: body, Sequential: [{Linear: 8, repeat: 2}, {Linear: 8, repeat: {i: 3}, as: h, when: i != 1}, tanh, Linear: 2]}\n- relu"
    assert names(steps) == ["body.0", "body.1", "body.h.0", "body.h.1", "body.4"]
    body = net(SPEC.format(steps)).body.items[0].content
    assert isinstance(body, Body)
    assert [item.name for item in body.items] == ["0", "1", "h", "3", "4"]


def test_in_a_sequential_input_is_still_that_of_its_chain() -> None:
    text = """
    inputs: {x: [8]}
    blocks: {join: {inputs: [a, b], steps: [{add: [a, b]}, {Linear: 8, as: fc}]}}
    steps: [{Sequential: [{Linear: 8}, {join: {}, from: {b: input}, repeat: 2, as: h}], as: body}, relu]
    """
    network = net(text)
    assert paths(network) == ["body.0", "body.h.0.fc", "body.h.1.fc"]
    rounds = network.body.items[0].content.items[1]
    assert [source.item for source in rounds.inputs] == [0, -1]


def test_a_network_of_modules_alone_has_them_as_a_child() -> None:
    network = net(SPEC.format("- {Linear: 8, repeat: 2, as: h}\n- {Linear: 8, repeat: 2}\n- ReLU"))
    assert [path for path, _ in ops_in(network.body)] == ["h.0", "h.1", "1", "2", "3"]


@pytest.mark.parametrize(
    "steps",
    [
        "- {Linear: 8, repeat: 3, as: h}\n- {relu: {}, as: act}\n- add: [h, act]",
        "- {Linear: 8, repeat: 3, as: h}\n- {reuse: h}",
        "- {Linear: 8, repeat: 3, as: h}\n- {relu: {}, from: h}",
        "- {Linear: 8, repeat: 3, as: h}\n- {Linear: 8, when: false, else: h}",
        "- {Linear: 8, repeat: 3, as: h}\n- {Sequential: [Linear: 8, add: [h, input]]}",
        "- {Linear: 8, repeat: 3, as: h}\n- relu\noutputs: {y: h}",
    ],
)
def test_the_name_is_of_no_one_tensor(steps: str) -> None:
    found = finding(SPEC.format(steps))
    assert (found.code, found.message) == (codes.ROUNDS, "`h` is the results of 3 rounds, not one tensor")


def test_of_a_table_it_says_which() -> None:
    text = "params: {t: {type: table, columns: {n: int}, default: [[8], [8]]}}\ninputs: {x: [8]}\nsteps: [{Linear: row.n, repeat: {row: t}, as: h}, {add: [h, x]}]"
    assert finding(text).message == "`h` is the results of rounds, one a row of `t`, not one tensor"


def test_no_other_step_may_have_the_name() -> None:
    repeated = "- {Linear: 8, repeat: 2, as: h}\n"
    for other in ("- {Linear: 8, as: h}", "- {Linear: 8, repeat: 2, as: h}", "- {chain: [{Linear: 8, as: h}]}"):
        assert {f.code for f in findings(SPEC.format(f"{repeated}- relu\n{other}"))} == {codes.DUPLICATE_NAME}
        assert {f.code for f in findings(SPEC.format(f"{other}\n- relu\n{repeated}"))} == {codes.DUPLICATE_NAME}
    assert finding(SPEC.format("- {Linear: 8}\n- relu\n- {relu: {}, repeat: 2, as: r}")).code == codes.DUPLICATE_NAME


CARRY = """
inputs: {start: [8], memory: [8]}
blocks:
  layer:
    inputs: [x, memory]
    outputs: {x: made}
    steps: [{add: [x, memory]}, {Linear: 8, as: made}]
steps:
  - {relu: {}, from: start, as: first}
  - {layer: {}, repeat: 3, as: h, from: {x: first, memory: memory}}
"""


def test_a_result_called_like_an_input_is_handed_to_the_next_round() -> None:
    """`from` gives it in the first round; what no result is called like is the same in all."""
    body = net(CARRY).body
    sources = [[source.item for source in item.inputs] for item in body.items[1:]]
    assert sources == [[0, -2], [1, -2], [2, -2]]
    assert shape(net(CARRY)) == (8,)
    one = CARRY.replace("[x, memory]\n", "[x]\n").replace("add: [x, memory]", "add: [x, x]")
    body = net(one.replace("{x: first, memory: memory}", "first").replace(", memory: [8]", "")).body
    assert [[source.item for source in item.inputs] for item in body.items[1:]] == [[0], [1], [2]]


def test_paths_of_rounds_are_found_in_cases_and_rules() -> None:
    text = """
    inputs: {x: [8]}
    blocks: {unit: {steps: [{Linear: 8, as: fc}, relu]}}
    steps: [{unit: {}, repeat: 2, as: h}, {tanh: {}, as: act}]
    init: {"h.1.*": zeros}
    check: [{shapes: {h.0: [8], h.1.fc: [8]}}]
    """
    network = net(text)
    assert all(find_type(network.body, name) is not None for name in ("h.0", "h.1", "h.1.fc", "act"))
    assert find_type(network.body, "h") is find_type(network.body, "h.2") is None
    assert {"h.0", "h.1.fc", "act"} <= {*known_paths(network)}
    assert "h" not in known_paths(network)
