"""The plain data that a document holds: telling it apart, and showing it in messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from operator import index
from typing import TYPE_CHECKING, SupportsIndex, cast

if TYPE_CHECKING:
    from typing_extensions import TypeIs

ANY_DTYPE = "?"
"""The dtype of what is declared with one that there is not."""
KINDS: Mapping[type, str] = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    tuple: "a list",
    dict: "a mapping",
}


def is_mapping(value: object) -> TypeIs[dict[str, object]]:
    """Whether a value is a mapping, whose keys are always text."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeIs[list[object]]:
    """Whether a value is a list as the file has it; values from elsewhere may be tuples."""
    return isinstance(value, list)


def is_sequence(value: object) -> TypeIs[list[object] | tuple[object, ...]]:
    """Whether a value is a list or a tuple."""
    return isinstance(value, (list, tuple))


def is_whole(value: object) -> TypeIs[int]:
    """Whether a value is a whole number, which a boolean is not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> TypeIs[int | float]:
    """Whether a value is a number, which a boolean is not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def plain(value: object) -> object:
    """Return a caller's value as plain data: numbers and arrays of NumPy, lists and mappings of OmegaConf, ranges."""
    to_list = getattr(value, "tolist", None)
    if callable(to_list):
        return to_list()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in cast("Mapping[object, object]", value).items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray)):
        return [plain(item) for item in cast("Sequence[object]", value)]
    if isinstance(value, Real) and not isinstance(value, (bool, int)):
        return float(value)
    return index(value) if isinstance(value, SupportsIndex) and not isinstance(value, bool) else value


def kind(value: object) -> str:
    """What a value is, in words."""
    if value is None:
        return "nothing"
    return KINDS.get(type(value), type(value).__name__)


def quote(value: object) -> str:
    """A value as messages show it: short, as YAML writes it, with control characters made visible."""
    if value is None:
        shown = "null"
    elif isinstance(value, bool):
        shown = "true" if value else "false"
    else:
        shown = repr(value).strip("'")
    return f"`{shown[:40]}...`" if len(shown) > 43 else f"`{shown}`"


def keys_of(value: object) -> tuple[str, ...]:
    """The keys of a mapping, none of what is no mapping."""
    return tuple(value) if is_mapping(value) else ()
