"""Findings as records for a map's script, with numbers formatted as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.arrays import Floats, Geometries
from gerai_geo.core.categorical import Encoded
from gerai_geo.core.geometry import points_on_surface
from gerai_geo.i18n import labels
from gerai_geo.i18n.numbers import areas, distances, probabilities
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.map_page.generalise import to_geojsons, tolerance_bands
from gerai_geo.outputs.map_page.meeting_context import (
    Meeting,
    changes_by_site,
    followup_record,
    has_recorded,
    recorded_text,
)
from gerai_geo.outputs.map_page.packing import pack_rings
from gerai_geo.outputs.text.land_papers import action_texts, paper_texts
from gerai_geo.outputs.text.map_texts import at_rim, boundary_text, boundary_texts, short_status, site_status
from gerai_geo.outputs.text.values import known, plain_values, stripped
from gerai_geo.records.progress.groups import shown_actions
from gerai_geo.reference.functions import forest_functions, function_label, shares_text

DRAWING_ORDER: Final = ("inside", "partly_inside", "near_boundary", "not_assessed", "outside")
"""Statuses in the order a meeting discusses them."""

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
    """Return the records of all findings, see `SiteTexts`."""
    return SiteTexts(findings, overlaps, issues, meeting).records(findings.index, packed=packed)


class SiteTexts:
    """
    What pages say of findings, as columns of texts: made once for all pages.

    Parameters
    ----------
    findings, overlaps, issues
        Tables of a screening; overlaps and issues of other sites are ignored.
    meeting
        Follow-up and changes.
    """

    def __init__(
        self, findings: GeoDataFrame, overlaps: pd.DataFrame, issues: pd.DataFrame, meeting: Meeting | None = None
    ) -> None:
        meeting = meeting or Meeting()
        self._ids = plain_values(findings.index.astype("str"))
        self._row = {site_id: n for n, site_id in enumerate(self._ids)}
        rank = {status: n for n, status in enumerate(DRAWING_ORDER)}
        self._rank = [rank[status] for status in plain_values(findings["status"])]
        self._numbers = [None if pd.isna(n) else int(n) for n in findings["number"].tolist()]
        self._facts = _facts(findings)
        self._clear = _clear_ground(findings)
        self._shapes, self._places = findings.geometry.to_numpy(), points_on_surface(findings.geometry.to_numpy())
        self._band_m = _band_m(findings)
        self._overlaps = _overlap_texts(overlaps)
        self._issues = _issue_texts(issues)
        self._changes = changes_by_site(meeting.changes, findings.index)
        self._followup = {}
        if meeting.followup is not None:
            self._followup = {str(i): row for i, row in meeting.followup.to_dict("index").items()}

    def records(self, ids: pd.Index, *, packed: bool = False, drawn: bool = True) -> list[dict[str, Any]]:
        """
        One JSON-ready record per site without missing values, in `DRAWING_ORDER` of the statuses.

        Sites of one status keep their order. Those that are not `drawn` have no shapes, nor coordinates in words. For
        `packing.pack_records` shapes are texts as of `packing.pack_rings`, and coordinates in words, which the page
        can make, are left out.
        """
        rows = sorted((self._row[i] for i in plain_values(ids.astype("str"))), key=self._rank.__getitem__)
        digits = _PACKED_DIGITS if packed else 7
        facts = list(self._facts.items())
        shapes: Iterable[tuple[Any, Any]] = [(None, None)] * len(rows)
        if drawn:
            shapes = self._packed_shapes(rows) if packed else self._geojson_shapes(rows)
        records = []
        for n, (parcel, band), (lon, lat) in zip(rows, shapes, self._places[rows].tolist(), strict=True):
            site_id = self._ids[n]
            record: dict[str, Any] = {"no": self._numbers[n], "id": site_id}
            for key, column in facts:
                record[key] = column[n]
            record["clear"], clear_at = self._clear[n]
            if clear_at is not None:
                record["clearAt"] = [round(degrees, 6) for degrees in clear_at]
                if record["clear"] and not packed:
                    record["clear"] += ", " + labels.coordinates(clear_at[1], clear_at[0])
            if math.isfinite(lon) and math.isfinite(lat):
                record |= {"lon": round(lon, digits), "lat": round(lat, digits), "parcel": parcel, "band": band}
                if drawn and not packed:
                    record["coordinates"] = labels.coordinates(lon, lat)
            if overlaps := self._overlaps.get(site_id):
                record["overlaps"] = [overlap for overlap, _function in overlaps]
                record["functions"] = "; ".join(function for _overlap, function in overlaps)
            if site_id in self._followup:
                record["followup"] = followup_record(self._followup[site_id]) or None
            record["changes"] = self._changes.get(site_id)
            record["issues"] = self._issues.get(site_id)
            records.append({k: v for k, v in record.items() if v is not None})
        return records

    def _geojson_shapes(self, rows: list[int]) -> Iterator[tuple[Any, Any]]:
        """Parcel and band of each site, None where it has none."""
        outlines, bands = self._outlines(rows)
        for n, parcel, band in zip(rows, _geojsons(outlines, 7), _geojsons(bands, 6), strict=True):
            yield parcel, self._band_m[n] if parcel is None else band

    def _packed_shapes(self, rows: list[int]) -> Iterator[tuple[Any, Any]]:
        """Parcel and band of each site for `packing.pack_records`, as rings from the site's position on."""
        origin = np.round(self._places[rows], _PACKED_DIGITS)
        outlines, bands = self._outlines(rows)
        for n, outline, parcel, band in zip(
            rows, outlines.tolist(), pack_rings(outlines, origin, 10.0**_PACKED_DIGITS), pack_rings(bands, origin),
            strict=True,
        ):  # fmt: skip
            yield parcel["rings"] or None, self._band_m[n] if outline is None else band["rings"] or None

    def _outlines(self, rows: list[int]) -> tuple[Geometries, Geometries]:
        """Parcels, None for points, and the bands around them, None where there is none."""
        parcels = self._shapes[rows].copy()
        parcels[~np.isin(shapely.get_type_id(parcels), (3, 6))] = None
        band_m = np.array([self._band_m[n] or np.nan for n in rows], dtype=float)
        near = np.flatnonzero(np.isfinite(band_m) & ~shapely.is_missing(parcels))
        bands = np.full(len(parcels), None, dtype=object)
        bands[near] = tolerance_bands(parcels[near], band_m[near])
        return parcels, bands


