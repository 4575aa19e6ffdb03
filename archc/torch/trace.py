"""Which classes a network needs: every block it uses, with all its instances, expanded once more with formulas.

The source is one class per block definition, its parameters the constructor's arguments. So each distinct instance is
expanded again with its arguments and input channels carrying formulas (`labels`), which say how every inferred number
follows from the constructor's arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from archc import expr
from archc.expand.expander import Builder
from archc.expand.settings import Settled
from archc.labels import Labelled, label_of
from archc.spec.model import Block, BlockCall, Chain, OpCall, Param, Spec
from archc.spec.walk import chains_in, names_in_step
from archc.tensor import TensorType
from archc.torch.values import is_tuple, plain
from archc.tree import Body, Bound


@dataclass(frozen=True, slots=True)
class Instance:
    """One distinct use of a block: its traced body, and the values of all that its constructor could be given."""

    body: Body
    env: Mapping[str, object]
    """By name: the block's parameters, sizes of its inputs (`in_channels`), and its lets."""
    lets: Mapping[str, expr.Expr]
    """The formulas of those lets that depend on them."""


def blocks_used(body: Body) -> dict[Block, list[Body]]:
    """The distinct instances of each block in a network, in the order they are met."""
    found: dict[Block, list[Body]] = {}
    seen: set[int] = set()

    def visit(current: Body) -> None:
        if id(current) in seen:
            return
        seen.add(id(current))
        if isinstance(current.definition, Block):
            found.setdefault(current.definition, []).append(current)
        for item in current.items:
            if isinstance(item.content, Body):
                visit(item.content)

    visit(body)
    return found


def blocks_within(body: Body) -> Iterator[Block]:
    """The blocks that a body's own class constructs, those within its groups too."""
    for item in body.items:
        if not isinstance(item.content, Body):
            continue
        if isinstance(item.content.definition, Block):
            yield item.content.definition
        else:
            yield from blocks_within(item.content)


def trace_block(spec: Spec, settled: Settled, block: Block, bodies: list[Body]) -> list[Instance]:
    """Distinct instances of a block, expanded with formulas."""
    traced: dict[tuple[object, ...], Instance] = {}
    for body in bodies:
        values = tuple(bound.value for bound in body.args.values())
        sizes = tuple(tuple(d for d in t.shape if isinstance(d, int)) for t in body.inputs)
        key = (values, sizes, body.inputs)
        if key not in traced:
            traced[key] = _trace(spec, settled, block, body)
    return list(traced.values())


def _trace(spec: Spec, settled: Settled, block: Block, body: Body) -> Instance:
    own = {param.name for param in block.params}
    free = {name: plain(bound.value) for name, bound in body.args.items() if name not in own}
    builder = Builder(spec, replace(settled, values={**settled.values, **free}), traced=True)
    builder.free = {name: Bound(_network_value(value, name), expr.Name(name)) for name, value in free.items()}
    env: dict[str, object] = dict(free)
    args: dict[str, Bound] = {}
    for param in block.params:
        value = plain(body.args[param.name].value)
        env[param.name] = value
        args[param.name] = _bound(param, value)
    inputs = tuple(_labelled_type(t, at, block, env) for at, t in enumerate(body.inputs))
    again = builder.block(block, args, inputs, root=True)
    assert again is not None, "a block that was expanded once can be expanded again"
    lets = {name: plain(builder.let_values[name]) for name in builder.let_labels}
    return Instance(again, {**env, **lets}, builder.let_labels)


def _bound(param: Param, value: object) -> Bound:
    name = expr.Name(param.name)
    if isinstance(value, bool) or value is None or isinstance(value, (float, str)):
        return Bound(value, name)
    if isinstance(value, int):
        return Bound(Labelled(value, name), name)
    if is_tuple(value) and param.type.startswith("list["):
        return Bound(tuple(_item(name, at, item) for at, item in enumerate(value)), name)
    return Bound(value)


