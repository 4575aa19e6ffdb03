"""Docstrings of the generated source: what a class is, its arguments, and the shapes it takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archc import expr
from archc.dims import Dim
from archc.labels import label_of
from archc.tensor import TensorType
from archc.tree import Body

if TYPE_CHECKING:
    from archc.torch.scribe import Argument

SPATIAL = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
WIDTH = 84


def doc_text(text: str) -> str:
    """Text from a spec as it can stand in a docstring: no quotes, backslashes or control characters that end it."""
    clean = "".join(c if c.isprintable() or c == "\n" else "?" for c in text.strip())
    return clean.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def class_doc(doc: str, cite: str, name: str, body: Body, arguments: Sequence[Argument]) -> list[str]:
    """The docstring of a block's class."""
    summary = doc_text(doc) or (f"The `{name}` block." if name else "A part of the network.")
    lines = fill(summary)
    if cite:
        lines += ["", *fill(doc_text(cite))]
    if any(argument.doc for argument in arguments):
        lines += ["", "Args:"]
        lines += [f"    {a.name}: {' '.join(doc_text(a.doc).split())}" for a in arguments if a.doc]
    lines += ["", f"Shape: {shapes(body)}"]
    return quoted(lines)


def quoted(lines: Sequence[str]) -> list[str]:
    """Lines as a docstring."""
    last = lines[-1]
    if len(lines) == 1 and not last.endswith('"'):
        return [f'"""{last}"""']
    return [f'"""{lines[0]}', *lines[1:], '"""']


def fill(text: str) -> list[str]:
    """Text broken into lines; paragraphs stay apart."""
    import textwrap

    found: list[str] = []
    for at, paragraph in enumerate(text.split("\n\n")):
        found += ([""] if at else []) + (textwrap.wrap(" ".join(paragraph.split()), WIDTH, break_on_hyphens=False) or [""])
    return found


def shapes(body: Body) -> str:
    """`(N, in_channels, H, W) -> (N, 4 * out, H', W')`."""
    letters: dict[Dim, str] = {}
    given = [shape(type_, letters) for type_ in body.inputs]
    made = [shape(output.type, letters, primed=True) for output in body.outputs]
    return f"{', '.join(given)} -> {', '.join(made)}"


def shape(type_: TensorType, letters: dict[Dim, str], *, primed: bool = False) -> str:
    """A type as `(N, C, H, W)`: formulas where sizes have them, letters for sizes that depend on the input."""
    spatial = SPATIAL.get(type_.rank - 2, tuple(f"D{at}" for at in range(type_.rank)))
    texts: list[str] = []
    for at, size in enumerate(type_.shape):
        label = label_of(size)
        if at == 0 and type_.batched:
            texts.append("N")
        elif label is not None:
            texts.append(expr.to_python(label))
        elif isinstance(size, int):
            texts.append(str(size))
        else:
            texts.append(_letter(size, spatial[(at - 2) % len(spatial)], letters, primed=primed))
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


def _letter(size: Dim, letter: str, letters: dict[Dim, str], *, primed: bool) -> str:
    if size not in letters:
        name = f"{letter}'" if primed else letter
        while name in letters.values():
            name += "'"
        letters[size] = name
    return letters[size]
