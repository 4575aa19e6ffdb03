"""Findings in SARIF 2.1.0, the format in which code scanning takes the results of analyses (OASIS, 2020)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from archc import __version__
from archc.diagnostics import Confidence, Place, Severity
from archc.explain import Page, pages
from archc.findings import Found
from archc.fixes.changes import Change
from archc.report.paths import STDIN, from_root
from archc.report.records import fixes_of, name_of

Json: TypeAlias = str | int | float | bool | Sequence["Json"] | Mapping[str, "Json"]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
RANKS: Mapping[Confidence, float] = {"high": 100.0, "medium": 60.0, "low": 30.0}
"""How much attention a finding deserves, from 0 to 100."""
ROOT = "%SRCROOT%"
"""What paths within the repository are relative to."""
_LINK = re.compile(r"\[(?=[^\]]*\]\()")
"""What a viewer would take for the start of a link."""


def as_sarif(found: Sequence[Found], root: Path) -> str:
    """A log of one run; `root` is what the paths in it start from."""
    codes = sorted({each.diagnostic.code for each in found})
    driver = {"name": "archc", "version": __version__, "semanticVersion": __version__}
    run: Json = {
        "tool": {"driver": {**driver, "rules": [_rule(code) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, codes.index(each.diagnostic.code), root) for each in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str) -> Json:
    page = pages().get(code)
    rule: dict[str, Json] = {"id": code, "name": name_of(code)}
    return rule if page is None else {**rule, **_told(page)}


def _told(page: Page) -> Mapping[str, Json]:
    plain = page.text.partition("\n")[2].strip("\n")
    return {
        "shortDescription": {"text": page.summary},
        "fullDescription": {"text": " ".join(page.what.split())},
        "help": {"text": plain, "markdown": page.text},
    }


def _result(found: Found, rule: int, root: Path) -> Json:
    finding = found.diagnostic
    file = finding.where.file
    related = list(_related(found, root))
    fixes = [_fix(fix.title, changes, root) for fix, changes in fixes_of(found) if changes]
    more: dict[str, Json] = {}
    if related:
        more["relatedLocations"] = related
    if fixes:
        more["fixes"] = fixes
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "rank": RANKS[finding.confidence],
        "message": {"text": _message(found)},
        "locations": [_location(file, found.place, root)],
        **more,
        "properties": _properties(found),
    }


def _message(found: Found) -> str:
    """The message, then the remarks that have no place of their own, and the cure."""
    finding = found.diagnostic
    loose = [text for text, place in _entries(found) if place is None]
    return "\n".join(map(_plain, [finding.message, *loose, *([f"help: {finding.help}"] if finding.help else [])]))


def _plain(text: str) -> str:
    return _LINK.sub(r"\\[", text)


def _entries(found: Found) -> Iterable[tuple[str, Place | None]]:
    """What is said beside a finding: its notes, and the uses that led to it, the innermost first."""
    for entry in (*found.diagnostic.notes, *reversed(found.diagnostic.stack)):
        if isinstance(entry, str):
            yield entry, None
        else:
            yield entry.text, found.place_of(entry.where) if entry.where is not None else None


def _related(found: Found, root: Path) -> Iterable[Json]:
    placed = [(text, place) for text, place in _entries(found) if place is not None]
    for at, (text, place) in enumerate(placed, 1):
        yield {"id": at, **_location(place.file, place, root), "message": {"text": _plain(text)}}


def _location(file: str, place: Place | None, root: Path) -> Mapping[str, Json]:
    physical: dict[str, Json] = {"artifactLocation": _artifact(file, root)}
    if place is not None:
        physical["region"] = {"startLine": place.line, "startColumn": place.column, "endColumn": place.end_column}
    return {"physicalLocation": physical}


def _artifact(file: str, root: Path) -> Json:
    inside = from_root(file, root)
    if inside is not None:
        return {"uri": quote(inside), "uriBaseId": ROOT}
    if file == STDIN:
        return {"uri": quote(file), "description": {"text": "standard input"}}
    return {"uri": Path(file).absolute().as_uri()}


def _fix(title: str, changes: Sequence[Change], root: Path) -> Json:
    files = dict.fromkeys(change.file for change in changes)
    return {
        "description": {"text": _plain(title)},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(file, root),
                "replacements": [_replacement(change) for change in changes if change.file == file],
            }
            for file in files
        ],
    }


def _replacement(change: Change) -> Json:
    region: Json = {
        "startLine": change.line,
        "startColumn": change.column,
        "endLine": change.end_line,
        "endColumn": change.end_column,
    }
    return {"deletedRegion": region, "insertedContent": {"text": change.text}}


def _properties(found: Found) -> Json:
    finding = found.diagnostic
    told: dict[str, Json] = {"confidence": finding.confidence}
    if finding.where.route:
        told["path"] = ".".join(str(part) for part in finding.where.route)
    if found.variants:
        told["variants"] = list(found.variants)
    return told
