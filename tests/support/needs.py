"""What some tests need from the machine."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip loudly; fail in CI, which installs every program the tests need."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"NOT TESTED: {what} is missing")


def out_of_reach(what: str) -> NoReturn:
    """Skip loudly, in CI too: data that is not here and servers that do not answer say nothing about the code."""
    pytest.skip(f"NOT TESTED: {what} is out of reach")
