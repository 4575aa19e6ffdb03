"""`Aliases` and `Saves` of every op, against torch in training and inference."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from pydantic import ValidationError

from archc import ops
from archc.ops.base import Inputs, Op, ShapeError
from tests.inplace.measure import Measured, cases, measure, subsets
from tests.ops.oracle import Answer, Case, ask

torch.set_num_threads(1)
OPS = [name for name in ops.names() if not (cls := ops.find(name)) or not cls.is_source]


def trials(name: str) -> Iterator[tuple[Case, Answer, bool, tuple[bool, ...], Measured]]:
    """Everything that is tried of an op, and what torch did."""
    for case in cases(name):
        try:
            answer = ask(case)
        except (ShapeError, ValidationError):
            continue
        for training in (True, False):
            for requires in subsets(case):
                try:
                    measured = measure(case, answer.op, requires, training)
                except (
                    RuntimeError,
                    ValueError,
                ):  # one sample is too few for a norm, or the numbers do not suit a loss
                    continue
                if measured is not None:
                    yield case, answer, training, requires, measured


def declared(op: Op, inputs: Inputs, requires: tuple[bool, ...], training: bool, results: int) -> set[int]:
    """Which tensors autograd saves by what the op declares, inputs before results."""
    parameters = any(not weight.buffer for weight in op.weights())
    if not (parameters or any(requires)):
        return set()
    saves, aliased = op.saved(inputs), op.aliased(inputs, training=training)
    overwritten = op.changes_input(training=training) and aliased is not None
    found = {len(requires) + at for at in saves.results if at < results}
    for at in range(len(requires)):
        when = "never" if overwritten and not at else saves.when(at)
        others = parameters or any(grad for other, grad in enumerate(requires) if other != at)
        if {"never": False, "always": True, "own": requires[at], "others": others}[when]:
            found.add(at)
    return found


@pytest.mark.parametrize("name", OPS)
def test_traits(name: str) -> None:
    """torch saves and shares nothing that is not declared, and whatever is declared at least once."""
    seen: set[int | str] = set()
    wanted: set[int | str] = set()
    tried = 0
    for case, answer, training, requires, measured in trials(name):
        tried += 1
        inputs, results = len(case.inputs), len(measured.requires_grad)
        where = f"{case}, training={training}, requires grad: {requires}"
        aliased = answer.op.aliased(answer.inputs, training=training)
        assert not measured.others_shared, f"tensors share memory beside the first input: {where}"
        if aliased is None:
            assert not measured.shared, f"results {measured.shared} share the first input's memory: {where}"
        elif not answer.op.packs:
            assert len(measured.shared) == results, f"the results have memory of their own: {where}"
        if "batch=1" not in repr(case):
            refused = aliased is not None and aliased.how in ("views", "expanded")
            refused &= aliased is not None and (aliased.how == "expanded" or any(requires))
            assert bool(measured.refuses) == refused, f"torch refuses to modify {measured.refuses}: {where}"
        ours = any(measured.requires_grad), _requires_grad(answer, requires)
        assert ours in {(False, False), (True, True), (False, not all(requires))}, f"results require grad: {where}"
        ours = declared(answer.op, answer.inputs, requires, training, results)
        theirs = set(measured.saved)
        if aliased is not None and aliased.how != "views":
            ours |= {0, inputs} if ours & {0, inputs} else set()
        if aliased is not None and aliased.how == "views":
            theirs = set()  # a view of several is refused, and so is what it is a view of
        assert theirs <= ours, f"autograd saves {sorted(theirs)}, archc has {sorted(ours)}: {where}"
        wanted |= {min(at, 1) if at < inputs else f"result {at - inputs}" for at in ours}
        seen |= {min(at, 1) if at < inputs else f"result {at - inputs}" for at in theirs}
    assert tried, f"nothing of {name} could be tried"
    missing = wanted - seen
    assert not missing, f"{name} declares {missing}, which torch never saves"


def _requires_grad(answer: Answer, requires: tuple[bool, ...]) -> bool:
    parameters = any(not weight.buffer for weight in answer.op.weights())
    return (parameters or any(requires)) and any(result.dtype.startswith("float") for result in answer.results)