def _geojsons(shapes: Geometries, digits: int) -> Iterator[dict[str, Any] | None]:
    """Yield the GeoJSON of each polygon, None where it is missing."""
    there = ~shapely.is_missing(shapes)
    found = iter(to_geojsons(shapes[there], digits))
    return (next(found) if is_there else None for is_there in there.tolist())


def _band_m(findings: GeoDataFrame) -> list[float | None]:
    """Half width of the band to be drawn around each finding; None for those that have none."""
    if "tolerance_m" not in findings:
        return [None] * len(findings)
    near = (findings["status"] == "near_boundary") & findings.geometry.notna()
    pairs = zip(near.tolist(), findings["tolerance_m"].tolist(), strict=True)
    return [float(m) if is_near and known(m) and m else None for is_near, m in pairs]


def _facts(findings: GeoDataFrame) -> dict[str, list[Any]]:
    """Columns of findings as texts, and the distance the table sorts by; None where there is nothing to say."""

    def texts(name: str, make: Callable[[Any], str | None] = stripped) -> list[str | None]:
        if name not in findings:
            return [None] * len(findings)
        return list(map(cache(make), plain_values(findings[name])))

    def shown(make: Callable[[Floats], Encoded], values: Floats) -> list[str | None]:
        return [t if ok else None for t, ok in zip(make(values).tolist(), np.isfinite(values).tolist(), strict=True)]

    boundary_m, rim_m, area_m2, forest_m2, share = (
        _floats(findings, c) for c in ("boundary_m", "rim_m", "area_m2", "forest_m2", "forest_share")
    )
    reason_code = schema.column_of(findings, "reason_code")
    near_rim = reason_code.eq("near_rim").fillna(value=False).to_numpy(dtype=bool) & np.isfinite(rim_m)
    kinds = list(zip(plain_values(findings["status"]), plain_values(reason_code), strict=True))

    @cache
    def rim_label(kind: tuple[str, str | None]) -> str | None:
        row = {"status": kind[0], "reason_code": kind[1]}
        return site_status(row) if at_rim(row) else None

    papers = texts("land_papers")
    unsettled = [text if said == "unsettled" else None
                 for said, text in zip(papers, plain_values(action_texts(findings)), strict=True)]  # fmt: skip
    recorded = _recorded(findings)
    return {
        "name": texts("name"),
        "village": texts("village"),
        "district": texts("district"),
        "regency": texts("regency"),
        "status": plain_values(findings["status"]),
        "action": plain_values(findings["action"]),
        "shown": plain_values(shown_actions(findings)),
        "computed": texts("computed_status", lambda v: labels.status_label(s) if (s := stripped(v)) else None),
        "computedShort": _computed_texts(findings, boundary_m),
        "layerDecision": texts("layer_decision"),
        "statusLabel": list(map(rim_label, kinds)),
        "actionLabel": texts("action", labels.action_label),
        "reason": texts("reason"),
        "function": texts("function"),
        "functions": texts("functions", lambda v: shares_text(s) if ";" in (s := stripped(v) or "") else None),
        "m": [round(m, 1) if math.isfinite(m) else None for m in np.where(near_rim, rim_m, boundary_m).tolist()],
        "boundary": boundary_texts(boundary_m),
        "rim": shown(distances, rim_m),
        "atRim": [True if is_near else None for is_near in near_rim.tolist()],
        "overlays": texts("overlays", lambda v: None if v is None or pd.isna(v) else shares_text(stripped(v) or "")),
        "papers": papers,
        "actionText": list(map(stripped, unsettled)),
        "papersText": list(map(cache(stripped), paper_texts(findings).tolist())),
        "recorded": [is_recorded for is_recorded, _words in recorded],
        "recordedWords": [words for _is_recorded, words in recorded],
        "tolerance": shown(distances, _floats(findings, "tolerance_m")),
        "probability": shown(probabilities, _floats(findings, "p_forest")),
        "area": shown(areas, area_m2),
        "declaredArea": shown(areas, _floats(findings, "declared_area_m2")),
        "forestArea": _with_shares(shown(areas, forest_m2), share),
        "decree": texts("decree"),
        "given": texts("coordinates_as_given"),
        "file": _sources(texts("source"), schema.column_of(findings, "source_row").tolist()),
        "route": texts("route"),
        "decider": texts("decider"),
        "citations": texts("citations"),
        "routeConfidence": texts("route_confidence"),
    }


