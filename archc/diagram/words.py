"""What a card says: the op by the name lectures give it, its kernel, channels and stride, as numbers or as formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

from archc import ops
from archc.diagram.labels import clean
from archc.ops.base import Op
from archc.tensor import TensorType

_DIMS = re.compile(r"(?<=[a-z])[123]d$|(?<=LRN)2d$")
_SHORT: Mapping[str, str] = {
    "BatchNorm": "BN", "SyncBatchNorm": "BN", "LocalResponseNorm": "LRN", "CrossMapLRN": "LRN",
    "MultiheadAttention": "Attention", "TransformerEncoderLayer": "Encoder layer",
    "TransformerDecoderLayer": "Decoder layer", "scaled_dot_product_attention": "Attention", "ConvTranspose": "Up-conv",
    "AdaptiveAvgPool": "AvgPool", "AdaptiveMaxPool": "MaxPool", "FractionalMaxPool": "MaxPool",
}  # fmt: skip
_REDUCING = frozenset({"mean", "amax", "amin", "sum", "prod", "std", "var", "logsumexp", "argmax"})
_RESHAPING = frozenset({
    "reshape", "Unflatten", "unflatten", "squeeze", "unsqueeze", "transpose", "permute", "movedim", "expand", "getitem",
    "select", "narrow", "Fold", "Unfold", "fold", "unfold", "repeat", "PixelShuffle", "PixelUnshuffle",
})  # fmt: skip
"""What matters of these is the shape that they give."""
SIGNS: Mapping[str, str] = {"add": "+", "mul": "×", "sub": "−", "div": "÷"}
"""Merges drawn as a circle with their sign."""
_SAYING: Mapping[str, tuple[str, ...]] = {
    "Dropout": ("p",), "GroupNorm": ("num_groups",), "Embedding": ("embedding_dim",), "LSTM": ("hidden_size",),
    "GRU": ("hidden_size",), "RNN": ("hidden_size",), "Attention": ("num_heads",), "Encoder layer": ("nhead",),
    "Decoder layer": ("nhead",), "permute": ("dims",), "reshape": ("shape",), "Upsample": ("scale_factor", "size"),
    "interpolate": ("scale_factor", "size"),
}  # fmt: skip
"""The arguments that a card tells, of ops that are neither convolutions, poolings nor linear layers."""


@dataclass(frozen=True, slots=True)
class Words:
    """A card's title and the detail below it."""

    title: str
    detail: str = ""


Symbols = Mapping[str, str]
"""An op's arguments as formulas, where they are to be shown instead of the values."""


def words_of(
    op: Op, given: Sequence[TensorType], made: Sequence[TensorType], symbols: Symbols, *, brief: bool
) -> Words:
    """What an op's card says; `brief` leaves out padding and writes a stride as `/2`."""
    name = short_name(op.name)
    if op.family == "conv":
        return _conv(op, name, symbols, brief=brief)
    if op.family == "pool" and hasattr(op, "kernel_size"):
        return Words(_kernel(op, symbols, name), _join(_stride(op, symbols, brief=brief), *_window(op, symbols, brief)))
    if op.family == "pool" and hasattr(op, "output_size"):
        return _adaptive(op, name, symbols)
    if op.name == "Linear":
        title = "FC" if given and len(given[0].sample) == 1 else "Linear"
        return Words(title, _value(op, "out_features", symbols))
    if op.name in SIGNS and len(given) == 1:
        number = getattr(op, "other", None)
        told = f"{number:g}" if isinstance(number, float) else _value(op, "other", symbols)
        return Words(f"{SIGNS[op.name]} {told}")
    if op.family == "recurrent":
        return _recurrent(op, name, symbols)
    if op.name in _REDUCING and given and made:
        return _reduced(op, given[0])
    if op.name in _RESHAPING and made and not symbols:
        return Words(name, f"to {brief_shape(made[0])}")
    told = [_value(op, field, symbols) for field in _telling(op, name) if getattr(op, field, None) is not None]
    unit = (
        "heads" if name in {"Attention", "Encoder layer", "Decoder layer"} else "groups" if name == "GroupNorm" else ""
    )
    return Words(name, clean(" ".join(filter(None, (", ".join(told[:1]), unit if told else ""))), 40))


def _recurrent(op: Op, name: str, symbols: Symbols) -> Words:
    """`BiLSTM`, `128, 2 layers`."""
    layers = getattr(op, "num_layers", 1)
    title = f"Bi{name}" if getattr(op, "bidirectional", False) else name
    return Words(title, _join(_value(op, "hidden_size", symbols), f"{layers} layers" if layers != 1 else ""))


def _reduced(op: Op, given: TensorType) -> Words:
    """A mean or maximum over all pixels is a global pooling; any other says over what it is."""
    dims = sorted(int(str(dim)) % given.rank for dim in _listed(getattr(op, "dim", None)) if dim is not None)
    pooling = {"mean": "AvgPool", "amax": "MaxPool"}.get(op.name)
    if pooling and given.rank > 2 and dims == list(range(2, given.rank)):
        return Words(f"Global {pooling}")
    if not dims:
        return Words(op.name)
    return Words(op.name, f"over dim {', '.join(map(str, dims))}")


