"""Activations along a dimension: softmax and its kin, and gated linear units."""

from collections.abc import Sequence

from archc.dims import divides, shown
from archc.ops.base import (
    CHANNELS,
    Call,
    Domain,
    Example,
    Function,
    Inputs,
    Kernel,
    Module,
    Op,
    Saves,
    ShapeError,
    Window,
    axis,
    need_dtype,
    need_rank,
)
from archc.tensor import TensorType


class _Softmax(Op):
    """`dim` is required here: torch's default depends on the rank, and warns."""

    saves = Saves(results=(0,))
    family = "activation"
    primary = "dim"
    examples = (Example(((10,),), {"dim": 1}), Example(((4, 8, 8),), {"dim": -1}))
    domain = Domain(inputs=(((4,),), ((2, 3, 4),)), args={"dim": (0, 1, 2, 3, -1, -2, -5)})

    dim: int

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        need_dtype(inputs.first)
        axis(inputs.first, self.dim)
        return (inputs.first,)

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """The same place but along `dim`."""
        at = axis(inputs.first, self.dim)
        return tuple(None if dim == at else Window() for dim in range(outputs[0].rank))


class Softmax(_Softmax, Module):
    """`exp(x)`, divided by its sum along `dim`."""

    numbers = "probabilities"


class SoftmaxFunction(_Softmax, Function):
    """`exp(x)`, divided by its sum along `dim`."""

    numbers = "probabilities"
    name = "softmax"


class _Softmin(_Softmax):
    """The softmax of what is negated first."""

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """Two."""
        from archc.ops.kernels.program import Program
        from archc.ops.pointwise import Neg

        program = Program(call)
        return program.finish(
            program.run(SoftmaxFunction, (program.run(Neg, ("input",), "negated"),), "result", dim=self.dim)
        )


class Softmin(_Softmin, Module):
    """The softmax of `-x`."""

    numbers = "probabilities"


class SoftminFunction(_Softmin, Function):
    """The softmax of `-x`."""

    numbers = "probabilities"
    name = "softmin"


class LogSoftmax(_Softmax, Module):
    """The logarithm of the softmax, computed without overflow."""

    numbers = "log-probabilities"


class LogSoftmaxFunction(_Softmax, Function):
    """The logarithm of the softmax, computed without overflow."""

    numbers = "log-probabilities"
    name = "log_softmax"


class Softmax2d(Module):
    """Softmax over the channels of images, at every place."""

    saves = Saves(results=(0,))
    numbers = "probabilities"
    family = "activation"
    examples = (Example(((4, 8, 8),)),)
    domain = Domain(inputs=(((4, 8, 8),), ((4, 8),), ((4,),)))

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        need_dtype(inputs.first)
        need_rank(inputs.first, 4)
        return (inputs.first,)


class _GLU(Op):
    family = "activation"
    primary = "dim"
    examples = (Example(((8,),)), Example(((8, 4, 3),), {"dim": 1}))
    domain = Domain(inputs=(((4,),), ((2, 3, 4),)), args={"dim": (0, 1, 2, 3, -1, -2, -5)})

    dim: int = -1

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """`dim` is halved."""
        x = inputs.first
        need_dtype(x)
        at = axis(x, self.dim)
        if not divides(2, x.shape[at]):
            raise ShapeError(f"wants an even number to halve in dim {at}, got {shown(x.shape[at])}", code=CHANNELS)
        return (x.with_dim(at, x.shape[at] // 2),)


class GLU(_GLU, Module):
    """The first half along `dim`, times the sigmoid of the second."""


class GluFunction(_GLU, Function):
    """The first half along `dim`, times the sigmoid of the second."""

    name = "glu"
