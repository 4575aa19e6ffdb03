"""`python -m tests.oracle --cases N --seed S`: random specs, held to the oracle; every disagreement is printed."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

import torch

from tests.oracle.compare import Disagreement, Tally, compare
from tests.oracle.draw import FEATURES, Drawn, draw
from tests.oracle.reduce import reduced


def main() -> int:
    """Compare; 1 where something disagrees."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="the first case")
    parser.add_argument("--today", action="store_true", help="leave out what came with `else`")
    parser.add_argument("--reduce", type=int, default=5, help="how many disagreements are made smaller")
    parser.add_argument("--only", choices=("build", "class", "variant", "block", "spec"), help="what to print of")
    options = parser.parse_args()
    torch.set_num_threads(1)
    tally, features, labels = Tally(), Counter[str](), Counter[str]()
    start, left = time.perf_counter(), options.reduce
    for seed in range(options.seed, options.seed + options.cases):
        drawn = draw(seed, today=options.today)
        features.update(drawn.features)
        seen: set[tuple[str, str]] = set()
        for found in compare(drawn, tally):
            if found.label in seen or (options.only and found.side != options.only):
                continue
            seen.add(found.label)
            first = not labels[" ".join(found.label)]
            labels[" ".join(found.label)] += 1
            smaller = reduced(drawn, found) if first and left > 0 else None
            left -= smaller is not None
            show(drawn, found, smaller)
    took = time.perf_counter() - start
    shares = {name: round(100 * features[name] / options.cases) for name in FEATURES}
    print(
        f"\n{options.cases} cases, seeds {options.seed}..{options.seed + options.cases - 1}, {options.cases / took:.1f} a second"
    )
    print("compared:", dict(tally.counts))
    print("not compared:", dict(tally.notes))
    print("features, in % of the cases:", shares)
    print("disagreements:", dict(labels) or "none")
    return int(bool(labels))


def show(drawn: Drawn, found: Disagreement, smaller: Drawn | None) -> None:
    """Print a disagreement."""
    print(
        f"--- seed {drawn.seed}: {found.side}: {found.kind} at {found.at or 'the declared parameters'}\n    {found.detail[:600]}"
    )
    if smaller is not None:
        print(
            f"{smaller.text.rstrip()}\n    tried at {[dict(each) for each in smaller.settings]} {list(smaller.probes)}"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
