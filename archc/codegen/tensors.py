"""Own tensors, how they and all weights start, and functions as modules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from archc import ops
from archc.codegen import ir, symbolic
from archc.codegen.binding import Env
from archc.codegen.facts import Facts
from archc.codegen.formulas import formulas_in
from archc.codegen.layout import STEP
from archc.codegen.ops import argument, way
from archc.codegen.paths import OpaqueError, explore
from archc.codegen.python import string
from archc.codegen.text import Scope
from archc.expr import Expr, Name
from archc.ops import lowering
from archc.ops.base import Op
from archc.ops.state import Buffer, Parameter
from archc.spec.model import Initialiser


def register(scope: Scope, name: str, op: Parameter | Buffer) -> list[str]:
    """The statement that makes a `Parameter` or a `Buffer`; `reset` fills it."""
    scope.file.imports.add("torch")
    sizes = ", ".join(scope.items(op.shape)) or "()"
    if isinstance(op, Parameter):
        frozen = "" if op.requires_grad is True else f", requires_grad={scope.value(op.requires_grad)}"
        return [f"self.{name} = nn.Parameter(torch.empty({sizes}){frozen})"]
    dtype = op.dtype or ("int64" if op.init == "arange" else "float32")
    kind = "" if dtype == "float32" else f", dtype=torch.{dtype}"
    kept = "" if op.persistent is True else f", persistent={scope.value(op.persistent)}"
    return [f"self.register_buffer({string(name)}, torch.empty({sizes}{kind}){kept})"]


def reset(scope: Scope, name: str, op: Parameter | Buffer) -> str:
    """The statement that fills an own tensor as it starts."""
    tensor, init = f"self.{name}", str(op.init)
    if init == "arange":
        (size,) = scope.items(op.shape)
        scope.file.imports.add("torch")
        return f"torch.arange({size}, out={tensor})"
    if init == "causal_mask":
        value = "True" if isinstance(op, Buffer) and op.dtype == "bool" else 'float("-inf")'
        return f"{tensor}.fill_({value}).triu_(1)"
    if init == "constant":
        return f"nn.init.constant_({tensor}, {scope.value(op.value)})"
    std = op.std if isinstance(op, Parameter) else None
    return f"nn.init.{init}_({tensor}{'' if std is None else f', std={scope.value(std)}'})"


def reset_formulas(op: Parameter | Buffer) -> Iterator[Expr]:
    """The formulas that `reset` prints."""
    for name in ("std", "value", *(("shape",) if op.init == "arange" else ())):
        yield from formulas_in(getattr(op, name, None))


def own_tensors(body: Iterable[ir.Statement]) -> Iterator[ir.MakeTensor]:
    """The tensors that a class itself has."""
    for statement in body:
        match statement:
            case ir.MakeTensor():
                yield statement
            case ir.If(then=then, other=other):
                yield from own_tensors((*then, *other))
            case _:
                pass


def makers_in(body: Iterable[ir.Statement]) -> Iterator[ir.OpMaker]:
    """The modules of torch's that statements make, those within others too."""
    for statement in body:
        match statement:
            case ir.Make(maker=maker):
                yield from _makers(maker)
            case ir.If(then=then, other=other):
                yield from makers_in((*then, *other))
            case ir.For(body=inner):
                yield from makers_in(inner)
            case _:
                pass


def _makers(maker: ir.Maker) -> Iterator[ir.OpMaker]:
    match maker:
        case ir.OpMaker():
            yield maker
        case ir.ChoiceMaker(options=options):
            for _, option in options:
                yield from _makers(option)
        case ir.SequentialMaker(body=body):
            yield from makers_in(body)
        case _:
            pass


# init rules

LOOP = "for name, parameter in self.named_parameters():"
MARKS = "*?["


def rules(scope: Scope, init: Sequence[Initialiser], env: Env, units: Sequence[ir.Unit]) -> list[str]:
    """The `init` rules of a network, in order."""
    lines: list[str] = []
    made = [maker for unit in units for maker in makers_in(unit.body)]
    by_op: dict[str, list[tuple[str, str]]] = {}
    for rule in init:
        call = _call(scope, rule, env)
        owner, _, weight = rule.pattern.rpartition(".")
        op = ops.find(owner) if owner else None
        if op is not None and op.is_module:
            by_op.setdefault(owner, []).append((weight, call))
            continue
        lines += _by_op(by_op, made)
        by_op = {}
        more = _by_path(scope, rule, call, units[-1])
        last = next((line for line in reversed(lines) if not line.startswith(STEP)), "")
        lines += more[1:] if last == more[0] == LOOP else more
    return lines + _by_op(by_op, made)


