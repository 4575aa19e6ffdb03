"""Text with expressions in braces: `layer{i + 1}`; `{{` and `}}` are braces themselves."""

from __future__ import annotations

import re

from archc.expr.nodes import Expr, ExprError
from archc.expr.parser import parse_at

MAX_LENGTH = 1000
"""The most characters of a text with expressions in it."""
_PIECE = re.compile(r"""\{\{|\}\}|\{((?:[^{}'"]|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")*)\}|[{}]|[^{}]+""", re.DOTALL)


def has_template(text: str) -> bool:
    """Whether a text is more than itself as a template."""
    return "{" in text or "}" in text


def parse_template(text: str) -> tuple[str | Expr, ...]:
    """The pieces of a template, text and expressions in turn; raises `ExprError`, whose place is in the whole text."""
    if len(text) > MAX_LENGTH:
        raise ExprError(f"a text here has at most {MAX_LENGTH:,} characters, this one {len(text):,}", 0, len(text))
    pieces: list[str | Expr] = []
    for match in _PIECE.finditer(text):
        piece, source = match[0], match[1]
        if source is not None:
            pieces.append(parse_at(source, match.start(1)))
            continue
        if piece in ("{", "}"):
            message = "`{` is never closed" if piece == "{" else "`}` closes nothing"
            raise ExprError(message, match.start(), 1, help=f"a brace in text is written `{piece * 2}`")
        plain = piece[0] if piece in ("{{", "}}") else piece
        last = pieces[-1] if pieces else None
        if isinstance(last, str):
            pieces[-1] = last + plain
        else:
            pieces.append(plain)
    return tuple(pieces)
