"""Boundaries of any province: names of regencies learnt from the list, places checked, slips proposed."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pandas as pd
import pytest
from geopandas import GeoDataFrame
from shapely import box

import gerai_geo as gg
from gerai_geo import schema

# two regencies of a province that the package has no table of, four villages each, by code alone
CODES = [f"72.{k}.01.200{i}" for k in ("12", "06") for i in range(1, 5)]
NAMES = ["Koya", "Korolama", "Korololaki", "Gililana", "Bahodopi", "Keurea", "Fatufia", "Labota"]
SQUARES = [box(121 + i * 0.1, -2 - j, 121.1 + i * 0.1, -1.9 - j) for j in (0, 1) for i in range(4)]


def boundaries(**columns: list[str]) -> GeoDataFrame:
    return GeoDataFrame({"kode": CODES, "nama": NAMES, **columns}, geometry=SQUARES, crs=schema.CRS)


def rows(
    folder: Path, regency: list[str | None], villages: list[str], moved: dict[int, tuple[float, float]] | None = None
) -> Path:
    at = {n: s.centroid for n, s in zip(NAMES, SQUARES, strict=True)}
    places = [(at[v].y, at[v].x) for v in villages]
    for i, place in (moved or {}).items():
        places[i] = place
    file = folder / "titik.csv"
    table = {
        "Kabupaten": regency,
        "Desa": villages,
        "Latitude": [p[0] for p in places],
        "Longitude": [p[1] for p in places],
    }
    pd.DataFrame(table).to_csv(file, index=False)
    return file


def test_names_are_learnt_over_villages_and_used_for_checks(tmp_path: Path) -> None:
    regency = ["Kab. Morowali Utara", "Morowali Utara", "KABUPATEN MOROWALI UTARA", "Morowali", "Kab. Morowali", None]
    villages = ["Koya", "Korolama", "Korololaki", "Bahodopi", "Keurea", "Gililana"]
    file = rows(tmp_path, regency, villages, {1: (1.95, 121.15)})
    sites, issues = gg.read_sites(file, boundaries=boundaries())
    assert sites["regency"].tolist() == ["Morowali Utara"] * 3 + ["Morowali"] * 2 + ["Morowali Utara"]
    assert sites["regency_code"].tolist() == ["72.12"] * 3 + ["72.06"] * 2 + ["72.12"]
    moved = issues[issues["code"] == "outside_regency"]
    assert moved["site_id"].tolist() == ["titik-3"]
    assert "Morowali Utara" in moved["message"].item()
    assert moved["correction"].item() == "-1.95, 121.15"


def test_two_villages_at_least_and_most_of_them(tmp_path: Path) -> None:
    file = rows(tmp_path, ["Poso", "Poso", "Poso"], ["Koya", "Bahodopi", "Keurea"], {})
    sites, _issues = gg.read_sites(file, boundaries=boundaries())
    assert sites["regency"].tolist() == ["Poso"] * 3  # two of three lie under 72.06
    assert sites["regency_code"].tolist() == ["72.06"] * 3
    file = rows(tmp_path, ["Poso", "Poso"], ["Koya", "Bahodopi"])
    sites, _issues = gg.read_sites(file, boundaries=boundaries())
    assert sites["regency_code"].isna().all()


def test_names_in_the_boundaries_win(tmp_path: Path) -> None:
    named = boundaries(WADMKK=["Morowali Utara"] * 4 + ["Morowali"] * 4)
    file = rows(tmp_path, ["kab.morowali utara", "MOROWALI"], ["Koya", "Keurea"])
    sites, issues = gg.read_sites(file, boundaries=named)
    assert sites["regency"].tolist() == ["Morowali Utara", "Morowali"]
    assert sites["regency_code"].tolist() == ["72.12", "72.06"]
    assert "outside_regency" not in issues["code"].tolist()


def test_a_code_in_the_list_names_the_regency(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    text = "Kode Kabupaten,Kabupaten,Desa,Latitude,Longitude\n72.12,Morowali Utara,X,-1.95,121.05\n,,Y,-1.95,121.15\n"
    file.write_text(text, encoding="utf-8")
    sites, _issues = gg.read_sites(file, boundaries=boundaries())
    assert sites["regency"].tolist() == ["Morowali Utara"] * 2


@pytest.mark.parametrize("known", [True, False])
def test_the_real_villages_of_morowali_utara(shared: Path, tmp_path: Path, known: bool) -> None:
    file = shared / "admin" / "morowali_utara_villages.gpkg"
    villages = geopandas.read_file(file)
    inside = villages.representative_point()
    table = pd.DataFrame(
        {"Kabupaten": "Kab. Morowali Utara", "Desa": villages["nama"], "Latitude": inside.y, "Longitude": inside.x}
    )
    table.loc[3, "Latitude"] *= -1
    table.to_csv(tmp_path / "a.csv", index=False)
    sites, issues = gg.read_sites(tmp_path / "a.csv", boundaries=file if known else None)
    reported = issues[issues["code"] == "outside_regency"]
    assert len(sites) == len(villages)
    assert reported["site_id"].tolist() == (["a-5"] if known else [])
    if known:
        assert set(sites["regency_code"]) == {"72.12"}
        assert reported["correction"].notna().all()
