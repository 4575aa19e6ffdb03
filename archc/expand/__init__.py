"""Expanding: a spec with its parameters and sizes becomes a tree of typed bodies.

Shapes are inferred on the way, not after it: a block may ask for the shape of its input (`input.channels`), so what
comes next can depend on what came before.
"""

from archc.expand.expander import Expansion, expand_fitting
from archc.expand.settings import Settings, Settled, settle

__all__ = ["Expansion", "Settings", "Settled", "expand_fitting", "settle"]
