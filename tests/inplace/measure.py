"""What an op's results share with its inputs in torch, and what autograd saves of them: measured, not remembered.

A tensor is saved if the backward pass refuses to run after its version counter went up.
"""

from __future__ import annotations

import itertools
import math
import operator
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from archc import ops
from archc.codegen.render import Context, render
from archc.ops.base import Op
from archc.ops.lowering import Helper
from tests.ops.oracle import Case, call_text, examples, flat, taken, tensors

_IN_PLACE = {"+": operator.iadd, "-": operator.isub, "*": operator.imul, "/": operator.itruediv}
_INFIX = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
MOST = 8
"""Combinations of arguments for each op and shape."""


@dataclass(frozen=True)
class Measured:
    """Of an op's tensors, inputs before results: which share the first input's memory, and which are saved."""

    shared: frozenset[int]
    others_shared: bool
    saved: frozenset[int]
    requires_grad: tuple[bool, ...]
    refuses: frozenset[int]
    """The results that torch lets nothing modify in place."""


def cases(name: str) -> Iterator[Case]:
    """Examples of an op, and arguments from its domain, for one sample and for two."""
    cls = ops.find(name)
    assert cls is not None
    drawn: list[Case] = [*examples(name)]
    if cls.domain is not None:
        combinations = [*itertools.product(*cls.domain.args.values())]
        chosen = combinations[:: max(1, len(combinations) // MOST)]
        for dtypes in {(), cls.domain.dtypes}:
            for inputs in cls.domain.inputs:
                drawn += [Case(name, dict(zip(cls.domain.args, each, strict=True)), inputs, dtypes) for each in chosen]
    for case in drawn:
        yield replace(case, batch=2)
        yield replace(case, batch=1)


def subsets(case: Case) -> Iterator[tuple[bool, ...]]:
    """Which inputs require grad, in all ways."""
    floats = [case.dtype(at).startswith("float") for at in range(len(case.inputs))]
    yield from itertools.product(*((True, False) if each else (False,) for each in floats))


def measure(case: Case, op: Op, requires: Sequence[bool], training: bool) -> Measured | None:
    """What torch does; None where it refuses the numbers, or the backward pass."""
    inputs, results = _run(case, op, requires, training)
    if not all(bool(result.isfinite().all()) for result in results):
        return None  # a window of max pooling in the padding alone: torch's backward pass writes outside of memory
    first = inputs[0]
    every = [*inputs, *results]
    shared = frozenset(at for at, each in enumerate(every) if at >= len(inputs) and _same(each, first))
    pairs = itertools.combinations(every, 2)
    others = any(_same(a, b) and not _same(a, first) for a, b in pairs)
    refuses: set[int] = set()
    for at in range(len(results)):
        result = _run(case, op, requires, training)[1][at]
        try:
            result.copy_(result.detach().clone())
        except RuntimeError:
            refuses.add(at)
    saved: set[int] = set()
    if any(result.requires_grad for result in results):
        assert _backward(results)
        for at in range(len(every)):
            inputs, results = _run(case, op, requires, training)
            torch.autograd.graph.increment_version([*inputs, *results][at])
            if not _backward(results):
                saved.add(at)
    grads = tuple(result.requires_grad for result in results)
    return Measured(shared, others, frozenset(saved), grads, frozenset(refuses))


def _same(one: Tensor, other: Tensor) -> bool:
    return one.untyped_storage()._cdata == other.untyped_storage()._cdata


def _backward(results: Sequence[Tensor]) -> bool:
    """Run the backward pass; whether it found all it saved as it was."""
    outputs = [result for result in results if result.requires_grad]
    try:
        torch.autograd.backward(outputs, [torch.ones_like(each) for each in outputs])
    except RuntimeError as error:
        if "modified by an inplace operation" not in str(error):
            raise
        return False
    return True


def _run(case: Case, op: Op, requires: Sequence[bool], training: bool) -> tuple[list[Tensor], list[Tensor]]:
    """Inputs, which are no leaves, and results."""
    torch.manual_seed(0)
    made = [tensor * 0.9 + 0.05 if tensor.is_floating_point() else tensor for tensor in tensors(case, "cpu")]
    inputs = [x.requires_grad_() * 1.0 if grad else x for x, grad in zip(made, requires, strict=True)]
    if op.changes_input() and (sign := getattr(op, "operator", "")):
        others = inputs[1:] or [getattr(op, "other")]  # noqa: B009
        result = _IN_PLACE[sign](inputs[0], others[0])
        for other in others[1:]:
            result = _INFIX[sign](result, other)
        return inputs, [result]
    names = tuple(f"x{at}" for at in range(len(inputs)))
    context = Context(
        tensors=names,
        ports=dict(zip(case.connected, names, strict=False)),
        field=lambda field: repr(getattr(op, field)),
        star=lambda field: tuple(repr(item) for item in getattr(op, field)),
        batch="x0.shape[0]",
    )
    lowered = op.as_torch()
    scope: dict[str, Any] = {
        "Tensor": Tensor, "nn": nn, "F": nn.functional, "torch": torch, "math": math,
        "self": SimpleNamespace(training=training), **dict(zip(names, inputs, strict=True)),
    }  # fmt: skip
    if isinstance(lowered, Helper):
        exec(lowered.text, scope)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = eval(render(lowered, context), scope)
        if isinstance(value, nn.Module):
            value = eval(call_text(case, op, context), scope | {"op": value.train(training)})
            pattern = op.unpack()
            found = flat(value) if pattern is None else taken(pattern, value)
        else:
            found = flat(value)
        return inputs, [result for result in found if result is not None]
