"""How much memory a network's weights take, held against a limit before any of it is asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archc import codes
from archc.diagnostics import Diagnostic, Note, SpecError
from archc.summary import bytes_text
from archc.tensor import BYTES, volume

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network

MOST = 64 * 10**9
"""How many bytes of parameters and buffers are made unless more are allowed."""
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "p": 10**15}
_SIZE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*([kmgtp]?)(i?)b?", re.IGNORECASE)


def read_bytes(text: str) -> int | None:
    """The number of bytes that `64GB`, `1.5TB` or `512MiB` says; None where it says none."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return None
    unit = _UNITS[match[2].lower()]
    if match[3]:
        unit = 1024 ** [*_UNITS].index(match[2].lower())
    return int(float(match[1]) * unit)


def refuse_weights(network: Network, most: int = MOST) -> None:
    """Raise `SpecError` where the parameters and buffers of a network take more than so many bytes."""
    sizes = [(weights_of(node), node) for node in network.graph if node.op is not None and not node.reused]
    total = sum(size for size, _ in sizes)
    if total <= most:
        return
    largest, node = max(sizes, key=lambda each: each[0])
    assert node.step is not None
    message = f"the weights of `{network.name}` take {bytes_text(total)}, which is more than {bytes_text(most)}"
    notes = (Note(f"`{node.path}` ({node.kind}) alone takes {bytes_text(largest)}"),)
    help = f"to make them all the same: `archc build --max-weights`, or `max_weights={total}` in Python"
    finding = Diagnostic(codes.LIMIT, message, node.step.where, notes=notes, help=help)
    raise SpecError([finding], [network.loaded.place(finding.where)])


def weights_of(node: Node) -> int:
    """The bytes of a node's own parameters and buffers."""
    if node.op is None:
        return 0
    return sum(volume(weight.shape) * BYTES.get(weight.dtype, 1) for weight in node.op.weights())
