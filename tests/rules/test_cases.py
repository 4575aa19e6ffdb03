"""What each rule finds, and what looks like it but is fine: one line a case."""

import pytest

from archc.expand import Settings
from archc.findings import survey
from archc.loading import load_text
from archc.rules.select import choose

C3 = "{Conv2d: {out_channels: 16, kernel_size: 3, padding: 1}}"
C1 = "{Conv2d: {out_channels: 16, kernel_size: 1}}"
DW = "{Conv2d: {out_channels: 16, kernel_size: 3, padding: 1, groups: 16}}"
IMAGE, MAP, ROW = "[3, 32, 32]", "[16, 32, 32]", "[64]"
DEEP = "repeat: 21, chain: [Conv2d: {out_channels: 16, kernel_size: 1}, BatchNorm2d, ReLU]"
SE = "mul: {branches: {skip: [], gate: [AdaptiveAvgPool2d: 1, Conv2d: {out_channels: 16, kernel_size: 1}, Sigmoid]}, broadcast: true}"


def found(text: str) -> list[str]:
    return sorted(each.diagnostic.code for each in survey(load_text(text), Settings(), choose().rules).found)


def codes(shape: str, steps: str, tail: str = "") -> set[str]:
    return set(found(f"archc: 1\nname: net\ninputs: {{x: {shape}}}\nsteps: [{steps}]\n{tail}"))


