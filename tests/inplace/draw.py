"""Random networks with ops in place: every producer, whatever reads it beside, blocks, forks, repeats and reuse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from pydantic import ValidationError

from archc import ops
from archc.dims import BATCH
from archc.ops.base import Inputs, Op, ShapeError
from archc.tensor import TensorType

SHAPES = ((4,), (4, 6), (4, 4), (4, 4, 4), (4, 6, 2), (4, 2, 4, 4))
LINEAR = ("Linear", {"out_features": 4})
VIEWS = (
    ("Identity", {}), ("Dropout", {"p": 0.3}), ("Dropout", {"p": 0.0}), ("dropout", {"p": 0.3}), ("to", {"dtype": "float32"}),
    ("stochastic_depth", {"p": 0.3}), ("unsqueeze", {"dim": 1}), ("flatten", {}), ("Flatten", {}), ("contiguous", {}),
    ("transpose", {"dim0": 1, "dim1": 2}), ("AlphaDropout", {"p": 0.3}), ("Dropout2d", {"p": 0.3}), ("squeeze", {"dim": 1}),
    ("getitem", {"index": ["1:"]}), ("select", {"dim": 1, "index": 0}), ("narrow", {"dim": 1, "start": 0, "length": 2}),
    ("chunk", {"chunks": 2}), ("unbind", {}), ("reshape", {"shape": [-1]}), ("Unflatten", {"dim": 1, "unflattened_size": [2, -1]}),
    ("movedim", {"source": 1, "destination": -1}),
)  # fmt: skip
"""Ops that hand on their input's memory, always or at times."""


@dataclass
class Step:
    """An op or a block, or a group of steps, and what it is fed."""

    name: str
    kind: str
    args: Mapping[str, Any]
    inputs: tuple[str, ...]
    results: tuple[str, ...]
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass
class Chain:
    """Steps that are being drawn, and the types of the tensors there are."""

    random: Random
    types: dict[str, TensorType]
    steps: list[Step] = field(default_factory=list[Step])
    used: set[str] = field(default_factory=set[str])
    prefix: str = "s"

    def add(self, kind: str, args: Mapping[str, Any], inputs: Sequence[str]) -> tuple[str, ...]:
        """Add an op if its inputs suit it; the names of its results, none if they do not."""
        cls = ops.find(kind)
        assert cls is not None
        if args.get("inplace") and self.types[inputs[0]].dtype == "bool":
            return ()  # what of it changes is luck
        ports = () if cls.merges else cls.ports[: len(inputs)]
        types = infer(cls, args, Inputs(tuple(self.types[name] for name in inputs), ports))
        if types is None or any(int(size) > 300 for type_ in types for size in type_.sample):
            return ()
        return self.put(kind, args, inputs, types)

    def put(
        self, kind: str, args: Mapping[str, Any], inputs: Sequence[str], types: Sequence[TensorType], **extra: Any
    ) -> tuple[str, ...]:
        """Add a step with results of these types."""
        name = f"{self.prefix}{len(self.steps)}"
        cls = ops.find(kind)
        several = cls is not None and (cls.is_several or len(types) > 1)
        results = tuple(f"{name}_{at}" for at in range(len(types))) if several and not _named(cls) else (name,)
        if several and _named(cls):
            results = (name, *(f"{name}.{result}" for result in cls.results[1 : len(types)]))
        self.steps.append(Step(name, kind, args, tuple(inputs), results, extra))
        self.types.update(zip(results, types, strict=True))
        self.used.update(inputs)
        return results

    def pick(self, recent: int = 4) -> str:
        """One of the last tensors, or any."""
        names = list(self.types)
        return self.random.choice(names[-recent:] if self.random.random() < 0.75 else names)

    def written(self) -> list[dict[str, Any]]:
        """The steps as they are in a spec."""
        found: list[dict[str, Any]] = []
        for step in self.steps:
            label: Any = list(step.results) if step.results[0] != step.name else step.name
            entry: dict[str, Any] = {step.kind: _args(step), "as": label, **step.extra}
            if step.inputs:
                entry["from"] = list(step.inputs) if len(step.inputs) > 1 else step.inputs[0]
            found.append(entry)
        return found


def _named(cls: type[Op] | None) -> bool:
    """Whether an op's results have names of their own, as a module's have."""
    return cls is not None and cls.is_module


def _args(step: Step) -> Any:
    return step.args if isinstance(step.args, list) else dict(step.args)


def infer(cls: type[Op], args: Mapping[str, Any], inputs: Inputs) -> tuple[TensorType, ...] | None:
    """The types of an op's results; None where it refuses."""
    try:
        op = cls.model_validate(dict(args))
        op = op.model_copy(update=dict(op.inferred(inputs)))
        return op.infer(inputs)
    except (ShapeError, ValidationError, IndexError):
        return None


