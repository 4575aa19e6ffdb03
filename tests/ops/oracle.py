"""What archc says of an op, and what torch does with the code that the op is lowered to."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from archc import ops
from archc.codegen.render import Context, render
from archc.dims import BATCH, Dim, Floor, Poly, Sym, symbol
from archc.ops.base import CHANNELS, Inputs, Op, ShapeError
from archc.ops.lowering import Call, Helper, Pattern, Result
from archc.tensor import TensorType

INTEGERS = ("int64", "int32", "int16", "int8", "uint8", "bool")


@dataclass(frozen=True)
class Case:
    """An op's name, arguments and inputs: shapes without the batch, one a port."""

    name: str
    args: Mapping[str, Any]
    inputs: tuple[tuple[int, ...], ...]
    dtypes: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    batch: int = 2

    @property
    def cls(self) -> type[Op]:
        found = ops.find(self.name)
        assert found is not None, f"archc.ops.find({self.name!r}) finds nothing"
        return found

    @property
    def connected(self) -> tuple[str, ...]:
        """The names of the ports that have an input; none for ops that take any number."""
        if self.cls.merges:
            return ()
        return self.ports or self.cls.ports[: len(self.inputs)]

    def dtype(self, at: int) -> str:
        return self.dtypes[at] if at < len(self.dtypes) else "float32"

    def types(self) -> Inputs:
        types = tuple(TensorType((BATCH, *shape), self.dtype(i)) for i, shape in enumerate(self.inputs))
        return Inputs(types, self.connected)

    def __str__(self) -> str:
        args = ", ".join(f"{key}={value!r}" for key, value in self.args.items())
        typed = [f"{list(shape)}" + f" {self.dtype(i)}" * bool(self.dtypes) for i, shape in enumerate(self.inputs)]
        named = f" on ports {', '.join(self.ports)}" if self.ports else ""
        return f"{self.name}({args}) on N={self.batch} x {', '.join(typed) or 'nothing'}{named}"


@dataclass(frozen=True)
class Answer:
    """What archc says: the completed op and the types of its results."""

    op: Op
    inputs: Inputs
    results: tuple[TensorType, ...]

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return [tuple(int(size) for size in result.shape) for result in self.results]


@dataclass(frozen=True)
class Ran:
    """What torch did: the code it ran, the module if there is one, and the tensors that came out."""

    code: str
    module: nn.Module | None
    results: tuple[Tensor | None, ...]

    def matching(self, count: int) -> tuple[Tensor | None, ...]:
        """The results to compare with `count` types: without what torch left out as None, unless archc counts it."""
        if len(self.results) == count:
            return self.results
        return tuple(result for result in self.results if result is not None)


def ask(case: Case, inputs: Inputs | None = None) -> Answer:
    """archc's answer; raises `ShapeError` or pydantic's `ValidationError` where it refuses."""
    inputs = inputs or case.types()
    op = case.cls.model_validate(dict(case.args))
    told = op.inferred(inputs)
    for name, value in told.items():
        given = getattr(op, name)
        if given is not None and given != value:
            raise ShapeError(f"has {name}={given}, but its input says {value}", code=CHANNELS)
    op = op.model_copy(update=dict(told))
    return Answer(op, inputs, op.infer(inputs))


def unchecked(case: Case) -> Op:
    """The op with its arguments as they are, for torch to judge; what the graph tells is filled in where possible."""
    op = case.cls.model_construct(**dict(case.args))
    try:
        told = op.inferred(case.types())
    except (ShapeError, TypeError, ValueError, IndexError):
        return op
    return op.model_copy(update={name: value for name, value in told.items() if getattr(op, name) is None})


def tensors(case: Case, device: str) -> list[Tensor]:
    """Inputs on `device`: noise in [0, 1), and zeros for whole numbers, which may be indices."""
    made: list[Tensor] = []
    for at, shape in enumerate(case.inputs):
        dtype = getattr(torch, case.dtype(at))
        make = torch.zeros if case.dtype(at) in INTEGERS else torch.rand
        made.append(make((case.batch, *shape), dtype=dtype, device=device))
    return made


