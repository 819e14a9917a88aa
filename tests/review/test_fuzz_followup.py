"""Random edits of a meeting workbook: a short run of what `fuzz` tries for minutes, always the same cases."""

from __future__ import annotations

import fuzz
from fuzz_targets import TARGETS


def test_random_edits_come_back_or_are_reported():
    assert fuzz.run(TARGETS["followup"], 40, first=13) >= 40
