"""A network as a plain value: what makes it this one and no other, by the paths of its steps.

Two networks are equal when their descriptions are: the same inputs, ops with all arguments, wiring in the order of the
operands, outputs with their names, dtypes, keys of the `state_dict` in order, and rules of `init`. Docs, expectations,
targets, losses and the names of blocks, parameters and files are no part of a network; the order in which independent
steps stand is one only as far as the keys of the `state_dict` follow it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any, cast, get_args, get_origin

from archc import ops
from archc.dims import symbols
from archc.expand.scope import Env
from archc.expand.values import evaluate_arg
from archc.ops.base import Op, count
from archc.record import record
from archc.tensor import TensorType
from archc.tree import Body, Leaf
from archc.wiring import Node

if TYPE_CHECKING:
    from archc.network import Network

Value = bool | int | float | str | None | tuple["Value", ...]
"""An argument as JSON has it; a size that depends on the input's is its formula."""
Key = tuple[str, int]
"""A step by its path and how many have it before it (weights applied again); -1 for an input."""
Tensor = tuple[Key, int]
_IMPLIED = {"stride": "kernel_size"}
"""A pooling's stride is its kernel's size where nobody says."""
_ORDINAL = re.compile(r"_[0-9]+$")


@record
class Described:
    """A step: its op with all arguments, those that are inferred apart, and the tensors it takes, port by port."""

    op: str
    args: tuple[tuple[str, Value], ...]
    inferred: tuple[tuple[str, Value], ...]
    sources: tuple[Tensor, ...]
    ports: tuple[str, ...]
    params: tuple[tuple[str, int], ...]
    """The names of the parameters that it owns, with how many numbers each has."""
    text: str = field(compare=False)
    """The op with the arguments that are not the usual: `Conv2d(out_channels=8, kernel_size=3)`."""


@record
class Input:
    """A declared input; `sizes` are those of its symbols."""

    name: str
    type: TensorType
    sizes: tuple[tuple[str, int], ...]


@record
class Output:
    """A declared output."""

    name: str
    source: Tensor
    type: TensorType
    train_only: bool


@record
class Stored:
    """An entry of the `state_dict`."""

    key: str
    shape: tuple[int, ...]
    dtype: str
    buffer: bool


@record
class Description:
    """A whole network. `steps` are in the order they run, which equality leaves aside; `state` is in torch's order."""

    inputs: tuple[Input, ...]
    steps: Mapping[Key, Described]
    outputs: tuple[Output, ...]
    state: tuple[Stored, ...]
    init: Mapping[str, str]
    """The rule that holds for a parameter, by its key, where one does."""


def describe(network: Network) -> Description:
    """The description of a checked network."""
    wiring, sizes = network.wiring, network.settled.sizes
    keys, steps = _keys(wiring.nodes), dict[Key, Described]()
    fed: dict[Node, dict[int, Tensor]] = {}
    for (source, node), ports in wiring.edges.items():
        fed.setdefault(node, {}).update({port: (keys[source], result) for result, port in ports})
    for node in wiring.nodes:
        if node.op is not None:
            sources = fed.get(node, {})
            steps[keys[node]] = _described(node, tuple(sources[port] for port in sorted(sources)))
    outputs = tuple(Output(o.name, (keys[o.node], o.at), o.type, o.train_only) for o in wiring.outputs)
    owners = [node for node in wiring.nodes if node.op is not None and not node.reused]
    return Description(
        tuple(_input(node, sizes) for node in wiring.inputs), steps, outputs, state_of(owners), _init(network, owners)
    )


def _keys(nodes: tuple[Node, ...]) -> Mapping[Node, Key]:
    seen: Counter[str] = Counter()
    keys: dict[Node, Key] = {}
    for node in nodes:
        if node.op is None:
            keys[node] = (node.path, -1)
            continue
        keys[node] = (node.path, seen[node.path])
        seen[node.path] += 1
    return keys


def _input(node: Node, sizes: Mapping[str, int]) -> Input:
    (type_,) = node.outputs
    names = sorted({name for size in type_.sample for name in symbols(size)})
    return Input(node.path, type_, tuple((name, sizes[name]) for name in names))


def _described(node: Node, sources: tuple[Tensor, ...]) -> Described:
    op = node.op
    assert op is not None
    inferred = _inferred(type(op))
    args = arguments(op)
    params = tuple((w.name, count(w.shape)) for w in op.weights() if not w.buffer and not node.reused)
    return Described(
        op.name,
        args,
        tuple((name, _value(op, name)) for name in sorted(inferred)),
        sources,
        node.ports,
        params,
        _text(op, args),
    )


def arguments(op: Op) -> tuple[tuple[str, Value], ...]:
    """What an op was asked for: all its arguments but those that are inferred."""
    inferred = _inferred(type(op))
    return tuple((name, _value(op, name)) for name in type(op).model_fields if name not in inferred)


