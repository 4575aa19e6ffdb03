"""What steps ask of numbers, as it reads best: a bound on one quantity for a bound on a formula of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from functools import reduce
from math import ceil

from archc import expr
from archc.codegen.facts import NEGATED, Facts
from archc.codegen.polynomials import ONE, Terms, added, summands
from archc.expr import Compare, Expr, IfElse, Logic, Name, Number, Unary
from archc.expr.nodes import Binary, CompareOp, children, rebuild

MIRRORED: dict[CompareOp, CompareOp] = {"!=": "!=", "<": ">", ">=": "<=", ">": "<", "<=": ">="}


def plain_needs(need: Expr, facts: Facts) -> Iterator[Expr]:
    """Conditions that hold together where one does: `a >= 8` for `a // 2 - 3 >= 1`."""
    choice = next(_choices(need), None)
    if choice is not None:
        yield from _in_cases(need, choice, facts)
        return
    match need:
        case Logic(op="or", left=test, right=inner):
            there = facts.assuming(test, False)
            known = facts.assuming(inner, False).decide(test)  # it holds without, or is not asked for otherwise
            for each in () if known or facts.decide(test) else plain_needs(_with(inner, there), there):
                if not there.decide(each):
                    yield each if known is False or facts.assuming(test).decide(each) else Logic("or", test, each)
        case Unary(op="not", operand=Compare(op=op, left=left, right=right)):
            yield from plain_needs(Compare(NEGATED[op], left, right), facts)
        case Compare(
            op="==", left=Binary(op="//", left=more, right=by), right=Binary(op="//", left=size, right=same)
        ) if by == same and facts.same(more, Binary("+", size, Binary("-", by, Number(1)))):
            yield Compare("==", Binary("%", size, by), Number(0))
        case Compare(op="=="):
            yield _remainder(facts.terms(Binary("-", need.left, need.right)), facts) or need
        case Compare(op=">=" | "<=" | ">" | "<" | "!=" as op, left=left, right=Number(value=bound)):
            yield from _bound(op, left, bound, facts)
        case _:
            yield need


def _in_cases(need: Expr, choice: IfElse, facts: Facts) -> Iterator[Expr]:
    """A condition on a choice as one for either case."""
    known = facts.decide(choice.test)
    if known is not None:
        yield from plain_needs(_with(need, facts, choice, choice.then if known else choice.other), facts)
        return
    cases = ((choice.then, Unary("not", choice.test)), (choice.other, choice.test))
    found: list[list[Expr]] = []
    for value, test in cases:
        there = facts.assuming(test, False)
        found.append([each for each in plain_needs(_with(need, there, choice, value), there) if not there.decide(each)])
    always = [weaker for one in found[0] for other in found[1] if (weaker := _weaker(one, other)) is not None]
    yield from always
    for each_case, (_, test) in zip(found, cases, strict=True):
        for each in each_case:
            if each not in always:
                yield from plain_needs(Logic("or", test, each), facts)


def _weaker(one: Expr, other: Expr) -> Expr | None:
    """What two conditions have in common, where one follows from the other."""
    match one, other:
        case Compare(op=">=", left=left, right=Number(value=a)), Compare(op=">=", left=same, right=Number(value=b)):
            return (one if a < b else other) if left == same else None
        case _:
            return one if one == other else None


def _choices(tree: Expr) -> Iterator[IfElse]:
    if isinstance(tree, IfElse):
        yield tree
    for part in children(tree):
        yield from _choices(part)


def _with(tree: Expr, facts: Facts, choice: Expr | None = None, value: Expr | None = None) -> Expr:
    """A formula with the numbers that are known, and with one value of a choice."""
    if tree == choice and value is not None:
        return _with(value, facts)
    if isinstance(tree, Name):
        known = facts.canonical(tree) if tree.id not in facts.lets else tree
        return known if isinstance(known, Number) else tree
    parts = children(tree)
    made = tuple(_with(part, facts, choice, value) for part in parts)
    return tree if made == parts else expr.simplify(rebuild(tree, made))


def _remainder(terms: Terms, facts: Facts) -> Expr | None:
    """`a % n == 0` where a sum being 0 says that: `n * ((a + r) // n) - a`, with a remainder `r` below `n`."""
    for atoms, factor in terms.items():
        for atom, power in atoms if len(atoms) == 1 else ():
            match atom:
                case Binary(op="//", left=more, right=Number(value=int(by))) if power == 1 and by > 0:
                    scale = Fraction(factor) / by
                    rest: Terms = {each: -other / scale for each, other in terms.items() if each != atoms}
                    gap = added(facts.terms(more), rest, -1)
                    if gap.keys() <= {ONE} and gap.get(ONE, 0) in range(by) and (size := _plain_sum(rest)) is not None:
                        return Compare("==", Binary("%", size, Number(by)), Number(0))
                case _:
                    pass
    return None


def _plain_sum(terms: Terms) -> Expr | None:
    """A sum of one formula and a number."""
    more = Number(int(terms.get(ONE, 0)))
    match [(atom, power, factor) for atoms, factor in terms.items() for atom, power in atoms]:
        case [(atom, 1, 1)] if more.value:
            return Binary("+" if more.value > 0 else "-", atom, Number(abs(more.value)))
        case [(atom, 1, 1)]:
            return atom
        case _:
            return None


def _bound(op: CompareOp, left: Expr, bound: float, facts: Facts) -> Iterator[Expr]:
    """`left op bound`, the numbers in `left` taken to the other side."""
    parts = [(part, sign) for part, sign in summands(left, 1) if not isinstance(part, Number)]
    bound -= sum(sign * part.value for part, sign in summands(left, 1) if isinstance(part, Number))
    if parts and all(sign < 0 for _, sign in parts):
        op, bound, parts = MIRRORED[op], -bound, [(part, 1) for part, _ in parts]
    parts.sort(key=lambda each: -each[1])
    left = reduce(_added, parts[1:], parts[0][0]) if parts else Number(0)
    match left:
        case Name(id=name) if name.startswith("v") and name in facts.lets:
            yield from plain_needs(Compare(op, facts.lets[name], Number(bound)), facts)
        case Name(id=name) if op == ">" and name in facts.positive:
            yield Compare(">=", left, Number(bound + 1))
        case Binary(op="-") if op == ">=" and bound == 0:
            yield Compare(op, left.left, left.right)
        case Binary(op="**", right=Number(value=power)) if op == "!=" and bound == 0 and power > 0:
            yield from _bound(op, left.left, bound, facts)
        case Binary(op="*", left=Number(value=int(by))) if op == "!=":
            yield from () if bound % by else _bound(op, left.right, bound // by, facts)
        case Binary(op="*" | "/" | "//" | "**") if op == ">=" and isinstance(bound, int):
            yield from _product(left, bound, facts)
        case _:
            yield Compare(op, left, Number(bound))


def _added(left: Expr, part: tuple[Expr, int]) -> Expr:
    return Binary("+" if part[1] > 0 else "-", left, part[0])


def _product(tree: Binary, bound: int, facts: Facts) -> Iterator[Expr]:
    """`tree >= bound` of whole numbers, what it is multiplied with or divided by taken to the other side."""
    left, right = tree.left, tree.right
    match tree:
        case Binary(op="*", left=Number(value=int(by))) if by > 0:
            yield from _bound(">=", right, ceil(bound / by), facts)
        case Binary(op="*", right=Number(value=int(by))) if by > 0:
            yield from _bound(">=", left, ceil(bound / by), facts)
        case Binary(op="*") if bound == 1 and _is_positive(right, facts):
            yield from _bound(">=", left, 1, facts)
        case Binary(op="*") if bound == 1 and _is_positive(left, facts):
            yield from _bound(">=", right, 1, facts)
        case Binary(op="//" | "/", right=Number(value=int(by))) if by > 0:
            yield from _bound(">=", left, bound * by, facts)
        case Binary(op="**", right=Number(value=2)) if bound == 1:
            yield from _bound("!=", left, 0, facts)
        case Binary(op="//") if bound == 0 and _is_positive(right, facts):
            yield from _bound(">=", left, 0, facts)
        case Binary(op="//") if bound == 1 and facts.decide(Compare(">=", left, Number(0))):
            yield from _bound(">=", right, 1, facts)
            yield from _bound(">=", Binary("-", left, right), 0, facts)
        case _:
            yield Compare(">=", tree, Number(bound))


def _is_positive(tree: Expr, facts: Facts) -> bool:
    return facts.decide(Compare(">=", tree, Number(1))) is True


def whole_divisions(need: Expr, facts: Facts) -> tuple[Expr, ...]:
    """The divisions that must leave nothing over where an equality holds; none where it may hold otherwise too."""
    if not isinstance(need, Compare) or need.op != "==":
        return ()
    exact = {
        each: Compare("==", Binary("%", each.left, each.right), Number(0)) for each in _divisions(facts.canonical(need))
    }
    if not exact or not reduce(Facts.assuming, exact.values(), facts).decide(need):
        return ()
    for each in list(exact):
        others = [value for other, value in exact.items() if other != each]
        if reduce(Facts.assuming, others, facts).decide(need):
            del exact[each]
    return tuple(exact.values()) if _is_rising(facts.terms(Binary("-", need.left, need.right)), exact, facts) else ()


def _is_rising(terms: Terms, divisions: Collection[Expr], facts: Facts) -> bool:
    """Whether a sum grows with each of some divisions, or shrinks with each, what is in all its parts left out."""
    shared = set[Expr].intersection(*({each for each, _ in atoms} for atoms in terms)) - set(divisions)
    parts = [(atoms, factor > 0) for atoms, factor in terms.items() if any(each in divisions for each, _ in atoms)]
    others = {each for atoms, _ in parts for each, _ in atoms} - shared - set(divisions)
    held = {each for atoms, _ in parts for each, _ in atoms}.issuperset(divisions)
    return held and len({sign for _, sign in parts}) == 1 and all(_is_positive(each, facts) for each in others)


def _divisions(tree: Expr) -> Iterator[Binary]:
    """The divisions in a formula that may leave something over."""
    for part in children(tree):
        yield from _divisions(part)
    if isinstance(tree, Binary) and tree.op in ("//", "/"):
        yield tree
