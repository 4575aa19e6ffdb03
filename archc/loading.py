"""From a path to a spec: reads the file, those it uses, and keeps their texts so that findings can be shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from archc import codes
from archc.diagnostics import Diagnostic, Place, Where
from archc.document import Document, parse, read
from archc.quiet import quiet
from archc.record import record
from archc.spec.data import keys_of
from archc.spec.model import Spec
from archc.spec.read import read_spec
from archc.spec.use import Disk, Files, Library, shipped_folder, shown
from archc.specfiles import SUFFIXES
from archc.suggest import suggest

MAX_FILES = 100
"""How many files one spec may be made of."""


@record
class Loaded:
    """A spec as far as it can be read, the documents behind it, and everything wrong with them."""

    spec: Spec | None
    documents: Mapping[str, Document]
    findings: tuple[Diagnostic, ...]
    variant: str | None = None
    """The variant that the name asked for: `resnet.yaml:resnet50`, or `resnet50` alone."""

    def place(self, where: Where) -> Place | None:
        """The lines and columns of a place; None in a file that was not read."""
        document = self.documents.get(where.file)
        return document.place(where) if document is not None else None

    def is_current(self) -> bool:
        """Whether the files behind it still say the same."""
        try:
            return all(Path(file).read_text(encoding="utf-8") == doc.text for file, doc in self.documents.items())
        except (OSError, UnicodeDecodeError):
            return False


@dataclass
class _Reading:
    """The files read so far in one load."""

    documents: dict[str, Document] = field(default_factory=dict[str, Document])
    findings: list[Diagnostic] = field(default_factory=list[Diagnostic])
    specs: dict[Path, tuple[Spec | None, bool]] = field(default_factory=dict[Path, tuple[Spec | None, bool]])
    texts: Mapping[Path, str] = field(default_factory=dict[Path, str])
    """What stands for the text of a file, where that is not to be read."""

    def load(self, path: Path, library: Library) -> tuple[Spec | None, bool]:
        """A used file, read once."""
        if path not in self.specs:
            text = self.texts.get(path)
            if len(self.documents) >= MAX_FILES:
                many = f"a spec uses at most {MAX_FILES - 1} files, in all"
                self.findings.append(Diagnostic(codes.LIMIT, many, Where(shown(path))))
                return None, False
            document = library.files.read(path) if text is None else parse(text, shown(path))
            self.specs[path] = self.add(document, library)
        return self.specs[path]

    def add(self, document: Document, library: Library) -> tuple[Spec | None, bool]:
        """The spec in a document, and whether it has no faults."""
        self.documents[document.file] = document
        spec, findings = read_spec(document, library)
        self.findings += findings
        return spec, not findings


@quiet()
def load_text(text: str, file: str = "<text>", folder: Path | None = None) -> Loaded:
    """The spec in `text`; its `use` paths start from `folder`."""
    return load_document(parse(text, file), folder or Path.cwd(), Path(file), None)


@quiet()
def load_file(name: str) -> Loaded:
    """The spec that `name` stands for: a path, `path:variant`, or a spec (or variant) that ships with archc."""
    path, variant, problem = locate(name)
    if path is None:
        return Loaded(None, {}, (problem,) if problem else ())
    return load_document(read(str(path)), path.parent, path, variant)


@quiet()
def reload(loaded: Loaded, texts: Mapping[Path, str]) -> Loaded:
    """The same spec where files, by resolved path, hold other texts; those that it has are not read again."""
    main = next(iter(loaded.documents.values()), None)
    if main is None:
        return loaded
    path = Path(main.file)
    known = {Path(file).resolve(): document.text for file, document in loaded.documents.items() if document.text}
    held = {**known, **texts}
    document = parse(held.get(path.resolve(), main.text), main.file)
    return load_document(document, path.parent, path, loaded.variant, texts=held)


def load_document(
    document: Document,
    folder: Path,
    path: Path,
    variant: str | None,
    *,
    texts: Mapping[Path, str] | None = None,
    files: Files | None = None,
) -> Loaded:
    """The spec in a document that stands at a path; what it uses, from a folder on, is on the disk or among `files`."""
    reading = _Reading(texts=texts or {})
    files = files or Disk()
    root = files.real(folder)
    spec, _ = reading.add(document, Library(root, reading.load, root, (files.real(path),), files))
    return Loaded(spec, reading.documents, tuple(reading.findings), variant)


def locate(name: str) -> tuple[Path | None, str | None, Diagnostic | None]:
    """The file and variant that `name` stands for, or why there is none."""
    path = Path(name)
    if os.path.isfile(name):  # noqa: PTH113  (Path raises where a name is too long)
        return path, None, None
    stem, colon, variant = name.rpartition(":")
    if colon and os.path.isfile(stem):  # noqa: PTH113
        return Path(stem), variant, None
    wanted, wanted_variant = (stem, variant) if colon else (name, None)
    if Path(wanted).suffix not in SUFFIXES and "/" not in wanted:
        found = _shipped(wanted, wanted_variant)
        if found is not None:
            return (*found, None)
    return None, None, _not_found(name, wanted)


def _shipped(name: str, variant: str | None) -> tuple[Path, str | None] | None:
    path = shipped_folder() / f"{name}.yaml"
    if os.path.isfile(path):  # noqa: PTH113
        return path, variant
    owners = [] if variant else _owners(name)
    return (owners[0], name) if len(owners) == 1 else None


def _owners(variant: str) -> list[Path]:
    """The shipped networks that have a variant of that name."""
    return [file for file, names in shipped_variants().items() if variant in names]


def shipped_specs() -> list[Path]:
    """The networks that ship with archc."""
    return sorted(shipped_folder().glob("*.yaml"))


def shipped_variants() -> dict[Path, tuple[str, ...]]:
    """The variants of each network that ships with archc."""
    found: dict[Path, tuple[str, ...]] = {}
    for path in shipped_specs():
        data = read(str(path)).data
        found[path] = keys_of(data.get("variants")) if data is not None else ()
    return found


def _specs_beside(path: Path) -> list[str]:
    """The specs in a path's folder, or in the working folder where there is no such folder."""
    try:
        folder = path.parent if path.parent.is_dir() else Path()
        return [each.name for each in islice(folder.iterdir(), 1000) if each.suffix in SUFFIXES]
    except (OSError, ValueError):
        return []


def _not_found(name: str, wanted: str) -> Diagnostic:
    path, where = Path(wanted), Where(name)
    if path.suffix in SUFFIXES or "/" in wanted:
        near = suggest(path.name, _specs_beside(path))
        return Diagnostic(codes.UNREADABLE, f"there is no file `{wanted}`", Where(wanted), help=near)
    variants = shipped_variants()
    owners = [] if ":" in name else [file.stem for file, names in variants.items() if wanted in names]
    if owners:
        message = f"several networks that ship with archc have a variant `{wanted}`"
        several = ", ".join(f"`{owner}:{wanted}`" for owner in owners)
        return Diagnostic(codes.UNREADABLE, message, where, help=f"say which: {several}")
    specs = [file.stem for file in variants]
    near = suggest(wanted, [*specs, *(variant for names in variants.values() for variant in names)])
    message = f"`{name}` is neither a file nor a network that ships with archc"
    return Diagnostic(codes.UNREADABLE, message, where, help=near or f"shipped networks: {', '.join(specs)}")