STEPS = "[T=12, 8]"
BOTH = "{LSTM: {hidden_size: 8, bidirectional: true}, as: rnn}"
POSITIVE = [
    ("backward-last-step", "ARC428", STEPS, f"{BOTH}, getitem: -1, Linear: 2"),
    ("... by its number", "ARC428", "[12, 8]", f"{BOTH}, getitem: 11, Linear: 2"),
    ("... by select", "ARC428", STEPS, f"{BOTH}, select: {{dim: 1, index: -1}}, Linear: 2"),
    ("... with a slice of the features", "ARC428", STEPS, f'{BOTH}, getitem: [-1, "4:"], Linear: 2'),
    ("dropout-in-one-layer", "ARC429", STEPS, "RNN: {hidden_size: 8, dropout: 0.5}, mean: 1, Linear: 2"),
    ("free-size-as-channels", "ARC430", STEPS, "BatchNorm1d, ReLU, mean: 2, Linear: 2"),
    ("... of a convolution", "ARC430", STEPS, "{Conv1d: {out_channels: 4, kernel_size: 3}}, ReLU, mean: 2, Linear: 2"),
    ("... of a dense layer", "ARC430", "[8, T=12]", "Linear: 4, ReLU, mean: 1, Linear: 2"),
    ("missing-nonlinearity", "ARC401", IMAGE, f"{C3}, {C3}, ReLU"),
    ("... through a batch norm", "ARC401", IMAGE, f"{C3}, BatchNorm2d, {C3}, ReLU"),
    ("... through an average pool", "ARC401", IMAGE, f"{C3}, AvgPool2d: 2, {C3}, ReLU"),
    (
        "... through dropout and identity",
        "ARC401",
        ROW,
        "Linear: 64, Dropout: 0.5, Identity, Linear: 64, ReLU, Linear: 9",
    ),
    ("... from maps to a vector", "ARC401", MAP, f"{C3}, flatten: 1, Linear: 10"),
    ("... into all of several branches", "ARC401", IMAGE, f"{C3}, cat: {{a: [{C3}, ReLU], b: [{C1}, ReLU]}}"),
    ("redundant-activation", "ARC402", ROW, "Linear: 64, ReLU, ReLU, Linear: 9"),
    ("... through a view", "ARC402", MAP, f"{C3}, ReLU, flatten: 2, tanh, flatten: 1, Linear: 9"),
    ("... softmax of a ReLU", "ARC402", ROW, "Linear: 10, ReLU, Softmax: 1"),
    ("bias-before-norm", "ARC403", IMAGE, f"{C3}, BatchNorm2d, ReLU"),
    ("... instance norm", "ARC403", IMAGE, f"{C3}, InstanceNorm2d, ReLU"),
    ("... of a vector", "ARC403", ROW, "Linear: 64, BatchNorm1d, ReLU, Linear: 9"),
    ("activation-on-logits", "ARC404", ROW, "Linear: 10, ReLU"),
    ("... sigmoid", "ARC404", ROW, "Linear: 10, Sigmoid"),
    (
        "... through a pool",
        "ARC404",
        MAP,
        "{Conv2d: {out_channels: 10, kernel_size: 1}}, ReLU, AdaptiveAvgPool2d: 1, flatten: 1",
    ),
    ("dropout-before-batchnorm", "ARC405", IMAGE, "Dropout2d: 0.1, BatchNorm2d, ReLU"),
    (
        "... a layer further",
        "ARC405",
        ROW,
        "Dropout: 0.1, {Linear: {out_features: 64, bias: false}}, BatchNorm1d, ReLU, Linear: 9",
    ),
    ("saturating-hidden", "ARC406", ROW, "{repeat: 4, chain: [Linear: 64, Tanh]}, Linear: 9"),
    ("pixels-dropped", "ARC407", "[3, 33, 33]", f"{C3}, ReLU, MaxPool2d: 2"),
    ("stride-over-kernel", "ARC408", IMAGE, "{Conv2d: {out_channels: 16, kernel_size: 1, stride: 2}}, ReLU"),
    ("... of a pool", "ARC408", IMAGE, "{MaxPool2d: {kernel_size: 2, stride: 3}}"),
    ("checkerboard", "ARC409", MAP, "{ConvTranspose2d: {out_channels: 8, kernel_size: 5, stride: 2}}"),
    ("single value of a layer norm", "ARC410", "[1]", "Linear: 1, LayerNorm, ReLU"),
    ("single value of a batch norm", "ARC410", MAP, "AdaptiveAvgPool2d: 1, BatchNorm2d, ReLU"),
    ("unproductive-layers", "ARC411", "[16, 8, 8]", f"{{repeat: 5, chain: [{C3}, ReLU]}}"),
    ("small-receptive-field", "ARC412", IMAGE, f"{C3}, ReLU, mean: [2, 3]"),
    ("huge-dense", "ARC413", "[3, 64, 64]", f"{C3}, ReLU, flatten: 1, Linear: 32, ReLU, Linear: 10"),
    ("tensor-core-alignment", "ARC414", ROW, "Linear: 60, ReLU, Linear: 64"),
    ("identity-op", "ARC419", MAP, "MaxPool2d: 1"),
    ("... flatten of a vector", "ARC419", ROW, "flatten: 1, Linear: 10"),
    ("padding-over-kernel", "ARC420", IMAGE, "{Conv2d: {out_channels: 16, kernel_size: 3, padding: 3}}, ReLU"),
    ("deep-plain", "ARC421", MAP, f"{{{DEEP}}}"),
    ("duplicate-branch", "ARC422", MAP, "add: {a: [relu], b: [relu]}"),
    ("odd-size-merge", "ARC425", "[8, H=16, W=16]", "cat: {a: [], b: [MaxPool2d: 2, Upsample: 2]}"),
    ("brittle-flatten", "ARC426", "[8, H=16, W=16]", "flatten: 1, Linear: 10"),
]

