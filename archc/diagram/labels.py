"""The words of a picture: shapes, numbers, and free text made harmless."""

from __future__ import annotations

import re

from archc.tensor import TensorType

MAX_TEXT = 60
_UNITS = "kMGTPE"
_LOOKED_AT = 50
"""How often over the limit text is looked at: what is behind that counts as cut."""
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]+")


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Free text on one line, without invisible characters (those that turn text around are among them), cut short."""
    plain = " ".join(_INVISIBLE.sub(" ", text[: _LOOKED_AT * limit]).split())
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"


def shape_text(type_: TensorType) -> str:
    """`64 × 56 × 56`: the sizes in force, without the batch."""
    sizes = " × ".join(str(int(size)) for size in type_.sample) or "scalar"
    return sizes if type_.dtype == "float32" else f"{sizes} {type_.dtype}"


def amount(value: int) -> str:
    """A large number to three digits: `25.6 M`."""
    if value < 1000:
        return str(value)
    digits, power = f"{value:.2e}".split("e")
    unit = min(int(power) // 3, len(_UNITS))
    return f"{float(digits) * 10 ** (int(power) - 3 * unit):g} {_UNITS[unit - 1]}"
