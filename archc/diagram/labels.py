"""The words of a picture: an op's key arguments, shapes, numbers, and free text made harmless."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import cast

from archc.diagram.palette import SYMBOLS
from archc.graph import Node
from archc.ops.base import Op
from archc.tensor import TensorType

MAX_TEXT = 60
MAX_ARGUMENTS = 4
_FIRST = ("kernel_size", "out_channels", "out_features", "stride", "padding", "dilation", "groups")
_BARE = frozenset({"kernel_size", "out_channels", "out_features", "p"})
_SIZES = frozenset({"kernel_size", "stride", "padding", "dilation", "output_size", "size", "scale_factor"})
_SHORT = {"padding": "pad", "output_size": "to"}
_SILENT = frozenset({"bias", "inplace", "start_dim", "end_dim"})
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]+")


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Free text on one line, without invisible characters (those that turn text around are among them), cut short."""
    plain = " ".join(_INVISIBLE.sub(" ", text).split())
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"


def shape_text(type_: TensorType) -> str:
    """`64 × 56 × 56`: the sizes in force, without the batch."""
    sizes = " × ".join(str(int(size)) for size in type_.sample) or "scalar"
    return sizes if type_.dtype == "float32" else f"{sizes} {type_.dtype}"


def amount(value: int) -> str:
    """A large number to three digits: `25.6 M`."""
    for unit, sign in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= unit:
            return f"{value / unit:.3g} {sign}"
    return str(value)


def op_detail(node: Node) -> str:
    """The key arguments of an op: `3 × 3, 64, stride 2`."""
    if node.op is None or node.kind in SYMBOLS:
        return ""
    spatial = max(1, len(node.outputs[0].sample) - 1)
    shown = [_argument(name, value, spatial) for name, value in _telling(node.op)]
    return clean(", ".join(shown[:MAX_ARGUMENTS]), 48)


def _telling(op: Op) -> Iterator[tuple[str, object]]:
    """The arguments worth showing: those that the author chose, the most telling first."""
    fields = type(op).model_fields
    hidden = {*op.inferred_fields(), *_SILENT}
    chosen = [
        name
        for name, info in fields.items()
        if name not in hidden
        and (info.is_required() or getattr(op, name) != info.get_default(call_default_factory=True))
    ]
    order = {name: at for at, name in enumerate(_FIRST)}
    for name in sorted(chosen, key=lambda name: order.get(name, len(order))):
        yield name, getattr(op, name)


def _argument(name: str, value: object, spatial: int) -> str:
    if name == "kernel_size" and isinstance(value, int):
        value = (value,) * spatial
    if isinstance(value, bool):
        return name if value else f"{name} off"
    text = str(value)
    if isinstance(value, (tuple, list)):
        listed = cast("Sequence[object]", value)
        text = (" × " if name in _SIZES else ", ").join(map(str, listed))
    return text if name in _BARE else f"{_SHORT.get(name, name)} {text}"
