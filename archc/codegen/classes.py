"""What a generated class takes: which constructor argument is which size, parameter or let of its definition."""

from __future__ import annotations

from archc.record import record
from archc.spec.model import Block


@record
class Size:
    """A size of an input: dimension `dim` of input `port`, the batch not counted."""

    port: int
    dim: int


@record
class Own:
    """A parameter of the block itself."""

    name: str


@record
class Outer:
    """A parameter or let of the file."""

    name: str


Meaning = Size | Own | Outer


@record
class Argument:
    """An argument of a constructor.

    It has several meanings where the class takes one argument for what is equal at every call. `choices` are what
    stands in the file for the values of a parameter that chooses (`bottleneck` -> `Bottleneck`), `row` is the
    NamedTuple of a table's rows.
    """

    name: str
    meanings: tuple[Meaning, ...]
    keyword: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    row: str = ""


@record
class ClassInfo:
    """The class of a block; `ranks` are those of its inputs, the batch not counted, for each way to use it."""

    name: str
    block: Block
    ranks: tuple[tuple[int, ...], ...]
    arguments: tuple[Argument, ...]


@record
class NetworkInfo:
    """The class of the network, and the function of each variant by the variant's name."""

    name: str
    arguments: tuple[Argument, ...]
    functions: tuple[tuple[str, str], ...] = ()
