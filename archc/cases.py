"""Running the `check:` cases of a spec: the numbers and shapes that its author says must hold."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from archc import codes
from archc.case_names import settings_of, unknown_names, variant_of
from archc.diagnostics import Diagnostic, Place, Where
from archc.expand import Settings
from archc.expand.scope import Env
from archc.expand.values import evaluate_arg
from archc.expr import ExprError
from archc.findings import Found, resolve
from archc.loading import Loaded
from archc.naming import network_name
from archc.network import Network, check
from archc.spec.arguments import Arg
from archc.spec.model import Budget, Check
from archc.step_paths import find_type
from archc.summary import concrete, summarise, times


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a spec, as it is told apart from the others."""

    check: Check
    variant: str | None
    """The variant it is about."""
    network: str
    """The name of that network: `resnet50`, `lenet_lecture`."""
    given: tuple[str, ...]
    """What the case sets: `classes=10`, `H=96`."""
    place: Place | None

    @property
    def name(self) -> str:
        """What the case says of itself: `resnet50 classes=10 H=96`; `as it stands` where it sets nothing."""
        variant = (self.check.variant,) if self.check.variant else ()
        return " ".join((*variant, *self.given)) or "as it stands"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case went: it passed where nothing was found."""

    case: Case
    found: tuple[Found, ...]
    """What is not as the case says, or why there is no network to hold it to."""
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether all is as the case says."""
        return not self.found


def cases_of(loaded: Loaded, settings: Settings | None = None) -> tuple[Case, ...]:
    """The cases of a spec, in order; a variant in `settings` picks those about it."""
    spec = loaded.spec
    if spec is None:
        return ()
    wanted = (settings.variant if settings else None) or loaded.variant
    named = [(case, variant_of(spec, case)) for case in spec.checks]
    return tuple(
        Case(case, variant, network_name(spec.name, variant), _given(case), loaded.place(case.where))
        for case, variant in named
        if wanted in {None, variant}
    )


def run_cases(loaded: Loaded, settings: Settings | None = None) -> list[CaseResult]:
    """Run every case of a spec, in order; parameters and sizes in `settings` hold where a case gives none."""
    return [run_case(loaded, case, settings) for case in cases_of(loaded, settings)]


def run_case(loaded: Loaded, case: Case, settings: Settings | None = None) -> CaseResult:
    """Run one case of a spec."""
    start = time.perf_counter()
    if loaded.spec is None:
        raise ValueError("a spec that could not be read has no cases")
    # its own variant: not the one that the spec's name asked for, which only picks cases
    asked = settings_of(loaded.spec, case.check, settings or Settings())
    outcome = check(replace(loaded, variant=None), asked)
    wrong = (
        _mismatches(outcome.network, case.check)
        if outcome.network is not None
        else (finding for finding in outcome.findings if finding.severity == "error")
    )
    return CaseResult(case, resolve(loaded, wrong), time.perf_counter() - start)


def _given(case: Check) -> tuple[str, ...]:
    return tuple(f"{name}={_value(value)}" for name, value in {**case.params, **case.sizes}.items())


def _value(value: object) -> str:
    return f"[{','.join(map(_value, cast('tuple[object, ...]', value)))}]" if isinstance(value, tuple) else str(value)


def _mismatches(network: Network, case: Check) -> Iterator[Diagnostic]:
    measured = _measured(network, case)
    for what, expected in case.amounts.items():
        yield from _amount(what, expected, measured[what], _inside(case, what))
    yield from unknown_names(network, case)
    for name, expected in case.expect_shapes:
        yield from _shape(network, name, expected, _inside(case, "shapes", name))


def _inside(case: Check, *route: str) -> Where:
    return Where(case.where.file, (*case.where.route, *route))


def _measured(network: Network, case: Check) -> Mapping[str, int]:
    """The numbers that a case may hold a network to, by their keys; memory only where it is asked for."""
    summary = summarise(network)
    counted = {"params": summary.params, "macs": summary.macs}
    if not case.amounts.keys() - counted.keys():
        return counted
    from archc.cost import memory

    peak = memory(network, case.batch)
    return {**counted, "inference_memory": peak.inference, "training_memory": peak.training}


def _amount(what: str, expected: int | Budget | None, got: int, where: Where) -> Iterator[Diagnostic]:
    if isinstance(expected, Budget):
        if got > expected.maximum:
            yield Diagnostic(codes.CHECK, _over(what, expected.maximum, got), where)
    elif expected is not None and got != expected:
        message = f"`{what}` is {got:,}{unit_of(what)}, not the expected {expected:,}"
        yield Diagnostic(codes.CHECK, message, where)


def unit_of(what: str) -> str:
    """What the numbers of a case are counted in, behind a space; nothing for parameters and multiply-adds."""
    return " bytes" if what.endswith("_memory") else ""


def _over(what: str, budget: int, got: int) -> str:
    over = got - budget
    share = over / budget if budget else 0
    part = f" ({share:.1%})" if 0.001 <= share < 1 else f" ({share:,.0%})" if share >= 1 else ""
    return f"`{what}` is {got:,}{unit_of(what)}, over its budget of {budget:,} by {over:,}{part}"


def _shape(network: Network, name: str, expected: Sequence[Arg | None], where: Where) -> Iterator[Diagnostic]:
    type_ = find_type(network.body, name)
    if type_ is None:
        return
    env = Env({**network.settled.sizes, **network.settled.values})
    try:
        wanted = [None if size is None else evaluate_arg(size, env) for size in expected]
    except ExprError as error:
        message = f"the shape of `{name}` cannot be worked out: {error.message}"
        yield Diagnostic(codes.CHECK, message, where, help=error.help)
        return
    got = concrete(type_)
    if len(wanted) != len(got) or any(w is not None and w != g for w, g in zip(wanted, got, strict=True)):
        shown = " x ".join("_" if size is None else str(size) for size in wanted) or "scalar"
        yield Diagnostic(codes.CHECK, f"`{name}` is {times(got)}, not the expected {shown}", where)
