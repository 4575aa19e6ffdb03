"""Activations of each element by itself that take no numbers.

Those that do are in `rectifier.py`, those along a dimension in `softmax.py`. A module and its function share a private
base that holds their arguments.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from archc.ops.base import (
    FLOATING,
    INTEGERS,
    Call,
    Domain,
    Example,
    Flat,
    Function,
    Inputs,
    Kernel,
    Module,
    Op,
    Saves,
    need_dtype,
)
from archc.tensor import TensorType


class _Elementwise(Op):
    """Keeps the shape; whole numbers stay whole, or become float32, or are refused, as `accepts` and `promotes` say."""

    is_pointwise = True
    family = "activation"
    accepts: ClassVar[tuple[str, ...]] = FLOATING
    promotes: ClassVar[bool] = False
    examples = (Example(((8, 4, 4),)),)

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type; float32 for whole numbers where the function has no whole values."""
        x = inputs.first
        need_dtype(x, *self.accepts)
        return (TensorType(x.shape, "float32"),) if self.promotes and x.dtype not in FLOATING else (x,)


class _Pointwise(_Elementwise):
    """One without arguments but `inplace`."""

    domain = Domain(inputs=(((4,),), ((2, 3, 4),)), args={"inplace": (True, False)})

    inplace: bool = False


class _Rectifier(_Pointwise):
    """One that keeps whole numbers whole."""

    accepts = (*FLOATING, *INTEGERS)
    domain = Domain(inputs=(((4,),), ((2, 3, 4),)), args={"inplace": (True, False)}, dtypes=("int64",))


class ReLU(_Rectifier, Module):
    """`max(x, 0)`."""

    saves = Saves(results=(0,))
    flattens = "below"
    numbers = "scores"


class ReluFunction(_Rectifier, Function):
    """`max(x, 0)`."""

    saves = Saves(results=(0,))
    flattens = "below"
    numbers = "scores"
    name = "relu"


class ReLU6(_Rectifier, Module):
    """`min(max(x, 0), 6)`."""

    flattens = "below"


class Relu6Function(_Rectifier, Function):
    """`min(max(x, 0), 6)`."""

    flattens = "below"
    name = "relu6"


class _SELU(_Pointwise):
    """One whose gradient can be told from its result as from its input."""

    flattens = "below"

    def saved(self, inputs: Inputs) -> Saves:
        """The result where it overwrites the input."""
        return Saves(results=(0,)) if self.inplace else self.saves


class SELU(_SELU, Module):
    """ELU scaled so that activations keep mean 0 and variance 1 (Klambauer et al. 2017)."""

    flattens = "below"


class SeluFunction(_SELU, Function):
    """ELU scaled so that activations keep mean 0 and variance 1 (Klambauer et al. 2017)."""

    flattens = "below"
    name = "selu"


class SiLU(_Pointwise, Module):
    """`x * sigmoid(x)`, also called swish."""

    flattens = "below"


class SiluFunction(_Pointwise, Function):
    """`x * sigmoid(x)`, also called swish."""

    flattens = "below"
    name = "silu"


class Mish(_Pointwise, Module):
    """`x * tanh(softplus(x))`."""

    flattens = "below"


class MishFunction(_Pointwise, Function):
    """`x * tanh(softplus(x))`."""

    flattens = "below"
    name = "mish"


class Hardsigmoid(_Pointwise, Module):
    """`min(max(x / 6 + 1/2, 0), 1)`."""

    flattens = "both"
    numbers = "probabilities"


class HardsigmoidFunction(_Pointwise, Function):
    """`min(max(x / 6 + 1/2, 0), 1)`."""

    flattens = "both"
    numbers = "probabilities"
    name = "hardsigmoid"


class Hardswish(_Pointwise, Module):
    """`x * hardsigmoid(x)` (MobileNetV3)."""

    flattens = "below"


class HardswishFunction(_Pointwise, Function):
    """`x * hardsigmoid(x)` (MobileNetV3)."""

    flattens = "below"
    name = "hardswish"


class _Smooth(_Elementwise):
    """One that makes float32 of whole numbers."""

    accepts = (*FLOATING, *INTEGERS)
    promotes = True
    domain = Domain(inputs=(((4,),), ((2, 3, 4),)), dtypes=("int64",))


class Sigmoid(_Smooth, Module):
    """`1 / (1 + exp(-x))`."""

    saves = Saves(results=(0,))
    flattens = "both"
    numbers = "probabilities"
    accepts = (*FLOATING, *INTEGERS, "bool")


class SigmoidFunction(_Smooth, Function):
    """`1 / (1 + exp(-x))`."""

    saves = Saves(results=(0,))
    flattens = "both"
    numbers = "probabilities"
    name = "sigmoid"
    target = "torch.sigmoid"
    accepts = (*FLOATING, *INTEGERS, "bool")


class Tanh(_Smooth, Module):
    """The hyperbolic tangent."""

    saves = Saves(results=(0,))
    flattens = "both"
    numbers = "scores"
    accepts = (*FLOATING, *INTEGERS, "bool")


class TanhFunction(_Smooth, Function):
    """The hyperbolic tangent."""

    saves = Saves(results=(0,))
    flattens = "both"
    numbers = "scores"
    name = "tanh"
    target = "torch.tanh"
    accepts = (*FLOATING, *INTEGERS, "bool")


class _Tanhshrink(_Smooth):
    saves = Saves()
    gradient_takes = 1

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """The hyperbolic tangent."""
        return (outputs[0],)


class Tanhshrink(_Tanhshrink, Module):
    """`x - tanh(x)`."""


class TanhshrinkFunction(_Tanhshrink, Function):
    """`x - tanh(x)`."""

    name = "tanhshrink"


class _Softsign(_Smooth):
    gradient_takes = 3
    flattens = "both"

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """The divisor."""
        return (inputs.first,)

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """One; of whole numbers the absolute values, which take more than the result, are gone before that is made."""
        (port,), x = call.inputs.ports, call.inputs.first
        if x.dtype in FLOATING:
            return super().kernels(call)
        size = call.bytes(x)
        return (
            Kernel((port,), (("absolute", size),)),
            Kernel(("absolute",), (("divisor", size),)),
            Kernel((port, "divisor"), (("output", call.bytes(call.outputs[0])),)),
        )


class Softsign(_Softsign, Module):
    """`x / (1 + |x|)`."""


class SoftsignFunction(_Softsign, Function):
    """`x / (1 + |x|)`."""

    name = "softsign"


class _LogSigmoid(_Elementwise):
    numbers = "log-probabilities"

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """`exp(-|x|)`."""
        return (inputs.first,)


class LogSigmoid(_LogSigmoid, Module):
    """`log(sigmoid(x))`."""


class LogsigmoidFunction(_LogSigmoid, Function):
    """`log(sigmoid(x))`."""

    name = "logsigmoid"


class _GELU(_Elementwise):
    flattens: ClassVar[Flat] = "below"
    primary = "approximate"
    examples = (Example(((8, 4, 4),)), Example(((8,),), {"approximate": "tanh"}))
    domain = Domain(inputs=(((2, 3, 4),),), args={"approximate": ("none", "tanh", "sigmoid")})

    approximate: Literal["none", "tanh"] = "none"


class GELU(_GELU, Module):
    """`x` times the normal distribution's probability of values below `x`."""


class GeluFunction(_GELU, Function):
    """`x` times the normal distribution's probability of values below `x`."""

    name = "gelu"
