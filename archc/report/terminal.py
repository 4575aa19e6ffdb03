"""Text on a terminal: what is shown of characters that would act on it, how wide it is, and whether it has colour."""

from __future__ import annotations

import os
import re
import unicodedata
from typing import IO, Any

from archc.document.scalars import CONTROL

_ACTING = re.compile(f"{CONTROL.pattern}|[\t\n\r]")
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
_DRAWN = {"─": "-", "…": "...", "×": "x", "→": "->"}
_CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "blue": 34, "cyan": 36}


def visible(text: str) -> str:
    r"""The text on one line, with control characters written out instead of sent: an escape reads `\x1b`."""
    return _ACTING.sub(lambda match: _written_out(match[0]), text)


def _written_out(character: str) -> str:
    at = ord(character)
    return _SHORT.get(character) or (f"\\x{at:02x}" if at < 0x100 else f"\\u{at:04x}")


def encodable(text: str, stream: IO[Any] | None) -> str:
    r"""Return the text in ASCII for a stream that is not UTF-8, what ASCII lacks as JSON escapes it: `\u00e9`."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    if text.isascii() or encoding.lower().replace("_", "-") in {"utf-8", "utf8"}:
        return text
    return "".join(character if character.isascii() else _in_ascii(character) for character in text)


def _in_ascii(character: str) -> str:
    if character in _DRAWN:
        return _DRAWN[character]
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def cells(text: str) -> int:
    """How many columns a visible text takes: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def paint(text: str, style: str, *, color: bool) -> str:
    """`text` in a style such as `bold red`, where there is colour."""
    if not color or not text:
        return text
    codes = ";".join(str(_CODES[word]) for word in style.split())
    return f"\x1b[{codes}m{text}\x1b[0m"


def has_color(stream: IO[Any] | None) -> bool:
    """Whether a stream is a terminal that takes colour, and nobody said otherwise (`NO_COLOR`, `FORCE_COLOR`)."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def count(number: int, noun: str) -> str:
    """`1 error`, `2 errors`, `1,024 errors`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
