"""What an op is: one class, in one file of its family, that says everything archc knows about it.

The pydantic fields are the op's arguments, named and defaulted as in torch. The class variables and methods say the
rest: ports, the shape rule, parameters, multiply-adds, how it reads in PyTorch, and the examples that are its tests
and its page in the reference. Nothing else in archc knows any op by name.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from archc.codes import BATCH_AXIS, CHANNELS, DTYPE, EMPTY, MERGE, RANK, SHAPE
from archc.dims import Dim, pinned
from archc.ops import lowering
from archc.record import record
from archc.tensor import TensorType

__all__ = [
    "BATCH_AXIS", "CHANNELS", "DTYPE", "EMPTY", "FLOATING", "INFERRED", "INTEGERS", "MERGE", "RANK", "Domain",
    "Example", "Function", "Inferred", "Inputs", "Module", "NonNegative", "Op", "Pad1", "Pad2", "Pad3", "Positive",
    "Probability", "ShapeError", "Size1", "Size2", "Size3", "Weight", "axis", "concrete", "count", "need_dtype",
    "need_rank", "pair",
]  # fmt: skip


class ShapeError(Exception):
    """What an op says of inputs it cannot take: one line, lowercase, no full stop; `help` is the cure."""

    def __init__(self, message: str, *, code: str = SHAPE, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.help = help


@record
class Inputs:
    """The types on an op's ports, in port order; a missing optional port is absent."""

    types: tuple[TensorType, ...]
    ports: tuple[str, ...] = ()

    @property
    def first(self) -> TensorType:
        """The type on the first port."""
        return self.types[0]

    def get(self, port: str) -> TensorType | None:
        """The type on a named port, or None where nothing is connected."""
        return dict(zip(self.ports, self.types, strict=True)).get(port)

    def __iter__(self) -> Iterator[TensorType]:
        return iter(self.types)

    def __len__(self) -> int:
        return len(self.types)

    def __getitem__(self, at: int) -> TensorType:
        return self.types[at]


@record
class Weight:
    """A parameter or buffer that a module owns, as in its `state_dict`."""

    name: str
    shape: tuple[int, ...]
    buffer: bool = False
    dtype: str = "float32"
    persistent: bool = True


@dataclass(frozen=True)
class Example:
    """Arguments and inputs that work: a test, and a line of the op's page.

    `inputs` are shapes without the batch dimension, one a port; `ports` names them where they are not the first ones.
    """

    inputs: tuple[tuple[int, ...], ...]
    args: Mapping[str, Any] = field(default_factory=dict[str, Any])
    dtypes: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Domain:
    """What the generic test draws from: values for each argument, and input shapes (without the batch).

    Combinations that torch refuses belong here too: then the shape rule must refuse them as well.
    """

    inputs: tuple[tuple[tuple[int, ...], ...], ...]
    args: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    dtypes: tuple[str, ...] = ()


INFERRED = "inferred"

