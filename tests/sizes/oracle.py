"""Whether a network really takes sizes: its module run by torch, on the meta device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

import torch
from torch.utils._python_dispatch import TorchDispatchMode

import archc
from archc.diagnostics import SpecError
from archc.dims import at
from archc.network import Network
from archc.sizes import Validity, input_sizes

REFUSALS = (RuntimeError, ValueError, IndexError, AssertionError)
"""What torch raises where shapes do not fit."""


@dataclass
class Tally:
    """How many networks and sizes were compared, and where archc and torch disagree."""

    networks: int = 0
    sizes: int = 0
    valid: int = 0
    undecided: int = 0
    disagreements: list[str] = field(default_factory=list)


class EmptyTensorError(RuntimeError):
    """A tensor without elements: torch computes with those, archc refuses them."""


class _NoneEmpty(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if func.overloadpacket is torch.ops.aten.empty:
            return result  # working memory
        # of several results in a tuple, as a norm has them, only the first one goes on
        for each in result if isinstance(result, list) else result[:1] if isinstance(result, tuple) else (result,):
            if isinstance(each, torch.Tensor) and not each.numel():
                raise EmptyTensorError
        return result


def runs(module: torch.nn.Module, network: Network, sizes: Mapping[str, int]) -> bool:
    """Whether a module takes a batch of these sizes, no tensor on the way being empty."""
    named = {**sizes, "N": 2}
    tensors = [
        torch.empty([at(size, named) for size in type_.shape], dtype=getattr(torch, type_.dtype), device="meta")
        for type_ in network.body.inputs
    ]
    try:
        with _NoneEmpty():
            module(*tensors)
    except REFUSALS:
        return False
    return True


def compare(network: Network, module: torch.nn.Module, validity: Validity, points: list[Mapping[str, int]]) -> Tally:
    """Hold what archc says of some sizes against torch."""
    tally = Tally(networks=1, undecided=len(validity.open))
    for point in points:
        if any(point in region for region in validity.open):
            continue
        said, done = point in validity, runs(module, network, point)
        tally.sizes += 1
        tally.valid += done
        if said != done:
            tally.disagreements.append(f"{network.name} at {dict(point)}: archc says {said}, torch {done}")
    return tally


def points(random: Random, validity: Validity, count: int, largest: int) -> list[Mapping[str, int]]:
    """Small sizes of each symbol, all in turn where there is one symbol, and random ones where there are several."""
    names = validity.names
    if len(names) == 1:
        return [{names[0]: size} for size in range(1, count + 1)]
    return [{name: random.randint(1, largest) for name in names} for _ in range(count)]


def loaded(text: str) -> Network | None:
    """The network of a random spec; None where it is none at the sizes it declares."""
    try:
        return archc.loads(text)
    except SpecError:
        return None


def judge(text: str, random: Random, count: int = 48, largest: int = 40) -> Tally:
    """What comparing one random network finds; nothing where it is no network."""
    network = loaded(text)
    if network is None:
        return Tally()
    validity = input_sizes(network).built
    tally = compare(network, network.module("meta"), validity, points(random, validity, count, largest))
    tally.disagreements = [f"{each}\n{text}" for each in tally.disagreements]
    return tally
