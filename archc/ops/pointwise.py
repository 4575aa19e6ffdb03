"""Functions of one tensor, element by element, that are no activations."""

from collections.abc import Sequence
from typing import ClassVar

from archc.ops import lowering
from archc.ops.base import (
    DTYPE,
    Domain,
    Example,
    Function,
    Inputs,
    Saves,
    ShapeError,
)
from archc.ops.joins import as_float, is_float, promote_number
from archc.tensor import TensorType


class _Pointwise(Function):
    """A function that keeps shape and dtype."""

    is_pointwise = True
    refuses_bool: ClassVar[bool] = False

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's shape."""
        x = inputs.first
        if self.refuses_bool and x.dtype == "bool":
            raise ShapeError("wants numbers, got bool", code=DTYPE)
        return (TensorType(x.shape, self._dtype(x.dtype)),)

    def _dtype(self, dtype: str) -> str:
        return dtype


class _Real(_Pointwise):
    """A function over the reals: whole numbers give float32."""

    examples: ClassVar[tuple[Example, ...]] = (Example(((8, 4),)), Example(((8,),), dtypes=("int64",)))

    def _dtype(self, dtype: str) -> str:
        return as_float(dtype)


class Exp(_Real):
    """`e` to the power of each element."""

    saves = Saves(results=(0,))
    name = "exp"
    target = "torch.exp"


class Log(_Real):
    """The natural logarithm."""

    numbers = "logarithms"
    name = "log"
    target = "torch.log"


class Sqrt(_Real):
    """The square root."""

    gradient_takes = 1
    saves = Saves(results=(0,))
    name = "sqrt"
    target = "torch.sqrt"


class Rsqrt(_Real):
    """One over the square root."""

    gradient_takes = 2
    saves = Saves(results=(0,))
    name = "rsqrt"
    target = "torch.rsqrt"


class Reciprocal(_Real):
    """One over each element."""

    gradient_takes = 2
    saves = Saves(results=(0,))
    name = "reciprocal"
    target = "torch.reciprocal"


class Sin(_Real):
    """The sine."""

    gradient_takes = 1
    name = "sin"
    target = "torch.sin"


class Cos(_Real):
    """The cosine."""

    gradient_takes = 2
    name = "cos"
    target = "torch.cos"


class Erf(_Real):
    """The error function."""

    gradient_takes = 4
    name = "erf"
    target = "torch.erf"


class _Number(_Pointwise):
    """A function of numbers that keeps their dtype; torch refuses bool."""

    refuses_bool: ClassVar[bool] = True
    examples: ClassVar[tuple[Example, ...]] = (Example(((8, 4),)), Example(((8,),), dtypes=("int64",)))


class Neg(_Number):
    """Each element with the other sign: `-x`."""

    saves = Saves()
    name = "neg"

    def as_torch(self) -> lowering.Node:
        """`-x`."""
        return lowering.Infix("-", (lowering.Input(),))


class Abs(_Number):
    """The absolute value."""

    gradient_takes = 1
    name = "abs"
    target = ".abs"


class Floor(_Number):
    """Rounded down."""

    saves = Saves()
    name = "floor"
    target = "torch.floor"


class Ceil(_Number):
    """Rounded up."""

    saves = Saves()
    name = "ceil"
    target = "torch.ceil"


class Round(_Number):
    """Rounded to the nearest whole number, halves to the even one."""

    saves = Saves()
    name = "round"
    target = "torch.round"


class Sign(_Pointwise):
    """-1, 0 or 1."""

    saves = Saves()
    name = "sign"
    target = "torch.sign"
    examples = (Example(((8, 4),)), Example(((8,),), dtypes=("int64",)))


class Square(_Pointwise):
    """Each element times itself."""

    gradient_takes = 2
    name = "square"
    target = "torch.square"
    examples = (Example(((8, 4),)), Example(((8,),), dtypes=("bool",)))

    def _dtype(self, dtype: str) -> str:
        return "int64" if dtype == "bool" else dtype


class Clamp(_Pointwise):
    """Each element, held between `min` and `max`; at least one of them must be given."""

    name = "clamp"
    target = ".clamp"
    examples = (Example(((8, 4),), {"min": 0, "max": 6}), Example(((8,),), {"min": 0.5}, dtypes=("int64",)))
    domain = Domain(inputs=(((3, 4),),), args={"min": (None, 0, 0.5), "max": (None, 0, 6.0)})

    min: int | float | None = None
    max: int | float | None = None

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's shape; a fractional bound makes whole numbers float32."""
        bounds = [bound for bound in (self.min, self.max) if bound is not None]
        if not bounds:
            raise ShapeError("wants `min` or `max`")
        dtype = inputs.first.dtype
        for bound in bounds:
            dtype = promote_number(dtype, bound)
        return (TensorType(inputs.first.shape, dtype),)

    def gradient_scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[TensorType]:
        """A mask for each bound, and the number 0."""
        masks = (TensorType(outputs[0].shape, "bool"),) * ((self.min is not None) + (self.max is not None))
        return (*masks, TensorType((1,), "float32"))


class Pow(_Pointwise):
    """Each element to the power of `exponent`: `x ** 2`."""

    gradient_takes = 2
    name = "pow"
    primary = "exponent"
    examples = (Example(((8, 4),), {"exponent": 2}), Example(((8,),), {"exponent": 0.5}, dtypes=("int64",)))
    domain = Domain(inputs=(((3, 4),),), args={"exponent": (0, 2, -1, 0.5, 2.0)}, dtypes=("int64",))

    exponent: int | float

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's shape; a fractional exponent makes whole numbers float32."""
        x = inputs.first
        if isinstance(self.exponent, int) and self.exponent < 0 and not is_float(x.dtype):
            raise ShapeError(f"cannot raise {x.dtype} to the whole power {self.exponent}", code=DTYPE)
        return (TensorType(x.shape, promote_number(x.dtype, self.exponent)),)

    def as_torch(self) -> lowering.Node:
        """`x ** 2`."""
        return lowering.Infix("**", (lowering.Input(), lowering.Field("exponent")))
