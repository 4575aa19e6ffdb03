"""Whether an array fits an input or a target, and what would make it fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc import codes
from archc.diagnostics import Diagnostic
from archc.feed.arrays import Array
from archc.feed.slots import Slot
from archc.ops.base import FLOATING, INTEGERS


def misfits(array: Array, slot: Slot) -> Iterator[Diagnostic]:
    """What is wrong with an array by itself: its shape, its dtype."""
    shape = array.header.shape
    if _is_one_hot(shape, slot) and slot.dtype in INTEGERS:
        name = _called(array, slot)
        message = (
            f"{array.label} is {_sizes(shape)} {array.header.dtype}, but {slot.label} takes {slot.shape} {slot.dtype}"
        )
        help = f"it is one-hot, where {slot.label} takes indices: `{name}.argmax(-1)`"
        yield Diagnostic(codes.FEED_SHAPE, message, array.where, help=help)
        return
    if not (shape and matches(shape[1:], slot.sizes)):
        message = f"{array.label} is {_sizes(shape)}, but {slot.label} takes {slot.shape}"
        yield Diagnostic(codes.FEED_SHAPE, message, array.where, help=_shape_cure(array, slot))
    elif shape[0] == 0:
        yield Diagnostic(codes.FEED_SIZE, f"{array.label} is a batch of no samples", array.where)
    if array.header.dtype != slot.dtype:
        message = f"{array.label} is {array.header.dtype}, but {slot.label} takes {slot.dtype}"
        yield Diagnostic(codes.FEED_DTYPE, message, array.where, help=_dtype_cure(array, slot))
    elif array.header.swapped:
        message = f"{array.label} has its bytes in an order that torch does not take"
        yield Diagnostic(
            codes.FEED_DTYPE, message, array.where, help=f"`{_called(array, slot)}.astype(np.{slot.dtype})`"
        )


def matches(shape: Sequence[int], sizes: Sequence[int | str | None]) -> bool:
    """Whether a shape without the batch has these sizes; a free one is at least 1."""
    if len(shape) != len(sizes):
        return False
    found: dict[str, int] = {}
    for size, wanted in zip(shape, sizes, strict=True):
        if isinstance(wanted, int) and size != wanted:
            return False
        if isinstance(wanted, str) and (size < 1 or found.setdefault(wanted, size) != size):
            return False
    return True


def _is_one_hot(shape: Sequence[int], slot: Slot) -> bool:
    """Whether it has a number for each class where the slot has none."""
    return len(shape) > 1 and shape[-1] == slot.classes and matches(shape[1:-1], slot.sizes)


def _sizes(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) or "a single number"


def _called(array: Array, slot: Slot) -> str:
    return array.name if array.name.isidentifier() else slot.name


def _shape_cure(array: Array, slot: Slot) -> str:
    """The NumPy that makes an array's shape fit, as far as the shape tells; "" where nothing does."""
    shape, name = array.header.shape, _called(array, slot)
    if matches(shape, slot.sizes):
        return f"it has no batch dimension: `{name}[None]` is a batch of one"
    ones = [at for at, size in enumerate(slot.sizes, 1) if size == 1 and len(shape) == len(slot.sizes)]
    for at in ones:
        if matches((*shape[1:at], 1, *shape[at:]), slot.sizes):
            return f"the dimension of 1 is missing: `np.expand_dims({name}, {at})`"
    extra = [at for at in range(1, len(shape)) if shape[at] == 1]
    for at in extra:
        if matches((*shape[1:at], *shape[at + 1 :]), slot.sizes):
            return f"it has a dimension of 1 too many: `np.squeeze({name}, {at})`"
    return _order_cure(shape, slot, name)


def _order_cure(shape: Sequence[int], slot: Slot, name: str) -> str:
    """What to do about channels in the wrong place: with the batch, or without it."""
    rank = len(slot.sizes) + 1
    if rank < 3:
        return ""
    orders = {
        "channels are last in it": (0, rank - 1, *range(1, rank - 1)),
        "channels are first in it": (0, *range(2, rank), 1),
    }
    for what, order in orders.items():
        if len(shape) == rank and matches([shape[at] for at in order[1:]], slot.sizes):
            return f"{what}: `{name}.transpose{order}`"
        inner = tuple(at - 1 for at in order[1:])
        if len(shape) == rank - 1 and matches([shape[at] for at in inner], slot.sizes):
            return f"{what}, and it has no batch dimension: `{name}.transpose{inner}[None]`"
    return ""


def _dtype_cure(array: Array, slot: Slot) -> str:
    given, name = array.header.dtype, _called(array, slot)
    cast = f"{name}.astype(np.{slot.dtype})"
    if slot.dtype == "bfloat16":
        return "NumPy has no bfloat16: save it from torch, as .safetensors"
    if slot.dtype in FLOATING and given == "uint8" and len(slot.sizes) >= 3:
        return f"`{cast} / 255` where it holds pixels"
    if slot.dtype in INTEGERS and given in FLOATING:
        return f"`{cast}` where it holds whole numbers"
    if given == "float64":
        return f"NumPy makes float64 where it is not told otherwise: `{cast}`"
    return f"`{cast}`"
