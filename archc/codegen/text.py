"""The text of classes: names for symbols, calls of constructors, formulas as Python."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import Any

from archc import ops
from archc.codegen import ir
from archc.codegen.arguments import Analysis, Argument
from archc.codegen.binding import as_float, replaced
from archc.codegen.ir import Unit
from archc.codegen.ops import takes_float
from archc.codegen.python import python, renamed, string
from archc.codegen.render import Context, render
from archc.codegen.symbolic import Fraction, is_list
from archc.expr import Compare, Expr, IfElse, Index, Name, Number, Text, Unary, simplify
from archc.expr.nodes import children, rebuild
from archc.ops import lowering as low
from archc.ops.base import Op
from archc.ops.lowering import Helper, Node
from archc.spec.arguments import Param

FRESH = ("x", "out", "y", "z", "u", "v", "w")
"""Names for tensors that the spec does not name."""
OWN = frozenset({"nn", "F", "torch", "math", "Tensor", "OrderedDict", "NamedTuple", "Sequence", "Any", "Callable"})
"""Names that a file imports."""
BUILTINS = frozenset(dir(builtins))
HELPERS = frozenset({"make_divisible", "stochastic_depth", "stochastic_batch"})
"""Functions that a file may define."""


@dataclass
class File:
    """What all classes of a file share."""

    analysis: Analysis
    classes: dict[int, str] = field(default_factory=dict[int, str])
    """By `id` of a unit: its class."""
    by_definition: dict[str, str] = field(default_factory=dict[str, str])
    """By the name of a block, as choices have it: its class."""
    imports: set[str] = field(default_factory=set[str])
    helpers: set[str] = field(default_factory=set[str])
    rows: dict[int, str] = field(default_factory=dict[int, str])
    """By `id` of a table's parameter: the class of its rows."""
    row_classes: dict[str, Param] = field(default_factory=dict[str, Param])
    tables: dict[str, str] = field(default_factory=dict[str, str])
    """By name: the statement that defines a table."""
    table_names: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    dictionaries: dict[str, str] = field(default_factory=dict[str, str])
    """By name: the statement that defines a dictionary from names to classes."""
    arguments: dict[int, tuple[Argument, ...]] = field(default_factory=dict[int, tuple[Argument, ...]])
    wrapped: dict[str, tuple[str, list[str]]] = field(default_factory=dict[str, tuple[str, list[str]]])
    functions: dict[str, str] = field(default_factory=dict[str, str])
    """By name: the functions of ops that the file defines."""
    wrapper_texts: list[str] = field(default_factory=list[str])
    taken: set[str] = field(default_factory=set[str])
    aliases: set[str] = field(default_factory=set[str])

    def dictionary(self, name: str, choices: tuple[str, ...]) -> str:
        """The dictionary from the names of a choice to its classes."""
        known = f"{name.upper()}S"
        blocks = all(choice in self.by_definition for choice in choices)
        inner = ", ".join(f"{string(choice)}: {self.class_of(choice)}" for choice in choices)
        kind = "" if blocks else ": dict[str, type[nn.Module]]"
        statement = f"{known}{kind} = {{{inner}}}"
        while self.dictionaries.get(known, statement) != statement or known in self.taken:
            known += "_"
            statement = f"{known}{kind} = {{{inner}}}"
        self.dictionaries[known] = statement
        return known

    def literal(self, param: Param, value: Any, table: Callable[[Param, Any], str]) -> str:
        """A parameter's value as Python."""
        if param.type == "block":
            return self.class_of(str(value))
        if param.type == "table":
            return table(param, value)
        return _literal(value, param.type)

    def table(self, param: Param, value: Any, variant: str = "") -> str:
        """The constant that holds a table."""
        rows = [
            f"{self.rows[id(param)]}({', '.join(map(_literal, row.values(), (kind for _, kind in param.columns)))})"
            for row in value
        ]
        text = f"({', '.join(rows)}{',' if len(rows) == 1 else ''})"
        known = self.table_names.get((param.name, text))
        if known is None:
            known = free(
                f"{variant.upper()}_{param.name.upper()}" if variant else param.name.upper(),
                {*self.tables, *self.taken},
            )
            self.table_names[param.name, text] = known
            self.tables[known] = f"{known} = {text}"
        return known

    def class_of(self, option: str) -> str:
        """The class that a choice names."""
        if option in self.by_definition:
            return self.by_definition[option]
        op = ops.find(option)
        if op is None:
            return "nn.Module"  # a block that nothing calls
        node = op.model_construct().as_torch()
        target = getattr(node, "target", f"F.{option}")
        self.use(target)
        return target

    def use(self, target: str) -> None:
        """Note what a dotted name needs."""
        head = target.partition(".")[0]
        if head == "torch":
            self.imports.add("torch")
        elif head == "F":
            self.imports.add("F")
        elif head == "math":
            self.imports.add("math")
        elif head not in ("nn", "self", "") and "." in target:
            self.imports.add(target.rpartition(".")[0])


