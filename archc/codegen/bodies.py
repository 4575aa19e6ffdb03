"""Bodies of methods: attributes in variables, and calls at the end of a constructor."""

from __future__ import annotations

import re
from collections.abc import Sequence


def _taken(names: Sequence[str]) -> str:
    return f"{', '.join(names)} = {', '.join(f'self.{name}' for name in names)}"


def with_locals(lines: list[str], inputs: Sequence[str], tensors: set[str]) -> list[str]:
    """A method with what it reads often in variables: the batch size, and attributes where they are four or more."""
    text = "\n".join(lines)
    words = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*(?!\w|=[^=])", text)) | set(inputs)
    before: list[str] = []
    if len(re.findall(r"\b\w+\.shape\[0\]", text)) > 1 and "n" not in words:
        before.append(f"n = {inputs[0]}.shape[0]")
        lines = [re.sub(r"\b\w+\.shape\[0\]", "n", line) for line in lines]
    read = [*dict.fromkeys(re.findall(r"self\.(\w+)\b(?!\(|\.| is )", text))]
    plain = [
        name
        for name in read
        if name not in {"training", *words, *tensors} and not re.search(rf"self\.{name}[\[(]", text)
    ]
    if len(plain) >= 4:
        at = 0
        while at < len(plain):
            count = next(n for n in range(len(plain) - at, 0, -1) if n == 1 or len(_taken(plain[at : at + n])) <= 80)
            before.append(_taken(plain[at : at + count]))
            at += count
        pattern = re.compile(rf"self\.({'|'.join(plain)})\b")
        lines = [pattern.sub(r"\1", line) for line in lines]
    return [*before, *lines]


def with_calls(body: list[str], *, own: bool, rules: str) -> list[str]:
    """A constructor that ends with what initialises tensors."""
    return [*body, *(["self.reset_parameters()"] if own else []), *([f"self.{rules}()"] if rules else [])]
