"""Faulty programs that NeuraLint's authors published, as specs, with the cure of each.

From their descriptions in "Automatic fault detection for deep learning programs using graph transformations" (Nikanjam,
Ben Braiek, Morovati, Khomh, TOSEM 2021): 21 programs from Stack Overflow, by the number of the question, and 15
variations of LeNet. Keras scores probabilities, so its categorical cross-entropy is `NLLLoss` of a `LogSoftmax` here.
`faults` are the kinds that are faults of a network and its loss; what NeuraLint holds against a program beside them is
`taste` (pooling before dropout, widths that grow, ...) or is about the training loop.
"""

from dataclasses import dataclass

BINARY = "targets: {label: {shape: [1]}}\nloss: {BCELoss: {}, from: [output, label]}\n"
CLASSES = "targets: {label: {shape: [], dtype: int64, classes: 10}}\nloss: {NLLLoss: {}, from: [output, label]}\n"
SCORES = CLASSES.replace("NLLLoss", "CrossEntropyLoss")
SIX = CLASSES.replace("classes: 10", "classes: 6")


@dataclass(frozen=True)
class Case:
    """A faulty program, the kinds of fault in it, and what its cure replaces."""

    name: str
    inputs: str
    steps: str
    tail: str
    faults: tuple[str, ...]
    cure: tuple[tuple[str, str], ...]
    taste: int = 0

    @property
    def faulty(self) -> str:
        return f"archc: 1\nname: net\ninputs: {{x: {self.inputs}}}\nsteps: [{self.steps}]\n{self.tail}"

    @property
    def mended(self) -> str:
        text = self.faulty
        for old, new in self.cure:
            assert old in text, (self.name, old)
            text = text.replace(old, new)
        return text


LENET = (
    "{Conv2d: {out_channels: 8, kernel_size: 5}}, ReLU, MaxPool2d: 2, {Conv2d: {out_channels: 16, kernel_size: 5}}, "
    "ReLU, MaxPool2d: 2, flatten: 1, Linear: 120, ReLU, Linear: 80, ReLU, Linear: 10"
)


def lenet(name: str, change: tuple[str, str], faults: tuple[str, ...], tail: str = SCORES, **more: str) -> Case:
    """A variation of LeNet: what was changed in the good one is the fault."""
    good, bad = change
    good_tail = more.get("good_tail", tail)
    whole = LENET if good in LENET else more["base"]
    assert whole.count(good) >= 1, name
    steps = whole.replace(good, bad, 1)
    return Case(name, "[1, 28, 28]", steps, tail, faults, ((steps, whole), (tail, good_tail)))


BIN_LENET = LENET.replace("Linear: 10", "Linear: 1, Sigmoid")
NORM_LENET = LENET.replace(
    "Linear: 120, ReLU", "{Linear: {out_features: 120, bias: false}}, BatchNorm1d, ReLU, Dropout: 0.5"
)
NLL_LENET = LENET + ", LogSoftmax: 1"
END = "Linear: 1, Softmax: 1"
GOOD_END = (END, "Linear: 1, Sigmoid")

