"""Losses that compare distances or signs with a margin: of pairs, of triplets, of each class with the right one.

As in `loss.py`, shapes must be equal where torch would stretch one to the other.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from archc.dims import Dim, same_sizes
from archc.ops.base import (
    DTYPE,
    INTEGERS,
    MERGE,
    RANK,
    Domain,
    Example,
    Inputs,
    Module,
    Saves,
    ShapeError,
    need_dtype,
    need_rank,
)
from archc.ops.targets import indices, need_batches, need_classes, need_equal
from archc.tensor import TensorType


class _Margin(Module):
    saves = Saves("always", "always")
    family = "loss"

    reduction: Literal["mean", "sum", "none"] = "mean"

    def _reduced(self, shape: tuple[Dim, ...], dtype: str) -> tuple[TensorType, ...]:
        return (TensorType(shape if self.reduction == "none" else (), dtype),)


def _need_alike(tensors: Sequence[TensorType]) -> None:
    """Refuse tensors that differ in shape, in dtype, or are no floating-point numbers."""
    first = tensors[0]
    for x in tensors:
        need_dtype(x)
        if x.dtype != first.dtype:
            raise ShapeError(f"compares tensors of dtypes {first.dtype} and {x.dtype}", code=DTYPE)
        if not same_sizes(x.shape, first.shape):
            raise ShapeError(f"compares tensors of one shape, got {first} and {x}", code=MERGE)


class TripletMarginLoss(_Margin):
    """How much nearer the anchor is to the positive than to the negative, up to a margin (Balntas et al. 2016)."""

    saves = Saves()
    ports = ("anchor", "positive", "negative")
    examples = (
        Example(((64,), (64,), (64,)), {"margin": 0.2}),
        Example(((5, 16), (5, 16), (5, 16)), {"swap": True, "reduction": "none"}),
    )
    domain = Domain(
        inputs=(((4,), (4,), (4,)), ((4,), (4,), (3,)), ((3, 4), (3, 5), (3, 4)), ((4,), (3, 4), (4,))),
        args={"margin": (0.0, 0.5), "p": (1.0, 2.0), "reduction": ("mean", "none", "batchmean")},
    )
    margin: Annotated[float, Field(gt=0.0)] = 1.0
    p: float = 2.0
    eps: float = 1e-6
    swap: bool = False

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Distances are along the last dimension."""
        need_batches(inputs)
        _need_alike(tuple(inputs))
        if inputs.first.rank < 2:
            raise ShapeError(f"compares vectors, got {inputs.first}", code=RANK)
        return self._reduced(inputs.first.shape[:-1], inputs.first.dtype)

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """The differences."""
        return (inputs.first,)


class CosineEmbeddingLoss(_Margin):
    """Draws vectors together where the target is 1, and apart where it is -1, by their cosine."""

    ports = ("input1", "input2", "target")
    examples = (Example(((64,), (64,), ())), Example(((64,), (64,), ()), {"margin": 0.5, "reduction": "none"}))
    domain = Domain(
        inputs=(((4,), (4,), ()), ((4,), (3,), ()), ((3, 4), (3, 4), (3,)), ((), (), ())),
        args={"margin": (0.0, 0.5), "reduction": ("sum", "none", "batchmean")},
    )

    margin: float = 0.0

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """A number for each pair of vectors."""
        first, second, target = inputs
        need_batches(inputs)
        _need_alike((first, second))
        need_rank(first, 2)
        if target.dtype not in INTEGERS:
            need_dtype(target)
        if target.rank != 1:
            raise ShapeError(f"wants a target of one number for each pair, got {target}", code=MERGE)
        return self._reduced(first.shape[:1], first.dtype)


class MarginRankingLoss(_Margin):
    """How far the first is from being larger than the second (where the target is 1), or smaller (-1), by a margin."""

    saves = Saves()
    ports = ("input1", "input2", "target")
    examples = (Example(((), (), ())), Example(((5,), (5,), (5,)), {"margin": 0.1, "reduction": "none"}))
    domain = Domain(
        inputs=(((4,), (4,), (4,)), ((4,), (4,), (3,)), ((4,), (3,), (4,))), args={"reduction": ("sum", "none")}
    )
    margin: float = 0.0

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Elements are compared one by one."""
        need_batches(inputs)
        _need_alike(tuple(inputs))
        return self._reduced(inputs.first.shape, inputs.first.dtype)

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """The differences."""
        return (inputs.first,)


class _Signs(_Margin):
    """Compares numbers with targets of 1 and -1, element by element."""

    ports = ("input", "target")
    examples = (Example(((10,), (10,))), Example(((3, 4), (3, 4)), {"reduction": "none"}))
    domain = Domain(inputs=(((4,), (4,)), ((3, 4), (3, 5)), ((4,), (3,))), args={"reduction": ("sum", "none")})

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Elements are compared one by one."""
        x, target = inputs
        need_batches(inputs)
        need_dtype(x)
        need_dtype(target, x.dtype)
        need_equal(x, target)
        return self._reduced(x.shape, x.dtype)


class SoftMarginLoss(_Signs):
    """`log(1 + exp(-target * x))`, for targets of 1 and -1."""

    wants = "scores"


class HingeEmbeddingLoss(_Signs):
    """Draws distances to 0 where the target is 1, and beyond a margin where it is -1."""

    saves = Saves()
    margin: float = 1.0

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """The differences."""
        return (inputs.first,)


class MultiLabelSoftMarginLoss(_Margin):
    """`BCEWithLogitsLoss`, averaged over the last dimension: several labels may hold at once."""

    wants = "scores"
    ports = ("input", "target")
    examples = (Example(((10,), (10,))), Example(((3, 4), (3, 4)), {"reduction": "none"}))
    domain = Domain(inputs=(((4,), (4,)), ((3, 4), (3, 5)), ((4,), (3,))), args={"reduction": ("sum", "none")})

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """A number for each row of labels."""
        x, target = inputs
        need_batches(inputs)
        need_dtype(x)
        need_dtype(target, x.dtype)
        need_equal(x, target)
        if x.rank < 2:
            raise ShapeError(f"wants a number for each label, got {x}", code=RANK)
        return self._reduced(x.shape[:-1], x.dtype)


class MultiMarginLoss(_Margin):
    """How far each class's score stays below that of the right one, by a margin."""

    ports = ("input", "target")
    class_axis = 1
    examples = (Example(((10,), ()), {"p": 2}, ("float32", "int64")),)
    domain = Domain(
        inputs=(((4,), ()), ((4,), (4,)), ((4,), (3,))),
        args={"p": (1, 2, 3), "margin": (0.5, 1.0), "reduction": ("sum", "none")},
        dtypes=("float32", "int64"),
    )

    p: Literal[1, 2] = 1
    margin: float = 1.0

    def class_count(self, inputs: Inputs) -> int | None:
        """The size of dim 1."""
        return int(inputs.first.shape[1])

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """One index a sample."""
        need_classes(inputs, None)
        need_rank(inputs.first, 2)
        return self._reduced(indices(inputs).shape, inputs.first.dtype)
