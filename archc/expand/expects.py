"""Holding a step to the shape it expects."""

from __future__ import annotations

from archc import codes, dims
from archc.diagnostics import Where
from archc.expand.run import Run
from archc.expand.scope import Env
from archc.expr import UNKNOWN
from archc.spec.arguments import Arg
from archc.spec.model import Step
from archc.tensor import TensorType


def check_expect(run: Run, step: Step, expect: tuple[Arg | None, ...], env: Env, actual: TensorType | None) -> None:
    """Report a result of another shape than `expect` says.

    What is expected holds at the sizes that the spec itself declares: `--size` must not break a true assertion.
    """
    if actual is None:
        return
    declared = run.settled.declared
    seen = Env({**declared, **env.values})
    wanted = [None if arg is None else run.evaluate(arg, seen) for arg in expect]
    sizes = [dims.at(size, {**declared, "N": 2}) for size in actual.sample]
    if len(wanted) == len(sizes) and all(map(_fits, wanted, sizes)):
        return
    got = " x ".join(map(str, sizes)) or "a scalar"
    shown = " x ".join("_" if size is None else str(size) for size in wanted)
    where = Where(step.where.file, (*step.where.route[:-1], "expect"))
    run.report(codes.EXPECT, f"`{step.key}` gives {got}, not the expected {shown}", where)


def _fits(wanted: object, size: object) -> bool:
    """Whether a size is as expected; None is one that `expect` leaves open."""
    return wanted is None or wanted is UNKNOWN or wanted == size
