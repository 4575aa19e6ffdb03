"""Reading a whole file: text to `Spec`, with every finding on the way."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from archc import codes
from archc.diagnostics import Diagnostic, Edit, Fix
from archc.document import Document
from archc.naming import network_name, problem_with_file_name
from archc.spec.beside import check_reasons
from archc.spec.blocks import declare_blocks, read_block
from archc.spec.checks import read_checks
from archc.spec.choices import check_choices
from archc.spec.context import Context, Header, TooManyError
from archc.spec.data import is_list, is_mapping, is_number, keys_of, kind, quote
from archc.spec.inputs import read_inputs, read_outputs
from archc.spec.lets import Lets, read_lets, settled
from archc.spec.mend import mended, names_lost
from archc.spec.model import Block, Chain, InputDecl, Scope, Spec, SymbolDecl
from archc.spec.params import read_params
from archc.spec.recursion import check_recursion
from archc.spec.references import check_references
from archc.spec.stand_in import INPUT, check_stand_ins
from archc.spec.steps import read_chain
from archc.spec.training import read_init, read_losses, read_targets
from archc.spec.use import Library, read_uses, written_uses
from archc.spec.variants import read_variants

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
    allow: Any = None


def read_spec(document: Document, library: Library) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    """The spec that a document holds, as far as it can be read, and everything wrong with it."""
    findings = list(document.diagnostics)
    ctx = Context(document.file, findings)
    spec: Spec | None = None
    with suppress(TooManyError):
        spec = _read_file(ctx, document.data, library) if document.data is not None else None
    told = {document.place(finding.where) for finding in document.diagnostics}
    found = (f for f in findings[len(document.diagnostics) :] if not told or document.place(f.where) not in told)
    return spec, (*document.diagnostics, *found)


def _read_file(ctx: Context, data: Mapping[str, object], library: Library) -> Spec | None:
    if not _version_is_ours(ctx, data):
        return None
    # where the top level is faulty, read on with what is there: a misspelt key must not hide the other faults
    model = ctx.validate(FileModel, data, (), "the spec") or _salvage(ctx, data)
    ctx.check_name(model.name, ctx.where(("name",)), "spec")
    lost = names_lost(data, FileModel.model_fields.keys(), ctx.misspelt)
    scope, lets, ctx = _read_scope(ctx, model, library, lost)
    inputs = read_inputs(ctx, model.inputs, ("inputs",))
    symbols = frozenset(dim.name for decl in inputs for dim in decl.dims if isinstance(dim, SymbolDecl))
    ctx = replace(ctx, symbols=symbols).bind(["input"] if len(inputs) == 1 else [])
    ctx.tensors.update(dict.fromkeys(declared.name for declared in inputs))
    chain = _network(ctx, model, inputs)
    outputs = read_outputs(ctx, model.outputs, ("outputs",))
    if chain is not None:
        names = tuple(decl.name for decl in inputs)
        check_references(ctx, chain, outputs, names if len(names) > 1 else (*names, "input"))
        check_stand_ins(ctx, chain, frozenset((*names[:1], *(INPUT if len(names) == 1 else ()))))
    check_recursion(ctx, scope.blocks)
    check_reasons(ctx, model.allow, ("allow",))
    spec = Spec(
        file=ctx.file,
        name=model.name,
        title=model.title or model.name,
        cite=model.cite,
        doc=model.doc,
        scope=scope,
        variants=read_variants(ctx, model.variants),
        inputs=inputs,
        chain=chain,
        outputs=outputs,
        targets=read_targets(ctx, model.targets),
        losses=read_losses(ctx, model.loss),
        init=read_init(ctx, model.init),
        checks=read_checks(ctx, model.check, keys_of(model.variants)),
        uses=written_uses(model.use),
        allow=model.allow if is_mapping(model.allow) else {},
    )
    scope.lets.extend(settled(ctx, lets))
    if chain is not None:
        _check_file_names(ctx, spec)
    return spec


def _check_file_names(ctx: Context, spec: Spec) -> None:
    """Report networks whose files would stand in the way of others."""
    alone = [(spec.name, ctx.where(("name",)))]
    for name, where in [(network_name(spec.name, each.name), each.where) for each in spec.variants] or alone:
        problem = problem_with_file_name(name)
        if problem:
            ctx.report(codes.BAD_NAME, f"the file `{name}.py` {problem}", where, f"call it `{name}_net`, say")


def _version_is_ours(ctx: Context, data: Mapping[str, object]) -> bool:
    if "archc" not in data:
        message, help = "the spec does not say which format it is in", f"begin it with `archc: {FORMAT}`"
        where = ctx.where((next(iter(data)),), on_key=True) if data else ctx.where(())
        fix = Fix(help, (Edit(where, "insert", f"archc: {FORMAT}"),), safe=True)
        ctx.report(codes.VERSION, message, ctx.where(()), help, (fix,))
        return False
    version = data["archc"]
    if version == FORMAT and not isinstance(version, bool):
        return True
    newer = is_number(version) and version > FORMAT
    help = "upgrade archc: `pip install --upgrade archc`" if newer else f"write `archc: {FORMAT}`"
    message = f"format {quote(version)} is not one that this archc reads (it reads {FORMAT})"
    where = ctx.where(("archc",))
    fix = Fix(help, (Edit(where, "replace", str(FORMAT)),), safe=version == str(FORMAT))
    ctx.report(codes.VERSION, message, where, help, () if newer else (fix,))
    return False


def _salvage(ctx: Context, data: Mapping[str, object]) -> FileModel:
    """A top level with faults, as far as it is sound: no keys that do not exist, and text where text must be."""
    sound = mended(data, FileModel.model_fields.keys(), (), ctx.misspelt)
    texts = {key: "unnamed" for key in ("title", "cite", "doc") if not isinstance(sound.get(key, ""), str)}
    name = sound.get("name")
    return FileModel.model_validate({**sound, **texts, "name": name if isinstance(name, str) else "unnamed"})


def _read_scope(
    ctx: Context, model: FileModel, library: Library, names_lost: frozenset[str]
) -> tuple[Scope, Lets, Context]:
    """What a file declares for all its steps: parameters and blocks, lets that are to be settled; and their names."""
    params = read_params(ctx, model.params, ("params",))
    used, lost = read_uses(ctx, model.use, library)
    # a parameter that is faulty must not make its uses faulty too
    names = frozenset((*keys_of(model.params), *(param.name for param in params), *names_lost))
    ctx = replace(ctx, params={param.name: param for param in params}, names=names)
    lets, ctx = read_lets(ctx, model.let, ("let",))
    declared = declare_blocks(ctx, model.blocks)
    headers = {name: Header(block.params, block.inputs) for name, block in used.items()}
    headers |= {block.name: block.header for block in declared}
    ctx = replace(ctx, headers=headers, lost=lost | (frozenset(keys_of(model.blocks)) - headers.keys()))
    for declaration in (params, *(block.header.params for block in declared)):
        check_choices(ctx, declaration)
    blocks: dict[str, Block] = dict(used)
    scope = Scope(ctx.file, params, [], blocks)
    for each in declared:
        block = read_block(ctx, each, scope)
        if block is not None:
            blocks[each.name] = block
    return scope, lets, ctx


def _network(ctx: Context, model: FileModel, inputs: tuple[InputDecl, ...]) -> Chain | None:
    misspelt = any(found.code == codes.UNKNOWN_KEY and len(found.where.route) == 1 for found in ctx.findings)
    steps = model.steps
    if steps is None:
        if model.blocks is None and not misspelt:
            help = "a network has `inputs` and `steps`, a library of blocks has `blocks`"
            ctx.report(codes.MISSING_KEY, "the spec lacks `steps`", ctx.where(()), help)
        return None
    if not inputs and model.inputs is None and not misspelt:
        help = "for example `inputs: {image: [3, H=224, W=224]}`"
        ctx.report(codes.MISSING_KEY, "the spec lacks `inputs`", ctx.where(()), help)
    if not is_list(steps):
        ctx.report(codes.STEP_FORM, f"`steps` is a list of steps, not {kind(steps)}", ctx.where(("steps",)))
        return None
    if not steps:
        ctx.report(codes.STEP_FORM, "`steps` is empty", ctx.where(("steps",)), "a network has at least one step")
        return None
    return read_chain(ctx, steps, ("steps",))
