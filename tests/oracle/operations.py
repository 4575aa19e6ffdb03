"""The ops of specs as plain calls of torch, written from torch's documentation and the manual alone.

Where the manual says that less is taken than torch takes (unbatched inputs, axes that are the batch, sums that stretch
unasked, empty results) an op raises `Refused`; everything else is left to torch to refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.oracle.formulas import Refused

Args = Mapping[str, Any]
Tensors = Sequence[Tensor]

MERGES = ("add", "sub", "mul", "div", "maximum", "minimum", "cat", "stack", "matmul", "bmm", "einsum")
"""Ops that take several tensors by place."""
MERGE_OPTIONS = ("other", "dim", "broadcast", "inplace", "equation")
"""The arguments of merging ops; other keys are the branches of a fork."""
SOURCES = ("Parameter", "Buffer")
PORTS: Mapping[str, Sequence[str]] = {
    "LSTM": ("input", "h_0", "c_0"),
    "GRU": ("input", "h_0"),
    "MultiheadAttention": ("query", "key", "value", "key_padding_mask", "attn_mask"),
    "scaled_dot_product_attention": ("query", "key", "value", "attn_mask"),
    "interpolate": ("input", "like"),
    **dict.fromkeys(SOURCES, ()),
}
"""Names of inputs, where there are more than one, or none."""
RESULTS = {
    "LSTM": ("output", "h_n", "c_n"),
    "GRU": ("output", "h_n"),
    "MultiheadAttention": ("output", "weights"),
}
ONE_TO_ONE_NOT = ("LSTM", "GRU", "MultiheadAttention", *SOURCES)
"""Modules that an `nn.Sequential` cannot hold."""

_SPATIAL_PRIMARY = {
    "Conv": "out_channels", "ConvTranspose": "out_channels", "MaxPool": "kernel_size", "AvgPool": "kernel_size",
    "AdaptiveAvgPool": "output_size", "AdaptiveMaxPool": "output_size", "max_pool": "kernel_size",
    "avg_pool": "kernel_size", "adaptive_avg_pool": "output_size", "adaptive_max_pool": "output_size",
    "BatchNorm": "num_features", "InstanceNorm": "num_features", "Dropout": "p", "dropout": "p",
}  # fmt: skip
PRIMARY: Mapping[str, str] = {
    **{f"{stem}{n}d": name for stem, name in _SPATIAL_PRIMARY.items() for n in (1, 2, 3)},
    **dict.fromkeys(("add", "sub", "mul", "div"), "other"),
    **dict.fromkeys(
        (
            "cat", "stack", "softmax", "Softmax", "log_softmax", "LogSoftmax", "mean", "sum", "amax", "amin", "std",
            "var", "unbind", "unsqueeze", "squeeze", "cumsum", "glu", "GLU", "normalize", "prod", "logsumexp",
        ),
        "dim",
    ),
    **dict.fromkeys(("reshape", "expand", "Parameter", "Buffer"), "shape"),
    **dict.fromkeys(("LayerNorm", "RMSNorm", "layer_norm"), "normalized_shape"),
    **dict.fromkeys(("GroupNorm", "group_norm"), "num_groups"), **dict.fromkeys(("LSTM", "GRU"), "hidden_size"),
    **dict.fromkeys(("LeakyReLU", "leaky_relu"), "negative_slope"), **dict.fromkeys(("ELU", "elu"), "alpha"),
    **dict.fromkeys(("GELU", "gelu"), "approximate"), **dict.fromkeys(("Flatten", "flatten"), "start_dim"),
    **dict.fromkeys(("Upsample", "interpolate"), "scale_factor"), **dict.fromkeys(("permute", "flip"), "dims"),
    **dict.fromkeys(("Dropout", "dropout", "stochastic_depth"), "p"), **dict.fromkeys(("Softplus", "softplus"), "beta"),
    **dict.fromkeys(("PixelShuffle", "pixel_shuffle"), "upscale_factor"),
    "Linear": "out_features", "MultiheadAttention": "num_heads", "chunk": "chunks", "split": "split_size",
    "getitem": "index", "pow": "exponent", "einsum": "equation", "to": "dtype", "one_hot": "num_classes", "pad": "pad",
    "PReLU": "num_parameters", **dict.fromkeys(("ChannelShuffle", "channel_shuffle"), "groups"), "repeat": "repeats",
}  # fmt: skip
"""The argument that a bare value gives."""

FLOATS = frozenset((
    "p", "eps", "momentum", "scale_factor", "negative_slope", "alpha", "min", "max", "std", "value", "other",
    "exponent", "beta", "threshold", "dropout", "dropout_p", "scale", "min_val", "max_val", "max_norm", "a", "b", "gain",
    "mean", "val",
))  # fmt: skip
"""Arguments that are floats or numbers for a tensor: what is divided there is divided as floats are."""
TEXTS = frozenset(("mode", "padding_mode", "approximate", "equation", "init", "dtype", "index", "nonlinearity"))
"""Arguments that are text."""
WORDS = ("same", "valid")
"""Words that stand where numbers may stand too."""
POSITIVE = frozenset((
    "out_channels", "kernel_size", "stride", "dilation", "groups", "out_features", "num_groups", "hidden_size",
    "num_layers", "num_heads", "num_embeddings", "embedding_dim", "chunks", "split_size", "output_size", "scale_factor",
    "upscale_factor", "num_classes", "num_parameters",
))  # fmt: skip
"""Arguments that are at least 1, or above 0."""
NOT_NEGATIVE = frozenset(("padding", "output_padding", "std", "eps"))
PROBABILITIES = frozenset(("p", "dropout", "dropout_p"))

_TOLD = {
    "Conv": ("in_channels", 1), "BatchNorm": ("num_features", 1), "InstanceNorm": ("num_features", 1),
    "GroupNorm": ("num_channels", 1), "Linear": ("in_features", -1), "LayerNorm": ("normalized_shape", -1),
    "RMSNorm": ("normalized_shape", -1), "LSTM": ("input_size", -1), "GRU": ("input_size", -1),
    "MultiheadAttention": ("embed_dim", -1),
}  # fmt: skip
_RANKED = ("Conv", "ConvTranspose", "MaxPool", "AvgPool", "AdaptiveAvgPool", "AdaptiveMaxPool", "InstanceNorm",
           "Dropout", "max_pool", "avg_pool", "adaptive_avg_pool", "adaptive_max_pool", "dropout")  # fmt: skip
RANKS: Mapping[str, Sequence[int]] = {
    **{f"{stem}{n}d": (n + 2,) for stem in _RANKED for n in (1, 2, 3)},
    "BatchNorm1d": (2, 3), "BatchNorm2d": (4,), "BatchNorm3d": (5,), "GroupNorm": range(2, 9),
    "group_norm": range(2, 9), "Linear": range(2, 9), "LSTM": (3,), "GRU": (3,), "MultiheadAttention": (3,),
    "PixelShuffle": range(4, 9), "pixel_shuffle": range(4, 9), "Upsample": (3, 4, 5), "interpolate": (3, 4, 5),
}  # fmt: skip
"""The ranks, batch included, of what torch would take unbatched too."""


def told(op: str) -> tuple[str, int] | None:
    """The argument that a spec leaves out, and the dimension of the input that tells it."""
    return next((found for stem, found in _TOLD.items() if op.startswith(stem)), None)


def check_args(op: str, args: Args) -> None:
    """Refuse arguments that are out of range."""
    for name, value in args.items():
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, (str, bool)) or number is None:
                continue
            if name in POSITIVE and number <= 0:
                raise Refused(f"{op}: {name} must be positive")
            if name in NOT_NEGATIVE and number < 0:
                raise Refused(f"{op}: {name} must not be negative")
            if name in PROBABILITIES and not 0 <= number <= 1 and op not in ("normalize",):
                raise Refused(f"{op}: {name} is a probability")
            if name not in FLOATS and isinstance(number, float):
                raise Refused(f"{op}: {name} is a whole number")


def check_rank(op: str, x: Tensor) -> None:
    """Refuse what torch takes as an input without a batch."""
    if op in RANKS and x.dim() not in RANKS[op]:
        raise Refused(f"{op} takes rank {list(RANKS[op])}, not {x.dim()}")


def make_module(op: str, args: Args, tensors: Mapping[str, Tensor]) -> nn.Module:
    """The module that a step makes for its inputs."""
    x = next(iter(tensors.values()))
    given = {name: value for name, value in args.items() if name != "need_weights"}
    known = told(op)
    if known is not None:
        given.setdefault(known[0], x.shape[known[1]])
    if op in ("LSTM", "GRU", "MultiheadAttention"):
        given["batch_first"] = True
    if op == "MultiheadAttention":
        key = tensors.get("key", x)
        given.setdefault("kdim", key.shape[-1])
        given.setdefault("vdim", tensors.get("value", key).shape[-1])
    return getattr(nn, op)(**given)


def call_module(op: str, args: Args, module: nn.Module, tensors: Mapping[str, Tensor]) -> list[Tensor]:
    """The results of a module."""
    x = next(iter(tensors.values()))
    check_module_call(op, args, module, x)
    if op in ("LSTM", "GRU"):
        states = [tensors[port].transpose(0, 1).contiguous() for port in ("h_0", "c_0") if port in tensors]
        output, found = module(x, *([] if not states else [tuple(states) if op == "LSTM" else states[0]]))
        return [output, *(state.transpose(0, 1) for state in (found if op == "LSTM" else (found,)))]
    if op == "MultiheadAttention":
        key = tensors.get("key", x)
        rest = {port: mask for port, mask in tensors.items() if port in ("key_padding_mask", "attn_mask")}
        need = args.get("need_weights", False)
        output, weights = module(x, key, tensors.get("value", key), need_weights=need, **rest)
        return [output, weights] if need else [output]
    return [module(x)]


def check_module_call(op: str, args: Args, module: nn.Module, x: Tensor) -> None:
    """Refuse inputs that a module takes otherwise than a spec means it."""
    check_rank(op, x)
    known = told(op)
    if known is not None:
        has = getattr(module, known[0])
        fits = tuple(x.shape[-len(has) :]) == tuple(has) if isinstance(has, tuple) else x.shape[known[1]] == has
        if not fits:
            raise Refused(f"{op} was made for {known[0]} {has}, not {tuple(x.shape)}")
    if op in ("LayerNorm", "RMSNorm") and x.dim() <= len(getattr(module, "normalized_shape")):  # noqa: B009
        raise Refused(f"{op} would normalize over the batch")
    if op == "Flatten":
        off_batch(x, args.get("start_dim", 1), args.get("end_dim", -1))
    if op in ("Unflatten", "Softmax", "GLU", "LogSoftmax"):
        off_batch(x, args.get("dim", -1))


def is_batched(x: Tensor) -> bool:
    """Whether a tensor has a batch: those of the network's own, and what is made of them alone, have none."""
    return not getattr(x, "whole", False)


