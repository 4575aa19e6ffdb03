"""Real arrays held to a network's inputs and targets: what fits, what does not, and files that mean harm."""

import io
import json
import pickle
import struct
import time
import tracemalloc
import warnings
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from archc.cli import main
from archc.expand import Settings
from archc.feed import hold
from archc.loading import load_text

CLASSIFIER = """
archc: 1
name: tiny
inputs: {image: [3, H=32, W=32]}
steps:
  - {Conv2d: {out_channels: 4, kernel_size: 3, stride: 2}}
  - {MaxPool2d: 4}
  - {adaptive_avg_pool2d: 1}
  - {flatten: 1}
  - {Linear: 10, as: fc}
outputs: {logits: fc}
targets: {label: {shape: [], dtype: int64, classes: 10}}
loss: {CrossEntropyLoss: {}, from: [logits, label]}
"""
SEGMENTER = """
archc: 1
name: dense
inputs: {image: [1, H=8, W=8]}
steps: [{Conv2d: {out_channels: 5, kernel_size: 3, padding: 1}, as: scores}]
outputs: {scores: scores}
targets: {mask: {shape: [H, W], dtype: int64, classes: 5}}
loss: {CrossEntropyLoss: {}, from: [scores, mask]}
"""
PAIR = """
archc: 1
name: pair
inputs: {left: [T=8, 4], right: [T, 4]}
steps: [{sub: [left, right], as: gap}]
outputs: {gap: gap}
"""
IMAGE = np.zeros((2, 3, 40, 40), np.float32)
LABEL = np.zeros(2, np.int64)


def findings(spec, *files, **settings):
    return [found.diagnostic for found in hold([str(file) for file in files], [load_text(spec)], Settings(**settings))]


@pytest.fixture
def fed(tmp_path):
    """What is found when arrays are saved and held to a spec."""

    def check(spec, **arrays):
        np.savez(tmp_path / "batch.npz", **arrays)
        return findings(spec, tmp_path / "batch.npz")

    return check


def only(found):
    assert len(found) == 1, found
    return found[0]


def test_what_fits(fed):
    assert not fed(CLASSIFIER, image=IMAGE, label=LABEL)
    assert not fed(CLASSIFIER, image=IMAGE)
    assert not fed(SEGMENTER, image=np.zeros((3, 1, 7, 9), np.float32), mask=np.zeros((3, 7, 9), np.int64))
    assert not fed(PAIR, left=np.zeros((2, 5, 4), np.float32), right=np.zeros((2, 5, 4), np.float32))


def test_the_only_array_is_for_the_only_input(fed, tmp_path):
    assert not fed(CLASSIFIER, arr_0=IMAGE)
    np.save(tmp_path / "image.npy", IMAGE)
    assert not findings(CLASSIFIER, tmp_path / "image.npy")


