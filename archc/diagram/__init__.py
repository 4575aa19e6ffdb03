"""Pictures of checked networks: a model, a layout, a `Sheet` of plain values, and Graphviz to draw it.

`model` says what is shown: cards, arrows, folds, stages and skips, of one plan of what to leave out. `layout` and
`compose` give everything its place, and choose the plan that leaves out least among those whose text can be read.
`pinned`, `html` and `deck` write a `Sheet` down. All places are archc's own: every Graphviz draws the same picture, no
network is too large to lay out, and a picture can be tested without drawing it. A poster (`full`) keeps the proportions
of its page and the size of its text, and grows; it is read from paper up to A0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archc.diagram.asked import OptionError, options_of
from archc.diagram.engine import DPI, EngineError
from archc.diagram.files import FORMATS, Drawn, Format, draw_picture
from archc.diagram.insides import sheet_of
from archc.diagram.options import DEFAULT, Options

if TYPE_CHECKING:
    from archc.network import Network

__all__ = [
    "FORMATS",
    "Drawn",
    "EngineError",
    "Format",
    "OptionError",
    "Options",
    "draw_picture",
    "options_of",
    "render",
    "render_steps",
    "sheet_of",
]


def render(network: Network, format: Format = "svg", options: Options = DEFAULT, dpi: int = DPI) -> bytes:
    """A picture as a file's content.

    Raises `OptionError` for a format or block that there is not, `EngineError` where no Graphviz can draw it.
    """
    return draw_picture(network, format, options, dpi=dpi).contents[0]


def render_steps(
    network: Network, format: Format = "svg", options: Options = DEFAULT, dpi: int = DPI
) -> tuple[bytes, ...]:
    """The series that builds a picture up, each as a file's content; raises as `render`."""
    return draw_picture(network, format, options, dpi=dpi, steps=True).contents
