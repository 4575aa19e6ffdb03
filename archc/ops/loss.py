"""Losses: what outputs are trained against targets with, under `loss:` in a spec.

A loss takes exact shapes: where torch would stretch one tensor to the other's size, which trains on pairs that nobody
meant, the rule refuses. Classes are dim 1 of the input, as in torch.
"""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from archc.dims import same_sizes
from archc.ops import lowering
from archc.ops.base import (
    CHANNELS,
    DTYPE,
    FLOATING,
    INTEGERS,
    MERGE,
    Domain,
    Example,
    Inputs,
    Module,
    Saves,
    ShapeError,
    Weight,
    need_dtype,
)
from archc.ops.targets import indices, need_batches, need_classes, need_equal
from archc.tensor import TensorType

Reduction = Literal["mean", "sum", "none"]


class _Loss(Module):
    saves = Saves("always", "always")
    family = "loss"
    ports = ("input", "target")
    tensors: ClassVar[tuple[str, ...]] = ()
    """The arguments that torch wants as tensors, and keeps as buffers."""

    def as_torch(self) -> lowering.Node:
        """`nn.Name(...)`, lists of numbers made tensors."""
        given = tuple(
            (name, lowering.Call("torch.tensor", (node,)) if name in self.tensors else node)
            for name, node in self.given()
        )
        return lowering.Call(f"nn.{self.name}", (), given)

    def weights(self) -> Sequence[Weight]:
        """The tensors among the arguments, as buffers."""
        given = ((name, getattr(self, name)) for name in self.tensors)
        return tuple(Weight(name, (len(value),), buffer=True) for name, value in given if value is not None)

    def _reduced(self, shape: tuple[Any, ...], dtype: str) -> tuple[TensorType, ...]:
        whole = getattr(self, "reduction", "mean") != "none"
        return (TensorType(() if whole else shape, dtype),)


class _Elementwise(_Loss):
    """Compares two tensors element by element: equal shapes and one dtype, which is a floating-point one."""

    examples = (Example(((10,), (10,))), Example(((3, 4, 4), (3, 4, 4)), {"reduction": "none"}))
    domain = Domain(
        inputs=(((4,), (4,)), ((3, 4), (3, 4)), ((3, 4), (3, 5)), ((4,), (3,)), ((), ())),
        args={"reduction": ("mean", "sum", "none", "batchmean")},
    )

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """One number, or with `reduction: none` the input's shape."""
        x, target = inputs
        need_dtype(x)
        self._need_target_dtype(x, target)
        need_batches(inputs)
        need_equal(x, target)
        return self._reduced(x.shape, x.dtype)

    def _need_target_dtype(self, x: TensorType, target: TensorType) -> None:
        if x.dtype != target.dtype:
            whole = "whole numbers as classes are for `CrossEntropyLoss`"
            help = whole if target.dtype in INTEGERS else f"give the target `dtype: {x.dtype}`"
            raise ShapeError(
                f"wants a target of dtype {x.dtype} like its input's, got {target.dtype}", code=DTYPE, help=help
            )


class MSELoss(_Elementwise):
    """The mean of the squared differences."""

    reduction: Reduction = "mean"


class L1Loss(_Elementwise):
    """The mean of the absolute differences."""

    saves = Saves()
    reduction: Reduction = "mean"

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """The differences."""
        return (inputs.first,)


class SmoothL1Loss(_Elementwise):
    """Squared below `beta`, absolute above; divided by `beta`."""

    domain = Domain(
        inputs=(((4,), (4,)), ((3, 4), (3, 5))),
        args={"reduction": ("mean", "none"), "beta": (0.0, 1.0, -1.0)},
    )

    reduction: Reduction = "mean"
    beta: Annotated[float, Field(ge=0.0)] = 1.0


class HuberLoss(_Elementwise):
    """Squared below `delta`, absolute above."""

    domain = Domain(
        inputs=(((4,), (4,)), ((3, 4), (3, 5))),
        args={"reduction": ("mean", "none"), "delta": (0.5, 1.0, 0.0, -1.0)},
    )

    reduction: Reduction = "mean"
    delta: Annotated[float, Field(gt=0.0)] = 1.0


class _TwoWay(_Elementwise):
    """Tells two classes apart, wherever the target has a number."""

    def class_count(self, inputs: Inputs) -> int | None:
        """A number tells two classes apart."""
        return 2

    def _need_target_dtype(self, x: TensorType, target: TensorType) -> None:
        if target.dtype in (*INTEGERS, "bool"):
            message = f"wants numbers from 0 to 1 of dtype {x.dtype}, got {target}"
            raise ShapeError(message, code=DTYPE, help=f"give the target `dtype: {x.dtype}`")
        super()._need_target_dtype(x, target)


class BCELoss(_TwoWay):
    """Cross-entropy of probabilities (after a sigmoid) with probabilities. Per-sample `weight` is not modelled."""

    wants = "probabilities"
    from_scores = "BCEWithLogitsLoss"

    reduction: Reduction = "mean"


