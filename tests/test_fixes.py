"""`archc check --fix`: what it fixes, what it leaves, and that no file is ever harmed."""

from __future__ import annotations

import io
import json
import os
import random
import stat
import sys
from functools import partial
from pathlib import Path

import pytest

from archc import write
from archc.cli import main
from archc.diagnostics import Diagnostic, Edit, Fix, Where
from archc.expand import Settings
from archc.findings import Survey, resolve, survey
from archc.fixes import apply_changes, rounds
from archc.fixes.rounds import mend
from archc.loading import load_text
from archc.suggest import distance, renaming

NET = """\
archc: 1
name: net
inputs: {image: [1, 28, 28]}   # grey
steps:
  - {Covn2d: {out_channels: 8, kernel_size: 3, bias: false}, as: stem}  # the stem

  - 'BatchNorm2dd'
  - relu
  - flatten: 1
  - {Linear: 10, as: fc}
outputs: {logits: fc}
"""
MENDED = NET.replace("Covn2d", "Conv2d").replace("2dd", "2d")


class Run:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def check(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET)

    def run(*arguments: str, stdin: str | None = None) -> Run:
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as ended:
            main(("check", *arguments))
        printed = capfdbinary.readouterr()
        return Run(int(ended.value.code or 0), printed.out.decode(), printed.err.decode())

    return run


def fix(text: str) -> tuple[str, list[str], list[str]]:
    """The text fixed as far as is safe, what was fixed, and what was given up."""
    loaded = load_text(text)
    mended = mend([loaded], [partial(survey, settings=Settings())], [Path("<text>")])
    after = mended.texts.get(Path("<text>").resolve(), text)
    return after, [each.fix.title for each in mended.fixed], [each.fix.title for each in mended.given_up]


def spec(steps: str, inputs: str = "{x: [3, 8, 8]}", more: str = "") -> str:
    return f"archc: 1\nname: t\n{more}inputs: {inputs}\nsteps:\n{steps}\n"


def test_fix_writes_the_file_and_says_what_it_did(check):
    ran = check("net.yaml", "--fix")
    assert ran.code == 0
    assert Path("net.yaml").read_text() == MENDED
    assert ran.out.splitlines()[:3] == [
        "Fixed 2 of 2 findings in 1 file:",
        "  net.yaml:5:6: write `Conv2d` for `Covn2d`",
        "  net.yaml:7:5: write `BatchNorm2d` for `BatchNorm2dd`",
    ]
    assert [each.name for each in Path().iterdir()] == ["net.yaml"]


def test_fixing_twice_changes_nothing_more(check):
    check("net.yaml", "--fix")
    before = Path("net.yaml").stat()
    ran = check("net.yaml", "--fix")
    assert ran.code == 0
    assert "Fixed" not in ran.out
    assert Path("net.yaml").stat().st_mtime_ns == before.st_mtime_ns


def test_the_tally_tells_how_many_can_be_fixed(check):
    ran = check("net.yaml")
    assert ran.out.endswith("2 errors in 1 file; 2 of them can be fixed by `archc check --fix`.\n")
    assert Path("net.yaml").read_text() == NET


def test_diff_shows_what_would_change_and_writes_nothing(check):
    ran = check("net.yaml", "--fix", "--diff")
    assert ran.code == 1
    assert Path("net.yaml").read_text() == NET
    assert ran.out.startswith("--- net.yaml\n+++ net.yaml\n@@ ")
    changed = [line for line in ran.out.splitlines() if line[0] in "+-"][2:]
    assert changed == [
        f"-{NET.splitlines()[4]}",
        f"+{MENDED.splitlines()[4]}",
        "-  - 'BatchNorm2dd'",
        "+  - 'BatchNorm2d'",
    ]
    assert ran.err.startswith("Would fix 2 of 2 findings in 1 file:\n")


def test_diff_wants_fix(check):
    assert check("net.yaml", "--diff").code == 2


def test_standard_input_is_fixed_to_standard_output(check):
    ran = check("-", "--fix", stdin=NET)
    assert (ran.code, ran.out) == (0, MENDED)
    assert "Fixed 2 of 2 findings" in ran.err


