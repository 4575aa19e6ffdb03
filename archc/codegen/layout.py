"""Laying out Python lines as formatters do: what is too long is split at brackets, then at operators."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

WIDTH = 88
"""The line length of ruff's and black's defaults."""
STEP = "    "
OPEN, CLOSE = "([{", ")]}"
HEAD = re.compile(r"return |raise |if |elif |[^=([{\"' ][^=([{\"']*(\[[^]]*\])?(: [\w.\[\]| ]+)? (=|\+=|-=|\*=|//=) ")
"""What stands before the expression of a statement."""
OPERATORS = (
    (" if ", " else "), (" or ",), (" and ",),
    (" in ", " not in ", " is ", " is not ", " == ", " != ", " < ", " <= ", " > ", " >= "),
    (" + ", " - "), (" * ", " / ", " // ", " % "), (" ** ",),
)  # fmt: skip
"""From the loosest to the tightest."""


def wrap(line: str, indent: int = 0) -> list[str]:
    """A statement, at `indent` levels, as lines of at most `WIDTH` characters where that is possible."""
    pad = STEP * indent
    if len(pad) + len(line) <= WIDTH or not line:
        return [(pad + line).rstrip()]
    found = HEAD.match(line)
    head = found[0] if found else ""
    tail = ":" if line.endswith(":") else ""
    expression = line[len(head) : len(line) - len(tail)]
    if head and len(split_items(expression)) > 1:  # a tuple without brackets
        return [f"{pad}{head}(", *_items(expression, indent + 1), f"{pad}){tail}"]
    operands = split_operands(expression)
    if len(operands) > 1 and not _may_stay_bare(operands):
        return [f"{pad}{head}(", *_item(expression, indent + 1, ""), f"{pad}){tail}"]
    if len(operands) == 1 and head and not _has_bracket(expression) and len(pad) + 4 + len(expression) <= WIDTH:
        return [f"{pad}{head}(", f"{pad}{STEP}{expression}", f"{pad}){tail}"]
    return _at_bracket(line, indent, "")


def _may_stay_bare(operands: Sequence[str]) -> bool:
    """Whether an expression may be split at its brackets alone."""
    if len(operands) > 2 or operands[1].startswith("if "):
        return False
    return operands[0].startswith("(") or operands[1].endswith(")")


def _at_bracket(text: str, indent: int, after: str) -> list[str]:
    """Text split at the last pair of brackets before which it fits."""
    pad = STEP * indent
    pairs = [(start, end) for start, end in _brackets(text) if text[start + 1 : end].strip()]
    if not pairs:
        return _string(text, indent, after)
    fitting = [pair for pair in pairs if len(pad) + pair[0] < WIDTH]
    start, end = (fitting or pairs)[-1]
    is_call = start > 0 and (text[start - 1].isidentifier() or text[start - 1].isdigit() or text[start - 1] in CLOSE)
    inner = _inside(text[start + 1 : end], indent + 1, one_line=is_call)
    tail = text[end:] + after
    if len(pad) + len(tail) > WIDTH and _has_bracket(tail[1:]):
        first, *rest = _at_bracket(tail[1:], indent, "")
        return [pad + text[: start + 1], *inner, pad + tail[0] + first[len(pad) :], *rest]
    return [pad + text[: start + 1], *inner, pad + tail]


def _inside(body: str, indent: int, *, one_line: bool) -> list[str]:
    """What stands between brackets: on one line if it fits and may, else an item a line."""
    items = split_items(body)
    if len(STEP * indent) + len(body) <= WIDTH and (one_line or len(items) == 1):
        return [STEP * indent + body]
    return _items(body, indent)


def _items(body: str, indent: int) -> list[str]:
    """One item a line, each with a comma behind it where they are several."""
    items = split_items(body)
    if len(items) == 1 and (parts := _comprehension(body)) is not None:
        return [line for part in parts for line in _item(part, indent, "")]
    comma = "," if len(items) > 1 or body.endswith(",") else ""
    return [line for item in items for line in _item(item, indent, comma)]


def _item(text: str, indent: int, after: str) -> list[str]:
    """An expression within brackets, which may be split at its operators."""
    if len(STEP * indent) + len(text) + len(after) <= WIDTH:
        return [STEP * indent + text + after]
    operands = split_operands(text)
    if len(operands) > 1:
        return _operands(operands, indent, after)
    return _at_bracket(text, indent, after)


def _operands(operands: Sequence[str], indent: int, after: str) -> list[str]:
    """One operand a line, its operator before it."""
    last = len(operands) - 1
    found: list[str] = []
    for at, operand in enumerate(operands):
        behind = after if at == last else ""
        word = operand.partition(" ")[0] + " " if at else ""
        if word == "else " and len(inner := split_operands(operand[5:])) > 1 and inner[1].startswith("if "):
            return [*found, *_operands([word + inner[0], *inner[1:]], indent, after)]
        found += _behind(word, operand[len(word) :], indent, behind)
    return found


def _behind(word: str, text: str, indent: int, after: str) -> list[str]:
    """An operand with its operator; what binds more tightly is split further where it must be."""
    if len(STEP * indent) + len(word + text + after) <= WIDTH:
        return [STEP * indent + word + text + after]
    operands = split_operands(text)
    if len(operands) == 1:
        return _at_bracket(word + text, indent, after)
    return _operands([word + operands[0], *operands[1:]], indent, after)


def _string(text: str, indent: int, after: str) -> list[str]:
    """A string as several that follow each other."""
    pad = STEP * indent
    prefix = text[: text.index('"') + 1] if text.startswith(('"', 'f"')) and text.endswith('"') else ""
    if not prefix:
        return [pad + text + after]
    room = WIDTH - len(pad) - len(prefix) - 1 - len(after)
    lines: list[str] = []
    rest = text[len(prefix) : -1]
    while len(rest) > room:
        depth, cut = 0, 0
        for at, char in enumerate(rest):
            depth += (char == "{") - (char == "}")
            if char == " " and depth == 0 and 0 < at <= room:
                cut = at
        if not cut:
            break
        lines.append(rest[:cut])
        rest = rest[cut:]
    return [pad + (prefix if "{" in line else '"') + line + '"' for line in lines] + [
        pad + (prefix if "{" in rest else '"') + rest + '"' + after
    ]


def _comprehension(text: str) -> tuple[str, str] | None:
    """The element and the `for` part of a comprehension."""
    at = next((at for at, _ in _outside(text) if text.startswith(" for ", at)), None)
    return None if at is None else (text[:at], text[at + 1 :])


def _outside(text: str) -> Iterator[tuple[int, str]]:
    """The characters outside all brackets and strings, with their places; of brackets both ends."""
    depth, quote = 0, ""
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote and text[at - 1] != "\\" else quote
        elif char in "\"'":
            quote = char
        else:
            depth -= char in CLOSE
            if depth == 0:
                yield at, char
            depth += char in OPEN


def _brackets(text: str) -> list[tuple[int, int]]:
    """The outermost pairs of brackets."""
    places = [at for at, char in _outside(text) if char in OPEN or char in CLOSE]
    return [*zip(places[::2], places[1::2], strict=True)]


def _has_bracket(text: str) -> bool:
    """Whether there are brackets to split at."""
    return any(text[start + 1 : end].strip() for start, end in _brackets(text))


def split_items(text: str) -> list[str]:
    """Split at the commas that stand outside all brackets and strings."""
    commas = [at for at, char in _outside(text) if char == ","]
    parts = [
        text[start:end].strip()
        for start, end in zip([0, *(at + 1 for at in commas)], [*commas, len(text)], strict=True)
    ]
    return parts if parts[-1] else parts[:-1]


def split_operands(text: str) -> list[str]:
    """Split before the operators that bind the least; each operand but the first begins with its operator."""
    blanks = [at for at, char in _outside(text) if char == " "]
    for level in OPERATORS:
        cuts = [at for at in blanks if text.startswith(level, at) and not text.startswith(" not in ", at - 4)]
        if level[0] == " if " and cuts:
            cuts = cuts[:2]
        if cuts and not text.startswith(("lambda ", "for ")):
            bounds = zip([0, *(at + 1 for at in cuts)], [*cuts, len(text)], strict=True)
            return [text[start:end] for start, end in bounds]
    return [text]


def lay_out(lines: Sequence[str], indent: int) -> list[str]:
    """Statements, each on one line and indented among themselves, at `indent` levels and wrapped."""
    found: list[str] = []
    for line in lines:
        depth = (len(line) - len(line.lstrip())) // len(STEP)
        text = line.strip()
        found += [STEP * (indent + depth) + text] if text.startswith(("#", '"""')) else wrap(text, indent + depth)
    return found
