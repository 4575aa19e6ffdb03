"""Tables of vectors, looked up by index."""

from collections.abc import Sequence
from typing import Literal

from archc.dims import same_sizes
from archc.ops import lowering
from archc.ops.base import (
    CHANNELS,
    DTYPE,
    Domain,
    Example,
    Function,
    Inputs,
    Module,
    Positive,
    Saves,
    ShapeError,
    Weight,
    Window,
    need_rank,
)
from archc.tensor import TensorType


class _Table(Module):
    """A learned vector for each of `num_embeddings` indices."""

    positional = ("num_embeddings", "embedding_dim")

    num_embeddings: Positive
    embedding_dim: Positive
    padding_idx: int | None = None
    max_norm: float | None = None
    norm_type: float = 2.0
    scale_grad_by_freq: bool = False
    sparse: bool = False

    def _check(self, indices: TensorType) -> None:
        """Refuse what is no index, and a padding index outside the table."""
        _need_indices(indices, "int64", "int32")
        rows = self.num_embeddings
        if self.padding_idx is not None and not -rows <= self.padding_idx < rows:
            raise ShapeError(
                f"has {rows} embeddings, and padding_idx {self.padding_idx} is not among them", code=CHANNELS
            )

    def weights(self) -> Sequence[Weight]:
        """`weight` (num_embeddings, embedding_dim)."""
        return (Weight("weight", (self.num_embeddings, self.embedding_dim)),)


class Embedding(_Table):
    """Puts a learned vector in the place of every index; the vectors become a new last dimension."""

    examples = (
        Example(((7,),), {"num_embeddings": 10, "embedding_dim": 4}, ("int64",)),
        Example(((3, 5),), {"num_embeddings": 10, "embedding_dim": 4, "padding_idx": 0}, ("int32",)),
    )
    domain = Domain(
        inputs=(((),), ((5,),), ((2, 3),)),
        args={
            "num_embeddings": (1, 6),
            "embedding_dim": (1, 4),
            "padding_idx": (None, 0, -1, 5, 6, -7),
            "max_norm": (None, 1.0),
            "scale_grad_by_freq": (True, False),
            "sparse": (True, False),
        },
        dtypes=("int64",),
    )

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's shape with `embedding_dim` behind it."""
        self._check(inputs.first)
        return (TensorType((*inputs.first.shape, self.embedding_dim)),)

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """The index that it was looked up by."""
        return (*(Window() for _ in inputs.first.shape), None)


class EmbeddingBag(_Table):
    """The sum, mean or maximum of the vectors of a sample's indices: (N, L) becomes (N, embedding_dim).

    `per_sample_weights` weigh the vectors of a sum. torch's other form, with `offsets`, is not offered: its first
    dimension is not the batch.
    """

    saves = Saves("always", "always")
    ports = ("input", "per_sample_weights")
    optional = ("per_sample_weights",)
    examples = (
        Example(((7,),), {"num_embeddings": 10, "embedding_dim": 4}, ("int64",)),
        Example(((7,), (7,)), {"num_embeddings": 10, "embedding_dim": 4, "mode": "sum"}, ("int64", "float32")),
    )
    domain = Domain(
        inputs=(((5,),), ((2, 3),), ((5,), (5,)), ((5,), (4,))),
        args={
            "num_embeddings": (1, 6),
            "embedding_dim": (4,),
            "padding_idx": (None, 0, -1, 6),
            "mode": ("sum", "mean", "max"),
            "scale_grad_by_freq": (True, False),
            "sparse": (True, False),
        },
        dtypes=("int64", "float32"),
    )

    mode: Literal["mean", "sum", "max"] = "mean"

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """Where each bag starts, its size, the place of each maximum, and which bag each index is in."""
        x, each = inputs.first, TensorType(outputs[0].shape[:1], "int64")
        places = TensorType(outputs[0].shape, "int64") if self.mode == "max" else each
        if self.mode == "sum" and self.padding_idx is None:
            return (each, each, places)
        return (each, each, places, TensorType(x.shape, "int64"), TensorType((1,), "int64"))

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """One vector for each sample."""
        indices = inputs.first
        need_rank(indices, 2)
        self._check(indices)
        if self.mode == "max" and self.scale_grad_by_freq:
            raise ShapeError("cannot scale_grad_by_freq in mode max", code=CHANNELS)
        if self.mode == "max" and self.sparse:
            raise ShapeError("cannot have sparse gradients in mode max", code=CHANNELS)
        self._check_weights(indices, inputs.get("per_sample_weights"))
        return (TensorType((indices.shape[0], self.embedding_dim)),)

    def _check_weights(self, indices: TensorType, weights: TensorType | None) -> None:
        if weights is None:
            return
        if self.mode != "sum":
            raise ShapeError(f"takes per_sample_weights in mode sum, not in mode {self.mode}", code=CHANNELS)
        if not same_sizes(weights.shape, indices.shape):
            raise ShapeError(f"wants a weight for every index {indices}, got {weights}", code=CHANNELS)
        if weights.dtype != "float32":
            raise ShapeError(f"wants per_sample_weights of float32, got {weights.dtype}", code=DTYPE)

    def apply(self) -> lowering.Call:
        """`self.bag(indices, per_sample_weights=weights)`."""
        weights = lowering.Input("per_sample_weights")
        return lowering.Call("self", (lowering.Input(0),), (("per_sample_weights", weights),))


class OneHot(Function):
    """Writes every index as a vector of zeros with a one at the index; the vectors become a new last dimension."""

    name = "one_hot"
    family = "reshape"
    primary = "num_classes"
    positional = ("num_classes",)
    examples = (Example(((),), {"num_classes": 10}, ("int64",)), Example(((4, 4),), {"num_classes": 3}, ("int64",)))
    domain = Domain(inputs=(((),), ((5,),), ((2, 3),)), args={"num_classes": (1, 6)}, dtypes=("int64",))

    num_classes: Positive
    """torch can also count the classes in the data; a shape that depends on data is not offered."""

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's shape with `num_classes` behind it, as int64."""
        _need_indices(inputs.first, "int64")
        return (TensorType((*inputs.first.shape, self.num_classes), "int64"),)


def _need_indices(x: TensorType, *dtypes: str) -> None:
    if x.dtype not in dtypes:
        raise ShapeError(f"wants indices of {' or '.join(dtypes)}, got {x.dtype}", code=DTYPE)
