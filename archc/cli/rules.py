"""The options that choose rules of practice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
RULES = "CODE|NAME"


def with_rules(command: Command) -> Command:
    """Add `--select` and `--ignore`; the command takes them as names of rules that there are."""

    @click.option(
        "--select", multiple=True, metavar=RULES, help="Run these practice rules alone: ARC401, ARC4, a name."
    )
    @click.option("--ignore", multiple=True, metavar=RULES, help="Leave these practice rules out.")
    @wraps(command)
    def wrapped(*args: Any, select: tuple[str, ...], ignore: tuple[str, ...], **kwargs: Any) -> Any:
        return command(*args, select=_names("--select", select), ignore=_names("--ignore", ignore), **kwargs)

    return wrapped  # type: ignore[return-value]


def _names(option: str, given: Iterable[str]) -> tuple[str, ...]:
    """The names in what is given, a list with commas each time; refuses what stands for no rule."""
    from archc.cli.common import shown
    from archc.rules.select import choose

    names = tuple(name.strip() for text in given for name in text.split(","))
    for name, hint in choose(names).unknown:
        raise click.UsageError(f"{option} `{shown(name)}` names no practice rule: {hint}")
    return names
