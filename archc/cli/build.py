"""`archc build`: a spec's PyTorch source, diagram and summary."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archc.cli.common import (
    checked_network,
    colored,
    echo,
    fail,
    no_engine,
    print_findings,
    shown,
    spec_argument,
    width,
    with_settings,
    write_or_fail,
)

if TYPE_CHECKING:
    from archc.expand import Settings
    from archc.network import Network

EXAMPLES = """\b
Examples:
  archc build lenet.yaml
  archc build resnet.yaml:resnet50 -o models
  archc build resnet.yaml --variant resnet18 --set classes=10 --force"""


@click.command(epilog=EXAMPLES, short_help="Write the PyTorch module, diagram and summary.")
@spec_argument
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    metavar="DIR",
    help="Where to write; the folder is made if need be.",
)
@click.option("--force", is_flag=True, help="Replace files even if archc did not write them.")
@click.option("--max-weights", metavar="SIZE", help="Allow weights of more bytes than usual: 500GB, 2TB.  [64GB]")
@with_settings
def command(spec: str, folder: Path, force: bool, max_weights: str | None, settings: Settings) -> None:
    """Check a spec, then write NAME.py (a PyTorch module), NAME.svg (its diagram) and NAME.json (its summary).

    Either all files are written or none. A file that archc did not write is never replaced without --force.
    """
    most = _bytes(max_weights)
    network = checked_network(spec, settings, remarks=True)
    _refuse(network, most)
    summary = network.summary()
    contents = {f"{network.name}.py": network.source().encode()}
    picture = _picture(network)
    if picture is not None:
        contents[f"{network.name}.svg"] = picture
    contents[f"{network.name}.json"] = summary.as_json(generator="archc").encode()
    written = write_or_fail(folder, contents, force=force)
    echo(summary.as_text(color=colored(), width=width()))
    echo(f"Wrote {', '.join(shown(str(path)) for path in written)}")


def _bytes(text: str | None) -> int:
    from archc.weights import MOST, read_bytes

    if text is None:
        return MOST
    size = read_bytes(text)
    if size is None:
        raise click.UsageError(f"`--max-weights` takes a size such as 500GB, not `{shown(text)}`")
    return size


def _refuse(network: Network, most: int) -> None:
    """Refuse a network whose weights nobody could want to make."""
    from archc.diagnostics import SpecError
    from archc.findings import resolve
    from archc.weights import refuse_weights

    try:
        refuse_weights(network, most)
    except SpecError as error:
        fail(resolve(network.loaded, error.diagnostics))


def _picture(network: Network) -> bytes | None:
    """The diagram; where there is no Graphviz to draw it, says so and goes on without."""
    from archc.diagram import EngineError
    from archc.findings import Found

    try:
        return network.diagram("svg")
    except EngineError as error:
        finding = no_engine(network, error)
        print_findings([Found(replace(finding, severity="warning"), None, None)], err=True)
        return None