@cache
def producers() -> Sequence[tuple[str, Mapping[str, Any], int]]:
    """Every op with arguments, and how many tensors it takes; losses and what sees no change of scale aside."""
    found: list[tuple[str, Mapping[str, Any], int]] = []
    for name in ops.names():
        cls = ops.find(name)
        if cls is None or cls.is_source or cls.family == "loss" or name in ("argmax", "argmin"):
            continue
        for example in cls.examples:
            floats = not set(example.dtypes) - {"float32", ""}
            if floats and not example.ports and "inplace" not in example.args:
                found.append((name, example.args, len(example.inputs)))
    return found


@cache
def in_place() -> Sequence[tuple[str, Mapping[str, Any], int]]:
    """Every op that can modify its input, told to."""
    found: list[tuple[str, Mapping[str, Any], int]] = []
    for name in ops.names():
        cls = ops.find(name)
        if cls is None or "inplace" not in cls.model_fields:
            continue
        for example in cls.examples:
            args = {key: value for key, value in example.args.items() if key not in ("other", "broadcast")}
            if name in ("add", "sub", "mul", "div"):
                found += [(name, {"inplace": True}, 2), (name, {"other": 0.5, "inplace": True}, 1)]
                found += [(name, {"inplace": True}, 3)] * (name in ("add", "mul"))
                break
            found.append((name, {**args, "inplace": True}, 1))
    return [*found, ("Dropout", {"p": 0.0, "inplace": True}, 1)]


def draw(random: Random) -> dict[str, Any]:
    """A spec: a network of a few steps, some of them in blocks; not every one is right."""
    shape = random.choice(SHAPES)
    chain = Chain(random, {"x": TensorType((BATCH, *shape), "float32")})
    if random.random() < 0.9:
        chain.add(*LINEAR, ["x"])
    blocks: dict[str, Any] = {}
    if random.random() < 0.15:
        _source(chain)
    focus = random.randrange(3)
    for at in range(random.randint(2, 5)):
        _step(chain, blocks, in_place_chance=0.7 if at == focus else 0.25)
    if random.random() < 0.35:
        _step(chain, blocks, in_place_chance=0.0)
    return _spec(chain, shape, blocks)


def pair(
    random: Random, producer: tuple[str, Mapping[str, Any], int], second: tuple[str, Mapping[str, Any], int]
) -> dict[str, Any] | None:
    """A spec of one producer, a view or none, and one op in place, with a random fork beside them."""
    for shape in random.sample(SHAPES, len(SHAPES)):
        chain = Chain(random, {"x": TensorType((BATCH, *shape), "float32")})
        chain.add(*LINEAR, ["x"])
        if producer[2] > 1:
            chain.add(*LINEAR, ["x"])
        blocks: dict[str, Any] = {}
        made = _apply(chain, producer, "s0" if random.random() < 0.9 else "", tries=6)
        if not made:
            continue
        target = made[0]
        before = random.random()
        if before < 0.3:
            _apply(chain, random.choice(producers()), target, tries=2)
        if random.random() < 0.3:
            target = (_apply(chain, (*random.choice(VIEWS), 1), target) or (target,))[0]
        if not _apply(chain, second, target, tries=4):
            continue
        if random.random() < 0.3:
            _step(chain, blocks, in_place_chance=0.2)
        return _spec(chain, shape, blocks)
    return None


def _apply(chain: Chain, op: tuple[str, Mapping[str, Any], int], target: str = "", tries: int = 3) -> tuple[str, ...]:
    """An op on a tensor, and on others that suit it."""
    kind, args, number = op
    for _ in range(tries):
        first = target or chain.pick()
        rest = [_partner(chain, first) for _ in range(number - 1)]
        if kind in ("sub", "div") and first in rest:
            continue  # the same for all numbers
        if made := chain.add(kind, args, [first, *rest]):
            return made
    return ()


def _partner(chain: Chain, first: str) -> str:
    """Another tensor, of the same shape where there is one."""
    alike = [name for name, type_ in chain.types.items() if type_ == chain.types[first]]
    return chain.random.choice(alike) if chain.random.random() < 0.8 else chain.pick()


def _source(chain: Chain) -> None:
    """A parameter or a buffer."""
    shape = (1, *chain.types["x"].sample)
    kind = chain.random.choice(("Parameter", "Parameter", "Buffer"))
    init = {"init": "normal"} if kind == "Parameter" else {"init": "ones"}
    grads = {"requires_grad": chain.random.random() < 0.8} if kind == "Parameter" else {}
    made = chain.put(kind, {"shape": list(shape), **init, **grads}, [], [TensorType(shape, "float32")])
    if chain.random.random() < 0.7:
        chain.add("expand", {"shape": list(shape[1:])}, made)


def _step(chain: Chain, blocks: dict[str, Any], in_place_chance: float) -> None:
    random = chain.random
    for _ in range(8):
        draw_ = random.random()
        if draw_ < in_place_chance:
            done = _apply(chain, random.choice(in_place()))
        elif draw_ < in_place_chance + 0.25:
            done = _apply(chain, (*random.choice(VIEWS), 1))
        elif draw_ > 0.93 and chain.prefix == "s":
            done = _block(chain, blocks)
        elif draw_ > 0.89 and chain.prefix == "s":
            done = _group(chain)
        elif draw_ > 0.86:
            done = _reuse(chain)
        else:
            done = _apply(chain, random.choice(producers()))
        if done:
            return


