"""Findings as records for a map's script, with numbers formatted as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.arrays import Floats
from gerai_geo.core.geometry import points_on_surface
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.map_page.generalise import to_geojson, tolerance_band
from gerai_geo.outputs.map_page.meeting_context import Meeting, changes_by_site, followup_record, recorded_text
from gerai_geo.outputs.map_page.packing import pack_rings
from gerai_geo.outputs.text.land_papers import action_texts, paper_texts
from gerai_geo.outputs.text.map_texts import at_rim, boundary_text, short_status, site_status
from gerai_geo.outputs.text.values import known, stripped
from gerai_geo.reference.functions import forest_functions, function_label, shares_text

DRAWING_ORDER: Final = ("inside", "partly_inside", "near_boundary", "not_assessed", "outside")
"""Statuses in the order a meeting discusses them."""

_POINTS: Final = {"Point", "MultiPoint"}
_PACKED_DIGITS: Final = 6
"""Decimals of a degree, 0.1 m, on a page of many sites."""


def site_records(
    findings: GeoDataFrame,
    overlaps: pd.DataFrame,
    issues: pd.DataFrame,
    meeting: Meeting | None = None,
    *,
    packed: bool = False,
) -> list[dict[str, Any]]:
    """
    One JSON-ready record per finding without missing values, in `DRAWING_ORDER` of the statuses.

    Sites of one status keep their order. Overlaps and issues of other sites are ignored. For `packing.pack_records`
    shapes are texts as of `packing.pack_rings`, and coordinates in words, which the page can make, are left out.
    """
    findings = findings.sort_values("status", key=lambda s: s.map(DRAWING_ORDER.index), kind="stable")
    ids = findings.index.astype("str")
    places = points_on_surface(findings.geometry.to_numpy())
    shapes = _packed_shapes(findings, places) if packed else _shapes(findings)
    lonlat = places.tolist()
    parcels = overlaps[overlaps["overlap_m2"].notna() & overlaps["site_id"].isin(ids)]
    overlaps_by_site = _by_site(parcels, ["function", "overlap_m2", "share", "decree"])
    shown = issues[issues["site_id"].isin(ids) & issues["severity"].ne("info")]
    issues_by_site = _by_site(shown, ["message", "suggestion"])
    meeting = meeting or Meeting()
    changes = changes_by_site(meeting.changes, findings.index)
    followup = {} if meeting.followup is None else meeting.followup.to_dict("index")
    rows = (
        findings.drop(columns=findings.geometry.name)
        .assign(land_papers_text=paper_texts(findings), action_text=action_texts(findings))
        .to_dict("records")
    )
    records = []
    for site_id, row, (parcel, band), (lon, lat) in zip(findings.index, rows, shapes, lonlat, strict=True):
        record = {"no": None if pd.isna(row["number"]) else int(row["number"]), "id": str(site_id)} | _facts(
            row, packed
        )
        if math.isfinite(lon) and math.isfinite(lat):
            digits = _PACKED_DIGITS if packed else 7
            record |= {"lon": round(lon, digits), "lat": round(lat, digits), "parcel": parcel, "band": band}
            if not packed:
                record["coordinates"] = labels.coordinates(lon, lat)
        if overlap_rows := overlaps_by_site.get(str(site_id)):
            record["overlaps"] = [_overlap(o) for o in overlap_rows]
            record["functions"] = "; ".join(
                f"{forest_functions()[o['function']].abbreviation} {labels.percent(o['share'], 1)}"
                for o in overlap_rows
            )
        if site_id in followup:
            record["followup"] = followup_record(followup[site_id]) or None
        record["changes"] = changes.get(str(site_id))
        if issue_rows := issues_by_site.get(str(site_id)):
            record["issues"] = [_issue(i) for i in issue_rows]
        records.append({k: v for k, v in record.items() if v is not None})
    return records


def _shapes(findings: GeoDataFrame) -> Iterator[tuple[Any, Any]]:
    """Parcel and band of each finding, None where it has none."""
    for shape, tolerance_m in zip(findings.geometry, _band_m(findings), strict=True):
        parcel = shape is not None and shape.geom_type not in _POINTS
        yield (to_geojson(shape, 7) if parcel else None), (_band(shape, tolerance_m) if tolerance_m else None)


def _packed_shapes(findings: GeoDataFrame, places: Floats) -> Iterator[tuple[Any, Any]]:
    """Parcel and band of each finding for `packing.pack_records`, as rings from the site's position on."""
    origin = np.round(places, _PACKED_DIGITS)
    parcels = findings.geometry.to_numpy().copy()
    parcels[~np.isin(shapely.get_type_id(parcels), (3, 6))] = None
    bands: list[Any] = [
        None if not tolerance_m else tolerance_m if parcel is None else tolerance_band(parcel, tolerance_m)
        for parcel, tolerance_m in zip(parcels.tolist(), _band_m(findings), strict=True)
    ]
    outlines = np.full(len(bands), None, dtype=object)
    for n, band in enumerate(bands):
        outlines[n] = None if isinstance(band, float) else band
    for parcel, band, outline in zip(
        pack_rings(parcels, origin, 10.0**_PACKED_DIGITS), bands, pack_rings(outlines, origin), strict=True
    ):
        yield parcel["rings"] or None, band if isinstance(band, float) else outline["rings"] or None


