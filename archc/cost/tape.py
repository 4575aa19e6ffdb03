"""The forward pass as a tape: which op runs when, and when Python lets go of each tensor.

It follows the source that archc writes. A variable holds its tensor until it is assigned again or its function returns;
an `nn.Sequential` holds what it feeds a child until that returns; and a call holds its arguments. So the tape takes the
names of the variables from where the source takes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count

from archc.cost.variables import Variables, is_merge, is_sequential, is_source, own_modules, training_items
from archc.graph import Node, ops_of
from archc.network import Network
from archc.record import record
from archc.tensor import TensorType
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


@record(eq=False)
class _Statement:
    """What a `forward` does at an item: call it, unless this mode skips it, and let go of tensors then."""

    at: int
    item: Item
    runs: bool
    drops: tuple[Src, ...] = ()


@record(eq=False)
class _Script:
    """A `forward`, whatever tensors it is called with; at the end it lets go of all that is left."""

    statements: tuple[_Statement, ...]
    returned: tuple[Src, ...]


class _Recorder:
    """The tape so far, and how many hold each tensor."""

    def __init__(self, nodes: Iterator[Node], *, training: bool) -> None:
        self.nodes = nodes
        self.training = training
        self.events: list[Run | Drop] = []
        self.holders: Counter[int] = Counter()
        self.numbers = count()
        self._scripts: dict[int, _Script | None] = {}
        """By a body's identity; None for an `nn.Sequential`. Repeated blocks share their bodies."""

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
        if id(body) not in self._scripts:
            is_chain = is_plain_chain(body) or (body.is_group and is_sequential(body))
            script = None if is_chain else _Writer(body, is_network=is_network, training=self.training).script()
            self._scripts[id(body)] = script
        script = self._scripts[id(body)]
        return [self._chain(body, inputs[0])] if script is None else self._play(script, inputs)

    def _chain(self, body: Body, tensor: int) -> int:
        """`for module in self: input = module(input)`."""
        self.hold(tensor)
        for item in body.items:
            (result,) = self.call(item, [tensor])
            self.drop(tensor)
            tensor = result
        return tensor

    def _play(self, script: _Script, inputs: Sequence[int]) -> list[int]:
        tensors = {Src(-1 - at): self.hold(tensor) for at, tensor in enumerate(inputs)}
        for statement in script.statements:
            item = statement.item
            if not statement.runs:
                self.skip(item)
                continue
            results = self.call(item, [tensors[src] for src in item.inputs])
            for result, tensor in enumerate(results):
                tensors[Src(statement.at, result)] = tensor
            for src in statement.drops:
                self.drop(tensors.pop(src))
        results = [self.hold(tensors[src]) for src in script.returned]
        for tensor in tensors.values():
            self.drop(tensor)
        return results

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


class _Writer:
    """The script of one `forward`: which variable holds which tensor."""

    def __init__(self, body: Body, *, is_network: bool, training: bool) -> None:
        self.body = body
        self.training = training
        self.idle = training_items(body) if is_network else frozenset[int]()
        self.variables = Variables(body, is_network, self.idle)
        self.variable: dict[str, Src] = {name: src for src, name in self.variables.names.items()}

    def script(self) -> _Script:
        """The statements in order, and what is returned."""
        statements: list[_Statement] = []
        for at, item in enumerate(self.body.items):
            if at in self.idle and not self.training:
                statements.append(_Statement(at, item, runs=False))
                continue
            drops = [src for result in range(len(item.types)) for src in self._assign(Src(at, result), item)]
            for src in self.variables.inlined.keys() & set(item.inputs):
                drops.append(src)
                del self.variables.inlined[src]
            statements.append(_Statement(at, item, runs=True, drops=tuple(drops)))
        returned = tuple(o.src for o in self.body.outputs if self.training or not o.train_only)
        return _Script(tuple(statements), returned)

    def _assign(self, src: Src, item: Item) -> Sequence[Src]:
        """Put a result into its variable; gives what that lets go of. What is not used stays in `_`."""
        if is_source(item):
            self.variables.names[src] = f"self.{item.name}"
            return ()
        is_used = src in self.variables.uses
        if not is_used and len(item.types) == 1:
            return (src,)
        if is_used and self._inlines(src.item, item):
            self.variables.inlined[src] = item.name
            return ()
        name = self.variables.choose(src.item, src.result) if is_used else "_"
        before = self.variable.get(name)
        if before is not None:
            self.variables.names.pop(before, None)
        self.variable[name] = src
        if is_used:
            self.variables.names[src] = name
        return () if before is None else (before,)

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
