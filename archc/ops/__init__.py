"""The ops. Each family is one file here; a family is imported when a spec first names one of its ops.

Family files leave out `from __future__ import annotations`: pydantic would compile every annotation once more, and
importing a family is most of what a small check takes.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from pathlib import Path

from archc.ops.base import Op

ENTRY_POINTS = "archc.ops"
"""The entry-point group in which a Python package registers an op of its own."""


@cache
def find(name: str) -> type[Op] | None:
    """The op that specs call `name`, or None; imports no family but the op's own."""
    for family, names in _index().items():
        if name in names:
            return _ops_of(family).get(name)
    return _registered().get(name)


@cache
def names() -> tuple[str, ...]:
    """The names of all ops, sorted."""
    return tuple(sorted({name for found in _index().values() for name in found} | set(_registered())))


def families() -> tuple[str, ...]:
    """The names of the family files."""
    return tuple(_index())


@cache
def _index() -> dict[str, frozenset[str]]:
    """Which names each family file declares, read off its text: importing them all would cost a check 100 ms."""
    found: dict[str, frozenset[str]] = {}
    for info in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if info.name in {"base", "kernels", "lowering", "parts"}:
            continue
        text = (Path(__file__).parent / f"{info.name}.py").read_text(encoding="utf-8")
        classes = re.split(r"^class ", text, flags=re.MULTILINE)[1:]
        found[info.name] = frozenset(filter(None, map(_declared_name, classes)))
    return {family: names for family, names in found.items() if names}


def _declared_name(body: str) -> str | None:
    """The op's name in the text of a class: its `name`, or a public class's own name."""
    named = re.search(r'^    name = "(\w+)"', body, re.MULTILINE)
    if named:
        return named[1]
    own = re.match(r"\w+", body)
    return own[0] if own and not own[0].startswith("_") else None


@cache
def _ops_of(family: str) -> dict[str, type[Op]]:
    module = importlib.import_module(f"archc.ops.{family}")
    members = vars(module).values()
    return {
        m.name: m
        for m in members
        if isinstance(m, type) and issubclass(m, Op) and m.__module__ == module.__name__ and m.name
    }


@cache
def _registered() -> dict[str, type[Op]]:
    return {name: op for name, op in _entry_points().items() if isinstance(op, type)}


def broken(name: str) -> str:
    """Why the op that a package registers under `name` cannot be used; empty where nothing is wrong with it."""
    found = _entry_points().get(name, "")
    return found if isinstance(found, str) else ""


@cache
def _entry_points() -> dict[str, type[Op] | str]:
    """What installed packages register: ops, and for what is none of archc's, why."""
    from importlib.metadata import entry_points

    found: dict[str, type[Op] | str] = {}
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            op = entry.load()
        except Exception as error:  # whatever a foreign package raises, the spec is told and archc goes on
            found[entry.name] = f"`{entry.value}` cannot be loaded: {type(error).__name__}: {error}"
            continue
        if not (isinstance(op, type) and issubclass(op, Op)):
            found[entry.name] = f"`{entry.value}` is no class derived from `archc.ops.base.Op`"
        elif op.__abstractmethods__:
            found[entry.name] = (
                f"`{entry.value}` does not define {', '.join(f'`{m}`' for m in sorted(op.__abstractmethods__))}"
            )
        else:
            found[entry.name] = op
    return found