@dataclass
class Scope:
    """How formulas read in one method: names for symbols."""

    file: File
    unit: Unit
    names: dict[str, str]
    items_named: dict[Expr, str] = field(default_factory=dict[Expr, str])
    """Entries of lists that a loop has a name for."""
    values: dict[str, Expr] = field(default_factory=dict[str, Expr])
    """Loop variables in a round that is written out."""

    def text(self, tree: Expr, level: int = 0) -> str:
        """A formula as Python."""
        if self.values:
            tree = simplify(replaced(tree, self.values))
        tree = renamed(self._special(tree), self.names)
        found = python(simplify(_settled(tree)) if _has_choice(tree) else tree, level)
        for helper in ("make_divisible", "math"):
            if f"{helper}(" in found or f"{helper}." in found:
                (self.file.helpers if helper != "math" else self.file.imports).add(helper)
        return found

    def _special(self, tree: Expr) -> Expr:
        """A formula with choices compared by class."""
        match tree:
            case Compare(op="==" | "!=" as op, left=Name(id=symbol), right=Text(value=option)) if self._is_block(
                symbol
            ):
                sign = "is" if op == "==" else "is not"
                return Name(f"{self.names.get(symbol, symbol)} {sign} {self.file.class_of(option)}")
            case Unary(op="not", operand=Compare(op="==", left=Name(id=symbol)) as inner) if self._is_block(symbol):
                return self._special(Compare("!=", inner.left, inner.right))
            case Index() if tree in self.items_named:
                return Name(self.items_named[tree])
            case _:
                parts = children(tree)
                made = tuple(self._special(part) for part in parts)
                return tree if made == parts else rebuild(tree, made)

    def classes_of(self, condition: Expr) -> list[str]:
        """The classes that a parameter may be, where a condition asks which it is."""
        match condition:
            case Compare(op="==", left=Name(id=symbol), right=Text()) if self._is_block(symbol):
                return [self.file.class_of(str(choice)) for choice in self.unit.facts_before.choices.get(symbol, ())]
            case _:
                return []

    def _is_block(self, symbol: str) -> bool:
        return self.unit.types.get(symbol) == "block"

    def value(self, value: Any) -> str:
        """An argument of an op, symbolic or not, as Python."""
        parts = getattr(value, "parts", None)
        if parts is not None:
            return self.template(parts)
        if (tree := getattr(value, "expr", None)) is not None:
            return self.text(tree)
        if is_list(value):
            inner = [self.value(item) for item in value]
            return f"({inner[0]},)" if len(inner) == 1 else f"({', '.join(inner)})"
        if isinstance(value, str):
            return string(value)
        if isinstance(value, float) and value in (inf, -inf):
            self.file.imports.add("math")
            return "math.inf" if value > 0 else "-math.inf"
        return repr(value)

    def argument(self, op: Op | None, name: str) -> str:
        """An argument of an op by its name; a float where it takes nothing else."""
        value = getattr(op, name)
        if op is not None and isinstance(value, Fraction) and takes_float(type(op), name):
            return self.text(as_float(value.expr, self.unit.types))
        return self.value(value)

    def items(self, value: Any) -> tuple[str, ...]:
        """A list that is spread over arguments."""
        if (tree := getattr(value, "expr", None)) is not None:
            return (f"*{self.text(tree)}",)
        return tuple(self.value(item) for item in value)

    def template(self, parts: ir.Text) -> str:
        """A name with formulas in it: a literal where there are none."""
        if self.values:
            valued = [p if isinstance(p, str) else simplify(replaced(p, self.values)) for p in parts]
            parts = tuple(str(p.value) if isinstance(p, Number) else p for p in valued)
        if all(isinstance(part, str) for part in parts):
            return string("".join(str(part) for part in parts))
        inner = "".join(
            part.replace("{", "{{").replace("}", "}}") if isinstance(part, str) else f"{{{_inside(self.text(part))}}}"
            for part in parts
        )
        return f'f"{inner}"'

    def lowered(
        self, op: Op | None, node: ir.Reading, tensors: Sequence[str] = (), ports: Sequence[str] = (), *,
        batch: str = "", batched: bool = True,
    ) -> str:  # fmt: skip
        """An op's lowering as Python."""
        if isinstance(node, ir.Either):
            then, other = (
                self.lowered(op, each, tensors, ports, batch=batch, batched=batched) for each in (node.then, node.other)
            )
            return f"{then} if {self.text(node.condition)} else {other}"
        named = {port: tensor for port, tensor in zip(ports, tensors, strict=False) if port}
        context = Context(
            tuple(tensors), named, partial(self.argument, op),
            lambda name: self.items(getattr(op, name)), batch, batched,
        )  # fmt: skip
        self._note(node)
        return render(node, context)

    def _note(self, node: Node) -> None:
        """Note what a lowering needs imported and defined."""
        if isinstance(node, Helper):
            self.file.functions[node.call.target] = node.text.strip("\n")
            return
        for target in _targets(node):
            self.file.use(target)


