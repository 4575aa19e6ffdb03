"""Normalization of channels by the statistics of a batch or of an instance, which may be tracked in buffers."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from pydantic import Field

from archc.dims import Dim, equal, product
from archc.ops.base import (
    RANK,
    Call,
    Domain,
    Example,
    Function,
    Inferred,
    Inputs,
    Module,
    Order,
    ShapeError,
    Weight,
    concrete,
    count,
    need_dtype,
    need_rank,
)
from archc.tensor import TensorType


class _BatchNorm(Module):
    """Channels normalized by mean and variance, over batch and places alike."""

    is_pointwise = True
    ranks: ClassVar[tuple[int, ...]]
    family = "norm"
    is_affine: ClassVar[bool] = True
    centres_channels = True
    primary = "num_features"
    positional = ("num_features",)

    num_features: Inferred = None
    eps: Annotated[float, Field(gt=0)] = 1e-5
    momentum: float | None = 0.1
    affine: bool = True
    track_running_stats: bool = True
    bias: bool = True

    def inferred(self, inputs: Inputs) -> Mapping[str, Any]:
        """`num_features` is dimension 1."""
        need_rank(inputs.first, *self.ranks)
        return {"num_features": concrete(inputs.first.shape[1])}

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        need_dtype(inputs.first)
        return (inputs.first,)

    def averaged(self, inputs: Inputs) -> int | None:
        """The places; the samples of a batch come on top."""
        return count(inputs.first.shape[2:])

    def weights(self) -> Sequence[Weight]:
        """`weight` and `bias` if `affine`; the running statistics if they are tracked."""
        return _weights(self.num_features or 0, self.affine, self.bias, self.track_running_stats)

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """Mean and deviation of each channel, from the batch."""
        if not training and self.track_running_stats:
            return ()
        statistics = inputs.first.with_shape(*self._measured(inputs.first))
        return (statistics, statistics)

    def gradient_order(self, call: Call) -> Order | None:
        """That of the input."""
        return call.orders[0]

    def _measured(self, x: TensorType) -> tuple[Dim, ...]:
        """What has a mean of its own."""
        return x.shape[1:2]


@lru_cache(maxsize=1024)
def _weights(features: int, affine: bool, bias: bool, tracked: bool) -> tuple[Weight, ...]:
    """Those of a norm; made once for all norms that are alike, of which networks have hundreds."""
    shape = (features,)
    learned = ("weight", "bias") if bias else ("weight",)
    weights = tuple(Weight(name, shape) for name in learned) if affine else ()
    if not tracked:
        return weights
    means = Weight("running_mean", shape, buffer=True)
    variances = Weight("running_var", shape, buffer=True)
    return (*weights, means, variances, Weight("num_batches_tracked", (), buffer=True, dtype="int64"))


_BATCH_NORM_ARGS = {
    "num_features": (None, 6), "momentum": (0.1, None), "affine": (True, False),
    "track_running_stats": (True, False), "bias": (True, False), "eps": (1e-5, 0.1),
}  # fmt: skip


class BatchNorm1d(_BatchNorm):
    """Batch normalization of features, or of channels along a sequence."""

    ranks = (2, 3)
    examples = (Example(((6,),)), Example(((6, 5),), {"eps": 1e-3}))
    domain = Domain(inputs=(((6,),), ((6, 4),), ((6, 4, 4),)), args=_BATCH_NORM_ARGS)


class BatchNorm2d(_BatchNorm):
    """Batch normalization of the channels of images."""

    ranks = (4,)
    examples = (Example(((6, 4, 4),)), Example(((3, 4, 4),), {"affine": False, "momentum": 0.01}))
    domain = Domain(inputs=(((6, 4, 3),), ((6,),), ((6, 4),)), args=_BATCH_NORM_ARGS)


class BatchNorm3d(_BatchNorm):
    """Batch normalization of the channels of volumes."""

    ranks = (5,)
    examples = (Example(((6, 4, 4, 4),)), Example(((6, 2, 2, 2),), {"track_running_stats": False}))
    domain = Domain(inputs=(((6, 4, 3, 2),), ((6, 4, 3),)), args=_BATCH_NORM_ARGS)


class SyncBatchNorm(_BatchNorm):
    """Batch normalization over the batches of all processes of distributed training; alone, as `BatchNorm`."""

    ranks = (2, 3, 4, 5)
    examples = (Example(((6, 4, 4),)),)
    domain = Domain(inputs=(((6,),), ((6, 4),), ((6, 4, 3),), ((6, 4, 3, 2),)), args=_BATCH_NORM_ARGS)


class _InstanceNorm(_BatchNorm):
    """Each channel of each sample normalized by its own mean and variance."""

    is_pointwise = False
    is_affine = False

    affine: bool = False
    track_running_stats: bool = False

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type; there must be something to take the mean of."""
        if not self.track_running_stats:
            _need_places(inputs.first)
        return super().infer(inputs)

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """Mean and deviation, and what is written out for each sample: the weight and the running statistics."""
        each = inputs.first.with_shape(*self._measured(inputs.first))
        own = super().beside(inputs, outputs, training=training)
        return (*own, *(each,) * (int(self.affine) + 2 * int(self.track_running_stats)))

    def scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """The bias for each sample."""
        return (inputs.first.with_shape(*self._measured(inputs.first)),) * int(self.affine and self.bias)

    def gradient_scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[TensorType]:
        """The gradients of weight and bias for each sample."""
        each = inputs.first.with_shape(*self._measured(inputs.first))
        return (each,) * (int(self.affine) + int(self.affine and self.bias))

    def _measured(self, x: TensorType) -> tuple[Dim, ...]:
        return x.shape[:2]


