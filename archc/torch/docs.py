"""Docstrings of the generated source: what a class is, its arguments, and the shapes it takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archc import expr
from archc.dims import Dim
from archc.labels import label_of
from archc.tensor import TensorType
from archc.torch.formulas import Case, choose
from archc.tree import Body

if TYPE_CHECKING:
    from archc.torch.scribe import Argument

SPATIAL = {2: ("H", "W"), 3: ("D", "H", "W")}
WIDTH = 80


def doc_text(text: str) -> str:
    """Text from a spec as it can stand in a docstring: no quotes, backslashes or control characters that end it."""
    clean = "".join(c if c.isprintable() or c == "\n" else "?" for c in text.strip())
    return clean.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def class_doc(doc: str, cite: str, name: str, shape: str, arguments: Sequence[Argument]) -> list[str]:
    """The docstring of a block's class."""
    lines = fill(doc_text(doc) or (f"The `{name}` block." if name else "A part of the network."))
    if cite:
        lines += ["", *fill(doc_text(cite))]
    if any(argument.doc for argument in arguments):
        lines += ["", "Args:"]
        lines += [f"    {a.name}: {' '.join(doc_text(a.doc).split())}" for a in arguments if a.doc]
    lines += ["", *fill(f"Shape: {shape}")]
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
        found += ([""] if at else []) + (
            textwrap.wrap(" ".join(paragraph.split()), WIDTH, break_on_hyphens=False) or [""]
        )
    return found


def shapes(bodies: Sequence[Body], cases: Sequence[Case]) -> str:
    """`(N, in_channels, H, W) -> (N, 4 * out, H', W')`, true of all instances.

    A size that no formula gives has a letter; one with the same letter as another is equal to it in every instance.
    """
    letters: dict[tuple[Dim, ...], str] = {}
    given = [_shape([body.inputs[at] for body in bodies], cases, letters) for at in range(len(bodies[0].inputs))]
    made = [
        _shape([body.outputs[at].type for body in bodies], cases, letters, primed=True)
        for at in range(len(bodies[0].outputs))
    ]
    return f"{', '.join(given)} -> {', '.join(made)}"


def _shape(
    types: Sequence[TensorType], cases: Sequence[Case], letters: dict[tuple[Dim, ...], str], *, primed: bool = False
) -> str:
    first = types[0]
    if any(type_.rank != first.rank for type_ in types):
        return "(N, ...)"
    names = ("N", "C", *SPATIAL.get(first.rank - 2, ())) if first.rank > 3 else ("N", "L", "C")[: first.rank]
    texts: list[str] = []
    for at in range(first.rank):
        sizes = tuple(type_.shape[at] for type_ in types)
        whole = all(isinstance(s, int) for s in sizes)
        chosen = choose(sizes, [label_of(s) for s in sizes], cases) if whole else None
        if at == 0 and first.batched:
            texts.append("N")
        elif chosen is not None:
            texts.append(expr.to_python(chosen))
        else:
            letter = names[at] if at < len(names) else f"D{at}"
            texts.append(_letter(sizes, letter, letters, primed=primed))
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


def _letter(sizes: tuple[Dim, ...], letter: str, letters: dict[tuple[Dim, ...], str], *, primed: bool) -> str:
    if len(set(sizes)) == 1 and str(sizes[0]).isidentifier():
        letters.setdefault(sizes, str(sizes[0]))
    if sizes not in letters:
        name = f"{letter}'" if primed else letter
        while name in letters.values():
            name += "'"
        letters[sizes] = name
    return letters[sizes]
