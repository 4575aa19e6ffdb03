"""Shapes in docstrings: sizes in terms of arguments, else letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from archc.codegen.binding import replaced
from archc.codegen.draft import Draft
from archc.codegen.ir import Unit
from archc.codegen.text import Scope
from archc.dims import BATCH
from archc.expr import Expr, IfElse, Number, simplify
from archc.expr import names as _names
from archc.spec.model import Spec, SymbolDecl
from archc.tensor import TensorType


class _Letters(NamedTuple):
    """The letters of sizes, by formula, and what those of a tensor are called by its rank."""

    names: dict[str, str]
    layouts: dict[int, tuple[str, ...]]


def shapes(draft: Draft, unit: Unit) -> str:
    """The shapes that a class takes and gives."""
    letters = _Letters({}, {})
    for tensor in (*unit.inputs, *(output.tensor for output in unit.outputs)):
        _shape(draft, unit, tensor.type, _Letters({}, letters.layouts))
    given = ", ".join(_shape(draft, unit, t.type, letters, at) for at, t in enumerate(unit.inputs))
    made = [_shape(draft, unit, o.tensor.type, letters) for o in unit.outputs if not o.train_only]
    more = [_shape(draft, unit, o.tensor.type, letters) for o in unit.outputs if o.train_only]
    return f"{given} -> {', '.join(made or more)}" + (f"; in training also {', '.join(more)}" if made and more else "")


def _shape(draft: Draft, unit: Unit, type_: TensorType, found: _Letters, port: int = -1) -> str:
    """A shape in terms of arguments, with letters for sizes that no short formula gives."""
    letters = found.names
    declared = draft.spec.inputs[port].dims if port >= 0 and isinstance(unit.definition, Spec) else ()
    args = {a.symbol: a.name for a in draft.file.arguments[id(unit)]}
    merged = draft.analysis.merged.get(id(unit), {})
    args |= {symbol: args[other] for symbol, other in merged.items() if other in args}
    lets = _written_out(unit.lets)
    trees = [simplify(replaced(getattr(size, "expr", Number(0)), lets)) for size in type_.shape]
    known = [
        "N" if size is BATCH
        else str(size) if isinstance(size, int)
        else _short(draft, unit, tree, args)
        for size, tree in zip(type_.shape, trees, strict=True)
    ]  # fmt: skip
    usual = _letters(known, found.layouts)
    texts: list[str] = []
    for at, (text, tree) in enumerate(zip(known, trees, strict=True)):
        if isinstance(tree, IfElse):  # of sizes that are joined, one of which may be 1
            tree = next((each for each in (tree.then, tree.other) if repr(each) in letters), tree)
        key = repr(tree)
        symbol = declared[at - 1] if declared else None
        if text:
            texts.append(text)
        elif isinstance(symbol, SymbolDecl):  # two free sizes may have one default
            letters.setdefault(key, symbol.name)
            letters[f"{key} {symbol.name}"] = symbol.name
            texts.append(symbol.name)
        else:
            letter = usual[at] if at < len(usual) else f"D{at}"
            while key not in letters and letter in letters.values():
                letter += "'"
            texts.append(letters.setdefault(key, letter))
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


def _short(draft: Draft, unit: Unit, tree: Expr, args: Mapping[str, str]) -> str:
    """A size in terms of arguments; empty where that is long, or cannot be."""
    text = Scope(draft.file, unit, dict(args)).text(tree) if _names(tree) <= args.keys() else ""
    return text if len(text) <= 24 else ""


def _written_out(lets: Sequence[tuple[str, Expr]]) -> dict[str, Expr]:
    """Lets in terms of arguments."""
    found: dict[str, Expr] = {}
    for name, value in lets:
        found[name] = replaced(value, found)
    return found


LAYOUTS = {
    3: (("N", "C", "L"), ("N", "L", "C")),
    4: (("N", "C", "H", "W"), ("N", "H", "W", "C")),
    5: (("N", "C", "D", "H", "W"), ("N", "D", "H", "W", "C")),
}
"""By rank: what sizes are usually called, channels first and last."""


def _letters(known: Sequence[str], layouts: dict[int, tuple[str, ...]]) -> tuple[str, ...]:
    """What sizes are called, the channels where arguments tell that they are, else as in a tensor before."""
    rank = len(known)
    if rank not in LAYOUTS:
        return ("N", "C")
    first, last = LAYOUTS[rank]
    if bool(known[1]) is bool(known[-1]):
        return layouts.get(rank, last if rank == 3 else first)
    found = first if known[1] else last
    layouts.setdefault(rank, found)
    return found
