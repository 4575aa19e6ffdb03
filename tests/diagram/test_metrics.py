"""Text widths: the constants are those of the shipped fonts, and what Graphviz measures is never more."""

import json
import struct

import pytest

from archc.diagram import engine, metrics
from archc.diagram.metrics import line_height, line_width, measured, text_width
from archc.diagram.sheet import Run

TEXTS = [
    "3 × 3 Conv", "64 × 56 × 56", "BatchNorm2d + ReLU", "stride 2, pad 1", "512 → 1000", "56²", "α + β ≤ γ", "AVATAR To.",
    "iiiiiiiiii", "mmmmmmmmmm", "11.7 M parameters · 20 convolutions", "“fully – connected” …", "Größe, élan, ¼", "W", "",
]  # fmt: skip
SIZES = (12, 13, 14, 15, 16, 17, 18, 20, 22, 24, 28)


class Font:
    """Advance widths of a TrueType file: its `cmap` of the Basic Multilingual Plane, `hhea` and `hmtx`."""

    def __init__(self, path):
        self.data = path.read_bytes()
        count = self.at(">H", 4)
        tables = [self.data[12 + 16 * i : 28 + 16 * i] for i in range(count)]
        self.tables = {table[:4].decode(): struct.unpack(">I", table[8:12])[0] for table in tables}
        self.glyphs = self.read_cmap()

    def at(self, format, offset):
        return struct.unpack_from(format, self.data, offset)[0]

    def read_cmap(self):
        start = self.tables["cmap"]
        records = [struct.unpack_from(">HHI", self.data, start + 4 + 8 * i) for i in range(self.at(">H", start + 2))]
        at = start + next(offset for platform, encoding, offset in records if (platform, encoding) == (3, 1))
        count = self.at(">H", at + 6) // 2
        ends, starts, deltas, offsets = (
            [self.at(">H", at + 14 + base + 2 * i) for i in range(count)]
            for base in (0, 2 + 2 * count, 2 + 4 * count, 2 + 6 * count)
        )
        glyphs = {}
        for i, (first, last) in enumerate(zip(starts, ends, strict=True)):
            for code in range(first, min(last, 0xFFFE) + 1):
                place = at + 16 + 6 * count + 2 * i + offsets[i] + 2 * (code - first)
                glyph = self.at(">H", place) if offsets[i] else code
                glyphs[code] = (glyph + deltas[i]) % 0x10000 if glyph else 0
        return glyphs

    def width(self, character):
        last = self.at(">H", self.tables["hhea"] + 34) - 1
        return self.at(">H", self.tables["hmtx"] + 4 * min(self.glyphs[ord(character)], last))


@pytest.mark.parametrize(("name", "bold"), [("Regular", False), ("Bold", True)])
def test_widths_are_those_of_the_shipped_fonts(name, bold):
    font = Font(engine.FONTS / f"LiberationSans-{name}.ttf")
    assert font.at(">H", font.tables["head"] + 18) == 2048
    table = metrics._widths(bold)
    assert {character: font.width(character) for character in table} == dict(table)
    assert all(measured(chr(code)) for code in range(0x20, 0x7F))
    assert all(measured(character) for character in "éßñ×·→…²³–—“”’αβθλπσωΩ≤≥−")


def test_the_fonts_come_with_their_licence():
    assert "SIL OPEN FONT LICENSE Version 1.1" in (engine.FONTS / "LICENSE").read_text(encoding="utf-8")


def test_graphviz_never_measures_more():
    asked = [(text, size, bold) for text in TEXTS for size in SIZES for bold in (False, True) if text]
    nodes = "".join(
        f'n{at} [pos="0,0" label=<<FONT POINT-SIZE="{size}">{"<B>" if bold else ""}{text}{"</B>" if bold else ""}</FONT>>]\n'
        for at, (text, size, bold) in enumerate(asked)
    )
    dot = f'digraph {{ layout=nop2 node [shape=plain fontname="Helvetica,Arial,Liberation Sans,sans-serif"]\n{nodes}}}'
    objects = json.loads(engine.draw(dot, "json"))["objects"]
    for node in objects:
        text, size, bold = asked[int(node["name"][1:])]
        taken = sum(part["width"] for part in node["_ldraw_"] if part["op"] == "T")
        assert taken <= text_width(text, size, bold) + 0.02, (text, size, bold)
        if "AV" not in text:
            assert taken >= 0.9 * text_width(text, size, bold) - 1, (text, size, bold)


def test_unknown_characters_are_counted_generously():
    assert text_width("卷積", 10) >= 20
    assert text_width("Свёртка", 12) >= 7 * 12
    assert text_width("🙂", 10) >= 13
    assert text_width("e\u0301", 12) == text_width("e", 12)


def test_lines():
    line = (Run("3 × 3 Conv ", 14, True), Run("64", 12))
    assert line_width(line) == text_width("3 × 3 Conv ", 14, True) + text_width("64", 12)
    assert line_width(()) == text_width("", 12) == 0
    assert line_height(15) == pytest.approx(18)
    assert text_width("Conv", 14, True) > text_width("Conv", 14)
