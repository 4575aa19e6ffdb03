"""What a plain scalar means: the YAML 1.2 core schema."""

from __future__ import annotations

import re

from archc.expr import MAX_INT

Scalar = str | int | float | bool | None

CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
"""Characters that a reader of the file cannot see, or that turn around what they see."""

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_FIRST = frozenset("+-.0123456789~nNtTfF")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(?:(inf|Inf|INF)|(?:nan|NaN|NAN))")


class TooLargeError(Exception):
    """A number out of bounds."""


def resolve(text: str) -> Scalar:
    """The value of a plain scalar; raises `TooLargeError`."""
    if text and text[0] not in _FIRST:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return _whole(text)
    if _FLOAT.fullmatch(text):
        value = float(text)
        if abs(value) == float("inf"):
            raise TooLargeError
        return value
    if special := _SPECIAL.fullmatch(text):
        return float(f"{special[1]}inf" if special[2] else "nan")
    return text


def _whole(text: str) -> int:
    if len(text) > 1000:
        raise TooLargeError
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    value = int(text, base)
    if abs(value) >= MAX_INT:
        raise TooLargeError
    return value