def rule_formulas(init: Sequence[Initialiser], env: Env) -> Iterator[Expr]:
    """The formulas that `init` rules read."""
    for rule in init:
        for _, arg in rule.args:
            yield from formulas_in(argument(arg, env))


def _call(scope: Scope, rule: Initialiser, env: Env) -> str:
    values = "".join(f", {name}={scope.value(argument(arg, env))}" for name, arg in rule.args)
    return f"nn.init.{rule.function}_({{}}{values})"


def _by_op(by_op: Mapping[str, Sequence[tuple[str, str]]], made: Sequence[ir.OpMaker]) -> list[str]:
    alike: list[tuple[list[str], list[str]]] = []
    for op, calls in by_op.items():
        mine = [maker.op for maker in made if maker.op.name == op]
        done = [line for weight, call in calls for line in _to_weight(op, mine, weight, call)]
        if mine and alike and alike[-1][1] == done:
            alike[-1][0].append(f"nn.{op}")
        elif mine:
            alike.append(([f"nn.{op}"], done))
    lines: list[str] = []
    for classes, done in alike:
        kind = classes[0] if len(classes) == 1 else f"({', '.join(classes)})"
        test = f"isinstance(module, {kind})"
        alone = done[0].startswith("if ") and len(done) == 2 and classes is alike[-1][0]
        if alone and (len(alike) == 1 or alike[-2][1] != [done[1].removeprefix(STEP)]):
            test, done = f"{test} and {done[0][3:-1]}", [done[1].removeprefix(STEP)]
        lines.append(f"{STEP}{'elif' if lines else 'if'} {test}:")
        lines += [STEP * 2 + line for line in done]
    return ["for module in self.modules():", *lines] if lines else []


def _to_weight(op: str, uses: Sequence[Op], weight: str, call: str) -> list[str]:
    """What is done to one weight, where a module has it; that some convolutions have no bias is part of its type."""
    if re.search(r"_l\d", weight):  # a recurrent layer's, which it has by its number of layers, and no type knows
        return [f'if hasattr(module, "{weight}"):', STEP + call.format(f'module.get_parameter("{weight}")')]
    line = call.format(f"module.{weight}")
    if all(_always_has(use, weight) for use in uses) and not ("Conv" in op and weight == "bias"):
        return [line]
    return [f"if module.{weight} is not None:", STEP + line]


def _always_has(op: Op, weight: str) -> bool:
    try:
        paths = explore(Facts(), op.weights)
    except OpaqueError:
        return False
    return all(any(w.name == weight for w in path.outcome or ()) for path in paths)


def _by_path(scope: Scope, rule: Initialiser, call: str, network: ir.Unit) -> list[str]:
    """A rule for one parameter, or for all whose names fit a pattern."""
    owner, _, weight = rule.pattern.rpartition(".")
    if not any(mark in rule.pattern for mark in MARKS):
        if any(each.name == rule.pattern for each in network.body if isinstance(each, ir.MakeTensor)):
            return [call.format(f"self.{rule.pattern}")]
        if _is_there(network.body, owner.split("."), weight):
            has_type = not network.sequential and not re.search(r"_l\d", weight)
            is_plain = owner.isidentifier() and has_type
            target = f"self.{rule.pattern}" if is_plain else f"self.get_parameter({string(rule.pattern)})"
            return [call.format(target)]
    return [LOOP, f"{STEP}if {_fits(scope, rule.pattern)}:", STEP * 2 + call.format("parameter")]


def _fits(scope: Scope, pattern: str) -> str:
    """The test whether a name fits a pattern."""
    inner = pattern.strip("*")
    text = string(inner)
    if not inner or any(mark in inner for mark in MARKS):
        scope.file.imports.add("fnmatch")
        return f"fnmatchcase(name, {string(pattern)})"
    if inner == pattern:
        return f"name == {text}"
    if pattern[0] == pattern[-1]:
        return f"{text} in name"
    return f"name.{'startswith' if pattern[-1] == '*' else 'endswith'}({text})"


