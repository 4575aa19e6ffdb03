"""Repeated steps: as loops of the generated source, or round by round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from archc import expr
from archc.expr import Expr
from archc.spec.arguments import Template
from archc.torch.align import Rounds
from archc.torch.formulas import Case
from archc.tree import Item

FREE_VARIABLES = ("i", "j", "k", "n", "index")
"""What the variable of a loop may be called where the spec names none."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A repeated step kept as a loop: its variable, its range, and the names of its modules."""

    rounds: Rounds
    start: int
    """How many rounds are written out before it."""
    variable: str
    name: str
    """The text of the modules' names: an f-string with its quotes, or the number that the first one has."""
    end: Expr
    """What `range` ends at."""
    counted: bool
    """Whether `range` begins at `start`; else it begins at 0."""

    def span(self, end: str) -> str:
        """The `range`, given the text of its end."""
        return f"range({self.start}, {end})" if self.counted else f"range({end})"


def loop_variable(unit: Rounds, cases: Sequence[Case]) -> str:
    """The variable that a repeated step binds; where it binds none, one that nothing else is called."""
    named = unit.step.repeat.variable if unit.step.repeat else None
    return named or next(name for name in FREE_VARIABLES if name not in cases[0].env)


def unrolled(unit: Rounds, at: int, cases: Sequence[Case]) -> list[Case]:
    """The cases of one round of a loop that is written out."""
    variable = unit.step.repeat.variable if unit.step.repeat else None
    if variable is None:
        return list(cases)
    return [replace(c, env={**c.env, variable: at}, fixed={**c.fixed, variable: at}) for c in cases]


def looped(unit: Rounds, start: int, cases: Sequence[Case]) -> Iterator[tuple[Item, Case]]:
    """The items of the rounds from `start` on with their cases: one text in the variable must serve them all."""
    variable = loop_variable(unit, cases)
    for number, case in enumerate(cases):
        for at in range(start, len(unit.rounds)):
            item = unit.rounds[at][0].items[number]
            if item is not None:
                own = {variable: at}
                yield item, replace(case, env={**case.env, **own}, loops={**case.loops, **own})


def loop_name(unit: Rounds, start: int, cases: Sequence[Case]) -> str | None:
    """The names of a loop's modules: `f"layer{i + 1}"`, or a number in an `nn.Sequential` of numbers."""
    variable = loop_variable(unit, cases)
    template = unit.step.name
    if template is not None and template.plain is None:
        return _template_name(template, variable, cases[0])
    names = [round_[0].first.name for round_ in unit.rounds]
    if all(name.isdigit() for name in names):
        return names[start] if len(names) > start else None
    stem, _, ordinal = names[0].rpartition("_")
    if not ordinal.isdigit() or names != [f"{stem}_{int(ordinal) + at}" for at in range(len(names))]:
        return None
    shift = expr.simplify(expr.binary("+", expr.Name(variable), expr.number(int(ordinal))))
    return f'f"{stem}_{{{expr.to_python(shift)}}}"'


def _template_name(template: Template, variable: str, case: Case) -> str | None:
    """The author's name with formulas in it, as an f-string; None where it depends on more than the variable."""
    texts: list[str] = []
    for part in template.parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        formula = expr.simplify(expr.substitute(part, dict(case.fixed)))
        if expr.names(formula) - {variable}:
            return None
        known = isinstance(formula, (expr.Number, expr.Text))
        texts.append(str(formula.value) if known else f"{{{expr.to_python(formula)}}}")
    return f'f"{"".join(texts)}"'
