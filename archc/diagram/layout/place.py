"""Where the parts of a graph stand across the flow: chains straight, fans side by side, bypasses beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archc.diagram.layout.contour import Contour, add, apart, of_box, of_line
from archc.diagram.layout.graph import Graph
from archc.diagram.layout.parts import Part
from archc.diagram.layout.slots import Cell, End, cells

_ALIGNED = 3.0
"""Lanes of bypasses are near if they differ by at most so many gaps between lanes."""


@dataclass(frozen=True, slots=True)
class Block:
    """A placed part, seen from the lane of its tail and head."""

    contour: Contour
    shifts: tuple[float, ...]
    """Where its parts stand, then its joints where these have lanes of their own."""
    tops: tuple[float, ...]
    """Where lines leave the tail."""
    ends: tuple[End, ...]


@dataclass(frozen=True, slots=True)
class Floating:
    """A bypass with few nodes on a long way: they stand in the middle of it, not at its start."""

    joints: tuple[int, ...]
    tail: int
    head: int


@dataclass(slots=True)
class Ground:
    """What placing finds out on its way besides the blocks."""

    graph: Graph
    blocks: dict[int, Block] = field(default_factory=dict[int, Block])
    cells: dict[int, tuple[Cell, ...]] = field(default_factory=dict[int, tuple[Cell, ...]])
    floating: dict[int, Floating] = field(default_factory=dict[int, Floating])
    """By the first node of the bypass."""

    def block(self, part: Part) -> Block:
        """The block of a part placed before."""
        return self.blocks[id(part)]


def wire_block(graph: Graph, part: Part) -> Block:
    """A straight line, through the gaps and the layers between."""
    if part.edge < 0:
        return Block({}, (), (), ())
    top, bottom = 2 * graph.layer[part.tail] + 1, 2 * graph.layer[part.head] - 1
    contour = of_line(top - graph.is_hub(part.tail), bottom + graph.is_round(part.head))
    label = graph.edges[part.edge].label
    if label is not None:
        row = top if graph.label_at_tail(part.edge) else bottom
        width = label[0] + 6
        add(contour, of_box(row, *((0.0, width) if graph.label_side > 0 else (-width, 0.0))), 0)
    return Block(contour, (), (0.0,), (End(0.0, part.edge, not part.skip),))


def chain_block(ground: Ground, part: Part) -> Block:
    """Parts and nodes one below the other, on one lane."""
    contour: Contour = {}
    _align_bypasses(ground, part.parts)
    blocks = [ground.block(own) for own in part.parts]
    for block in sorted(blocks, key=lambda block: -len(block.contour)):
        add(contour, block.contour, 0)
    for above, joint in zip(blocks, part.joints, strict=False):
        add(contour, node_contour(ground, joint, above.ends), 0)
    return Block(contour, (0.0,) * len(blocks), blocks[0].tops, blocks[-1].ends)


def _align_bypasses(ground: Ground, parts: Sequence[Part]) -> None:
    """Bypasses that follow each other on one side share a lane if their lanes are near."""
    lone = [(own, i) for own in parts if own.form == "fan" and (i := _lone_bypass(own)) is not None]
    for side in (-1, 1):
        at = [(side * ground.block(own).shifts[i], own) for own, i in lone if side * ground.block(own).shifts[i] > 0]
        outer = max((x for x, _ in at), default=0.0)
        for x, own in at:
            if outer - _ALIGNED * ground.graph.gaps.between_lanes <= x < outer:
                ground.blocks[id(own)] = fan_block(ground, own, outer)


def _lone_bypass(part: Part) -> int | None:
    """Which of a fan's parts is its only bypass."""
    skips = [i for i, own in enumerate(part.parts) if own.skip]
    return skips[0] if len(skips) == 1 and len(part.parts) > 1 else None


def node_contour(ground: Ground, v: int, ends: Sequence[End]) -> Contour:
    """A node's outline; that of a concatenation follows from where its inputs come down."""
    graph, node = ground.graph, ground.graph.nodes[v]
    row = 2 * graph.layer[v]
    if node.kind != "slots" or not ends:
        return of_box(row, -node.w / 2, node.w / 2)
    core = [end for end in ends if end.core] or list(ends)
    reach = max(graph.nodes[graph.tail[core[0].edge]].w / 2, node.w / 2 if len(ends) == 1 else 0)
    own = cells(ends, node.w, reach)
    ground.cells[v] = own
    return of_box(row, own[0].left, own[-1].right)