def _is_there(body: Sequence[ir.Statement], path: Sequence[str], weight: str) -> bool:
    """Whether a parameter is there whatever the arguments."""
    at = 0
    for statement in body:
        if isinstance(statement, (ir.If, ir.For)) and any(place.kind == "child" for place in _places(statement)):
            return False
        if not isinstance(statement, ir.Make):
            continue
        name = statement.place.plain if statement.place.name else str(at)
        at += 1
        if name != path[0] or statement.place.kind == "list":
            continue
        maker = statement.maker
        if len(path) == 1:
            return isinstance(maker, ir.OpMaker) and _always_has(maker.op, weight)
        if isinstance(maker, ir.SequentialMaker):
            return _is_there(maker.body, path[1:], weight)
        return isinstance(maker, ir.UnitMaker) and _is_there(maker.unit.body, path[1:], weight)
    return False


def _places(statement: ir.If | ir.For) -> Iterator[ir.Place]:
    inner = (*statement.then, *statement.other) if isinstance(statement, ir.If) else statement.body
    for each in inner:
        if isinstance(each, ir.Make):
            yield each.place
        elif isinstance(each, (ir.If, ir.For)):
            yield from _places(each)


# functions as modules


def wrapper(scope: Scope, maker: ir.OpMaker) -> str:
    """The call of a function's module."""
    name, fields = scope.file.wrapped[maker.op.name]
    values: list[str] = []
    for each in fields:
        value = getattr(maker.op, each)
        if _is_spread(maker.node, each):
            values += scope.items(value)
        else:
            text = scope.argument(maker.op, each)
            values.append(f"{each}={text}" if values or len(fields) > 1 else text)
    return f"{name}({', '.join(values)})"


def wrapper_class(scope: Scope, op: Op, name: str, fields: Sequence[str], uses: Sequence[Op]) -> list[str]:
    """The class of a function as a module, its arguments as the op's."""
    kinds = {each: _kind([getattr(use, each) for use in uses]) for each in fields}
    values: dict[str, Any] = {}
    for each in fields:
        found = Name(f"self.{each}")
        several = kinds[each].startswith(("tuple", "int |"))
        plain = kinds[each] if kinds[each] in ("int", "bool", "str") else "float"
        values[each] = symbolic.of_type("list[int]" if several else plain, found)
    bare = op.filled(values)
    node = way(Facts(), bare.as_torch)
    spread = [each for each in fields if _is_spread(node, each)]
    signature = ", ".join(
        f"*{each}: {_item(kinds[each])}" if each in spread else f"{each}: {kinds[each]}" for each in fields
    )
    scope = Scope(scope.file, replace(scope.unit, types={f"self.{each}": "float" for each in fields}), {})
    text = scope.lowered(bare, node, ("x",), ("",), batch="x.shape[0]")
    lines = [f"class {name}(nn.Module):", f'{STEP}"""`{op.name}` as a module."""', ""]
    if fields:
        lines += [f"{STEP}def __init__(self, {signature}) -> None:", f"{STEP * 2}super().__init__()"]
        lines += [f"{STEP * 2}self.{each} = {each}" for each in fields]
        lines.append("")
    return [*lines, f"{STEP}def forward(self, x: Tensor) -> Tensor:", f"{STEP * 2}return {text}"]


def _is_spread(node: ir.Reading, field: str) -> bool:
    if isinstance(node, ir.Either):
        return _is_spread(node.then, field)
    return isinstance(node, (lowering.Call, lowering.Method)) and lowering.Star(field) in node.args


def _kind(values: Sequence[Any]) -> str:
    kinds = dict.fromkeys(map(_kind_of, values))
    if "float" in kinds:
        kinds.pop("int", None)
    return next(iter(kinds)) if len(kinds) == 1 else " | ".join(kinds)


def _kind_of(value: Any) -> str:
    if isinstance(value, (symbolic.Num, symbolic.Truth)):
        return "int" if isinstance(value, symbolic.Num) else "bool"
    if isinstance(value, tuple):
        return "tuple[int, ...]"
    return (
        type(value).__name__
        if type(value) in (bool, int, float, str)
        else "float"
        if isinstance(value, float)
        else "str"
    )


def _item(kind: str) -> str:
    return kind.removeprefix("tuple[").partition(",")[0]
