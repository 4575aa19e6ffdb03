"""Ops that sum dimensions up into one value each, and running totals."""

from collections.abc import Sequence
from typing import ClassVar

from archc.dims import Dim
from archc.ops.axes import Axes, listed_axes
from archc.ops.base import (
    DTYPE,
    Call,
    Domain,
    Example,
    Function,
    Inputs,
    Reshaped,
    Saves,
    ShapeError,
    axis,
)
from archc.ops.joins import as_float, is_float
from archc.tensor import TensorType

_DOMAIN = Domain(
    inputs=(((3, 4, 5),), ((6,),)),
    args={"dim": (0, 1, -1, 3, (2, 3), (1, -1), (1, 1)), "keepdim": (True, False)},
)
_ONE_DIM = Domain(inputs=(((3, 4),), ((6,),)), args={"dim": (0, 1, -1, 2, 3), "keepdim": (True, False)})


def _reduced(x: TensorType, dims: tuple[int, ...], keepdim: bool) -> tuple[Dim, ...]:
    kept = ((at, 1 if at in dims else size) for at, size in enumerate(x.shape))
    return tuple(size for at, size in kept if keepdim or at not in dims)


class _Reduction(Function):
    """One value for each index of the other dimensions: `x.mean((2, 3), keepdim=True)`."""

    family: ClassVar[str] = "pool"
    primary: ClassVar[str | None] = "dim"
    positional: ClassVar[tuple[str, ...]] = ("dim",)
    floats_only: ClassVar[bool] = False
    examples: ClassVar[tuple[Example, ...]] = (
        Example(((8, 4, 4),), {"dim": (2, 3)}),
        Example(((8, 4),), {"dim": 1, "keepdim": True}),
    )
    domain: ClassVar[Domain | None] = _DOMAIN

    dim: Axes
    """Required, unlike torch's: without it samples would be joined."""
    keepdim: bool = False

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Without the dimensions of `dim`, or with 1 in their place if `keepdim`."""
        x = inputs.first
        if self.floats_only and not is_float(x.dtype):
            raise ShapeError(f"wants floats, got {x.dtype}", code=DTYPE)
        return (TensorType(_reduced(x, listed_axes(x, self.dim), self.keepdim), self._dtype(x.dtype)),)

    def _dtype(self, dtype: str) -> str:
        return dtype


class Mean(_Reduction):
    """The mean over one or several dimensions."""

    saves = Saves()
    name = "mean"
    target = ".mean"
    is_affine = True
    floats_only = True


class Sum(_Reduction):
    """The sum over one or several dimensions; of whole numbers, in int64."""

    gradient = "view"
    saves = Saves()
    name = "sum"

    def scatters(self, call: Call) -> Reshaped:
        """One number for all that was summed."""
        x = call.inputs.first
        return "all" if listed_axes(x, self.dim) == (x.rank - 1,) else "rows"

    target = ".sum"
    is_affine = True
    examples = (Example(((8, 4, 4),), {"dim": (2, 3)}), Example(((8, 4),), {"dim": 1}, dtypes=("bool",)))

    def _dtype(self, dtype: str) -> str:
        return dtype if is_float(dtype) else "int64"


class _Extreme(_Reduction):
    """A value that is among those of the dimensions."""

    saves = Saves("always", results=(0,))

    def gradient_scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[TensorType]:
        """Where the value stands, how often that is, and the share of each."""
        return (TensorType(inputs.first.shape, "bool"), TensorType(outputs[0].shape, "int64"), outputs[0])


class Amax(_Extreme):
    """The largest value over one or several dimensions."""

    name = "amax"
    target = ".amax"


class Amin(_Extreme):
    """The smallest value over one or several dimensions."""

    name = "amin"
    target = ".amin"


class Logsumexp(_Reduction):
    """The logarithm of the sum of exponentials over one or several dimensions."""

    saves = Saves("always", results=(0,))
    name = "logsumexp"
    target = ".logsumexp"
    examples = (Example(((8, 4),), {"dim": 1}), Example(((8, 4),), {"dim": -1, "keepdim": True}, dtypes=("int64",)))

    def gradient_scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[TensorType]:
        """What is above the result, and its exponential."""
        return (inputs.first, inputs.first)

    def _dtype(self, dtype: str) -> str:
        return as_float(dtype)


class _Spread(Function):
    """What `var` and `std` share."""

    family: ClassVar[str] = "pool"
    primary: ClassVar[str | None] = "dim"
    positional: ClassVar[tuple[str, ...]] = ("dim",)
    examples: ClassVar[tuple[Example, ...]] = (
        Example(((8, 4, 4),), {"dim": (2, 3)}),
        Example(((8, 4),), {"dim": 1, "correction": 0, "keepdim": True}),
    )
    domain: ClassVar[Domain | None] = _DOMAIN

    dim: Axes
    """Required, unlike torch's: without it samples would be joined."""
    correction: int = 1
    """What is taken from the count: 1 is Bessel's correction."""
    keepdim: bool = False

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Without the dimensions of `dim`, or with 1 in their place if `keepdim`."""
        x = inputs.first
        if not is_float(x.dtype):
            raise ShapeError(f"wants floats, got {x.dtype}", code=DTYPE)
        return (x.with_shape(*_reduced(x, listed_axes(x, self.dim), self.keepdim)),)

    def gradient_scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[TensorType]:
        """The mean, how far from it each element is, the factor, and of a deviation the variance's gradient."""
        return (inputs.first, *(outputs[0],) * (3 if self.saves.results else 2))


