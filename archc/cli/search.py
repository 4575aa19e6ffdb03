"""Finding the specs in folders."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import click

from archc.report.terminal import visible
from archc.specfiles import specs_in


def spec_files(names: Iterable[str]) -> list[str]:
    """What the names stand for, each folder replaced by the specs in it; a folder without any is misuse."""
    found: list[str] = []
    for name in names:
        if not os.path.isdir(name):  # noqa: PTH112  (Path raises where a name is too long)
            found.append(name)
            continue
        inside = [str(path) for path in specs_in(Path(name))]
        if not inside:
            message = f"there are no specs in `{visible(name)}`: files called *.yaml that begin with `archc: 1`"
            raise click.UsageError(message)
        found += inside
    return list(dict.fromkeys(found))
