"""GeoJSON files with a ``crs`` that nobody knows are reported or refused, never silently read as degrees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import gerai_geo as gg
from gerai_geo.errors import CRSError
from gerai_geo.intake.files.geojson_texts import unknown_crs

DEGREES, METRES = (112.95, -2.53), (716818.062, 9720194.244)


def write(path: Path, crs: Any, at: tuple[float, float], *, last: bool = False) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"nama": "A", "crs": "kolom"},
            "geometry": {"type": "Point", "coordinates": at},
        }
    ]
    whole: dict[str, Any] = {"type": "FeatureCollection"}
    whole |= {"features": features, "crs": crs} if last else {"crs": crs, "features": features}
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def named(name: str) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": name}}


UNKNOWN = [named("EPSG:99999"), named("Local grid"), named(""), {"type": "link", "properties": {"href": "http://x/y"}},
           {"type": "EPSG", "properties": {"code": 9999999}}, "EPSG:32749", {"wkid": 32749}, {"type": "name"}]  # fmt: skip


@pytest.mark.parametrize("crs", UNKNOWN)
@pytest.mark.parametrize("last", [False, True])
def test_metres_on_an_unknown_crs_are_refused_until_the_user_names_it(tmp_path: Path, crs: Any, last: bool) -> None:
    file = write(tmp_path / "a.geojson", crs, METRES, last=last)
    with pytest.raises(CRSError, match="--crs"):
        gg.read_sites(file)
    sites, issues = gg.read_sites(file, crs="EPSG:32749")
    assert sites.geometry.iloc[0].x == pytest.approx(112.95, abs=1e-6)
    assert "tidak dikenal" in issues[issues["code"] == "reader_warning"]["message"].item()


@pytest.mark.parametrize("crs", UNKNOWN)
def test_degrees_in_indonesia_are_read_and_reported(tmp_path: Path, crs: Any) -> None:
    sites, issues = gg.read_sites(write(tmp_path / "a.geojson", crs, DEGREES))
    assert sites.geometry.iloc[0].x == 112.95
    reported = issues[issues["code"] == "reader_warning"]
    assert reported["severity"].item() == "warning"
    assert "EPSG:4326" in reported["message"].item()


@pytest.mark.parametrize(
    ("crs", "at"),
    [(named("urn:ogc:def:crs:EPSG::32749"), METRES), (named("urn:ogc:def:crs:OGC:1.3:CRS84"), DEGREES),
     (named("EPSG:4326"), DEGREES), (None, DEGREES), ({"type": "EPSG", "properties": {"code": 32749}}, METRES)],
)  # fmt: skip
def test_known_ones_are_used_without_a_word(tmp_path: Path, crs: Any, at: tuple[float, float]) -> None:
    sites, issues = gg.read_sites(write(tmp_path / "a.geojson", crs, at))
    assert sites.geometry.iloc[0].x == pytest.approx(112.95, abs=1e-6)
    assert "reader_warning" not in issues["code"].tolist()


def test_layers_too(tmp_path: Path) -> None:
    ring = [[x + METRES[0], y + METRES[1]] for x, y in ((0, 0), (900, 0), (900, 900), (0, 900), (0, 0))]
    feature = {
        "type": "Feature",
        "properties": {"FUNGSIKWS": 1003},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    whole = {"type": "FeatureCollection", "crs": named("Lokal"), "features": [feature]}
    file = tmp_path / "hutan.geojson"
    file.write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(CRSError, match="--forest-crs"):
        gg.read_forest(file)
    with pytest.raises(CRSError, match="--extra-crs"):
        gg.read_extra(file)
    assert gg.read_forest(file, crs=32749).table.total_bounds[0] == pytest.approx(112.95, abs=1e-4)
    extra = gg.read_extra(file, crs=32749)
    assert "tidak dikenal" in extra.issues[extra.issues["code"] == "reader_warning"]["message"].item()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"type": "FeatureCollection", "crs": "Lokal", "features": []}', '"Lokal"'),
        ('\ufeff\n{"crs" :\t{"properties": {"name": "Lokal {1}"}, "type": "name"}, "features": []}', "Lokal {1}"),
        ('{"name": "crs", "crs": {"type": "name", "properties": {"name": "Lokal"}}}', "Lokal"),
        ('{"name": "a \\"crs\\": 5", "crs": {"type": "name", "properties": {"name": "EPSG:4326"}}}', None),
        ('{"name": "{", "crs": "Lokal"}', '"Lokal"'),
        ('{"meta": {"crs": "Lokal"}, "features": []}', None),
        ('{"meta": ["crs"], "features": []}', None),
        ('{"crs": "Satu", "features": [{"properties": {"crs": "Dua"}}]}', '"Satu"'),
        ('{"crs": "Satu", "features": [], "crs": "Dua"}', '"Dua"'),
        ('{"features": [{"properties": {"crs": "Dua"}}]}', None),
        ('{"crs": null, "features": []}', None),
        ('[{"crs": "Lokal"}]', None),
        ('{"crs": ', None),
    ],
)
def test_the_crs_of_the_outermost_object_counts(text: str, expected: str | None, tmp_path: Path) -> None:
    file = tmp_path / "a.geojson"
    file.write_text(text, encoding="utf-8")
    assert unknown_crs(file) == expected  # a value of another kind than an object as JSON
