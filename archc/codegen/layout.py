"""Laying out Python lines as formatters do: a statement that is too long is split at its last bracket."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH = 88
"""The line length of ruff's and black's defaults."""
STEP = "    "
OPEN, CLOSE = "([{", ")]}"


def wrap(line: str, indent: int = 0, after: int = 0) -> list[str]:
    """One logical line, at `indent` levels, as lines of at most `WIDTH` characters where brackets allow it.

    `after` is how many characters will follow it.
    """
    pad = STEP * indent
    if len(pad) + len(line) + after <= WIDTH or not line:
        return [(pad + line).rstrip()]
    split = _last_bracket(line)
    if split is None:
        return [pad + line]
    start, end = split
    head, body, tail = line[: start + 1], line[start + 1 : end], line[end:]
    if not body.strip():
        return [pad + line]
    literal = head.endswith(("= [", "return [")) or (head.strip() == "[")
    inner = _body(body, indent + 1, one_line=not literal)
    return [pad + head, *inner, pad + tail]


def _body(body: str, indent: int, *, one_line: bool) -> list[str]:
    """What stands between brackets: on one line if it fits and may, else an item a line with a trailing comma."""
    pad = STEP * indent
    items = split_items(body)
    element, loop = _split_comprehension(body)
    if len(pad) + len(body) <= WIDTH and (one_line or len(items) == 1):
        return [pad + body]
    if loop and len(items) == 1:
        return [*wrap(element, indent), *wrap(loop, indent)]
    lines: list[str] = []
    for item in items:
        comma = "," if len(items) > 1 or item.startswith("*") else ""
        wrapped = wrap(item, indent, len(comma))
        wrapped[-1] += comma
        lines += wrapped
    return lines


def _split_comprehension(text: str) -> tuple[str, str]:
    """The element and the `for` part of a comprehension; an empty `for` part where it is none."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char in OPEN) - (char in CLOSE)
        if depth == 0 and text.startswith(" for ", at):
            return text[:at], text[at + 1 :]
    return text, ""


def _last_bracket(line: str) -> tuple[int, int] | None:
    """The outermost bracket pair to split at: the last one that closes at the end of the line, or nearest to it."""
    pairs: list[tuple[int, int]] = []
    depth, start, quote = 0, -1, ""
    for at, char in enumerate(line):
        if quote:
            quote = "" if char == quote and line[at - 1] != "\\" else quote
        elif char in "\"'":
            quote = char
        elif char in OPEN:
            start = at if depth == 0 else start
            depth += 1
        elif char in CLOSE:
            depth -= 1
            if depth == 0:
                pairs.append((start, at))
    full = [pair for pair in pairs if line[pair[0] + 1 : pair[1]].strip()]
    return full[-1] if full else None


def split_items(text: str) -> list[str]:
    """Split at the commas that stand outside all brackets and strings."""
    items: list[str] = []
    depth, start, quote = 0, 0, ""
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote and text[at - 1] != "\\" else quote
        elif char in "\"'":
            quote = char
        elif char in OPEN:
            depth += 1
        elif char in CLOSE:
            depth -= 1
        elif char == "," and depth == 0:
            items.append(text[start:at].strip())
            start = at + 1
    rest = text[start:].strip()
    return [*items, rest] if rest else items


def lay_out(lines: Sequence[str], indent: int) -> list[str]:
    """Statements, each on one line and indented among themselves, at `indent` levels and wrapped."""
    found: list[str] = []
    for line in lines:
        depth = (len(line) - len(line.lstrip())) // len(STEP)
        text, _, comment = line.strip().partition("  # ")
        wrapped = wrap(text, indent + depth)
        if comment and len(wrapped) == 1:
            wrapped[0] += f"  # {comment}"
        found += wrapped
    return found
