"""Stages: the units of a network in runs at one resolution, from the stem to the head."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from archc.diagram.labels import clean
from archc.diagram.model.closing import Resolution, is_stage, resolution, weight
from archc.diagram.model.picture import Picture, Stage
from archc.diagram.model.titles import view_title
from archc.diagram.model.walk import Atom, Scene, Unit
from archc.diagram.words import brief_shape
from archc.ops.base import Op
from archc.tree import Body, Item, Leaf


@dataclass(frozen=True, slots=True)
class _Traits:
    """What decides where a unit belongs."""

    at: int
    given: Resolution
    made: Resolution
    is_block: bool
    """Whether it is several cards."""
    is_stage: bool
    """Whether it is several blocks."""
    pools: bool
    """Whether its last op is what reduces the resolution."""
    adapts: bool
    """Whether it is a pooling to a given size, which leads to the head."""

    @property
    def changes(self) -> bool:
        return self.given != self.made


def with_stages(picture: Picture, scene: Scene, groups: Sequence[tuple[Atom, ...]], ids: Mapping[Atom, str]) -> Picture:
    """The picture with its cards sorted into stages."""
    unit_of = {ids[group[0]]: group[0].unit for group in groups}
    aside = _aside(picture)
    used = sorted({unit for id, unit in unit_of.items() if id not in aside})
    runs = _merged(_split(_traits(scene, used)))
    stage_of = {traits.at: at for at, run in enumerate(runs) for traits in run}
    numbered = _stages_of_cards(picture, unit_of, stage_of)
    cards = tuple(replace(card, stage=numbered[card.id], aside=card.id in aside) for card in picture.cards)
    folds = tuple(
        replace(fold, stage=next((card.stage for card in cards if card.fold == fold.id), 0)) for fold in picture.folds
    )
    last = {stage_of[group[0].unit]: group[-1].unit for group in groups if group[0].unit in stage_of}
    titles = _titles(runs, scene.units)
    told = _handed_on(picture, numbered, aside)
    stages = tuple(Stage(title, told.get(at) or _handed(scene.units[last[at]])) for at, title in enumerate(titles))
    return replace(picture, cards=cards, folds=folds, stages=stages)


def _handed_on(picture: Picture, stage_of: Mapping[str, int], aside: Set[str]) -> Mapping[int, str]:
    """The shape that each stage hands to the next."""
    told: dict[int, str] = {}
    for arrow in picture.arrows:
        stage = stage_of[arrow.tail]
        if stage_of[arrow.head] == stage + 1 and arrow.head not in aside:
            told.setdefault(stage, arrow.shape)
    return told


def _aside(picture: Picture) -> set[str]:
    """The cards that no output of inference needs: auxiliary heads."""
    into = picture.into
    waiting = [card.id for card in picture.cards if card.fact.kind == "output" and not card.train_only]
    needed: set[str] = set()
    while waiting:
        id = waiting.pop()
        if id not in needed:
            needed.add(id)
            waiting.extend(arrow.tail for arrow in into[id])
    return {card.id for card in picture.cards} - needed


def _traits(scene: Scene, used: Sequence[int]) -> list[_Traits]:
    """The traits of the units in use; an op alone is given what the one before it made."""
    inputs = scene.graph.graph["inputs"]
    made = resolution(inputs[0].outputs[0]) if inputs else ()
    traits: list[_Traits] = []
    for at in used:
        first, last = scene.units[at].copies[0], scene.units[at].copies[-1]
        content = first.content
        if isinstance(content, Body) and content.inputs:
            made = resolution(content.inputs[0])
        given, made = made, resolution(last.types[0]) if last.types else ()
        block = isinstance(content, Body) and weight(content) > 1
        op = _last_op(last)
        pools = op is not None and op.family == "pool" and given != made
        adapts = isinstance(content, Leaf) and op is not None and hasattr(op, "output_size") and op.family == "pool"
        traits.append(_Traits(at, given, made, block, block and _is_stage(first), pools, adapts))
    return traits


def _is_stage(item: Item) -> bool:
    return isinstance(item.content, Body) and is_stage(item.content)


def _last_op(item: Item) -> Op | None:
    content = item.content
    while isinstance(content, Body) and content.items:
        content = content.items[-1].content
    return content.op if isinstance(content, Leaf) else None


def _split(traits: Sequence[_Traits]) -> list[list[_Traits]]:
    """Runs of units: a pooling ends one, a block or convolution that changes the resolution begins one."""
    head = len(traits)
    while head and (traits[head - 1].made == () or traits[head - 1].adapts):
        head -= 1
    runs: list[list[_Traits]] = []
    for at, each in enumerate(traits):
        if at == 0 or at == head or (at < head and _begins(traits[at - 1], each)):
            runs.append([])
        runs[-1].append(each)
    return runs


def _begins(before: _Traits, each: _Traits) -> bool:
    if before.pools:
        return True
    if each.pools:
        return False
    return each.changes or before.is_stage or (each.is_stage and (before.is_stage or not before.is_block))


def _merged(runs: list[list[_Traits]]) -> list[list[_Traits]]:
    """What comes before the first block is one stem, what comes after the last one head."""
    blocks = [at for at, run in enumerate(runs) if any(each.is_block for each in run)]
    if not blocks:
        return runs
    stem = [each for run in runs[: blocks[0]] for each in run]
    head = [each for run in runs[blocks[-1] + 1 :] for each in run]
    return [run for run in (stem, *runs[blocks[0] : blocks[-1] + 1], head) if run]


def _titles(runs: Sequence[Sequence[_Traits]], units: Sequence[Unit]) -> list[str]:
    has_blocks = any(each.is_block for run in runs for each in run)
    titles: list[str] = []
    number = 0
    for at, run in enumerate(runs):
        blocks = [units[each.at] for each in run if each.is_block]
        last = at == len(runs) - 1
        is_head = all(each.made == () or each.adapts for each in run) or (has_blocks and not blocks)
        if not blocks and has_blocks and at == 0:
            titles.append("Stem")
        elif last and at and is_head:
            titles.append("Head")
        else:
            number += 1
            titles.append(_title(blocks) or (f"Stage {number}" if len(runs) > 1 else "Layers"))
    return titles


def _title(blocks: Sequence[Unit]) -> str:
    """The title that `view` gives, or what the names of a stage's blocks share: `inception4a`, `inception4b`."""
    for unit in blocks:
        asked = view_title(unit.copies[0])
        if asked:
            return asked[:1].upper() + asked[1:]
    names = [copy.name if copy.step.name is not None else "" for unit in blocks for copy in unit.copies]
    shared = _shared(names).rstrip("_.")
    if len(names) > 1 and (len(shared) < 4 or not shared[-1].isdigit()):
        heavy = [unit for unit in blocks if _is_stage(unit.copies[0])]
        shared = heavy[0].copies[0].name if len(heavy) == 1 and len(heavy[0].copies) == 1 else ""
    return _spaced(shared) if shared and not shared.isdigit() else ""


