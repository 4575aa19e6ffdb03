"""Normalization of each sample by itself; `batch_norm.py` has the layers that keep running statistics.

That by neighbouring channels is in `response_norm.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from archc.dims import divides, shown
from archc.ops.base import (
    CHANNELS,
    INFERRED,
    RANK,
    Domain,
    Example,
    Function,
    Inferred,
    Inputs,
    Module,
    Op,
    Positive,
    Saves,
    ShapeError,
    Weight,
    Window,
    axis,
    concrete,
    count,
    need_dtype,
)
from archc.tensor import TensorType

Epsilon = Annotated[float, Field(ge=0)]
Sizes = Annotated[tuple[Positive, ...], Field(min_length=1)]
InferredShape = Annotated[Positive | Sizes | None, Field(default=None, json_schema_extra={INFERRED: True})]
InferredSizes = Annotated[Sizes | None, Field(default=None, json_schema_extra={INFERRED: True})]


class _Normalization(Op):
    """Keeps shape and dtype, and wants floating-point numbers."""

    family = "norm"

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        need_dtype(inputs.first)
        return (inputs.first,)


class _TrailingNorm(_Normalization, Module):
    """Normalizes over the last dimensions together."""

    primary = "normalized_shape"
    positional = ("normalized_shape",)

    normalized_shape: InferredShape = None

    def inferred(self, inputs: Inputs) -> Mapping[str, Any]:
        """`normalized_shape` is the last dimension, or as many of the last ones as were given."""
        return {"normalized_shape": _trailing(inputs.first, self.normalized_shape or 1)}

    def averaged(self, inputs: Inputs) -> int | None:
        """The elements of `normalized_shape`."""
        return count(self.sizes())

    def sizes(self) -> tuple[int, ...]:
        """`normalized_shape` as a tuple."""
        shape = self.normalized_shape or ()
        return shape if isinstance(shape, tuple) else (shape,)

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """Mean and deviation of each vector."""
        return _statistics(inputs.first, inputs.first.rank - len(self.sizes()))

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """The same place of the leading dimensions."""
        rank, own = outputs[0].rank, len(self.sizes())
        return tuple(Window() if dim < rank - own else None for dim in range(rank))


_TRAILING_INPUTS = (((4,),), ((3, 4),), ((2, 3, 4),))


class LayerNorm(_TrailingNorm):
    """Each sample normalized over its last dimensions by mean and variance."""

    examples = (Example(((5, 16),)), Example(((3, 4, 4),), {"normalized_shape": (4, 4), "bias": False}))
    domain = Domain(
        inputs=_TRAILING_INPUTS,
        args={
            "normalized_shape": (None, 4, 3, (4,), (3, 4), (4, 3), (2, 3, 4), (2, 2, 3, 4), ()),
            "elementwise_affine": (True, False),
            "bias": (True, False),
        },
    )

    eps: Epsilon = 1e-5
    elementwise_affine: bool = True
    bias: bool = True

    def weights(self) -> Sequence[Weight]:
        """`weight` and `bias` of `normalized_shape`."""
        return _affine(self.sizes(), weight=self.elementwise_affine, bias=self.elementwise_affine and self.bias)


class RMSNorm(_TrailingNorm):
    """Each sample divided by the root mean square over its last dimensions."""

    saves = Saves("own")
    gradient_takes = 2
    examples = (Example(((5, 16),)), Example(((3, 4, 4),), {"normalized_shape": (4, 4), "eps": 1e-6}))
    domain = Domain(
        inputs=_TRAILING_INPUTS,
        args={"normalized_shape": (None, 4, 3, (4,), (3, 4), (3, 3, 4)), "elementwise_affine": (True, False)},
    )

    eps: Epsilon | None = None
    elementwise_affine: bool = True

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """One over the root of each mean, and what comes before the weight."""
        each = _statistics(inputs.first, inputs.first.rank - len(self.sizes()))[0]
        return (each, inputs.first) if self.elementwise_affine else (each,)

    def weights(self) -> Sequence[Weight]:
        """`weight` of `normalized_shape`."""
        return _affine(self.sizes(), weight=self.elementwise_affine, bias=False)


class _TrailingFunction(_Normalization, Function):
    """Normalizes over the last dimensions together, without weights."""

    primary = "normalized_shape"
    positional = ("normalized_shape",)
    examples = (Example(((5, 16),)), Example(((3, 4, 4),), {"normalized_shape": (4, 4)}))
    domain = Domain(inputs=_TRAILING_INPUTS, args={"normalized_shape": (None, (4,), (3, 4), (4, 3), (2, 2, 3, 4), ())})

    normalized_shape: InferredSizes = None

    def inferred(self, inputs: Inputs) -> Mapping[str, Any]:
        """`normalized_shape` is the last dimension, or as many of the last ones as were given."""
        return {"normalized_shape": _trailing(inputs.first, self.normalized_shape or (1,))}

    def averaged(self, inputs: Inputs) -> int | None:
        """The elements of `normalized_shape`."""
        return count(self.normalized_shape or ())

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """Mean and deviation of each vector."""
        return _statistics(inputs.first, inputs.first.rank - len(self.normalized_shape or ()))

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """The same place of the leading dimensions."""
        rank, own = outputs[0].rank, len(self.normalized_shape or ())
        return tuple(Window() if dim < rank - own else None for dim in range(rank))


class LayerNormFunction(_TrailingFunction):
    """Each sample normalized over its last dimensions by mean and variance, without weights."""

    name = "layer_norm"

    eps: Epsilon = 1e-5


class RmsNormFunction(_TrailingFunction):
    """Each sample divided by the root mean square over its last dimensions, without weights."""

    name = "rms_norm"
    gradient_takes = 3

    eps: Epsilon | None = None


class GroupNorm(_Normalization, Module):
    """Channels normalized in groups, each sample by itself."""

    primary = "num_groups"
    positional = ("num_groups", "num_channels")
    examples = (Example(((6, 4, 4),), {"num_groups": 3}), Example(((6, 4),), {"num_groups": 1, "affine": False}))
    domain = Domain(
        inputs=(((6,),), ((6, 4),), ((6, 4, 3),)),
        args={"num_groups": (1, 2, 4, 6), "num_channels": (None, 6), "affine": (True, False)},
    )

    num_groups: Positive
    num_channels: Inferred = None
    eps: Epsilon = 1e-5
    affine: bool = True
    bias: bool = True

    def inferred(self, inputs: Inputs) -> Mapping[str, Any]:
        """`num_channels` is dimension 1."""
        _need_groups(inputs.first, self.num_groups)
        return {"num_channels": concrete(inputs.first.shape[1])}

    def averaged(self, inputs: Inputs) -> int | None:
        """A group's channels at all places."""
        return count(inputs.first.shape[1:]) // self.num_groups

    def weights(self) -> Sequence[Weight]:
        """`weight` and `bias`, one a channel."""
        return _affine((self.num_channels or 0,), weight=self.affine, bias=self.affine and self.bias)

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """Mean and deviation of each group."""
        statistics = inputs.first.with_shape(inputs.first.shape[0], self.num_groups)
        return (statistics, statistics)


