"""The kernels of an op that is made of others: a small network of ops, run one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archc.ops.kernels import Call, Kernel, Order, inlined
from archc.ops.parts import Inputs
from archc.tensor import TensorType

if TYPE_CHECKING:
    from archc.ops.base import Op


class Program:
    """The kernels so far, and the type and order of each tensor by its name."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.kernels: list[Kernel] = []
        ports = call.inputs.ports
        self.types: dict[str, TensorType] = dict(zip(ports, call.inputs.types, strict=True))
        self.orders: dict[str, Order] = dict(zip(ports, call.orders, strict=True))
        self.numbers: dict[str, int] = dict(zip(ports, call.sources, strict=True))

    def mask(self, port: str) -> str:
        """A mask of bools as numbers, where one is connected; torch makes them once for all that read it."""
        type_ = self.types.get(port)
        if type_ is None or type_.dtype != "bool":
            return port
        name = f"{port} as numbers"
        self._add(name, type_._replace(dtype="float32"), ())
        self.kernels.append(Kernel((port,), ((name, self.call.bytes(self.types[name])),), whole=(name,)))
        return name

    def run(self, kind: type[Op], takes: Sequence[str], makes: str, **given: Any) -> str:
        """An op on tensors that there are; gives the name of its first result. Inputs that there are not are left out.

        Arguments are taken as they are: they come from an op that was checked.
        """
        op: Any = kind.model_construct(**given)
        ports = tuple(f"in{at}" for at in range(len(takes))) if op.merges else op.ports
        connected = [(port, name) for port, name in zip(ports, takes, strict=False) if name in self.types]
        inputs = Inputs(tuple(self.types[name] for _, name in connected), tuple(port for port, _ in connected))
        outputs = op.infer(inputs)
        call = Call(
            inputs, outputs, tuple(self.orders[name] for _, name in connected), self.call.batch, self.call.training,
            tuple(self.numbers[name] for _, name in connected),
        )  # fmt: skip
        results = (makes, *(f"{makes} {at}" for at in range(1, len(outputs))))
        self.kernels += inlined(op, call, dict(connected), results, makes)
        for name, type_, order in zip(results, outputs, op.orders(call), strict=True):
            self._add(name, type_, order)
        return makes

    def hold(self, *names: str) -> None:
        """Let go of tensors only here."""
        self.kernels.append(Kernel((), (), holds=self.made(*names)))

    def finish(self, name: str) -> list[Kernel]:
        """All kernels, the last result being that of the op."""
        size = self.call.bytes(self.types[name])
        self.kernels.append(Kernel((name,), (("output", size),), gradient="view", is_view=True))
        return self.kernels

    def made(self, *names: str) -> tuple[str, ...]:
        """Of some tensors those that were made here."""
        return tuple(name for name in names if name in self.types and name not in self.call.inputs.ports)

    def _add(self, name: str, type_: TensorType, order: Order) -> None:
        self.types[name] = type_
        self.orders[name] = order
        self.numbers[name] = -1 - len(self.numbers)
