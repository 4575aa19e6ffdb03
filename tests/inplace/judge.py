"""One network: what archc says of its ops in place, and what torch makes of it with them and without."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn

import archc
from archc.codegen.classnames import instance_call
from archc.codegen.module import compiled
from archc.codegen.source import write_source
from archc.inplace import check_in_place
from tests.inplace.draw import steps_in, text

SHARP = {
    "ReLU": "SELU", "relu": "selu", "LeakyReLU": "SELU", "leaky_relu": "selu", "ELU": "SELU", "elu": "selu", "CELU": "SELU",
    "celu": "selu", "RReLU": "SELU", "rrelu": "selu", "ReLU6": "SiLU", "relu6": "silu", "Hardtanh": "SiLU",
    "hardtanh": "silu", "Threshold": "SiLU", "threshold": "silu", "Hardswish": "SiLU", "hardswish": "silu",
}  # fmt: skip
"""For ops that leave some numbers as they are, ones that save alike and change all."""


@dataclass(frozen=True)
class Verdict:
    """What archc says (empty: it accepts), and what torch does (empty: as without `inplace`)."""

    archc: str
    torch: str

    @property
    def agree(self) -> bool:
        return bool(self.archc) == bool(self.torch)


@dataclass(frozen=True)
class Ran:
    """What a forward and a backward pass give and leave behind."""

    tensors: Mapping[str, Tensor | None]
    error: str = ""


def judge(spec: Mapping[str, Any]) -> Verdict | None:
    """Compare on one network; None where it is none without `inplace`, or torch cannot run that."""
    plain = without(spec)
    with patch("archc.network.check_in_place", return_value=()):
        try:
            network, other = archc.loads(text(spec)), archc.loads(text(plain))
        except archc.SpecError:
            return None
        verdict = _compare(network, other)
        if verdict is None or verdict.agree or not verdict.archc:
            return verdict
        try:  # refused, and right in numbers: they may be such as the op leaves as they are
            again = _compare(archc.loads(text(sharpened(spec))), archc.loads(text(without(sharpened(spec)))))
        except archc.SpecError:
            return verdict
        return again or verdict


def without(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The spec with `inplace: false` everywhere."""
    made = copy.deepcopy(spec)
    for each in steps_in(made):
        if each.get("inplace") is True:
            each["inplace"] = False
    return made


def sharpened(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The spec with ops in place that change every number."""
    made = copy.deepcopy(spec)
    for each in steps_in(made):
        for old, new in SHARP.items():
            args = each.get(old)
            if isinstance(args, dict) and args.get("inplace"):
                del each[old]
                each[new] = {"inplace": True}
        for name in ("add", "sub", "mul", "div"):
            args = each.get(name)
            if isinstance(args, dict) and args.get("inplace") and "other" in args:
                del each[name]
                each["silu"] = {"inplace": True}
    return made


def _compare(network: archc.Network, other: archc.Network) -> Verdict | None:
    found = check_in_place(network.body)
    assert not check_in_place(other.body), "the fix does not mend it"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        try:
            module, plain = built(network), built(other)
        except KeyError:  # the writer's own fault, for some networks with tensors without a batch
            return None
        plain.load_state_dict(module.state_dict())
        shape = tuple(int(size) for size in next(iter(network.body.inputs)).sample)
        wrong, ran = "", 0
        for training in (True, False):
            for batch in (2, 1):
                x = torch.randn(batch, *shape, generator=torch.Generator().manual_seed(batch))
                right = run(copy.deepcopy(plain).train(training), x)
                if right.error or (batch == 1 and _is_wrong_in_torch(plain)):
                    continue
                if not all(t is None or bool(t.isfinite().all()) for t in right.tensors.values()):
                    return None
                ran += 1
                mine = run(copy.deepcopy(module).train(training), x)
                where = f"training={training}, batch={batch}"
                wrong = wrong or (f"{where}: {mine.error}" if mine.error else difference(where, right, mine))
    return Verdict("; ".join(each.message for each in found), wrong) if ran else None


def built(network: archc.Network) -> nn.Module:
    """The network as a module; its source is not proven, as that refuses some of what archc refuses before."""
    return eval(instance_call(network), vars(compiled(write_source(network), network.name)))


def run(module: nn.Module, x: Tensor) -> Ran:
    """Outputs, gradients, state and input after a forward and a backward pass."""
    torch.manual_seed(1)
    given = x.clone()
    try:
        outputs = _flat(module(given))
        values = [output.detach().clone() if isinstance(output, Tensor) else None for output in outputs]
        loss: list[Tensor] = []
        for at, output in enumerate(outputs):
            if isinstance(output, Tensor) and output.requires_grad:
                weights = torch.rand(output.shape, generator=torch.Generator().manual_seed(at)) + 0.5
                loss.append((output * weights).sum())
        if loss:
            sum(loss[1:], loss[0]).backward()
    except Exception as error:  # whatever torch raises counts
        return Ran({}, f"{type(error).__name__}: {error}".splitlines()[0])
    found: dict[str, Tensor | None] = {f"output {at}": value for at, value in enumerate(values)}
    found |= {f"gradient of {name}": each.grad for name, each in module.named_parameters()}
    found |= {f"state {name}": each.detach() for name, each in [*module.named_parameters(), *module.named_buffers()]}
    return Ran({**found, "input": given})


def _is_wrong_in_torch(module: nn.Module) -> bool:
    """Whether torch's own gradients may be wrong for one sample.

    They are for an op in place on an instance norm's result with its channels moved behind the places.
    """
    return any(isinstance(each, nn.InstanceNorm2d | nn.InstanceNorm3d) for each in module.modules())


def _flat(value: object) -> Sequence[object]:
    return value if isinstance(value, (tuple, list)) else (value,)


def difference(where: str, right: Ran, mine: Ran) -> str:
    """What is not as it should be; empty where all is."""
    for name, expected in right.tensors.items():
        got = mine.tensors[name]
        if (got is None) != (expected is None):
            return f"{where}: {name} is there once alone"
        if (
            got is not None
            and expected is not None
            and not torch.allclose(got, expected, rtol=1e-3, atol=1e-5, equal_nan=True)
        ):
            return f"{where}: {name} differs"
    return ""
