"""Blocks: their arguments bound, their inputs put in order, and one body for all equal instances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archc import codes
from archc.diagnostics import Note
from archc.expand.again import can_serve_again, made_again
from archc.expand.frame import Site
from archc.expand.placing import place_body
from archc.expand.ports import given_ports, misnamed
from archc.expand.producers import shown
from archc.expand.run import Key, Run, Types
from archc.expand.scope import NOWHERE, Env, Named, Value, lost
from archc.expand.unsure import is_sure
from archc.expr import UNKNOWN
from archc.spec.arguments import Arg, Param
from archc.spec.model import Block, BlockCall, Step
from archc.spec.values import coerce, problem_with
from archc.suggest import hint, known
from archc.tensor import TensorType
from archc.tree import Body


def place_block(run: Run, step: Step, call: BlockCall, site: Site, sources: Sequence[Value], name: str) -> Named:
    """A block's instance as a submodule."""
    block = run.blocks.get(call.target)
    if block is None:  # its definition is faulty, which is already reported
        return lost(len(step.results))
    args = _bound(run, block, call, site.env)
    ordered = _in_order(run, step, block, call, sources)
    body = instance(run, step, block, args, tuple([value.type for value in ordered]))
    if body is None:
        results = tuple(output.name for output in block.outputs) or ("",)
        return lost(max(len(results), len(step.results)), results)
    return place_body(run, step, site, name, body, ordered, block.inputs)


def instance(run: Run, step: Step, block: Block, args: Mapping[str, object], types: Types) -> Body | None:
    """The body of a block for these arguments and inputs."""
    key = (id(block), tuple(args.values()), types)
    body = run.bodies.get(key)
    if body is not None or key in run.bodies:
        return body
    sure = tuple([type_ for type_ in types if type_ is not None and is_sure(type_)])
    body = _again(run, key, sure) if sure == types else None
    if body is None:
        faults, outside = run.faults, run.stack
        run.stack = (*outside, _use(step, block, args))
        body = run.block(block, args, types)
        run.stack = outside
        if body is not None and sure == types and faults == run.faults:
            run.samples[key[:2]] = body
    run.bodies[key] = body
    return body


def _again(run: Run, key: Key, types: tuple[TensorType, ...]) -> Body | None:
    """A body made after one with the same arguments; None where none can serve."""
    sample = run.samples.get(key[:2])
    if sample is None or not (sample.like or can_serve_again(sample, run.plain)):
        return None
    again = made_again(sample, types)
    if again is not None:
        run.samples[key[:2]] = again  # the next one has more in common with the last than with the first
    return again


def _use(step: Step, block: Block, args: Mapping[str, object]) -> Note:
    """What a finding within a block says of its use."""
    known = {name: value for name, value in args.items() if value is not UNKNOWN}
    told = ", ".join(f"{name}={shown(value)}" for name, value in known.items())[:80]
    return Note(f"in `{block.name}`" + (f" ({told})" if told else ""), step.where)


def _in_order(run: Run, step: Step, block: Block, call: BlockCall, sources: Sequence[Value]) -> list[Value]:
    """The tensors for a block's inputs, in the order of these; unknown ones, with findings, where they do not fit."""
    if len(sources) == 1 == len(block.inputs) and (not step.sources or not step.sources[0].port):
        return list(sources)
    given = given_ports(step, block.inputs, len(sources))
    ports = given if any(given) else block.inputs
    unknown = [port for port in ports if port not in block.inputs]
    for port in unknown:
        message, help = f"block `{block.name}` has no input `{port}`", hint(port, "inputs", block.inputs)
        run.report(codes.ARITY, message, step.where, help, misnamed(step, block.inputs))
    if not unknown and len(sources) != len(block.inputs):
        message = f"block `{call.target}` takes {len(block.inputs)} inputs, not {len(sources)}"
        run.report(codes.ARITY, message, step.where, known("inputs", block.inputs))
    found = dict(zip(ports, sources, strict=False))
    return [found.get(port, NOWHERE) for port in block.inputs]


def _bound(run: Run, block: Block, call: BlockCall, env: Env) -> dict[str, object]:
    """Every parameter of a block with its value, UNKNOWN where that is faulty."""
    given = dict(call.args)
    return {param.name: _bind(run, param, call, given.get(param.name), env) for param in block.params}


def _bind(run: Run, param: Param, call: BlockCall, arg: Arg | None, env: Env) -> object:
    if arg is None:
        return param.default
    value = run.evaluate(arg, env)
    if value is UNKNOWN:
        return UNKNOWN
    problem = problem_with(param, value)
    if problem:
        run.report(codes.BAD_ARGUMENT, f"parameter `{param.name}` of `{call.target}` {problem}", arg.where)
        return UNKNOWN
    return coerce(param, value)
