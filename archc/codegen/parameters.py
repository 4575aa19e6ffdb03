"""The parameters of constructors: their order, their names, and their types."""

from __future__ import annotations

from collections.abc import Mapping

from archc.codegen.arguments import Argument, Needs, only_sizing
from archc.codegen.draft import Draft
from archc.codegen.ir import Unit
from archc.codegen.text import OWN, File, free
from archc.expr import Name
from archc.spec.arguments import Param
from archc.spec.model import Block, Spec, SymbolDecl


def arguments(file: File, unit: Unit, needs: Needs, defaults: Mapping[str, object]) -> tuple[Argument, ...]:
    """The arguments of a class's constructor, in order."""
    merged = file.analysis.merged.get(id(unit), {})
    params = [p for p in unit.params if p.name not in unit.frozen] if isinstance(unit.definition, Block) else []
    taken = {param.name for param in params} | {name.removeprefix("f:") for name in needs.outer}
    found: list[Argument] = []
    for symbol in needs.sizes:
        if symbol not in merged:
            name = free(_size_name(file, unit, needs, symbol), taken | {"self"})
            taken.add(name)
            found.append(Argument(symbol, name))
    ordered = sorted(params, key=lambda param: not param.required)
    found += [Argument(f"p:{p.name}", free(p.name, {"self"}), p, False, p.default, not p.required) for p in ordered]
    if not isinstance(unit.definition, Block):
        for symbol in needs.outer:
            shown = _size_name(file, unit, needs, symbol) if symbol.startswith("$") else symbol.partition(":")[2]
            name = free(shown, {"self"} if symbol.startswith("f:") else {*taken, *OWN, "self"})
            taken.add(name)
            found.append(Argument(symbol, name))
        return tuple(found)
    own = {other for other in merged.values() if other.startswith("f:")}
    outer = [
        Argument(symbol, free(symbol.removeprefix("f:"), {"self"}), keyword=symbol not in own) for symbol in needs.outer
    ]
    if any(symbol in merged.values() for symbol in needs.outer):
        first = [each for each in outer if each.symbol in merged.values()]
        found = [*(Argument(e.symbol, e.name) for e in first), *found]
        outer = [each for each in outer if each not in first]
    if not params and all(argument.symbol.startswith("f:") for argument in found):
        outer = [Argument(e.symbol, e.name) for e in outer]
    return (*found, *outer)


FEATURE_FIELDS = frozenset({
    "in_features", "in1_features", "in2_features", "normalized_shape", "embed_dim", "kdim", "vdim", "input_size",
    "d_model",
})  # fmt: skip


SPATIAL = {3: {1: "length", 2: "width"}, 4: {2: "height", 3: "width"}, 5: {2: "depth", 3: "height", 4: "width"}}


def _size_name(file: File, unit: Unit, needs: Needs, symbol: str) -> str:
    """What a size of an input is called: after the let that it is, after the argument it is used for, or its place."""
    for let, value in unit.lets:
        if value == Name(symbol):
            return let.removeprefix("l:")
    if symbol.startswith("$:"):
        return symbol[2:].lower()
    for maker in needs.calls:
        for argument in file.arguments.get(id(maker.unit), ()):
            if maker.sizes.get(argument.symbol) == Name(symbol) and not argument.name.startswith("in_"):
                return argument.name
    port, _, dim = symbol.removeprefix("$").partition(".")
    if any(other == symbol and f"${port}." in same for same, other in file.analysis.merged.get(id(unit), {}).items()):
        return "side"
    if not isinstance(unit.definition, Block):
        return (
            "in_features"
            if needs.asked.get(symbol, set()) & FEATURE_FIELDS
            else "in_channels"
            if dim == "1"
            else f"size{dim}"
        )
    tensor, at = unit.inputs[int(port)], int(dim)
    rank = tensor.type.rank
    asked = needs.asked.get(symbol, set())
    prefix = "in" if int(port) == 0 else tensor.name
    if at == rank - 1 and (rank == 2 or asked & FEATURE_FIELDS or (rank == 3 and not asked)):
        return f"{prefix}_features"
    if at == 1 and (rank > 3 or (rank == 3 and any("channels" in each or "num_features" in each for each in asked))):
        return f"{prefix}_channels"
    stem = SPATIAL.get(rank, {}).get(at, f"size{at}")
    return stem if int(port) == 0 else f"{prefix}_{stem}"


def annotation(file: File, param: Param) -> str:
    """The type of a parameter in a signature."""
    if param.type == "block":
        found = [file.class_of(str(choice)) for choice in param.choices]
        if all(choice in file.by_definition for choice in param.choices):
            return " | ".join(f"type[{each}]" for each in found)
        functions = [not each.startswith("nn.") and each not in file.by_definition.values() for each in found]
        kind = "Callable" if all(functions) else "Any"
        if any(functions):
            file.imports.add(kind)
            return "Callable[..., Tensor]" if all(functions) else kind
        return "type[nn.Module]"
    if param.type == "table":
        file.imports.add("Sequence")
        return f"Sequence[{file.rows[id(param)]}]"
    if param.item_type:
        file.imports.add("Sequence")
        return f"Sequence[{param.item_type}]"
    return "str" if param.type == "enum" else param.type


def constructor_arguments(draft: Draft, unit: Unit) -> tuple[Argument, ...]:
    """The arguments of a class's constructor; the network's has its parameters and free sizes."""
    needs = draft.analysis.needs[id(unit)]
    if not isinstance(unit.definition, Spec):
        return arguments(draft.file, unit, needs, {})
    found: list[Argument] = []
    sizing = only_sizing(draft.spec)
    for param in draft.spec.scope.params:
        symbol = f"f:{param.name}"
        if param.name in draft.constants or (param.name in sizing and symbol not in needs.live):
            continue
        found.append(Argument(symbol, free(param.name, {"self"}), param, False, _default(draft, param), True))
    taken = {each.name for each in found} | {"self"}
    for symbol in sorted(needs.live):
        if symbol.startswith("$:"):
            name = free(_free_name(draft, symbol.removeprefix("$:")), taken)
            taken.add(name)
            found.append(Argument(symbol, name, None, False, draft.network.settled.sizes[symbol[2:]], True))
    return tuple(found)


def _default(draft: Draft, param: Param) -> object:
    """The value that the class has by default: that of the first variant, or what was set beside it."""
    first: Mapping[str, object] = draft.spec.variants[0].values if draft.spec.variants else {}
    given = draft.network.given.get(param.name, first.get(param.name, param.default))
    return draft.network.settled.values.get(param.name) if param.required and given is None else given


def _free_name(draft: Draft, symbol: str) -> str:
    for decl in draft.spec.inputs:
        for at, dim in enumerate(decl.dims):
            if isinstance(dim, SymbolDecl) and dim.name == symbol:
                rank = len(decl.dims)
                spatial = {
                    3: {1: "height", 2: "width"},
                    4: {1: "depth", 2: "height", 3: "width"},
                    2: {0: "length", 1: "length"},
                }
                return spatial.get(rank, {}).get(at, "length" if rank == 1 else symbol.lower())
    return symbol.lower()
