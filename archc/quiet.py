"""Pausing Python's cyclic garbage collector while a spec is read and expanded, or source written and proven.

These make many small values that all stay: the collector would walk them again and again, which costs
a third of the time of a check and makes it more than linear in the size of the network.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def quiet() -> Generator[None]:
    """No collections within; as before afterwards."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
