"""One op on symbolic sizes: its arguments, what the graph tells of them, its results, and how it reads in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, reduce
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from archc.codegen import symbolic
from archc.codegen.binding import Env, bind, type_of
from archc.codegen.facts import Facts
from archc.codegen.ir import MODULE, Either, Reading
from archc.codegen.paths import OpaqueError, Path, explore
from archc.codegen.symbolic import Num
from archc.dims import BATCH
from archc.expr import Bool, Compare, Expr, IfElse, ListExpr, Logic, Null, Number, Text, Unary
from archc.expr.nodes import Binary, children
from archc.ops import lowering
from archc.ops.base import Inputs, Op
from archc.record import record
from archc.spec.arguments import Arg, Args, Const, Formula, Seq
from archc.spec.values import frozen
from archc.tensor import TensorType

T = TypeVar("T")
Types = tuple[TensorType, ...]


class RefusedError(Exception):
    """An op that takes its inputs or arguments for no values of the parameters."""


@record(eq=False, repr=False)
class Made:
    """An op with what the graph tells, its results, and the conditions under which it takes its inputs."""

    op: Op
    types: Types
    needs: tuple[Expr, ...]
    node: Reading
    call: Reading
    pattern: tuple[lowering.Pattern, ...] | None


def make_op(kind: type[Op], args: Args, env: Env, inputs: Inputs, facts: Facts, results: int | None = None) -> Made:
    """The op of a step, with names for so many results. Raises `RefusedError`; `OpaqueError` where it wants numbers."""
    values = {name: _value(kind, name, arg, env) for name, arg in args}
    needs = tuple(
        need for name, value in values.items() for need in _least(kind, name, value) if not facts.decide(need)
    )
    facts = reduce(Facts.assuming, needs, facts)
    op = _bare(kind, values)

    def run() -> tuple[dict[str, Any], Types]:
        told = op.inferred(inputs)
        given = {name: value for name, value in told.items() if values.get(name) is not None}
        if not all(_alike(getattr(op, name), value) for name, value in given.items()):
            raise symbolic.ShapeError("another size")
        filled = {name: value for name, value in told.items() if name not in given}
        return filled, (op.filled(filled) if filled else op).infer(inputs)

    filled, types, more = _merge(explore(facts, run, results=results), facts)
    made = op.filled(filled) if filled else op
    pattern = way(facts, made.unpack)
    if isinstance(pattern, Either):
        raise OpaqueError("gives another number of results")
    call = way(facts, lambda: made.apply() or MODULE)
    return Made(made, types, (*needs, *more), way(facts, made.as_torch), call, pattern)


def applied_again(made: Made, inputs: Inputs, facts: Facts) -> tuple[Types, tuple[Expr, ...]]:
    """The results of an op's module on other inputs, and the conditions under which it takes them."""
    op = made.op

    def run() -> Outcome:
        told = op.inferred(inputs)
        if not all(_alike(getattr(op, name), value) for name, value in told.items()):
            raise symbolic.ShapeError("made for other sizes")
        return {}, op.infer(inputs)

    _, types, needs = _merge(explore(facts, run), facts)
    return types, needs


def _alike(left: Any, right: Any) -> bool:
    if symbolic.is_list(left) and symbolic.is_list(right):
        return len(left) == len(right) and all(map(_alike, left, right))
    return bool(left == right)


def _bare(kind: type[Op], values: Mapping[str, Any]) -> Op:
    """An op of these values; those that are symbolic no validation could take."""
    fields = {name: info.get_default(call_default_factory=True) for name, info in kind.model_fields.items()}
    made = object.__new__(kind)
    object.__setattr__(made, "__dict__", {**fields, **values})
    object.__setattr__(made, "__pydantic_fields_set__", set(values))
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


def _value(kind: type[Op], name: str, arg: Arg, env: Env) -> Any:
    """An argument as a plain value where it is one, else as a symbolic one."""
    found = frozen(argument(arg, env, float_too=takes_float(kind, name)))
    if is_symbolic(found):
        return found
    try:
        return _adapter(kind, name).validate_python(found, strict=True)
    except ValidationError as error:
        raise RefusedError(str(error)) from None


