"""What writing vision networks asks of the language, and what it says of the mistakes one makes."""

from __future__ import annotations

import pytest
import torch

from archc.api import loads
from archc.cases import run_cases
from archc.diagnostics import SpecError
from archc.loading import load_file
from archc.network import Network
from tests.networks.vision import SPECS, assert_tidy

PUBLISHED = (
    "convnext_tiny", "densenet_bc", "efficientnet_b0", "inception_v3", "mobilenet_v2", "mobilenet_v3", "r2plus1d",
    "regnet", "shufflenet_v2", "squeezenet", "unet",
)  # fmt: skip

HEAD = "archc: 1\nname: net\ninputs: {image: [3, H=8, W=8]}\n"


def net(text: str) -> Network:
    return loads(HEAD + text)


def keys(network: Network) -> list[str]:
    return [name for name, _ in network.module().named_parameters()]


def findings(text: str) -> list[tuple[str, str]]:
    with pytest.raises(SpecError) as caught:
        net(text)
    return [(found.message, found.help) for found in caught.value.diagnostics]


@pytest.mark.parametrize("name", PUBLISHED)
def test_networks_have_the_published_number_of_parameters(name: str) -> None:
    results = run_cases(load_file(str(SPECS / f"{name}.yaml")))
    assert results
    assert all(result.passed for result in results), results


def test_a_block_can_be_a_sequential() -> None:
    network = net("""
blocks:
  conv_bn:
    params: {out: int, act: true}
    steps:
      Sequential:
        - Conv2d: {out_channels: out, kernel_size: 1, bias: false}
        - BatchNorm2d
        - {ReLU: {}, when: act}
steps:
  - {conv_bn: 4, as: a}
  - {conv_bn: {out: 5, act: false}, as: b}
  - relu
""")
    assert keys(network) == ["a.0.weight", "a.1.weight", "a.1.bias", "b.0.weight", "b.1.weight", "b.1.bias"]
    assert "class ConvBn(nn.Sequential):" in network.source()
    assert [len(child) for child in network.module().children()] == [3, 2]
    assert_tidy(network.source())


@pytest.mark.parametrize("order", ["[input, conv]", "[conv, input]"])
def test_a_dropped_sum_hands_on_what_the_chain_had(order: str) -> None:
    network = net(f"""
blocks:
  block:
    params: {{out: int}}
    steps:
      - {{Conv2d: {{out_channels: out, kernel_size: 1}}, as: conv}}
      - {{add: {order}, when: input.channels == out}}
steps:
  - {{block: 3, as: same}}
  - {{block: 4, as: other, expect: [4, 8, 8]}}
""")
    module, image = network.module(), torch.randn(2, 3, 8, 8)
    same = image + module.get_submodule("same.conv")(image)
    torch.testing.assert_close(module(image), module.get_submodule("other.conv")(same))


def test_a_result_that_only_a_dropped_step_would_use_is_unused() -> None:
    text = """
steps:
  - {Conv2d: {out_channels: 4, kernel_size: 1}, as: left}
  - {Conv2d: {out_channels: 4, kernel_size: 1}, as: right, from: input}
  - {add: [left, right], when: 1 > 2}
  - {relu: {}, from: left}
"""
    assert [message for message, _ in findings(text)] == ["nothing uses the result of `right`"]


def test_a_row_of_a_table_chooses_a_block() -> None:
    network = net("""
params: {rows: {type: table, columns: {out: int, act: str}, default: [[4, ReLU], [5, Hardswish]]}}
blocks:
  conv:
    params: {out: int, act: {type: block, choices: [ReLU, Hardswish]}}
    steps: {Sequential: [{Conv2d: {out_channels: out, kernel_size: 1}}, act]}
steps:
  - repeat: {row: rows}
    conv: {out: row.out, act: row.act}
""")
    assert [type(m).__name__ for m in network.module().modules()][3::3] == ["ReLU", "Hardswish"]


def test_a_row_that_names_no_choice_is_told_of() -> None:
    text = """
params: {rows: {type: table, columns: {act: str}, default: [[Relu]]}}
blocks:
  wrap:
    params: {act: {type: block, choices: [ReLU, Hardswish]}}
    steps: [act]
steps: [{repeat: {row: rows}, wrap: row.act}]
"""
    assert [message for message, _ in findings(text)] == [
        "parameter `act` of `wrap` must be one of ReLU, Hardswish, not `Relu`"
    ]


def test_a_repeated_block_carries_several_tensors() -> None:
    network = net("""
blocks:
  layer:
    inputs: [x, total]
    steps:
      - {Conv2d: {out_channels: input.channels, kernel_size: 1}, as: conv}
      - {add: [conv, total], as: sum}
    outputs: {total: sum, x: conv}
steps:
  - {Conv2d: {out_channels: 4, kernel_size: 1}, as: start}
  - {layer: {}, repeat: {i: 3}, as: "layer{i}", from: {x: start, total: start}}
""")
    module, image = network.module(), torch.randn(2, 3, 8, 8)
    x = total = module.get_submodule("start")(image)
    for i in range(3):
        x = module.get_submodule(f"layer{i}.conv")(x)
        total = total + x
    torch.testing.assert_close(module(image), total)


def test_groups_of_blocks_with_other_tables_are_made_anew() -> None:
    network = net("""
blocks:
  tower:
    params: {rows: {type: table, columns: {out: int}}}
    steps:
      - as: convs
        Sequential: [{repeat: {row: rows}, Conv2d: {out_channels: row.out, kernel_size: 1}}]
      - relu
steps:
  - {tower: {rows: [[3], [3]]}, as: a}
  - {tower: {rows: [[3], [5], [3]]}, as: b}
""")
    assert [len(network.module().get_submodule(f"{name}.convs")) for name in "ab"] == [2, 3]


@pytest.mark.parametrize(
    ("steps", "message", "help"),
    [
        ("[{Conv2d: {out_channels: max(3, 4), kernel_size: 1}}]", "expected `,` or `)` to close `(`", "in quotes"),
        ("[{Conv2d: {out_channels: w[0], kernel_size: 1}}]", "expected `,` or `}`", "quote text that holds brackets"),
        ("[{sigmoid: {}}, {relu: {}, from: sigmoid_1}]", "nothing here is called `sigmoid_1`", "as in `as: sigmoid`"),
        (
            "[{Sequential: [{ReLU: {}, as: act}]}, {relu: {}, from: act}]",
            "nothing here is called `act`",
            "name the step that holds",
        ),
        ("[{sigmoid: {}, as: gate}, {mul: [gat, input]}]", "nothing here is called `gat`", "did you mean `gate`?"),
        ("[{relu: {}, repeat: {i: 2, j: 3}}]", "`repeat` binds one name, as in `{i: 4}`", "`chain:`"),
    ],
)
def test_one_mistake_one_finding(steps: str, message: str, help: str) -> None:
    ((said, cure),) = findings(f"steps: {steps}\n")
    assert said == message
    assert help in cure
