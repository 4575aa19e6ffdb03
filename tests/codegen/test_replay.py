"""The proof of generated source: right files pass, wrong ones are told by line and step."""

from __future__ import annotations

import subprocess
import sys

import pytest

import archc
from archc.codegen.replay import ProofError, prove
from tests.codegen.mutants import catcher, drawn, mutants_of
from tests.codegen.subjects import SPECS, subject

SLOW = {"googlenet", "vit", "own", "deeplab", "mobilenet_v3", "resnet"}
"""Those whose probes take seconds."""


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in SPECS])
def test_classes_and_signatures_hold_by_themselves(name: str) -> None:
    found = subject(name)
    for network, call in found.settings:
        prove(network, found.text, call)
    for probe in found.probes:
        probe.run(found.text)
    found.signatures(found.text)
    assert found.probes


def test_every_condition_is_probed_both_ways() -> None:
    found = subject("resnet")
    bad = found.text.replace("if stride != 1 or in_channels != out:", "if in_channels != out:")
    network, call = found.settings[0]
    prove(network, bad, call)  # every unit with a stride changes its channels
    with pytest.raises(ProofError, match=r"stride=2: `unit.downsample.0` is not there"):
        for probe in found.probes:
            probe.run(bad)


FAULTS = [
    ("resnet", 0, "self.conv2 = nn.Conv2d(out, out,", "self.conv2 = nn.Conv2d(out, out, stride=stride,", "`layer2.0.conv2` is `nn.Conv2d"),
    ("resnet", 0, "        if self.downsample is not None:\n            x = self.downsample(x)\n", "", "no step of the graph; it wants `layer2.0.downsample.0`"),
    ("resnet", 0, "F.relu(out, inplace=True)\n        out = self.conv2", "F.relu(out)\n        out = self.conv2", "`F.relu(.)` is no step"),
    ("resnet", 0, "64 * 2**i", "64 * 2 * i", "is `nn.Conv2d"),
    ("resnet", 0, 'mode="fan_out", ', "", "`conv1.weight` starts with"),
    ("resnet", 0, "                reset()", "                pass", "`bn1.weight` after `to_empty` and `init_weights` has (garbage)"),
    ("resnet", 0, "        self.bn1 = nn.BatchNorm2d(64)\n", "        self.bn1 = nn.BatchNorm2d(64.0)\n", "num_features=64.0"),
    ("resnet", 0, "        return logits", "        return missing(x)", "NameError"),
    ("resnet", 0, "        return logits", "        return self.forward(x)", "RecursionError|overwritten|no step"),
    ("resnet", 0, "class ResNet(", "class ResNet((", "SyntaxError"),
    ("googlenet", 1, "Output(logits, aux1, aux2)", "Output(logits, aux2, aux1)", "what it returns as `aux1`"),
    ("googlenet", 1, "    aux1: Tensor\n    aux2: Tensor", "    aux2: Tensor\n    aux1: Tensor", "NamedTuple of logits, aux1, aux2"),
    ("googlenet", 2, "(side - 5) // 3 + 1", "(side - 5) // 2 + 1", "`aux1.fc1` is `nn.Linear"),
    ("own", 0, "x = self.fc(mean)", "x = self.fc(first)", "`self.fc(.)` is no step of the graph"),
    ("own", 0, "fc + x + prior", "fc + prior + x", "it wants `logits`"),
    ("own", 0, "if self.training and self.hint is not None:", "if self.hint is not None:", "in inference, what it returns as `hint` is not that output"),
    ("own", 0, "torch.arange(self.width, out=self.places)", "nn.init.zeros_(self.places)", "`places` starts with"),
    ("own", 0, "torch.empty(width))\n        self.scale", "torch.empty(width), persistent=False)\n        self.scale", "outside the state_dict"),
    ("own", 0, "self.fc = nn.Linear(width, classes)", "self.fc = nn.Linear(width, classes)\n        nn.Linear(width, classes)", "part of nothing"),
    ("own", 0, "        self.parts = PartsOf(channels, width)\n", "        self.first = nn.Linear(width, width)\n        self.parts = PartsOf(channels, width)\n", "`first` is there already"),
    ("own", 0, "self.depth = depth", "self.half = depth", "every nn.Module has"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "at", "old", "new", "message"), FAULTS)
def test_a_fault_is_told(name: str, at: int, old: str, new: str, message: str) -> None:
    network, call = subject(name).settings[at]
    text = subject(name).text
    assert old in text
    with pytest.raises(ProofError, match=message if "|" in message else message.translate(ESCAPES)):
        prove(network, text.replace(old, new), call)


ESCAPES = str.maketrans({char: f"\\{char}" for char in ".()*+[]{}^$?"})


def test_a_fault_has_its_line_and_step() -> None:
    network, call = subject("resnet").settings[0]
    text = subject("resnet").text.replace("F.max_pool2d(x, 3, stride=2", "F.max_pool2d(x, 2, stride=2")
    with pytest.raises(ProofError) as caught:
        prove(network, text, call)
    assert "max_pool2d" in text.splitlines()[caught.value.line - 1]
    assert caught.value.where is not None
    assert "max_pool2d" in caught.value.where.route


