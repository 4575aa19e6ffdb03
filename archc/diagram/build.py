"""From a network to its picture: the graph's nodes and edges, framed as the tree of bodies nests them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from archc import expr
from archc.diagram.labels import amount, op_detail, shape_text
from archc.diagram.picture import Arrow, Card, Group, Picture
from archc.expr import UNKNOWN, ExprError
from archc.graph import Node, ops_of
from archc.spec.model import Block
from archc.tree import Body, Item, Leaf, Src

if TYPE_CHECKING:
    from archc.network import Network

MAX_CARDS = 400
"""Above this many boxes equal neighbours are folded, and then whole blocks are drawn as one box."""


Ports = tuple[tuple[int, int], ...]
"""What an edge of the graph carries: which result goes to which port."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left out: with `fold`, equal neighbours become one; bodies nested `depth` deep become one box."""

    fold: bool = False
    depth: int = 10**6


@dataclass
class _Canvas:
    """What has been drawn so far: each node's card, and the ids that are taken."""

    plan: Plan
    nodes: tuple[Node, ...]
    cards: dict[Node, str] = field(default_factory=dict[Node, str])
    paths: dict[str, str] = field(default_factory=dict[str, str])
    at: int = 0
    count: int = 0
    groups: int = 0

    def take(self, count: int) -> tuple[Node, ...]:
        """The next nodes in the order of the graph, which is that of the tree."""
        self.at += count
        return self.nodes[self.at - count : self.at]

    def place(self, nodes: Iterable[Node]) -> str:
        """A new card's id, for these nodes."""
        id = f"n{self.count}"
        self.count += 1
        for node in nodes:
            self.cards[node] = id
            self.paths.setdefault(node.path, id)
        return id


def picture_of(network: Network, limit: int = MAX_CARDS) -> Picture:
    """The picture of a network; its numbers are those of the graph."""
    graph, body = network.graph, network.body
    canvas = _Canvas(plan_for(body, limit), tuple(ops_of(graph)))
    inputs = tuple(_border(canvas, node, node.path, shape_text(node.outputs[0])) for node in graph.graph["inputs"])
    children = tuple(_children(canvas, body, "", 0, dict(network.settled.values)))
    results = graph.graph["outputs"]
    outputs = tuple(
        Card(
            f"out{at}",
            f"output:{out.name}",
            out.name,
            "",
            shape_text(out.type) + (", training only" if out.train_only else ""),
            "tensor",
        )
        for at, out in enumerate(results)
    )
    ends = tuple(Arrow(canvas.cards[out.node], f"out{at}") for at, out in enumerate(results))
    arrows = tuple(_arrows(canvas, network, _frames(children)))
    params, macs = sum(node.params for node in graph), sum(node.macs for node in graph)
    numbers = f"{amount(params)} parameters, {amount(macs)} multiply-adds"
    facts = numbers if network.spec.title == network.name else f"{network.name}: {numbers}"
    return Picture(network.name, network.spec.title, facts, (*inputs, *children, *outputs), (*arrows, *ends))


def plan_for(body: Body, limit: int) -> Plan:
    """The plan that leaves out least and keeps to the limit, if one does."""
    plan = Plan()
    if body.nodes <= limit:
        return plan
    plan = Plan(fold=True)
    depth = _depth(body)
    while _count(body, plan, 0) > limit and depth > 0:
        plan = replace(plan, depth=depth)
        depth -= 1
    return plan


def _depth(body: Body) -> int:
    inner = {id(item.content): item.content for item in body.items if isinstance(item.content, Body)}
    return 1 + max(map(_depth, inner.values()), default=0)


def _count(body: Body, plan: Plan, depth: int) -> int:
    total = 0
    for run in _runs(body, plan):
        content = run[0].content
        total += 1 if isinstance(content, Leaf) or depth + 1 >= plan.depth else _count(content, plan, depth + 1)
    return total


def _runs(body: Body, plan: Plan) -> Iterator[tuple[Item, ...]]:
    """The items, equal ones in a row together where they are to be folded."""
    run: tuple[Item, ...] = ()
    for at, item in enumerate(body.items):
        if run and plan.fold and _continues(run[-1], item, at):
            run = (*run, item)
            continue
        if run:
            yield run
        run = (item,)
    if run:
        yield run


def _continues(before: Item, item: Item, at: int) -> bool:
    same = item.content is before.content and item.step is before.step
    return same and item.inputs == (Src(at - 1),) and item.reuse is None and before.reuse is None


def _border(canvas: _Canvas, node: Node, title: str, detail: str) -> Card:
    return Card(canvas.place([node]), node.path, title, "", detail, "tensor")


