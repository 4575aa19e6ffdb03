"""How wide text is: the advance widths of Liberation Sans, which are those of Arial and Helvetica, as constants.

A layout has to know sizes before any engine runs, and must come to the same places on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from math import floor
from unicodedata import combining

from archc.diagram.sheet import Line

_EM = 2048
"""Units of the widths below to an em."""
_UNKNOWN = 1.0
_PICTURE = 1.4
"""Ems of characters without a width here: those of other scripts, and emoji."""
_PICTURES = 0x1F000
_DPI = 96
"""Graphviz rounds every character's width to pixels at this resolution, whatever it draws."""

_REGULAR: Mapping[int, str] = {
    391: "'",
    455: "ijlίι‘’‚",
    532: "|¦",
    561: "∫",
    569: " !,./:;I[\\]ft\u00a0ÌÍÎÏìíîïıΙΪ",
    682: "()-`r¡¨²³´·¸¹“”„‹›",
    684: "{}",
    691: "₁",
    717: "•",
    727: '"',
    747: "ⁿ",
    748: "º",
    758: "ª",
    795: "₂",
    797: "*",
    809: "τ",
    819: "°",
    834: "₃",
    836: "₄",
    880: "⁴",
    903: "ζ",
    913: "έε",
    917: "ξ",
    961: "^",
    987: "ς",
    1012: "∂",
    1024: "Jcksvxyzçýÿγκλν↑↓",
    1075: "χ",
    1100: "¶",
    1120: "ΰυ",
    1124: "±÷√≈≠≤≥",
    1128: "Γ",
    1131: "¯",
    1139: "#$0123456789?L_abdeghnopqu¢£¤¥§«»àáâãäåèéêëðñòóôõöùúûüþήηθο–†‡€",
    1140: "δ",
    1165: "ρ",
    1178: "β",
    1180: "µμ",
    1184: "άα",
    1196: "+<=>~¬×−",
    1251: "FTZ¿ßøΖΤ",
    1264: "σ",
    1266: "Σ",
    1328: "φ",
    1331: "Ξ",
    1366: "&ABEKPSVXYÀÁÂÃÄÅÈÉÊËÝÞΑΒΕΚΡΥΧΫ",
    1368: "ΔΛ",
    1413: "π",
    1460: "ψ∑∞",
    1479: "CDHNRUwÇÐÑÙÚÛÜΗΝΠ",
    1509: "©®",
    1531: "Ω",
    1593: "GOQÒÓÔÕÖØΘΟ",
    1599: "ω",
    1634: "Φ",
    1686: "∏",
    1706: "MmΜ",
    1708: "¼½¾",
    1711: "Ψ",
    1821: "%æ",
    1933: "W",
    2048: "Æ—…‰™←→↔",
    2079: "@",
}

_BOLD: Mapping[int, str] = {
    487: "'",
    561: "∫",
    569: " ,./I\\ijl\u00a0ÌÍÎÏìíîïıΙΪίι‘’‚",
    573: "|¦",
    682: "!()-:;[]`ft¡¨²³´·¸¹‹›",
    717: "•",
    748: "º",
    758: "ª",
    797: "*r{}",
    811: "ⁿ",
    819: "°",
    847: "₁",
    910: "₂",
    912: "ξ",
    914: "τ",
    924: "έ",
    943: "ζ",
    947: "₃",
    971: '"',
    972: "ε",
    976: "₄",
    1012: "∂",
    1013: "⁴",
    1024: "z“”„↑↓",
    1065: "ς",
    1107: "θ",
    1124: "±÷√≈≠≤≥",
    1131: "¯",
    1139: "#$0123456789J_aceksvxy¢£¤¥§«¶»àáâãäåçèéêëýÿγλν–†‡€",
    1142: "κ",
    1179: "χ",
    1180: "µ",
    1192: "ΰυ",
    1196: "+<=>^~¬×−",
    1229: "Σ",
    1231: "Γ",
    1242: "δ",
    1250: "β",
    1251: "?FLTZbdghnopqu¿ßðñòóôõöøùúûüþΖΤήηο",
    1253: "μ",
    1259: "άα",
    1267: "ρ",
    1318: "Ξ",
    1366: "EPSVXYÈÉÊËÝÞΕΛΡΥΧΫ",
    1401: "σ",
    1460: "∑∞",
    1465: "φ",
    1472: "Δ",
    1479: "&ABCDHKNRUÀÁÂÃÄÅÇÐÑÙÚÛÜΑΒΗΚΝΠ",
    1509: "©®",
    1543: "ψ",
    1568: "π",
    1593: "GOQwÒÓÔÕÖØΘΟ",
    1642: "Ω",
    1657: "Ψ",
    1681: "Φ",
    1686: "∏",
    1706: "MΜ",
    1708: "¼½¾",
    1730: "ω",
    1821: "%mæ",
    1933: "W",
    1997: "@",
    2048: "Æ—…‰™←→↔",
}


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Points that text takes in one line, kerning apart, whoever sets it."""
    if not text:
        return 0.0
    # older versions of Graphviz round up to whole points
    return max(fine_width(text, size, bold), floor(pixel_width(text, size, bold)) + 1.0)


def fine_width(text: str, size: float, bold: bool = False) -> float:
    """Points that text takes where letters are set finely, as browsers and slides do."""
    return size * sum(_ems(character, bold) for character in text)


def pixel_width(text: str, size: float, bold: bool = False) -> float:
    """Points that Graphviz counts: every letter's in whole pixels."""
    pixel = 72 / _DPI
    return pixel * sum(floor(size / pixel * _ems(character, bold) + 0.5) for character in text)


def line_width(line: Line) -> float:
    """Points that a line of runs takes."""
    return sum(text_width(run.text, run.size, run.bold) for run in line)


def line_height(size: float) -> float:
    """Points from a line of text to the next."""
    return 1.2 * size


def measured(character: str) -> bool:
    """Whether the shipped fonts are known to have a character."""
    return character in _widths(False)


def _ems(character: str, bold: bool) -> float:
    width = _widths(bold).get(character)
    if width is not None:
        return width / _EM
    if combining(character):
        return 0.0
    return _PICTURE if ord(character) >= _PICTURES else _UNKNOWN


@cache
def _widths(bold: bool) -> Mapping[str, int]:
    table = _BOLD if bold else _REGULAR
    return {character: width for width, characters in table.items() for character in characters}
