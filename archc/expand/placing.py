"""Putting what a step makes into the body: an op or a submodule, as an item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from archc import codes
from archc.expand.frame import Site
from archc.expand.leaf import evaluated, make_leaf
from archc.expand.names import take_name
from archc.expand.ports import bind_ports, given_ports, misnamed
from archc.expand.producers import with_producers
from archc.expand.run import Run
from archc.expand.scope import NOWHERE, Named, Value, lost
from archc.expand.unsure import is_sure
from archc.spec.model import OpCall, Step
from archc.tensor import TensorType
from archc.tree import Body, Item, Leaf, Src


def place_body(
    run: Run,
    step: Step,
    site: Site,
    name: str,
    body: Body | None,
    sources: Sequence[Value],
    ports: tuple[str, ...] = (),
) -> Named:
    """A body as a submodule; `ports` are the inputs that its sources feed, where these have names."""
    site.frame.use(sources)
    if body is None:
        return lost()
    take_name(run, step, site, name)
    types = tuple([output.type for output in body.outputs])
    at = site.frame.add(_item(step, site, name, body, sources, tuple(ports) or ("",) * len(sources), types), body.nodes)
    names = tuple([output.name for output in body.outputs]) if len(types) > 1 else ("",)
    return Named(_values(at, types), names, at)


def place_op(run: Run, step: Step, call: OpCall, site: Site, sources: Sequence[Value], name: str) -> Named:
    """An op, made of its arguments and inputs."""
    op = call.op
    named = given_ports(step, op.ports, len(sources)) if call.branches is None else ()
    ports, problem, help = bind_ports(op, named or ("",) * len(sources), len(sources))
    if problem:
        fixes = () if op.merges else misnamed(step, op.ports)
        run.report(codes.ARITY, f"`{op.name}` {problem}", step.where, help, fixes)
        return _with_fewer(step, call, site, sources) or lost(max(len(step.results), len(op.results)), op.results)
    if len(ports) > 1 and any(ports):
        order = sorted(range(len(ports)), key=lambda at: op.ports.index(ports[at]))
        sources, ports = [sources[at] for at in order], tuple(ports[at] for at in order)
    types = tuple([value.type for value in sources])
    if op.merges and not all(map(is_sure, types)):
        site.frame.doubtful = True
    given = evaluated(call.args, site.env)
    key = (op, repr(given[0]), types, ports)  # the text tells 1, 1.0 and true apart
    made = run.leaves.get(key) or run.leaves.get((id(step), key))
    if made is None:
        made = make_leaf(step, call, types, ports, given)
        run.leaves[key if made.leaf is not None else (id(step), key)] = made
        run.weigh(step, made.types)
        for finding in made.findings:
            run.add(with_producers(finding, run, site, sources, ports))
    results = _result_names(op.results, len(made.types))
    if made.leaf is None:
        return Named(tuple(Value(NOWHERE.src, type_) for type_ in made.types), results)
    if op.is_module:
        take_name(run, step, site, name)
    known = cast("tuple[TensorType, ...]", made.types)  # as they are of every op that could be made
    at = site.frame.add(_item(step, site, name, made.leaf, sources, ports, known), 1)
    return Named(_values(at, known), results, at)


def _with_fewer(step: Step, call: OpCall, site: Site, sources: Sequence[Value]) -> Named | None:
    """What an op gives that takes fewer inputs than it is given, or joins more; None where that cannot be told."""
    op, types = call.op, tuple(value.type for value in sources)
    if not op.merges and len(op.ports) >= len(sources):
        return None
    types = (*types, None) if op.merges else types[: len(op.ports)]
    ports = ("",) * len(types) if op.merges else op.ports
    made = make_leaf(step, call, types, ports, evaluated(call.args, site.env))
    return Named(tuple(Value(NOWHERE.src, type_) for type_ in made.types), _result_names(op.results, len(made.types)))


def _item(
    step: Step,
    site: Site,
    name: str,
    content: Leaf | Body,
    sources: Sequence[Value],
    ports: tuple[str, ...],
    types: tuple[TensorType, ...],
) -> Item:
    inputs = tuple([value.src for value in sources])
    return Item(step, site.outer or step, name, content, inputs, ports, types, None, site.turn, site.top)


def _values(at: int, types: Sequence[TensorType]) -> tuple[Value, ...]:
    """The results of the item at an index."""
    if len(types) == 1:
        return (Value(Src(at), types[0]),)
    return tuple([Value(Src(at, result), type_) for result, type_ in enumerate(types)])


def _result_names(names: tuple[str, ...], count: int) -> tuple[str, ...]:
    return names[:count] if len(names) >= count else ("",) * count
