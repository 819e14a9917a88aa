"""Findings as the plain records that a map's script shows: every number already written for people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.i18n import labels as language
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.map_page import generalise as display
from gerai_geo.outputs.map_page import meeting_context as meeting
from gerai_geo.outputs.map_page.meeting_context import Meeting
from gerai_geo.outputs.map_page.meeting_context import text as _text
from gerai_geo.outputs.text import map_texts as words
from gerai_geo.outputs.text import values as cells
from gerai_geo.outputs.text.map_texts import boundary_words
from gerai_geo.reference.functions import forest_functions, shares_text

DRAWING_ORDER: Final = ("inside", "partly_inside", "near_boundary", "not_assessed", "outside")
"""Statuses as a meeting takes them: what was not judged comes before what is clear."""

_POINTS: Final = {"Point", "MultiPoint"}


def site_records(
    findings: GeoDataFrame, overlaps: pd.DataFrame, issues: pd.DataFrame, known: Meeting | None = None
) -> list[dict[str, Any]]:
    """
    One record a finding, those a meeting must look at first; what is missing is left out.

    Parameters
    ----------
    findings, overlaps, issues
        Of the sites to show; rows of other sites in the last two are ignored.
    known
        Follow-up and changes, where there are any.

    Returns
    -------
    records
        JSON-ready: texts, finite numbers, and GeoJSON for parcels. ``no`` counts from 1; within a status the
        order is that of the findings.
    """
    findings = findings.sort_values("status", key=lambda s: s.map(DRAWING_ORDER.index), kind="stable")
    lonlat = display.positions(findings.geometry).tolist()
    by_site = {
        str(k): g
        for k, g in overlaps[
            overlaps["overlap_m2"].notna() & overlaps["site_id"].isin(findings.index.astype("str"))
        ].groupby("site_id", sort=False)
    }
    wrong = issues[issues["site_id"].isin(findings.index.astype("str")) & issues["severity"].ne("info")]
    issues_by_site = {str(k): g for k, g in wrong.groupby("site_id", sort=False)}
    known = known or Meeting()
    changed = meeting.changes_by_site(known.changes, findings.index)
    followed = {} if known.followup is None else known.followup.to_dict("index")
    facts = findings.drop(columns=findings.geometry.name).to_dict("records")
    records = []
    for no, (site_id, row, shape, (lon, lat)) in enumerate(
        zip(findings.index, facts, findings.geometry, lonlat, strict=True), start=1
    ):
        record = {"no": no, "id": str(site_id)} | _facts(row)
        if math.isfinite(lon) and math.isfinite(lat):
            record |= {"lon": round(lon, 7), "lat": round(lat, 7)}
            record["coordinates"] = language.coordinates(lon, lat)
            if shape.geom_type not in _POINTS:
                record["parcel"] = display.to_geojson(shape, 7)
            if row["status"] == "near_boundary" and cells.known(row.get("tolerance_m")):
                record["band"] = _band(shape, float(row["tolerance_m"]))
        if record["id"] in by_site:
            rows = by_site[record["id"]].to_dict("records")
            record["overlaps"] = [_overlap(row) for row in rows]
            record["functions"] = "; ".join(
                f"{forest_functions()[r['function']].abbreviation} {language.percent(r['share'], 1)}" for r in rows
            )
        if site_id in followed:
            record["followup"] = meeting.followup_record(followed[site_id]) or None
        record["changes"] = changed.get(str(site_id))
        if record["id"] in issues_by_site:
            record["issues"] = _issues(issues_by_site[record["id"]])
        records.append({k: v for k, v in record.items() if v is not None})
    return records


def _facts(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Columns of one finding, written for people; the raw numbers the table sorts by beside them."""
    function, functions = _text(row.get("function")), _text(row.get("functions"))
    boundary, rim = row.get("boundary_m"), row.get("rim_m")
    at_rim: bool = row.get("reason_code") == "near_rim" and cells.known(rim)
    shown = rim if at_rim else boundary
    recorded, recorded_words = meeting.recorded_words(row)
    return {
        "name": _text(row.get("name")),
        "village": _text(row.get("village")),
        "district": _text(row.get("district")),
        "regency": _text(row.get("regency")),
        "status": row["status"],
        "action": row["action"],
        "statusLabel": words.site_status(row) if words.at_rim(row) else None,
        "actionLabel": language.action_label(row["action"]),
        "reason": _text(row.get("reason")),
        "function": function,
        "functions": shares_text(functions) if functions and ";" in functions else None,
        "m": round(float(shown), 1) if cells.known(shown) else None,
        "boundary": boundary_words(boundary),
        "rim": language.distance(rim) if cells.known(rim) else None,
        "atRim": True if at_rim else None,
        "overlays": _shares(row.get("overlays")),
        "recorded": recorded,
        "recordedWords": recorded_words,
        "tolerance": language.distance(row["tolerance_m"]) if cells.known(row.get("tolerance_m")) else None,
        "probability": language.probability(row["p_forest"]) if cells.known(row.get("p_forest")) else None,
        "area": language.area(row["area_m2"]) if cells.known(row.get("area_m2")) else None,
        "declaredArea": language.area(row["declared_area_m2"]) if cells.known(row.get("declared_area_m2")) else None,
        "forestArea": _share(row.get("forest_m2"), row.get("forest_share")),
        "decree": _text(row.get("decree")),
        "given": _text(row.get("coordinates_as_given")),
        "file": _source(row),
        "route": _text(row.get("route")),
        "decider": _text(row.get("decider")),
        "citations": _text(row.get("citations")),
        "routeConfidence": _text(row.get("route_confidence")),
        "clear": _clear(row),
        "clearAt": _clear_place(row),
    }


