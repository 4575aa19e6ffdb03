"""The stand-in's tensors while modules are made: what an initialiser leaves in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from archc.codegen.terms import At, Key, freeze

INITIALISERS: Mapping[str, Mapping[str, object]] = {
    "normal": {"mean": 0.0, "std": 1.0},
    "trunc_normal": {"mean": 0.0, "std": 1.0, "a": -2.0, "b": 2.0},
    "uniform": {"a": 0.0, "b": 1.0},
    "xavier_uniform": {"gain": 1.0},
    "xavier_normal": {"gain": 1.0},
    "orthogonal": {"gain": 1},
    "kaiming_uniform": {"a": 0, "mode": "fan_in", "nonlinearity": "leaky_relu"},
    "kaiming_normal": {"a": 0, "mode": "fan_in", "nonlinearity": "leaky_relu"},
    "sparse": {"sparsity": None, "std": 0.01},
    "dirac": {"groups": 1},
    "eye": {},
}
"""The functions of torch.nn.init that differ from a constant: their arguments, and torch's defaults."""


Default = ("default",)
"""What a weight of a torch module holds when its own `reset_parameters` has run."""


Garbage = ("garbage",)
"""What a tensor holds that nothing has been written into."""


class Dtype(str):
    """A dtype, by its full name."""

    __slots__ = ()


class Tensor:
    """A tensor that a module owns, while modules are made: `home[name]` is what was written into it last."""

    def __init__(self, shape: Sequence[Any], dtype: str, home: dict[str, Key], name: str = "") -> None:
        self.shape, self.dtype, self.home, self.name = shape, dtype, home, name
        self.kind = ""
        self.at: At | None = None

    @property
    def value(self) -> Key:
        return self.home[self.name]

    @property
    def data(self) -> Tensor:
        return self

    def __getattr__(self, name: str) -> Any:
        if not name.endswith("_") or name.startswith("_"):
            raise AttributeError(name)
        return partial(write, name, self)


def write(name: str, tensor: Any, *args: Any, **kwargs: Any) -> Tensor:
    """Do what `nn.init.NAME(tensor, ...)` or `tensor.NAME(...)` does."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name} of what is no tensor of a module")
    tensor.home[tensor.name] = content(name.removesuffix("_"), args, kwargs, tensor.value)
    return tensor


def content(name: str, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None, before: Key = ()) -> Key:
    """What an initialiser leaves in a tensor, one key for all ways to say it."""
    if name in {"zeros", "zero", "ones"}:
        return ("constant", 1.0 if name == "ones" else 0.0)
    if name in {"constant", "fill"}:
        (value,) = (*args, *(kwargs or {}).values())
        return ("constant", float(value))
    if name == "copy":
        return args[0].value
    if name not in INITIALISERS:
        return (name, freeze(args), before)
    known = INITIALISERS[name]
    named = {**dict(zip(known, args, strict=False)), **(kwargs or {})}
    if not named.keys() <= known.keys() or len(args) > len(known):
        raise TypeError(f"{name} takes no such arguments")
    return (name, *sorted((n, freeze(v)) for n, v in named.items() if v != known[n]))
