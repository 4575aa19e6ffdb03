"""Diagrams: a checked network as a Graphviz picture.

A `Picture` is plain values built from the network; `dot_text` writes it down, the same bytes for the same picture, and
an engine draws that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from archc.diagram.build import picture_of
from archc.diagram.dot import dot_text
from archc.diagram.engine import EngineError, draw

if TYPE_CHECKING:
    from archc.network import Network

__all__ = ["FORMATS", "EngineError", "Format", "dot_text", "picture_of", "render"]

Format = Literal["svg", "pdf", "png", "dot"]
FORMATS: tuple[Format, ...] = ("svg", "pdf", "png", "dot")


def render(network: Network, format: Format = "svg") -> bytes:
    """The network's picture as a file's content; raises `EngineError` where no Graphviz can draw it."""
    if format not in FORMATS:
        raise ValueError(f"a picture is one of {', '.join(FORMATS)}, not {format!r}")
    text = dot_text(picture_of(network))
    return text.encode() if format == "dot" else draw(text, format)