class GroupNormFunction(_Normalization, Function):
    """Channels normalized in groups, each sample by itself, without weights."""

    name = "group_norm"
    primary = "num_groups"
    positional = ("num_groups",)
    examples = (Example(((6, 4, 4),), {"num_groups": 3}),)
    domain = Domain(inputs=(((6,),), ((6, 4),), ((6, 4, 3),)), args={"num_groups": (1, 2, 4, 6)})

    num_groups: Positive
    eps: Epsilon = 1e-5

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type; the groups must divide its channels."""
        _need_groups(inputs.first, self.num_groups)
        return super().infer(inputs)

    def averaged(self, inputs: Inputs) -> int | None:
        """A group's channels at all places."""
        return count(inputs.first.shape[1:]) // self.num_groups

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """Mean and deviation of each group."""
        statistics = inputs.first.with_shape(inputs.first.shape[0], self.num_groups)
        return (statistics, statistics)


class Normalize(_Normalization, Function):
    """Divides by the p-norm along a dimension."""

    name = "normalize"
    gradient_takes = 3
    primary = "dim"
    examples = (Example(((6,),)), Example(((6, 4),), {"dim": -1, "p": 1.0}))
    domain = Domain(inputs=(((6,),), ((6, 4, 3),)), args={"dim": (0, 1, 2, -1, -4, 4), "p": (0.5, 1.0, 2.0)})

    p: float = 2.0
    dim: int = 1
    eps: float = 1e-12

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        axis(inputs.first, self.dim)
        return super().infer(inputs)

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """The norms, before and after they are kept from zero; in inference the first are gone by then."""
        norms = inputs.first.with_dim(self.dim, 1)
        return (norms, norms) if training else (norms,)


def _affine(shape: tuple[int, ...], *, weight: bool, bias: bool) -> tuple[Weight, ...]:
    wanted = {"weight": weight, "bias": bias}
    return tuple(Weight(name, shape) for name, present in wanted.items() if present)


def _trailing(x: TensorType, like: int | tuple[int, ...]) -> int | tuple[int, ...]:
    """The last dimensions of `x`: as many as `like` has, as a number where it is one."""
    over = len(like) if isinstance(like, tuple) else 1
    if over >= x.rank:
        raise ShapeError(f"normalizes over the last {over} dimensions of a sample, got {x}", code=RANK)
    sizes = tuple(concrete(size) for size in x.shape[-over:])
    return sizes if isinstance(like, tuple) else sizes[0]


def _need_groups(x: TensorType, groups: int) -> None:
    if x.rank < 2:
        raise ShapeError(f"wants channels beside the batch, got {x}", code=RANK)
    if not divides(groups, x.shape[1]):
        raise ShapeError(f"cannot split {shown(x.shape[1])} channels into {groups} groups", code=CHANNELS)


def _statistics(x: TensorType, leading: int) -> tuple[TensorType, TensorType]:
    """A mean and a deviation for each index of the leading dimensions."""
    each = x.with_shape(*x.shape[:leading])
    return (each, each)
