"""The formats of `archc check`: each prints all findings, those for people with a sum at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from archc.findings import Found
from archc.report.text import as_text

Format = Literal["text", "json", "github", "sarif"]
FORMATS: tuple[Format, ...] = get_args(Format)
FOR_PROGRAMS: frozenset[Format] = frozenset({"json", "sarif"})
"""The formats that are one document, to which nothing may be added."""


def formatted(found: Sequence[Found], format: Format, *, color: bool = False, columns: int | None = None) -> str:
    """Findings in a format; "" where there is nothing to print. Colour and width are those of a terminal."""
    match format:
        case "text":
            return as_text(found, color=color, columns=columns)
        case "json":
            from archc.report.records import as_json

            return as_json(found)
        case "github":
            from archc.report.github import as_github
            from archc.report.paths import repository

            return as_github(found, repository())
        case "sarif":
            from archc.report.paths import repository
            from archc.report.sarif import as_sarif

            return as_sarif(found, repository())
