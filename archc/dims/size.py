"""Symbolic sizes as values: what shape rules add, multiply, divide and compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import index

from archc.dims.atoms import Atom, Floor, Quotient, Terms
from archc.dims.periodic import canonical, vanishes
from archc.dims.terms import add, evaluate, floor_divide, multiply, names, scale
from archc.dims.text import text


class Sym:
    """A size that depends on the input's; immutable, hashable, equal when equal for every input.

    `terms` and `const` are the formula, `key` the terms in the form that decides equality, `value` is the size at the
    sizes in force. Exceptions to "equal when equal" (see `same`): powers of one symbol, quotients of several symbols,
    and periods beyond `periodic.LIMIT`, where two forms of one function may count as different.
    """

    __slots__ = ("_hash", "const", "key", "terms", "value")

    def __init__(self, terms: Terms, const: int, value: int, key: Terms) -> None:
        self.terms = terms
        self.const = const
        self.value = value
        self.key = key

    @property
    def poly(self) -> Terms:
        """The terms with the constant among them, as the empty monomial."""
        return (*self.terms, ((), self.const))

    def __int__(self) -> int:
        return self.value

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Sym) and self.const == other.const and self.key == other.key

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:  # sizes are looked up again and again, and their terms are long to hash
            self._hash = hash((self.key, self.const))
            return self._hash

    def __add__(self, other: Dim) -> Dim:
        if isinstance(other, Sym):
            return _size(add(self.terms, other.terms), self.const + other.const, self.value + other.value)
        step = int(index(other))
        return Sym(self.terms, self.const + step, self.value + step, self.key) if step else self

    __radd__ = __add__

    def __neg__(self) -> Sym:
        return self._times(-1)

    def __sub__(self, other: Dim) -> Dim:
        return self + (other._times(-1) if isinstance(other, Sym) else -index(other))

    def __rsub__(self, other: int) -> Dim:
        return self._times(-1) + other

    def __mul__(self, other: Dim) -> Dim:
        if isinstance(other, Sym):
            terms = multiply(self.terms, self.const, other.terms, other.const)
            return _size(terms, self.const * other.const, self.value * other.value)
        by = int(index(other))
        if by == 1:
            return self
        return self._times(by) if by else 0

    __rmul__ = __mul__

    def __floordiv__(self, by: int) -> Dim:
        by = int(index(by))
        if by < 1:
            raise ValueError(f"a size is divided by a positive number, not by {by}")
        if by == 1:
            return self
        terms, const = floor_divide(self.terms, self.const, by)
        return _size(terms, const, self.value // by)

    def _times(self, by: int) -> Sym:
        terms = scale(self.terms, by)
        key = terms if self.key is self.terms else scale(self.key, by)
        return Sym(terms, self.const * by, self.value * by, key)

    @property
    def length(self) -> int:
        """How long its formula is: the terms that decide equality, or the letters of the quotients in it."""
        letters = 0
        for monomial, _ in self.terms:
            for atom in monomial:
                if isinstance(atom, Quotient):
                    letters += len(atom.text)
        return max(letters, len(self.key))

    @property
    def is_simple(self) -> bool:
        """Whether it reads as one word: a symbol, or a quotient of one."""
        return not self.const and len(self.terms) == 1 and self.terms[0][1] == 1 and len(self.terms[0][0]) == 1

    def __str__(self) -> str:
        return text(self.terms, self.const)

    def __repr__(self) -> str:
        return f"Sym({self}={self.value})"


Dim = int | Sym


def symbol(name: str, value: int) -> Sym:
    """The size of an input's dimension: a free symbol, `value` at the sizes in force."""
    terms: Terms = (((Floor(name, 0, 1),), 1),)
    return Sym(terms, 0, value, terms)


BATCH = symbol("N", 2)
"""The batch dimension: always there, first and free."""


def ceil_div(size: Dim, by: int) -> Dim:
    """`size / by` rounded up, for a positive `by`."""
    return (size + (by - 1)) // by


def product(sizes: Iterable[Dim]) -> Dim:
    """The product of sizes; 1 for none."""
    total: Dim = 1
    for size in sizes:
        total = total * size
    return total


def at(size: Dim, sizes: Mapping[str, int]) -> int:
    """The value at other sizes of the symbols than those in force."""
    return evaluate(size.terms, size.const, sizes) if isinstance(size, Sym) else int(size)


def symbols(size: Dim) -> frozenset[str]:
    """The names of the symbols that a size depends on."""
    return names(size.key) if isinstance(size, Sym) else frozenset()


def same(left: Dim, right: Dim) -> bool | None:
    """Whether two sizes are equal for every input, also where `==` may miss it; None where that is too much work."""
    gap = left - right
    return vanishes(gap.key, gap.const) if isinstance(gap, Sym) else gap == 0


def times(sizes: Iterable[Dim]) -> str:
    """Sizes as people write shapes, `64 x 56 x 56`; sums and products in parentheses."""
    return " x ".join([f"({size})" if isinstance(size, Sym) and not size.is_simple else str(size) for size in sizes])


def substituted(size: Sym, name: str, other: Dim) -> Dim:
    """A size with another size in the place of one of its symbols."""

    def value(atom: Atom) -> Dim:
        if isinstance(atom, Quotient):
            return total(atom.terms, atom.offset) // atom.by
        return ((other if atom.symbol == name else symbol(atom.symbol, 0)) + atom.a) // atom.b

    def total(terms: Terms, const: int) -> Dim:
        found: Dim = const
        for monomial, factor in terms:
            found = found + product(map(value, monomial)) * factor
        return found

    return total(size.terms, size.const)


def _size(terms: Terms, const: int, value: int) -> Dim:
    """Terms as a size: a plain number where nothing symbolic is left, and in the shorter of its two forms."""
    key = canonical(terms)
    if not key:
        return const
    return Sym(key if len(key) < len(terms) or len(key) == 1 else terms, const, value, key)
