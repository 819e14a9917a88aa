"""The screenings whose outputs are compared, made once for all modules that read them."""

from __future__ import annotations

import os

import pytest
from one_screening import REAL, Outputs, job, second_month

import gerai_geo as gg


@pytest.fixture(scope="session", params=["sample", "decided", "real"])
def outputs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    folder = tmp_path_factory.mktemp(request.param) / "hasil"
    if request.param == "sample":
        return job(folder, ["demo"])
    if request.param == "decided":
        return second_month(folder)
    if not os.environ.get("GERAI_GEO_LONG_TESTS"):
        pytest.skip("NOT TESTED: the outputs of the 1,186 real rows take minutes; set GERAI_GEO_LONG_TESTS=1")
    if not REAL.is_file():
        pytest.skip("NOT TESTED: the 1,186 real rows are missing (../shared/data/sites)")
    return job(folder, ["run", str(REAL), "--forest", str(gg.sample_paths().forest), "--scale", "250000"])
