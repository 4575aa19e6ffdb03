"""Writing files so that nothing is lost: all of them or none, no half-written file, nothing that is not archc's own."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from archc import codes
from archc.diagnostics import Diagnostic, SpecError, Where
from archc.marks import marked, sealed, standing


def write_files(folder: Path, contents: Mapping[str, bytes], *, force: bool = False) -> tuple[Path, ...]:
    """Write files into a folder, which is made if need be; gives their paths.

    Raises `SpecError`, having changed nothing, where one cannot be written, is a link, or would replace a file that
    archc did not write (which `force` allows).
    """
    files = {folder / name: sealed(marked(data, Path(name).suffix)) for name, data in contents.items()}
    problems = [problem for path in files if (problem := _problem(path, force=force)) is not None]
    if problems:
        raise SpecError(problems)
    made: list[Path] = []
    try:
        made = _make(folder)
        _put(files)
    except OSError as error:
        for each in reversed(made):
            with suppress(OSError):
                each.rmdir()
        raise SpecError([_unwritable(folder, error)]) from error
    return tuple(files)


def _problem(path: Path, *, force: bool) -> Diagnostic | None:
    """Why a file must not be written."""
    shown = f"`{path}`"
    if path.is_symlink():
        return Diagnostic(
            codes.EXISTS, f"{shown} is a link, and archc writes through none", Where(str(path)), help="remove it first"
        )
    if not path.exists():
        return None
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "no regular file"
        return Diagnostic(codes.UNWRITABLE, f"{shown} is {kind}", Where(str(path)), help="write elsewhere with `-o`")
    found = "ours" if force else standing(path)
    if found == "ours":
        return None
    help = "write elsewhere with `-o`, or replace it with `--force`"
    why = "was changed since archc wrote it" if found == "changed" else "exists, and archc did not write it"
    return Diagnostic(codes.EXISTS, f"{shown} {why}", Where(str(path)), help=help)


def rewrite_files(contents: Mapping[Path, tuple[bytes, bytes]]) -> None:
    """Put new contents in the place of the old ones that files have: all of them, each at once, or none.

    Raises `SpecError` where a file is a link, cannot be written, or no longer holds the old contents.
    """
    problems = [problem for path, (old, _) in contents.items() if (problem := _changed(path, old)) is not None]
    if problems:
        raise SpecError(problems)
    try:
        with ExitStack() as undo:
            written = [(_like(path, _write_beside(path, new, undo)), path) for path, (_, new) in contents.items()]
            for temporary, path in written:
                temporary.replace(path)
    except OSError as error:
        raise SpecError([_unwritable(next(iter(contents)).parent, error)]) from error


def _changed(path: Path, old: bytes) -> Diagnostic | None:
    """Why a file must not be rewritten."""
    shown, where = f"`{path}`", Where(str(path))
    if path.is_symlink():
        help = f"name the file itself: `{path.resolve()}`"
        return Diagnostic(codes.EXISTS, f"{shown} is a link, and archc writes through none", where, help=help)
    if not path.is_file():
        return Diagnostic(codes.UNWRITABLE, f"{shown} is no regular file", where)
    if not os.access(path, os.W_OK):
        return Diagnostic(codes.UNWRITABLE, f"{shown} may not be written", where)
    if path.read_bytes() != old:
        return Diagnostic(codes.UNWRITABLE, f"{shown} has changed meanwhile", where, help="check it again")
    return None


def _like(path: Path, temporary: Path) -> Path:
    """The new file, with the owner and the permissions of the one that it replaces."""
    stat = path.stat()
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(temporary, stat.st_uid, stat.st_gid)
    temporary.chmod(stat.st_mode & 0o7777)
    return temporary


def _unwritable(folder: Path, error: OSError) -> Diagnostic:
    reason = (error.strerror or str(error)).lower()
    return Diagnostic(codes.UNWRITABLE, f"cannot write into `{folder}`: {reason}", Where(str(folder)))


def _make(folder: Path) -> list[Path]:
    """Make a folder; gives those that had to be made, outermost first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _put(files: Mapping[Path, bytes]) -> None:
    """Write every file beside its place, then move all of them there; undo it where one cannot be moved."""
    with ExitStack() as undo:
        written = [(_write_beside(path, data, undo), path) for path, data in files.items()]
        old = _move(written, undo)
        undo.pop_all()
    for path in old:
        with suppress(OSError):
            path.unlink()


def _write_beside(path: Path, data: bytes, undo: ExitStack) -> Path:
    temporary = _beside(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(temporary, flags, 0o666)
    undo.callback(_remove, temporary)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    return temporary


def _move(written: Sequence[tuple[Path, Path]], undo: ExitStack) -> list[Path]:
    """Move new files to their places, where at any moment an old or a new one is; gives what the old are kept as."""
    kept: list[Path] = []
    for temporary, path in written:
        if path.exists():
            old = _keep(path, undo)
            kept.append(old)
            undo.callback(os.replace, old, path)
        else:
            undo.callback(_remove, path)
        temporary.replace(path)
    return kept


def _keep(path: Path, undo: ExitStack) -> Path:
    """A second name for a file; where the file system has none, a copy."""
    old = _beside(path)
    try:
        os.link(path, old, follow_symlinks=False)
    except (OSError, NotImplementedError):
        return _write_beside(path, path.read_bytes(), undo)
    undo.callback(_remove, old)
    return old


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
