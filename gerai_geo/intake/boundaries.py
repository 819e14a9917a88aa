"""Boundaries of villages or regencies, read and brought to one set of columns."""

from __future__ import annotations

import re
import weakref
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.geometry import repair
from gerai_geo.core.surroundings import sites_beyond
from gerai_geo.errors import InputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.labels import extent, number
from gerai_geo.i18n.translate import _, localised
from gerai_geo.intake.admin.regencies import identify_regency
from gerai_geo.intake.layers.shortfalls import layer_shortfalls, of_tables
from gerai_geo.intake.layers.source import place_table
from gerai_geo.intake.tables.sources import read_raw_tables
from gerai_geo.records.issues import issue_row

_READ: Final[set[int]] = set()
"""Tables that `read_boundaries` returned and that are still there."""


@typed
@localised
def read_boundaries(
    source: str | Path | GeoDataFrame | None, lang: str | None = None, *, accept_incomplete: bool = False
) -> GeoDataFrame | None:
    """
    Read polygons of villages or regencies as `prepare_boundaries` gives them; None where none are given.

    Parameters
    ----------
    source
        Path of the file, or a table in memory; one that this function returned is returned as it is.
    lang
        Language of the issues and errors, ``id`` or ``en``.
    accept_incomplete
        Whether to read a file of which a part is missing. Sites in the missing polygons then seem to lie outside their
        village or regency.

    Raises
    ------
    InputError
        If it can't be read, is incomplete, or has no polygon with a regency.
    CRSError
        If it has no CRS, or one that can't be true.
    """
    if source is None:
        return None
    if isinstance(source, GeoDataFrame):
        if id(source) in _READ and source.crs == schema.CRS:
            return source
        return _remembered(prepare_boundaries(source, _("batas wilayah"), accept_incomplete=accept_incomplete))
    raw_tables, problems = read_raw_tables(source, {})
    if problems:
        raise problems[0]
    gaps = layer_shortfalls(of_tables(raw_tables), str(source), accepted=accept_incomplete)
    tables = [
        prepare_boundaries(
            GeoDataFrame(raw.table, geometry=raw.geometry, crs=raw.crs), raw.source, accept_incomplete=accept_incomplete
        )
        for raw in raw_tables
        if raw.geometry is not None
    ]
    if not tables:
        raise InputError(_("{source}: bukan berkas peta. Batas wilayah harus berupa poligon.").format(source=source))
    issues = [*gaps, *(issue for table in tables for issue in table.attrs["issues"])]
    joined = tables[0] if len(tables) == 1 else GeoDataFrame(pd.concat(tables, ignore_index=True), crs=schema.CRS)
    joined.attrs |= {"source": tables[0].attrs["source"] if len(tables) == 1 else str(source), "issues": issues}
    return _remembered(joined)


def _remembered(boundaries: GeoDataFrame) -> GeoDataFrame:
    """Boundaries, noted as read: given again, they are taken as they are."""
    _READ.add(id(boundaries))
    weakref.finalize(boundaries, _READ.discard, id(boundaries))
    return boundaries


def boundaries_here(
    boundaries: GeoDataFrame | None, sites: GeoDataFrame
) -> tuple[GeoDataFrame | None, list[dict[str, Any]]]:
    """
    Boundaries to check sites by, None if all of them lie far from all sites; and issues of their place.

    Parameters
    ----------
    boundaries
        Made by `read_boundaries`.
    sites
        With their positions in EPSG:4326.
    """
    if boundaries is None:
        return None, []
    issues: list[dict[str, Any]] = list(boundaries.attrs.get("issues", []))
    shapes = sites.geometry.to_numpy()
    placed = int(np.isfinite(shapely.bounds(shapes)).all(axis=1).sum())
    beyond = int(sites_beyond(shapes, boundaries.geometry.to_numpy()).sum())
    if not placed or beyond < placed:
        return boundaries, issues
    text = _(
        "{n} dari {total} titik berada di luar batas wilayah {source}: batas itu mencakup {place}. Batasnya tidak "
        "dipakai."
    )
    source, place = boundaries.attrs.get("source"), extent(boundaries.total_bounds.tolist())
    text = text.format(n=number(beyond), total=number(placed), source=source or "–", place=place)
    hint = _("Periksa berkas batas wilayah dan CRS-nya, dan letak titik-titiknya.")
    return None, [*issues, issue_row("layer_elsewhere", text, source=source, suggestion=hint)]


def prepare_boundaries(table: GeoDataFrame, where: str, *, accept_incomplete: bool = False) -> GeoDataFrame:
    """
    Bring the polygons of villages or regencies to the columns that the checks use.

    Parameters
    ----------
    table
        Polygons with the columns of BIG (``WADMKD, WADMKK, KDPKAB, KDEPUM``) or ``kode`` and ``nama``; any CRS.
    where
        Name for messages.
    accept_incomplete
        Whether to take a table some of whose coordinates can't be true, without these shapes.

    Returns
    -------
    boundaries
        ``village`` (missing where the polygons are regencies), ``regency, regency_code``, ``province`` (as its column
        says, if it has one), valid polygons in EPSG:4326; ``attrs`` hold the ``source`` and the
        ``issues`` of its place.

    Raises
    ------
    InputError
        If no column names the regency of a polygon, or there is no polygon.
    CRSError
        If the table has no CRS, or one that can't be true.
    """
    table, _crs, issues, missing = place_table(table, where)
    issues = [*layer_shortfalls([(where, one) for one in missing], where, accepted=accept_incomplete), *issues]
    shapes, _repaired = repair(table.geometry.to_numpy())
    columns = {str(c).casefold(): c for c in reversed(table.columns)}

    def first_text(*names: str) -> pd.Series:
        """Text of each row in the first of these columns that has one."""
        texts = pd.Series(None, index=table.index, dtype=object)
        for n in names:
            if n in columns:
                values = table[columns[n]].map(lambda v: None if pd.isna(v) or not str(v).strip() else str(v).strip())
                texts = texts.where(texts.notna(), values)
        return texts

    codes = first_text(
        "regency_code", "kdpkab", "kode_kab", "kdepum", "village_code", "kode", "kode_desa", "kode_wilayah"
    )
    own_codes = first_text("kdepum", "village_code", "kode_desa", "kode")
    names = first_text("wadmkk", "regency", "kabupaten", "kab_kota", "nama_kab", "kabkot", "namakab")
    is_village = own_codes.map(lambda c: isinstance(c, str) and len(re.sub(r"\D", "", c)) == 10).astype(bool)
    villages = first_text("wadmkd", "village", "desa", "nama_desa", "namobj", "nama")
    villages = villages.where(is_village | first_text("wadmkd").notna())
    names = names.where(names.notna(), first_text("nama", "name", "namobj").where(villages.isna()))
    found = [identify_regency(c, n) for c, n in zip(codes, names, strict=True)]
    values = {"village": villages.to_numpy(), "regency": [f[0] for f in found], "regency_code": [f[1] for f in found]}
    values["province"] = first_text("wadmpr", "province", "provinsi", "nama_prov", "namaprov").to_numpy()
    result = GeoDataFrame(values, geometry=shapes, crs=schema.CRS)
    result = result[result.geometry.notna() & result["regency"].notna()].reset_index(drop=True)
    if result.empty:
        raise InputError(
            _(
                "{where}: tidak ada poligon dengan kode atau nama kabupaten/kota. Diperlukan kolom seperti kode dan "
                "nama, atau KDPKAB dan WADMKK (layer batas wilayah BIG)."
            ).format(where=where)
        )
    result.attrs |= {"source": where, "issues": issues}
    return result
