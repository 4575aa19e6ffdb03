"""The source of a network, shown to be the checked graph before anybody gets it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from archc.codegen.classnames import instance_call
from archc.codegen.replay import prove
from archc.codegen.source import write_source

if TYPE_CHECKING:
    from archc.network import Network


def proven_source(network: Network) -> str:
    """Write the source and replay it at the settings of the network and of every variant. Raises `ProofError`."""
    text = write_source(network)
    for each in (network, *variants(network)):
        call = instance_call(each)
        if each is network or f"def {call.removesuffix('()')}(" in text:
            prove(each, text, call)
    return text


def variants(network: Network) -> Iterator[Network]:
    """The other variants that can be built with what was set beside them."""
    from archc.network import Settings, check

    for variant in network.spec.variants:
        if variant.name != network.variant:
            loaded = replace(network.loaded, variant=None)
            found = check(loaded, Settings(variant.name, network.given, network.sizes)).network
            if found is not None:
                yield found
