"""The kernels of single steps of recurrent layers on CPU, and of cells, which are one step by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from archc.ops.kernels import Call, Kernel
from archc.ops.parts import Weight
from archc.record import record
from archc.tensor import volume


@record(eq=False)
class Step:
    """Steps in a row of one layer in one direction: the names of what they take and make, and bytes."""

    name: str
    read: str
    """What the input gives to the gates."""
    fed: str
    """What the last state gives to them."""
    before: str
    cell_before: str
    states: tuple[tuple[str, int], ...]
    """What they make, the last state at the end."""
    cell_after: str
    one: int
    """A tensor of `hidden_size` for one step."""
    count: int
    training: bool
    projection: int = 0
    """The matrix of an LSTM's projection."""
    uses: str = ""


Steps = Callable[[Step], Iterator[Kernel]]


def rnn_steps(step: Step) -> Iterator[Kernel]:
    """Both products summed in place, and the nonlinearity, which keeps its result."""
    total = f"total.{step.name}"
    made = tuple(name for name, _ in step.states)
    size = sum(size for _, size in step.states)
    yield Kernel((step.fed, step.read), ((total, size),), gradient="view", is_view=True)
    yield Kernel((total,), step.states, made, holds=(step.read, step.fed, step.before))


def gru_steps(step: Step) -> Iterator[Kernel]:
    """Gates in place; kept beside them are the reset state, the new state before and after its gate, and the result."""
    takes, made = (step.fed, step.read, step.before), tuple(name for name, _ in step.states)
    kept, gone = (3 * step.one * step.count, 0) if step.training else (0, step.one)
    yield Kernel(takes, step.states, (step.fed, *made), kept, gone, 2 * step.one, steps=True)


def lstm_steps(step: Step) -> Iterator[Kernel]:
    """Gates in place; kept are they, the cell state before and a tanh. A projection makes the state of the result."""
    total, name = f"total.{step.name}", f"output.{step.name}"
    kept = step.one * (step.count if step.training else 1)
    yield Kernel((step.fed, step.read), ((total, 4 * kept),), gradient="view", is_view=True)
    early = ((f"cells.{step.name}", kept - step.one),) if kept > step.one else ()
    cells = (*early, (step.cell_after, step.one))
    states = ((name, kept),) if step.projection else step.states
    keeps = (total, step.cell_before, *(cell for cell, _ in early))
    yield Kernel((total, step.cell_before), (*cells, *states), keeps, kept, step.one, 3 * step.one, steps=True)
    if step.projection:
        uses = f"{step.uses}.projection"
        yield Kernel((name,), step.states, (name,), weights=step.projection, uses=uses, summed_apart=True)


def cell_kernels(call: Call, steps: Steps, gates: int, hidden: int, weights: Sequence[Weight]) -> list[Kernel]:
    """One step by itself: zeros where no state is given, the two products, and what they come to."""
    one, ports = 4 * call.batch * hidden, call.inputs.ports
    state = next((port for port in ("hx", "h_0") if port in ports), "zeros")
    cell = "c_0" if "c_0" in ports else state
    zeros = [Kernel((), (("zeros", one),))] if state == "zeros" else []
    products = [
        Kernel(
            (port,), ((name, one * gates),), (port,), uses=kind, summed_apart=True,
            weights=sum(4 * volume(w.shape) for w in weights if kind in w.name),
        )
        for port, name, kind in (("input", "read", "ih"), (state, "fed", "hh"))
    ]  # fmt: skip
    result, cell_result = ("h_1", "c_1") if len(call.outputs) == 2 else ("output", "")
    step = Step("0", "read", "fed", state, cell, ((result, one),), cell_result, one, 1, call.training)
    return [*zeros, *products, *steps(step)]
