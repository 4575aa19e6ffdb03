"""Every way through a rule that asks about symbolic values: it runs once for either answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from archc.codegen.facts import Facts
from archc.expr import Bool, Compare, Expr, Number, Unary
from archc.ops.base import ShapeError
from archc.record import record

T = TypeVar("T")


MOST_PATHS = 256


class OpaqueError(Exception):
    """A rule asks for a number that only an instance has; `formulas` are those that it asks about."""

    def __init__(self, reason: str, *formulas: Expr) -> None:
        super().__init__(reason)
        self.formulas = formulas


class _Decider:
    """Answers what a rule asks, first as it is told to, then "yes" for equalities."""

    def __init__(
        self, facts: Facts, told: tuple[bool, ...], *, syntactic: bool = False, results: int | None = None
    ) -> None:
        self.facts = facts
        self.told = told
        self.results = results
        """How many results the step has names for."""
        self.taken: list[tuple[Expr, bool]] = []
        self.syntactic = syntactic

    def decide(self, condition: Expr) -> bool:
        if isinstance(condition, Compare) and isinstance(condition.right, Bool) and not self.syntactic:
            plain = condition.right.value is (condition.op == "==")
            condition = condition.left if plain else Unary("not", condition.left)
        equality = condition if isinstance(condition, Compare) and condition.op in ("==", "!=") else None
        if equality is not None and equality.right == Number(-1):
            return equality.op == "!="  # -1 is written, not worked out
        known = self.facts.decide(condition)
        if known is not None:
            return known
        if equality is not None and self.syntactic:
            return equality.op == "!="
        at = len(self.taken)
        guess = not (isinstance(condition, Compare) and condition.op in ("!=", "<", ">"))
        answer = self.told[at] if at < len(self.told) else guess
        self.taken.append((condition, answer))
        self.facts = self.facts.assuming(condition, answer)
        return answer


active: list[_Decider] = []


def decide(condition: Expr) -> bool:
    """The answer of the rule that is running. Raises `OpaqueError` where none is."""
    if not active:
        raise OpaqueError("needs to know a condition", condition)
    return active[-1].decide(condition)


@record(eq=False)
class Path(Generic[T]):
    """One way through a rule: the answers it was given, and its outcome, None where it refused."""

    taken: tuple[tuple[Expr, bool], ...]
    outcome: T | None
    by_torch: bool = False
    """Whether torch refuses by itself what the rule refused."""


def explore(
    facts: Facts, run: Callable[[], T], *, syntactic: bool = False, results: int | None = None
) -> list[Path[T]]:
    """Return every way through `run`. Raises `OpaqueError`."""
    waiting: list[tuple[bool, ...]] = [()]
    paths: list[Path[T]] = []
    while waiting:
        told = waiting.pop()
        decider = _Decider(facts, told, syntactic=syntactic, results=results)
        outcome: T | None = None
        by_torch = False
        active.append(decider)
        try:
            outcome = run()
        except ShapeError as error:
            by_torch = error.by_torch
        finally:
            active.pop()
        answers = tuple(answer for _, answer in decider.taken)
        paths.append(Path(tuple(decider.taken), outcome, by_torch))
        if len(paths) > MOST_PATHS:
            raise OpaqueError("has a rule with too many ways through it")
        waiting += [(*answers[:at], not answers[at]) for at in range(len(told), len(answers))]
    return paths