def fan_block(ground: Ground, part: Part, least: float = 0.0) -> Block:
    """Branches side by side around the lane; bypasses to their right, or where the head's inputs want them."""
    graph = ground.graph
    branches = [own for own in part.parts if not own.skip] or list(part.parts)
    branches.sort(key=_by_inputs if graph.kind(part.head) == "slots" else _by_author)
    at = _spread(ground, part.head, branches)
    blocks = [ground.block(own) for own in branches]
    axis = _axis(ground, part, branches, at)
    shifts = {id(own): x - axis for own, x in zip(branches, at, strict=True)}
    contour: Contour = {}
    ends: list[End] = []
    for own, block in zip(branches, blocks, strict=True):
        add(contour, block.contour, shifts[id(own)])
        ends += [End(end.x + shifts[id(own)], end.edge, end.core) for end in block.ends]
    tops = tuple(x + shifts[id(own)] for own, block in zip(branches, blocks, strict=True) for x in block.tops)
    for own in _bypasses(ground, part, branches):
        x = _beside(ground, own, contour, ends, least)
        shifts[id(own)] = x
        add(contour, ground.block(own).contour, x)
        ends += [End(end.x + x, end.edge, False) for end in ground.block(own).ends]
    return Block(contour, tuple(shifts[id(own)] for own in part.parts), tops, tuple(ends))


def _by_author(part: Part) -> tuple[float, int, int]:
    return (part.first, part.order, part.edge)


def _by_inputs(part: Part) -> tuple[float, int, int]:
    return (part.order, part.first, part.edge)


def _spread(ground: Ground, head: int, branches: list[Part]) -> list[float]:
    """Branches at one pitch where they are about equally wide, else as near as they may stand."""
    graph = ground.graph
    at, pitch = [0.0], 0.0
    least = graph.nodes[head].w / len(graph.ins[head]) if graph.kind(head) == "slots" else 0.0
    done = dict(ground.block(branches[0]).contour)
    steps: list[float] = []
    for own in branches[1:]:
        contour = ground.block(own).contour
        x = max(apart(done, contour, graph.gaps), at[-1] + max(least, graph.gaps.track))
        steps.append(x - at[-1])
        at.append(x)
        add(done, contour, x)
    if not steps:
        return at
    pitch = max(steps)
    even = pitch <= min(steps) * (2 if graph.kind(head) == "slots" else 1.6)
    return [i * pitch for i in range(len(at))] if even else at


def _axis(ground: Ground, part: Part, branches: list[Part], at: list[float]) -> float:
    """The lane of tail and head: amid the branches, or the heaviest one's where the others only come or go."""
    if len(branches) == 1:
        return 0.0
    graph = ground.graph
    tops = [x + dx for own, dx in zip(branches, at, strict=True) for x in ground.block(own).tops]
    ends = [end.x + dx for own, dx in zip(branches, at, strict=True) for end in ground.block(own).ends if end.core]
    if graph.kind(part.head) == "slots" and ends:
        return (min(ends) + max(ends)) / 2
    if graph.is_real(part.tail) != graph.is_real(part.head):
        by_weight = sorted(range(len(branches)), key=lambda i: -branches[i].weight)
        if branches[by_weight[0]].weight > branches[by_weight[1]].weight:
            return at[by_weight[0]]
    lines = tops if len(tops) >= len(ends) else ends
    return (min(lines) + max(lines)) / 2 if lines else (at[0] + at[-1]) / 2


def _bypasses(ground: Ground, part: Part, branches: list[Part]) -> list[Part]:
    """The skips of a fan from the innermost to the outermost on either side."""
    chosen = {id(own) for own in branches}
    skips = sorted((own for own in part.parts if id(own) not in chosen), key=_by_inputs)
    if ground.graph.kind(part.head) != "slots":
        return skips
    middle = min(own.order for own in branches)
    return [own for own in reversed(skips) if own.order < middle] + [own for own in skips if own.order >= middle]


def _beside(ground: Ground, own: Part, contour: Contour, ends: list[End], least: float) -> float:
    """Where a bypass stands beside what is placed; it makes room for its nodes to float."""
    graph, block = ground.graph, ground.block(own)
    if _floats(graph, own):
        ground.floating[own.joints[0]] = Floating(own.joints, own.tail, own.head)
        half = max(graph.nodes[v].w for v in own.joints) / 2
        for layer in range(2 * graph.layer[own.tail] + 2, 2 * graph.layer[own.head] - 1):
            add(block.contour, of_box(layer, -half, half), 0)
    least = max(least, graph.side_reach(own.head) if graph.is_round(own.head) else graph.gaps.track)
    if _goes_left(graph, own, ends):
        return -max(apart(block.contour, contour, graph.gaps), least)
    return max(apart(contour, block.contour, graph.gaps), least)


def _floats(graph: Graph, own: Part) -> bool:
    return (
        own.form == "chain"
        and all(wire.form == "wire" for wire in own.parts)
        and own.head < len(graph.layer)
        and graph.layer[own.head] - graph.layer[own.tail] - 1 > len(own.joints)
    )


def _goes_left(graph: Graph, own: Part, ends: list[End]) -> bool:
    core = [end for end in ends if end.core]
    if graph.kind(own.head) == "slots":
        return bool(core) and own.order < min(graph.edges[end.edge].order for end in core)
    if not graph.is_round(own.head):
        return False
    sides = [end.x > 0 for end in ends if not end.core]
    return sides.count(True) > sides.count(False)
