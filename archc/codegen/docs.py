"""Docstrings of the generated source."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from archc.codegen.arguments import Argument
from archc.codegen.draft import Draft
from archc.codegen.ir import Unit
from archc.codegen.shapes import shapes
from archc.spec.model import Block, Spec

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


def paragraphs(doc: str) -> list[str]:
    """A docstring's text, its first sentence on a line of its own."""
    text = doc_text(doc)
    if not text:
        return []
    first, _, rest = text.partition(". ")
    if rest and "\n\n" not in first and len(first) < 80:
        return [*fill(first + "."), "", *fill(rest)]
    return fill(text)


def class_doc(draft: Draft, unit: Unit, args: Sequence[Argument]) -> list[str]:
    """The docstring of a class: what it is, the shapes that it takes and gives, its documented arguments."""
    definition = unit.definition
    doc = definition.doc if isinstance(definition, (Block, Spec)) else ""
    if isinstance(definition, Spec) and not doc:
        doc = f"{definition.title.rstrip('.')}."
    shape = f"Shape: {shapes(draft, unit)}"
    lines = paragraphs(doc)
    if isinstance(definition, Block) and definition.cite:
        lines += ["", *fill(doc_text(definition.cite))]
    lines += ["", *fill_shape(shape)] if lines else fill_shape(shape)
    documented = [(a, a.param.doc) for a in args if a.param is not None and a.param.doc]
    if documented:
        lines += ["", "Args:"]
        lines += [line for a, text in documented for line in fill_entry(a.name, text)]
    fixed = draft.constants if isinstance(definition, Spec) else unit.frozen
    if fixed:
        lines += ["", "Not arguments, but fixed as they are set:"]
        lines += [line for name, why in sorted(fixed.items()) for line in fill_entry(name or "sizes of inputs", why)]
    return quoted(lines)
