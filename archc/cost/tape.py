"""The forward pass as a tape: which op runs when, and when Python lets go of each tensor.

It follows the source that archc writes. A variable holds its tensor until it is assigned again or its function returns;
an `nn.Sequential` holds what it feeds a child until that returns; and a call holds its arguments. So the tape takes the
names of the variables from where the source takes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count

from archc.graph import Node, ops_of
from archc.network import Network
from archc.record import record
from archc.tensor import TensorType
from archc.torch.items import is_merge, is_source, own_modules, training_items
from archc.torch.sequential import is_sequential
from archc.torch.variables import Variables
from archc.tree import Body, Item, Src, is_plain_chain


@record(eq=False)
class Run:
    """An op runs: the numbers of the tensors that it takes, and of those that it gives."""

    node: Node
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@record(eq=False)
class Drop:
    """Nothing holds this tensor any longer."""

    tensor: int


@record(eq=False)
class Tape:
    """A forward pass. Tensors are numbered; `inputs` and `outputs` of the network are held to the end by its caller."""

    events: tuple[Run | Drop, ...]
    inputs: tuple[tuple[int, TensorType], ...]
    outputs: tuple[int, ...]


def record_forward(network: Network, *, training: bool) -> Tape:
    """What happens as the module of a network runs, in training mode or in inference."""
    recorder = _Recorder(ops_of(network.graph), training=training)
    body = network.body
    inputs = [recorder.hold(next(recorder.numbers)) for _ in body.inputs]
    outputs = recorder.run(body, inputs, is_network=True)
    return Tape(tuple(recorder.events), tuple(zip(inputs, body.inputs, strict=True)), tuple(outputs))


class _Recorder:
    """The tape so far, and how many hold each tensor."""

    def __init__(self, nodes: Iterator[Node], *, training: bool) -> None:
        self.nodes = nodes
        self.training = training
        self.events: list[Run | Drop] = []
        self.holders: Counter[int] = Counter()
        self.numbers = count()

    def hold(self, tensor: int) -> int:
        """One more holds a tensor."""
        self.holders[tensor] += 1
        return tensor

    def drop(self, tensor: int) -> None:
        """One holder less."""
        self.holders[tensor] -= 1
        if not self.holders[tensor]:
            self.events.append(Drop(tensor))

    def run(self, body: Body, inputs: Sequence[int], *, is_network: bool = False) -> list[int]:
        """A body's pass over tensors that its caller holds; gives its results, each held once more."""
        if is_plain_chain(body) or (body.is_group and is_sequential(body)):
            return [self._chain(body, inputs[0])]
        return _Frame(self, body, inputs, is_network=is_network).run()

    def _chain(self, body: Body, tensor: int) -> int:
        """`for module in self: input = module(input)`."""
        self.hold(tensor)
        for item in body.items:
            (result,) = self.call(item, [tensor])
            self.drop(tensor)
            tensor = result
        return tensor

    def call(self, item: Item, inputs: Sequence[int]) -> list[int]:
        """An item's call; gives its results, each held once."""
        if isinstance(item.content, Body):
            return self.run(item.content, inputs)
        results = [self.hold(next(self.numbers)) for _ in item.types]
        self.events.append(Run(next(self.nodes), tuple(inputs), tuple(results)))
        return results

    def skip(self, item: Item) -> None:
        """An item that does not run in this mode."""
        for _ in range(item.content.nodes if isinstance(item.content, Body) else 1):
            next(self.nodes)


class _Frame:
    """One call of a `forward`: which variable holds which tensor."""

    def __init__(self, recorder: _Recorder, body: Body, inputs: Sequence[int], *, is_network: bool) -> None:
        self.recorder = recorder
        self.body = body
        self.idle = training_items(body) if is_network else frozenset[int]()
        self.variables = Variables(body, is_network, self.idle)
        self.tensors = {Src(-1 - at): recorder.hold(tensor) for at, tensor in enumerate(inputs)}
        self.variable: dict[str, Src] = {name: src for src, name in self.variables.names.items()}

    def run(self) -> list[int]:
        """The statements in order; gives what is returned, held once more."""
        for at, item in enumerate(self.body.items):
            if at in self.idle and not self.recorder.training:
                self.recorder.skip(item)
                continue
            results = self.recorder.call(item, [self.tensors[src] for src in item.inputs])
            for result, tensor in enumerate(results):
                self._assign(Src(at, result), tensor, item)
            for src in self.variables.inlined.keys() & set(item.inputs):
                self.recorder.drop(self.tensors.pop(src))
                del self.variables.inlined[src]
        returned = [o.src for o in self.body.outputs if self.recorder.training or not o.train_only]
        results = [self.recorder.hold(self.tensors[src]) for src in returned]
        for tensor in self.tensors.values():
            self.recorder.drop(tensor)
        return results

    def _assign(self, src: Src, tensor: int, item: Item) -> None:
        """Put a result into its variable, which lets go of what it held; what is not used stays in `_`."""
        self.tensors[src] = tensor
        if is_source(item):
            self.variables.names[src] = f"self.{item.name}"
            return
        is_used = src in self.variables.uses
        if not is_used and len(item.types) == 1:
            self.recorder.drop(self.tensors.pop(src))
            return
        if is_used and self._inlines(src.item, item):
            self.variables.inlined[src] = item.name
            return
        name = self.variables.choose(src.item, src.result) if is_used else "_"
        before = self.variable.get(name)
        if before is not None:
            self.variables.names.pop(before, None)
            self.recorder.drop(self.tensors.pop(before))
        self.variable[name] = src
        if is_used:
            self.variables.names[src] = name

    def _inlines(self, at: int, item: Item) -> bool:
        """Whether a call stands within the merge that joins it with its like, and so has no variable."""
        uses, items = self.variables.uses, self.body.items
        reader_at = self.variables.last[Src(at)]
        if uses[Src(at)] != 1 or len(item.types) > 1 or at in self.idle or reader_at >= len(items):
            return False
        if not own_modules(item) and (isinstance(item.content, Body) or item.content.op.is_module):
            return False
        reader = items[reader_at]
        fork = is_merge(reader) and len(reader.inputs) > 1 and all(src.item >= 0 for src in reader.inputs)
        if not fork or len({items[src.item].inputs[:1] for src in reader.inputs}) > 1:
            return False
        branches = {src.item for src in reader.inputs}
        return all(other in branches and uses[Src(other)] == 1 for other in range(at + 1, reader_at))
