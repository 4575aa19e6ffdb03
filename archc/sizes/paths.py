"""Running the shape rules of a network at other sizes, and noting every condition on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from archc.dims import BATCH, Comparison, Condition, Pinned, Sym, equal, symbol, symbols, watching
from archc.ops.base import Inputs, Op, ShapeError
from archc.record import record
from archc.sizes.effort import spend
from archc.spec.data import is_sequence
from archc.spec.walk import arguments_given
from archc.tensor import TensorType
from archc.tree import Body, Item, Leaf, Src

Types = tuple[TensorType, ...]
_WORK = 200
"""What running a shape rule comes to."""
BATCH_NAME = str(BATCH)


class UndecidedError(Exception):
    """A network for which other sizes than those in force cannot be judged here."""


@record
class Mode:
    """What is asked: of the network as it is built, or (not `built`) of what the spec can be built for.

    A network that is built keeps the numbers its modules were made with; otherwise those that the graph tells are
    told anew. Without `training`, outputs of training mode do not count.
    """

    built: bool
    training: bool


class Met(NamedTuple):
    """A condition, and the first op on which it was met: its path in the module, and its place in the spec."""

    condition: Condition
    path: str
    item: Item
    order: int
    """How many conditions of the run came before it."""


@record
class Path:
    """One way through the shape rules: the conditions that lead along it, and where an op refuses, if one does."""

    conditions: tuple[Met, ...]
    refused: bool = False


def path_at(body: Body, sizes: Mapping[str, int], mode: Mode) -> Path:
    """What the ops of a network do at sizes that may be others than those it was made for."""
    inputs = tuple(_at(type_, sizes) for type_ in body.inputs)
    refused = False
    with watching() as noted:
        run = _Run(mode, noted)
        try:
            run.body(body, inputs, "", None if mode.training else _needed(body))
        except ShapeError:
            refused = True
    return Path(tuple(run.conditions()), refused)


def _needed(body: Body) -> frozenset[int]:
    """The items that the results of inference are made of."""
    waiting = [output.src.item for output in body.outputs if not output.train_only]
    needed: set[int] = set()
    while waiting:
        at_ = waiting.pop()
        if at_ >= 0 and at_ not in needed:
            needed.add(at_)
            waiting += [source.item for source in body.items[at_].inputs]
    return frozenset(needed)


def free_symbols(body: Body) -> tuple[str, ...]:
    """The sizes of a network's inputs that are free, in the order of the inputs; the batch is not among them."""
    names = [name for type_ in body.inputs for size in type_.sample for name in sorted(symbols(size))]
    return tuple(dict.fromkeys(names))


def _at(type_: TensorType, sizes: Mapping[str, int]) -> TensorType:
    """An input's type with its symbols at other sizes; the batch stays the one that types are compared with."""
    sample = [symbol(str(size), sizes[str(size)]) if isinstance(size, Sym) else size for size in type_.sample]
    return type_.with_shape(*type_.shape[: type_.rank - len(sample)], *sample)


class _Run:
    """One run over a tree of bodies; equal instances are run once."""

    def __init__(self, mode: Mode, noted: list[Comparison]) -> None:
        self.noted = noted
        """What comparisons have noted, in their order: those of one op are what it adds."""
        self.built = mode.built
        self.met: list[tuple[Comparison, str, Item]] = []
        self.known: dict[tuple[int, Types], Types] = {}

    def conditions(self) -> Iterator[Met]:
        """The conditions met, each once; those on the batch are none of the input's size."""
        compared: set[Comparison] = set()
        seen: set[Condition] = set()
        for order, (comparison, path, item) in enumerate(self.met):
            if comparison in compared:
                continue
            compared.add(comparison)
            condition = comparison.condition()
            if condition is not None and condition not in seen and BATCH_NAME not in symbols(condition.size):
                seen.add(condition)
                yield Met(condition, path, item, order)

    def body(self, body: Body, inputs: Types, prefix: str, wanted: frozenset[int] | None = None) -> Types:
        """The results of a body; with `wanted`, of those items alone, and then no result of the body itself."""
        key = (id(body), inputs)
        if key in self.known:
            return self.known[key]
        results: list[Types] = []
        for at_, item in enumerate(body.items):
            if wanted is not None and at_ not in wanted:
                results.append(item.types)
                continue
            given = tuple([_result(source, inputs, results) for source in item.inputs])
            as_made = tuple([body.type_of(source) for source in item.inputs])
            results.append(self._item(item, given, as_made, prefix + item.name))
        self.known[key] = tuple(_result(output.src, inputs, results) for output in body.outputs)
        return self.known[key]

    def _item(self, item: Item, given: Types, as_made: Types, path: str) -> Types:
        if not isinstance(item.content, Leaf):
            return self.body(item.content, given, path + ".")
        if given == as_made and not any(isinstance(size, Sym) for type_ in given for size in type_.shape[1:]):
            return item.types
        before = len(self.noted)
        spend(_WORK + sum([len(size.key) for type_ in given for size in type_.shape[1:] if isinstance(size, Sym)]))
        try:
            return self._leaf(item, item.content.op, Inputs(given, item.ports))
        finally:
            for each in self.noted[before:]:
                if not each.pinned:
                    self.met.append((each, path, item))

    def _leaf(self, item: Item, op: Op, inputs: Inputs) -> Types:
        """The results of an op; raises `ShapeError`, also for numbers that are not those it was built with."""
        before = len(self.noted)
        told = op.inferred(inputs)
        pins, self.noted[before:] = self.noted[before:], []
        if pins and sum(len(_pinned_in(value)) for value in told.values()) < len(pins):
            raise UndecidedError  # a number was worked out of a size, and no longer says of which
        kept = told.keys() if self.built else told.keys() & arguments_given(item.step.action, op)
        for name in kept:
            _need_as_built(told[name], getattr(op, name))
        changed = {name: number for name, number in told.items() if name not in kept and number != getattr(op, name)}
        if changed and item.reuse is not None:
            raise UndecidedError
        before = len(self.noted)
        results = (op.filled(changed) if changed else op).infer(inputs)
        counts = [each.left for each in self.noted[before:] if each.pinned]
        if not all(equal(count, len(item.types)) for count in counts) or len(results) != len(item.types):
            raise ShapeError("gives another number of results")
        return results


def _need_as_built(told: object, made_with: object) -> None:
    """Refuse a number that a module was not made with, or several of them."""
    if type(told) is int and told == made_with:
        return
    numbers = zip(_flat(told), _flat(made_with), strict=True)
    if not all(equal(new.size if isinstance(new, Pinned) else new, old) for new, old in numbers):
        raise ShapeError("was made for other sizes")


def _pinned_in(value: object) -> list[Pinned]:
    return [number for number in _flat(value) if isinstance(number, Pinned)]


def _flat(value: object) -> tuple[int, ...]:
    if is_sequence(value):
        return tuple(number for number in value if isinstance(number, int))
    return (value,) if isinstance(value, int) else ()


def _result(source: Src, inputs: Types, results: Sequence[Types]) -> TensorType:
    return inputs[-1 - source.item] if source.item < 0 else results[source.item][source.result]