def argument(arg: Arg, env: Env, *, float_too: bool = False) -> Any:
    """The value of an argument, symbolic where it depends on parameters."""
    if isinstance(arg, Const):
        return arg.value
    if isinstance(arg, Seq):
        return tuple(argument(item, env, float_too=float_too) for item in arg.items)
    if isinstance(arg, Formula):
        return value_of(bind(arg.expr, env), env, float_too=float_too)
    if arg.plain is not None:
        return arg.plain
    if (
        len(arg.parts) == 1
        and not isinstance(arg.parts[0], str)
        and type_of(bind(arg.parts[0], env), env.types) == "str"
    ):
        return value_of(bind(arg.parts[0], env), env)
    parts = tuple(part if isinstance(part, str) else bind(part, env) for part in arg.parts)
    texts = [str(part.value) if isinstance(part, (Number, Text)) else part for part in parts]
    plain = [part for part in texts if isinstance(part, str)]  # all of them where its parameters are fixed
    return "".join(plain) if len(plain) == len(texts) else symbolic.Template(parts)


def value_of(found: Expr, env: Env, *, float_too: bool = False) -> Any:
    """A formula as a value."""
    match found:
        case Number() | Text() | Bool():
            return found.value
        case Null():
            return None
        case ListExpr():
            return tuple(value_of(item, env, float_too=float_too) for item in found.items)
        case _:
            kind = type_of(found, env.types)
            length = next((n for n in (env.lengths.get(getattr(found, "id", "")),) if n is not None), None)
            return symbolic.of_type("float" if kind == "int" and float_too else kind, found, length)


def is_symbolic(value: object) -> bool:
    """Whether a value is a formula, or has one within."""
    return hasattr(value, "expr") or (symbolic.is_list(value) and any(map(is_symbolic, value)))


@cache
def _adapter(kind: type[Op], name: str) -> TypeAdapter[Any]:
    info = kind.model_fields[name]
    annotation: Any = info.annotation
    return TypeAdapter(cast("Any", Annotated)[annotation, *info.metadata] if info.metadata else annotation)


@cache
def takes_float(kind: type[Op], name: str) -> bool:
    """Whether an argument is a fraction and never a whole number."""
    found = {leaf for leaf, _ in _leaves(kind.model_fields[name].annotation, ())}
    return float in found and int not in found


@cache
def _least_of(kind: type[Op], name: str) -> int | None:
    info = kind.model_fields[name]
    for leaf, metadata in _leaves(info.annotation, tuple(info.metadata)):
        if leaf is int:
            bounds = (getattr(each, "ge", None) for part in metadata for each in getattr(part, "metadata", [part]))
            return next((int(bound) for bound in bounds if bound is not None), None)
    return None


@cache
def _is_probability(kind: type[Op], name: str) -> bool:
    """Whether an argument is a probability that torch's constructor takes whatever it is; `nn.Dropout` refuses it."""
    leaves = _leaves(kind.model_fields[name].annotation, tuple(kind.model_fields[name].metadata))
    bounds = [
        getattr(each, "le", None)
        for leaf, metadata in leaves
        if leaf is float
        for part in metadata
        for each in getattr(part, "metadata", [part])
    ]
    return 1.0 in bounds and not (kind.is_module and name == "p")


