"""Fractions in `let`, and results of a step that a submodule takes by port."""

from __future__ import annotations

import torch

from tests.language.support import net


def test_a_let_keeps_its_fraction() -> None:
    network = net("""
        inputs: {x: [5]}
        let: {rate: 0.5}
        steps: [{Dropout: rate}, {Linear: 3}]
    """)
    assert network.module()[0].p == 0.5


def test_a_submodule_takes_results_of_an_outer_step_by_port() -> None:
    network = net("""
        inputs: {x: [5, 8]}
        steps:
          - {LSTM: 4, as: lstm}
          - Sequential:
            - {Linear: 4, as: fc}
            - {add: [fc, lstm.output]}
    """)
    x = torch.randn(2, 5, 8)
    module = network.module().eval()
    out, _ = module.lstm(x)
    torch.testing.assert_close(module(x), module.sequential_1.fc(out) + out)