@pytest.mark.parametrize("text", ["", "\t- x", "archc: 1\nsteps: [", "a: 1\r\n", "just text"])
def test_what_cannot_be_read_comes_out_as_it_went_in(check, text):
    ran = check("-", "--fix", stdin=text)
    assert ran.code == 1
    assert ran.out == ("archc: 1\r\na: 1\r\n" if text == "a: 1\r\n" else text)


def test_standard_input_goes_alone(check):
    assert check("-", "net.yaml", "--fix", stdin=NET).code == 2


def test_json_keeps_standard_output_to_the_findings(check):
    ran = check("net.yaml", "--fix", "--format", "json")
    assert json.loads(ran.out) == []
    assert "Fixed 2 of 2" in ran.err


def test_line_ends_byte_order_mark_and_a_missing_last_newline_stay(check):
    before = b"\xef\xbb\xbf" + NET.rstrip("\n").replace("\n", "\r\n").encode()
    Path("net.yaml").write_bytes(before)
    check("net.yaml", "--fix")
    assert Path("net.yaml").read_bytes() == before.replace(b"Covn2d", b"Conv2d").replace(b"2dd", b"2d")


def test_permissions_stay(check):
    Path("net.yaml").chmod(0o640)
    check("net.yaml", "--fix")
    assert stat.S_IMODE(Path("net.yaml").stat().st_mode) == 0o640


def test_a_link_is_not_written_through(check):
    Path("net.yaml").rename("real.yaml")
    Path("net.yaml").symlink_to("real.yaml")
    ran = check("net.yaml", "--fix")
    assert ran.code == 1
    assert "is a link" in ran.err
    assert "real.yaml" in ran.err
    assert Path("real.yaml").read_text() == NET
    assert Path("net.yaml").is_symlink()


