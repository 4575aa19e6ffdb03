"""Specs of a commit: `REV:path` names one as git does, and the files that it uses are of the same commit.

Git is asked for blobs alone, by commands that run nothing of the repository's own and fetch nothing.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from archc import codes
from archc.diagnostics import Diagnostic, Where
from archc.document import Document, decode
from archc.document.document import MAX_BYTES
from archc.loading import Loaded, load_document
from archc.record import record
from archc.specfiles import SUFFIXES
from archc.suggest import suggest

TIMEOUT = 60
_ELSEWHERE = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})
"""What names a repository other than the one around the file, as in git's own hooks."""
_REGULAR = ("100644", "100755", "100664")
"""How git marks files that are no links."""


class GitError(Exception):
    """What keeps git from answering, as the end of a sentence; `help` is the cure."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


@record
class Named:
    """What `REV:path` and `REV:path:variant` name."""

    revision: str
    path: str
    variant: str | None


@record
class _Entry:
    """A file of a commit."""

    mode: str
    blob: str
    size: int


@record
class Revision:
    """The files of a commit, as `archc.spec.use.Files`; `top` is the folder of the repository."""

    top: Path
    commit: str
    name: str

    def real(self, path: Path) -> Path:
        """The path itself: links are no files here."""
        return Path(os.path.normpath(path))

    def is_file(self, path: Path) -> bool:
        """Whether the commit has such a file."""
        return self._entry(path) is not None

    def names(self, folder: Path) -> tuple[str, ...]:
        """The names of the specs in a folder."""
        return tuple(name for name, entry in self._listed(folder, "/").items() if entry and name.endswith(SUFFIXES))

    def read(self, path: Path) -> Document:
        """The document in a file."""
        file, entry = self.shown(path), self._entry(path)
        if entry is None:
            message = f"there is no file `{self._below(path)}` in {self.name}"
            finding = Diagnostic(
                codes.UNREADABLE, message, Where(file), help=suggest(path.name, self.names(path.parent))
            )
            return Document(file, "", None, (finding,))
        if entry.mode not in _REGULAR:
            finding = Diagnostic(codes.UNREADABLE, f"`{file}` cannot be read: it is a link", Where(file))
            return Document(file, "", None, (finding,))
        if entry.size > MAX_BYTES:
            return decode(b" " * (MAX_BYTES + 1), file)
        return decode(_git(self.top, "cat-file", "blob", entry.blob), file)

    def shown(self, path: Path) -> str:
        """A path as findings show it."""
        return f"{self.name}:{self._below(path)}"

    def _below(self, path: Path) -> str:
        return str(PurePosixPath(path.relative_to(self.top))) if path.is_relative_to(self.top) else str(path)

    def _entry(self, path: Path) -> _Entry | None:
        return self._listed(path, "").get(path.name)

    def _listed(self, path: Path, end: str) -> Mapping[str, _Entry | None]:
        """What the commit has at a path, or with `/` in it, by name; None for what is no file."""
        if not path.is_relative_to(self.top) or "\0" in str(path):
            return {}
        below = "" if path == self.top else f"{self._below(path)}{end}"
        where = ["--", below] if below else []
        listed = _git(self.top, "ls-tree", "-z", "-l", "--full-tree", self.commit, *where)
        found: dict[str, _Entry | None] = {}
        for line in os.fsdecode(listed).split("\0")[:-1]:
            facts, _, name = line.partition("\t")
            mode, kind, blob, size = facts.split()
            found[name.rpartition("/")[2]] = _Entry(mode, blob, int(size)) if kind == "blob" else None
        return found


def named(name: str) -> Named | None:
    """The revision, path and variant that a name has; None where it names a file or no revision."""
    if os.path.isfile(name) or os.path.isfile(name.rpartition(":")[0]):  # noqa: PTH113
        return None
    body, variant = (name, None) if name.endswith(SUFFIXES) else name.rsplit(":", 1) if ":" in name else ("", None)
    revision, colon, path = body.partition(":")
    return Named(revision, path, variant) if revision and colon and path.endswith(SUFFIXES) else None


def load_revision(wanted: Named) -> Loaded:
    """The spec of a commit; the path is one from the working folder."""
    whole = f"{wanted.revision}:{wanted.path}"
    try:
        path, folder = _real(wanted.path)
        revision = Revision(*_commit(folder, wanted.revision), wanted.revision)
        return load_document(revision.read(path), path.parent, path, wanted.variant, files=revision)
    except GitError as error:
        message = f"`{whole}` cannot be read: {error.message}"
        return Loaded(None, {}, (Diagnostic(codes.UNREADABLE, message, Where(whole), help=error.help),))


def _real(name: str) -> tuple[Path, Path]:
    """A path without links in what is there of it, and the innermost folder that is."""
    path = Path(os.path.abspath(name))  # noqa: PTH100 - `resolve` may raise
    folder = path.parent
    while not os.path.isdir(folder):  # noqa: PTH112
        folder = folder.parent
    real = Path(os.path.realpath(folder))
    return real / path.relative_to(folder), real


def _commit(folder: Path, revision: str) -> tuple[Path, str]:
    """The top folder of the repository around a folder, and the commit that a revision is there."""
    top = os.fsdecode(_git(folder, "rev-parse", "--show-toplevel")).removesuffix("\n")
    if not top:
        raise GitError("it lies in the folder of a repository's own files")
    unknown = f"`{revision}` is no commit of the repository in {top}"
    found = _git(
        folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", problem=unknown
    )
    return Path(os.path.realpath(top)), found.decode("ascii").strip()


def _git(folder: Path, *words: str, problem: str = "") -> bytes:
    """What git prints; raises `GitError`, with a problem that is known or as git itself says it."""
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    environment |= {"GIT_LITERAL_PATHSPECS": "1", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=TIMEOUT, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise GitError("there is no git", "install git, or name two files") from None
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise GitError(f"git does not run: {error}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0].partition(": ")[2]
        raise GitError(problem or f"git says: {said}")
    return done.stdout
