"""Parcels drawn from declared sides, only when asked for; corrections in the manifest."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from shapely import box

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.cli import main
from gerai_geo.core import geometry

LIST = (
    "Desa;Lebar Lahan;Panjang Lahan;Luas;Latitude;Longitude\n"
    "A;20;50;;-2.53000;112.95000\n"
    "B;;;20 x 50 m;-2.53000;112.96000\n"
    "C;;;1.000 m2;-2.53000;112.97000\n"
    "D;;;;-2.53000;112.98000\n"
    "E;20;50;;;\n"
    "F;20;90000;;-2.53000;112.99000\n"
)
FOREST = geopandas.GeoDataFrame({"FUNGSIKWS": [1003]}, geometry=[box(112, -3, 113.5, -2)], crs=schema.CRS)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lahan.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def test_points_stay_points_unless_parcels_are_asked_for(file: Path) -> None:
    sites, _issues = gg.read_sites(file)
    assert set(sites.geometry.geom_type.dropna()) == {"Point"}
    assert not [c for c in sites.columns if c.startswith("_")]


def test_rectangles_have_the_declared_sides_and_a_wider_band(file: Path) -> None:
    sites, issues = gg.read_sites(file, parcels=True)
    assert sites.geometry.geom_type.tolist()[:4] == ["Polygon", "Polygon", "Polygon", "Point"]
    assert sites.geometry.isna().tolist() == [False] * 4 + [True, False]
    assert geometry.area_m2(sites.geometry.to_numpy()[:3]) == pytest.approx([1000.0] * 3, rel=1e-4)
    corners = np.array([shapely.get_coordinates(s)[:4] for s in sites.geometry.to_numpy()[:3]])
    sides = np.array([geometry.geodesic_m(c, np.roll(c, 1, axis=0)) for c in corners])
    assert np.sort(sides[0]) == pytest.approx([20, 20, 50, 50], abs=0.01)
    assert sides[2] == pytest.approx(1000**0.5, abs=0.01)
    west, _south, east, _north = sites.geometry.iloc[0].bounds
    assert (east - west) * 111_320 == pytest.approx(20, abs=0.1)  # the width runs east to west
    # half the diagonal of 20 x 50 m is 26.93 m; with 10 m of a GPS fix 28.7 m; of the square 22.36 and 24.5 m
    assert sites["accuracy_m"].tolist()[:3] == pytest.approx([28.7, 28.7, 24.5], abs=0.05)
    assert issues[issues["code"] == "parcel_assumed"]["site_id"].tolist() == ["lahan-2", "lahan-3", "lahan-4"]
    assert issues[issues["code"] == "parcel_unknown"]["site_id"].tolist() == ["lahan-5", "lahan-7"]
    centre = sites.geometry.iloc[0].centroid
    assert (centre.x, centre.y) == pytest.approx((112.95, -2.53), abs=1e-9)


def test_the_given_accuracy_is_widened_too(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Desa;Luas;Latitude;Longitude;Akurasi\nA;20 x 50;-2.53000;112.95000;30 m\n", encoding="utf-8")
    sites, _issues = gg.read_sites(file, parcels=True)
    assert sites["accuracy_m"].item() == pytest.approx((30**2 + 26.926**2) ** 0.5, abs=0.1)


def test_screening_uses_the_wider_band(file: Path) -> None:
    forest = gg.read_forest(FOREST, scale=250_000)
    sites, issues = gg.read_sites(file, parcels=True)
    findings = gg.screen(sites, forest, issues=issues).findings
    # 0.5 mm at 1:250 000 is 125 m; with 28.7 m of the site 128.3 m
    assert findings["tolerance_m"].iloc[0] == pytest.approx(128.3, abs=0.1)
    assert findings["forest_m2"].iloc[0] == pytest.approx(1000, rel=1e-4)


def test_shared_points_are_still_told_when_parcels_are_drawn(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "Desa;Luas;Latitude;Longitude\nA;900;-2.53000;112.95000\nB;900;-2.53000;112.95000\n", encoding="utf-8"
    )
    _sites, issues = gg.read_sites(file, parcels=True)
    assert "shared_point" in issues["code"].tolist()


def test_command_line_and_manifest_of_corrections(tmp_path: Path, file: Path) -> None:
    FOREST.to_file(tmp_path / "hutan.gpkg")
    accepted = tmp_path / "koreksi.csv"
    accepted.write_text(
        "ID titik;Yang dikoreksi;Koreksi yang diterima\nlahan-6;Koordinat;-2.53 112.955\n", encoding="utf-8"
    )
    done = CliRunner().invoke(main, ["screen", str(file), "--forest", f"{tmp_path}/hutan.gpkg", "-o", f"{tmp_path}/hasil",
                                     "--parcels", "--apply", str(accepted)])  # fmt: skip
    assert done.exit_code == 0, done.output
    result = gg.read_screening(tmp_path / "hasil")
    assert result.findings["area_m2"].notna().tolist() == [True, True, True, False, True, False]
    digest = hashlib.sha256(accepted.read_bytes()).hexdigest()
    assert result.manifest["corrections"] == {"source": "koreksi.csv", "sha256": digest, "applied": 1}


@pytest.mark.parametrize(
    ("old", "new", "given", "accuracy"),
    [
        # minutes of 1' imply 1.1151 * 927.7 m; what replaces them decides anew
        ("2°31' LS;112°57' BT", "-2.531230 112.950410", "", None),
        ("xx;yy", "2°31' LS 112°57' BT", "", 1034.5),
        ("-2.531230;12.950410", "-2.531230 112.950410", "30", 30.0),  # what the list itself says stays
        ("xx;yy", "49M GT 168 201", "", 56.6),
    ],
)
def test_accuracy_follows_the_correction(
    tmp_path: Path, old: str, new: str, given: str, accuracy: float | None
) -> None:
    file, accepted = tmp_path / "a.csv", tmp_path / "koreksi.csv"
    file.write_text(f"ID;Latitude;Longitude;Akurasi\nA;{old};{given}\n", encoding="utf-8")
    accepted.write_text(f"ID titik;Yang dikoreksi;Koreksi yang diterima\nA;Koordinat;{new}\n", encoding="utf-8")
    sites, _issues = gg.read_sites(file, corrections=accepted)
    found = sites["accuracy_m"].item()
    assert pd.isna(found) if accuracy is None else found == pytest.approx(accuracy, abs=0.1)
