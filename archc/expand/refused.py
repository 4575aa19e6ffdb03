"""What to say of arguments that an op refuses."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pydantic import ValidationError

from archc import codes
from archc.diagnostics import Diagnostic, Fix, Where
from archc.ops.base import Op
from archc.spec.args import kind_of
from archc.spec.arguments import Arg, Const, Seq
from archc.spec.faults import Fault, faults_in
from archc.spec.model import OpCall, Step
from archc.spec.retyped import TYPES, retyped
from archc.suggest import renaming, suggest


def argument_findings(
    step: Step, call: OpCall, error: ValidationError, *, but: Collection[str] = ()
) -> dict[str, Diagnostic]:
    """One finding an argument, by its name, save for those that are unknown already."""
    faults: dict[str, list[Fault]] = {}
    for fault in faults_in(error):
        faults.setdefault(str(fault.loc[0]) if fault.loc else "", []).append(fault)
    args = dict(call.args)
    return {
        name: _finding(step, call.op, name, args.get(name), found) for name, found in faults.items() if name not in but
    }


def _finding(step: Step, op: type[Op], name: str, arg: Arg | None, faults: Sequence[Fault]) -> Diagnostic:
    fault = _telling(arg, faults)
    where = step.where if arg is None else arg.where
    words = kind_of(op, name).words if name in op.model_fields else frozenset[str]()
    if isinstance(fault.given, str) and words:
        return _bad(
            op,
            name,
            f"must be one of {', '.join(sorted(words))}, not `{fault.given}`",
            where,
            suggest(fault.given, words),
            renaming(fault.given, words, where) if isinstance(arg, Const) else (),
        )
    type_ = TYPES.get(fault.type.partition("_")[0], "")
    if not isinstance(arg, Seq):
        fixes = retyped(fault.given, type_, where) if isinstance(arg, Const) else ()
        return _bad(op, name, fault.problem, where, fixes=fixes)
    entries = _entries(fault)
    if entries is not None:
        return _bad(op, name, f"must have {entries} entries, not {len(arg.items)}", where)
    at = next((part for part in fault.loc[1:] if isinstance(part, int)), len(arg.items))
    if at < len(arg.items):
        item = arg.items[at]
        fixes = retyped(fault.given, type_, item.where) if isinstance(item, Const) else ()
        return _bad(op, f"{name}[{at}]", fault.problem, item.where, fixes=fixes)
    return _bad(op, name, fault.problem, where, fixes=retyped(fault.given, type_, where))


def _telling(arg: Arg | None, faults: Sequence[Fault]) -> Fault:
    """Of a union's several complaints the one about the form that the argument has."""
    listed = isinstance(arg, Seq)
    fitting = [fault for fault in faults if bool(_tuple(fault)) == listed]
    return next((fault for fault in fitting if fault.type != "literal_error"), (*fitting, *faults)[0])


def _tuple(fault: Fault) -> str:
    """The tuple that a fault is about, as pydantic writes its type (`tuple[int,int]`); "" where it is about none."""
    return next((part for part in fault.loc if isinstance(part, str) and part.startswith("tuple[")), "")


def _entries(fault: Fault) -> int | None:
    """How many entries a list should have had, if that is the fault."""
    sizes = _tuple(fault)
    counted = fault.type in {"missing", "too_long"} and sizes and "..." not in sizes
    return sizes.count(",") + 1 if counted else None


def _bad(
    op: type[Op], name: str, problem: str, where: Where, help: str = "", fixes: tuple[Fix, ...] = ()
) -> Diagnostic:
    help = help or next((fix.title for fix in fixes), "")
    return Diagnostic(codes.BAD_ARGUMENT, f"`{name}` of `{op.name}` {problem}", where, help=help, fixes=fixes)