def _leaves(annotation: Any, metadata: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The types that an annotation allows, each with what is said of it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        found = [each for one in more for each in (one.metadata if isinstance(one, FieldInfo) else [one])]
        yield from _leaves(inner, (*metadata, *found))
    elif origin in (Union, UnionType, tuple):
        for each in get_args(annotation):
            yield from _leaves(each, metadata)
    else:
        yield annotation, metadata


def _least(kind: type[Op], name: str, value: Any) -> Iterator[Expr]:
    """The conditions that an argument is not too small, or a probability."""
    if isinstance(value, symbolic.Fraction) and _is_probability(kind, name):
        yield Compare(">=", value.expr, Number(0))
        yield Compare("<=", value.expr, Number(1))
    least = _least_of(kind, name)
    if least is None:
        return
    for each in value if symbolic.is_list(value) and not hasattr(value, "expr") else (value,):
        if isinstance(each, Num):
            yield from (Compare(">=", power, Number(0)) for power in _powers(each.expr))
            yield Compare(">=", each.expr, Number(least if least >= 0 else 1))


def _powers(tree: Expr) -> Iterator[Expr]:
    """The exponents in a formula, which give no whole number where they are negative."""
    if isinstance(tree, Binary) and tree.op == "**" and not isinstance(tree.right, Number):
        yield tree.right
    for part in children(tree):
        yield from _powers(part)


Outcome = tuple[dict[str, Any], Types]


def _merge(paths: Sequence[Path[Outcome]], facts: Facts) -> tuple[dict[str, Any], Types, tuple[Expr, ...]]:
    """One outcome for all ways through a rule, and the conditions under which none of them refuses."""
    if len(paths) == 1 and not paths[0].taken:
        if paths[0].outcome is None:
            raise RefusedError
        return (*paths[0].outcome, ())
    paths = [path for path in paths if not path.by_torch] or paths
    found, needs = _merged([(path.taken, path.outcome) for path in paths], facts)
    if found is None:
        raise RefusedError
    return (*found, tuple(needs))


Ways = Sequence[tuple[tuple[tuple[Expr, bool], ...], Outcome | None]]


def _merged(ways: Ways, facts: Facts) -> tuple[Outcome | None, list[Expr]]:
    if len(ways) == 1:
        return ways[0][1], []
    condition = ways[0][0][0][0]
    yes, no = ([(taken[1:], outcome) for taken, outcome in ways if taken[0][1] is side] for side in (True, False))
    if not yes or not no:
        return _merged(yes or no, facts.assuming(condition, bool(yes)))
    (left, needs), (right, others) = (
        _merged(side, facts.assuming(condition, truth)) for side, truth in ((yes, True), (no, False))
    )
    if left is None and right is None:
        return None, []
    if right is None:
        return left, [condition, *needs]
    if left is None:
        return right, [Unary("not", condition), *others]
    implied = [need for need in needs if need in others]
    implied += [Logic("or", Unary("not", condition), need) for need in needs if need not in implied]
    implied += [Logic("or", condition, need) for need in others if need not in implied]
    return _either(condition, left, right, facts), implied


def _either(condition: Expr, left: Outcome, right: Outcome, facts: Facts) -> Outcome:
    fields = {name: either(condition, left[0][name], right[0][name], facts) for name in left[0]}
    if len(left[1]) != len(right[1]):
        raise OpaqueError("gives another number of results")
    return fields, tuple(either_type(condition, a, b, facts) for a, b in zip(left[1], right[1], strict=True))


def either_type(condition: Expr, left: TensorType, right: TensorType, facts: Facts) -> TensorType:
    """The type of a tensor that is one of two. Raises `OpaqueError` where they differ in more than sizes."""
    if left.rank != right.rank or left.dtype != right.dtype or left.batched != right.batched:
        raise OpaqueError("gives tensors of another rank or dtype")
    sizes = (either(condition, a, b, facts) for a, b in zip(left.shape, right.shape, strict=True))
    return TensorType(tuple(sizes), left.dtype)


def either(condition: Expr, left: Any, right: Any, facts: Facts) -> Any:
    """A value that is one of two: where both are the same, or become it by the condition, that one."""
    if symbolic.is_list(left) and symbolic.is_list(right) and len(left) == len(right):
        return tuple(either(condition, a, b, facts) for a, b in zip(left, right, strict=True))
    if left is right or left is BATCH or right is BATCH or left is None:
        return left
    chosen = pick(condition, symbolic.formula(left), symbolic.formula(right), facts)
    return symbolic.size(chosen) if chosen is not None else symbolic.size(
        IfElse(condition, symbolic.formula(left), symbolic.formula(right))
    )  # fmt: skip


def pick(condition: Expr, left: Expr, right: Expr, facts: Facts) -> Expr | None:
    """The one of two formulas that is right whether a condition holds or not; None where neither is."""
    if left == right or facts.same(left, right):
        return left
    if facts.assuming(condition, False).same(left, right):
        return left
    return right if facts.assuming(condition).same(left, right) else None


def settled(tree: Expr, facts: Facts) -> Expr:
    """A formula without the cases that cannot be, or come to the same."""
    if not isinstance(tree, IfElse):
        return tree
    known = facts.decide(tree.test)
    if known is not None:
        return settled(tree.then if known else tree.other, facts)
    then, other = settled(tree.then, facts.assuming(tree.test)), settled(tree.other, facts.assuming(tree.test, False))
    found = pick(tree.test, then, other, facts)
    return IfElse(tree.test, then, other) if found is None else found


def way(facts: Facts, read: Callable[[], T]) -> T | Either[T]:
    """How an op reads in PyTorch, whatever its arguments."""

    def merged(ways: Sequence[Path[T]]) -> T | Either[T]:
        if len(ways) == 1:
            return cast("T", ways[0].outcome)  # reading refuses nothing
        condition = ways[0].taken[0][0]
        left, right = (
            merged([Path(way.taken[1:], way.outcome) for way in ways if way.taken[0][1] is side])
            for side in (True, False)
        )
        return left if left == right else Either(condition, left, right)

    return merged(explore(facts, read, syntactic=True))
