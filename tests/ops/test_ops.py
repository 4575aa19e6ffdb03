"""Every op against torch itself: its examples, its parameters, its cost, and random arguments from its domain.

An op is right when torch runs the code it is lowered to exactly where archc accepts it, with the same shapes and
dtypes. Left out of that comparison are the refusals that are archc's own: unbatched inputs, ops along the batch, and
empty results. What archc refuses on purpose beyond those (broadcasting sums, say) stays out of an op's `domain`.
"""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from archc import ops
from archc.ops.base import BATCH_AXIS, EMPTY, RANK, Domain, Op, ShapeError
from tests.ops.oracle import Answer, Case, Ran, ask, at_grown, counted_macs, examples, grown, run, symbolic, unchecked

torch.set_num_threads(1)

OPS = ops.names()
every_op = pytest.mark.parametrize("name", OPS)


def accepted(case: Case) -> Answer:
    try:
        return ask(case)
    except (ShapeError, ValidationError) as error:
        raise AssertionError(f"archc refuses the example {case}: {error}") from error


def must_run(case: Case, answer: Answer, device: str) -> Ran:
    try:
        return run(case, answer.op, device)
    except NotImplementedError:  # no kernel for a device is no refusal: the caller says where that may be
        raise
    except Exception as error:
        raise AssertionError(f"torch on {device} refuses what archc accepts, {case}: {error!r}") from error


def same_results(case: Case, answer: Answer, ran: Ran) -> None:
    got = ran.matching(len(answer.results))
    where = f"{case}\n  torch ran: {ran.code}"
    assert len(got) == len(answer.results), f"archc has {len(answer.results)} results, torch {len(got)}: {where}"
    for at, (theirs, ours, shape) in enumerate(zip(got, answer.results, answer.shapes, strict=True)):
        if theirs is None:
            continue
        assert shape == tuple(theirs.shape), f"result {at}: archc says {shape}, torch {tuple(theirs.shape)}: {where}"
        dtype = str(theirs.dtype).removeprefix("torch.")
        assert ours.dtype == dtype, f"result {at}: archc says {ours.dtype}, torch {dtype}: {where}"


def same_weights(case: Case, answer: Answer, ran: Ran) -> None:
    weights = answer.op.weights()
    if case.cls.is_source:
        return
    if ran.module is None:
        assert not weights, f"a function owns no weights, archc says {weights}: {case}"
        return
    named = {False: list(ran.module.named_parameters()), True: list(ran.module.named_buffers())}
    for buffer, kind in ((False, "parameters"), (True, "buffers")):
        ours = [(w.name, tuple(int(d) for d in w.shape), w.dtype) for w in weights if w.buffer == buffer]
        theirs = [(n, tuple(t.shape), str(t.dtype).removeprefix("torch.")) for n, t in named[buffer]]
        assert ours == theirs, f"{kind}: archc says {ours}, torch {theirs}: {case}"
    kept = {w.name for w in weights if w.persistent}
    assert kept == set(ran.module.state_dict()), f"state_dict: archc says {sorted(kept)}: {case}"


@every_op
def test_says_what_it_is(name: str) -> None:
    cls = ops.find(name)
    assert cls is not None, f"archc.ops.names() lists {name}, find() does not find it"
    assert (cls.__doc__ or "").strip(), f"{name} has no docstring"
    assert cls.examples, f"{name} has no example"
    assert name[0].isupper() == cls.is_module, f"{name}: modules are PascalCase, functions lowercase"
    for argument in (cls.primary, *getattr(cls, "positional", ())):
        assert argument is None or argument in cls.model_fields, f"{name} has no argument {argument}"
    assert set(cls.optional) <= set(cls.ports), f"{name}: optional ports {cls.optional} are not among {cls.ports}"
    unknown = set(cls.domain.args) - set(cls.model_fields) if cls.domain else None
    assert not unknown, f"{name}: its domain names unknown arguments {unknown}"


