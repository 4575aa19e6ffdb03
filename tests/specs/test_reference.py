"""The shipped networks against what others measured: torchvision's models, the lecture's networks, the papers."""

import json
from pathlib import Path

import pytest

import archc
from archc.cases import run_cases
from archc.graph import ops_of
from archc.loading import load_file, shipped_specs, shipped_variants
from archc.network import Network
from archc.tree import Body, Item

DATA = Path(__file__).parent.parent / "data"
GOLDEN = json.loads((DATA / "torchvision_golden.json").read_text())
LECTURE = json.loads((DATA / "lecture_networks.json").read_text())

PUBLISHED = {
    "vgg13": 133047848,
    "vgg13_bn": 133053736,
    "vgg16_bn": 138365992,
    "vgg19": 143667240,
    "vgg19_bn": 143678248,
    "resnet34": 21797672,
    "resnet101": 44549160,
    "resnet152": 60192808,
    "resnext50_32x4d": 25028904,
    "resnext101_32x8d": 88791336,
    "wide_resnet50_2": 68883240,
    "densenet161": 28681000,
    "densenet169": 14149480,
    "densenet201": 20013928,
}
"""Parameters of torchvision's other models, as its documentation gives them."""

LECTURE_SPECS = {
    "lenet (as in the lecture)": ("lenet", "lecture"),
    "lenet_bn (D2L)": ("lenet", "batchnorm"),
    "alexnet (as in the lecture)": ("alexnet", "lecture"),
    "vgg11 (D2L, 3 channels, 1000 classes)": ("vgg", "vgg11"),
    "nin (D2L, 3 channels, 10 classes)": ("nin", "lecture"),
    "googlenet (D2L, 1 channel, 10 classes)": ("googlenet", "lecture"),
    "resnet18 (D2L, 1 channel, 10 classes)": ("resnet", "lecture"),
    "densenet (D2L, 1 channel, 10 classes)": ("densenet", "lecture"),
}

ALL = [(path.stem, variant) for path, variants in shipped_variants().items() for variant in variants]


def torchvision(model: str) -> Network:
    """The shipped network that reproduces a torchvision model."""
    return archc.load(model, variant="torchvision") if model in ("alexnet", "googlenet") else archc.load(model)


@pytest.mark.parametrize("model", GOLDEN)
def test_state_dict_is_torchvisions(model: str):
    """The same keys in the same order, of the same shapes."""
    nodes = ops_of(torchvision(model).graph)
    entries = [(f"{node.path}.{w.name}", list(w.shape)) for node in nodes for w in node.op.weights()]
    assert entries == list(GOLDEN[model]["state"].items())


@pytest.mark.parametrize("model", GOLDEN)
def test_totals_are_torchvisions(model: str):
    summary, golden = torchvision(model).summary(), GOLDEN[model]
    assert (summary.params, summary.buffers) == (golden["params"], golden["buffers"])
    assert 2 * summary.macs == golden["flops_batch1"]
    assert list(summary.inputs.values()) == [tuple(golden["input"][1:])]
    assert summary.outputs["logits"] == tuple(golden["output"][1:])


@pytest.mark.parametrize("model", PUBLISHED)
def test_parameters_are_the_published_ones(model: str):
    assert torchvision(model).summary().params == PUBLISHED[model]


@pytest.mark.parametrize("name", LECTURE)
def test_lecture_network(name: str):
    """The parameters, and the shape after every stage of the lecture's `nn.Sequential`, in order."""
    spec, variant = LECTURE_SPECS[name]
    network, reference = archc.load(spec, variant=variant), LECTURE[name]
    summary = network.summary()
    assert summary.params == reference["params"]
    assert list(summary.inputs.values()) == [tuple(reference["input"])]
    here = steps(network)
    missing = next((stage for stage in reference["stages"] if not any(same(stage, step) for step in here)), None)
    assert missing is None, f"no step from there on is {missing}"


def steps(network: Network):
    """All steps in order, those of its plain groups in their places; an iterator, so that it is read once."""
    return iter([pair for item in network.body.items for pair in flat(item)])


