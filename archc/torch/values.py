"""Values of arguments: free of the formulas in them, and as Python source."""

from __future__ import annotations

from typing import TypeGuard

from archc.labels import Labelled
from archc.torch.layout import string


def plain(value: object) -> object:
    """A value without the formulas in it."""
    if isinstance(value, Labelled):
        return int(value)
    return tuple(plain(item) for item in value) if is_tuple(value) else value


def is_tuple(value: object) -> TypeGuard[tuple[object, ...]]:
    """Whether a value is a tuple."""
    return isinstance(value, tuple)


def literal_text(value: object) -> str:
    """A value as Python source."""
    value = plain(value)
    if isinstance(value, str):
        return string(value)
    if is_tuple(value):
        texts = [literal_text(item) for item in value]
        return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return 'float("inf")' if value > 0 else '-float("inf")'
    return repr(value)


def annotation(value: object) -> str:
    """The type of a value as an annotation says it."""
    if is_tuple(value):
        inner = {annotation(item) for item in value}
        return f"tuple[{inner.pop()}, ...]" if len(inner) == 1 else "tuple[object, ...]"
    return type(value).__name__ if isinstance(value, (bool, int, float, str)) else "object"
