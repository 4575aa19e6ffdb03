"""Findings as people read them: the message, the line with carets under it, what it comes from, and the cure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from archc.diagnostics import Diagnostic, Note, Place
from archc.findings import Found
from archc.report.terminal import cells, count, paint, visible

LIMIT = 100
"""How many findings are printed; the rest are counted."""
MAX_WIDTH = 160
"""How much of a source line is shown, around the finding's place."""
MAX_STACK = 4
"""How many of the uses that led to a place are told, where there are more by over one."""
CUT = "..."
MIN_WIDTH = 40
"""How much of a source line is shown on the narrowest terminal."""
_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold cyan"}


def as_text(found: Sequence[Found], *, color: bool = False, columns: int | None = None) -> str:
    """Findings one after the other, each followed by an empty line; source lines are cut to fit `columns`."""
    widest = min(MAX_WIDTH, columns or MAX_WIDTH)
    parts = [_one(each, widest, color=color) for each in found[:LIMIT]]
    return "\n".join([*parts, *(f"{line}\n" for line in more(found))])


def more(found: Sequence[Found]) -> Iterator[str]:
    """How many findings are left out, if any are."""
    if len(found) > LIMIT:
        yield f"... and {count(len(found) - LIMIT, 'more finding')}"


def tally(found: Sequence[Found]) -> str:
    """`2 errors and 1 warning in 1 file`; `no findings`."""
    if not found:
        return "no findings"
    counts = Counter(each.diagnostic.severity for each in found)
    nouns = {"error": "error", "warning": "warning", "info": "remark"}
    parts = [count(counts[severity], noun) for severity, noun in nouns.items() if counts[severity]]
    told = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"{told} in {count(len({each.diagnostic.where.file for each in found}), 'file')}"


def _one(found: Found, columns: int, *, color: bool) -> str:
    finding, place = found.diagnostic, found.place
    style = _STYLES[finding.severity]
    head = paint(f"{finding.severity}[{finding.code}]", style, color=color)
    message = paint(f": {visible(finding.message)}", "bold", color=color)
    gutter = " " * len(str(place.line)) if place else " "
    arrow = paint("-->", "blue", color=color)
    where = str(place) if place else finding.where.file
    lines = [f"{head}{message}", f"{gutter}{arrow} {visible(where)}"]
    if place is not None and found.document is not None:
        room = max(MIN_WIDTH, columns - len(gutter) - 3)
        lines += _source(found.document.lines[place.line - 1], place, gutter, style, room, color=color)
    mark = paint("=", "blue", color=color)
    lines += [f"{gutter} {mark} {line}" for line in remarks(found)]
    if finding.help:
        label = paint("help:", "cyan", color=color)
        lines.append(f"{gutter} {mark} {label} {visible(finding.help)}")
    return "\n".join(lines) + "\n"


def _source(line: str, place: Place, gutter: str, style: str, room: int, *, color: bool) -> Iterator[str]:
    """A line and the carets under its place; where it is too long, as much of it as shows the place."""
    start, end = place.column - 1, min(place.end_column - 1, place.column - 1 + room - 2 * len(CUT))
    first, last = _window(line, start, end, room)
    before = (CUT if first else "") + visible(line[first:start])
    shown = visible(line[start:end])
    after = visible(line[end:last]) + (CUT if last < len(line) else "")
    bar = paint("|", "blue", color=color)
    carets = paint("^" * max(1, cells(shown)), style, color=color)
    yield f"{gutter} {bar}"
    yield f"{paint(str(place.line), 'blue', color=color)} {bar} {before}{shown}{after}".rstrip()
    yield f"{gutter} {bar} {' ' * cells(before)}{carets}"


def _window(line: str, start: int, end: int, room: int) -> tuple[int, int]:
    """Which characters of a line are shown, those from `start` to `end` among them."""
    if len(line) <= 4 * room and cells(visible(line)) <= room:
        return 0, len(line)
    if end <= room - len(CUT):
        return 0, room - len(CUT)
    width = room - 2 * len(CUT)
    first = min(start, max(start - width // 2, end - width))
    return first, first + width


def remarks(found: Found) -> Iterator[str]:
    """What is said beside a finding: notes with their places in a column, the uses that led to it, its variants."""
    finding = found.diagnostic
    yield from _notes(found)
    yield from _stack(found, finding)
    if found.variants:
        shown = ", ".join(map(visible, found.variants[:6])) + (", ..." if len(found.variants) > 6 else "")
        yield f"in {'variant' if len(found.variants) == 1 else 'variants'} {shown} only"


def _notes(found: Found) -> Iterator[str]:
    """Notes whose cells, two blanks apart, stand under each other, and their places likewise."""
    notes = found.diagnostic.notes
    rows = [visible(note.text).split("  ") for note in notes]
    widths = [max(map(cells, column)) for column in zip_longest(*(row for row in rows if len(row) > 1), fillvalue="")]
    texts = [row[0] if len(row) == 1 else "  ".join(map(_padded, row, widths)).rstrip() for row in rows]
    places = [found.place_of(note.where) if note.where is not None else None for note in notes]
    widest = max((cells(text) for text, place in zip(texts, places, strict=True) if place), default=0)
    for text, place in zip(texts, places, strict=True):
        yield f"{_padded(text, widest)}  {visible(str(place))}" if place else text


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def _stack(found: Found, finding: Diagnostic) -> Iterator[str]:
    """The uses that led here, innermost first; of many, the last one is the author's own step."""
    inner = list(reversed(finding.stack))
    hidden = len(inner) - MAX_STACK if len(inner) > MAX_STACK + 1 else 0
    first = MAX_STACK - 1 if hidden else len(inner)
    for entry in inner[:first]:
        yield _use(found, entry)
    if hidden:
        yield f"... {hidden} uses between"
    for entry in inner[first + hidden :]:
        yield _use(found, entry)


def _use(found: Found, entry: str | Note) -> str:
    if isinstance(entry, str):
        return visible(entry)
    place = found.place_of(entry.where) if entry.where is not None else None
    return f"{visible(entry.text)}, used at {visible(str(place))}" if place else visible(entry.text)
