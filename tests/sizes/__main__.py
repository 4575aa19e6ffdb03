"""`python -m tests.sizes [--cases N] [--seed S]`: what archc says of sizes held against torch, on random networks."""

from __future__ import annotations

import argparse
from random import Random

from tests.sizes.oracle import Tally, judge
from tests.sizes.random_specs import KINDS


def main() -> int:
    """Compare until so many networks were made; exits 1 where archc and torch disagree."""
    parser = argparse.ArgumentParser(prog="python -m tests.sizes", description="Valid sizes against torch.")
    parser.add_argument("--cases", type=int, default=1000, help="how many networks (default: 1000)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = Random(options.seed)
    tallies = {kind: Tally() for kind in KINDS}
    kinds = list(KINDS)
    made = 0
    while made < options.cases:
        kind = kinds[made % len(kinds)]
        found, tally = judge(KINDS[kind](random), random), tallies[kind]
        made += found.networks
        tally.networks += found.networks
        tally.sizes += found.sizes
        tally.valid += found.valid
        tally.undecided += bool(found.undecided)
        tally.disagreements += found.disagreements
    print("kind             networks      sizes      valid  undecided  disagreements")
    for kind, t in tallies.items():
        print(f"{kind:16} {t.networks:8,} {t.sizes:10,} {t.valid:10,} {t.undecided:10,} {len(t.disagreements):14,}")
    wrong = [each for tally in tallies.values() for each in tally.disagreements]
    print("\n".join(wrong[:5]))
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
