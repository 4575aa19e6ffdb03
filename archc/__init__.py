"""archc: declare a neural network in YAML; get an exactly checked graph, a PyTorch module and a diagram.

`load` gives a checked `Network`, `build` its `nn.Module` at once. Importing archc imports neither torch nor numpy.
"""

from archc.diagnostics import Diagnostic, SpecError
from archc.network import Network, build, load, loads

__all__ = ["Diagnostic", "Network", "SpecError", "build", "load", "loads"]
__version__ = "0.1.0"
