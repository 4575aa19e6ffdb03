"""What an op runs in torch, as far as memory goes: one kernel, or several with tensors of their own between them.

Sizes are bytes. An order tells how a tensor lies in memory: its dimensions from the slowest to the fastest, and () for
torch's usual one. A kernel copies a tensor whose order it cannot take.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from archc.ops.parts import FLOATING, Inputs
from archc.record import record
from archc.tensor import BYTES, TensorType, volume

if TYPE_CHECKING:
    from archc.ops.base import Op

Order = tuple[int, ...]
Gradient = Literal["own", "same", "view"]
Reshaped = Literal["", "rows", "all"]
"""Dimensions that are made one: none, all but the last, or all."""


@record(eq=False)
class Call:
    """An op as it is run: what it is given and gives, in which order the inputs lie, for how many samples."""

    inputs: Inputs
    outputs: tuple[TensorType, ...]
    orders: tuple[Order, ...]
    batch: int
    training: bool
    sources: tuple[int, ...] = ()
    """A number for each input, the same for the same tensor."""

    def bytes(self, type_: TensorType) -> int:
        """What a tensor takes."""
        return bytes_of(type_, self.batch)

    def is_packed(self, at: int) -> bool:
        """Whether an input lies in torch's usual order, dimensions of size 1 aside."""
        return is_packed(self.inputs[at], self.orders[at], self.batch)


@record(eq=False)
class Kernel:
    """A kernel: the tensors that it takes and makes, by name, and what is kept for its backward pass.

    Names are those of the op's ports and results (`names_of`), and others for what goes from kernel to kernel.
    """

    takes: tuple[str, ...]
    makes: tuple[tuple[str, int], ...]
    """Names and bytes."""
    keeps: tuple[str, ...] = ()
    """What autograd keeps, of the tensors that it takes and makes."""
    beside: int = 0
    """What it makes beside its results, kept for the backward pass; gone when it is done in inference."""
    scratch: int = 0
    """What it makes and drops in the forward pass."""
    backward: int = 0
    """What it makes and drops in the backward pass, gradients aside."""
    gradient: Gradient = "own"
    """As `Op.gradient`."""
    is_view: bool = False
    """Whether its results are in the memory of the first tensor that it takes."""
    weights: int = 0
    """What the gradients of its parameters take."""
    uses: str = ""
    """A name for those parameters where kernels of the op share them."""
    summed_apart: bool = False
    """As `Op.summed_apart`."""
    relaid: bool = False
    """Whether the gradients of its parameters come in another order than they have, so that they are copied."""
    steps: bool = False
    """Whether it is many small kernels, so that what they kept is gone before the gradients are whole."""
    holds: tuple[str, ...] = ()
    """Tensors that are let go only when it is done, though it does not take them."""
    whole: tuple[str, ...] = ()
    """Those it makes that have no gradient: whole numbers."""
    in_place: bool = False
    """Whether it overwrites the first tensor that it takes."""
    is_viewed: bool = False
    """Whether its results are views to autograd, though their memory is their own."""
    returns: Order | None = ()
    """The order of the gradients that it makes; None for that of the gradient it is given."""
    turned: Order = ()
    """For views that give dimensions other places: which of the input's each of the result's is."""
    reshapes: Reshaped = ""
    """Which dimensions of the gradient are made one, so that it is copied where they lie apart."""
    scatters: Reshaped = ""
    """Where gradients that are views have gaps or lie on themselves: between rows, or within all of them."""


def bytes_of(type_: TensorType, batch: int) -> int:
    """What a tensor takes for a batch of so many samples."""
    size = volume(type_.sample) * BYTES.get(type_.dtype, 1)
    return size * batch if type_.batched else size


def is_packed(type_: TensorType, order: Order, batch: int) -> bool:
    """Whether a tensor in this order lies as if it had none, dimensions of size 1 being nowhere."""
    if not order:
        return True
    sizes = (batch, *type_.sample) if type_.batched else type_.sample
    long = [dim for dim in order if int(sizes[dim]) > 1]
    return long == sorted(long)


def is_channels_last(call: Call) -> bool:
    """Whether the first input is one of images or volumes with the channels behind the places."""
    x = call.inputs.first
    return x.rank > 3 and call.orders[0] == (0, *range(2, x.rank), 1) and not call.is_packed(0)


def names_of(op: Op, outputs: Sequence[TensorType]) -> tuple[str, ...]:
    """The names of an op's results among its kernels."""
    many = len(outputs)
    return op.results[:many] if len(op.results) >= many else tuple(f"={at}" for at in range(many))


