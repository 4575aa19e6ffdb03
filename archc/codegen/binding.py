"""Formulas of a spec in terms of the symbols of a class, and the types of their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from archc import expr
from archc.codegen.symbolic import arithmetic
from archc.expr import (
    Attr,
    Bool,
    Compare,
    Expr,
    Func,
    IfElse,
    Index,
    ListExpr,
    Logic,
    Name,
    Null,
    Number,
    SliceIndex,
    Text,
    Unary,
)
from archc.expr.nodes import Binary, children, rebuild
from archc.record import record

INPUT_FIELDS = {"channels": 0, "features": -1, "width": -1, "length": -1, "height": -2, "depth": -3}
"""The sizes of a block's input that formulas name, by the place in its shape without the batch."""


@record(eq=False, repr=False)
class Env:
    """What the names in formulas stand for; `shape` are the sizes of `input`, without the batch."""

    values: Mapping[str, Expr]
    shape: tuple[Expr, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict[str, str])
    lengths: Mapping[str, int] = field(default_factory=dict[str, int])
    """By symbol: how many entries a list is declared to have."""
    known: Mapping[str, object] = field(default_factory=dict[str, object])
    """By symbol: the values of what is no argument."""

    def with_value(self, name: str, value: Expr) -> Env:
        """Add a name."""
        return replace(self, values={**self.values, name: value})


def bind(tree: Expr, env: Env) -> Expr:
    """Return a formula in terms of symbols."""
    if isinstance(tree, Name):
        return worked_out(env.values.get(tree.id, tree), env.known)
    if (found := _of_input(tree, env)) is not None:
        return found
    parts = children(tree)
    made = tuple(bind(part, env) for part in parts)
    if made != parts and isinstance(tree, Binary):
        return worked_out(arithmetic(tree.op, *made), env.known)
    found = _picked(tree if made == parts else rebuild(tree, made))
    return worked_out(found, env.known)


def worked_out(tree: Expr, known: Mapping[str, object]) -> Expr:
    """A formula of literals and known symbols alone as its value; others, and those that have none, as they are."""
    if not known or isinstance(tree, _PLAIN) or not expr.names(tree) <= known.keys():
        return tree
    try:
        value = expr.evaluate(tree, known)
    except expr.ExprError:
        return tree
    found = expr.literal(value)
    return tree if found is None else found


_PLAIN = (Number, Text, Bool, Null, ListExpr)


def _of_input(tree: Expr, env: Env) -> Expr | None:
    """A size of `input`, its shape, or how many dimensions it has."""
    match tree:
        case Attr(obj=Name(id="input"), name="shape"):
            return ListExpr(env.shape)
        case Attr(obj=Name(id="input"), name=field) if field in INPUT_FIELDS and env.shape:
            return env.shape[INPUT_FIELDS[field]]
        case _:
            return None


def _picked(tree: Expr) -> Expr:
    """An entry of a list that is written out, its length, or a part of it."""
    match tree:
        case Index(obj=ListExpr(items=items), index=Number(value=int(at))) if -len(items) <= at < len(items):
            return items[at] if all(map(has_value, items)) else tree
        case Func(name="len", args=(ListExpr(items=items),)) if all(map(has_value, items)):
            return Number(len(items))
        case SliceIndex(obj=ListExpr(items=items)) if (bounds := _bounds(tree)) is not None:
            return ListExpr(items[bounds])
        case Unary(op="-", operand=Number(value=value)):
            return Number(-value)
        case _:
            return tree


def has_value(tree: Expr) -> bool:
    """Whether a formula has a value whatever the symbols are: it reads no entry and divides by nothing."""
    divides = isinstance(tree, Binary) and tree.op in ("/", "/f", "//", "%") and not isinstance(tree.right, Number)
    return not divides and not isinstance(tree, (Index, SliceIndex)) and all(map(has_value, children(tree)))


def _bounds(tree: SliceIndex) -> slice | None:
    found: list[int | None] = []
    for bound in (tree.start, tree.stop, tree.step):
        if isinstance(bound, Number) and isinstance(bound.value, int):
            found.append(bound.value)
        elif isinstance(bound, Null):
            found.append(None)
        else:
            return None
    return slice(*found)


def type_of(tree: Expr, types: Mapping[str, str]) -> str:
    """The type of a formula's values: `int`, `float`, `bool`, `str`, `list[...]`, `table`, `row`, `block`, `null`."""
    match tree:
        case Number():
            return "float" if isinstance(tree.value, float) else "int"
        case Text():
            return "str"
        case Bool() | Compare() | Logic() | Unary(op="not"):
            return "bool"
        case Null():
            return "null"
        case Name():
            return types.get(tree.id, "int")
        case Attr():
            return _column(type_of(tree.obj, types), tree.name)
        case Index():
            return _entry(type_of(tree.obj, types))
        case SliceIndex():
            return type_of(tree.obj, types)
        case Unary():
            return type_of(tree.operand, types)
        case ListExpr():
            return f"list[{_joined([type_of(item, types) for item in tree.items]) or 'int'}]"
        case IfElse():
            return _joined([type_of(tree.then, types), type_of(tree.other, types)])
        case Binary():
            if tree.op == "/f":
                return "float"
            if tree.op == "**" and not (isinstance(tree.right, Number) and tree.right.value >= 0):
                return "float" if isinstance(tree.right, (Unary, Number)) else _joined([type_of(tree.left, types)])
            return _joined([type_of(tree.left, types), type_of(tree.right, types)])
        case Func(name="len" | "round" | "ceil" | "floor" | "make_divisible"):
            return "int"
        case Func():
            found = [type_of(arg, types) for arg in tree.args]
            return _joined([_entry(kind) if kind.startswith("list[") else kind for kind in found])


