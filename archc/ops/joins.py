"""How tensors fit together: their common dtype and shape, and the words for what does not fit."""

from collections.abc import Callable, Sequence
from functools import reduce

from archc.codes import ARITY
from archc.dims import BATCH, Dim, equal, is_known, is_one, met, shown
from archc.ops.base import BATCH_AXIS, DTYPE, MERGE, Inputs, ShapeError
from archc.tensor import TensorType

_WHOLE = ("bool", "uint8", "int8", "int16", "int32", "int64")
_FLOATS = ("float16", "bfloat16", "float32", "float64")
_AXES = {2: ("features",), 4: ("channels", "height", "width"), 5: ("channels", "depth", "height", "width")}


def is_float(dtype: str) -> bool:
    """Whether `dtype` is a floating-point one."""
    return dtype in _FLOATS


def promote(*dtypes: str) -> str:
    """The dtype torch gives arithmetic on tensors of these: floats beat whole numbers, wide ones narrow ones."""
    distinct = set(dtypes)
    if len(distinct) == 1:
        return dtypes[0]
    ladder = _WHOLE + _FLOATS
    if not distinct <= set(ladder):
        raise ShapeError(f"joins tensors of dtypes {' and '.join(sorted(distinct))}", code=DTYPE)
    top = max(distinct, key=ladder.index)
    if top == "bfloat16" and "float16" in distinct:
        return "float32"
    return "int16" if top == "int8" and "uint8" in distinct else top


def promote_number(dtype: str, number: float) -> str:
    """The dtype of arithmetic between a tensor of `dtype` and a Python number."""
    if isinstance(number, float):
        return as_float(dtype)
    return "int64" if dtype == "bool" else dtype


def as_float(dtype: str) -> str:
    """The dtype of a function over the reals, such as `exp`: whole numbers become float32."""
    return "float32" if dtype in _WHOLE else dtype


def can_hold(dtype: str, other: str) -> bool:
    """Whether torch may write a result of dtype `other` into a tensor of `dtype`: no float into whole numbers."""

    def kind(name: str) -> int:
        return 0 if name == "bool" else 1 if name in _WHOLE else 2

    return kind(other) <= kind(dtype)


def broadcast(types: Sequence[TensorType]) -> tuple[Dim, ...]:
    """Broadcasting as in torch: aligned from the right, sizes of 1 stretch; a batch meets batches and ones alone."""
    rank = max(x.rank for x in types)
    columns = zip(*(((1,) * (rank - x.rank) + x.shape) for x in types), strict=True)
    shape = tuple(_common(sizes, types) for sizes in columns)
    if any(size is BATCH for size in shape[1:]):
        raise ShapeError(
            f"would line the batch up with another dimension: {listed(types)}",
            code=BATCH_AXIS,
            help="sizes are aligned from the right; `unsqueeze` the tensor of fewer dimensions first",
        )
    return shape


def broadcasts(types: Sequence[TensorType]) -> bool:
    """Whether torch could broadcast these tensors."""
    try:
        broadcast(types)
    except ShapeError:
        return False
    return True


def _common(sizes: Sequence[Dim], types: Sequence[TensorType]) -> Dim:
    sizes = [size for size in sizes if not (isinstance(size, int) and size == 1)] or sizes
    batch = any(size is BATCH for size in sizes)
    if not batch and not all(map(is_known, sizes)):
        return reduce(met, sizes)
    if all(size is sizes[0] or (not batch and equal(sizes[0], size)) for size in sizes[1:]):
        return sizes[0]
    stretched = [size for size in sizes if not is_one(size)]
    if not stretched:
        return sizes[0]
    if batch and any(size is not BATCH for size in stretched):
        raise ShapeError(f"would match the batch against a fixed size: {listed(types)}", code=BATCH_AXIS)
    if not all(equal(stretched[0], size) for size in stretched[1:]):
        raise ShapeError(f"joins tensors that do not broadcast: {listed(types)}", code=MERGE)
    return stretched[0]


def same_shape(first: TensorType, other: TensorType, *, but: int | None = None, cure: Callable[[], str] = str) -> None:
    """Refuse two tensors that differ in any dimension, save the one numbered `but`; `cure` gives the help."""
    if first.rank != other.rank:
        both = listed((first, other))
        raise ShapeError(f"joins tensors of different rank: {both}", code=MERGE, help=cure())
    if first.batched != other.batched:
        raise ShapeError(
            f"joins a tensor with a batch dimension and one without: {listed((first, other))}",
            code=MERGE,
            help=cure() or "`expand` the parameter to the batch first",
        )
    if found := differences(first, other, but=but):
        raise ShapeError(f"joins tensors that differ in {found}", code=MERGE, help=cure())


def differences(first: TensorType, other: TensorType, *, but: int | None = None) -> str:
    """The dimensions in which two tensors of one rank differ, as `height: 56 and 28, and in width: 56 and 28`."""
    found: list[str] = []
    for at, (left, right) in enumerate(zip(first.shape, other.shape, strict=True)):
        if at != but and left is not right and not equal(left, right):
            found.append(f"{_axis_name(first, at)}: {shown(left)} and {shown(right)}")
    return ", and in ".join(found)


def _axis_name(x: TensorType, at: int) -> str:
    names = _AXES.get(x.rank, ()) if x.batched else ()
    return names[at - 1] if names else f"dim {at}"


def listed(types: Sequence[TensorType]) -> str:
    """Types in words; one without a batch dimension beside others with one says so."""
    mixed = len({x.batched for x in types}) > 1
    return " and ".join(str(x) if x.batched or not mixed else f"{x} (no batch)" for x in types)


def need_tensors(inputs: Inputs, least: int, most: int | None = None) -> None:
    """Refuse fewer tensors than `least`, or more than `most`."""
    if least <= len(inputs) <= (most or len(inputs)):
        return
    wanted = f"{least} tensors" if least == most else f"{least} tensors or more"
    raise ShapeError(f"wants {wanted}, got {len(inputs)}", code=ARITY)
