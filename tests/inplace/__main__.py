"""`python -m tests.inplace [--cases N] [--seed S]`: the in-place rule held against torch, on random networks."""

from __future__ import annotations

import argparse
from collections import Counter
from random import Random

import torch

from tests.inplace.draw import draw, in_place, pair, producers, steps_in, text
from tests.inplace.judge import judge

PARTS = {"chunk", "split", "unbind", "select", "narrow", "getitem"}
"""archc takes parts of a tensor for the whole of it: of two that do not overlap, modifying one is refused too."""


def main() -> int:
    """Compare until so many networks were run; exits 1 where archc and torch disagree."""
    parser = argparse.ArgumentParser(prog="python -m tests.inplace", description="The in-place rule against torch.")
    parser.add_argument("--cases", type=int, default=1000, help="how many networks (default: 1000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="how many disagreements to print (default: 5)")
    options = parser.parse_args()
    tally, wrong = compare(options.cases, options.seed)
    print(", ".join(f"{count:,} {what}" for what, count in sorted(tally.items())))
    print("\n".join(wrong[: options.show]))
    return int(bool(wrong))


def compare(cases: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How many networks came out how, and the disagreements: pairs of ops in turn, and networks drawn freely."""
    torch.set_num_threads(1)
    random = Random(seed)
    pairs = [(first, second) for first in producers() for second in in_place()]
    random.shuffle(pairs)
    tally: Counter[str] = Counter()
    wrong: list[str] = []
    tried = 0
    while sum(tally.values()) < cases:
        tried += 1
        spec = pair(random, *pairs[tried // 2 % len(pairs)]) if tried % 2 else draw(random)
        verdict = judge(spec) if spec is not None and "inplace" in text(spec) else None
        if verdict is None:
            continue
        if verdict.agree:
            tally["refused by both" if verdict.archc else "accepted by both"] += 1
        else:
            if verdict.archc and PARTS & {key for step in steps_in(spec) for key in step}:
                tally["refused for what may be another part of one tensor"] += 1
                continue
            tally["refused by archc alone" if verdict.archc else "accepted by archc alone"] += 1
            wrong.append(
                f"archc: {verdict.archc or 'accepts'}\n  torch: {verdict.torch or 'as without'}\n  {text(spec or {})}"
            )
    return tally, wrong


if __name__ == "__main__":
    raise SystemExit(main())
