"""Tensors as terms: what a call gives is one object for all calls that give the same numbers."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from archc.ops.base import Op, Weight

if TYPE_CHECKING:
    from archc.codegen.standin import Leaf

FILE = "<generated>"
"""What the replayed text is compiled as."""
OPERATORS = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul",
    "&": "and", "|": "or", "^": "xor",
}  # fmt: skip
COMPARISONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
DRAWING = ("dropout", "rrelu", "fractional", "bernoulli", "rand")
"""What the names of functions and modules that draw random numbers have in them."""
Key = tuple[Any, ...]


class Entry(NamedTuple):
    """A call: its term, whether it draws random numbers, whether it overwrites a tensor, and what made it."""

    term: Term
    draws: bool
    overwrites: bool
    at: At | None


class Term:
    """A tensor, or what a call returns: two are one object where they hold the same numbers."""

    __slots__ = ("arity", "batched", "key", "sizes", "store")

    def __init__(self, store: Store, key: Key, batched: bool) -> None:
        self.store, self.key, self.batched = store, key, batched
        self.arity: int | None = None
        self.sizes: tuple[int | None, ...] | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in {"dtype", "device"}:
            return self.store.term("attribute", self, name)
        return partial(self.store.call, f".{name}", self)

    @property
    def shape(self) -> Shape:
        """Its sizes."""
        return Shape(self)

    def size(self, dim: int | None = None) -> Any:
        """Its sizes, or one of them."""
        return self.shape if dim is None else self.shape[dim]

    def dim(self) -> int:
        """Its rank."""
        return len(self.shape)

    ndim = property(dim)

    def __getitem__(self, index: object) -> Any:
        if self.arity is not None and isinstance(index, int):
            return list(self)[index]
        return self.store.call("[]", self, index if isinstance(index, tuple) else (index,))

    def __iter__(self) -> Iterator[Term]:
        if self.arity is None:
            raise TypeError("takes apart what the graph has as one tensor")
        return (self.store.term("item", self, at, batched=self.batched) for at in range(self.arity))

    def __bool__(self) -> bool:
        raise TypeError("decides by the numbers in a tensor")

    def __neg__(self) -> Term:
        return self.store.call("-", self)

    def __invert__(self) -> Term:
        return self.store.call("~", self)


def _infix(sign: str) -> Callable[[Term, object], Term]:
    return lambda left, right: left.store.call(sign, left, right)


def _reflected(sign: str) -> Callable[[Term, object], Term]:
    return lambda right, left: right.store.call(sign, left, right)


for _sign, _name in OPERATORS.items():
    setattr(Term, f"__{_name}__", _infix(_sign))
    setattr(Term, f"__r{_name}__", _reflected(_sign))
    setattr(Term, f"__i{_name}__", _infix(f"{_sign}="))
for _sign, _name in COMPARISONS.items():
    setattr(Term, f"__{_name}__", _infix(_sign))


class Shape:
    """The sizes of a tensor: that of the batch is a term, others are the graph's, a slice of them is a term."""

    def __init__(self, term: Term) -> None:
        self.term = term

    def __len__(self) -> int:
        if self.term.sizes is None:
            raise TypeError("asks for the rank of what is no tensor of the graph")
        return len(self.term.sizes)

    def __getitem__(self, at: int | slice) -> Any:
        store, sizes = self.term.store, self.term.sizes
        if isinstance(at, slice):
            part = store.term("sizes", self.term, freeze(at))
            part.arity = None if sizes is None else len(sizes[at])
            return part
        if self.term.batched and (at == 0 or (sizes is not None and at == -len(sizes))):
            return store.batch
        return store.term("size", self.term, at) if sizes is None else sizes[at]

    def __iter__(self) -> Iterator[Any]:
        return (self[at] for at in range(len(self)))


def freeze(value: Any) -> Any:
    """A key for a value: 8, 8.0 and True are three things, a list is as good as a tuple."""
    kind = cast("type[object]", type(value))
    if kind is Term:
        return value
    if kind is int or kind is str or kind is float or kind is bool:
        return kind, value
    if isinstance(value, (tuple, list)):
        return tuple(map(freeze, cast("Sequence[object]", value)))
    if isinstance(value, slice):
        span = cast("slice[Any, Any, Any]", value)
        return "slice", freeze(span.start), freeze(span.stop), freeze(span.step)
    return (int, int(value)) if isinstance(value, int) else value


def terms_in(values: Iterable[Any]) -> Iterator[Term]:
    """The terms among arguments."""
    for value in values:
        if type(value) is Term:
            yield value
        elif isinstance(value, (tuple, list)):
            yield from terms_in(cast("Sequence[object]", value))


