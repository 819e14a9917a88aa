"""Fixtures that more than one test module needs."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas
import hypothesis
import pandas as pd
import pytest
from needs import missing, out_of_reach
from shapely import Point, box

from gerai_geo import schema
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.records.models import Screening

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

collect_ignore = ["support", "mutation"]  # helpers, not tests

hypothesis.settings.register_profile("no times", deadline=None)  # a busy machine is no fault
hypothesis.settings.load_profile("no times")

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the real data, `../shared/data`, which is not part of this repository: no checkout on a forge has it."""
    if not SHARED.is_dir():
        out_of_reach("the real data in ../shared/data")
    return SHARED


def _binaries() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        extensions = Path("/usr/share/postgresql") / folder.parent.name / "extension"
        if (folder / "initdb").exists() and list(extensions.glob("postgis.control")):
            return folder
    return None


@pytest.fixture(scope="module")
def database() -> Iterator[object]:
    """Connection to a new, empty PostGIS database; its server listens only on a socket in its own folder."""
    psycopg = pytest.importorskip("psycopg")
    binaries = _binaries()
    if binaries is None:
        missing("PostgreSQL with PostGIS (Debian: postgresql-15-postgis-3)")
    folder = Path(tempfile.mkdtemp(prefix="gg-pg-"))
    user = getpass.getuser()
    prefix = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = "postgres"
        shutil.chown(folder, user, user)
        prefix = ["runuser", "-u", user, "--"]
    data, socket = folder / "data", folder

    def run(*command: object) -> None:
        subprocess.run([*prefix, *map(str, command)], check=True, capture_output=True, text=True, cwd=folder)

    try:
        run(binaries / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync")
        run(binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log",
            "-o", f"-c listen_addresses='' -c unix_socket_directories='{socket}' -c fsync=off", "start")  # fmt: skip
        try:
            with psycopg.connect(host=str(socket), user="postgres", dbname="postgres", autocommit=True) as connection:
                connection.execute("CREATE EXTENSION postgis")
                yield connection
        finally:
            run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


HOSTILE_NAME = "<img src=x onerror=alert(1)>"
FORMULA_NAME = "=cmd|' /C calc'!A0"


@pytest.fixture
def small_screening() -> Screening:
    """Eight invented sites, one of each kind, written by hand (no screening code runs)."""
    hp, apl = box(112.0, -3.0, 112.5, -2.0), box(112.5, -3.0, 113.0, -2.0)
    rows = [
        # id, name, village, regency, geometry, status, nominal, reason_code, action, function, boundary_m, p
        ("K-1", "Gerai Satu", "Contoh Satu", "Seruyan", Point(112.2, -2.5), "inside", "inside", "inside", "legalize", "HP", 33_342.1, 1.0),
        ("K-2", HOSTILE_NAME, "Contoh Dua", "Seruyan", Point(112.49, -2.5), "inside", "inside", "inside", "legalize", "HP", 1_111.4, 1.0),
        ("K-3", FORMULA_NAME, "Contoh Tiga", "Seruyan", Point(112.4995, -2.51), "near_boundary", "inside", "near_edge", "verify", "HP", 55.6, 0.83),
        ("K-4", "Gerai Empat", "Contoh Empat", "Seruyan", Point(112.7, -2.5), "outside", "outside", "outside", "none", "APL", -22_228.0, 0.0),
        ("K-5", "Gerai Lima", "Contoh Lima", "Seruyan", None, "not_assessed", "not_assessed", "no_coordinates", "fix_data", None, None, None),
        ("L-6", "Gerai Enam", "Contoh Enam", "Kotawaringin Timur", box(112.499, -2.4005, 112.501, -2.3995), "partly_inside", "partly_inside", "partly_inside", "legalize", "HP", 0.0, 0.97),
        ("L-7", "Gerai Tujuh", "Contoh Tujuh", "Kotawaringin Timur", Point(112.51, -2.2), "outside", "outside", "outside", "none", "APL", -1_111.4, 0.0),
        ("L-8", "Gerai Delapan", "Contoh Delapan", "Kotawaringin Timur", Point(115.0, -2.2), "not_assessed", "not_assessed", "not_covered", "verify", None, None, None),
    ]  # fmt: skip
    names = ["site_id", "name", "village", "regency", "geometry", "status", "nominal_status", "reason_code", "action",
             "function", "boundary_m", "p_forest"]  # fmt: skip
    findings = geopandas.GeoDataFrame(pd.DataFrame(rows, columns=names).set_index("site_id"), crs=schema.CRS)
    findings["regency_code"] = findings["regency"].map({"Seruyan": "62.07", "Kotawaringin Timur": "62.02"})
    findings["district"] = "Kecamatan Contoh"
    findings["source"] = "contoh.xlsx"
    findings["source_row"] = range(2, 10)
    findings["number"] = [1, 2, 3, 4, 5, 1, 2, 3]
    findings["reason"] = "Alasan contoh untuk " + findings["status"]
    findings["tolerance_m"] = 125.4
    findings["edition"] = "2026"
    findings["scale"] = 250_000
    findings["decree"] = "SK.1/CONTOH/2026"
    findings["functions"] = findings["function"].map({"HP": "HP 100.0 %", "APL": "APL 100.0 %"})
    parcel = findings.index == "L-6"
    findings.loc[parcel, ["area_m2", "forest_m2", "forest_share", "uncovered_m2"]] = [24_596.0, 12_298.0, 0.5, 0.0]
    findings.loc[parcel, "functions"] = "HP 50.0 %; APL 50.0 %"
    findings = schema.set_dtypes(schema.set_dtypes(findings, "findings"), "sites")
    overlaps = pd.DataFrame(
        {
            "site_id": ["L-6", "L-6"],
            "function": ["HP", "APL"],
            "in_forest": [True, False],
            "decree": ["SK.1/CONTOH/2026"] * 2,
            "overlap_m2": [12_298.0, 12_298.0],
            "share": [0.5, 0.5],
        }
    )
    issues = issues_table(
        [
            issue_row("no_coordinates", "Koordinat kosong.", severity="error", site_id="K-5", source="contoh.xlsx",
                         source_row=6, column="Latitude", value="", suggestion="Isi koordinat titik."),
            issue_row("unknown_column", "Kolom tidak dikenal.", severity="info", source="contoh.xlsx", column="Catatan"),
        ]
    )  # fmt: skip
    forest = schema.set_dtypes(
        geopandas.GeoDataFrame(
            {
                "function": ["HP", "APL"],
                "function_as_given": ["100300", "100700"],
                "in_forest": [True, False],
                "decree": ["SK.1/CONTOH/2026", None],
            },
            geometry=[hp, apl],
            crs=schema.CRS,
        ),
        "forest",
    )
    manifest = {
        "created": "2026-11-22T09:00:00+07:00",
        "lang": "id",
        "synthetic": True,
        "sites": [{"source": "contoh.xlsx", "sha256": "00" * 32, "rows": 8}],
        "forest": {"source": "hutan_contoh.gpkg", "sha256": "11" * 32, "edition": "2026", "scale": 250_000, "covers": "polygons"},
        "tolerance_m": 125.4,
        "counts": {"rows": 8, "assessed": 6, "not_assessed": 2},
        "versions": {"gerai-geo": "0.1.0"},
    }  # fmt: skip
    return Screening(findings, schema.set_dtypes(overlaps, "overlaps"), issues, manifest, forest)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    from browsing import chromium

    with chromium() as started:
        yield started


@pytest.fixture
def seruyan(browser: Browser, folder: Path) -> Iterator[Page]:
    """Seruyan's map of the module's ``folder``, open; it must stay silent."""
    from browsing import Visit

    visit = Visit(browser, folder / "maps" / "seruyan.html")
    yield visit.page
    visit.check_silent()
    visit.page.context.close()
