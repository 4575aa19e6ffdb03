"""What it costs to write a file and to prove it, beside loading its spec, and whether that grows with the text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import archc
from archc.codegen.classnames import instance_call
from archc.codegen.replay import prove
from archc.codegen.source import write_source
from archc.network import Network
from tests.bench.measure import Row, compare, in_turn, limit

ROOT = Path(__file__).resolve().parents[2]
NETWORKS = {
    "resnet152": ("specs/resnet.yaml", "resnet152", 2.0),
    "maxvit_t": ("tests/codegen/specs/maxvit_t.yaml", None, 3.0),
    "swin_t": ("tests/codegen/specs/swin_t.yaml", None, 3.0),
}
"""Each with its file, its variant, and how many times as long as loading it writing and proving it may take."""
STEPS = (1_000, 8_000)
MOST_GROWTH = 1.3


def flat(steps: int) -> str:
    """A network of steps one after the other."""
    lines = (f"  - {{Linear: 16, as: fc{at}}}\n" if at % 2 else "  - relu\n" for at in range(steps))
    return "archc: 1\nname: flat\ninputs: {x: [16]}\nsteps:\n" + "".join(lines)


def rows(rounds: int) -> Iterator[Row]:
    """Published networks, and flat ones of two sizes: a step of the larger costs as much."""
    for name, (file, variant, most) in NETWORKS.items():
        load = partial(archc.load, ROOT / file, variant=variant)
        network = load()
        taken = in_turn({"load": load, "write": partial(_write, network), "prove": _prover(network)}, rounds)
        both = [write + prove for write, prove in zip(taken["write"], taken["prove"], strict=True)]
        yield compare(f"{name}: write / load", taken["write"], taken["load"])
        yield compare(f"{name}: prove / load", taken["prove"], taken["load"])
        yield compare(f"{name}: write and prove / load", both, taken["load"], most=most)
    networks = {steps: archc.loads(flat(steps)) for steps in STEPS}
    few, many = STEPS
    for what, make in {"write": lambda network: partial(_write, network), "prove": _prover}.items():
        taken = in_turn({str(steps): make(network) for steps, network in networks.items()}, min(rounds, 5))
        growth = min(taken[str(many)]) / many / (min(taken[str(few)]) / few)
        yield limit(f"{what}: a step of {many:,} beside one of {few:,}", growth, MOST_GROWTH, "x")


def _write(network: Network) -> None:
    write_source(network)


def _prover(network: Network) -> partial[None]:
    return partial(prove, network, write_source(network), instance_call(network))
