"""What ops say of themselves to the rules, against what torch computes."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from archc import ops
from archc.ops.base import Inputs, Op
from tests.ops.oracle import Case, ask, run, tensors


def cases(test: str) -> Iterator[Case]:
    """The examples of all ops on one tensor of floats that say so of themselves."""
    for name in ops.names():
        op = ops.find(name)
        if op is None or op.merges or not getattr(op, test):
            continue
        for example in op.examples:
            if len(example.inputs) == 1 and not example.dtypes and example.args.get("track_running_stats", True):
                yield Case(name, example.args, example.inputs, example.dtypes, example.ports)


def applied(case: Case, x: Tensor, monkeypatch: pytest.MonkeyPatch) -> Tensor:
    """What torch makes of a tensor, in inference; modules are made alike each time."""
    monkeypatch.setattr("tests.ops.oracle.tensors", lambda *_: [x])
    torch.manual_seed(0)
    (result,) = [out for out in run(case, ask(case).op, "cpu", training=False).results if out is not None][:1]
    return result.detach()


@pytest.mark.parametrize("case", list(cases("is_affine")), ids=str)
def test_affine(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,), (other,) = ([torch.randn_like(x) for x in tensors(case, "cpu")] for _ in range(2))
    left, right = applied(case, one, monkeypatch), applied(case, other, monkeypatch)
    torch.testing.assert_close(applied(case, (one + other) / 2, monkeypatch), (left + right) / 2)


FLAT = [name for name in ops.names() if ops.find(name).flattens]  # type: ignore[union-attr]


@pytest.mark.parametrize("name", FLAT)
def test_flat(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slopes at -5 and 5, by torch."""
    case = Case(name, {}, ((1,),))

    def slope(at: float) -> float:
        low, high = (applied(case, torch.full((2, 1), at + step), monkeypatch)[0, 0] for step in (-0.01, 0.01))
        return abs(float(high - low)) / 0.02

    op = ops.find(name)
    assert op is not None
    assert slope(-5) < 0.05
    assert (slope(5) < 0.05) == (op.flattens == "both")


IDENTITIES: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("MaxPool2d", {"kernel_size": 1}, (3, 4, 5)),
    ("MaxPool2d", {"kernel_size": 2}, (3, 4, 6)),
    ("MaxPool2d", {"kernel_size": 1, "stride": 2}, (3, 4, 6)),
    ("AvgPool1d", {"kernel_size": 1, "stride": 1}, (3, 4)),
    ("AvgPool1d", {"kernel_size": 3, "stride": 1, "padding": 1}, (3, 4)),
    ("dropout", {"p": 0.0}, (8,)),
    ("Dropout2d", {"p": 0.4}, (8, 4, 4)),
    ("stochastic_depth", {"p": 0.0}, (8,)),
    ("flatten", {}, (8,)),
    ("flatten", {"start_dim": 2}, (8, 3)),
    ("Flatten", {}, (8, 3)),
]


@pytest.mark.parametrize(("name", "args", "shape"), IDENTITIES, ids=lambda value: str(value))
def test_identity(name: str, args: dict[str, Any], shape: tuple[int, ...]) -> None:
    case = Case(name, args, (shape,))
    answer = ask(case)
    torch.manual_seed(0)
    (x,) = tensors(case, "cpu")
    torch.manual_seed(0)
    (result, *_) = run(case, answer.op, "cpu").results
    same = result is not None and result.shape == x.shape and torch.equal(result, x)
    assert answer.op.is_identity(answer.inputs) == same


def test_statistics() -> None:
    """`averaged` says over how many values of a sample a norm takes its mean: one value gives 0, whatever it is."""
    found: dict[str, int | None] = {}
    for name in ops.names():
        op: type[Op] | None = ops.find(name)
        if op is None or op.family != "norm":
            continue
        for example in op.examples:
            case = Case(name, example.args, example.inputs)
            answer = ask(case)
            found[str(case)] = answer.op.averaged(Inputs(answer.inputs.types, answer.inputs.ports))
    known = {text: number for text, number in found.items() if number is not None}
    assert known["GroupNorm(num_groups=3) on N=2 x [6, 4, 4]"] == 32
    assert known["LayerNorm() on N=2 x [5, 16]"] == 16
    assert known["LayerNorm(normalized_shape=(4, 4), bias=False) on N=2 x [3, 4, 4]"] == 16
    assert known["BatchNorm2d() on N=2 x [6, 4, 4]"] == 16
    assert known["group_norm(num_groups=3) on N=2 x [6, 4, 4]"] == 32