@every_op
@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_examples(name: str, device: str) -> None:
    for case in examples(name):
        answer = accepted(case)
        try:
            ran = must_run(case, answer, device)
        except NotImplementedError:  # torch has no meta kernel for the op; on the CPU it must have one
            assert device == "meta", f"torch on cpu does not implement {case}"
            continue
        same_results(case, answer, ran)
        same_weights(case, answer, ran)


@every_op
def test_macs(name: str) -> None:
    for case in examples(name):
        answer = accepted(case)
        ours, theirs = answer.op.macs(answer.inputs, answer.results), counted_macs(case, answer.op)
        assert ours == theirs, f"multiply-adds: archc says {ours}, torch counts {theirs}: {case}"


@every_op
def test_symbolic_sizes(name: str) -> None:
    """A rule that is given symbols must give the formula: right at other sizes and another batch, too."""
    for case in examples(name):
        accepted(case)
        try:
            formula = ask(case, symbolic(case))
        except ShapeError:
            continue
        for by in (1, 2, 5):
            other = grown(case, by, batch=3)
            try:
                there = ask(other)
            except (ShapeError, ValidationError):
                continue
            ran = must_run(other, there, "cpu")
            got = ran.matching(len(formula.results))
            for ours, theirs in zip(formula.results, got, strict=True):
                if theirs is None:
                    continue
                sizes = tuple(at_grown(size, by, other.batch) for size in ours.shape)
                said = f"archc's formula ({', '.join(map(str, ours.shape))}) gives {sizes}"
                assert sizes == tuple(theirs.shape), f"{said}, torch {tuple(theirs.shape)}: {other}"


@every_op
def test_accepts_what_torch_accepts(name: str) -> None:
    """Draws from the whole domain, most of which is refused, and then from what archc accepts of it."""
    cls = ops.find(name)
    assert cls is not None
    if cls.domain is None:
        pytest.skip("no domain")
    draw = settings(
        derandomize=True, max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    cases = drawn_cases(cls, cls.domain)
    draw(given(cases)(compare))()
    draw(given(cases.filter(accepts))(compare))()


def drawn_cases(cls: type[Op], domain: Domain) -> st.SearchStrategy[Case]:
    optional = {argument for argument, info in cls.model_fields.items() if not info.is_required()}

    def case(inputs: tuple[tuple[int, ...], ...], drawn: dict[str, tuple[object, ...]]) -> Case:
        args = {argument: value for argument, given in drawn.items() for value in given}
        return Case(cls.name, args, inputs, domain.dtypes)

    values = {
        argument: st.sampled_from([*((value,) for value in values), *([()] if argument in optional else [])])
        for argument, values in domain.args.items()
    }
    return st.builds(case, st.sampled_from(domain.inputs), st.fixed_dictionaries(values))


def accepts(case: Case) -> bool:
    try:
        ask(case)
    except (ShapeError, ValidationError):
        return False
    return True


def compare(case: Case) -> None:
    """Demand that archc and torch accept or refuse alike, and give the same results."""
    try:
        answer = ask(case)
    except (ShapeError, ValidationError) as error:
        must_refuse(case, error)
        return
    ran = must_run(case, answer, "cpu")
    same_results(case, answer, ran)
    same_weights(case, answer, ran)


def must_refuse(case: Case, error: ShapeError | ValidationError) -> None:
    if isinstance(error, ShapeError) and error.code in (RANK, BATCH_AXIS):
        return
    try:
        ran = run(case, unchecked(case), "cpu")
    except Exception:
        return
    empty = any(result is not None and result.numel() == 0 for result in ran.results)
    if isinstance(error, ShapeError) and error.code == EMPTY and empty:
        return
    shapes = [tuple(result.shape) for result in ran.results if result is not None]
    raise AssertionError(f"archc refuses what torch accepts, {case}: {error}\n  torch ran {ran.code} and gave {shapes}")
