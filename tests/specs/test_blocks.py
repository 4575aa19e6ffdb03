"""The blocks that ship with archc, used from a spec as anyone would."""

import json
from pathlib import Path

import pytest

import archc
from archc.loading import load_file
from archc.spec.use import shipped_folder

VGG11 = json.loads((Path(__file__).parent.parent / "data" / "lecture_networks.json").read_text())[
    "vgg11 (D2L, 3 channels, 1000 classes)"
]
LIBRARIES = sorted((shipped_folder() / "blocks").glob("*.yaml"))


def network(library: str, steps: str, image: str = "[64, H=28, W=28]") -> archc.Network:
    """A network of steps that use one library, as `b`."""
    head = f"archc: 1\nname: net\nuse: {{b: 'archc:blocks/{library}.yaml'}}\ninputs: {{x: {image}}}\nsteps:\n"
    return archc.loads(head + steps)


def outcome(library: str, steps: str, image: str = "[64, H=28, W=28]") -> tuple[int, tuple[int, ...]]:
    """The parameters and the output shape of such a network."""
    summary = network(library, steps, image).summary()
    return summary.params, summary.outputs["output"]


@pytest.mark.parametrize("path", LIBRARIES, ids=lambda path: path.stem)
def test_library_is_sound_and_documented(path: Path):
    loaded = load_file(str(path))
    assert not loaded.findings
    assert loaded.spec is not None and loaded.spec.title
    own = [block for name, block in loaded.spec.scope.blocks.items() if "." not in name]
    assert own and all(block.doc for block in own)


def test_conv_relu():
    assert outcome("conv_relu", "  - b.conv_relu: {out: 8, kernel: 5}") == (64 * 25 * 8 + 8, (8, 28, 28))


def test_vgg_blocks_make_the_lectures_vgg11():
    rows = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))
    blocks = "".join(f"  - b.vgg: [{convs}, {out}]\n" for convs, out in rows)
    hidden = "  - Linear: 4096\n  - ReLU\n  - Dropout\n"
    tail = f"  - Flatten\n{hidden}{hidden}  - Linear: 1000\n"
    net = network("vgg", blocks + tail, "[3, H=224, W=224]")
    shapes = [tuple(int(size) for size in item.types[0].sample) for item in net.body.items]
    assert net.summary().params == VGG11["params"]
    assert shapes == [tuple(shape) for _, shape in VGG11["stages"]]


def test_nin():
    params = 64 * 9 * 32 + 32 + 2 * (32 * 32 + 32)
    assert outcome("nin", "  - b.nin: {out: 32, kernel: 3, stride: 2, padding: 1}") == (params, (32, 14, 14))


def test_inception():
    """Table 1 of the paper gives 159 K parameters for inception (3a)."""
    params, shape = outcome("inception", "  - b.inception: [64, 96, 128, 16, 32, 32]", "[192, H=28, W=28]")
    assert (params, shape) == (163696, (256, 28, 28))
    assert 159 <= params / 1024 < 160


def conv(cin: int, out: int, kernel: int) -> int:
    """Parameters of a biased convolution."""
    return cin * out * kernel**2 + out


def test_residual_keeps_its_input_where_the_shape_stays():
    assert outcome("residual", "  - b.residual: 64") == (2 * conv(64, 64, 3) + 2 * 128, (64, 28, 28))


def test_residual_projects_where_the_shape_changes():
    params = conv(64, 128, 3) + conv(128, 128, 3) + 2 * 256 + conv(64, 128, 1)
    assert outcome("residual", "  - b.residual: {out: 128, stride: 2}") == (params, (128, 14, 14))


def test_bottleneck():
    inner = conv(256, 64, 1) + conv(64, 64, 3) + conv(64, 256, 1) + 2 * (64 + 64 + 256)
    assert outcome("residual", "  - b.bottleneck: 256", "[256, H=28, W=28]") == (inner, (256, 28, 28))
    steps = "  - b.bottleneck: {out: 512, stride: 2, reduction: 8}"
    params = conv(256, 64, 1) + conv(64, 64, 3) + conv(64, 512, 1) + 2 * (64 + 64 + 512) + conv(256, 512, 1)
    assert outcome("residual", steps, "[256, H=28, W=28]") == (params, (512, 14, 14))


def test_dense_block_grows_its_input():
    params = sum(2 * c + conv(c, 16, 3) for c in (64, 80, 96))
    assert outcome("dense", "  - b.dense_block: {layers: 3, growth: 16}") == (params, (112, 28, 28))


def test_dense_block_with_bottlenecks():
    steps = "  - b.dense_block: {layers: 2, growth: 16, layer: bottleneck_layer}"
    params = sum(2 * c + c * 64 + 2 * 64 + 64 * 16 * 9 for c in (64, 80))
    assert outcome("dense", steps) == (params, (96, 28, 28))


def test_transition_halves_everything():
    assert outcome("dense", "  - b.transition") == (2 * 64 + conv(64, 32, 1), (32, 14, 14))
    assert outcome("dense", "  - b.transition: false") == (2 * 64 + 64 * 32, (32, 14, 14))
