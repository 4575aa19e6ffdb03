"""The values that steps are given, and the parameters that blocks declare for them."""

from __future__ import annotations

from dataclasses import field

from archc.diagnostics import Where
from archc.expr import Expr
from archc.record import record

FAULTY = "faulty"
"""The type of a parameter whose declaration could not be read: it takes anything, and its value is unknown."""


@record(eq=False, repr=False)
class Const:
    """A value as the file gives it."""

    value: object
    where: Where


@record(eq=False, repr=False)
class Formula:
    """An expression, evaluated where the step is expanded."""

    expr: Expr
    where: Where


@record(eq=False, repr=False)
class Template:
    """Text with `{expression}` parts."""

    parts: tuple[str | Expr, ...]
    where: Where
    plain: str | None = field(init=False, compare=False)
    """The text itself, where it holds no expression."""

    def __post_init__(self) -> None:
        texts = [part for part in self.parts if isinstance(part, str)]
        object.__setattr__(self, "plain", "".join(texts) if len(texts) == len(self.parts) else None)


@record(eq=False, repr=False)
class Seq:
    """A list of arguments."""

    items: tuple[Arg, ...]
    where: Where


Arg = Const | Formula | Template | Seq
Args = tuple[tuple[str, Arg], ...]
"""Arguments by name, in the order given."""


@record(eq=False, repr=False)
class Param:
    """A declared parameter of a file or a block."""

    name: str
    type: str
    """`int`, `float`, `bool`, `str`, `enum`, `block`, `table`, or `list[...]` of the first four."""
    where: Where
    required: bool = True
    default: object = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[object, ...] = ()
    length: int | None = None
    columns: tuple[tuple[str, str], ...] = ()
    doc: str = ""

    @property
    def item_type(self) -> str:
        """What a list holds; "" for other types."""
        return self.type[5:-1] if self.type.startswith("list[") else ""

    @property
    def is_choice(self) -> bool:
        """Whether its values are the names it lists."""
        return self.type in {"enum", "block"}