NEGATIVE = [
    ("the whole of both directions", "ARC428", STEPS, f"{BOTH}, mean: 1"),
    ("the first step", "ARC428", STEPS, f"{BOTH}, getitem: 0"),
    ("the last feature", "ARC428", STEPS, f'{BOTH}, getitem: [":", -1]'),
    ("the last step of one direction", "ARC428", STEPS, "LSTM: {hidden_size: 8}, getitem: -1"),
    ("the last states", "ARC428", STEPS, f"{BOTH}, {{getitem: -1, from: rnn.h_n}}"),
    ("dropout between two layers", "ARC429", STEPS, "LSTM: {hidden_size: 8, num_layers: 2, dropout: 0.5}, mean: 1"),
    ("no dropout", "ARC429", STEPS, "LSTM: {hidden_size: 8, dropout: 0.0}, mean: 1"),
    ("channels are given", "ARC430", "[64, T=16]", "BatchNorm1d, ReLU, mean: 2"),
    ("a size as large as the channels", "ARC430", "[16, T=16]", "{Conv1d: {out_channels: 16, kernel_size: 3}}, ReLU"),
    ("features behind a free size", "ARC430", "[T=16, 16]", "Linear: 16, ReLU"),
    ("an activation between", "ARC401", IMAGE, f"{C3}, ReLU, {C3}"),
    ("max pooling bends", "ARC401", IMAGE, f"{C3}, MaxPool2d: 2, {C3}"),
    ("layer norm bends", "ARC401", ROW, "Linear: 64, LayerNorm, Linear: 64"),
    ("depthwise separable", "ARC401", MAP, f"{DW}, BatchNorm2d, {C1}, ReLU"),
    ("low rank", "ARC401", ROW, "Linear: 8, Linear: 64, ReLU"),
    (
        "a linear bottleneck",
        "ARC401",
        MAP,
        f"{C1}, BatchNorm2d, {{Conv2d: {{out_channels: 96, kernel_size: 1}}}}, ReLU",
    ),
    (
        "1 x n and n x 1",
        "ARC401",
        MAP,
        "{Conv2d: {out_channels: 16, kernel_size: [1, 3]}}, {Conv2d: {out_channels: 16, kernel_size: [3, 1]}}",
    ),
    ("a residual stream", "ARC401", MAP, f"{C3}, add: {{skip: [], body: [{C3}, ReLU]}}, {C3}"),
    ("also read by an activation", "ARC401", MAP, f"{C3}, cat: {{a: [ReLU], b: [{C1}, ReLU]}}"),
    ("leaky scores of graph attention", "ARC402", ROW, "Linear: 10, LeakyReLU: 0.2, Softmax: 1"),
    ("Mish by hand", "ARC402", ROW, "{Linear: 64, as: fc}, softplus, {tanh: {}, as: t}, mul: [fc, t], Linear: 9"),
    ("a norm between", "ARC402", ROW, "Linear: 64, ReLU, LayerNorm, ReLU, Linear: 9"),
    ("a bias that a group norm keeps", "ARC403", IMAGE, f"{C3}, GroupNorm: 4, ReLU"),
    ("a bias that is also read past the norm", "ARC403", IMAGE, f"{C3}, add: {{skip: [], body: [BatchNorm2d]}}"),
    ("channels that are no features", "ARC403", "[16, 8]", "Linear: 8, BatchNorm1d, ReLU"),
    ("a probability", "ARC404", ROW, "Linear: 1, Sigmoid"),
    ("an autoencoder", "ARC404", ROW, "Linear: 16, ReLU, Linear: 64, Sigmoid"),
    ("features of a backbone", "ARC404", MAP, f"{C3}, ReLU, AdaptiveAvgPool2d: 1, flatten: 1"),
    ("class probabilities", "ARC404", ROW, "Linear: 10, Softmax: 1"),
    (
        "dropout behind the norm",
        "ARC405",
        ROW,
        "{Linear: {out_features: 64, bias: false}}, BatchNorm1d, ReLU, Dropout: 0.5, Linear: 9",
    ),
    ("dropout that keeps the variance", "ARC405", ROW, "AlphaDropout: 0.1, BatchNorm1d, Linear: 9"),
    ("dropout of nothing", "ARC405", ROW, "{Dropout: {p: 0}}, BatchNorm1d, Linear: 9"),
    ("a norm without running statistics", "ARC405", ROW, "Dropout: 0.1, LayerNorm, Linear: 9"),
    ("three sigmoids", "ARC406", ROW, "{repeat: 3, chain: [Linear: 64, Sigmoid]}, Linear: 9"),
    (
        "normalized sigmoids",
        "ARC406",
        ROW,
        "{repeat: 5, chain: [{Linear: {out_features: 64, bias: false}}, BatchNorm1d, Sigmoid]}, Linear: 9",
    ),
    ("gates", "ARC406", MAP, f"Sequential: [{{repeat: 5, Sequential: [{SE}]}}]"),
    (
        "a rest within the padding",
        "ARC407",
        "[3, 224, 224]",
        "{Conv2d: {out_channels: 8, kernel_size: 7, stride: 2, padding: 3}}",
    ),
    ("rounding up", "ARC407", "[3, 33, 33]", "{MaxPool2d: {kernel_size: 2, ceil_mode: true}}"),
    ("a size that nobody gave", "ARC407", "[3, H, W]", "MaxPool2d: 3, MaxPool2d: 2"),
    ("a global window", "ARC408", MAP, "{AvgPool2d: {kernel_size: 32, stride: 40}}"),
    (
        "a multiple of the stride",
        "ARC409",
        MAP,
        "{ConvTranspose2d: {out_channels: 8, kernel_size: 4, stride: 2, padding: 1}}",
    ),
    ("a stride of 1", "ARC409", MAP, "{ConvTranspose2d: {out_channels: 8, kernel_size: 3}}"),
    ("batch norm of vectors", "ARC410", ROW, "{Linear: {out_features: 64, bias: false}}, BatchNorm1d, ReLU, Linear: 9"),
    ("a group of several channels", "ARC410", MAP, "AdaptiveAvgPool2d: 1, GroupNorm: 4"),
    ("1 x 1 kernels", "ARC411", "[16, 2, 2]", f"{{repeat: 9, chain: [{C1}, ReLU]}}"),
    (
        "shortcuts keep the path short",
        "ARC411",
        "[16, 8, 8]",
        f"Sequential: [{{repeat: 9, Sequential: [add: {{skip: [], body: [{C3}, ReLU]}}]}}]",
    ),
    ("a gate", "ARC412", MAP, f"{SE}, {C3}"),
    ("the largest of local views", "ARC412", MAP, f"{C3}, amax: [2, 3]"),
    ("sequences", "ARC412", "[8, 100]", "{Conv1d: {out_channels: 8, kernel_size: 3}}, ReLU, mean: 2"),
    ("a network of dense layers", "ARC413", "[2000]", "Linear: 2000, ReLU, Linear: 10"),
    ("a small network", "ARC413", "[3, 8, 8]", f"{C3}, ReLU, flatten: 1, Linear: 32, ReLU, Linear: 10"),
    ("the last layer", "ARC414", ROW, "Linear: 64, ReLU, Linear: 10"),
    ("an identity that says so", "ARC419", ROW, "Identity, Linear: 10"),
    ("same padding", "ARC420", IMAGE, "{Conv2d: {out_channels: 8, kernel_size: 5, padding: same}}, ReLU"),
    (
        "wrapped padding",
        "ARC420",
        IMAGE,
        "{Conv2d: {out_channels: 8, kernel_size: 3, padding: 3, padding_mode: circular}}, ReLU",
    ),
    ("twenty layers", "ARC421", MAP, f"{{{DEEP.replace('21', '20')}}}"),
    ("shortcuts", "ARC421", MAP, f"Sequential: [{{repeat: 30, Sequential: [add: {{skip: [], body: [{C3}, ReLU]}}]}}]"),
    ("a product", "ARC422", MAP, f"mul: {{a: [{C1}], b: [{C1}]}}"),
    ("maxout", "ARC422", MAP, f"maximum: {{a: [{C1}], b: [{C1}]}}"),
    (
        "different pieces",
        "ARC422",
        MAP,
        "{chunk: {chunks: 2, dim: 1}, as: [a, b]}, {relu: {}, from: a, as: c}, {relu: {}, from: b, as: d}, add: [c, d]",
    ),
    ("sizes that are numbers", "ARC425", "[8, 16, 16]", "cat: {a: [], b: [MaxPool2d: 2, Upsample: 2]}"),
    (
        "one way for all sizes",
        "ARC425",
        "[8, H=16, W=16]",
        "cat: {a: [relu], b: [{MaxPool2d: {kernel_size: 3, stride: 1, padding: 1}}]}",
    ),
    ("an adaptive pool", "ARC426", "[8, H=16, W=16]", "AdaptiveAvgPool2d: 4, flatten: 1, Linear: 10"),
]


