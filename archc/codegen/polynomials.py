"""Sums of products of formulas, exact divisions as negative powers: what equality and divisibility are told by."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from archc.expr import Expr, Unary
from archc.expr.nodes import Binary

Terms = dict[frozenset[tuple[Expr, int]], int | Fraction]
"""A sum of products, which are atoms with their powers, each with its factor."""
ONE: frozenset[tuple[Expr, int]] = frozenset()


def added(left: Terms, right: Terms, sign: int) -> Terms:
    """Add a sum, or with a `sign` of -1 take it away."""
    found = dict(left)
    for atoms, factor in right.items():
        found[atoms] = found.get(atoms, 0) + sign * factor
    return {atoms: factor for atoms, factor in found.items() if factor}


def product(left: Terms, right: Terms) -> Terms:
    """Multiply two sums."""
    found: Terms = {}
    for a, one in left.items():
        for b, other in right.items():
            powers = dict(a)
            for atom, power in b:
                powers[atom] = powers.get(atom, 0) + power
            key = frozenset((atom, n) for atom, n in powers.items() if n)
            found[key] = found.get(key, 0) + one * other
    return {atoms: factor for atoms, factor in found.items() if factor}


def summands(tree: Expr, sign: int) -> Iterator[tuple[Expr, int]]:
    """The parts of a sum, each with its sign."""
    if isinstance(tree, Binary) and tree.op in ("+", "-"):
        yield from summands(tree.left, sign)
        yield from summands(tree.right, sign if tree.op == "+" else -sign)
    elif isinstance(tree, Unary) and tree.op == "-":
        yield from summands(tree.operand, -sign)
    else:
        yield tree, sign
