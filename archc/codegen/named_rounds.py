"""Modules that all rounds of a repeat call alike: one round at most may make each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import TYPE_CHECKING

from archc import expr
from archc.codegen.binding import Env, bind
from archc.codegen.ir import Loop
from archc.codegen.modules import named_modules
from archc.codegen.sites import UntranslatableError
from archc.expr import Compare, Expr, Logic, Name, Number, Unary
from archc.spec.model import Repeat, Step

if TYPE_CHECKING:
    from archc.codegen.chains import Builder


def name_once(builder: Builder, step: Step, repeat: Repeat, loop: Loop, env: Env) -> None:
    """See to it that one round at most makes each module that is called alike in all of them."""
    for conditions in _tests_of_named(step):
        bound = [bind(each, env) for each in conditions]
        if any(_is_of_one_round(each, loop) for each in bound):
            continue
        if any(repeat.variable in expr.names(each) for each in conditions):
            raise UntranslatableError("a module may be made by several rounds", loop.count, *bound)
        needs: list[Expr] = [*(Unary("not", each) for each in bound), Compare("<=", loop.count, Number(1))]
        builder.need(reduce(lambda left, right: Logic("or", left, right), needs), "repeat")


def name_in_one(builder: Builder, step: Step, envs: Sequence[Env]) -> None:
    """See to it that one of the rounds that are written out makes each module that is called alike in all of them."""
    for conditions in _tests_of_named(step):
        rounds = [[bind(each, env) for each in conditions] for env in envs]
        made = [tests for tests in rounds if all(builder.facts.decide(test) is not False for test in tests)]
        if made[1:]:
            asked = (test for tests in made for test in tests)
            raise UntranslatableError("a module may be made by several rounds", *asked)


def _tests_of_named(step: Step) -> Iterator[tuple[Expr, ...]]:
    """The conditions under which a round makes each of the modules that are called alike in all rounds."""
    mine = () if step.when is None else (step.when.expr,)
    return ((*mine, *each) for each in named_modules(step))


def _is_of_one_round(condition: Expr, loop: Loop) -> bool:
    """Whether a condition holds in one round at most: it says which."""
    match condition:
        case Logic(op="and", left=left, right=right):
            return _is_of_one_round(left, loop) or _is_of_one_round(right, loop)
        case Compare(op="==", left=Name(id=name), right=other) | Compare(op="==", left=other, right=Name(id=name)):
            return name == loop.index == loop.variable and name not in expr.names(other)
        case _:
            return False
