"""Holding a step to the shape it expects."""

from __future__ import annotations

from collections.abc import Sequence

from archc import codes, dims
from archc.diagnostics import Edit, Fix, Where
from archc.expand.run import Run
from archc.expand.scope import Env
from archc.expand.unsure import ASSUMED, is_open, most_of
from archc.expr import UNKNOWN
from archc.spec.arguments import Arg, Const
from archc.spec.data import is_whole
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
    sizes = [None if is_open(size) else dims.at(size, {**declared, "N": 2}) for size in actual.sample]
    limits = [most_of(size) if declared == run.settled.sizes else None for size in actual.sample]
    if len(wanted) == len(sizes) and all(map(_fits, wanted, sizes)) and not any(map(_exceeds, wanted, limits)):
        return
    if len(wanted) != len(sizes) and ASSUMED in actual.shape:
        return
    got = " x ".join("?" if size is None else str(size) for size in sizes) or "a scalar"
    shown = " x ".join("_" if size is None else "?" if size is UNKNOWN else str(size) for size in wanted)
    where = Where(step.where.file, (*step.where.route[:-1], "expect"))
    fixes = _as_given(where, expect, wanted, sizes)
    run.report(codes.EXPECT, f"`{step.key}` gives {got}, not the expected {shown}", where, fixes=fixes)


def _as_given(
    where: Where, expect: Sequence[Arg | None], wanted: Sequence[object], sizes: Sequence[object]
) -> tuple[Fix, ...]:
    """The fix that expects what there is: whether that is right only the author knows."""
    if None in sizes:
        return ()
    if len(expect) != len(sizes):
        text = f"[{', '.join(map(str, sizes))}]"
        return (Fix(f"write `expect: {text}`", (Edit(where, "replace", text),)),)
    wrong = [at for at, size in enumerate(sizes) if not _fits(wanted[at], size)]
    given = [arg.where for at in wrong if isinstance(arg := expect[at], Const)]
    if len(given) < len(wrong):
        return ()
    edits = tuple(Edit(place, "replace", str(sizes[at])) for place, at in zip(given, wrong, strict=True))
    shown = ", ".join("_" if arg is None else str(size) for arg, size in zip(expect, sizes, strict=True))
    return (Fix(f"write `expect: [{shown}]`", edits),)


def _exceeds(wanted: object, limit: int | None) -> bool:
    """Whether a size is expected that is more than there can be."""
    return limit is not None and is_whole(wanted) and wanted > limit


def _fits(wanted: object, size: object) -> bool:
    """Whether a size is as expected; None is one that is unknown, or that `expect` leaves open."""
    return wanted is None or wanted is UNKNOWN or size is None or wanted == size
