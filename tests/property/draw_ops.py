"""Random ops with random arguments, most of which fit a tensor of a given shape; for hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

Shape = Sequence[int]
Args = st.SearchStrategy[dict[str, Any]]

PLAIN = (
    "relu", "gelu", "sigmoid", "tanh", "silu", "hardswish", "ReLU", "GELU", "Sigmoid", "Tanh", "SiLU", "Hardswish",
    "Identity", "Softplus", "Mish",
)  # fmt: skip
"""Ops without arguments that keep the shape."""
MODES = {1: ("nearest", "linear", "area"), 2: ("nearest", "bilinear", "bicubic", "area"), 3: ("nearest", "trilinear")}


def _each(n: int, low: int, high: int) -> st.SearchStrategy[Any]:
    """A number for all dimensions, or one for each."""
    one = st.integers(low, high)
    return st.one_of(one, one, st.lists(one, min_size=n, max_size=n))


def _args(required: dict[str, Any], **optional: st.SearchStrategy[Any]) -> Args:
    return st.fixed_dictionaries(required, optional=optional)


def _one(name: str, *values: Any) -> Args:
    return st.sampled_from(values).map(lambda value: {name: value})


_MODES = st.sampled_from(("zeros", "zeros", "reflect", "replicate", "circular"))
_BOOL = st.booleans()


def _conv(n: int, shape: Shape) -> Args:
    channels = shape[1]
    return _args(
        {"out_channels": st.sampled_from((1, 2, 3, 4, 6, 8, channels)), "kernel_size": _each(n, 1, 4)},
        stride=_each(n, 1, 3),
        padding=st.one_of(_each(n, 0, 3), st.sampled_from(("same", "valid"))),
        dilation=_each(n, 1, 3),
        groups=st.sampled_from((1, 1, 2, 3, channels)),
        bias=_BOOL,
        padding_mode=_MODES,
        in_channels=st.sampled_from((channels, channels, channels, channels + 1)),
    )


def _transposed(n: int, shape: Shape) -> Args:
    return _args(
        {"out_channels": st.sampled_from((1, 2, 4, 6, shape[1])), "kernel_size": _each(n, 1, 4)},
        stride=_each(n, 1, 3),
        padding=_each(n, 0, 2),
        output_padding=_each(n, 0, 2),
        dilation=_each(n, 1, 2),
        groups=st.sampled_from((1, 1, 2, shape[1])),
        bias=_BOOL,
    )


def _max_pool(n: int, shape: Shape) -> Args:
    required = {"kernel_size": _each(n, 1, 4)}
    return _args(required, stride=_each(n, 1, 4), padding=_each(n, 0, 2), dilation=_each(n, 1, 2), ceil_mode=_BOOL)


def _avg_pool(n: int, shape: Shape) -> Args:
    required = {"kernel_size": _each(n, 1, 4)}
    return _args(required, stride=_each(n, 1, 4), padding=_each(n, 0, 2), ceil_mode=_BOOL, count_include_pad=_BOOL)


def _adaptive(n: int, shape: Shape) -> Args:
    one = st.integers(1, 7) if n == 1 else st.one_of(st.integers(1, 7), st.none())
    each = st.lists(one, min_size=n, max_size=n)
    return st.one_of(st.integers(1, 7), each).map(lambda size: {"output_size": size})


def _resize(n: int, shape: Shape) -> Args:
    scale = st.sampled_from((1, 2, 3, 0.5, 1.5, 0.7))
    size = st.one_of(scale, st.lists(scale, min_size=n, max_size=n)).map(lambda scale: {"scale_factor": scale})
    fixed = _each(n, 1, 12).map(lambda size: {"size": size})
    mode = _args({}, mode=st.sampled_from(MODES[n]), align_corners=st.sampled_from((False, False, True)))
    return st.tuples(st.one_of(size, size, fixed), mode).map(lambda pair: pair[0] | pair[1])


def _edges(n: int, shape: Shape) -> Args:
    one = st.integers(-1, 4)
    return st.one_of(one, st.lists(one, min_size=2 * n, max_size=2 * n)).map(lambda padding: {"padding": padding})


def _groups(n: int, shape: Shape) -> Args:
    return _one("num_groups", 1, 2, 3, 4, shape[1])


Table = dict[str, Callable[[int, Shape], Args]]


def _spatial(n: int) -> Table:
    table: Table = {
        f"Conv{n}d": _conv, f"ConvTranspose{n}d": _transposed,
        f"MaxPool{n}d": _max_pool, f"max_pool{n}d": _max_pool, f"AvgPool{n}d": _avg_pool, f"avg_pool{n}d": _avg_pool,
        f"AdaptiveAvgPool{n}d": _adaptive, f"adaptive_avg_pool{n}d": _adaptive,
        f"AdaptiveMaxPool{n}d": _adaptive, f"adaptive_max_pool{n}d": _adaptive,
        f"BatchNorm{n}d": lambda n, shape: _args({}, affine=_BOOL, num_features=st.just(shape[1])),
        f"InstanceNorm{n}d": lambda n, shape: _args({}, affine=_BOOL), "GroupNorm": _groups,
        "Upsample": _resize, "interpolate": _resize,
        f"ReflectionPad{n}d": _edges, f"ReplicationPad{n}d": _edges, f"CircularPad{n}d": _edges, f"ZeroPad{n}d": _edges,
    }  # fmt: skip
    table[f"Conv{n}d "] = _conv  # convolutions twice as often as the rest
    if n == 2:
        up, down = _one("upscale_factor", 1, 2, 3), _one("downscale_factor", 1, 2, 3)
        table |= {
            "PixelShuffle": lambda n, shape: up, "pixel_shuffle": lambda n, shape: up,
            "PixelUnshuffle": lambda n, shape: down, "pixel_unshuffle": lambda n, shape: down,
            "ChannelShuffle": lambda n, shape: _one("groups", 1, 2, 3),
        }  # fmt: skip
    return table


def _dim(shape: Shape) -> st.SearchStrategy[int]:
    """An axis: one behind the batch, seldom another."""
    rank = len(shape)
    inside = st.integers(1, rank - 1) if rank > 1 else st.just(1)
    return st.one_of(inside, inside, inside.map(lambda dim: dim - rank), st.integers(-rank - 1, rank))


def _linear(n: int, shape: Shape) -> Args:
    given = st.sampled_from((shape[-1], shape[-1], shape[-1] + 1))
    return _args({"out_features": st.integers(1, 12)}, bias=_BOOL, in_features=given)


def _flatten(n: int, shape: Shape) -> Args:
    return _args({}, start_dim=_dim(shape), end_dim=_dim(shape))


def _reshape(n: int, shape: Shape) -> Args:
    size = st.sampled_from((-1, 1, 2, 3, 4, *shape[1:]))
    anything = st.lists(size, min_size=1, max_size=4)
    fitting = st.sampled_from([[-1], [*shape[1:2], -1], [-1, shape[-1]], [1, *shape[1:]]])
    return st.one_of(anything, fitting, fitting).map(lambda sizes: {"shape": sizes})


def _permute(n: int, shape: Shape) -> Args:
    behind = st.permutations(range(1, len(shape))).map(lambda dims: [0, *dims])
    return st.one_of(behind, behind, st.permutations(range(len(shape))).map(list)).map(lambda dims: {"dims": dims})


def _slices(n: int, shape: Shape) -> Args:
    bound = st.one_of(st.just(""), st.integers(-4, 6).map(str))
    step = st.sampled_from(("", "", ":", ":2", ":3"))
    piece = st.tuples(bound, bound, step).map(lambda parts: f"{parts[0]}:{parts[1]}{parts[2]}")
    item = st.one_of(piece, piece, st.integers(-3, 3))
    return st.one_of(item, st.lists(item, min_size=1, max_size=len(shape))).map(lambda index: {"index": index})


def _pad(n: int, shape: Shape) -> Args:
    pad = st.integers(1, len(shape)).flatmap(
        lambda over: st.lists(st.integers(-2, 4), min_size=2 * over, max_size=2 * over)
    )
    modes = st.sampled_from(("constant", "reflect", "replicate", "circular"))
    return _args({"pad": pad}, mode=modes)


def _over(n: int, shape: Shape) -> Args:
    dims = st.one_of(_dim(shape), st.lists(_dim(shape), min_size=1, max_size=3))
    return _args({"dim": dims}, keepdim=_BOOL)


def _trailing(n: int, shape: Shape) -> Args:
    fitting = [list(shape[-k:]) for k in range(1, len(shape))] or [[1]]
    return _args(
        {},
        normalized_shape=st.sampled_from([*fitting, shape[-1], shape[-1] + 1, list(shape)]),
        elementwise_affine=_BOOL,
    )


def _swap(n: int, shape: Shape) -> Args:
    return _args({"dim0": _dim(shape), "dim1": _dim(shape)})


def _split_size(n: int, shape: Shape) -> Args:
    parts = st.sampled_from((1, 2, 3, 4, 7))
    size = st.one_of(parts, st.lists(parts, min_size=1, max_size=3), st.just([max(1, shape[-1] - 1), 1]))
    return _args({"split_size": size}, dim=_dim(shape))


ANY: Table = {
    **{name: lambda n, shape: st.just({}) for name in PLAIN},
    "LeakyReLU": lambda n, shape: _args({}, negative_slope=st.sampled_from((0.1, 0.2, 1e-3))),
    "elu": lambda n, shape: _args({}, alpha=st.sampled_from((0.5, 2.0))),
    "Dropout": lambda n, shape: _one("p", 0.0, 1.0),
    "PReLU": lambda n, shape: _args({}, num_parameters=st.sampled_from((1, 2, *shape[1:2]))),
    "LayerNorm": _trailing,
    "Linear": _linear,
    "Linear ": _linear,
    "Softmax": lambda n, shape: _args({"dim": _dim(shape)}),
    "softmax": lambda n, shape: _args({"dim": _dim(shape)}),
    "GLU": lambda n, shape: _args({}, dim=_dim(shape)),
    "flatten": _flatten,
    "Flatten": _flatten,
    "Unflatten": lambda n, shape: _args(
        {"dim": _dim(shape), "unflattened_size": st.lists(st.sampled_from((-1, 1, 2, 3)), min_size=1, max_size=3)}
    ),
    "reshape": _reshape,
    "permute": _permute,
    "transpose": _swap,
    "squeeze": lambda n, shape: _args({"dim": _dim(shape)}),
    "unsqueeze": lambda n, shape: _args({"dim": _dim(shape)}),
    "getitem": _slices,
    "pad": _pad,
    "narrow": lambda n, shape: _args({"dim": _dim(shape), "start": st.integers(-3, 5), "length": st.integers(0, 5)}),
    "select": lambda n, shape: _args({"dim": _dim(shape), "index": st.integers(-4, 4)}),
    "mean": _over,
    "sum": _over,
    "amax": _over,
    "logsumexp": _over,
    "cumsum": lambda n, shape: _args({"dim": _dim(shape)}),
    "add": lambda n, shape: _one("other", 1, 0.5),
    "mul": lambda n, shape: _one("other", 2, 0.1),
    "chunk": lambda n, shape: _args({"chunks": st.integers(1, 4)}, dim=_dim(shape)),
    "split": _split_size,
    "unbind": lambda n, shape: _args({}, dim=_dim(shape)),
}
SPATIAL: dict[int, Table] = {n: _spatial(n) for n in (1, 2, 3)}
SEVERAL = ("chunk", "split", "unbind")
"""Ops with several results, which are named where they are used."""


@st.composite
def op_and_args(draw: st.DrawFn, shape: Shape) -> tuple[str, dict[str, Any]]:
    """An op, mostly one for tensors of this rank, with arguments."""
    n = len(shape) - 2
    if draw(st.integers(0, 29)) == 0 and len(shape) > 1:
        n = draw(st.integers(1, 3))
    table = SPATIAL[n] if 1 <= n <= 3 and draw(st.integers(0, 9)) < 6 else ANY
    name = draw(st.sampled_from(list(table)))
    return name.strip(), draw(table[name](max(1, min(n, 3)), shape))
