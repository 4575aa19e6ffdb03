"""Normalization by neighbouring channels, as AlexNet has it."""

from collections.abc import Sequence
from typing import ClassVar

from archc.ops.arithmetic import Add, Div, Mul
from archc.ops.base import (
    RANK,
    Call,
    Domain,
    Example,
    Function,
    Inputs,
    Kernel,
    Module,
    Op,
    Positive,
    Saves,
    ShapeError,
    Window,
    count,
    need_dtype,
    need_rank,
)
from archc.ops.kernels.program import Program
from archc.ops.padding import Pad
from archc.ops.pointwise import Pow
from archc.ops.pool import AvgPool2d, AvgPool3d
from archc.ops.reshape import Reshape
from archc.tensor import TensorType


class _ResponseNorm(Op):
    """Divides by a power of the mean square over `size` neighbouring channels."""

    family = "norm"
    primary = "size"

    size: Positive
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        need_dtype(inputs.first)
        return (inputs.first,)

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """The same place, of other channels."""
        return tuple(None if dim == 1 else Window() for dim in range(outputs[0].rank))


class _LocalResponseNorm(_ResponseNorm):
    """Local response normalization of any number of spatial dimensions."""

    positional: ClassVar[tuple[str, ...]] = ("size",)
    examples = (Example(((6, 4, 4),), {"size": 2}), Example(((6, 4),), {"size": 5, "alpha": 1e-3, "k": 2.0}))
    domain = Domain(inputs=(((6,),), ((6, 4),), ((6, 4, 3),), ((6, 4, 3, 2),)), args={"size": (0, 1, 2, 3, 20)})

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        if inputs.first.rank < 3:
            raise ShapeError(f"wants channels and places beside the batch, got {inputs.first}", code=RANK)
        return super().infer(inputs)

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """Squares, their means over channels, which are made the first of the places, and what these come to."""
        program, x = Program(call), call.inputs.first
        places = (count(x.shape[1:2]), *((count(x.shape[2:3]), -1) if x.rank > 3 else (count(x.shape[2:]),)))
        squares = program.run(Mul, ("input", "input"), "squares")
        volume = program.run(Reshape, (squares,), "volume", shape=(1, *places))
        around = (*(0, 0) * (len(places) - 1), self.size // 2, (self.size - 1) // 2)
        padded = program.run(Pad, (volume,), "padded", pad=around)
        kind, window = (AvgPool3d if x.rank > 3 else AvgPool2d), (self.size, *(1,) * (len(places) - 1))
        pooled = program.run(kind, (padded,), "pooled", kernel_size=window, stride=1)
        means = program.run(Reshape, (pooled,), "means", shape=tuple(count((size,)) for size in x.sample))
        shifted = program.run(Add, (program.run(Mul, (means,), "scaled", other=self.alpha),), "shifted", other=self.k)
        divisor = program.run(Pow, (shifted,), "divisor", exponent=self.beta)
        program.hold(means, pooled)
        return program.finish(program.run(Div, ("input", divisor), "normal"))


class LocalResponseNorm(_LocalResponseNorm, Module):
    """Divides by a power of the mean square over neighbouring channels (AlexNet, section 3.3)."""


class LocalResponseNormFunction(_LocalResponseNorm, Function):
    """Divides by a power of the mean square over neighbouring channels (AlexNet, section 3.3)."""

    name = "local_response_norm"


class CrossMapLRN2d(_ResponseNorm, Module):
    """Local response normalization as Lua Torch computed it, for its checkpoints; images only."""

    saves = Saves("always", results=(0,))

    positional = ("size",)
    examples = (Example(((6, 4, 4),), {"size": 2}),)
    domain = Domain(inputs=(((6, 4),), ((6, 4, 3),)), args={"size": (1, 2, 3, 20)})

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        need_rank(inputs.first, 4)
        return super().infer(inputs)

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """What the power is taken of."""
        return (inputs.first,)

    def gradient_scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[TensorType]:
        """A sample's ratios for all channels and those before and behind, and their running sum."""
        _, channels, *places = inputs.first.shape
        sizes = (count((channels,)) + self.size - 1, *map(int, places))
        return (TensorType(sizes, "float32"), TensorType(sizes[1:], "float32"))