def _item(name: expr.Name, at: int, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return Labelled(value, expr.Index(name, expr.number(at)))


def _labelled_type(type_: TensorType, at: int, block: Block, env: dict[str, object]) -> TensorType:
    """The type with its fixed sizes named: channels of images, channels and features of sequences and vectors."""
    shape = list(type_.shape)
    for dim, stem in input_sizes(block, type_.rank):
        size = shape[dim]
        if isinstance(size, int):
            name = size_name(stem, at, block)
            env[name] = plain(size)
            shape[dim] = Labelled(size, expr.Name(name))
    return TensorType(tuple(shape), type_.dtype)


def input_sizes(block: Block, rank: int) -> tuple[tuple[int, str], ...]:
    """Which dimensions of an input a constructor may need, and what they are called."""
    if rank < 2:
        return ()
    if rank == 2:
        return ((1, "in_features"),)
    if rank > 3 or _convolves(block.chain, block):
        return ((1, "in_channels"),)
    return ((1, "in_length"), (2, "in_features"))


def _convolves(chain: Chain, block: Block) -> bool:
    """Whether there is a convolution in a block or in those that it uses: then a sequence is (N, channels, length)."""
    for step in chain.steps:
        if isinstance(step.action, OpCall) and step.action.op.family == "conv":
            return True
        inner = block.scope.blocks.get(step.action.target) if isinstance(step.action, BlockCall) else None
        if inner is not None and _convolves(inner.chain, inner):
            return True
        if any(_convolves(part, block) for part in chains_in(step)):
            return True
    return False


def size_name(stem: str, at: int, block: Block) -> str:
    """The constructor argument for a size of input `at`: `in_channels`, or `skip_channels` for a further input."""
    taken = {param.name for param in block.params}
    name = stem if at == 0 else f"{block.inputs[at]}_{stem.removeprefix('in_')}"
    while name in taken:
        name = f"input_{name}"
    return name


def own_parameters(spec: Spec) -> set[str]:
    """The names that the network's own steps use, outside all blocks."""
    return {name for step in (spec.chain.steps if spec.chain else ()) for name in names_in_step(step)}


def output_names(body: Body) -> set[str]:
    """The parameters that size a network's outputs, such as its number of classes.

    Only these are handed down into blocks: a block's own width or groups belong to the architecture.
    """
    labels = [label_of(size) for output in body.outputs for size in output.type.shape]
    return {name for label in labels if label is not None for name in expr.names(label)}


def free_parameters(spec: Spec) -> Iterator[Param]:
    """The file's whole-number parameters that steps use: these may become arguments of the network's constructor."""
    chains = [block.chain for block in spec.scope.blocks.values() if block.scope is spec.scope]
    used = {
        name
        for chain in [*chains, *([spec.chain] if spec.chain else [])]
        for step in chain.steps
        for name in names_in_step(step)
    }
    through_lets = {name for _, formula in spec.scope.lets for name in expr.names(formula.expr)}
    for param in spec.scope.params:
        if param.type == "int" and param.name in used and param.name not in through_lets:
            yield param


def trace_network(spec: Spec, settled: Settled, names: tuple[str, ...]) -> Instance | None:
    """The network expanded with formulas for the parameters `names`; None where it cannot be."""
    from archc.expand.expander import expand

    labelled = {name: _network_value(settled.values[name], name) for name in names}
    body = expand(spec, settled, traced=labelled).body
    return None if body is None else Instance(body, {name: settled.values[name] for name in names}, {})


def trace_probes(spec: Spec, settled: Settled, names: tuple[str, ...]) -> list[Instance]:
    """The same with other values of each parameter and of all, which prove what the formulas say.

    A parameter that changes the graph, or anything that has no formula in terms of it, gives a different class then. An
    empty list where the network cannot be made so.
    """
    far_off = {**settled.values, **{name: far(settled.values[name]) for name in names}}
    nearby = [{**settled.values, name: other(settled.values[name])} for name in names] if len(names) > 1 else []
    found = [trace_network(spec, replace(settled, values=given), names) for given in (*nearby, far_off)]
    made = [instance for instance in found if instance is not None]
    return made if len(made) == len(found) else []


def _network_value(value: object, name: str) -> object:
    return Labelled(value, expr.Name(name)) if isinstance(value, int) else value


def far(value: object) -> object:
    """A value further off: what rounds to the same size next door does not here."""
    assert isinstance(value, int)
    return 2 * value + 3


def other(value: object) -> object:
    """Another value of a whole-number parameter."""
    assert isinstance(value, int)
    return value + 1
