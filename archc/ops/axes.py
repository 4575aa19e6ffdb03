"""Ops that reorder, add or drop dimensions, or move elements along them; the batch stays in front."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from archc.dims import equal
from archc.ops import lowering
from archc.ops.base import (
    BATCH_AXIS,
    CHANNELS,
    RANK,
    Aliases,
    Domain,
    Example,
    Function,
    Inputs,
    Saves,
    ShapeError,
    Window,
    axis,
)
from archc.tensor import TensorType

Axes = int | Annotated[tuple[int, ...], Field(min_length=1)]
"""One dimension, or several."""


def listed_axes(x: TensorType, dims: Axes) -> tuple[int, ...]:
    """Dimensions counted from the front; refuses the batch, and one given twice."""
    found = tuple(axis(x, dim) for dim in (dims if isinstance(dims, tuple) else (dims,)))
    if len(set(found)) < len(found):
        raise ShapeError(f"wants each dim once, got {dims}", code=RANK)
    return found


class _Axes(Function):
    """A method of the tensor."""

    saves = Saves()
    family: ClassVar[str] = "reshape"


class Permute(_Axes):
    """The dimensions in another order; `dims` lists all of them, the batch, 0, first."""

    gradient = "view"
    aliases = Aliases("view")
    name = "permute"
    primary = "dims"
    examples = (Example(((3, 8, 6),), {"dims": (0, 2, 3, 1)}), Example(((3, 8),), {"dims": (0, -1, 1)}))
    domain = Domain(
        inputs=(((3, 8, 6),), ((3, 8),)),
        args={"dims": ((0, 2, 3, 1), (0, 2, 1), (0, 1), (0, 1, 1), (1, 0, 2), (0, -1, -2), (0, 3, 1))},
    )

    dims: Annotated[tuple[int, ...], Field(min_length=1)]

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Dimension i of the result is dimension `dims[i]` of the input."""
        x = inputs.first
        order = tuple(axis(x, dim, batch=True) for dim in self.dims)
        if sorted(order) != list(range(x.rank)):
            raise ShapeError(f"wants each of the {x.rank} dims (batch included) once, got {list(self.dims)}", code=RANK)
        if x.batched and order[0] != 0:
            raise ShapeError("must leave dim 0, the batch, in front", code=BATCH_AXIS)
        return (x.with_shape(*(x.shape[at] for at in order)),)

    def as_torch(self) -> lowering.Node:
        """`x.permute(0, 2, 3, 1)`."""
        return lowering.Method(lowering.Input(), "permute", (lowering.Star("dims"),))

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """The same place, which was along another dimension."""
        return tuple(Window(dim=axis(inputs.first, dim, batch=True)) for dim in self.dims)


class Transpose(_Axes):
    """Two dimensions exchanged."""

    gradient = "view"
    aliases = Aliases("view")
    name = "transpose"
    target = ".transpose"
    positional = ("dim0", "dim1")
    examples = (Example(((3, 8),), {"dim0": 1, "dim1": 2}), Example(((3, 8, 6),), {"dim0": -2, "dim1": -1}))
    domain = Domain(inputs=(((3, 8, 6),), ((3,),)), args={"dim0": (0, 1, -1), "dim1": (1, 2, 4, -2)})

    dim0: int
    dim1: int

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """`dim0` and `dim1` change places."""
        x = inputs.first
        first, second = axis(x, self.dim0), axis(x, self.dim1)
        return (x.with_dim(first, x.shape[second]).with_dim(second, x.shape[first]),)

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """The same place, the two dimensions exchanged."""
        dims = list(range(outputs[0].rank))
        one, other = (axis(inputs.first, dim, batch=True) for dim in (self.dim0, self.dim1))
        dims[one], dims[other] = other, one
        return tuple(Window(dim=dim) for dim in dims)


