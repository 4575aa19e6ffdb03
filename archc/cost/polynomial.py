"""The polynomial that costs follow over a grid of sizes: exact, in fractions, with no rounding on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm

from archc.cost.grid import Point, Range

DEGREE = 4
"""The highest power of a size that is tried."""
Polynomial = Mapping[tuple[int, ...], Fraction]
"""By the powers of the sizes: the factor."""


def formula(ranges: Sequence[Range], found: Sequence[Point], values: Sequence[int]) -> str:
    """The polynomial of the sizes that the values follow, a power of each up to 4; empty where there is none.

    Along each size it goes through the first values and is held to all others, of which there must be one at least.
    Over one size those at which the network does not work are passed over; over several there must be none.
    """
    names = [each.names[0] for each in ranges]
    known = {tuple(p.sizes[n] for n in names): v for p, v in zip(found, values, strict=True) if p.problem is None}
    if len(ranges) > 1 and len(known) < len(found):
        return ""
    fitted = _fitted(known)
    return _text(fitted, names) if fitted is not None else ""


def _fitted(known: Mapping[tuple[int, ...], int | Fraction]) -> Polynomial | None:
    """The polynomial through values by their sizes: over the last sizes, then that of their factors over the first."""
    rows: dict[int, dict[tuple[int, ...], int | Fraction]] = {}
    for (size, *rest), value in known.items():
        rows.setdefault(size, {})[tuple(rest)] = value
    inner: dict[int, Polynomial] = {}
    for size, row in rows.items():
        fitted = _fitted(row) if next(iter(row), ()) else {(): Fraction(row[()])}
        if fitted is None:
            return None
        inner[size] = fitted
    made: dict[tuple[int, ...], Fraction] = {}
    for powers in {powers for each in inner.values() for powers in each}:
        terms = _through_all([(size, each.get(powers, Fraction(0))) for size, each in inner.items()])
        if terms is None:
            return None
        made.update({(power, *powers): term for power, term in enumerate(terms) if term})
    return made


def _through_all(pairs: Sequence[tuple[int, Fraction]]) -> Sequence[Fraction] | None:
    """The factors of the polynomial of least degree through all pairs, the constant first."""
    for degree in range(min(DEGREE, len(pairs) - 2) + 1):
        terms = _through(pairs[: degree + 1])
        if all(sum(term * size**at for at, term in enumerate(terms)) == value for size, value in pairs):
            return terms
    return None


def _through(pairs: Sequence[tuple[int, Fraction]]) -> list[Fraction]:
    """The factors of the polynomial through some points (Lagrange's), the constant first."""
    total = [Fraction(0)] * len(pairs)
    for at, (size, value) in enumerate(pairs):
        term = [value]
        for other in (other for number, (other, _) in enumerate(pairs) if number != at):
            down = [Fraction(0), *term]
            term = [(a - other * b) / (size - other) for a, b in zip(down, [*term, Fraction(0)], strict=True)]
        total = [a + b for a, b in zip(total, term, strict=True)]
    return total


def _text(terms: Polynomial, names: Sequence[str]) -> str:
    """`91,968 H W + 2,048,000`, over a common divisor where the factors need one; high powers first."""
    by = lcm(*(term.denominator for term in terms.values()))
    parts: list[str] = []
    for powers in sorted(terms, key=lambda powers: (sum(powers), powers), reverse=True):
        factor = int(terms[powers] * by)
        sign = ("- " if factor < 0 else "+ ") if parts else ("-" if factor < 0 else "")
        sizes = [name if power == 1 else f"{name}^{power}" for name, power in zip(names, powers, strict=True) if power]
        number = [] if abs(factor) == 1 and sizes else [f"{abs(factor):,}"]
        parts.append(sign + " ".join([*number, *sizes]))
    whole = " ".join(parts) or "0"
    return f"({whole}) / {by:,}" if by > 1 else whole
