"""One form for each function, also where several atoms of one symbol add up.

A function of one symbol with `F(x + P) = F(x) + Q` is told by F(0) and the P jumps `F(x + 1) - F(x)`. The atom
`floor((x + a) / P)` jumps by 1 after each `x = P - 1 - a` modulo P and nowhere else, so the jumps *are* coefficients
of the atoms `floor((x + 0) / P) .. floor((x + P - 1) / P)`: a sparse table. With the least P the form is unique; over
several symbols the products of such atoms serve in the same way. Where two sizes agree is read off the form of
their difference.

Terms that this does not cover (powers of one symbol, quotients of several symbols, more than `LIMIT` entries) stand as
they are: then different forms may be equal functions, and `vanishes` decides by trying sizes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate, chain, islice, product, repeat
from math import gcd, lcm, prod
from random import Random

from archc.dims.atoms import Atom, Floor, Monomial, Quotient, Terms
from archc.dims.terms import collect, evaluate

LIMIT = 65_536
"""The longest table, and the most sizes that are tried."""

_PROBES = 32


def canonical(terms: Terms) -> Terms:
    """The form that is the same for equal functions; `terms` themselves where they are it, or where none is found."""
    if _one_atom_each(terms):
        return terms
    total: dict[Monomial, int] = {}
    for monomial, factor in terms:
        for part, count in _expanded(monomial):
            total[part] = total.get(part, 0) + factor * count
    table = {monomial: factor for monomial, factor in total.items() if _is_regular(monomial)}
    periods = _periods(table)
    if sum(prod(periods[atom[0]] // _period(atom) for atom in monomial) for monomial in table) > LIMIT:
        return terms
    table = _refined(table, periods)
    for symbol, period in periods.items():
        table = _coarsened(table, symbol, period)
    return collect(table | {monomial: factor for monomial, factor in total.items() if not _is_regular(monomial)})


def vanishes(terms: Terms, const: int) -> bool | None:
    """Whether canonical terms plus a constant are 0 for all sizes; None where that takes too many sizes to tell.

    In each symbol the size is a polynomial of degree d on each residue class modulo P, so (d + 1) * P sizes decide.
    """
    if _one_atom_each(terms) or _is_table(terms):
        return not terms and not const
    sizes = extents(terms)
    random = Random(0)
    for _ in range(_PROBES):
        if evaluate(terms, const, {symbol: random.getrandbits(40) for symbol in sizes}):
            return False
    counts = [(degree + 1) * period for degree, period in sizes.values()]
    if prod(counts) > LIMIT:
        return None
    return not any(evaluate(terms, const, dict(zip(sizes, at, strict=True))) for at in product(*map(range, counts)))


def _one_atom_each(terms: Terms) -> bool:
    """Whether no symbol has two different atoms, and nothing is a quotient: such terms are independent."""
    if len(terms) == 1 and len(terms[0][0]) == 1:
        return isinstance(terms[0][0][0], Floor)
    seen: dict[str, Atom] = {}
    for monomial, _ in terms:
        for atom in monomial:
            if isinstance(atom, Quotient) or seen.setdefault(atom.symbol, atom) != atom:
                return False
    return True


def _is_regular(monomial: Monomial) -> bool:
    """Whether it has at most one atom of each symbol, and no quotient."""
    symbols = {atom[0] for atom in monomial if isinstance(atom, Floor)}
    return len(symbols) == len(monomial)


def _is_table(terms: Terms) -> bool:
    """Whether each symbol has one period throughout, with no powers: then the form is unique."""
    periods: dict[str, int] = {}
    return all(
        _is_regular(monomial) and all(periods.setdefault(atom[0], _period(atom)) == _period(atom) for atom in monomial)
        for monomial, _ in terms
    )


def _period(atom: Atom) -> int:
    return atom.b if isinstance(atom, Floor) else atom.by


def _periods(table: Mapping[Monomial, int]) -> dict[str, int]:
    """For each symbol, the period that all its atoms share."""
    periods: dict[str, int] = {}
    for monomial in table:
        for atom in monomial:
            periods[atom[0]] = lcm(periods.get(atom[0], 1), _period(atom))
    return periods


def _refined(table: Mapping[Monomial, int], periods: Mapping[str, int]) -> dict[Monomial, int]:
    """The same with one period a symbol: `floor(y / b)` is the sum over k < n of `floor((y + b * k) / (b * n))`."""
    total: dict[Monomial, int] = {}
    for monomial, factor in table.items():
        for part in product(*[_split(atom, periods[atom[0]]) for atom in monomial]):
            total[part] = total.get(part, 0) + factor
    return {monomial: factor for monomial, factor in total.items() if factor}


def _split(atom: Atom, period: int) -> list[Atom]:
    if not isinstance(atom, Floor) or atom.b == period:
        return [atom]
    return [Floor(atom.symbol, a, period) for a in range(atom.a, period, atom.b)]


def _coarsened(table: dict[Monomial, int], symbol: str, period: int) -> dict[Monomial, int]:
    """The same with the least period for `symbol`: the refinement undone, prime by prime."""
    counts = Counter(factor for monomial, factor in table.items() if any(atom[0] == symbol for atom in monomial))
    for prime in _primes(gcd(period, *counts.values())):
        while period % prime == 0:
            merged = _merged(table, symbol, period, prime)
            if merged is None:
                break
            table, period = merged, period // prime
    return table


def _merged(table: dict[Monomial, int], symbol: str, period: int, prime: int) -> dict[Monomial, int] | None:
    """The table with `period / prime` for `symbol`, or None where that is no period."""
    groups: dict[Monomial, list[int]] = {}
    total: dict[Monomial, int] = {}
    shorter = period // prime
    for monomial, factor in table.items():
        coarse = tuple([_shortened(atom, shorter) if atom[0] == symbol else atom for atom in monomial])
        if coarse == monomial:
            total[monomial] = factor
        else:
            groups.setdefault(coarse, []).append(factor)
    for monomial, factors in groups.items():
        if len(factors) != prime or len(set(factors)) != 1:
            return None
        total[monomial] = factors[0]
    return total


def _shortened(atom: Atom, period: int) -> Atom:
    return Floor(atom.symbol, atom.a % period, period) if isinstance(atom, Floor) else atom


def _primes(number: int) -> list[int]:
    primes: list[int] = []
    divisor = 2
    while divisor * divisor <= number:
        if number % divisor == 0:
            primes.append(divisor)
            while number % divisor == 0:
                number //= divisor
        divisor += 1
    return [*primes, number] if number > 1 else primes


def _expanded(monomial: Monomial) -> Terms:
    """A monomial with its quotients written as floors, where they have that form and it is not too long."""
    if all(isinstance(atom, Floor) for atom in monomial):
        return ((monomial, 1),)
    sums = [((((atom,), 1),) if isinstance(atom, Floor) else _floors(atom)) for atom in monomial]
    if prod(map(len, sums)) > LIMIT:
        return ((monomial, 1),)
    return tuple(
        (tuple(sorted(chain.from_iterable(part for part, _ in parts))), prod(factor for _, factor in parts))
        for parts in product(*sums)
    )


@lru_cache(maxsize=64)
def _floors(quotient: Quotient) -> Terms:
    """A quotient of one symbol as a sum of floors; any other as itself.

    With `F(x + P) = F(x) + Q`, `floor(F / n)` has the period `P * n / gcd(Q, n)`; its jumps are the coefficients.
    """
    unchanged: Terms = (((quotient,), 1),)
    table = dict(canonical(quotient.terms))
    periods = _periods(table)
    if len(periods) != 1 or not _is_table(tuple(table.items())):
        return unchanged
    ((symbol, base),) = periods.items()
    jumps = [table.get((Floor(symbol, base - 1 - x, base),), 0) for x in range(base)] if base <= LIMIT else []
    repeats = quotient.by // gcd(sum(jumps), quotient.by)
    period = base * repeats
    if period > LIMIT:
        return unchanged
    values = accumulate(chain.from_iterable(repeat(jumps, repeats)), initial=quotient.offset)
    rounded = [value // quotient.by for value in values]
    return tuple(
        ((Floor(symbol, period - 1 - x, period),), after - before)
        for x, (before, after) in enumerate(zip(rounded, islice(rounded, 1, None), strict=False))
        if after != before
    )


def extents(terms: Terms) -> dict[str, tuple[int, int]]:
    """For each symbol the degree d and a period P: on each residue class modulo P, a polynomial of degree d."""
    total: dict[str, tuple[int, int]] = {}
    for monomial, _ in terms:
        own: dict[str, tuple[int, int]] = {}
        for atom in monomial:
            for symbol, (degree, period) in _atom_extents(atom).items():
                before = own.get(symbol, (0, 1))
                own[symbol] = before[0] + degree, lcm(before[1], period)
        for symbol, (degree, period) in own.items():
            before = total.get(symbol, (0, 1))
            total[symbol] = max(before[0], degree), lcm(before[1], period)
    return total


def _atom_extents(atom: Atom) -> dict[str, tuple[int, int]]:
    """A whole-valued polynomial of degree d repeats modulo n after n * lcm(1 .. d): so does what a quotient rounds."""
    if isinstance(atom, Floor):
        return {atom.symbol: (1, atom.b)}
    return {
        symbol: (degree, period * atom.by * lcm(*range(1, degree + 1)))
        for symbol, (degree, period) in extents(atom.terms).items()
    }
