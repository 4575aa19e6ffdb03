"""Specs that an earlier writer got wrong, each for a kind: what it writes now is the spec, for other arguments too."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn
from torch.testing import assert_close

import archc
from archc.codegen.module import compiled


def file(text: str) -> Any:
    """The names of the file that is written for a spec."""
    network = archc.loads(text)
    return SimpleNamespace(**vars(compiled(network.source(), network.name)))


def classes(names: Any) -> list[str]:
    return [name for name, value in vars(names).items() if isinstance(value, type) and issubclass(value, nn.Module)]


def assert_same(made: nn.Module, text: str, *inputs: torch.Tensor, **params: object) -> None:
    """A class at some arguments is the spec at these parameters: keys, shapes, order, and results for equal weights."""
    other = archc.loads(text, params=params).module()
    wanted = other.state_dict()
    assert [(k, v.shape) for k, v in made.state_dict().items()] == [(k, v.shape) for k, v in wanted.items()]
    made.load_state_dict(wanted)
    assert_close(made.eval()(*inputs), other.eval()(*inputs))


HALF = """
archc: 1
name: half
inputs: {x: [8]}
blocks: {scale: {params: {h: 0.5}, steps: [{mul: h / 2}]}}
steps: [{scale: {}}]
"""


def test_half_of_a_float() -> None:
    x = torch.rand(2, 8)
    assert_close(archc.loads(HALF).module()(x), x * 0.25)
    assert_close(file(HALF).Scale(3)(x), x * 1.5)


CALLED_X = """
archc: 1
name: input_called_x
inputs: {NAME: [8]}
steps:
  - {Linear: 8, as: stem}
  - {as: body, Sequential: [{Linear: 8, as: fc}, {add: [fc, NAME]}]}
"""
STEP_CALLED_X = """
archc: 1
name: step_called_x
inputs: {a: [8]}
steps: [{relu: {}, as: NAME}, {Linear: 8, as: fc}, {add: [fc, NAME]}]
"""
TAKEN = (
    "x", "out", "y", "z", "self", "nn", "torch", "F", "math", "Tensor", "batch", "i", "layers", "super", "range",
    "OrderedDict", "NamedTuple", "make_divisible", "channels", "features", "InputCalledX",
)  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_inputs_and_steps_have_any_name(name: str) -> None:
    module, x = archc.loads(CALLED_X.replace("NAME", name)).module(), torch.rand(2, 8)
    assert_close(module(x), module.get_submodule("body.fc")(module.get_submodule("stem")(x)) + x)
    module = archc.loads(STEP_CALLED_X.replace("NAME", name)).module()
    assert_close(module(x), module.get_submodule("fc")(x) + x)


CONDITION_LOST = """
archc: 1
name: condition_lost
params: {width: 64}
inputs: {x: [8]}
steps:
  - {Linear: width, as: fc}
  - {LayerNorm: {}, when: width > 32, as: norm}
  - {ReLU: {}, as: act}
  - {Linear: 4, as: head}
"""


@pytest.mark.parametrize("width", [1, 16, 32, 33, 64])
def test_a_condition_that_held_everywhere_stays(width: int) -> None:
    made = file(CONDITION_LOST).ConditionLost(width=width)
    assert_same(made, CONDITION_LOST, torch.rand(2, 8), width=width)


HALF_OBEYED = """
archc: 1
name: argument_half_obeyed
inputs: {image: [3, H=32, W=32]}
blocks:
  conv:
    params: {out: int, dilation: 1}
    steps:
      - {Conv2d: {out_channels: out, kernel_size: 3, padding: dilation, dilation: dilation}, as: conv}
