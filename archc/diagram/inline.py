"""Graphviz's SVG as markup within a page: only shapes and text, and identifiers that are the page's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from xml.etree import ElementTree

from archc.diagram.labels import clean

_TAGS = frozenset({"g", "path", "polygon", "polyline", "ellipse", "circle", "rect", "line", "text", "tspan"})
_WRITING = frozenset({"text", "tspan"})
_ATTRIBUTES = frozenset(
    {"class", "transform", "points", "d", "cx", "cy", "r", "rx", "ry", "x", "y", "x1", "y1", "x2", "y2", "dx", "dy"}
    | {"width", "height", "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity"}
    | {"stroke-linecap", "stroke-linejoin", "font-family", "font-size", "font-weight", "font-style", "text-anchor"}
    | {"baseline-shift", "textLength", "lengthAdjust"}
)
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_LIMIT = 4000
"""Characters of a name that drawings keep."""
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def page_id(sheet: str, name: str = "") -> str:
    """The identifier within a page of a thing on a sheet, or of the sheet itself: no two things share one."""
    return f"{_plain(sheet)}/{_plain(clean(name, _LIMIT))}"


def inline_svg(svg: bytes, sheet: str, heading: str) -> str:
    """A sheet's SVG without prolog, comments, titles, links and styles; `heading` names it to a screen reader."""
    root = ElementTree.fromstring(svg)
    box = " ".join(_NUMBER.findall(root.get("viewBox", "")))
    width, height = box.split()[2:]
    own = {"viewBox": box, "width": f"{width}pt", "height": f"{height}pt", "role": "group", "aria-label": heading}
    inner = "".join(piece for child in root for piece in _markup(child, sheet))
    return f"<svg{_written(own)}>\n{inner}</svg>"


def _markup(element: ElementTree.Element, sheet: str) -> Iterator[str]:
    tag = element.tag.rpartition("}")[2]
    inside = (piece for child in element for piece in _markup(child, sheet))
    if tag == "a":
        yield from inside
    if tag not in _TAGS:
        return
    yield f"<{tag}{_written(_attributes(element, sheet))}>"
    if tag in _WRITING:
        yield escape(element.text or "", quote=False)
    elif tag == "g":
        yield "\n"
    yield from inside
    yield f"</{tag}>"
    if tag != "tspan":
        yield "\n"
    elif element.tail:
        yield escape(element.tail, quote=False)


def _attributes(element: ElementTree.Element, sheet: str) -> Mapping[str, str]:
    # Graphviz gives a class to what has an identifier of ours, and none to the groups that it adds around links.
    kept = {name: value for name, value in element.items() if name in _ATTRIBUTES and "url(" not in value}
    identity = {"id": page_id(sheet, element.attrib["id"])} if {"id", "class"} <= element.attrib.keys() else {}
    space = {"xml:space": "preserve"} if element.get(_SPACE) == "preserve" else {}
    return {**identity, **kept, **space}


def _written(attributes: Mapping[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())


def _plain(text: str) -> str:
    """Text with every unusual character replaced by its code, so that no two texts come out the same."""
    return _UNSAFE.sub(lambda found: f":{ord(found[0]):x}:", text)
