"""The attributes of a class: modules, and what methods read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from archc.codegen import ir
from archc.codegen.formulas import forward_formulas
from archc.codegen.ir import Unit
from archc.codegen.text import free
from archc.expr import Compare, Expr, Name, Number, Text, Unary, names
from archc.naming import MODULE_ATTRIBUTES


def kept_symbols(unit: Unit, more: Iterable[Expr] = ()) -> list[str]:
    """The symbols that methods read, and so are attributes."""
    loops = {each for loop in _loops(unit.actions) for each in (loop.variable, loop.index)}
    loops |= {place.symbol for place in counters(unit.actions)}
    trees = [*forward_formulas(unit.actions), *more]
    return [*dict.fromkeys(n for tree in trees for n in sorted(names(tree)) if n not in loops)]


def _loops(actions: Sequence[ir.Action]) -> Iterator[ir.Loop]:
    for action in actions:
        if isinstance(action, ir.Rounds):
            yield action.loop
            yield from _loops(action.body)
        elif isinstance(action, ir.Branch):
            yield from _loops((*action.then, *action.other))


def counters(actions: Sequence[ir.Action]) -> Iterator[ir.Phi]:
    """The numbers of children that loops count."""
    for action in actions:
        if isinstance(action, ir.Rounds):
            yield from () if action.place is None else (action.place,)
            yield from counters(action.body)
        elif isinstance(action, ir.Branch):
            yield from counters((*action.then, *action.other))


def flags(unit: Unit) -> dict[Expr, str]:
    """The conditions that `forward` asks for and no attribute tells, each with the attribute that holds it."""
    found: dict[Expr, str] = {}
    taken = set(module_names(unit.body))

    def walk(actions: Sequence[ir.Action], loops: frozenset[str]) -> None:
        for action in actions:
            match action:
                case ir.Branch():
                    if not action.absent and not _is_plain(action.condition) and not names(action.condition) & loops:
                        name = f"has_{action.label}"
                        if action.condition not in found and Unary("not", action.condition) not in found:
                            while name in taken or name in found.values():
                                name += "_"
                            found[action.condition] = name
                    walk((*action.then, *action.other), loops)
                case ir.Rounds():
                    walk(action.body, loops | {action.loop.variable, action.loop.index})
                case _:
                    pass

    walk(unit.actions, frozenset())
    return found


def _is_plain(condition: Expr) -> bool:
    """Whether a condition reads best as it is: a flag, or one argument compared with a literal."""
    match condition:
        case Name() | Unary(op="not", operand=Name()):
            return True
        case Compare(left=Name(), right=Number() | Text()):
            return True
        case _:
            return False


def module_names(body: Sequence[ir.Statement]) -> Iterator[str]:
    """The attributes that hold modules and tensors."""
    for statement in body:
        match statement:
            case ir.Make(place=place) if place.kind != "child":
                yield place.plain or ""
            case ir.MakeTensor(name=name):
                yield name
            case ir.If(then=then, other=other):
                yield from module_names((*then, *other))
            case ir.For(body=inner):
                yield from module_names(inner)
            case _:
                pass


def attributes(unit: Unit, kept: Sequence[str], scope_names: Mapping[str, str]) -> dict[str, str]:
    """The attributes that hold what methods read, by symbol."""
    taken = {*module_names(unit.body)}
    if unit.sequential:  # the children of which are attributes too
        taken |= {each.place.plain or "" for each in ir.every(unit.body) if isinstance(each, ir.Make)}
    found: dict[str, str] = {}
    for symbol in kept:
        name = symbol.partition(":")[2] if not symbol.startswith("$") else scope_names.get(symbol, "size")
        name = scope_names.get(symbol, name)
        if name in taken:
            name += "_size"
        name = free(name, {*taken, *MODULE_ATTRIBUTES, "forward", "init_weights", "reset_parameters"})
        taken.add(name)
        found[symbol] = name
    return found
