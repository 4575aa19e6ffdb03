"""What differs between two networks, as values: what `archc.diff` gives, and JSON has."""

from __future__ import annotations

from typing import Literal

from archc.differences.description import Value
from archc.record import record

What = Literal["input", "removed", "added", "renamed", "moved", "op", "argument", "wiring", "order", "output", "init"]


@record
class Change:
    """One difference.

    `path` is a step's in the second network, or in the first where it is gone; the name of an input or output; or a key
    of the `state_dict`. `name` is the argument, or what of an input or output differs.
    """

    what: What
    path: str
    op: str = ""
    name: str = ""
    before: Value = None
    after: Value = None
    takes: tuple[str, ...] = ()
    """What a step that is added, removed or moved takes."""
    feeds: tuple[str, ...] = ()
    """What takes its results."""
    follows: bool = False
    """Whether it follows from another difference: an inferred argument."""
    params: int = 0
    """How many parameters come or go with it."""
    within: str = ""
    """The outermost module that comes or goes with it as a whole; itself where that is none."""


@record
class Reshaped:
    """An entry of both `state_dict`s that has another shape or dtype in the second."""

    key: str
    before: tuple[int, ...] | str
    after: tuple[int, ...] | str


@record
class Checkpoint:
    """How a `state_dict` of the first network loads into the second: what `load_state_dict` says."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    reshaped: tuple[Reshaped, ...]
    """What is refused, strict or not."""
    cast: tuple[Reshaped, ...]
    """What loads and changes its dtype."""
    reordered: bool
    """Whether keys that both have come in another order: state that goes by place, as an optimizer's, is another's."""

    @property
    def loads(self) -> bool:
        """Whether it loads strictly."""
        return not (self.missing or self.unexpected or self.reshaped)


@record
class Sum:
    """A figure of both networks."""

    name: str
    before: int
    after: int
