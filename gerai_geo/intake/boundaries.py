"""Polygons of villages or regencies, read and brought to one set of columns."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core import geometry
from gerai_geo.core.name_keys import village_key as village_key
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _, localised
from gerai_geo.intake.admin.regencies import identify_regency
from gerai_geo.intake.tables import sources
from gerai_geo.records.crs import to_lonlat


@localised
def read_boundaries(source: str | Path | GeoDataFrame | None, lang: str | None = None) -> GeoDataFrame | None:
    """Read polygons of villages or regencies as `prepare_boundaries` gives them; None where none are given."""
    if source is None:
        return None
    if isinstance(source, GeoDataFrame):
        return prepare_boundaries(source, _("batas wilayah"))
    read, problems = sources.read_blocks(source, {})
    if problems:
        raise problems[0]
    blocks = [b for b in read if b.geometry is not None]
    if not blocks:
        raise InputError(_("{source}: bukan berkas peta. Batas wilayah harus berupa poligon.").format(source=source))
    tables = [prepare_boundaries(GeoDataFrame(b.table, geometry=b.geometry, crs=b.crs), b.source) for b in blocks]
    return tables[0] if len(tables) == 1 else GeoDataFrame(pd.concat(tables, ignore_index=True), crs=schema.CRS)


def prepare_boundaries(table: GeoDataFrame, where: str) -> GeoDataFrame:
    """
    Bring the polygons of villages or regencies to the columns the checks use.

    Parameters
    ----------
    table
        Polygons with the columns of BIG (``WADMKD, WADMKK, KDPKAB, KDEPUM``) or ``kode`` and ``nama``; any CRS.
    where
        Name for messages.

    Returns
    -------
    boundaries
        ``village`` (missing where the polygons are regencies), ``regency, regency_code``, valid polygons in
        EPSG:4326.

    Raises
    ------
    InputError
        If no column says which regency a polygon belongs to, or there is no polygon.
    CRSError
        If the table has no CRS.
    """
    table = to_lonlat(table, where)
    shapes, _repaired = geometry.repair(table.geometry.to_numpy())
    columns = {str(c).casefold(): c for c in reversed(table.columns)}

    def texts(*names: str) -> pd.Series:
        found = pd.Series(None, index=table.index, dtype=object)
        for n in names:
            if n in columns:
                values = table[columns[n]].map(lambda v: None if pd.isna(v) or not str(v).strip() else str(v).strip())
                found = found.where(found.notna(), values)
        return found

    codes = texts("regency_code", "kdpkab", "kode_kab", "kdepum", "village_code", "kode", "kode_desa", "kode_wilayah")
    own = texts("kdepum", "village_code", "kode_desa", "kode")
    names = texts("wadmkk", "regency", "kabupaten", "kab_kota", "nama_kab", "kabkot", "namakab")
    is_village = own.map(lambda c: isinstance(c, str) and len(re.sub(r"\D", "", c)) == 10).astype(bool)
    villages = texts("wadmkd", "village", "desa", "nama_desa", "namobj", "nama").where(
        is_village | texts("wadmkd").notna()
    )
    plain = texts("nama", "name", "namobj").where(villages.isna())
    names = names.where(names.notna(), plain)
    found = [identify_regency(c, n) for c, n in zip(codes, names, strict=True)]
    result = GeoDataFrame(
        {
            "village": villages.to_numpy(),
            "regency": [f[0] for f in found],
            "regency_code": [f[1] for f in found],
        },
        geometry=shapes,
        crs=schema.CRS,
    )
    result = result[result.geometry.notna() & result["regency"].notna()].reset_index(drop=True)
    if result.empty:
        raise InputError(
            _(
                "{where}: tidak ada poligon dengan kode atau nama kabupaten/kota. Diperlukan kolom seperti kode dan "
                "nama, atau KDPKAB dan WADMKK (layer batas wilayah BIG)."
            ).format(where=where)
        )
    return result