def test_packed_and_fortran_ordered_arrays(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", image=np.asfortranarray(IMAGE), label=LABEL)
    assert not findings(CLASSIFIER, tmp_path / "a.npz")


def test_safetensors(tmp_path):
    file = tmp_path / "batch.safetensors"
    save_file({"image": torch.zeros(2, 3, 40, 40), "label": torch.zeros(2, dtype=torch.int64)}, file)
    assert not findings(CLASSIFIER, file)
    save_file({"image": torch.zeros(2, 3, 40, 40, dtype=torch.bfloat16)}, file)
    assert "is bfloat16, but the input `image` takes float32" in only(findings(CLASSIFIER, file)).message


def test_several_files_are_one_feed(tmp_path):
    np.savez(tmp_path / "x.npz", image=IMAGE)
    np.savez(tmp_path / "y.npz", label=LABEL)
    assert not findings(CLASSIFIER, tmp_path / "x.npz", tmp_path / "y.npz")
    np.savez(tmp_path / "y.npz", label=LABEL, image=IMAGE)
    assert "`image` is in" in only(findings(CLASSIFIER, tmp_path / "x.npz", tmp_path / "y.npz")).message


@pytest.mark.parametrize(
    ("spec", "arrays", "code", "message", "help"),
    [
        (CLASSIFIER, {"image": (2, 40, 40, 3)}, "ARC333", "2 x 40 x 40 x 3", "`image.transpose(0, 3, 1, 2)`"),
        (CLASSIFIER, {"image": (3, 40, 40)}, "ARC333", "takes N x 3 x H x W", "`image[None]`"),
        (CLASSIFIER, {"image": (40, 40, 3)}, "ARC333", "40 x 40 x 3", "`image.transpose(2, 0, 1)[None]`"),
        (CLASSIFIER, {"image": (2, 1, 40, 40)}, "ARC333", "2 x 1 x 40 x 40", ""),
        (CLASSIFIER, {"image": (0, 3, 40, 40)}, "ARC335", "no samples", ""),
        (CLASSIFIER, {"image": (2, 3, 4, 4)}, "ARC335", "do not fit: `tiny` cannot be built for H=4, W=4: it takes H, W >= 9", "H=9, W=9"),
        (CLASSIFIER, {"image": (2, 3, 0, 40)}, "ARC333", "2 x 3 x 0 x 40", ""),
        (CLASSIFIER, {"picture": (2, 3, 40, 40), "y": (2,)}, "ARC332", "called `image`", "arrays: picture, y"),
        (CLASSIFIER, {}, "ARC332", "called `image`", "np.savez(file, image=...)"),
        (SEGMENTER, {"image": (2, 8, 8)}, "ARC333", "2 x 8 x 8", "`np.expand_dims(image, 1)`"),
        (SEGMENTER, {"image": (8, 8)}, "ARC333", "image` is 8 x 8", ""),
        (PAIR, {"left": (2, 5, 4), "right": (2, 6, 4)}, "ARC335", "`T` is 6 in array `right`, but 5 in", ""),
        (PAIR, {"left": (2, 5, 4), "right": (3, 5, 4)}, "ARC335", "`right` has 3 samples, but array `left` 2", ""),
        (PAIR, {"left": (2, 4, 5), "right": (2, 5, 4)}, "ARC333", "`left` is 2 x 4 x 5", "transpose(0, 2, 1)"),
        (PAIR, {"left": (2, 5, 4)}, "ARC332", "called `right`", ""),
    ],
)  # fmt: skip
def test_shapes_that_do_not_fit(fed, spec, arrays, code, message, help):
    found = only(fed(spec, **{name: np.zeros(shape, np.float32) for name, shape in arrays.items()}))
    assert (found.code, found.severity) == (code, "error")
    assert message in found.message
    assert help in found.help


@pytest.mark.parametrize(
    ("dtype", "help"),
    [
        (np.float64, "image.astype(np.float32)"),
        (np.float16, "image.astype(np.float32)"),
        (np.uint8, "image.astype(np.float32) / 255"),
        (np.int64, "image.astype(np.float32)"),
        (bool, "image.astype(np.float32)"),
        (">f4", "image.astype(np.float32)"),
        (np.complex64, ""),
    ],
)
def test_dtypes_that_do_not_fit(fed, dtype, help):
    found = only(fed(CLASSIFIER, image=IMAGE.astype(dtype)))
    assert (found.code, found.severity) == ("ARC334", "error")
    assert help in found.help


@pytest.mark.parametrize(
    ("label", "code", "help"),
    [
        (np.zeros((2, 1), np.int64), "ARC333", "np.squeeze(label, 1)"),
        (np.zeros((2, 10), np.int64), "ARC333", "label.argmax(-1)"),
        (np.zeros((2, 10), np.float32), "ARC333", "label.argmax(-1)"),
        (np.zeros(2, np.int32), "ARC334", "label.astype(np.int64)"),
        (np.zeros(2, np.float32), "ARC334", "whole numbers"),
        (np.zeros(3, np.int64), "ARC335", "one sample of each"),
    ],
)
def test_targets_that_do_not_fit(fed, label, code, help):
    found = only(fed(CLASSIFIER, image=IMAGE, label=label))
    assert found.code == code
    assert help in found.help


def test_the_sizes_of_a_feed_that_does_not_fit_are_said_once(fed):
    found = only(fed(CLASSIFIER, image=np.zeros((2, 3, 2, 1), np.float32), label=LABEL))
    said = [found.message, *(note.text for note in found.notes), found.help]
    assert sum("H=2, W=1" in each for each in said) == 1


def test_targets_follow_the_sizes_of_the_feed(fed):
    image = np.zeros((3, 1, 7, 9), np.float32)
    found = only(fed(SEGMENTER, image=image, mask=np.zeros((3, 8, 8), np.int64)))
    assert found.message == "array `mask` is 3 x 8 x 8, but the target `mask` takes N x 7 x 9"


def test_arrays_that_nothing_takes_are_remarked_on(fed):
    found = only(fed(CLASSIFIER, image=IMAGE, lable=LABEL))
    assert (found.code, found.severity, found.help) == ("ARC332", "warning", "did you mean `label`?")


def test_a_size_that_is_set_is_held_to(tmp_path):
    np.savez(tmp_path / "a.npz", image=IMAGE)
    found = only(findings(CLASSIFIER, tmp_path / "a.npz", sizes={"H": 64}))
    assert found.message.endswith("takes N x 3 x 64 x W")


def test_every_variant_is_held_to_it(tmp_path):
    spec = """
archc: 1
name: net
params: {channels: 3}
variants: {grey: {channels: 1}, colour: {}}
inputs: {image: [channels, 8, 8]}
steps: [ReLU]
"""
    np.savez(tmp_path / "a.npz", image=np.zeros((2, 3, 8, 8), np.float32))
    (found,) = hold([str(tmp_path / "a.npz")], [load_text(spec)], Settings())
    assert found.variants == ("grey",)
    assert not findings(spec, tmp_path / "a.npz", variant="colour")


def test_a_finding_stands_at_its_file(fed, tmp_path):
    found = only(fed(CLASSIFIER, image=IMAGE[0]))
    assert (found.where.file, found.where.route) == (str(tmp_path / "batch.npz"), ("image",))


def npy(header, data=b"", version=(1, 0), length=None):
    text = header.encode("latin-1")
    size = struct.pack("<H" if version[0] == 1 else "<I", len(text) if length is None else length)
    return b"\x93NUMPY" + bytes(version) + size + text + data


def tensors(header, data=b"", length=None):
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


def archive(*members, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two entries of one name
        for name, data in members:
            file.writestr(name, data)
    return stream.getvalue()


GOOD = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
TENSOR = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
HOSTILE = {
    "empty": (b"", "is empty"),
    "text": (b"archc: 1\nname: tiny\n", "is none of the formats"),
    "pickle": (pickle.dumps({"image": [1]}), "is a pickle"),
    "magic alone": (b"\x93NUMPY", "is cut off"),
    "half a header": (npy(GOOD)[:40], "is cut off within its header"),
    "no numbers": (npy(GOOD), "declares 2 x 3 float32, but holds 0 bytes"),
    "too many numbers": (npy(GOOD, b"\0" * 25), "but holds 25 bytes"),
    "version": (npy(GOOD, version=(9, 0)), "version 9.0"),
    "huge header": (npy("", version=(2, 0), length=2**32 - 1), "header of 4,294,967,295 bytes"),
    "absurd shape": (npy(GOOD.replace("(2, 3)", "(999999999999, 999999999999)")), "but holds 0 bytes"),
    "digits": (npy(GOOD.replace("(2, 3)", f"({'9' * 5000},)")), "a size that no array has"),
    "dimensions": (npy(GOOD.replace("(2, 3)", f"({'1,' * 5000})")), "of 5000 dimensions"),
    "negative": (npy(GOOD.replace("2, 3", "-2, 3")), "cannot read"),
    "call": (npy(GOOD.replace("'<f4'", "__import__('os').system('touch owned')")), "cannot read"),
    "brackets": (npy("{'descr': " + "(" * 60_000 + "}"), "cannot read"),
    "spaces": (npy("{" + " " * 60_000 + "}"), "cannot read"),
    "key twice": (npy(GOOD.replace("'shape'", "'descr': '<f8', 'shape'")), "cannot read"),
    "objects": (npy(GOOD.replace("<f4", "|O")), "holds Python objects"),
    "records": (npy(GOOD.replace("'<f4'", "[('a', '<f4')]")), "holds records"),
    "words": (npy(GOOD.replace("<f4", "<U10")), "holds text"),
    "dtype": (npy(GOOD.replace("<f4", "<q9")), "a dtype that archc does not know"),
    "torch file": (archive(("archive/data.pkl", pickle.dumps(1))), "`archive/data.pkl`, which is no array"),
    "cut archive": (archive(("image.npy", npy(GOOD, b"\0" * 24)))[:-30], "cut off"),
    "damaged archive": (archive(("image.npy", npy(GOOD, b"\0" * 24))).replace(b"PK\x01\x02", b"PK\0\0"), "damaged"),
    "archive of pickles": (archive(("image.npy", npy(GOOD.replace("<f4", "|O")))), "Python objects"),
    "array twice": (archive(("a.npy", npy(GOOD, b"\0" * 24)), ("a.npy", npy(GOOD, b"\0" * 24))), "two arrays called `a`"),
    "bomb": (archive(("image.npy", npy(GOOD) + b"\0" * 50_000_000)), "but holds 50,000,000 bytes"),
    "bomb of a header": (archive(("a.npy", npy(" " * 60_000_000, version=(2, 0)))), "header of 60,000,000 bytes"),
    "bzip2": (archive(("image.npy", npy(GOOD, b"\0" * 24)), method=zipfile.ZIP_BZIP2), "does not know"),
    "entries": (archive(*((f"{at}.npy", b"") for at in range(2000))), "2,000 entries"),
    "table": (archive(*((f"{at:0900}.npy", b"") for at in range(300))), "a table of contents of"),
    "tensor length": (tensors({}, length=2**63), "cut off within its header"),
    "tensor header": (tensors(b"{" + b" " * 2**21 + b"}"), "header of 2,097,154 bytes"),
    "tensor json": (tensors(b'{"image": '), "is no JSON"),
    "tensor nesting": (tensors(b'{"a":' + b"[" * 200_000), "is no JSON"),
    "tensor digits": (tensors(b'{"a":' + b"9" * 200_000 + b"}"), "is no JSON"),
    "tensor list": (tensors(b'{"a": [1]}'), "that is no array"),
    "tensor twice": (tensors(b'{"a": 1, "a": 2}'), "says `a` twice"),
    "tensor cut": (tensors({"image": TENSOR}, b"\0" * 20), "but holds 20"),
    "tensor size": (tensors({"image": {**TENSOR, "shape": [2, 4]}}, b"\0" * 24), "another size than its shape"),
    "tensor shape": (tensors({"image": {**TENSOR, "shape": [2**70, 0]}}, b"\0" * 24), "a size that no array has"),
    "tensor truth": (tensors({"image": {**TENSOR, "shape": [True, 6]}}, b"\0" * 24), "that is no array"),
    "tensor gap": (tensors({"image": {**TENSOR, "data_offsets": [4, 28]}}, b"\0" * 28), "overlap, or leave gaps"),
    "tensor dtype": (tensors({"image": {**TENSOR, "dtype": "F33"}}, b"\0" * 24), "a dtype that archc does not know"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused_at_once(case, tmp_path):
    data, message = HOSTILE[case]
    file = tmp_path / ("feed.safetensors" if "tensor" in case else "feed.npz")
    file.write_bytes(data)
    tracemalloc.start()
    started = time.perf_counter()
    found = only(findings(CLASSIFIER, file))
    assert time.perf_counter() - started < 1  # less than 20 ms, told apart from minutes
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert (found.code, found.severity) == ("ARC331", "error")
    assert message in found.message
    assert "\n" not in found.message


def test_what_is_no_file(tmp_path):
    assert "is not a file" in only(findings(CLASSIFIER, tmp_path)).message
    assert "no such file" in only(findings(CLASSIFIER, tmp_path / "none.npz")).message
    assert "cannot be read" in only(findings(CLASSIFIER, "a\0b")).message


def checked(capsys, tmp_path, *options):
    """The exit code and the output of `archc check` on a classifier."""
    (tmp_path / "net.yaml").write_text(CLASSIFIER)
    with pytest.raises(SystemExit) as ended:
        main(["check", str(tmp_path / "net.yaml"), *options])
    return ended.value.code, capsys.readouterr().out


def test_the_command(capsys, tmp_path):
    feed = tmp_path / "batch.npz"
    np.savez(feed, image=IMAGE, label=LABEL)
    assert checked(capsys, tmp_path, "--feed", str(feed))[0] == 0
    np.savez(feed, image=IMAGE, label=LABEL, other=LABEL)
    code, out = checked(capsys, tmp_path, "--feed", str(feed))
    assert (code, "warning[ARC332]" in out) == (0, True)
    assert checked(capsys, tmp_path, "--feed", str(feed), "--strict")[0] == 1
    np.savez(feed, image=IMAGE.astype(np.float64))
    code, out = checked(capsys, tmp_path, "--feed", str(feed), "--format", "json")
    (found,) = (each for each in json.loads(out) if each["code"].startswith("ARC33"))
    assert (code, found["code"], found["file"], found["path"]) == (1, "ARC334", str(feed), "image")
