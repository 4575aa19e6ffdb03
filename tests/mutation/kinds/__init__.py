"""The kinds of faults: every public function of the modules here is one.

Each gives a fault at some place of a specimen, or None where it found none that is certainly a fault: the tensors
that reach a step are known from the sound spec, and what is planted contradicts them whatever else the network does.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules

from tests.mutation.specimen import Fault, Specimen

Kind = Callable[[Specimen, random.Random], Fault | None]


def _kinds() -> Mapping[str, Kind]:
    modules = [import_module(f"{__name__}.{info.name}") for info in iter_modules(__path__)]
    return {
        name.removesuffix("_"): value
        for module in modules
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", "") == module.__name__ and not name.startswith("_")
    }


KINDS = _kinds()