class Var(_Spread):
    """The variance over one or several dimensions."""

    name = "var"
    target = ".var"


class Std(_Spread):
    """The standard deviation over one or several dimensions."""

    saves = Saves("always", results=(0,))
    name = "std"
    target = ".std"


class _AlongOne(Function):
    """A reduction over one dimension."""

    family: ClassVar[str] = "pool"
    primary: ClassVar[str | None] = "dim"
    positional: ClassVar[tuple[str, ...]] = ("dim",)
    domain: ClassVar[Domain | None] = _ONE_DIM

    dim: int
    """Required, unlike torch's: without it samples would be joined."""
    keepdim: bool = False

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Without `dim`, or with 1 in its place if `keepdim`."""
        x = inputs.first
        shape = _reduced(x, (axis(x, self.dim),), self.keepdim)
        return (TensorType(shape, self._dtype(x.dtype)),)

    def _dtype(self, dtype: str) -> str:
        return dtype if is_float(dtype) else "int64"


class Prod(_AlongOne):
    """The product over one dimension; of whole numbers, in int64."""

    saves = Saves("always", results=(0,))
    name = "prod"

    def gradient_scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[TensorType]:
        """The elements one place further, from both ends, their running products, and these multiplied."""
        return (inputs.first,) * 5

    target = ".prod"
    examples = (Example(((8, 4),), {"dim": 1}), Example(((8, 4),), {"dim": -1, "keepdim": True}, dtypes=("int32",)))


class Argmax(_AlongOne):
    """The index, in int64, of the largest value along one dimension."""

    saves = Saves()
    name = "argmax"
    target = ".argmax"
    examples = (Example(((10,),), {"dim": 1}), Example(((8, 4),), {"dim": -1, "keepdim": True}))

    def _dtype(self, dtype: str) -> str:
        if dtype == "bool":
            raise ShapeError("wants numbers, got bool", code=DTYPE)
        return "int64"


class Cumsum(Function):
    """The running sum along a dimension; of whole numbers, in int64."""

    saves = Saves()
    gradient_takes = 2
    name = "cumsum"
    target = ".cumsum"
    primary = "dim"
    positional = ("dim",)
    examples = (Example(((8, 4),), {"dim": 1}), Example(((8,),), {"dim": -1}, dtypes=("int32",)))
    domain = Domain(inputs=(((3, 4),),), args={"dim": (0, 1, 2, -1, 3)})

    dim: int

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's shape."""
        x = inputs.first
        axis(x, self.dim)
        return (TensorType(x.shape, x.dtype if is_float(x.dtype) else "int64"),)
