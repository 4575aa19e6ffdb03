"""Costs put together: layer by layer, by the block that layers belong to, or by op."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from archc.cost.nodes import Cost
from archc.cost.receptive import Along
from archc.graph import Node, Origin

By = Literal["layer", "block", "op"]
OUTSIDE = "(outside blocks)"
"""What stands for the layers of the network itself."""


@dataclass(frozen=True, slots=True)
class Group:
    """Layers that are counted together; `count` is how many blocks or ops they are."""

    name: str
    count: int
    cost: Cost
    field: tuple[Along, ...] = ()
    """For a layer: its receptive field, where that is not the whole input."""


def grouped(costs: Mapping[Node, Cost], by: By) -> tuple[Group, ...]:
    """The groups, in the order they are met."""
    members: dict[str, list[Node]] = {}
    for node in costs:
        members.setdefault(_name(node, by), []).append(node)
    return tuple(_group(name, nodes, costs, by) for name, nodes in members.items())


def by_prefix(costs: Mapping[Node, Cost], depth: int) -> Sequence[tuple[str, Sequence[Node]]]:
    """The nodes by the first names of their path: `layer1`, `fc` for a depth of 1."""
    members: dict[str, list[Node]] = {}
    for node in costs:
        members.setdefault(".".join(node.path.split(".")[:depth]), []).append(node)
    return tuple(members.items())


def _name(node: Node, by: By) -> str:
    if by == "op":
        return node.kind
    if by == "layer":
        return node.path + (" (again)" if node.reused else "")
    around = _block(node.origin)
    return around.block if around is not None else OUTSIDE


def _block(origin: Origin | None) -> Origin | None:
    """The innermost block around; a `Sequential` or a branch belongs to the block that it stands in."""
    while origin is not None and not origin.block:
        origin = origin.around
    return origin


def _group(name: str, nodes: Sequence[Node], costs: Mapping[Node, Cost], by: By) -> Group:
    cost = _sum(costs[node] for node in nodes)
    instances = {around.name for node in nodes if (around := _block(node.origin)) is not None}
    return Group(name, len(instances) or 1 if by == "block" else len(nodes), cost)


def _sum(costs: Iterable[Cost]) -> Cost:
    first, *others = costs
    for other in others:
        first += other
    return first
