"""What a generated class takes: which constructor argument is which size, parameter or let of its definition."""

from __future__ import annotations

from collections.abc import Iterator

from archc.codegen.classnames import function_names
from archc.codegen.draft import Draft
from archc.codegen.ir import Unit
from archc.codegen.variants import is_made
from archc.record import record
from archc.spec.model import Block, Spec


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
    """A parameter or let of the file; a free size of its inputs as `$:H`."""

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


def network_info(writer: Draft) -> NetworkInfo:
    """What the class of the network takes in a file that has been written, and the functions of its variants."""
    unit = next(unit for unit in writer.units if isinstance(unit.definition, Spec))
    names = function_names(writer.spec)
    functions = ((each.name, names[each.name]) for each in writer.spec.variants if is_made(writer, each))
    return NetworkInfo(writer.class_name, tuple(_arguments(writer, unit)), tuple(functions))


def class_infos(writer: Draft) -> Iterator[ClassInfo]:
    """What the classes of blocks take, callees first; without those that hold at the values of the network alone."""
    for unit in writer.units:
        if not isinstance(unit.definition, Block) or unit.frozen or any(not t.type.batched for t in unit.inputs):
            continue
        found = tuple(_arguments(writer, unit))
        if all(argument.meanings for argument in found):
            ranks = tuple(tensor.type.rank - 1 for tensor in unit.inputs)
            yield ClassInfo(writer.file.classes[id(unit)], unit.definition, (ranks,), found)


def _arguments(writer: Draft, unit: Unit) -> Iterator[Argument]:
    file, merged = writer.file, writer.file.analysis.merged.get(id(unit), {})
    outer = {f"f:{param.name}": param for param in writer.spec.scope.params}
    for each in file.arguments[id(unit)]:
        symbols = [each.symbol, *(symbol for symbol, other in merged.items() if other == each.symbol)]
        meanings = tuple(meaning for symbol in symbols for meaning in _meaning(symbol))
        param = each.param or outer.get(each.symbol)
        chosen = param.choices if param is not None and param.type == "block" else ()
        choices = tuple((str(choice), file.class_of(str(choice))) for choice in chosen)
        yield Argument(each.name, meanings, each.keyword, choices, file.rows.get(id(param), ""))


def _meaning(symbol: str) -> Iterator[Meaning]:
    """What a symbol is; nothing for a size that is worked out on the way."""
    kind, _, rest = symbol.partition(":")
    if kind in {"p", "f"}:
        yield Own(rest) if kind == "p" else Outer(rest)
    elif kind == "$":
        yield Outer(symbol)
    elif kind.startswith("$"):
        port, _, dim = kind[1:].partition(".")
        yield Size(int(port), int(dim) - 1)