def _reuse(chain: Chain) -> tuple[str, ...]:
    """A module or a block applied once more."""
    steps = [s for s in chain.steps if s.kind[0].isupper() and s.inputs and len(s.inputs) == 1 and len(s.results) == 1]
    steps = [
        s for s in steps if s.kind not in ("reuse", "Sequential", "Parameter", "Buffer") and "repeat" not in s.extra
    ]
    if not steps:
        return ()
    step = chain.random.choice(steps)
    alike = [n for n, type_ in chain.types.items() if type_ == chain.types[step.inputs[0]]]
    return _again(chain, step, chain.random.choice(alike))


def _again(chain: Chain, step: Step, source: str) -> tuple[str, ...]:
    name = f"{chain.prefix}{len(chain.steps)}"
    chain.steps.append(Step(name, "reuse", [step.name], (source,), (name,)))  # type: ignore[arg-type]
    chain.types[name] = chain.types[step.results[0]]
    chain.used.add(source)
    return (name,)


def _group(chain: Chain) -> tuple[str, ...]:
    """A `Sequential`, or a fork with a body beside a skip, of ops on one tensor; perhaps several times."""
    random, source = chain.random, chain.pick()
    body = Chain(random, {"input": chain.types[source]}, prefix="g")
    last = "input"
    for _ in range(random.randint(1, 3)):
        kind = random.random()
        op = (
            random.choice(in_place())
            if kind < 0.4
            else (*random.choice(VIEWS), 1)
            if kind < 0.7
            else random.choice(producers())
        )
        if op[2] == 1 and (made := body.add(op[0], op[1], [last])) and len(made) == 1:
            last = made[0]
    if (
        not chain.types[source].batched
        or last == "input"
        or any(len(step.results) > 1 or step.results[0] != step.name for step in body.steps)
    ):
        return ()
    steps = [{step.kind: _args(step)} for step in body.steps]
    same = body.types[last] == chain.types[source]
    extra = {"repeat": 2} if same and random.random() < 0.4 else {}
    if same and random.random() < 0.5:
        args: Any = {"skip": [], "body": steps}
        return chain.put("add", args, [source], [body.types[last]], **extra)
    return chain.put("Sequential", steps, [source], [body.types[last]], **extra)  # type: ignore[arg-type]


def _block(chain: Chain, blocks: dict[str, Any]) -> tuple[str, ...]:
    """A block of a few steps with one input or two, used once or more often."""
    random, source = chain.random, chain.pick()
    several = [n for n, type_ in chain.types.items() if type_ == chain.types[source]]
    number = random.choice((1, 1, 2))
    names = ("a", "b")[:number]
    body = Chain(random, dict.fromkeys(names, chain.types[source]), prefix="t")
    for _ in range(random.randint(1, 4)):
        _step(body, blocks, in_place_chance=0.4)
    if not body.steps or not set(names) <= body.used:
        return ()
    results = _results(body)
    if not results or any(body.types[result].dtype != "float32" for result in results) or "." in "".join(results):
        return ()
    kind = f"block{len(blocks)}"
    outputs = {f"o{at}": result for at, result in enumerate(results)}
    blocks[kind] = {"inputs": list(names), "steps": body.written(), "outputs": outputs}
    made: tuple[str, ...] = ()
    for _ in range(random.choice((1, 1, 2))):
        sources = [random.choice(several) for _ in names]
        name = f"{chain.prefix}{len(chain.steps)}"
        every = tuple(f"{name}.{output}" for output in outputs)
        chain.steps.append(Step(name, kind, {}, tuple(sources), (name,)))
        chain.types.update(zip(every, (body.types[result] for result in results), strict=True))
        chain.used.update(sources)
        made = every
    return made


def _results(chain: Chain) -> list[str]:
    """What nothing uses yet, and now and then something else: all that a body hands out."""
    given = {name for name in chain.types if name not in {r for s in chain.steps for r in s.results}}
    blocks = {name for name in given if "." in name}
    open_ = [name for name in chain.types if name not in chain.used and (name not in given or name in blocks)]
    more = [name for name in chain.types if name in chain.used and (name not in given or name in blocks)]
    if more and chain.random.random() < 0.3:
        open_.append(chain.random.choice(more))
    return open_


def _spec(chain: Chain, shape: Sequence[int], blocks: dict[str, Any]) -> dict[str, Any]:
    results = _results(chain)
    training = chain.random.random() < 0.15 and len(results) > 1
    outputs: dict[str, Any] = {f"y{at}": name for at, name in enumerate(results)}
    if training:
        outputs["y0"] = {"from": results[0], "only": "train"}
    spec: dict[str, Any] = {"archc": 1, "name": "net", "inputs": {"x": list(shape)}}
    spec |= {"blocks": blocks} if blocks else {}
    return spec | {"steps": chain.written(), "outputs": outputs}


def text(spec: Mapping[str, Any]) -> str:
    """The spec as it is read."""
    return json.dumps(spec)


def steps_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a spec."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from steps_in(inner)
