"""The reference of the ops, made from the ops themselves: what they take, what they give, and examples that hold."""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic.fields import FieldInfo

from archc import ops
from archc.dims import BATCH
from archc.ops.base import Example, Inputs, Op
from archc.report.terminal import paint
from archc.summary import concrete, times
from archc.tensor import TensorType

_PLAIN = re.compile(r"[A-Za-z_][\w.-]*")
WIDE = 72
"""A cell wider than this pushes the rest of its line to the right, not that of all lines."""


def by_family() -> Mapping[str, tuple[type[Op], ...]]:
    """The ops of each family, both sorted."""
    found: dict[str, list[type[Op]]] = {}
    for name in ops.names():
        op = ops.find(name)
        if op is not None:
            found.setdefault(op.__module__.rsplit(".", 1)[-1], []).append(op)
    return {name: tuple(found[name]) for name in sorted(found)}


def everything(*, columns: int, color: bool) -> str:
    """The names of all ops, a paragraph a family."""
    parts: list[str] = []
    for name, members in by_family().items():
        body = textwrap.fill(", ".join(op.name for op in members), columns, initial_indent="  ", subsequent_indent="  ")
        parts.append(f"{paint(name, 'bold', color=color)}\n{body}\n")
    return "\n".join(parts)


def family(name: str, *, color: bool) -> str:
    """The ops of a family, each with what it does."""
    members = by_family()[name]
    widest = max(len(op.name) for op in members)
    lines = (
        f"{paint(op.name, 'bold', color=color)}{' ' * (widest - len(op.name))}  {_first_line(op)}" for op in members
    )
    return "\n".join(lines) + "\n"


def page(op: type[Op], *, color: bool) -> str:
    """One op: what it does, its arguments, ports and results, and its examples with the shapes they give."""
    kind = "module" if op.is_module else "function"
    lines = [f"{paint(op.name, 'bold', color=color)}  {kind}, family {op.__module__.rsplit('.', 1)[-1]}", ""]
    lines += [*inspect.cleandoc(op.__doc__ or "").splitlines(), ""]
    for title, rows in (
        ("Arguments", _arguments(op)),
        ("Inputs", _ports(op)),
        ("Results", _results(op)),
        ("Examples", _examples(op)),
    ):
        body = list(rows)
        if body:
            lines += [paint(title, "bold", color=color), *(f"  {row}".rstrip() for row in _columns(body)), ""]
    return "\n".join(lines)


def _first_line(op: type[Op]) -> str:
    return next(iter(inspect.cleandoc(op.__doc__ or "").splitlines()), "")


def _columns(rows: list[tuple[str, ...]]) -> Iterator[str]:
    lengths = [[len(row[at]) for row in rows] for at in range(len(rows[0]))]
    widths = [max((n for n in column if n <= WIDE), default=0) for column in lengths]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _arguments(op: type[Op]) -> Iterator[tuple[str, ...]]:
    inferred = op.inferred_fields()
    for name, field in op.model_fields.items():
        kind = _type(field.annotation, field)
        if name in inferred:
            yield name, kind, "left out: the graph tells it; given, it is checked"
            continue
        default = (
            "required" if field.is_required() else f"default {_literal(field.get_default(call_default_factory=True))}"
        )
        yield name, kind, default + (f"; the primary one: `{op.name}: ...`" if name == op.primary else "")


def _ports(op: type[Op]) -> Iterator[tuple[str, ...]]:
    if op.merges:
        least = f" (at least {op.min_inputs})" if op.min_inputs > 1 else ""
        yield (f"any number{least}: the branches of a fork, or tensors by name",)
        return
    for name in () if op.is_source else op.ports:
        yield (name + (" (may be left out)" if name in op.optional else ""),)


def _results(op: type[Op]) -> Iterator[tuple[str, ...]]:
    return ((name,) for name in op.results)


def _examples(op: type[Op]) -> Iterator[tuple[str, ...]]:
    for example in op.examples:
        shapes = ", ".join(times(shape) for shape in example.inputs)
        gives = ", ".join(times(concrete(type_)) for type_ in _run(op, example))
        yield f"- {_step(op, example)}", f"# {shapes} -> {gives}" if shapes else f"# {gives}"


def _step(op: type[Op], example: Example) -> str:
    """An example as a step of a spec, on tensors called a, b, c where it takes several."""
    names = "abcdefgh"[: len(example.inputs)]
    feeds = f"[{', '.join(names)}]" if len(names) > 1 else ""
    if example.ports:
        feeds = f"{{{', '.join(f'{port}: {name}' for port, name in zip(example.ports, names, strict=True))}}}"
    if op.merges and not example.args and feeds:
        return f"{op.name}: {feeds}"
    args = f"{{{', '.join(f'{name}: {_literal(value)}' for name, value in example.args.items())}}}"
    if op.primary is not None and list(example.args) == [op.primary] and not (op.merges and feeds):
        args = _literal(example.args[op.primary])
    if feeds:
        return f"{{{op.name}: {args}, from: {feeds}}}"
    return f"{op.name}: {args}" if example.args else op.name


def _run(op: type[Op], example: Example) -> tuple[TensorType, ...]:
    dtypes = example.dtypes or ("float32",) * len(example.inputs)
    types = tuple(TensorType((BATCH, *shape), dtype) for shape, dtype in zip(example.inputs, dtypes, strict=False))
    inputs = Inputs(types, example.ports or op.ports[: len(types)] if not op.merges else ("",) * len(types))
    made = op.model_validate(example.args)
    return made.filled(dict(made.inferred(inputs))).infer(inputs)


def _literal(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_literal, cast('tuple[object, ...]', value)))}]"
    return str(value) if not isinstance(value, str) or _PLAIN.fullmatch(value) else json.dumps(value)


def _type(annotation: Any, field: FieldInfo | None = None) -> str:
    """An argument's type in the words of the spec language."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *extra = get_args(annotation)
        return _type(inner) + _bounds(extra)
    if origin in {Union, UnionType}:
        return " or ".join(dict.fromkeys(_type(arg) for arg in get_args(annotation) if arg is not NoneType))
    if origin is Literal:
        return " | ".join(map(_literal, get_args(annotation)))
    if origin in {tuple, list}:
        items = get_args(annotation)
        return f"[{', '.join('...' if item is Ellipsis else _type(item) for item in items)}]"
    name = getattr(annotation, "__name__", str(annotation))
    return {"str": "text"}.get(name, name) + _bounds(field.metadata if field is not None else [])


def _bounds(metadata: list[Any]) -> str:
    """` >= 1`, from the constraints of a field."""
    flat = [each for item in metadata for each in (getattr(item, "metadata", None) or [item])]
    found = (
        (sign, getattr(each, name, None))
        for each in flat
        for name, sign in (("ge", ">="), ("gt", ">"), ("le", "<="), ("lt", "<"))
    )
    return "".join(f" {sign} {bound:g}" for sign, bound in found if bound is not None)
