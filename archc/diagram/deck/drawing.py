"""DrawingML as elements: the kinds of shape, line and text that a slide is made of.

Prefixes are written out; the root that the elements end up in declares them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from archc.diagram.labels import clean
from archc.diagram.sheet import Line, Point, Run

EMU = 12_700
"""The format's units in a point."""
FONT = "Arial"
MAX_RUN, MAX_DESCRIPTION = 240, 500

Insets = tuple[float, float, float, float]
"""Points kept free of text at the left, top, right and bottom."""
NO_INSETS: Insets = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Rect:
    """A place on the slide in the format's units."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a sheet's points lie on the slide: sheets of another format are shrunk or grown, and centred."""

    factor: float
    left: float
    top: float

    @classmethod
    def fitting(cls, sheet: Point, slide: Point) -> Scale:
        """The largest at which all of a sheet is on the slide; both are given as width and height."""
        factor = min(slide[0] / sheet[0], slide[1] / sheet[1])
        return cls(factor, (slide[0] - factor * sheet[0]) / 2, (slide[1] - factor * sheet[1]) / 2)

    def length(self, points: float) -> int:
        """A length in the format's units."""
        return round(points * self.factor * EMU)

    def at(self, point: Point) -> tuple[int, int]:
        """A point in the format's units."""
        x, y = point
        return round((self.left + x * self.factor) * EMU), round((self.top + y * self.factor) * EMU)

    def rect(self, x: float, y: float, w: float, h: float) -> Rect:
        """A rectangle in the format's units, from its top left corner."""
        (left, top), (right, bottom) = self.at((x, y)), self.at((x + w, y + h))
        return Rect(left, top, right - left, bottom - top)


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line's colour, width in points, and what it looks like at its end."""

    colour: str
    width: float
    dashed: bool = False
    arrow: bool = False


def element(tag: str, *children: Element, **attributes: object) -> Element:
    """An element with all it holds."""
    made = Element(tag, {name: str(value) for name, value in attributes.items()})
    made.extend(children)
    return made


def inert(text: str, limit: int = MAX_RUN) -> str:
    """Free text made harmless, with its spaces kept: the runs of a line are told apart by them."""
    kept = "".join(clean(part, len(part) + 1) if part.strip(" ") else part for part in re.split("( +)", text))
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def named(number: int, name: str, description: str = "", link: str = "") -> Element:
    """Who a shape is: its number on the slide, its name, its alternative text, and the slide that a click leads to."""
    made = element("p:cNvPr", id=number, name=inert(name))
    if description:
        made.set("descr", inert(description, MAX_DESCRIPTION))
    if link:
        made.append(Element("a:hlinkClick", {"r:id": link, "action": "ppaction://hlinksldjump"}))
    return made


def fill(colour: str | None) -> Element:
    """A plain fill, or none."""
    if colour is None:
        return element("a:noFill")
    return element("a:solidFill", element("a:srgbClr", val=colour.removeprefix("#").upper()))


def stroke(style: Stroke | None, scale: Scale) -> Element:
    """A border or a line."""
    if style is None:
        return element("a:ln", fill(None))
    made = element("a:ln", fill(style.colour), w=scale.length(style.width))
    made.append(element("a:prstDash", val="dash" if style.dashed else "solid"))
    made.append(element("a:round"))
    if style.arrow:
        made.append(element("a:tailEnd", type="triangle", w="lg", len="lg"))
    return made


def transform(rect: Rect, **flips: int) -> Element:
    """The place of a shape."""
    return element("a:xfrm", element("a:off", x=rect.x, y=rect.y), element("a:ext", cx=rect.w, cy=rect.h), **flips)


def preset(name: str, adjust: float | None = None) -> Element:
    """A shape that the format has a name for; `adjust` is that of a rounded corner, as part of the shorter side."""
    guides = element("a:avLst")
    if adjust is not None:
        guides.append(element("a:gd", name="adj", fmla=f"val {round(100_000 * min(adjust, 0.5))}"))
    return element("a:prstGeom", guides, prst=name)


def path(curve: Sequence[Point], scale: Scale, rect: Rect) -> Element:
    """A line in a shape at `rect`: a start and three more points for each cubic, every other of which is straight."""

    def local(point: Point) -> Element:
        x, y = scale.at(point)
        return element("a:pt", x=x - rect.x, y=y - rect.y)

    steps = [element("a:moveTo", local(curve[0]))]
    for index in range(1, len(curve), 3):
        straight = index % 2 == 1
        if not straight:
            steps.append(element("a:cubicBezTo", *map(local, curve[index : index + 3])))
        elif curve[index - 1] != curve[index + 2]:  # an arrow at a piece of no length would point anywhere
            steps.append(element("a:lnTo", local(curve[index + 2])))
    drawn = element("a:path", *steps, w=rect.w, h=rect.h, fill="none")
    empty = [element(f"a:{name}") for name in ("avLst", "gdLst", "ahLst", "cxnLst")]
    return element("a:custGeom", *empty, element("a:rect", l=0, t=0, r="r", b="b"), element("a:pathLst", drawn))


def text_body(lines: Sequence[Line], scale: Scale, colour: Callable[[Run], str], align: str, insets: Insets) -> Element:
    """Text in the middle of its shape: a paragraph a line, each style a run, and nothing that shrinks or wraps it."""
    sides = dict(zip(("lIns", "tIns", "rIns", "bIns"), map(scale.length, insets), strict=True))
    properties = element("a:bodyPr", element("a:noAutofit"), wrap="none", **sides, rtlCol=0, anchor="ctr")
    paragraphs = [
        element("a:p", element("a:pPr", algn=align), *(_run(run, scale, colour(run)) for run in line)) for line in lines
    ]
    return element("p:txBody", properties, element("a:lstStyle"), *(paragraphs or [element("a:p")]))


def _run(run: Run, scale: Scale, colour: str) -> Element:
    size = max(100, round(run.size * scale.factor * 100))
    faces = [element(f"a:{script}", typeface=FONT) for script in ("latin", "ea", "cs")]
    style = element("a:rPr", fill(colour), *faces, lang="en-GB", sz=size, b=int(run.bold), noProof=1)
    text = Element("a:t")
    text.text = inert(run.text)
    return element("a:r", style, text)
