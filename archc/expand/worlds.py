"""What can be told of an op's result where something of its inputs or arguments is unknown.

The op's own shape rule is run in several worlds, in which numbers stand for what is unknown. What comes out the same in
all of them is certain. A complaint counts only if no world is free of it and it cannot be about the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from itertools import combinations

from archc.codes import ARITY, BAD_ARGUMENT, BATCH_AXIS, CHANNELS, DTYPE, MERGE, RANK
from archc.dims import BATCH, Dim
from archc.expand.trying import ANY_RANK, Ran, Types, Values, filled, options, outcomes, ranks, run_alone
from archc.expand.unsure import (
    ANY,
    ASSUMED,
    DTYPES,
    RANKS,
    UNSURE,
    assumed,
    common,
    fitted,
    is_open,
    of_rank,
)
from archc.expr import UNKNOWN
from archc.ops.base import Op, ShapeError
from archc.record import record
from archc.spec.data import is_sequence, is_whole
from archc.tensor import TensorType

MOST_PLACES = 6
"""Up to which dimension, the batch counted, sizes are taken to be others."""


@record
class Guess:
    """What is certain: some result types, some told arguments, and maybe a complaint."""

    types: tuple[TensorType | None, ...] = ()
    told: Values = field(default_factory=dict[str, object])
    most: Mapping[str, int] = field(default_factory=dict[str, int])
    """What told arguments are at most."""
    error: ShapeError | None = None


def guess(op: type[Op], values: Values, types: Types, ports: tuple[str, ...]) -> Guess:
    """What is certain of an op's results."""
    if None in types and len(types) > 1 and values.get("broadcast"):
        return Guess((_stretched(types),))
    types = _fitted_to_others(types) if values.get("broadcast") and None not in types else types
    errors: list[ShapeError] = []
    for dtype in DTYPES if any(type_ is None or type_.dtype == ANY for type_ in types) else ("",):
        inputs = [filled(types, rank, dtype) for rank in ranks(op, types)]
        seen = [each for some in inputs for each in outcomes(op, values, some, ports)]
        ran = [each for each in seen if isinstance(each, Ran)]
        if ran and _is_alone(ran, seen, types, len(options(op, values))):
            return Guess(tuple(_blurred(each, values) for each in ran[0].types))
        if ran:
            joined = _joined(ran)
            return Guess(tuple(map(assumed, joined)) if None in types else joined, _agreed(ran))
        if not errors or all(error.code == DTYPE for error in errors):  # by another dtype nothing is told of shapes
            errors = [each for each in seen if isinstance(each, ShapeError)]
    ranked = all(type_ is not None and ASSUMED not in type_.shape for type_ in types)
    given = UNKNOWN not in values.values() or all(error.code == CHANNELS for error in errors)
    told = given and ranked and len(errors) > 1 and _is_certain(errors)
    few = bool(errors) and all(error.code == ARITY for error in errors)
    return Guess(error=errors[0] if told or few else _refusing_all(op, values, types, ports))


def _stretched(types: Types) -> TensorType | None:
    """What one known tensor gives with unknown ones by broadcasting: its own sizes, but for those that are 1."""
    known = [type_ for type_ in types if type_ is not None]
    if len(known) != 1 or not known[0].shape or (not known[0].batched and known[0].shape[0] != 1):
        return None
    shape = (BATCH, *(UNSURE if size == 1 else size for size in known[0].shape[1:]))
    return TensorType(shape, known[0].dtype if known[0].dtype == DTYPES[0] else ANY)


def _fitted_to_others(types: Types) -> Types:
    """Tensors for broadcasting with their unknown sizes as the others have them, which those must fit or be 1."""
    known = [type_ for type_ in types if type_ is not None]

    def size(at: int, actual: Dim) -> Dim:
        others = (each.shape[at] for each in known if -at <= each.rank)
        return next((each for each in others if not is_open(each) and each != 1), actual) if is_open(actual) else actual

    return [TensorType(tuple(size(at - t.rank, each) for at, each in enumerate(t.shape)), t.dtype) for t in known]


def _refusing_all(op: type[Op], values: Values, types: Types, ports: tuple[str, ...]) -> ShapeError | None:
    """What is wrong with an op that takes no tensor of whatever rank, as with a dimension that none has."""
    known = all(type_ is not None and ASSUMED not in type_.shape for type_ in types)
    if known or len(types) != 1 or UNKNOWN in values.values():
        return None
    ran = [run_alone(op, values, rank, ports) for rank in ANY_RANK]
    errors = [each for each in ran if isinstance(each, ShapeError) and each.code in {RANK, BAD_ARGUMENT}]
    if len(errors) < len(ran):
        return None
    alike = len({error.message for error in errors}) == 1
    return errors[0] if alike else ShapeError("takes no tensor with these arguments", code=errors[0].code)


def _is_alone(ran: Sequence[Ran], seen: Sequence[object], types: Types, rows: int) -> bool:
    """Whether the rule runs in so few worlds that these tell nothing of what the numbers have part in."""
    if rows > 1 and any(isinstance(each, ShapeError) for each in seen):
        return len({at % rows for at, each in enumerate(seen) if isinstance(each, Ran)}) == 1
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
    """The result of an op for the number of dimensions that it takes."""
    if len(types) != 1:
        return None
    actual = types[0]
    others = (fitted(actual, rank) for rank in RANKS if rank != actual.rank)
    found = [each for other in others for each in _results(op, values, other, ports)]
    if not found or len({each.rank for each in found}) > 1:
        return None
    rank = found[0].rank
    right = common(_results(op, values, of_rank(rank, actual.dtype), ports) or found)
    if actual.rank < 3 or abs(rank - actual.rank) > 1:
        return Guess((right,))
    # the input has lost or gained an axis, or the op is one for another number of dimensions: channels tell no more
    like = common([fitted(each, actual.rank) for each in found])
    channels = like.shape[1] if like is not None and actual.shape[1] not in actual.shape[2:] else UNSURE
    known = channels if right is None or is_open(right.shape[1]) else right.shape[1]
    return Guess((assumed(of_rank(actual.rank, actual.dtype).with_dim(1, known)),))


def _results(op: type[Op], values: Values, type_: TensorType, ports: tuple[str, ...]) -> list[TensorType]:
    """What an op gives for an input where that has as many dimensions as this."""
    ran = [each for each in outcomes(op, values, [type_], ports) if isinstance(each, Ran)]
    return [each.types[0] for each in ran if each.types and each.types[0].rank == type_.rank]


def _other_arguments(op: type[Op], values: Values, types: Sequence[TensorType], ports: tuple[str, ...]) -> Guess | None:
    """What the op gives whatever one of its whole numbers is, or all of them are."""
    whole = [name for name, value in values.items() if type(value) is int]
    loose = [{**values, name: UNKNOWN} for name in whole] + [{**values, **dict.fromkeys(whole, UNKNOWN)}]
    found = (_try(op, each, types, ports) for each in loose if whole)
    return next((each for each in found if each is not None), None)


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
