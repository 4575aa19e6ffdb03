"""Taking entries out of a text, and putting new ones in, as its author would have: commas, comments and indents."""

from __future__ import annotations

import re

from archc.document.builder import Spot
from archc.fixes.entries import NEWLINE, REST_OF_LINE, Entry, has_brackets, newline_of

Stretch = tuple[int, int, str]
"""The first character, the one after the last, and what stands there instead."""
_COMMA = re.compile(r"\s*,")
_BETWEEN = re.compile(r"(?:\s|#[^\r\n]*)*,(?:\s|#[^\r\n]*)*")


def removal(entry: Entry, holder: Spot | None) -> Stretch | None:
    """An entry taken out; `holder` is what holds the list or mapping. None where that cannot be done safely."""
    return _from_brackets(entry) if entry.in_brackets else _from_block(entry, holder)


def insertion(entry: Entry, text: str) -> Stretch:
    """A new entry before another one; a lone `a: 1` in a list in brackets gets braces of its own."""
    if entry.in_brackets and not has_brackets(entry.text, entry.parent):
        return entry.start, entry.end, f"{{{text}, {entry.text[entry.start : entry.end]}}}"
    if entry.in_brackets:
        alone = entry.at > 0 and not entry.indent.strip()
        alone = alone or (entry.at == 0 and not entry.indent.strip() and bool(entry.indent))
        between = f",{newline_of(entry.text)}{entry.indent}" if alone else ", "
        return entry.start, entry.start, text + between
    dash = "- " if isinstance(entry.parent.inside, list) else ""
    return entry.start, entry.start, f"{dash}{text}{newline_of(entry.text)}{' ' * len(entry.indent)}"


def _from_block(entry: Entry, holder: Spot | None) -> Stretch | None:
    text = entry.text
    rest = REST_OF_LINE.match(text, entry.end)
    if rest is None:
        return None
    if len(entry.siblings) == 1:
        return _emptied(entry, rest.end(), holder)
    after = NEWLINE.match(text, rest.end())
    if entry.indent.strip():
        return (entry.start, _next_text(text, rest.end()), "") if entry.at == 0 else None
    start = entry.start - len(entry.indent)
    if after is not None:
        return start, after.end(), ""
    before = 2 if text[:start].endswith("\r\n") else 1
    return start - before, rest.end(), ""


def _emptied(entry: Entry, end: int, holder: Spot | None) -> Stretch | None:
    """A list or mapping in block style that loses its only entry: `{}` or `[]` behind the key or dash before it."""
    text, empty = entry.text, "[]" if isinstance(entry.parent.inside, list) else "{}"
    key = entry.parent.key
    if holder is None:
        return None
    if key is None:
        return entry.start, end, empty
    colon = re.compile(r"[ \t]*:").match(text, key.end_mark.index)
    if colon is None:
        return None
    between = text[colon.end() : entry.start].rstrip()
    if len(NEWLINE.findall(between)) > 0:
        return None
    return colon.end(), end, f" {empty}{between}"


def _from_brackets(entry: Entry) -> Stretch | None:
    if not has_brackets(entry.text, entry.parent):
        return None
    before, after = entry.sibling(-1), entry.sibling(1)
    if after is not None:
        return _before_next(entry, after)
    if before is not None:
        return _after_last(entry, before)
    return _only(entry)


def _before_next(entry: Entry, after: Entry) -> Stretch | None:
    text = entry.text
    if not _BETWEEN.fullmatch(text, entry.end, after.start):
        return None
    comma = _COMMA.match(text, entry.end)
    rest = REST_OF_LINE.match(text, comma.end()) if comma else None
    if rest is None:
        return entry.start, after.start, ""
    return entry.start, _next_text(text, rest.end()), ""


def _after_last(entry: Entry, before: Entry) -> Stretch | None:
    """The last entry leaves with the comma before it, but not with the comment of the one before."""
    text, gap = entry.text, entry.text[before.end : entry.start]
    if not _BETWEEN.fullmatch(gap):
        return None
    comma = _COMMA.match(text, entry.end)
    end = comma.end() if comma else entry.end
    rest = REST_OF_LINE.match(text, end)
    if "#" not in gap:
        return before.end, rest.end() if rest else end, "," if comma else ""
    kept = gap if comma else gap.replace(",", "", 1)
    if rest is None:
        return before.end, end, kept
    return before.end, rest.end(), kept.rstrip()


def _only(entry: Entry) -> Stretch:
    text = entry.text
    first, last = entry.parent.event.start_mark.index + 1, entry.parent.end.index - 1
    comma = _COMMA.match(text, entry.end)
    end = comma.end() if comma else entry.end
    if not text[first : entry.start].strip() and not text[end:last].strip():
        return first, last, ""
    return entry.start, end, ""


def _next_text(text: str, at: int) -> int:
    """The next character that is no blank."""
    return at + len(text[at:]) - len(text[at:].lstrip())
