"""What there is to look at of a network: one picture of it, and the insides of the blocks that this leaves closed."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archc.diagram.asked import OptionError
from archc.diagram.compose.choose import StyleError, network_sheet
from archc.diagram.compose.inside import UnknownBlockError, block_sheet, found_instances
from archc.diagram.crowd import refusing_tangles
from archc.diagram.labels import clean
from archc.diagram.model.definition import instances
from archc.diagram.options import DEFAULT, Options
from archc.diagram.sheet import Sheet
from archc.quiet import quiet
from archc.suggest import known, suggest
from archc.tree import Body

if TYPE_CHECKING:
    from archc.network import Network

MAX_INSIDES = 60
"""How many insides a set of sheets has at most; what would be more stays closed."""


@quiet()
def sheet_of(network: Network, options: Options = DEFAULT) -> Sheet:
    """The picture of a network, or of one of its blocks; raises `OptionError` where it has none of that name."""
    with refusing_tangles(network):
        if options.block is None:
            try:
                return network_sheet(network, options)
            except StyleError as error:
                raise OptionError(clean(str(error), 200)) from error
        try:
            return block_sheet(network, options.block, options)
        except UnknownBlockError as error:
            raise OptionError(_no_block(network, error)) from error


def _no_block(network: Network, error: UnknownBlockError) -> str:
    told = f"{network.name} has no block `{clean(error.name)}`"
    blocks = dict.fromkeys(block.name for block, _ in instances(network.body))
    if not blocks:
        return f"{told}: it is made of ops alone"
    return f"{told}; {f'{suggest(error.name, error.names)} '.lstrip()}{known('blocks', blocks)}"


def sheet_set(network: Network, options: Options = DEFAULT) -> tuple[Sheet, ...]:
    """The picture, then the insides of the blocks closed on it or within another; equal blocks share one.

    A box that stands for a block has the id of the sheet with its inside. Of a whole network the blocks are closed
    where no level is asked for: whoever looks opens them.
    """
    main = _closed(network, options)
    bodies = {instance.path: instance.body for _, instance in instances(network.body)}
    around = found_instances(network, options.block)[0].path if options.block is not None else ""
    within = replace(options, level=None, fit="free")
    opened: dict[int, str] = {}
    sheets: list[Sheet] = []
    waiting = deque([(main, around)])
    while waiting:
        sheet, around = waiting.popleft()
        opens: dict[str, str] = {}
        for box, body, path in _blocks(sheet, around, bodies):
            if id(body) not in opened and len(opened) < MAX_INSIDES:
                inside = block_sheet(network, path, replace(within, block=path))
                opened[id(body)] = inside.id
                waiting.append((inside, path))
            if id(body) in opened:
                opens[box] = opened[id(body)]
        sheets.append(opening(sheet, opens))
    return tuple(sheets)


def _closed(network: Network, options: Options) -> Sheet:
    """The picture with its blocks closed, if it has any."""
    if options.block is not None or options.level is not None:
        return sheet_of(network, options)
    overview = sheet_of(network, replace(options, level="overview"))
    places = {instance.path for _, instance in instances(network.body)}
    return overview if any(place_of(box.id) in places for box in overview.boxes) else sheet_of(network, options)


def _blocks(sheet: Sheet, around: str, bodies: Mapping[str, Body]) -> Sequence[tuple[str, Body, str]]:
    """The boxes of a sheet that stand for a block: their ids, the blocks' insides and places."""
    placed = [(box.id, place_of(box.id, around)) for box in sheet.boxes if box.fact is not None]
    return [(id, bodies[path], path) for id, path in placed if path in bodies]


def place_of(box: str, around: str = "") -> str:
    """The place in the module that a box's id tells, on a sheet that shows the inside of the block `around`."""
    path = box.split("~")[0]
    if ":" in path:  # of several instances on one sheet
        return path.replace(":", ".")
    return f"{around}.{path}" if around else path


def opening(sheet: Sheet, opens: Mapping[str, str]) -> Sheet:
    """The sheet, with the sheets that its boxes open, by the boxes' ids."""
    boxes = tuple(
        replace(box, fact=replace(box.fact, opens=opens[box.id])) if box.fact is not None and box.id in opens else box
        for box in sheet.boxes
    )
    return replace(sheet, boxes=boxes)