REAL = (
    Case(
        "33969059",
        "[3]",
        "Linear: 3, Tanh, Dropout: 0.5, Linear: 2, Tanh, Dropout: 0.5, Linear: 1, Softmax: 1",
        "targets: {y: {shape: [1]}}\nloss: {MSELoss: {}, from: [output, y]}\n",
        ("ARC323",),
        ((END, "Linear: 1"),),
    ),
    Case(
        "34311586",
        "[2]",
        "Linear: 2, Sigmoid, Linear: 3, Sigmoid, Linear: 1, Softmax: 1",
        "targets: {y: {shape: [1]}}\nloss: {MSELoss: {}, from: [output, y]}\n",
        ("ARC323",),
        (GOOD_END,),
        taste=1,
    ),
    Case(
        "44399299",
        "[4, 100, 100]",
        "{Conv2d: {out_channels: 32, kernel_size: 3}}, ReLU, MaxPool2d: 2, {Conv2d: {out_channels: 32, kernel_size: 3}}, "
        "ReLU, MaxPool2d: 2, flatten: 1, Linear: 64, ReLU, Linear: 4, Sigmoid",
        SCORES.replace("classes: 10", "classes: 4"),
        ("ARC321",),
        (("Linear: 4, Sigmoid", "Linear: 4"),),
    ),
    Case(
        "45120429",
        "[1, 32]",
        "{Conv1d: {out_channels: 32, kernel_size: 2}}, ReLU, {Conv1d: {out_channels: 32, kernel_size: 2}}, ReLU, "
        "Linear: 32, Sigmoid",
        BINARY.replace("[1]", "[32]"),
        ("mismatch",),
        (("ReLU, Linear: 32", "ReLU, flatten: 1, Linear: 32"),),
    ),
    Case(
        "45711636",
        "[20, 1, 56]",
        "{Conv2d: {out_channels: 32, kernel_size: 3}}, ReLU, Dropout: 0.25, {Conv2d: {out_channels: 32, kernel_size: 3}}, "
        "ReLU, MaxPool2d: 2, flatten: 1, Linear: 1024, ReLU, Dropout: 0.5, Linear: 10, LogSoftmax: 1",
        CLASSES,
        ("ARC303",),
        (("[20, 1, 56]", "[1, 20, 56]"),),
        taste=2,
    ),
    Case(
        "49117607",
        "[3, 32, 32]",
        "{Conv2d: {out_channels: 32, kernel_size: 5, padding: same}}, BatchNorm2d, ReLU, "
        "{Conv2d: {out_channels: 32, kernel_size: 5}}, BatchNorm2d, ReLU, MaxPool2d: 2, Dropout: 0.25, "
        "{Conv2d: {out_channels: 64, kernel_size: 5}}, BatchNorm2d, ReLU, {Conv2d: {out_channels: 64, kernel_size: 5}}, "
        "ReLU, MaxPool2d: 2, Dropout: 0.25, flatten: 1, Linear: 512, ReLU, Dropout: 0.25, Linear: 10, LogSoftmax: 1",
        CLASSES,
        ("ARC403", "ARC403", "ARC403", "ARC405"),
        (
            ("padding: same", "padding: same, bias: false"),
            ("kernel_size: 5}}, BatchNorm2d", "kernel_size: 5, bias: false}}, BatchNorm2d"),
            ("MaxPool2d: 2, Dropout: 0.25, {Conv2d", "MaxPool2d: 2, {Conv2d"),
        ),
    ),
    Case(
        "50079585",
        "[3, 150, 150]",
        "{Conv2d: {out_channels: 32, kernel_size: 3}}, ReLU, MaxPool2d: 2, {Conv2d: {out_channels: 32, kernel_size: 3}}, "
        "ReLU, MaxPool2d: 2, {Conv2d: {out_channels: 64, kernel_size: 3}}, ReLU, MaxPool2d: 2, flatten: 1, Linear: 64, "
        "ReLU, Dropout: 0.5, Linear: 1, Softmax: 1",
        BINARY,
        ("ARC323",),
        (GOOD_END,),
    ),
    Case(
        "53119432",
        "[1, 30]",
        "{Conv1d: {out_channels: 64, kernel_size: 3}}, ReLU, {Conv1d: {out_channels: 64, kernel_size: 3}}, ReLU, "
        "MaxPool1d: 4, {Conv1d: {out_channels: 128, kernel_size: 3}}, ReLU, Dropout: 0.5, Linear: 1, Sigmoid",
        BINARY,
        ("mismatch",),
        (("ReLU, Dropout: 0.5, Linear", "ReLU, flatten: 1, Dropout: 0.5, Linear"),),
    ),
    Case(
        "58844149",
        "[1, 300, 300]",
        "{Conv2d: {out_channels: 96, kernel_size: 11, padding: same}}, ReLU, {MaxPool2d: {kernel_size: 3, stride: 2}}, "
        "{Conv2d: {out_channels: 128, kernel_size: 3, padding: same}}, ReLU, MaxPool2d: 2, flatten: 1, Linear: 300, ReLU, "
        "Dropout: 0.2, Linear: 1, Softmax: 1",
        BINARY,
        ("ARC323",),
        (GOOD_END,),
        taste=1,
    ),
    Case(
        "60566498",
        "[1, 32, 32]",
        "{Conv2d: {out_channels: 256, kernel_size: 3, padding: same}}, ReLU, MaxPool2d: 2, Dropout: 0.2, "
        "{Conv2d: {out_channels: 256, kernel_size: 3, padding: same}}, Dropout: 0.2, ReLU, MaxPool2d: 2, flatten: 1, "
        "Linear: 256, BatchNorm1d, ReLU, Dropout: 0.8, Linear: 3, LogSoftmax: 1",
        CLASSES.replace("classes: 10", "classes: 3"),
        ("ARC403", "ARC405"),
        (
            ("Linear: 256", "{Linear: {out_features: 256, bias: false}}"),
            ("padding: same}}, Dropout: 0.2, ReLU", "padding: same}}, ReLU"),
        ),
        taste=2,
    ),
    Case(
        "61030068",
        "[1, 72]",
        "{Conv1d: {out_channels: 64, kernel_size: 3}}, ReLU, MaxPool1d: 2, {Conv1d: {out_channels: 64, kernel_size: 3}}, "
        "ReLU, MaxPool1d: 2, Linear: 64, ReLU, Linear: 28, LogSoftmax: 1",
        CLASSES.replace("classes: 10", "classes: 28"),
        ("mismatch",),
        (("MaxPool1d: 2, Linear", "MaxPool1d: 2, flatten: 1, Linear"), ("LogSoftmax: 1", "LogSoftmax: 1")),
    ),
    Case(
        "38584268",
        "[3, 32, 32]",
        "{Conv2d: {out_channels: 15, kernel_size: 7, padding: same}}, ReLU, MaxPool2d: 2, "
        "{Conv2d: {out_channels: 45, kernel_size: 6, padding: same}}, ReLU, MaxPool2d: [4, 3], "
        "{Conv2d: {out_channels: 250, kernel_size: 5, padding: same}}, ReLU, Linear: 50, ReLU, Linear: 10, LogSoftmax: 1",
        CLASSES,
        ("mismatch",),
        (("ReLU, Linear: 50", "ReLU, flatten: 1, Linear: 50"), ("LogSoftmax: 1", "LogSoftmax: 1")),
        taste=1,
    ),
    Case(
        "44322611",
        "[3, 224, 224]",
        "{Conv2d: {out_channels: 224, kernel_size: 11, padding: same}}, ReLU, Dropout: 0.2, "
        "{Conv2d: {out_channels: 55, kernel_size: 5, padding: same}}, ReLU, MaxPool2d: 2, flatten: 1, Linear: 512, ReLU, "
        "Dropout: 0.2, Linear: 2, Softmax: 1",
        "targets: {label: {shape: [2]}}\nloss: {BCEWithLogitsLoss: {}, from: [output, label]}\n",
        ("ARC321",),
        (("Linear: 2, Softmax: 1", "Linear: 2"),),
        taste=2,
    ),
    Case(
        "45378493",
        "[4, 10]",
        "{Conv1d: {out_channels: 16, kernel_size: 4, padding: same}}, BatchNorm1d, LeakyReLU, Dropout: 0.2, "
        "{Conv1d: {out_channels: 8, kernel_size: 4, padding: same}}, BatchNorm1d, LeakyReLU, flatten: 1, Linear: 64, "
        "BatchNorm1d, LeakyReLU, Linear: 1, Softmax: 1",
        BINARY,
        ("ARC323",),
        (
            GOOD_END,
            ("padding: same", "padding: same, bias: false"),
            ("Linear: 64", "{Linear: {out_features: 64, bias: false}}"),
            ("LeakyReLU, Dropout: 0.2, {Conv1d", "LeakyReLU, {Conv1d"),
        ),
    ),
    Case(
        "45378493, its loss aside",
        "[4, 10]",
        "{Conv1d: {out_channels: 16, kernel_size: 4, padding: same}}, BatchNorm1d, LeakyReLU, Dropout: 0.2, "
        "{Conv1d: {out_channels: 8, kernel_size: 4, padding: same}}, BatchNorm1d, LeakyReLU, flatten: 1, Linear: 64, "
        "BatchNorm1d, LeakyReLU, Linear: 1, Sigmoid",
        BINARY,
        ("ARC403", "ARC403", "ARC403", "ARC405"),
        (
            ("padding: same", "padding: same, bias: false"),
            ("Linear: 64", "{Linear: {out_features: 64, bias: false}}"),
            ("LeakyReLU, Dropout: 0.2, {Conv1d", "LeakyReLU, {Conv1d"),
        ),
    ),
    Case(
        "51749207",
        "[1, 600]",
        "{Conv1d: {out_channels: 20, kernel_size: 4, padding: same}}, ReLU, MaxPool1d: 2, Dropout: 0.3, flatten: 1, "
        "Linear: 50, ReLU, Linear: 1, Softmax: 1",
        BINARY,
        ("ARC323",),
        (GOOD_END,),
    ),
    Case(
        "55776436",
        "[1, 18000]",
        "{Conv1d: {out_channels: 100, kernel_size: 700}}, ReLU, {Conv1d: {out_channels: 50, kernel_size: 700}}, "
        "Dropout: 0.5, BatchNorm1d, ReLU, MaxPool1d: 4, flatten: 1, Linear: 6, LogSoftmax: 1",
        SIX,
        ("ARC405",),
        (
            ("Dropout: 0.5, BatchNorm1d, ReLU", "BatchNorm1d, ReLU, Dropout: 0.5"),
            ("out_channels: 50,", "bias: false, out_channels: 50,"),
        ),
    ),
    Case(
        "44184091",
        "[4, 32]",
        "{Conv1d: {out_channels: 64, kernel_size: 5, padding: same}}, ReLU, Dropout: 0.2, MaxPool1d: 2, flatten: 1, "
        "Linear: 100, ReLU, Dropout: 0.7, Linear: 1, Sigmoid",
        BINARY,
        (),
        (),
        taste=1,
    ),
    Case(
        "55731589",
        "[3, 32, 32]",
        "{Conv2d: {out_channels: 32, kernel_size: 3}}, ReLU, MaxPool2d: 2, {Conv2d: {out_channels: 64, kernel_size: 3}}, "
        "ReLU, MaxPool2d: 2, flatten: 1, Linear: 512, ReLU, Linear: 1, Sigmoid",
        BINARY,
        (),
        (),
        taste=1,
    ),
    Case(
        "56103207",
        "[1, 28, 28]",
        "{Conv2d: {out_channels: 32, kernel_size: 5}}, ReLU, MaxPool2d: 2, {Conv2d: {out_channels: 16, kernel_size: 3}}, "
        "ReLU, MaxPool2d: 2, flatten: 1, Linear: 128, ReLU, Linear: 64, ReLU, Linear: 4, LogSoftmax: 1",
        CLASSES.replace("classes: 10", "classes: 4"),
        (),
        (),
        taste=2,
    ),
    Case(
        "42913869",
        "[1]",
        "Linear: 10, ReLU, Linear: 10, ReLU, Linear: 10, ReLU, Linear: 1",
        "targets: {y: {shape: [1]}}\nloss: {MSELoss: {}, from: [output, y]}\n",
        (),
        (),
    ),
)

