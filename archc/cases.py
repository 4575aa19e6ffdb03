"""Running the `check:` cases of a spec: the numbers and shapes that its author says must hold."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from archc import codes, expr
from archc.diagnostics import Diagnostic, Place, Where
from archc.expand import Settings
from archc.expr import ExprError
from archc.findings import Found, resolve
from archc.loading import Loaded
from archc.network import Network, check
from archc.ops.base import Op
from archc.spec.model import Check, Spec
from archc.suggest import known, suggest
from archc.summary import concrete, summarise, times
from archc.tensor import TensorType
from archc.tree import Body, Item, Leaf


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something that is not as the case says."""

    what: str
    """`params`, `macs`, or the step whose shape it is."""
    message: str
    where: Where
    expected: str = ""
    got: str = ""
    """Both are empty where there is nothing to compare: the message says why."""
    help: str = ""

    def diagnostic(self) -> Diagnostic:
        """The same as a finding."""
        return Diagnostic(codes.CHECK, self.message, self.where, help=self.help)


def _differs(what: str, expected: str, got: str, where: Where) -> Mismatch:
    return Mismatch(what, f"`{what}` is {got}, not the expected {expected}", where, expected, got)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case went: it passed where there are neither mismatches nor errors."""

    name: str
    """What the case sets: `resnet50 classes=10 H=96`; `as it stands` for one that sets nothing."""
    case: Check
    place: Place | None
    mismatches: tuple[Mismatch, ...]
    errors: tuple[Found, ...]
    """Why there is no network to compare with."""
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether all is as the case says."""
        return not self.mismatches and not self.errors


def run_cases(loaded: Loaded, settings: Settings | None = None) -> list[CaseResult]:
    """Run every case of a spec, in order.

    A variant in `settings` picks the cases of that variant; parameters and sizes there hold where a case gives none.
    """
    spec = loaded.spec
    if spec is None:
        return []
    base = settings or Settings()
    wanted = base.variant or loaded.variant
    return [_run(loaded, case, base) for case in spec.checks if wanted is None or _variant(spec, case) == wanted]


def _variant(spec: Spec, case: Check) -> str | None:
    return case.variant or (spec.variants[0].name if spec.variants else None)


def _run(loaded: Loaded, case: Check, base: Settings) -> CaseResult:
    start = time.perf_counter()
    # the case's own variant, or the first: not the one that the spec's name asked for, which only picks cases
    settings = Settings(case.variant, {**base.params, **case.params}, {**base.sizes, **case.sizes})
    outcome = check(replace(loaded, variant=None), settings)
    errors = resolve(loaded, (f for f in outcome.findings if f.severity == "error"))
    mismatches = tuple(_compare(outcome.network, case)) if outcome.network is not None else ()
    place = loaded.place(case.where)
    return CaseResult(_name(case), case, place, mismatches, errors, time.perf_counter() - start)


def _name(case: Check) -> str:
    given = {**case.params, **case.sizes}
    parts = [case.variant or "", *(f"{name}={_value(value)}" for name, value in given.items())]
    return " ".join(part for part in parts if part) or "as it stands"


def _value(value: object) -> str:
    return f"[{','.join(map(str, cast('tuple[object, ...]', value)))}]" if isinstance(value, tuple) else str(value)


def _compare(network: Network, case: Check) -> Iterator[Mismatch]:
    summary = summarise(network)
    for what, expected, got in (
        ("params", case.expect_params, summary.params),
        ("macs", case.expect_macs, summary.macs),
    ):
        if expected is not None and expected != got:
            yield _differs(what, f"{expected:,}", f"{got:,}", _inside(case, what))
    for name, expected in case.expect_shapes:
        mismatch = _compare_shape(network, name, expected, _inside(case, "shapes", name))
        if mismatch is not None:
            yield mismatch


def _inside(case: Check, *route: str) -> Where:
    return Where(case.where.file, (*case.where.route, *route))


def _compare_shape(network: Network, name: str, expected: Sequence[object], where: Where) -> Mismatch | None:
    type_, help = find_type(network, name)
    if type_ is None:
        return Mismatch(name, f"`{name}` is no step, input or output of this network", where, help=help)
    try:
        wanted = [_size(item, network) for item in expected]
    except ExprError as error:
        return Mismatch(name, f"the shape of `{name}` cannot be read: {error.message}", where, help=error.help)
    got = concrete(type_)
    if len(wanted) == len(got) and all(w is None or w == g for w, g in zip(wanted, got, strict=True)):
        return None
    shown = " x ".join("_" if size is None else str(size) for size in wanted) or "scalar"
    return _differs(name, shown, times(got), where)


def _size(item: object, network: Network) -> object:
    """A size of an expected shape: a number, an expression over parameters and sizes, or None for any (`_`)."""
    if item == "_":
        return None
    if not isinstance(item, str):
        return item
    values: Mapping[str, object] = {**network.settled.sizes, **network.settled.values}
    return expr.evaluate(expr.parse(item), values)


def find_type(network: Network, name: str) -> tuple[TensorType | None, str]:
    """The type of a step's result by its dotted path, of an output or of an input; None, with a hint, if none is."""
    found = _in_body(network.body, name.split("."))
    if found is not None:
        return found, ""
    ends = {result.name: result.type for result in network.graph.graph["outputs"]}
    ends |= dict(zip(network.body.input_names, network.body.inputs, strict=True))
    if name in ends:
        return ends[name], ""
    names = {*ends, *_names(network.body)}
    near = suggest(name, [*names, *(node.path for node in network.graph)])
    return None, near or known("steps", names)


def _in_body(body: Body, parts: Sequence[str]) -> TensorType | None:
    head, rest = parts[0], parts[1:]
    for item in body.items:
        if item.name == head:
            return _in_item(item, rest)
        if head in item.step.results and not rest and item.step is item.outer:
            return item.types[item.step.results.index(head)]
    return None


def _in_item(item: Item, parts: Sequence[str]) -> TensorType | None:
    if not parts:
        return item.types[0]
    if isinstance(item.content, Body) and (found := _in_body(item.content, parts)) is not None:
        return found
    ports = _ports(item.content)
    return item.types[ports.index(parts[0])] if len(parts) == 1 and parts[0] in ports[: len(item.types)] else None


def _ports(content: Leaf | Body) -> tuple[str, ...]:
    if isinstance(content, Body):
        return tuple(output.name for output in content.outputs)
    op: Op = content.op
    return op.results


def _names(body: Body) -> Iterator[str]:
    for item in body.items:
        yield from item.step.results or (item.name,)
