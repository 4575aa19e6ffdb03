"""The command line: `archc check`, `archc build` and the others, one file a command.

A command's file imports nothing but click at its top: what it works with is imported when it runs.
"""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from archc import __version__
from archc.quiet import quiet
from archc.suggest import suggest

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# pydantic looks for plugins in every installed package, which takes 20 ms of a check; archc has no use for any

COMMANDS: Mapping[str, str] = {
    "check": "check",
    "summary": "summary",
    "build": "build",
    "diagram": "diagram",
    "compare": "compare",
    "diff": "diff",
    "slides": "slides",
    "expand": "expand",
    "test": "test",
    "ops": "ops",
    "explain": "explain",
}
"""Each command with the module of `archc.cli` that holds it, as `command`."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says where there is no room for more."""
BUG = 70
"""The exit code of a fault of archc's own."""


class _Commands(click.Group):
    """Commands imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        return import_module(f"archc.cli.{module}").command if module else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = suggest(name, COMMANDS) or f"commands: {', '.join(COMMANDS)}"
            ctx.fail(f"there is no command `{_shown(name)}`; {near}")
        return super().resolve_command(ctx, args)


EXAMPLES = """\b
Examples:
  archc check resnet.yaml              every finding, in every variant
  archc summary resnet.yaml:resnet50   layers, shapes, parameters, MACs
  archc build resnet.yaml:resnet50     resnet50.py, resnet50.svg, resnet50.json"""


@click.group(
    cls=_Commands, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, "-V", "--version", prog_name="archc")
def cli() -> None:
    """Declare a neural network in YAML; get it checked, as PyTorch source, and as a diagram.

    SPEC is a path, a path with a variant (resnet.yaml:resnet50), the name of a network that ships with archc, or - for
    standard input.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 all is well, 1 there are findings, 2 misuse."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        with quiet():
            outcome: object = cli.main(args=given, prog_name="archc", standalone_mode=False)
        sys.exit(outcome if isinstance(outcome, int) else 0)
    except click.ClickException as error:
        click.echo(_complaint(error, given), err=True)
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(1)
    except BrokenPipeError:
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - what is left goes nowhere
        sys.exit(1)
    except Exception as error:
        if is_debugging():
            raise
        if isinstance(error, OSError) and error.errno in _FULL:
            _give_up(error)
        click.echo(bug(error), err=True)
        sys.exit(BUG)


def _give_up(error: OSError) -> NoReturn:
    """Say that nothing more can be written, and leave what still waits to be."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    with suppress(OSError):
        click.echo(f"archc: cannot write: {(error.strerror or str(error)).lower()}", err=True)
    sys.exit(1)


def _complaint(error: click.ClickException, given: Sequence[str]) -> str:
    """How click says that a command was wrong, with the words of the command line made safe to show."""
    told, text = error.format_message(), io.StringIO()
    for word in sorted({part for each in given for part in (each, each.partition("=")[0])}, key=len, reverse=True):
        told = told.replace(word, _shown(word)) if _shown(word) != word else told
    safe = "\n".join(map(_shown, told.split("\n")))
    error.format_message = lambda: safe  # type: ignore[method-assign]
    error.show(file=text)
    return text.getvalue().rstrip("\n")


def is_debugging() -> bool:
    """Whether tracebacks are asked for."""
    return os.environ.get("ARCHC_DEBUG") == "1"


def bug(error: Exception) -> str:
    """One line about a fault of archc's own."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {_shown(str(error))[:200]}".rstrip(": ")
    told = f"archc: this is a bug in archc, not in your spec: {what} ({Path(frame.filename).name}:{frame.lineno})."
    return f"{told} Please report it together with the spec; ARCHC_DEBUG=1 shows the traceback."


def _shown(text: str) -> str:
    from archc.report.terminal import visible

    return visible(text)
