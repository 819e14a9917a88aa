"""Dossiers and lists on paper: what stands in them, how many pages, where north is, how long the scale bar is."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
import typst
from click.testing import CliRunner
from needs import missing
from pyproj import Geod
from shapely import Point, box

import gerai_geo as gg
from gerai_geo.cli import main
from gerai_geo.errors import InputError
from gerai_geo.i18n.labels import degrees_minutes_seconds
from gerai_geo.i18n.translate import _, use_language
from gerai_geo.outputs.dossier_pages.corner_table import site_corners
from gerai_geo.outputs.dossier_pages.map_frame import around_site, bar_length_m
from gerai_geo.outputs.dossier_pages.site_map import FRAME, HEIGHT_MM, WIDTH_MM, draw_site_map
from gerai_geo.outputs.text.file_names import site_slug
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.records.localise import localised_screening
from gerai_geo.records.models import Screening

FONTS = Path(gg.__file__).parent / "outputs" / "assets" / "liberation"


def read(pdf: Path | bytes, tmp_path: Path, *options: str) -> list[str]:
    """Text of each page, as poppler reads it."""
    if shutil.which("pdftotext") is None:
        missing("poppler-utils")
    file = tmp_path / "read.pdf" if isinstance(pdf, bytes) else pdf
    if isinstance(pdf, bytes):
        file.write_bytes(pdf)
    text = subprocess.run(["pdftotext", *options, file, "-"], check=True, capture_output=True).stdout.decode()
    return text.split("\f")[:-1]


def flat(text: str) -> str:
    return " ".join(text.split())


def moved(screening: Screening, site_id: str, shape: shapely.Geometry, **values: object) -> Screening:
    findings = screening.findings.copy()
    shapes = findings.geometry.to_numpy().copy()
    shapes[findings.index.get_loc(site_id)] = shape
    findings = findings.set_geometry(geopandas.GeoSeries(shapes, index=findings.index, crs=4326))
    for column, value in values.items():
        findings.loc[site_id, column] = value
    return replace(screening, findings=findings)


# UTM and TM-3 of the places of DOMAIN.md 5.2, computed there
@pytest.mark.parametrize(
    ("lon", "lat", "utm", "tm3", "numbers"),
    [
        (114.57, -0.63, "50S", "50.1", ["229.536,45", "9.930.302,95", "96.484,87", "1.430.335,91"]),
        (112.55, -3.38, "49S", "49.2", ["672.199,17", "9.626.266,74", "205.555,80", "1.126.291,83"]),
        (111.48, -2.30, "49S", "49.2", ["553.369,87", "9.745.770,55", "86.550,31", "1.245.662,70"]),
        (114.3, -1.5, "50S", "50.1", []),
        (113.9, -1.5, "49S", "49.2", []),
        (114.2, 0.5, "50N", "50.1", []),
        (113.5, 0.4, "49N", "49.2", []),
    ],
)
def test_the_pdf_states_the_right_zones(small_screening, tmp_path, lon, lat, utm, tm3, numbers):
    screening = moved(small_screening, "K-1", Point(lon, lat))
    text = flat(" ".join(read(gg.dossier_pdf(screening, "K-1"), tmp_path)))
    assert set(re.findall(r"UTM (\d+[NS])", text)) == {utm}
    assert set(re.findall(r"TM-3 (\d+\.\d)", text)) == {tm3}
    for number in numbers:
        assert number in text
    assert ("LU" if lat > 0 else "LS") in text


def test_all_facts_of_a_point_are_in_its_two_pages(small_screening, tmp_path):
    pages = [flat(p) for p in read(gg.dossier_pdf(small_screening, "K-3"), tmp_path)]
    assert len(pages) == 2
    text = " ".join(pages)
    for fact in [
        "K-3", "=cmd|' /C calc'!A0", "Contoh Tiga", "Kecamatan Contoh", "Kabupaten Seruyan",
        "Dekat batas, perlu verifikasi", "1:250.000", "edisi 2026", "2° 30′ 36,00″ LS", "112° 29′ 58,20″ BT",
        "Hutan Produksi Tetap (HP)", "SK.1/CONTOH/2026", "56 m di dalam", "125 m", "83 % (lebih mungkin)",
        "Surat permohonan telaah ke BPKH", "Disusun oleh", "Mengetahui", "contoh.xlsx", "hutan_contoh.gpkg",
        "0" * 12, "1" * 12, "22 November 2026",
    ]:  # fmt: skip
        assert fact in text, fact
    for number, page in enumerate(pages, 1):
        assert "bukan penetapan hukum" in page
        assert "DATA CONTOH BUATAN" in page
        assert f"halaman {number} dari 2" in page
    real = replace(small_screening, manifest={**small_screening.manifest, "synthetic": False})
    assert "DATA CONTOH BUATAN" not in " ".join(read(gg.dossier_pdf(real, "K-3"), tmp_path))


def test_a_site_at_the_rim_is_not_said_to_be_near_a_boundary(small_screening, tmp_path):
    findings = small_screening.findings.copy()
    findings.loc["K-3", ["reason_code", "rim_m", "boundary_m"]] = ["near_rim", 31.0, -5_800.0]
    page = flat(read(gg.dossier_pdf(replace(small_screening, findings=findings), "K-3"), tmp_path)[0])
    assert "Dekat batas, perlu verifikasi (tepi layer)" in page
    assert "Dekat tepi cakupan layer; di seberangnya tidak diketahui" in page
    assert "dekat ke batas" not in page.lower()


def _astray(small_screening):
    findings = small_screening.findings.copy()
    findings.loc["L-8", "action"] = "fix_data"
    findings.loc["L-8", "coordinates_as_given"] = "2,2 -115"
    findings.loc[["L-8"], "geometry"] = Point(-115.0, 2.2)
    issue = issue_row(
        "outside_indonesia",
        _("Titik bukan di Indonesia (lintang {lat}, bujur {lon}).").format(lat="2.2", lon="-115"),
        severity="error",
        site_id="L-8",
        source="contoh.xlsx",
        suggestion=_("Usul: {what}, menjadi lintang {lat}, bujur {lon}.").format(
            what=_("balik tanda bujur"), lat="2.2", lon="115"
        ),
        correction="2.2, 115",
    )
    return replace(small_screening, findings=findings, issues=issues_table([issue]))


def test_an_impossible_place_has_no_map_but_the_proposal(small_screening, tmp_path):
    page = flat(read(gg.dossier_pdf(_astray(small_screening), "L-8"), tmp_path)[0])
    assert "Koordinat 2,2 -115 tidak mungkin letak lahan ini, jadi tidak ada peta." in page
    assert "Usul: balik tanda bujur, menjadi lintang 2.2, bujur 115." in page
    assert "Letak titik" not in page


def test_lists_name_the_fault_and_the_proposal(small_screening):
    from gerai_geo.outputs.dossier_pages.flagged_list import list_data
    from gerai_geo.outputs.text.site_routes import ScreeningRoutes
    from gerai_geo.outputs.workbook.columns import list_table

    astray = _astray(small_screening)
    sentence = "Periksa dahulu: Titik bukan di Indonesia (lintang 2.2, bujur -115). Usul: balik tanda bujur, menjadi lintang 2.2, bujur 115."
    assert list_table(astray)["reason"]["L-8"].endswith(sentence)
    assert "Periksa" not in list_table(astray)["reason"]["K-5"], "its reason says that there are no coordinates"
    rows = list_data(astray, astray.findings.loc[["L-8"]], ScreeningRoutes(astray))["rows"]
    assert sentence in rows[0][8]
    with use_language("en"):
        reason = list_table(localised_screening(astray))["reason"]["L-8"]
    assert reason.endswith("Check first: The point is not in Indonesia (latitude 2.2, longitude -115). "
                           "Proposed: change the sign of the longitude, giving latitude 2.2, longitude 115.")  # fmt: skip


def test_a_parcel_has_all_its_corners_and_its_area_by_function(small_screening, tmp_path):
    text = flat(" ".join(read(gg.dossier_pdf(small_screening, "L-6"), tmp_path, "-layout")))
    assert text.count("112° 30′ 03,60″ BT") == 2  # 112.501
    assert text.count("2° 24′ 01,80″ LS") == 2  # 2.4005
    assert "1,23 ha" in text  # 12,298 m² of each function
    assert "50,0 %" in text
    assert "Areal Penggunaan Lain (APL)" in text
    assert "2,46 ha" in text


@pytest.mark.parametrize("paper", ["f4", "F4"])
def test_pdfs_on_folio_are_215_by_330_mm(small_screening, tmp_path, paper):
    files = gg.write_dossiers(small_screening, tmp_path / "berkas", paper=paper)
    if shutil.which("pdfinfo") is None:
        missing("poppler-utils")
    for file in [f for f in files if f.suffix == ".pdf"]:
        about = subprocess.run(["pdfinfo", file], check=True, capture_output=True, text=True).stdout
        size = re.search(r"^Page size: +([\d.]+) x ([\d.]+) pts", about, re.M)
        assert sorted(float(v) for v in size.groups()) == pytest.approx([215 / 25.4 * 72, 330 / 25.4 * 72], abs=0.1)
        assert re.search(r"^Tagged: +yes$", about, re.M)
        assert re.search(r"^Pages: +(2|1)$", about, re.M)
    text = flat(" ".join(read(gg.dossier_pdf(small_screening, "K-1", paper="f4"), tmp_path)))
    assert "bila dicetak 100 % pada F4" in text


def test_unknown_paper_is_refused(small_screening, tmp_path):
    with pytest.raises(InputError, match=r"a5.*a4 atau f4"):
        gg.write_dossiers(small_screening, tmp_path / "berkas", paper="a5")
    with pytest.raises(InputError, match=r"letter.*a4 atau f4"):
        gg.dossier_pdf(small_screening, "K-1", paper="letter")


@pytest.mark.parametrize(
    ("lang", "alt"), [("id", "Peta titik dengan kawasan hutan"), ("en", "Map of the site with the forest")]
)
def test_screen_readers_find_language_headings_and_the_map(small_screening, tmp_path, lang, alt):
    pdf = gg.dossier_pdf(small_screening, "K-1", lang=lang)
    assert f"/Lang({lang})".encode() in pdf or f"/Lang ({lang})".encode() in pdf
    (tmp_path / "a.pdf").write_bytes(pdf)
    if shutil.which("pdfinfo") is None:
        missing("poppler-utils")
    tree = subprocess.run(["pdfinfo", "-struct-text", tmp_path / "a.pdf"], check=True, capture_output=True, text=True)
    headings = re.findall(r"^ *(H\d) \"(.*?)\"", tree.stdout, re.M)
    assert [level for level, _ in headings] == ["H1", *["H2"] * (len(headings) - 1)]
    assert headings[0][1] == "Gerai Satu"
    assert len(headings) > 8
    pictures = re.findall(r"^ *Figure.*\n(?: */.*\n)*", tree.stdout, re.M)
    assert len(pictures) == 2  # the map and where it lies; swatches say nothing that stands not beside them
    assert alt in tree.stdout or alt.encode("utf-16-be") in pdf or alt.encode() in pdf


@pytest.mark.parametrize("site_id", ["K-1", "K-2", "K-3", "K-4", "K-5", "L-6", "L-7", "L-8"])
@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_kind_of_finding_has_two_pages_of_a4(small_screening, tmp_path, site_id, lang):
    (tmp_path / "a.pdf").write_bytes(gg.dossier_pdf(small_screening, site_id, lang=lang))
    if shutil.which("pdfinfo") is None:
        missing("poppler-utils")
    about = subprocess.run(["pdfinfo", tmp_path / "a.pdf"], check=True, capture_output=True, text=True).stdout
    assert re.search(r"^Pages: +2$", about, re.M)
    assert re.search(r"^Page size: +595\.\d+ x 841\.\d+ pts \(A4\)$", about, re.M)
    assert re.search(r"^Tagged: +yes$", about, re.M)
    assert re.search(r"^Title: +\S", about, re.M)
    fonts = subprocess.run(["pdffonts", tmp_path / "a.pdf"], check=True, capture_output=True, text=True).stdout
    assert {line.split()[0].partition("+")[2] for line in fonts.splitlines()[2:]} == {
        "LiberationSans",
        "LiberationSans-Bold",
    }


def test_without_coordinates_or_forest_it_says_so(small_screening, tmp_path):
    text = flat(" ".join(read(gg.dossier_pdf(small_screening, "K-5"), tmp_path)))
    assert "tidak ada peta" in text
    assert "Koordinat kosong." in text
    assert "bukan berarti di luar kawasan hutan" in text
    bare = replace(small_screening, forest=None)
    assert "tidak digambar" in flat(" ".join(read(gg.dossier_pdf(bare, "K-1"), tmp_path)))


def test_hostile_and_long_texts_stay_text_and_two_pages(small_screening, tmp_path):
    name = '#panic("x") *tebal* _miring_ $1/0$ \\ <label> @ref [x] // #set page(width: 1cm) " \x00 é 漢'
    long = "sangat panjang " * 500
    screening = moved(small_screening, "K-1", Point(112.2, -2.5), name=name, village="x" * 3000, district=long,
                      citations=long, route="tidak_dikenal" * 80, decider=long, overlays=long, edition=long, decree=long)  # fmt: skip
    manifest = dict(screening.manifest)
    manifest["sites"] = [{"source": f"berkas {i} {long}", "sha256": f"{i:064x}"} for i in range(50)]
    pages = read(gg.dossier_pdf(replace(screening, manifest=manifest), "K-1"), tmp_path)
    assert len(pages) == 2
    assert '#panic("x") *tebal* _miring_ $1/0$ \\ <label> @ref [x] //' in flat(pages[0])
    assert "Mengetahui" in pages[1]
    assert "SHA-256" in pages[1]


def test_a_parcel_of_many_corners_keeps_two_pages_and_has_them_all_beside(small_screening, tmp_path):
    around = np.linspace(0, 2 * np.pi, 500, endpoint=False)
    shape = shapely.Polygon(np.column_stack([112.2 + 0.002 * np.cos(around), -2.5 + 0.002 * np.sin(around)]))
    files = gg.write_dossiers(moved(small_screening, "L-6", shape), tmp_path / "b", ["L-6"])
    assert [f.name for f in files] == ["L-6.pdf", "L-6.csv"]
    pages = read(files[0], tmp_path)
    assert len(pages) == 2
    assert "16 sudut pertama dari 500; semuanya di L-6.csv" in flat(pages[1])
    with files[1].open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 500
    assert rows[0]["lon"] == "112.20200000"
    assert abs(float(rows[0]["utm_49S_east_m"]) - 633_616) < 200  # 112.202 E: 1.202 degrees east of 111


def test_the_same_record_gives_the_same_bytes(small_screening, tmp_path):
    first, second = (gg.write_dossiers(small_screening, tmp_path / n) for n in "ab")
    assert [f.relative_to(tmp_path / "a") for f in first] == [f.relative_to(tmp_path / "b") for f in second]
    for a, b in zip(first, second, strict=True):
        assert a.read_bytes() == b.read_bytes()


def test_north_is_up_and_the_bar_is_as_long_as_it_says():
    geod = Geod(ellps="WGS84")
    for lon, lat, boundary in [(114.3, -1.0, 60.0), (113.9, 0.6, -800.0), (111.0, -3.4, 9_000.0)]:
        sheet = around_site(Point(lon, lat), 125.0, boundary, FRAME)
        here, north, east = sheet.to_paper(np.array([[lon, lat], [lon, lat + 0.001], [lon + 0.001, lat]]))
        assert north[0] == pytest.approx(here[0], abs=1e-9)  # true north is straight up ..
        assert north[1] < here[1]
        assert east[1] == pytest.approx(here[1], abs=1e-9)
        assert east[0] > here[0]
        metres = bar_length_m(sheet.scale)
        bar_mm = metres * 1_000 / sheet.scale
        for step in ([bar_mm, 0], [0, bar_mm]):  # .. and a bar's length on the paper is that of the ground, both ways
            degrees = np.array([lon, lat]) + np.array(step) / sheet.mm_per_degree
            assert geod.inv(lon, lat, *degrees)[2] == pytest.approx(metres, rel=2e-4)


def _picture(svg: str, tmp_path: Path, dots_per_mm: int) -> np.ndarray:
    """Grey values of a drawing, as typst and poppler put it on paper."""
    if shutil.which("pdftoppm") is None:
        missing("poppler-utils")
    page = f'#set page(width: {WIDTH_MM}mm, height: {HEIGHT_MM}mm, margin: 0mm)\n#image(bytes(sys.inputs.svg), format: "svg")'
    pdf = typst.compile(
        page.encode(), format="pdf", sys_inputs={"svg": svg}, ignore_system_fonts=True, font_paths=[str(FONTS)]
    )
    (tmp_path / "p.pdf").write_bytes(pdf)
    subprocess.run(
        ["pdftoppm", "-gray", "-r", str(25.4 * dots_per_mm), "-singlefile", tmp_path / "p.pdf", tmp_path / "p"],
        check=True,
    )
    head, rest = (
        re.match(rb"P5\s(\d+)\s(\d+)\s255\s", (tmp_path / "p.pgm").read_bytes()),
        (tmp_path / "p.pgm").read_bytes(),
    )
    return np.frombuffer(rest[head.end():], dtype=np.uint8).reshape(int(head[2]), int(head[1]))  # fmt: skip


def test_on_paper_the_arrow_points_up_and_the_bar_measures_right(tmp_path):
    drawn = draw_site_map(Point(114.3, -1.0), "inside", None, np.empty((0, 2)), tolerance_m=125.0, boundary_m=60.0)
    dots = 10
    ink = _picture(drawn.svg, tmp_path, dots) < 90
    x, y = FRAME[2] - 9, FRAME[1] + 4.4
    arrow = ink[int(y * dots):int((y + 6.5) * dots), int((x - 4) * dots):int((x + 4) * dots)]  # fmt: skip
    widths = arrow.sum(axis=1)
    assert widths[2] < 8  # a tip of less than a millimetre above ..
    assert (np.diff(widths[::6]) > 0).all()  # .. that grows downward
    metres = bar_length_m(drawn.scale)
    start, length = (FRAME[0] + 5) * dots, metres * 1_000 / drawn.scale * dots
    row = ink[int((FRAME[3] - 5.4 + 0.8) * dots)]
    black = np.flatnonzero(row[int(start) - 3:int(start + length) + 6]) + int(start) - 3  # fmt: skip
    # black, white, black, white: the last black ends at three quarters; the thin frame of the last part at the end
    assert black[0] == pytest.approx(start, abs=2)
    assert black[-1] == pytest.approx(start + length, abs=3)


def test_other_sites_stand_where_they_are(small_screening):
    others = np.array([[112.2, -2.499], [112.201, -2.5]])  # due north, due east of the site
    drawn = draw_site_map(Point(112.2, -2.5), "inside", None, others, tolerance_m=125.0, boundary_m=np.nan)
    (x, y), (u, v) = [
        (float(a), float(b)) for a, b in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="0.8"', drawn.svg)
    ]
    middle = (FRAME[0] + FRAME[2]) / 2, (FRAME[1] + FRAME[3]) / 2
    assert (x, v) == pytest.approx(middle, abs=0.01)
    assert y < middle[1]
    assert u > middle[0]
    # 0.001 degrees of latitude are 110.6 m: on 1:50,000 that is 2.21 mm
    assert (drawn.scale, middle[1] - y) == (50_000, pytest.approx(2.21, abs=0.02))


def test_ground_without_polygons_is_said_to_be_unknown(small_screening):
    alone = draw_site_map(Point(115.0, -2.2), "not_assessed", small_screening.forest, np.empty((0, 2)),
                             tolerance_m=125.0, boundary_m=np.nan)  # fmt: skip
    assert (alone.functions, alone.gaps, alone.edge) == ([], True, False)
    edge = draw_site_map(Point(112.49, -2.5), "inside", small_screening.forest, np.empty((0, 2)),
                            tolerance_m=125.0, boundary_m=1_111.4)  # fmt: skip
    assert (edge.functions, edge.gaps, edge.edge) == (["HP", "APL"], False, True)
    assert ">1.111 m<" in edge.svg


def test_regency_lists_repeat_their_head_and_count_their_pages(small_screening, tmp_path):
    findings = small_screening.findings.loc[["K-1"] * 90].copy()
    findings.index = [f"S-{n:03d}" for n in range(1, 91)]
    findings.index.name = "site_id"
    many = replace(small_screening, findings=findings, overlaps=small_screening.overlaps.iloc[:0])
    from gerai_geo.outputs.dossier_pages.flagged_list import list_data
    from gerai_geo.outputs.dossier_pages.typst_pdf import typeset
    from gerai_geo.outputs.text.site_routes import ScreeningRoutes

    pages = read(typeset("flagged.typ", list_data(many, findings, ScreeningRoutes(many))), tmp_path)
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        assert "Keputusan dan catatan" in flat(page)
        assert f"halaman {number} dari {len(pages)}" in flat(page)
        assert "DATA CONTOH BUATAN" in page
    text = " ".join(pages)
    assert all(f"S-{n:03d}" in text for n in range(1, 91))


def test_what_is_written_and_chosen(small_screening, tmp_path):
    written = gg.write_dossiers(small_screening, tmp_path / "semua")
    assert {f.relative_to(tmp_path / "semua").as_posix() for f in written} == {
        "seruyan/K-1.pdf", "seruyan/K-2.pdf", "seruyan/K-3.pdf", "seruyan/K-5.pdf", "seruyan/daftar.pdf",
        "kotawaringin-timur/L-6.pdf", "kotawaringin-timur/L-8.pdf", "kotawaringin-timur/daftar.pdf",
    }  # fmt: skip
    assert all(f.is_file() for f in written)
    for regency in ["Kab. Seruyan", "SERUYAN", "62.07"]:
        some = gg.write_dossiers(small_screening, tmp_path / "satu", regency=regency)
        assert {f.parent.name for f in some} == {"seruyan"}
    one = gg.write_dossiers(small_screening, tmp_path / "satu", ["K-4"])
    assert [f.name for f in one] == ["K-4.pdf"]
    assert (tmp_path / "satu" / "seruyan" / "K-1.pdf").is_file()  # those of before stay
    with pytest.raises(InputError, match=r"X-9: tidak ada titik.*K-1"):
        gg.write_dossiers(small_screening, tmp_path / "c", ["X-9"])
    with pytest.raises(InputError, match="Yang ada: Kotawaringin Timur, Seruyan"):
        gg.write_dossiers(small_screening, tmp_path / "c", regency="Bogor")
    assert not (tmp_path / "c").exists()


def test_ids_become_safe_file_names_and_none_meet(small_screening, tmp_path):
    ids = ["../../etc", "a/b", "A1", "a1", "CON", "daftar", "x" * 300, "é"]
    findings = small_screening.findings.copy()
    findings.index = ids
    findings.index.name = "site_id"
    files = gg.write_dossiers(replace(small_screening, findings=findings), tmp_path / "b", ids)
    inside = [f.relative_to(tmp_path / "b").as_posix() for f in files]
    assert len({name.lower() for name in inside}) == len(ids)
    assert all(re.fullmatch(r"[a-z-]+/[A-Za-z0-9_-]{1,80}\.pdf", name) for name in inside)
    assert site_slug("con") != "con"


def test_corners_of_parts_and_holes_are_told_apart():
    shape = shapely.MultiPolygon([box(112, -3, 112.1, -2.9), box(112.2, -3, 112.3, -2.9)])
    assert [row[0] for row in site_corners(shape).rows] == ["A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4"]
    assert degrees_minutes_seconds(112.999999999, -0.999999999, 2) == ("1° 00′ 00,00″ LS", "113° 00′ 00,00″ BT")


def test_the_command_writes_into_the_saved_folder_and_elsewhere(small_screening, tmp_path):
    folder = gg.write_screening(small_screening, tmp_path / "hasil")
    run = CliRunner().invoke(main, ["dossier", str(folder), "--site", "K-1", "--site", "L-6", "--json", "--quiet"])
    assert run.exit_code == 0, run.output
    files = json.loads(run.stdout)["files"]
    assert [Path(f).name for f in files] == ["K-1.pdf", "L-6.pdf"]
    assert all(Path(f).is_file() and "berkas" in f for f in files)
    assert gg.read_screening(folder).findings.index.tolist() == small_screening.findings.index.tolist()
    run = CliRunner().invoke(
        main,
        ["dossier", str(folder), "--regency", "seruyan", "-o", str(tmp_path / "b"), "--lang", "en", "--paper", "F4"],
    )
    assert run.exit_code == 0, run.output
    assert "5 PDFs written" in run.stdout
    assert (tmp_path / "b" / "seruyan" / "list.pdf").is_file()
    run = CliRunner().invoke(main, ["dossier", str(folder), "--site", "tidak ada"])
    assert run.exit_code == 1
    assert "tidak ada titik" in run.output
