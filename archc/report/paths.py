"""The files of findings as other programs are told of them: from the root of a repository."""

from __future__ import annotations

import os
from pathlib import Path

STDIN = "<stdin>"
"""What findings call standard input."""


def repository() -> Path:
    """Where paths are to start: the checkout that a GitHub action works in, else the working folder."""
    return Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())


def from_root(file: str, root: Path) -> str | None:
    """A file's path from the root, with slashes; None where it lies elsewhere or is no file."""
    if file == STDIN or "\0" in file:
        return None
    path, root = Path(os.path.abspath(file)), Path(os.path.abspath(root))  # noqa: PTH100 - links stay as they are
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None
