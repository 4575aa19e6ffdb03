"""The functions of variants: each calls the class with what the variant sets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from archc.codegen.classnames import function_names
from archc.codegen.docs import paragraphs, quoted
from archc.codegen.draft import Draft
from archc.codegen.headers import head_lines
from archc.codegen.layout import STEP, lay_out
from archc.spec.model import Variant


def variant_functions(draft: Draft) -> Iterator[str]:
    """The text of the function of each variant."""
    args = {a.param.name: a for a in draft.file.arguments[id(draft.units[-1])] if a.param is not None}
    names = function_names(draft.spec)
    for variant in draft.spec.variants:
        if not is_made(draft, variant):
            continue
        values = {**variant.values, **draft.network.given}
        table = partial(draft.file.table, variant=variant.name)
        given = {
            name: values.get(name, a.param.default if a.param is not None and not a.param.required else a.default)
            for name, a in args.items()
        }
        parts = [
            f"{a.name}={draft.file.literal(a.param, given[name], table)}"
            for name, a in args.items()
            if a.param is not None and not _equal(given[name], a.default)
        ]
        head = f"def {names[variant.name]}() -> {draft.class_name}:"
        doc = [STEP + line for line in quoted(paragraphs(variant.doc))] if variant.doc else []
        call = f"return {draft.class_name}({', '.join(parts)})"
        yield "\n".join([*head_lines(head, 0), *doc, *lay_out([call], 1)])


def is_made(draft: Draft, variant: Variant) -> bool:
    """Whether the class is that of a variant, or what is no argument differs."""
    defaults = {param.name: param.default for param in draft.spec.scope.params}
    values = {**defaults, **variant.values, **draft.network.given}
    return all(_equal(values[name], draft.network.settled.values[name]) for name in draft.constants if name)


def _equal(left: object, right: object) -> bool:
    return left == right and type(left) is type(right)
