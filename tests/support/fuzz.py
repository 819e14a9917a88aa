"""
Tries random inputs for as long as told, and shows the smallest that fails.

    python tests/support/fuzz.py coordinates --minutes 10

Targets: coordinates, spreadsheets, layers (KML and GeoJSON), followup (meeting workbooks); see `fuzz_targets`. A case that
failed is kept there, in `Target.failed_once`, once it is mended.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
import warnings
from typing import Any

from fuzz_targets import TARGETS, Target
from hypothesis import HealthCheck, Phase, given, seed, settings

BATCH = 250


def run(target: Target, count: int, first: int) -> int:
    """
    Check the cases that once failed, and `count` random ones.

    Parameters
    ----------
    first
        Seed of the random cases: the same seed gives the same cases.

    Returns
    -------
    tried
        Number of random cases.
    """
    for case in target.failed_once:
        target.check(case)
    tried = 0

    @seed(first)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck),
              phases=(Phase.generate, Phase.shrink), print_blob=False)  # fmt: skip
    @given(target.cases)
    def every_case(case: Any) -> None:
        nonlocal tried
        tried += 1
        target.check(case)

    every_case()
    return tried


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="repeats a run")
    options = parser.parse_args()
    warnings.simplefilter("error")
    first = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    end = time.monotonic() + 60 * options.minutes
    tried = batches = 0
    while batches == 0 or time.monotonic() < end:
        try:
            tried += run(TARGETS[options.target], BATCH, first + batches)
        except BaseException:  # noqa: BLE001  # whatever a user would see as a traceback
            traceback.print_exc()
            print(f"{options.target}: a case fails after {tried} cases; repeat with --seed {first + batches}")
            return 1
        batches += 1
    print(f"{options.target}: {tried} cases in {options.minutes:g} minutes from seed {first}; none fails")
    return 0


if __name__ == "__main__":
    sys.exit(main())
