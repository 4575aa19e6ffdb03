"""How a symbolic size reads: `16 * (floor(H / 4) - 2) * (floor(W / 4) - 2)`."""

from __future__ import annotations

from math import gcd, prod

from archc.dims.atoms import Atom, Monomial, Quotient, Terms

_Poly = dict[Monomial, int]
"""Terms with the constant among them, as the empty monomial."""


def text(terms: Terms, const: int) -> str:
    """A size as a formula: as a product of one factor a symbol where it is one, else as a sum."""
    return _render(terms, const)[0]


def quotient_text(terms: Terms, offset: int, by: int) -> str:
    """`floor((terms + offset) / by)` as a formula."""
    body, is_sum = _render(terms, offset)
    return f"floor(({body}) / {by})" if is_sum else f"floor({body} / {by})"


def _render(terms: Terms, const: int) -> tuple[str, bool]:
    """The formula, and whether it is a sum (and so wants parentheses in a product)."""
    poly = dict(terms)
    if const:
        poly[()] = const
    content, factors = _factors(poly)
    if len(factors) < 2:
        return _sum_text(poly), len(poly) > 1
    texts = [f"({_sum_text(factor)})" if len(factor) > 1 else _sum_text(factor) for factor in factors]
    sign, size = ("-" if content < 0 else ""), abs(content)
    return sign + " * ".join([str(size), *texts] if size != 1 else texts), False


def _sum_text(poly: _Poly) -> str:
    parts: list[tuple[bool, str]] = []
    for monomial, factor in sorted(poly.items(), key=lambda term: (-len(term[0]), term[0])):
        names = [_atom_text(atom) for atom in monomial]
        size = abs(factor)
        parts.append((factor < 0, " * ".join([str(size), *names] if size != 1 or not names else names)))
    lead = next((i for i, (negative, _) in enumerate(parts) if not negative), 0)
    negative, head = parts.pop(lead)
    return ("-" if negative else "") + head + "".join(f" {'-' if minus else '+'} {body}" for minus, body in parts)


def _atom_text(atom: Atom) -> str:
    if isinstance(atom, Quotient):
        return atom.text
    if atom.b == 1:
        return atom.symbol
    return f"floor(({atom.symbol} + {atom.a}) / {atom.b})" if atom.a else f"floor({atom.symbol} / {atom.b})"


def _factors(poly: _Poly) -> tuple[int, list[_Poly]]:
    """A whole number and polynomials whose product is `poly`: one for each symbol that splits off, then the rest."""
    factors: list[_Poly] = []
    rest = poly
    for name in sorted({atom[0] for monomial in poly for atom in monomial}):
        split = _split_off(rest, name)
        if split is not None:
            factors.append(split[0])
            rest = split[1]
    if any(rest):
        factors.append(rest)
    contents = [_content(factor) for factor in factors]
    primitive = [{m: f // c for m, f in factor.items()} for factor, c in zip(factors, contents, strict=True)]
    return prod(contents) * (1 if any(rest) else rest[()]), primitive


def _split_off(poly: _Poly, name: str) -> tuple[_Poly, _Poly] | None:
    """`poly` as a polynomial in the atoms of `name` times one without them, or None where it is no such product."""
    columns: dict[Monomial, _Poly] = {}
    for monomial, factor in poly.items():
        own = tuple(atom for atom in monomial if atom[0] == name)
        other = tuple(atom for atom in monomial if atom[0] != name)
        columns.setdefault(own, {})[other] = factor
    scales = {own: _content(column) for own, column in columns.items()}
    reduced = [{m: f // scales[own] for m, f in column.items()} for own, column in columns.items()]
    if any(column != reduced[0] for column in reduced):
        return None
    return scales, reduced[0]


def _content(poly: _Poly) -> int:
    """The greatest common divisor of the coefficients, with the sign of the leading one."""
    leading = poly[max(poly, key=lambda monomial: (len(monomial), monomial))]
    return gcd(*poly.values()) * (-1 if leading < 0 else 1)
