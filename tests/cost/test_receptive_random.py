"""Receptive fields of networks drawn at random, against the gradients of torch."""

from __future__ import annotations

from fractions import Fraction
from math import inf
from random import Random

import pytest
import torch

import archc
from archc.cost.receptive import Along, receptive_fields

SIZE = 48
"""Of the image, along both axes."""
DEPTHS = (1, 5)


def conv(random: Random) -> str:
    kernel, dilation = random.choice([1, 2, 3, 5]), random.choice([1, 1, 2, 3])
    pad = random.randint(0, dilation * (kernel - 1))
    return (
        f"{{Conv2d: {{out_channels: 2, kernel_size: [{kernel}, {random.choice([1, 3])}], stride: {random.choice([1, 1, 2])},"
        f" padding: [{pad}, {random.choice([0, 1])}], dilation: {dilation}}}}}"
    )


def pool(random: Random) -> str:
    kernel = random.choice([2, 3])
    return f"{{AvgPool2d: {{kernel_size: {kernel}, stride: {random.choice([1, 2, 3])}, padding: {random.choice([0, 1])}}}}}"


def max_pool(random: Random) -> str:
    kernel = random.choice([2, 3])
    return (
        f"{{MaxPool2d: {{kernel_size: {kernel}, stride: {random.choice([1, 2])}, padding: {random.choice([0, 1])},"
        f" dilation: {random.choice([1, 2])}}}}}"
    )


def pointwise(random: Random) -> str:
    return random.choice(["Tanh", "Sigmoid", "exp", "{BatchNorm2d: {}}", "{mul: 0.5}"])


def shaped(random: Random) -> str:
    """A convolution that keeps the size of its input."""
    dilation, half = random.choice([1, 2]), random.choice([0, 1, 2])
    return f"{{Conv2d: {{out_channels: 2, kernel_size: {2 * half + 1}, padding: {half * dilation}, dilation: {dilation}}}}}"


def branches(random: Random) -> str:
    ways = [
        f"b{at}: [{', '.join(shaped(random) for _ in range(random.randint(1, 2)))}]"
        for at in range(random.randint(2, 3))
    ]
    return f"{{{random.choice(['add', 'cat', 'mul'])}: {{{', '.join(ways)}}}}}"


def skip(random: Random) -> str:
    return f"{{add: {{skip: [], body: [{shaped(random)}, Tanh, {shaped(random)}]}}}}"


def transposed(random: Random) -> str:
    kernel, stride = random.choice([(2, 2), (3, 2), (4, 2), (3, 1), (3, 3)])
    return f"{{ConvTranspose2d: {{out_channels: 2, kernel_size: {kernel}, stride: {stride}, padding: {random.choice([0, 1])}}}}}"


def upsampled(random: Random) -> str:
    return random.choice(["{interpolate: 2}", "{Upsample: {scale_factor: 2, mode: bilinear, align_corners: false}}"])


def drawn(seed: int, *kinds: object) -> archc.Network | None:
    """A network of a few steps of these kinds, or None where its image is used up before the end."""
    random = Random(seed)
    steps = ["{Conv2d: {out_channels: 2, kernel_size: 1}}"]
    steps += [random.choice(kinds)(random) for _ in range(random.randint(*DEPTHS))]
    try:
        return archc.loads(f"{{archc: 1, name: n, inputs: {{x: [1, {SIZE}, {SIZE}]}}, steps: [{', '.join(steps)}]}}")
    except archc.SpecError:
        return None


def seen(image: torch.Tensor, result: torch.Tensor, place: tuple[int, int]) -> list[tuple[int, int]]:
    """Along both axes the first and last place of the image that one place of the result depends on."""
    (grad,) = torch.autograd.grad(result[0, :, place[0], place[1]].sum(), image, retain_graph=True)
    touched = grad[0, 0] != 0
    ends = [touched.any(dim).nonzero() for dim in (1, 0)]
    return [(int(each.min()), int(each.max())) if len(each) else (SIZE, -1) for each in ends]


def check(network: archc.Network, *, exact: bool, slack: float | None = None) -> None:
    """Every place sees what is told at most; where nothing is cut off exactly that, or one place up to `slack` less."""
    torch.manual_seed(0)
    module = network.module(dtype="float64").eval()
    for parameter in module.parameters():
        torch.nn.init.uniform_(parameter, 0.5 / parameter[0].numel(), 1.0 / parameter[0].numel())  # none saturates
    image = torch.rand(1, 1, SIZE, SIZE, dtype=torch.float64, requires_grad=True)
    result = module(image)
    output = network.graph.graph["outputs"][0]
    field = receptive_fields(network)[output.node]
    least = {2: 0.0, 3: 0.0} if slack is None else {2: inf, 3: inf}
    for at in range(min(result.shape[2:])):
        for axis, (first, last) in zip((2, 3), seen(image, result, (at, at)), strict=True):
            along = field[axis]
            assert along is not None
            assert along.dim == axis
            start, end = bounds(along, at)
            assert start <= first
            assert last <= end
            if start >= 0 and end < SIZE and last >= 0:  # none at all where dilated taps all hit padding
                assert not exact or (first, last) == (start, end)
                least[axis] = min(least[axis], float(max(first - start, end - last)))
    assert all(missing <= (slack or 0.0) or missing == inf for missing in least.values())


def bounds(along: Along, at: int) -> tuple[Fraction, Fraction]:
    start = Fraction(along.start) + Fraction(along.stride) * at
    return start, start + along.size - 1


@pytest.mark.parametrize("seed", range(40))
def test_chains_and_branches_see_exactly_what_is_told(seed: int) -> None:
    network = drawn(seed, conv, pool, pointwise, branches, skip)
    if network is not None:
        check(network, exact=True)


@pytest.mark.parametrize("seed", range(15))
def test_nothing_is_seen_through_maxima_that_is_not_told(seed: int) -> None:
    network = drawn(seed, conv, max_pool, pointwise, skip)
    if network is not None:
        check(network, exact=False)


@pytest.mark.parametrize("seed", range(25))
def test_what_grows_sees_hardly_less_than_is_told(seed: int) -> None:
    network = drawn(seed, conv, transposed, upsampled, pointwise)
    if network is not None and max(int(size) for size in network.graph.graph["outputs"][0].type.shape[2:]) < 300:
        growing = sum(node.kind in {"ConvTranspose2d", "Upsample", "interpolate"} for node in network.graph)
        check(network, exact=growing == 0, slack=1.5 * growing)
