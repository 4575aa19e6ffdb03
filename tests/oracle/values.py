"""Parameters: their declarations, and the values that they take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.oracle.document import Definition, Document, by_param, has_default, holes, type_of
from tests.oracle.formulas import Refused, Row, evaluate

Names = Mapping[str, Any]


def settled(found: Document, params: Mapping[str, Any], variant: str | None) -> dict[str, Any]:
    """The file's parameters and lets."""
    variants = found.raw.get("variants") or {}
    if variant is None and variants:
        variant = next(iter(variants))
    if variant is not None and variant not in variants:
        raise Refused(f"no variant {variant}")
    given = {**((variants[variant] or {}) if variant else {}), **params}
    declared = found.network.params
    if not set(given) <= set(declared):
        raise Refused(f"no parameters {sorted(set(given) - set(declared))}")
    names: dict[str, Any] = {}
    for name, how in declared.items():
        if name in given:
            names[name] = taken(name, how, given[name])
        elif has_default(how):
            names[name] = default_of(name, how)
        else:
            raise Refused(f"{name} must be given")
    return with_lets(found.network, names)


def with_lets(owner: Definition, names: Mapping[str, Any]) -> dict[str, Any]:
    """Names with a definition's lets."""
    found = dict(names)
    for name, text in owner.lets.items():
        found[name] = evaluate(text, found, whole=name in owner.whole) if isinstance(text, str) else text
    return found


def default_of(name: str, declared: Any) -> Any:
    """The default of a declaration."""
    return taken(name, declared, declared["default"] if isinstance(declared, dict) else declared)


def taken(name: str, declared: Any, value: Any) -> Any:
    """A value as a parameter takes it; refused where it does not fit."""
    how = declared if isinstance(declared, dict) else {}
    type_ = type_of(declared)
    if type_ == "table":
        return tuple(_row(how["columns"], row) for row in _list(name, value, how))
    if type_.startswith("list["):
        items = tuple(_scalar(name, type_[5:-1], item) for item in _list(name, value, how))
        for item in items:
            _in_range(name, how, item)
        return items
    if type_ in ("enum", "block") or how.get("choices"):
        if not any(value == choice and type(value) is type(choice) for choice in how["choices"]):
            raise Refused(f"{name} must be one of {how['choices']}, not {value!r}")
        return value
    found = _scalar(name, type_, value)
    _in_range(name, how, found)
    return found


def _list(name: str, value: Any, how: Mapping[str, Any]) -> Any:
    if not isinstance(value, (list, tuple)):
        raise Refused(f"{name} must be a list")
    if how.get("length") is not None and len(value) != how["length"]:
        raise Refused(f"{name} must have {how['length']} entries")
    return value


def _scalar(name: str, type_: str, value: Any) -> Any:
    if type_ == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value).__name__ != type_:
        raise Refused(f"{name} must be {type_}, not {value!r}")
    return value


def _in_range(name: str, how: Mapping[str, Any], value: Any) -> None:
    if how.get("min") is not None and value < how["min"]:
        raise Refused(f"{name} must be at least {how['min']}")
    if how.get("max") is not None and value > how["max"]:
        raise Refused(f"{name} must be at most {how['max']}")


def _row(columns: Mapping[str, str], row: Any) -> Row:
    if isinstance(row, Row):
        return row
    cells = [row.get(name) for name in columns] if isinstance(row, dict) else list(row)
    if len(cells) != len(columns):
        raise Refused("a row has a cell for each column")
    return Row((name, _scalar(name, type_, cell)) for (name, type_), cell in zip(columns.items(), cells, strict=True))


def bound(block: Definition, args: Any, names: Names) -> dict[str, Any]:
    """A block's own parameters, as a step gives them."""
    given = by_param(block.params, args)
    if not set(given) <= set(block.params) or (isinstance(args, list) and len(args) > len(block.params)):
        raise Refused(f"{block.name} has no such parameters")
    found: dict[str, Any] = {}
    for name, how in block.params.items():
        if name in given:
            found[name] = taken(name, how, _argument(how, given[name], names))
        elif has_default(how):
            found[name] = default_of(name, how)
        else:
            raise Refused(f"{block.name} needs {name}")
    return found


def _argument(declared: Any, value: Any, names: Names) -> Any:
    type_ = type_of(declared)
    if type_ == "table" and isinstance(value, list):
        return value
    if isinstance(value, list):
        return tuple(_argument(type_[5:-1], item, names) for item in value)
    if not isinstance(value, str):
        return value
    if type_ in ("block", "enum") and value not in declared["choices"]:
        return evaluate(value, names)
    if type_ in ("str", "list[str]", "block", "enum"):
        return text(value, names)
    return evaluate(value, names, whole="float" not in type_)


def text(template: str, names: Names) -> str:
    """Text with `{expression}` parts."""
    for hole in holes(template):
        template = template.replace("{" + hole + "}", str(evaluate(hole, names)), 1)
    return template