def without_batch(x: Tensor) -> Tensor:
    """A tensor that has no batch."""
    x.whole = True  # pyright: ignore
    return x


def off_batch(x: Tensor, *dims: Any, extra: int = 0) -> None:
    """Refuse an axis that is the batch."""
    if not is_batched(x):
        return
    for dim in dims:
        for each in dim if isinstance(dim, tuple) else (dim,):
            if each in (0, -x.dim() - extra):
                raise Refused("dim 0 is the batch")


def _method(name: str, *order: str, dims: Sequence[str] = (), extra: int = 0) -> Callable[..., Any]:
    """`x.name(...)` with the arguments in `order` by place; those of `dims` are axes."""

    def call(x: Tensor, args: Args, training: bool) -> Any:
        off_batch(x, *(args[axis] for axis in dims if axis in args), extra=extra)
        rest = {key: value for key, value in args.items() if key not in order}
        return getattr(x, name)(*(args[key] for key in order if key in args), **rest)

    return call


def _functional(name: str, *axes: str, drops: bool = False) -> Callable[..., Any]:
    def call(x: Tensor, args: Args, training: bool) -> Any:
        off_batch(x, *(args[axis] for axis in axes if axis in args))
        more = {"training": training} if drops else {}
        return getattr(F, name)(x, **args, **more)

    return call


