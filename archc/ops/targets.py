"""What targets must be beside inputs: batched like them, of their shape, or of that without the class axis."""

from archc.ops.base import MERGE, RANK, Inputs, ShapeError
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
            f"wants a target of the input's own shape {x}, got {target}", code=MERGE, help=_rank_cure(x, target)
        )
    found = differences(x, target)
    if found:
        raise ShapeError(f"wants a target of the input's own shape, they differ in {found}", code=MERGE)


def _rank_cure(x: TensorType, target: TensorType) -> str:
    if sizes(x) == (*sizes(target), 1):
        return "`squeeze: -1` the output, or give the target a last dimension of 1: torch would compare all pairs"
    if sizes(target) == (*sizes(x), 1):
        return "`unsqueeze: -1` the output, or leave the target's last dimension out: torch would compare all pairs"
    return ""


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
