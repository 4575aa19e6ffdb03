"""Whether a picture tells the truth about its network: counted afresh from the tree and the graph, not by the model.

The ops of a graph stand in the order of its tree, so an item of the tree is a span of them. A fold or a card with
several copies says where its first copy stands and how many follow: from that alone each op's place in the picture is
worked out here, and then compared with what the cards and arrows claim.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import networkx as nx

from archc.diagram.model.build import Subject
from archc.diagram.model.picture import Card, Fold, Picture
from archc.graph import Node, ops_of
from archc.tree import Body, Leaf

ENDS = ("input", "output")


@dataclass(eq=False)
class Span:
    """An item of the tree: the ops from `start` to `stop`, and how many spans like it its body has behind it."""

    path: str
    start: int
    stop: int
    after: tuple[Span, ...] = ()


@dataclass
class Truth:
    """A picture beside its graph: where each op is drawn."""

    picture: Picture
    graph: nx.DiGraph[Node]
    body: Body
    faults: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.nodes = list(ops_of(self.graph))
        self.at = {node: at for at, node in enumerate(self.nodes)}
        self.spans: dict[str, list[Span]] = defaultdict(list)
        _spans(self.body, "", 0, self.spans)
        self.first = list(range(len(self.nodes)))
        self._fold()
        self.home = self._homes()

    def _fold(self) -> None:
        """Lead the ops of later copies back to those of the first."""
        seen: Counter[str] = Counter()
        for fold in self.picture.folds:
            place = fold.id.partition("~")[0]
            first = self.spans[place][seen[place]] if len(self.spans[place]) > seen[place] else None
            if first is not None and first.stop - first.start == 1:
                self._lead_rounds(fold, first.start)
            else:
                self._lead(place, seen[place], fold.times)
            seen[place] += 1
        times = {fold.id: fold.times * self._around(fold.around) for fold in self.picture.folds}
        seen.clear()
        for card in self.picture.cards:
            if card.fact.kind in ENDS:
                continue
            own, rest = divmod(card.fact.times, times.get(card.fold, 1))
            if rest:
                self.faults.append(f"{card.id} stands for {card.fact.times} copies, in a fold of {times[card.fold]}")
            path, _, again = card.id.partition("~")
            if own > 1:
                self._lead(path, int(again or 1) - 1, own)

    def _lead_rounds(self, fold: Fold, start: int) -> None:
        """Lead back the ops of a fold whose copies are rounds of single ops, one after the other."""
        ops = sum(len(card.fact.paths) for card in self.picture.cards if card.fold == fold.id)
        for op in range(start + ops, min(start + ops * fold.times, len(self.nodes))):
            self.first[op] = start + (op - start) % ops

    def _around(self, id: str) -> int:
        around = next((fold for fold in self.picture.folds if fold.id == id), None)
        return around.times * self._around(around.around) if around else 1

    def _lead(self, path: str, at: int, times: int) -> None:
        if path not in self.spans or at >= len(self.spans[path]):
            self.faults.append(f"{path}: no item of the tree")
            return
        first = self.spans[path][at]
        copies = first.after[: times - 1]
        if len(copies) != times - 1 or any(c.stop - c.start != first.stop - first.start for c in copies):
            self.faults.append(f"{path}: there are no {times} copies in a row")
            return
        for copy in copies:
            for op in range(copy.start, copy.stop):
                self.first[op] = op - copy.start + first.start

    def origin(self, op: int) -> int:
        """The op of the first copies that stands for this one."""
        while self.first[op] != op:
            op = self.first[op]
        return op

    def _homes(self) -> dict[int, str]:
        """The card of each op that is drawn itself, as cards tell of their first copies by path."""
        waiting: dict[str, list[int]] = defaultdict(list)
        for at, node in enumerate(self.nodes):
            if self.first[at] == at:
                waiting[node.path].append(at)
        home: dict[int, str] = {}
        for card in self.picture.cards:
            for path in card.fact.paths if card.fact.kind not in ENDS else ():
                if waiting[path]:
                    home[waiting[path].pop(0)] = card.id
                else:
                    self.faults.append(f"{card.id} draws {path}, which is no op or drawn already")
        self.faults += [f"{path} is not drawn" for path, rest in waiting.items() if rest]
        return home

    def card_of(self, node: Node) -> str:
        """The card that a node is drawn by, itself or as a copy."""
        return f"input:{node.path}" if node.op is None else self.home.get(self.origin(self.at[node]), "")


def _spans(body: Body, prefix: str, start: int, found: dict[str, list[Span]]) -> int:
    own: list[Span] = []
    for item in body.items:
        path = prefix + item.name
        span = Span(path, start, start)
        own.append(span)
        found[path].append(span)
        start = start + 1 if isinstance(item.content, Leaf) else _spans(item.content, path + ".", start, found)
        span.stop = start
    for at, span in enumerate(own):
        span.after = tuple(own[at + 1 :])
    return start


def picture_faults(subject: Subject, picture: Picture) -> list[str]:
    """All that a picture says wrongly, or leaves out."""
    truth = Truth(picture, subject.graph, subject.body)
    return [*truth.faults, *_shape(picture), *_sums(truth), *_edges(truth), *_stages(picture)]


def _shape(picture: Picture) -> Iterator[str]:
    """Ids, ends and order."""
    for what, ids in (("card", [card.id for card in picture.cards]), ("arrow", [a.id for a in picture.arrows])):
        yield from (f"{count} {what}s are called {id}" for id, count in Counter(ids).items() if count > 1)
    place = {card.id: at for at, card in enumerate(picture.cards)}
    for arrow in picture.arrows:
        if arrow.tail not in place or arrow.head not in place:
            yield f"{arrow.id} leads from or to no card"
        elif place[arrow.tail] >= place[arrow.head]:
            yield f"{arrow.id} leads backwards"
    folds = Counter(fold.id for fold in picture.folds)
    yield from (f"{count} folds are called {id}" for id, count in folds.items() if count > 1)
    named = {card.fold for card in picture.cards} | {fold.around for fold in picture.folds}
    yield from (f"no fold is called {id}" for id in named - {"", *folds})
    yield from (f"{fold.id} folds {fold.times}" for fold in picture.folds if fold.times < 2)


def _sums(truth: Truth) -> Iterator[str]:
    """What each card claims to stand for, and all of them together."""
    behind: dict[str, list[Node]] = defaultdict(list)
    for node in truth.graph:
        behind[truth.card_of(node)].append(node)
    for card in truth.picture.cards:
        there = behind[card.id]
        claimed = (card.fact.nodes, card.fact.convs, card.fact.params, card.fact.macs)
        if claimed != _counted(there):
            yield f"{card.id} claims {claimed}, and stands for {_counted(there)}"
    inner = sum(card.fact.inner for card in truth.picture.cards)
    drawn = sum(arrow.edges for arrow in truth.picture.arrows) + inner
    if drawn != truth.graph.number_of_edges():
        yield f"{drawn} edges are drawn of {truth.graph.number_of_edges()}"
    total = tuple(map(sum, zip(*(_claims(card) for card in truth.picture.cards), strict=True)))
    if total != _counted(list(truth.graph)):
        yield f"the sums are {total} instead of {_counted(list(truth.graph))}"


def _claims(card: Card) -> tuple[int, int, int, int]:
    return card.fact.nodes, card.fact.convs, card.fact.params, card.fact.macs


def _counted(nodes: Sequence[Node]) -> tuple[int, int, int, int]:
    convs = sum(node.op is not None and node.op.family == "conv" for node in nodes)
    return len(nodes), convs, sum(node.params for node in nodes), sum(node.macs for node in nodes)


def _edges(truth: Truth) -> Iterator[str]:
    """Arrows join exactly those cards that edges into first copies join, one edge for each copy of the head."""
    copies = Counter(truth.origin(op) for op in range(len(truth.nodes)))
    wanted: Counter[tuple[str, str]] = Counter()
    for tail, head in truth.graph.edges:
        op = truth.at[head]
        if truth.origin(op) == op:
            wanted[truth.card_of(tail), truth.card_of(head)] += copies[op]
    drawn: Counter[tuple[str, str]] = Counter({(card.id, card.id): card.fact.inner for card in truth.picture.cards})
    for arrow in truth.picture.arrows:
        drawn[arrow.tail, arrow.head] += arrow.edges
    for tail, head in sorted(wanted.keys() | drawn.keys()):
        if wanted[tail, head] != drawn[tail, head]:
            yield f"{drawn[tail, head]} edges from {tail} to {head} of {wanted[tail, head]}"
    arrows = {(arrow.tail, arrow.head) for arrow in truth.picture.arrows}
    ends = {(truth.card_of(result.node), f"output:{result.name}") for result in truth.graph.graph["outputs"]}
    there = ends | {(tail, head) for tail, head in wanted if tail != head}
    yield from (f"nothing joins {tail} to {head}" for tail, head in sorted(there - arrows))
    yield from (f"no edge joins {tail} to {head}" for tail, head in sorted(arrows - there))


def _stages(picture: Picture) -> Iterator[str]:
    """Stages are runs of the cards in the order they run, auxiliary heads aside, and none is empty."""
    needed = _needed(picture)
    stages = [card.stage for card in picture.cards if card.fact.kind not in ENDS and card.id in needed]
    if not set(stages) <= set(range(len(picture.stages))):
        yield f"cards in stages {sorted(set(stages))} of {len(picture.stages)}"
    yield from (f"stage {at} is empty" for at in range(len(picture.stages)) if at not in stages)
    yield from (f"stage {at} comes twice" for at in set(stages) if _runs(stages).count(at) > 1)
    yield from (f"{card.id} stands in no stage" for card in picture.cards if not 0 <= card.stage < len(picture.stages))


def _needed(picture: Picture) -> set[str]:
    """The cards that inference needs."""
    found = {card.id for card in picture.cards if card.fact.kind == "output" and "training" not in card.detail}
    before: dict[str, list[str]] = defaultdict(list)
    for arrow in picture.arrows:
        before[arrow.head].append(arrow.tail)
    waiting = list(found)
    while waiting:
        new = set(before[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


def _runs(values: Sequence[int]) -> list[int]:
    return [value for at, value in enumerate(values) if at == 0 or values[at - 1] != value]
