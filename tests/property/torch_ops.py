"""Each op as a plain call of torch on real tensors, written from torch's documentation alone.

Where archc documents a stricter rule than torch (unbatched inputs, axes that reach the batch, sums that broadcast
unasked, empty results), the op raises `Refused`; everything else is left to torch to refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Args = Mapping[str, Any]


class Refused(Exception):
    """What archc documents that it refuses, though torch might run it."""


PRIMARY = {
    "Linear": "out_features", "Dropout": "p", "flatten": "start_dim", "Flatten": "start_dim", "GroupNorm": "num_groups",
    "pixel_shuffle": "upscale_factor", "PixelShuffle": "upscale_factor", "mean": "dim", "softmax": "dim", "Softmax": "dim",
    "chunk": "chunks", "reshape": "shape", "permute": "dims", "getitem": "index", "pad": "pad", "ChannelShuffle": "groups",
    "unsqueeze": "dim", "squeeze": "dim", "ReflectionPad2d": "padding", "LeakyReLU": "negative_slope", "ELU": "alpha",
    **{f"{kind}{n}d": "kernel_size" for n in (1, 2, 3) for kind in ("MaxPool", "AvgPool", "max_pool", "avg_pool")},
    **{
        f"{kind}{n}d": "output_size"
        for n in (1, 2, 3)
        for kind in ("AdaptiveAvgPool", "AdaptiveMaxPool", "adaptive_avg_pool", "adaptive_max_pool")
    },
}  # fmt: skip
"""The argument that a bare value gives."""

_SPATIAL = ("Conv", "ConvTranspose", "MaxPool", "AvgPool", "AdaptiveAvgPool", "AdaptiveMaxPool", "InstanceNorm")
MODULE_RANKS: Mapping[str, Sequence[int]] = {
    **{f"{kind}{n}d": (n + 2,) for kind in _SPATIAL for n in (1, 2, 3)},
    **{f"{kind}Pad{n}d": (n + 1, n + 2) for kind in ("Reflection", "Replication", "Circular") for n in (1, 2, 3)},
    "BatchNorm1d": (2, 3), "BatchNorm2d": (4,), "BatchNorm3d": (5,), "UpsamplingNearest2d": (4,),
    "GroupNorm": range(2, 9), "PixelShuffle": range(4, 9), "PixelUnshuffle": range(4, 9), "ChannelShuffle": range(3, 9),
    "Linear": range(2, 9),
}  # fmt: skip
"""The ranks, batch included, of those modules whose unbatched form torch would take too."""

_TELLS = {
    "Conv": ("in_channels", 1), "BatchNorm": ("num_features", 1), "InstanceNorm": ("num_features", 1),
    "GroupNorm": ("num_channels", 1), "Linear": ("in_features", -1), "LayerNorm": ("normalized_shape", -1),
}  # fmt: skip
"""The argument that specs leave out, and the dimension of the input that tells it."""


def _told(op: str) -> tuple[str, int] | None:
    return next((told for stem, told in _TELLS.items() if op.startswith(stem)), None)


def told_by(op: str, x: Tensor) -> int | None:
    """The size that an input tells a module."""
    told = _told(op)
    return None if told is None else x.shape[told[1]]


def make_module(name: str, x: Tensor, args: Args) -> nn.Module:
    """The module that a step makes for its first input."""
    ranks = MODULE_RANKS.get(name)
    if ranks is not None and x.dim() not in ranks:
        raise Refused(f"{name} takes batches alone, of rank {list(ranks)}, not {x.dim()}")
    given = dict(args)
    told = _told(name)
    if told is not None:
        given.setdefault(told[0], x.shape[told[1]])
    if name == "LayerNorm":
        shape = given["normalized_shape"]
        if x.dim() <= (len(shape) if isinstance(shape, tuple) else 1):
            raise Refused("LayerNorm would normalize over the batch")
    if name == "Flatten":
        _off_batch(x, given.get("start_dim", 1), given.get("end_dim", -1))
    if name == "Unflatten":
        _off_batch(x, given["dim"])
    if name in ("Softmax", "GLU"):
        _off_batch(x, given.get("dim", -1))
    if name.startswith("ZeroPad"):
        _pads_sample(x, (1,) * 2 * int(name[-2]))
    if name.startswith("CircularPad"):
        padding = given["padding"]
        _continues(x, padding if isinstance(padding, tuple) else (padding,) * 2 * int(name[-2]))
    return getattr(nn, name)(**given)


def _off_batch(x: Tensor, *dims: int, extra: int = 0) -> None:
    for dim in dims:
        if dim in (0, -x.dim() - extra):
            raise Refused("dim 0 is the batch")


def _pads_sample(x: Tensor, pad: Sequence[int]) -> None:
    if len(pad) // 2 >= x.dim() and any(pad[2 * x.dim() - 2 :]):
        raise Refused("pads the batch")


def _continues(x: Tensor, pad: Sequence[int]) -> None:
    """Cropping one end and continuing the other with more than is left: torch reads memory that it never wrote."""
    for size, low, high in zip(reversed(x.shape), pad[::2], pad[1::2], strict=False):
        if max(low, high) > size + min(low, 0) + min(high, 0):
            raise Refused("continues with more than there is")


def _method(name: str, *order: str, dims: Sequence[str] = (), extra: int = 0) -> Callable[[Tensor, Args], Any]:
    """`x.name(...)` with the arguments in `order`; those of `dims` are axes, which must not be the batch."""

    def call(x: Tensor, args: Args) -> Any:
        for axis in dims:
            listed = args.get(axis, ())
            _off_batch(x, *(listed if isinstance(listed, tuple) else (listed,)), extra=extra)
        return getattr(x, name)(
            *(args[key] for key in order if key in args), **{k: v for k, v in args.items() if k not in order}
        )

    return call


def _functional(name: str, rank: int | None = None) -> Callable[[Tensor, Args], Tensor]:
    def call(x: Tensor, args: Args) -> Tensor:
        if rank is not None and x.dim() != rank:
            raise Refused(f"{name} takes batches alone")
        return getattr(F, name)(x, **args)

    return call


def _flatten(x: Tensor, args: Args) -> Tensor:
    start, end = args.get("start_dim", 1), args.get("end_dim", -1)
    _off_batch(x, start, end)
    return x.flatten(start, end)


def _permute(x: Tensor, args: Args) -> Tensor:
    dims = args["dims"]
    if dims[0] not in (0, -x.dim()):
        raise Refused("the batch must stay in front")
    return x.permute(dims)


def _getitem(x: Tensor, args: Args) -> Tensor:
    return x[(slice(None), *_indices(args))]


def _indices(args: Args) -> list[int | slice]:
    index = args["index"]
    items = index if isinstance(index, tuple) else (index,)
    return [slice(*(int(p) if p else None for p in i.split(":"))) if isinstance(i, str) else i for i in items]


def piece_of(op: str, args: Args, x: Tensor) -> tuple[bool, ...]:
    """Which of its formulas an op uses at this size: those that ask whether a size is 1, or that clip a slice."""
    if op == "squeeze":
        return tuple(size == 1 for size in x.shape)
    if op != "getitem":
        return ()
    cuts = [(cut, size) for cut, size in zip(_indices(args), x.shape[1:], strict=False) if isinstance(cut, slice)]
    return tuple(at is not None and not -size < at < size for cut, size in cuts for at in (cut.start, cut.stop))


def _pad(x: Tensor, args: Args) -> Tensor:
    _pads_sample(x, args["pad"])
    if args.get("mode") == "circular":
        _continues(x, args["pad"])
    return F.pad(x, **args)


def _pieces(name: str) -> Callable[[Tensor, Args], tuple[Tensor, ...]]:
    def call(x: Tensor, args: Args) -> tuple[Tensor, ...]:
        dim = args.get("dim", 1)
        _off_batch(x, dim)
        return getattr(x, name)(*(value for key, value in args.items() if key != "dim"), dim=dim)

    return call


def _shuffle(name: str) -> Callable[[Tensor, Args], Tensor]:
    def call(x: Tensor, args: Args) -> Tensor:
        if x.dim() < 4:
            raise Refused(f"{name} takes images in batches")
        return getattr(F, name)(x, **args)

    return call


FUNCTIONS: Mapping[str, Callable[[Tensor, Args], Any]] = {
    **{name: _functional(name) for name in ("relu", "gelu", "silu", "elu", "leaky_relu", "hardswish", "interpolate")},
    **{f"{kind}_pool{n}d": _functional(f"{kind}_pool{n}d", n + 2) for kind in ("max", "avg", "adaptive_avg", "adaptive_max") for n in (1, 2, 3)},
    "sigmoid": lambda x, args: torch.sigmoid(x),
    "tanh": lambda x, args: torch.tanh(x),
    "pixel_shuffle": _shuffle("pixel_shuffle"),
    "pixel_unshuffle": _shuffle("pixel_unshuffle"),
    "flatten": _flatten,
    "unflatten": _method("unflatten", "dim", "sizes", dims=("dim",)),
    "reshape": lambda x, args: x.reshape(x.shape[0], *args["shape"]),
    "permute": _permute,
    "getitem": _getitem,
    "pad": _pad,
    "transpose": _method("transpose", "dim0", "dim1", dims=("dim0", "dim1")),
    "squeeze": _method("squeeze", "dim", dims=("dim",)),
    "unsqueeze": _method("unsqueeze", "dim", dims=("dim",), extra=1),
    "narrow": _method("narrow", "dim", "start", "length", dims=("dim",)),
    "select": _method("select", "dim", "index", dims=("dim",)),
    **{name: _method(name, "dim", dims=("dim",)) for name in ("mean", "sum", "amax", "softmax", "cumsum", "logsumexp")},
    **{name: _pieces(name) for name in ("chunk", "split", "unbind")},
}  # fmt: skip


def _elementwise(
    join: Callable[[Any, Any], Tensor], most: int | None = None
) -> Callable[[Sequence[Tensor], Args], Tensor]:
    def call(tensors: Sequence[Tensor], args: Args) -> Tensor:
        if "other" in args:
            if len(tensors) > 1:
                raise Refused("takes one tensor and a number")
            return join(tensors[0], args["other"])
        if len(tensors) < 2 or (most is not None and len(tensors) > most):
            raise Refused("joins two tensors or more")
        stretched = any(x.shape != tensors[0].shape for x in tensors)
        if stretched and not args.get("broadcast", False):
            raise Refused("stretches only where `broadcast` says so")
        if len({x.dim() for x in tensors}) > 1:
            raise Refused("lines the batch up with another dimension")
        return reduce(join, tensors)

    return call


def _cat(tensors: Sequence[Tensor], args: Args) -> Tensor:
    _off_batch(tensors[0], args.get("dim", 1))
    if len({x.dim() for x in tensors}) > 1:
        raise Refused("joins tensors of one rank")
    return torch.cat(list(tensors), dim=args.get("dim", 1))


def _stack(tensors: Sequence[Tensor], args: Args) -> Tensor:
    _off_batch(tensors[0], args.get("dim", 1), extra=1)
    return torch.stack(list(tensors), dim=args.get("dim", 1))


def _bmm(tensors: Sequence[Tensor], args: Args) -> Tensor:
    return torch.bmm(*tensors)


MERGES: Mapping[str, Callable[[Sequence[Tensor], Args], Tensor]] = {
    "add": _elementwise(lambda a, b: a + b),
    "mul": _elementwise(lambda a, b: a * b),
    "sub": _elementwise(lambda a, b: a - b, most=2),
    "maximum": _elementwise(torch.maximum),
    "cat": _cat,
    "stack": _stack,
    "bmm": _bmm,
}
