"""Proves a class alone at arguments that the network itself may never use.

A probe is a network whose only step is the block. Where a formula has no value, the class must refuse it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from archc import expr
from archc.codegen.classes import Argument, ClassInfo, Meaning, NetworkInfo, Outer, Own, Size
from archc.codegen.replay import ProofError, replay
from archc.codegen.standin import run_source
from archc.codegen.standin_modules import Module
from archc.codegen.terms import Store
from archc.diagnostics import Where
from archc.dims import BATCH
from archc.expand.settings import Settled
from archc.network import Network
from archc.record import record
from archc.spec.arguments import Const, Formula, Template
from archc.spec.model import Block, BlockCall, Chain, InputDecl, OutputDecl, Source, Spec, Step
from archc.tensor import TensorType

UNIT = "unit"
"""What the block is called in a probe."""
NOWHERE = Where("<probe>")
Values = Mapping[Meaning, object]


@record
class Setting:
    """Values for all that a class may depend on; what its inputs hold."""

    values: Values
    dtypes: tuple[str, ...]

    def types(self) -> tuple[TensorType, ...]:
        """The types of the inputs."""
        shapes: list[list[int]] = [[] for _ in self.dtypes]
        for place, value in self.values.items():
            if isinstance(place, Size) and isinstance(value, int):
                shapes[place.port].append(value)
        return tuple(TensorType((BATCH, *shape), dtype) for shape, dtype in zip(shapes, self.dtypes, strict=True))

    def named(self, kind: type[Own] | type[Outer]) -> dict[str, object]:
        """The parameters of the block, or those of the file."""
        return {place.name: value for place, value in self.values.items() if isinstance(place, kind)}

    def moved(self, changes: Values) -> Setting:
        """The same with other values."""
        return Setting({**self.values, **changes}, self.dtypes)


@record
class Probe:
    """A class at a setting: the checked network of its block alone, None where a formula has no value there."""

    info: ClassInfo | NetworkInfo
    setting: Setting
    network: Network | None

    def run(self, text: str) -> None:
        """Raise `ProofError` where the class is not what it was written for at this setting."""
        if self.network is None:
            self._refused(text)
            return
        try:
            replay(self.network, text, self.made, whole=isinstance(self.info, NetworkInfo))
        except ProofError as error:
            raise ProofError(f"{self}: {error.message}", error.line, error.where) from error

    def __str__(self) -> str:
        shapes = " and ".join(map(str, self.setting.types()))
        given = ((argument.name, self.setting.values[argument.meanings[0]]) for argument in self.info.arguments)
        return f"`{self.info.name}` at {shapes or 'its inputs'}, {', '.join(f'{n}={value}' for n, value in given)}"

    def made(self, names: dict[str, Any]) -> Module:
        """The class from a file's names, made at this setting."""
        args, kwargs = bind(self.info.arguments, self.setting.values, names)
        made = names[self.info.name](*args, **kwargs)
        return made if isinstance(self.info, NetworkInfo) else _Alone(made)

    def _refused(self, text: str) -> None:
        try:
            self.made(run_source(text, Store()))
        except ValueError:
            return
        except Exception as error:
            raise ProofError(f"{self}: raises {type(error).__name__}, not ValueError: {error}") from error
        raise ProofError(f"{self}: archc refuses this, the class does not")


class _Alone(Module):
    """A network of one step."""

    def __init__(self, unit: Any) -> None:
        super().__init__()
        self.unit = unit

    def forward(self, *inputs: Any) -> Any:
        """The step's results."""
        return self.unit(*inputs)


def outer_values(settled: Settled) -> dict[Meaning, object]:
    """The parameters and lets of a file, and the free sizes of its inputs."""
    sizes = {Outer(f"$:{name}"): size for name, size in settled.sizes.items()}
    return {**{Outer(name): value for name, value in settled.values.items()}, **sizes}


def bind(arguments: Sequence[Argument], values: Values, names: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a constructor, by place and by name, for values of what they mean."""
    made = [(argument, in_python(argument, values[argument.meanings[0]], names)) for argument in arguments]
    named = {argument.name: value for argument, value in made if argument.keyword}
    return [value for argument, value in made if not argument.keyword], named


def in_python(argument: Argument, value: object, names: Mapping[str, Any]) -> Any:
    """A value of a parameter as a class takes it."""
    if argument.row and isinstance(value, tuple):
        return tuple(names[argument.row](**row) for row in cast("tuple[dict[str, object], ...]", value))
    chosen = dict(argument.choices).get(value) if isinstance(value, str) else None
    return value if chosen is None else eval(chosen, dict(names))


def alone(spec: Spec, block: Block, setting: Setting) -> Spec:
    """A network whose only step is the block, which knows the scope that it stands in by identity."""
    blocks = spec.scope.blocks
    target = next((name for name, other in blocks.items() if other is block), UNIT)
    scope = spec.scope if target in blocks else replace(spec.scope, blocks={**blocks, UNIT: block})
    inputs = tuple(
        InputDecl(
            f"in{port}", tuple(Formula(expr.number(int(size)), NOWHERE) for size in type_.sample), type_.dtype, NOWHERE
        )
        for port, type_ in enumerate(setting.types())
    )
    args = tuple((name, Const(value, NOWHERE)) for name, value in setting.named(Own).items())
    sources = tuple(Source("", declared.name, NOWHERE) for declared in inputs)
    step = Step(block.name, BlockCall(target, args), NOWHERE, name=Template((UNIT,), NOWHERE), sources=sources)
    outputs = tuple(replace(output, source=f"{UNIT}.{output.name}") for output in block.outputs)
    return replace(
        spec, scope=scope, variants=(), inputs=inputs,
        chain=Chain((step,), NOWHERE), outputs=outputs or (OutputDecl("output", UNIT, NOWHERE),), targets=(), losses=(),
        init=(), checks=(),
    )  # fmt: skip
