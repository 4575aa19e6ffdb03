"""Targets and losses against outputs: what fits, what does not, and where it is said."""

import pytest

from archc import codes
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
        CLASSIFIER + "targets: {y: [classes]}\nloss: {BCEWithLogitsLoss: {}, from: [logits, y]}",
        CLASSIFIER + "targets: {y: {shape: [classes], classes: 10}}\nloss: {CrossEntropyLoss: {}, from: [logits, y]}",
        SEGMENTER + MASK + "loss: {CrossEntropyLoss: {ignore_index: 255}, from: [scores, mask]}",
        SEGMENTER.replace("out_channels: 5", "out_channels: 3") + "loss: {MSELoss: {}, from: [scores, image]}",
        CLASSIFIER + INDEX.replace("int64", "uint8") + CE,
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


def scored(last, loss, target="{shape: [], dtype: int64, classes: 4}"):
    return f"""
archc: 1
name: scored
inputs: {{x: [8]}}
steps:
  - {{Linear: 4, as: fc}}
{last}outputs: {{y: last}}
targets: {{t: {target}}}
loss: {{{loss}: {{}}, from: [y, t]}}
"""


NUMBERS = "{shape: [4]}"


@pytest.mark.parametrize(
    ("last", "loss", "target"),
    [
        ("  - {Dropout: 0.1, as: last}\n", "CrossEntropyLoss", "{shape: [], dtype: int64}"),
        ("  - {ReLU: {}, as: last}\n", "CrossEntropyLoss", "{shape: [], dtype: int64}"),
        ("  - {Sigmoid: {}, as: last}\n", "BCELoss", NUMBERS),
        ("  - {softmax: 1, as: last}\n", "BCELoss", NUMBERS),
        ("  - {softmax: 1, as: last}\n", "MSELoss", NUMBERS),
        ("  - {LogSoftmax: 1, as: last}\n", "NLLLoss", "{shape: [], dtype: int64}"),
        ("  - {LogSoftmax: -1, as: last}\n", "KLDivLoss", NUMBERS),
        ("  - {softmax: 1}\n  - {log: {}, as: last}\n", "NLLLoss", "{shape: [], dtype: int64}"),
        ("  - {softmax: 1}\n  - {add: 0.1}\n  - {log: {}, as: last}\n", "NLLLoss", "{shape: [], dtype: int64}"),
        ("  - {clamp: {min: 0.0, max: 1.0}, as: last}\n", "BCELoss", NUMBERS),
        ("  - {mul: 2.0, as: last}\n", "NLLLoss", "{shape: [], dtype: int64}"),
    ],
)
def test_numbers_that_fit_or_cannot_be_told(last, loss, target):
    assert not findings(scored(last, loss, target))


@pytest.mark.parametrize(
    ("last", "loss", "target", "code", "message"),
    [
        ("  - {Softmax: 1, as: last}\n", "CrossEntropyLoss", "{shape: [], dtype: int64}", "ARC321", "`Softmax`"),
        ("  - {sigmoid: {}, as: last}\n", "CrossEntropyLoss", NUMBERS, "ARC321", "`sigmoid`"),
        ("  - Sigmoid\n  - {Dropout: 0.1, as: last}\n", "BCEWithLogitsLoss", NUMBERS, "ARC321", "`Sigmoid`"),
        (
            "  - {softmax: 1}\n  - {unsqueeze: 2}\n  - {flatten: 1, as: last}\n",
            "CrossEntropyLoss",
            NUMBERS,
            "ARC321",
            "",
        ),
        ("  - {BatchNorm1d: {}, as: last}\n", "NLLLoss", "{shape: [], dtype: int64}", "ARC322", "any numbers"),
        ("  - {softmax: 1, as: last}\n", "NLLLoss", "{shape: [], dtype: int64}", "ARC322", "gives probabilities"),
        ("  - {log_softmax: 1, as: last}\n", "BCELoss", NUMBERS, "ARC322", "gives log-probabilities"),
        ("  - {relu: {}, as: last}\n", "BCELoss", NUMBERS, "ARC322", "any numbers"),
    ],
)
def test_numbers_that_do_not_fit(last, loss, target, code, message):
    found = only(scored(last, loss, target))
    assert (found.code, found.severity, found.where.route) == (code, "error", ("loss", loss))
    assert message in found.message
    assert found.help