def _children(
    canvas: _Canvas, body: Body, prefix: str, depth: int, env: Mapping[str, object]
) -> Iterator[Card | Group]:
    """What a body's frame holds."""
    for run in _runs(body, canvas.plan):
        item, start = run[0], canvas.at
        inner = _inner_env(item, env)
        drawn = _item(canvas, item, prefix + item.name, depth, inner)
        first = canvas.nodes[start : canvas.at]
        for _ in run[1:]:
            canvas.cards |= {
                node: canvas.cards[shown] for node, shown in zip(canvas.take(len(first)), first, strict=True)
            }
        if drawn is not None:
            yield replace(drawn, times=len(run)) if len(run) > 1 else drawn


def _item(canvas: _Canvas, item: Item, path: str, depth: int, env: Mapping[str, object]) -> Card | Group | None:
    """An item's card or frame; None for one that applies an instance again, which is drawn already."""
    content = item.content
    nodes = canvas.nodes[canvas.at : canvas.at + (1 if isinstance(content, Leaf) else content.nodes)]
    if nodes and all(node.reused and node.path in canvas.paths for node in nodes):
        canvas.cards |= {node: canvas.paths[node.path] for node in canvas.take(len(nodes))}
        return None
    if isinstance(content, Leaf):
        canvas.take(1)
        name = item.name if content.op.is_module else ""
        return Card(canvas.place(nodes), path, content.op.name, name, op_detail(nodes[0]), content.op.family)
    title = _title(item, env) or (content.definition.name if isinstance(content.definition, Block) else "")
    if depth + 1 >= canvas.plan.depth:
        canvas.take(len(nodes))
        params = sum(node.params for node in nodes)
        return Card(canvas.place(nodes), path, title or item.name, path, f"{amount(params)} parameters", "block")
    canvas.groups += 1
    group = Group(f"cluster_{canvas.groups}", path, title, path, depth, ())
    return replace(group, children=tuple(_children(canvas, content, path + ".", depth + 1, env)))


def _inner_env(item: Item, env: Mapping[str, object]) -> Mapping[str, object]:
    """What expressions in an item's `view` see: those around it, its loop variable, and a block's own parameters."""
    content = item.content
    turn = item.turn
    if turn is not None and turn.step.repeat is not None and turn.step.repeat.variable is not None:
        rows = env.get(turn.step.repeat.rows or "")
        value = cast("tuple[object, ...]", rows)[turn.index] if isinstance(rows, tuple) else turn.index
        env = {**env, turn.step.repeat.variable: value}
    if isinstance(content, Body) and isinstance(content.definition, Block):
        env = {**env, **{name: bound.value for name, bound in content.args.items()}}
    return env


def _title(item: Item, env: Mapping[str, object]) -> str:
    """The title that the step's `view` asks for, if it has a value."""
    wanted = item.step.view.get("title")
    if not isinstance(wanted, str):
        return ""
    try:
        parts = [part if isinstance(part, str) else expr.evaluate(part, env) for part in expr.parse_template(wanted)]
    except ExprError:
        return ""
    return "" if UNKNOWN in parts else "".join(map(str, parts))


def _frames(children: Sequence[Card | Group], around: str = "") -> dict[str, str]:
    """Which frame each card stands in."""
    found: dict[str, str] = {}
    for child in children:
        found |= {child.id: around} if isinstance(child, Card) else _frames(child.children, child.id)
    return found


def _arrows(canvas: _Canvas, network: Network, frames: Mapping[str, str]) -> Iterator[Arrow]:
    """The graph's edges between cards, each once. One that leads back is a folded body's own continuation."""
    graph = network.graph
    order = {id: at for at, id in enumerate(dict.fromkeys(canvas.cards.values()))}
    seen: set[tuple[str, str]] = set()
    told: set[tuple[str, str]] = set()
    for tail, head, data in cast("Iterable[tuple[Node, Node, Mapping[str, Ports]]]", graph.edges(data=True)):
        ends = canvas.cards[tail], canvas.cards[head]
        back = order[ends[0]] >= order[ends[1]]
        again = head.reused and (ends[0] != ends[1] or tail.path == head.path)
        if ends in seen or (back and not again):
            continue
        seen.add(ends)
        type_ = tail.outputs[data["ports"][0][0]]
        leaves = frames.get(ends[0], "") != frames.get(ends[1], "")
        changed = tail.op is not None and all(given.sample != type_.sample for given in tail.inputs)
        said = (ends[0], shape_text(type_))
        label = said[1] if (leaves or changed) and said not in told and tail.op is not None else ""
        if label:
            told.add(said)
        merging = head.op is not None and head.op.merges and graph.out_degree(tail) > 1
        later = merging and any(order[canvas.cards[other]] > order[ends[0]] for other in graph.predecessors(head))
        yield Arrow(*ends, label, skip=later)
