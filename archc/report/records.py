"""Findings as programs read them: every fact of a finding, in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from archc.diagnostics import Fix, Note, Place
from archc.explain import pages
from archc.findings import Found
from archc.fixes.changes import Change


@dataclass(frozen=True)
class PlaceRecord:
    """A place; lines and columns count from 1, the end is the first character after it."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class NoteRecord:
    """A remark, or a use that led to a finding, with its place if it has one."""

    text: str
    place: PlaceRecord | None


@dataclass(frozen=True)
class EditRecord:
    """What to write in place of the characters between two places: nothing, or the empty stretch before one."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True)
class FixRecord:
    """A cure; without edits where the text does not allow them."""

    title: str
    safe: bool
    edits: tuple[EditRecord, ...]


@dataclass(frozen=True)
class FindingRecord:
    """One finding. What is about a file as a whole stands at its beginning; `path` is the route through the file."""

    code: str
    name: str
    severity: str
    confidence: str
    message: str
    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    path: str
    help: str
    notes: tuple[NoteRecord, ...]
    stack: tuple[NoteRecord, ...]
    """The uses that led there, the innermost last."""
    fixes: tuple[FixRecord, ...]
    variants: tuple[str, ...]
    """The variants it holds for, where there are others that it does not hold for."""


def as_json(found: Iterable[Found]) -> str:
    """The list that `archc check --format json` prints, a finding a line."""
    lines = ",\n  ".join(json.dumps(record_of(each), default=vars) for each in found)
    return f"[\n  {lines}\n]" if lines else "[]"


def name_of(code: str) -> str:
    """What a code is called; the code itself where it has no page."""
    page = pages().get(code)
    return page.name if page is not None else code


def record_of(found: Found) -> FindingRecord:
    """A finding with all that is known of it."""
    finding = found.diagnostic
    place = found.place or Place(finding.where.file, 1, 1, 1)
    return FindingRecord(
        code=finding.code,
        name=name_of(finding.code),
        severity=finding.severity,
        confidence=finding.confidence,
        message=finding.message,
        file=finding.where.file,
        line=place.line,
        column=place.column,
        end_line=place.line,
        end_column=place.end_column,
        path=".".join(str(part) for part in finding.where.route),
        help=finding.help,
        notes=tuple(_note(found, note) for note in finding.notes),
        stack=tuple(_note(found, entry) for entry in finding.stack),
        fixes=tuple(FixRecord(fix.title, fix.safe, tuple(map(_edit, changes))) for fix, changes in fixes_of(found)),
        variants=found.variants,
    )


def fixes_of(found: Found) -> tuple[tuple[Fix, tuple[Change, ...]], ...]:
    """The fixes of a finding, each with the changes that it makes: none where its edits could not be resolved."""
    fixes = found.diagnostic.fixes
    return tuple(zip(fixes, found.changes or ((),) * len(fixes), strict=True))


def _note(found: Found, entry: str | Note) -> NoteRecord:
    if isinstance(entry, str):
        return NoteRecord(entry, None)
    place = found.place_of(entry.where) if entry.where is not None else None
    return NoteRecord(entry.text, _place(place) if place is not None else None)


def _place(place: Place) -> PlaceRecord:
    return PlaceRecord(place.file, place.line, place.column, place.line, place.end_column)


def _edit(change: Change) -> EditRecord:
    return EditRecord(change.file, change.line, change.column, change.end_line, change.end_column, change.text)
