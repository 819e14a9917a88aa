"""The invented lists of the bundled sample: villages, and the three files that list them."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pyogrio
import shapely
import shapely.affinity
import xlsxwriter
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from sample_forest import KM
from shapely import Point

from gerai_geo.schema import SYNTHETIC_MARK

# circles well inside each regency: longitude, latitude, radius in degrees; how many sites, in which file
REGENCIES: dict[str, tuple[str, int, tuple[tuple[float, float, float], ...]]] = {
    "Kotawaringin Barat": ("shp", 6, ((111.76, -2.48, 0.20), (111.53, -2.75, 0.10), (111.89, -2.14, 0.10))),
    "Kotawaringin Timur": ("kml", 5, ((112.80, -2.13, 0.32), (112.41, -1.57, 0.22), (112.93, -2.67, 0.12))),
    "Kapuas": ("kml", 5, ((114.33, -1.40, 0.25), (114.37, -1.95, 0.18), (114.53, -2.61, 0.14))),
    "Barito Selatan": ("kml", 4, ((114.84, -1.57, 0.16), (114.78, -1.96, 0.11), (115.18, -1.49, 0.10))),
    "Barito Utara": ("kml", 5, ((115.03, -0.99, 0.25), (115.57, -1.18, 0.12), (115.15, -0.56, 0.09))),
    "Katingan": ("kml", 5, ((112.88, -0.97, 0.26), (113.48, -2.43, 0.20), (113.09, -1.50, 0.16))),
    "Seruyan": ("xlsx", 31, ((112.44, -2.99, 0.26), (111.85, -1.23, 0.19), (112.24, -2.51, 0.16),
                             (112.17, -2.18, 0.11), (112.08, -1.82, 0.09))),
    "Sukamara": ("shp", 4, ((111.25, -2.81, 0.09), (111.20, -2.24, 0.08), (111.08, -2.94, 0.06))),
    "Lamandau": ("shp", 5, ((111.44, -1.75, 0.28), (111.49, -2.20, 0.07))),
    "Gunung Mas": ("shp", 6, ((113.60, -1.24, 0.26), (113.46, -0.68, 0.16))),
    "Pulang Pisau": ("kml", 4, ((113.96, -2.76, 0.23), (113.83, -3.22, 0.13), (114.15, -2.39, 0.08))),
    "Murung Raya": ("kml", 5, ((114.23, 0.04, 0.38), (114.69, -0.51, 0.19), (114.75, 0.44, 0.14))),
    "Barito Timur": ("kml", 4, ((115.13, -1.93, 0.13), (115.25, -1.72, 0.05))),
    "Palangka Raya": ("kml", 3, ((113.67, -1.78, 0.11), (113.85, -2.26, 0.09))),
}  # fmt: skip

FIRST = ("Contoh", "Tanjung", "Sungai", "Muara", "Bukit", "Teluk", "Lubuk", "Rantau", "Telaga", "Batu", "Padang")
LAST = (
    "Jaya",
    "Makmur",
    "Sari",
    "Mulya",
    "Indah",
    "Baru",
    "Sejahtera",
    "Damai",
    "Permai",
    "Harapan",
    "Mandiri",
    "Raya",
)
INVENTED = ("Contoh", "Rekaan", "Misal", "Andai", "Umpama")  # every invented name holds one of these words
PARCEL_CRS = "EPSG:23836"  # DGN95 / Indonesia TM-3 zone 49.2


@dataclass(frozen=True)
class Village:
    """
    An invented village and the place of its gerai.

    Parameters
    ----------
    code, name, district, regency, file
        Its own code, its names, and the kind of list it goes to.
    lon, lat
        Middle of the village, degrees.
    wish
        What the sample needs it for: ``open`` (ground cleared for it), ``as_is``, ``near`` (beside an edge),
        ``gap``, ``unknown``, ``claimed`` (see `place`).
    """

    code: str
    name: str
    district: str
    regency: str
    file: str
    lon: float
    lat: float
    wish: str


def village_names() -> list[str]:
    """All invented names, in a fixed order; a test compares them with the villages of the province."""
    from_marks = [f"{mark} {last}" for last in LAST for mark in INVENTED]
    from_places = [f"{first} {mark}" for mark in INVENTED[1:] for first in FIRST[1:]]
    return [name for pair in zip(from_marks, from_places, strict=False) for name in pair] + from_marks[
        len(from_places) :
    ]


def make_villages(outline: shapely.Polygon, seed: int) -> list[Village]:
    """Invented villages of all 14 regencies, at least 4 km apart."""
    rng = np.random.default_rng([seed, 10])
    names = village_names()
    made: list[Village] = []
    for number, (regency, (file, count, circles)) in enumerate(REGENCIES.items()):
        weight = np.array([r**2 for *_, r in circles])
        prefix = "".join(word[0] for word in regency.split()).ljust(2, regency[1]).upper() + f"{number + 1:02d}"
        while sum(v.regency == regency for v in made) < count:
            x, y, r = circles[int(rng.choice(len(circles), p=weight / weight.sum()))]
            angle, away = rng.uniform(0, 2 * np.pi), r * np.sqrt(rng.random())
            here = Point(x + away * np.cos(angle), y + away * np.sin(angle))
            if not outline.contains(here.buffer(4 * KM)) or any(
                here.distance(Point(v.lon, v.lat)) < 4 * KM for v in made
            ):
                continue
            k = sum(v.regency == regency for v in made) + 1
            district = ("Contoh Hulu", "Contoh Tengah", "Contoh Hilir", "Rekaan Raya")[k * 4 // (count + 1)]
            wish = str(rng.choice(["open", "as_is", "near"], p=[0.40, 0.47, 0.13]))
            made.append(Village(f"{prefix}-{k:03d}", names[len(made)], district, regency, file, here.x, here.y, wish))
    return _special(made)


def _special(villages: list[Village]) -> list[Village]:
    """Put one village each on the gap, the unknown code and the doubly claimed ground, and two near an edge."""
    wishes = {
        ("kml", 2): "gap",
        ("xlsx", 4): "unknown",
        ("kml", 11): "claimed",
        ("xlsx", 7): "near",
        ("xlsx", 18): "near",
    }
    counts: dict[str, int] = {}
    made = []
    for village in villages:
        counts[village.file] = k = counts.get(village.file, 0) + 1
        made.append(replace(village, wish=wishes.get((village.file, k), village.wish)))
    return made


def place(villages: list[Village], forest: GeoDataFrame, seed: int) -> NDArray[np.float64]:
    """
    Longitude and latitude of each village's gerai.

    A ``near`` one lies 20 to 90 m from the nearest edge of kawasan hutan, on either side; the others lie within 900 m
    of the centre of their village.
    """
    rng = np.random.default_rng([seed, 11])
    known = forest["kind"].isin(["HL", "HP", "HPT", "HPK", "CA", "SM", "TN", "TWA", "TAHURA"])
    edge = shapely.boundary(shapely.union_all(forest.geometry[known].to_numpy()))
    places = []
    for village in villages:
        here = Point(village.lon, village.lat)
        angle, away, step = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.9), rng.uniform(0.02, 0.09)
        x, y = village.lon + away * KM * np.cos(angle), village.lat + away * KM * np.sin(angle)
        if village.wish == "near":
            foot = shapely.get_coordinates(shapely.shortest_line(here, edge))[1]
            towards = (np.array([village.lon, village.lat]) - foot) / here.distance(Point(foot))
            x, y = foot + towards * step * KM * rng.choice((-1, 1))
        places.append((x, y))
    return np.round(np.array(places), 7)


def write_workbook(rows: list[tuple[Village, float, float]], target: Path) -> None:
    """Write a workbook as a regency office sends it: titles, two header rows, numbering, merged cells, a total."""
    with xlsxwriter.Workbook(target) as book:
        book.set_properties({"title": SYNTHETIC_MARK, "comments": SYNTHETIC_MARK, "created": datetime(2026, 11, 22)})
        sheet = book.add_worksheet("Lahan Gerai")
        bold = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "border": 1})
        title = book.add_format({"bold": True, "align": "center"})
        degrees = book.add_format({"num_format": "0.000000"})
        texts = ("DAFTAR CALON LAHAN GERAI KOPERASI DESA/KELURAHAN MERAH PUTIH", "KABUPATEN SERUYAN", SYNTHETIC_MARK)
        for line, text in enumerate(texts):
            sheet.merge_range(line, 0, line, len(HEADERS) - 1, text, title)
        for column, (upper, lower, width) in enumerate(HEADERS):
            sheet.set_column(column, column, width)
            sheet.write(6, column, f"({column + 1})", bold)
            if not lower:
                sheet.merge_range(4, column, 5, column, upper, bold)
            else:
                sheet.write(5, column, lower, bold)
        for upper in ("Koordinat", "Ukuran Lahan (m)"):
            columns = [c for c, header in enumerate(HEADERS) if header[0] == upper]
            sheet.merge_range(4, columns[0], 4, columns[-1], upper, bold)
        for k, (village, lon, lat) in enumerate(rows):
            for column, value in enumerate(_workbook_row(k, village, lon, lat)):
                sheet.write(7 + k, column, value, degrees if column in (7, 8) else None)
        end = 7 + len(rows)
        sheet.merge_range(end, 0, end, 8, "JUMLAH", bold)
        sheet.write(end + 2, 1, f"{SYNTHETIC_MARK}: desa, titik, dan petugas rekaan.")
        sheet.freeze_panes(7, 2)


HEADERS: tuple[tuple[str, str, int], ...] = (
    ("No", "", 5), ("Kode Lahan", "", 12), ("Kabupaten", "", 12), ("Nama Kecamatan", "", 18),
    ("Nama Desa", "", 18), ("Nama KDKMP", "", 44), ("Nama BA", "", 16), ("Koordinat", "Latitude", 14),
    ("Koordinat", "Longitude", 14), ("Ukuran Lahan (m)", "Lebar Lahan", 10),
    ("Ukuran Lahan (m)", "Panjang Lahan", 10), ("Surat Lahan", "", 16), ("Kondisi Jalan", "", 14),
    ("Aset", "", 26), ("Akses Internet", "", 14), ("Akses Listrik", "", 12), ("Keterangan", "", 60),
)  # fmt: skip


def _workbook_row(k: int, village: Village, lon: float, lat: float) -> list[object]:
    """One row, with typical errors: decimal commas, a blank, swapped axes, a lost minus sign."""
    latitude: object = lat
    longitude: object = lon
    note = ""
    if k % 5 == 2:
        latitude, longitude = f"{lat:.6f}".replace(".", ","), f"{lon:.6f}".replace(".", ",")
    if k == 11:
        latitude, longitude, note = None, None, "koordinat menyusul"
    if k == 15:
        latitude, longitude = lon, lat
    if k == 23:
        latitude = -lat
    pick = [options[k * 7 % len(options)] for options in OPTIONS]
    return [
        k + 1, village.code, village.regency, village.district, village.name,
        f"Koperasi Desa Merah Putih {village.name}", f"Petugas Contoh {k % 6 + 1}", latitude, longitude,
        20 + 5 * (k % 4), 30 + 5 * (k % 5), *pick, "; ".join(filter(None, [note, SYNTHETIC_MARK])),
    ]  # fmt: skip


OPTIONS = (
    ("SKT", "Sertipikat", "Hibah desa", "Belum ada"),
    ("Tanah", "Batu", "Beraspal", "Beton", "Belum Ada Akses Jalan"),
    ("Milik Sendiri", "Hibah", "Barang Milik Desa (BMDes)", "Barang Milik Daerah (BMD)"),
    ("Sinyal Kuat", "Sinyal Lemah", "Tidak Ada"),
    ("PLN", "Surya", "Diesel", "Tidak"),
)


def write_kml(rows: list[tuple[Village, float, float]], target: Path) -> None:
    """Write KML as Google Earth saves it: one folder per regency, details as ExtendedData."""
    folders: dict[str, list[str]] = {}
    for village, lon, lat in rows:
        details = {
            "Kode Lahan": village.code, "Nama KDKMP": f"Koperasi Desa Merah Putih {village.name}",
            "Desa": village.name, "Kecamatan": village.district, "Kabupaten": village.regency,
            "Keterangan": SYNTHETIC_MARK,
        }  # fmt: skip
        data = "".join(f'<Data name="{k}"><value>{escape(v)}</value></Data>' for k, v in details.items())
        folders.setdefault(village.regency, []).append(
            f"<Placemark><name>Gerai {escape(village.name)}</name><ExtendedData>{data}</ExtendedData>"
            f"<Point><coordinates>{lon:.7f},{lat:.7f},0</coordinates></Point></Placemark>"
        )
    body = "\n".join(
        f"<Folder><name>{escape(name)}</name>\n" + "\n".join(marks) + "\n</Folder>" for name, marks in folders.items()
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n'
        f"<Document><name>Titik gerai contoh</name><description>{SYNTHETIC_MARK}</description>\n{body}\n"
        "</Document>\n</kml>\n"
    )
    target.write_text(text, encoding="utf-8", newline="\n")


TARGETS = (("Kalimantan Tengah", "1.542", ""), ("Kotawaringin Timur", "185", ""), ("Seruyan", "100", "40"))
"""Units formed as the press reported them; the target of the stage is invented. What was not reported is blank."""

STAGES = (
    ("Belum dibangun", "0"), ("Dalam Pembangunan", "35"), ("Selesai", "100"), ("Dalam Pembangunan", "70"),
    ("Belum dibangun", "0"), ("Beroperasi", "100"), ("Belum dibangun", "0"),
)  # fmt: skip


def write_targets(target: Path) -> None:
    """Write the units formed and the target of this stage, as a CSV with semicolons."""
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n")
        writer.writerow(["Kabupaten/Kota", "Unit Terbentuk", "Target Tahap Ini", "Keterangan"])
        writer.writerows([*row, SYNTHETIC_MARK] for row in TARGETS)


def write_export(rows: list[tuple[Village, float, float]], target: Path) -> None:
    """
    Write an export of the reporting application: 29 sites of Seruyan and 3 of Kotawaringin Timur, in its columns.

    Those of Kotawaringin Timur have no status yet. Two of Seruyan are missing; one lies 1.1 km off.
    """
    heads = [
        "Koperasi ID", "Nama Koperasi", "Provinsi", "Kabupaten/Kota", "Kecamatan", "Desa", "Kodim", "Batch",
        "Status Portal", "Progress Pembangunan (%)", "Laporan Terakhir", "Latitude", "Longitude", "Keterangan",
    ]  # fmt: skip
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(heads)
        counts: dict[str, int] = {}
        for number, (village, lon, lat) in enumerate(rows):
            counts[village.regency] = k = counts.get(village.regency, 0) + 1
            known = village.regency == "Seruyan"
            if (
                (known and k in (5, 27))
                or village.regency not in ("Seruyan", "Kotawaringin Timur")
                or (k > 3 and not known)
            ):
                continue
            stage, percent = STAGES[k % len(STAGES)] if known else ("", "")
            day = f"2026-11-{10 + k % 10}" if known else ""
            writer.writerow([
                f"KDMP-{number + 1:04d}", f"KOPERASI DESA MERAH PUTIH {village.name.upper()}", "Kalimantan Tengah",
                village.regency, village.district, village.name, "Kodim Contoh", 1 if known else "", stage, percent,
                day, f"{lat + (0.01 if known and k == 9 else 0):.6f}", f"{lon:.6f}", SYNTHETIC_MARK,
            ])  # fmt: skip


def write_parcels(rows: list[tuple[Village, float, float]], edge: shapely.Geometry, target: Path, seed: int) -> None:
    """
    Write parcels of 600 to 2,500 m² as a shapefile in TM-3 zone 49.2; the last two cross an edge.

    Parameters
    ----------
    rows
        Villages and their places.
    edge
        Edge of kawasan hutan in degrees, for the two large parcels.
    target
        The ``.shp``; its sidecar files go beside it.
    seed
        For sizes and orientations.
    """
    rng = np.random.default_rng([seed, 12])
    centres = GeoSeries([Point(lon, lat) for _, lon, lat in rows], crs="EPSG:4326").to_crs(PARCEL_CRS)
    edge_m = GeoSeries([edge], crs="EPSG:4326").to_crs(PARCEL_CRS).iloc[0]
    parcels = []
    for k, centre in enumerate(centres):
        width, length = (20, 30) if k % 3 == 0 else (float(rng.integers(20, 50)), float(rng.integers(30, 50)))
        if k >= len(rows) - 2:
            width = length = 420.0
            centre = Point(shapely.get_coordinates(shapely.shortest_line(centre, edge_m))[1])
        square = shapely.box(centre.x - width / 2, centre.y - length / 2, centre.x + width / 2, centre.y + length / 2)
        parcels.append(shapely.affinity.rotate(square, rng.uniform(0, 90)))
    villages = [village for village, *_ in rows]
    table = GeoDataFrame(
        {
            "KODE_LAHAN": [v.code for v in villages],
            "NAMA_KDMP": [f"Koperasi Desa Merah Putih {v.name}" for v in villages],
            "WADMKD": [v.name for v in villages],
            "WADMKC": [v.district for v in villages],
            "WADMKK": [v.regency for v in villages],
            "LUAS_M2": [round(p.area, 0) for p in parcels],
            "KETERANGAN": SYNTHETIC_MARK,
        },
        geometry=[shapely.transform(p, lambda xy: np.round(xy, 3)) for p in parcels],
        crs=PARCEL_CRS,
    )
    pyogrio.write_dataframe(table, target, encoding="UTF-8", DBF_DATE_LAST_UPDATE="2026-11-22")
