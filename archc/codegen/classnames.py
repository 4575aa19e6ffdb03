"""What the classes of a file are called: the network's, those of its blocks, and those of tables' rows."""

from __future__ import annotations

import keyword
from string import ascii_uppercase
from typing import TYPE_CHECKING

from archc.codegen.ir import Unit
from archc.codegen.loops import singular
from archc.codegen.text import BUILTINS, HELPERS, OWN, free
from archc.naming import class_name, pascal, variant_name
from archc.spec.model import Block, Spec

if TYPE_CHECKING:
    from archc.codegen.draft import Draft
    from archc.network import Network


def instance_call(network: Network) -> str:
    """The call that makes the network from what its file defines."""
    if network.variant is None:
        return f"{network_class(network.spec)}()"
    return f"{function_names(network.spec)[network.variant]}()"


def function_names(spec: Spec) -> dict[str, str]:
    """By variant: the function that makes it. Names that begin with the network's come first."""
    found: dict[str, str] = {}
    taken = {*OWN, *BUILTINS, *HELPERS, network_class(spec)}
    for variant in sorted(spec.variants, key=lambda each: not each.name.startswith(spec.name)):
        found[variant.name] = free(variant_name(spec.name, variant.name), taken)
        taken.add(found[variant.name])
    return found


def network_class(spec: Spec) -> str:
    """The class of a network, whatever the variant."""
    plain = spec.title.isascii() and spec.title.isidentifier() and spec.title != spec.name
    name = spec.title if plain else class_name(spec.name, spec.title)
    return f"{name}Net" if name in OWN | BUILTINS or keyword.iskeyword(name) else name


def name_classes(draft: Draft) -> None:
    """Name the class of each unit."""
    by_block: dict[int, str] = {}
    taken = draft.file.taken
    taken |= set(function_names(draft.spec).values())
    for unit in draft.units:
        if isinstance(unit.definition, Spec):
            draft.file.classes[id(unit)] = draft.class_name
            continue
        known = by_block.get(id(unit.definition))
        name = _class_name(draft, unit, taken) if known is None else _another(known, unit, taken)
        by_block.setdefault(id(unit.definition), name)
        taken.add(name)
        draft.file.classes[id(unit)] = name
    for name, block in draft.spec.scope.blocks.items():
        if id(block) in by_block:
            draft.file.by_definition[name] = by_block[id(block)]
    for unit in draft.units:
        for name, block in unit.scope.blocks.items():
            if id(block) in by_block:
                draft.file.by_definition.setdefault(name, by_block[id(block)])


def _another(known: str, unit: Unit, taken: set[str]) -> str:
    """The name of a further class of a block: by the rank of its input, with a letter where that is not enough."""
    name = f"{known}{unit.inputs[0].type.rank - 2}d"
    lettered = (f"{name}{letter}" for letter in ascii_uppercase[1:])
    return next((each for each in (name, *lettered) if each not in taken), free(name, taken))


def _class_name(draft: Draft, unit: Unit, taken: set[str]) -> str:
    name = pascal(unit.stem)
    if name not in taken:
        return name
    if isinstance(unit.definition, Block):
        space = next((n for n, b in draft.spec.scope.blocks.items() if b is unit.definition and "." in n), "")
        longer = pascal(space.replace(".", "_"))
        if space and longer not in taken:
            return longer
        return free(f"{name}Block", taken)
    return free(f"{name}Chain", taken)


def name_rows(draft: Draft) -> None:
    """The classes of tables' rows."""
    tables = [p for p in draft.spec.scope.params if p.type == "table"]
    tables += [
        p for unit in draft.units if isinstance(unit.definition, Block) for p in unit.params if p.type == "table"
    ]
    by_columns: dict[tuple[object, ...], str] = {}
    for param in tables:
        known = by_columns.get(param.columns)
        if known is None:
            known = pascal(singular(param.name))
            known = "Row" if known in draft.file.taken else known
            known = free(known, draft.file.taken)
            draft.file.taken.add(known)
            by_columns[param.columns] = known
            draft.file.row_classes[known] = param
        draft.file.rows[id(param)] = known
