"""The deck as a file: python-pptx's own template made 16:9 and plain, a slide a page, and always the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast
from xml.etree.ElementTree import Element, tostring

from archc.diagram.deck.drawing import EMU, FONT, Scale, element, inert
from archc.diagram.deck.shapes import slide_shapes
from archc.diagram.sheet import Sheet
from archc.diagram.theme import Theme
from archc.marks import MARK

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide, SlideLayout

WIDTH, HEIGHT = 960, 540
"""A 16:9 slide in points."""
_EPOCH = datetime(1980, 1, 1)
"""The first day that a zip file knows; the deck has no date of its own."""
_NAMESPACES = {
    "xmlns:a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "xmlns:p": "http://schemas.openxmlformats.org/presentationml/2006/main",
    "xmlns:r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
}
_FIRST = ("[Content_Types].xml", "docProps/core.xml")
"""What comes first in the file: the mark, where archc looks for it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A slide: its picture, and what its speaker reads."""

    sheet: Sheet
    notes: str


def write_deck(pages: Sequence[Page], theme: Theme, *, title: str) -> bytes:
    """The deck's bytes: a slide a page, all of it native shapes and text; the same pages give the same bytes."""
    from pptx import Presentation

    deck = Presentation()
    layout = _adapted(deck, theme)
    _describe(deck, title)
    slides = [deck.slides.add_slide(layout) for _ in pages]
    first = {page.sheet.id: slide for page, slide in reversed(list(zip(pages, slides, strict=True)))}
    for page, slide in zip(pages, slides, strict=True):
        _fill_slide(slide, page, theme, _links(page.sheet, slide, first))
    packed = io.BytesIO()
    deck.save(packed)
    return _repacked(packed)


def _adapted(deck: Presentation, theme: Theme) -> SlideLayout:
    """The template, made for 4:3, at 16:9, in the theme's colours and one font, with the one layout used."""
    from pptx.opc.constants import RELATIONSHIP_TYPE
    from pptx.util import Emu

    for size in cast("Element", deck.element).iter(f"{{{_NAMESPACES['xmlns:p']}}}sldSz"):
        size.attrib.pop("type", None)
    deck.slide_width, deck.slide_height = Emu(WIDTH * EMU), Emu(HEIGHT * EMU)
    master = deck.slide_master
    for place in master.placeholders:
        place.left, place.width = Emu(place.left * 4 // 3), Emu(place.width * 4 // 3)
    layout = next(each for each in deck.slide_layouts if each.name == "Title Only")
    for other in [each for each in deck.slide_layouts if each is not layout]:
        deck.slide_layouts.remove(other)
    colours = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    colours.blob = _in_colours(colours.blob, theme)
    return layout


def _in_colours(xml: bytes, theme: Theme) -> bytes:
    """The template's theme with this one's page and ink and archc's font: for what a lecturer adds to the deck."""
    for name, colour in (("dk1", theme.ink), ("lt1", theme.page)):
        own = f'<a:{name}><a:srgbClr val="{colour.removeprefix("#")}"/></a:{name}>'
        xml = re.sub(rf"<a:{name}>.*?</a:{name}>".encode(), own.encode(), xml)
    return xml.replace(b'typeface="Calibri"', f'typeface="{FONT}"'.encode())


def _describe(deck: Presentation, title: str) -> None:
    """The deck's properties; the template's own, its thumbnail and its printer's settings are dropped."""
    from pptx.opc.constants import RELATIONSHIP_TYPE

    dropped = {
        RELATIONSHIP_TYPE.THUMBNAIL,
        RELATIONSHIP_TYPE.EXTENDED_PROPERTIES,
        RELATIONSHIP_TYPE.PRINTER_SETTINGS,
    }
    package, part = deck.part.package, deck.part
    relationships = {relationship.rId: relationship for relationship in part.rels.values()}
    for relationship in list(package.iter_rels()):
        if relationship.reltype in dropped:
            owner = part if relationships.get(relationship.rId) is relationship else package
            owner.drop_rel(relationship.rId)
    properties = deck.core_properties
    properties.title, properties.author, properties.last_modified_by = inert(title), "", ""
    properties.comments, properties.revision = MARK, 1
    properties.created = properties.modified = _EPOCH


def _links(sheet: Sheet, slide: Slide, first: Mapping[str, Slide]) -> Mapping[str, str]:
    """The relationships of a slide to those that show the inside of its boxes, by the ids of their sheets."""
    from pptx.opc.constants import RELATIONSHIP_TYPE

    opened = dict.fromkeys(box.fact.opens for box in sheet.boxes if box.fact is not None)
    shown = {id: first[id] for id in opened if id is not None and id in first and first[id] is not slide}
    return {id: slide.part.relate_to(other.part, RELATIONSHIP_TYPE.SLIDE) for id, other in shown.items()}


def _fill_slide(slide: Slide, page: Page, theme: Theme, links: Mapping[str, str]) -> None:
    """Put a page on its slide, whose own placeholder is replaced."""
    from pptx.dml.color import RGBColor
    from pptx.oxml import parse_xml

    sheet = page.sheet
    ground = slide.background.fill
    ground.solid()
    ground.fore_color.rgb = RGBColor(*bytes.fromhex(theme.page.removeprefix("#")))
    scale = Scale.fitting((sheet.width, sheet.height), (WIDTH, HEIGHT))
    drawn = element("p:spTree", *slide_shapes(sheet, theme, scale, links), **_NAMESPACES)
    tree = cast("Element", slide.shapes.element)
    for placeholder in list(slide.placeholders):
        tree.remove(cast("Element", placeholder.element))
    tree.extend(list(cast("Element", parse_xml(tostring(drawn)))))
    notes = slide.notes_slide.notes_text_frame
    if notes is not None:
        notes.text = "\n".join(_note(line) for line in page.notes.splitlines())


def _note(line: str) -> str:
    """A line of notes made harmless; the tabs of a table are kept."""
    return "\t".join(inert(cell, 1000) for cell in line.split("\t"))


def _repacked(packed: io.BytesIO) -> bytes:
    """The same file without the hour it was written at, and with the mark where it can be read without unpacking."""
    result = io.BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(result, "w") as target:
        names = source.namelist()
        for name in sorted(names, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST)):
            entry = zipfile.ZipInfo(name, _EPOCH.timetuple()[:6])
            entry.create_system = 0  # the machine must not show
            entry.compress_type = zipfile.ZIP_STORED if name in _FIRST[1:] else zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return result.getvalue()
