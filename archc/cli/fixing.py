"""`archc check --fix`: what is fixed, written to the files or shown as a difference."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archc.cli.common import echo, fail_with, shown

if TYPE_CHECKING:
    from archc.findings import Found, Survey
    from archc.fixes.rounds import Fixed, Judge, Mended
    from archc.loading import Loaded

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_BOM = b"\xef\xbb\xbf"


def fixed(
    names: Sequence[str], loaded: Sequence[Loaded], judges: Sequence[Judge], *, diff: bool, quiet: bool
) -> tuple[list[Loaded], list[Survey]]:
    """Fix what is safe in the files that `names` are, and say so; gives the specs as they are now and what is left.

    Standard input goes to standard output. `diff` writes nothing and leaves everything. `quiet` keeps standard output
    to the findings.
    """
    from archc.fixes.rounds import mend

    if "-" in names and len(names) > 1:
        raise click.UsageError("`--fix` takes `-` alone: the fixed text goes to standard output")
    files = [path for name, each in zip(names, loaded, strict=True) if (path := _named(name, each)) is not None]
    mended = mend(loaded, judges, files)
    if diff:
        _show(mended, files, loaded)
        _tell(mended, would=True, err=True)
        return list(loaded), [judge(each) for judge, each in zip(judges, loaded, strict=True)]
    if names == ["-"]:
        _print(mended, loaded[0])
    else:
        _write(mended, files, loaded)
    _tell(mended, would=False, err=quiet or names == ["-"])
    return list(mended.loaded), list(mended.surveys)


def fixable(found: Sequence[Found]) -> str:
    """How a tally goes on where `--fix` could do something."""
    number = sum(each.is_fixable for each in found)
    return f"; {number} of them can be fixed by `archc check --fix`" if number else ""


def _named(name: str, loaded: Loaded) -> Path | None:
    """The file that a name is; None for the specs that ship with archc, which have names of their own."""
    file = next(iter(loaded.documents), None)
    is_named = file is not None and (name in ("-", file) or name == f"{file}:{loaded.variant}")
    return Path(file) if file is not None and is_named else None


def _print(mended: Mended, loaded: Loaded) -> None:
    """The text of standard input, fixed; nothing of a text too long to be held whole."""
    from archc.document.document import MAX_BYTES

    document = next(iter(loaded.documents.values()), None)
    if document is None or len(document.text) >= MAX_BYTES:
        return
    text = mended.texts.get(Path(document.file).resolve(), document.text)
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.flush()


def _write(mended: Mended, files: Sequence[Path], loaded: Sequence[Loaded]) -> None:
    from archc.diagnostics import SpecError
    from archc.write import rewrite_files

    contents: dict[Path, tuple[bytes, bytes]] = {}
    for path, old, new in _texts(mended, files, loaded):
        mark = _BOM if _begins_with_mark(path) else b""
        contents[path] = (mark + old.encode("utf-8"), mark + new.encode("utf-8"))
    try:
        rewrite_files(contents)
    except SpecError as error:
        fail_with(error.diagnostics)


def _begins_with_mark(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(3) == _BOM
    except OSError:
        return False


def _texts(mended: Mended, files: Sequence[Path], loaded: Sequence[Loaded]) -> Iterator[tuple[Path, str, str]]:
    """Each file that changes, once, with its old text and its new one."""
    old = {Path(file).resolve(): document.text for each in loaded for file, document in each.documents.items()}
    told: set[Path] = set()
    for path in files:
        resolved = path.resolve()
        if resolved in mended.texts and resolved not in told and mended.texts[resolved] != old[resolved]:
            told.add(resolved)
            yield path, old[resolved], mended.texts[resolved]


def _show(mended: Mended, files: Sequence[Path], loaded: Sequence[Loaded]) -> None:
    import difflib

    sys.stdout.flush()
    for path, old, new in _texts(mended, files, loaded):
        lines = difflib.unified_diff(_LINE.findall(old), _LINE.findall(new), str(path), str(path))
        text = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
        if sys.stdout.isatty():
            text = "".join(f"{shown(line)}\n" for line in text.splitlines())
        sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.flush()


def _tell(mended: Mended, *, would: bool, err: bool) -> None:
    """What was fixed, and what was tried in vain."""
    from archc.findings import merged
    from archc.report.terminal import count

    total = len(mended.fixed) + len(merged(mended.surveys))
    if not total:
        return
    verb = "Would fix" if would else "Fixed"
    number = len({each.found.diagnostic.where.file for each in mended.fixed})
    where = f" in {count(number, 'file')}:" if mended.fixed else "."
    echo(f"{verb} {len(mended.fixed)} of {count(total, 'finding')}{where}", err=err)
    for each in mended.fixed:
        echo(f"  {_line(each)}", err=err)
    for each in mended.given_up:
        echo(f"Left alone: {_line(each)}, for then {shown(each.because)}", err=err)


def _line(each: Fixed) -> str:
    place = each.found.place or each.found.diagnostic.where.file
    return f"{shown(str(place))}: {shown(each.fix.title)}"
