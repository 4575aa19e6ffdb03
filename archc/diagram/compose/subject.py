"""What there is to draw of a network: the whole of it, one of its blocks, or a block's definition."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING

from archc.diagram.labels import amount, clean
from archc.diagram.model.build import Subject
from archc.diagram.model.definition import Instance, Symbols, symbols_of
from archc.diagram.model.naming import Names, block_name
from archc.diagram.model.picture import Picture
from archc.graph import Node, build_graph
from archc.spec.model import Block
from archc.tree import Body
from archc.wiring import wire

if TYPE_CHECKING:
    from archc.network import Network


def network_subject(network: Network) -> Subject:
    """The whole network."""
    return Subject(network.name, title_of(network), network.graph, network.body, Names(places_of(network)))


def block_subject(network: Network, instance: Instance, *, symbolic: bool, brief: bool) -> tuple[Subject, Symbols]:
    """One instance of a block with its numbers, or with its parameters in their place."""
    body = instance.body
    symbols = symbols_of(body, _known(network, body))
    shown = symbols if symbolic else Symbols()
    names = Names(places_of(network), brief, shown.formulas, shown.options, symbolic)
    name = body.definition.name if isinstance(body.definition, Block) else instance.path
    return Subject(instance.path, block_name(name), build_graph(wire(body), body), body, names), symbols


def _known(network: Network, body: Body) -> Mapping[str, object]:
    """The values of the parameters of the network's own file, which its blocks may speak of."""
    block = body.definition
    own = isinstance(block, Block) and block.scope.file == network.spec.scope.file
    return network.settled.values if own else {}


def places_of(network: Network) -> Callable[[Node], str]:
    """Where nodes are written, asked for once a step."""
    known: dict[int, str] = {}

    def place(node: Node) -> str:
        if node.step is None:
            return ""
        key = id(node.step)
        if key not in known:
            where = node.step.where
            line = network.loaded.documents[where.file].place(where).line
            known[key] = f"{PurePath(where.file).name}:{line}"
        return known[key]

    return place


def title_of(network: Network) -> str:
    """The network's name as papers write it: of `resnet18` in a spec that speaks of ResNet, `ResNet-18`."""
    title, variant = network.spec.title, network.variant or ""
    for word in re.findall(r"[A-Za-z][\w.]*", title):
        rest = variant[len(word) :]
        if len(word) > 2 and variant.lower().startswith(word.lower()):
            joined = f"{word}-{rest}" if rest[:1].isdigit() else word + rest
            return clean(joined.replace("_", " "), 40)
    named = [word for word in re.findall(r"[A-Za-z][\w.]*", title) if word.lower() == network.spec.name.lower()]
    short = title if len(title) <= 32 else named[0] if named else title.partition(" (")[0]
    return clean(short, 60)


def facts_of(network: Network, picture: Picture) -> str:
    """What a picture leaves out and how many parameters the network has, computed from what is drawn."""
    told: list[str] = []
    if network.variant and network.variant not in title_of(network).lower().replace("-", ""):
        told.append(network.variant if not _is_named(network) else "")
    told.append(_shown(picture))
    told.append(f"{amount(sum(node.params for node in network.graph))} parameters")
    return " · ".join(filter(None, told))


def _is_named(network: Network) -> bool:
    return title_of(network).lower().replace("-", "").startswith((network.variant or "?").lower().replace("_", " "))


def _shown(picture: Picture) -> str:
    """The blocks that are drawn as one card, or how many convolutions are shown."""
    blocks: dict[str, int] = {}
    for card in picture.cards:
        if card.kind == "block":
            blocks[card.title] = blocks.get(card.title, 0) + card.fact.times
    if len(blocks) > 3:
        return f"{sum(blocks.values())} blocks of {len(blocks)} kinds"
    if blocks:
        return ", ".join(f"{count} × {name}" for name, count in blocks.items())
    convs = sum(card.fact.convs for card in picture.cards)
    layers = (
        _count(convs, "convolution")
        if convs
        else _count(sum(_weighs(card.fact.params) for card in picture.cards), "layer")
    )
    return f"{layers}, repeats folded" if picture.folds else f"all {layers}" if convs > 3 else layers


def _weighs(params: int) -> int:
    return 1 if params else 0


def _count(number: int, name: str) -> str:
    return f"{number} {name}" + ("" if number == 1 else "s")


def parameters_of(block: Block, inside: Picture) -> tuple[str, ...]:
    """The parameters that a definition's cards speak of, in the order they are declared."""
    spoken = " ".join(text for card in inside.cards for text in (card.title, card.detail, *sum(card.slots, ())))
    words = set(re.findall(r"[A-Za-z_]\w*", spoken))
    return tuple(clean(param.name, 20) for param in block.params if param.name in words)


def dashed_note(symbols: Symbols) -> str:
    """When a definition's dashed parts are there."""
    return clean(f"dashed: when {'; '.join(symbols.conditions)}", 70) if symbols.conditions else ""
