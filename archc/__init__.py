"""archc: declare a neural network in YAML; get an exactly checked graph, a PyTorch module and a diagram.

`load` gives a checked `Network`, `build` its `nn.Module` at once. Importing archc imports nothing else until a name is
used, and neither torch nor numpy before a module is built.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archc.api import build, load, loads
    from archc.diagnostics import Diagnostic, SpecError
    from archc.network import Network

__all__ = ["Diagnostic", "Network", "SpecError", "build", "load", "loads"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """The exported names, each imported when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module 'archc' has no attribute {name!r}")
    home = {"Diagnostic": "diagnostics", "Network": "network", "SpecError": "diagnostics"}.get(name, "api")
    return getattr(import_module(f"archc.{home}"), name)
