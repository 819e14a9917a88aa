"""The screenings whose outputs are compared, made once for all modules that read them."""

from __future__ import annotations

import os
from pathlib import Path

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


@pytest.fixture(scope="session")
def sample_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Map of Seruyan in the sample, with clear ground."""
    folder = tmp_path_factory.mktemp("sample")
    paths = gg.sample_paths()
    sites, issues = gg.read_sites(list(paths.sites))
    forest = gg.read_forest(paths.forest, scale=250_000)
    gg.write_maps(gg.find_clear_ground(gg.screen(sites, forest, issues=issues), forest), folder)
    return folder / "maps" / "seruyan.html"
