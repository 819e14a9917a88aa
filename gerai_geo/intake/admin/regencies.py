"""
Regencies: names as people write them, codes of Kemendagri and of BPS, and the regency in which a point lies.

Codes and bounding boxes come from `reference/regencies.csv`. The two schemes differ from 62.06 on: a code without
a dot between 6206 and 6213 means one regency to Kemendagri and another to BPS, and is never resolved alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries

from gerai_geo.core.arrays import Geometries, Ints
from gerai_geo.core.name_keys import plain, regency_name_key


@dataclass(frozen=True)
class Regency:
    """
    One kabupaten or kota of `reference/regencies.csv`.

    Parameters
    ----------
    code, bps_code
        Kemendagri with a dot (``62.07``) and BPS without (``6208``).
    official_name, name
        With and without Kabupaten or Kota, e.g. ``Kota Palangkaraya`` and ``Palangka Raya``.
    bbox
        ``min_lon, min_lat, max_lon, max_lat`` in degrees, of simplified polygons (good to about 1 km).
    """

    code: str
    bps_code: str
    official_name: str
    name: str
    bbox: tuple[float, float, float, float]


@cache
def regencies() -> dict[str, Regency]:
    """
    All regencies by Kemendagri code.

    Examples
    --------
    >>> regencies()["62.07"].name, regencies()["62.07"].bps_code
    ('Seruyan', '6208')
    """
    return {
        row["code"]: Regency(
            code=row["code"],
            bps_code=row["bps_code"],
            official_name=row["official_name"],
            name=row["name"],
            bbox=(float(row["min_lon"]), float(row["min_lat"]), float(row["max_lon"]), float(row["max_lat"])),
        )
        for row in _rows()
    }


def normalise_regency(name: object) -> Regency | None:
    """
    Regency of a name, however it is spelt; None where it is not in `reference/regencies.csv`.

    Examples
    --------
    >>> normalise_regency("KAB. SERUYAN").code, normalise_regency("Kota Palangkaraya").name
    ('62.07', 'Palangka Raya')
    >>> normalise_regency("Kabupaten Bogor") is None
    True
    """
    if not isinstance(name, str):
        return None
    code = _by_name().get(regency_name_key(name))
    return None if code is None else regencies()[code]


def find_by_code(code: object, scheme: str | None = None) -> Regency | None:
    """
    Regency of a code; None where it is unknown or may mean two.

    Parameters
    ----------
    code
        ``62.07``, ``6208``, or the code of a village (``62.07.01.2001``), as text or number.
    scheme
        ``"kemendagri"`` or ``"bps"`` where it is known; else a code with a dot is of Kemendagri, and of the codes
        without a dot only those that mean the same in both schemes are resolved.

    Examples
    --------
    >>> find_by_code("62.06").name, find_by_code("6201").name, find_by_code(6271.0).name
    ('Katingan', 'Kotawaringin Barat', 'Palangka Raya')
    >>> find_by_code("6206") is None, find_by_code("6206", "bps").name
    (True, 'Sukamara')
    """
    found = code_candidates(code, scheme)
    return found[0] if len(found) == 1 else None


def code_candidates(code: object, scheme: str | None = None) -> tuple[Regency, ...]:
    """
    Every regency that a code may mean: none, one, or two (see `find_by_code`).

    Examples
    --------
    >>> [r.name for r in code_candidates("6206")]
    ['Katingan', 'Sukamara']
    """
    text = str(int(code)) if isinstance(code, (int, float)) and code == code and abs(code) < 1e15 else str(code).strip()
    if scheme not in (None, "kemendagri", "bps"):
        raise ValueError(f"scheme is {scheme!r}, expected one of ['kemendagri', 'bps', None]")
    dotted = re.match(r"^(\d\d)\.(\d\d)(\.|$)", text)
    if dotted:
        found = regencies().get(f"{dotted[1]}.{dotted[2]}")
        return (found,) if found and scheme != "bps" else ()
    if not re.fullmatch(r"\d{4}|\d{6,7}|\d{10}", text):
        return ()
    kemendagri = regencies().get(f"{text[:2]}.{text[2:4]}") if scheme != "bps" else None
    bps = next((r for r in regencies().values() if r.bps_code == text[:4]), None) if scheme != "kemendagri" else None
    return tuple(dict.fromkeys(r for r in (kemendagri, bps) if r is not None))


def regency_of_district(name: object) -> Regency | None:
    """
    Regency of a kecamatan of `reference/districts.csv`; None for others. Other provinces may have one of that name.

    Examples
    --------
    >>> regency_of_district("Kec. Seruyan Hilir").name, regency_of_district("Gn. Bintang Awai").name
    ('Seruyan', 'Barito Selatan')
    """
    code = _by_district().get(_district_key(name)) if isinstance(name, str) else None
    return None if code is None else regencies()[code]


def province_bbox(name: object) -> tuple[float, float, float, float] | None:
    """
    Box around the regencies of a province, in degrees as of `Regency`; None for one not in `reference/provinces.csv`.

    Examples
    --------
    >>> province_bbox("PROV. KALIMANTAN TENGAH"), province_bbox("Bali") is None
    ((110.733, -3.541, 115.849, 0.791), True)
    """
    province = find_province(name)
    if province is None:
        return None
    west, south, east, north = zip(*(r.bbox for r in regencies().values() if r.code[:2] == province[0]), strict=True)
    return min(west), min(south), max(east), max(north)


def find_province(name: object) -> tuple[str, str] | None:
    """
    Code and name of a province, however it is spelt; None for one not in `reference/provinces.csv`.

    Examples
    --------
    >>> find_province("Central Kalimantan Province"), find_province("Bali")
    (('62', 'Kalimantan Tengah'), None)
    """
    key = province_words(name) if isinstance(name, str) else ""
    for row in _read_rows("provinces.csv"):
        if key and key in (row["code"], *map(plain, (row["name"], *row["aliases"].split(";")))):
            return row["code"], row["name"]
    return None


def province_words(name: str) -> str:
    """
    Name of a province in small letters, without the word for it.

    Examples
    --------
    >>> province_words("PROV. SULAWESI-TENGAH"), province_words("Province of Bali")
    ('sulawesi tengah', 'bali')
    """
    words = r"(?:provinsi|propinsi|province|prov|prop)"
    return re.sub(rf"^{words}\b\s*(?:of\s+)?|\s+{words}$", "", plain(name))


@lru_cache(maxsize=50_000)
def regency_key(name: object) -> str:
    """
    Name of a regency in the form in which spellings are compared.

    Examples
    --------
    >>> regency_key("KAB. SERUYAN"), regency_key("Kota Palangka Raya"), regency_key("Kotawaringin Barat")
    ('seruyan', 'palangkaraya', 'kotawaringinbarat')
    """
    known = normalise_regency(name)
    return regency_name_key(known.name) if known else regency_name_key(str(name))


def assign_regency(points: GeoSeries, boundaries: GeoDataFrame) -> pd.DataFrame:
    """
    Find the regency (and village) in which each point lies.

    Parameters
    ----------
    points
        Points in EPSG:4326, missing ones allowed.
    boundaries
        Made by `prepare_boundaries`.

    Returns
    -------
    regencies
        ``village, regency, regency_code`` with the points' index; missing where a point lies in none. A point on
        a shared edge belongs to the first polygon of the table.
    """
    polygon = polygon_of(points.to_numpy(), boundaries)
    columns = ["village", "regency", "regency_code"]
    found: pd.DataFrame = boundaries[columns].iloc[np.where(polygon < 0, 0, polygon)].set_axis(points.index)
    found.loc[polygon < 0, columns] = None
    return found


def polygon_of(points: Geometries, boundaries: GeoDataFrame) -> Ints:
    """Position in the boundaries of the first polygon that contains each point; -1 for none."""
    none = np.iinfo(np.int64).max
    first = np.full(len(points), none)
    polygons = boundaries.geometry.to_numpy()
    shapely.prepare(polygons)
    row, polygon = boundaries.sindex.query(points)
    inside = shapely.intersects_xy(polygons[polygon], shapely.get_x(points[row]), shapely.get_y(points[row]))
    np.minimum.at(first, row[inside], polygon[inside])
    return np.where(first == none, -1, first)


def identify_regency(code: object, name: object) -> tuple[str | None, str | None]:
    """Short name and Kemendagri code of the regency of a polygon."""
    known = normalise_regency(name) or (find_by_code(code) if isinstance(code, str) else None)
    if known:
        return known.name, known.code
    dotted = re.match(r"^\d\d\.\d\d", code) if isinstance(code, str) else None
    if isinstance(name, str):
        return short_name(name), dotted[0] if dotted else None
    return (dotted[0], dotted[0]) if dotted else (None, None)


def short_name(name: str) -> str:
    """
    Name of a regency without Kabupaten or Kota before it.

    Examples
    --------
    >>> short_name("Kab. Morowali Utara"), short_name("KABUPATEN POSO")
    ('Morowali Utara', 'POSO')
    """
    return re.sub(r"(?i)^\s*(kabupaten\s+|kab\.?\s+|kab\.|kota\s+)", "", name).strip()


def _rows() -> list[dict[str, str]]:
    return _read_rows("regencies.csv")


@cache
def _read_rows(file: str) -> list[dict[str, str]]:
    text = resources.files("gerai_geo.reference").joinpath(file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _district_key(name: str) -> str:
    words = re.sub(r"^(kecamatan|kec)\b\s*", "", plain(name)).split()
    return "".join("gunung" if w in ("gn", "gng") else w for w in words)


@cache
def _by_district() -> dict[str, str]:
    return {_district_key(row["name"]): row["regency_code"] for row in _read_rows("districts.csv")}


@cache
def _by_name() -> dict[str, str]:
    table: dict[str, str] = {}
    for row in _rows():
        names: Iterable[str] = (row["name"], row["official_name"], *filter(None, row["aliases"].split(";")))
        table |= {regency_name_key(n): row["code"] for n in names}
    return table
