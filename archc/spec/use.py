"""`use:` other files' blocks, and where files are found: beside the spec, or shipped with archc."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Protocol

from archc import codes
from archc.diagnostics import Where
from archc.document import Document, read
from archc.spec.context import Context
from archc.spec.data import is_list, is_mapping, kind, quote
from archc.spec.model import Block, Spec
from archc.specfiles import SUFFIXES
from archc.suggest import meant, renaming, suggest

SHIPPED = "archc:"
"""What a path to a file that ships with archc begins with."""
MAX_DEPTH = 16
MISSING = "there is no such file"


def shipped_folder() -> Path:
    """The folder of the specs that ship with archc: in the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_specs"
    return installed if installed.is_dir() else package.parent / "specs"


def is_shipped(path: Path) -> bool:
    """Whether a resolved path is that of a file that ships with archc."""
    return path.is_relative_to(shipped_folder().resolve())


class Files(Protocol):
    """Where the files are that a spec is made of: on the disk, or in a commit (see `archc.revisions`)."""

    def real(self, path: Path) -> Path:
        """A path without links in it."""
        ...

    def is_file(self, path: Path) -> bool:
        """Whether there is such a file."""
        ...

    def names(self, folder: Path) -> tuple[str, ...]:
        """The names of the specs in a folder."""
        ...

    def read(self, path: Path) -> Document:
        """The document in a file that one of those now being read uses."""
        ...


@dataclass(frozen=True)
class Disk:
    """The files as they lie there."""

    def real(self, path: Path) -> Path:
        """A path without links in it, as far as there are files; links in a circle stay."""
        return Path(os.path.realpath(path))  # `resolve` raises where links go in a circle

    def is_file(self, path: Path) -> bool:
        """Whether there is such a file."""
        return os.path.isfile(path)  # noqa: PTH113  (Path raises where a name is too long)

    def names(self, folder: Path) -> tuple[str, ...]:
        """The names of the specs in a folder."""
        try:
            return tuple(each.name for each in islice(folder.iterdir(), 1000) if each.suffix in SUFFIXES)
        except OSError:
            return ()

    def read(self, path: Path) -> Document:
        """The document in a file, which is to be no link to elsewhere."""
        return read(shown(path), plain=not is_shipped(path))


def shown(path: Path) -> str:
    """A path as findings show it: relative to the working folder where it lies below that."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


@dataclass(frozen=True)
class Library:
    """How the files that a spec uses are read: the folder they must stay in, and those now being read."""

    root: Path
    load: Callable[[Path, Library], tuple[Spec | None, bool]]
    """Reads a file; gives its spec, and whether it was free of errors (its findings are already reported)."""
    folder: Path
    reading: tuple[Path, ...] = ()
    files: Files = field(default_factory=Disk)

    def into(self, file: Path) -> Library:
        """The same while `file`, which one of those now being read uses, is read."""
        files = Disk() if is_shipped(file) else self.files
        return replace(self, folder=file.parent, reading=(*self.reading, file), files=files)


def read_uses(ctx: Context, value: object, library: Library) -> tuple[Mapping[str, Block], frozenset[str]]:
    """The blocks of all used files, as `namespace.name`, and the namespaces of files that could not be read whole."""
    entries = _entries(value)
    if entries is None:
        ctx.report_type("`use` is a mapping such as `{blocks: blocks/residual.yaml}`", value, ctx.where(("use",)))
        return {}, frozenset()
    found: dict[str, Block] = {}
    lost: set[str] = set()
    for at, (name, path) in enumerate(entries.items()):
        where = ctx.where(("use", at if is_list(value) else name))
        spec, whole = _read_used(ctx, name, path, where, library)
        if spec is not None:
            found.update({f"{name}.{block}": definition for block, definition in spec.scope.blocks.items()})
        if not whole:
            lost.add(name)
    return found, frozenset(lost)


def _read_used(ctx: Context, name: str, path: object, where: Where, library: Library) -> tuple[Spec | None, bool]:
    """A used file's spec, and whether it was read without faults."""
    if not ctx.check_name(name, where, "namespace"):
        return None, False
    if not isinstance(path, str):
        ctx.report(codes.USE, f"`use` takes a path, not {kind(path)}", where)
        return None, False
    resolved, problem = _resolve(path, library)
    if resolved is None:
        name, there = Path(path).name, _beside(path, library) if problem == MISSING else ()
        fixes = renaming(name, there, replace(where, at=len(path) - len(name))) if path.endswith(name) else ()
        ctx.report(codes.USE, f"cannot use {quote(path)}: {problem}", where, suggest(name, there), fixes)
        return _read_meant(path, name, there, library)
    spec, good = library.load(resolved, library.into(resolved))
    whole = good and spec is not None
    if not whole:
        ctx.report(codes.USE, f"{quote(path)} has errors of its own", where)
    return spec, whole


def _read_meant(path: str, name: str, there: tuple[str, ...], library: Library) -> tuple[Spec | None, bool]:
    """The spec that a misspelt path surely leads to."""
    right = meant(name, there) if path.endswith(name) else ""
    resolved, _ = _resolve(path.removesuffix(name) + right, library) if right else (None, "")
    if resolved is None:
        return None, False
    spec, good = library.load(resolved, library.into(resolved))
    return spec, good and spec is not None


def _beside(path: str, library: Library) -> tuple[str, ...]:
    """The specs in the folder that a path leads to, if it lies where paths may lead."""
    folder = library.files.real((library.folder / path).parent)
    if path.startswith(SHIPPED) or not folder.is_relative_to(library.files.real(library.root)):
        return ()
    return library.files.names(folder)


def written_uses(value: object) -> tuple[tuple[str, str], ...]:
    """Namespace and path of each used file, as the spec has them."""
    return tuple((name, str(path)) for name, path in (_entries(value) or {}).items())


def _entries(value: object) -> dict[str, object] | None:
    """Paths by namespace: a list's are called after their files."""
    if value is None:
        return {}
    if is_list(value):
        return {Path(str(path)).stem: path for path in value}
    return value if is_mapping(value) else None


def _resolve(path: str, library: Library) -> tuple[Path | None, str]:
    root, folder, files = library.root, library.folder, library.files
    if path.startswith(SHIPPED):
        root, folder, files = shipped_folder(), shipped_folder(), Disk()
        path = path.removeprefix(SHIPPED)
    if not path or "\0" in path or Path(path).is_absolute():
        return None, "the path must be relative to this file"
    target = files.real(folder / path)
    if not target.is_relative_to(files.real(root)) and not is_shipped(target):
        return None, "it lies outside the folder of the spec"
    if not (Disk() if is_shipped(target) else files).is_file(target):
        return None, MISSING
    if target in library.reading:
        return None, "the files use each other in a circle"
    if len(library.reading) >= MAX_DEPTH:
        return None, f"files are nested more than {MAX_DEPTH} deep"
    return target, ""
