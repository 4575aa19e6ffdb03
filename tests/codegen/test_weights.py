"""Generated modules own exactly the weights that the graph says, under the names that the spec gives."""

from __future__ import annotations

import copy
import io
import pickle

import pytest
import torch

from archc import Network
from tests.codegen.shipped import Shipped, assert_equal, every_variant, sample

VARIANTS = pytest.mark.parametrize("shipped", every_variant(), ids=str)
SAMPLE = pytest.mark.parametrize("shipped", sample(), ids=str)


def weights_of(network: Network) -> dict[str, tuple[tuple[int, ...], torch.dtype]]:
    """What the graph says of each entry of the `state_dict`, in its order of execution."""
    return {
        f"{node.path}.{weight.name}": (tuple(int(size) for size in weight.shape), getattr(torch, weight.dtype))
        for node in network.graph
        if node.op is not None and not node.reused
        for weight in node.op.weights()
        if weight.persistent
    }


@VARIANTS
def test_state_dict_is_what_the_graph_says(shipped: Shipped) -> None:
    found = {name: (tuple(value.shape), value.dtype) for name, value in shipped.blank.state_dict().items()}
    assert found == weights_of(shipped.network)


@VARIANTS
def test_parameters_and_buffers_are_counted(shipped: Shipped) -> None:
    module, graph = shipped.blank, shipped.network.graph
    assert sum(p.numel() for p in module.parameters()) == sum(node.params for node in graph)
    assert sum(b.numel() for b in module.buffers()) == sum(node.buffers for node in graph)


@SAMPLE
def test_state_dict_loads_strictly(shipped: Shipped) -> None:
    module, inputs = shipped.module(), shipped.inputs()
    torch.manual_seed(1)
    other = shipped.small.module().eval()
    other.load_state_dict(module.state_dict(), strict=True)
    with torch.no_grad():
        assert_equal(other(*inputs), module(*inputs), rtol=0, atol=0)


@SAMPLE
@pytest.mark.parametrize("how", ["deepcopy", "pickle", "torch.save"])
def test_copies_are_the_same_network(shipped: Shipped, how: str) -> None:
    module, inputs = shipped.module(), shipped.inputs()
    if how == "deepcopy":
        other = copy.deepcopy(module)
    elif how == "pickle":
        other = pickle.loads(pickle.dumps(module))
    else:
        file = io.BytesIO()
        torch.save(module, file)
        file.seek(0)
        other = torch.load(file, weights_only=False)
    assert type(other) is type(module)
    assert not {p.data_ptr() for p in other.parameters()} & {p.data_ptr() for p in module.parameters()}
    with torch.no_grad():
        assert_equal(other(*inputs), module(*inputs), rtol=0, atol=0)


@SAMPLE
def test_weights_load_from_a_file_of_tensors_alone(shipped: Shipped) -> None:
    file = io.BytesIO()
    torch.save(shipped.module().state_dict(), file)
    file.seek(0)
    other = shipped.small.module(device="meta")
    other.load_state_dict(torch.load(file, weights_only=True), strict=True, assign=True)
    with torch.no_grad():
        assert_equal(other.eval()(*shipped.inputs()), shipped.module()(*shipped.inputs()), rtol=0, atol=0)
