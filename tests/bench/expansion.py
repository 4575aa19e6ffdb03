"""What expanding and shape checking cost, time and memory for each node, and whether that grows with the network."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator

import archc
from archc.expand import Settings
from archc.loading import load_text
from archc.network import Network, check
from tests.bench.measure import Row, limit

MOST_MICROSECONDS, MOST_BYTES, MOST_GROWTH = 30.0, 3072.0, 1.3

BLOCK = """\
  {name}:
    params: {{out: int}}
    steps:
      - {{Conv2d: {{out_channels: out, kernel_size: 1, bias: false}}, as: conv1}}
      - {{BatchNorm2d: {{}}, as: bn1}}
      - relu
      - {{Conv2d: {{out_channels: out, kernel_size: 3, padding: 1, bias: false}}, as: conv2}}
      - {{BatchNorm2d: {{}}, as: bn2}}
      - relu
      - {{Conv2d: {{out_channels: out, kernel_size: 1, bias: false}}, as: conv3}}
      - {{Conv2d: {{out_channels: out, kernel_size: 1, bias: false}}, as: shortcut, from: input}}
      - add: [conv3, shortcut]
      - relu
"""
NODES = 10
"""In one block."""


def _spec(blocks: str, steps: str) -> str:
    return f"archc: 1\nname: big\ninputs: {{image: [3, H=32, W=32]}}\nblocks:\n{blocks}steps:\n{steps}"


def repeated(count: int) -> str:
    """One block with the same arguments, `count` times."""
    return _spec(BLOCK.format(name="unit"), f"  - {{as: body, Sequential: [{{unit: 16, repeat: {count}}}]}}\n")


def varied(count: int) -> str:
    """One block with other arguments each time: no body can be made once for all."""
    return _spec(
        BLOCK.format(name="unit"), f"  - {{as: body, Sequential: [{{unit: 16 + i, repeat: {{i: {count}}}}}]}}\n"
    )


def defined(count: int) -> str:
    """As many definitions as uses, alike but for their names."""
    return _defined(count, lambda i: 16)


def different(count: int) -> str:
    """As many definitions as uses, each with other arguments."""
    return _defined(count, lambda i: 16 + i)


def _defined(count: int, out: Callable[[int], int]) -> str:
    blocks = "".join(BLOCK.format(name=f"unit{i}") for i in range(count))
    return _spec(blocks, "".join(f"  - {{unit{i}: {out(i)}, as: u{i}}}\n" for i in range(count)))


KINDS: dict[str, tuple[Callable[[int], str], tuple[int, ...]]] = {
    "one block repeated": (repeated, (100, 1_000, 10_000)),
    "one block, other arguments": (varied, (100, 1_000, 10_000)),
    "other definitions": (defined, (100, 1_000)),
    "other definitions and arguments": (different, (100, 1_000)),
}


def rows(rounds: int) -> Iterator[Row]:
    """Time and memory for each node of each kind and size."""
    archc.loads(repeated(2))
    for kind, (write, counts) in KINDS.items():
        times = {count: _microseconds(write(count), max(1, min(rounds, 20_000 // count))) for count in counts}
        for reading, expanding, nodes in times.values():
            yield limit(f"expand, {kind}, {nodes:,} nodes: a node", expanding, MOST_MICROSECONDS, "us")
            if write is defined:
                yield Row(
                    f"read, {kind}, {nodes:,} nodes: a node",
                    reading,
                    expanding,
                    reading / expanding,
                    reading / expanding,
                    "us",
                )
        growth = times[counts[-1]][1] / times[counts[0]][1]
        yield limit(f"expand, {kind}: the largest beside the smallest", growth, MOST_GROWTH, "x")
        yield limit(f"memory, {kind}, {counts[1] * NODES:,} nodes: a node", _bytes(write(counts[1])), MOST_BYTES, "B")


def _microseconds(text: str, rounds: int) -> tuple[float, float, int]:
    """The least time for each node to read a text, and to expand and check it with its graph; and the nodes."""
    best = [float("inf"), float("inf")]
    nodes = 0
    for _ in range(rounds):
        gc.collect()
        start = time.process_time()
        loaded = load_text(text)
        between = time.process_time()
        network = check(loaded, Settings(None, {}, {})).network
        assert network is not None
        nodes = len(network.graph)
        end = time.process_time()
        best = [min(best[0], between - start), min(best[1], end - between)]
        del loaded, network
    return best[0] / nodes * 1e6, best[1] / nodes * 1e6, nodes


def _bytes(text: str) -> float:
    """The memory that a checked network and its graph hold for each node, the definitions not counted."""
    loaded = load_text(text)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    network = check(loaded, Settings(None, {}, {})).network
    assert isinstance(network, Network)
    nodes = len(network.graph)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / nodes