def as_float(tree: Expr, types: Mapping[str, str]) -> Expr:
    """A formula of a number where a float is wanted: its value is one."""
    if isinstance(tree, IfElse):
        return IfElse(tree.test, as_float(tree.then, types), as_float(tree.other, types))
    if isinstance(tree, Func) and tree.name in ("min", "max") and len(tree.args) > 1:
        return Func(tree.name, tuple(as_float(arg, types) for arg in tree.args))
    if type_of(tree, types) != "int":
        return tree
    whole = expr.simplify(tree)
    return Number(float(whole.value)) if isinstance(whole, Number) else Func("float", (tree,))


def _column(row: str, name: str) -> str:
    """The type of a table's column: a row is typed `row(a:int,b:float)`."""
    inner = row.partition("(")[2].removesuffix(")")
    columns = dict(part.split(":") for part in inner.split(",") if part)
    return columns.get(name, "int")


def _entry(kind: str) -> str:
    if kind.startswith("list["):
        return kind[5:-1]
    return f"row{kind.removeprefix('table')}" if kind.startswith("table") else kind


def _joined(kinds: Sequence[str]) -> str:
    distinct = [kind for kind in dict.fromkeys(kinds) if kind != "null"]
    if len(distinct) == 1:
        return distinct[0]
    return "float" if set(distinct) == {"int", "float"} else (distinct[0] if distinct else "")


def divisions(tree: Expr, types: Mapping[str, str]) -> Iterator[Expr]:
    """The conditions under which the divisions in a formula have values, exact ones whole numbers."""
    yield from under_conditions(tree, lambda part: divisions(part, types))
    if isinstance(tree, Binary) and tree.op == "**":
        yield from _powers(tree, types)
    if not isinstance(tree, Binary) or tree.op not in ("/", "/f", "//", "%"):
        return
    if not isinstance(tree.right, Number):
        yield Compare("!=", tree.right, Number(0))
    if tree.op == "/" and type_of(tree, types) == "int":
        yield Compare("==", Binary("%", tree.left, tree.right), Number(0))


def _powers(tree: Binary, types: Mapping[str, str]) -> Iterator[Expr]:
    """The condition under which a power that is written out has a value."""
    power = expr.simplify(tree.right)
    if not isinstance(power, Number) or isinstance(expr.simplify(tree.left), Number):
        return
    if power.value % 1 == 0:
        yield from (Compare("!=", tree.left, Number(0)),) if power.value < 0 else ()
    elif power.value < 0:
        least = Compare(">=", tree.left, Number(1)) if type_of(tree.left, types) == "int" else None
        yield least or Compare(">", tree.left, Number(0))
    else:
        yield Compare(">=", tree.left, Number(0))


def under_conditions(tree: Expr, needs_of: Callable[[Expr], Iterator[Expr]]) -> Iterator[Expr]:
    """What the parts of a formula need, where they are worked out."""
    match tree:
        case IfElse(test=test, then=then, other=other):
            parts = ((test, None), (then, Unary("not", test)), (other, test))
        case Logic(op=op, left=left, right=right):
            parts = ((left, None), (right, left if op == "or" else Unary("not", left)))
        case _:
            parts = tuple((part, None) for part in children(tree))
    for part, otherwise in parts:
        yield from (need if otherwise is None else Logic("or", otherwise, need) for need in needs_of(part))


def entries(tree: Expr, types: Mapping[str, str], lengths: Mapping[str, int]) -> Iterator[Expr]:
    """The conditions under which lists have the entries that a formula reads by number."""
    yield from under_conditions(tree, lambda part: entries(part, types, lengths))
    match tree:
        case Index(obj=Name(id=name) as rows, index=Number(value=int(at))) if name not in lengths:
            if types.get(name, "").startswith(("list[", "table")):
                yield Compare(">=", Func("len", (rows,)), Number(at + 1 if at >= 0 else -at))
        case Func(name="min" | "max", args=(Name(id=name) as rows,)) if types.get(name, "").startswith("list["):
            yield Compare(">=", Func("len", (rows,)), Number(1))
        case Index(obj=Name(id=name) as rows, index=index) if not isinstance(index, Number):
            if types.get(name, "").startswith(("list[", "table")):
                yield Compare("<", index, Func("len", (rows,)))
        case _:
            pass


def replaced(tree: Expr, values: Mapping[str, Expr]) -> Expr:
    """A formula with others in the place of symbols."""
    if isinstance(tree, Name):
        return values.get(tree.id, tree)
    parts = children(tree)
    made = tuple(replaced(part, values) for part in parts)
    return tree if made == parts else rebuild(tree, made)
