"""Ops that take parts of a tensor."""

import operator
from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from archc.dims import Dim, at_least, ceil_div, equal, is_known, is_multiple, shown
from archc.ops import lowering
from archc.ops.base import (
    CHANNELS,
    EMPTY,
    RANK,
    Aliases,
    Call,
    Domain,
    Example,
    Function,
    Inputs,
    Kernel,
    NonNegative,
    Positive,
    Saves,
    ShapeError,
    axis,
    concrete,
)
from archc.tensor import TensorType

SLICE = r"^(-?[0-9]+)?:(-?[0-9]+)?(:([1-9][0-9]*)?)?$"
"""A slice as Python writes it, with a positive step: `:`, `1:`, `:-1`, `::2`."""
SliceText = Annotated[str, Field(pattern=SLICE, max_length=64)]


MOST_PIECES = 1000
"""The most tensors that one is cut into."""


class _Part(Function):
    """A method of the tensor, whose result is a part of it."""

    saves = Saves()
    aliases = Aliases("view")
    family: ClassVar[str] = "reshape"


class _Pieces(_Part):
    """A tensor cut along `dim` into several, which are named where they are used."""

    aliases = Aliases("views")
    is_several: ClassVar[bool] = True

    dim: int = 1
    """torch's own default is 0, which is the batch here."""

    def as_torch(self) -> lowering.Node:
        """`x.chunk(2, dim=1)`."""
        args = tuple(lowering.Field(name) for name in self.positional)
        return lowering.Method(lowering.Input(), self.name, args, (("dim", lowering.Field("dim")),))


class Chunk(_Pieces):
    """Cuts a dimension into `chunks` equal parts; where that does not divide, the last is smaller or missing."""

    name = "chunk"
    primary = "chunks"
    positional = ("chunks",)
    examples = (Example(((8, 4),), {"chunks": 2}), Example(((7, 4),), {"chunks": 3, "dim": 1}))
    domain = Domain(inputs=(((7, 4),), ((6,),), ((5, 5),)), args={"chunks": (1, 2, 3, 4, 9), "dim": (0, 1, 2, -1, 3)})

    chunks: Positive

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Parts of the size divided by `chunks`, rounded up."""
        at = axis(inputs.first, self.dim)
        size = inputs.first.shape[at]
        part = size // self.chunks if is_multiple(size, self.chunks) else ceil_div(size, self.chunks)
        return _cut(inputs.first, at, part, _parts_of(size, part) if is_known(size) else self.chunks)


class Split(_Pieces):
    """Cuts a dimension into parts of `split_size`, the last being what is left, or into parts of the sizes listed."""

    name = "split"
    primary = "split_size"
    positional = ("split_size",)
    examples = (
        Example(((8, 4),), {"split_size": 4}),
        Example(((8, 4),), {"split_size": (2, 6)}),
        Example(((7, 4),), {"split_size": 3}),
    )
    domain = Domain(
        inputs=(((7, 4),), ((6,),)), args={"split_size": (1, 3, 9, (3, 4), (1, 5), (2, 2)), "dim": (0, 1, 2, -1, 3)}
    )

    split_size: Positive | Annotated[tuple[Positive, ...], Field(min_length=1)]

    def as_torch(self) -> lowering.Node:
        """`torch.split(x, 2, dim=1)`, which has a type where the method has none."""
        is_list = isinstance(self.split_size, (tuple, list))
        args = (lowering.Input(), lowering.Entries("split_size") if is_list else lowering.Field("split_size"))
        return lowering.Call("torch.split", args, (("dim", lowering.Field("dim")),))

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """One part for each size."""
        x = inputs.first
        at = axis(x, self.dim)
        if not isinstance(self.split_size, tuple):
            return _cut(x, at, self.split_size, concrete(ceil_div(x.shape[at], self.split_size)))
        _few(len(self.split_size))
        if not equal(x.shape[at], sum(self.split_size)):
            sizes = " + ".join(str(shown(size)) for size in self.split_size)
            raise ShapeError(f"wants sizes that add up to {shown(x.shape[at])}, got {sizes}", code=CHANNELS)
        return tuple(x.with_dim(at, size) for size in self.split_size)


class Unbind(_Pieces):
    """Takes a dimension apart: one tensor, without that dimension, for each of its indices."""

    name = "unbind"
    primary = "dim"
    examples = (Example(((3, 8, 4),)), Example(((2, 8),), {"dim": 1}))
    domain = Domain(inputs=(((3, 4),), ((2,),)), args={"dim": (0, 1, 2, -1, 3)})

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """As many results as the dimension has indices."""
        x = inputs.first
        at = axis(x, self.dim)
        return (x.with_shape(*x.shape[:at], *x.shape[at + 1 :]),) * _few(concrete(x.shape[at]))


class Select(_Part):
    """One index of a dimension, which goes."""

    name = "select"
    target = ".select"
    positional = ("dim", "index")
    examples = (Example(((5, 8),), {"dim": 1, "index": 0}), Example(((5, 8),), {"dim": 1, "index": -1}))
    domain = Domain(inputs=(((5, 8),), ((3,),)), args={"dim": (0, 1, 2, -1, 3), "index": (0, 3, 5, -5, -6)})

    dim: int
    index: int

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The shape without `dim`."""
        x = inputs.first
        at = axis(x, self.dim)
        _need_index(self.index, x.shape[at], at)
        return (x.with_shape(*x.shape[:at], *x.shape[at + 1 :]),)


