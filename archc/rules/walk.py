"""How rules get about in a network's graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from archc.diagnostics import Note
from archc.tensor import TensorType

if TYPE_CHECKING:
    from archc.graph import Node, Result
    from archc.network import Network


def ops_of(network: Network) -> Iterator[Node]:
    """The nodes that are ops, in the order they run."""
    return (node for node in network.wiring.nodes if node.op is not None)


def outputs_of(network: Network) -> Sequence[Result]:
    """What the network hands out."""
    return network.wiring.outputs


def readers(network: Network, node: Node) -> tuple[Node, ...]:
    """The ops that take a node's results."""
    return network.wiring.after(node)


def sources(network: Network, node: Node) -> tuple[Node, ...]:
    """The nodes that feed a node."""
    return network.wiring.before(node)


def is_handed_out(network: Network, node: Node) -> bool:
    """Whether a declared output is this node's result."""
    return any(result.node is node for result in outputs_of(network))


Test = Callable[["Node"], bool]


def ends(network: Network, node: Node, passes: Test) -> tuple[Node | None, ...]:
    """Who takes a node's result in the end, straight or through ops that pass it on; None for an output."""
    found: list[Node | None] = []
    waiting, seen = [node], {node}
    while waiting:
        here = waiting.pop()
        if is_handed_out(network, here):
            found.append(None)
        for reader in readers(network, here):
            if not passes(reader):
                found.append(reader)
            elif reader not in seen:
                seen.add(reader)
                waiting.append(reader)
    return tuple(found)


def origin_of(network: Network, node: Node, passes: Test) -> Node:
    """Where a node's one input comes from, past ops that pass it on."""
    (here,) = sources(network, node)
    while passes(here):
        (here,) = sources(network, here)
    return here


def takes_one(node: Node) -> bool:
    """Whether a node is an op on one tensor."""
    return node.op is not None and len(node.inputs) == 1


def is_linear(node: Node) -> bool:
    """Whether a node multiplies one tensor by weights of its own: a convolution, a dense layer."""
    op = node.op
    return op is not None and op.family in {"conv", "linear"} and len(node.inputs) == 1 and bool(op.weights())


def is_affine(node: Node) -> bool:
    """Whether a node takes one tensor and bends nothing: layers on both its sides are still one linear map."""
    op = node.op
    if op is None or len(node.inputs) != 1 or getattr(op, "track_running_stats", True) is False:
        return False
    return op.is_view or op.is_affine


def is_activation(node: Node) -> bool:
    """Whether a node is an activation."""
    return takes_one(node) and node.op is not None and node.op.family == "activation"


def setting(node: Node, name: str) -> Any:
    """An op's argument; None where it has none of that name."""
    return getattr(node.op, name, None)


def channels(type_: TensorType, node: Node) -> int:
    """The width of a tensor beside a linear node: dimension 1 at a convolution, else the last one."""
    return int(type_.shape[1] if node.op is not None and node.op.family == "conv" else type_.shape[-1])


def note(node: Node, *, gives: bool = True) -> Note:
    """A node by name, with the type that it gives or, failing that, takes."""
    type_ = (node.outputs if gives else node.inputs)[0]
    shape = " x ".join(str(int(size)) for size in type_.sample) or "scalar"
    return Note(f"{label(node)}  {'' if gives else 'takes '}{shape}", node.step.where if node.step else None)


def label(node: Node) -> str:
    """What messages call a node: its path and op."""
    return f"`{node.path}` ({node.kind})" if node.op is not None else f"input `{node.path}`"
