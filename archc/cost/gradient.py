"""How gradients lie in memory, and what is copied where they do not lie as a kernel wants them."""

from __future__ import annotations

from typing import NamedTuple

from archc.ops.kernels import Kernel, Order, Reshaped


class Gradient(NamedTuple):
    """The storage that a tensor's gradient is in, and how it lies there."""

    storage: int
    order: Order = ()
    gaps: Reshaped = ""
    """Where it has gaps or lies on itself: between rows, or within all of them."""


def is_apart(gradient: Gradient, reshapes: Reshaped) -> bool:
    """Whether dimensions to be made one lie apart."""
    order = gradient.order
    if not reshapes or gradient.gaps in ("rows", reshapes):
        return bool(reshapes)
    if not order:
        return False
    if reshapes == "all":
        return list(order) != sorted(order)
    last = max(order)
    rows = [dim for dim in order if dim != last]
    return rows != sorted(rows) or order[0] != last != order[-1]


def behind(kernel: Kernel, given: Gradient, storage: int, *, alike: bool) -> Gradient:
    """A gradient that a kernel hands back; `alike` says whether it is in the given one's memory."""
    if not alike:
        return Gradient(storage, given.order if kernel.returns is None else kernel.returns)
    if kernel.scatters:
        return Gradient(storage, (), kernel.scatters)
    if kernel.turned:
        turned = tuple(kernel.turned[dim] for dim in given.order or range(len(kernel.turned)))
        return Gradient(storage, turned, given.gaps and "rows")
    return Gradient(storage, given.order, given.gaps)
