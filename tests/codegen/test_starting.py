"""How weights start, wherever a module is made: on the device, without memory, in shards."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

import archc

ROOT = Path(__file__).parents[2]
NETWORKS: dict[str, tuple[str, dict[str, object]]] = {
    "resnet18": ("specs/resnet.yaml", {}),
    "densenet": ("specs/densenet.yaml", {}),
    "own": ("tests/codegen/specs/own.yaml", {}),
    "convnext": ("tests/networks/specs/convnext_tiny.yaml", {"depths": [1, 1, 1, 1]}),
    "bert": ("tests/networks/specs/bert.yaml", {}),
    "gpt": ("tests/networks/specs/gpt.yaml", {}),
    "vit": ("tests/networks/specs/vit.yaml", {"depth": 1, "dim": 96, "hidden": 192}),
    "vit_by_hand": ("tests/networks/specs/vit_by_hand.yaml", {}),
    "swin_t": ("tests/codegen/specs/swin_t.yaml", {"embed": 24}),
}
"""Networks with rules, tensors of their own or attention, by name: the file, and parameters other than the declared."""
ALL = pytest.mark.parametrize("name", NETWORKS)


def made(name: str, **options: Any) -> nn.Module:
    """A network's module."""
    file, params = NETWORKS[name]
    torch.manual_seed(0)
    return archc.build(ROOT / file, params=params, **options)


def assert_alike(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    """Hold each tensor to another of the same distribution: by mean and deviation, within six standard errors."""
    assert found.keys() == wanted.keys()
    for name, tensor in found.items():
        other = wanted[name]
        assert (tensor.shape, tensor.dtype) == (other.shape, other.dtype)
        if not tensor.is_floating_point() or tensor.numel() < 2 or other.std() == 0:
            torch.testing.assert_close(tensor, other, rtol=0, atol=0, msg=name)
            continue
        error = 6 / math.sqrt(tensor.numel())
        deviation = float(other.std())
        assert abs(float(tensor.mean() - other.mean())) <= 1.5 * error * deviation, name
        assert abs(float(tensor.std()) / deviation - 1) <= error, name


def without_memory(name: str) -> nn.Module:
    """A module made on the meta device, and then given memory that holds anything."""
    module = made(name, device="meta").to_empty(device="cpu")
    for tensor in module.state_dict().values():
        tensor.fill_(float("nan") if tensor.is_floating_point() else 17)
    return module


@ALL
def test_init_weights_after_to_empty_is_as_a_build_on_the_device(name: str) -> None:
    module = without_memory(name)
    torch.manual_seed(1)
    cast("Any", module).init_weights()
    assert_alike(module.state_dict(), made(name).state_dict())


def test_weights_that_nobody_starts_are_found() -> None:
    with pytest.raises(AssertionError):
        assert_alike(without_memory("gpt").state_dict(), made("gpt").state_dict())


SHARDED = """
import sys
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from tests.codegen.test_starting import assert_alike, made

def run(rank, store, names):
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    mesh = init_device_mesh("cpu", (2,))
    for name in names:
        module = made(name, device="meta")
        fully_shard(module, mesh=mesh)
        module.to_empty(device="cpu")
        module.init_weights()
        found = {key: p.full_tensor().detach() for key, p in module.named_parameters()}
        assert_alike(found, {key: p.detach() for key, p in made(name).named_parameters()})
    dist.destroy_process_group()

if __name__ == "__main__":
    torch.multiprocessing.spawn(run, (sys.argv[1], sys.argv[2:]), nprocs=2)
    print("alike")
"""


def test_init_weights_of_shards(tmp_path: Path) -> None:
    """FSDP2: sharded on the meta device, then given memory and started, by two processes."""
    script = tmp_path / "sharded.py"
    script.write_text(SHARDED)
    words = [sys.executable, str(script), str(tmp_path / "store"), "resnet18", "own", "gpt", "vit_by_hand"]
    environment = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": ""}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout == "alike\n", done.stderr[-2000:]


def test_one_seed_draws_the_numbers_of_a_module_written_by_hand() -> None:
    """`__init__` starts nothing twice: rules come once all is made."""
    text = "archc: 1\nname: net\ninputs: {x: [8]}\nsteps: [{Linear: 8, as: a}, relu, {Linear: 4, as: b}]\ninit: {b.bias: 0}"
    torch.manual_seed(0)
    module = archc.loads(text).module()
    torch.manual_seed(0)
    a, b = nn.Linear(8, 8), nn.Linear(8, 4)
    nn.init.zeros_(b.bias)
    for found, wanted in zip(module.parameters(), [*a.parameters(), *b.parameters()], strict=True):
        torch.testing.assert_close(found, wanted, rtol=0, atol=0)
