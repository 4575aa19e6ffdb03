"""The formulas behind values, in terms of constructor arguments: what the source backend writes in place of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from archc import expr
from archc.expand.scope import Env, Named, Value
from archc.expr import Expr, Record
from archc.labels import Labelled
from archc.spec.arguments import Arg, Formula, Seq, Template
from archc.spec.data import is_sequence, is_whole
from archc.tensor import TensorType
from archc.tree import Label


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
    if isinstance(arg, Template) and len(arg.parts) == 1 and not isinstance(arg.parts[0], str):
        return label_of_expr(arg.parts[0], env)
    return None


def label_of_value(value: object) -> Label | None:
    """The formula that a value carries; of a sequence, item by item."""
    if is_sequence(value):
        labels = tuple(label_of_value(item) for item in value)
        return labels if any(label is not None for label in labels) else None
    return value.label if isinstance(value, Labelled) else None


def labelled(value: object, label: Label | None) -> object:
    """A value that carries its formula, as whole numbers can; items of a sequence carry their own."""
    if isinstance(label, tuple):
        items = value if is_sequence(value) else ()
        return tuple(labelled(item, part) for item, part in zip(items, label, strict=True))
    return Labelled(value, label) if label is not None and is_whole(value) else value


def unbound(value: Value, variable: str, at: int) -> Value:
    """A tensor as seen from outside a loop: its sizes' formulas have the loop variable's value in its place."""
    if value.type is None or not any(_mentions(size, variable) for size in value.type.shape):
        return value
    shape = tuple(_unbound_size(d, variable, at) if isinstance(d, Labelled) else d for d in value.type.shape)
    return Value(value.src, TensorType(shape, value.type.dtype))


def unbound_results(named: Named, variable: str, at: int) -> Named:
    """The results of a step as seen from outside a loop."""
    return Named(tuple(unbound(value, variable, at) for value in named.values), named.ports, named.item)


def _mentions(size: object, variable: str) -> bool:
    return isinstance(size, Labelled) and variable in expr.names(size.label)


def _unbound_size(size: Labelled, variable: str, at: int) -> int:
    label = expr.simplify(expr.substitute(size.label, {variable: at}))
    return int(size) if isinstance(label, expr.Number) else Labelled(int(size), label)


def with_formulas(values: Sequence[object]) -> tuple[object, ...]:
    """Values that differ where only their formulas do: equal numbers with other formulas are other values."""
    return tuple(_with_formula(value) for value in values)


def _with_formula(value: object) -> object:
    if isinstance(value, Labelled):
        return (int(value), value.label)
    if isinstance(value, TensorType):
        return (with_formulas(value.shape), value.dtype)
    if isinstance(value, Record):
        return tuple((name, _with_formula(value[name])) for name in value)
    return with_formulas(value) if is_sequence(value) else value
