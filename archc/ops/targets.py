"""What targets must be beside inputs: batched like them, of their shape, or of that without the class axis."""

from archc.dims import equal, same_sizes, shown
from archc.ops.base import CHANNELS, DTYPE, INTEGERS, MERGE, RANK, Inputs, ShapeError, need_dtype
from archc.ops.joins import differences
from archc.tensor import TensorType


def need_batches(inputs: Inputs) -> None:
    """Refuse a tensor without a batch."""
    loose = next((x for x in inputs if not x.batched), None)
    if loose is not None:
        raise ShapeError(f"compares sample by sample, got {loose} without a batch dimension", code=RANK)


def need_equal(x: TensorType, target: TensorType) -> None:
    """Refuse a target of another shape than the input's, even one that torch would stretch."""
    if x.rank != target.rank:
        raise ShapeError(
            f"wants a target of the input's own shape {x}, got {target}", code=MERGE, help=rank_cure(x, target)
        )
    found = differences(x, target)
    if found:
        raise ShapeError(f"wants a target of the input's own shape, they differ in {found}", code=MERGE)


def rank_cure(x: TensorType, target: TensorType) -> str:
    """What would make two tensors fit of which one has a dimension of 1 more than the other."""
    have, wanted = sizes(x), sizes(target)
    spare, lacking = _spare(have, wanted), _spare(wanted, have)
    if spare is not None:
        return f"`squeeze: {spare}` the output, or give the target its dimension of 1: torch would compare all pairs"
    if lacking is not None:
        return f"`unsqueeze: {lacking}` the output, or take 1 out of the target's shape: torch would compare all pairs"
    return ""


def _spare(longer: tuple[int, ...], shorter: tuple[int, ...]) -> int | None:
    """The dimension of 1 that the longer shape has and the shorter lacks; the last one where several would do."""
    found = [at for at, size in enumerate(longer) if at and size == 1 and longer[:at] + longer[at + 1 :] == shorter]
    return found[-1] if found else None


def sizes(x: TensorType) -> tuple[int, ...]:
    """The shape at the sizes in force."""
    return tuple(int(size) for size in x.shape)


def index_cure(x: TensorType, target: TensorType) -> str:
    """What would make class indices fit scores, where it is a dimension in the wrong place."""
    if x.rank > 2 and sizes(x)[:-1] == sizes(target):
        order = [0, x.rank - 1, *range(1, x.rank - 1)]
        return f"classes are dim 1 in torch, not the last: `permute: {order}` the scores"
    if sizes(target) in ((*sizes(x)[:1], 1, *sizes(x)[2:]), (*sizes(x)[:1], *sizes(x)[2:], 1)):
        return "leave the target's dimension of 1 out"
    return ""


def need_classes(inputs: Inputs, weight: tuple[float, ...] | None) -> None:
    """Refuse an input without classes in dim 1, or with others than there are weights."""
    x = inputs.first
    need_dtype(x)
    need_batches(inputs)
    if not x.sample:
        raise ShapeError(f"wants scores for classes in dim 1, got {x}", code=RANK)
    if weight is not None and not equal(x.shape[1], len(weight)):
        raise ShapeError(
            f"wants one `weight` for each of {shown(x.shape[1])} classes, got {len(weight)}", code=CHANNELS
        )


def indices(inputs: Inputs, *dtypes: str) -> TensorType:
    """The type that class indices for the scores on the first port have; refuses a target that is none.

    They are int64, or of one of the `dtypes` that the loss takes as well.
    """
    x, target = inputs
    if target.dtype not in ("int64", *dtypes):
        help = "give the target `dtype: int64`" if target.dtype in INTEGERS else "one index a sample, `dtype: int64`"
        raise ShapeError(f"wants class indices of dtype int64, got {target}", code=DTYPE, help=help)
    wanted = TensorType((x.shape[0], *x.shape[2:]), target.dtype)
    if not same_sizes(target.shape, wanted.shape):
        raise ShapeError(
            f"wants a target without the class axis, {wanted}, for scores of {x}, got {target}",
            code=MERGE,
            help=index_cure(x, target),
        )
    return wanted
