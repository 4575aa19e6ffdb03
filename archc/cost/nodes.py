"""What each op costs: parameters, multiply-adds, the memory that its results keep, the bytes it moves, and its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archc.cost.devices import Device
from archc.cost.memory import kept_by_node
from archc.graph import Node, ops_of, train_only_nodes
from archc.network import Network
from archc.ops.base import Inputs
from archc.ops.kernels import bytes_of
from archc.tensor import BYTES, volume


@dataclass(frozen=True, slots=True)
class Cost:
    """What an op, or several together, cost for a batch of `batch` samples in inference, `memory` aside.

    `macs` are multiply-adds of convolutions and matrix products alone, as `torch.utils.flop_counter` counts them, and
    `flops` are two for each. `memory` is what autograd keeps of an op's results for the backward pass. `moved` are the
    bytes that an op reads and writes where each tensor is moved once.
    """

    params: int
    macs: int
    memory: int
    moved: int
    time: float | None = None
    """Seconds on a device at its peaks: no kernel is faster, most are slower."""
    count: int = 1

    @property
    def flops(self) -> int:
        """Two for each multiply-add."""
        return 2 * self.macs

    @property
    def intensity(self) -> float:
        """FLOPs for each byte moved."""
        return self.flops / self.moved if self.moved else 0.0

    def __add__(self, other: Cost) -> Cost:
        time = None if self.time is None or other.time is None else self.time + other.time
        return Cost(
            self.params + other.params, self.macs + other.macs, self.memory + other.memory, self.moved + other.moved,
            time, self.count + other.count,
        )  # fmt: skip


def costs(
    network: Network, batch: int = 1, device: Device | None = None, dtype: str = "float32"
) -> Mapping[Node, Cost]:
    """The cost of each op of a network, in the order they run; those of training alone cost no time in inference.

    What is moved and how long it takes are those of a network whose float32 numbers are of `dtype`.
    """
    graph = network.graph
    kept = kept_by_node(network, batch)
    idle = train_only_nodes(graph)
    made: dict[Node, Cost] = {}
    for node in ops_of(graph):
        memory = kept.get(node, 0)
        if node in idle:
            made[node] = Cost(node.params, 0, memory, 0, None if device is None else 0.0)
            continue
        macs, moved = node.macs * batch, _moved(node, batch, dtype)
        time = None if device is None else _bound(node, macs, moved, device, dtype)
        made[node] = Cost(node.params, macs, memory, moved, time)
    return made


def total(each: Sequence[Cost]) -> Cost:
    """The sum of costs."""
    found = Cost(0, 0, 0, 0, 0.0, 0)
    for cost in each:
        found += cost
    return found


def _bound(node: Node, macs: int, moved: int, device: Device, dtype: str) -> float:
    """The roofline: seconds for all FLOPs or for all bytes, whichever are more (Williams et al. 2009)."""
    own = node.outputs[0].dtype if node.outputs else dtype
    return max(2 * macs / device.peak(_as(own, dtype)), moved / device.bandwidth)


def _moved(node: Node, batch: int, dtype: str) -> int:
    """Inputs, weights and results, each once; nothing for a view or a tensor of the network's own."""
    op = node.op
    if op is None or op.is_source:
        return 0
    if op.aliased(Inputs(node.inputs, node.ports), training=False) and not op.changes_input():
        return 0
    weights = sum(volume(weight.shape) * BYTES.get(_as(weight.dtype, dtype), 1) for weight in op.weights())
    tensors = (type_._replace(dtype=_as(type_.dtype, dtype)) for type_ in (*node.inputs, *node.outputs))
    return weights + sum(bytes_of(type_, batch) for type_ in tensors)


def _as(own: str, dtype: str) -> str:
    return dtype if own == "float32" else own
