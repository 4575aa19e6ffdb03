"""For which sizes a network works is worked out within bounds: what they do not reach is said to be undecided."""

from __future__ import annotations

import time

import pytest

import archc
from archc.report.takes import takes_by_variant
from archc.sizes import nearest_sizes

HEAD = "archc: 1\nname: net\n"
PRIMES = [n for n in range(2, 200) if all(n % d for d in range(2, n))]


def _pool_and_upsample() -> str:
    steps = (f"{{avg_pool1d: {p}}}, {{Upsample: {{scale_factor: {p + 2}}}}}" for p in PRIMES[1:40])
    return HEAD + f"inputs: {{x: [1, L=2000000]}}\nsteps: [{', '.join(steps)}]"


def _many_symbols(count: int) -> str:
    names = ", ".join(f"x{i}" for i in range(count))
    inputs = ", ".join(f"x{i}: [1, S{i}=8]" for i in range(count))
    return HEAD + f"inputs: {{{inputs}}}\nsteps: [{{cat: {{dim: 2}}, from: [{names}]}}, {{max_pool1d: 3}}]"


def _broadcasts(count: int) -> str:
    inputs = ", ".join(f"x{i}: [1, S{i}=8]" for i in range(count))
    sums = ", ".join(
        f"{{add: {{broadcast: true}}, from: [{f'a{i - 1}' if i > 1 else 'x0'}, x{i}], as: a{i}}}"
        for i in range(1, count)
    )
    return HEAD + f"inputs: {{{inputs}}}\nsteps: [{sums}]"


def _transposed() -> str:
    steps = ", ".join(
        f"{{Conv2d: {{out_channels: 3, kernel_size: {p}, stride: {p}, padding: {p // 2}}}}}, "
        f"{{ConvTranspose2d: {{out_channels: 3, kernel_size: {p}, stride: {p}}}}}"
        for p in PRIMES[1:15]
    )
    return HEAD + f"inputs: {{x: [3, H=1000, W=999]}}\nsteps: [{steps}, {{flatten: 1}}, {{Linear: 8}}]"


def _joined_pools() -> str:
    pools = ", ".join(f"b{p}: {{avg_pool1d: {p}}}" for p in PRIMES[:40])
    return HEAD + f"inputs: {{x: [1, L=100000]}}\nsteps: [{{cat: {{dim: 2, branches: {{{pools}}}}}}}, {{Linear: 8}}]"


def _strides() -> str:
    return (
        HEAD + "inputs: {x: [1, H=2147483647]}\nsteps: [{max_pool1d: {kernel_size: 3, stride: 1000003}}, "
        "{Upsample: {scale_factor: 1000003}}, {max_pool1d: {kernel_size: 3, stride: 999983}}, {flatten: 1}, {Linear: 2}]"
    )


def _products() -> str:
    steps = "{flatten: 1}, {unflatten: {dim: 1, sizes: [-1, 6]}}, {flatten: 1}, {unflatten: {dim: 1, sizes: [-1, 9]}}"
    return (
        HEAD
        + f"inputs: {{x: [H=12, W=12]}}\nsteps: [{steps}, {{flatten: 1}}, {{unflatten: {{dim: 1, sizes: [-1, 16]}}}}]"
    )


HARD = {
    "pools and upsampling by primes": _pool_and_upsample(),
    "300 symbols": _many_symbols(300),
    "2,000 broadcasts of two sizes": HEAD + "inputs: {x: [1, H=8], y: [1, W=8]}\nsteps: [{add: {broadcast: true}, from: [x, y], as: a0}, "
    + ", ".join(f"{{add: {{broadcast: true}}, from: [a{i - 1}, {'xy'[i % 2]}], as: a{i}}}" for i in range(1, 2000)) + "]",
    "broadcasts of 24 sizes": _broadcasts(24),
    "transposed convolutions by primes": _transposed(),
    "pools of many periods side by side": _joined_pools(),
    "strides of a million": _strides(),
    "products of sizes": _products(),
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_sizes_are_told_within_bounds_and_hold_the_sizes_in_force(name: str) -> None:
    network = archc.loads(HARD[name])
    started = time.process_time()
    found = network.input_sizes.built
    told = list(takes_by_variant([network]))
    assert time.process_time() - started < 4
    assert dict(network.settled.sizes) in found
    assert found.is_exact or any("not decided" in line or "at least" in line for line in told)
    near = nearest_sizes(found, {name: size + 1 for name, size in network.settled.sizes.items()})
    assert 1 <= len(near.points) <= 3
