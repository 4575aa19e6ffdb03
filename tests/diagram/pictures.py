"""Pictures of small networks for tests: written inline, and told of as plain lists."""

from __future__ import annotations

from functools import cache
from textwrap import dedent, indent

import archc
from archc.diagram.compose.subject import block_subject, network_subject
from archc.diagram.model.build import picture_of
from archc.diagram.model.definition import fullest, instances, kinds
from archc.diagram.model.picture import Card, Picture
from archc.diagram.model.walk import Folding, Plan
from archc.network import Network

PLANS = tuple(
    Plan(fuse, fold, close) for fuse in (True, False) for fold in ("none", "same", "like") for close in (False, True)
)
IMAGE = "{image: [8, 32, 32]}"


@cache
def network(steps: str, blocks: str = "", inputs: str = IMAGE, outputs: str = "") -> Network:
    """A network of these steps; `blocks` are definitions, as YAML."""
    text = f"archc: 1\nname: net\ninputs: {inputs}\nsteps:\n{_block(steps)}\n"
    text += f"blocks:\n{_block(blocks)}\n" if blocks else ""
    return archc.loads(text + (f"outputs: {outputs}\n" if outputs else ""))


def _block(text: str) -> str:
    return indent(dedent(text).strip("\n"), "  ")


def picture(net: Network, *, fuse: bool = True, fold: Folding = "none", close: bool = False) -> Picture:
    """A network's picture."""
    return picture_of(network_subject(net), Plan(fuse, fold, close))


def drawn(steps: str, blocks: str = "", *, inputs: str = IMAGE, outputs: str = "", fold: Folding = "none") -> Picture:
    """The picture of these steps, fused."""
    return picture(network(steps, blocks, inputs, outputs), fold=fold)


def definition(net: Network, name: str) -> Picture:
    """A block's picture as its definition, with formulas: of the instance that drops least."""
    block = next(block for block, _ in instances(net.body) if block.name.rsplit(".", 1)[-1] == name)
    subject, _ = block_subject(net, fullest(kinds(net.body, block)), symbolic=True, brief=True)
    return picture_of(subject, Plan())


def inside(shown: Picture) -> list[Card]:
    """The cards but for those of inputs and outputs."""
    return [card for card in shown.cards if card.kind != "tensor"]


def joined(shown: Picture) -> list[str]:
    """Which ops share a card: `Conv + BN + ReLU`."""
    return [" + ".join(card.parts) for card in inside(shown)]


def titles(shown: Picture) -> list[str]:
    """What the cards are called."""
    return [card.title for card in inside(shown)]


def skips(shown: Picture) -> set[tuple[str, str]]:
    """The arrows in the accent colour, by their ends."""
    return {(arrow.tail, arrow.head) for arrow in shown.arrows if arrow.skip}


def staged(shown: Picture) -> list[tuple[str, str]]:
    """The stages with what they hand on."""
    return [(stage.title, stage.detail) for stage in shown.stages]
