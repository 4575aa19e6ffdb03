"""Making one op: its arguments evaluated and validated, what the graph tells filled in, its shape rule run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from pydantic import ValidationError

from archc import codes
from archc.diagnostics import Diagnostic, Note, Where
from archc.dims import BATCH, Sym, product
from archc.expand.bounds import bounded, bounded_all_the_same
from archc.expand.cures import Cure, cure_assertion, cure_refusal, shown
from archc.expand.refused import argument_findings
from archc.expand.scope import Env
from archc.expand.unsure import common, is_open, is_sure, of_rank
from archc.expand.values import evaluate_arg, expr_finding
from archc.expand.worlds import Guess, guess, recover
from archc.expr import UNKNOWN, ExprError
from archc.ops.base import Inputs, Op, ShapeError
from archc.spec.arguments import Args
from archc.spec.data import is_sequence, is_whole
from archc.spec.model import OpCall, Step
from archc.spec.values import frozen
from archc.tensor import TensorType, too_large
from archc.tree import Leaf

Types = tuple[TensorType | None, ...]
MAX_FORMULA = 5000
"""How long the formula of a size may be; what a network does comes to a dozen terms."""
Findings = tuple[Diagnostic, ...]
Given = tuple[dict[str, object], Findings]
"""The values of arguments, and what was wrong with them."""


class Made(NamedTuple):
    """An op, or what was wrong with it; `types` are None where unknown, in the number that can be told."""

    leaf: Leaf | None
    types: Types
    findings: tuple[Diagnostic, ...] = ()


def make_leaf(step: Step, call: OpCall, types: Types, ports: tuple[str, ...], given: Given) -> Made:
    """The op of `call` with these arguments on inputs of these types."""
    values, findings = given
    case = _Case(step, call, types, ports)
    try:
        op = call.op.model_validate(values, strict=True)
    except ValidationError as error:
        sound = [name for name, value in values.items() if value is not UNKNOWN]
        wrong = argument_findings(step, call, error, but=values.keys() - sound)
        return case.guessed({**values, **dict.fromkeys(wrong, UNKNOWN)}, (*findings, *wrong.values()))
    if UNKNOWN in values.values() or not all(map(is_sure, types)):
        return case.guessed(values, findings)
    inputs = Inputs(case.known, ports)
    try:
        return _complete(case, op, inputs)
    except ShapeError as error:
        return case.refused(values, error, ())


class _Case(NamedTuple):
    """An op that is to be made, for when that fails: what goes on is what is certain all the same."""

    step: Step
    call: OpCall
    types: Types
    ports: tuple[str, ...]

    @property
    def known(self) -> tuple[TensorType, ...]:
        """The types of those inputs of which something is known."""
        return tuple([type_ for type_ in self.types if type_ is not None])

    def guessed(self, values: Mapping[str, object], findings: Findings) -> Made:
        """The outcome where an argument or an input is not wholly known."""
        op, types, ports = self.call.op, self.types, self.ports
        found = bounded(op, values, types, ports, guess(op, values, types, ports))
        return (
            self._told(values, found, findings) if found.error is None else self.refused(values, found.error, findings)
        )

    def refused(self, values: Mapping[str, object], error: ShapeError, findings: Findings) -> Made:
        """The outcome where the op does not take its inputs."""
        step = self.step
        if error.code == codes.LIMIT:  # nothing further is looked at
            finding = Diagnostic(error.code, f"`{self.call.op.name}` {error.message}", step.where, help=error.help)
            return Made(None, self._unknown(), (*findings, finding))
        sure = all(map(is_sure, self.types))
        cure = cure_refusal(step, self.call, values, Inputs(self.known, self.ports), error) if sure else Cure()
        message, help = f"`{self.call.op.name}` {error.message}", cure.help or error.help
        finding = Diagnostic(error.code, message, step.where, help=help, fixes=cure.fixes)
        found = recover(self.call.op, values, self.known, self.ports) if self.known else Guess()
        found = bounded_all_the_same(self.call.op, values, self.known, self.ports, error.code, found)
        return self._told(values, found, (*findings, finding))

    def _told(self, values: Mapping[str, object], found: Guess, findings: Findings) -> Made:
        """The results as far as they are certain, and the arguments that contradict what is."""
        asserted = tuple(self.assertion(values, name, found.told[name]) for name, _ in _wrong(values, found.told))
        larger = tuple(self.excess(values, name, most) for name, most in _exceeded(values, found))
        types = self._or_flat(values, found) or self._unknown()
        several = len(types) == 1 < len(self.step.results)
        return Made(None, types * len(self.step.results) if several else types, (*findings, *asserted, *larger))

    def _or_flat(self, values: Mapping[str, object], found: Guess) -> Types:
        """The results; unknown ones where what is asserted does not show whether the input should have been flat."""
        given = [name for name in self.call.op.inferred_fields() if values.get(name) not in (None, UNKNOWN)]
        doubtful = any(
            (name not in found.told or _plain(values[name]) != _plain(found.told[name]))
            and self._may_be_flat(values[name])
            for name in given
        )
        if not doubtful or len(self.known) != 1:
            return found.types
        flat = guess(self.call.op, values, (of_rank(2, self.known[0].dtype),), self.ports)
        return (common((found.types[0], flat.types[0])),) if found.types and flat.types else found.types

    def _may_be_flat(self, features: object) -> bool:
        """Whether the input can have so many elements, as it then must where it should have been flat."""
        known = product(size for type_ in self.known[:1] for size in type_.sample if not is_open(size))
        return not is_whole(features) or (int(known) > 0 and features % int(known) == 0)

    def _unknown(self) -> Types:
        """What to go on with where nothing can be told: a merge gives mostly what it is given."""
        if self.call.op.merges and self.known and len(self.known) == len(self.types):
            return (common(self.known),)
        return (None,) * max(len(self.step.results), len(self.call.op.results), 1)

    def excess(self, values: Mapping[str, object], name: str, most: int) -> Diagnostic:
        """The finding that an argument is more than the graph can tell, whatever was meant before."""
        message = f"`{self.call.op.name}` says `{name}` is {shown(values[name])}, but here it is at most {most}"
        where = Where(self.step.where.file, (*self.step.where.route, name))
        return Diagnostic(codes.ASSERTION, message, where, help="leave it out")

    def assertion(self, values: Mapping[str, object], name: str, actual: object) -> Diagnostic:
        """The finding that an argument is not what the graph tells."""
        inputs = Inputs(self.known, self.ports) if all(map(is_sure, self.types)) else None
        cure = cure_assertion(self.step, self.call, values, inputs, name, actual)
        return Diagnostic(
            codes.ASSERTION,
            f"`{self.call.op.name}` says `{name}` is {shown(values[name])}, but here it is {shown(actual)}",
            Where(self.step.where.file, (*self.step.where.route, name)),
            notes=(Note(f"its input is {self.known[0]}"),) if self.known else (),
            help=cure.help,
            fixes=cure.fixes,
        )


def evaluated(args: Args, env: Env) -> Given:
    """The values of arguments, UNKNOWN with a finding where one has none."""
    values: dict[str, object] = {}
    findings: list[Diagnostic] = []
    for name, arg in args:
        try:
            values[name] = frozen(evaluate_arg(arg, env))
        except ExprError as error:
            values[name] = UNKNOWN
            findings.append(expr_finding(error, arg.where))
    return values, tuple(findings)


def _complete(case: _Case, op: Op, inputs: Inputs) -> Made:
    """An op with what the graph tells; raises `ShapeError`."""
    told = op.inferred(inputs)
    if told:
        given = {name: value for name in told if (value := getattr(op, name)) is not None}
        if wrong := _wrong(given, told):
            values = {name: getattr(op, name) for name in op.model_fields_set}
            asserted = tuple(case.assertion(values, name, told[name]) for name, _ in wrong)
            return Made(None, _as_meant(op, inputs, told), asserted)
        op = op.filled({name: value for name, value in told.items() if name not in given})
    return Made(Leaf(op), _possible(op, inputs.types, op.infer(inputs)))


def _possible(op: Op, given: Sequence[TensorType], results: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
    """The results of an op; raises `ShapeError` where one of them, or a weight, is larger than a tensor can be."""
    for result in results:
        if result in given:
            continue
        if problem := too_large(result.shape):
            raise ShapeError(f"has a result that {problem}", code=codes.LIMIT)
        for size in result.shape:
            if isinstance(size, Sym) and size.length > MAX_FORMULA:
                message = "has a result whose size is too long as a formula of the input's"
                raise ShapeError(message, code=codes.LIMIT, help="fix some of the input's sizes")
    for weight in op.weights():
        if problem := too_large(weight.shape):
            raise ShapeError(f"has a `{weight.name}` that {problem}", code=codes.LIMIT)
    return results


def _as_meant(op: Op, inputs: Inputs, told: Mapping[str, object]) -> tuple[TensorType, ...]:
    """The results of an op that says something wrong of its input, which is mostly to be left out.

    Where it would be right of the flattened input, that is what is missing.
    """
    flat = Inputs((inputs.first.with_shape(BATCH, product(inputs.first.sample)), *inputs.types[1:]), inputs.ports)
    with suppress(ShapeError):
        if not _wrong({name: getattr(op, name) for name in told}, op.inferred(flat)):
            return op.infer(flat)
    return op.filled(dict(told)).infer(inputs)


def _wrong(given: Mapping[str, object], told: Mapping[str, object]) -> list[tuple[str, object]]:
    """The arguments given that are other than what the graph tells."""
    known = [(name, given[name]) for name in told if given.get(name) not in (None, UNKNOWN)]
    return [(name, value) for name, value in known if _plain(value) != _plain(told[name])]


def _exceeded(values: Mapping[str, object], found: Guess) -> list[tuple[str, int]]:
    """The arguments given that are more than they can be."""
    given = [(name, values.get(name), most) for name, most in found.most.items() if name not in found.told]
    return [(name, most) for name, value, most in given if is_whole(value) and value > most]


def _plain(value: object) -> object:
    return tuple(value) if is_sequence(value) else value
