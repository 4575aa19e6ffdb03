"""A file as archc holds it: its text, its data, and where in the text each piece of data stands."""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from archc import codes
from archc.diagnostics import Diagnostic, Edit, Fix, Place, Route, Where
from archc.document.builder import MAX_FINDINGS, Spot, build
from archc.document.scalars import CONTROL
from archc.suggest import suggest

MAX_BYTES = 1_000_000
LONGEST = 10_000
"""Up to how many characters of a text a place within it is told."""
_LINE_END = re.compile(r"\r\n|\r|\n")
_CHARACTERS = {
    "": re.compile(r"."),
    "'": re.compile(r"''|."),
    '"': re.compile(r"\\u[dD][89abAB]..\\u[dD].{3}|\\x.{2}|\\u.{4}|\\U.{8}|\\.|."),
}
"""How one character of a scalar may be written, by how the scalar is quoted."""


@dataclass(frozen=True)
class Document:
    """A parsed file. `data` is None where the text holds no usable mapping; `diagnostics` say why."""

    file: str
    text: str
    data: dict[str, Any] | None
    diagnostics: tuple[Diagnostic, ...] = ()
    root: Spot | None = field(default=None, repr=False, compare=False)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The text's lines, without their ends."""
        return tuple(_LINE_END.split(self.text))

    def place(self, where: Where) -> Place:
        """The line and columns of a place; what is not in the file stands at the nearest thing around it that is."""
        if not where.route and (where.at or where.length is not None):
            return self._stretch(where.at, where.at + max(1, where.length or 1))
        spot, found = self._find(where.route)
        if spot is None:
            return Place(self.file, 1, 1, 2)
        if spot.key is not None and (where.on_key or not found or _is_empty(spot)):
            return self._scalar(spot.key, where if found and where.on_key else None)
        if spot.inside is None:
            return self._scalar(spot.event, where if found else None)
        return self._container(spot)

    def offset(self, place: Place) -> int:
        """The character of the text at which a place begins."""
        return self._starts[place.line - 1] + place.column - 1

    def quoted(self, route: Route) -> bool:
        """Whether a scalar stands in quotes or in a block of text, so that it can only be text."""
        spot, found = self._find(route)
        return found and spot is not None and spot.inside is None and bool(spot.event.style)

    def _find(self, route: Route) -> tuple[Spot | None, bool]:
        """The spot of a route, or the deepest one on the way to it."""
        spot = self.root
        if spot is None:
            return None, False
        for part in route:
            inner = _part(spot, part)
            if inner is None:
                return spot, False
            spot = inner
        return spot, True

    def _scalar(self, event: Any, where: Where | None) -> Place:
        start, end = event.start_mark.index, event.end_mark.index
        one_line = event.start_mark.line == event.end_mark.line
        whole = where is None or not (where.at or where.length is not None)
        if where is None or whole or not one_line or end - start > LONGEST:
            return self._stretch(start, end)
        each = widths(self.text, event)
        before = start + bool(event.style) + sum(each[: where.at])
        length = len(each) if where.length is None else where.length
        return self._stretch(before, before + max(1, sum(each[where.at : where.at + length])))

    def _container(self, spot: Spot) -> Place:
        """A bracketed list or mapping as far as its first line goes; else its first key or dash."""
        start = spot.event.start_mark.index
        if spot.event.flow_style:
            return self._stretch(start, spot.end.index)
        if isinstance(spot.inside, dict) and spot.inside:
            return self._scalar(next(iter(spot.inside.values())).key, None)
        return self._stretch(start, start + 1)

    def _stretch(self, start: int, end: int) -> Place:
        """From one character to before another, cut at the end of the first one's line."""
        start = min(start, len(self.text))
        line = bisect_right(self._starts, start) - 1
        first = self._starts[line]
        last = first + len(self.lines[line])
        end = max(start + 1, min(end, last))
        return Place(self.file, line + 1, start - first + 1, end - first + 1)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]


