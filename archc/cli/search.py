"""Finding the specs in folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

_SPEC = re.compile(rb"(?m)^(?:\xef\xbb\xbf)?[\"']?archc[\"']?[ \t]*:")
_HEAD = 1_000_000


def spec_files(names: Iterable[str]) -> list[str]:
    """What the names stand for, each folder replaced by the specs in it; a folder without any is misuse."""
    found: list[str] = []
    for name in names:
        if not os.path.isdir(name):  # noqa: PTH112  (Path raises where a name is too long)
            found.append(name)
            continue
        inside = [str(path) for path in _walk(Path(name))]
        if not inside:
            raise click.UsageError(f"there are no specs in `{name}`: files called *.yaml that begin with `archc: 1`")
        found += inside
    return list(dict.fromkeys(found))


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith((".", "__")) and each != "node_modules")
        for file in sorted(files):
            path = Path(root, file)
            if path.suffix in {".yaml", ".yml"} and not file.startswith(".") and _is_spec(path):
                yield path


def _is_spec(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return _SPEC.search(stream.read(_HEAD)) is not None
    except OSError:
        return False
