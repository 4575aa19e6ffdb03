"""The network as a live `nn.Module`: the very text that `archc build` writes, compiled."""

from __future__ import annotations

import hashlib
import linecache
import sys
from types import ModuleType
from typing import TYPE_CHECKING, cast

import torch
from torch import nn

from archc.naming import class_name

if TYPE_CHECKING:
    from archc.network import Network


def build_module(network: Network, device: str | torch.device | None = None, dtype: object = None) -> nn.Module:
    """An instance of the network's class, made on `device` and of `dtype` (a `torch.dtype` or its name) where given."""
    made = cast("type[nn.Module]", getattr(compiled(network), class_name(network.name, network.spec.title)))
    wanted = getattr(torch, dtype) if isinstance(dtype, str) else cast("torch.dtype | None", dtype)
    if device is None:
        module = made()
    else:
        with torch.device(device):
            module = made()
    return module if wanted is None else module.to(wanted)


def compiled(network: Network) -> ModuleType:
    """The Python module of the network's source; the same one for the same text, so that instances can be pickled."""
    text = network.source()
    name = f"archc_{network.name}_{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    file = f"<archc {network.name}>"
    module = ModuleType(name)
    module.__file__ = file
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    sys.modules[name] = module
    try:
        exec(compile(text, file, "exec"), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    return module
