"""The sizes that networks take: known truths, each of them confirmed by running torch."""

from __future__ import annotations

from random import Random

import pytest

import archc
from archc.network import Network
from archc.sizes import InputSizes, input_sizes, nearest_sizes
from archc.sizes.refusals import refusals
from archc.sizes.words import regions_text, set_text
from tests.sizes.oracle import compare, judge
from tests.sizes.random_specs import KINDS


def text_of(network: Network, which: str = "built") -> str:
    found = getattr(input_sizes(network), which)
    assert found.is_exact
    return regions_text(found.regions, network.settled.sizes)


def unet(depth: int) -> str:
    lines = ["archc: 1", "name: unet", f"inputs: {{image: [3, H={2**depth * 2}, W={2**depth * 4}]}}", "steps:"]
    for level in range(depth):
        lines += [
            f"  - {{Conv2d: {{out_channels: 8, kernel_size: 3, padding: 1}}, as: skip{level}}}",
            "  - MaxPool2d: 2",
        ]
    for level in reversed(range(depth)):
        lines += [f"  - {{ConvTranspose2d: {{out_channels: 8, kernel_size: 2, stride: 2}}, as: up{level}}}"]
        lines += [f"  - {{cat: [skip{level}, up{level}], as: joined{level}}}"]
        lines += ["  - Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}"]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "built", "buildable"),
    [
        ("lenet:lecture", "H, W in 28..31; or H in 12..15, W in 108..111; or H in 108..111, W in 12..15", "H, W >= 12"),
        ("alexnet:lecture", "H, W in 193..224; or H in 65..96, W in 833..864; or H in 833..864, W in 65..96", "H, W >= 65"),
        ("vgg:vgg11", "H, W >= 32", "H, W >= 32"),
        ("nin", "H, W >= 67", "H, W >= 67"),
        ("googlenet:lecture", "any H, W", "any H, W"),
        ("resnet:resnet18", "any H, W", "any H, W"),
        ("densenet:lecture", "H, W >= 29", "H, W >= 29"),
    ],
)  # fmt: skip
def test_the_lectures_networks(name: str, built: str, buildable: str) -> None:
    network = archc.load(name)
    assert (text_of(network), text_of(network, "buildable")) == (built, buildable)


@pytest.mark.parametrize("depth", [3, 4, 5])
def test_unets_take_multiples_and_name_the_concatenation_that_breaks(depth: int) -> None:
    network = archc.loads(unet(depth))
    assert text_of(network) == f"H, W mod {2**depth} = 0"
    found = refusals(input_sizes(network).built, network.settled.sizes)
    odd = {each.met.path: set_text("H", each.sets["H"]) for each in found if "joined" in each.met.path}
    assert list(odd) == [f"joined{level}" for level in reversed(range(depth))]
    assert odd["joined0"].endswith(f"H mod {2**depth} = 1")


def test_nearest_sizes() -> None:
    found = input_sizes(archc.loads(unet(4))).built
    assert nearest_sizes(found, {"H": 100, "W": 64}).points == ({"H": 96, "W": 64}, {"H": 112, "W": 64})
    assert nearest_sizes(input_sizes(archc.load("lenet")).built, {"H": 1, "W": 1}).points == (
        {"H": 28, "W": 28}, {"H": 12, "W": 108}, {"H": 108, "W": 12},
    )  # fmt: skip


def test_inference_may_take_more_than_training() -> None:
    spec = """
    archc: 1
    name: heads
    inputs: {x: [3, L=64]}
    steps:
      - {Conv1d: {out_channels: 4, kernel_size: 3}, as: stem}
      - {Conv1d: {out_channels: 4, kernel_size: 20}, as: aux}
      - {Conv1d: {out_channels: 4, kernel_size: 5}, from: stem, as: main}
    outputs: {main: main, aux: {from: aux, only: train}}
    """
    network = archc.loads(spec)
    assert (text_of(network), text_of(network, "inference")) == ("L >= 22", "L >= 7")


