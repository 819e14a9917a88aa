"""
`read_forest`: any kawasan hutan layer -> `record.Forest`.

Codes are looked up exactly in `reference/functions.toml`; what is not there is ``UNKNOWN``, told with its row
count, and never guessed. `describe_forest` says what a layer holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core import geometry
from gerai_geo.core.geometry import INDONESIA
from gerai_geo.errors import InputError
from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _, localised
from gerai_geo.intake.files import bbox_reader as windows
from gerai_geo.intake.layers.decrees import cells_of, decrees_of
from gerai_geo.intake.layers.defects import count_curves, note_issues, shape_defects, shape_issues, told
from gerai_geo.intake.layers.functions import find_columns, function_issues, look_up
from gerai_geo.intake.layers.source import Read, files_of, located, read_layer, read_source
from gerai_geo.records.crs import to_lonlat
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.records.models import Forest
from gerai_geo.reference.functions import forest_functions

DEFAULT_SCALE: Final = 250_000
_MARGIN_KM: Final = int(windows.MARGIN_DEG * 110.5)  # a degree of latitude is 110.6 km and more

Source: TypeAlias = str | Path | GeoDataFrame


@localised
def read_forest(
    source: Source | Sequence[Source],
    *,
    scale: int | None = None,
    edition: str | None = None,
    covers: str | Path | GeoDataFrame | shapely.Geometry | None = None,
    crs: Any = None,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,
    around: GeoDataFrame | None = None,
    lang: str | None = None,
) -> Forest:
    """
    Read a kawasan hutan layer: shapefile (also zipped), GPKG, GeoJSON, FlatGeobuf, GeoParquet, file geodatabase.

    Parameters
    ----------
    source
        Path of the layer, or a table already in memory. Several of them, or a folder, become one layer: provinces side
        by side.
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
    around
        The sites: a file of more than 32 MB is then read only around them, and the record says so. Elsewhere the layer
        is not known, whatever ``covers`` says.
    lang
        Language of the issues, ``id`` or ``en``.

    Returns
    -------
    forest
        Its table is `schema.FOREST` in EPSG:4326 with the layer's further columns; index ``forest_id`` counts
        the features of the file from 1, those of the second of several as ``2.1`` and so on.

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
    sources = files_of(source)
    boxes = None if around is None else windows.boxes_around(to_lonlat(around, "around"))
    notes: list[str] = []
    with told(notes):
        reads = [read_source(one, layer, around=boxes, crs=crs) for one in sources]
    name = " + ".join(dict.fromkeys(read.name for read in reads))
    if scale is not None and scale <= 0:
        raise InputError(
            _("{name}: skala {scale} tidak mungkin. Tulis misalnya 250000.").format(name=name, scale=scale)
        )
    in_part = boxes is not None and any(read.bounds is not None for read in reads)
    parts = [_part(read, crs, columns, boxes if in_part else None) for read in reads]
    if len(parts) > 1:
        for n, part in enumerate(parts, 1):
            part.table.index = pd.Index([f"{n}.{i}" for i in part.table.index], name="forest_id", dtype="str")
    result = pd.concat([part.table for part in parts]) if len(parts) > 1 else parts[0].table
    if result.empty and not in_part:
        raise InputError(_("{name}: tidak ada poligon. Layer kawasan hutan harus berisi poligon.").format(name=name))
    defects = {kind: sum(part.defects[kind] for part in parts) for kind in parts[0].defects}
    defects["duplicate"] = _duplicates(result)
    noted, note_rows = note_issues(notes, len(result), name)
    defects |= noted | {"curve": sum(_curves(one, read) for one, read in zip(sources, reads, strict=True))}
    issues = [row for part in parts for row in part.issues] + note_rows
    issues += _defect_issues(defects, name) + shape_issues(defects, name)
    issues += _scale_issues(scale, name)
    window = None
    features = sum(read.features or len(read.table) for read in reads)
    if in_part:
        window = shapely.union_all(shapely.box(*np.array(boxes).reshape(-1, 4).T))
        issues.append(_window_issue(len(result), features, name))
    covered = "polygons"
    if covers is not None:
        bounds = result.total_bounds if not in_part else _bounds(reads, crs)
        covered, gap = _gap(result, covers, bounds, window)
        if gap is not None:
            result = pd.concat([result, gap])
    digests = [read.sha256 for read in reads]
    for read in reads:
        if read.keep is not None:
            read.keep()
    return Forest(
        table=schema.set_dtypes(result, "forest"),
        source=name,
        sha256=digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest(),
        scale=scale or DEFAULT_SCALE,
        edition=edition or "",
        covers=covered,
        defects={k: n for k, n in defects.items() if n},
        issues=issues_table(issues),
        window=window,
        features=features,
    )


@dataclass(frozen=True)
class _Part:
    """What one file brings to a layer."""

    table: GeoDataFrame
    defects: dict[str, int]
    issues: list[dict[str, Any]]


