"""What a merging op is given: options, and the branches of a fork or the names of tensors."""

from __future__ import annotations

import re
from collections.abc import Mapping

from archc import codes
from archc.diagnostics import Route
from archc.ops.base import Op
from archc.record import record
from archc.spec.context import Context
from archc.spec.data import is_list, is_mapping
from archc.spec.model import Source

NAMES = re.compile(r"[A-Za-z_]\w*(\.\w+)*\Z")
"""A name, maybe with a namespace: an op or block standing as a step without arguments."""


@record(eq=False, repr=False)
class Merge:
    """What stands after a merging op; `forks` has the branches by name, None where there is no fork."""

    options: object
    forks: Mapping[str, object] | None = None
    route: Route = ()
    """The place of the fork."""


def split_merge(ctx: Context, op: type[Op], value: object, route: Route) -> Merge | None:
    """The options of a merging op and what it joins; None, with a finding, where they are mixed up."""
    if is_list(value):
        lists_tensors = all(isinstance(name, str) for name in value) and not _takes_text(op)
        return Merge(None if lists_tensors else value)
    if not is_mapping(value):
        return Merge(value)
    if "branches" in value:
        options = {key: given for key, given in value.items() if key != "branches"}
        forks = value["branches"]
        return Merge(options, forks if is_mapping(forks) else None, (*route, "branches"))
    if not any(name not in op.model_fields and _may_be_chain(given) for name, given in value.items()):
        return Merge(value)
    mixed = next((name for name in value if name in op.model_fields), None)
    if mixed is None:
        return Merge(None, value, route)
    help = f"put the branches under `branches`, as in `{op.name}: {{branches: {{...}}, {mixed}: ...}}`"
    ctx.report(codes.STEP_FORM, f"`{op.name}` mixes branches with its argument `{mixed}`", ctx.where(route), help)
    return None


def merged_names(ctx: Context, op: type[Op], value: object, route: Route) -> tuple[Source, ...]:
    """The tensors that a merging op lists by name, in place of a fork."""
    if not op.merges or (is_list(value) and _takes_text(op)):
        return ()
    if is_mapping(value):
        value, route = value.get("branches"), (*route, "branches")
    if not is_list(value):
        return ()
    return tuple(Source("", name, ctx.where((*route, at))) for at, name in enumerate(value) if isinstance(name, str))


def _takes_text(op: type[Op]) -> bool:
    """Whether text in place of its arguments is the op's primary one rather than the name of a tensor."""
    return op.primary is not None and op.model_fields[op.primary].annotation is str


def _may_be_chain(value: object) -> bool:
    return value is None or isinstance(value, (list, dict)) or (isinstance(value, str) and bool(NAMES.match(value)))
