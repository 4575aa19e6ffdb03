"""Running an op's shape rule with numbers in place of what is unknown, in one world or in many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import lcm

from pydantic import ValidationError

from archc.dims import Dim
from archc.expand.unsure import ANY, DTYPES, RANKS, Stand, is_open, is_sure, of_rank, restored
from archc.expr import UNKNOWN
from archc.ops.base import Inputs, Op, ShapeError
from archc.record import record
from archc.spec.data import is_whole
from archc.tensor import TensorType

Values = Mapping[str, object]
Types = Sequence[TensorType | None]
ANY_RANK = range(1, 9)
"""The ranks that a tensor can sensibly have, the batch counted."""
LARGE = (5040, 27720)
SMALL = (1, 2, 3, 4, 5)
"""What unknown arguments are taken to be."""
MOST_RESULTS = 1000
"""From how many results on their number must come from an unknown size."""
Numbers = Callable[[int], int]
"""The number for a size, by its place in the shape."""


@record
class Ran:
    """A shape rule's outcome in one world: the arguments it tells, and the types of the results."""

    told: Values
    types: tuple[TensorType, ...]


def first(at: int) -> int:
    """Numbers with many divisors, another one at each place."""
    return 80640 * (at + 2)


def second(at: int) -> int:
    """The same, all larger."""
    return 80640 * (at + 17)


def alike(_: int) -> int:
    """One number at all places, for ops that match places with each other."""
    return 80640


def alike_too(_: int) -> int:
    """Another one."""
    return 80640 * 11


def ranks(op: type[Op], types: Types) -> tuple[int, ...]:
    """The ranks to try for tensors of which nothing is known: that of those they are merged with, or any."""
    if None not in types:
        return (0,)
    known = [type_.rank for type_ in types if type_ is not None]
    return (known[0],) if known and op.merges else RANKS


def filled(types: Types, rank: int, dtype: str) -> tuple[TensorType, ...]:
    """Types whose rank and dtype are known."""
    whole = [of_rank(rank) if type_ is None else type_ for type_ in types]
    return tuple(TensorType(type_.shape, dtype if type_.dtype == ANY else type_.dtype) for type_ in whole)


def outcomes(
    op: type[Op], values: Values, types: Sequence[TensorType], ports: tuple[str, ...]
) -> list[Ran | ShapeError | None]:
    """What the rule says in each world; worlds of equal numbers only where the others do not run."""
    found: list[Ran | ShapeError | None] = []
    factor = _divided_by(values)
    for each in ((first, second), (alike, alike_too)):
        one, other = (_times(numbers, factor) for numbers in each)
        found = [run(op, row, inputs, ports) for inputs in _worlds(types, one, other) for row in options(op, values)]
        if any(isinstance(each, Ran) for each in found):
            break
    return found


def _divided_by(values: Values) -> int:
    """A number that all arguments divide: unknown sizes are taken to be what these want."""
    whole = {value for value in values.values() if is_whole(value) and value > 0}
    return lcm(*whole)


def _times(numbers: Numbers, factor: int) -> Numbers:
    return lambda at: factor * numbers(at)


def _worlds(types: Sequence[TensorType], one: Numbers, other: Numbers) -> Iterator[tuple[TensorType, ...]]:
    """Numbers for the unknown sizes: those of the other inputs where they are known, and each place on its own."""
    yield _world(types, one, frozenset(), one)
    if all(map(is_sure, types)):
        return
    yield _world(types, other, frozenset(), other)
    places = range(1, max(type_.rank for type_ in types))
    for at in places:
        if any(_is_unsure(type_, at) for type_ in types) and not all(_is_unsure(type_, at) for type_ in types):
            yield _world(types, one, frozenset({at}), other)
    yield _world(types, one, frozenset(places), other)


def _world(
    types: Sequence[TensorType], numbers: Numbers, alone: frozenset[int], odd: Numbers
) -> tuple[TensorType, ...]:
    """The types with numbers; at the places `alone` these are `odd` ones rather than what other inputs have there."""

    def size(type_: TensorType, at: int) -> Dim:
        actual = type_.shape[at]
        if not is_open(actual):
            return actual
        if at in alone:
            return Stand.of(odd(at), actual)
        others = (each.shape[at] for each in types if each.rank == type_.rank)
        return next((each for each in others if not is_open(each)), Stand.of(numbers(at), actual))

    return tuple(TensorType(tuple(size(t, at) for at in range(t.rank)), t.dtype) for t in types)


def _is_unsure(type_: TensorType, at: int) -> bool:
    return at < type_.rank and is_open(type_.shape[at])


def options(op: type[Op], values: Values) -> tuple[Values, ...]:
    """The arguments as they stand, or with others in place of unknown ones, some of which the op may take."""
    unknown = [name for name, value in values.items() if value is UNKNOWN]
    if not unknown:
        return (values,)
    required = [name for name in unknown if op.model_fields[name].is_required()]
    left_out = {name: value for name, value in values.items() if name not in unknown}
    by_default = tuple({**left_out, **row} for row in _rows(required)) if len(required) < len(unknown) else ()
    return (*by_default, *({**left_out, **row} for row in _rows(unknown)), {**left_out, **dict.fromkeys(unknown, True)})


def _rows(names: Sequence[str]) -> Iterator[Values]:
    """Numbers for arguments: large ones that most numbers divide, or small ones, each another."""
    if not names:
        yield {}
        return
    yield from (dict.fromkeys(names, number) for number in LARGE)
    yield from ({name: start + at for at, name in enumerate(names)} for start in SMALL)


def run(op: type[Op], values: Values, types: tuple[TensorType, ...], ports: tuple[str, ...]) -> Ran | ShapeError | None:
    """What the rule says of these inputs; None where the op cannot have these arguments."""
    try:
        made = op.model_validate(values, strict=True)
    except ValidationError:
        return None
    inputs = Inputs(types, ports)
    try:
        told = made.inferred(inputs)
        types = made.filled(dict(told)).infer(inputs)
        return Ran(told, tuple(restored(each) for each in types) if len(types) < MOST_RESULTS else ())
    except ShapeError as error:
        return error


def run_alone(op: type[Op], values: Values, rank: int, ports: tuple[str, ...]) -> Ran | ShapeError | None:
    """What the rule says of one tensor of which nothing but its rank is known."""
    return run(op, values, _world(filled([None], rank, DTYPES[0]), first, frozenset(), first), ports)
