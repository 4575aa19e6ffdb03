"""What ops are told and tell: types on ports, weights, windows, kinds of arguments, and what they refuse."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from archc.codes import BATCH_AXIS, DTYPE, RANK, SHAPE
from archc.dims import Dim, pinned
from archc.record import record
from archc.tensor import TensorType


class ShapeError(Exception):
    """What an op says of inputs it cannot take: one line, lowercase, no full stop; `help` is the cure.

    `by_torch` says that the constructor of torch's own module raises a `ValueError` for it as well.
    """

    def __init__(self, message: str, *, code: str = SHAPE, help: str = "", by_torch: bool = False) -> None:
        super().__init__(message)
        self.by_torch = by_torch
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


@record
class Window:
    """What an op sees along a dimension: place `i` of its result sees the input from `i * step + low` to `+ high`.

    `dim` is the dimension of the input, where that is another one than the result's.
    """

    step: int | Fraction = 1
    low: int | Fraction = 0
    high: int | Fraction = 0
    dim: int | None = None


class Slide(NamedTuple):
    """How a window goes along a dimension: what it spans, its step, and the padding before and after."""

    span: int
    step: int
    before: int
    after: int

    @property
    def shift(self) -> int:
        """What the windows take off a size: see `places` of `archc.ops.window`."""
        return self.before + self.after - self.span


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


When = Literal["never", "always", "own", "others"]
"""When autograd saves an input: where it records the op, where the input requires grad, or where another one does."""


@record
class Saves:
    """Which of an op's tensors autograd saves for the backward pass: the first input, the others, results by index."""

    first: When = "never"
    rest: When | tuple[When, ...] = "never"
    results: tuple[int, ...] = ()

    def when(self, at: int) -> When:
        """When the input at an index is saved."""
        if not at:
            return self.first
        return self.rest if isinstance(self.rest, str) else self.rest[min(at, len(self.rest)) - 1]


@record
class Aliases:
    """How an op's results share the memory of its first input.

    They are that tensor itself, a view of it, several (which torch does not let be modified in place), or a view with
    elements that share memory, as of `expand`.
    """

    how: Literal["itself", "view", "views", "expanded"]


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
Flat = Literal["", "below", "both"]


Numbers = Literal["", "scores", "probabilities", "log-probabilities", "logarithms", "kept"]
"""Kinds of numbers: any (`scores`), from 0 to 1, logarithms of such, logarithms or the numbers of what was fed."""


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
