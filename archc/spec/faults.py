"""What pydantic finds wrong with a value, in archc's own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pydantic import ValidationError

from archc.record import record
from archc.spec.data import is_mapping, is_sequence, kind, quote

_WANTED = {
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "bool": "true or false",
    "string": "text",
    "list": "a list",
    "tuple": "a list",
    "dict": "a mapping",
}
"""What a value should have been, by the first word of the fault's type (`int_parsing`, `int_from_float`)."""
_BOUNDS = {
    "greater_than_equal": ("be at least", "ge"),
    "less_than_equal": ("be at most", "le"),
    "greater_than": ("be more than", "gt"),
    "less_than": ("be less than", "lt"),
}
_LENGTHS = {
    "too_long": ("at most", "max_length", "entries"),
    "too_short": ("at least", "min_length", "entries"),
    "string_too_long": ("at most", "max_length", "characters"),
    "string_too_short": ("at least", "min_length", "characters"),
}


@record
class Fault:
    """One thing wrong with a value."""

    type: str
    """Pydantic's name for it."""
    loc: tuple[str | int, ...]
    """The way to it, through the members of unions too (`tuple[int,int]`)."""
    given: object
    problem: str
    """What is wrong, from a verb on."""

    @property
    def route(self) -> tuple[str | int, ...]:
        """The way to it through the data alone."""
        return tuple(part for part in self.loc if isinstance(part, int) or not part.startswith(("list[", "dict[")))

    @property
    def key(self) -> str:
        """The key it is about."""
        return str(self.loc[-1])


def faults_in(error: ValidationError) -> list[Fault]:
    """All that pydantic found wrong."""
    raw = cast("list[Mapping[str, Any]]", error.errors(include_url=False))
    return [Fault(fault["type"], fault["loc"], fault.get("input"), _problem(fault)) for fault in raw]


def _problem(fault: Mapping[str, Any]) -> str:
    type_, given, details = str(fault["type"]), fault.get("input"), fault.get("ctx", {})
    shown = kind(given) if is_sequence(given) or is_mapping(given) else quote(given)
    if type_ in _BOUNDS:
        words, limit = _BOUNDS[type_]
        return f"must {words} {details[limit]:g}, not {shown}"
    if type_ in _LENGTHS:
        words, limit, what = _LENGTHS[type_]
        actual = details.get("actual_length", len(given) if isinstance(given, str) else 0)
        return f"must have {words} {details[limit]} {what}, not {actual}"
    if type_ == "literal_error":
        return f"must be {details['expected']}, not {shown}".replace("'", "`")
    wanted = _WANTED.get(type_.partition("_")[0])
    if wanted is not None and type_ != "string_pattern_mismatch":
        return f"must be {wanted}, not {shown}"
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"cannot be {shown}: {message[:1].lower()}{message[1:]}"
