"""What the generator writes, by example: a small spec and the text of one of its classes."""

from __future__ import annotations

from textwrap import dedent

import pytest
import torch

import archc

HEAD = "archc: 1\nname: net\n"

BLOCK = """
inputs: {image: [3, H=8, W=8]}
blocks:
  unit:
    params: {out: int, stride: {type: int, default: 1}}
    steps:
      - {Conv2d: {out_channels: out, kernel_size: 3, stride: stride, padding: 1}, as: conv}
      - {BatchNorm2d: {}, as: norm}
      - relu
steps: [{unit: 8}, {unit: [16, 2]}]
"""

CONDITION = """
inputs: {image: [4, H=8, W=8]}
blocks:
  unit:
    params: {normalise: bool}
    steps:
      - {Conv2d: {out_channels: 4, kernel_size: 1}, as: conv}
      - {BatchNorm2d: {}, as: norm, when: normalise}
      - relu
steps: [{unit: true}, {unit: false}]
"""

LOOP = """
inputs: {x: [6]}
blocks:
  tower:
    params: {depth: int}
    steps:
      - as: layers
        Sequential: [{Linear: input.features, repeat: depth}]
      - softmax: 1
steps: [{tower: 2}, {tower: 4}]
"""

LET = """
inputs: {x: [6]}
blocks:
  mlp:
    params: {ratio: int}
    let: {hidden: input.features * ratio + 2}
    steps:
      - {Linear: hidden, as: fc1}
      - relu
      - {Linear: hidden, as: fc2}
      - softmax: 1
steps: [{mlp: 2}, {mlp: 4}]
"""

FORK = """
inputs: {image: [3, H=8, W=8]}
steps:
  - cat:
      left: [{Conv2d: {out_channels: 4, kernel_size: 1}}]
      right: {Conv2d: {out_channels: 4, kernel_size: 3, padding: 1}}
  - relu
"""

TRAINING = """
inputs: {x: [6]}
steps:
  - {Linear: 4, as: body}
  - {relu: {}, as: features}
  - {Linear: 3, as: main}
  - {Linear: 2, as: aux, from: features}
outputs: {main: main, aux: {from: aux, only: train}}
"""

SHARED_WITH_TRAINING = """
inputs: {x: [6]}
steps:
  - {relu: {}, as: features}
  - {Linear: 3, as: main}
outputs: {main: main, aux: {from: features, only: train}}
"""

REUSE = """
inputs: {a: [6], b: [6]}
steps:
  - {Linear: 4, as: tower, from: a}
  - {reuse: tower, from: b, as: other}
  - {sub: [tower, other]}
"""

STOCHASTIC = """
inputs: {x: [6]}
blocks:
  unit:
    params: {rate: float}
    steps:
      - {Linear: input.features, as: fc}
      - {dropout: rate, when: rate > 0}
      - softmax: 1
steps: [{unit: 0.0}, {unit: 0.1}, {unit: 0.5}]
"""


def written(spec: str, name: str) -> str:
    """The text of one class from its constructor on."""
    classes = archc.loads(HEAD + spec).source().split("\n\n\n")
    text = next(text for text in classes if text.startswith(f"class {name}("))
    return dedent(text[text.index("    def __init__") :]).strip() + "\n"


EXPECTED = {
    "arguments of a block, those with a default last": (
        BLOCK,
        "Unit",
        """
        def __init__(self, in_channels: int, out: int, stride: int = 1) -> None:
            super().__init__()
            self.conv = nn.Conv2d(in_channels, out, kernel_size=3, stride=stride, padding=1)
            self.norm = nn.BatchNorm2d(out)

        def forward(self, x: Tensor) -> Tensor:
            x = self.conv(x)
            x = self.norm(x)
            return F.relu(x)
        """,
    ),
    "a plain chain of modules is an nn.Sequential": (
        BLOCK,
        "Net",
        """
        def __init__(self) -> None:
            super().__init__(Unit(3, 8), Unit(8, 16, 2))
        """,
    ),
    "a module that some instances lack": (
        CONDITION,
        "Unit",
        """
        def __init__(self, in_channels: int, normalise: bool) -> None:
            super().__init__()
            self.conv = nn.Conv2d(in_channels, 4, kernel_size=1)
            self.norm: nn.Module | None = None
            if normalise:
                self.norm = nn.BatchNorm2d(4)

        def forward(self, x: Tensor) -> Tensor:
            x = self.conv(x)
            if self.norm is not None:
                x = self.norm(x)
            return F.relu(x)
        """,
    ),
    "rounds whose number is an argument are a loop": (
        LOOP,
        "Tower",
        """
        def __init__(self, in_features: int, depth: int) -> None:
            super().__init__()
            self.layers = nn.Sequential(
                *(nn.Linear(in_features, in_features) for _ in range(depth))
            )

        def forward(self, x: Tensor) -> Tensor:
            x = self.layers(x)
            return F.softmax(x, dim=1)
        """,
    ),
    "a let is a variable of the constructor": (
        LET,
        "Mlp",
        """
        def __init__(self, in_features: int, ratio: int) -> None:
            super().__init__()
            hidden = in_features * ratio + 2
            self.fc1 = nn.Linear(in_features, hidden)
            self.fc2 = nn.Linear(hidden, hidden)

        def forward(self, x: Tensor) -> Tensor:
            x = self.fc1(x)
            x = F.relu(x)
            x = self.fc2(x)
            return F.softmax(x, dim=1)
        """,
    ),
    "the branches of a fork stand in its merge": (
        FORK,
        "Net",
        """
        def __init__(self) -> None:
            super().__init__()
            self.left = nn.Sequential(nn.Conv2d(3, 4, kernel_size=1))
            self.right = nn.Conv2d(3, 4, kernel_size=3, padding=1)

        def forward(self, image: Tensor) -> Tensor:
            x = torch.cat([self.left(image), self.right(image)], dim=1)
            return F.relu(x)
        """,
    ),
    "a stochastic part that some instances lack": (
        STOCHASTIC,
        "Unit",
        """
        def __init__(self, in_features: int, rate: float) -> None:
            super().__init__()
            self.rate = rate
            self.fc = nn.Linear(in_features, in_features)

        def forward(self, x: Tensor) -> Tensor:
            x = self.fc(x)
            if self.rate > 0:
                x = F.dropout(x, self.rate, training=self.training)
            return F.softmax(x, dim=1)
        """,
    ),
}


