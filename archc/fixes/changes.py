"""Edits by place become changes of characters, and changes become a new text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from archc.diagnostics import Edit, Fix, Where
from archc.document import Document
from archc.document.document import widths
from archc.document.scalars import resolve
from archc.fixes.entries import entry_of, spots_to
from archc.fixes.layout import Stretch, insertion, removal
from archc.record import record

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*\Z")


@record
class Change:
    """A change of a file: the characters from `start` to before `end` become `text`; lines and columns count from 1."""

    file: str
    start: int
    end: int
    text: str
    line: int
    column: int
    end_line: int
    end_column: int

    def touches(self, other: Change) -> bool:
        """Whether two changes meet, so that the order in which they are made would matter."""
        return self.file == other.file and self.start <= other.end and other.start <= self.end


def resolve_edits(documents: Mapping[str, Document], fix: Fix) -> tuple[Change, ...]:
    """The changes that a fix makes, in its own order; none where the texts do not allow all of them."""
    found: list[Change] = []
    for edit in fix.edits:
        document = documents.get(edit.where.file)
        change = None if document is None else _change(document, edit)
        if change is None or any(change.touches(other) for other in found):
            return ()
        found.append(change)
    return tuple(found)


def apply_changes(text: str, changes: Iterable[Change]) -> str:
    """A text with changes made, none of which touch each other."""
    for change in sorted(changes, key=lambda each: each.start, reverse=True):
        text = text[: change.start] + change.text + text[change.end :]
    return text


def moved(at: int, changes: Sequence[Change]) -> int:
    """Where a character stands after changes of its text; one that is replaced, where the new ones begin."""
    shift = sum(len(change.text) - (change.end - change.start) for change in changes if change.end <= at)
    inside = next((change for change in changes if change.start <= at < change.end), None)
    return (at if inside is None else inside.start) + shift


def _change(document: Document, edit: Edit) -> Change | None:
    stretch = _stretch(document, edit)
    if stretch is None:
        return None
    start, end, text = stretch
    first, last = (document.place(Where(document.file, at=at, length=1)) for at in (start, end))
    return Change(document.file, start, end, text, first.line, first.column, last.line, last.column)


def _stretch(document: Document, edit: Edit) -> Stretch | None:
    where, text = edit.where, edit.text if edit.action != "remove" else ""
    picks = bool(where.at) or where.length is not None
    if not where.route and picks:
        return where.at, min(len(document.text), where.at + (where.length or 0)), text
    if picks or edit.action == "replace":
        return _replaced(document, where, text, picks=picks)
    entry = entry_of(document, where.route)
    if entry is None:
        return None
    if edit.action == "insert":
        return insertion(entry, text)
    holders = spots_to(document, where.route[:-2]) if len(where.route) > 1 else ()
    return removal(entry, holders[-1] if holders else None)


def _replaced(document: Document, where: Where, text: str, *, picks: bool) -> Stretch | None:
    spots = spots_to(document, where.route)
    if not spots:
        return None
    spot = spots[-1]
    event = spot.key if where.on_key else spot.event
    if event is None:
        return None
    start, end = event.start_mark.index, event.end_mark.index
    if not where.on_key and spot.inside is not None:
        return (start, spot.end.index, text) if spot.event.flow_style and not picks else None
    if picks:
        return _characters(document.text, event, where, text)
    if start == end and document.text[start - 1 : start] == ":":
        text = f" {text}"
    return start, end, text


def _characters(text: str, event: Any, where: Where, new: str) -> Stretch | None:
    """Characters within a scalar that stands on one line, written as its quotes want them."""
    start, end = event.start_mark.index, event.end_mark.index
    if event.start_mark.line != event.end_mark.line or event.style in ("|", ">"):
        return None
    each = widths(text, event)
    last = len(each) if where.length is None else where.at + where.length
    if where.at > len(each) or last > len(each):
        return None
    if not event.style and where.at == 0 and last == len(each) and not _is_plain(new):
        return start, end, json.dumps(new, ensure_ascii=False)
    first = start + bool(event.style) + sum(each[: where.at])
    return first, first + sum(each[where.at : last]), _quoted(new, event.style)


def _is_plain(text: str) -> bool:
    """Whether a text means itself without quotes, wherever it stands."""
    return bool(_PLAIN.match(text)) and isinstance(resolve(text), str)


def _quoted(text: str, style: str | None) -> str:
    if style == "'":
        return text.replace("'", "''")
    return json.dumps(text, ensure_ascii=False)[1:-1] if style == '"' else text
