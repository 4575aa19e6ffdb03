"""Findings as programs read them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from archc.findings import Found


def as_json(found: Iterable[Found]) -> str:
    """The list that `archc check --format json` prints, a finding a line."""
    lines = ",\n  ".join(json.dumps(record(each)) for each in found)
    return f"[\n  {lines}\n]" if lines else "[]"


def record(found: Found) -> dict[str, str | int]:
    """One finding. What is about a file as a whole stands at its beginning; `path` is the route through the file."""
    finding, place = found.diagnostic, found.place
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "file": finding.where.file,
        "line": place.line if place else 1,
        "column": place.column if place else 1,
        "path": ".".join(str(part) for part in finding.where.route),
        "help": finding.help,
    }
