"""From a network's graph and tree to its picture, for one plan of what to leave out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import networkx as nx

from archc.diagram.labels import clean, shape_text
from archc.diagram.model.activations import with_activations
from archc.diagram.model.definition import with_open_slots
from archc.diagram.model.fuse import fused, part_of, primary_of
from archc.diagram.model.naming import Names, block_title, cells_of, varies
from archc.diagram.model.picture import Arrow, Card, Fold, Kind, Picture
from archc.diagram.model.skips import with_skips
from archc.diagram.model.stages import with_stages
from archc.diagram.model.tally import Tally, fact_of, tally_of
from archc.diagram.model.walk import Atom, Plan, Scene, scene_of
from archc.diagram.sheet import Fact
from archc.diagram.words import SIGNS, brief_shape, short_name
from archc.graph import Node
from archc.tree import Body

Slots = tuple[tuple[str, ...], ...]
MAX_PARTS = 6
"""In more parts than this the inputs of a concatenation that are concatenations are not taken apart."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is drawn: a network, or a block taken as one; `names` says how its ops are told of."""

    name: str
    title: str
    graph: nx.DiGraph[Node]
    body: Body
    names: Names


def picture_of(subject: Subject, plan: Plan) -> Picture:
    """The picture of a network or block, its stages and skips marked."""
    scene = scene_of(subject.graph, subject.body, plan)
    tally = tally_of(scene)
    groups = fused(scene, fuse=plan.fuse)
    ids = _ids(groups)
    arrows, inner = _arrows(subject, tally, groups, ids)
    slots = _slots(tally, arrows, groups, ids)
    cards = [_card(subject, tally, group, ids[group[0]], inner, slots) for group in groups]
    whole = Picture(
        subject.name,
        subject.title,
        (*_inputs(subject), *cards, *_outputs(subject, ids, groups)),
        (*arrows, *_ends(subject, scene, ids, groups)),
        tuple(Fold(run.id, len(run.copies), 0, run.around, varies(run.copies)) for run in scene.runs),
    )
    whole = replace(whole, cards=_with_times(with_activations(whole.cards), whole.folds))
    marked = with_skips(with_stages(whole, scene, groups, ids))
    return with_open_slots(marked) if subject.names.symbolic else marked


def _with_times(cards: Sequence[Card], folds: Sequence[Fold]) -> tuple[Card, ...]:
    """The cards with the copies that no fold around them tells of."""
    by_id = {fold.id: fold for fold in folds}
    found: list[Card] = []
    for card in cards:
        times, fold = card.fact.times, card.fold
        while fold:
            times //= by_id[fold].times
            fold = by_id[fold].around
        found.append(replace(card, times=times))
    return tuple(found)


def _ids(groups: Sequence[tuple[Atom, ...]]) -> Mapping[Atom, str]:
    """Each atom's card. Ids are the places of the ops in the module, made unique where an instance is used again."""
    ids: dict[Atom, str] = {}
    taken: set[str] = set()
    for group in groups:
        node = group[primary_of([part_of(atom) for atom in group])].nodes[0]
        path = group[0].path if group[0].body is not None else node.path
        id, count = path, 1
        while id in taken:
            count += 1
            id = f"{path}~{count}"
        taken.add(id)
        ids |= dict.fromkeys(group, id)
    return ids


def _arrows(
    subject: Subject, tally: Tally, groups: Sequence[tuple[Atom, ...]], ids: Mapping[Atom, str]
) -> tuple[tuple[Arrow, ...], Mapping[str, int]]:
    """The arrows between cards, and how many of the graph's edges run within each."""
    card = {node: ids[atom] for group in groups for atom in group for node in atom.nodes}
    card |= {node: f"input:{node.path}" for node in subject.graph.graph["inputs"]}
    merges = {ids[group[0]] for group in groups if _kind(group) == "slots"}
    inner: dict[str, int] = defaultdict(int)
    found: dict[tuple[str, str, int], Arrow] = {}
    for (tail, head, port), edges in tally.edges.items():
        ends = card[tail], card[head]
        if ends[0] == ends[1]:
            inner[ends[0]] += edges
            continue
        key = (*ends, port if ends[1] in merges else 0)
        known = found.get(key)
        type_ = brief_shape(head.inputs[port])
        found[key] = (
            replace(known, edges=known.edges + edges)
            if known
            else Arrow(f"{ends[0]}->{ends[1]}" + (f"#{key[2]}" if key[2] else ""), *ends, edges, port, False, type_)
        )
    return tuple(found.values()), inner


def _kind(group: Sequence[Atom]) -> Kind:
    atom = group[primary_of([part_of(each) for each in group])]
    op = atom.nodes[0].op
    if atom.body is not None or op is None:
        return "block"
    if op.name in SIGNS and len(atom.nodes[0].inputs) > 1:
        return "circle"
    return "slots" if op.name == "cat" else "card"