def _part(read: Read, crs: Any, given: Mapping[str, str] | None, boxes: tuple[windows.Box, ...] | None) -> _Part:
    """Polygons of one file with the columns of the contract; those around the boxes."""
    table, name = read.table, read.name
    if table.empty and read.bounds is None:
        raise InputError(_("{name}: layer kosong, tidak ada satu pun fitur. Periksa berkasnya.").format(name=name))
    table = located(table, crs, name, "--forest-crs")
    sound = read.sound
    if boxes is not None and sound is None:  # a small file among large ones
        table = table[windows.meets(table, boxes)]
    columns = find_columns(read.sample, dict(given or {}), name)
    functions, as_given = look_up(table[columns["function"]])
    numbers, days = decrees_of(table, columns, given or {})
    shapes = table.geometry.to_numpy()
    kinds = shapely.get_type_id(shapes)
    mended, repaired = geometry.repair(shapes, sound)
    lost = shapely.is_missing(mended)
    defects = {
        "null_geometry": int((shapely.is_missing(shapes) | shapely.is_empty(shapes)).sum()),
        "invalid": int(repaired.sum()),
        "not_polygon": int((lost & ~np.isin(kinds, (-1, 3, 6))).sum()),
        "no_area_left": int((lost & repaired).sum()),
    } | shape_defects(shapes)
    result = GeoDataFrame(
        {
            "function": functions,
            "function_as_given": as_given,
            "in_forest": [forest_functions()[f].in_forest for f in functions],
            "decree": numbers,
            "decree_date": days,
            "stage": cells_of(table, columns.get("stage")),
        },
        geometry=mended,
        crs=schema.CRS,
    )
    result.index = pd.Index([str(i + 1) for i in table.index], name="forest_id", dtype="str")
    further = [c for c in table.columns if c != table.geometry.name and c not in result.columns]
    result = pd.concat([result, table[further].set_axis(result.index)], axis=1)
    issues = function_issues(result[~lost], table[~lost], columns["function"], name)
    return _Part(result[~lost], defects, issues)


def _curves(source: Source, read: Read) -> int:
    """Features with curved edges among those that were read."""
    return count_curves(source, None if read.bounds is None else read.table.index + 1)


def _duplicates(table: GeoDataFrame) -> int:
    """How many polygons stand there once more, with the same function; their rings may begin elsewhere."""
    bounds = pd.DataFrame(shapely.bounds(table.geometry.to_numpy())).assign(f=table["function"].to_numpy())
    unique_rows = bounds.duplicated(keep=False).to_numpy()
    keys = shapely.to_wkb(shapely.normalize(table.geometry.to_numpy()[unique_rows]))
    return int(pd.DataFrame({"g": keys, "f": table["function"].to_numpy()[unique_rows]}).duplicated().sum())


def _bounds(reads: Sequence[Read], crs: Any) -> Any:
    """Bounds of whole files of which only parts were read."""
    boxes = [r.bounds or located(r.table, crs, r.name, "--forest-crs").total_bounds for r in reads]
    return shapely.union_all([shapely.box(*box) for box in boxes]).bounds


def _scale_issues(scale: int | None, name: str) -> list[dict[str, Any]]:
    if scale is not None:
        return []
    text = _("Skala peta tidak disebut; dianggap 1:{scale}. Sebutkan dengan --scale bila lain.")
    told = text.format(scale=number(DEFAULT_SCALE, 0))
    return [issue_row("scale_assumed", told, severity="info", source=name)]


def _window_issue(read: int, features: int, name: str) -> dict[str, Any]:
    text = _(
        "Dari {features} fitur layer dibaca {read}, yaitu yang berada di sekitar titik (sedikitnya {margin} km); cacat "
        "layer hanya diperiksa di situ."
    )
    told = text.format(read=number(read, 0), features=number(features, 0), margin=_MARGIN_KM)
    return issue_row("forest_window", told, severity="info", source=name)


def describe_forest(forest: Forest) -> pd.DataFrame:
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
    for key, function in forest_functions().items():
        part = table[table["function"] == key]
        if len(part):
            rows.append(
                {
                    "function": key,
                    "name": function.name(),
                    "in_forest": function.in_forest,
                    "polygons": len(part),
                    "area_m2": float(part["area_m2"].sum()),
                    "decrees": "; ".join(sorted(part["decree"].dropna().unique())),
                    "confidence": function.confidence,
                }
            )
    return pd.DataFrame(rows)


def _defect_issues(defects: dict[str, int], name: str) -> list[dict[str, Any]]:
    texts = {
        "null_geometry": _("{n} fitur tanpa geometri; dilewati."),
        "invalid": _("{n} poligon tidak sah (garis berpotongan dan sejenisnya); diperbaiki."),
        "not_polygon": _("{n} fitur bukan poligon; dilewati."),
        "no_area_left": _("{n} poligon tidak sah tanpa luas; dilewati."),
        "duplicate": _("{n} poligon rangkap persis; dihitung sekali."),
    }
    return [
        issue_row(f"forest_{kind}", texts[kind].format(n=number(n, 0)), severity="info", source=name)
        for kind, n in defects.items()
        if n and kind in texts
    ]


def _gap(
    table: GeoDataFrame,
    covers: str | Path | GeoDataFrame | shapely.Geometry,
    bounds: Any,
    window: shapely.Geometry | None,
) -> tuple[str, GeoDataFrame | None]:
    """Ground that the user says the layer covers and no polygon does: one APL row, marked as such."""
    if isinstance(covers, str) and covers in ("all", "bbox"):
        region, name = shapely.box(*(bounds if covers == "bbox" else INDONESIA)), covers
    elif isinstance(covers, shapely.Geometry):
        region, name = covers, _("poligon pengguna")
    else:
        outline, name, _digest = read_layer(covers, None)
        region = shapely.union_all(geometry.repair(to_lonlat(outline, name).geometry.to_numpy())[0])
    if window is not None:
        region = shapely.intersection(region, window)  # beyond it polygons have not been read
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
