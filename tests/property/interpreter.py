"""The spec language carried out with torch: an interpreter of spec data that shares no code with archc.

It covers what the property tests draw. `Trace` says what ran, in order; what torch cannot run, or archc documents that
it refuses, raises one of `FAULTS`.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from tests.property.arguments import block_arguments, evaluate, op_arguments, text
from tests.property.torch_ops import FUNCTIONS, MERGES, Refused, make_module, piece_of, told_by

FAULTS = (
    Refused, RuntimeError, ValueError, TypeError, IndexError, NotImplementedError, AssertionError, ZeroDivisionError,
    OverflowError,
)  # fmt: skip
"""What torch raises for what it cannot run, and what is raised here for what archc documents that it refuses."""
RESERVED = ("as", "from", "when", "repeat", "expect", "doc")
OPTIONS = ("other", "dim", "broadcast")
"""The arguments of merging ops; other keys are a fork's branches."""


@dataclass(slots=True)
class Value:
    """A tensor, and the result it is part of: each result must be used by something."""

    tensor: Tensor
    result: Result


@dataclass(slots=True)
class Result:
    """What a step made."""

    used: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A module that a step made, for `reuse`."""

    op: str
    args: Mapping[str, Any]
    told: int | None
    """The size that its input told: channels or features."""
    module: nn.Module


@dataclass(frozen=True, slots=True)
class Ran:
    """One op that ran: its name, its results' shapes, and how many parameters it made."""

    op: str
    shapes: tuple[tuple[int, ...], ...]
    params: int
    piece: tuple[bool, ...] = ()
    """Which of its formulas an op used, where it depends on the size."""


Names = ChainMap[str, Any]
"""What a chain can refer to: `Value`s by step name, and under `name!` what `reuse` applies again."""


