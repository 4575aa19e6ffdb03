"""What a chain can see while it is expanded: named tensors, and the values of expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from archc import expr
from archc.expr import UNKNOWN, Expr, ExprError, Record
from archc.labels import Labelled
from archc.spec.arguments import Arg, Formula, Seq
from archc.tensor import TensorType
from archc.tree import Label, Src


class Value(NamedTuple):
    """A tensor in the body being built; its type is None where a fault made it unknown."""

    src: Src
    type: TensorType | None


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for: the results of a step, by port, and its item where that can be applied again."""

    values: tuple[Value, ...]
    ports: tuple[str, ...]
    item: int | None = None


@dataclass(slots=True)
class Names:
    """The names of a chain, growing as it is expanded, and those of the chains around it in the same body."""

    outer: Names | None = None
    own: dict[str, Named] = field(default_factory=dict[str, Named])

    def find(self, name: str) -> Named | None:
        """The nearest thing of that name."""
        return self.own.get(name) or (self.outer.find(name) if self.outer else None)

    def all(self) -> set[str]:
        """Every name in sight."""
        return set(self.own) | (self.outer.all() if self.outer else set())


@dataclass(frozen=True, slots=True)
class Env:
    """The values that expressions see. `labels` has the formulas of those that are not whole numbers.

    A whole number with a formula is itself a `Labelled`.
    """

    values: Mapping[str, object]
    labels: Mapping[str, Expr] = field(default_factory=dict[str, Expr])

    def with_value(self, name: str, value: object) -> Env:
        """The same with one more name."""
        return Env({**self.values, name: value}, self.labels)


def value_of(tree: Expr, values: Mapping[str, object]) -> object:
    """The value of an expression; UNKNOWN where a name in it has none, its declaration being faulty."""
    try:
        return expr.evaluate(tree, values)
    except ExprError:
        if expr.names(tree) <= values.keys():
            raise
        return UNKNOWN


def label_of_expr(tree: Expr, env: Env) -> Expr | None:
    """`tree` in terms of constructor arguments, folded; None where it is a plain constant."""
    names = expr.names(tree)
    known = {name: env.labels.get(name) or env.values[name] for name in names if name in env.values}
    residual = expr.substitute(tree, known)
    return expr.simplify(residual) if expr.names(residual) else None


def label_of_arg(arg: Arg, env: Env) -> Label | None:
    """The formula of an argument; for a list, one for each item."""
    if isinstance(arg, Formula):
        return label_of_expr(arg.expr, env)
    if isinstance(arg, Seq):
        labels = tuple(label_of_arg(item, env) for item in arg.items)
        return labels if any(label is not None for label in labels) else None
    return None


def unbound(value: Value, variable: str, at: int) -> Value:
    """A tensor as seen from outside a loop: its sizes' formulas have the loop variable's value in its place."""
    if value.type is None or not any(isinstance(d, Labelled) and variable in expr.names(d.label) for d in value.type.shape):
        return value
    shape = tuple(_unbound_size(d, variable, at) if isinstance(d, Labelled) else d for d in value.type.shape)
    return Value(value.src, TensorType(shape, value.type.dtype))


def _unbound_size(size: Labelled, variable: str, at: int) -> int:
    label = expr.simplify(expr.substitute(size.label, {variable: at}))
    return int(size) if isinstance(label, expr.Number) else Labelled(int(size), label)


def input_record(types: tuple[TensorType | None, ...]) -> object:
    """What `input` is in a block's expressions: the sizes of its first input."""
    first = types[0] if types else None
    if first is None or first.rank < 1:
        return UNKNOWN
    sizes = tuple(d if isinstance(d, int) else int(d) for d in first.sample)
    fields: dict[str, object] = {"shape": sizes}
    if sizes:
        fields.update(channels=sizes[0], features=sizes[-1])
    if len(sizes) > 1:
        fields["width"] = sizes[-1]
        fields["length"] = sizes[-1]
    if len(sizes) > 2:
        fields["height"] = sizes[-2]
    if len(sizes) > 3:
        fields["depth"] = sizes[-3]
    return Record(fields)