class BCEWithLogitsLoss(_TwoWay):
    """A sigmoid and `BCELoss` in one, computed without overflow."""

    wants = "scores"
    tensors = ("pos_weight",)
    examples = (
        *_Elementwise.examples,
        Example(((4, 3), (4, 3)), {"pos_weight": (1.0, 2.0, 3.0)}),
        Example(((8,), (8,)), {"pos_weight": (3.5,)}),
    )
    domain = Domain(
        inputs=(((3,), (3,)), ((4, 3), (4, 3)), ((3, 4), (3, 5)), ((4,), (3,))),
        args={"reduction": ("mean", "sum", "none"), "pos_weight": ((2.0, 2.0, 0.5), (2.0,))},
    )

    reduction: Reduction = "mean"
    pos_weight: tuple[float, ...] | None = None

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """As its kin; `pos_weight` has one number for all, or one for each entry of the last dimension."""
        result = super().infer(inputs)
        last = int(inputs.first.shape[-1]) if inputs.first.sample else 1
        if self.pos_weight is not None and len(self.pos_weight) not in (1, last):
            raise ShapeError(f"wants 1 or {last} numbers in `pos_weight`, got {len(self.pos_weight)}", code=CHANNELS)
        return result


class KLDivLoss(_Elementwise):
    """Kullback-Leibler divergence; the input holds logarithms of probabilities, the target probabilities."""

    wants = "log-probabilities"
    examples = (
        Example(((10,), (10,)), {"reduction": "batchmean"}),
        Example(((4, 3), (4, 3)), {"log_target": True, "reduction": "none"}),
    )

    reduction: Literal["mean", "sum", "none", "batchmean"] = "mean"
    log_target: bool = False


class PoissonNLLLoss(_Elementwise):
    """The negative log likelihood of counts under a Poisson distribution; the target may be whole numbers."""

    examples = (
        Example(((10,), (10,)), {"log_input": False}),
        Example(((4,), (4,)), {"full": True, "reduction": "none"}, ("float32", "int64")),
    )
    domain = Domain(
        inputs=(((4,), (4,)), ((3, 4), (3, 5)), ((4,), (3,))), args={"reduction": ("mean", "sum", "batchmean")}
    )

    log_input: bool = True
    full: bool = False
    eps: float = 1e-8
    reduction: Reduction = "mean"

    def _need_target_dtype(self, x: TensorType, target: TensorType) -> None:
        if target.dtype != x.dtype:
            need_dtype(target, *INTEGERS)


class _Classes(_Loss):
    """Scores for classes in dim 1, against the index of the right one."""

    class_axis = 1
    tensors = ("weight",)
    domain = Domain(
        inputs=(((3,), ()), ((3, 4), (4,)), ((3, 4, 5), (4, 5)), ((3, 4), (5,)), ((3, 4), ()), ((3,), (3,))),
        args={
            "reduction": ("mean", "none", "batchmean"),
            "ignore_index": (-100, 0),
            "weight": ((1.0, 2.0, 3.0), (1.0,)),
        },
        dtypes=("float32", "int64"),
    )

    def class_count(self, inputs: Inputs) -> int | None:
        """The size of dim 1."""
        return int(inputs.first.shape[1])


class CrossEntropyLoss(_Classes):
    """A log-softmax over dim 1 and the negative log likelihood: against class indices, or against probabilities."""

    wants = "scores"
    examples = (
        Example(((10,), ()), dtypes=("float32", "int64")),
        Example(((5, 8, 8), (8, 8)), {"reduction": "none", "ignore_index": 255}, ("float32", "int64")),
        Example(((3,), (3,)), {"weight": (0.2, 0.3, 0.5), "label_smoothing": 0.1}),
    )

    saves = Saves(rest="always")
    weight: tuple[float, ...] | None = None
    ignore_index: int = -100
    reduction: Reduction = "mean"
    label_smoothing: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """int64 targets lack the class axis; floating-point ones are probabilities in the input's own shape."""
        need_classes(inputs, self.weight)
        x, target = inputs
        if target.dtype not in FLOATING:
            return self._reduced(indices(inputs, "uint8").shape, inputs.first.dtype)
        if target.dtype != x.dtype:
            raise ShapeError(f"wants probabilities of dtype {x.dtype} like its input's, got {target.dtype}", code=DTYPE)
        if self.ignore_index >= 0:
            raise ShapeError("knows `ignore_index` for class indices only, not for probabilities", code=DTYPE)
        if not same_sizes(x.shape, target.shape):
            raise ShapeError(
                f"wants probabilities in the input's own shape {x}, got {target}",
                code=MERGE,
                help="class indices have `dtype: int64`",
            )
        return self._reduced((x.shape[0], *x.shape[2:]), x.dtype)

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """The logarithms of the probabilities."""
        return (inputs.first,)


class NLLLoss(_Classes):
    """The negative log likelihood: takes logarithms of probabilities, and class indices."""

    wants = "log-probabilities"
    from_scores = "CrossEntropyLoss"
    examples = (
        Example(((10,), ()), dtypes=("float32", "int64")),
        Example(((3, 8, 8), (8, 8)), {"reduction": "none", "weight": (1.0, 2.0, 3.0)}, ("float32", "int64")),
    )

    weight: tuple[float, ...] | None = None
    ignore_index: int = -100
    reduction: Reduction = "mean"

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The target lacks the class axis."""
        need_classes(inputs, self.weight)
        return self._reduced(indices(inputs, "uint8").shape, inputs.first.dtype)
