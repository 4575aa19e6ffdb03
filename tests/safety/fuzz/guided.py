"""The coverage-guided fuzzer: atheris mutates bytes towards lines of archc that no input has reached.

It takes over the process, and prints each new fault as it is found and its own figures at the end. Needs
the extra `fuzz`: `pip install '.[test,fuzz]'`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

EXPRESSIONS = (
    "64 * 2 ** i",
    "min(a, 512)",
    "a if b else c",
    "x[1:]",
    "make_divisible(32 * 1.4)",
    "not (a == b)",
    "'t'",
)

SMALL = """archc: 1
name: net
params: {n: 2, widths: [8, 16]}
let: {last: widths[-1]}
inputs: {image: [3, H=8, W=8]}
blocks:
  unit: {params: {out: int}, steps: [{Conv2d: {out_channels: out, kernel_size: 1}, as: conv}, ReLU]}
steps:
  - {unit: "widths[i]", repeat: {i: n}, as: "u{i}"}
  - add: {skip: [], body: [{unit: last}]}
  - {mean: [2, 3], when: n > 1}
outputs: {y: mean_1}
"""


def guided(minutes: float, seed: int) -> None:
    """Fuzz for so long; never returns."""
    import atheris

    with atheris.instrument_imports(include=["archc"]):
        from tests.safety.fuzz.grammar import shipped
        from tests.safety.fuzz.judge import judge, judge_expression

    known: set[str] = set()

    def one(data: bytes) -> None:
        kind, text = data[:1], data[1:].decode("utf-8", "replace")
        for fault in judge_expression(text) if kind == b"e" else judge(text, build=False):
            if fault.signature not in known:
                known.add(fault.signature)
                print(f"FAULT {fault.signature}\n{fault.detail}\n  input: {text!r}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        small = [f"s{text}" for text in (*shipped(), SMALL) if len(text) < 1200]
        for at, text in enumerate([*small, *(f"e{text}" for text in EXPRESSIONS)]):
            (Path(folder) / str(at)).write_text(text, encoding="utf-8")
        words = Path(folder) / "words.dict"
        words.write_text("".join(f'"{_quoted(text)}"\n' for text in _words()), encoding="ascii")
        options = [f"-max_total_time={round(60 * minutes)}", f"-seed={seed}", "-max_len=1500", "-timeout=60",
                   "-print_final_stats=1", f"-artifact_prefix={folder}/", "-rss_limit_mb=2000", f"-dict={words}", folder]  # fmt: skip
        atheris.Setup([sys.argv[0], *options], one)
        atheris.Fuzz()


def _words() -> list[str]:
    from archc import ops
    from tests.safety.fuzz.grammar import HOSTILE

    keys = ("steps", "inputs", "blocks", "params", "repeat", "when", "from", "as", "outputs", "Sequential", "chain")
    return [*keys, *ops.names(), *(text for text in HOSTILE if len(text) < 40)]


def _quoted(text: str) -> str:
    """A word as libFuzzer's dictionaries have it."""
    raw = text.encode("utf-8", "replace")
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02X}" for byte in raw)