def _flatten(x: Tensor, args: Args, training: bool) -> Tensor:
    start, end = args.get("start_dim", 1), args.get("end_dim", -1)
    off_batch(x, start, end)
    return x.flatten(start, end)


def _permute(x: Tensor, args: Args, training: bool) -> Tensor:
    if is_batched(x) and args["dims"][0] not in (0, -x.dim()):
        raise Refused("the batch must stay in front")
    return x.permute(args["dims"])


def _getitem(x: Tensor, args: Args, training: bool) -> Tensor:
    index = args["index"]
    cuts = [
        slice(*(int(part) if part else None for part in item.split(":"))) if isinstance(item, str) else item
        for item in (index if isinstance(index, tuple) else (index,))
    ]
    return x[(slice(None), *cuts)] if is_batched(x) else x[tuple(cuts)]


def _pieces(name: str) -> Callable[..., Any]:
    def call(x: Tensor, args: Args, training: bool) -> Any:
        dim = args.get("dim", 1)
        off_batch(x, dim)
        return getattr(x, name)(*(value for key, value in args.items() if key != "dim"), dim=dim)

    return call


def _stochastic_depth(x: Tensor, args: Args, training: bool) -> Tensor:
    """Samples, or the whole batch, as the channels of feature dropout."""
    if args.get("mode", "row") == "row":
        return torch.feature_dropout(x[:, None], args["p"], training)[:, 0]
    return torch.feature_dropout(x[None, None], args["p"], training)[0, 0]


