"""
`read_forest`: any kawasan hutan layer -> `record.Forest`.

Codes are looked up exactly in `reference/functions.toml`; what is not there is ``UNKNOWN``, told with its row
count, and never guessed. `describe_forest` says what a layer holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import geometry, reference, schema
from gerai_geo.errors import CRSError, InputError
from gerai_geo.intake.dates import iso_dates
from gerai_geo.intake.functions import find_columns, function_issues, look_up
from gerai_geo.intake.layers import read_layer
from gerai_geo.language import number, translator
from gerai_geo.record import Forest

DEFAULT_SCALE: Final = 250_000
INDONESIA: Final = (94.0, -12.0, 142.0, 7.0)


def read_forest(
    source: str | Path | GeoDataFrame,
    *,
    scale: int | None = None,
    edition: str | None = None,
    covers: str | Path | GeoDataFrame | shapely.Geometry | None = None,
    crs: Any = None,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,
    lang: str = "id",
) -> Forest:
    """
    Read a kawasan hutan layer: shapefile (also zipped), GPKG, GeoJSON, FlatGeobuf, GeoParquet, file geodatabase.

    Parameters
    ----------
    source
        Path of the layer, or a table already in memory.
    scale
        Scale number of the map; 250000 where not given, and told as assumed.
    edition
        Edition or date of the layer, shown in every output.
    covers
        Where ground under no polygon is *not* kawasan hutan. None: nowhere, such ground is not known. A polygon,
        table or vector file: inside it. ``"bbox"``: inside the layer's bounding box. ``"all"``: everywhere.
    crs
        CRS of the layer, only for one that carries none.
    layer
        Name of the layer, for a file that holds several.
    columns
        ``{"function": "KODE", "decree": ..}`` where the names are not the usual ones.
    lang
        Language of the issues, ``id`` or ``en``.

    Returns
    -------
    forest
        Its table is `schema.FOREST` in EPSG:4326 with the layer's further columns; index ``forest_id`` counts
        the features of the file from 1.

    Raises
    ------
    InputError
        If there is no such file, it is empty, holds no polygon, or no column says the function.
    CRSError
        If the layer carries no CRS and none is given.

    Notes
    -----
    Invalid polygons are mended by `geometry.repair` and counted in ``defects``, as are null geometries,
    features that are no polygons, exact duplicates and unknown codes.
    """
    _ = translator(lang)
    table, name, digest = read_layer(source, layer, lang)
    if table.empty:
        raise InputError(_("{name}: layer kosong, tidak ada satu pun fitur. Periksa berkasnya.").format(name=name))
    if table.crs is None:
        if crs is None:
            raise CRSError(
                _(
                    "{name}: layer tidak membawa CRS (berkas .prj tidak ada). Sebutkan CRS-nya, misalnya "
                    "crs='EPSG:4326' (perintah: --forest-crs EPSG:4326)."
                ).format(name=name)
            )
        table = table.set_crs(geometry.read_crs(crs, name))
    table = geometry.to_lonlat(table, name)
    columns = find_columns(table, dict(columns or {}), name, lang)
    functions, as_given = look_up(table[columns["function"]])
    issues: list[dict[str, Any]] = []
    defects: dict[str, int] = {}

    shapes = table.geometry.to_numpy()
    kinds = shapely.get_type_id(shapes)
    defects["null_geometry"] = int((shapely.is_missing(shapes) | shapely.is_empty(shapes)).sum())
    mended, repaired = geometry.repair(shapes)
    defects["invalid"] = int(repaired.sum())
    lost = shapely.is_missing(mended)
    defects["not_polygon"] = int((lost & ~np.isin(kinds, (-1, 3, 6))).sum())
    defects["no_area_left"] = int((lost & repaired).sum())
    result = GeoDataFrame(
        {
            "function": functions,
            "function_as_given": as_given,
            "in_forest": [reference.forest_functions()[f].in_forest for f in functions],
            "decree": _texts(table, columns.get("decree")),
            "decree_date": _dates(table, columns.get("decree_date")),
            "stage": _texts(table, columns.get("stage")),
        },
        geometry=mended,
        crs=schema.CRS,
    )
    result.index = pd.Index([str(i) for i in range(1, len(table) + 1)], name="forest_id", dtype="str")
    for c in table.columns:
        if c != table.geometry.name and c not in result.columns:
            result[c] = table[c].to_numpy()
    result = result[~lost]
    if result.empty:
        raise InputError(_("{name}: tidak ada poligon. Layer kawasan hutan harus berisi poligon.").format(name=name))
    keys = pd.Series(shapely.to_wkb(shapely.normalize(result.geometry.to_numpy())), index=result.index)
    defects["duplicate"] = int(pd.DataFrame({"g": keys, "f": result["function"]}).duplicated().sum())
    issues += function_issues(result, table, columns["function"], name, lang)
    issues += _defect_issues(defects, name, lang)
    if scale is None:
        text = _("Skala peta tidak disebut; dianggap 1:{scale}. Sebutkan dengan --scale bila lain.")
        issues.append(
            schema.issue(
                "scale_assumed",
                text.format(scale=number(DEFAULT_SCALE, 0, lang)),
                severity="info",
                source=name,
            )
        )
    elif scale <= 0:
        raise InputError(
            _("{name}: skala {scale} tidak mungkin. Tulis misalnya 250000.").format(name=name, scale=scale)
        )
    covered = "polygons"
    if covers is not None:
        covered, gap = _gap(result, covers, lang)
        if gap is not None:
            result = pd.concat([result, gap])
    return Forest(
        table=schema.set_dtypes(result, "forest"),
        source=name,
        sha256=digest,
        scale=scale or DEFAULT_SCALE,
        edition=edition or "",
        covers=covered,
        defects={k: n for k, n in defects.items() if n},
        issues=schema.issues_table(issues),
    )


def describe_forest(forest: Forest, lang: str = "id") -> pd.DataFrame:
    """
    Say what a layer holds, a row a function.

    Returns
    -------
    summary
        ``function, name, in_forest, polygons, area_m2`` (of the polygons; shared ground counts twice),
        ``decrees`` (their numbers, joined), ``confidence`` of our reading; in the order of the legend.
    """
    table = forest.table.assign(area_m2=geometry.area_m2(forest.table.geometry))
    rows = []
    for key, function in reference.forest_functions().items():
        part = table[table["function"] == key]
        if len(part):
            rows.append(
                {
                    "function": key,
                    "name": function.name(lang),
                    "in_forest": function.in_forest,
                    "polygons": len(part),
                    "area_m2": float(part["area_m2"].sum()),
                    "decrees": "; ".join(sorted(part["decree"].dropna().unique())),
                    "confidence": function.confidence,
                }
            )
    return pd.DataFrame(rows)


def _texts(table: GeoDataFrame, column: str | None) -> list[str | None]:
    if column is None:
        return [None] * len(table)
    return [None if pd.isna(v) or not str(v).strip() else str(v).strip() for v in table[column]]


def _dates(table: GeoDataFrame, column: str | None) -> list[str | None]:
    """Dates as ISO text; anything uncertain as it stands."""
    return [None] * len(table) if column is None else iso_dates(table[column])


def _defect_issues(defects: dict[str, int], name: str, lang: str) -> list[dict[str, Any]]:
    _ = translator(lang)
    texts = {
        "null_geometry": _("{n} fitur tanpa geometri; dilewati."),
        "invalid": _("{n} poligon tidak sah (garis berpotongan dan sejenisnya); diperbaiki."),
        "not_polygon": _("{n} fitur bukan poligon; dilewati."),
        "no_area_left": _("{n} poligon tidak sah tanpa luas; dilewati."),
        "duplicate": _("{n} poligon rangkap persis; dihitung sekali."),
    }
    return [
        schema.issue(f"forest_{kind}", texts[kind].format(n=number(n, 0, lang)), severity="info", source=name)
        for kind, n in defects.items()
        if n
    ]


def _gap(
    table: GeoDataFrame, covers: str | Path | GeoDataFrame | shapely.Geometry, lang: str
) -> tuple[str, GeoDataFrame | None]:
    """Ground that the user says the layer covers and no polygon does: one APL row, marked as such."""
    _ = translator(lang)
    if isinstance(covers, str) and covers in ("all", "bbox"):
        bounds = table.total_bounds if covers == "bbox" else INDONESIA
        region, name = shapely.box(*bounds), covers
    elif isinstance(covers, shapely.Geometry):
        region, name = covers, _("poligon pengguna")
    else:
        outline, name, _digest = read_layer(covers, None, lang)
        region = shapely.union_all(geometry.repair(geometry.to_lonlat(outline, name).geometry.to_numpy())[0])
    rest, _bad = geometry.repair(np.array([shapely.difference(region, shapely.union_all(table.geometry.to_numpy()))]))
    if rest[0] is None:
        return name, None
    row = {
        "function": ["APL"],
        "function_as_given": [_("di luar poligon, menurut covers={name}").format(name=name)],
    }
    gap = GeoDataFrame(row | {"in_forest": [False]}, geometry=rest, crs=schema.CRS)
    gap.index = pd.Index(["covers"], name="forest_id")
    return name, gap