Positive = Annotated[int, Field(ge=1)]
NonNegative = Annotated[int, Field(ge=0)]
Inferred = Annotated[int | None, Field(default=None, ge=0, json_schema_extra={INFERRED: True})]
"""An argument the graph already tells (`in_channels`): left out in specs; given, it is checked."""
Size1 = Positive | tuple[Positive]
Size2 = Positive | tuple[Positive, Positive]
Size3 = Positive | tuple[Positive, Positive, Positive]
Pad1 = NonNegative | tuple[NonNegative]
Pad2 = NonNegative | tuple[NonNegative, NonNegative]
Pad3 = NonNegative | tuple[NonNegative, NonNegative, NonNegative]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class Op(BaseModel):
    """The base of every op; see `Module` and `Function`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, arbitrary_types_allowed=True)

    name: ClassVar[str] = ""
    """What specs call it; a module's is its class's name."""
    is_module: ClassVar[bool] = False
    """Whether it becomes a submodule (PascalCase in specs) or a call in `forward` (lowercase)."""
    family: ClassVar[str] = "other"
    """Its colour in diagrams: conv, linear, pool, norm, activation, merge, attention, recurrent, reshape, loss..."""
    primary: ClassVar[str | None] = None
    """The argument that `Linear: 10` gives."""
    ports: ClassVar[tuple[str, ...]] = ("input",)
    """Names of the inputs, required ones first."""
    optional: ClassVar[tuple[str, ...]] = ()
    """Those of `ports` that may be left unconnected."""
    results: ClassVar[tuple[str, ...]] = ("output",)
    """Names of a module's results; a function with several is named where it is used."""
    merges: ClassVar[bool] = False
    """Whether it takes any number of tensors, and so can join the branches of a fork (`ports` is then ignored)."""
    min_inputs: ClassVar[int] = 1
    """For merging ops: how few tensors it can take."""
    is_view: ClassVar[bool] = False
    """Whether its result can share its input's memory, so that overwriting the one changes the other."""
    is_several: ClassVar[bool] = False
    """Whether its call gives a tuple, even of one tensor."""
    is_source: ClassVar[bool] = False
    """Whether it makes a tensor from nothing (`Parameter`, `Buffer`) and so takes no input."""
    examples: ClassVar[tuple[Example, ...]] = ()
    domain: ClassVar[Domain | None] = None

    @classmethod
    def inferred_fields(cls) -> tuple[str, ...]:
        """The arguments that the graph tells."""
        return tuple(name for name, info in cls.model_fields.items() if info.json_schema_extra == {INFERRED: True})

    def inferred(self, inputs: Inputs) -> Mapping[str, Any]:
        """The arguments that the graph tells, for these inputs; raises `ShapeError` where they cannot be told."""
        return {}

    @abstractmethod
    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The shape rule: the types of all results; raises `ShapeError` for what torch would refuse.

        Called with every inferred argument filled in. Channel sizes pass through as they come (they may carry a
        formula): return the size itself. Sizes are compared by `equal`, `at_least` and `divides` of `archc.dims`
        alone, which is how the sizes that a network takes become known.
        """

    def weights(self) -> Sequence[Weight]:
        """Parameters and buffers, in torch's order; called with every inferred argument filled in."""
        return ()

    def macs(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> int:
        """Multiply-adds for one sample, as `torch.utils.flop_counter` counts them (half its FLOPs)."""
        return 0

    def class_count(self, inputs: Inputs) -> int | None:
        """For losses over classes: how many its input scores."""
        return None

    def changes_input(self) -> bool:
        """Whether it overwrites its input (`inplace: true`), so that nothing else may read that tensor."""
        return bool(getattr(self, "inplace", False))

    @abstractmethod
    def as_torch(self) -> lowering.Node:
        """How it reads in PyTorch: a module's constructor call, or a function's call on its inputs."""

    def apply(self) -> lowering.Call | None:
        """For modules whose call is not `self.name(inputs...)`: the call, the module itself being the target `self`.

        As everywhere in a lowering, an argument made of an unconnected optional port is left out.
        """
        return None

    def unpack(self) -> tuple[lowering.Pattern, ...] | None:
        """For modules that return a tuple: the target that an assignment takes it apart with, a place for each result.

        `infer` may give fewer types than there are places: the results past them are None.
        """
        return None

    def given(self, *, skip: Sequence[str] = ()) -> tuple[tuple[str, lowering.Node], ...]:
        """Keyword arguments for every field that differs from its default, in declaration order."""
        fields = type(self).model_fields
        return tuple(
            (name, lowering.Field(name))
            for name, info in fields.items()
            if name not in skip and getattr(self, name) != info.get_default(call_default_factory=True)
        )


class Module(Op):
    """An op that is a submodule with torch's own class: reads as `nn.Name(positional, keyword=...)`."""

    is_module: ClassVar[bool] = True
    positional: ClassVar[tuple[str, ...]] = ()
    """The arguments written without their name, as everyone writes `nn.Linear(400, 120)`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = cls.__dict__.get("name", cls.__name__)

    def as_torch(self) -> lowering.Node:
        """`nn.Name(...)` with the positional arguments and whatever else is not the default."""
        args = tuple(lowering.Field(name) for name in self.positional)
        return lowering.Call(f"nn.{self.name}", args, self.given(skip=self.positional))


class Function(Op):
    """An op that is a call in `forward` and owns no module: reads as `target(input, keyword=...)`."""

    target: ClassVar[str] = ""
    """The dotted name to call; `F.` and the op's name unless said. `.name` makes it a method of the first input."""
    positional: ClassVar[tuple[str, ...]] = ()

    def as_torch(self) -> lowering.Node:
        """The call on the inputs, with the positional arguments and whatever else is not the default."""
        target = self.target or f"F.{self.name}"
        args = tuple(lowering.Field(name) for name in self.positional)
        kwargs = self.given(skip=self.positional)
        tensors = tuple(lowering.Input(i) for i in range(len(self.ports) - len(self.optional)))
        if target.startswith("."):
            return lowering.Method(tensors[0], target[1:], tensors[1:] + args, kwargs)
        return lowering.Call(target, tensors + args, kwargs)


def pair(value: int | tuple[int, ...], count: int) -> tuple[int, ...]:
    """A size given once or per dimension, as one number a dimension."""
    return value if isinstance(value, tuple) else (value,) * count


def concrete(size: Dim) -> int:
    """A size as the whole number that a constructor takes: as it stands, or at the sizes in force (see `pinned`)."""
    return pinned(size)


def need_rank(x: TensorType, *ranks: int, what: str = "input") -> None:
    """Refuse an input whose rank (batch included) is not among `ranks`."""
    if x.rank in ranks:
        return
    wanted = " or ".join(str(r - 1) for r in ranks)
    raise ShapeError(f"wants {what} of {wanted} dimensions beside the batch, got {x}", code=RANK)


FLOATING = ("float32", "float64", "float16", "bfloat16")
INTEGERS = ("int64", "int32", "int16", "int8", "uint8")


def need_dtype(x: TensorType, *dtypes: str) -> None:
    """Refuse an input whose dtype is not among `dtypes`; floating-point ones where none are given."""
    if x.dtype in (dtypes or FLOATING):
        return
    wanted = "whole or floating-point" if {*INTEGERS} & {*dtypes} else "floating-point"
    if len(dtypes) == 1:
        wanted = dtypes[0]
    raise ShapeError(f"wants {wanted} numbers, got {x}", code=DTYPE)


def axis(x: TensorType, dim: int, *, batch: bool = False, extra: int = 0) -> int:
    """`dim` counted from the front, as torch counts; refuses one that is out of range, or the batch unless `batch`."""
    rank = x.rank + extra
    if not -rank <= dim < rank:
        raise ShapeError(f"dim {dim} is out of range for a tensor of {rank} dimensions (batch included)", code=RANK)
    at = dim % rank
    if at == 0 and x.batched and not batch:
        raise ShapeError(
            "dim 0 is the batch, whose samples must stay apart", code=BATCH_AXIS, help="channels are dim 1"
        )
    return at


def count(sizes: Sequence[Dim]) -> int:
    """The number of elements of a shape at the sizes in force."""
    total = 1
    for size in sizes:
        total *= int(size)
    return total
