"""What a spec allows: `allow: {ARC401: as in the paper}` on a step, or at the top of a file for all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archc import codes
from archc.diagnostics import Diagnostic, Route, Where
from archc.loading import Loaded
from archc.record import record
from archc.rules.select import hint_for, one_named
from archc.spec.data import is_mapping
from archc.spec.model import Chain, Spec, Step
from archc.spec.walk import chains_in


@record
class Allowance:
    """One entry of an `allow`: the rule that it names, and what it covers."""

    code: str
    file: str
    covers: Route
    """The step, with all that is within it or that it uses; the empty route is the whole file."""
    where: Where

    def is_for(self, code: str, wheres: Iterable[Where]) -> bool:
        """Whether it covers a finding that stands in one of these places, or is in what is used there."""
        size = len(self.covers)
        return code == self.code and any(w.file == self.file and w.route[:size] == self.covers for w in wheres)


def allowances(loaded: Loaded) -> tuple[tuple[Allowance, ...], tuple[Diagnostic, ...]]:
    """All that a spec and the files it uses allow, and what names no rule."""
    found: list[Allowance] = []
    wrong: list[Diagnostic] = []
    for file, covers, names in _written(loaded):
        for name in names:
            where = Where(file, (*covers, "allow", name), on_key=True)
            rule = one_named(name)
            if rule is not None:
                found.append(Allowance(rule.code, file, covers, where))
                continue
            message = f"`allow` names no rule of practice: `{name}`"
            wrong.append(Diagnostic(codes.ALLOWANCE, message, where, "warning", help=hint_for(name)))
    return tuple(found), tuple(wrong)


def unused(allowed: Sequence[Allowance], used: set[Allowance], file: str, ran: set[str]) -> Iterator[Diagnostic]:
    """Report what a file allows that no rule finds there; of rules that did not run nothing is known."""
    for each in allowed:
        if each not in used and each.file == file and each.code in ran:
            message = f"`{each.where.route[-1]}` is allowed here, but nothing of the kind is found"
            yield Diagnostic(codes.ALLOWANCE, message, each.where, "warning", help="take it out")


def _written(loaded: Loaded) -> Iterator[tuple[str, Route, Iterable[str]]]:
    for file, document in loaded.documents.items():
        names = (document.data or {}).get("allow")
        if is_mapping(names):
            yield file, (), names
    for step in _steps_of(loaded.spec) if loaded.spec is not None else ():
        if step.allow and step.where.on_key:
            yield step.where.file, step.where.route[:-1], step.allow


def _steps_of(spec: Spec) -> Iterator[Step]:
    """All steps of a spec's network and of the blocks that it can see."""
    chains = [block.chain for block in spec.scope.blocks.values()]
    for chain in (*([spec.chain] if spec.chain is not None else []), *chains):
        yield from _steps_in(chain)


def _steps_in(chain: Chain) -> Iterator[Step]:
    for step in chain.steps:
        yield step
        for inner in chains_in(step):
            yield from _steps_in(inner)