def _norm(name: str) -> Callable[..., Any]:
    def call(x: Tensor, args: Args, training: bool) -> Tensor:
        if name == "layer_norm":
            args = {"normalized_shape": x.shape[-1:], **args}
            if x.dim() <= len(args["normalized_shape"]):
                raise Refused("layer_norm would normalize over the batch")
        return getattr(F, name)(x, **args)

    return call


_PLAIN = ("relu", "gelu", "silu", "elu", "leaky_relu", "hardswish", "hardsigmoid", "mish", "softplus", "relu6", "selu")
_POOLS = [f"{kind}_pool{n}d" for kind in ("max", "avg", "adaptive_avg", "adaptive_max") for n in (1, 2, 3)]
_POINTWISE = ("abs", "exp", "neg", "sin", "cos", "square", "sign", "sigmoid", "tanh", "floor", "round", "ceil")
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: _functional(name) for name in (*_PLAIN, *_POOLS, "pixel_shuffle", "channel_shuffle")},
    **{name: _functional(name, drops=True) for name in ("dropout", "dropout1d", "dropout2d", "dropout3d")},
    **{name: _functional(name, "dim") for name in ("softmax", "log_softmax", "glu", "normalize")},
    **{name: _method(name, "dim", dims=("dim",)) for name in ("mean", "sum", "amax", "amin", "std", "var", "cumsum")},
    **{name: _method(name) for name in _POINTWISE},
    **{name: _pieces(name) for name in ("chunk", "split", "unbind")},
    **{name: _norm(name) for name in ("layer_norm", "group_norm")},
    "flatten": _flatten,
    "permute": _permute,
    "getitem": _getitem,
    "stochastic_depth": _stochastic_depth,
    "reshape": lambda x, args, training: x.reshape(*(x.shape[:1] if is_batched(x) else ()), *args["shape"]),
    "expand": lambda x, args, training: x.expand(torch.Size((-1, *args["shape"])) if is_batched(x) else args["shape"]),
    "unflatten": _method("unflatten", "dim", "sizes", dims=("dim",)),
    "transpose": _method("transpose", "dim0", "dim1", dims=("dim0", "dim1")),
    "unsqueeze": _method("unsqueeze", "dim", dims=("dim",), extra=1),
    "squeeze": _method("squeeze", "dim", dims=("dim",)),
    "select": _method("select", "dim", "index", dims=("dim",)),
    "narrow": _method("narrow", "dim", "start", "length", dims=("dim",)),
    "flip": _method("flip", "dims", dims=("dims",)),
    "roll": _method("roll", "shifts", "dims", dims=("dims",)),
    "pow": _method("pow", "exponent"),
    "clamp": _method("clamp"),
    "to": lambda x, args, training: x.to(getattr(torch, args["dtype"])),
    "one_hot": lambda x, args, training: F.one_hot(x, args["num_classes"]),
    "contiguous": _method("contiguous"),
}