steps: [{conv: 8}, {conv: 16}]
"""


def test_an_argument_is_obeyed_everywhere() -> None:
    conv = file(HALF_OBEYED).Conv(3, 8, dilation=2).conv
    assert (conv.padding, conv.dilation) == ((2, 2), (2, 2))


CONDITION_INSIDE = """
archc: 1
name: condition_inside
inputs: {image: [8, 32, 32]}
blocks:
  down:
    params: {out: int, stride: int}
    steps:
      - as: proj
        when: stride != 1 or out != input.channels
        Sequential:
          - {AvgPool2d: 2, when: stride == 2}
          - Conv2d: {out_channels: out, kernel_size: 1}
steps: [{down: [16, 2]}, {down: [16, 1]}]
"""


@pytest.mark.parametrize(("out", "stride", "size"), [(16, 2, 4), (16, 1, 8), (8, 2, 4), (8, 1, 8)])
def test_a_condition_inside_a_sequential_stays(out: int, stride: int, size: int) -> None:
    made = file(CONDITION_INSIDE).Down(8, out, stride)
    pools = [each for each in made.modules() if isinstance(each, nn.AvgPool2d)]
    assert len(pools) == (stride == 2)
    assert made(torch.rand(2, 8, 8, 8)).shape == (2, out, size, size)


TWO_CONDITIONS = """
archc: 1
name: two_conditions
inputs: {image: [8, H=32, W=32]}
blocks:
  res:
    params: {out: int, expand: int}
    steps:
      - as: block
        Sequential:
          - {Conv2d: {out_channels: expand, kernel_size: 1}, when: expand != input.channels}
          - Conv2d: {out_channels: out, kernel_size: 1}
      - {add: [block, input], when: out == input.channels}
steps: [{res: [8, 8]}, {res: [16, 32]}, {res: [16, 32]}]
"""


@pytest.mark.parametrize(("out", "expand"), [(8, 8), (8, 16), (16, 8), (16, 32)])
def test_a_definition_is_one_class(out: int, expand: int) -> None:
    names = file(TWO_CONDITIONS)
    assert sorted(classes(names)) == ["Res", "TwoConditions"]
    alone = TWO_CONDITIONS.replace(
        "steps: [{res: [8, 8]}, {res: [16, 32]}, {res: [16, 32]}]", f"steps: [{{res: [{out}, {expand}], as: r}}]"
    )
    made = nn.Sequential()
    made.add_module("r", names.Res(8, out, expand))
    assert_same(made, alone, torch.rand(2, 8, 4, 4))


FEATURES = """
archc: 1
name: features_of_maps
inputs: {image: [4, 5, 8]}
blocks:
  mlp:
    params: {out: int}
    let: {dim: input.features}
    steps: [{Linear: 2 * dim, as: fc1}, {Linear: out, as: fc2}]
steps: [{mlp: 16, as: a}, {mlp: 32, as: b}, {mlp: 64, as: c}]
"""


def test_features_are_one_argument() -> None:
    mlp = file(FEATURES).Mlp
    made = mlp(6, 10)
    assert made(torch.rand(2, 4, 5, 6)).shape == (2, 4, 5, 10)
    assert "in_channels" not in mlp.__doc__


ON_META = """
archc: 1
name: init_on_meta
inputs: {x: [8]}
steps:
  - {Linear: 8, as: a}
  - {Linear: 8, as: b}
  - {Parameter: {shape: [8], init: normal, std: 2.0}, as: shift}
  - {add: {broadcast: true}, from: [b, shift]}
init: {a.weight: {normal: {std: 5.0}}, b.bias: 3.0}
"""


def test_weights_made_on_meta_start_as_on_the_device() -> None:
    """By the way of FSDP2 users: `to_empty`, then `init_weights`."""
    torch.manual_seed(0)
    module: Any = archc.loads(ON_META).module(device="meta").to_empty(device="cpu")
    for tensor in module.state_dict().values():
        tensor.fill_(float("nan"))
    module.init_weights()
    state = module.state_dict()
    assert all(tensor.isfinite().all() for tensor in state.values())
    assert 3 < state["a.weight"].std() < 7
    assert state["b.bias"].eq(3).all()
    assert state["b.weight"].abs().max() < 1
    assert 0.5 < state["shift"].std() < 4
