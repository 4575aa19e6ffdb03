"""Holding a step to the shape it expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archc import codes, dims
from archc.diagnostics import Diagnostic, Where
from archc.expand.leaf import evaluate_arg, expr_finding
from archc.expand.scope import Env
from archc.expr import UNKNOWN, ExprError
from archc.spec.model import Step
from archc.tensor import TensorType

if TYPE_CHECKING:
    from archc.expand.expander import Builder


def check_expect(builder: Builder, step: Step, env: Env, actual: TensorType | None) -> None:
    """Report a result of another shape than `expect` says.

    What is expected holds at the sizes that the spec itself declares: `--size` must not break a true assertion.
    """
    if step.expect is None or actual is None:
        return
    where = Where(step.where.file, (*step.where.route[:-1], "expect"))
    declared = builder.settled.declared
    seen = Env({**declared, **env.values})
    wanted: list[object] = []
    for arg in step.expect:
        try:
            wanted.append(None if arg is None else evaluate_arg(arg, seen))
        except ExprError as error:
            assert arg is not None
            builder.report(expr_finding(error, arg.where))
            return
    sizes = [dims.at(d, {**declared, "N": 2}) for d in actual.sample]
    fits = len(wanted) == len(sizes) and all(w is None or w is UNKNOWN or w == s for w, s in zip(wanted, sizes, strict=True))
    if not fits:
        shown = ", ".join("_" if w is None else str(w) for w in wanted)
        name = f"`{step.key}`"
        message = f"{name} gives {' x '.join(map(str, sizes)) or 'a scalar'}, not the expected {shown.replace(', ', ' x ')}"
        builder.report(Diagnostic(codes.EXPECT, message, where))
