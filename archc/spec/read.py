"""Reading a whole file: text to `Spec`, with every finding on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from archc import codes, ops
from archc.diagnostics import Diagnostic, Route
from archc.document import Document
from archc.spec import extras
from archc.spec.args import read_formula
from archc.spec.context import Context, Header, kind, quote
from archc.spec.inputs import read_inputs
from archc.spec.model import Block, Chain, Formula, OutputDecl, Scope, Spec, SymbolDecl
from archc.spec.params import check_name, read_params
from archc.spec.references import check_references
from archc.spec.steps import read_chain
from archc.spec.use import Library, read_uses, written_uses

FORMAT = 1
"""The format version that this archc reads."""


class FileModel(BaseModel):
    """The top level of a file; what is inside each key is read by its own reader."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    archc: Any
    name: str
    title: str = ""
    cite: str = ""
    doc: str = ""
    use: Any = None
    params: Any = None
    variants: Any = None
    let: Any = None
    inputs: Any = None
    blocks: Any = None
    steps: Any = None
    outputs: Any = None
    targets: Any = None
    loss: Any = None
    init: Any = None
    check: Any = None


class BlockModel(BaseModel):
    """A block's definition."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    params: Any = None
    let: Any = None
    inputs: list[str] = Field(default_factory=lambda: ["input"])
    outputs: Any = None
    steps: Any
    doc: str = ""
    cite: str = ""


def read_spec(document: Document, library: Library) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    """The spec that a document holds, as far as it can be read, and everything wrong with it."""
    findings = list(document.diagnostics)
    ctx = Context(document.file, findings)
    spec = _read_file(ctx, document.data, library) if document.data is not None else None
    told = {document.place(finding.where) for finding in document.diagnostics}
    found = (f for f in findings[len(document.diagnostics) :] if not told or document.place(f.where) not in told)
    return spec, (*document.diagnostics, *found)


def _read_file(ctx: Context, data: object, library: Library) -> Spec | None:
    if not _version_is_ours(ctx, data):
        return None
    model = ctx.validate(FileModel, data, (), "the spec")
    if model is None:
        # read on with what is there: a misspelt key must not hide the other faults
        model = _salvage(data)
        if model is None:
            return None
    check_name(ctx, model.name, ctx.where(("name",)), "spec")
    params = read_params(ctx, model.params, ("params",))
    used, lost = read_uses(ctx, model.use, library)
    ctx = replace(ctx, params={p.name: p for p in params}, names=frozenset(_declared(model.params)) | frozenset(p.name for p in params))
    lets, ctx = read_lets(ctx, model.let, ("let",))
    blocks: dict[str, Block] = dict(used)
    scope = Scope(ctx.file, params, lets, blocks)
    headers = {name: Header(b.params, b.inputs) for name, b in used.items()}
    models = _block_models(ctx, model.blocks)
    ctx = replace(ctx, lost=lost | frozenset(_declared(model.blocks)) - models.keys())
    contexts = {name: _block_context(ctx, name, m) for name, m in models.items()}
    headers.update({name: header for name, (_, header) in contexts.items()})
    for name, block_model in models.items():
        block = _read_block(replace(contexts[name][0], headers=headers), name, block_model, contexts[name][1], scope)
        if block is not None:
            blocks[name] = block
    inputs = read_inputs(ctx, model.inputs, ("inputs",))
    symbols = frozenset(d.name for i in inputs for d in i.dims if isinstance(d, SymbolDecl))
    ctx = replace(ctx, headers=headers, symbols=symbols).bind(["input"] if len(inputs) == 1 else [])
    chain = _network(ctx, model, inputs)
    outputs = read_outputs(ctx, model.outputs, ("outputs",))
    names = tuple(i.name for i in inputs)
    if chain is not None:
        check_references(ctx, chain, outputs, names if len(names) > 1 else (*names, "input"))
    extras.check_recursion(ctx, blocks)
    return Spec(
        ctx.file, model.name, model.title or model.name, model.cite, model.doc, scope,
        extras.read_variants(ctx, model.variants), inputs, chain, outputs, extras.read_targets(ctx, model.targets),
        extras.read_losses(ctx, model.loss), extras.read_init(ctx, model.init), extras.read_checks(ctx, model.check, _declared(model.variants)),
        written_uses(model.use),
    )  # fmt: skip


def _network(ctx: Context, model: FileModel, inputs: tuple[Any, ...]) -> Chain | None:
    misspelt = any(found.code == codes.UNKNOWN_KEY and len(found.where.route) == 1 for found in ctx.findings)
    if model.steps is None:
        if model.blocks is None and not misspelt:
            ctx.report(codes.MISSING_KEY, "the spec lacks `steps`", ctx.where(()), "a network has `inputs` and `steps`, a library of blocks has `blocks`")
        return None
    if not inputs and model.inputs is None and not misspelt:
        ctx.report(codes.MISSING_KEY, "the spec lacks `inputs`", ctx.where(()), "for example `inputs: {image: [3, H=224, W=224]}`")
    if not isinstance(model.steps, list):
        ctx.report(codes.STEP_FORM, f"`steps` is a list of steps, not {kind(model.steps)}", ctx.where(("steps",)))
        return None
    if not model.steps:
        ctx.report(codes.STEP_FORM, "`steps` is empty", ctx.where(("steps",)), "a network has at least one step")
        return None
    return read_chain(ctx, model.steps, ("steps",))


def _version_is_ours(ctx: Context, data: object) -> bool:
    if not isinstance(data, dict):
        ctx.report(codes.WRONG_TYPE, f"a spec is a mapping, not {kind(data)}", ctx.where(()))
        return False
    if "archc" not in data:
        ctx.report(codes.VERSION, "the spec does not say which format it is in", ctx.where(()), f"begin it with `archc: {FORMAT}`")
        return False
    version: object = data["archc"]
    if version == FORMAT and not isinstance(version, bool):
        return True
    newer = isinstance(version, (int, float)) and version > FORMAT
    help = "upgrade archc: `pip install --upgrade archc`" if newer else f"write `archc: {FORMAT}`"
    ctx.report(codes.VERSION, f"format {quote(version)} is not one that this archc reads (it reads {FORMAT})", ctx.where(("archc",)), help)
    return False


def _salvage(data: object) -> FileModel | None:
    known = {k: v for k, v in data.items() if k in FileModel.model_fields} if isinstance(data, dict) else {}
    texts = {k: v if isinstance(v, str) else "unnamed" for k, v in known.items() if k in {"name", "title", "cite", "doc"}}
    return FileModel.model_validate({"name": "unnamed", **known, **texts})


def _declared(raw: object) -> list[str]:
    """All names a `params` mapping tries to declare: one that is faulty must not make its uses faulty too."""
    return [str(name) for name in raw] if isinstance(raw, dict) else []


def read_lets(ctx: Context, value: object, route: Route) -> tuple[tuple[tuple[str, Formula], ...], Context]:
    """Named expressions, each seeing those before it; and the context with their names bound."""
    if value is None:
        return (), ctx
    if not isinstance(value, dict):
        ctx.report(codes.WRONG_TYPE, f"`let` must be a mapping, not {kind(value)}", ctx.where(route))
        return (), ctx
    lets: list[tuple[str, Formula]] = []
    for name, raw in value.items():
        at = (*route, name)
        if not check_name(ctx, name, ctx.where(at, on_key=True), "let"):
            continue
        if name in ctx.names:
            ctx.report(codes.DUPLICATE_NAME, f"`{name}` already means something here", ctx.where(at, on_key=True))
            continue
        formula = read_formula(ctx, raw, ctx.where(at), f"`{name}`")
        ctx = ctx.bind([name])
        if formula is not None:
            lets.append((name, formula))
    return tuple(lets), ctx


def _block_models(ctx: Context, value: object) -> Mapping[str, BlockModel]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        ctx.report(codes.WRONG_TYPE, f"`blocks` must be a mapping, not {kind(value)}", ctx.where(("blocks",)))
        return {}
    models: dict[str, BlockModel] = {}
    for name, raw in value.items():
        at = ctx.where(("blocks", name), on_key=True)
        if not check_name(ctx, name, at, "block"):
            continue
        if name in {"Sequential", "side", "chain", "reuse"} or ops.find(name) is not None:
            ctx.report(codes.DUPLICATE_NAME, f"block `{name}` would hide the op of that name", at, "call it something else")
            continue
        model = ctx.validate(BlockModel, raw, ("blocks", name), f"block `{name}`")
        if model is not None:
            models[name] = model
    return models


def _block_context(ctx: Context, name: str, model: BlockModel) -> tuple[Context, Header]:
    params = read_params(ctx, model.params, ("blocks", name, "params"))
    for param in params:
        if param.name in ctx.names:
            ctx.report(codes.DUPLICATE_NAME, f"parameter `{param.name}` hides the file's own `{param.name}`", param.where, "rename one of them")
    inner = replace(ctx, params={**ctx.params, **{p.name: p for p in params}})
    return inner.bind([*_declared(model.params), "input"]), Header(params, tuple(model.inputs))


def _read_block(ctx: Context, name: str, model: BlockModel, header: Header, scope: Scope) -> Block | None:
    route = ("blocks", name)
    for at, port in enumerate(model.inputs):
        check_name(ctx, port, ctx.where((*route, "inputs", at)), "input")
    lets, ctx = read_lets(ctx, model.let, (*route, "let"))
    steps, at, numbered = _block_steps(model.steps, (*route, "steps"))
    if not isinstance(steps, list):
        ctx.report(codes.STEP_FORM, f"`steps` is a list of steps, not {kind(steps)}", ctx.where(at))
        return None
    chain = read_chain(ctx, steps, at)
    outputs = read_outputs(ctx, model.outputs, (*route, "outputs"))
    if chain is None:
        return None
    names = header.inputs if "input" in header.inputs else (*header.inputs, "input")
    check_references(ctx, chain, outputs, names)
    return Block(name, header.params, lets, header.inputs, outputs, chain, ctx.where(route, on_key=True), scope, model.doc, model.cite, numbered)


def _block_steps(value: object, route: Route) -> tuple[object, Route, bool]:
    """A block's steps with their place, and whether `steps: {Sequential: [...]}` makes the block itself a Sequential."""
    if isinstance(value, dict) and list(value) == ["Sequential"]:
        return value["Sequential"], (*route, "Sequential"), True
    return value, route, False


