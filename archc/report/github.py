"""Findings as annotations of a GitHub workflow: a command a line, which the runner shows beside the code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from archc.diagnostics import Severity
from archc.findings import Found
from archc.report.paths import from_root
from archc.report.records import name_of
from archc.report.terminal import visible
from archc.report.text import LIMIT, more, remarks

COMMANDS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}
_IN_TEXT = re.compile("[%\r\n]")
_IN_PROPERTY = re.compile("[%\r\n:,]")


def as_github(found: Sequence[Found], root: Path) -> str:
    """A command for each finding; `root` is what the annotations' paths start from."""
    lines = [_command(each, root) for each in found[:LIMIT]]
    return "\n".join([*lines, *more(found)])


def _command(found: Found, root: Path) -> str:
    finding, place = found.diagnostic, found.place
    file = from_root(finding.where.file, root)
    where: dict[str, str | int] = {}
    if file is not None:
        where = {"file": file}
        if place is not None:
            where |= {"line": place.line, "endLine": place.line, "col": place.column, "endColumn": place.end_column}
    properties = {**where, "title": f"{finding.code} {name_of(finding.code)}"}
    told = ",".join(f"{key}={_escaped(str(value), _IN_PROPERTY)}" for key, value in properties.items())
    return f"::{COMMANDS[finding.severity]} {told}::{_escaped(_message(found), _IN_TEXT)}"


def _message(found: Found) -> str:
    """What the annotation says; its place comes first, since the runner's log shows nothing else of it."""
    finding = found.diagnostic
    where = str(found.place) if found.place is not None else finding.where.file
    help = [f"help: {visible(finding.help)}"] if finding.help else []
    return "\n".join([f"{visible(where)}: {visible(finding.message)}", *remarks(found), *help])


def _escaped(text: str, acting: re.Pattern[str]) -> str:
    return acting.sub(lambda match: f"%{ord(match[0]):02X}", text)
