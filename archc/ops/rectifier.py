"""ReLU's kin that take numbers: activations with slopes, bounds and thresholds."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from archc.dims import equal, shown
from archc.ops import lowering
from archc.ops.base import (
    CHANNELS,
    FLOATING,
    INTEGERS,
    Domain,
    Example,
    Flat,
    Function,
    Inputs,
    Module,
    Op,
    Positive,
    Saves,
    ShapeError,
    Weight,
    need_dtype,
)
from archc.tensor import TensorType


class _Rectifier(Op):
    """Keeps shape and dtype, which must be among `accepts`."""

    is_pointwise = True
    family = "activation"
    accepts: ClassVar[tuple[str, ...]] = FLOATING

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        need_dtype(inputs.first, *self.accepts)
        return (inputs.first,)


class _Sloped(_Rectifier):
    """One whose gradient can be told from its result as from its input."""

    inplace: bool = False

    def saved(self, inputs: Inputs) -> Saves:
        """The result where it overwrites the input."""
        return Saves(results=(0,)) if self.inplace else self.saves


class _LeakyReLU(_Sloped):
    primary = "negative_slope"
    positional: ClassVar[tuple[str, ...]] = ("negative_slope",)
    examples = (Example(((8, 4, 4),), {"negative_slope": 0.2}),)
    domain = Domain(inputs=(((2, 3, 4),),), args={"negative_slope": (-1.0, 0.2), "inplace": (True, False)})

    negative_slope: float = 0.01
    inplace: bool = False


class LeakyReLU(_LeakyReLU, Module):
    """`x`, or `negative_slope * x` below 0."""


class LeakyReluFunction(_LeakyReLU, Function):
    """`x`, or `negative_slope * x` below 0."""

    name = "leaky_relu"


class _ELU(_Sloped):
    flattens: ClassVar[Flat] = "below"
    primary = "alpha"
    positional: ClassVar[tuple[str, ...]] = ("alpha",)
    examples = (Example(((8, 4, 4),), {"alpha": 0.5}),)
    domain = Domain(inputs=(((2, 3, 4),),), args={"alpha": (0.0, 0.5), "inplace": (True, False)})

    alpha: float = 1.0
    inplace: bool = False


class ELU(_ELU, Module):
    """`x`, or `alpha * (exp(x) - 1)` below 0."""


class EluFunction(_ELU, Function):
    """`x`, or `alpha * (exp(x) - 1)` below 0."""

    name = "elu"


class _CELU(_ELU):
    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type; `alpha` divides."""
        if self.alpha == 0:
            raise ShapeError("divides by alpha, which is 0")
        return super().infer(inputs)


class CELU(_CELU, Module):
    """`x`, or `alpha * (exp(x / alpha) - 1)` below 0."""


class CeluFunction(_CELU, Function):
    """`x`, or `alpha * (exp(x / alpha) - 1)` below 0."""

    name = "celu"


