"""Close-ups of blocks: an instance by its place, or each structure that a definition takes, side by side."""

from __future__ import annotations

from typing import Any

import pytest

from archc.diagram.compose.inside import MAX_CARDS, UnknownBlockError, block_sheet, found_instances
from archc.diagram.compose.subject import block_subject, dashed_note, facts_of, network_subject, parameters_of, title_of
from archc.diagram.model.build import picture_of
from archc.diagram.model.definition import fullest, kinds
from archc.diagram.model.walk import Plan
from archc.diagram.options import Options
from archc.spec.model import Block
from tests.diagram.pictures import network
from tests.diagram.sheet_rules import faults, opaque, rect, sizes
from tests.diagram.sheets import block, box, cards, frames, headings, legend, load, notes, route, text, title

BLOCKS = [
    ("resnet18", "basic"), ("resnet50", "bottleneck"), ("resnet50", "layer2.0"), ("googlenet:lecture", "inception"),
    ("densenet:lecture", "dense_layer"), ("densenet121", "bottleneck_layer"), ("densenet121", "transition"),
    ("nin", "nin"), ("unet", "up_learned"), ("densenet121", "features.denseblock3"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "inside"), BLOCKS)
def test_close_ups_fit_a_slide(name: str, inside: str) -> None:
    shown = block(name, inside)
    assert (shown.width, shown.height, shown.layout) == (960, 540, "close-up")
    assert len(opaque(shown)) <= MAX_CARDS + 4
    assert min(sizes(shown)) >= 12
    assert faults(shown) == []


@pytest.mark.parametrize("fit", ["16:9", "4:3", "a4", "free"])
@pytest.mark.parametrize("direction", [None, "TB", "LR"])
def test_pages_and_directions(fit: str, direction: Any) -> None:
    for name, inside in BLOCKS[:4]:
        shown = block(name, inside, Options(fit=fit, direction=direction))
        assert faults(shown) == []


def test_an_instance_by_its_place() -> None:
    shown = block("resnet50", "layer2.0")
    assert title(shown) == "Bottleneck block   ResNet-50 · 379 k parameters"
    assert headings(shown, "definition") == ["layer2.0"]
    assert sum(each.fact.params for each in cards(shown) if each.fact) == 379392


def test_each_structure_of_a_block_side_by_side() -> None:
    shown = block("resnet18", "basic")
    assert headings(shown, "definition") == ["layer1.0, without downsample", "layer2.0"]
    one, other = frames(shown, "definition")
    assert one.x + one.w < other.x or one.y + one.h < other.y
    for frame, prefix in ((one, "layer1.0:"), (other, "layer2.0:")):
        left, top, right, bottom = rect(frame)
        mine = [each for each in shown.boxes if each.id.startswith(prefix)]
        assert mine and all(left <= each.x and each.x + each.w <= right and top <= each.y <= bottom for each in mine)
    assert not any("downsample" in each.id for each in shown.boxes if each.id.startswith("layer1.0:"))
    assert title(shown) == "Basic block   ResNet-18 · 74 k and 230 k parameters"


def test_lines_stay_within_their_structure() -> None:
    for line in block("resnet18", "basic").routes:
        assert line.tail.split(":")[0] == line.head.split(":")[0]


def test_the_skip_is_in_the_accent_colour_along_the_whole_shortcut() -> None:
    shown = block("resnet50", "layer2.0")
    assert {(line.tail, line.head) for line in shown.routes if line.accent} == {
        ("input:input", "downsample.0"),
        ("downsample.0", "add_1"),
    }
    plain = block("resnet50", "layer2.1")
    assert [(line.tail, line.head) for line in plain.routes if line.accent] == [("input:input", "add_1")]


def test_small_blocks_show_norms_and_activations_as_cards() -> None:
    assert text(box(block("resnet18", "layer1.0"), "bn1")) == "BN"
    assert legend(block("resnet18", "layer1.0")) == ["convolution", "normalisation", "activation", "add", "tensor"]


