"""How large an unknown size can be: no window that is larger still finds a place in it.

An op's shape rule is run in the world of the largest sizes. No rule gives less for a larger input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from archc.codes import EMPTY
from archc.dims import Dim
from archc.expand.cures import MOST_PADDING
from archc.expand.trying import Ran, Types, Values, run
from archc.expand.unsure import ANY, DTYPES, UNSURE, Stand, at_most, is_open, most_of
from archc.expand.worlds import Guess
from archc.expr import UNKNOWN
from archc.ops.base import Op, ShapeError
from archc.spec.data import is_whole
from archc.tensor import TensorType

NUMBERS = range(1, 9)
"""What unknown arguments are taken to be: a window of 1 leaves the most places, a larger one may need its padding."""

HUGE = 80640 * 10**15
"""What stands for a size without a bound."""
BOUNDLESS = 10**9
"""From which size on a result comes from such a one."""


def bounded(op: type[Op], values: Values, types: Types, ports: tuple[str, ...], found: Guess) -> Guess:
    """What is certain of an op's results, with what their unknown sizes are at most.

    A window that finds no place in the largest of what may arrive is a fault.
    """
    largest = _largest(types)
    if found.error is not None or largest is None:
        return found
    outcomes = list(_outcomes(op, values, largest, ports))
    if outcomes and all(isinstance(each, ShapeError) and each.code == EMPTY for each in outcomes):
        return Guess(error=next(each for each in outcomes if isinstance(each, ShapeError)))
    ran = [each for each in outcomes if isinstance(each, Ran)]
    return replace(found, types=_with_bounds(found.types, ran), most=_most_told(ran))


def bounded_all_the_same(
    op: type[Op], values: Values, types: Types, ports: tuple[str, ...], code: str, found: Guess
) -> Guess:
    """What is certain of the results of an op that refuses its inputs, with the bounds it has whatever the cure.

    Where much padding would do for a window that is too large, it is rather the input that is too small.
    """
    largest = _largest(types)
    if not largest or found.error is not None:
        return found
    wrong = ["kernel_size"] if code == EMPTY else [name for name, value in values.items() if type(value) is int]
    if code == EMPTY and not _is_too_large(op, values, largest, ports):
        return found
    for name in wrong:
        outcomes = _outcomes(op, {**values, name: UNKNOWN}, largest, ports)
        ran = [each for each in outcomes if isinstance(each, Ran)]
        if ran:
            return replace(found, types=_with_bounds(found.types, ran))
    return found


def _is_too_large(op: type[Op], values: Values, largest: tuple[TensorType, ...], ports: tuple[str, ...]) -> bool:
    """Whether a window finds no place even where there is much padding."""
    padding = values.get("padding", 0)
    if "kernel_size" not in values or not is_whole(padding):
        return False
    padded = list(_outcomes(op, {**values, "padding": padding + MOST_PADDING}, largest, ports))
    return bool(padded) and all(isinstance(each, ShapeError) and each.code == EMPTY for each in padded)


def _largest(types: Types) -> tuple[TensorType, ...] | None:
    """The inputs with their sizes at the largest, no size standing for one without a bound."""
    known = [type_ for type_ in types if type_ is not None]
    if len(known) < len(types):
        return None
    return tuple(TensorType(tuple(map(_number, t.shape)), DTYPES[0] if t.dtype == ANY else t.dtype) for t in known)


def _number(size: Dim) -> Dim:
    if not is_open(size):
        return size
    most = most_of(size)
    return Stand.of(HUGE if most is None else most, size)


def _outcomes(
    op: type[Op], values: Values, types: tuple[TensorType, ...], ports: tuple[str, ...]
) -> Iterator[Ran | ShapeError]:
    """What the rule says of the largest inputs, with one and the same number for all unknown arguments."""
    unknown = [name for name, value in values.items() if value is UNKNOWN]
    rows: Sequence[Mapping[str, object]] = [dict.fromkeys(unknown, at) for at in NUMBERS] if unknown else [{}]
    for row in rows:
        outcome = run(op, {**values, **row}, types, ports)
        if outcome is not None:
            yield outcome


def _most_told(ran: Sequence[Ran]) -> Mapping[str, int]:
    """What the arguments that the graph tells are at most."""
    if not ran:
        return {}
    sizes = {name: [size for each in ran if is_whole(size := each.told.get(name))] for name in ran[0].told}
    return {name: max(all_) for name, all_ in sizes.items() if len(all_) == len(ran) and max(all_) < BOUNDLESS}


def _with_bounds(types: tuple[TensorType | None, ...], ran: Sequence[Ran]) -> tuple[TensorType | None, ...]:
    if not ran or any(len(each.types) != len(types) for each in ran):
        return types
    return tuple(_with_bound(type_, [each.types[at] for each in ran]) for at, type_ in enumerate(types))


def _with_bound(type_: TensorType | None, largest: Sequence[TensorType]) -> TensorType | None:
    """A type with bounds for its unknown sizes: those of the first world, if no other argument makes them larger."""
    if type_ is None or any(each.rank != type_.rank for each in largest):
        return type_
    shape = list(type_.shape)
    for at, size in enumerate(type_.shape):
        sizes = [most_of(each.shape[at]) for each in largest]
        most = sizes[0]
        if size is UNSURE and most is not None and all(each is not None and each <= most < BOUNDLESS for each in sizes):
            shape[at] = at_most(most)
    return TensorType(tuple(shape), type_.dtype)
