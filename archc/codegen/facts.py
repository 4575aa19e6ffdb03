"""What is known of formulas where a step stands: lets, equal sizes, conditions that hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

from archc import expr
from archc.codegen.polynomials import ONE, Terms, added, product, summands
from archc.codegen.ranges import bounds_of
from archc.expr import Bool, Compare, Expr, Logic, Name, Number, Text, Unary
from archc.expr.nodes import Binary, CompareOp, children, rebuild

ZERO = Number(0)
_PLAIN = (Number, Text, Bool)
NEGATED: dict[CompareOp, CompareOp] = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True, eq=False, repr=False)
class Facts:
    """Formulas for names, and conditions that hold.

    `positive` are names of sizes, which are at least 1; `holds` has conditions in canonical form.
    """

    lets: Mapping[str, Expr] = field(default_factory=dict[str, Expr])
    positive: frozenset[str] = frozenset()
    entries: Mapping[str, int] = field(default_factory=dict[str, int])
    """By name of a list: the least that its entries are."""
    floors: Mapping[Expr, float] = field(default_factory=dict[Expr, float])
    """The least that formulas are."""
    ceilings: Mapping[Expr, float] = field(default_factory=dict[Expr, float])
    """The most that they are."""
    choices: Mapping[str, tuple[object, ...]] = field(default_factory=dict[str, tuple[object, ...]])
    """By name: the few values that there are."""
    rewrites: Mapping[Expr, Expr] = field(default_factory=dict[Expr, Expr])
    """Lighter formulas for those that are known to be equal."""
    holds: Mapping[Expr, bool] = field(default_factory=dict[Expr, bool])
    _known: dict[Expr, Expr] = field(default_factory=dict[Expr, Expr])
    _sums: dict[Expr, Terms] = field(default_factory=dict["Expr", "Terms"])
    """Both are of formulas, and hold as long as no let and no rewrite is added."""

    def _with(self, **changes: Any) -> Facts:
        made = object.__new__(Facts)
        made.__dict__.update(self.__dict__, **changes)
        return made

    def _renewed(self, **changes: Any) -> Facts:
        """The same where formulas come to something else."""
        return self._with(**changes, _known={}, _sums={})

    def with_let(self, name: str, value: Expr) -> Facts:
        """Add what a name stands for."""
        return self._renewed(lets={**self.lets, name: value})

    def with_sizes(self, *names: str) -> Facts:
        """Add names of sizes."""
        return self._with(positive=self.positive | set(names))

    def assuming(self, condition: Expr, truth: bool = True) -> Facts:
        """Add that a condition holds, or does not."""
        match condition:
            case Unary(op="not"):
                return self.assuming(condition.operand, not truth)
            case Compare() if not truth:
                return self._noting(Compare(NEGATED[condition.op], condition.left, condition.right), True)
            case Logic() if truth is (condition.op == "and"):
                return self.assuming(condition.left, truth).assuming(condition.right, truth)
            case Name() if condition.id in self.lets and self.decide(condition) is None:
                return self.assuming(self.lets[condition.id], truth)._noting(condition, truth)
            case _:
                return self._noting(condition, truth)

    def _without(self, condition: Expr, truth: bool) -> Facts:
        """What is known where a name is not one of the few values that it can be."""
        match condition:
            case Compare(op="==" | "!=" as op, left=Name(id=name), right=Number(value=value) | Text(value=value)) if (
                op == "!="
            ) is truth and name in self.choices:
                left = tuple(each for each in self.choices[name] if each != value)
                return self._renewed(choices={**self.choices, name: left}) if left else self
            case Name():
                return self._renewed(rewrites={**self.rewrites, condition: Bool(truth)})
            case _:
                return self

    def _noting(self, condition: Expr, truth: bool) -> Facts:
        there = self.canonical(condition)
        found = self._with(holds={**self.holds, there: truth})._without(there, truth)
        match condition:
            case Compare(op=">=" | ">" as op, left=left, right=Number(value=least)) if truth:
                left = self.canonical(left)
                least += op == ">" and _is_whole(left)
                return found._with(floors={**self.floors, left: max(least, self.floors.get(left, least))})
            case Compare(op=">=", left=left, right=right) if truth:
                return found._with(floors={**self.floors, self.canonical(Binary("-", left, right)): 0})
            case Compare(op="<=" | "<" as op, left=left, right=right) if (
                truth and (top := self.bounds(right)[1]) is not None
            ):
                left = self.canonical(left)
                most = top - (op == "<" and _is_whole(left))
                return found._with(ceilings={**self.ceilings, left: min(most, self.ceilings.get(left, most))})
            case _:
                pass
        is_equality = isinstance(condition, Compare) and condition.op == ("==" if truth else "!=")
        if not is_equality or not isinstance(condition, Compare):
            return found
        left, right = self.canonical(condition.left), self.canonical(condition.right)
        heavy, light = (left, right) if _is_heavier(left, right) else (right, left)
        if heavy == light or isinstance(heavy, (Number, Text, Bool)) or _within(heavy, light):
            return found
        return found._renewed(rewrites={**found.rewrites, heavy: light})

    def canonical(self, formula: Expr) -> Expr:
        """Return the formula with lets written out and what is known to be equal made the same."""
        if isinstance(formula, Number):
            return formula
        known = self._known.get(formula)
        if known is None:
            known = self._known[formula] = self._canonical(formula)
        return known

    def _canonical(self, formula: Expr) -> Expr:
        if isinstance(formula, Name):
            value = self.lets.get(formula.id)
            found: Expr = self._of_choices(formula) if value is None else self.canonical(value)
        else:
            parts = children(formula)
            made = tuple(self.canonical(part) for part in parts)
            found = formula if made == parts else rebuild(formula, made)
            if isinstance(found, Compare) and found.left == found.right:
                return Bool(found.op in ("==", "<=", ">="))
            found = self._of_choices(expr.simplify(found))
        lighter = self.rewrites.get(found)
        return found if lighter is None else self.canonical(lighter)

    def _of_choices(self, found: Expr) -> Expr:
        """A formula of one name as its value, where that is the same for all that the name can be."""
        used = expr.names(found) if self.choices else ()
        (name,) = used if len(used) == 1 else ("",)
        if name not in self.choices:
            return found
        try:
            values = [expr.evaluate(found, {name: value}) for value in self.choices[name]]
        except expr.ExprError:
            return found
        same = all(type(value) is type(values[0]) and value == values[0] for value in values)
        return expr.literal(values[0]) or found if same else found

    def divides(self, by: Expr, size: Expr) -> bool:
        """Whether a size is known to be a multiple of another."""
        if self.canonical(Binary("%", size, by)) == ZERO:
            return True
        quotient = self._quotient(self.terms(size), self.terms(by))
        return quotient is not None and all(
            factor.denominator == 1 and all(power > 0 for _, power in atoms) for atoms, factor in quotient.items()
        )

    def terms(self, tree: Expr) -> Terms:
        """A formula as a sum of products, exact divisions as negative powers."""
        tree = self.canonical(tree)
        found = self._sums.get(tree)
        if found is None:
            found = self._sums[tree] = self._summed(tree)
        return found

    def _summed(self, tree: Expr) -> Terms:
        match tree:
            case Number(value=int(value)):
                return {ONE: value} if value else {}
            case Unary(op="-"):
                return {atoms: -factor for atoms, factor in self.terms(tree.operand).items()}
            case Binary(op="+" | "-"):
                return added(self.terms(tree.left), self.terms(tree.right), -1 if tree.op == "-" else 1)
            case Binary(op="*"):
                return product(self.terms(tree.left), self.terms(tree.right))
            case Binary(op="**", right=Number(value=int(power))) if 0 <= power <= 4:
                return reduce(product, [self.terms(tree.left)] * power, {ONE: 1})
            case Binary(op="/" | "//"):
                if tree.op == "/" or self.divides(tree.right, tree.left):
                    quotient = self._quotient(self.terms(tree.left), self.terms(tree.right))
                    if quotient is not None:
                        return quotient
                elif (split := self._split(tree)) is not None:
                    return split
            case _:
                pass
        return {frozenset(((tree, 1),)): 1}

    def _split(self, tree: Binary) -> Terms | None:
        """`(a + n * b) // b` as `a // b + n`; None where no part of the sum is a multiple."""
        whole: Terms = {}
        rest: Expr | None = None
        for part, sign in summands(tree.left, 1):
            quotient = (
                self._quotient(self.terms(part), self.terms(tree.right)) if self.divides(tree.right, part) else None
            )
            if quotient is not None:
                whole = added(whole, quotient, sign)
            elif rest is None:
                rest = part if sign > 0 else Unary("-", part)
            else:
                rest = Binary("+" if sign > 0 else "-", rest, part)
        if not whole or rest is None:
            return None
        return added(whole, {frozenset(((Binary("//", rest, tree.right), 1),)): 1}, 1)

    def atom(self, tree: Expr) -> Name | None:
        """The one symbol that a formula comes to."""
        terms = self.terms(tree)
        if len(terms) != 1:
            return None
        ((atoms, factor),) = terms.items()
        if factor != 1 or len(atoms) != 1:
            return None
        ((atom, power),) = atoms
        return atom if power == 1 and isinstance(atom, Name) else None

    def _quotient(self, terms: Terms, by: Terms) -> Terms | None:
        """A sum divided by one product."""
        if len(by) != 1:
            return None
        ((atoms, factor),) = by.items()
        return product(
            terms, {frozenset((atom, -power) for atom, power in atoms): 1 if factor == 1 else Fraction(1) / factor}
        )

    def same(self, left: Expr, right: Expr) -> bool:
        """Whether two formulas are known to have the same value."""
        return left == right or self.decide(Compare("==", left, right)) is True

    def decide(self, condition: Expr) -> bool | None:
        """The truth of a condition, None where that depends on values."""
        match condition:
            case Bool():
                return condition.value
            case Unary(op="not"):
                inner = self.decide(condition.operand)
                return None if inner is None else not inner
            case Logic():
                left, right = self.decide(condition.left), self.decide(condition.right)
                strong = condition.op == "or"
                if strong in (left, right):
                    return strong
                return not strong if left is right is not None else None
            case Compare():
                return self._compare(condition)
            case _:
                return self._noted(condition)

    def _noted(self, condition: Expr) -> bool | None:
        found = self.canonical(condition)
        if isinstance(found, Bool):
            return found.value
        if isinstance(found, (Compare, Logic, Unary)) and found != condition:
            return self.decide(found)
        return self.holds.get(found)

    def _compare(self, condition: Compare) -> bool | None:
        op, left, right = condition.op, self.canonical(condition.left), self.canonical(condition.right)
        if left == right:
            return op in ("==", "<=", ">=")
        if isinstance(left, _PLAIN) and isinstance(right, _PLAIN):
            known = expr.simplify(Compare(op, left, right))
            return known.value if isinstance(known, Bool) else None
        plain = Compare(op, left, right)
        noted = self.holds.get(plain)
        if noted is None and (opposite := self.holds.get(Compare(NEGATED[op], left, right))) is not None:
            noted = not opposite
        if noted is not None:
            return noted
        if isinstance(chosen := self._of_choices(plain), Bool):
            return chosen.value
        if isinstance(left, Text) or isinstance(right, Text):
            return None
        if op in ("<", ">=") and isinstance(left, Binary) and left.op == "%" and left.right == right:
            return op == "<" if self.decide(Compare(">=", right, ZERO)) else None
        if op in ("==", "!="):
            gap = added(self.terms(left), self.terms(right), -1)
            if not gap or set(gap) == {ONE}:
                return bool(gap) is (op == "!=")
            if right == ZERO and isinstance(left, Binary) and left.op == "%" and self.divides(left.right, left.left):
                return op == "=="
        return self._by_sign(op, left, right)

    def _by_sign(self, op: CompareOp, left: Expr, right: Expr) -> bool | None:
        """`left op right`, from what is certain of their difference."""
        if isinstance(right, Number):
            least, most = (None if bound is None else bound - right.value for bound in self.bounds(left))
        else:
            least, most = self.bounds(self.canonical(Binary("-", left, right)))
        if least is not None and (least > 0 or (least == 0 and op in ("<", ">="))):
            return op in ("!=", ">", ">=")
        if most is not None and (most < 0 or (most == 0 and op in (">", "<="))):
            return op in ("!=", "<", "<=")
        return None

    def bounds(self, formula: Expr) -> tuple[float | None, float | None]:
        """The least and the most that a number can be, None where that is open."""
        least, most = bounds_of(formula, self)
        floor, ceiling = self.floors.get(formula), self.ceilings.get(formula)
        least = floor if least is None else least if floor is None else max(floor, least)
        return least, (ceiling if most is None else most if ceiling is None else min(ceiling, most))


def _is_whole(formula: Expr) -> bool:
    """Whether a formula is of sizes and rounds alone, which are whole numbers."""
    return all(name[0] in "$ivm" for name in expr.names(formula))


def _within(part: Expr, formula: Expr) -> bool:
    return part == formula or any(_within(part, each) for each in children(formula))


def _is_heavier(left: Expr, right: Expr) -> bool:
    """Whether a formula is heavier to a reader than another; of two that are alike, one always is."""
    mine, other = weight(left), weight(right)
    return mine > other if mine != other else repr(left) > repr(right)


@lru_cache(maxsize=1 << 12)
def weight(formula: Expr) -> tuple[int, int]:
    """How heavy a formula is: how many nodes, numbers counting least, and letters."""
    nodes, letters = 0, 0
    waiting = [formula]
    while waiting:
        each = waiting.pop()
        nodes += 2 - isinstance(each, (Number, Text))
        letters += len(each.id) + 20 * each.id.startswith("$") if isinstance(each, Name) else 0
        waiting += children(each)
    return nodes, letters