def flat(item: Item) -> list[tuple[str, tuple[int, ...]]]:
    """An item's op and shape, after those of the items within where it is a group."""
    shape = tuple(int(size) for size in item.types[0].sample)
    if not isinstance(item.content, Body):
        return [(item.content.op.name, shape)]
    inner = [pair for inside in item.content.items for pair in flat(inside)] if item.content.is_group else []
    return [*inner, ("Sequential", shape)]


def same(stage: list, step: tuple[str, tuple[int, ...]]) -> bool:
    """Whether a step is the lecture's stage; what the lecture groups may be drawn otherwise here."""
    kind, shape = stage
    plain = kind.lower() == step[0].lower().replace("_", "")
    return tuple(shape) == step[1] and (plain or kind in ("Sequential", "DB"))


def test_lecture_stages_must_be_in_order():
    """The comparison can fail: a stage that is there, but earlier, is not found."""
    here = steps(archc.load("lenet"))
    assert any(same(["AvgPool2d", [16, 5, 5]], step) for step in here)
    assert not any(same(["AvgPool2d", [6, 14, 14]], step) for step in here)


def table_1() -> tuple[int, int]:
    """GoogLeNet's parameters and multiply-adds by the paper's table 1, convolution by convolution, with biases."""
    params = macs = 0

    def conv(cin: int, out: int, kernel: int, size: int):
        nonlocal params, macs
        params += (cin * kernel**2 + 1) * out
        macs += cin * kernel**2 * out * size**2

    conv(3, 64, 7, 112)
    conv(64, 64, 1, 56)
    conv(64, 192, 3, 56)
    rows = [  # output size; #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj
        (28, 64, 96, 128, 16, 32, 32),
        (28, 128, 128, 192, 32, 96, 64),
        (14, 192, 96, 208, 16, 48, 64),
        (14, 160, 112, 224, 24, 64, 64),
        (14, 128, 128, 256, 24, 64, 64),
        (14, 112, 144, 288, 32, 64, 64),
        (14, 256, 160, 320, 32, 128, 128),
        (7, 256, 160, 320, 32, 128, 128),
        (7, 384, 192, 384, 48, 128, 128),
    ]
    cin = 192
    for size, c1, r3, c3, r5, c5, pool in rows:
        for source, out, kernel in ((cin, c1, 1), (cin, r3, 1), (r3, c3, 3), (cin, r5, 1), (r5, c5, 5), (cin, pool, 1)):
            conv(source, out, kernel, size)
        cin = c1 + c3 + c5 + pool
    return params + (1024 + 1) * 1000, macs + 1024 * 1000


def test_googlenet_as_published():
    """The paper's totals: 6.8 M parameters and 1.5 G multiply-adds, in inference."""
    summary = archc.load("googlenet", variant="paper").summary()
    params, macs = table_1()
    in_training = sum(row.params for row in summary.rows if row.train_only)
    assert (params, macs) == (6998552, 1582671872)
    assert (summary.params - in_training, summary.macs) == (params, macs)
    assert in_training == sum((cin + 1) * 128 + 2049 * 1024 + 1025 * 1000 for cin in (512, 528))


def test_auxiliary_heads_exist_in_training_alone():
    for variant, heads in (("lecture", ()), ("torchvision", ("aux1", "aux2")), ("paper", ("aux1", "aux2"))):
        summary = archc.load("googlenet", variant=variant).summary()
        assert (tuple(summary.outputs), summary.train_only) == (("logits", *heads), heads)


@pytest.mark.parametrize("path", shipped_specs(), ids=lambda path: path.stem)
def test_check_cases_hold(path: Path):
    """Every spec has cases for all its variants, and they hold."""
    loaded = load_file(str(path))
    assert loaded.spec is not None
    results = run_cases(loaded)
    assert not [(result.case.name, result.found) for result in results if not result.passed]
    assert {result.case.variant for result in results} == {variant.name for variant in loaded.spec.variants}


@pytest.mark.parametrize(("spec", "variant"), ALL)
def test_classes_can_be_set(spec: str, variant: str):
    """Every network serves another number of classes."""
    summary = archc.load(spec, variant=variant, params={"classes": 7}).summary()
    assert all(shape == (7,) for shape in summary.outputs.values())


@pytest.mark.parametrize("path", shipped_specs(), ids=lambda path: path.stem)
def test_spec_names_its_paper(path: Path):
    spec = load_file(str(path)).spec
    assert spec is not None and spec.cite and spec.title
