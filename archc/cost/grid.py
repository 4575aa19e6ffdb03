"""How cost grows with the sizes of the input: what is asked for, and the costs at each size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from archc.cost.memory import Memory, memory
from archc.diagnostics import Diagnostic
from archc.expand import Settings
from archc.graph import ops_of, train_only_nodes
from archc.loading import Loaded
from archc.network import check

MOST = 13
"""How many sizes a range without a step has at most."""
LIMIT = 400
"""How many points a grid may have."""


NOTHING = Memory(0, 0)


class GridError(ValueError):
    """What is wrong with the text of a grid."""


@dataclass(frozen=True, slots=True)
class Range:
    """Sizes for one symbol, or for several that go together."""

    names: tuple[str, ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """The cost at some sizes; `problem` says why the network does not work there."""

    sizes: Mapping[str, int]
    params: int = 0
    macs: int = 0
    memory: Memory = NOTHING
    problem: Diagnostic | None = None


def read_range(text: str) -> Range:
    """`H=128..512`, `H=128..512:32`, `H=64,128,256`, or `H=W=...` for sizes that go together."""
    *names, listed = (part.strip() for part in text.split("="))
    if not names or not all(name.isidentifier() for name in names):
        raise GridError("takes a size and its values, as in `--grid H=128..512`")
    try:
        sizes = tuple(_sizes(listed))
    except ValueError:
        raise GridError(f"takes whole numbers, as in `{names[0]}=128..512:32` or `{names[0]}=64,128`") from None
    if not sizes or min(sizes) < 1 or max(sizes) >= 2**31:
        raise GridError(f"takes sizes from 1 up, in rising order, not `{listed}`")
    if len(sizes) > LIMIT:
        raise GridError(f"takes at most {LIMIT} sizes: give a larger step, as in `{names[0]}=128..512:32`")
    return Range(tuple(names), sizes)


def _sizes(listed: str) -> Sequence[int]:
    if ".." not in listed:
        return [int(part) for part in listed.split(",")]
    ends, _, step = listed.partition(":")
    first, last = (int(end) for end in ends.split(".."))
    by = int(step) if step else _step(last - first)
    if by < 1:
        raise ValueError
    return range(first, last + 1, by)


def _step(span: int) -> int:
    """The least power of two that makes few enough sizes of a range."""
    step = 1
    while span // step >= MOST:
        step *= 2
    return step


def points(loaded: Loaded, settings: Settings, ranges: Sequence[Range], batch: int = 1) -> Iterator[Point]:
    """The cost at every combination of sizes."""
    for chosen in product(*(each.sizes for each in ranges)):
        sizes = {name: size for each, size in zip(ranges, chosen, strict=True) for name in each.names}
        checked = check(loaded, replace(settings, sizes={**settings.sizes, **sizes}))
        network = checked.network
        if network is None:
            yield Point(sizes, problem=next(f for f in checked.findings if f.severity == "error"))
            continue
        idle = train_only_nodes(network.graph)
        nodes = list(ops_of(network.graph))
        macs = sum(node.macs for node in nodes if node not in idle) * batch
        yield Point(sizes, sum(node.params for node in nodes), macs, memory(network, batch))
