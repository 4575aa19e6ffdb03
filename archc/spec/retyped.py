"""Values of another type that can mean only one thing: `"3"` and `3.0` where a whole number stands, a list of one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from archc.diagnostics import Edit, Fix, Where
from archc.spec.data import is_number, is_sequence

_BOOLS = {
    **dict.fromkeys(("true", "yes", "on"), "true"),
    **dict.fromkeys(("false", "no", "off"), "false"),
}
_INT = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})(?:[eE][-+]?[0-9]{1,2})?\Z")
TYPES: Mapping[str, str] = {"int": "int", "float": "float", "bool": "bool", "string": "str"}
"""The types of single values, by the first word of pydantic's name for a fault."""


def retyped(value: object, type_: str, where: Where) -> tuple[Fix, ...]:
    """The fix that writes a value as one of a type (`int`, `float`, `bool`, `str`), where it can only mean that."""
    if is_sequence(value):
        text = _written(value[0], type_) or _same(value[0], type_) if len(value) == 1 else ""
    else:
        text = _written(value, type_)
    return (Fix(f"write `{text}`", (Edit(where, "replace", text),), safe=True),) if text else ()


def _written(value: object, type_: str) -> str:
    """A value of another type as one of this, in YAML; empty where it means none."""
    if isinstance(value, str):
        text = value.strip()
        if type_ == "bool":
            return _BOOLS.get(text.lower(), "")
        pattern = {"int": _INT, "float": _FLOAT}.get(type_)
        return text if pattern is not None and pattern.match(text) else ""
    if type_ == "int" and isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if type_ == "str" and isinstance(value, (bool, int)):
        return json.dumps(str(value).lower() if isinstance(value, bool) else str(value))
    return ""


def _same(value: object, type_: str) -> str:
    """A value that is of the type already, in YAML."""
    if isinstance(value, bool):
        return str(value).lower() if type_ == "bool" else ""
    if is_number(value):
        return str(value) if type_ == "float" or (type_ == "int" and isinstance(value, int)) else ""
    return json.dumps(value) if isinstance(value, str) and type_ == "str" else ""
