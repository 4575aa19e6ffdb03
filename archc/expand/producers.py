"""The tensors that an op is fed, as notes beside what is wrong with them: name, shape, and the op that each is from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from archc import codes
from archc.diagnostics import Diagnostic, Note, Where
from archc.expand.frame import Site
from archc.expand.run import Run
from archc.expand.scope import NOWHERE, Names, Value
from archc.expand.unsure import ANY, is_open
from archc.ops.base import Op
from archc.spec.data import is_sequence, is_whole
from archc.spec.model import Block
from archc.tree import Body, Item, Leaf, Src

ABOUT_INPUTS = frozenset(
    {
        codes.SHAPE, codes.RANK, codes.EMPTY, codes.DTYPE, codes.CHANNELS, codes.BATCH_AXIS, codes.ASSERTION,
        codes.MERGE,
    }
)  # fmt: skip
SHAPING = frozenset({"out_channels", "out_features"})
"""Arguments that say how wide a result is, even where it comes out as wide as the input."""
LONGEST = 60
"""How much of an op with its arguments is shown."""


def with_producers(
    finding: Diagnostic, run: Run, site: Site, sources: Sequence[Value], ports: Sequence[str]
) -> Diagnostic:
    """A finding about an op, with a note for each tensor that it is fed, in cells two blanks apart.

    Of an op that was fine in the first round of a `repeat` they also say in which one it is not.
    """
    notes = finding.notes
    if finding.code in ABOUT_INPUTS:
        fed = dict.fromkeys(zip(ports, sources, strict=True))
        known = [(port, value) for port, value in fed if value.type is not None and value.src != NOWHERE.src]
        notes = tuple(_note(run, site, value, port if len(fed) > 1 else "") for port, value in known) or notes
    return replace(finding, notes=(*notes, *_round(site)))


def _note(run: Run, site: Site, value: Value, port: str) -> Note:
    at = f"{port}: " if port else ""
    if value.src.item < 0:
        name = _name_of(site.names, value.src)
        declared = None if run.stack else _declared(run, name)
        return Note(f"{at}{name}  {_type(value)}{'  input' if name != 'input' else ''}", declared)
    name = site.frame.items[value.src.item].name
    shaper = _shaper(site.frame.items, value.src)
    return Note(f"{at}{name}  {_type(value)}  {_made_by(shaper)}", shaper.step.where)


def _round(site: Site) -> tuple[Note, ...]:
    turn = site.turn
    repeat = turn.step.repeat if turn is not None else None
    if turn is None or repeat is None or turn.index == 0:
        return ()
    variable = repeat.variable or ""
    value = f" ({variable}={site.env.values[variable]})" if is_whole(site.env.values.get(variable)) else ""
    where = repeat.count.where if repeat.count is not None else turn.step.where
    return (Note(f"in round {turn.index + 1} of {turn.count}{value}", where),)


def _type(value: Value) -> str:
    """The shape at the sizes in force, which are those that messages tell, and a dtype that is not the usual one."""
    type_ = value.type
    if type_ is None:
        return ANY
    sizes = " x ".join(ANY if is_open(size) else str(int(size)) for size in type_.sample) or "scalar"
    return sizes if type_.dtype in {"float32", ANY} else f"{sizes} {type_.dtype}"


def _name_of(names: Names, src: Src) -> str:
    """What the chain calls an input of its body."""
    called = sorted(
        name for name in names.all() if (found := names.find(name)) and src in (v.src for v in found.values)
    )
    return next((name for name in called if name != "input"), "input")


def _declared(run: Run, name: str) -> Where | None:
    return next((decl.where for decl in run.spec.inputs if decl.name == name), None)


def _shaper(items: Sequence[Item], src: Src) -> Item:
    """The op or block that a tensor has its shape from: past ops that keep the shape, and inside a chain."""
    item = items[src.item]
    if isinstance(item.content, Body):
        inner = item.content.outputs[src.result].src if item.content.is_group else src
        return _shaper(item.content.items, inner) if item.content.is_group and inner.item >= 0 else item
    if len(item.inputs) != 1 or item.inputs[0].item < 0 or SHAPING & type(item.content.op).model_fields.keys():
        return item
    before = items[item.inputs[0].item].types[item.inputs[0].result]
    return _shaper(items, item.inputs[0]) if item.types[src.result] == before else item


def _made_by(item: Item) -> str:
    if isinstance(item.content, Leaf):
        told = f"{item.content.op.name}({', '.join(_arguments(item.content.op))})"
    elif isinstance(item.content.definition, Block):
        args = (f"{name}={shown(value)}" for name, value in item.content.args.items())
        told = f"{item.step.key}({', '.join(args)})"
    else:
        told = "Sequential"
    return told if len(told) <= LONGEST else f"{told[: LONGEST - 3]}..."


def _arguments(op: Op) -> Iterator[str]:
    return (f"{name}={shown(getattr(op, name))}" for name, _ in op.given(skip=op.inferred_fields()))


def shown(value: object) -> str:
    """A value as specs write it."""
    if is_sequence(value):
        return f"[{', '.join(map(shown, value))}]"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
