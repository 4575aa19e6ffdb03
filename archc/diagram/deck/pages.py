"""What a deck shows: a page for each network with its summary as notes, then one for each block it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archc.diagram.compose.inside import block_sheet, found_instances
from archc.diagram.crowd import refuse_large
from archc.diagram.deck.package import Page
from archc.diagram.insides import opening, place_of, sheet_of
from archc.diagram.model.closing import weight
from archc.diagram.model.definition import Instance, instances
from archc.diagram.options import DEFAULT, Options
from archc.diagram.sheet import Sheet
from archc.spec.model import Block
from archc.summary import concrete, short, times
from archc.wiring import wire

if TYPE_CHECKING:
    from archc.network import Network

_WIDTH = 100
"""Columns of the summary: without the ops' arguments, which would only be cut."""
_COLUMNS = re.compile(r"(?<=\S) {2,}")
_RULE = re.compile(r"[\s─]*")
_Definition = tuple[str, tuple[str | int, ...]]
"""Where a block is written: networks that are loaded apart have it in common."""


def deck_pages(networks: Sequence[Network], options: Options = DEFAULT, *, blocks: bool = True) -> tuple[Page, ...]:
    """The pages; a block that several networks have is shown once, and their cards of it lead to its page."""
    pages: list[Page] = []
    shown: dict[_Definition, str] = {}
    for network in networks:
        refuse_large(network)
        sheet = sheet_of(network, options)
        within = tuple(_block_pages(network, options, shown)) if blocks else ()
        pages += [Page(_linked(network, sheet, shown), _summary(network)), *within]
    return tuple(pages)


def _block_pages(network: Network, options: Options, shown: dict[_Definition, str]) -> Iterator[Page]:
    """The pages of the blocks that are not shown yet."""
    found: dict[Block, list[Instance]] = {}
    for block, instance in instances(network.body):
        found.setdefault(block, []).append(instance)
    for block, uses in found.items():
        if _definition(block) in shown or max(weight(instance.body) for instance in uses) < 2:
            continue
        sheet = block_sheet(network, block.name, replace(options, block=block.name, level=None))
        shown[_definition(block)] = sheet.id
        yield Page(sheet, "\n".join(_facts(network, block, len(uses))))


def _definition(block: Block) -> _Definition:
    return block.where.file, block.where.route


def _linked(network: Network, sheet: Sheet, shown: dict[_Definition, str]) -> Sheet:
    """The sheet with its blocks' cards leading to the blocks' pages."""
    blocks = {instance.path: block for block, instance in instances(network.body)}
    drawn = {box.id: blocks.get(place_of(box.id)) for box in sheet.boxes}
    return opening(sheet, {id: shown[_definition(b)] for id, b in drawn.items() if b and _definition(b) in shown})


def _summary(network: Network) -> str:
    """The summary's table with tabs between its columns: notes are set in letters of different widths."""
    lines = network.summary().as_text(width=_WIDTH).splitlines()
    return "\n".join(_COLUMNS.sub("\t", line) for line in lines if not _RULE.fullmatch(line))


def _facts(network: Network, block: Block, uses: int) -> Iterator[str]:
    """A block's page in words: what it is, and the numbers of the instances shown."""
    yield f"{block.name}: {uses:,} in {network.name}"
    if block.doc:
        yield " ".join(block.doc.split())
    for instance in found_instances(network, block.name):
        body = instance.body
        nodes = wire(body).nodes
        given = ", ".join(times(concrete(type_)) for type_ in body.inputs)
        gives = ", ".join(times(concrete(output.type)) for output in body.outputs)
        params, macs = sum(node.params for node in nodes), sum(node.macs for node in nodes)
        yield f"{instance.path}: {given} -> {gives}\t{params:,} parameters\t{short(macs)} MACs"
