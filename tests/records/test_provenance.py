"""The day that results bear, their seal, and the versions they name: the same inputs give the same files."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gerai_geo.core.dates import now, today
from gerai_geo.core.file_digest import seal_of
from gerai_geo.errors import InputError
from gerai_geo.records.models import Screening
from gerai_geo.records.provenance.versions import package_versions
from gerai_geo.records.store import write_screening

CREATED_1 = 1_767_225_600
"""1 January 2026, 00.00 UTC: 20,454 days of 86,400 seconds after 1970."""


def test_results_bear_the_day_that_reproducible_builds_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(CREATED_1))
    assert now() == datetime(2026, 1, 1, tzinfo=UTC)
    assert today() == date(2026, 1, 1)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert now().tzinfo is not None
    assert today() > date(2026, 1, 1)


@pytest.mark.parametrize("value", ["kemarin", "1e9", "9" * 30])
def test_a_day_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(InputError, match="SOURCE_DATE_EPOCH"):
        now()


def test_a_geopackage_bears_the_time_of_its_screening(small_screening: Screening, tmp_path: Path) -> None:
    folders = [write_screening(small_screening, tmp_path / name) for name in ("a", "b")]
    files = [folder / "findings.gpkg" for folder in folders]
    assert files[0].read_bytes() == files[1].read_bytes()
    expected = datetime.fromisoformat(small_screening.manifest["created"]).astimezone(UTC)
    with closing(sqlite3.connect(files[0])) as connection:
        times = connection.execute(
            "SELECT last_change FROM gpkg_contents UNION SELECT update_time FROM layer_styles"
        ).fetchall()
    assert times == [(expected.strftime("%Y-%m-%dT%H:%M:%S") + ".000Z",)]


def test_a_seal_depends_on_what_a_manifest_says_and_not_on_how_it_is_written(
    small_screening: Screening, tmp_path: Path
) -> None:
    file = write_screening(small_screening, tmp_path / "hasil") / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    assert len(manifest["seal"]) == 64
    assert seal_of(dict(reversed(manifest.items()))) == manifest["seal"]
    manifest["counts"]["rows"] += 1
    assert seal_of(manifest) != manifest["seal"]


def test_manifests_name_the_libraries_that_change_answers() -> None:
    assert {"python", "gerai-geo", "shapely", "geos", "pyproj", "proj", "geopandas", "pandas", "numpy"} == {
        *package_versions()
    }
