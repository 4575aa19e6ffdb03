"""Heads of methods: arguments with their types and defaults, and what `forward` takes and returns."""

from __future__ import annotations

from collections.abc import Sequence

from archc.codegen.arguments import Argument
from archc.codegen.draft import Draft
from archc.codegen.forward import Forward
from archc.codegen.ir import Unit
from archc.codegen.layout import STEP, WIDTH, split_items
from archc.codegen.parameters import annotation
from archc.codegen.text import Scope
from archc.codegen.training import may_be_missing
from archc.spec.model import Spec


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


def signature(draft: Draft, args: Sequence[Argument]) -> str:
    """The arguments of a constructor as its head has them."""
    parts = ["self"]
    star = False
    for each in args:
        if each.keyword and not star:
            parts.append("*")
            star = True
        kind = _annotation(draft, each)
        default = f" = {_default_text(draft, each)}" if each.has_default else ""
        parts.append(f"{each.name}: {kind}{default}")
    return ", ".join(parts)


def _annotation(draft: Draft, argument: Argument) -> str:
    param = argument.param
    if param is None and argument.symbol.startswith("f:"):
        param = next((p for p in draft.spec.scope.params if f"f:{p.name}" == argument.symbol), None)
    if param is not None:
        return annotation(draft.file, param)
    if argument.symbol.startswith(("p:", "l:", "i", "f:")):
        for unit in draft.units:
            kind = unit.types.get(argument.symbol)
            if kind is not None:
                return _kind(draft, kind)
    return "int"


def _kind(draft: Draft, kind: str) -> str:
    if kind.startswith("list["):
        draft.file.imports.add("Sequence")
        return f"Sequence[{kind[5:-1]}]"
    if kind.startswith(("row", "table")):
        columns = kind.partition("(")[2].removesuffix(")")
        for name, param in draft.file.row_classes.items():
            if ",".join(f"{n}:{k}" for n, k in param.columns) == columns:
                if kind.startswith("row"):
                    return name
                draft.file.imports.add("Sequence")
                return f"Sequence[{name}]"
    return "type[nn.Module]" if kind == "block" else kind


def _default_text(draft: Draft, argument: Argument) -> str:
    if argument.param is None:
        return repr(argument.default)
    return draft.file.literal(argument.param, argument.default, draft.file.table)


def forward_head(draft: Draft, unit: Unit) -> str:
    """The head of `forward`."""
    parts = ", ".join(["self", *(f"{name}: Tensor" for name in inputs_of(draft, unit))])
    return f"def forward({parts}) -> {_returned(draft, unit)}:"


def inputs_of(draft: Draft, unit: Unit) -> list[str]:
    """What the inputs of `forward` are called."""
    return Forward(Scope(draft.file, unit, {}), unit, {}, frozenset(), "").inputs


def _returned(draft: Draft, unit: Unit) -> str:
    missing = may_be_missing(unit.actions)
    kinds = ["Tensor | None" if id(output.tensor) in missing else "Tensor" for output in unit.outputs]
    if len(unit.outputs) == 1:
        return kinds[0]
    if isinstance(unit.definition, Spec):
        always = [output for output in unit.outputs if not output.train_only]
        return f"Tensor | {draft.class_name}Output" if len(always) == 1 else f"{draft.class_name}Output"
    return f"tuple[{', '.join(kinds)}]"