def call_function(op: str, args: Args, tensors: Mapping[str, Tensor], training: bool) -> list[Tensor]:
    """The results of a function."""
    x = next(iter(tensors.values()))
    if op == "scaled_dot_product_attention":
        given = {**args, "dropout_p": args.get("dropout_p", 0.0) if training else 0.0}
        return [F.scaled_dot_product_attention(**tensors, **given)]
    if op == "interpolate":
        like = tensors.get("like")
        given = args if like is None else {**args, "size": tuple(like.shape[2:])}
        check_rank(op, x)
        return [F.interpolate(x, **given)]
    if op not in FUNCTIONS:
        raise KeyError(f"the oracle has no op {op}")
    check_rank(op, x)
    found = FUNCTIONS[op](x, args, training)
    return list(found) if isinstance(found, (tuple, list)) else [found]


def merge(op: str, args: Args, tensors: Tensors) -> Tensor:
    """What a merging op makes of tensors."""
    if op in ("cat", "stack"):
        dim = args.get("dim", 1)
        off_batch(tensors[0], dim, extra=int(op == "stack"))
        if len({x.dim() for x in tensors}) > 1:
            raise Refused(f"{op} joins tensors of one rank")
        return (torch.cat if op == "cat" else torch.stack)(list(tensors), dim=dim)
    if op == "einsum":
        return torch.einsum(args["equation"], *tensors)
    if op in ("matmul", "bmm"):
        if len(tensors) != 2:
            raise Refused(f"{op} takes two tensors")
        return getattr(torch, op)(*tensors)
    return _elementwise(op, args, tensors)


_JOIN: Mapping[str, Callable[[Any, Any], Tensor]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
}


def _elementwise(op: str, args: Args, tensors: Tensors) -> Tensor:
    if args.get("other") is not None:
        if len(tensors) > 1:
            raise Refused(f"{op} takes one tensor and a number")
        return _JOIN[op](tensors[0], args["other"])
    if len(tensors) < 2 or (op in ("sub", "div") and len(tensors) > 2):
        raise Refused(f"{op} joins two tensors or more")
    if not args.get("broadcast", False) and any(x.shape != tensors[0].shape for x in tensors):
        raise Refused(f"{op} stretches only where `broadcast` says so")
    return reduce(_JOIN[op], tensors)


def own_tensor(op: str, args: Args) -> tuple[Tensor, Callable[[Tensor], object] | None]:
    """A tensor of the network's own, and what draws its numbers, where they are drawn."""
    shape, init = args["shape"], args.get("init", "zeros")
    if any(size < 1 for size in shape):
        raise Refused(f"{op}: sizes must be positive")
    if (init == "constant") != (args.get("value") is not None):
        raise Refused(f"{op}: a value goes with init constant")
    if args.get("std") is not None and init not in ("normal", "trunc_normal"):
        raise Refused(f"{op} has no use for std")
    if init == "arange":
        if len(shape) != 1:
            raise Refused("arange counts along one dimension")
        return torch.arange(shape[0], dtype=getattr(torch, args.get("dtype", "int64"))), None
    dtype = getattr(torch, args.get("dtype", "float32"))
    if init == "causal_mask":
        full = torch.full(shape, True if dtype is torch.bool else float("-inf"), dtype=dtype)
        return full.triu(1), None
    if init in ("zeros", "ones", "constant"):
        return torch.full(shape, {"zeros": 0, "ones": 1}.get(init, args.get("value")), dtype=dtype), None
    options = {} if args.get("std") is None else {"std": args["std"]}
    drawn = getattr(nn.init, f"{init}_")
    return torch.zeros(shape, dtype=dtype), lambda tensor: drawn(tensor, **options)