def _telling(op: Op, name: str) -> Sequence[str]:
    """The arguments that an op's card tells: for most, the first that the author had to give."""
    if name in _SAYING or op.family in {"norm", "activation", "merge"}:
        return _SAYING.get(name, ())
    hidden = op.inferred_fields()
    return [field for field, info in type(op).model_fields.items() if info.is_required() and field not in hidden][:1]


def _conv(op: Op, name: str, symbols: Symbols, *, brief: bool) -> Words:
    groups, channels = getattr(op, "groups", 1), getattr(op, "in_channels", None)
    depthwise = groups != 1 and groups == channels == getattr(op, "out_channels", None)
    title = _kernel(op, symbols, f"depthwise {name}" if depthwise else name)
    grouped = f"{_value(op, 'groups', symbols)} groups" if groups != 1 and not depthwise else ""
    stride = _stride(op, symbols, brief=brief)
    return Words(title, _join(_value(op, "out_channels", symbols), stride, grouped, *_window(op, symbols, brief)))


def _adaptive(op: Op, name: str, symbols: Symbols) -> Words:
    size = _listed(getattr(op, "output_size", None))
    if all(each == 1 for each in size):
        return Words(f"Global {name}")
    return Words(name, f"to {_value(op, 'output_size', symbols)}")


def _kernel(op: Op, symbols: Symbols, name: str) -> str:
    """`3×3 Conv`; of one dimension `Conv k=3`."""
    dims = getattr(op, "dims", 0) or len(_listed(getattr(op, "kernel_size", None)))
    if "kernel_size" in symbols:
        size = symbols["kernel_size"]
        return f"{name} k={size}" if dims == 1 else f"{size}×{size} {name}" if len(size) <= 8 else name
    sizes = _listed(getattr(op, "kernel_size", None))
    sizes = sizes * dims if len(sizes) == 1 and dims else sizes
    return f"{name} k={sizes[0]}" if dims == 1 else f"{'×'.join(map(str, sizes))} {name}"


def _stride(op: Op, symbols: Symbols, *, brief: bool) -> str:
    value = getattr(op, "stride", None)
    sizes = _listed(value)
    if "stride" not in symbols and (value is None or all(each == 1 for each in sizes)):
        kernel = _listed(getattr(op, "kernel_size", None))
        if op.family != "pool" or value is not None:
            return ""
        told = _product(kernel)
        return f"/{told}" if brief else f"stride {told}"
    text = _value(op, "stride", symbols)
    up = "Transpose" in op.name
    return f"{'×' if up else '/'}{text}" if brief else f"stride {text}"


def _window(op: Op, symbols: Symbols, brief: bool) -> tuple[str, ...]:
    dilation = getattr(op, "dilation", 1)
    told = [f"dilation {_value(op, 'dilation', symbols)}"] if any(each != 1 for each in _listed(dilation)) else []
    padding = getattr(op, "padding", 0)
    if not brief and ("padding" in symbols or any(each not in (0, "valid") for each in _listed(padding))):
        told.append(f"pad {_value(op, 'padding', symbols)}")
    return tuple(told)


def _value(op: Op, field: str, symbols: Symbols) -> str:
    if field in symbols:
        return clean(symbols[field], 28)
    value = getattr(op, field)
    if field in {"dims", "shape", "normalized_shape"}:
        return clean(", ".join(map(str, _listed(value))), 28)
    return clean(_product(_listed(value)), 28)


def _product(sizes: Sequence[object]) -> str:
    """`3` for a square, `3×2` for another; a size that stays as it is has a dash."""
    texts = ["–" if size is None else str(size) for size in sizes]
    return texts[0] if len(set(texts)) == 1 else "×".join(texts)


def _listed(value: object) -> list[object]:
    return list(cast("Sequence[object]", value)) if isinstance(value, (tuple, list)) else [value]


def _join(*parts: str) -> str:
    return clean(", ".join(filter(None, parts)), 48)


@cache
def short_name(name: str) -> str:
    """An op's name as pictures have it: `max_pool2d` and `MaxPool2d` are both `MaxPool`."""
    plain = _DIMS.sub("", _modules().get(name.replace("_", "").lower(), name))
    return clean(_SHORT.get(plain, plain), 40)


@cache
def _modules() -> Mapping[str, str]:
    """The names of modules by their letters alone."""
    return {name.lower(): name for name in ops.names() if name[:1].isupper() and "_" not in name}


@cache
def is_activation(name: str) -> bool:
    """Whether a short name is that of an activation."""
    found = ops.find(name) or ops.find(name.lower())
    return found is not None and found.family == "activation"


def brief_shape(type_: TensorType) -> str:
    """`64 × 56²`, the sizes in force without the batch; other than squares `64 × 56 × 48`."""
    sizes = [int(size) for size in type_.sample]
    if len(sizes) == 3 and sizes[1] == sizes[2]:
        return f"{sizes[0]} × {sizes[1]}²"
    if len(sizes) == 4 and sizes[1] == sizes[2] == sizes[3]:
        return f"{sizes[0]} × {sizes[1]}³"
    return " × ".join(map(str, sizes)) or "scalar"


def several(values: Sequence[str]) -> str:
    """What differs between copies as a tuple: `(64, 96, …, 224)`."""
    if len(set(values)) == 1:
        return values[0]
    shown = [*values[:2], "…", values[-1]] if len(values) > 4 else values
    return f"({', '.join(shown)})"
