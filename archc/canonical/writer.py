"""Plain data as YAML: block style around, flow style for leaves, quotes only where the text would read otherwise."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping

from archc.document.scalars import TooLargeError, resolve

Data = str | int | float | bool | None | list["Data"] | dict[str, "Data"]

WIDTH = 110
"""Leaves that would end beyond this column are written in block style."""
_PLAIN = re.compile(r"[\w(][\w./+*=()<>!%'-]*(?: [\w./+*=()<>!%'-]+)*", re.ASCII)


def write_yaml(data: Mapping[str, Data]) -> str:
    """A document: its sections apart from each other, those that are no single line in block style."""
    parts: list[str] = []
    for key, value in data.items():
        if isinstance(value, (dict, list)) and value:
            parts += ["", f"{_scalar(key)}:", *_block(value, 2)]
        else:
            parts.append(f"{_scalar(key)}: {_flow(value)}")
    return "\n".join(parts) + "\n"


def _block(value: dict[str, Data] | list[Data], indent: int) -> Iterator[str]:
    """The lines of a mapping or list that is not empty."""
    pad = " " * indent
    if isinstance(value, list):
        for item in value:
            yield from _item(item, indent)
        return
    for key, inner in value.items():
        head = f"{pad}{_scalar(key)}:"
        if _fits(inner, len(head)):
            yield f"{head} {_flow(inner)}"
        else:
            assert isinstance(inner, (dict, list))
            yield head
            yield from _block(inner, indent + 2)


def _item(value: Data, indent: int) -> Iterator[str]:
    """A list's item behind its dash."""
    pad = " " * indent
    if _fits(value, indent + 1):
        yield f"{pad}- {_flow(value)}"
        return
    assert isinstance(value, (dict, list))
    first, *rest = _block(value, indent + 2)
    yield f"{pad}- {first.lstrip()}"
    yield from rest


def _fits(value: Data, before: int) -> bool:
    if not isinstance(value, (dict, list)) or not value:
        return True
    parts = value.values() if isinstance(value, dict) else value
    return all(map(_is_flat, parts)) and before + 1 + len(_flow(value)) <= WIDTH


def _is_flat(value: Data) -> bool:
    """Whether a value is a scalar or a list of scalars."""
    if isinstance(value, list):
        return not any(isinstance(item, (dict, list)) for item in value)
    return not isinstance(value, dict)


def _flow(value: Data) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return _scalar(value)


def _scalar(value: str | int | float | bool | None) -> str:
    if isinstance(value, str):
        return value if _reads_as_itself(value) else _quoted(value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int):
        return str(int(value))
    if math.isfinite(value):
        return repr(float(value))
    return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"


def _reads_as_itself(text: str) -> bool:
    """Whether plain text, in flow style too, is read as the same text."""
    if not _PLAIN.fullmatch(text):
        return False
    try:
        return resolve(text) == text
    except TooLargeError:
        return False


def _quoted(text: str) -> str:
    plain = text.isprintable() and ('"' in text or "\\" in text)
    return "'" + text.replace("'", "''") + "'" if plain else json.dumps(text, ensure_ascii=False)