def test_larger_ones_join_them_with_the_convolution() -> None:
    assert legend(block("resnet50", "layer2.0")) == ["convolution + BN (+ ReLU)", "add, then ReLU", "tensor"]


def test_long_blocks_are_folded() -> None:
    shown = block("densenet121", "features.denseblock3")
    folded = [each.fact.times for each in cards(shown) if each.fact]
    assert max(folded) == 24 and (
        any("×24" in note for note in notes(shown)) or any("×24" in text(each) for each in shown.boxes)
    )


def test_tensors_at_the_border_tell_their_whole_shape() -> None:
    shown = block("densenet:lecture", "dense_layer")
    assert text(box(shown, "input:input")) == "input / 64 × 24 × 24"
    assert text(box(shown, "cat_1")) == "64 | 32"
    assert [(line.tail, line.head) for line in shown.routes if line.accent] == [("input:input", "cat_1")]


def test_branches_enter_a_concatenation_in_their_order() -> None:
    shown = block("googlenet:lecture", "inception3a", Options(direction="TB"))
    joint = box(shown, "cat_1")
    assert text(joint) == "64 | 128 | 32 | 32"
    ends = [line.points[-1][0] for line in shown.routes if line.head == "cat_1"]
    assert len(ends) == 4
    assert all(any(slot.x < x < slot.x + slot.w for x in ends) for slot in joint.slots)
    assert route(shown, "branch1.conv", "cat_1").points[-1][0] == min(ends)


def test_labels() -> None:
    shown = block("resnet18", "layer1.0", Options(labels=frozenset({"params"})))
    assert text(box(shown, "conv1")) == "Conv / 36.9 k params"


def test_an_unknown_block_lists_those_that_there_are() -> None:
    with pytest.raises(UnknownBlockError) as caught:
        block_sheet(load("resnet18"), "bottelneck")
    assert caught.value.name == "bottelneck"
    assert {"basic", "layer1.0", "layer4.1"} <= {name.rsplit(":", 1)[-1] for name in caught.value.names} | set(
        caught.value.names
    )


def test_instances_of_a_name_are_its_structures_the_smallest_first_and_no_more_than_three() -> None:
    assert [each.path for each in found_instances(load("resnet18"), "basic")] == ["layer1.0", "layer2.0"]
    assert [each.path for each in found_instances(load("resnet18"), "layer3.1")] == ["layer3.1"]


UNIT = """
unit:
  params: {out: int, k: 3, wide: false}
  steps:
    - {Conv2d: {out_channels: 2 * out, kernel_size: k, padding: k // 2}, as: first}
    - {Conv2d: {out_channels: out, kernel_size: 1}, as: last}
    - {relu: {}, when: wide}
"""


def test_parameters_and_options_of_a_definition() -> None:
    net = network("- {unit: 4, as: one}\n- {unit: {out: 4, wide: true}, as: other}", UNIT)
    definition = net.body.items[0].content.definition  # type: ignore[union-attr]
    assert isinstance(definition, Block)
    subject, symbols = block_subject(net, fullest(kinds(net.body, definition)), symbolic=True, brief=True)
    assert list(parameters_of(definition, picture_of(subject, Plan()))) == ["out", "k"]
    assert dashed_note(symbols) == "dashed: when wide"


def test_facts_are_counted_from_what_is_drawn() -> None:
    net = load("googlenet:lecture")
    closed = picture_of(network_subject(net), Plan(close=True))
    assert facts_of(net, closed) == "lecture · 9 × Inception · 5.98 M parameters"
    assert (
        facts_of(net, picture_of(network_subject(net), Plan())) == "lecture · all 57 convolutions · 5.98 M parameters"
    )


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("resnet18", "ResNet-18"), ("vgg:vgg16", "VGG-16"), ("densenet121", "DenseNet-121"), ("lenet", "LeNet-5")],
)
def test_names_as_papers_write_them(name: str, wanted: str) -> None:
    assert title_of(load(name)) == wanted