def widths(text: str, event: Any) -> list[int]:
    """How many characters of the text each character of a scalar on one line takes."""
    quote = 1 if event.style else 0
    pattern = _CHARACTERS.get(event.style or "", _CHARACTERS[""])
    start, end = event.start_mark.index + quote, event.end_mark.index - quote
    return [len(each) for each in pattern.findall(text, start, end)]


def parse(text: str, file: str) -> Document:
    """The document in a text; never raises."""
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_BYTES:
        return _refused(file, codes.LIMIT, f"a spec has at most {MAX_BYTES} bytes", text=text[:MAX_BYTES])
    hidden = tuple(_control(file, match) for match in islice(CONTROL.finditer(text), MAX_FINDINGS))
    if hidden:
        return Document(file, text, None, hidden)
    data, root, findings = build(file, text)
    return Document(file, text, data, findings, root)


def read(path: str | os.PathLike[str], *, plain: bool = False) -> Document:
    """The document in a file; what keeps it from being read is among its diagnostics.

    A `plain` one must be a regular file where it stands, and no link to elsewhere: that is asked of the file once it is
    open, so that none can take its place meanwhile.
    """
    file = os.fspath(path)
    try:
        with open(file, "rb", opener=_open_plain if plain else None) as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return _refused(file, codes.UNREADABLE, f"there is no file `{file}`", help=_neighbour(Path(file)))
    except IsADirectoryError:
        return _refused(file, codes.UNREADABLE, f"`{file}` is a directory, not a file")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return _refused(file, codes.UNREADABLE, f"`{file}` cannot be read: {reason.lower()}")
    return decode(raw, file)


def decode(raw: bytes, file: str) -> Document:
    """The document in the bytes of a file; never raises."""
    if len(raw) > MAX_BYTES:
        return _refused(file, codes.LIMIT, f"a spec has at most {MAX_BYTES} bytes")
    try:
        return parse(raw.decode("utf-8"), file)
    except UnicodeDecodeError as error:
        message = f"`{file}` is not UTF-8 text: byte 0x{raw[error.start]:02x} at offset {error.start}"
        return _refused(file, codes.UNREADABLE, message)


def _open_plain(file: str, flags: int) -> int:
    """Open a file that is no link, no pipe and no device; raises `OSError`."""
    handle = os.open(file, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    status = os.fstat(handle)
    problem = ""
    if not stat.S_ISREG(status.st_mode):
        problem = "it is no regular file"
    elif status.st_nlink > 1:
        problem = "it has several names, so that it may be a file from elsewhere; copy it"
    elif os.path.realpath(file) != os.path.abspath(file):  # noqa: PTH100
        problem = "it is a link"
    if problem:
        os.close(handle)
        raise OSError(errno.ELOOP, problem)
    return handle


def _refused(file: str, code: str, message: str, *, text: str = "", help: str = "") -> Document:
    return Document(file, text, None, (Diagnostic(code, message, Where(file), help=help),))


def _control(file: str, match: re.Match[str]) -> Diagnostic:
    message = f"a control character, U+{ord(match[0]):04X}"
    where, unseen = Where(file, at=match.start(), length=1), unicodedata.category(match[0]) == "Cf"
    fix = Fix("remove it", (Edit(where, "replace"),), safe=unseen)
    return Diagnostic(codes.YAML_SUBSET, message, where, help=fix.title, fixes=(fix,))


def _neighbour(path: Path) -> str:
    """A file beside a missing one that may have been meant."""
    try:
        names = [each.name for each in islice(path.parent.iterdir(), 1000) if each.suffix in (".yaml", ".yml")]
    except OSError:
        return ""
    return suggest(path.name, names)


def _part(spot: Spot, part: str | int) -> Spot | None:
    if isinstance(spot.inside, dict):
        return spot.inside.get(str(part))
    if isinstance(spot.inside, list) and isinstance(part, int) and 0 <= part < len(spot.inside):
        return spot.inside[part]
    return None


def _is_empty(spot: Spot) -> bool:
    return bool(spot.inside is None and spot.event.start_mark.index == spot.event.end_mark.index)
