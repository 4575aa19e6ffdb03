"""Running the rules over the networks of a spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from archc.diagnostics import Diagnostic, Note, Where
from archc.quiet import quiet
from archc.rules.allow import Allowance, allowances, unused
from archc.rules.base import Hit, Practised, Rule

if TYPE_CHECKING:
    from archc.loading import Loaded
    from archc.network import Network


@quiet()
def practise(loaded: Loaded, networks: Sequence[Network | None], rules: Sequence[Rule], *, complete: bool) -> Practised:
    """Run rules over the networks that have no errors; `complete` if these are all that the spec can be."""
    spec = loaded.spec
    if spec is None:
        return Practised(tuple(() for _ in networks), ())
    allowed, wrong = allowances(loaded)
    used: set[Allowance] = set()
    per_network = tuple(tuple(_in_network(network, rules, allowed, used)) for network in networks)
    overall = list(wrong)
    good = [network for network in networks if network is not None]
    if complete and len(good) == len(networks) and not loaded.findings:
        for rule in rules:
            hits = rule.in_spec(spec, good) if rule.in_spec is not None else ()
            overall += _findings(rule, hits, allowed, used)
        overall += unused(allowed, used, spec.file, {rule.code for rule in rules}) if good else ()
    return Practised(per_network, tuple(overall))


def _in_network(
    network: Network | None, rules: Sequence[Rule], allowed: Sequence[Allowance], used: set[Allowance]
) -> Iterator[Diagnostic]:
    for rule in rules if network is not None else ():
        if rule.in_network is not None and network is not None:
            yield from _findings(rule, rule.in_network(network), allowed, used)


def _findings(
    rule: Rule, hits: Iterable[Hit], allowed: Sequence[Allowance], used: set[Allowance]
) -> Iterator[Diagnostic]:
    """One finding for each place, however many instances of it are hit; what is allowed there is noted in `used`."""
    groups: dict[Where, list[tuple[Hit, tuple[Note, ...]]]] = {}
    for hit in hits:
        where, stack = _place(hit)
        wheres = (where, *(note.where for note in stack if note.where is not None))
        covering = [each for each in allowed if each.is_for(rule.code, wheres)]
        used.update(covering)
        if not covering:
            groups.setdefault(where, []).append((hit, stack))
    for where, group in groups.items():
        hit, stack = group[0]
        more = f" (and {len(group) - 1} more like it)" if len(group) > 1 else ""
        yield Diagnostic(
            rule.code,
            hit.message + more,
            where,
            hit.severity or rule.severity,
            hit.notes,
            hit.help,
            stack,
            rule.confidence,
            hit.fixes,
        )


def _place(hit: Hit) -> tuple[Where, tuple[Note, ...]]:
    """Where a hit stands, and the uses that led there, outermost first."""
    if isinstance(hit.at, Where):
        return hit.at, ()
    step, origin = hit.at.step, hit.at.origin
    assert step is not None
    return step.where, tuple(reversed(origin.notes())) if origin is not None else ()
