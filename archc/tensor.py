"""The type of a tensor: an exact shape and a dtype."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from archc.dims import BATCH, Dim, times

MAX_RANK = 64
"""The most dimensions of a tensor, the batch counted: torch's own limit."""
MAX_ELEMENTS = 2**60
"""As many elements as no memory can address once each takes eight bytes."""
BYTES = {"float64": 8, "int64": 8, "float32": 4, "int32": 4, "float16": 2, "bfloat16": 2, "int16": 2}
"""Bytes of an element by dtype; 1 for all others."""


class TensorType(NamedTuple):
    """What is known of a tensor before it exists.

    `shape` is torch's own shape, batch dimension included: `(BATCH, 3, H, W)` for an image. A parameter or buffer
    has no batch dimension and its shape is whole.
    """

    shape: tuple[Dim, ...]
    dtype: str = "float32"

    @property
    def rank(self) -> int:
        """The number of dimensions as torch counts them, the batch included."""
        return len(self.shape)

    @property
    def batched(self) -> bool:
        """Whether the first dimension is the batch."""
        return bool(self.shape) and self.shape[0] is BATCH

    @property
    def sample(self) -> tuple[Dim, ...]:
        """The shape as specs write it: without the batch dimension."""
        return self.shape[1:] if self.batched else self.shape

    @property
    def kind(self) -> tuple[int, str, bool]:
        """What tensors that differ in their sizes alone have in common."""
        return self.rank, self.dtype, self.batched

    def with_shape(self, *shape: Dim) -> TensorType:
        """The same dtype in another shape."""
        return TensorType(shape, self.dtype)

    def with_dim(self, dim: int, size: Dim) -> TensorType:
        """The same type with one dimension replaced; `dim` counts as torch does, from either end."""
        at = dim % self.rank
        return TensorType((*self.shape[:at], size, *self.shape[at + 1 :]), self.dtype)

    def __str__(self) -> str:
        sizes = times(self.sample) or "scalar"
        return sizes if self.dtype == "float32" else f"{sizes} {self.dtype}"


def too_large(shape: Sequence[Dim]) -> str:
    """Why there can be no tensor of a shape, as the end of a sentence; "" where there can be one."""
    if len(shape) > MAX_RANK:
        return f"would have {len(shape):,} dimensions, where a tensor has at most {MAX_RANK}"
    elements = 1
    for size in shape:
        if size is not BATCH:
            elements *= size if isinstance(size, int) else size.value
        if elements >= MAX_ELEMENTS:
            return f"would have {MAX_ELEMENTS:.0e} elements or more, which no memory can hold"
    return ""


def volume(shape: Iterable[Dim]) -> int:
    """How many elements a shape has, at the sizes in force."""
    total = 1
    for size in shape:
        total *= int(size)
    return total
