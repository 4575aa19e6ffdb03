"""A graph taken apart into chains, fans and meshes: each a part between two nodes, drawn as one piece."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from archc.diagram.layout.graph import Graph

_LAST = 1 << 60


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Everything between two nodes that nothing else touches."""

    form: Literal["wire", "chain", "fan", "mesh"]
    """One edge; parts one after another; parts side by side; anything else."""
    tail: int
    head: int
    parts: tuple[Part, ...] = ()
    joints: tuple[int, ...] = ()
    """A chain's nodes between its parts, a mesh's nodes within."""
    edge: int = -1
    """A wire's edge; -1 for one that is not drawn, before an input or after an output."""
    skip: bool = False
    weight: int = 0
    """How many nodes are within."""
    first: int = _LAST
    """The first node within."""
    order: int = 0
    """Which input of the head it is, the least where it is several."""


def wire(graph: Graph, edge: int) -> Part:
    """The part that is one edge."""
    own = graph.edges[edge]
    return Part("wire", graph.tail[edge], graph.head[edge], edge=edge, skip=own.skip, order=own.order)


def unseen(tail: int, head: int) -> Part:
    """A wire that is not drawn; a skip, so that it decides nothing about the parts that it ends."""
    return Part("wire", tail, head, skip=True)


def chain(above: Part, joint: int, below: Part) -> Part:
    """Two parts that meet in a node."""
    return Part(
        "chain",
        above.tail,
        below.head,
        (above, below),
        (joint,),
        skip=above.skip and below.skip,
        weight=above.weight + below.weight + 1,
        first=min(above.first, joint, below.first),
        order=below.order,
    )


def fan(left: Part, right: Part) -> Part:
    """Two parts between the same nodes."""
    return Part(
        "fan",
        left.tail,
        left.head,
        (left, right),
        skip=left.skip and right.skip,
        weight=left.weight + right.weight,
        first=min(left.first, right.first),
        order=min(left.order, right.order),
    )


def mesh(tail: int, head: int, parts: Iterable[Part], joints: Iterable[int]) -> Part:
    """Parts that hang together in no simpler way."""
    own, nodes = tuple(parts), tuple(sorted(joints))
    return Part(
        "mesh",
        tail,
        head,
        own,
        nodes,
        skip=all(part.skip for part in own),
        weight=sum(part.weight for part in own) + len(nodes),
        first=min((*nodes, *(part.first for part in own))),
        order=min(part.order for part in own if part.head == head),
    )


def in_order(top: Part) -> list[Part]:
    """All parts of a part, itself last, each after those within it."""
    found: list[Part] = []
    stack = [top]
    while stack:
        part = stack.pop()
        found.append(part)
        stack.extend(part.parts)
    return found[::-1]


def flattened(top: Part) -> Part:
    """The same part with no chain directly within a chain, nor a fan within a fan."""
    runs: dict[int, tuple[list[Part], tuple[int, ...]]] = {}
    order: list[Part] = []
    stack = [top]
    while stack:
        part = stack.pop()
        order.append(part)
        runs[id(part)] = _run(part)
        stack += runs[id(part)][0]
    flat: dict[int, Part] = {}
    for part in reversed(order):
        parts, joints = runs[id(part)]
        whole = tuple(flat[id(own)] for own in parts)
        flat[id(part)] = replace(part, parts=whole, joints=joints)
    return flat[id(top)]


def _run(part: Part) -> tuple[list[Part], tuple[int, ...]]:
    """What a chain or a fan consists of once those of its own form within it are opened."""
    if part.form in ("wire", "mesh"):
        return list(part.parts), part.joints
    parts: list[Part] = []
    joints: list[int] = []
    stack: list[Part | int] = [part]
    while stack:
        item = stack.pop()
        if isinstance(item, int):
            joints.append(item)
        elif item.form != part.form:
            parts.append(item)
        elif item.joints:
            stack += (item.parts[1], item.joints[0], item.parts[0])
        else:
            stack += (item.parts[1], item.parts[0])
    return parts, tuple(joints)
