"""What can be told of an op's result where something of its inputs or arguments is unknown.

The op's own shape rule is run in several worlds, in which numbers stand for what is unknown. What comes out the same in
all of them is certain. A complaint counts only if no world is free of it and it cannot be about the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import combinations
from math import lcm

from pydantic import ValidationError

from archc.codes import ARITY, BAD_ARGUMENT, BATCH_AXIS, CHANNELS, DTYPE, MERGE, RANK
from archc.dims import BATCH, Dim
from archc.expand.unsure import (
    ANY,
    ASSUMED,
    DTYPES,
    RANKS,
    UNSURE,
    Stand,
    assumed,
    common,
    fitted,
    is_open,
    is_sure,
    of_rank,
    restored,
)
from archc.expr import UNKNOWN
from archc.ops.base import Inputs, Op, ShapeError
from archc.record import record
from archc.spec.data import is_sequence, is_whole
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
MOST_PLACES = 6
"""Up to which dimension, the batch counted, sizes are taken to be others."""
Numbers = Callable[[int], int]
"""The number for a size, by its place in the shape."""


@record
class Ran:
    """A shape rule's outcome in one world: the arguments it tells, and the types of the results."""

    told: Values
    types: tuple[TensorType, ...]


@record
class Guess:
    """What is certain: some result types, some told arguments, and maybe a complaint."""

    types: tuple[TensorType | None, ...] = ()
    told: Values = field(default_factory=dict[str, object])
    most: Mapping[str, int] = field(default_factory=dict[str, int])
    """What told arguments are at most."""
    error: ShapeError | None = None


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


def guess(op: type[Op], values: Values, types: Types, ports: tuple[str, ...]) -> Guess:
    """What is certain of an op's results."""
    if None in types and len(types) > 1 and values.get("broadcast"):
        return Guess((_stretched(types),))
    types = _fitted_to_others(types) if values.get("broadcast") and None not in types else types
    outcomes: list[Ran | ShapeError | None] = []
    for dtype in DTYPES if any(type_ is None or type_.dtype == ANY for type_ in types) else ("",):
        filled = [_filled(types, rank, dtype) for rank in _ranks(op, types)]
        outcomes = [each for inputs in filled for each in _outcomes(op, values, inputs, ports)]
        ran = [each for each in outcomes if isinstance(each, Ran)]
        if ran and _is_alone(ran, outcomes, types, len(_options(op, values))):
            return Guess(tuple(_blurred(each, values) for each in ran[0].types))
        if ran:
            joined = _joined(ran)
            return Guess(tuple(map(assumed, joined)) if None in types else joined, _agreed(ran))
    errors = [each for each in outcomes if isinstance(each, ShapeError)]
    ranked = all(type_ is not None and ASSUMED not in type_.shape for type_ in types)
    given = UNKNOWN not in values.values() or all(error.code == CHANNELS for error in errors)
    told = given and ranked and len(errors) > 1 and _is_certain(errors)
    few = bool(errors) and all(error.code == ARITY for error in errors)
    return Guess(error=errors[0] if told or few or _fails_anyway(op, values, types, ports) else None)


def _stretched(types: Types) -> TensorType | None:
    """What one known tensor gives with unknown ones by broadcasting: its own sizes, but for those that are 1."""
    known = [type_ for type_ in types if type_ is not None]
    if len(known) != 1 or not known[0].batched:
        return None
    shape = (BATCH, *(UNSURE if size == 1 else size for size in known[0].sample))
    return TensorType(shape, ANY)


def _fitted_to_others(types: Types) -> Types:
    """Tensors for broadcasting with their unknown sizes as the others have them, which those must fit or be 1."""
    known = [type_ for type_ in types if type_ is not None]

    def size(at: int, actual: Dim) -> Dim:
        others = (each.shape[at] for each in known if -at <= each.rank)
        return next((each for each in others if not is_open(each) and each != 1), actual) if is_open(actual) else actual

    return [TensorType(tuple(size(at - t.rank, each) for at, each in enumerate(t.shape)), t.dtype) for t in known]


def _fails_anyway(op: type[Op], values: Values, types: Types, ports: tuple[str, ...]) -> bool:
    """Whether an op takes no tensor of whatever rank, as with a dimension that none has."""
    known = all(type_ is not None and ASSUMED not in type_.shape for type_ in types)
    if known or len(types) != 1 or UNKNOWN in values.values():
        return False
    tensors = (_filled([None], rank, DTYPES[0]) for rank in ANY_RANK)
    ran = [run(op, values, _world(some, first, frozenset(), first), ports) for some in tensors]
    return all(isinstance(each, ShapeError) and each.code in {RANK, BAD_ARGUMENT} for each in ran)


def _is_alone(ran: Sequence[Ran], outcomes: Sequence[object], types: Types, options: int) -> bool:
    """Whether the rule runs in so few worlds that these tell nothing of what the numbers have part in."""
    if options > 1 and any(isinstance(each, ShapeError) for each in outcomes):
        return len({at % options for at, each in enumerate(outcomes) if isinstance(each, Ran)}) == 1
    return len(ran) == 1 and any(type_ is None or any(map(is_open, type_.shape)) for type_ in types)


def _blurred(type_: TensorType, values: Values) -> TensorType:
    """A type of which only the rank is known, and the channels where an argument says how many there are."""
    whole = {value for value in values.values() if is_whole(value)}
    open_ = of_rank(type_.rank, type_.dtype)
    kept = type_.rank > 1 and type_.shape[1] in whole
    return open_.with_dim(1, type_.shape[1]) if kept else open_


