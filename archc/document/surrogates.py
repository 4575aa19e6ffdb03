r"""Escaped surrogate pairs, `\ud83d\ude00`, as JSON writes characters past U+FFFF: YAML reads them, libyaml does not.

libyaml is given escapes of private characters in their place, as long, so that every place in the text stays.
"""

from __future__ import annotations

import re
from typing import Any

_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u[dD]([89a-bA-B][0-9a-fA-F]{2})\\u[dD]([c-fC-F][0-9a-fA-F]{2})")
_ESCAPES = re.compile(r"\\u[eE][0-3][0-9a-fA-F]{2}\\u[eE][4-7][0-9a-fA-F]{2}")
_CHARACTERS = re.compile("([\ue000-\ue3ff])([\ue400-\ue7ff])")


def without_pairs(text: str) -> str:
    """Put escapes of private characters in the place of escaped surrogate pairs."""
    return _PAIR.sub(_private, text) if "\\u" in text else text


def _private(found: re.Match[str]) -> str:
    high, low = int(found[2], 16) - 0x800, int(found[3], 16) - 0x800
    return f"{found[1]}\\ue{high:03x}\\ue{low:03x}"


def restore(event: Any, text: str, read: str) -> None:
    """Give a scalar of `read` the value that it has in `text`."""
    start, end = event.start_mark.index, event.end_mark.index
    if text[start:end] == read[start:end]:
        return
    if event.style == '"':
        event.value = _CHARACTERS.sub(_character, event.value)
    else:
        own = iter([text[found.start() : found.end()] for found in _ESCAPES.finditer(read, start, end)])
        event.value = _ESCAPES.sub(lambda found: next(own, found[0]), event.value)


def _character(found: re.Match[str]) -> str:
    return chr(0x10000 + ((ord(found[1]) - 0xE000) << 10) + (ord(found[2]) - 0xE400))