@dataclass
class Interpreter:
    """One run of a spec. `most` bounds the elements of a tensor, for drawing specs that stay small."""

    spec: Mapping[str, Any]
    sizes: Mapping[str, int]
    batch: int = 2
    device: str = "cpu"
    most: int = 10**8
    trace: list[Ran] = field(default_factory=list)
    modules: list[nn.Module] = field(default_factory=list)
    last: Made | None = None

    def run(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The network's outputs; the weights are those torch draws from its seed."""
        names: Names = ChainMap({})
        values = [Value(tensor, Result()) for tensor in inputs]
        names.update(zip(self.spec["inputs"], values, strict=True))
        if len(values) == 1:
            names["input"] = values[0]
        outputs = self.body(
            self.spec["steps"], names, values[0], dict(self.spec.get("params", {})), self.spec.get("outputs")
        )
        if not all(value.result.used for value in values):
            raise Refused("an input that nothing uses")
        return tuple(value.tensor for value in outputs)

    def inputs(self, seed: int = 0) -> list[Tensor]:
        """Tensors of the declared shapes at these sizes."""
        generator = torch.Generator().manual_seed(seed)
        made = [torch.rand((self.batch, *shape), generator=generator) for shape in self.shapes()]
        return [tensor.to(self.device) for tensor in made]

    def shapes(self) -> list[tuple[int, ...]]:
        """The declared shapes at these sizes, without the batch."""
        return [
            tuple(size if isinstance(size, int) else self.sizes[size.split("=")[0]] for size in shape)
            for shape in self.spec["inputs"].values()
        ]

    def body(
        self,
        steps: Sequence[Any],
        names: Names,
        start: Value,
        env: Mapping[str, Any],
        outputs: Mapping[str, str] | None,
    ) -> list[Value]:
        """A chain with its own results, all of which must be used."""
        made: list[Result] = []
        last = self.chain(steps, names, start, env, made)
        found = [named(names, name) for name in outputs.values()] if outputs else [last]
        for value in found:
            value.result.used = True
        if not all(result.used for result in made):
            raise Refused("a result that nothing uses")
        return found

    def chain(
        self, steps: Sequence[Any], names: Names, start: Value, env: Mapping[str, Any], made: list[Result]
    ) -> Value:
        """Steps, each fed by the one before."""
        for step in steps:
            start = self.repeated(step, names, start, env, made)
        return start

    def repeated(self, step: Any, names: Names, current: Value, env: Mapping[str, Any], made: list[Result]) -> Value:
        """A step as often as it says."""
        if isinstance(step, str) or "repeat" not in step:
            return self.once(step, names, current, env, made)
        given = step["repeat"]
        ((variable, count),) = given.items() if isinstance(given, dict) else ((None, given),)
        for at in range(evaluate(count, env)):
            current = self.once(step, names, current, env if variable is None else {**env, variable: at}, made)
        return current

    def once(self, step: Any, names: Names, current: Value, env: Mapping[str, Any], made: list[Result]) -> Value:
        """A step, one time; gives the tensor that the next step works on."""
        step = {step: None} if isinstance(step, str) else step
        key = next(key for key in step if key not in RESERVED)
        args = step[key]
        merging = args.get("branches", args) if isinstance(args, dict) else args
        listed = step.get("from")
        if key in MERGES and isinstance(merging, list):
            listed = merging
        taken = (
            [current]
            if listed is None
            else [named(names, n) for n in (listed if isinstance(listed, list) else [listed])]
        )
        name = step.get("as")
        if "when" in step and not evaluate(step["when"], env):
            handed = current if any(value is current for value in taken) else taken[0]
            if isinstance(name, str) and "{" not in name:
                names[name] = handed
            return handed
        for value in taken:
            value.result.used = True
        values = self.act(key, args, merging, names, taken, env, made)
        if isinstance(name, list):
            if len(name) != len(values):
                raise Refused(f"{key} has {len(values)} results")
            names.update({n: v for n, v in zip(name, values, strict=True) if n != "_"})
        elif name is not None:
            label = text(name, env)
            names[label] = values[0]
            if key[0].isupper() and key != "Sequential":
                names[f"{label}!"] = self.last
        return current if key == "side" else values[0]

    def act(
        self,
        key: str,
        args: Any,
        merging: Any,
        names: Names,
        taken: list[Value],
        env: Mapping[str, Any],
        made: list[Result],
    ) -> list[Value]:
        """What a step does with its tensors."""
        lone = key == "side" and isinstance(args, dict) and ("repeat" not in args or "as" in args)
        if key in ("Sequential", "side") and not lone:
            return [self.group(args if isinstance(args, list) else [args], names, taken[0], env, made)]
        if key == "chain":
            return [self.chain(args, names.new_child({"input": taken[0]}), taken[0], env, made)]
        if key == "side":
            return [self.repeated(args, names, taken[0], env, made)]
        if key == "reuse":
            return self.put(self.again(named(names, f"{args}!"), taken[0].tensor), made)
        if key in self.spec.get("blocks", {}):
            return self.block(self.spec["blocks"][key], args, taken, env, made)
        if isinstance(env.get(key), str):
            return self.act(env[key], args, merging, names, taken, env, made)
        if key not in MERGES:
            return self.put(self.call(key, taken[0].tensor, op_arguments(key, args, env)), made)
        if isinstance(merging, dict) and not set(merging) <= set(OPTIONS):
            taken = [self.branch(chain, names, taken[0], env, made) for chain in merging.values()]
            for value in taken:
                value.result.used = True
        options = {k: v for k, v in args.items() if k in OPTIONS} if isinstance(args, dict) else {}
        tensors = [value.tensor for value in taken]
        joined = MERGES[key](tensors, op_arguments(key, options, env))
        return self.put(self.log(key, [joined], piece=tuple(size == 1 for x in tensors for size in x.shape)), made)

    def put(self, tensors: Sequence[Tensor], made: list[Result]) -> list[Value]:
        """Tensors as the results of one step."""
        result = Result()
        made.append(result)
        return [Value(tensor, result) for tensor in tensors]

    def group(
        self, steps: Sequence[Any], names: Names, start: Value, env: Mapping[str, Any], made: list[Result]
    ) -> Value:
        """A `Sequential`: a body of its own, that sees the names around it."""
        inner = Value(start.tensor, Result())
        (found,) = self.body(steps, names.new_child({"input": inner}), inner, env, None)
        return self.put([found.tensor], made)[0]

    def branch(self, chain: Any, names: Names, start: Value, env: Mapping[str, Any], made: list[Result]) -> Value:
        """One chain of a fork."""
        steps = chain if isinstance(chain, list) else [chain]
        return self.chain(steps, names.new_child({"input": start}), start, env, made)

    def block(
        self, block: Mapping[str, Any], args: Any, taken: list[Value], env: Mapping[str, Any], made: list[Result]
    ) -> list[Value]:
        """An instance of a block: its own parameters, those of the file, and the shape of its input."""
        inputs = block.get("inputs", ["input"])
        if len(inputs) != len(taken):
            raise Refused("a block takes the inputs it declares")
        scope = {**self.spec.get("params", {}), **block_arguments(block, args, env), "input": about(taken[0].tensor)}
        for name, formula in block.get("let", {}).items():
            scope[name] = evaluate(formula, scope)
        values = [Value(value.tensor, Result()) for value in taken]
        names: Names = ChainMap({"input": values[0], **dict(zip(inputs, values, strict=True))})
        found = self.body(block["steps"], names, values[0], scope, block.get("outputs"))
        return self.put([value.tensor for value in found], made)

    def call(self, op: str, x: Tensor, args: Mapping[str, Any]) -> list[Tensor]:
        """An op of one input."""
        if not op[0].isupper():
            out = FUNCTIONS[op](x, args)
            return self.log(op, list(out) if isinstance(out, (tuple, list)) else [out], piece=piece_of(op, args, x))
        module = make_module(op, x, args).to(self.device)
        self.modules.append(module)
        self.last = Made(op, args, told_by(op, x), module)
        return self.log(op, [module(x)], sum(weight.numel() for weight in module.parameters()))

    def again(self, made: Made, x: Tensor) -> list[Tensor]:
        """A module applied to another tensor, by the same rules as the first time."""
        make_module(made.op, x, made.args)
        if told_by(made.op, x) != made.told:
            raise Refused("was made for another size")
        return self.log(made.op, [made.module(x)])

    def log(self, op: str, found: list[Tensor], params: int = 0, piece: tuple[bool, ...] = ()) -> list[Tensor]:
        """Note an op; an empty result, or one whose batch is not in front, is refused."""
        for out in found:
            if out.numel() == 0 or out.dim() == 0 or out.shape[0] != self.batch:
                raise Refused(f"{op} gives {tuple(out.shape)}")
            if out.numel() > self.most:
                raise Refused(f"{op} makes too much")
        self.trace.append(Ran(op, tuple(tuple(out.shape) for out in found), params, piece))
        return found


def about(x: Tensor) -> SimpleNamespace:
    """What expressions can ask of a chain's input."""
    sizes = tuple(x.shape[1:])
    return (
        SimpleNamespace(channels=sizes[0], features=sizes[-1], shape=sizes) if sizes else SimpleNamespace(shape=sizes)
    )


def named(names: Names, name: str) -> Any:
    """What a name stands for: rounds that were not made have none."""
    if name not in names:
        raise Refused(f"nothing is called {name}")
    return names[name]