class PReLU(_Rectifier, Module):
    """`x`, or `weight * x` below 0, with one learned `weight` for all channels or one for each."""

    gradient_takes = 1
    primary = "num_parameters"
    accepts = ("float32",)
    examples = (Example(((8, 4, 4),)), Example(((8, 4, 4),), {"num_parameters": 8, "init": 0.1}))
    domain = Domain(inputs=(((),), ((3,),), ((3, 4),)), args={"num_parameters": (1, 3, 4), "init": (0.25, 0.1)})

    num_parameters: Positive = 1
    init: float = 0.25

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type; channels are dimension 1."""
        x = inputs.first
        channels = x.shape[1] if x.rank > 1 else 1
        if self.num_parameters != 1 and not equal(channels, self.num_parameters):
            message = f"has {self.num_parameters} parameters for {shown(channels)} channels"
            raise ShapeError(message, code=CHANNELS, help="one parameter for all channels, or one for each")
        return super().infer(inputs)

    def weights(self) -> Sequence[Weight]:
        """`weight` of `num_parameters`."""
        return (Weight("weight", (self.num_parameters,)),)


class _Hardtanh(_Rectifier):
    flattens: ClassVar[Flat] = "both"
    accepts = (*FLOATING, "int64", "int32", "int16", "int8")
    examples = (Example(((8, 4, 4),), {"min_val": 0.0, "max_val": 6.0}),)
    domain = Domain(
        inputs=(((2, 3, 4),),),
        args={"min_val": (-1.0, 2.0), "max_val": (1.0, 6.0), "inplace": (True, False)},
    )

    min_val: float = -1.0
    max_val: float = 1.0
    inplace: bool = False

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        if self.min_val >= self.max_val:
            raise ShapeError(f"wants min_val below max_val, got {self.min_val} and {self.max_val}")
        return super().infer(inputs)


class Hardtanh(_Hardtanh, Module):
    """`x` held between `min_val` and `max_val`."""


class HardtanhFunction(_Hardtanh, Function):
    """`x` held between `min_val` and `max_val`."""

    name = "hardtanh"


class _Hardshrink(_Rectifier):
    primary = "lambd"
    positional: ClassVar[tuple[str, ...]] = ("lambd",)
    examples = (Example(((8, 4, 4),), {"lambd": 0.3}),)
    domain = Domain(inputs=(((2, 3, 4),),), args={"lambd": (-1.0, 0.0, 0.3)})

    lambd: float = 0.5


class Hardshrink(_Hardshrink, Module):
    """`x`, or 0 where `|x| <= lambd`."""


class HardshrinkFunction(_Hardshrink, Function):
    """`x`, or 0 where `|x| <= lambd`."""

    name = "hardshrink"


class _Softshrink(_Hardshrink):
    lambd: Annotated[float, Field(ge=0)] = 0.5


class Softshrink(_Softshrink, Module):
    """`x` moved towards 0 by `lambd`, and 0 where `|x| <= lambd`."""


class SoftshrinkFunction(_Softshrink, Function):
    """`x` moved towards 0 by `lambd`, and 0 where `|x| <= lambd`."""

    name = "softshrink"


class _Softplus(_Rectifier):
    flattens: ClassVar[Flat] = "below"
    primary = "beta"
    examples = (Example(((8, 4, 4),), {"beta": 2.0}),)
    domain = Domain(inputs=(((2, 3, 4),),), args={"beta": (0.5, 1.0), "threshold": (10.0, 20.0)})

    beta: float = 1.0
    threshold: float = 20.0


class Softplus(_Softplus, Module):
    """`log(1 + exp(beta * x)) / beta`, and `x` where `beta * x > threshold`."""


class SoftplusFunction(_Softplus, Function):
    """`log(1 + exp(beta * x)) / beta`, and `x` where `beta * x > threshold`."""

    name = "softplus"


class _Threshold(_Rectifier):
    accepts = (*FLOATING, *INTEGERS)
    positional: ClassVar[tuple[str, ...]] = ("threshold", "value")
    examples = (Example(((8, 4, 4),), {"threshold": 0.1, "value": 20.0}),)
    domain = Domain(inputs=(((2, 3, 4),),), args={"threshold": (0.1,), "value": (-1.0, 0.0), "inplace": (True, False)})

    threshold: float
    value: float
    inplace: bool = False


class Threshold(_Threshold, Module):
    """`x` above `threshold`, `value` elsewhere."""


class ThresholdFunction(_Threshold, Function):
    """`x` above `threshold`, `value` elsewhere."""

    name = "threshold"


class _RReLU(_Sloped):
    examples = (Example(((8, 4, 4),), {"lower": 0.1, "upper": 0.3}),)
    domain = Domain(inputs=(((2, 3, 4),),), args={"upper": (0.1, 0.2, 0.5), "inplace": (True, False)})

    lower: float = 1 / 8
    upper: float = 1 / 3
    inplace: bool = False

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        if self.lower > self.upper:
            raise ShapeError(f"wants lower not above upper, got {self.lower} and {self.upper}")
        return super().infer(inputs)

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """The slope of each element."""
        return (inputs.first,)


class RReLU(_RReLU, Module):
    """`x`, or `a * x` below 0: `a` is random between `lower` and `upper` in training, their mean in inference."""


class RreluFunction(_RReLU, Function):
    """`x`, or `a * x` below 0: `a` is random between `lower` and `upper` in training, their mean in inference."""

    name = "rrelu"

    def as_torch(self) -> lowering.Node:
        """`F.rrelu(x, training=self.training)`."""
        training = ("training", lowering.Raw("self.training"))
        return lowering.Call("F.rrelu", (lowering.Input(),), (training, *self.given()))