@pytest.mark.parametrize(
    ("code", "shape", "steps"), [case[1:] for case in POSITIVE], ids=[case[0] for case in POSITIVE]
)
def test_found(code: str, shape: str, steps: str) -> None:
    assert code in codes(shape, steps)


@pytest.mark.parametrize(
    ("code", "shape", "steps"), [case[1:] for case in NEGATIVE], ids=[case[0] for case in NEGATIVE]
)
def test_not_found(code: str, shape: str, steps: str) -> None:
    found = codes(shape, steps)
    assert code not in found
    assert not {each for each in found if each < "ARC4"}


def test_a_loss_says_what_an_output_is_for() -> None:
    tail = "targets: {y: {shape: [10]}}\nloss: {BCELoss: {}, from: [output, y]}\n"
    assert "ARC404" not in codes(ROW, "Linear: 32, ReLU, Linear: 10, Sigmoid", tail)


def test_a_skipping_shortcut_is_a_remark() -> None:
    steps = "add: {down: {Conv2d: {out_channels: 16, kernel_size: 1, stride: 2}}, body: {Conv2d: {out_channels: 16, kernel_size: 3, stride: 2, padding: 1}}}"
    text = f"archc: 1\nname: net\ninputs: {{x: {MAP}}}\nsteps: [{steps}]\n"
    (each,) = survey(load_text(text), Settings(), choose(["ARC408"]).rules).found
    assert each.diagnostic.severity == "info"