def run(case: Case, op: Op, device: str, *, training: bool = True) -> Ran:
    """Render the op's lowering, evaluate it on `device` and call it."""
    names = tuple(f"x{i}" for i in range(len(case.inputs)))
    context = Context(
        tensors=names,
        ports=dict(zip(case.connected, names, strict=False)),
        field=lambda field: repr(getattr(op, field)),
        star=lambda field: tuple(repr(item) for item in getattr(op, field)),
        batch="x0.shape[0]",
    )
    lowered = op.as_torch()
    code = render(lowered, context)
    scope: dict[str, Any] = {
        "Tensor": Tensor,
        "nn": nn,
        "F": nn.functional,
        "torch": torch,
        "math": math,
        "self": SimpleNamespace(training=training),
    }
    if isinstance(lowered, Helper):
        exec(lowered.text, scope)
    scope |= dict(zip(names, tensors(case, device), strict=True))
    with warnings.catch_warnings(), torch.device(device):
        warnings.simplefilter("ignore")
        made = eval(code, scope)
        if not isinstance(made, nn.Module):
            return Ran(code, None, tuple(flat(made)))
        call = call_text(case, op, context)
        out = eval(call, scope | {"op": made.train(training)})
    pattern = op.unpack()
    return Ran(f"op = {code}; {call}", made, tuple(flat(out) if pattern is None else taken(pattern, out)))


def taken(pattern: Pattern, value: Any) -> Iterator[Tensor | None]:
    """The results in what a module's call returned, each as the op says to make it of its place there."""
    if isinstance(pattern, tuple):
        for part, item in zip(pattern, value, strict=True):
            yield from taken(part, item)
        return
    assert isinstance(pattern, Result)
    if pattern.then is None or value is None:
        yield value
        return
    made = render(pattern.then, Context(("it",), {}, field=str, star=lambda _: (), batch=""))
    yield eval(made, {"it": value, "torch": torch})


def call_text(case: Case, op: Op, context: Context) -> str:
    """The text of a module's call: as the op says, or its inputs in order, by name behind a gap."""
    node = op.apply()
    if node is not None:
        assert isinstance(node, Call), f"{case.name}.apply() gives a {type(node).__name__}, wants a Call"
        return render(replace(node, target="op"), context)
    if case.connected == case.cls.ports[: len(case.connected)]:
        return f"op({', '.join(context.tensors)})"
    arguments: list[str] = []
    for at, (port, tensor) in enumerate(context.ports.items()):
        in_place = case.connected[: at + 1] == case.cls.ports[: at + 1]
        arguments.append(tensor if in_place else f"{port}={tensor}")
    return f"op({', '.join(arguments)})"


def flat(value: object) -> Iterator[Tensor | None]:
    if value is None or isinstance(value, Tensor):
        yield value
        return
    assert isinstance(value, (tuple, list)), f"torch gave a {type(value).__name__}"
    for item in value:
        yield from flat(item)


def examples(name: str) -> Iterator[Case]:
    """The examples of an op."""
    cls = ops.find(name)
    assert cls is not None, f"archc.ops.names() lists {name}, find() does not find it"
    for example in cls.examples:
        yield Case(name, example.args, example.inputs, example.dtypes, example.ports)


def counted_macs(case: Case, op: Op) -> int:
    """Half the FLOPs that torch counts for one sample."""
    counter = FlopCounterMode(display=False)
    one = replace(case, batch=1)
    with counter:
        try:
            run(one, op, "meta", training=False)
        except NotImplementedError:  # torch has no meta kernel for the op
            run(one, op, "cpu", training=False)
    return counter.get_total_flops() // 2


def symbolic(case: Case) -> Inputs:
    """The inputs with a symbol for each size behind the second dimension: one symbol for each distinct size."""

    def shape(sizes: Sequence[int]) -> tuple[Dim, ...]:
        return (BATCH, *sizes[:1], *(symbol(f"S{size}", size) for size in sizes[1:]))

    types = tuple(TensorType(shape(sizes), case.dtype(i)) for i, sizes in enumerate(case.inputs))
    return Inputs(types, case.connected)


def grown(case: Case, by: int, batch: int) -> Case:
    """The case with every size behind the second dimension larger by `by`, and another batch."""
    inputs = tuple((*sizes[:1], *(size + by for size in sizes[1:])) for sizes in case.inputs)
    return replace(case, inputs=inputs, batch=batch)


def at_grown(size: Dim, by: int, batch: int) -> int:
    """A size of `symbolic` inputs, at the sizes of the `grown` case."""
    return _evaluate(size.poly, by, batch) if isinstance(size, Sym) else int(size)


def _evaluate(poly: Poly, by: int, batch: int) -> int:
    total = 0
    for monomial, factor in poly:
        for atom in monomial:
            if isinstance(atom, Floor):
                value = batch if atom.symbol == "N" else int(atom.symbol[1:]) + by
                factor *= (value + atom.a) // atom.b
            else:
                factor *= _evaluate(atom.poly, by, batch) // atom.by
        total += factor
    return total
