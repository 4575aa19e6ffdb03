"""Numbers of another dtype."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from archc.ops import lowering
from archc.ops.base import (
    Aliases,
    Call,
    Domain,
    Example,
    Function,
    Inputs,
    Kernel,
    Saves,
)
from archc.ops.kernels import lone_kernel
from archc.tensor import TensorType


class To(Function):
    """The same numbers as another dtype, as `one_hot` needs before a layer: `to: float32`."""

    is_pointwise = True
    saves = Saves()
    name = "to"
    primary = "dtype"
    examples = (
        Example(((5, 8),), {"dtype": "float32"}, ("int64",)),
        Example(((5, 8),), {"dtype": "bool"}),
    )
    domain = Domain(inputs=(((3,),), ((2, 3),)), args={"dtype": ("float32", "float16", "int64", "uint8", "bool")})

    dtype: Literal["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The same shape."""
        return (TensorType(inputs.first.shape, self.dtype),)

    def aliased(self, inputs: Inputs, *, training: bool) -> Aliases | None:
        """A tensor that has the dtype is handed on."""
        return Aliases("itself") if inputs.first.dtype == self.dtype else None

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """A copy, or the input itself where it has the dtype."""
        lone = lone_kernel(self, call)
        return (replace(lone, gradient="view") if lone.is_view else lone,)

    def as_torch(self) -> lowering.Node:
        """`x.to(torch.float32)`."""
        return lowering.Method(lowering.Input(), "to", (lowering.Raw(f"torch.{self.dtype}"),))