SYNTHETIC = (
    lenet("missing relus", ("ReLU, MaxPool2d: 2, flatten: 1", "AvgPool2d: 2, flatten: 1"), ("ARC401",)),
    lenet("missing relus in dense layers", ("Linear: 120, ReLU", "Linear: 120"), ("ARC401",)),
    lenet("double activation", ("Linear: 120, ReLU", "Linear: 120, ReLU, Tanh"), ("ARC402",)),
    lenet("redundant activation", ("Linear: 80, ReLU", "Linear: 80, ReLU, ReLU"), ("ARC402",)),
    lenet("useless bias", ("out_features: 120, bias: false", "out_features: 120"), ("ARC403",), base=NORM_LENET),
    lenet(
        "dropout before batchnorm",
        ("BatchNorm1d, ReLU, Dropout: 0.5", "Dropout: 0.5, BatchNorm1d, ReLU"),
        ("ARC405",),
        base=NORM_LENET,
    ),
    lenet("missing flatten", ("MaxPool2d: 2, flatten: 1", "MaxPool2d: 2"), ("mismatch",)),
    lenet("mismatched shapes", ("flatten: 1, Linear: 120", "reshape: [200], Linear: 120"), ("mismatch",)),
    lenet(
        "window larger than its input",
        ("out_channels: 16, kernel_size: 5", "out_channels: 16, kernel_size: 15"),
        ("ARC303",),
    ),
    lenet("pooled away", ("ReLU, MaxPool2d: 2, flatten: 1", "ReLU, MaxPool2d: 10, flatten: 1"), ("ARC303",)),
    lenet("missing softmax", (", LogSoftmax: 1", ""), ("ARC322",), CLASSES, base=NLL_LENET),
    lenet("softmax into a loss of scores", (LENET, LENET + ", Softmax: 1"), ("ARC321",)),
    lenet("missing sigmoid", ("Linear: 1, Sigmoid", "Linear: 1"), ("ARC322",), BINARY, base=BIN_LENET),
    lenet(
        "wrong last activation", ("Linear: 1, Sigmoid", "Linear: 1, Softmax: 1"), ("ARC323",), BINARY, base=BIN_LENET
    ),
    lenet(
        "sigmoid into a loss of scores",
        ("Linear: 1, Sigmoid", "Linear: 1, Sigmoid"),
        ("ARC321",),
        BINARY.replace("BCELoss", "BCEWithLogitsLoss"),
        base=BIN_LENET,
        good_tail=BINARY,
    ),
)

CASES = REAL + SYNTHETIC