def parameter_bytes(op: Op) -> int:
    """What an op's own parameters take, and so their gradients."""
    return sum(volume(w.shape) * BYTES.get(w.dtype, 1) for w in op.weights() if not w.buffer)


def lone_kernel(op: Op, call: Call) -> Kernel:
    """The one kernel of an op, by what its class declares."""
    inputs, outputs, training = call.inputs, call.outputs, call.training
    made = tuple(zip(names_of(op, outputs), map(call.bytes, outputs), strict=True))
    if op.is_source:
        return Kernel((), tuple((name, 0) for name, _ in made), weights=parameter_bytes(op))
    ports = inputs.ports
    saves = op.saved(inputs)
    keeps = tuple(port for at, port in enumerate(ports) if saves.when(at) != "never")
    keeps += tuple(made[at][0] for at in saves.results)
    beside = sum(map(call.bytes, op.beside(inputs, outputs, training=training)))
    scratch = sum(map(call.bytes, op.scratch(inputs, outputs, training=training)))
    backward = sum(map(call.bytes, op.gradient_scratch(inputs, outputs)))
    is_view = op.aliased(inputs, training=training) is not None and not (op.packs and not call.is_packed(0))
    is_identity = op.is_identity(inputs) and is_view
    in_place = op.changes_input(training=training) and is_view and not is_identity
    if in_place and training and ports[0] in keeps:  # what is overwritten is copied for the backward pass
        keeps, beside = tuple(name for name in keeps if name != ports[0]), beside + call.bytes(inputs.first)
    turned = turns(op, call) if op.is_view else ()
    gradient = "view" if is_identity else op.gradient
    return Kernel(
        ports, made, keeps, beside, scratch, backward, gradient, is_view, parameter_bytes(op),
        summed_apart=op.summed_apart, relaid=op.relays(call),
        whole=tuple(name for (name, _), type_ in zip(made, outputs, strict=True) if type_.dtype not in FLOATING),
        in_place=in_place, returns=op.gradient_order(call), turned=turned, reshapes="all" if op.packs else "",
        scatters=op.scatters(call),
    )  # fmt: skip


def inlined(op: Op, call: Call, takes: Mapping[str, str], makes: Sequence[str], prefix: str) -> Iterator[Kernel]:
    """The kernels of an op within another: its ports and results by the names they have there, others prefixed."""
    names = {**takes, **dict(zip(names_of(op, call.outputs), makes, strict=True))}

    def of(name: str) -> str:
        return names.get(name) or f"{prefix}.{name}"

    for k in op.kernels(call):
        yield Kernel(
            tuple(map(of, k.takes)), tuple((of(name), size) for name, size in k.makes), tuple(map(of, k.keeps)),
            k.beside, k.scratch, k.backward, k.gradient, k.is_view, k.weights, f"{prefix}.{k.uses}",
            k.summed_apart, k.relaid, k.steps, tuple(map(of, k.holds)), tuple(map(of, k.whole)), k.in_place,
            k.is_viewed, k.returns, k.turned, k.reshapes, k.scatters,
        )  # fmt: skip


def resting(op: Op, call: Call) -> tuple[Order, ...]:
    """The orders of an op's results, where these follow from what its class declares."""
    usual = ((),) * len(call.outputs)
    if op.packs and not (call.is_packed(0) and op.is_identity(call.inputs)):
        return usual
    if op.is_view and not op.is_identity(call.inputs):
        return (_permuted(op, call), *usual[1:])
    if not any(call.orders):
        return usual
    if not (op.is_pointwise or op.keeps_order or op.aliased(call.inputs, training=call.training)):
        return usual
    alike = (o for o, x in zip(call.orders, call.inputs, strict=True) if x.shape == call.outputs[0].shape)
    first = next(alike, call.orders[0])
    return tuple(first if len(first) == type_.rank else () for type_ in call.outputs)


def _permuted(op: Op, call: Call) -> Order:
    """The order of a view that gives each dimension another place; () for any other view."""
    given, sources = call.orders[0], turns(op, call)
    order = tuple(sources.index(dim) for dim in given or range(len(sources))) if sources else ()
    return () if order == tuple(range(len(order))) else order


def turns(op: Op, call: Call) -> Order:
    """For a view that gives each dimension another place: which of the input's each of the result's is; () else."""
    x, windows = call.inputs.first, op.windows(call.inputs, call.outputs)
    if len(windows) != x.rank or any(w is None or (w.step, w.low, w.high) != (1, 0, 0) for w in windows):
        return ()
    sources = tuple(at if w is None or w.dim is None else w.dim for at, w in enumerate(windows))
    return sources if len(set(sources)) == x.rank else ()
