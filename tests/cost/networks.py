"""Networks to hold costs against torch: the shipped ones, and specs as text."""

from __future__ import annotations

import torch
from torch import Tensor

import archc
from archc import Network, SpecError
from tests.codegen.shipped import Shipped

torch.set_num_threads(1)


def at_sizes(shipped: Shipped, *sizes: int) -> Network:
    """A shipped network at the first of some sizes that it takes."""
    names = shipped.network.settled.sizes
    for size in sizes:
        try:
            return archc.load(shipped.file, variant=shipped.variant, sizes=dict.fromkeys(names, size))
        except SpecError:
            continue
    return shipped.network


def feed(network: Network, batch: int) -> list[Tensor]:
    """Numbers for every input: whole ones are 0."""
    made: list[Tensor] = []
    for node in network.graph.graph["inputs"]:
        (type_,) = node.outputs
        shape = (batch, *(int(size) for size in type_.sample))
        made.append(torch.rand(shape).to(getattr(torch, type_.dtype)))
    return made
