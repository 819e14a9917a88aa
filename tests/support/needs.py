"""What some tests need from the machine."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip loudly; in CI, where everything is installed, fail."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"NOT TESTED: {what} is missing")


def out_of_reach(what: str) -> NoReturn:
    """Skip loudly, in CI too: a registry that does not answer says nothing of the code."""
    pytest.skip(f"NOT TESTED: {what} can't be fetched")
