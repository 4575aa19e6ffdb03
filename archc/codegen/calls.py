"""Translating calls: of ops, of blocks, and of earlier modules again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archc.codegen import ir
from archc.codegen.binding import Env, bind
from archc.codegen.facts import Facts
from archc.codegen.groups import call_branch, make_instance
from archc.codegen.ir import Tensor
from archc.codegen.ops import Made, RefusedError, applied_again, make_op, way
from archc.codegen.outcomes import results_of
from archc.codegen.places import make, place_of, take_place
from archc.codegen.sites import Instance, Named, Site, UntranslatableError
from archc.codegen.symbolic import OpaqueError
from archc.expand.ports import bind_ports, given_ports
from archc.expr import Expr
from archc.ops.base import Inputs
from archc.ops.state import Buffer, Parameter
from archc.spec.model import BlockCall, OpCall, Reuse, Step
from archc.spec.walk import formulas_of

if TYPE_CHECKING:
    from archc.codegen.chains import Builder


def call_op(builder: Builder, step: Step, call: OpCall, site: Site, fed: Sequence[Tensor]) -> Named:
    """Apply an op, by a module where it is one."""
    if call.branches is not None:
        fed = [call_branch(builder, step, branch, site, fed[0]) for branch in call.branches]
    op = call.op
    given = given_ports(step, op.ports, len(fed)) if call.branches is None else ()
    ports, problem, _ = bind_ports(op, given or ("",) * len(fed), len(fed))
    if problem:
        raise RefusedError(problem)
    if len(ports) > 1 and any(ports):
        order = sorted(range(len(ports)), key=lambda at: op.ports.index(ports[at]))
        fed, ports = [fed[at] for at in order], tuple(ports[at] for at in order)
    made = _made_op(builder, step, call, site.env, fed, ports)
    results = results_of(builder, step, made.types, step.plain_name, by_function=not op.is_module)
    names = op.results[: len(results)] if len(op.results) >= len(results) else ("",) * len(results)
    if site.children:
        node = made.node if op.is_module else way(Facts(), made.op.as_torch)
        make(builder, place_of(builder, step, site), ir.OpMaker(made.op, node, wrapped=not op.is_module), step)
        return Named(results, names)
    place, node, instance = None, made.node, None
    if op.is_module:
        place, node = place_of(builder, step, site), made.call
        if isinstance(made.op, (Parameter, Buffer)):
            builder.statements.append(ir.MakeTensor(place.plain or "", made.op))
        else:
            instance = Instance(place, ir.OpMaker(made.op, made.node), made)
            make(builder, place, instance.maker, step)
    elif site.top:
        take_place(builder)
    builder.actions.append(ir.Call(tuple(fed), ports, results, node, made.op, place, made.pattern, step.doc))
    return Named(results, names, instance)


def _made_op(
    builder: Builder, step: Step, call: OpCall, env: Env, fed: Sequence[Tensor], ports: tuple[str, ...]
) -> Made:
    inputs = Inputs(tuple(tensor.type for tensor in fed), ports)
    builder.divide(_formulas(call, env))
    try:
        made = make_op(call.op, call.args, env, inputs, builder.facts, len(step.results) or None)
    except OpaqueError as error:
        asked = tuple(map(builder.facts.canonical, error.formulas)) or tuple(_formulas(call, env))
        raise UntranslatableError(f"`{call.op.name}` {error}", *asked) from error
    for need in made.needs:
        builder.need(need, call.op.name)
    return made


def call_block(builder: Builder, step: Step, call: BlockCall, site: Site, fed: Sequence[Tensor]) -> Named:
    """Call an instance of the class of a block."""
    block = builder.unit.scope.blocks[call.target]
    given = given_ports(step, block.inputs, len(fed))
    ports = given if any(given) and len(block.inputs) > 1 else block.inputs
    if len(fed) != len(block.inputs) or set(ports) - set(block.inputs):
        raise RefusedError("other inputs")
    ordered = [dict(zip(ports, fed, strict=False))[port] for port in block.inputs]
    builder.divide(_formulas(call, site.env))
    maker = builder.translator.instance(builder, block, call, site.env, ordered)
    place = place_of(builder, step, site)
    types = make_instance(builder, place, maker, step)
    results = results_of(builder, step, types, step.plain_name, by_function=False)
    names = tuple(output.name for output in maker.unit.outputs) if len(types) > 1 else ("",)
    if len(types) > 1 and not step.results:
        for result, port in zip(results, names, strict=True):
            result.name = port
    builder.call(step, site, place, ordered, results)
    return Named(results, names, Instance(place, maker))


def call_again(builder: Builder, step: Step, action: Reuse, site: Site, fed: Sequence[Tensor]) -> Named:
    """`reuse`: an earlier module on other inputs."""
    found = site.names.get(action.name)
    instance = found.instance
    assert instance is not None
    maker, place = instance.maker, instance.place
    if isinstance(maker, ir.OpMaker) and instance.made is not None:
        types, needs = applied_again(instance.made, Inputs(tuple(tensor.type for tensor in fed), ()), builder.facts)
        for need in needs:
            builder.need(need, "reuse")
        results = results_of(builder, step, types, step.plain_name, by_function=False)
        first = instance.made
        call = ir.Call(tuple(fed), (), results, first.call, first.op, place, first.pattern, step.doc)
        builder.actions.append(call)
        return Named(results, found.ports, instance)
    types = tuple(value.type for value in found.values)
    if isinstance(maker, ir.UnitMaker):
        types = builder.translator.applied(builder, maker, fed, types)
    results = results_of(builder, step, types, step.plain_name, by_function=False)
    builder.call(step, site, place, fed, results)
    return Named(results, found.ports, instance)


def _formulas(call: OpCall | BlockCall, env: Env) -> Iterator[Expr]:
    for _, arg in call.args:
        yield from (bind(each, env) for each in formulas_of(arg))
