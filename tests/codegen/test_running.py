"""Generated modules are plain PyTorch: they compile, export, train, and run on any device and in any layout."""

from __future__ import annotations

import copy
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim, export

from tests.codegen.shipped import OneDevice, Shipped, StraysError, assert_equal, sample, tensors

SAMPLE = pytest.mark.parametrize("shipped", sample(), ids=str)
CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


@SAMPLE
@pytest.mark.slow
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
def test_compiles_without_graph_breaks(shipped: Shipped, training: bool) -> None:
    torch._dynamo.reset()
    module, inputs = copy.deepcopy(shipped.module()).train(training), shipped.inputs()
    compiled = torch.compile(copy.deepcopy(module), fullgraph=True, backend="eager")
    torch.manual_seed(0)
    expected = module(*inputs)
    torch.manual_seed(0)
    assert_equal(compiled(*inputs), expected, rtol=1e-6, atol=1e-6)


@SAMPLE
@pytest.mark.slow
def test_exports_for_any_batch(shipped: Shipped) -> None:
    module, inputs = shipped.module(), shipped.inputs(batch=2)
    batch = Dim("batch", min=2, max=64)
    program = export(module, inputs, dynamic_shapes=tuple({0: batch} for _ in inputs), strict=True)
    more = shipped.inputs(batch=3)
    with torch.no_grad():
        assert_equal(program.module()(*more), module(*more), rtol=1e-5, atol=1e-5)


@SAMPLE
def test_a_training_step_reaches_every_parameter(shipped: Shipped) -> None:
    module = copy.deepcopy(shipped.module()).train()
    before = [parameter.detach().clone() for parameter in module.parameters()]
    optimiser = torch.optim.SGD(module.parameters(), lr=1e-3)
    loss = sum(output.float().square().mean() for output in tensors(module(*shipped.inputs())))
    assert isinstance(loss, Tensor)
    loss.backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, f"{name} has no gradient"
        assert parameter.grad.isfinite().all(), f"the gradient of {name} is not finite"
    optimiser.step()
    assert any(not torch.equal(old, new) for old, new in zip(before, module.parameters(), strict=True))


@SAMPLE
def test_lives_on_the_meta_device(shipped: Shipped) -> None:
    with OneDevice("meta") as watch:
        module = shipped.small.module(device="meta")
    assert watch.ops
    inputs = tuple(tensor.to("meta") for tensor in shipped.inputs())
    with OneDevice("meta") as watch:
        found = tensors(module.eval()(*inputs))
    assert watch.ops
    assert [tuple(o.shape) for o in found] == [tuple(o.shape) for o in tensors(shipped.module()(*shipped.inputs()))]


class Strays(nn.Module):
    """A module that makes a tensor on the CPU wherever its input is."""

    def forward(self, x: Tensor) -> Tensor:
        return x + torch.ones(1, device="cpu")[0].item()


def test_the_watch_on_devices_can_fail() -> None:
    with pytest.raises(StraysError), OneDevice("meta"):
        Strays()(torch.zeros(2, device="meta"))


@CUDA
@SAMPLE
def test_runs_on_cuda(shipped: Shipped) -> None:
    with OneDevice("cuda"):
        made = shipped.small.module(device="cuda").eval()
    made.load_state_dict(shipped.module().state_dict(), strict=True)
    inputs = tuple(tensor.cuda() for tensor in shipped.inputs())
    with torch.no_grad(), OneDevice("cuda"):
        found = tensors(made(*inputs))
    with torch.no_grad():
        assert_equal([output.cpu() for output in found], shipped.module()(*shipped.inputs()), rtol=1e-2, atol=1e-3)


@SAMPLE
def test_runs_under_autocast(shipped: Shipped) -> None:
    module, inputs = copy.deepcopy(shipped.module()), shipped.inputs()
    with torch.no_grad():
        expected = tensors(module(*inputs))
    halved: set[str] = set()
    for name, part in module.named_modules():
        part.register_forward_hook(partial(_note_bfloat16, halved, name))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = tensors(module(*inputs))
        loss = sum(output.float().mean() for output in found)
    assert halved, "nothing ran in bfloat16"
    assert isinstance(loss, Tensor)
    loss.backward()
    for one, other in zip(found, expected, strict=True):
        spread = other.abs().max().clamp(min=1e-3)
        assert (one.float() - other).abs().max() < 0.1 * spread


def _note_bfloat16(found: set[str], name: str, module: nn.Module, args: object, result: object) -> None:
    if any(output.dtype == torch.bfloat16 for output in tensors(result)):
        found.add(name)


@SAMPLE
def test_channels_last_makes_no_difference(shipped: Shipped) -> None:
    inputs = shipped.inputs()
    if not any(tensor.dim() == 4 for tensor in inputs):
        pytest.skip("takes no images")
    module = copy.deepcopy(shipped.module()).to(memory_format=torch.channels_last)
    turned = tuple(x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x for x in inputs)
    with torch.no_grad():
        found, expected = module(*turned), shipped.module()(*inputs)
    assert_equal(found, expected, rtol=1e-4, atol=1e-5)
    for output in tensors(found):
        if output.dim() == 4 and output.shape[1] > 1:
            assert output.is_contiguous(memory_format=torch.channels_last)
