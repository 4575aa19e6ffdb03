"""The windows that convolutions and pools slide over a tensor, one for each dimension behind the channels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from archc.ops.base import pair
from archc.ops.window import reach
from archc.record import record

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network
    from archc.wiring import Wiring


@record
class Window:
    """A window along one dimension: elements it takes, elements it spans, its steps, padding before and after."""

    kernel: int
    span: int
    stride: int
    before: int
    after: int
    size: int
    """How many elements the dimension has."""
    places: int
    """How many places the window takes."""
    pads_zeros: bool

    @property
    def unseen(self) -> int:
        """How many real elements at the end no window reaches."""
        return max(0, self.size + self.before - (self.places - 1) * self.stride - self.span)


def windows_of(network: Network, node: Node) -> tuple[Window, ...]:
    """The windows of an op that slides one; none of any other, nor of one that undoes a stride."""
    return _of_wiring(network.wiring).get(node, ())


@lru_cache(maxsize=1)
def _of_wiring(wiring: Wiring) -> Mapping[Node, tuple[Window, ...]]:
    """The windows of all nodes, worked out once for the rules that run one after the other."""
    known: dict[tuple[int, int], tuple[Window, ...]] = {}
    found: dict[Node, tuple[Window, ...]] = {}
    for node in wiring.nodes:
        same = (id(node.op), id(node.outputs))  # equal instances share both
        if same not in known:
            known[same] = _of_node(node)
        if known[same]:
            found[node] = known[same]
    return found


def _of_node(node: Node) -> tuple[Window, ...]:
    op = node.op
    kernel: int | tuple[int, ...] | None = getattr(op, "kernel_size", None)
    stride: int | tuple[int, ...] | None = getattr(op, "stride", 0)
    if op is None or op.family not in {"conv", "pool"} or kernel is None or stride == 0:
        return ()
    dims = node.inputs[0].rank - 2
    if dims < 1 or hasattr(op, "output_padding"):
        return ()
    kernels = pair(kernel, dims)
    spans = tuple(map(reach, kernels, pair(getattr(op, "dilation", 1), dims)))
    strides = kernels if stride is None else pair(stride, dims)
    pads = _pads(getattr(op, "padding", 0), spans)
    zeros = getattr(op, "padding_mode", "zeros") == "zeros"
    sizes, places = node.inputs[0].shape[2:], node.outputs[0].shape[2:]
    return tuple(
        Window(kernels[at], spans[at], strides[at], *pads[at], int(sizes[at]), int(places[at]), zeros)
        for at in range(dims)
    )


def _pads(padding: int | str | tuple[int, ...], spans: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    if padding == "same":
        return tuple(((span - 1) // 2, span // 2) for span in spans)
    given = 0 if isinstance(padding, str) else padding
    return tuple((pad, pad) for pad in pair(given, len(spans)))