def _slots(
    tally: Tally, arrows: Sequence[Arrow], groups: Sequence[tuple[Atom, ...]], ids: Mapping[Atom, str]
) -> Mapping[str, Slots]:
    """What each input of a concatenation brings along the dimension that it joins."""
    found: dict[str, Slots] = {}
    for group in groups:
        if _kind(group) != "slots":
            continue
        node = group[0].nodes[0]
        dim = getattr(node.op, "dim", 1)
        into = sorted((arrow for arrow in arrows if arrow.head == ids[group[0]]), key=lambda arrow: arrow.order)
        copies = tally.copies[node]
        whole = [(_brought([int(copy.inputs[arrow.order].shape[dim]) for copy in copies]),) for arrow in into]
        parts = [_flat(found.get(arrow.tail, ())) or own for arrow, own in zip(into, whole, strict=True)]
        found[ids[group[0]]] = tuple(parts if len(_flat(parts)) <= MAX_PARTS else whole)
    return found


def _brought(channels: Sequence[int]) -> str:
    """How many channels come in; of copies that differ in them only that they do."""
    return str(channels[0]) if len(set(channels)) == 1 else "in"


def _flat(slots: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(text for parts in slots for text in parts)


def _card(
    subject: Subject,
    tally: Tally,
    group: Sequence[Atom],
    id: str,
    inner: Mapping[str, int],
    slots: Mapping[str, Slots],
) -> Card:
    shown = [node for atom in group for node in atom.nodes]
    at = primary_of([part_of(atom) for atom in group])
    main = group[at]
    kind = _kind(group)
    given = brief_shape(shown[-1].outputs[0]) if shown[-1].outputs else ""
    if main.body is not None:
        words = block_title(main.copies)
        fact = fact_of(tally, shown, inner.get(id, 0), words.title, subject.names.place(shown[0]))
        last = main.copies[-1].types[0]
        handed, fact = brief_shape(last), replace(fact, output=shape_text(last))
        return Card(
            id, "block", words.title, words.detail, "block", fact, cells=cells_of(main.copies), fold=main.fold,
            shape=handed, body=main.body,
        )  # fmt: skip
    parts = tuple(short_name(node.op.name) for node in shown if node.op is not None)
    words = subject.names.words(shown[at], main.copies[0], kind)
    names = " + ".join(node.kind for node in shown)
    fact = fact_of(tally, shown, inner.get(id, 0), names, subject.names.place(shown[at]))
    op = shown[at].op
    fill = op.family if op is not None else "other"
    dashed = subject.names.optional(group)
    return Card(
        id, kind, _title(group, at, words.title), words.detail, fill, fact, parts, at, (), slots.get(id, ()),
        dashed, fold=main.fold, shape=given,
    )  # fmt: skip


def _title(group: Sequence[Atom], at: int, title: str) -> str:
    """The main op's title; norms and activations before it, or that are all there is, are named too."""
    parts = [part_of(atom) for atom in group]
    names = [short_name(atom.nodes[0].kind) for atom in group]
    if parts[at] in {"norm", "act", "glue"} and len(group) > 1:
        return clean(" · ".join(names), 40)
    before = [name for name, part in zip(names[:at], parts[:at], strict=True) if part in {"norm", "act"}]
    return " · ".join([*before, title])


def _inputs(subject: Subject) -> Iterator[Card]:
    for node in subject.graph.graph["inputs"]:
        shape = shape_text(node.outputs[0])
        fact = Fact("input", (node.path,), 1, 1, 0, 0, 0, 0, shape, shape, "")
        title, brief = clean(node.path, 24), brief_shape(node.outputs[0])
        shown = subject.names.shape(node.outputs[0])
        yield Card(f"input:{node.path}", "tensor", title, shown, "tensor", fact, shape=brief)


def _outputs(subject: Subject, ids: Mapping[Atom, str], groups: Sequence[tuple[Atom, ...]]) -> Iterator[Card]:
    for result in subject.graph.graph["outputs"]:
        shape = shape_text(result.type)
        fact = Fact("output", (f"output:{result.name}",), 1, 0, 0, 0, 0, 0, shape, shape, "")
        detail = subject.names.shape(result.type) + (", training only" if result.train_only else "")
        brief = brief_shape(result.type)
        yield Card(
            f"output:{result.name}", "tensor", clean(result.name, 24), detail, "tensor", fact, shape=brief,
            train_only=result.train_only,
        )  # fmt: skip


def _ends(
    subject: Subject, scene: Scene, ids: Mapping[Atom, str], groups: Sequence[tuple[Atom, ...]]
) -> Iterator[Arrow]:
    """The arrows to the outputs, which are no edges of the graph."""
    card = {node: ids[atom] for group in groups for atom in group for node in atom.nodes}
    card |= {node: f"input:{node.path}" for node in subject.graph.graph["inputs"]}
    for result in subject.graph.graph["outputs"]:
        tail, head = card[scene.origin(result.node)], f"output:{result.name}"
        yield Arrow(f"{tail}->{head}", tail, head, 0, 0, False, brief_shape(result.type))