def _band_m(findings: GeoDataFrame) -> list[float | None]:
    """Half width of the band to be drawn around each finding; None for those that have none."""
    if "tolerance_m" not in findings:
        return [None] * len(findings)
    near = (findings["status"] == "near_boundary") & findings.geometry.notna()
    pairs = zip(near.tolist(), findings["tolerance_m"].tolist(), strict=True)
    return [float(m) if is_near and known(m) else None for is_near, m in pairs]


def _facts(row: Mapping[Any, Any], packed: bool) -> dict[str, Any]:
    """Columns of one finding as text, and the distance the table sorts by."""
    function, functions = stripped(row.get("function")), stripped(row.get("functions"))
    boundary_m, rim_m = row.get("boundary_m"), row.get("rim_m")
    near_rim: bool = row.get("reason_code") == "near_rim" and known(rim_m)
    sorted_m = rim_m if near_rim else boundary_m
    recorded, recorded_words = recorded_text(row)
    computed = stripped(row.get("computed_status"))
    return {
        "name": stripped(row.get("name")),
        "village": stripped(row.get("village")),
        "district": stripped(row.get("district")),
        "regency": stripped(row.get("regency")),
        "status": row["status"],
        "action": row["action"],
        "computed": labels.status_label(computed) if computed else None,
        "computedShort": _computed_text(computed, row) if computed else None,
        "layerDecision": stripped(row.get("layer_decision")),
        "statusLabel": site_status(row) if at_rim(row) else None,
        "actionLabel": labels.action_label(row["action"]),
        "reason": stripped(row.get("reason")),
        "function": function,
        "functions": shares_text(functions) if functions and ";" in functions else None,
        "m": round(float(sorted_m), 1) if known(sorted_m) else None,
        "boundary": boundary_text(boundary_m),
        "rim": _formatted(labels.distance, rim_m),
        "atRim": True if near_rim else None,
        "overlays": _shares(row.get("overlays")),
        "papers": stripped(row.get("land_papers")),
        "actionText": stripped(row.get("action_text")) if row.get("land_papers") == "unsettled" else None,
        "papersText": stripped(row.get("land_papers_text")),
        "recorded": recorded,
        "recordedWords": recorded_words,
        "tolerance": _formatted(labels.distance, row.get("tolerance_m")),
        "probability": _formatted(labels.probability, row.get("p_forest")),
        "area": _formatted(labels.area, row.get("area_m2")),
        "declaredArea": _formatted(labels.area, row.get("declared_area_m2")),
        "forestArea": _area_with_share(row.get("forest_m2"), row.get("forest_share")),
        "decree": stripped(row.get("decree")),
        "given": stripped(row.get("coordinates_as_given")),
        "file": _source(row),
        "route": stripped(row.get("route")),
        "decider": stripped(row.get("decider")),
        "citations": stripped(row.get("citations")),
        "routeConfidence": stripped(row.get("route_confidence")),
        "clear": _clear_ground(row, packed),
        "clearAt": _clear_position(row),
    }