def test_a_formula_that_reads_the_size_leaves_open_what_can_be_built() -> None:
    spec = (
        "archc: 1\nname: n\ninputs: {x: [3, L=9]}\nsteps:\n  - Conv1d: {out_channels: 4, kernel_size: input.length}\n"
    )
    found = input_sizes(archc.loads(spec))
    assert found.buildable is None
    assert regions_text(found.built.regions, {"L": 9}) == "L >= 9"


def test_conditions_between_symbols_are_said_as_they_are() -> None:
    spec = (
        "archc: 1\nname: n\ninputs: {x: [3, H=8, W=8]}\nsteps:\n"
        "  - {transpose: {dim0: 2, dim1: 3}, as: turned}\n  - add: [input, turned]\n"
    )
    network = archc.loads(spec)
    assert text_of(network) == "H = W"


def one_layer(inputs: str, *steps: str) -> Network:
    return archc.loads("\n".join(["archc: 1", "name: n", f"inputs: {inputs}", "steps:", *steps]))


@pytest.mark.parametrize(
    ("chunks", "length", "names", "taken"), [(3, 12, "a, b, c", "L = 3 or L >= 5"), (5, 12, "a, b, c, d", None)]
)
def test_chunks_are_cut_anew_at_each_size(chunks: int, length: int, names: str, taken: str | None) -> None:
    network = one_layer(
        f"{{x: [4, L={length}]}}",
        f"  - {{chunk: {{chunks: {chunks}, dim: 2}}, as: [{names}]}}",
        f"  - {{cat: {{dim: 2}}, from: [{names}]}}",
    )
    found = input_sizes(network).built
    assert not compare(network, network.module("meta"), found, [{"L": size} for size in range(1, 80)]).disagreements
    assert taken is None or text_of(network) == taken


def test_conditions_that_contradict_each_other_leave_nothing_undecided() -> None:
    network = one_layer(
        "{a: [3, H=32, W=32], b: [3, K=16, W]}",
        "  - {Conv2d: {out_channels: 4, kernel_size: 3, stride: 2, padding: 1}, from: a, as: ca}",
        "  - {Conv2d: {out_channels: 4, kernel_size: [1, 2], stride: [1, 2]}, from: b, as: cb}",
        "  - {add: [ca, cb]}",
    )
    assert text_of(network) == "W mod 2 = 0 and floor((H + 1) / 2) = K"


def test_conditions_that_others_imply_are_not_said() -> None:
    network = one_layer(
        "{src: [S=10, 4], tgt: [T=7, 4]}", "  - {cat: [src, tgt]}", '  - {getitem: "-20:"}', "  - {getitem: 15}"
    )
    assert text_of(network) == "S + T >= 16"


@pytest.mark.parametrize("kind", KINDS)
def test_random_networks_take_what_torch_takes(kind: str) -> None:
    random = Random(2024)
    made = 0
    while made < 12:
        tally = judge(KINDS[kind](random), random, count=24, largest=30)
        assert not tally.disagreements, tally.disagreements[0]
        made += tally.networks


@pytest.mark.parametrize("name", ["lenet:lecture", "nin", "densenet:lecture", "resnet:resnet18", "googlenet:lecture"])
def test_shipped_networks_take_what_torch_takes(name: str) -> None:
    network = archc.load(name)
    sizes: InputSizes = input_sizes(network)
    near = {int(edge) for region in sizes.built.regions for found in region.box.values() for edge in _edges(found)}
    points = [{"H": height, "W": width} for height in sorted(near)[:12] for width in sorted(near)[-3:]]
    assert not compare(network, network.module("meta"), sizes.built, points).disagreements


def _edges(found) -> set[int]:
    """The sizes on both sides of where a set begins and ends."""
    runs = found.runs(4) or ()
    return {n for first, last in runs for n in (first - 1, first, last or first, (last or first) + 1) if n > 0}
