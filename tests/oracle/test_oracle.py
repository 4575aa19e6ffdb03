"""The oracle itself, and a short run of it: random specs held to an interpreter that shares nothing with archc."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.oracle.compare import Tally, compare, executed, held, network_class, refused
from tests.oracle.document import document
from tests.oracle.draw import FEATURES, draw
from tests.oracle.formulas import Refused, evaluate
from tests.oracle.interpret import inputs_of, make, make_block
from tests.oracle.values import settled

CASES = 60
SPEC = """
archc: 1
name: net
params: {width: 6, rate: 0.5, depth: 2, keep: true}
let: {half: width / 2}
inputs: {x: [4]}
blocks:
  unit:
    params: {out: int}
    steps:
      - {Linear: out, as: fc}
      - {Linear: {out_features: out, bias: false}, from: input, when: input.features != out, as: short}
      - {sub: [fc, short]}
steps:
  - {unit: width, as: first}
  - {Linear: width, repeat: depth, as: h}
  - {Dropout: rate / 2, when: keep, else: Identity}
  - {mul: half / 2, as: scaled}
  - {LayerNorm: {eps: 0.001}, as: norm}
  - {add: [norm, scaled]}
"""
RIGHT = """
from torch import nn

class Unit(nn.Module):
    def __init__(self, in_features, out):
        super().__init__()
        self.fc = nn.Linear(in_features, out)
        self.short = nn.Linear(in_features, out, bias=False) if in_features != out else None

    def forward(self, x):
        return self.fc(x) - (x if self.short is None else self.short(x))

class Net(nn.Module):
    def __init__(self, width=6, rate=0.5, depth=2, keep=True):
        super().__init__()
        if width < 1 or depth < 0 or not 0 <= rate / 2 <= 1:
            raise ValueError("out of range")
        self.half = width / 2
        self.first = Unit(4, width)
        self.h = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.drop = nn.Dropout(rate / 2) if keep else nn.Identity()
        self.norm = nn.LayerNorm(width, eps=0.001)

    def forward(self, x):
        x = self.first(x)
        for layer in self.h:
            x = layer(x)
        scaled = self.drop(x) * (self.half / 2)
        return self.norm(scaled) + scaled
"""
FAULTS = {
    "operands swapped": ("self.fc(x) - (x if self.short is None else self.short(x))", "(x if self.short is None else self.short(x)) - self.fc(x)"),
    "rounded down": ("self.half / 2", "self.half // 2"),
    "a let rounded down": ("width / 2", "width // 2 - 1"),
    "a probability kept whole": ("nn.Dropout(rate / 2)", "nn.Dropout(rate)"),
    "a condition lost": (" if in_features != out else None", ""),
    "a condition halved": (" if keep else nn.Identity()", ""),
    "another count": ("range(depth)", "range(2)"),
    "an argument lost": (", bias=False", ""),
    "an argument changed": ("eps=0.001", "eps=0.01"),
    "a default changed": ("depth=2", "depth=3"),
    "another name": ("self.short", "self.shortcut"),
    "another order": ("self.first = Unit(4, width)", "self.norm = nn.Identity()\n        self.first = Unit(4, width)"),
    "a constant frozen": ("nn.Linear(width, width)", "nn.Linear(6, 6)"),
    "a wrong input": ("self.norm(scaled) + scaled", "self.norm(x) + scaled"),
}  # fmt: skip
"""What is changed in the class above, each a fault."""
SETTINGS = ({}, {"width": 4}, {"width": 3, "rate": 0.25}, {"depth": 0}, {"depth": 3, "keep": False}, {"rate": 0.0})


def disagreements(source: str) -> set[str]:
    """In what a class differs from the spec above."""
    module, found = executed(source), document(SPEC)
    cls: type[nn.Module] = network_class(module)
    inputs = inputs_of(found, settled(found, {}, None))

    def build(params: dict[str, object]) -> nn.Module:
        torch.manual_seed(0)
        return cls(**params)

    differ: set[str] = set()
    for params in SETTINGS:
        torch.manual_seed(0)
        wanted = make(SPEC, params)
        differ |= {each.kind for each in held("class", str(params), lambda: build(params), wanted, inputs)}  # noqa: B023
    return differ


def test_the_oracle_agrees_with_a_class_that_is_right() -> None:
    """Written by hand, at every setting, its initial weights too."""
    assert disagreements(RIGHT) == set()


@pytest.mark.parametrize("fault", FAULTS)
def test_the_oracle_sees_planted_faults(fault: str) -> None:
    """Each of them alone."""
    old, new = FAULTS[fault]
    assert old in RIGHT
    assert disagreements(RIGHT.replace(old, new))


def test_what_the_language_refuses_a_class_must_refuse() -> None:
    """With a ValueError; not silently, and not by another error."""
    module = executed(RIGHT)
    inputs = [torch.zeros(2, 4)]
    for params in ({"width": 0}, {"depth": -1}, {"rate": 3.0}):
        with pytest.raises(Refused):
            make(SPEC, params)
        for source, faults in ((RIGHT, 0), (RIGHT.replace("or depth < 0 or not 0 <= rate / 2 <= 1", ""), None)):
            cls = network_class(executed(source) if source != RIGHT else module)
            found = list(refused("class", "", cls, params, "", lambda: inputs, Tally()))
            assert faults is None or not found
    loose = network_class(executed(RIGHT.replace("width < 1 or depth < 0 or not 0 <= rate / 2 <= 1", "width < 1")))
    assert [each.kind for each in refused("class", "", loose, {"depth": -1}, "", lambda: inputs, Tally())] == [
        "takes what the language refuses"
    ]


def test_a_division_is_exact_where_a_whole_number_is_wanted() -> None:
    """And a fraction elsewhere; a let is exact if any of its uses is."""
    assert evaluate("h / 2", {"h": 4}) == 2
    assert evaluate("h / 2", {"h": 5}, whole=False) == 2.5
    assert evaluate("round(h / 2) + (1 if h / 2 > 2 else 0)", {"h": 5}) == 3
    with pytest.raises(Refused):
        evaluate("h / 2", {"h": 5})
    with pytest.raises(Refused):
        make(
            SPEC.replace("{mul: half / 2, as: scaled}", "{Linear: half}\n  - {Linear: width, as: scaled}"), {"width": 3}
        )


def test_a_block_alone() -> None:
    """It is told its input by tensors."""
    wide = make_block(SPEC, "unit", {"out": 4}, {}, [torch.zeros(2, 4)])
    assert list(wide.state_dict()) == ["fc.weight", "fc.bias"]
    narrow = make_block(SPEC, "unit", {"out": 5}, {}, [torch.zeros(2, 4)])
    assert list(narrow.state_dict()) == ["fc.weight", "fc.bias", "short.weight"]


def test_a_seed_gives_one_spec() -> None:
    """The same text and settings again, and another for another seed."""
    assert draw(3) == draw(3)
    assert draw(3).text != draw(4).text


def test_specs_are_drawn_over_the_whole_language() -> None:
    """Every feature is there, in a few hundred cases."""
    assert set(FEATURES) <= {feature for seed in range(200) for feature in draw(seed).features}


@pytest.mark.parametrize("seed", range(CASES))
def test_archc_and_the_classes_it_writes_are_what_the_spec_says(seed: int) -> None:
    """At the declared parameters, at other settings, and each block alone."""
    assert [str(each) for each in compare(draw(seed), Tally())] == []