class Narrow(_Part):
    """`length` indices of a dimension, from `start` on."""

    name = "narrow"
    target = ".narrow"
    positional = ("dim", "start", "length")
    examples = (Example(((8, 4),), {"dim": 1, "start": 2, "length": 4}),)
    domain = Domain(
        inputs=(((5, 4),), ((3,),)),
        args={"dim": (0, 1, -1, 2), "start": (0, 2, -3, 6), "length": (0, 1, 3, 4)},
    )

    dim: int
    start: int
    length: NonNegative

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """`dim` has `length` indices left."""
        x = inputs.first
        at = axis(x, self.dim)
        size = x.shape[at]
        start = self.start + size if self.start < 0 else self.start
        if not at_least(start, 0) or not at_least(size, start + self.length):
            raise ShapeError(
                f"wants {self.length} from {self.start} on, of a dimension of {shown(size)}", code=CHANNELS
            )
        if not self.length:
            raise ShapeError("leaves nothing: `length` is 0", code=EMPTY)
        return (x.with_dim(at, self.length),)


class Getitem(_Part):
    """Indexing as `x[:, 0, 1:]`: an index or slice for each dimension behind the batch, the last ones left out as full.

    A slice is text, as in Python: `getitem: [":", "1:"]` is `x[:, :, 1:]`. An index drops its dimension.
    """

    name = "getitem"
    primary = "index"
    examples = (
        Example(((5, 8),), {"index": (0,)}),
        Example(((5, 8),), {"index": ("1:", "::2")}),
        Example(((5, 8),), {"index": -1}),
        Example(((6, 8, 8),), {"index": (":3", "1:-1", -1)}),
    )
    domain = Domain(
        inputs=(((5, 4),), ((3,),)),
        args={"index": (0, 3, -6, "1:", ":", "::2", "9:", (0, 1), ("-2:", ":-1"), (":2:", 0), ("1:9:3",), (0, 0, 0))},
    )

    index: int | SliceText | Annotated[tuple[int | SliceText, ...], Field(min_length=1)]

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """An index drops a dimension, a slice keeps what Python would."""
        x = inputs.first
        items, first = self._items(), int(x.batched)
        if len(items) > len(x.sample):
            raise ShapeError(f"has {len(items)} indices for a tensor of {x}", code=RANK)
        shape = list(x.shape[:first])
        for at, item in enumerate(items, start=first):
            if isinstance(item, int):
                _need_index(item, x.shape[at], at)
            else:
                shape.append(_kept(x.shape[at], item))
        return (x.with_shape(*shape, *x.shape[first + len(items) :]),)

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """A view for each index and each slice that leaves something out."""
        x, first = call.inputs.first, int(call.inputs.first.batched)
        shape, at, taken, found = list(x.shape), first, call.inputs.ports, list[Kernel]()
        for number, item in enumerate(self._items()):
            size = shape[at]
            if isinstance(item, int):
                del shape[at]
            else:
                shape[at] = _kept(size, item)
                at += 1
                if int(shape[at - 1]) == int(size):
                    continue
            made = f"part {number}"
            found.append(Kernel(taken, ((made, call.bytes(x.with_shape(*shape))),), is_view=True))
            taken = (made,)
        found.append(Kernel(taken, (("output", call.bytes(call.outputs[0])),), gradient="view", is_view=True))
        return found

    def _items(self) -> tuple[int | str, ...]:
        return self.index if isinstance(self.index, tuple) else (self.index,)

    def as_torch(self) -> lowering.Node:
        """`x[:, 0]`."""
        items = (lowering.Literal(item) if isinstance(item, int) else _slice(item) for item in self._items())
        return lowering.Index(lowering.Input(), (lowering.Batched(lowering.Raw(":")), *items))


def _parts_of(whole: Dim, size: Dim) -> int:
    """In how many parts of `size` a dimension is cut, where that size too depends on the input's."""
    found = next((count for count in range(1, MOST_PIECES + 1) if at_least(size * count, whole)), None)
    return found or -(-int(whole) // int(size))


def _cut(x: TensorType, at: int, size: Dim, count: int) -> tuple[TensorType, ...]:
    """`x` in `count` parts of `size` along `at`, the last one being what is left."""
    whole = x.shape[at]
    full = _few(count) - 1
    even = isinstance(whole, int) and isinstance(size, int) and whole == size * (full + 1)
    last = size if even else whole - size * full
    return (*(x.with_dim(at, size) for _ in range(full)), x.with_dim(at, last))


def _few(count: int) -> int:
    """A number of results, refused where nothing could name them all."""
    if count > MOST_PIECES:
        raise ShapeError(f"would give {count:,} results: at most {MOST_PIECES:,} are taken", code=CHANNELS)
    return operator.index(count)


def _need_index(index: int, size: Dim, at: int) -> None:
    if not at_least(size, -index if index < 0 else index + 1):
        raise ShapeError(f"wants an index below {shown(size)} for dim {at}, got {index}", code=CHANNELS)


def _parts(text: str) -> tuple[int | None, int | None, int]:
    start, stop, step = [int(part) if part else None for part in f"{text}:".split(":")][:3]
    return start, stop, step or 1


def _kept(size: Dim, text: str) -> Dim:
    """How many of `size` indices a slice keeps."""
    start, stop, step = _parts(text)
    first, end = _bound(start or 0, size), size if stop is None else _bound(stop, size)
    if not at_least(end, first + 1):
        raise ShapeError(f"keeps nothing of a dimension of {shown(size)} with {text!r}", code=EMPTY)
    return end - first if step == 1 else ceil_div(end - first, step)


def _bound(at: int, size: Dim) -> Dim:
    if at < 0:
        return size + at if at_least(size, 1 - at) else 0
    return size if at_least(at, size) else at


def _slice(text: str) -> lowering.Slice:
    start, stop, step = _parts(text)

    def node(at: int | None) -> lowering.Node | None:
        return None if at is None else lowering.Literal(at)

    return lowering.Slice(node(start), node(stop), None if step == 1 else lowering.Literal(step))