def test_a_file_that_may_not_be_written_is_left_alone(check, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    ran = check("net.yaml", "--fix")
    assert ran.code == 1
    assert "may not be written" in ran.err
    assert Path("net.yaml").read_text() == NET


def test_a_failing_disk_leaves_every_file_as_it_was(check, monkeypatch):
    Path("other.yaml").write_text(NET)
    real, calls = os.fsync, []

    def fsync(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    ran = check("net.yaml", "other.yaml", "--fix")
    assert ran.code == 1
    assert "no space left" in ran.err
    assert sorted(each.name for each in Path().iterdir()) == ["net.yaml", "other.yaml"]
    assert Path("net.yaml").read_text() == Path("other.yaml").read_text() == NET


def test_a_file_that_changes_meanwhile_is_left_alone(check, monkeypatch):
    def slow(*args):
        done = mend(*args)
        Path("net.yaml").write_text("archc: 1\n")
        return done

    monkeypatch.setattr(rounds, "mend", slow)
    ran = check("net.yaml", "--fix")
    assert ran.code == 1
    assert "has changed meanwhile" in ran.err
    assert Path("net.yaml").read_text() == "archc: 1\n"


LIBRARY = "archc: 1\nname: lib\nblocks:\n  b:\n    steps: [{Linear: {out_feature: 4}}]\n"
USER = "archc: 1\nname: user\nuse: {lib: lib.yaml}\ninputs: {x: [8]}\nsteps: [lib.b, {Linearr: 2}]\n"


def test_a_used_file_is_fixed_only_if_it_is_named(check):
    Path("lib.yaml").write_text(LIBRARY)
    Path("user.yaml").write_text(USER)
    check("user.yaml", "--fix")
    assert Path("lib.yaml").read_text() == LIBRARY
    assert Path("user.yaml").read_text() == USER.replace("Linearr", "Linear")
    ran = check("user.yaml", "lib.yaml", "--fix")
    assert ran.code == 0
    assert Path("lib.yaml").read_text() == LIBRARY.replace("out_feature", "out_features")


def test_what_ships_with_archc_is_never_written(check, monkeypatch):
    monkeypatch.setattr(write, "rewrite_files", lambda contents: pytest.fail() if contents else None)
    assert check("resnet18", "--fix").code == 0


SAFE = [
    ("  - {Conv2d: {out_chanels: 4, kernel_size: 3}}", "out_chanels", "out_channels"),
    ("  - {relu: {}, as: a}\n  - {relu: {}, form: a}", "form", "from"),
    ("  - {relu: {}, as: first}\n  - {tanh: {}, as: other, from: x}\n  - {add: [frist, other]}", "frist", "first"),
    ("  - {Linear: {out_features: inptu.height}}", "inptu", "input"),
    ("  - {Linear: input.heigth * 2}", "heigth", "height"),
    ("  - {Linear: 'mni(2, 3)'}", "mni", "min"),
    ("  - {Linear: 4, as: \"l{input.heigth}\"}", "heigth", "height"),
    ("  - {Linear: 8, as: fc, when: input.height = 8}", " = ", " == "),
    ("  - {Conv2d: {out_channels: 4, kernel_size: 3, padding: smae}}", "smae", "same"),
    ("  - {Conv2d: {out_channels: 4, kernel_size: 3, padding_mode: reflct}}", "reflct", "reflect"),
    ("  - Linear: {out_features: 4, bias: no}", "no}", "false}"),
    ("  - Linear: {out_features: 4, bias: \"off\"}", "\"off\"", "false"),
    ("  - Linear: 4.0  # four", "4.0", "4"),
    ("  - Linear: [4]", "[4]", "4"),
    ("  - MaxPool2d: [2, 2.0]", "2.0", "2"),
    ("  - {Linear: 4, as: fc}\ninit: {Lineer.weight: zeros}", "Lineer", "Linear"),
    ("  - {Linear: 4, as: fc}\ninit: {Linear.wieght: zeros}", "wieght", "weight"),
    ("  - {Linear: 4, as: fc}\ninit: {fc.wieght: zeros}", "wieght", "weight"),
    (
        "  - {Linear: 4, as: fc}\noutputs: {logits: fc}\ntargets: {label: {shape: [3, 4]}}\n"
        "loss: {MSELoss: {}, from: [logtis, label]}",
        "logtis",
        "logits",
    ),
    ("  - {MultiheadAttention: {num_heads: 2}, from: {query: input, kye: input, value: input}}", "kye", "key"),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "wrong", "right"), SAFE)
def test_what_is_certain_is_fixed(steps, wrong, right):
    text = spec(steps)
    if "smae" not in text and "Multihead" in text:
        text = text.replace("[3, 8, 8]", "[8, 8]")
    after, made, given_up = fix(text)
    assert after == text.replace(wrong, right)
    assert len(made) == 1
    assert not given_up


TOP = [
    ("name: t\ninputs: {x: [8]}\nsteps: [relu]\n", "archc: 1\nname: t\ninputs: {x: [8]}\nsteps: [relu]\n"),
    ("{name: t, inputs: {x: [8]}, steps: [relu]}", "{archc: 1, name: t, inputs: {x: [8]}, steps: [relu]}"),
    ("archc: '1'\nname: t\ninputs: {x: [8]}\nsteps: [relu]\n", "archc: 1\nname: t\ninputs: {x: [8]}\nsteps: [relu]\n"),
    ("archc: 1\nname: 3\ninputs: {x: [8]}\nsteps: [relu]\n", None),
    ("archc: 1\nname: t\ntitle: 3  # three\ninputs: {x: [8]}\nsteps: [relu]\n", "archc: 1\nname: t\ntitle: \"3\"  # three\ninputs: {x: [8]}\nsteps: [relu]\n"),
    ("archc: 1\nname: t\ninputs: {x: [8]}\nstpes: [relu]\n", "archc: 1\nname: t\ninputs: {x: [8]}\nsteps: [relu]\n"),
    ("archc: 1\nname: t\ninputs: {x: {shape: [8], dtpye: float32}}\nsteps: [relu]\n", "archc: 1\nname: t\ninputs: {x: {shape: [8], dtype: float32}}\nsteps: [relu]\n"),
    ("archc: 1\nname: &n t\ninputs: {x: [8]}\nsteps: [relu]\n", "archc: 1\nname: t\ninputs: {x: [8]}\nsteps: [relu]\n"),
    ("archc: 1\nname: t\nview: 1\ninputs: {x: [8]}\nsteps: [relu]\n", None),
    ("archc: 2\nname: t\ninputs: {x: [8]}\nsteps: [relu]\n", None),
    ("archc: 1\nname: t\nparams: {act: {type: enum, choices: [mean, max], default: maen}}\ninputs: {x: [8]}\nsteps: [relu]\n",
     "archc: 1\nname: t\nparams: {act: {type: enum, choices: [mean, max], default: mean}}\ninputs: {x: [8]}\nsteps: [relu]\n"),
    ("archc: 1\nname: t\nparams: {width: 8}\nvariants: {a: {widht: 4}}\ninputs: {x: [8]}\nsteps: [relu]\n",
     "archc: 1\nname: t\nparams: {width: 8}\nvariants: {a: {width: 4}}\ninputs: {x: [8]}\nsteps: [relu]\n"),
    ("archc: 1\nname: t\nparams: {width: 8}\nvariants: {a: {width: '4'}}\ninputs: {x: [8]}\nsteps: [relu]\n",
     "archc: 1\nname: t\nparams: {width: 8}\nvariants: {a: {width: 4}}\ninputs: {x: [8]}\nsteps: [relu]\n"),
    ("archc: 1\nname: t\nvariants: {small: {}, large: {}}\ninputs: {x: [8]}\nsteps: [relu]\ncheck:\n  - variant: lagre\n    params: '0'\n",
     "archc: 1\nname: t\nvariants: {small: {}, large: {}}\ninputs: {x: [8]}\nsteps: [relu]\ncheck:\n  - variant: large\n    params: '0'\n"),
    ("archc: 1\nname: t\ninputs: {x: [8]}\nsteps: [{Linear: 4, as: fc}]\ninit: {fc.weight: {normla: {std: 1}}}\n",
     "archc: 1\nname: t\ninputs: {x: [8]}\nsteps: [{Linear: 4, as: fc}]\ninit: {fc.weight: {normal: {std: 1}}}\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), TOP)
def test_the_rest_of_a_file(before, after):
    assert fix(before)[0] == (before if after is None else after)


UNSURE = [
    "  - Convd: {out_channels: 4, kernel_size: 3}",  # one, two or three dimensions?
    "  - Conv4d: {out_channels: 4, kernel_size: 3}",
    "  - {relu: {}, as: a1}\n  - {tanh: {}, as: b1, from: x}\n  - {add: [a2, b1]}",  # another number is another name
    "  - {Linear: {in_features: 7, out_features: 4}}",  # what the author asserts is not ours to change
    "  - {Linear: 8, as: fc, expect: [3, 8, 9]}",
    "  - Conv2d: {out_channels: 4, kernel_size: 9}",
    "  - {relu: {}, as: a}\n  - {tanh: {}, from: x}",
    "  - {Linear: 8 & 9}",
    "  - {Linear: 2input}",
]


@pytest.mark.parametrize("steps", UNSURE)
def test_what_is_not_certain_is_left_to_the_author(steps):
    text = spec(steps)
    assert survey(load_text(text), Settings()).found
    assert fix(text) == (text, [], [])


def offered(text: str) -> dict[str, tuple[bool, str]]:
    """The fixes of all findings by title: whether it is safe, and the text it makes."""
    loaded = load_text(text)
    found = survey(loaded, Settings()).found
    assert found
    return {
        each.title: (each.safe, apply_changes(text, changes))
        for finding in found
        for each, changes in zip(finding.diagnostic.fixes, finding.changes, strict=True)
    }


def test_a_wrong_assertion_can_be_corrected_or_left_out():
    fixes = offered(spec("  - Linear: {in_features: 7, out_features: 4}  # x"))
    assert fixes == {
        "write `in_features: 8`": (False, spec("  - Linear: {in_features: 8, out_features: 4}  # x")),
        "leave `in_features` out": (False, spec("  - Linear: {out_features: 4}  # x")),
    }


def test_a_missing_flatten_is_seen_by_the_number_of_features():
    fixes = offered(spec("  - relu\n  # head\n  - Linear: {in_features: 192, out_features: 4}"))
    title, (safe, after) = next(iter(fixes.items()))
    assert (title, safe) == ("insert `Flatten` before it", False)
    assert after == spec("  - relu\n  # head\n  - Flatten\n  - Linear: {in_features: 192, out_features: 4}")
    assert not survey(load_text(after), Settings()).found


def test_a_missing_flatten_is_seen_by_the_rank():
    after = offered(spec("  - BatchNorm1d"))["insert `Flatten` before it"][1]
    assert not [each for each in survey(load_text(after), Settings()).found if each.diagnostic.severity == "error"]


@pytest.mark.parametrize(
    "step", ["Conv2d: {out_channels: 4, kernel_size: 11}", "Conv2d: {out_channels: 4, kernel_size: 11, padding: 1}"]
)
def test_the_least_padding_is_told(step):
    text = spec(f"  - {step}")
    (finding,) = survey(load_text(text), Settings()).found
    assert finding.diagnostic.help.startswith("write `padding: 2`,")
    safe, after = offered(text)["write `padding: 2`"]
    assert not safe
    assert not survey(load_text(after), Settings()).found


def test_what_is_expected_can_be_what_there_is():
    text = spec("  - {Linear: 4, as: fc, expect: [_, 8, 9]}")
    assert offered(text)["write `expect: [_, 8, 4]`"][1] == text.replace("9]", "4]")
    text = spec("  - {Linear: 4, as: fc, expect: [8, 4]}")
    assert offered(text)["write `expect: [3, 8, 4]`"][1] == text.replace("[8, 4]", "[3, 8, 4]")


def test_tensors_that_are_off_by_one_are_said_to_be():
    text = spec(
        "  - {MaxPool2d: 2, as: small}\n  - {interpolate: {scale_factor: 2.0}, as: up}\n  - add: [x, up]",
        "{x: [3, 9, 9]}",
    )
    (finding,) = survey(load_text(text), Settings()).found
    assert finding.diagnostic.help.startswith("pad the smaller by 1,")
    text = text.replace("up}", "up}\n  - {Conv2d: {out_channels: 5, kernel_size: 1}, as: more}").replace(
        "add: [x, up]", "cat: [x, more]"
    )
    (finding,) = survey(load_text(text), Settings()).found
    assert finding.diagnostic.help.startswith("pad the smaller by 1,")
    text = spec("  - {Conv2d: {out_channels: 4, kernel_size: 1}, as: c}\n  - add: [x, c]")
    (finding,) = survey(load_text(text), Settings()).found
    assert "pad" not in finding.diagnostic.help


def test_an_unused_input_can_be_left_out():
    text = spec("  - {Linear: 4, from: x}", "{x: [8], y: [8]}")
    assert offered(text)["leave it out"] == (False, spec("  - {Linear: 4, from: x}", "{x: [8]}"))


def test_a_misspelt_path_is_mended(check):
    Path("lib.yaml").unlink(missing_ok=True)
    Path("layers.yaml").write_text(LIBRARY.replace("out_feature", "out_features"))
    user = USER.replace("Linearr", "Linear").replace("lib.yaml", "./layrs.yaml")
    Path("user.yaml").write_text(user)
    assert "did you mean `layers.yaml`?" in check("user.yaml").out
    assert check("user.yaml", "--fix").code == 0
    assert Path("user.yaml").read_text() == user.replace("layrs", "layers")


def test_an_unused_step_can_be_taken_out():
    text = spec("  - {relu: {}, as: a}  # a\n  - {tanh: {}, from: x}")
    assert offered(text)["take the step out"] == (False, spec("  - {tanh: {}, from: x}"))


def test_an_op_that_may_not_overwrite_is_told_not_to():
    text = spec(
        "  - {Conv2d: {out_channels: 3, kernel_size: 1}, as: a}\n  - {ReLU: {inplace: true}, as: b}\n  - add: [a, b]"
    )
    after, made, _ = fix(text)
    assert made == ["leave `inplace` out"]
    assert after == text.replace("{inplace: true}", "{}")


def test_fixes_are_made_together_and_round_by_round():
    text = spec("  - Covn2d: {out_chanels: 4, kernel_size: 3.0}\n  - {Linear: 4, as: fc}", more="")
    after, made, given_up = fix(text)
    assert after == spec("  - Conv2d: {out_channels: 4, kernel_size: 3}\n  - {Linear: 4, as: fc}")
    assert (len(made), given_up) == (3, [])


def test_a_fix_that_leads_to_a_new_error_where_it_wrote_is_given_up():
    text = spec("  - Conv2d: {out_channels: 4, kernal_size: 9, kernel_size: 3}")
    after, made, given_up = fix(text)
    assert (after, made) == (text, [])
    assert given_up == ["write `kernel_size` for `kernal_size`"]


def test_a_fault_further_on_does_not_keep_a_fix_from_being_made():
    text = spec("  - Covn2d: {out_channels: 4, kernel_size: 3}\n  - Linear: {in_features: 5, out_features: 4}")
    after, _, given_up = fix(text)
    assert after == text.replace("Covn2d", "Conv2d")
    assert not given_up


def test_of_fixes_that_touch_each_other_the_first_is_made_and_the_rest_wait():
    class Judge:
        """Finds `a` and `b` in the title, which it would have other letters for."""

        def __call__(self, loaded) -> Survey:
            title = loaded.spec.title
            return Survey(
                resolve(
                    loaded,
                    [
                        Diagnostic(
                            "ARC999", "letter", where := Where("<text>", ("title",), at=at, length=1),
                            fixes=(Fix("letter", (Edit(where, "replace", new),), safe=True),),
                        )
                        for at, letter in enumerate(title) if (new := {"a": "xx", "b": ""}.get(letter)) is not None
                    ],
                )
            )  # fmt: skip

    text = spec("  - relu", more="title: cabbage\n")
    mended = mend([load_text(text)], [Judge()], [Path("<text>")])
    assert mended.texts[Path("<text>").resolve()] == text.replace("cabbage", "cxxxxge")


def test_fixing_ends_even_where_every_fix_leads_to_another():
    def judge(loaded) -> Survey:
        where = Where("<text>", ("title",))
        fixes = (Fix("grow", (Edit(where, "replace", loaded.spec.title + "x"),), safe=True),)
        return Survey(resolve(loaded, [Diagnostic("ARC999", loaded.spec.title, where, fixes=fixes)]))

    mended = mend([load_text(spec("  - relu", more="title: a\n"))], [judge], [Path("<text>")])
    assert not mended.texts
    assert len(mended.given_up) == 1


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ac", 1), ("ca", "abc", 3), ("relu", "gelu", 1)],
)
def test_slips(one, other, slips):
    assert distance(one, other) == distance(other, one) == slips


@pytest.mark.parametrize(
    ("name", "candidates", "best", "safe"),
    [
        ("Relu", ["relu", "ReLU"], "ReLU", True),
        ("rleu", ["relu", "ReLU", "selu"], "relu", True),
        ("Convd", ["Conv1d", "Conv2d"], "Conv2d", False),
        ("layer1", ["layer2"], "layer2", False),
        ("fc", ["fc1"], "fc1", False),
        ("stem", ["steam", "item"], "steam", False),
        ("x" * 65, ["x" * 64], "x" * 64, False),
    ],
)
def test_only_the_one_name_that_can_be_meant_is_safe(name, candidates, best, safe):
    (fix,) = renaming(name, candidates, Where("f", ("a",)))
    assert (fix.edits[0].text, fix.safe) == (best, safe)


@pytest.mark.parametrize("seed", range(8))
def test_hostile_texts_are_left_or_mended_but_never_broken(seed):
    rng, text = random.Random(seed), MENDED
    for _ in range(4):
        at = rng.randrange(len(text))
        text = (
            text[:at]
            + rng.choice(["{", "]", "\t", "\0", "&a ", "*a ", "!!x ", "'", "\u202e", "- ", "\n", ""])
            + text[at + 1 :]
        )
    before = len(survey(load_text(text), Settings()).found)
    after, made, _ = fix(text)
    assert len(survey(load_text(after), Settings()).found) <= before or made
    assert fix(after)[0] == after
