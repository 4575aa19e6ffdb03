"""Findings as people read them: the message, the line with carets under it, what it comes from, and the cure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from archc.diagnostics import Diagnostic, Note, Place
from archc.findings import Found
from archc.report.terminal import cells, count, paint, visible

LIMIT = 100
"""How many findings are printed; the rest are counted."""
MAX_WIDTH = 160
"""How much of a source line is shown, around the finding's place."""
MAX_STACK = 4
_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold cyan"}


def as_text(found: Sequence[Found], *, color: bool = False) -> str:
    """Findings one after the other, each followed by an empty line."""
    parts = [_one(each, color=color) for each in found[:LIMIT]]
    if len(found) > LIMIT:
        parts.append(f"... and {count(len(found) - LIMIT, 'more finding')}\n")
    return "\n".join(parts)


def tally(found: Sequence[Found]) -> str:
    """`2 errors and 1 warning in 1 file`; `no findings`."""
    if not found:
        return "no findings"
    counts = Counter(each.diagnostic.severity for each in found)
    nouns = {"error": "error", "warning": "warning", "info": "remark"}
    parts = [count(counts[severity], noun) for severity, noun in nouns.items() if counts[severity]]
    told = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"{told} in {count(len({each.diagnostic.where.file for each in found}), 'file')}"


def _one(found: Found, *, color: bool) -> str:
    finding, place = found.diagnostic, found.place
    style = _STYLES[finding.severity]
    head = paint(f"{finding.severity}[{finding.code}]", style, color=color)
    message = paint(f": {visible(finding.message)}", "bold", color=color)
    gutter = " " * len(str(place.line)) if place else " "
    arrow = paint("-->", "blue", color=color)
    where = str(place) if place else finding.where.file
    lines = [f"{head}{message}", f"{gutter}{arrow} {visible(where)}"]
    if place is not None and found.document is not None:
        lines += _source(found.document.lines[place.line - 1], place, gutter, style, color=color)
    mark = paint("=", "blue", color=color)
    lines += [f"{gutter} {mark} {line}" for line in _remarks(found)]
    if finding.help:
        label = paint("help:", "cyan", color=color)
        lines.append(f"{gutter} {mark} {label} {visible(finding.help)}")
    return "\n".join(lines) + "\n"


def _source(line: str, place: Place, gutter: str, style: str, *, color: bool) -> Iterator[str]:
    start, end = place.column - 1, place.end_column - 1
    cut = max(0, start - MAX_WIDTH // 2) if len(line) > MAX_WIDTH else 0
    before = ("..." if cut else "") + visible(line[cut:start])
    shown = visible(line[start:end])
    after = visible(line[end : cut + MAX_WIDTH]) + ("..." if len(line) > cut + MAX_WIDTH else "")
    bar = paint("|", "blue", color=color)
    carets = paint("^" * min(max(1, cells(shown)), MAX_WIDTH), style, color=color)
    yield f"{gutter} {bar}"
    yield f"{paint(str(place.line), 'blue', color=color)} {bar} {before}{shown[:MAX_WIDTH]}{after}".rstrip()
    yield f"{gutter} {bar} {' ' * cells(before)}{carets}"


def _remarks(found: Found) -> Iterator[str]:
    finding = found.diagnostic
    widest = max((cells(visible(note.text)) for note in finding.notes if note.where is not None), default=0)
    for note in finding.notes:
        place = found.place_of(note.where) if note.where is not None else None
        text = visible(note.text)
        yield f"{text}{' ' * (widest - cells(text))}  {visible(str(place))}" if place else text
    yield from _stack(found, finding)
    if found.variants:
        shown = ", ".join(map(visible, found.variants[:6])) + (", ..." if len(found.variants) > 6 else "")
        yield f"in {'variant' if len(found.variants) == 1 else 'variants'} {shown} only"


def _stack(found: Found, finding: Diagnostic) -> Iterator[str]:
    """The uses that led here, innermost first."""
    inner = list(reversed(finding.stack))
    for entry in inner[:MAX_STACK]:
        yield _use(found, entry)
    if len(inner) > MAX_STACK:
        yield f"... and {count(len(inner) - MAX_STACK, 'use')} further out"


def _use(found: Found, entry: str | Note) -> str:
    if isinstance(entry, str):
        return visible(entry)
    place = found.place_of(entry.where) if entry.where is not None else None
    return f"{visible(entry.text)}, used at {visible(str(place))}" if place else visible(entry.text)