def _shared(names: Sequence[str]) -> str:
    """What all the names begin with."""
    if not names:
        return ""
    first, last = min(names), max(names)
    at = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:at]


def _spaced(name: str) -> str:
    """`inception4` as `Inception 4`."""
    text = clean(re.sub(r"(?<=[a-z])(?=[0-9])", " ", name.replace("_", " ")), 24)
    return text[:1].upper() + text[1:]


def _stages_of_cards(picture: Picture, unit_of: Mapping[str, int], stage_of: Mapping[int, int]) -> Mapping[str, int]:
    """Each card's stage; what has none of its own goes with what feeds it, inputs with what they feed."""
    found = {id: stage_of[unit] for id, unit in unit_of.items() if unit in stage_of}
    for card in picture.cards:
        if card.id not in found and card.fact.kind != "input":
            tails = [found[arrow.tail] for arrow in picture.arrows if arrow.head == card.id and arrow.tail in found]
            found[card.id] = max(tails, default=0)
    for card in picture.cards:
        if card.id not in found:
            heads = [found[arrow.head] for arrow in picture.arrows if arrow.tail == card.id and arrow.head in found]
            found[card.id] = min(heads, default=0)
    return found


def _handed(unit: Unit) -> str:
    """The shape that a stage hands on, that of its last unit."""
    types = unit.copies[-1].types
    return brief_shape(types[0]) if types else ""
