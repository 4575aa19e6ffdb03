"""Misspelt words: ops, blocks, arguments, parameters, keys and names in expressions."""

from __future__ import annotations

import random
from collections.abc import Collection

from archc import codes, expr, ops
from archc.diagnostics import Where
from archc.spec.arguments import Formula
from archc.spec.model import RESERVED, STRUCTURE, BlockCall
from tests.mutation.specimen import Fault, Site, Specimen
from tests.mutation.text import Change
from tests.mutation.writing import args_of, misspelt

TOP = ("inputs", "blocks", "params", "variants", "outputs", "let", "check", "init", "cite", "title")


def typo_op(specimen: Specimen, rng: random.Random) -> Fault | None:
    """`Conv2d` becomes `Cnov2d`."""
    return _renamed_action(specimen, rng, specimen.pick(rng, specimen.calls()), "typo_op")


def typo_block(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A block's name at its use."""
    return _renamed_action(specimen, rng, specimen.pick(rng, specimen.blocks()), "typo_block")


def _renamed_action(specimen: Specimen, rng: random.Random, site: Site | None, kind: str) -> Fault | None:
    if site is None or "." in site.step.key:
        return None
    page, taken = specimen.page, {*ops.names(), *specimen.spec.scope.blocks, *STRUCTURE, *RESERVED}
    taken |= {param.name for param in specimen.spec.scope.params}
    slip = misspelt(rng, site.step.key, taken)
    change = page.replaced(site.value, slip) if site.is_bare else page.renamed(site.value, slip)
    return None if change is None else specimen.fault(kind, change.start, [codes.UNKNOWN_OP], change)


def typo_argument(specimen: Specimen, rng: random.Random) -> Fault | None:
    """`kernel_size` becomes `kernle_size`."""
    site = specimen.pick(rng, (s for s in specimen.calls() if _has_keys(s)))
    return (
        None
        if site is None or site.op is None
        else _renamed_argument(specimen, rng, site, site.op.model_fields, "typo_argument")
    )


def typo_param(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A block's parameter at its use."""
    site = specimen.pick(rng, (s for s in specimen.blocks() if _has_keys(s)))
    if site is None or not isinstance(site.step.action, BlockCall):
        return None
    block = specimen.spec.scope.blocks[site.step.action.target]
    return _renamed_argument(specimen, rng, site, [param.name for param in block.params], "typo_param")


def _has_keys(site: Site) -> bool:
    return any(arg.where.route == (*site.value, name) for name, arg in args_of(site).items())


def _renamed_argument(
    specimen: Specimen, rng: random.Random, site: Site, fields: Collection[str], kind: str
) -> Fault | None:
    name = rng.choice(list(args_of(site)))
    slip = misspelt(rng, name, set(fields))
    change = specimen.page.renamed((*site.value, name), slip)
    if change is None:
        return None
    # a key misspelt on one line of several must not be told of at a line of another fault
    return specimen.fault(kind, change.start, [codes.UNKNOWN_ARGUMENT], change)


def typo_key(specimen: Specimen, rng: random.Random) -> Fault | None:
    """`from`, `as` and the like beside an op."""
    sites = [(s, key) for s in specimen.sites if not s.is_bare for key in RESERVED if _there(specimen, s, key)]
    if not sites:
        return None
    site, key = rng.choice(sites)
    taken = {*RESERVED, *ops.names(), *STRUCTURE, *specimen.spec.scope.blocks}
    change = specimen.page.renamed((*site.route, key), misspelt(rng, key, taken))
    return change and specimen.fault("typo_key", change.start, [codes.UNKNOWN_KEY, codes.STEP_FORM], change)


def _there(specimen: Specimen, site: Site, key: str) -> bool:
    return specimen.page.spot((*site.route, key)) is not None


def typo_top(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A key of the spec itself."""
    keys = [key for key in TOP if specimen.page.spot((key,)) is not None]
    key = rng.choice(keys)
    change = specimen.page.renamed((key,), misspelt(rng, key, TOP))
    return change and specimen.fault("typo_top", change.start, [codes.UNKNOWN_KEY], change)


def typo_name(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A name in an expression that is an argument."""
    places = [
        (site, formula, name)
        for site in specimen.sites
        for formula in args_of(site).values()
        if isinstance(formula, Formula)
        for name in _names(formula.expr)
        if name.id != "input"
    ]
    if not places:
        return None
    _, formula, name = rng.choice(places)
    page = specimen.page
    start = _offset(specimen, Where("<text>", formula.where.route, at=name.at, length=name.end - name.at))
    end = start + name.end - name.at
    taken = {each.id for _, f, _ in places for each in _names(f.expr)} | set(specimen.spec.scope.blocks) | ALL_NAMES
    taken |= {param.name for block in specimen.spec.scope.blocks.values() for param in block.params}
    taken |= {param.name for param in specimen.spec.scope.params} | {name for name, _ in specimen.spec.scope.lets}
    if page.text[start:end] != name.id:
        return None
    change = Change(start, end, misspelt(rng, name.id, taken))
    return specimen.fault("typo_name", start, [codes.EXPR_NAME, codes.BAD_ARGUMENT], change)


ALL_NAMES = {"i", "j", "k", "row", "input", "if", "else", "and", "or", "not", "len", "min", "max", "true", "false"}


def _names(tree: expr.Expr) -> list[expr.Name]:
    if isinstance(tree, expr.Name):
        return [tree]
    return [name for child in expr.children(tree) for name in _names(child)]


def _offset(specimen: Specimen, where: Where) -> int:
    place = specimen.page.document.place(where)
    starts = [0]
    for line in specimen.page.text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts[place.line - 1] + place.column - 1
