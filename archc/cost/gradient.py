"""How gradients lie in memory, and what is copied where they do not lie as a kernel wants them."""

from __future__ import annotations

from typing import NamedTuple

from archc.ops.kernels import Kernel, Order, Reshaped


class Gradient(NamedTuple):
    """The storage that a tensor's gradient is in, and its order there; None where it has gaps or lies on itself."""

    storage: int
    order: Order | None = ()


def is_apart(order: Order | None, reshapes: Reshaped) -> bool:
    """Whether dimensions to be made one lie apart, dimensions of size 1 being left out of the order."""
    if not reshapes or order == ():
        return False
    if order is None:
        return True
    if reshapes == "all":
        return list(order) != sorted(order)
    last = max(order)
    rows = [dim for dim in order if dim != last]
    return rows != sorted(rows) or order[0] != last != order[-1]


def order_behind(kernel: Kernel, given: Order | None, *, alike: bool) -> Order | None:
    """The order of a gradient that a kernel hands back; `alike` says whether it is in the given one's memory."""
    if not alike:
        return (given or ()) if kernel.returns is None else kernel.returns
    if kernel.scatters:
        return None
    if kernel.turned and given is not None:
        return tuple(kernel.turned[dim] for dim in given or range(len(kernel.turned)))
    return given
