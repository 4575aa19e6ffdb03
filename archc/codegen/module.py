"""The network as a live `nn.Module`: the very text that `archc build` writes, compiled.

Nothing is kept but what is in use: the text of a module goes when the last of its instances and classes does. An
instance is pickled with its text, as a `torch.fx.GraphModule` is, so it can be loaded where the spec is not.
"""

from __future__ import annotations

import hashlib
import linecache
import sys
import weakref
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn

from archc.codegen.classnames import instance_call

if TYPE_CHECKING:
    from archc.network import Network

_COMPILED: weakref.WeakValueDictionary[str, ModuleType] = weakref.WeakValueDictionary()
"""Python modules by their text, for as long as something made of them is there."""


def build_module(network: Network, device: str | torch.device | None = None, dtype: object = None) -> nn.Module:
    """Make an instance of the network's class, on `device` and of `dtype` (a `torch.dtype` or its name) where given."""
    names = vars(compiled(network.source(), network.name))
    make = cast("Any", partial(eval, instance_call(network), names))
    wanted = getattr(torch, dtype) if isinstance(dtype, str) else cast("torch.dtype | None", dtype)
    if device is None:
        module = make()
    else:
        with torch.device(device):
            module = make()
    return module if wanted is None else module.to(wanted)


def compiled(text: str, name: str) -> ModuleType:
    """Return the Python module of a source text, the same one for the same text while it is in use."""
    known = _COMPILED.get(text)
    if known is not None:
        return known
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    file = f"<archc {name} {digest}>"
    unique = f"archc_{name}_{digest}"
    module = ModuleType(unique)
    module.__file__ = file
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    weakref.finalize(module, linecache.cache.pop, file, None)
    sys.modules[unique] = module  # where `dataclass` looks for the class that it is given
    try:
        exec(compile(text, file, "exec"), module.__dict__)
    finally:
        del sys.modules[unique]
    del module.__name__  # torch.compile would import what has one, and this is in no file
    made: list[Any] = [each for each in vars(module).values() if isinstance(each, type)]
    for each in made:
        if each.__module__ == unique:
            each.__archc__ = (module, text, name)
            each.__reduce_ex__ = _reduce
    _COMPILED[text] = module
    return module


def _reduce(self: Any, protocol: int) -> tuple[Any, ...]:
    """How instances of compiled classes are pickled: their text, the name of their class, and what they hold."""
    _, text, name = self.__archc__
    cls = (text, name, type(self).__qualname__)
    if isinstance(self, tuple):
        return _tuple, (*cls, tuple(cast("tuple[object, ...]", self)))
    return _blank, cls, self.__dict__


def _blank(text: str, name: str, cls: str) -> object:
    made = cast("type[nn.Module]", vars(compiled(text, name))[cls])
    return made.__new__(made)


def _tuple(text: str, name: str, cls: str, values: tuple[object, ...]) -> object:
    return vars(compiled(text, name))[cls](*values)