def function_records(keys: set[str]) -> list[dict[str, Any]]:
    """Forest functions that occur, as a legend shows them and in its order."""
    return [
        {
            "key": key,
            "abbreviation": function.abbreviation,
            "name": function.name(),
            "colour": function.colour,
            "inForest": function.in_forest,
        }
        for key, function in forest_functions().items()
        if key in keys
    ]


def status_records() -> list[dict[str, str]]:
    """Labels of all statuses, most serious first."""
    return [{"key": s, "label": labels.status_label(s), "short": short_status(s)} for s in schema.STATUSES]


def _formatted(function: Callable[[Any], str], value: Any) -> str | None:
    return function(value) if known(value) else None


def _computed_text(status: str, row: Mapping[Any, Any]) -> str:
    """
    Tell the computed status, function and distance of a site in a few words.

    Examples
    --------
    >>> _computed_text("inside", {"function": "HP", "boundary_m": 9_240.0})
    'di dalam HP, 9,2 km'
    >>> _computed_text("near_boundary", {"function": "APL", "boundary_m": -55.6})
    'dekat batas, APL, 56 m di luar'
    >>> _computed_text("not_assessed", {"function": "unknown"})
    'belum dinilai'
    """
    function, boundary_m = stripped(row.get("function")), row.get("boundary_m")
    words = [short_status(status).lower()]
    if function and status != "not_assessed":
        words.append(forest_functions()[function].abbreviation)
    sure = status in ("inside", "outside")
    place = " ".join(words) if sure else ", ".join(words)
    away = boundary_text(boundary_m)
    if sure and known(boundary_m) and boundary_m != 0:
        away = labels.distance(abs(boundary_m))
    return f"{place}, {away}" if away else place


def _band(shape: Any, tolerance_m: float) -> Any:
    """Radius in metres around a point, the buffered outline of a parcel."""
    return tolerance_m if shape.geom_type in _POINTS else to_geojson(tolerance_band(shape, tolerance_m), 6)


def _shares(overlays: Any) -> str | None:
    """Overlay layers a site lies on; empty where it lies on none, None where none was compared."""
    return None if overlays is None or pd.isna(overlays) else shares_text(stripped(overlays) or "")


def _area_with_share(area_m2: Any, share: Any) -> str | None:
    area = _formatted(labels.area, area_m2)
    return f"{area} ({labels.percent(share, 1)})" if area and known(share) else area


def _source(row: Mapping[Any, Any]) -> str | None:
    source, number = stripped(row.get("source")), row.get("source_row")
    return source if source is None or pd.isna(number) else _("{source}, baris {row}").format(source=source, row=number)


def _clear_ground(row: Mapping[Any, Any], packed: bool) -> str | None:
    if not known(row.get("clear_m")):
        return None
    parts = [labels.distance(row["clear_m"]), stripped(row.get("clear_bearing"))]
    if not packed and known(row.get("clear_lon")) and known(row.get("clear_lat")):
        parts.append(labels.coordinates(row["clear_lon"], row["clear_lat"]))
    return ", ".join(p for p in parts if p)


def _clear_position(row: Mapping[Any, Any]) -> list[float] | None:
    lon, lat = row.get("clear_lon"), row.get("clear_lat")
    return [round(lat, 6), round(lon, 6)] if known(lon) and known(lat) else None


def _overlap(row: Mapping[Any, Any]) -> list[str]:
    area, share = labels.area(row["overlap_m2"]), labels.percent(row["share"], 1)
    return [function_label(row["function"]), area, share, stripped(row["decree"]) or ""]


def _issue(row: Mapping[Any, Any]) -> str:
    return " ".join(filter(None, map(stripped, (row["message"], row["suggestion"]))))


def _by_site(table: pd.DataFrame, columns: list[str]) -> dict[str, list[dict[Any, Any]]]:
    """Group rows of a table by their site, in their order: without a table for each site."""
    groups: dict[str, list[dict[Any, Any]]] = {}
    for site_id, row in zip(table["site_id"].astype("str"), table[columns].to_dict("records"), strict=True):
        groups.setdefault(site_id, []).append(row)
    return groups
