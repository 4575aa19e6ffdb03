"""What to do about an output and a target whose shapes do not fit: how the layer behind the output should have been."""

from __future__ import annotations

from archc.graph import Node
from archc.ops.base import INTEGERS, Op, count
from archc.ops.targets import index_cure, rank_cure, sizes
from archc.tensor import TensorType

_POOLS = {3: "adaptive_avg_pool1d", 4: "adaptive_avg_pool2d", 5: "adaptive_avg_pool3d"}


def cure(loss: type[Op], output: TensorType, target: TensorType, classes: int | None, layer: Node) -> str:
    """The cure for an output that does not fit its target, "" where the loss's own words are the best there are."""
    scores, wanted = sizes(output)[1:], sizes(target)[1:]
    if target.dtype in INTEGERS:
        return index_cure(output, target) or _for_indices(scores, wanted, output, classes, layer)
    return rank_cure(output, target) or _for_numbers(scores, wanted, output, layer, loss)


def unit_cure(layer: Node | None, scored: int, classes: int) -> str:
    """What to do where scores and target count their classes differently."""
    if scored == 1 and classes == 2:
        return "one unit for two classes takes `BCEWithLogitsLoss` and a float target; or give the layer 2"
    field = _units(layer)
    if layer is None or not field:
        return "the last layer's size and the target's `classes` are best one parameter"
    return f"give `{layer.path}` `{field}: {classes}`, or the target `classes: {scored}`; best they are one parameter"


def _for_indices(
    scores: tuple[int, ...], wanted: tuple[int, ...], output: TensorType, classes: int | None, layer: Node
) -> str:
    """Class indices: the target is the scores without their class axis."""
    if not scores:
        return "give the layer before it a unit for each class, and keep the class axis"
    if wanted == scores or (len(wanted) == 1 and wanted[0] in {classes, scores[0]} and len(scores) == 1):
        return "one-hot targets are `dtype: float32`; class indices have no class axis"
    if len(scores) > len(wanted) + 1:
        return _surplus(scores, output, layer)
    if len(scores) < len(wanted) + 1:
        return "the target has a class for each place, the output one for the sample: leave its pooling or flatten out"
    if sorted(scores[1:]) == sorted(wanted):
        return f"the target's dimensions are in another order: declare {_shape(scores[1:])}, and transpose its data"
    return _places(scores[1:], wanted, layer)


def _for_numbers(
    scores: tuple[int, ...], wanted: tuple[int, ...], output: TensorType, layer: Node, loss: type[Op]
) -> str:
    """Numbers: the target has the output's own shape."""
    if len(scores) > len(wanted):
        if count(scores) == count(wanted) and len(wanted) == 1:
            return "`flatten: 1` the output"
        if len(scores) == 1 and _units(layer):
            units = f"give `{layer.path}` `{_units(layer)}: 1` and `squeeze: 1` the output"
            return f"{units}, or the target `shape: [{scores[0]}]`"
        return _surplus(scores, output, layer)
    if len(scores) < len(wanted):
        same = count(scores) == count(wanted)
        return f"`unflatten` the output to {_shape(wanted)}" if same else "leave the output's pooling or flatten out"
    if sorted(scores) == sorted(wanted) and len(scores) > 1:
        order = _order(scores, wanted)
        declared = f"declare the target {_shape(scores)} and transpose its data"
        if loss.class_axis is not None:
            return f"classes are dim 1 in torch: {declared}"
        return f"the dimensions are in another order: {declared}, or `permute: {order}` the output"
    field = _units(layer)
    if not scores:
        return ""
    if field and scores[1:] == wanted[1:] and layer.outputs[0].rank == output.rank and _axis(layer) == 1:
        return f"give `{layer.path}` `{field}: {wanted[0]}`{_one_hot_hint(loss, scores[0], wanted[0])}"
    if field and scores[:-1] == wanted[:-1] and _axis(layer) == output.rank - 1:
        return f"give `{layer.path}` `{field}: {wanted[-1]}`{_one_hot_hint(loss, scores[-1], wanted[-1])}"
    return _places(scores[1:], wanted[1:], layer)


def _one_hot_hint(loss: type[Op], have: int, wanted: int) -> str:
    if loss.name == "CrossEntropyLoss" and wanted == 1 and have > 1:
        return ", or hand out class indices: `shape: []`, `dtype: int64`"
    return ""


def _surplus(scores: tuple[int, ...], output: TensorType, layer: Node) -> str:
    """The output has dimensions that the target lacks."""
    if output.rank > 2 and layer.op is not None and count(scores[1:]) == 1 and _axis(layer) == 1:
        return "`flatten: 1` the output: its places are one each"
    if _units(layer) == "out_features" and _axis(layer) == output.rank - 1:
        step = ", or one step of a sequence (`select: {dim: 1, index: -1}`)," if output.rank == 3 else ""
        return f"`{layer.kind}` works on the last dimension alone: `flatten: 1`{step} before `{layer.path}`"
    pool = _POOLS.get(output.rank)
    if layer.op is not None and layer.op.family == "recurrent":
        return "take one step of the sequence, as in `select: {dim: 1, index: -1}`, before the last layer"
    if pool is None:
        return "`flatten: 1` before the last layer"
    return f"bring it down to one place first, with `{pool}: 1` and `flatten: 1`"


def _places(have: tuple[int, ...], wanted: tuple[int, ...], layer: Node) -> str:
    """Output and target differ in their places: height and width, or length."""
    if not have or len(have) != len(wanted):
        return ""
    if all(b % a == 0 for a, b in zip(have, wanted, strict=True)):
        factors = {b // a for a, b in zip(have, wanted, strict=True)}
        if len(factors) == 1 and factors != {1}:
            factor = factors.pop()
            return f"enlarge the output with `interpolate: {{scale_factor: {factor}}}`, or shrink the target"
    gaps = [b - a for a, b in zip(have, wanted, strict=True)]
    if layer.op is not None and "output_padding" in type(layer.op).model_fields and all(0 <= gap <= 1 for gap in gaps):
        return f"give `{layer.path}` `output_padding: 1`"
    if all(gap >= 0 for gap in gaps):
        return f"pad the convolutions on the way, or enlarge the output to {_shape(wanted)} with `interpolate`"
    return f"crop the output to {_shape(wanted)}, or declare the target of {_shape(have)}"


def _shape(sizes: tuple[int, ...]) -> str:
    return " x ".join(map(str, sizes)) or "one number"


def _order(have: tuple[int, ...], wanted: tuple[int, ...]) -> list[int]:
    """The permutation, batch included, that takes one order of sizes to another."""
    left = list(range(len(have)))
    order = [0]
    for size in wanted:
        at = next(at for at in left if have[at] == size)
        left.remove(at)
        order.append(at + 1)
    return order


def _units(layer: Node | None) -> str:
    """The argument that says how many features a layer gives, "" where it has none."""
    names = () if layer is None or layer.op is None else type(layer.op).model_fields
    return next((name for name in ("out_features", "out_channels") if name in names), "")


def _axis(layer: Node) -> int:
    """The dimension that a layer's `out_features` or `out_channels` sets."""
    return layer.outputs[0].rank - 1 if _units(layer) == "out_features" else 1
