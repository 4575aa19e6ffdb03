"""Parts that hang together in no simple way: upright lanes from left to right, the main path straight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from archc.diagram.layout.contour import Contour, add, apart, of_box, of_line
from archc.diagram.layout.graph import Graph
from archc.diagram.layout.order import Strand, best_order
from archc.diagram.layout.parts import Part
from archc.diagram.layout.place import Block, Ground, node_contour
from archc.diagram.layout.slots import End

Key = tuple[str, int]
"""A node by its number, a part by its place in the mesh, the shared line of a tail that goes to several nodes."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """The lanes of a mesh: which one every node, part and shared line is on; lane 0 is that of tail and head."""

    graph: Graph
    part: Part
    lane: dict[Key, int]
    members: list[list[Key]]
    trunks: dict[int, list[Part]]
    """The edges on the shared line of a tail."""
    arriving: dict[int, list[int]]
    """The parts that end at a node, by their place in the mesh."""

    def lane_of_wire(self, i: int) -> int | None:
        """The lane of a part; none for a line that only spans one gap."""
        own = self.part.parts[i]
        return self.lane.get(("part", i), self.lane.get(("trunk", own.tail)) if _is_line(self.graph, own) else None)

    def lane_into(self, i: int) -> int:
        """The lane on which a part comes down to its head."""
        lane = self.lane_of_wire(i)
        return self.lane["node", self.part.parts[i].tail] if lane is None else lane


def mesh_block(ground: Ground, part: Part) -> Block:
    """Lanes ordered for few crossings, then pushed together around the straightest one."""
    plan = _planned(ground.graph, part)
    author = [_priority(plan, lane) for lane in range(len(plan.members))]
    order = best_order(len(plan.members), _strands(plan), _wishes(plan), author)
    rank = {lane: i for i, lane in enumerate(order)}
    contours = [_contour(ground, plan, lane, rank) for lane in range(len(plan.members))]
    at = [0.0] * len(order)
    gaps, middle, whole = ground.graph.gaps, order.index(0), dict(contours[0])
    for lane in order[:middle][::-1]:
        at[lane] = -max(apart(contours[lane], whole, gaps), gaps.track)
        add(whole, contours[lane], at[lane])
    for lane in order[middle + 1 :]:
        at[lane] = max(apart(whole, contours[lane], gaps), gaps.track)
        add(whole, contours[lane], at[lane])
    return _seen_from_middle(ground, plan, whole, at)


def _seen_from_middle(ground: Ground, plan: _Plan, contour: Contour, at: list[float]) -> Block:
    part = plan.part
    shifts: list[float] = []
    tops: list[float] = []
    ends: list[End] = []
    for i, own in enumerate(part.parts):
        lane = plan.lane_of_wire(i)
        x = at[lane] if lane is not None else at[plan.lane[("node", own.tail)]] if _drawn(own) else 0.0
        shifts.append(x)
        if own.tail == part.tail and _drawn(own):
            tops.append(x)
        if own.head == part.head:
            ends += [End(end.x + x, end.edge, end.core and lane == 0) for end in ground.block(own).ends]
    shifts += [at[plan.lane[("node", v)]] for v in part.joints]
    return Block(contour, tuple(shifts), tuple(tops), tuple(ends))


def _drawn(own: Part) -> bool:
    return own.form != "wire" or own.edge >= 0


def _is_line(graph: Graph, own: Part) -> bool:
    """A single edge that passes layers."""
    return own.form == "wire" and own.edge >= 0 and graph.span(own.edge) > 1


def _planned(graph: Graph, part: Part) -> _Plan:
    """Group what stands on one lane: the longest path first, then every node with its heaviest neighbours."""
    spine = _spine(graph, part)
    follows: dict[Key, Key] = {}
    """The thing just below, on the same lane."""
    taken: set[Key] = set()

    def link(above: Key, below: Key) -> None:
        if above not in follows and below not in taken:
            follows[above] = below
            taken.add(below)

    for i in spine:
        link(("node", part.parts[i].tail), ("part", i))
        link(("part", i), ("node", part.parts[i].head))
    _link_others(part, link)
    return _numbered(graph, part, follows, taken)


def _link_others(part: Part, link: Callable[[Key, Key], None]) -> None:
    heaviest = sorted(range(len(part.parts)), key=lambda i: (part.parts[i].skip, -part.parts[i].weight, i))
    above: dict[int, int] = {}
    below: dict[int, int] = {}
    for i in heaviest:
        below.setdefault(part.parts[i].tail, i)
        above.setdefault(part.parts[i].head, i)
    for i in heaviest:
        own = part.parts[i]
        chosen = (below[own.tail] == i, above[own.head] == i)
        if own.form == "wire" and chosen != (True, True):
            continue
        if chosen[0] and own.tail != part.tail:
            link(("node", own.tail), ("part", i))
        if chosen[1] and own.head != part.head:
            link(("part", i), ("node", own.head))


def _spine(graph: Graph, part: Part) -> list[int]:
    """The main path from tail to head: no bypass, the first input of every node, the most nodes, in this order."""
    best: dict[int, tuple[int, int, int, int]] = {part.tail: (0, 0, 0, -1)}
    for i in sorted(range(len(part.parts)), key=lambda i: part.parts[i].tail):
        own = part.parts[i]
        skips, asides, weight, _ = best[own.tail]
        worth = (skips - own.skip, asides - (not _is_main(graph, own)), weight + own.weight + 1, i)
        if own.head not in best or worth[:3] > best[own.head][:3]:
            best[own.head] = worth
    path: list[int] = []
    v = part.head
    while v != part.tail:
        path.append(best[v][3])
        v = part.parts[best[v][3]].tail
    return path[::-1]


def _is_main(graph: Graph, own: Part) -> bool:
    """Whether a part brings the first input that is no bypass."""
    if not graph.is_real(own.head):
        return True
    inputs = [graph.edges[e].order for e in graph.ins[own.head] if not graph.edges[e].skip]
    return own.order <= min(inputs, default=own.order)


def _numbered(graph: Graph, part: Part, follows: dict[Key, Key], taken: set[Key]) -> _Plan:
    lane: dict[Key, int] = {}
    members: list[list[Key]] = []
    keys: list[Key] = [("node", part.tail), *(("node", v) for v in part.joints)]
    keys += [
        ("part", i)
        for i, own in enumerate(part.parts)
        if own.form != "wire" or ("part", i) in taken or ("part", i) in follows
    ]
    for key in keys:
        if key in taken:
            continue
        members.append([])
        at: Key | None = key
        while at is not None:
            lane[at] = len(members) - 1
            members[-1].append(at)
            at = follows.get(at)
    lane.setdefault(("node", part.head), 0)
    trunks: dict[int, list[Part]] = {}
    arriving: dict[int, list[int]] = {}
    for i, own in enumerate(part.parts):
        arriving.setdefault(own.head, []).append(i)
        if _is_line(graph, own) and ("part", i) not in lane:
            trunks.setdefault(own.tail, []).append(own)
    for tail in trunks:
        lane["trunk", tail] = len(members)
        members.append([("trunk", tail)])
    return _Plan(graph, part, lane, members, trunks, arriving)


def _contour(ground: Ground, plan: _Plan, lane: int, rank: dict[int, int]) -> Contour:
    graph, contour = plan.graph, Contour()
    for what, i in plan.members[lane]:
        if what == "part":
            add(contour, ground.block(plan.part.parts[i]).contour, 0)
        elif what == "trunk":
            for own in plan.trunks[i]:
                add(
                    contour,
                    of_line(2 * graph.layer[i] + 1, 2 * graph.layer[own.head] - 1 + graph.is_round(own.head)),
                    0,
                )
        elif i not in (plan.part.tail, plan.part.head):
            add(contour, _outline(ground, plan, lane, i, rank), 0)
    return contour


def _outline(ground: Ground, plan: _Plan, lane: int, v: int, rank: dict[int, int]) -> Contour:
    graph = plan.graph
    if graph.is_round(v):
        reach = graph.side_reach(v) - graph.gaps.margin_side
        return of_box(2 * graph.layer[v], -reach, reach)
    if graph.kind(v) != "slots":
        return node_contour(ground, v, ())
    return node_contour(ground, v, _ends_at(ground, plan, lane, v, rank))


def _ends_at(ground: Ground, plan: _Plan, lane: int, v: int, rank: dict[int, int]) -> list[End]:
    """The inputs of a concatenation: those of its own lane where they are, the others somewhere to either side."""
    found: list[End] = []
    for i in plan.arriving[v]:
        own = plan.part.parts[i]
        if not _drawn(own):
            continue
        from_lane = plan.lane_into(i)
        far = 1e6 * (rank[from_lane] - rank[lane])
        found += [End(end.x + far, end.edge, end.core and not far) for end in ground.block(own).ends]
    if any(end.core for end in found):
        return found
    pitch = plan.graph.nodes[v].w / len(found)
    found.sort(key=lambda end: (end.x, end.edge))
    return [End((i - (len(found) - 1) / 2) * pitch, end.edge, True) for i, end in enumerate(found)]


def _strands(plan: _Plan) -> list[list[Strand]]:
    """What runs through every gap, from which lane to which, and of which tensor."""
    graph, gaps = plan.graph, dict[int, set[Strand]]()

    def strand(gap: int, top: int, bottom: int, tensor: int) -> None:
        gaps.setdefault(gap, set()).add(Strand(top, bottom, tensor))

    for i, own in enumerate(plan.part.parts):
        if not _drawn(own):
            continue
        lane, real_tail, real_head = plan.lane_of_wire(i), graph.is_real(own.tail), graph.is_real(own.head)
        top = plan.lane[("node", own.tail)]
        bottom = plan.lane[("node", own.head)]
        if lane is None:
            strand(graph.layer[own.tail], top, bottom, own.tail)
            continue
        inner = own.tail if own.form == "wire" else graph.n + 1 + i
        first, last = _gaps_of(graph, own)
        for gap in range(first, last + 1):
            above = top if real_tail and gap == first else lane
            below = bottom if real_head and gap == last else lane
            strand(gap, above, below, own.tail if gap == first else inner)
    return [sorted(gaps[gap]) for gap in sorted(gaps)]


def _wishes(plan: _Plan) -> Counter[tuple[int, int]]:
    """The inputs of a concatenation would rather come down in their order."""
    wishes = Counter[tuple[int, int]]()
    for v in plan.part.joints:
        if plan.graph.kind(v) != "slots":
            continue
        into = sorted(plan.arriving[v], key=lambda i: plan.part.parts[i].order)
        lanes = [plan.lane_into(i) for i in into if _drawn(plan.part.parts[i])]
        wishes.update((left, right) for left, right in pairwise(lanes) if left != right)
    return wishes


def _gaps_of(graph: Graph, own: Part) -> tuple[int, int]:
    """The first and the last gap a part runs through."""
    nodes = _nodes_within(own)
    first = graph.layer[own.tail] if graph.is_real(own.tail) else min(graph.layer[v] for v in nodes)
    last = graph.layer[own.head] - 1 if graph.is_real(own.head) else max(graph.layer[v] for v in nodes)
    return first, last


def _nodes_within(own: Part) -> Sequence[int]:
    found: list[int] = []
    stack = [own]
    while stack:
        part = stack.pop()
        found += part.joints
        stack += part.parts
    return found


def _priority(plan: _Plan, lane: int) -> int:
    """The author's order of lanes, lines after nodes."""
    firsts: list[int] = []
    for what, i in plan.members[lane]:
        if what == "trunk":
            firsts.append(plan.graph.n + i)
        elif what == "part":
            firsts.append(plan.part.parts[i].first)
        elif i not in (plan.part.tail, plan.part.head):
            firsts.append(i)
    return min(firsts, default=plan.graph.n)