_INSTANCE_NORM_ARGS = {"affine": (True, False), "track_running_stats": (True, False), "momentum": (0.1, None)}


class InstanceNorm1d(_InstanceNorm):
    """Instance normalization of channels along a sequence."""

    ranks = (3,)
    examples = (Example(((6, 5),)), Example(((6, 5),), {"affine": True, "track_running_stats": True}))
    domain = Domain(inputs=(((6, 5),), ((6,),), ((6, 4, 4),)), args=_INSTANCE_NORM_ARGS)


class InstanceNorm2d(_InstanceNorm):
    """Instance normalization of the channels of images."""

    ranks = (4,)
    examples = (Example(((6, 4, 4),)), Example(((6, 4, 4),), {"affine": True}))
    domain = Domain(inputs=(((6, 4, 3),), ((6, 5),), ((1, 1, 2),)), args=_INSTANCE_NORM_ARGS)


class InstanceNorm3d(_InstanceNorm):
    """Instance normalization of the channels of volumes."""

    ranks = (5,)
    examples = (Example(((6, 4, 4, 4),)), Example(((6, 2, 2, 2),), {"track_running_stats": True}))
    domain = Domain(inputs=(((6, 4, 3, 2),), ((6, 4, 3),)), args=_INSTANCE_NORM_ARGS)


class InstanceNormFunction(Function):
    """Each channel of each sample normalized by its own mean and variance, without weights."""

    name = "instance_norm"
    family = "norm"
    centres_channels = True
    examples = (Example(((6, 4, 4),)),)
    domain = Domain(inputs=(((6, 4),), ((6, 1, 1),), ((6, 2, 2, 2),)), args={"eps": (1e-5, 0.1)})

    eps: Annotated[float, Field(ge=0)] = 1e-5

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type; there must be something to take the mean of."""
        if inputs.first.rank < 3:
            raise ShapeError(f"wants channels and places beside the batch, got {inputs.first}", code=RANK)
        _need_places(inputs.first)
        need_dtype(inputs.first)
        return (inputs.first,)

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """Mean and deviation of each channel of each sample."""
        statistics = inputs.first.with_shape(*inputs.first.shape[:2])
        return (statistics, statistics)


def _need_places(x: TensorType) -> None:
    if equal(product(x.shape[2:]), 1):
        raise ShapeError(
            f"wants more than one place to take each channel's mean over, got {x}",
            help="normalize before pooling down to one place, or use a LayerNorm",
        )
