"""A stand-in for torch that computes nothing and records everything: what generated source is replayed against.

A module knows with which arguments it was made and where; a tensor that a module owns knows what was written
into it last. What `forward` does to tensors becomes terms (`archc.codegen.terms`).
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ContextDecorator
from functools import partial
from typing import Any, cast

from archc import ops
from archc.codegen.standin_modules import Module, ModuleDict, ModuleList, Sequential
from archc.codegen.standin_tensors import Default, Dtype, Garbage, Tensor, content, write
from archc.codegen.terms import FILE, At, Key, Store, Term, freeze, module_effects, place, terms_in
from archc.ops.base import Weight

IMPORTED = frozenset({
    "__future__", "collections", "collections.abc", "dataclasses", "fnmatch", "functools", "itertools", "math",
    "operator", "typing",
})  # fmt: skip
"""What a generated file imports as it is; of anything else it gets a stand-in."""
DTYPES = (
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
)  # fmt: skip


class Leaf(Module):
    """A module of torch's own, or of another package: the graph tells which tensors it has."""

    store: Store
    target: str
    path: str
    prefix: str
    at: At | None
    given: Key
    effects: tuple[bool, bool]
    known: Mapping[str, Weight]
    values: dict[str, Key]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = self.store.given(self.target, args, kwargs)
        _check(self.target, args, kwargs, given)
        known = self.store.weights_of(self.target, given)
        self._hold(known, "", dict.fromkeys(known, Default))
        self.__dict__.update(given=given, at=place(), path="", effects=module_effects(self.target, given))
        self.store.made.append(self)

    def _hold(self, known: Mapping[str, Weight], prefix: str, values: dict[str, Key]) -> None:
        """Have the tensors whose names begin with `prefix`; further dots in them are modules inside this one."""
        self.__dict__.update(_modules={}, _tensors={}, known=known, prefix=prefix, values=values)
        if not _is_composite(self.target):
            return
        for part in dict.fromkeys(n[len(prefix) :].partition(".")[0] for n in known if n.startswith(prefix)):
            if f"{prefix}{part}" not in known:
                inner = object.__new__(leaf_class(self.store, f"nn.{_part(part)}"))
                inner._hold(known, f"{prefix}{part}.", values)
                self._modules[part] = self.__dict__[part] = inner

    def own_names(self) -> Iterator[str]:
        """The names of its tensors, as seen from it."""
        cut = len(self.prefix)
        return (n[cut:] for n in self.known if n.startswith(self.prefix) and "." not in n[cut:])

    def __getattr__(self, name: str) -> Any:
        weight = self.known.get(self.prefix + name)
        if weight is not None:
            tensor = Tensor(weight.shape, weight.dtype, self.values, self.prefix + name)
            tensor.kind = "buffer" if weight.buffer else "parameter"
            return tensor
        if name in {"weight", "bias"}:
            return None
        reset = "_reset_parameters" if self.target == "nn.MultiheadAttention" else "reset_parameters"
        if name == reset and not self.target.startswith("nn.Transformer"):
            return self._reset
        raise AttributeError(name)

    def _reset(self) -> None:
        """Start anew as torch does; an attention also zeroes the bias of its projection, whose weight it leaves."""
        if not self.prefix and not _is_composite(self.target):
            self.values.update(dict.fromkeys(self.known, Default))
            return
        projects = self.prefix.endswith("out_proj.")
        for name in self.own_names():
            self.values[self.prefix + name] = ("linear",) if projects and name == "bias" else Default
        if self.target == "nn.MultiheadAttention" and f"{self.prefix}out_proj.bias" in self.known:
            self.values[f"{self.prefix}out_proj.bias"] = Default

    def __call__(self, *args: Any, **kwargs: Any) -> Term:
        if len(args) == 1 and not kwargs and type(args[0]) is Term:
            return self.store.logged(("call", "self", self.path, args, ()), args, *self.effects)
        read = list(terms_in((*args, *kwargs.values())))
        key = ("call", "self", self.path, freeze(args), self.store.named("self", kwargs) if kwargs else ())
        return self.store.logged(key, read, *self.effects)


def _check(target: str, args: Sequence[Any], kwargs: Mapping[str, Any], given: Key) -> None:
    """Refuse what the constructor of torch's own module does."""
    if "Dropout" in target and not 0 <= kwargs.get("p", *args[:1] or (0.5,)) <= 1:
        raise ValueError("dropout probability has to be between 0 and 1")
    if target.startswith("nn.Conv"):
        channels = {"in_channels", "out_channels", "0", "1", "groups"}  # by place where the graph has no such module
        numbers = {name: value[1] for name, value in given if name in channels}
        groups = numbers.pop("groups", 1)
        if groups < 1 or any(number % groups for number in numbers.values()):
            raise ValueError("channels must be divisible by groups")


