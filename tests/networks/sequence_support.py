"""Holding a spec to a network written by hand: the same parameters under the same names, and the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import archc

torch.set_num_threads(1)
SPECS = Path(__file__).parent / "specs"


def spec(name: str, **settings: Any) -> archc.Network:
    """The checked network of a spec in the folder beside this file."""
    return archc.load(SPECS / f"{name}.yaml", **settings)


def assert_same(network: archc.Network, peer: nn.Module, *inputs: Tensor) -> nn.Module:
    """Equal `state_dict`s, and with the peer's weights equal outputs and gradients; gives the module."""
    torch.manual_seed(1)
    module = network.module().double()
    peer = peer.double()
    for tensor in peer.state_dict().values():
        if tensor.is_floating_point() and tensor.dim():
            tensor.uniform_(0.1, 0.9) if tensor.dim() == 1 else tensor.normal_(std=0.3)
    assert layout(module) == layout(peer)
    module.load_state_dict(peer.state_dict())
    for training in (False, True):
        module.train(training)
        peer.train(training)
        ours, theirs = tensors(module(*inputs)), tensors(peer(*inputs))
        assert len(ours) == len(theirs)
        for mine, other in zip(ours, theirs, strict=True):
            assert mine.shape == other.shape
            assert mine.dtype == other.dtype
            torch.testing.assert_close(mine, other, rtol=1e-10, atol=1e-12)
    sum(t.square().sum() for t in ours).backward()
    sum(t.square().sum() for t in theirs).backward()
    wanted = dict(peer.named_parameters())
    for name, parameter in module.named_parameters():
        mine, other = parameter.grad, wanted[name].grad
        assert (mine is None) == (other is None), name
        if mine is not None:
            torch.testing.assert_close(mine, other, rtol=1e-8, atol=1e-10)
    counted = sum(p.numel() for p in peer.parameters())
    assert sum(node.params for node in network.graph) == counted
    return module


def layout(module: nn.Module) -> dict[str, tuple[int, ...]]:
    """The names and shapes of a module's state, in order."""
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def tensors(result: Any) -> tuple[Tensor, ...]:
    """The outputs that are there: training-only ones are None in inference."""
    found = (result,) if isinstance(result, Tensor) else tuple(result)
    return tuple(tensor for tensor in found if tensor is not None)


def image(*shape: int) -> Tensor:
    """Random floating-point input."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def tokens(*shape: int, vocabulary: int) -> Tensor:
    """Random indices."""
    return torch.randint(vocabulary, shape, generator=torch.Generator().manual_seed(4))
