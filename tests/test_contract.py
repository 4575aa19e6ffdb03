"""Targets and losses against outputs: what fits, what does not, and where it is said."""

import pytest

from archc.expand import Settings
from archc.loading import load_text
from archc.network import check

CLASSIFIER = """
archc: 1
name: tiny
params: {classes: 10}
inputs: {image: [3, H=8, W=8]}
steps:
  - {Conv2d: {out_channels: 4, kernel_size: 3, padding: 1}, as: conv}
  - relu
  - {adaptive_avg_pool2d: 1}
  - {flatten: 1}
  - {Linear: classes, as: fc}
outputs: {logits: fc}
"""
SEGMENTER = """
archc: 1
name: dense
inputs: {image: [3, H=8, W=12]}
steps:
  - {Conv2d: {out_channels: 5, kernel_size: 3, padding: 1}, as: conv}
  - {relu: {}, as: act}
outputs: {scores: act}
"""
INDEX = "targets: {label: {shape: [], dtype: int64, classes: classes}}\n"
CE = "loss: {CrossEntropyLoss: {}, from: [logits, label]}"
MASK = "targets: {mask: {shape: [H, W], dtype: int64, classes: 5}}\n"


def findings(text, **settings):
    return check(load_text(text), Settings(**settings)).findings


def only(text, **settings):
    found = findings(text, **settings)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    "text",
    [
        CLASSIFIER + INDEX + "loss: {CrossEntropyLoss: {}, from: [logits, label]}",
        CLASSIFIER + INDEX + "loss: [{CrossEntropyLoss: {label_smoothing: 0.1}, from: {input: logits, target: label}}]",
        CLASSIFIER + INDEX + "loss: {CrossEntropyLoss: {}, from: {target: label, input: logits}}",
        CLASSIFIER + "targets: {y: {shape: [classes]}}\nloss: {BCEWithLogitsLoss: {}, from: [logits, y]}",
        CLASSIFIER + "targets: {y: {shape: [classes], classes: 10}}\nloss: {CrossEntropyLoss: {}, from: [logits, y]}",
        SEGMENTER + MASK + "loss: {CrossEntropyLoss: {ignore_index: 255}, from: [scores, mask]}",
        SEGMENTER.replace("out_channels: 5", "out_channels: 3") + "loss: {MSELoss: {}, from: [scores, image]}",
        CLASSIFIER + INDEX,
        CLASSIFIER + INDEX + "loss: {CrossEntropyLoss: {}, from: [logits, label], when: classes > 1}",
    ],
)
def test_fits(text):
    assert not findings(text)


def test_target_sizes_follow_the_input():
    text = SEGMENTER + MASK + "loss: {CrossEntropyLoss: {}, from: [scores, mask]}"
    assert not findings(text, sizes={"H": 97, "W": 31})


