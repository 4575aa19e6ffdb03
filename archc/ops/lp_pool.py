"""Power-average pooling: the p-norm of each window."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, FiniteFloat

from archc.ops.activation import ReluFunction
from archc.ops.arithmetic import Mul
from archc.ops.base import (
    Call,
    Domain,
    Example,
    Function,
    Inputs,
    Kernel,
    Module,
    Op,
    Positive,
    Size1,
    Size2,
    Size3,
    need_dtype,
    need_rank,
)
from archc.ops.kernels.program import Program
from archc.ops.pointwise import Abs, Pow, Sign
from archc.ops.pool import AvgPool1d, AvgPool2d, AvgPool3d
from archc.ops.window import covers, not_zero, pooled
from archc.tensor import TensorType


class _LPPool(Op):
    """The p-norm of each window over the `dims` dimensions behind the channels."""

    dims: ClassVar[int]
    family = "pool"
    positional: ClassVar[tuple[str, ...]] = ("norm_type",)

    norm_type: Annotated[int | FiniteFloat, AfterValidator(not_zero)]
    kernel_size: Any
    stride: Any = None
    ceil_mode: bool = False

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """As many places as the window has on each dimension."""
        need_rank(inputs.first, self.dims + 2)
        need_dtype(inputs.first)
        if self.dims == 3:
            covers(inputs.first, self.kernel_size)
        return (pooled(inputs.first, self.kernel_size, self.stride, 0, ceil_mode=self.ceil_mode),)

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """The mean of powers, its sign times what is not below 0 of it, times the window's size, and the root."""
        program, kind = Program(call), (AvgPool1d, AvgPool2d, AvgPool3d)[self.dims - 1]
        powers = program.run(Pow, ("input",), "powers", exponent=self.norm_type)
        sizes = {"kernel_size": self.kernel_size, "stride": self.stride, "ceil_mode": self.ceil_mode}
        mean = program.run(kind, (powers,), "mean", **sizes)
        sign = program.run(Sign, (mean,), "sign")
        above = program.run(ReluFunction, (program.run(Abs, (mean,), "size"),), "above")
        total = program.run(Mul, (program.run(Mul, (sign, above), "signed"),), "total", other=1)
        root = program.run(Pow, (total,), "root", exponent=1 / self.norm_type)
        program.hold(mean)
        return program.finish(root)


class _LPPool1d(_LPPool):
    dims = 1
    examples = (Example(((4, 9),), {"norm_type": 2, "kernel_size": 3}),)
    domain = Domain(
        inputs=(((3, 2),), ((3, 5),), ((3, 7),), ((3, 7, 7),)),
        args={
            "norm_type": (1, 2, 0.5, 0),
            "kernel_size": (1, 2, 3, (3,)),
            "stride": (None, 1, (2,), 4),
            "ceil_mode": (True, False),
        },
    )

    kernel_size: Positive
    stride: Size1 | None = None


class LPPool1d(_LPPool1d, Module):
    """The p-norm of each window on a sequence."""


class LPPool1dFunction(_LPPool1d, Function):
    """The p-norm of each window on a sequence."""

    name = "lp_pool1d"


class _LPPool2d(_LPPool):
    dims = 2
    examples = (Example(((4, 8, 8),), {"norm_type": 2, "kernel_size": (3, 2), "stride": 2}),)
    domain = Domain(
        inputs=(((3, 2, 2),), ((3, 5, 4),), ((3, 8, 7),), ((3, 8),)),
        args={
            "norm_type": (1, 2, 0.5, 0),
            "kernel_size": (1, 2, 3, (3, 2)),
            "stride": (None, 1, 2, (2, 3), 4),
            "ceil_mode": (True, False),
        },
    )

    kernel_size: Size2
    stride: Size2 | None = None


class LPPool2d(_LPPool2d, Module):
    """The p-norm of each window on an image."""


class LPPool2dFunction(_LPPool2d, Function):
    """The p-norm of each window on an image."""

    name = "lp_pool2d"


class _LPPool3d(_LPPool):
    dims = 3
    examples = (Example(((4, 6, 6, 6),), {"norm_type": 2, "kernel_size": 2}),)
    domain = Domain(
        inputs=(((3, 2, 2, 2),), ((3, 5, 4, 3),), ((3, 6, 5, 5),), ((3, 8, 8),)),
        args={
            "norm_type": (1, 2, 0),
            "kernel_size": (1, 2, 3, (1, 3, 2)),
            "stride": (None, 1, 2, (2, 1, 3)),
            "ceil_mode": (True, False),
        },
    )

    kernel_size: Size3
    stride: Size3 | None = None


class LPPool3d(_LPPool3d, Module):
    """The p-norm of each window on a volume."""


class LPPool3dFunction(_LPPool3d, Function):
    """The p-norm of each window on a volume."""

    name = "lp_pool3d"
