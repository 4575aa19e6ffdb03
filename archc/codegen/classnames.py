"""The class of a network, and the call that makes it."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

from archc.codegen.text import BUILTINS, OWN
from archc.naming import class_name, variant_name
from archc.spec.model import Spec

if TYPE_CHECKING:
    from archc.network import Network


def instance_call(network: Network) -> str:
    """The call that makes the network from what its file defines."""
    if network.variant is None:
        return f"{network_class(network.spec)}()"
    return f"{variant_name(network.spec.name, network.variant)}()"


def network_class(spec: Spec) -> str:
    """The class of a network, whatever the variant."""
    plain = spec.title.isidentifier() and spec.title != spec.name
    name = spec.title if plain else class_name(spec.name, spec.title)
    return f"{name}Net" if name in OWN | BUILTINS or keyword.iskeyword(name) else name
