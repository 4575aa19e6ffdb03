"""The difference of a spec and its edit is the edit: nothing more, nothing less. The seeds are those of the cases."""

import json
import re
from collections import Counter
from random import Random

import pytest

import archc
from tests.differences.edits import EDITS, Sketch, edited, sketch

CASES = 30
"""For each kind of edit."""


def network(spec: Sketch) -> archc.Network:
    return archc.loads(json.dumps(spec.data()))


def test_only_networks_are_compared() -> None:
    with pytest.raises(TypeError, match="two networks"):
        archc.diff("lenet", "alexnet")


def own(found: archc.Difference) -> list[tuple[object, ...]]:
    """What the difference says, but for ordinals that shift and what follows from other differences."""
    told: list[tuple[object, ...]] = []
    for change in found.changes:
        op = change.op.partition("(")[0]
        if change.follows or (change.what == "renamed" and skeleton(change.before) == skeleton(change.after)):
            continue
        told.append((change.what, op, change.name, change.before, change.after))
    return told


def skeleton(path: object) -> str:
    return re.sub(r"_?[0-9]+(?=\.|$)", "", str(path))


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_an_edit_is_what_differs(edit) -> None:
    tried = 0
    for seed in range(CASES * 20):
        random = Random(seed)
        spec = sketch(random)
        made = edited(spec, edit, random)
        if made is None:
            continue
        tried += 1
        changed, expected = made
        found = archc.diff(network(spec), network(changed))
        told = own(found)
        if expected == [("renamed whole",)]:
            assert {what for what, *_ in told} == {"renamed"}, (seed, told)
            assert all(str(after).startswith("renamed.") for *_, after in told), (seed, told)
        else:
            wide = len(expected[0]) if expected else 0
            assert Counter(each[:wide] for each in told) == Counter(expected), (seed, told, expected)
        assert found.identical == (not expected), seed
        assert found.identical == (not found.changes and not found.checkpoint.reordered), seed
        back = archc.diff(network(changed), network(spec))
        assert len(own(back)) == len(told), (seed, told, own(back))
        if tried == CASES:
            break
    assert tried >= min(CASES, 20)
