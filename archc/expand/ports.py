"""Which of its inputs a step's tensors are for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from archc.diagnostics import Fix, Where
from archc.ops.base import Op
from archc.spec.model import Step
from archc.suggest import hint, known, renaming


def given_ports(step: Step, ports: Sequence[str], count: int) -> tuple[str, ...]:
    """The ports that `from` gives to a step's inputs, "" where only their order counts.

    An input more than it names is that of the step before, which feeds the first port.
    """
    if step.sources is None:
        return ()
    given = tuple([source.port for source in step.sources])
    return (ports[0], *given) if len(given) < count else given


def misnamed(step: Step, ports: Sequence[str]) -> tuple[Fix, ...]:
    """The fix for the first port that `from` names and that is not there."""
    source = next((source for source in step.sources or () if source.port and source.port not in ports), None)
    if source is None:
        return ()
    return renaming(source.port, ports, Where(source.where.file, source.where.route, on_key=True))


@cache
def bind_ports(op: type[Op], given: tuple[str, ...], count: int) -> tuple[tuple[str, ...], str, str]:
    """The port of each input, and (message, help) where they do not fit the op."""
    if op.merges:
        problem = f"joins at least {op.min_inputs} tensors, not {count}" if count < op.min_inputs else ""
        return ("",) * count, problem, "give it a fork, or a list of names under `from`"
    if op.is_source:
        return (), "takes no input" if count else "", "leave `from` out"
    for port in given:
        if port and port not in op.ports:
            return (), f"has no port `{port}`", hint(port, "ports", op.ports)
    ports = tuple(port or op.ports[at] if at < len(op.ports) else "" for at, port in enumerate(given))
    if count > len(op.ports):
        return (), f"takes {len(op.ports)} input{'s' * (len(op.ports) != 1)}, not {count}", known("ports", op.ports)
    if len(set(ports)) < len(ports):
        return (), "is given the same port twice", ""
    missing = next((port for port in op.ports if port not in ports and port not in op.optional), None)
    if missing is not None:
        return (), f"needs its port `{missing}`", f"name it under `from`, as in `from: {{{missing}: ...}}`"
    return ports, "", ""
