"""Finding the specs in folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archc.cli.common import load_spec
from archc.loading import shown
from archc.report.terminal import visible
from archc.specfiles import specs_in

if TYPE_CHECKING:
    from archc.expand import Settings
    from archc.loading import Loaded


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


def users_of(specs: Sequence[Loaded], settings: Settings) -> dict[str, Loaded]:
    """Load the specs of a project that use the libraries of blocks among some specs, directly or by others, by name."""
    libraries = [each for each in specs if each.spec is not None and each.spec.chain is None]
    wanted = {Path(file).resolve() for each in libraries for file in islice(each.documents, 1)}
    found: dict[str, Loaded] = {}
    for path in sorted({path for each in wanted for path in specs_in(_project_of(each))} - wanted):
        loaded = load_spec(shown(path), settings)
        if wanted & {Path(file).resolve() for file in loaded.documents} and loaded.spec and loaded.spec.chain:
            found[shown(path)] = loaded
    return found


def _project_of(path: Path) -> Path:
    """The folder of the project that a file is in; that around the file's own where nothing says which it is."""
    inside = (each for each in path.parents if (each / "pyproject.toml").is_file() or (each / ".git").exists())
    return next(inside, path.parent.parent)