def test_a_log_softmax_too_many_does_no_harm():
    text = scored("  - {LogSoftmax: 1, as: last}\n", "CrossEntropyLoss")
    found = only(text)
    assert (found.code, found.severity) == ("ARC321", "warning")
    checked = check(load_text(text), Settings())
    assert checked.network.diagnostics == checked.findings


def test_the_op_that_made_the_numbers_stands_beside_the_finding():
    found = only(scored("  - {Softmax: 1, as: last}\n", "CrossEntropyLoss"))
    assert found.notes[0].text == "output `y` comes from the `Softmax` `last`"
    assert found.notes[0].where.route == ("steps", 1, "Softmax")


def test_class_indices_that_are_declared_as_floats_are_mended():
    text = scored("", "CrossEntropyLoss", "{shape: [], dtype: float32, classes: 4}").replace(
        "outputs: {y: last}", "outputs: {y: fc}"
    )
    found = only(text)
    assert found.help == "class indices are whole numbers: declare `t` with `dtype: int64`"
    (fix,) = found.fixes
    assert [(edit.where.route, edit.action, edit.text) for edit in fix.edits] == [
        (("targets", "t", "dtype"), "replace", "int64")
    ]
    assert not findings(text.replace("float32", "int64"))
    assert only(text.replace("dtype: float32, ", "")).help == found.help


def test_shape_and_numbers_are_two_faults():
    found = findings(scored("  - {Softmax: 1, as: last}\n", "CrossEntropyLoss").replace("classes: 4", "classes: 5"))
    assert [finding.code for finding in found] == ["ARC305", "ARC321"]


def test_numbers_for_a_loss_that_is_a_step():
    text = """
archc: 1
name: student
inputs: {x: [8], teacher: [4]}
blocks:
  distil:
    inputs: [a, b]
    steps: [{KLDivLoss: {reduction: batchmean}, from: [a, b], as: gap}]
steps:
  - {Linear: 4, from: x, as: fc}
  - {distil: {}, from: [fc, teacher], as: gap}
outputs: {gap: gap}
"""
    found = only(text)
    assert (found.code, found.where.route[:3]) == ("ARC322", ("blocks", "distil", "steps"))
    assert found.stack


CURES = [
    ("Linear: 10", "{shape: [], dtype: int64, classes: 12}", "CrossEntropyLoss", "`out_features: 12`"),
    ("Linear: 1", "{shape: [], dtype: int64, classes: 2}", "CrossEntropyLoss", "BCEWithLogitsLoss"),
    ("Linear: 10", "{shape: [10], dtype: int64, classes: 10}", "CrossEntropyLoss", "no class axis"),
    ("Linear: 10", "{shape: [4, 4], dtype: int64}", "CrossEntropyLoss", "pooling or flatten out"),
    ("Linear: 10", "{shape: [7]}", "MSELoss", "`out_features: 7`"),
    ("Linear: 12", "{shape: [3, 4]}", "MSELoss", "`unflatten` the output to 3 x 4"),
]


@pytest.mark.parametrize(("layer", "target", "loss", "help"), CURES)
def test_cures_of_vectors(layer, target, loss, help):
    text = f"archc: 1\nname: a\ninputs: {{x: [8]}}\nsteps: [{{{layer}, as: fc}}]\noutputs: {{y: fc}}\n"
    found = only(f"{text}targets: {{t: {target}}}\nloss: {{{loss}: {{}}, from: [y, t]}}\n")
    assert help in found.help


