"""LeNet-5 as the lecture draws it, from the text of a spec to a trained network."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import archc

SPEC = """
archc: 1
name: lenet
title: LeNet-5

params:
  classes: 10

inputs: {image: [1, H=28, W=28]}

steps:
  - Conv2d: {out_channels: 6, kernel_size: 5, padding: 2}
  - Sigmoid
  - AvgPool2d: 2
  - Conv2d: {out_channels: 16, kernel_size: 5}
  - Sigmoid
  - AvgPool2d: 2
  - Flatten
  - Linear: 120
  - Sigmoid
  - Linear: 84
  - Sigmoid
  - Linear: classes
  - Sigmoid

init:
  Conv2d.weight: xavier_uniform
  Linear.weight: xavier_uniform
"""
EPOCHS, BATCH, RATE = 40, 32, 3e-3


def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """scikit-learn's 1,797 digits at the lecture's size, a quarter held out: images and labels of both parts."""
    datasets, selection = pytest.importorskip("sklearn.datasets"), pytest.importorskip("sklearn.model_selection")
    found = datasets.load_digits()
    images = torch.tensor(found.images, dtype=torch.float32)[:, None] / 16
    images = nn.functional.interpolate(images, size=(28, 28), mode="bilinear")
    kept, held = selection.train_test_split(range(len(images)), test_size=0.25, stratify=found.target, random_state=0)
    labels = torch.tensor(found.target)
    return images[kept], labels[kept], images[held], labels[held]


@pytest.mark.slow
def test_lenet_learns_digits(tmp_path: Path) -> None:
    path = tmp_path / "lenet.yaml"
    path.write_text(SPEC, encoding="utf-8")
    images, labels, unseen, answers = digits()
    start, threads = time.process_time(), torch.get_num_threads()
    torch.set_num_threads(1)  # with images this small more threads are slower
    torch.manual_seed(0)
    net = archc.build(path)
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(images)).split(BATCH):
            loss = nn.functional.cross_entropy(net(images[chosen]), labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    with torch.no_grad():
        accuracy = (net.eval()(unseen).argmax(1) == answers).float().mean().item()
    torch.set_num_threads(threads)
    assert accuracy >= 0.97
    assert time.process_time() - start < 120  # seconds of one core


def test_its_weights_start_as_xavier_has_them(tmp_path: Path) -> None:
    path = tmp_path / "lenet.yaml"
    path.write_text(SPEC, encoding="utf-8")
    torch.manual_seed(0)
    net = archc.build(path)
    for name, weight in net.named_parameters():
        if name.endswith("weight"):
            receptive = weight[0, 0].numel()
            bound = (6 / ((weight.shape[0] + weight.shape[1]) * receptive)) ** 0.5
            assert 0.9 * bound < weight.abs().max() <= bound
