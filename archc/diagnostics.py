"""What archc finds in a spec, as values: a code, a message, and the place it is about.

A finding says *where* by a route through the document (`("steps", 3, "Conv2d", "kernel_size")`), never by a line:
the document turns routes into lines and columns when somebody wants to see them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from archc.record import record

Route = tuple[str | int, ...]
"""Keys and list positions that lead from a document's root to a value."""
Severity = Literal["error", "warning", "info"]
Confidence = Literal["high", "medium", "low"]


@record
class Where:
    """A place in a file, by route: the value there, or its key.

    `at` and `length` pick characters inside a scalar (an expression's token); at the root, whose scalar is the file
    itself, they count from the start of the file.
    """

    file: str
    route: Route = ()
    on_key: bool = False
    at: int = 0
    length: int | None = None


@record
class Place:
    """A resolved place: line and columns count from 1, `end_column` is the first one after it."""

    file: str
    line: int
    column: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@record
class Note:
    """A remark beside a finding, with the place it is about if it has one."""

    text: str
    where: Where | None = None


@record
class Edit:
    """A change to a spec's text: what is at `where` is replaced or removed, or `text` becomes a list entry before it.

    A place that picks characters (`at`, `length`) changes those alone; `text` is YAML as it would be written there.
    """

    where: Where
    action: Literal["replace", "insert", "remove"]
    text: str = ""


@record
class Fix:
    """A cure that can be written for the author: `safe` where it changes nothing but what the finding is about."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = False


@record
class Diagnostic:
    """One finding. The message stands alone: one line, lowercase, no full stop; `help` says what to do."""

    code: str
    message: str
    where: Where
    severity: Severity = "error"
    notes: tuple[Note, ...] = ()
    help: str = ""
    stack: tuple[str | Note, ...] = ()
    confidence: Confidence = "high"
    fixes: tuple[Fix, ...] = ()


class SpecError(Exception):
    """A spec that cannot be used, with everything found in it; `places` are theirs in the same order, if resolved."""

    def __init__(self, diagnostics: Sequence[Diagnostic], places: Sequence[Place | None] = ()) -> None:
        super().__init__(diagnostics, places)
        self.diagnostics = tuple(diagnostics)
        self.places = (*places, *([None] * (len(diagnostics) - len(places))))

    def __str__(self) -> str:
        return "\n".join(_line(found, place) for found, place in zip(self.diagnostics, self.places, strict=True))


def _line(found: Diagnostic, place: Place | None) -> str:
    route = ".".join(str(part) for part in found.where.route)
    where = str(place) if place else ": ".join(part for part in (found.where.file, route) if part)
    text = f"{where}: {found.severity}[{found.code}]: {found.message}"
    return f"{text} ({found.help})" if found.help else text