def _is_certain(errors: Sequence[ShapeError]) -> bool:
    """Whether a complaint is about what is known: about rank or dtype, or in the same words whatever the numbers.

    Tensors that must agree in each place are judged with the unknown sizes of one taken to be those of the others.
    """
    code = errors[0].code
    if any(error.code != code for error in errors):
        return False
    told = {error.message for error in (errors[:2] if code == MERGE else errors)}
    return code in {RANK, DTYPE, BATCH_AXIS} or (len(told) == 1 and not any("?" in each for each in told))


def recover(op: type[Op], values: Values, types: Sequence[TensorType], ports: tuple[str, ...]) -> Guess:
    """What is certain of the results of an op that refuses its inputs, whichever cure the author may choose.

    The fewest sizes that, taken to be others, let the shape rule run are what is wrong; else it is the dtype, the
    number of dimensions, or an argument.
    """
    if op.merges and len(types) < 2:
        return guess(op, values, (*types, None), ("",) * (len(types) + 1))
    places = range(1, min(MOST_PLACES, max((type_.rank for type_ in types), default=1)))
    for some in (some for count in range(1, len(places) + 1) for some in combinations(places, count)):
        found = _try(op, values, [_loosened(type_, some) for type_ in types], ports)
        if found is not None:
            return found
    found = _try(op, values, [TensorType(type_.shape, ANY) for type_ in types], ports)
    if found is not None:
        return found
    return _other_rank(op, values, types, ports) or _other_arguments(op, values, types, ports) or Guess()


def _try(op: type[Op], values: Values, types: Types, ports: tuple[str, ...]) -> Guess | None:
    found = guess(op, values, types, ports)
    return found if found.types else None


def _loosened(type_: TensorType, places: Sequence[int]) -> TensorType:
    """A type with unknown sizes at some places."""
    shape = tuple(UNSURE if at in places else size for at, size in enumerate(type_.shape))
    return TensorType(shape, type_.dtype)


def _other_rank(op: type[Op], values: Values, types: Sequence[TensorType], ports: tuple[str, ...]) -> Guess | None:
    """The result of an op for another number of dimensions, as its like for this number would have it."""
    if len(types) != 1:
        return None
    actual = types[0]
    found: list[TensorType] = []
    for rank in RANKS:
        if rank != actual.rank:
            ran = [r for r in _outcomes(op, values, [fitted(actual, rank)], ports) if isinstance(r, Ran)]
            found += [each.types[0] for each in ran if each.types and each.types[0].rank == rank]
    if not found or len({each.rank for each in found}) > 1:
        return None
    # one dimension more or less is the wrong op; what has lost several, as flattening does, is the wrong input
    meant = actual.rank if actual.rank > 2 and abs(found[0].rank - actual.rank) == 1 else found[0].rank
    return Guess((common([fitted(each, meant) for each in found]),))


def _other_arguments(op: type[Op], values: Values, types: Sequence[TensorType], ports: tuple[str, ...]) -> Guess | None:
    """What the op gives whatever one of its whole numbers is, or all of them are."""
    whole = [name for name, value in values.items() if type(value) is int]
    loose = [{**values, name: UNKNOWN} for name in whole] + [{**values, **dict.fromkeys(whole, UNKNOWN)}]
    found = (_try(op, each, types, ports) for each in loose if whole)
    return next((each for each in found if each is not None), None)


def _ranks(op: type[Op], types: Types) -> tuple[int, ...]:
    """The ranks to try for tensors of which nothing is known: that of those they are merged with, or any."""
    if None not in types:
        return (0,)
    known = [type_.rank for type_ in types if type_ is not None]
    return (known[0],) if known and op.merges else RANKS


def _filled(types: Types, rank: int, dtype: str) -> tuple[TensorType, ...]:
    """Types whose rank and dtype are known."""
    whole = [of_rank(rank) if type_ is None else type_ for type_ in types]
    return tuple(TensorType(type_.shape, dtype if type_.dtype == ANY else type_.dtype) for type_ in whole)


def _outcomes(
    op: type[Op], values: Values, types: Sequence[TensorType], ports: tuple[str, ...]
) -> list[Ran | ShapeError | None]:
    """What the rule says in each world; worlds of equal numbers only where the others do not run."""
    found: list[Ran | ShapeError | None] = []
    factor = _divided_by(values)
    for each in ((first, second), (alike, alike_too)):
        one, other = (_times(numbers, factor) for numbers in each)
        found = [run(op, row, inputs, ports) for inputs in _worlds(types, one, other) for row in _options(op, values)]
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


def _options(op: type[Op], values: Values) -> tuple[Values, ...]:
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


def run(
    op: type[Op], values: Values, types: tuple[TensorType, ...], ports: tuple[str, ...]
) -> Ran | ShapeError | None:
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


def _joined(ran: Sequence[Ran]) -> tuple[TensorType | None, ...]:
    """What the results have in common; where not even their number is the same, what any of them has."""
    counts = {len(each.types) for each in ran}
    if len(counts) > 1:
        return (common([type_ for each in ran for type_ in each.types]),)
    return tuple(common([each.types[at] for each in ran]) for at in range(counts.pop()))


def _agreed(ran: Sequence[Ran]) -> Values:
    """The told arguments that are the same in all worlds."""
    told = ran[0].told
    return {name: value for name, value in told.items() if all(_plain(r.told[name]) == _plain(value) for r in ran)}


def _plain(value: object) -> object:
    return tuple(value) if is_sequence(value) else value
