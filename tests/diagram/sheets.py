"""Sheets for tests: of networks by name or of steps written inline, made once, with short ways to read them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import archc
from archc.diagram.compose.choose import network_sheet
from archc.diagram.compose.inside import block_sheet
from archc.diagram.options import DEFAULT, Options
from archc.diagram.sheet import Box, Frame, Label, Route, Sheet
from archc.network import Network
from tests.diagram.pictures import IMAGE, network
from tests.diagram.sheet_rules import words

SPECS = Path(__file__).parents[1] / "networks" / "specs"


@cache
def load(name: str) -> Network:
    """A shipped network, or one of the tests' own specs."""
    return archc.load(SPECS / f"{name}.yaml") if (SPECS / f"{name}.yaml").exists() else archc.load(name)


@cache
def sheet(name: str, options: Options = DEFAULT) -> Sheet:
    """A network's picture."""
    return network_sheet(load(name), options)


@cache
def block(name: str, block: str, options: Options = DEFAULT) -> Sheet:
    """A block's close-up."""
    return block_sheet(load(name), block, options)


@cache
def drawn(steps: str, blocks: str = "", inputs: str = IMAGE, outputs: str = "", options: Options = DEFAULT) -> Sheet:
    """The picture of these steps."""
    return network_sheet(network(steps, blocks, inputs, outputs), options)


def box(shown: Sheet, id: str) -> Box:
    """The box of that id."""
    return next(each for each in shown.boxes if each.id == id)


def route(shown: Sheet, tail: str, head: str) -> Route:
    """The line between two boxes."""
    return next(each for each in shown.routes if (each.tail, each.head) == (tail, head))


def frames(shown: Sheet, style: str) -> list[Frame]:
    """The frames of a style."""
    return [frame for frame in shown.frames if frame.style == style]


def headings(shown: Sheet, style: str = "stage") -> list[str]:
    """What stands at the top of the frames of a style, lines parted by slashes."""
    return [words(frame.heading.lines) for frame in frames(shown, style) if frame.heading]


def notes(shown: Sheet) -> list[str]:
    """The text that belongs to no box."""
    return [words(note.lines) for note in shown.notes]


def legend(shown: Sheet) -> list[str]:
    """The words of the legend."""
    return [words(swatch.words.lines) for swatch in shown.legend]


def title(shown: Sheet) -> str:
    """The title with the facts behind or below it."""
    return words(shown.title.lines)


def text(each: Box | Label) -> str:
    """What is written on a box or label, its parts too."""
    cells = [words((slot.line,)) for slot in each.slots] if isinstance(each, Box) else []
    return " | ".join(cells) or words(each.lines)


def cards(shown: Sheet) -> list[Box]:
    """The boxes that stand for something in the network."""
    return [each for each in shown.boxes if each.fact is not None]
