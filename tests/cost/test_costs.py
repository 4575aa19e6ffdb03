"""What ops cost: FLOPs as torch counts them, bytes moved, time on a device, and costs over sizes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from torch.utils.flop_counter import FlopCounterMode

import archc
from archc.cost.devices import DEVICES
from archc.cost.grid import GridError, Point, points, read_range
from archc.cost.groups import grouped
from archc.cost.nodes import costs, total
from archc.cost.polynomial import formula
from archc.expand import Settings
from archc.loading import load_file
from tests.codegen.shipped import Shipped, every_variant
from tests.cost.networks import feed

SPECS = Path(__file__).parents[1] / "networks" / "specs"
UNCOUNTED = {"bert", "char_rnn", "gru_tagger", "lstm_classifier", "seq2seq"}
"""Networks with fused kernels of which torch's counter counts nothing: recurrent and Transformer layers."""


def flops(network: archc.Network, batch: int = 1) -> int:
    module = network.module(device="meta").eval()
    with FlopCounterMode(display=False) as counter:
        module(*(tensor.to("meta") for tensor in feed(network, batch)))
    return counter.get_total_flops()


@pytest.mark.parametrize("shipped", every_variant(), ids=str)
def test_flops_of_shipped_networks_are_torchs(shipped: Shipped) -> None:
    network = shipped.network
    assert total(tuple(costs(network, 2).values())).flops == flops(network, 2)


@pytest.mark.parametrize("name", sorted(path.stem for path in SPECS.glob("*.yaml") if path.stem not in UNCOUNTED))
def test_flops_of_other_networks_are_torchs(name: str) -> None:
    network = archc.load(SPECS / f"{name}.yaml")
    assert total(tuple(costs(network).values())).flops == flops(network)


def test_the_roofline_by_hand() -> None:
    network = archc.loads("{archc: 1, name: n, inputs: {x: [1000]}, steps: [{Linear: 500, as: a}, relu]}")
    linear, relu = costs(network, 4, DEVICES["a100"]).values()
    assert (linear.macs, linear.flops) == (4 * 500_000, 4 * 1_000_000)
    assert linear.moved == 4 * (4 * 1000 + 500_500 + 4 * 500)
    assert linear.time == linear.moved / 2039e9  # memory is the bound: 2 FLOPs for each weight of 4 bytes
    assert (relu.moved, relu.flops) == (4 * 4 * 1000, 0)
    many = next(iter(costs(network, 4096, DEVICES["a100"]).values()))
    assert many.time == many.flops / 19.5e12
    assert many.intensity > 100


def test_the_roofline_in_half_precision() -> None:
    network = archc.loads("{archc: 1, name: n, inputs: {x: [1000]}, steps: [{Linear: 500, as: a}, relu]}")
    half = next(iter(costs(network, 4096, DEVICES["a100"], "bfloat16").values()))
    single = next(iter(costs(network, 4096, DEVICES["a100"]).values()))
    assert half.moved == single.moved / 2
    assert half.time == max(half.flops / 312e12, half.moved / 2039e9)


def test_words_are_moved_as_they_are() -> None:
    spec = "{archc: 1, name: n, inputs: {x: {shape: [9], dtype: int64}}, steps: [{Embedding: {num_embeddings: 4, embedding_dim: 2}}]}"
    (embedding,) = costs(archc.loads(spec), 1, DEVICES["h100"], "float16").values()
    assert embedding.moved == 8 * 9 + 2 * (8 + 18)


@pytest.mark.parametrize(
    ("name", "float32", "half", "bandwidth"),
    [("h100", 67, 989.5, 3350), ("a100", 19.5, 312, 2039), ("v100", 15.7, 125, 900), ("t4", 8.1, 65, 320)],
)
def test_devices_do_what_their_data_sheets_say(name: str, float32: float, half: float, bandwidth: float) -> None:
    device = DEVICES[name]
    assert (device.peak("float32") / 1e12, device.peak("float16") / 1e12) == (float32, half)
    assert device.bandwidth / 1e9 == bandwidth


def test_a_cpu_by_its_cores() -> None:
    assert DEVICES["cpu"].peak("float32") == pytest.approx(5.888e12)
    assert set(DEVICES["cpu"].flops) == {"float32", "float64"}


