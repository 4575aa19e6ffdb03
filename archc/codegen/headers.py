"""What stands above a body: the head of a `def`, paragraphs of docstrings, letters for sizes in shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archc.codegen.binding import replaced
from archc.codegen.docs import doc_text, fill
from archc.codegen.layout import STEP, WIDTH, split_items
from archc.expr import Expr

if TYPE_CHECKING:
    pass


def head_lines(head: str, indent: int = 1) -> list[str]:
    """A `def` line; one that is too long has an argument a line."""
    pad = STEP * indent
    if len(pad) + len(head) <= WIDTH:
        return [pad + head]
    start, end = head.index("(") + 1, head.rindex(")")
    items = split_items(head[start:end])
    if len(pad) + len(STEP) + len(head[start:end]) <= WIDTH:
        return [pad + head[:start], f"{pad}{STEP}{head[start:end]}", pad + head[end:]]
    return [pad + head[:start], *(f"{pad}{STEP}{item}," for item in items), pad + head[end:]]


def paragraphs(doc: str) -> list[str]:
    """A docstring's text, its first sentence on a line of its own."""
    text = doc_text(doc)
    if not text:
        return []
    first, _, rest = text.partition(". ")
    if rest and "\n\n" not in first and len(first) < 80:
        return [*fill(first + "."), "", *fill(rest)]
    return fill(text)


def written_out(lets: Sequence[tuple[str, Expr]]) -> dict[str, Expr]:
    """Lets in terms of arguments."""
    found: dict[str, Expr] = {}
    for name, value in lets:
        found[name] = replaced(value, found)
    return found


def letters_of(known: Sequence[str]) -> tuple[str, ...]:
    """What sizes are usually called, with the channels where arguments tell that they are."""
    first, last = len(known) > 2 and bool(known[1]), bool(known and known[-1])
    match len(known):
        case 5:
            return ("N", "D", "H", "W", "C") if last and not first else ("N", "C", "D", "H", "W")
        case 4:
            return ("N", "H", "W", "C") if last and not first else ("N", "C", "H", "W")
        case 3:
            return ("N", "C", "L") if first and not last else ("N", "L", "C")
        case _:
            return ("N", "C")
