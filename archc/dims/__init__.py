"""Dimensions: whole numbers, and exact symbolic ones.

A known size is a plain `int`. A size that depends on an input is a `Sym`: a polynomial with whole coefficients over
*atoms*, each a rounded-down quotient of a symbol. What a chain of convolutions and pools does to a size H is
`floor((H + A) / B) + C` with `0 <= A < B`; that form is unique and closed under `+ c` and `// s`, because
`floor((floor(u / B) + C) / s) = floor((u + B * C) / (B * s))`. Sums of several atoms of one symbol (upsampling, crops)
are brought to one period (`archc.dims.periodic`), so that there too equality of sizes is equality of values.

Every `Sym` also knows its value at the sizes in force: `int(size)`. Shape rules compare sizes by `equal`,
`at_least` and `divides`, which let others watch the conditions (`archc.dims.decide`).
"""

from archc.dims.atoms import Floor
from archc.dims.atoms import Terms as Poly
from archc.dims.decide import (
    Comparison,
    Condition,
    Pinned,
    Symbolic,
    at_least,
    divides,
    equal,
    is_known,
    is_multiple,
    is_one,
    met,
    pinned,
    same_sizes,
    shown,
    watching,
)
from archc.dims.size import BATCH, Dim, Sym, at, ceil_div, product, same, substituted, symbol, symbols, times

__all__ = [
    "BATCH", "Comparison", "Condition", "Dim", "Floor", "Pinned", "Poly", "Sym", "Symbolic", "at", "at_least",
    "ceil_div", "divides", "equal", "is_known", "is_multiple", "is_one", "met", "pinned", "product", "same",
    "same_sizes", "shown", "substituted", "symbol", "symbols", "times", "watching",
]  # fmt: skip
