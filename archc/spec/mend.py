"""Reading on as if misspelt keys were right, so that they hide no other fault and cause none."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from archc.diagnostics import Route
from archc.spec.data import keys_of
from archc.suggest import meant

Misspelt = dict[Route, str]
"""How a key is really written, by the route that it should have."""


def mended(value: Mapping[str, object], keys: Collection[str], route: Route, misspelt: Misspelt) -> dict[str, object]:
    """The mapping at a route with its misspelt keys as they were meant; those that mean nothing are gone.

    Notes in `misspelt` how the text has them, so that places are still found.
    """
    found = {key: given for key, given in value.items() if key in keys}
    for key, given in value.items():
        right = "" if key in keys else meant(key, set(keys) - found.keys())
        if right:
            found[right] = given
            misspelt[(*written(route, misspelt), right)] = key
    return found


def names_lost(value: Mapping[str, object], keys: Collection[str], misspelt: Misspelt) -> frozenset[str]:
    """The names that stand under keys of a document which mean nothing: whatever they may have been declared as."""
    read = {*keys, *(key for route, key in misspelt.items() if len(route) == 1)}
    return frozenset(name for key, given in value.items() if key not in read for name in keys_of(given))


def written(route: Route, misspelt: Misspelt) -> Route:
    """A route as the text has it."""
    found: Route = ()
    for part in route if misspelt else ():
        found = (*found, misspelt.get((*found, part), part))
    return found or route
