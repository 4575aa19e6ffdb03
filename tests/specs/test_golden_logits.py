"""The built modules against torchvision's: weights filled by name, a fixed input, the same logits."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import archc

GOLDEN = json.loads((Path(__file__).parent.parent / "data" / "torchvision_golden.json").read_text())
TOLERANCE = 1e-9


def filled(key: str, shape: list[int]) -> Tensor:
    """The weights that the goldens were made with: normal numbers from the key's checksum, scaled by what they are."""
    if key.endswith("num_batches_tracked"):
        return torch.zeros(shape, dtype=torch.int64)
    a = np.random.Generator(np.random.PCG64(zlib.crc32(key.encode()))).standard_normal(shape)
    if key.endswith("running_var"):
        a = np.abs(a) * 0.5 + 0.5
    elif key.endswith("running_mean"):
        a *= 0.1
    elif len(shape) == 1:
        a = a * 0.1 + (0.7 if key.endswith("weight") else 0.0)
    else:
        a *= np.sqrt(2 / np.prod(shape[1:]))
    return torch.from_numpy(a)


@pytest.mark.slow
@pytest.mark.parametrize("model", GOLDEN)
def test_logits_are_torchvisions(model: str):
    golden = GOLDEN[model]
    variant = {"variant": "torchvision"} if model in ("alexnet", "googlenet") else {}
    module = archc.build(model, device="meta", **variant).eval()
    assert {k: list(v.shape) for k, v in module.state_dict().items()} == golden["state"]
    assert list(module.state_dict()) == list(golden["state"])
    module.load_state_dict({key: filled(key, shape) for key, shape in golden["state"].items()}, assign=True)
    image = torch.from_numpy(np.random.Generator(np.random.PCG64(7)).standard_normal(golden["input"]))
    with torch.inference_mode():
        logits = module(image)
    assert list(logits.shape) == golden["output"]
    assert logits[0, :8].tolist() == pytest.approx(golden["logits_first8"], rel=TOLERANCE)
    assert logits.norm().item() == pytest.approx(golden["logits_l2"], rel=TOLERANCE)
