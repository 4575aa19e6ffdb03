"""A file that is being written: its network, and its classes as far as they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archc.codegen.arguments import Analysis
from archc.codegen.classnames import network_class
from archc.codegen.ir import Unit
from archc.codegen.text import File
from archc.codegen.translate import Translator

if TYPE_CHECKING:
    from archc.network import Network


class Draft:
    """What everything that a file consists of is written from."""

    translator: Translator
    units: list[Unit]
    """Callees first."""
    analysis: Analysis
    file: File

    def __init__(self, network: Network) -> None:
        self.network = network
        self.spec = network.spec
        self.class_name = network_class(network.spec)
        self.constants: dict[str, str] = {}
        """Parameters that stay as they are set, each with the reason."""