def function_records(keys: set[str]) -> list[dict[str, Any]]:
    """Functions that occur, in the order of legends, with what a legend shows of them."""
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
    """Every status with its label, most serious first."""
    return [{"key": s, "label": language.status_label(s), "short": words.short_status(s)} for s in schema.STATUSES]


def _band(shape: Any, tolerance_m: float) -> Any:
    """Radius in metres for a point, the widened outline for a parcel."""
    return tolerance_m if shape.geom_type in _POINTS else display.to_geojson(display.band(shape, tolerance_m), 6)


def _shares(overlays: Any) -> str | None:
    """Say the further layers a site lies on; empty where it lies on none, None where none was compared."""
    if overlays is None or pd.isna(overlays):
        return None
    return shares_text(_text(overlays) or "")


def _share(value_m2: Any, share: Any) -> str | None:
    if not cells.known(value_m2):
        return None
    area = language.area(value_m2)
    return f"{area} ({language.percent(share, 1)})" if cells.known(share) else area


def _source(row: Mapping[Any, Any]) -> str | None:
    source, number = _text(row.get("source")), row.get("source_row")
    if source is None or pd.isna(number):
        return source
    return _("{source}, baris {row}").format(source=source, row=number)


def _clear(row: Mapping[Any, Any]) -> str | None:
    if not cells.known(row.get("clear_m")):
        return None
    parts = [language.distance(row["clear_m"]), _text(row.get("clear_bearing"))]
    if cells.known(row.get("clear_lon")) and cells.known(row.get("clear_lat")):
        parts.append(language.coordinates(row["clear_lon"], row["clear_lat"]))
    return ", ".join(p for p in parts if p)


def _clear_place(row: Mapping[Any, Any]) -> list[float] | None:
    lon, lat = row.get("clear_lon"), row.get("clear_lat")
    return [round(lat, 6), round(lon, 6)] if cells.known(lon) and cells.known(lat) else None


def _overlap(row: Mapping[Any, Any]) -> list[str]:
    """Write function, area, share and decree of one overlap."""
    return [
        words.function_label(row["function"]),
        language.area(row["overlap_m2"]),
        language.percent(row["share"], 1),
        _text(row["decree"]) or "",
    ]


def _issues(rows: pd.DataFrame) -> list[str]:
    return [" ".join(t for t in (_text(row.message), _text(row.suggestion)) if t) for row in rows.itertuples()]
