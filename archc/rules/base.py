"""What a practice rule is: one small function, whose docstring is its page, made a `Rule` by a decorator."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from archc.diagnostics import Confidence, Diagnostic, Fix, Note, Severity, Where
from archc.record import record

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network
    from archc.spec.model import Spec


@record(eq=False)
class Hit:
    """What a rule found: the op, or the place in the spec's text, and what to say of it."""

    at: Node | Where
    message: str
    notes: tuple[Note, ...] = ()
    help: str = ""
    fixes: tuple[Fix, ...] = ()
    severity: Severity | None = None
    """Where it weighs less, or more, than the rule's findings do otherwise."""


FindInNetwork = Callable[["Network"], Iterator[Hit]]
FindInSpec = Callable[["Spec", Sequence["Network"]], Iterator[Hit]]


@record(eq=False)
class Rule:
    """One rule of good practice. A rule looks either at one network, or at a spec's text with all its variants."""

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    on: bool
    """Whether it runs without being selected."""
    page: str
    """What `archc explain` shows."""
    in_network: FindInNetwork | None = None
    in_spec: FindInSpec | None = None


@record
class Practised:
    """What the rules found: in each network, and in the spec as a whole."""

    per_network: tuple[tuple[Diagnostic, ...], ...]
    overall: tuple[Diagnostic, ...]


class _Named(Protocol):
    __name__: str
    __doc__: str | None


def rule(
    code: str, *, severity: Severity, confidence: Confidence = "high", on: bool = True
) -> Callable[[FindInNetwork], Rule]:
    """Make a rule of a function that looks at one network."""

    def made(find: FindInNetwork) -> Rule:
        return Rule(code, _name(find), severity, confidence, on, inspect.getdoc(find) or "", in_network=find)

    return made


def spec_rule(
    code: str, *, severity: Severity, confidence: Confidence = "high", on: bool = True
) -> Callable[[FindInSpec], Rule]:
    """Make a rule of a function that looks at a spec's text, and at its networks: all variants that it has."""

    def made(find: FindInSpec) -> Rule:
        return Rule(code, _name(find), severity, confidence, on, inspect.getdoc(find) or "", in_spec=find)

    return made


def _name(find: _Named) -> str:
    return find.__name__.replace("_", "-")
