"""`init`: which initialiser which parameters get, by op and parameter name or by path pattern."""

from __future__ import annotations

import pytest
import torch

from archc import codes
from tests.language.support import finding, net

LAYERS = """
    inputs: {x: [64]}
    steps:
      - {Linear: 64, as: first}
      - {LayerNorm: {}, as: norm}
      - {Linear: 64, as: last}
    init:
"""


def made(rule: str) -> torch.nn.Module:
    torch.manual_seed(0)
    return net(LAYERS + f"      {rule}\n").module()


def test_by_op_and_parameter() -> None:
    module = made("Linear.weight: {constant: 0.5}")
    assert module.first.weight.unique().tolist() == [0.5]
    assert module.last.weight.unique().tolist() == [0.5]
    assert module.norm.weight.unique().tolist() == [1.0]


def test_by_path() -> None:
    module = made("last.bias: zeros")
    assert not module.last.bias.any()
    assert module.first.bias.any()


def test_by_path_pattern() -> None:
    module = made('"*.bias": {constant: 3}')
    assert {float(v) for n, p in module.named_parameters() if n.endswith("bias") for v in p} == {3.0}


def test_with_arguments() -> None:
    module = made("Linear.weight: {normal: {mean: 5, std: 0.1}}")
    assert 4.9 < float(module.first.weight.mean()) < 5.1


def test_a_number_is_a_constant() -> None:
    assert made("norm.weight: 0.25").norm.weight.unique().tolist() == [0.25]


def test_without_it_torchs_defaults_hold() -> None:
    torch.manual_seed(0)
    module = net(LAYERS.replace("    init:\n", "")).module()
    torch.manual_seed(0)
    first, _, last = torch.nn.Linear(64, 64), torch.nn.LayerNorm(64), torch.nn.Linear(64, 64)
    torch.testing.assert_close(module.first.weight, first.weight)
    torch.testing.assert_close(module.last.bias, last.bias)


@pytest.mark.parametrize(
    ("rule", "code", "help"),
    [
        ("Linear.weight: kaiming_nromal", codes.UNKNOWN_OP, "did you mean `kaiming_normal`?"),
        ("Linear.weight: {normal: {sdt: 1}}", codes.UNKNOWN_ARGUMENT, "did you mean `std`?"),
        ("Linear.weight: [zeros]", codes.WRONG_TYPE, "for example `{kaiming_normal: {mode: fan_out}}`"),
    ],
)
def test_a_faulty_rule(rule: str, code: str, help: str) -> None:
    wrong = finding(LAYERS + f"      {rule}\n")
    assert (wrong.code, wrong.line, wrong.help) == (code, 7, help)


@pytest.mark.parametrize("rule", ["Linaer.weight: zeros", "Linear.wieght: zeros", "lsat.bias: zeros"])
def test_a_rule_that_no_parameter_follows_is_an_error(rule: str) -> None:
    """A typo is an error, everywhere."""
    wrong = finding(LAYERS + f"      {rule}\n")
    assert (wrong.line, wrong.column) == (7, 3)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ('"fc.*": xavier_normal', "`xavier_normal` takes tensors of at least 2 dimensions, and `fc.bias` has 1"),
        ("Linear.bias: orthogonal", "`orthogonal` takes tensors of at least 2 dimensions, and `Linear.bias` has 1"),
        ("fc.weight: dirac", "`dirac` takes tensors of 3 to 5 dimensions, and `fc.weight` has 2"),
        ("fc.weight: sparse", "`sparse` needs `sparsity`"),
    ],
)
def test_what_a_function_of_torch_does_not_take(rules: str, message: str) -> None:
    assert finding(f"inputs: {{x: [8]}}\nsteps: [{{Linear: 4, as: fc}}]\ninit: {{{rules}}}").message == message
