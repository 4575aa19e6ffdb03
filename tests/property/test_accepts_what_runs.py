"""archc accepts a spec exactly where torch can run it, and says of it what torch does.

Random specs are carried out by an interpreter that makes plain torch calls, and by archc. Where the interpreter fails,
archc must have findings. Where it runs, archc must accept the spec, every node's shape and parameters must be the real
ones, the generated module must give the same output with the same weights, and the symbolic shapes must hold at other
sizes. `ARCHC_EXAMPLES` says how many specs to try; without it, the same few hundred each time.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.property.comparing import compare, declared_sizes
from tests.property.draw_networks import specs
from tests.property.profile import examples

torch.set_num_threads(1)


@pytest.mark.slow
@examples(150)
@given(spec=specs(), others=st.lists(st.integers(1, 40), min_size=2, max_size=2))
def test_accepts_exactly_what_torch_runs(spec: dict[str, Any], others: list[int]) -> None:
    compare(spec, others if max(declared_sizes(spec).values(), default=0) > 10 else [size % 10 + 1 for size in others])


CASES: dict[str, dict[str, Any]] = {
    "a loop of one round": {"steps": [{"Linear": 4, "repeat": 1}]},
    "a loop among named modules": {"steps": [{"Conv2d": {"out_channels": 2, "kernel_size": 1}, "as": "first"}, {"Conv2d": {"out_channels": 3, "kernel_size": 1}, "repeat": {"i": 3}}]},
    "a loop in a group": {"steps": [{"Sequential": [{"BatchNorm2d": {}, "repeat": 3}, {"ReLU": {}, "as": "act"}]}, "relu"]},
    "a loop of functions in a branch": {"steps": [{"add": {"p": [], "q": [{"silu": {}, "repeat": 3}, {"GELU": {}, "as": "gelu"}]}}]},
    "a lone step repeated in a branch": {"steps": [{"maximum": {"p": [], "q": {"Hardswish": {}, "repeat": 3}}}]},
    "the input of a branch": {"steps": ["tanh", {"add": {"p": ["relu", {"GELU": {}, "as": "g"}, {"mul": ["g", "input"]}], "q": []}}]},
    "a loop in forward": {
        "blocks": {"b": {"params": {"times": "int"}, "steps": [{"Conv2d": {"out_channels": 3, "kernel_size": 1}, "repeat": {"i": "times"}}, "tanh"]}},
        "steps": [{"b": [3]}],
    },
    "a name behind loops of different length": {
        "blocks": {"b": {"params": {"times": 2}, "steps": [{"Linear": 4, "repeat": {"i": "times"}}, {"Linear": 5}]}},
        "steps": [{"b": {}}, {"b": {"times": 4}}],
    },
    "a name behind a dropped step": {
        "blocks": {"b": {"params": {"deep": True}, "steps": [{"Linear": 4, "when": "deep"}, {"Linear": 5}, "relu"]}},
        "steps": [{"b": {}}, {"b": {"deep": False}}],
    },
    "a tuple of one": {"steps": [{"cat": {"p": [], "q": [{"chunk": {"dim": 1, "chunks": 1}, "as": ["a"]}, {"Dropout": 0.0}]}}]},
}  # fmt: skip
"""Specs that archc once got wrong."""


@pytest.mark.parametrize("name", CASES)
def test_once_wrong(name: str) -> None:
    spec = {"archc": 1, "name": "net", "inputs": {"image": [3, "H=9", "W=7"]}, "params": {}, "blocks": {}} | CASES[name]
    assert compare(spec, (5, 12))
