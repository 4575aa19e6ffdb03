"""A laid-out picture as values: every box, frame, line and text with its place, in points, and no colour.

The origin is the top left corner, y grows downwards. The writers (DOT, HTML, slides) decide nothing about places; a
theme decides the colours of the roles named here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["ink", "faint", "accent"]
Shape = Literal["rounded", "box", "circle", "point", "plain"]
"""`point` is a junction, a dot of the lines' colour; `plain` is text alone, without fill or border."""
FrameStyle = Literal["stage", "definition", "fold"]
"""A stage's ground; the dashed frame around a block's inside; the bracket around what is repeated."""
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one style; `size` in whole points."""

    text: str
    size: int
    bold: bool = False
    tone: Tone = "ink"


Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of text around the centre `x`, `y`, in a box of `w` x `h`; `align` is that of the lines within it."""

    x: float
    y: float
    w: float
    h: float
    lines: tuple[Line, ...]
    align: Literal["left", "center"] = "center"
    step: int = 0
    """When a note appears in a series that builds up."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a box stands for in the network, all its `times` copies taken together."""

    kind: str
    """The ops in the order they run, `Conv2d + BatchNorm2d + ReLU`, or the block's name."""
    paths: tuple[str, ...]
    """The places in the module of the nodes in its first copy, in the order they run."""
    times: int
    nodes: int
    """How many nodes of the graph it stands for."""
    inner: int
    """How many edges of the graph run between those nodes and are not drawn."""
    convs: int
    params: int
    macs: int
    input: str
    output: str
    """Shapes without the batch."""
    where: str
    """The file and line of its step."""
    opens: str | None = None
    """The id of the sheet that shows its inside, where a set of sheets has one."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One part of a slotted tensor (a concatenation), a cell of its box."""

    x: float
    y: float
    w: float
    h: float
    line: Line


@dataclass(frozen=True, slots=True)
class Box:
    """A card: an op or several fused ones, a tensor, a block. `x`, `y` is its top left corner."""

    id: str
    x: float
    y: float
    w: float
    h: float
    shape: Shape
    family: str
    lines: tuple[Line, ...] = ()
    slots: tuple[Slot, ...] = ()
    dashed: bool = False
    fact: Fact | None = None
    step: int = 0
    """When it appears in a series that builds up."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame behind boxes; frames are drawn in their order."""

    id: str
    x: float
    y: float
    w: float
    h: float
    style: FrameStyle
    heading: Label | None = None
    step: int = 0


@dataclass(frozen=True, slots=True)
class Route:
    """A line from a box to another: horizontal and vertical pieces through `points`, corners rounded by `radius`."""

    id: str
    tail: str
    head: str
    points: tuple[Point, ...]
    edges: int
    """How many edges of the graph it stands for, all copies taken together."""
    accent: bool = False
    """A skip: drawn in the accent colour."""
    arrow: bool = True
    radius: float = 7
    label: Label | None = None
    step: int = 0


@dataclass(frozen=True, slots=True)
class Swatch:
    """An entry of the legend: a sample of a family's fill, and its words to the right of it."""

    family: str
    x: float
    y: float
    w: float
    h: float
    words: Label


@dataclass(frozen=True, slots=True)
class Sheet:
    """One whole picture on a page of `width` x `height` points."""

    id: str
    name: str
    width: float
    height: float
    title: Label
    """The network's name in bold with what the picture leaves out and its parameters: left aligned."""
    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]
    frames: tuple[Frame, ...] = ()
    notes: tuple[Label, ...] = ()
    """Text that belongs to no box."""
    legend: tuple[Swatch, ...] = ()
    layout: str = ""
    """Which layout it has, `overview`, `columns`, `flow`: what the command says it chose."""
