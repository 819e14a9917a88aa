"""Tables of corners: parcels from rows, in any notation; issues on corners missing or out of order."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.core import geometry
from gerai_geo.errors import InputError
from gerai_geo.intake.parcels.rings import Corner, make_parcel

Sites = geopandas.GeoDataFrame


def read(folder: Path, text: str, **options: object) -> tuple[Sites, pd.DataFrame]:
    file = folder / "bidang.csv"
    file.write_text(text, encoding="utf-8")
    return gg.read_sites(file, **options)  # type: ignore[arg-type]


def with_code(issues: pd.DataFrame, code: str) -> pd.DataFrame:
    return issues[issues["code"] == code]


# 30 x 40 m in UTM 49S at Sampit: corners by hand
UTM = [(716818.0, 9720194.2), (716848.0, 9720194.2), (716848.0, 9720234.2), (716818.0, 9720234.2)]


def utm_rows(site: str, shift: float = 0.0, labels: tuple[str, ...] = ("1", "2", "3", "4"), order: str = "0123") -> str:
    return "".join(
        f"{site};{label};{UTM[int(k)][0] + shift};{UTM[int(k)][1]}\n" for label, k in zip(labels, order, strict=True)
    )


@pytest.mark.parametrize(
    "head", ["Nama Bidang;No Titik;X;Y", "ID Bidang;Patok;Easting;Northing", "ID;Titik Sudut;X;Y", "NIB;Corner;x;y",
             "Persil;Titik;X;Y", "Nama Lahan;No. Titik;X;Y", "Desa;Nomor Patok;X;Y", "ID Lahan;No;X;Y"],
)  # fmt: skip
def test_headings_of_offices(tmp_path: Path, head: str) -> None:
    sites, issues = read(tmp_path, f"{head}\n{utm_rows('A-1')}{utm_rows('B-2', 500)}", crs="EPSG:32749")
    assert len(sites) == 2
    # 1 200 m2 on the grid; UTM 49S magnifies areas here by 0.9996^2 * (1 + (216 818 / 6.38e6)^2) = 1.00035
    assert geometry.area_m2(sites.geometry) == pytest.approx([1199.6, 1199.6], abs=0.3)
    assert sites["source_row"].tolist() == [2, 6]
    assert sites.attrs["inputs"][0]["rows"] == 2
    assert sites.attrs["inputs"][0]["corners"] == 8
    assert with_code(issues, "corners_joined")["message"].tolist()[0].startswith("4 titik sudut (baris 2–5)")


@pytest.mark.parametrize(
    ("columns", "rows", "crs"),
    [
        ("Lat;Lon", ["-2.53000;112.95000", "-2.53000;112.95027", "-2.52964;112.95027", "-2.52964;112.95000"], None),
        ("Lintang;Bujur", ["2°31'48,0\" LS;112°57'00,0\" BT", "2°31'48,0\" LS;112°57'00,97\" BT",
                           "2°31'46,7\" LS;112°57'00,97\" BT", "2°31'46,7\" LS;112°57'00,0\" BT"], None),
        ("Koordinat", ["-2,53000 112,95000", "-2,53000 112,95027", "-2,52964 112,95027", "-2,52964 112,95000"], None),
        ("Zona;Y;X", ["49.2;1220264,558;250040,780", "49.2;1220264,558;250070,780", "49.2;1220304,558;250070,780",
                      "49.2;1220304,558;250040,780"], None),
        ("Koordinat", ["49S 716818 9720194", "49S 716848 9720194", "49S 716848 9720234", "49S 716818 9720234"], None),
        ("X;Y", ["250040.780;1220264.558", "250070.780;1220264.558", "250070.780;1220304.558", "250040.780;1220304.558"],
         "EPSG:23836"),
    ],
)  # fmt: skip
def test_any_notation(tmp_path: Path, columns: str, rows: list[str], crs: str | None) -> None:
    text = f"ID Bidang;Patok;{columns}\n" + "".join(f"S-1;P{i};{r}\n" for i, r in enumerate(rows, 1))
    sites, _issues = read(tmp_path, text, crs=crs)
    assert sites.index.tolist() == ["S-1"]
    shape = sites.geometry.iloc[0]
    assert shape.geom_type == "Polygon"
    assert float(geometry.area_m2(sites.geometry)[0]) == pytest.approx(1200, rel=0.02)
    assert (shape.centroid.x, shape.centroid.y) == pytest.approx((112.950135, -2.52982), abs=2e-5)


def test_repeated_ids_at_places_close_together_are_corners(tmp_path: Path) -> None:
    text = "ID,Desa,Lat,Lon\n" + "".join(
        f"S-{s},D{s},{lat},{lon + s / 10}\n"
        for s in (1, 2)
        for lat, lon in [(-2.5, 112.5), (-2.5, 112.5003), (-2.5003, 112.5)]
    )
    sites, _issues = read(tmp_path, text)
    assert sites.index.tolist() == ["S-1", "S-2"]
    assert sites["village"].tolist() == ["D1", "D2"]
    assert set(sites.geometry.geom_type) == {"Polygon"}


@pytest.mark.parametrize(
    "text",
    [
        # ids repeated by mistake, kilometres apart
        "ID,Lat,Lon\nA,-2.5,112.1\nA,-2.6,112.2\nA,-2.7,112.3\nB,-2.8,112.4\n",
        # one village, three candidate points
        "Desa,Lat,Lon\nHanau,-2.5001,112.1\nHanau,-2.5002,112.1001\nHanau,-2.5003,112.1002\n",
        # a plain list with its own numbers of points
        "No Titik,Desa,Lat,Lon\n1,Hanau,-2.5001,112.1\n2,Danau,-2.5002,112.1001\n3,Lima,-2.5003,112.1002\n",
        # one id, the same place three times
        "ID,Lat,Lon\nA,-2.5,112.1\nA,-2.5,112.1\nA,-2.5,112.1\n",
        # ids repeated for different villages close by
        "ID,Desa,Lat,Lon\nA,D1,-2.5,112.1\nA,D2,-2.5001,112.1\nA,D3,-2.5,112.1002\n",
        # how many stakes is no corner
        "Desa,Jumlah Patok,Lat,Lon\nHanau,4,-2.5,112.1\nHanau,4,-2.5001,112.1\nHanau,4,-2.5,112.1002\n",
    ],
)
def test_lists_of_points_stay_lists_of_points(tmp_path: Path, text: str) -> None:
    sites, _issues = read(tmp_path, text)
    assert len(sites) == len(text.splitlines()) - 1
    assert set(sites.geometry.geom_type) == {"Point"}


@pytest.mark.parametrize(
    "labels", [("P1", "P2", "P10", "P3"), ("A", "B", "D", "C"), ("1", "2", "4", "3"), ("T.01", "T.02", "T.04", "T.03")]
)
def test_numbers_and_letters_put_corners_in_order(tmp_path: Path, labels: tuple[str, ...]) -> None:
    sites, issues = read(tmp_path, "ID;Patok;X;Y\n" + utm_rows("A", 0, labels, "0132"), crs="EPSG:32749")
    assert float(geometry.area_m2(sites.geometry)[0]) == pytest.approx(1199.6, abs=0.3)
    assert with_code(issues, "corner_order").empty


@pytest.mark.parametrize(
    "labels", [("U", "T", "S", "B"), ("BL", "TL", "TG", "BD"), ("kiri", "x9", "-", "k"), ("", "", "", "")]
)
def test_compass_words_and_missing_order_leave_rows_as_they_stand(tmp_path: Path, labels: tuple[str, ...]) -> None:
    sites, _issues = read(tmp_path, "ID Bidang;Patok;X;Y\n" + utm_rows("A", 0, labels), crs="EPSG:32749")
    assert float(geometry.area_m2(sites.geometry)[0]) == pytest.approx(1199.6, abs=0.3)


def test_closing_corner_repeated_with_its_own_or_the_first_number(tmp_path: Path) -> None:
    for closing in ("1", "5", ""):
        text = "ID Bidang;No Titik;X;Y\n" + utm_rows("A", 0, ("1", "2", "3", "4", closing), "01230")
        sites, issues = read(tmp_path, text, crs="EPSG:32749")
        assert shapely.get_num_coordinates(sites.geometry.iloc[0]) == 5
        assert with_code(issues, "corners_joined")["message"].item().startswith("4 titik sudut (baris 2–6)")


def test_crossing_order_of_four_is_read_in_the_only_possible_order_and_told(tmp_path: Path) -> None:
    sites, issues = read(tmp_path, "ID;Patok;X;Y\n" + utm_rows("A", order="0213"), crs="EPSG:32749")
    issue = with_code(issues, "corner_order")
    assert "1, 3, 2, 4" in issue["message"].item()
    assert issue["severity"].item() == "warning"
    assert float(geometry.area_m2(sites.geometry)[0]) == pytest.approx(1199.6, abs=0.3)


L_SHAPE = [(0, 0), (4, 0), (4, 1), (1, 1), (1, 4), (0, 4)]


def test_crossing_order_that_may_be_several_parcels_is_proposed_not_read(tmp_path: Path) -> None:
    corners = [(112.5 + x * 1e-4, -2.5 + y * 1e-4) for x, y in L_SHAPE]
    mixed = [corners[i] for i in (0, 2, 1, 3, 4, 5)]
    text = "ID Bidang,Patok,Lat,Lon\n" + "".join(f"A,P{n},{y:.6f},{x:.6f}\n" for n, (x, y) in enumerate(mixed, 1))
    sites, issues = read(tmp_path, text)
    assert sites.geometry.iloc[0] is None
    issue = with_code(issues, "corner_crossing")
    assert issue["severity"].item() == "error"
    assert "P1, P3, P2, P4, P5, P6" in issue["suggestion"].item()
    # accepted as proposed, it is the L
    accepted = tmp_path / "koreksi.csv"
    accepted.write_text("ID titik;Yang dikoreksi;Usulan koreksi;Koreksi yang diterima\n"
                        f"A;Koordinat;\"{issue['correction'].item()}\";ya\n", encoding="utf-8")  # fmt: skip
    again, after = gg.read_sites(tmp_path / "bidang.csv", corrections=accepted)
    assert again.geometry.iloc[0].normalize().equals_exact(shapely.Polygon(corners).normalize(), 1e-8)
    assert with_code(after, "corner_crossing").empty
    assert len(with_code(after, "corrected")) == 1


def test_a_missing_an_unreadable_and_a_far_corner_leave_the_parcel_unformed(tmp_path: Path) -> None:
    text = (
        "ID Bidang,Patok,Lat,Lon\n"
        "A,1,-2.50000,112.50000\nA,2,,\nA,3,-2.50100,112.50100\nA,4,-2.50100,112.50000\n"
        "B,1,-2.50000,112.60000\nB,2,xx,112.6\nB,3,-2.50100,112.60100\nB,4,-2.50100,112.60000\n"
        "C,1,-2.50000,112.70000\nC,2,-2.50000,112.70100\nC,3,-12.50100,112.70100\n"
        "D,1,-2.50000,112.80000\nD,2,-2.50000,112.80100\n"
        "E,1,-2.50000,112.90000\nE,2,-2.50000,112.90100\nE,3,-2.50100,112.90100\nE,4,,\nE,5,,\n"
        "F,1,-2.50000,112.95000\n"
    )
    sites, issues = read(tmp_path, text)
    assert sites.index.tolist() == list("ABCDEF")
    assert sites.geometry.isna().tolist() == [True, True, True, True, False, False]
    assert sites.geometry.iloc[5].geom_type == "Point"
    rows = {code: with_code(issues, code)[["site_id", "source_row"]].to_numpy().tolist()
            for code in ("corner_missing", "bad_coordinates", "corner_far", "few_corners")}  # fmt: skip
    assert rows == {
        "corner_missing": [["A", 3]],
        "bad_coordinates": [["B", 7]],
        "corner_far": [["C", 12]],
        "few_corners": [["D", 13]],
    }
    forest = geopandas.GeoDataFrame({"FUNGSIKWS": [1003]}, geometry=[box(112, -3, 113, -2)], crs=schema.CRS)
    findings = gg.screen(sites, gg.read_forest(forest), issues=issues).findings
    assert findings["status"].tolist() == ["not_assessed"] * 4 + ["inside"] * 2
    assert findings["reason_code"].tolist()[:4] == ["bad_geometry", "bad_coordinates", "bad_geometry", "bad_geometry"]


def test_cells_merged_over_the_corners_and_words_beside_them(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    file = tmp_path / "ukur.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Data")
        sheet.merge_range("A1:F1", "DAFTAR KOORDINAT PATOK BIDANG LAHAN GERAI")
        for c, text in enumerate(["No", "Nama Bidang", "Desa", "Patok", "X (m)", "Y (m)"]):
            sheet.write(2, c, text)
        for n, (name, village) in enumerate([("Lahan Satu", "Hanau"), ("Lahan Dua", "Danau Sembuluh")]):
            top = 3 + 4 * n
            for c, text in ((0, n + 1), (1, name), (2, village)):
                sheet.merge_range(top, c, top + 3, c, text)
            for k, (x, y) in enumerate(UTM):
                sheet.write_row(top + k, 3, [f"P{k + 1}", x + 900 * n, y])
    sites, _issues = gg.read_sites(file, crs="EPSG:32749")
    assert sites["name"].tolist() == ["Lahan Satu", "Lahan Dua"]
    assert sites["village"].tolist() == ["Hanau", "Danau Sembuluh"]
    assert sites["source_row"].tolist() == [4, 8]
    assert geometry.area_m2(sites.geometry) == pytest.approx([1199.6, 1199.6], abs=0.3)


def test_a_form_that_names_the_parcel_once(tmp_path: Path) -> None:
    text = "Nama Bidang;No Titik;X;Y;Keterangan\n" + utm_rows("").replace(";1;", "Lahan A;1;", 1).replace(
        "\n", ";pagar\n"
    )
    text += utm_rows("", 700).replace(";1;", "Lahan B;1;", 1).replace("\n", ";sungai\n", 1).replace("4\n", "4;pagar\n")
    sites, _issues = read(tmp_path, text, crs="EPSG:32749")
    assert sites["name"].tolist() == ["Lahan A", "Lahan B"]
    assert sites["Keterangan"].tolist()[0] == "pagar"


def test_one_parcel_alone_needs_stakes_in_its_heading_or_the_user(tmp_path: Path) -> None:
    rows = "".join(f"{k + 1};{x};{y}\n" for k, (x, y) in enumerate(UTM))
    assert len(read(tmp_path, "Patok;X;Y\n" + rows, crs="EPSG:32749")[0]) == 1
    assert len(read(tmp_path, "No;X;Y\n" + rows, crs="EPSG:32749")[0]) == 4
    assert len(read(tmp_path, "Kode Alat;X;Y\n" + rows, crs="EPSG:32749", columns={"corner": "Kode Alat"})[0]) == 1


def test_numbers_that_begin_again_under_one_name_are_two_parts(tmp_path: Path) -> None:
    text = "Nama Bidang;No Titik;X;Y\n" + utm_rows("A") + utm_rows("A", 100)
    sites, issues = read(tmp_path, text, crs="EPSG:32749")
    assert sites.geometry.iloc[0].geom_type == "MultiPolygon"
    assert len(with_code(issues, "corner_parts")) == 1


def test_corner_issues_can_be_written_and_a_point_is_no_correction_of_a_parcel(tmp_path: Path) -> None:
    from gerai_geo.outputs.workbook.issues_workbook import write_issues_workbook

    text = "ID Bidang,Patok,Lat,Lon\nB,1,-2.5,112.6\nB,2,xx,112.6\nB,3,-2.501,112.601\n"
    _sites, issues = read(tmp_path, text)
    write_issues_workbook(issues, tmp_path / "masalah.xlsx")
    accepted = tmp_path / "koreksi.csv"
    accepted.write_text("ID titik;Yang dikoreksi;Koreksi yang diterima\nB;Koordinat;-2.5 112.6\n", encoding="utf-8")
    with pytest.raises(InputError, match="beberapa titik sudut"):
        gg.read_sites(tmp_path / "bidang.csv", corrections=accepted)


def test_a_layer_of_corner_points_is_joined_too(tmp_path: Path) -> None:
    corners = [(x * 1e-4 + 112.5, y * 1e-4 - 2.5) for x, y in [(0, 0), (3, 0), (3, 4), (0, 4)]]
    features = [{"type": "Feature", "properties": {"id_bidang": "A", "patok": f"P{n}"}, "geometry": {"type": "Point", "coordinates": xy}}
                for n, xy in enumerate(corners, 1)]  # fmt: skip
    file = tmp_path / "patok.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    sites, _issues = gg.read_sites(file)
    assert sites.index.tolist() == ["A"]
    assert sites.geometry.iloc[0].equals(shapely.Polygon(corners))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=14), st.randoms())
def test_whatever_the_corners_the_parcel_is_valid_holds_them_and_says_why_not(
    places: list[tuple[int, int]], random: object
) -> None:
    corners = [Corner(n + 2, str(n + 1), shapely.Point(112.5 + x * 1e-5, -2.5 + y * 1e-5), False, True)
               for n, (x, y) in enumerate(places)]  # fmt: skip
    shape, issues = make_parcel(0, corners)
    if shape is None:
        assert any(r.severity == "error" for r in issues)
        assert all(r.correction is None or shapely.from_wkt(r.correction).is_valid for r in issues)
        return
    assert shape.is_valid
    away = shapely.distance(shape, np.array([c.point for c in corners], dtype=object))
    assert away.max() < 1e-12


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 9), st.randoms(use_true_random=False), st.floats(0, 6.28))
def test_corners_on_a_convex_outline_are_put_in_order_from_any_shuffle(n: int, random: object, turn: float) -> None:
    angles = turn + np.sort(np.array([random.uniform(0, 2 * np.pi) for _i in range(n)]))  # type: ignore[attr-defined]
    ring = [shapely.Point(112.5 + 3e-4 * np.cos(a), -2.5 + 3e-4 * np.sin(a)) for a in angles]
    shuffled = ring[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    wanted = shapely.Polygon(ring)
    if wanted.area < 1e-10:
        return
    shape, _issues = make_parcel(0, [Corner(i, None, p, False, True) for i, p in enumerate(shuffled)])
    assert shape is not None
    assert shape.symmetric_difference(wanted).area < 1e-13
