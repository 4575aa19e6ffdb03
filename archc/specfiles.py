"""Telling specs from other YAML by a look at the file: what `archc check FOLDER` and pytest go by."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".yaml", ".yml")
_KEY = re.compile(rb"(?m)^(?:\xef\xbb\xbf)?(?:\{\s*)?[\"']?archc[\"']?[ \t]*:[ \t]*[\"']?v?\d")
_HEAD = 1_000_000
"""As many bytes as a spec may have; of a larger file no more is read."""


def is_spec(path: Path) -> bool:
    """Return whether a file is called `*.yaml` or `*.yml` and has a line that begins `archc: 1`, or another version.

    Other files may well hold settings under the same key: `archc: {replicas: 3}`. Never raises.
    """
    if path.suffix not in SUFFIXES or not path.is_file():  # a pipe would be waited for
        return False
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return False
    return b"archc" in head and _KEY.search(head) is not None


def specs_in(folder: Path) -> Iterator[Path]:
    """The specs in a folder and those below it, in order, without hidden ones."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith((".", "__")) and each != "node_modules")
        paths = (Path(root, file) for file in sorted(files) if not file.startswith("."))
        yield from (path for path in paths if is_spec(path))
