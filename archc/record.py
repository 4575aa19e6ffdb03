"""Frozen values: what `@dataclass(frozen=True, slots=True)` makes, for a quarter of what that costs at import.

`dataclasses` compiles six methods for each class, which takes 0.45 ms; the front end has some seventy such classes, and
`archc check` should be quick. Here one method is compiled, the constructor, and the others are shared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T], /) -> type[T]: ...


@overload
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(*, eq: bool = True, repr: bool = True) -> Callable[[type[T]], type[T]]: ...


def record(cls: Any = None, /, *, eq: bool = True, repr: bool = True) -> Any:
    """A dataclass with slots whose instances cannot be changed; `replace` and `fields` of dataclasses know it."""
    made = partial(_record, eq=eq, repr=repr)
    return made if cls is None else made(cls)


def _record(cls: type[Any], *, eq: bool, repr: bool) -> type[Any]:
    cls.__doc__ = cls.__doc__ or cls.__name__  # else dataclass() would make one from a signature that is not there yet
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    made.__init__ = _constructor(made)
    made.__setattr__ = made.__delattr__ = _refuse
    made.__getstate__, made.__setstate__ = _state, _restore
    if eq:
        made.__eq__, made.__hash__ = _comparison([f.name for f in fields(made) if f.compare])
    if eq and "_hash" in made.__dataclass_fields__:
        made.__hash__ = _kept(made.__hash__, made._hash.__set__)
    if repr:
        made.__repr__ = _text
    return made


def _constructor(cls: type[Any]) -> Callable[..., None]:
    """`__init__`, which sets every slot through its descriptor."""
    scope: dict[str, Any] = {"_missing": MISSING}
    first: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for f in fields(cls):
        if not f.init and f.default is MISSING:
            continue
        scope[f"_set_{f.name}"] = getattr(cls, f.name).__set__
        argument = value = f.name
        if f.default_factory is not MISSING:
            scope[f"_make_{f.name}"] = f.default_factory
            argument, value = f"{f.name}=_missing", f"_make_{f.name}() if {f.name} is _missing else {f.name}"
        elif f.default is not MISSING:
            scope[f"_default_{f.name}"] = f.default
            argument = f"{f.name}=_default_{f.name}"
        if f.init:
            (named if f.kw_only else first).append(argument)
        lines.append(f" _set_{f.name}(self, {value if f.init else f'_default_{f.name}'})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    arguments = ", ".join(["self", *first, *(["*", *named] if named else [])])
    exec(f"def __init__({arguments}):\n" + ("\n".join(lines) or " pass"), scope)
    return scope["__init__"]


def _comparison(names: list[str]) -> tuple[Callable[[Any, object], bool], Callable[[Any], int]]:
    values: Callable[[Any], Any] = attrgetter(*names) if names else lambda self: ()

    def eq(self: Any, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hash_(self: Any) -> int:
        return hash(values(self))

    return eq, hash_


def _kept(hash_: Callable[[Any], int], keep: Callable[[Any, int], None]) -> Callable[[Any], int]:
    """A hash that is worked out once; a class has it that has a field `_hash`."""

    def kept(self: Any) -> int:
        found = self._hash
        if found is None:
            keep(self, found := hash_(self))
        return found

    return kept


def _refuse(self: object, name: str, value: object = None) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _text(self: Any) -> str:
    shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
    return f"{type(self).__qualname__}({shown})"


def _state(self: Any) -> list[Any]:
    return [None if f.name == "_hash" else getattr(self, f.name) for f in fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for f, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, f.name, value)