def test_groups_add_up_to_the_whole() -> None:
    each = costs(archc.load("resnet18"), 2)
    whole = total(tuple(each.values()))
    for by in ("layer", "block", "op"):
        groups = grouped(each, by)
        for what in ("params", "macs", "memory", "moved"):
            assert sum(getattr(group.cost, what) for group in groups) == getattr(whole, what)
    blocks = {group.name: group.count for group in grouped(each, "block")}
    assert blocks == {"(outside blocks)": 1, "basic": 8}


@pytest.mark.parametrize(
    ("text", "names", "sizes"),
    [
        ("H=1..3", ("H",), (1, 2, 3)),
        ("H=128..512", ("H",), tuple(range(128, 513, 32))),
        ("H=128..512:128", ("H",), (128, 256, 384, 512)),
        ("H=W=64,32", ("H", "W"), (64, 32)),
    ],
)
def test_ranges(text: str, names: tuple[str, ...], sizes: tuple[int, ...]) -> None:
    found = read_range(text)
    assert (found.names, found.sizes) == (names, sizes)


@pytest.mark.parametrize(
    "text", ["H", "=3", "H=", "H=x", "H=3..1", "H=0,4", "H=1..2..3", "H=1..9:0", "H=1..9999:1", "1=4"]
)
def test_ranges_that_make_no_sense(text: str) -> None:
    with pytest.raises(GridError):
        read_range(text)


def test_formulas_hold_at_sizes_they_have_not_seen() -> None:
    ranges = [read_range("H=128..512:64")]
    found = list(points(load_file("resnet18"), Settings(None, {}, {}), ranges))
    assert formula(ranges, found, [point.macs for point in found]) == "8,096,256 H + 512,000"
    assert archc.load("resnet18", sizes={"H": 800}).summary().macs == 8_096_256 * 800 + 512_000
    assert formula(ranges, found, [point.params for point in found]) == "11,689,512"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1, 4, 9, 16, 25], "H^2"),
        ([3, 3, 3, 3, 3], "3"),
        ([1, 3, 6, 10, 15], "(H^2 + H) / 2"),
        ([-5, -7, -9, -11, -13], "-2 H - 3"),
        ([1, 2, 4, 8, 17], ""),
    ],
)
def test_formulas(values: list[int], text: str) -> None:
    ranges = [read_range("H=1..5")]
    found = list(points(load_file("resnet18"), Settings(None, {}, {}), [read_range("H=32,64,96,128,160")]))
    at = [type(point)({"H": size}) for point, size in zip(found, range(1, 6), strict=True)]
    assert formula(ranges, at, values) == text


def test_formulas_of_several_sizes() -> None:
    ranges = [read_range("H=64..160:32"), read_range("W=64..128:32")]
    found = list(points(load_file("resnet18"), Settings(None, {}, {}), ranges))
    told = formula(ranges, found, [point.macs for point in found])
    assert told == "36,144 H W + 512,000"
    network = archc.load("resnet18", sizes={"H": 320, "W": 224})
    assert network.summary().macs == 36_144 * 320 * 224 + 512_000


@pytest.mark.parametrize(
    ("texts", "of", "told"),
    [
        (("H=1..4", "W=1..4"), lambda h, w: h * w, "H W"),
        (("H=1..4", "W=1..4"), lambda h, w: 3 * h * h * w - w + 7, "3 H^2 W - W + 7"),
        (("H=1..4", "W=1..4", "D=1..4"), lambda h, w, d: h * w * d + d, "H W D + D"),
        (("H=1..5", "W=1..3"), lambda h, w: h * (h - 1) // 2 * w, "(H^2 W - H W) / 2"),
        (("H=1..4", "W=1..2"), lambda h, w: h * w, ""),  # two sizes leave none to hold a line to
        (("H=1..4", "W=1..4"), lambda h, w: 2 ** (h + w), ""),
        (("H=1..4", "W=1..4"), lambda h, w: 0, "0"),
    ],
)
def test_formulas_of_functions_of_several_sizes(texts: tuple[str, ...], of: Callable[..., int], told: str) -> None:
    ranges = [read_range(text) for text in texts]
    names = [each.names[0] for each in ranges]
    chosen = list(product(*(each.sizes for each in ranges)))
    found = [Point(dict(zip(names, sizes, strict=True))) for sizes in chosen]
    assert formula(ranges, found, [of(*sizes) for sizes in chosen]) == told


def test_sizes_that_do_not_work_are_marked() -> None:
    found = list(points(load_file("lenet"), Settings(None, {}, {}), [read_range("H=W=4,28")]))
    assert [point.problem is None for point in found] == [False, True]
    assert found[1].macs == 416520
