"""Names that other libraries have: said to be theirs, never taken for slips of others, and what archc has instead."""

from __future__ import annotations

import re

import pytest
import torch
from torch.nn import functional as F

import archc
from archc import codes, ops
from archc.loading import load_text
from archc.spec.foreign import SAME, SPELLINGS, foreign, torch_names
from tests.torch_names import FILE, lacking

SPEC = "archc: 1\nname: net\ninputs: {{x: [4, 8, 8]}}\nsteps: [{step}]\n"


def finding(step: str) -> archc.Diagnostic:
    found = load_text(SPEC.format(step=step)).findings
    assert [each.code for each in found] == [codes.UNKNOWN_OP]
    return found[0]


def test_the_list_of_torchs_names_is_current() -> None:
    if not torch.__version__.startswith("2.13."):
        pytest.skip("the list is that of torch 2.13")
    assert FILE.read_text(encoding="ascii").split() == lacking()


@pytest.mark.parametrize("name", sorted(torch_names() - {"repeat"}))
def test_a_name_of_torch_is_never_taken_for_a_slip(name: str) -> None:
    there = foreign(name)
    assert there is not None
    assert there.message == f"torch has `{name}`, archc has not"
    assert there.op == SAME.get(name, "")


def test_what_is_said_of_a_name_of_torch() -> None:
    found = finding("atanh")
    assert (found.message, found.help, found.fixes) == ("torch has `atanh`, archc has not", "", ())
    assert finding("{relu_: {}}").help == "archc has `{relu: {inplace: true}}`"
    assert finding("{view: [-1]}").help == "archc has `reshape`, whose shape leaves the batch out"


@pytest.mark.parametrize(
    ("name", "op"),
    [
        ("nn.ReLU", "ReLU"),
        ("torch.nn.ReLU", "ReLU"),
        ("torch.relu", "relu"),
        ("F.gelu", "gelu"),
        ("torch.nn.functional.gelu", "gelu"),
        ("swish", "silu"),
        ("keras.activations.swish", "silu"),
    ],
)
def test_the_same_function_is_written_in_its_place(name: str, op: str) -> None:
    (fix,) = finding(name).fixes
    assert (fix.title, fix.safe) == (f"write `{op}` for `{name}`", True)
    assert archc.loads(SPEC.format(step=op))


@pytest.mark.parametrize(
    "name", ["Dense", "BatchNormalization", "BatchNorm", "size", "keras.layers.Dense", "MaxPooling2D"]
)
def test_other_names_are_explained(name: str) -> None:
    found = finding(f"{{{name}: 4}}")
    assert found.help.startswith("archc has `")
    assert found.fixes == ()


@pytest.mark.parametrize("name", ["foo", "xyz", "nn.Foo", "self.conv"])
def test_nothing_is_said_of_names_that_nobody_knows(name: str) -> None:
    assert "did you mean" not in finding(name).help


@pytest.mark.parametrize("name", sorted(SPELLINGS))
def test_what_explanations_name_is_there(name: str) -> None:
    for op in re.findall(r"`\{(\w+):", SPELLINGS[name]):
        assert ops.find(op) is not None
    assert ops.find(name) is None


A, B = torch.randn(2, 3, 4), torch.rand(2, 3, 4) + 1
OTHERS = {
    "concat": lambda f: f([A, B], 1), "concatenate": lambda f: f([A, B], 1), "clip": lambda f: f(A, -0.5, 0.5),
    "moveaxis": lambda f: f(A, 1, 2), **dict.fromkeys(("divide", "multiply", "subtract", "true_divide"), lambda f: f(A, B)),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(name for name in SAME if hasattr(torch, name)))
def test_the_same_function_is_the_same(name: str) -> None:
    call = OTHERS.get(name, lambda f: f(A))
    assert torch.equal(call(getattr(torch, name)), call(getattr(torch, SAME[name], None) or getattr(F, SAME[name])))
