"""A spec beside a hand-written PyTorch module: equal names, shapes, outputs and gradients, and tidy source."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from archc import api as networks
from archc.network import Network

torch.set_num_threads(1)

SPECS = Path(__file__).parent / "specs"
TOLERANCE = {torch.float32: 1e-6, torch.float64: 1e-10}
RULES = "E,F,I,UP,B"


def load(name: str, variant: str | None = None, **params: object) -> Network:
    """The checked network of `specs/NAME.yaml`."""
    return networks.load(SPECS / f"{name}.yaml", variant=variant, params=params)


def assert_same(network: Network, reference: nn.Module) -> None:
    """The module of `network` is `reference`: the same state, and the same results and gradients from it."""
    assert_tidy(network.source())
    module = network.module()
    assert_same_state(module, reference)
    share_state(module, reference)
    for dtype in (torch.float32, torch.float64):
        inputs = examples(network, dtype)
        pair = [each.to(dtype).eval() for each in (module, reference)]
        with torch.no_grad():
            ours, theirs = (tensors(each(*inputs)) for each in pair)
        assert_close(ours, theirs, TOLERANCE[dtype], "outputs")
    ours, theirs = (trained(each, inputs) for each in (module, reference))
    assert_close(ours[0], theirs[0], TOLERANCE[torch.float64], "outputs in training")
    assert_close(ours[1], theirs[1], 1e-8, "gradients")


def assert_same_state(module: nn.Module, reference: nn.Module) -> None:
    """The same keys and shapes in the same order, buffers apart from parameters."""
    for kind in ("named_parameters", "named_buffers"):
        ours = {name: tuple(value.shape) for name, value in getattr(module, kind)()}
        theirs = {name: tuple(value.shape) for name, value in getattr(reference, kind)()}
        assert ours == theirs
        assert list(ours) == list(theirs)
    assert set(module.state_dict()) == set(reference.state_dict())


def share_state(module: nn.Module, reference: nn.Module) -> None:
    """Give both the same weights and running statistics, none of them at a value that hides an error."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, value in reference.state_dict().items():
            if name.endswith(("running_var", "norm.weight")) or (value.dim() == 1 and name.endswith("weight")):
                value.copy_(0.5 + torch.rand(value.shape, generator=generator))
            elif value.dim() == 1:
                value.copy_(0.1 * torch.randn(value.shape, generator=generator))
            elif value.is_floating_point():
                value.copy_(torch.randn(value.shape, generator=generator) / value[0].numel() ** 0.5)
    module.load_state_dict(reference.state_dict())


def examples(network: Network, dtype: torch.dtype) -> list[Tensor]:
    """A batch of two for each input of a network, at its sizes."""
    shapes = [(tuple(int(size) for size in given.sample), given.dtype) for given in network.body.inputs]
    return [example(shape, torch.int64 if kind == "int64" else dtype, at) for at, (shape, kind) in enumerate(shapes)]


def example(shape: tuple[int, ...], dtype: torch.dtype, seed: int) -> Tensor:
    """A batch of two of an input: whole numbers below 10, or noise."""
    generator = torch.Generator().manual_seed(seed)
    if dtype == torch.int64:
        return torch.randint(10, (2, *shape), generator=generator)
    return torch.randn((2, *shape), generator=generator).to(dtype)


def trained(module: nn.Module, inputs: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """What a module gives in training, its random draws being fixed, and the gradients of its parameters."""
    module.train().zero_grad()
    torch.manual_seed(0)
    results = tensors(module(*inputs))
    torch.stack([result.square().mean() for result in results]).sum().backward()
    return results, [p.grad for p in module.parameters() if p.grad is not None]


def tensors(results: object) -> list[Tensor]:
    """All tensors of a result, in order."""
    if isinstance(results, Tensor):
        return [results]
    if isinstance(results, Mapping):
        return [value for value in results.values() if isinstance(value, Tensor)]
    assert isinstance(results, (tuple, list))
    return [value for value in results if isinstance(value, Tensor)]


def assert_close(actual: Sequence[Tensor], expected: Sequence[Tensor], tolerance: float, what: str) -> None:
    """Equal but for `tolerance`, which is relative to the largest value where that is above 1."""
    assert len(actual) == len(expected) > 0, what
    for mine, theirs in zip(actual, expected, strict=True):
        assert mine.shape == theirs.shape, what
        assert torch.isfinite(theirs).all(), what
        off = (mine - theirs).abs().max() / theirs.abs().max().clamp(min=1.0)
        assert off <= tolerance, f"{what} are off by {off:.1e}"


def assert_tidy(source: str) -> None:
    """The source is as `ruff format` writes it, with nothing that common lint rules object to."""
    for arguments in (["format", "--diff"], ["check", "--select", RULES, "--output-format", "concise"]):
        command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "--line-length", "88", "-"]
        told = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stdout + told.stderr
