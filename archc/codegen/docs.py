"""Docstrings of the generated source."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

WIDTH = 80


def doc_text(text: str) -> str:
    """Text from a spec as it can stand in a docstring: no quotes, backslashes or control characters that end it."""
    clean = "".join(c if c.isprintable() or c == "\n" else "?" for c in text.strip())
    return clean.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def quoted(lines: Sequence[str]) -> list[str]:
    """Lines as a docstring."""
    if len(lines) == 1 and len(lines[0]) > WIDTH - 2:
        lines = textwrap.wrap(lines[0], WIDTH - 2)
    last = lines[-1]
    if len(lines) == 1 and not last.endswith('"'):
        return [f'"""{last}"""']
    return [f'"""{lines[0]}', *lines[1:], '"""']


def fill_shape(text: str) -> list[str]:
    """A line of shapes, broken between them."""
    whole = re.sub(r"\([^)]*\)", lambda shape: shape[0].replace(" ", "\0"), text)
    return [line.replace("\0", " ") for line in textwrap.wrap(whole, WIDTH, break_long_words=False)]


def fill_entry(name: str, text: str) -> list[str]:
    """What an argument is, under `Args:`."""
    return textwrap.wrap(
        f"{name}: {' '.join(doc_text(text).split())}", WIDTH, initial_indent="    ", subsequent_indent="        ",
        break_on_hyphens=False,
    )  # fmt: skip


def fill(text: str) -> list[str]:
    """Text broken into lines; paragraphs stay apart."""
    found: list[str] = []
    for at, paragraph in enumerate(text.split("\n\n")):
        found += ([""] if at else []) + (
            textwrap.wrap(" ".join(paragraph.split()), WIDTH, break_on_hyphens=False) or [""]
        )
    return found
