"""The stand-in for torch against torch itself: what it takes for torch's defaults, and for torch's way to start anew."""

from __future__ import annotations

import inspect

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import archc
from archc import ops
from archc.codegen.replay import ProofError, prove
from archc.codegen.standin_modules import Module, ModuleDict, ModuleList, Sequential
from archc.codegen.standin_tensors import INITIALISERS
from archc.naming import MODULE_ATTRIBUTES
from archc.ops.base import Function
from archc.spec.training import INITIALISERS as DECLARED

WRITTEN = {"dim", "start_dim", "batch_first"}
"""Arguments whose default in a spec is not torch's: lowerings write them always."""


@pytest.mark.parametrize("name", INITIALISERS)
def test_initialisers_have_the_defaults_of_torch(name: str) -> None:
    found = [
        p
        for p in inspect.signature(getattr(nn.init, f"{name}_")).parameters.values()
        if p.name not in {"tensor", "generator"}
    ]
    assert {p.name: p.default if p.default is not p.empty else None for p in found} == dict(INITIALISERS[name])


def test_all_initialisers_are_known() -> None:
    assert INITIALISERS.keys() | {"constant", "zeros", "ones"} == DECLARED.keys()


@pytest.mark.parametrize("name", [n for n in ops.names() if ops.find(n).__module__.startswith("archc.ops")])
def test_defaults_that_a_text_may_leave_out_are_those_of_torch(name: str) -> None:
    """Where a lowering leaves an argument out because it is the spec's default, torch must have the same."""
    op = ops.find(name)
    target = getattr(nn, name, None) if op.is_module else getattr(F, name, None)
    if target is None or (issubclass(op, Function) and op.target):
        pytest.skip("no function of torch.nn.functional")
    try:
        parameters = inspect.signature(target).parameters
    except ValueError:
        pytest.skip("torch does not tell its signature")
    for field, info in op.model_fields.items():
        known = parameters.get(field)
        if info.is_required() or known is None or known.default is known.empty or field in WRITTEN:
            continue
        default = info.get_default(call_default_factory=True)
        if callable(known.default):
            assert known.default.__name__ == default
        elif default is not None:
            assert known.default == default, field


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [(Module, nn.Module), (Sequential, nn.Sequential), (ModuleList, nn.ModuleList), (ModuleDict, nn.ModuleDict)],
)
def test_it_has_no_methods_that_torch_has_not(mine: type, theirs: type) -> None:
    own = {name for name in dir(mine) if not name.startswith("_")} - {"own_names", "named_tensors", "is_part"}
    assert own <= {*dir(theirs), "training"}


def test_attributes_of_modules_are_refused_as_names() -> None:
    made = (nn.Module(), nn.Sequential(), nn.ModuleList())
    assert {name for module in made for name in dir(module) if not name.startswith("__")} <= MODULE_ATTRIBUTES


COMPOSED = ("MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer")


@pytest.mark.parametrize("name", COMPOSED)
def test_modules_made_of_modules_start_anew_as_in_torch(name: str) -> None:
    """`reset_parameters` of each inside, then of the whole: what that leaves is what torch makes at first."""
    torch.manual_seed(0)
    made = getattr(nn, name)(16, 2)
    fresh = getattr(nn, name)(16, 2)
    for parameter in made.parameters():
        nn.init.constant_(parameter, 7.0)
    for module in reversed(list(made.modules())):
        reset = getattr(module, "reset_parameters", None) or getattr(module, "_reset_parameters", None)
        if reset is not None:
            reset()
    for (path, one), (_, other) in zip(made.named_parameters(), fresh.named_parameters(), strict=True):
        assert (one.std() - other.std()).abs() < 0.3 * other.std() + 0.05, path


ATTENTION = """
archc: 1
name: net
inputs: {x: [5, 8]}
steps: [{MultiheadAttention: 2, as: attn}, {Linear: 4, as: fc}]
init: {fc.weight: zeros}
"""
TEXT = """
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn = nn.MultiheadAttention(8, 2, batch_first=True)
        self.fc = nn.Linear(8, 4)
        self._start()
    def _start(self):
        nn.init.zeros_(self.fc.weight)
    def init_weights(self):
        for module in ORDER:
            if isinstance(module, nn.MultiheadAttention):
                module._reset_parameters()
            elif hasattr(module, "reset_parameters"):
                module.reset_parameters()
        self._start()
    def forward(self, x):
        return self.fc(self.attn(x, x, x, need_weights=False)[0])
"""


def test_an_attention_is_started_after_its_parts() -> None:
    network = archc.loads(ATTENTION)
    prove(network, TEXT.replace("ORDER", "reversed(list(self.modules()))"), "Net()")
    with pytest.raises(ProofError, match=r"`attn.out_proj.bias` after"):
        prove(network, TEXT.replace("ORDER", "self.modules()"), "Net()")
