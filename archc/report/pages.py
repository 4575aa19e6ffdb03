"""The pages of codes as people read them on a terminal, and the table of all codes."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby

from archc.explain import Page
from archc.report.terminal import paint

WIDEST = 100
"""How long a line of prose becomes on a wide terminal."""
_BLOCK = re.compile(r"^```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"`[^`]+`")
_REMARK = re.compile(r"(?<!\S)#.*")
_KEY = re.compile(r"^(\s*(?:- )*)([\w-]+)(?=:)")


def as_terminal(page: Page, *, columns: int, color: bool) -> str:
    """A page: its title, and its sections one after the other."""
    title = f"{paint(page.code, 'bold yellow', color=color)} {paint(page.name, 'bold', color=color)}"
    parts = [f"{title}\n{_prose(_sentence(page.summary), columns, color=color)}\n"]
    for part in page.text.split("\n## ")[1:]:
        heading, _, body = part.partition("\n")
        parts += [paint(heading, "bold", color=color), *_body(body, columns, color=color), ""]
    return "\n".join(parts)


def table(pages: Iterable[Page], *, columns: int, color: bool) -> str:
    """A line for each code, under headings that say what they are about."""
    listed = tuple(pages)
    widest = max(len(page.name) for page in listed)
    lines: list[str] = []
    for heading, members in groupby(listed, key=lambda page: page.group):
        lines.append(paint(heading, "bold", color=color))
        for page in members:
            start = f"  {page.code}  {page.name.ljust(widest)}  "
            first, *rest = textwrap.wrap(page.summary, max(20, columns - len(start)))
            code = paint(page.code, "yellow", color=color)
            lines.append(f"  {code}  {page.name.ljust(widest)}  {first}")
            lines += [" " * len(start) + line for line in rest]
        lines.append("")
    return "\n".join(lines)


def as_markdown_table(pages: Iterable[Page]) -> str:
    """A row for each code."""
    rows = (f"| {page.code} | `{page.name}` | {page.summary} |" for page in pages)
    return "\n".join(["| code | name | what |", "|---|---|---|", *rows])


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _body(body: str, columns: int, *, color: bool) -> Iterator[str]:
    """Paragraphs wrapped, lists item by item, blocks of code further in."""
    for at, part in enumerate(_BLOCK.split(body)):
        if at % 2:
            yield textwrap.indent("\n".join(_code(line, color=color) for line in part.splitlines()), "    ")
            continue
        for paragraph in filter(None, (each.strip("\n") for each in part.split("\n\n"))):
            yield _prose(paragraph, columns, color=color, indent="  ")


def _prose(text: str, columns: int, *, color: bool, indent: str = "") -> str:
    items = re.split(r"\n(?=- )", text)
    hang = "  " if len(items) > 1 or text.startswith("- ") else ""
    filled = (
        textwrap.fill(
            " ".join(item.split()),
            min(columns, WIDEST),
            initial_indent=indent,
            subsequent_indent=indent + hang,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for item in items
    )
    return _NAME.sub(lambda found: _styled(found[0], "cyan", color=color), "\n".join(filled))


def _styled(text: str, style: str, *, color: bool) -> str:
    """Text over the ends of lines, each line's part in the style."""
    return "\n".join(paint(line, style, color=color) for line in text.split("\n"))


def _code(line: str, *, color: bool) -> str:
    if not color:
        return line
    remark = _REMARK.search(line)
    text, rest = (line[: remark.start()], remark[0]) if remark else (line, "")
    return _KEY.sub(lambda key: key[1] + paint(key[2], "blue", color=True), text) + paint(rest, "dim", color=True)