MAP_CURES = [
    ("[]", "int64", "CrossEntropyLoss", "`adaptive_avg_pool2d: 1` and `flatten: 1`"),
    ("[6, 12]", "int64", "CrossEntropyLoss", "in another order"),
    ("[24, 12]", "int64", "CrossEntropyLoss", "scale_factor: 2"),
    ("[13, 7]", "int64", "CrossEntropyLoss", "13 x 7 with `interpolate`"),
    ("[10, 5]", "int64", "CrossEntropyLoss", "crop the output to 10 x 5"),
    ("[1, 12, 6]", "int64", "CrossEntropyLoss", "dimension of 1 out"),
    ("[12, 6, 5]", "float32", "MSELoss", "permute: [0, 2, 3, 1]"),
    ("[4, 12, 6]", "float32", "MSELoss", "`out_channels: 4`"),
    ("[360]", "float32", "MSELoss", "`flatten: 1` the output"),
    ("[5]", "float32", "MSELoss", "adaptive_avg_pool2d"),
]


@pytest.mark.parametrize(("shape", "dtype", "loss", "help"), MAP_CURES)
def test_cures_of_maps(shape, dtype, loss, help):
    text = "archc: 1\nname: a\ninputs: {x: [3, 12, 6]}\nsteps: [{Conv2d: {out_channels: 5, kernel_size: 1}, as: c}]\n"
    target = f"outputs: {{y: c}}\ntargets: {{t: {{shape: {shape}, dtype: {dtype}}}}}\n"
    assert help in only(f"{text}{target}loss: {{{loss}: {{}}, from: [y, t]}}\n").help


def test_cures_of_sequences():
    text = """
archc: 1
name: last
inputs: {x: [5, 3]}
steps: [{Linear: 4, as: fc}]
outputs: {y: fc}
targets: {t: {shape: [], dtype: int64, classes: 4}}
loss: {CrossEntropyLoss: {}, from: [y, t]}
"""
    assert "select: {dim: 1, index: -1}" in only(text).help


def test_losses_are_judged_beside_faults_of_the_network() -> None:
    text = (
        "archc: 1\nname: net\ninputs: {image: [3, H=32, W=32]}\nsteps:\n"
        "  - {Covn2d: {out_channels: 16, kernel_size: 3}, as: stem}\n"
        "  - {Conv2d: {out_channels: 8, kernel_size: 3, in_channels: 12}}\n"
        "  - mean: [2, 3]\n  - {Linear: 10, as: fc}\noutputs: {logits: fc}\n"
        "targets: {label: {shape: [], dtype: int64, classes: 12}}\n"
        "loss: {CrossEntropyLoss: {}, from: [logits, label]}\n"
    )
    found = check(load_text(text), Settings()).findings
    assert [finding.code for finding in found] == [codes.UNKNOWN_OP, codes.ASSERTION, codes.CHANNELS]
    unsure = check(load_text(text.replace("Linear: 10", "Linear: wide")), Settings()).findings
    assert [finding.code for finding in unsure] == [codes.UNKNOWN_OP, codes.EXPR_NAME, codes.ASSERTION]


def test_what_else_is_wrong_shows_beside_a_misspelt_op() -> None:
    text = (
        "archc: 1\nname: net\ninputs: {image: [3, H=32, W=32], spare: [4]}\nsteps:\n"
        "  - {Covn2d: {out_channels: 16, kernel_size: 3}, as: a}\n  - {ReLU: {inplace: true}, as: r}\n"
        "  - add: [a, r]\ninit: {Conv2d.weigth: zeros}\n"
    )
    found = check(load_text(text), Settings()).findings
    assert sorted(finding.code for finding in found) == [
        codes.UNKNOWN_OP, codes.UNKNOWN_REFERENCE, codes.UNUSED_RESULT, codes.INPLACE,
    ]  # fmt: skip
