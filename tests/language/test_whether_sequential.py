"""Whether a network is an `nn.Sequential`, which numbers its children, follows from its text and not from values."""

from __future__ import annotations

import pytest

from archc.spec.sequential import is_sequential
from archc.tree import is_plain_chain
from tests.language.support import net, paths

SPEC = """
params: {{flag: {}, n: 1, act: {{type: block, choices: [ReLU, {}], default: ReLU}}}}
inputs: {{x: [8]}}
blocks:
  one: {{steps: [{{Linear: 8, as: fc}}, relu]}}
  two: {{inputs: [a, b], steps: [{{add: [a, b]}}]}}
  both: {{outputs: {{p: first, q: last}}, steps: [{{Linear: 8, as: first}}, {{relu: {{}}, as: last}}]}}
steps:
{}
"""

SEQUENTIAL = [
    "- Linear: 8\n- ReLU",
    "- {Linear: 8, when: flag}\n- ReLU",
    "- {Linear: 8, when: flag, else: Identity}\n- ReLU",
    "- {Linear: 8, when: flag, else: []}\n- ReLU",
    "- {Linear: 8, when: flag, else: [Linear: 8, relu: {}]}\n- ReLU",
    "- {Linear: 8, repeat: n}\n- {one: {}, repeat: 2, as: h}",
    "- {chain: [Linear: 8, ReLU], repeat: n}\n- Linear: 8",
    "- {chain: [Linear: 8, ReLU], when: flag, else: [Linear: 8, GELU]}\n- Linear: 8",
    "- act\n- Linear: 8",
    "- {Sequential: [Linear: 8, relu: {}, add: {skip: [], body: {Linear: 8}}], as: body}\n- Linear: 8",
    "- {Sequential: [{Linear: 8, as: a}, {Linear: 8, as: b}, {add: [a, b]}]}\n- Linear: 8",
    "- {Linear: 8, as: fc}\n- {Dropout: 0.1, as: last, when: flag}\noutputs: {y: last}",
]
OTHER = [
    "- Linear: 8\n- relu\n- Linear: 8",
    "- Linear: 8\n- {relu: {}, when: flag}\n- Linear: 8",
    "- Linear: 8\n- {ReLU: {}, when: flag, else: relu}\n- Linear: 8",
    "- Linear: 8\n- {ReLU: {}, when: flag, else: [relu, tanh]}\n- Linear: 8",
    "- {Linear: 8, as: a}\n- {Linear: 8, when: flag, else: x}",
    "- {chain: [Linear: 8, ReLU], when: flag, else: [Linear: 8, relu]}\n- Linear: 8",
    "- {Linear: 8, from: x}\n- Linear: 8",
    "- Linear: 8\n- {side: [Linear: 8], as: s, when: flag}\n- ReLU",
    "- {Linear: 8, as: fc}\n- ReLU\n- {reuse: fc, when: flag}",
    "- {both: {}}\n- Linear: 8",
    "- {add: {skip: [], body: {Linear: 8}}, when: flag}\n- Linear: 8",
    "- {Linear: 8, as: a}\n- {Sequential: [{Linear: 8}, {add: [input, a], when: flag}]}",
    "- {Linear: 8, as: a}\n- {Dropout: 0.1, when: flag}\noutputs: {y: a}",
    "- {Linear: 8, as: a}\n- {ReLU: {}, as: b}\noutputs: {y: {from: b, only: train}}",
]


@pytest.mark.parametrize("steps", SEQUENTIAL)
def test_modules_alone_are_numbered_whatever_is_there(steps: str) -> None:
    for flag in ("true", "false"):
        network = net(SPEC.format(flag, "GELU", steps))
        assert is_sequential(network.spec)
        assert is_plain_chain(network.body)
        names = [item.name for item in network.body.items]
        plain = {"h", "body", "fc", "last"}
        assert [name for name in names if name not in plain] == [
            str(at) for at, name in enumerate(names) if name not in plain
        ]


@pytest.mark.parametrize("steps", OTHER)
def test_what_may_be_more_than_modules_is_not(steps: str) -> None:
    for flag in ("true", "false"):
        try:
            network = net(SPEC.format(flag, "GELU", steps))
        except Exception as error:
            assert "ARC109" in str(error) or "train" in str(error)
            continue
        assert not is_sequential(network.spec)
        assert not any(item.name.isdigit() for item in network.body.items)


def test_a_choice_is_what_it_offers() -> None:
    steps = "- {Linear: 8}\n- act\n- {Linear: 8}"
    assert paths(net(SPEC.format("true", "GELU", steps))) == ["0", "1", "2"]
    assert paths(net(SPEC.format("true", "relu", steps))) == ["linear_1", "act_1", "linear_2"]


def test_a_flag_renames_nothing() -> None:
    steps = "- {Linear: 8}\n- {relu: {}, when: flag}\n- {Linear: 8}"
    assert {tuple(paths(net(SPEC.format(flag, "GELU", steps)))) for flag in ("true", "false")} == {
        ("linear_1", "linear_2")
    }


def test_blocks_are_asked_in_the_same_way() -> None:
    text = """
    inputs: {x: [8]}
    blocks:
      plain: {steps: [{Linear: 8, as: fc}, {ReLU: {}, as: act}]}
      mixed: {steps: [{Linear: 8, as: fc}, relu]}
      pair: {inputs: [a, b], steps: [{Linear: 8, from: a, as: fc}, {add: [fc, b]}]}
    steps: [{plain: {}, as: p}, {mixed: {}, as: m}, {pair: {}, from: [p, m]}]
    """
    blocks = net(text).spec.scope.blocks
    assert [name for name, block in blocks.items() if is_sequential(block)] == ["plain"]
