"""Small specs inline: what they build, or what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

import torch

import archc
from archc.expand import Settings
from archc.loading import load_text
from archc.network import Network, check

torch.set_num_threads(1)
HEAD = "archc: 1\nname: net\n"


def net(text: str, *, folder: Path | None = None, **settings: Any) -> Network:
    """The network of a spec without its first two lines."""
    return archc.loads(HEAD + dedent(text).lstrip("\n"), folder=folder, **settings)


def state(network: Network) -> dict[str, tuple[int, ...]]:
    """Names and shapes in the `state_dict` of the module that the network becomes."""
    return {name: tuple(tensor.shape) for name, tensor in network.module().state_dict().items()}


def ops(network: Network) -> list[str]:
    """The ops in the order they run."""
    return [node.kind for node in network.graph if node.op is not None]


def paths(network: Network) -> list[str]:
    """The places of all modules, in the order they run."""
    return [node.path for node in network.graph if node.op is not None and node.op.is_module]


def shape(network: Network, output: str = "output") -> tuple[int, ...]:
    """The shape of an output without the batch, at the sizes in force."""
    found = {result.name: result.type for result in network.graph.graph["outputs"]}
    return tuple(int(size) for size in found[output].sample)


def outputs(network: Network) -> list[str]:
    """The names of the outputs."""
    return [result.name for result in network.graph.graph["outputs"]]


def run(network: Network, *inputs: torch.Tensor) -> Any:
    """What the module gives in inference."""
    torch.manual_seed(0)
    return network.module().eval()(*inputs)


class Finding(NamedTuple):
    """A finding as a reader sees it; lines count from the first one of the text given here."""

    code: str
    line: int
    column: int
    message: str
    help: str


def findings(text: str, *, folder: Path | None = None, head: str = HEAD, **settings: Any) -> list[Finding]:
    """Everything wrong with a spec."""
    loaded = load_text(head + dedent(text).lstrip("\n"), folder=folder)
    found: list[Finding] = []
    for finding in check(loaded, Settings(**settings)).findings:
        place = loaded.documents[finding.where.file].place(finding.where)
        found.append(Finding(finding.code, place.line - head.count("\n"), place.column, finding.message, finding.help))
    return found


def finding(text: str, **settings: Any) -> Finding:
    """The only thing wrong with a spec."""
    found = findings(text, **settings)
    assert len(found) == 1, found
    return found[0]
