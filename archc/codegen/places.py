"""Where modules stand and what results are called."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from archc.codegen import ir, symbolic
from archc.codegen.binding import Env, bind
from archc.codegen.ir import Place
from archc.codegen.sites import Named, Site
from archc.expr import Expr, Number, Text
from archc.naming import auto_name
from archc.spec.arguments import Template
from archc.spec.model import Step

if TYPE_CHECKING:
    from archc.codegen.chains import Builder


def make(builder: Builder, place: Place, maker: ir.Maker, step: Step) -> str:
    """Make a module at a place; gives its symbol."""
    made = ir.symbol("m", (place.plain or auto_name(step.key)).replace(".", "_"))
    builder.statements.append(ir.Make(place, maker, made, step.doc))
    return made


def place_of(builder: Builder, step: Step, site: Site) -> Place:
    """Where the module of a step stands."""
    if site.children:
        return Place("child", child_name(builder, step, site))
    is_numbered = builder.numbered and site.top
    number = builder.places
    if is_numbered:
        take_place(builder)
    if step.name is not None and step.name.plain is None:
        return Place("attribute", _worked_out(builder, step.name, site.env))
    name = step.name.plain if step.name is not None else builder.bases.steps.get(id(step))
    if name is None:
        return Place("attribute", (number,) if not isinstance(number, Number) else (str(number.value),))
    is_alone = is_numbered or not site.rounds
    return Place("attribute", (name,)) if is_alone else Place("list", (name,), site.rounds, site.gaps)


def take_place(builder: Builder) -> None:
    """Count one more step of a numbered chain."""
    builder.places = symbolic.arithmetic("+", builder.places, Number(1))


def child_name(builder: Builder, step: Step, site: Site) -> ir.Text:
    """The name of a child of a `Sequential`, none where the step has none."""
    return () if step.name is None else _worked_out(builder, step.name, site.env)


def _worked_out(builder: Builder, name: Template, env: Env) -> ir.Text:
    """The name of a module, whose formulas have values."""
    found = text_of(builder, name, env)
    builder.divide([part for part in found if not isinstance(part, str)])
    return found


def text_of(builder: Builder, name: Template, env: Env) -> ir.Text:
    """A name with its formulas, worked out where they are plain."""
    parts = [part if isinstance(part, str) else bind(part, env) for part in name.parts]
    texts = [str(part.value) if isinstance(part, Number) else part for part in map(partial(_plainly, builder), parts)]
    if all(isinstance(part, str) for part in texts):
        return ("".join(part for part in texts if isinstance(part, str)),)
    return tuple(texts)


def _plainly(builder: Builder, part: str | Expr) -> str | Expr:
    if isinstance(part, str):
        return part
    found = builder.facts.canonical(part)
    return found if isinstance(found, Number) else found.value if isinstance(found, Text) else part


def bind_results(builder: Builder, step: Step, site: Site, named: Named) -> None:
    """Give the results of a step their names."""
    if step.results:
        for name, value in zip(step.results, named.values, strict=False):
            if name != "_":
                site.names.own[name] = Named((value,))
        return
    if step.name is None:
        return
    name = step.name.plain
    if name is None:
        text = text_of(builder, step.name, site.env)
        name = text[0] if len(text) == 1 and isinstance(text[0], str) else None
    if name is not None:
        site.names.own[name] = named