@pytest.mark.parametrize(
    ("text", "code", "message", "help"),
    [
        (INDEX + "loss: {CrossEntropyLoss: {}, from: [logit, label]}", "ARC105", "called `logit`", "`logits`?"),
        (INDEX + "loss: {CrossEntropyLoss: {}, from: [fc, label]}", "ARC105", "called `fc`", "outputs: {fc: fc}"),
        (INDEX + "loss: {CrossEntropyLoss: {}, from: [label, logits]}", "ARC304", "wants floating", "comes first"),
        (INDEX + "loss: CrossEntropyLoss", "ARC110", "does not say", "from: [logits, label]"),
        (INDEX + "loss: {CrossEntropyLoss: {}, from: [logits]}", "ARC110", "needs its port `target`", ""),
        (INDEX + "loss: {MSELoss: {}, from: [logits, label]}", "ARC304", "dtype float32 like", "CrossEntropyLoss"),
        (
            "targets: {label: {shape: [], dtype: int64, classes: 12}}\n" + CE,
            "ARC305", "scores for 10 classes, but `label` has 12", "one parameter",
        ),
        (
            "targets: {label: {shape: [1], dtype: int64}}\n" + CE,
            "ARC312", "without the class axis", "dimension of 1",
        ),
        (
            "targets: {label: {shape: [], dtype: int32}}\n" + CE,
            "ARC304", "dtype int64", "int64",
        ),
        ("targets: {y: {shape: []}}\nloss: {MSELoss: {}, from: [logits, y]}", "ARC312", "own shape 10, got scalar", ""),
        ("targets: {y: {shape: [11]}}\nloss: {L1Loss: {}, from: [logits, y]}", "ARC312", "features: 10 and 11", ""),
        ("targets: {y: {shape: [10 - 10]}}\nloss: {L1Loss: {}, from: [logits, y]}", "ARC013", "at least 1, not 0", ""),
        ("targets: {logits: {shape: [10]}}\nloss: {L1Loss: {}, from: [logits, logits]}", "ARC107", "an output", ""),
        (INDEX + "loss: {L1Loss: {}, from: [label, image]}", "ARC110", "no output", ""),
        (
            "targets: {y: {shape: [10]}, z: {shape: [10]}}\nloss: {L1Loss: {}, from: [logits, y]}",
            "ARC109", "no loss uses the target `z`", "",
        ),
        (INDEX + "loss: {CrossEntropyLoss: {weight: [1, 2]}, from: [logits, label]}", "ARC305", "of 10 classes", ""),
        (INDEX + "loss: {Linear: 3, from: [logits, label]}", "ARC101", "is not a loss", "CrossEntropyLoss"),
        (INDEX + "loss: {CrossEntropyLoss: {}, from: [logits, label], repeat: 2}", "ARC115", "computed once", ""),
        (
            "targets: {y: {shape: [10]}}\nloss: {HuberLoss: {delta: 0}, from: [logits, y]}",
            "ARC104", "`delta` of `HuberLoss`", "",
        ),
    ],
)  # fmt: skip
def test_finds(text, code, message, help):
    found = only(CLASSIFIER + text)
    assert (found.code, found.severity) == (code, "error")
    assert message in found.message
    assert help in found.help


def test_a_last_dimension_of_one_is_named():
    text = CLASSIFIER + "targets: {y: {shape: []}}\nloss: {MSELoss: {}, from: [logits, y]}"
    assert "squeeze" in only(text, params={"classes": 1}).help


def test_classes_in_the_last_dimension_are_named():
    text = """
archc: 1
name: tokens
inputs: {x: [T=16, 8]}
steps: [{Linear: 100, as: fc}]
outputs: {scores: fc}
targets: {next: {shape: [T], dtype: int64, classes: 100}}
loss: {CrossEntropyLoss: {}, from: [scores, next]}
"""
    found = only(text)
    assert found.help == "classes are dim 1 in torch, not the last: `permute: [0, 2, 1]` the scores"
    assert found.message.endswith("for scores of T x 100, got T int64")


def test_the_op_that_made_the_shape_stands_beside_the_finding():
    text = SEGMENTER + MASK.replace("[H, W]", "[H, H]") + "loss: {CrossEntropyLoss: {}, from: [scores, mask]}"
    found = only(text)
    assert found.where.route == ("loss", "CrossEntropyLoss")
    output, target = found.notes
    assert "shaped by the `Conv2d` `conv`" in output.text
    assert output.where.route == ("steps", 0, "Conv2d")
    assert target.where.route == ("targets", "mask")


def test_a_loss_can_be_a_step():
    text = """
archc: 1
name: siamese
inputs: {a: [8], b: [8]}
steps:
  - {Linear: 4, as: fc, from: a}
  - {reuse: fc, from: b, as: other}
  - {MSELoss: {}, from: [fc, other], as: distance}
outputs: {distance: distance}
"""
    checked = check(load_text(text), Settings())
    assert not checked.findings
    assert checked.network.graph.graph["outputs"][0].type.shape == ()