class Store:
    """The terms of a network and of its source, and what the graph tells of the functions and modules it uses."""

    def __init__(self) -> None:
        self.terms: dict[Key, Term] = {}
        self.ops: dict[str, type[Op]] = {}
        self.written: dict[str, set[str]] = {}
        self.weights: dict[Key, Mapping[str, Weight]] = {}
        self.made: list[Leaf] = []
        self.known: dict[Key, Key] = {}
        self.classes: dict[str, type[Leaf]] = {}
        self.defaults: dict[str, dict[str, Any]] = {}
        self.batch = self.term("batch")
        self.start(replaying=False)

    def start(self, *, replaying: bool) -> None:
        """Begin another log; `replaying` that of the source."""
        self.log: list[Entry] = []
        self.seen: Counter[Key] = Counter()
        self.replaying = replaying
        self.overwritten: set[Term] = set()

    def term(self, *key: Any, batched: bool = False) -> Term:
        """The one term of a key."""
        found = self.terms.get(key)
        if found is None:
            found = self.terms[key] = Term(self, key, batched)
        return found

    def call(self, target: str, *args: Any, **kwargs: Any) -> Term:
        """The term of a call, which is logged."""
        given = (*args, *kwargs.values()) if kwargs else args
        read = list(terms_in(given))
        named = self.named(target, kwargs) if kwargs else ()
        draws = _draws(target) or any(kwargs.get(name) not in (None, 0) for name in ("dropout", "dropout_p"))
        return self.logged(("call", target, freeze(args), named), read, draws, _overwrites(target, kwargs))

    def logged(self, key: Key, read: Sequence[Term], draws: bool, overwrites: bool) -> Term:
        """The term of a call with its place in the log; each that draws random numbers draws its own."""
        if draws:
            self.seen[key] += 1
            key = (*key, self.seen[key])
        if self.replaying and self.overwritten and not self.overwritten.isdisjoint(read):
            raise ValueError("reads a tensor that has been overwritten")
        if overwrites and read:
            self.overwritten.add(read[0])
        made = self.terms.get(key)
        if made is None:
            made = self.terms[key] = Term(self, key, any(term.batched for term in read))
        self.log.append(Entry(made, draws, overwrites, place() if self.replaying else None))
        return made

    def named(self, target: str, kwargs: Mapping[str, Any]) -> Key:
        """Keyword arguments in order of their names; without those that are defaults which the graph leaves out."""
        defaults, written = self._defaults(target), self.written.get(target, ())
        frozen = ((name, freeze(value)) for name, value in kwargs.items())
        return tuple(sorted(p for p in frozen if p[0] in written or defaults.get(p[0], self) != p[1]))

    def weights_of(self, target: str, given: Key) -> Mapping[str, Weight]:
        """The tensors of a module; of one that is not the graph's, those of another of its class."""
        found = self.weights.get((target, given))
        return found if found is not None else self.weights.get((target,), {})

    def given(self, target: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Key:
        """The arguments of a constructor by name."""
        key = (target, freeze(args), tuple((name, freeze(value)) for name, value in kwargs.items()))
        if key not in self.known:
            self.known[key] = self._given(target, args, kwargs)
        return self.known[key]

    def _given(self, target: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Key:
        op = self.ops.get(target)
        names: Sequence[str] = getattr(op, "positional", ()) if op is not None else ()
        placed = {names[at] if at < len(names) else str(at): arg for at, arg in enumerate(args)}
        if placed.keys() & kwargs.keys():
            raise TypeError(f"{target} got an argument twice")
        given = {**placed, **kwargs}
        implied = op.implied.items() if op is not None else ()
        redundant = {name for name, other in implied if name in given and given[name] == given.get(other)}
        return self.named(target, {name: value for name, value in given.items() if name not in redundant})

    def _defaults(self, target: str) -> Mapping[str, Any]:
        if target not in self.defaults:
            op = self.ops.get(target)
            fields = op.model_fields.items() if op is not None else ()
            known = {
                name: info.get_default(call_default_factory=True) for name, info in fields if not info.is_required()
            }
            self.defaults[target] = {name: freeze(value) for name, value in known.items()}
        return self.defaults[target]


@cache
def _draws(target: str) -> bool:
    name = target.lower()
    return any(word in name for word in DRAWING) or is_foreign(target)


def is_foreign(target: str) -> bool:
    """Whether a dotted name is another package's, of which nothing is known."""
    head, dot, _ = target.partition(".")
    return dot != "" and head not in {"", "nn", "F", "torch", "self"}


def _overwrites(target: str, kwargs: Mapping[str, Any]) -> bool:
    return kwargs.get("inplace") is True or (target[-1] == "=" and target not in COMPARISONS)


class At(NamedTuple):
    """A place in the text. Its line is worked out when it is asked for: that takes as long as the function is."""

    code: CodeType
    offset: int

    @property
    def line(self) -> int:
        """The line of the text."""
        return next((line or 0 for start, end, line in self.code.co_lines() if start <= self.offset < end), 0)


def place() -> At | None:
    """What of the text is being run."""
    frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
    while frame is not None and frame.f_code.co_filename != FILE:
        frame = frame.f_back
    return At(frame.f_code, frame.f_lasti) if frame is not None else None


@lru_cache(maxsize=1 << 10)
def module_effects(target: str, given: Key) -> tuple[bool, bool]:
    """Whether a module draws random numbers, and whether it overwrites its input."""
    draws = _draws(target) or any(name == "dropout" for name, _ in given)
    return draws, ("inplace", (bool, True)) in given