def _is_composite(target: str) -> bool:
    """Whether it is made of other modules, and so has no `reset_parameters` of its own."""
    return target.startswith(("nn.Multihead", "nn.Transformer"))


def _part(name: str) -> str:
    """The class of a module inside one of torch's own, by the name that it has there."""
    kinds = {"out_proj": "Linear", "linear": "Linear", "norm": "LayerNorm"}
    return next((kind for start, kind in kinds.items() if name.startswith(start)), "MultiheadAttention")


def leaf_class(store: Store, target: str) -> type[Leaf]:
    """The class of a module, one for each name."""
    if target not in store.classes:
        store.classes[target] = type(target.rpartition(".")[2], (Leaf,), {"store": store, "target": target})
    return store.classes[target]


class NoGrad(ContextDecorator):
    """`torch.no_grad()`."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


class Space:
    """A namespace whose names are made when they are asked for."""

    def __init__(self, make: Callable[[str], Any], **known: Any) -> None:
        self.__dict__.update(known, _make=make)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.__dict__.setdefault(name, self._make(name))


def _factory(name: str, *args: Any, dtype: Any = None, out: Tensor | None = None) -> Tensor:
    """`torch.empty(2, 3)`, `torch.full((2,), 0.5)`, `torch.arange(7, out=tensor)`."""
    is_shape = name == "full" or (len(args) == 1 and isinstance(args[0], (tuple, list)))
    usual = Dtype(f"torch.{'int64' if name == 'arange' else 'float32'}")
    made = Tensor(cast("Any", args[0]) if is_shape else args, dtype or usual, {}) if out is None else out
    made.at = place()
    if name == "empty":
        made.home[made.name] = Garbage
    elif name == "full":
        made.home[made.name] = content("fill", args[1:])
    else:
        made.home[made.name] = (name, freeze(args)) if name == "arange" else content(name)
    return made


def _parameter(tensor: Tensor, requires_grad: bool = True) -> Tensor:
    tensor.kind = "parameter" if requires_grad else "parameter without gradient"
    return tensor


def torch_of(store: Store) -> Space:
    """The namespace `torch`."""

    def leaf(name: str) -> type[Leaf]:
        if not getattr(ops.find(name), "is_module", False):
            raise AttributeError(f"module 'torch.nn' has no attribute '{name}'")
        return leaf_class(store, f"nn.{name}")

    nn = Space(
        leaf, Module=Module, Sequential=Sequential, ModuleList=ModuleList, ModuleDict=ModuleDict, Parameter=_parameter,
        init=Space(lambda name: partial(write, name)), functional=Space(lambda name: partial(store.call, f"F.{name}")),
    )  # fmt: skip
    dtypes = {name: Dtype(f"torch.{name}") for name in DTYPES}
    factories = {name: partial(_factory, name) for name in ("empty", "zeros", "ones", "full", "arange")}
    named = {"Tensor": Term, "Size": tuple, "no_grad": NoGrad, "nn": nn, **dtypes, **factories}
    return Space(lambda name: partial(store.call, f"torch.{name}"), **named)


class _Foreign(Space):
    """A package that has custom ops, or a part of one, of which the graph need not tell anything."""

    def __init__(self, store: Store, target: str) -> None:
        super().__init__(self._member, _store=store, _target=target)

    def _member(self, name: str) -> Any:
        target = f"{self._target}.{name}"
        op = self._store.ops.get(target)
        if op is None:
            return _Foreign(self._store, target)
        return leaf_class(self._store, target) if op.is_module else partial(self._store.call, target)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What is no op of the graph is a function if it is given a tensor, else a module."""
        is_function = any(terms_in((*args, *kwargs.values())))
        made = partial(self._store.call, self._target) if is_function else leaf_class(self._store, self._target)
        return made(*args, **kwargs)


def namespace_of(store: Store) -> dict[str, Any]:
    """What names mean in the lowering of an op."""
    torch = torch_of(store)
    return {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}


def run_source(text: str, store: Store) -> dict[str, Any]:
    """Run a file's text: its names."""
    packages: dict[str, Any] = {"torch": torch_of(store)}

    def load(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if name in IMPORTED:
            return __import__(name, globals, locals, fromlist, level)
        head, *rest = name.split(".")
        found = packages.setdefault(head, _Foreign(store, head))
        for part in rest if fromlist else ():
            found = getattr(found, part)
        return found

    names: dict[str, Any] = {"__builtins__": {**vars(builtins), "__import__": load}, "__name__": __name__}
    exec(compile(text, FILE, "exec"), names)
    return names
