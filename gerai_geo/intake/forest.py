"""
Read kawasan hutan layers, and summarise them.

Codes are looked up exactly in `reference/functions.toml`; others are ``UNKNOWN`` and become issues, never guesses.
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
from gerai_geo.core.steps.memory import collector_paused
from gerai_geo.core.surroundings import SURROUNDINGS_DEG
from gerai_geo.errors import InputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _, localised
from gerai_geo.intake.files.bbox_reader import boxes_around, intersects_boxes
from gerai_geo.intake.files.shapefile_index import Box
from gerai_geo.intake.layers.coverage import union_m2
from gerai_geo.intake.layers.decrees import column_texts, polygon_decrees
from gerai_geo.intake.layers.defects import (
    collect_warnings,
    count_curves,
    count_harmless,
    defect_issues,
    warning_issues,
)
from gerai_geo.intake.layers.function_columns import read_functions
from gerai_geo.intake.layers.functions import find_columns, function_issues
from gerai_geo.intake.layers.lost_shapes import lost_features, lost_issues, misplaced, refuse_covers, without_ground
from gerai_geo.intake.layers.shortfalls import layer_shortfalls
from gerai_geo.intake.layers.source import Claim, RawLayer, files_of, read_source
from gerai_geo.records.crs import to_lonlat
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.records.models import Forest, ReadShapes
from gerai_geo.reference.functions import forest_functions

DEFAULT_SCALE: Final = 250_000
_SMALLEST_SCALE: Final = 100_000_000
_MARGIN_KM: Final = int(SURROUNDINGS_DEG * 110.5)  # a degree of latitude is at least 110.6 km

Source: TypeAlias = str | Path | GeoDataFrame


@typed
@localised
@collector_paused()
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
    accept_incomplete: bool = False,
    lang: str | None = None,
) -> Forest:
    """
    Read a kawasan hutan layer: shapefile (also zipped), GPKG, GeoJSON, FlatGeobuf, GeoParquet, file geodatabase.

    Parameters
    ----------
    source
        Path of the layer, or a table in memory. Several of them, or a folder, become one layer (provinces side by
        side).
    scale
        Scale number of the map; without it 250000 is assumed, which becomes an issue.
    edition
        Edition or date of the layer, shown in every output.
    covers
        Where ground outside all polygons is *not* kawasan hutan. None: nowhere, such ground is unknown. A polygon,
        table or vector file: inside it. ``"bbox"``: inside the layer's bounding box. ``"all"``: everywhere. Never
        beyond 0.35° around the layer's bounding box: whoever says so of a layer does not mean other islands.
    crs
        CRS of a layer without one, or with a wrong one: it is used instead of the file's where it can be true.
    layer
        Name of the layer in a file of several.
    columns
        ``{"function": "KODE", "decree": ..}`` for unusual column names.
    around
        The sites: a file of more than 32 MB is read only around them. Elsewhere the layer is unknown, whatever
        ``covers`` says.
    accept_incomplete
        Whether to read a file of which a part is missing. Its ground under no polygon stays unknown: ``covers`` is then
        not allowed.
    lang
        Language of the issues, ``id`` or ``en``.

    Returns
    -------
    forest
        Its table is `schema.FOREST` in EPSG:4326 with the layer's own columns; index ``forest_id`` counts the
        features of the file from 1, those of the second of several files as ``2.1`` and so on.

    Raises
    ------
    InputError
        If the file does not exist, is empty or incomplete, or has no polygon or no column for the function.
    CRSError
        If the layer has no CRS or one that can't be true (its coordinates are no degrees, or lie far from Indonesia),
        and none that can be true is given.

    Notes
    -----
    Invalid polygons are repaired by `geometry.repair` and counted in ``defects``, like null geometries, features
    that are not polygons, and exact duplicates.
    """
    sources = files_of(source)
    boxes = None if around is None else boxes_around(to_lonlat(around, "around"))
    claim = Claim(crs, "--forest-crs", alone=len(sources) == 1)
    with collect_warnings() as messages:
        layers = [read_source(item, layer, claim, around=boxes, thorough=covers is not None) for item in sources]
    name = " + ".join(dict.fromkeys(raw.name for raw in layers))
    features = sum(raw.features or len(raw.table) for raw in layers)
    missing = [(raw.name, one) for raw in layers for one in raw.shortfalls]
    gaps = layer_shortfalls(missing, name, accepted=accept_incomplete, rows=features, covers=covers is not None)
    if scale is not None and not 1 <= scale <= _SMALLEST_SCALE:
        text = _("{name}: skala {scale} tidak mungkin. Tulis misalnya 250000.")
        raise InputError(text.format(name=name, scale=scale))
    in_part = boxes is not None and any(raw.bounds is not None for raw in layers)
    parts = [_part(raw, columns, boxes if in_part else None) for raw in layers]
    if len(parts) > 1:
        for n, part in enumerate(parts, 1):
            for table in (part.table, part.lost):
                table.index = pd.Index([f"{n}.{i}" for i in table.index], name="forest_id", dtype="str")
    lost = pd.concat([part.lost for part in parts])
    if covers is not None:
        refuse_covers(lost, name)
    result = pd.concat([part.table for part in parts]) if len(parts) > 1 else parts[0].table
    if result.empty and not in_part:
        raise InputError(_("{name}: tidak ada poligon. Layer kawasan hutan harus berisi poligon.").format(name=name))
    defects = {defect: sum(part.defects[defect] for part in parts) for defect in parts[0].defects}
    defects["duplicate"] = _count_duplicates(result)
    measures, issues = warning_issues(messages, len(result), name)
    defects |= measures | {"curve": sum(_count_curves(*pair) for pair in zip(sources, layers, strict=True))}
    issues = [
        *gaps,
        *lost_issues(lost, name),
        *(row for part in parts for row in part.issues),
        *issues,
        *defect_issues(defects, name),
    ]
    if scale is None:
        text = _("Skala peta tidak disebut; dianggap 1:{scale}. Sebutkan bila lain.")
        text = text.format(scale=number(DEFAULT_SCALE, 0))
        issues.append(issue_row("scale_assumed", text, severity="info", source=name))
    window = None
    if in_part:
        window = shapely.union_all(shapely.box(*np.array(boxes).reshape(-1, 4).T))
        text = _(
            "Dari {features} fitur layer dibaca {read}, yaitu yang berada di sekitar titik (sedikitnya {margin} km); "
            "cacat layer hanya diperiksa di situ."
        )
        text = text.format(read=number(len(result), 0), features=number(features, 0), margin=_MARGIN_KM)
        issues.append(issue_row("forest_window", text, severity="info", source=name))
    covered = "polygons"
    bounds = _whole_bounds(layers)
    if covers is not None:
        covered, remainder = _remainder(result, covers, bounds, window)
        if remainder is not None:
            result = pd.concat([result, remainder])
    digests = [raw.sha256 for raw in layers]
    for raw in layers:
        if raw.write_cache is not None:
            raw.write_cache()
    table = schema.set_dtypes(result, "forest")
    return Forest(
        table=table,
        source=name,
        sha256=digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest(),
        scale=scale or DEFAULT_SCALE,
        edition=edition or "",
        covers=covered,
        defects={defect: n for defect, n in defects.items() if n},
        issues=issues_table(issues),
        window=window,
        features=features,
        crs=layers[0].crs,
        bounds=bounds,
        read_shapes=_read_shapes(table, [raw.key for raw in layers], covers, window),
    )


def _read_shapes(
    table: GeoDataFrame, keys: list[str], covers: Any, window: shapely.Geometry | None
) -> ReadShapes | None:
    """Geometries of a table under a key; None where something else than the files and words decides about them."""
    if not all(keys) or window is not None or not (covers is None or isinstance(covers, str)):
        return None
    if isinstance(covers, str) and covers not in ("all", "bbox"):
        return None  # a file of its own
    key = hashlib.sha256(repr((keys, covers)).encode()).hexdigest()
    return ReadShapes(key, table.geometry.to_numpy().copy())


@dataclass(frozen=True)
class _Part:
    """Contribution of one file to a layer."""

    table: GeoDataFrame
    lost: pd.DataFrame
    defects: dict[str, int]
    issues: list[dict[str, Any]]


def _part(raw: RawLayer, given: Mapping[str, str] | None, boxes: tuple[Box, ...] | None) -> _Part:
    """Polygons of one file within the boxes, as the `schema.FOREST` table."""
    table, name = raw.table, raw.name
    if table.empty and raw.bounds is None:
        raise InputError(_("{name}: layer kosong, tidak ada satu pun fitur. Periksa berkasnya.").format(name=name))
    sound = raw.sound
    elsewhere = misplaced(table.bounds.to_numpy()) if raw.stray is None else raw.stray
    if boxes is not None and raw.bounds is None:  # a small file among large ones
        there = intersects_boxes(table, boxes) | without_ground(table.geometry.to_numpy()) | elsewhere
        table, elsewhere, sound = table[there], elsewhere[there], None if sound is None else sound[there]
    columns = find_columns(raw.sample, dict(given or {}), name)
    functions = read_functions(table, columns["function"], name, chosen="function" in (given or {}))
    decrees, decree_dates = polygon_decrees(table, columns, given or {})
    shapes = table.geometry.to_numpy()
    repaired, invalid = geometry.repair(shapes, sound)
    unsure = np.flatnonzero(np.ones(len(shapes), dtype=bool) if sound is None else ~sound)
    repaired[unsure[geometry.are_flat(repaired[unsure])]] = None
    lost = shapely.is_missing(repaired)
    kinds = lost_features(shapes, repaired, invalid, functions.in_forest, elsewhere)
    defects = {
        "null_geometry": int((shapely.is_missing(shapes) | shapely.is_empty(shapes)).sum()),
        "invalid": int(invalid.sum()),
        "not_polygon": int((lost & ~np.isin(shapely.get_type_id(shapes), (-1, 3, 6))).sum()),
        "no_area_left": int((lost & np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)).sum()),
    } | count_harmless(shapes, ~lost)
    result = GeoDataFrame(
        {
            "function": functions.function,
            "function_as_given": functions.as_given,
            "in_forest": functions.in_forest,
            "decree": decrees,
            "decree_date": decree_dates,
            "stage": column_texts(table, columns.get("stage")),
        },
        geometry=repaired,
        crs=schema.CRS,
    )
    result.index = pd.Index([str(i + 1) for i in table.index], name="forest_id", dtype="str")
    own_columns = [c for c in table.columns if c != table.geometry.name and c not in result.columns]
    result = pd.concat([result, table[own_columns].set_axis(result.index)], axis=1)
    if any(functions.conflict):
        result[schema.FUNCTION_CONFLICT] = pd.Series(functions.conflict, result.index, dtype="str")
    agreed = result[~lost & np.array([said is None for said in functions.conflict], dtype=bool)]
    issues = [*functions.issues, *function_issues(agreed, columns["function"], name)]
    gone = pd.DataFrame({"kind": kinds, "function": functions.function}, index=result.index)
    return _Part(result[~lost], gone[gone["kind"].notna()], defects, [*raw.issues, *issues])


def _count_curves(source: Source, raw: RawLayer) -> int:
    return count_curves(source, None if raw.bounds is None else raw.table.index + 1)


def _count_duplicates(table: GeoDataFrame) -> int:
    """Count polygons equal to an earlier one of the same function; their rings may start elsewhere."""
    bounds = pd.DataFrame(shapely.bounds(table.geometry.to_numpy())).assign(f=table["function"].to_numpy())
    candidates = bounds.duplicated(keep=False).to_numpy()
    keys = shapely.to_wkb(shapely.normalize(table.geometry.to_numpy()[candidates]))
    return int(pd.DataFrame({"g": keys, "f": table["function"].to_numpy()[candidates]}).duplicated().sum())


def _whole_bounds(layers: Sequence[RawLayer]) -> Box | None:
    """Bounds of the whole files, also of those read in part, without shapes far outside Indonesia; None without any."""
    bounds = np.vstack([raw.table.bounds.to_numpy() if raw.bounds is None else [raw.bounds] for raw in layers])
    west, south, east, north = INDONESIA
    here = (bounds[:, 0] <= east) & (bounds[:, 2] >= west) & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    if not here.any():
        return None
    (left, bottom), (right, top) = bounds[here, :2].min(axis=0).tolist(), bounds[here, 2:].max(axis=0).tolist()
    return left, bottom, right, top


def describe_forest(forest: Forest) -> pd.DataFrame:
    """
    Summarise a layer by forest function.

    Returns
    -------
    summary
        One row per function, in the order of the legend: ``function, name, in_forest, polygons, area_m2`` (duplicates
        and overlaps within the function count once), ``decrees`` (numbers, joined), ``confidence`` of the function's
        codes.
    """
    table = forest.table
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
                    "area_m2": union_m2(part.geometry.to_numpy()),
                    "decrees": "; ".join(sorted(part["decree"].dropna().unique())),
                    "confidence": function.confidence,
                }
            )
    return pd.DataFrame(rows)


def _remainder(
    table: GeoDataFrame,
    covers: str | Path | GeoDataFrame | shapely.Geometry,
    bounds: Box | None,
    window: shapely.Geometry | None,
) -> tuple[str, GeoDataFrame | None]:
    """Ground inside `covers` and around the layer but outside all polygons, as one APL row; a name for `covers`."""
    region: shapely.Geometry
    if isinstance(covers, str) and covers in ("all", "bbox"):
        region, name = shapely.box(*(bounds if covers == "bbox" and bounds else INDONESIA)), covers
    elif isinstance(covers, shapely.Geometry):
        region, name = covers, _("poligon pengguna")
    else:
        outline = read_source(covers)
        layer_shortfalls([(outline.name, one) for one in outline.shortfalls], outline.name, accepted=None)
        region, name = shapely.union_all(geometry.repair(outline.table.geometry.to_numpy())[0]), outline.name
    # a layer drawn in the wrong place must not make the ground around the sites free
    surroundings = np.array(bounds) + SURROUNDINGS_DEG * np.array([-1, -1, 1, 1]) if bounds else None
    region = shapely.intersection(region, shapely.box(*surroundings)) if surroundings is not None else shapely.Polygon()
    if window is not None:
        region = shapely.intersection(region, window)  # polygons beyond it have not been read
    rest, _invalid = geometry.repair(
        np.array([shapely.difference(region, shapely.union_all(table.geometry.to_numpy()))])
    )
    if rest[0] is None:
        return name, None
    row = {"function": ["APL"], "function_as_given": [_("di luar poligon, menurut covers={name}").format(name=name)]}
    remainder = GeoDataFrame(row | {"in_forest": [False]}, geometry=rest, crs=schema.CRS)
    remainder.index = pd.Index(["covers"], name="forest_id")
    return name, remainder
