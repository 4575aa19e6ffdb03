"""Translating chains within chains: as modules of their own, in place, or as the parts of a fork."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archc.codegen import ir
from archc.codegen.asked import ask
from archc.codegen.ir import Place, Tensor
from archc.codegen.modules import is_sequential
from archc.codegen.places import make, place_of
from archc.codegen.results import results
from archc.codegen.sites import Instance, Named, Names, Site
from archc.codegen.statements import parted
from archc.naming import auto_name
from archc.spec.model import Branch, Chain, Group, Step
from archc.spec.walk import owns_modules, references_in
from archc.tensor import TensorType

if TYPE_CHECKING:
    from archc.codegen.chains import Builder


def call_group(builder: Builder, step: Step, group: Group, site: Site, start: Tensor) -> Named:
    """A chain within a chain: its steps where it stands, or a module of its own."""
    if group.spliced:
        inner = site._replace(names=site.names.within(start), instead=False)
        return Named((builder.chain(group.chain, inner, start),))
    if group.side and group.chain.lone:
        return Named((builder.chain(group.chain, site._replace(top=False), start),))
    return submodule(builder, step, group.chain, site, start)


def submodule(builder: Builder, step: Step, chain: Chain, site: Site, start: Tensor) -> Named:
    """A chain as a module of its own: an `nn.Sequential` where that is what it is, else a class."""
    place = place_of(builder, step, site)
    shown = place.plain if place.plain is not None else step.plain_name
    captured: list[tuple[str, Tensor]] = []
    if is_sequential(chain, builder.unit.scope.blocks):
        statements, _, last = builder.apart(lambda: make_children(builder, chain, site, start))
        ahead, children = parted(statements)
        builder.statements += [guard for _, guard in ahead]
        maker: ir.Maker = ir.SequentialMaker(children)
        make(builder, place, maker, step)
        type_ = last.type
    else:
        captured = _captured(chain, site)
        stem = shown if shown.isidentifier() else auto_name(step.key)
        maker = ir.UnitMaker(builder.translator.group(builder, chain, site, start, captured, stem), (), {}, False)
        (type_,) = make_instance(builder, place, maker, step)
    result = Tensor(type_, shown)
    builder.call(step, site, place, (start, *(tensor for _, tensor in captured)), (result,))
    return Named((result,), ("",), Instance(place, maker))


def make_instance(builder: Builder, place: Place, maker: ir.UnitMaker, step: Step) -> tuple[TensorType, ...]:
    """Make an instance of a class, which must take what it is given; gives its results."""
    ask(builder, maker)
    types, told = results(builder, maker, make(builder, place, maker, step))
    builder.statements += told
    return types


def make_children(builder: Builder, chain: Chain, site: Site, start: Tensor) -> Tensor:
    """Make the children of a `Sequential`; gives the result of the last one."""
    names = Names(None, {"input": Named((start,))})
    return builder.chain(chain, Site(site.env, names, (), children=True), start)


def _captured(chain: Chain, site: Site) -> list[tuple[str, Tensor]]:
    """The tensors around a chain that it refers to, by reference."""
    found: dict[str, Tensor] = {}
    for reference in references_in(chain):
        stem, _, port = reference.partition(".")
        named = site.names.find(stem) if stem != "input" else None
        if named is not None:
            found[reference] = named.get(port)
    return list(found.items())


def call_branch(builder: Builder, step: Step, branch: Branch, site: Site, start: Tensor) -> Tensor:
    """One part of a fork; gives its result."""
    chain = branch.chain
    if not chain.steps:
        return start
    inner = site._replace(names=site.names.within(start), top=False, instead=False)
    if chain.lone or not owns_modules(chain):
        return builder.chain(chain, inner, start)
    named = Step(branch.name, Group(chain), chain.where)
    builder.bases.steps[id(named)] = builder.bases.branches[id(step), branch.name]
    builder.kept.append(named)
    return submodule(builder, named, chain, inner, start).values[0]