class Squeeze(_Axes):
    """Drops dimensions of size 1; one of another size stays, as in torch."""

    gradient = "view"
    aliases = Aliases("view")
    name = "squeeze"
    target = ".squeeze"
    primary = "dim"
    positional = ("dim",)
    examples = (Example(((1, 8),), {"dim": 1}), Example(((1, 8, 4),), {"dim": (1, 3)}))
    domain = Domain(inputs=(((8, 1, 1),), ((1, 3),)), args={"dim": (0, 1, -1, 2, (2, 3), (1, 2), (1, 1), 4)})

    dim: Axes
    """Required, unlike torch's: without it a batch of one would lose its dimension."""

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Without the dimensions of size 1 among `dim`."""
        x = inputs.first
        dropped = [at for at in listed_axes(x, self.dim) if equal(x.shape[at], 1)]
        return (x.with_shape(*(size for at, size in enumerate(x.shape) if at not in dropped)),)

    def aliased(self, inputs: Inputs, *, training: bool) -> Aliases | None:
        """As good as the input itself where nothing is dropped."""
        return Aliases("itself" if self.infer(inputs)[0].rank == inputs.first.rank else "view")


class Unsqueeze(_Axes):
    """A new dimension of size 1, which becomes dimension `dim`."""

    gradient = "view"
    aliases = Aliases("view")
    name = "unsqueeze"
    target = ".unsqueeze"
    primary = "dim"
    positional = ("dim",)
    examples = (Example(((8, 4),), {"dim": 1}), Example(((8,),), {"dim": -1}))
    domain = Domain(inputs=(((8, 4),), ((3,),)), args={"dim": (0, 1, 2, 3, 4, -1, -2, -3)})

    dim: int

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """A 1 in front of the size that was at `dim`."""
        x = inputs.first
        at = axis(x, self.dim, extra=1)
        return (x.with_shape(*x.shape[:at], 1, *x.shape[at:]),)


class Flip(_Axes):
    """The elements along some dimensions in reverse."""

    name = "flip"
    target = ".flip"
    primary = "dims"
    positional = ("dims",)
    examples = (Example(((3, 8, 6),), {"dims": -1}), Example(((3, 8, 6),), {"dims": (2, 3)}))
    domain = Domain(inputs=(((3, 8),),), args={"dims": (0, 1, (1, 2), (1, -2), 3)})

    dims: Axes

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        listed_axes(inputs.first, self.dims)
        return (inputs.first,)


class Roll(_Axes):
    """The elements shifted along dimensions, those that fall off the end coming in at the start."""

    name = "roll"
    target = ".roll"
    positional = ("shifts",)
    examples = (
        Example(((3, 8),), {"shifts": 1, "dims": 2}),
        Example(((8, 8, 3),), {"shifts": (-3, -3), "dims": (1, 2)}),
    )
    domain = Domain(inputs=(((3, 8),),), args={"shifts": (1, -9, (1, 2)), "dims": (0, 1, -1, (1, 2), (1, 1), 3)})

    shifts: Axes
    dims: Axes
    """Required, unlike torch's: without it samples would run into each other."""

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        shifts = self.shifts if isinstance(self.shifts, tuple) else (self.shifts,)
        dims = self.dims if isinstance(self.dims, tuple) else (self.dims,)
        if len(shifts) != len(dims):
            raise ShapeError(f"wants a shift for each dim, got {self.shifts} and {self.dims}", code=CHANNELS)
        for dim in dims:
            axis(inputs.first, dim)
        return (inputs.first,)


class Contiguous(_Axes):
    """The same tensor, its elements in memory in the order of its dimensions."""

    is_pointwise = True
    gradient = "view"
    aliases = Aliases("itself")
    packs = True
    name = "contiguous"
    target = ".contiguous"
    examples = (Example(((3, 8),)),)

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        return (inputs.first,)


class Movedim(_Axes):
    """Dimensions moved to other places; the rest keep their order."""

    gradient = "view"
    aliases = Aliases("view")
    name = "movedim"
    target = ".movedim"
    positional = ("source", "destination")
    examples = (
        Example(((3, 8, 6),), {"source": 1, "destination": -1}),
        Example(((3, 8, 6),), {"source": (1, 2), "destination": (2, 1)}),
    )
    domain = Domain(
        inputs=(((3, 8, 6),), ((3, 8),)),
        args={"source": (1, -1, 3, (1, 2), (1, 1)), "destination": (1, -1, (2, 1), (-1, -2), (1,))},
    )

    source: Axes
    destination: Axes

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Dimension `source` becomes dimension `destination`."""
        x = inputs.first
        return (x.with_shape(*(x.shape[at] for at in self._order(x))),)

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """The same place of the dimension that was put there."""
        return tuple(Window(dim=at) for at in self._order(inputs.first))

    def _order(self, x: TensorType) -> list[int]:
        sources, places = listed_axes(x, self.source), listed_axes(x, self.destination)
        if isinstance(self.source, tuple) != isinstance(self.destination, tuple) or len(sources) != len(places):
            raise ShapeError(
                f"wants as many sources as destinations, got {self.source} and {self.destination}", code=RANK
            )
        order = [at for at in range(x.rank) if at not in sources]
        for place, source in sorted(zip(places, sources, strict=True)):
            order.insert(place, source)
        return order
