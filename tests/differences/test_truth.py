"""What a difference says, held to torch: "identical" where the modules are the same, and what `load_state_dict` does."""

import json
from itertools import permutations
from random import Random

import pytest

import archc
from archc.canonical import canonical_text
from archc.spec.use import shipped_folder
from tests.differences import by_torch
from tests.differences.edits import EDITS, edited, sketch
from tests.differences.test_edits import network

CASES = 15
"""For each kind of edit."""
HEAD = "{archc: 1, name: net, inputs: {x: [4, 8]}, steps: ["
NORMS = [
    "{BatchNorm1d: {}, as: n}", "{BatchNorm1d: {affine: false}, as: n}", "{BatchNorm1d: {track_running_stats: false}, as: n}",
    "{InstanceNorm1d: {}, as: n}", "{InstanceNorm1d: {track_running_stats: true}, as: n}", "{GroupNorm: {num_groups: 2}, as: n}",
    "{LayerNorm: {}, as: n}", "{Sequential: [Linear: 8], as: n}", "{Linear: 8, as: n}", "{tanh: {}, as: n}",
    "{MultiheadAttention: {num_heads: 2}, from: [input, input, input], as: n}", "{GRU: 8, as: n}, {Linear: 8, as: m}",
]  # fmt: skip
TENSORS = [
    "{Parameter: [], as: p}", "{Parameter: [1], as: p}", "{Parameter: [8], as: p}", "{Buffer: [8], as: p}",
    "{Buffer: {shape: [8], persistent: false}, as: p}", "{Buffer: {shape: [8], dtype: float16}, as: p}",
]  # fmt: skip
SHIPPED = ["resnet18", "resnet34", "wide_resnet50_2", "vgg:vgg11", "vgg:vgg11_bn", "lenet:lecture", "alexnet:lecture"]


def said(found: archc.Difference) -> by_torch.Said:
    result = found.checkpoint
    return set(result.missing), set(result.unexpected), {each.key for each in result.reshaped}


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_identical_is_what_torch_finds_the_same(edit) -> None:
    """But for the names of functions, which no module has."""
    tried = 0
    for seed in range(CASES):
        random = Random(1000 + seed)
        spec = sketch(random)
        made = edited(spec, edit, random)
        if made is None:
            continue
        tried += 1
        one, other = network(spec), network(made[0])
        found = archc.diff(one, other)
        names_alone = all(change.what == "renamed" and change.op.islower() for change in found.changes)
        assert by_torch.same(one, other) == (found.identical or names_alone), seed
        assert said(found) == by_torch.loading(one, other), seed
        assert said(archc.diff(other, one)) == by_torch.loading(other, one), seed
    assert tried


def test_several_edits_at_once_are_held_to_torch() -> None:
    """What they make different is then no longer one thing; that something is, and what loads, is as torch has it."""
    for seed in range(4 * CASES):
        random = Random(2000 + seed)
        spec = changed = sketch(random)
        for edit in random.sample(EDITS, 3):
            changed = (edited(changed, edit, random) or (changed, []))[0]
        try:
            one, other = network(spec), network(changed)
        except archc.SpecError:  # two edits may not go together
            continue
        found, back = archc.diff(one, other), archc.diff(other, one)
        names_alone = all(change.what == "renamed" and change.op.islower() for change in found.changes)
        assert found.identical == back.identical == (not found.changes and not found.checkpoint.reordered), seed
        assert by_torch.same(one, other) == (found.identical or names_alone), seed
        assert (said(found), said(back)) == (by_torch.loading(one, other), by_torch.loading(other, one)), seed


@pytest.mark.parametrize(
    "steps",
    [NORMS, [f"{each}, {{add: {{broadcast: true}}, from: [x, p]}}" for each in TENSORS]],
    ids=["norms", "tensors"],
)
def test_what_loads_is_what_torch_loads(steps: list[str]) -> None:
    networks = [archc.loads(f"{HEAD}{each}]}}") for each in steps]
    for one, other in permutations(networks, 2):
        found = archc.diff(one, other)
        assert said(found) == by_torch.loading(one, other), (one.source(), other.source())
        assert found.checkpoint.loads == (by_torch.loading(one, other) == (set(), set(), set()))


def test_shipped_networks_load_as_torch_loads_them() -> None:
    networks = [archc.load(name) for name in SHIPPED]
    for one, other in permutations(networks, 2):
        assert said(archc.diff(one, other)) == by_torch.loading(one, other)


def test_a_network_in_its_long_form_is_identical() -> None:
    for name in SHIPPED:
        one = archc.load(name)
        other = archc.loads(canonical_text(one.spec), variant=one.variant, folder=shipped_folder())
        assert archc.diff(one, other).identical, archc.diff(one, other).as_text()


def test_keys_in_another_order_are_another_network() -> None:
    steps = [{"Linear": 8, "as": "a"}, {"Linear": 8, "as": "b", "from": "x"}, {"add": ["a", "b"]}]
    one, other = (
        archc.loads(json.dumps({"archc": 1, "name": "net", "inputs": {"x": [8]}, "steps": each}))
        for each in (steps, [steps[1] | {"from": "x"}, steps[0] | {"from": "x"}, steps[2]])
    )
    found = archc.diff(one, other)
    assert (found.identical, found.checkpoint.loads, found.checkpoint.reordered) == (False, True, True)
    assert not found.changes
    assert by_torch.facts(one)[3] != by_torch.facts(other)[3]
