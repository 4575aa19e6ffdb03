"""Reading `blocks`: the definitions of a file."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from archc import codes, ops
from archc.diagnostics import Route
from archc.record import record
from archc.spec.context import Context, Header
from archc.spec.data import is_list, is_mapping, keys_of, kind
from archc.spec.inputs import read_outputs
from archc.spec.lets import read_lets, settled
from archc.spec.model import STRUCTURE, Block, Scope
from archc.spec.params import read_params
from archc.spec.references import check_references
from archc.spec.stand_in import INPUT, check_stand_ins
from archc.spec.steps import read_chain


class BlockModel(BaseModel):
    """A block's definition."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    params: Any = None
    let: Any = None
    inputs: list[str] = Field(default_factory=lambda: ["input"], min_length=1)
    outputs: Any = None
    steps: Any
    doc: str = ""
    cite: str = ""


@record
class Declared:
    """A block of which all is read that its callers must know, but not its steps."""

    name: str
    model: BlockModel
    header: Header
    ctx: Context
    """What its steps see, the blocks of its file excepted."""


def declare_blocks(ctx: Context, value: object) -> tuple[Declared, ...]:
    """The heads of all blocks: steps may use a block that stands later in the file."""
    return tuple(_declare(ctx, name, model) for name, model in _models(ctx, value))


def _models(ctx: Context, value: object) -> Iterator[tuple[str, BlockModel]]:
    for name, raw in ctx.mapping(value, "`blocks`", ("blocks",)).items():
        at = ctx.where(("blocks", name), on_key=True)
        if not ctx.check_name(name, at, "block"):
            continue
        if name in STRUCTURE or ops.find(name) is not None:
            message = f"block `{name}` would hide the op of that name"
            ctx.report(codes.DUPLICATE_NAME, message, at, "call it something else")
            continue
        model = ctx.validate(BlockModel, raw, ("blocks", name), f"block `{name}`")
        if model is not None:
            yield name, model


def _declare(ctx: Context, name: str, model: BlockModel) -> Declared:
    params = read_params(ctx, model.params, ("blocks", name, "params"))
    for param in params:
        if param.name in ctx.names:
            message = f"parameter `{param.name}` hides the file's own `{param.name}`"
            ctx.report(codes.DUPLICATE_NAME, message, param.where, "rename one of them")
    inner = replace(ctx, params={**ctx.params, **{param.name: param for param in params}})
    inner = inner.bind([*keys_of(model.params), "input"])
    return Declared(name, model, Header(params, tuple(model.inputs)), inner)


def read_block(file: Context, declared: Declared, scope: Scope) -> Block | None:
    """The whole of a block, `file` knowing all blocks; None, with findings, where its steps cannot be read."""
    name, model, header = declared.name, declared.model, declared.header
    ctx, route = replace(declared.ctx, headers=file.headers, lost=file.lost, whole=set()), ("blocks", name)
    for at, port in enumerate(model.inputs):
        ctx.check_name(port, ctx.where((*route, "inputs", at)), "input")
    ctx = replace(ctx, tensors=ChainMap(dict.fromkeys((*model.inputs, "input"))))
    lets, ctx = read_lets(ctx, model.let, (*route, "let"))
    steps, at, numbered = _steps(model.steps, (*route, "steps"))
    if not is_list(steps):
        ctx.report(codes.STEP_FORM, f"`steps` is a list of steps, not {kind(steps)}", ctx.where(at))
        return None
    chain = read_chain(ctx, steps, at)
    outputs = read_outputs(ctx, model.outputs, (*route, "outputs"))
    if chain is None:
        return None
    check_references(ctx, chain, outputs, (*header.inputs, "input"))
    check_stand_ins(ctx, chain, INPUT.union(header.inputs[:1]))
    where = ctx.where(route, on_key=True)
    lets = settled(ctx, lets)
    file.whole.update(ctx.whole)
    return Block(
        name, header.params, lets, header.inputs, outputs, chain, where, scope, model.doc, model.cite, numbered
    )


def _steps(value: object, route: Route) -> tuple[object, Route, bool]:
    """A block's steps with their place, and whether the block is itself a Sequential: `steps: {Sequential: [...]}`."""
    if is_mapping(value) and list(value) == ["Sequential"]:
        return value["Sequential"], (*route, "Sequential"), True
    return value, route, False