def _has_choice(tree: Expr) -> bool:
    """Whether a formula says `if`, perhaps where two symbols turned out to be one argument."""
    return isinstance(tree, IfElse) or any(map(_has_choice, children(tree)))


def _settled(tree: Expr) -> Expr:
    """A formula without the conditions that hold always, or that change nothing."""
    parts = children(tree)
    made = tuple(map(_settled, parts))
    tree = tree if made == parts else rebuild(tree, made)
    match tree:
        case IfElse(test=Compare(op="==" | "<=" | ">=", left=left, right=right), then=then) if left == right:
            return then
        case IfElse(test=Compare(op="!=" | "<" | ">", left=left, right=right), other=other) if left == right:
            return other
        case IfElse(then=then, other=other) if then == other:
            return then
        case _:
            return tree


def _inside(text: str) -> str:
    """A formula within an f-string in double quotes."""
    return text.replace('"', "'")


def _targets(node: Any) -> list[str]:
    match node:
        case low.Call(target=target, args=args, kwargs=kwargs):
            return [target, *(t for each in (*args, *(v for _, v in kwargs)) for t in _targets(each))]
        case low.Method(obj=obj, args=args, kwargs=kwargs):
            return [*_targets(obj), *(t for each in (*args, *(v for _, v in kwargs)) for t in _targets(each))]
        case low.Fold(target=target):
            return [target]
        case low.Raw(text=text) if text.startswith("torch."):
            return [text]
        case low.Infix(operands=tuple() as inner) | low.Tuple(items=inner):
            return [t for each in inner for t in _targets(each)]
        case low.Index(obj=obj):
            return _targets(obj)
        case low.Attribute(obj=obj):
            return _targets(obj)
        case _:
            return []


def _literal(value: Any, kind: str = "") -> str:
    if is_list(value):
        inner = [_literal(item, kind.removeprefix("list[").removesuffix("]")) for item in value]
        return f"({inner[0]},)" if len(inner) == 1 else f"({', '.join(inner)})"
    if isinstance(value, str):
        return string(value)
    if isinstance(value, float) and value in (inf, -inf):
        return "math.inf" if value > 0 else "-math.inf"
    return repr(float(value)) if kind == "float" and type(value) is int else repr(value)


def free(name: str, taken: Any) -> str:
    """A name that is not taken: itself, or with underscores behind it."""
    while name in taken or keyword.iskeyword(name):
        name += "_"
    return name
