"""archc: declare a neural network in YAML; get an exactly checked graph, a PyTorch module and a diagram.

`load` gives a checked `Network`, `build` its `nn.Module` at once, `diff` what changed between two networks. Importing
archc imports nothing else until a name is used, and neither torch nor numpy before a module is built.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archc.api import build, load, loads
    from archc.diagnostics import Diagnostic, SpecError
    from archc.differences import Difference, diff
    from archc.network import Network

__all__ = ["Diagnostic", "Difference", "Network", "SpecError", "build", "diff", "load", "loads"]
_HOMES = {
    "Diagnostic": "diagnostics", "SpecError": "diagnostics", "Difference": "differences", "diff": "differences",
    "Network": "network",
}  # fmt: skip
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """The exported names, each imported when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module 'archc' has no attribute {name!r}")
    return getattr(import_module(f"archc.{_HOMES.get(name, 'api')}"), name)
