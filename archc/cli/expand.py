"""`archc expand`: a spec in its one long form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from archc.cli.common import echo, fail, load_spec, spec_argument, with_settings

if TYPE_CHECKING:
    from archc.expand import Settings
    from archc.expand.settings import Settled
    from archc.spec.model import Formula, InputDecl, Spec, SymbolDecl

EXAMPLES = """\b
Examples:
  archc expand resnet.yaml
  archc expand resnet.yaml:resnet50 > resnet50_long.yaml     that variant alone
  archc expand resnet.yaml --set classes=10 --size H=96"""


@click.command(epilog=EXAMPLES, short_help="Print a spec in its canonical long form.")
@spec_argument
@with_settings
def command(spec: str, settings: Settings) -> None:
    """Print a spec in its canonical long form, which stands for the same network.

    A variant, parameters or sizes that are given become the defaults; variants and `check:` cases are left out then.
    """
    from archc.canonical import canonical_text
    from archc.expand import settle
    from archc.findings import survey

    loaded = load_spec(spec, settings)
    found = survey(loaded, settings).found
    if loaded.spec is None or any(each.diagnostic.severity == "error" for each in found):
        fail(found)
    variant = settings.variant or loaded.variant
    if variant is None and not settings.params and not settings.sizes:
        echo(canonical_text(loaded.spec), end="")
        return
    settled, _ = settle(loaded.spec, replace(settings, variant=variant))
    assert settled is not None
    echo(canonical_text(_specialised(loaded.spec, settled, settings)), end="")


def _specialised(spec: Spec, settled: Settled, settings: Settings) -> Spec:
    """The spec with the settings as its own defaults."""
    params = tuple(replace(p, default=settled.values[p.name], required=False) for p in spec.scope.params)
    inputs = tuple(_sized(declared, settings) for declared in spec.inputs)
    from archc.naming import network_name

    name = network_name(spec.name, settled.variant)
    return replace(spec, name=name, scope=replace(spec.scope, params=params), inputs=inputs, variants=(), checks=())


def _sized(declared: InputDecl, settings: Settings) -> InputDecl:
    return replace(declared, dims=tuple(_with_size(dim, settings) for dim in declared.dims))


def _with_size(dim: Formula | SymbolDecl, settings: Settings) -> Formula | SymbolDecl:
    from archc import expr
    from archc.spec.model import Formula, SymbolDecl

    if not isinstance(dim, SymbolDecl) or dim.name not in settings.sizes:
        return dim
    return replace(dim, default=Formula(expr.number(settings.sizes[dim.name]), dim.where))
