"""Speed and peak memory of generated modules beside the same networks written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

import archc
from tests.bench import peers
from tests.bench.measure import Row, compare, in_turn

SPECS = Path(__file__).resolve().parents[2] / "specs"
PAIRS: dict[str, tuple[str, Callable[[], nn.Module]]] = {
    "resnet50": ("resnet.yaml", peers.resnet50),
    "densenet121": ("densenet.yaml", peers.densenet121),
}
BATCH, SIZE, MOST = 2, 160, 1.03


def rows(rounds: int) -> Iterator[Row]:
    """Forward, a training step, and the peak memory of both, with equal weights."""
    for name, (file, peer) in PAIRS.items():
        torch.manual_seed(0)
        hand = peer()
        ours = archc.build(SPECS / file, variant=name)
        ours.load_state_dict(hand.state_dict(), strict=True)
        yield from _pair(name, ours, hand, rounds)


def _pair(name: str, ours: nn.Module, hand: nn.Module, rounds: int) -> Iterator[Row]:
    images = torch.rand(BATCH, 3, SIZE, SIZE)
    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(images), hand.eval()(images), rtol=1e-4, atol=1e-4)
    for mode, step in {"forward": forward, "forward + backward": train}.items():
        runs = {"ours": partial(step, ours, images), "hand": partial(step, hand, images)}
        taken = in_turn(runs, rounds)
        yield compare(f"{name}: {mode} / by hand", taken["ours"], taken["hand"], most=MOST)
        peaks = {side: [peak(run)] for side, run in runs.items()}
        what = f"{name}: peak memory of {mode} / by hand"
        yield compare(what, peaks["ours"], peaks["hand"], most=MOST, scale=2**-20, unit="MiB")


def forward(module: nn.Module, images: Tensor) -> None:
    """Inference."""
    module.eval()
    with torch.no_grad():
        module(images)


def train(module: nn.Module, images: Tensor) -> None:
    """A training step without the optimiser's part."""
    module.train()
    module.zero_grad(set_to_none=True)
    module(images).square().mean().backward()
    module.zero_grad(set_to_none=True)


def peak(run: Callable[[], object]) -> float:
    """The most bytes that torch's allocator had given out at once while `run` ran, more than before."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        run()
    assert profile.profiler is not None and profile.profiler.kineto_results is not None
    events = [event for event in profile.profiler.kineto_results.events() if event.name() == "[memory]"]
    live = most = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        live += event.nbytes()
        most = max(most, live)
    assert most > 0, "the profiler reports no memory"
    return float(most)
