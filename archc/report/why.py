"""The provenance of a tensor's sizes as people and programs read it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archc.provenance import Cause, Provenance
from archc.report.terminal import cells, visible
from archc.summary import times
from archc.tensor import TensorType

if TYPE_CHECKING:
    from archc.network import Network
    from archc.ops.base import Op


def why_text(network: Network, found: Provenance) -> str:
    """Each size with the ops that made it, from the input on; sizes with the same history in one go."""
    lines = [f"{visible(found.path)}  {times(_sizes(found.type))}"]
    histories: dict[tuple[tuple[int, int, str], ...], list[int]] = {}
    for dim, cause in enumerate(found.causes):
        key = tuple((id(each.node), each.value, each.formula) for each in cause.ledger() if each.node.op is not None)
        histories.setdefault(key, []).append(dim)
    for dims in histories.values():
        lines += ["", " and ".join(f"{found.names[dim]} {_formula(found, dim)}" for dim in dims)]
        lines += _rows(network, [found.causes[dim] for dim in dims])
    return "\n".join(lines) + "\n"


def why_json(network: Network, found: Provenance) -> str:
    """The same for programs."""
    sizes = [
        {
            "name": name,
            "size": int(size),
            "formula": str(size),
            "made_by": [_record(network, each) for each in cause.ledger()],
        }
        for name, size, cause in zip(found.names, found.type.sample, found.causes, strict=True)
    ]
    return json.dumps({"path": found.path, "shape": list(_sizes(found.type)), "sizes": sizes}, indent=2) + "\n"


def _sizes(type_: TensorType) -> tuple[int, ...]:
    return tuple(int(size) for size in type_.sample)


def _formula(found: Provenance, dim: int) -> str:
    size = found.type.sample[dim]
    return str(int(size)) if str(size) == str(int(size)) else f"{int(size)} = {size}"


def _rows(network: Network, causes: list[Cause]) -> list[str]:
    """A line for each op: the size behind it, its path, how it works it out, what it is, and where it stands."""
    ledgers = [cause.ledger() for cause in causes]
    table = [
        (
            str(together[0].value),
            visible(together[0].node.path),
            _declared_as(together) if together[0].node.op is None else _how(together[0].node.op, together[0].formula),
            together[0],
        )
        for together in zip(*ledgers, strict=True)
    ]
    rows = [(size, path, how, _line(network, cause)) for size, path, how, cause in table]
    widths = [max(cells(row[at]) for row in rows) for at in range(3)]
    return [
        f"  {row[0]:>{widths[0]}}  {row[1]}{' ' * (widths[1] - cells(row[1]))}  "
        f"{row[2]}{' ' * (widths[2] - cells(row[2]))}  {row[3]}".rstrip()
        for row in rows
    ]


def _declared_as(together: Sequence[Cause]) -> str:
    """Where sizes start that go one way: what the input calls them, as far as it calls them anything."""
    return " and ".join(dict.fromkeys([each.formula or "as declared" for each in together]))


def _how(op: Op, formula: str) -> str:
    given = op.given(skip=op.inferred_fields())
    arguments = ", ".join(f"{name}={visible(str(getattr(op, name)))}" for name, _ in given)
    called = f"{op.name}({arguments})"
    return f"{formula}   by {called}" if formula else f"set by {called}"


def _line(network: Network, cause: Cause) -> str:
    node = cause.node
    where = node.step.where if node.step is not None else _declared(network, node.path)
    line = network.loaded.documents[where.file].place(where).line
    return f"line {line}" if where.file == network.spec.file else f"{where.file}:{line}"


def _declared(network: Network, name: str) -> Any:
    return next(decl.where for decl in network.spec.inputs if decl.name == name)


def _record(network: Network, cause: Cause) -> dict[str, Any]:
    return {
        "path": cause.node.path, "op": cause.node.kind, "size": cause.value, "formula": cause.formula,
        "line": _line(network, cause), "from": [each.node.path for each in cause.causes],
    }  # fmt: skip