def _text(op: Op, args: Iterable[tuple[str, Value]]) -> str:
    fields = type(op).model_fields
    said = [
        f"{name}={value_text(value)}"
        for name, value in args
        if getattr(op, name) != fields[name].get_default(call_default_factory=True)
    ]
    return f"{op.name}({', '.join(said)})" if said else op.name


def value_text(value: Value) -> str:
    """An argument as text: `3`, `(3, 5)`, `none`."""
    match value:
        case bool() | None:
            return str(value).lower()
        case tuple():
            return f"({', '.join(map(value_text, value))})"
        case _:
            return str(value)


@cache
def _inferred(op: type[Op]) -> frozenset[str]:
    return frozenset(op.inferred_fields())


def _value(op: Op, name: str) -> Value:
    """An argument in one form, however it was written: what another one implies is that, `(3, 3)` for a kernel is 3."""
    value: Any = getattr(op, name)
    if value is None:
        value = getattr(op, {**_IMPLIED, **op.implied}.get(name, name), None)
    found = plain(value)
    alike = isinstance(found, tuple) and len(set(found)) == 1 and _is_number_for_each(type(op), name, len(found))
    return found[0] if isinstance(found, tuple) and alike else found


@cache
def _is_number_for_each(op: type[Op], name: str, count: int) -> bool:
    """Whether an argument is a number, or one for each of so many dimensions (of a norm's shape, of one)."""
    kinds = get_args(op.model_fields[name].annotation)
    if name in _inferred(op):
        return count == 1
    return any(get_origin(kind) is tuple and Ellipsis not in get_args(kind) for kind in kinds)


def plain(value: object) -> Value:
    """A value as JSON has it."""
    match value:
        case tuple() | list():
            return tuple(plain(each) for each in cast("Sequence[object]", value))
        case float() if value - value != 0:  # no number that JSON has
            return str(value)
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def skeletons(body: Body, prefix: str = "") -> Iterator[str]:
    """The paths of steps, in the order they run, without the numbers that stand for their places.

    A path that is its own skeleton was given by the author, name by name.
    """
    for item in body.items:
        parts = ["#" if part.isdigit() else part for part in item.name.split(".")]
        if item.step.name is None:
            parts = [f"{_ORDINAL.sub('', part)}#".replace("##", "#") for part in parts]
        path = prefix + ".".join(parts)
        if isinstance(item.content, Leaf):
            yield path
        else:
            yield from skeletons(item.content, f"{path}.")


class _Module:
    """What a module registers, in order."""

    def __init__(self) -> None:
        self.own: list[Stored] = []
        self.inner: dict[str, _Module] = {}


def state_of(owners: list[Node]) -> tuple[Stored, ...]:
    """The entries of the `state_dict` in torch's order: of each module its parameters, its buffers, its submodules."""
    root = _Module()
    for node in owners:
        assert node.op is not None
        path = node.path.split(".")
        for weight in node.op.weights():
            if weight.persistent:
                names = path if weight.name else path[:-1]
                key = f"{node.path}.{weight.name}".rstrip(".")
                module = _module(root, names)
                module.own.append(Stored(key, weight.shape, weight.dtype, weight.buffer))
        if node.op.is_module and not node.op.is_source:
            _module(root, path)
    return tuple(_stored(root))


def _module(root: _Module, names: list[str]) -> _Module:
    for name in names:
        root = root.inner.setdefault(name, _Module())
    return root


def _stored(module: _Module) -> Iterator[Stored]:
    yield from (each for each in module.own if not each.buffer)
    yield from (each for each in module.own if each.buffer)
    for inner in module.inner.values():
        yield from _stored(inner)


def _init(network: Network, owners: list[Node]) -> Mapping[str, str]:
    """What the last rule that fits a parameter makes of it, by the parameter's key."""
    names = [
        (node.op.name, weight.name, f"{node.path}.{weight.name}".rstrip("."))
        for node in (owners if network.spec.init else ())
        if node.op is not None
        for weight in node.op.weights()
        if not weight.buffer
    ]
    env, found = Env(network.settled.values), dict[str, str]()
    for rule in network.spec.init:
        args = ", ".join(f"{name}={evaluate_arg(arg, env)}" for name, arg in sorted(rule.args))
        told = f"{rule.function}({args})" if args else rule.function
        owner, _, weight = rule.pattern.rpartition(".")
        op = ops.find(owner) if owner else None
        if op is not None and op.is_module:
            found.update({key: told for kind, name, key in names if (kind, name) == (owner, weight)})
        else:
            found.update({key: told for _, _, key in names if fnmatchcase(key, rule.pattern)})
    return found
