"""Ops that join tensors side by side: the ends of parallel branches."""

from collections.abc import Sequence
from typing import ClassVar

from archc.ops import lowering
from archc.ops.base import (
    Call,
    Domain,
    Example,
    Function,
    Inputs,
    Reshaped,
    Saves,
    Window,
    axis,
)
from archc.ops.joins import promote, same_shape
from archc.tensor import TensorType


class _Joined(Function):
    """A call on the list of all tensors."""

    gradient = "view"
    saves = Saves()
    family: ClassVar[str] = "merge"
    merges: ClassVar[bool] = True
    primary: ClassVar[str | None] = "dim"

    dim: int = 1
    """torch's own default is 0, which is the batch here; channels are what specs join."""

    def scatters(self, call: Call) -> Reshaped:
        """Parts of what lies behind each index of the dimensions before, where there is more than one."""
        result, rank = call.outputs[0], call.inputs.first.rank
        at = axis(result, self.dim, batch=True)
        sizes = (call.batch, *result.sample) if result.batched else result.sample
        if all(int(size) == 1 for size in sizes[:at]):
            return ""
        return "all" if at >= rank - 1 else "rows"

    def as_torch(self) -> lowering.Node:
        """`torch.cat([a, b], dim=1)`."""
        return lowering.Call(self.target, (lowering.Inputs(),), (("dim", lowering.Field("dim")),))


class Cat(_Joined):
    """Concatenates tensors along a dimension; all other dimensions must agree."""

    name = "cat"
    is_sum_or_join = True
    target = "torch.cat"
    examples = (Example(((8, 4, 4), (3, 4, 4))), Example(((8, 4), (8, 5)), {"dim": 2}))
    domain = Domain(inputs=(((8, 4), (3, 4)), ((3, 4), (3, 4), (3, 5)), ((2,), (2, 2))), args={"dim": (0, 1, 2, -1, 5)})

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Sizes add up along `dim`."""
        first = inputs.first
        at = axis(first, self.dim)
        total = first.shape[at]
        for other in inputs.types[1:]:
            same_shape(first, other, but=at)
            total = total + other.shape[at]
        shape = (*first.shape[:at], total, *first.shape[at + 1 :])
        return (TensorType(shape, promote(*[x.dtype for x in inputs.types])),)

    def is_identity(self, inputs: Inputs) -> bool:
        """One tensor alone."""
        return len(inputs) == 1

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """The same place, but for the joined dimension."""
        at = axis(inputs.first, self.dim)
        return tuple(None if dim == at else Window() for dim in range(outputs[0].rank))


class Stack(_Joined):
    """Joins equal tensors along a new dimension."""

    name = "stack"
    target = "torch.stack"
    examples = (Example(((8, 4), (8, 4))), Example(((8, 4), (8, 4), (8, 4)), {"dim": -1}))
    domain = Domain(
        inputs=(((8, 4), (8, 4)), ((3,), (3,), (3,)), ((3, 4), (3, 5)), ((2,), (2, 2))),
        args={"dim": (0, 1, 2, 3, -1, -3, 5)},
    )

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The number of tensors becomes the size of dimension `dim` of the result."""
        first = inputs.first
        at = axis(first, self.dim, extra=1)
        for other in inputs.types[1:]:
            same_shape(first, other)
        shape = (*first.shape[:at], len(inputs), *first.shape[at:])
        return (TensorType(shape, promote(*(x.dtype for x in inputs))),)
