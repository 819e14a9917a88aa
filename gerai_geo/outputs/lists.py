"""The list of a screening as a workbook for people, or as a table for other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyogrio

from gerai_geo._storage import write_csv
from gerai_geo.errors import OutputError
from gerai_geo.language import translator
from gerai_geo.outputs.workbook import write_workbook
from gerai_geo.record import Screening, notice, replacing, write_geopackage

_MAX_ROWS: Final = 1_000_000  # a sheet holds 1,048,576, the heading and notes among them


def write_list(screening: Screening, path: str | Path, *, lang: str = "id", maps: str | None = "maps") -> Path:
    """
    Write the list of findings; the ending of the path says in which format.

    ``.xlsx``
        For the meeting: sheets Ringkasan, Perlu tindak lanjut, Semua titik, Masalah data, Sumber.
    ``.csv``
        For other programs: one row a site, the column names of `docs/tables.md`, UTF-8, comma, decimal point.
    ``.gpkg``
        Layers ``findings``, ``overlaps``, ``issues``, ``forest_display`` with QGIS styles.
    ``.geojson``
        One feature a site (RFC 7946), without geometry where the site has none.

    Parameters
    ----------
    screening
        What `screen` gave.
    path
        The file; replaced whole or not at all.
    lang
        Language of headings and words: ``id`` or ``en``. Column names of ``.csv``, ``.gpkg`` and ``.geojson``
        are the same in both.
    maps
        Folder of the maps that `write_maps` wrote, as seen from a workbook; None for no links.

    Returns
    -------
    path
        The same path.

    Raises
    ------
    OutputError
        If the ending is none of these, or the file can't be written, being open in Excel for example.
    """
    path = Path(path)
    _ = translator(lang)
    writers: dict[str, Callable[[Path], object]] = {
        ".xlsx": lambda new: write_workbook(screening, new, lang=lang, maps=maps),
        ".csv": lambda new: write_csv(screening.findings, new, notice(screening, lang)),
        ".gpkg": lambda new: write_geopackage(screening, new, lang=lang),
        ".geojson": lambda new: _write_geojson(screening, new, notice(screening, lang)),
    }
    write = writers.get(path.suffix.lower())
    if write is None:
        raise OutputError(
            _("{path}: akhiran berkas tidak dikenal. Pakai salah satu dari {known}.").format(
                path=path, known=", ".join(writers)
            )
        )
    if path.suffix.lower() == ".xlsx" and max(len(screening.findings), len(screening.issues)) > _MAX_ROWS:
        raise OutputError(
            _("{path}: {n} baris terlalu banyak untuk satu lembar Excel. Pakai .csv atau .gpkg.").format(
                path=path, n=len(screening.findings)
            )
        )
    with replacing(path, lang=lang) as new:
        write(new)
    return path


def _write_geojson(screening: Screening, path: Path, text: str) -> None:
    """Write findings as RFC 7946, ids among the properties; times as text, infinite numbers as missing."""
    flat = screening.findings.to_crs("EPSG:4326").reset_index()
    for c in flat.columns.drop(flat.geometry.name):
        kind = flat[c].dtype
        if pd.api.types.is_float_dtype(kind):
            flat[c] = flat[c].where(np.isfinite(flat[c].astype("float64")))
        elif not pd.api.types.is_numeric_dtype(kind):
            flat[c] = flat[c].astype("str")
    pyogrio.write_dataframe(flat, path, driver="GeoJSON", RFC7946="YES", WRITE_NAME="NO", DESCRIPTION=text)
