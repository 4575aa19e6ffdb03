"""A project's settings: `[tool.archc]` in the nearest `pyproject.toml` that has such a table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import cast

from archc import codes
from archc.diagnostics import Diagnostic, Where
from archc.findings import Found
from archc.record import record
from archc.rules.base import Rule
from archc.rules.select import choose
from archc.spec.data import is_list, is_mapping, kind
from archc.suggest import hint

FILE = "pyproject.toml"
MAX_BYTES = 1_000_000
MAX_NAMES = 100
"""How many rules a list of them may name."""
KEYS = ("select", "ignore", "strict")


@record
class Project:
    """What a project asks of `archc check`, and what is wrong with how it says so."""

    file: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    strict: bool = False
    wrong: tuple[Diagnostic, ...] = ()


def project_of(spec: str) -> Project:
    """The project that a spec belongs to by its path; of what is no file, the working folder's."""
    path = Path(spec)
    named = os.path.isfile(spec)  # noqa: PTH113  (Path raises where a name is too long)
    return _nearest((path.parent if named else Path()).resolve())


def rules_of(project: Project, select: Sequence[str], ignore: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that run in a project: what the command line selects stands in place of the project's choice."""
    if select:
        return choose(select, ignore).rules
    return choose(project.select, (*project.ignore, *ignore)).rules


def faults(projects: Iterable[Project]) -> tuple[Found, ...]:
    """What is wrong with the settings of projects, each once."""
    return tuple(Found(finding, None, None) for each in dict.fromkeys(projects) for finding in each.wrong)


@cache
def _nearest(folder: Path) -> Project:
    for each in (folder, *folder.parents):
        found = _read(each / FILE)
        if found is not None:
            return found
    return Project()


def _read(path: Path) -> Project | None:
    """The settings in a file; None where it has none."""
    where, raw = Where(_shown(path)), b""
    try:
        if not os.path.isfile(path):  # noqa: PTH113  (Path raises where a name is too long)
            return None
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
        text = raw.decode("utf-8")
    except OSError as error:
        return _unreadable(where, (error.strerror or str(error)).lower())
    except UnicodeDecodeError as error:
        return _unreadable(where, f"it is not UTF-8 text: byte 0x{raw[error.start]:02x} at offset {error.start}")
    if "tool" not in text or "archc" not in text:
        return None
    if len(raw) > MAX_BYTES:
        return Project(where.file, wrong=(_wrong(f"`{FILE}` has more than {MAX_BYTES:,} bytes", where),))
    import tomllib

    try:
        data = cast(object, tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        return _unreadable(where, str(error).lower())
    tools = data.get("tool") if is_mapping(data) else None
    table = tools.get("archc") if is_mapping(tools) else None
    if table is None:
        return None
    if not is_mapping(table):
        return Project(where.file, wrong=(_wrong(f"`tool.archc` is a table, not {kind(table)}", where),))
    return _settings(table, where)


def _unreadable(where: Where, reason: str) -> Project:
    return Project(where.file, wrong=(_wrong(f"`{FILE}` cannot be read: {reason}", where),))


def _settings(table: Mapping[str, object], where: Where) -> Project:
    wrong = [
        _wrong(f"`tool.archc` has no setting `{key}`", where, hint(key, "settings", KEYS))
        for key in islice(table, MAX_NAMES)
        if key not in KEYS
    ]
    lists: dict[str, tuple[str, ...]] = {}
    for key in ("select", "ignore"):
        value = table.get(key, [])
        entries = value[:MAX_NAMES] if is_list(value) else []
        names = tuple(name for name in entries if isinstance(name, str))
        if not is_list(value) or len(names) < len(value):
            wrong.append(_wrong(f"`tool.archc.{key}` takes a list of codes or names of rules", where))
        for name, help in choose(names).unknown:
            wrong.append(_wrong(f"`tool.archc.{key}` names no rule: `{name}`", where, help))
        lists[key] = names
    strict = table.get("strict", False)
    if not isinstance(strict, bool):
        wrong.append(_wrong(f"`tool.archc.strict` takes true or false, not {kind(strict)}", where))
    return Project(where.file, lists["select"], lists["ignore"], strict is True, tuple(wrong))


def _wrong(message: str, where: Where, help: str = "") -> Diagnostic:
    return Diagnostic(codes.SETTINGS, message, where, help=help)


def _shown(path: Path) -> str:
    from archc.loading import shown

    return shown(path)
