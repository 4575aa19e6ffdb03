"""The kernel of circular padding, which torch writes edge by edge."""

from __future__ import annotations

from dataclasses import replace

from archc.ops.base import Call, Kernel, Op
from archc.ops.kernels import lone_kernel


def wrapped_kernel(op: Op, call: Call, edges: tuple[int, ...]) -> Kernel:
    """One kernel: its gradient goes back edge by edge, each time in a copy of the whole."""
    lone, x, result = lone_kernel(op, call), call.inputs.first, call.outputs[0]
    size, whole = call.bytes(x), call.bytes(result)
    pairs = tuple(zip(edges[::2], edges[1::2], strict=True))
    middle, edge = size, 0
    for back, (low, high) in enumerate(pairs, start=1):
        before, after = int(x.shape[-back]), int(result.shape[-back])
        middle = middle // before * (before + min(0, low) + min(0, high))
        edge = max(edge, whole // after * max(0, low, high))
    most = max(whole + max(middle, 2 * edge), size + middle - whole)
    return replace(lone, backward=max(0, most - size))
