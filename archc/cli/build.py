"""`archc build`: a spec's PyTorch source, diagram and summary."""

from __future__ import annotations

import os
import sys
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
  archc build resnet.yaml --variant resnet18 --set classes=10 --force
  archc build resnet.yaml -o net/resnet.py
  archc build resnet.yaml -o models --check   are the files there current?"""


@click.command(epilog=EXAMPLES, short_help="Write the PyTorch module, diagram and summary.")
@spec_argument
@click.option(
    "-o",
    "--output",
    default=".",
    metavar="DIR|NAME.py",
    help="The folder to write into, made if need be, or the module's file, which is then all that is written.",
)
@click.option("--force", is_flag=True, help="Replace files that archc did not write or that were changed since.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a file is not what would be written.")
@click.option("--max-weights", metavar="SIZE", help="Allow weights of more bytes than usual: 500GB, 2TB.  [64GB]")
@with_settings
def command(spec: str, output: str, force: bool, check: bool, max_weights: str | None, settings: Settings) -> None:
    """Check a spec, then write NAME.py (a PyTorch module), NAME.svg (its diagram) and NAME.json (its summary).

    Either all files are written or none. A file that archc did not write, or that was changed since, is never replaced
    without --force.
    """
    most, (folder, file) = _bytes(max_weights), _target(output)
    network = checked_network(spec, settings, remarks=True)
    _refuse(network, most)
    contents = {file: network.source().encode()} if file else _files(network)
    if check:
        sys.exit(_compare(folder, contents))
    written = write_or_fail(folder, contents, force=force)
    echo(network.summary().as_text(color=colored(), width=width()))
    echo(f"Wrote {', '.join(shown(str(path)) for path in written)}")


def _target(output: str) -> tuple[Path, str]:
    """The folder to write into, and the one file to write, if it is a file that was named."""
    from archc.naming import problem_with_file_name, problem_with_name

    path = Path(output)
    if not path.suffix or path.name == ".." or output.endswith(("/", os.sep)) or path.is_dir():
        return path, ""
    if path.suffix != ".py":
        raise click.UsageError(f"`-o` takes a folder or the name of a .py file, not `{shown(output)}`")
    problem = problem_with_name(path.stem) or problem_with_file_name(path.stem)
    if problem:
        raise click.UsageError(f"`-o {shown(output)}`: `{shown(path.stem)}` {problem}")
    return path.parent, path.name


def _files(network: Network) -> dict[str, bytes]:
    """The files of a network by name: the picture is left out where nothing can draw it."""
    picture = _picture(network)
    return {
        f"{network.name}.py": network.source().encode(),
        **({} if picture is None else {f"{network.name}.svg": picture}),
        f"{network.name}.json": network.summary().as_json(generator="archc").encode(),
    }


def _compare(folder: Path, contents: dict[str, bytes]) -> int:
    """Say of each file whether it is what would be written; gives the exit code."""
    from archc.write import is_current

    old = [name for name, data in contents.items() if not is_current(folder / name, data)]
    for name in contents:
        path = folder / name
        state = "current" if name not in old else "not current" if path.exists() else "missing"
        echo(f"{shown(str(path))}: {state}")
    return int(bool(old))


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
