"""Rules of good practice: what a network may do, but rarely means to. One file holds one rule."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path

from archc.rules.base import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    names = (info.name for info in pkgutil.iter_modules([str(Path(__file__).parent)]))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names)
    found = {each for module in modules for each in vars(module).values() if isinstance(each, Rule)}
    return tuple(sorted(found, key=lambda rule: rule.code))
