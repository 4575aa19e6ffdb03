"""The networks that ship with archc, at sizes small enough to run them, and what the proofs do with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import archc
from archc import Network, SpecError
from archc.loading import shipped_variants
from archc.naming import class_name

torch.set_num_threads(1)

SIZES = (16, 32, 64, 96, 128, 160, 192, 224, 256, 320)


@dataclass(frozen=True)
class Shipped:
    """A variant of a shipped spec."""

    file: Path
    variant: str | None

    def __str__(self) -> str:
        return f"{self.file.stem}-{self.variant}" if self.variant else self.file.stem

    @property
    def network(self) -> Network:
        """At the sizes it declares."""
        return _network(self)

    @property
    def small(self) -> Network:
        """At the smallest sizes that it can take."""
        return _small(self)

    @property
    def source(self) -> str:
        """The file that archc writes."""
        return _source(self)

    @property
    def class_name(self) -> str:
        return class_name(self.network.name, self.network.spec.title)

    def module(self) -> nn.Module:
        """A module for the smallest sizes, the weights always the same; shared, so not to be changed."""
        return _module(self)

    @property
    def blank(self) -> nn.Module:
        """A module for the declared sizes, without memory behind its weights; shared too."""
        return _blank(self)

    def inputs(self, batch: int = 2, *, small: bool = True) -> tuple[Tensor, ...]:
        """Random numbers (whole ones: 0 or 1) for every input, always the same."""
        network = self.small if small else self.network
        random = torch.Generator().manual_seed(0)
        made: list[Tensor] = []
        for node in network.graph.graph["inputs"]:
            (type_,) = node.outputs
            shape, dtype = (batch, *(int(d) for d in type_.sample)), getattr(torch, type_.dtype)
            floating = torch.rand(shape, generator=random)
            made.append(floating.to(dtype) if dtype.is_floating_point else (floating * 2).to(dtype))
        return tuple(made)


@cache
def _network(shipped: Shipped) -> Network:
    return archc.load(shipped.file, variant=shipped.variant)


@cache
def _small(shipped: Shipped) -> Network:
    names = shipped.network.settled.sizes
    for size in SIZES:
        try:
            return archc.load(shipped.file, variant=shipped.variant, sizes=dict.fromkeys(names, size))
        except SpecError:
            continue
    return shipped.network


@cache
def _source(shipped: Shipped) -> str:
    return shipped.network.source()


@cache
def _module(shipped: Shipped) -> nn.Module:
    torch.manual_seed(0)
    return shipped.small.module().eval()


@cache
def _blank(shipped: Shipped) -> nn.Module:
    return shipped.network.module(device="meta")


def every_variant() -> list[Shipped]:
    """All variants of all shipped networks."""
    return [Shipped(file, name) for file, names in shipped_variants().items() for name in names or (None,)]


def sample() -> list[Shipped]:
    """For each file the lightest variant with each set of outputs."""
    chosen: dict[tuple[Path, tuple[str, ...]], Shipped] = {}
    for shipped in sorted(every_variant(), key=_weight):
        outputs = tuple(result.name for result in shipped.network.graph.graph["outputs"])
        chosen.setdefault((shipped.file, outputs), shipped)
    return sorted(chosen.values(), key=str)


def _weight(shipped: Shipped) -> int:
    return sum(node.params for node in shipped.network.graph)


def tensors(result: object) -> list[Tensor]:
    """The tensors of a module's result, those of training alone left out where they are None."""
    return [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]


def assert_equal(result: object, expected: object, **tolerance: float) -> None:
    """Both results hold the same tensors."""
    found, wanted = tensors(result), tensors(expected)
    assert len(found) == len(wanted) > 0
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, **tolerance)


class StraysError(AssertionError):
    """A tensor was born on another device than the one the code runs on."""


class OneDevice(TorchDispatchMode):
    """Refuses every op that gives a tensor on another device than `device`."""

    def __init__(self, device: str) -> None:
        super().__init__()
        self.device = device
        self.ops = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        self.ops += 1
        for strays in _elsewhere(result, self.device):
            raise StraysError(f"{func} gives a tensor on {strays}, not on {self.device}")
        return result


def _elsewhere(result: object, device: str) -> Iterator[torch.device]:
    return (leaf.device for leaf in tensors(result) if leaf.device.type != device)
