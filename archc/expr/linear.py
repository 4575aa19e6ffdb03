"""Sums of whole-number multiples: collecting `a + b + b` to `a + 2 * b`, and dividing them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from archc.expr.nodes import MAX_INT, Binary, Expr, Name, Number, Unary, children
from archc.record import record


@record
class _Term:
    """`factor` times the product of `atoms`; `shown`, if given, is how its author wrote `shown_factor` times them."""

    factor: int
    atoms: tuple[Expr, ...]
    shown: Expr | None = None
    shown_factor: int = 0

    @property
    def key(self) -> frozenset[tuple[Expr, int]]:
        return frozenset(Counter(self.atoms).items())

    @property
    def plain(self) -> _Term:
        return _Term(self.factor, self.atoms, None, self.shown_factor)

    def times(self, by: int) -> _Term:
        return _Term(self.factor * by, self.atoms, self.shown, self.shown_factor)


_Sum = tuple[_Term, ...]


def collect(expr: Expr) -> Expr:
    """The shortest form found for an operation on whole numbers, itself if none is shorter.

    Its operands must have been through here.
    """
    if not isinstance(expr, (Unary, Binary)) or _is_shortest(expr) or _has_fraction(expr):
        return expr
    forms = [expr, *(_write(terms) for terms in _forms(expr) if _in_bounds(terms))]
    return min(forms, key=_weight)


def _is_shortest(expr: Unary | Binary) -> bool:
    """Whether nothing can be collected: an operation on two names, or on a name and a number above 1."""
    return (
        isinstance(expr, Binary)
        and expr.left != expr.right
        and all(isinstance(each, Name) or (isinstance(each, Number) and each.value > 1) for each in children(expr))
    )


def _forms(expr: Unary | Binary) -> list[_Sum]:
    match expr:
        case Binary(op="*"):
            products = (_product(expr, distribute=each) for each in (False, True))
            return [_collected(tuple(term.plain for term in terms)) for terms in products]
        case Binary(op="+" | "-") | Unary(op="-"):
            return [_collected(_terms(expr, distribute=each)) for each in (False, True)]
        case Binary(op="/" | "//" | "%"):
            divided = _divided(expr)
            return [] if divided is None else [divided]
        case Binary(op="**", right=Number(value=0)):
            return [_number(1)]
        case Binary(op="**", right=Number(value=1)):
            return [_atom(expr.left)]
        case _:
            return []


def _terms(expr: Expr, *, distribute: bool) -> _Sum:
    """The terms of a sum; `distribute` lets `2 * (a + b)` be two of them."""
    match expr:
        case Number(value=int(value)):
            return _number(value)
        case Unary(op="-"):
            return tuple(term.times(-1) for term in _terms(expr.operand, distribute=distribute))
        case Binary(op="+" | "-"):
            right = _terms(expr.right, distribute=distribute)
            sign = -1 if expr.op == "-" else 1
            return (*_terms(expr.left, distribute=distribute), *(term.times(sign) for term in right))
        case Binary(op="*"):
            return _product(expr, distribute=distribute)
        case _:
            return _atom(expr)


def _product(expr: Binary, *, distribute: bool) -> _Sum:
    left, right = _terms(expr.left, distribute=distribute), _terms(expr.right, distribute=distribute)
    if distribute:
        for one, several in ((left, right), (right, left)):
            if len(one) == 1 and not one[0].atoms and len(several) > 1:
                return tuple(_Term(one[0].factor * term.factor, term.atoms) for term in several)
    (first,) = left if len(left) == 1 else _atom(expr.left)
    (second,) = right if len(right) == 1 else _atom(expr.right)
    factor = first.factor * second.factor
    return (_Term(factor, first.atoms + second.atoms, expr, factor),)


def _collected(terms: _Sum) -> _Sum:
    """Terms of the same atoms added up, in order of first appearance."""
    found: dict[frozenset[tuple[Expr, int]], _Term] = {}
    for term in terms:
        seen = found.get(term.key)
        found[term.key] = _Term(seen.factor + term.factor, seen.atoms, seen.shown, seen.shown_factor) if seen else term
    return tuple(term for term in found.values() if term.factor)


def _divided(expr: Binary) -> _Sum | None:
    """A sum divided term by term, or what remains; None where that does not come out."""
    if isinstance(inner := _nested_floor(expr), Binary):
        return _atom(inner)
    divisor = _terms(expr.right, distribute=True)
    if len(divisor) != 1 or divisor[0].factor == 0:
        return None
    by = divisor[0]
    quotients: list[_Term] = []
    rest = 0
    for term in _collected(_terms(expr.left, distribute=True)):
        atoms = _without(term.atoms, by.atoms)
        if atoms is not None and term.factor % by.factor == 0:
            quotients.append(_Term(term.factor // by.factor, atoms))
        elif not term.atoms and not by.atoms:
            rest = term.factor % by.factor
            quotients.append(_Term(term.factor // by.factor, ()))
        else:
            return None
    if expr.op == "%":
        return _number(rest) if rest else ()
    return None if rest and expr.op == "/" else _collected(tuple(quotients))


def _nested_floor(expr: Binary) -> Binary | None:
    """`x // 2 // 3` as `x // 6`."""
    match expr:
        case Binary(op="//", left=Binary(op="//", left=x, right=Number(value=int(a))), right=Number(value=int(b))):
            return Binary("//", x, Number(a * b)) if a > 0 and b > 0 and a * b < MAX_INT else None
        case _:
            return None


def _without(atoms: Sequence[Expr], removed: Sequence[Expr]) -> tuple[Expr, ...] | None:
    """A product without some of its factors; None if it does not have them all."""
    left = list(atoms)
    for atom in removed:
        if atom not in left:
            return None
        left.remove(atom)
    return tuple(left)


def _number(value: int) -> _Sum:
    return (_Term(value, ()),)


def _atom(expr: Expr) -> _Sum:
    return (_Term(1, (expr,), expr, 1),)


def _in_bounds(terms: _Sum) -> bool:
    return all(abs(term.factor) < MAX_INT for term in terms)


def _write(terms: _Sum) -> Expr:
    if not terms:
        return Number(0)
    first, *others = terms
    if first.factor >= 0 or not first.atoms:
        total = _written(first)
    elif first.factor == -1 or first.shown_factor == -first.factor:
        total = Unary("-", _written(first.times(-1)))
    else:
        total = _multiple(first.factor, first.atoms)
    for term in others:
        sign = "-" if term.factor < 0 else "+"
        total = Binary(sign, total, _written(term.times(-1) if term.factor < 0 else term))
    return total


def _written(term: _Term) -> Expr:
    if term.shown is not None and term.shown_factor == term.factor:
        return term.shown
    return _multiple(term.factor, term.atoms)


def _multiple(factor: int, atoms: Sequence[Expr]) -> Expr:
    factors = [*([Number(factor)] if factor != 1 or not atoms else []), *atoms]
    product: Expr = factors[0]
    for each in factors[1:]:
        product = Binary("*", product, each)
    return product


def _weight(expr: Expr) -> tuple[int, int]:
    """How long an expression is to a reader: names first, then everything."""
    uses, nodes = int(isinstance(expr, Name)), 1
    for part in children(expr):
        part_uses, part_nodes = _weight(part)
        uses, nodes = uses + part_uses, nodes + part_nodes
    return uses, nodes


def _has_fraction(expr: Expr) -> bool:
    if isinstance(expr, Number):
        return isinstance(expr.value, float)
    if isinstance(expr, Binary) and expr.op == "/f":
        return True
    return any(_has_fraction(part) for part in children(expr))
