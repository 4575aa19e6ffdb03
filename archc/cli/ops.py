"""`archc ops`: the reference of the ops."""

from __future__ import annotations

import click

from archc.cli.common import colored, echo, width

EXAMPLES = """\b
Examples:
  archc ops            all ops by family
  archc ops conv       one family
  archc ops Conv2d     one op: arguments, inputs, results, examples"""


@click.command(epilog=EXAMPLES, short_help="Show the ops and what they take.")
@click.argument("op", required=False, metavar="[OP]")
def command(op: str | None) -> None:
    """Show the ops that specs can use: all of them, those of a family, or one with its arguments and examples.

    Ops are called as in PyTorch and take its arguments: Conv2d is a module of torch.nn, relu a function.
    """
    from archc import ops
    from archc.report import reference
    from archc.report.terminal import visible
    from archc.suggest import suggest

    columns, color = width() or 100, colored()
    if op is None:
        echo(reference.everything(columns=columns, color=color), end="")
        return
    found = ops.find(op)
    if found is not None:
        echo(reference.page(found, color=color), end="")
        return
    families = reference.by_family()
    if op in families:
        echo(reference.family(op, color=color), end="")
        return
    near = suggest(op, [*ops.names(), *families]) or "`archc ops` lists them all"
    raise click.UsageError(f"there is no op or family `{visible(op)}`; {near}")