SPECS = [
    (
        "a choice uses a block",
        set[str](),
        "params: {act: {type: block, choices: [one, ReLU], default: ReLU}}\nblocks: {one: {steps: [Tanh]}}\nsteps: [Linear: 8, act]",
    ),
    (
        "a block through a block",
        set[str](),
        "blocks: {one: {steps: [Linear: 8, Tanh]}, two: {steps: [one]}}\nsteps: [two]",
    ),
    (
        "a block used by an unused one",
        {"ARC416"},
        "blocks: {one: {steps: [Linear: 8]}, two: {steps: [one]}}\nsteps: [Linear: 8]",
    ),
    ("a library has no unused blocks", set[str](), "blocks: {one: {steps: [Linear: 8]}}"),
    ("an unused let", {"ARC417"}, "let: {wide: 3 * 4}\nsteps: [Linear: 8]"),
    ("a let of a let", set[str](), "params: {a: 4}\nlet: {b: a * 2, c: b + 1}\nsteps: [Linear: c]"),
    ("a parameter of a name", set[str](), "params: {n: 2}\nsteps: [{Linear: 8, as: 'fc{n}'}]"),
    (
        "a parameter of a title",
        set[str](),
        "params: {n: 2}\nsteps: [{Sequential: [Linear: 8], view: {title: 'stage {n}'}}]",
    ),
    (
        "a parameter of a condition",
        set[str](),
        "params: {n: true}\nsteps: [Linear: 8, {ReLU: {}, when: n}, Linear: 64]",
    ),
    (
        "a table's rows",
        set[str](),
        "params: {t: {type: table, columns: {out: int}, default: [[8]]}}\nsteps: [{repeat: {r: t}, Linear: r.out}]",
    ),
    ("an unused parameter of a block", {"ARC417"}, "blocks: {one: {params: {a: 1}, steps: [Linear: 8]}}\nsteps: [one]"),
    (
        "what can be set is not dead",
        set[str](),
        "params: {norm: false}\nsteps: [Linear: 64, {BatchNorm1d: {}, when: norm}, ReLU, Linear: 64]",
    ),
    (
        "what depends on sizes is not dead",
        set[str](),
        "blocks: {one: {steps: [{Linear: 64, when: input.features > 99}, ReLU]}}\nsteps: [one, Linear: 64]",
    ),
    (
        "dead in every use",
        {"ARC415"},
        "blocks: {one: {params: {a: 1}, steps: [Linear: 64, {Tanh: {}, when: a > 1}, ReLU]}}\nsteps: [one, one: {a: 0}, Linear: 64]",
    ),
    (
        "alive in one use",
        set[str](),
        "blocks: {one: {params: {a: 1}, steps: [Linear: 64, {Dropout: 0.5, when: a > 1}, ReLU]}}\nsteps: [one, one: {a: 2}, Linear: 64]",
    ),
    (
        "given by a parameter",
        set[str](),
        "params: {b: 1}\nblocks: {one: {params: {a: 1}, steps: [Linear: 64, {Dropout: 0.5, when: a > 1}, ReLU]}}\nsteps: [one: b, Linear: 64]",
    ),
]


@pytest.mark.parametrize(("wanted", "body"), [case[1:] for case in SPECS], ids=[case[0] for case in SPECS])
def test_text(wanted: set[str], body: str) -> None:
    inputs = "inputs: {x: [64]}\n" if "\nsteps" in f"\n{body}" else ""
    told = set(found(f"archc: 1\nname: net\n{inputs}{body}\n"))
    assert {code for code in told if "ARC415" <= code <= "ARC418" or code < "ARC4"} == wanted