@pytest.mark.parametrize(("old", "new", "message"), [
    ("expansion: int = 4", "expansion: int = 5", "the default of `expansion` of `Bottleneck` is 5, not 4"),
    ("width: int = 64,", "width: int = 63,", "the default of `width` of `ResNet` is 63, not 64"),
    ("groups=32, width=4)", "groups=32, width=5)", "`resnet_resnext50_32x4d` has width=5, not 4"),
])  # fmt: skip
def test_defaults_are_those_declared(old: str, new: str, message: str) -> None:
    with pytest.raises(ProofError, match=message):
        subject("resnet").signatures(subject("resnet").text.replace(old, new))


TREES = """
archc: 1
name: net
inputs: {{x: {shape}}}
steps: {steps}
"""


@pytest.mark.parametrize(("shape", "steps", "init", "forward"), [
    ("[5, 8]", "[{LSTM: 6, as: rnn}, {Linear: 2, as: fc, from: rnn.output}]", "self.rnn = nn.LSTM(8, 6, batch_first=True); self.fc = nn.Linear(6, 2)", "out, (h, c) = self.rnn(x); return self.fc(out)"),
    ("[5, 8]", "[{GRU: 6, as: rnn}, {squeeze: 1, from: rnn.h_n}]", "self.rnn = nn.GRU(8, 6, batch_first=True)", "_, h = self.rnn(x); h = h.transpose(0, 1); return h.squeeze(1)"),
    ("[5, 8]", "[{MultiheadAttention: 2, as: attn}]", "self.attn = nn.MultiheadAttention(8, 2, batch_first=True)", "return self.attn(x, x, x, need_weights=False)[0]"),
    ("[6]", "[{Linear: 4}, {chunk: 2, as: [a, b]}, {mul: [a, b]}]", "self.linear_1 = nn.Linear(6, 4)", "a, b = self.linear_1(x).chunk(2, dim=1); return a * b"),
    ("[3, 8, 8]", "[{Conv2d: {out_channels: 4, kernel_size: 1}, as: conv}, {reshape: [4, -1], as: flat}]", "self.conv = nn.Conv2d(3, 4, kernel_size=1)", "return self.conv(x).reshape(x.size(0), 4, -1)"),
    ("[3, 8, 8]", "[{MaxPool2d: 2, as: pool}, {interpolate: {mode: nearest}, from: {input: pool, like: x}}]", "self.pool = nn.MaxPool2d(2)", "return F.interpolate(self.pool(x), size=x.shape[2:])"),
    ("[4]", "[{Linear: 4, as: fc}, {add: {other: 1, inplace: true}}, {relu: {inplace: true}}]", "self.fc = nn.Linear(4, 4)", "x = self.fc(x); x += 1; return F.relu(x, inplace=True)"),
    ("[4]", "[{dropout: 0.5}, {Linear: 3, as: fc}]", "self.fc = nn.Linear(4, 3)", "return self.fc(F.dropout(x, 0.5, training=self.training))"),
])  # fmt: skip
def test_all_forms_of_calls_are_followed(shape: str, steps: str, init: str, forward: str) -> None:
    network = archc.loads(TREES.format(shape=shape, steps=steps))
    body = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\nclass Net(nn.Module):\n"
    body += (
        f"    def __init__(self):\n        super().__init__(); {init}\n    def forward(self, x):\n        {forward}\n"
    )
    prove(network, body, "Net()")


def test_defaults_of_torch_may_be_given_and_others_not_left_out() -> None:
    network = archc.loads(
        TREES.format(shape="[6, 8]", steps="[{Conv1d: {out_channels: 4, kernel_size: 3}, as: conv}, {softmax: 1}]")
    )
    head = "from torch import nn\nfrom torch.nn import functional as F\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    call = "    def forward(self, x):\n        return F.softmax(self.conv(x), dim=1)\n"
    prove(network, head + "        self.conv = nn.Conv1d(6, 4, kernel_size=3, stride=1, bias=True)\n" + call, "Net()")
    with pytest.raises(ProofError, match=r"F.softmax"):
        prove(
            network,
            head + "        self.conv = nn.Conv1d(6, 4, kernel_size=3)\n" + call.replace(", dim=1", ""),
            "Net()",
        )
    for wrong in ("stride=True", "stride=1.0", "bias=1"):
        with pytest.raises(ProofError, match=r"`conv` is"):
            prove(network, head + f"        self.conv = nn.Conv1d(6, 4, kernel_size=3, {wrong})\n" + call, "Net()")


def test_what_is_overwritten_is_read_before_alone() -> None:
    steps = "[{Linear: 4, as: fc}, {add: {other: 1}, as: gate}, {relu: {inplace: true}, as: act}, {mul: [act, fc]}]"
    network = archc.loads(TREES.format(shape="[4]", steps=steps))
    head = "from torch import nn\nimport torch\nfrom torch.nn import functional as F\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(4, 4)\n    def forward(self, x):\n        fc = self.fc(x)\n        gate = fc + 1\n"
    prove(network, head + "        act = F.relu(gate, inplace=True)\n        return act * fc\n", "Net()")
    with pytest.raises(ProofError, match="reads a tensor that has been overwritten"):
        prove(network, head + "        act = F.relu(gate, inplace=True)\n        return gate * fc\n", "Net()")


def test_the_proof_needs_no_torch() -> None:
    code = "import sys, archc.codegen.signatures, archc.codegen.search; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_mutants_are_caught() -> None:
    """A short run of `python -m tests.codegen.mutants`."""
    assert all(catcher(s, m) for s, m in drawn([subject("own"), subject("ghostnet")], 2))
    assert len(mutants_of(subject("own").text)) > 100