def _floats(findings: pd.DataFrame, column: str) -> Floats:
    """Values of a column of numbers, NaN where there is none."""
    if column not in findings:
        return np.full(len(findings), np.nan)
    return findings[column].to_numpy(dtype=float, na_value=np.nan)


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
    """Labels of all statuses, most serious first, and the caution of each."""
    return [
        {
            "key": s,
            "label": labels.status_label(s),
            "short": short_status(s),
            "caution": labels.label("status_cautions", s),
        }
        for s in schema.STATUSES
    ]


def _computed_texts(findings: pd.DataFrame, boundary_m: Floats) -> list[str | None]:
    """Tell the computed status of each finding where people decided another one, see `_computed_text`."""
    if "computed_status" not in findings:
        return [None] * len(findings)
    columns = (plain_values(findings[c]) for c in ("computed_status", "function"))
    return [
        _computed_text(status, {"function": function, "boundary_m": m}) if (status := stripped(computed)) else None
        for computed, function, m in zip(*columns, boundary_m.tolist(), strict=True)
    ]


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


def _recorded(findings: pd.DataFrame) -> list[tuple[bool | None, str | None]]:
    """Whether the application export holds each site, and that in words."""
    if not has_recorded(findings):
        return [(None, None)] * len(findings)
    columns = ("recorded", "recorded_id", "recorded_m", "recorded_stage")
    return [recorded_text(row) for row in findings[[c for c in columns if c in findings]].to_dict("records")]


def _with_shares(texts: list[str | None], share: Floats) -> list[str | None]:
    """Areas with their shares in brackets, where those are known."""
    percent = cache(lambda value: labels.percent(value, 1))
    return [
        f"{text} ({percent(value)})" if text and math.isfinite(value) else text
        for text, value in zip(texts, share.tolist(), strict=True)
    ]


def _sources(files: list[str | None], numbers: list[Any]) -> list[str | None]:
    """File of each finding, with the row where it is known."""
    text = str(_("{source}, baris {row}"))
    return [
        file if file is None or pd.isna(number) else text.format(source=file, row=number)
        for file, number in zip(files, numbers, strict=True)
    ]


def _clear_ground(findings: pd.DataFrame) -> list[tuple[str | None, list[float] | None]]:
    """Distance and direction of the nearest clear ground of each finding, and its latitude and longitude."""
    clear_m, lon, lat = (_floats(findings, c) for c in ("clear_m", "clear_lon", "clear_lat"))
    bearings = plain_values(schema.column_of(findings, "clear_bearing"))
    texts = [
        ", ".join(filter(None, (distance, stripped(bearing)))) if math.isfinite(m) else None
        for m, distance, bearing in zip(clear_m.tolist(), distances(clear_m).tolist(), bearings, strict=True)
    ]
    found = (np.isfinite(lon) & np.isfinite(lat)).tolist()
    places = np.column_stack([lat, lon]).tolist()
    return [(text, place if there else None) for text, place, there in zip(texts, places, found, strict=True)]


def _overlap_texts(overlaps: pd.DataFrame) -> dict[str, list[tuple[list[str], str]]]:
    """Overlaps by site as texts: function, area, share, decree; and the abbreviation of the function with the share."""
    overlaps = overlaps[overlaps["overlap_m2"].notna()]
    area = areas(_floats(overlaps, "overlap_m2")).tolist()
    percent, name, paper = cache(lambda share: labels.percent(share, 1)), cache(function_label), cache(stripped)
    abbreviations = {key: function.abbreviation for key, function in forest_functions().items()}
    found: dict[str, list[tuple[list[str], str]]] = {}
    columns = (plain_values(overlaps[c]) for c in ("site_id", "function", "decree"))
    for site_id, function, decree, m2, share in zip(*columns, area, _floats(overlaps, "share").tolist(), strict=True):
        texts = [name(function), m2, percent(share), paper(decree) or ""]
        found.setdefault(str(site_id), []).append((texts, f"{abbreviations[function]} {percent(share)}"))
    return found


def _issue_texts(issues: pd.DataFrame) -> dict[str, list[str]]:
    """Issues by site, each with its suggestion; hints are left out."""
    shown = issues[issues["severity"].ne("info") & issues["site_id"].notna()]
    found: dict[str, list[str]] = {}
    for site_id, *texts in zip(*(plain_values(shown[c]) for c in ("site_id", "message", "suggestion")), strict=True):
        found.setdefault(str(site_id), []).append(" ".join(filter(None, map(stripped, texts))))
    return found
