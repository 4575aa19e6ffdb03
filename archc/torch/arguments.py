"""The arguments of a class's constructor: which there are, and how its signature writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from archc import expr
from archc.expr import Expr
from archc.labels import label_of
from archc.spec.model import Block, Param
from archc.torch.trace import input_sizes, size_name
from archc.torch.values import annotation, literal_text
from archc.tree import Body, Item

LONGEST = 16
"""The longest formula of a network's arguments that is still clearer than the number: `32 * width`."""
LONGEST_TRACED = LONGEST + 8
"""The same for a formula as it was traced, which may still become shorter when it is written."""
LONGEST_TUPLE = 4
"""A list of a known length up to this is annotated as a tuple."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a class's constructor."""

    name: str
    annotation: str
    default: str | None = None
    is_class: bool = False
    """Whether it takes a class of module, which a spec names by the op."""
    size: tuple[int, int] | None = None
    """For a size of an input: which input, and which of its dimensions."""
    doc: str = ""

    @property
    def text(self) -> str:
        """The argument in a signature."""
        default = "" if self.default is None else f" = {self.default}"
        return f"{self.name}: {self.annotation}{default}"


def block_arguments(
    block: Block, body: Body, used: AbstractSet[str], extras: Mapping[str, Sequence[object]]
) -> tuple[Argument, ...]:
    """The arguments of a block's class: sizes of its inputs, its parameters, the file's parameters, and `extras`.

    Only what the class's text has `used` is one; those with a default come last.
    """
    sizes = [
        Argument(name, "int", size=(at, dim))
        for at, type_ in enumerate(body.inputs)
        for dim, stem in input_sizes(block, type_.rank)
        if (name := size_name(stem, at, block)) in used
    ]
    own = {param.name for param in block.params}
    params = [_argument(param) for param in block.params if param.name in used]
    required = [argument for argument in params if argument.default is None]
    optional = [argument for argument in params if argument.default is not None]
    files = [Argument(name, "int") for name in body.args if name in used and name not in own]
    helpers = [Argument(name, annotation(values[0])) for name, values in extras.items()]
    return (*sizes, *required, *files, *helpers, *optional)


def network_arguments(
    params: Sequence[Param], values: Mapping[str, object], used: AbstractSet[str]
) -> tuple[Argument, ...]:
    """The arguments of the network's class: the value that each parameter has is its default."""
    return tuple(
        Argument(param.name, param.type, literal_text(values[param.name]), doc=param.doc)
        for param in params
        if param.name in used
    )


def is_clumsy(body: Body, names: AbstractSet[str]) -> bool:
    """Whether the network's own steps would need long formulas of its arguments: told before anything is written."""
    for item in body.items:
        if isinstance(item.content, Body) and item.content.is_group:
            if is_clumsy(item.content, names):
                return True
        elif longest_formula(_formulas(item), names) > LONGEST_TRACED:
            return True
    return False


def longest_formula(formulas: Iterable[Expr], names: AbstractSet[str]) -> int:
    """The length of the longest formula that depends on one of the names; 0 if none does."""
    return max((len(expr.to_python(formula)) for formula in formulas if expr.names(formula) & names), default=0)


def _formulas(item: Item) -> list[Expr]:
    """The formulas of an op's arguments, or of the sizes of a block's inputs."""
    if isinstance(item.content, Body):
        labels = [label_of(size) for type_ in item.content.inputs for size in type_.shape]
        return [label for label in labels if label is not None]
    return [label for label in item.content.labels.values() if not isinstance(label, tuple)]


def _argument(param: Param) -> Argument:
    return Argument(
        param.name, _param_annotation(param), _default_text(param), is_class=param.type == "block", doc=param.doc
    )


def _param_annotation(param: Param) -> str:
    if not param.type.startswith("list["):
        return {"enum": "str", "block": "type[nn.Module]"}.get(param.type, param.type)
    inner = param.type.removeprefix("list[").removesuffix("]")
    if param.length is not None and param.length <= LONGEST_TUPLE:
        return f"tuple[{', '.join([inner] * param.length)}]"
    return f"Sequence[{inner}]"


def _default_text(param: Param) -> str | None:
    if param.required:
        return None
    return f"nn.{param.default}" if param.type == "block" else literal_text(param.default)