@pytest.mark.parametrize(("spec", "name", "expected"), EXPECTED.values(), ids=list(EXPECTED))
def test_class_is_written(spec: str, name: str, expected: str) -> None:
    assert written(spec, name) == dedent(expected).lstrip()


@pytest.mark.parametrize("spec", [TRAINING, SHARED_WITH_TRAINING])
def test_what_only_training_gives_out_is_made_then_alone(spec: str) -> None:
    module = archc.loads(HEAD + spec).module()
    called: list[str] = []
    for name, child in module.named_children():
        child.register_forward_hook(lambda *_, name=name: called.append(name))
    main, aux = module.train()(torch.rand(2, 6))
    assert main.shape == (2, 3)
    assert aux.shape == (2, 2 if spec == TRAINING else 6)
    called.clear()
    assert module.eval()(torch.rand(2, 6)).shape == (2, 3)
    assert "aux" not in called


def test_rules_for_names_share_a_loop() -> None:
    rules = '{"*.weight": {normal: {std: 0.02}}, "*.bias": zeros, "1.*": ones, "*.0.*": zeros, "0*s": ones}'
    source = archc.loads(f"{HEAD}{LOOP}init: {rules}").source()
    tests = [line.split("if ")[1] for line in source.splitlines() if "name" in line and "if " in line]
    assert source.count("named_parameters()") == 1
    assert tests == [
        'name.endswith(".weight"):',
        'name.endswith(".bias"):',
        'name.startswith("1."):',
        '".0." in name:',
        'fnmatchcase(name, "0*s"):',
    ]


def test_rounds_of_either_of_two_modules_hand_on_one_variable() -> None:
    steps = "[relu, {Tanh: {}, when: smooth, else: {ReLU: {}}, repeat: 2, as: acts}]"
    text = written(f"params: {{smooth: true}}\ninputs: {{x: [4]}}\nsteps: {steps}\n", "Net")
    assert "    for layer in self.acts:\n        x = layer(x)\n" in text


def test_a_size_that_a_round_makes_and_hands_on_is_worked_out_once() -> None:
    conv = "{Conv2d: {out_channels: 'min(4 * 2**i, 32)', kernel_size: 3, padding: 1}}, {BatchNorm2d: {}}"
    text = written(
        f"params: {{n: 2}}\ninputs: {{x: [3, 9, 9]}}\nsteps: [{{repeat: {{i: n}}, chain: [{conv}]}}]\n", "Net"
    )
    assert text.count("min(4 * 2**i, 32)") == 1
    assert "nn.BatchNorm2d(out_channels)" in text
    assert "channels = out_channels" in text


def test_height_and_width_of_a_square_are_one_variable() -> None:
    pools = "{adaptive_avg_pool2d: 4, when: wide}, {avg_pool2d: {kernel_size: 5, stride: 3}, when: not wide}"
    head = f"{{params: {{wide: bool}}, steps: [{pools}, {{flatten: 1}}, {{Linear: {{out_features: 2}}, as: fc}}]}}"
    spec = f"params: {{side: 14}}\ninputs: {{x: [3, H=side, W=side]}}\nblocks: {{head: {head}}}\n"
    text = written(
        spec + "outputs: {a: a, b: b}\nsteps: [{head: true, as: a}, {head: false, from: x, as: b}]\n", "Head"
    )
    assert "side = (side - 5) // 3 + 1" in text
    assert 'raise ValueError(f"side ({side}) must be at least 5")' in text
    assert "height" not in text


def test_a_module_is_applied_twice() -> None:
    module = archc.loads(HEAD + REUSE).module()
    a, b = torch.rand(2, 6), torch.rand(2, 6)
    tower = module.get_submodule("tower")
    torch.testing.assert_close(module(a, b), tower(a) - tower(b))