class OutputModel(BaseModel):
    """The long form of an output."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, populate_by_name=True)

    source: str = Field(alias="from")
    only: str | None = None


def read_outputs(ctx: Context, value: object, route: Route) -> tuple[OutputDecl, ...]:
    """The declared outputs: names of steps, or `{from: name, only: train}`."""
    if value is None:
        return ()
    if not isinstance(value, dict) or not value:
        ctx.report(codes.WRONG_TYPE, "`outputs` is a mapping such as `{logits: fc}`", ctx.where(route))
        return ()
    found: list[OutputDecl] = []
    for name, raw in value.items():
        where = ctx.where((*route, name))
        if not check_name(ctx, name, ctx.where((*route, name), on_key=True), "output"):
            continue
        if isinstance(raw, str):
            found.append(OutputDecl(name, raw, where))
            continue
        model = ctx.validate(OutputModel, raw, (*route, name), f"output `{name}`")
        if model is not None and model.only not in {None, "train"}:
            ctx.report(codes.WRONG_TYPE, f"`only` of output `{name}` must be `train`, not {quote(model.only)}", ctx.where((*route, name, "only")))
        source = raw.get("from") if isinstance(raw, dict) else None
        if isinstance(source, str):  # also of a faulty one, whose tensor is used all the same
            found.append(OutputDecl(name, source, ctx.where((*route, name, "from")), raw.get("only") is not None))
    return tuple(found)
