"""Which rules run: all that are on, or those that the command line or the project's settings name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from archc.record import record
from archc.rules import all_rules
from archc.rules.base import Rule
from archc.suggest import hint


@record
class Choice:
    """The rules that run, and the names among those given that stand for none, each with a hint."""

    rules: tuple[Rule, ...]
    unknown: tuple[tuple[str, str], ...] = ()


def choose(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Choice:
    """The rules of `select`, or without it all that are on, less those of `ignore`."""
    unknown = tuple((name, hint_for(name)) for name in dict.fromkeys((*select, *ignore)) if not named(name))
    wanted = _all_named(select) if select else {rule.code for rule in all_rules() if rule.on}
    wanted -= _all_named(ignore)
    return Choice(tuple(rule for rule in all_rules() if rule.code in wanted), unknown)


def named(name: str) -> tuple[Rule, ...]:
    """The rules that a code, the beginning of one (`ARC4`), or a rule's name stands for."""
    if re.fullmatch(r"arc\d*", name, re.IGNORECASE):
        return tuple(rule for rule in all_rules() if rule.code.startswith(name.upper()))
    return tuple(rule for rule in all_rules() if rule.name == name)


def one_named(name: str) -> Rule | None:
    """The one rule of that code or name."""
    return next((rule for rule in all_rules() if name in {rule.code, rule.name}), None)


def hint_for(name: str) -> str:
    """What may have been meant by a name that stands for no rule."""
    rules = all_rules()
    kind = 0 if re.match(r"arc\d", name, re.IGNORECASE) else 1
    return hint(name, "rules", [(rule.code, rule.name)[kind] for rule in rules])


def _all_named(names: Iterable[str]) -> set[str]:
    return {rule.code for name in names for rule in named(name)}
