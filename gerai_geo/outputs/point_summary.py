"""Finding of one site checked at once: as values for programs, as lines for people."""

from __future__ import annotations

import json
from typing import Any, Final

import pandas as pd
import shapely

from gerai_geo.core.geometry import positions
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _, localised_as_result
from gerai_geo.outputs.text.land_papers import action_texts
from gerai_geo.outputs.text.map_texts import at_rim, boundary_text, site_status
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.outputs.text.values import known, text
from gerai_geo.records.issues import closing_notes, head_notes
from gerai_geo.records.localise import localised_screening
from gerai_geo.records.models import Screening
from gerai_geo.reference.functions import function_label, shares_text

_VALUES: Final = (
    "status", "nominal_status", "reason_code", "reason", "action", "area_m2", "forest_m2", "forest_share",
    "uncovered_m2", "function", "functions", "decree", "boundary_m", "rim_m", "tolerance_m", "p_forest", "overlays",
    "route", "routes", "decider", "citations", "route_confidence", "questions", "clear_m", "clear_bearing", "clear_lon",
    "clear_lat", "clear_where", "clear_p", "clear_note", "regency", "regency_code", "coordinates_as_given",
    "source_crs", "edition", "scale",
)  # fmt: skip


@localised_as_result
def point_summary(result: Screening, *, lang: str | None = None) -> dict[str, Any]:
    """
    Values of the only finding of a screening, JSON-ready, and the same in lines for people.

    Parameters
    ----------
    result
        From `check_point`.
    lang
        Language of the lines; by default the screening's.

    Returns
    -------
    summary
        The columns of the finding by name, missing ones None; ``status_text``; ``lon, lat`` (of a plot its centre) and
        ``geometry`` (GeoJSON); ``issues``; ``lines``, pairs of label and text; ``notes``, with the disclaimer last.
    """
    result = localised_screening(result)
    row = result.findings.iloc[0]
    place = positions(result.findings).iloc[0]
    shape = result.findings.geometry.iloc[0]
    issues = result.issues[["site_id", "severity", "code", "message", "suggestion"]]
    return {
        "lon": _plain(place["lon"]),
        "lat": _plain(place["lat"]),
        **{name: _plain(row.get(name)) for name in _VALUES},
        "status_text": str(site_status(row.to_dict())),
        "forest": str((result.manifest.get("forest") or {}).get("source") or ""),
        "synthetic": bool(result.manifest.get("synthetic")),
        "geometry": None if shape is None or shape.is_empty else json.loads(shapely.to_geojson(shape)),
        "issues": [{str(k): _plain(v) for k, v in issue.items()} for issue in issues.to_dict("records")],
        "lines": [list(line) for line in _lines(result, row, place)],
        "notes": [str(note) for note in (*head_notes(result), *closing_notes(result.manifest))],
    }


def _plain(value: Any) -> Any:
    """Value for JSON; None where missing."""
    if value is None or pd.isna(value):
        return None
    value = value.item() if hasattr(value, "item") else value
    return str(value) if isinstance(value, str) else value


def _lines(result: Screening, row: pd.Series, place: pd.Series) -> list[tuple[str, str]]:
    """Label and text of each fact that there is, in the order of reading."""
    known_routes = ScreeningRoutes(result)
    routes, route = known_routes.lines(result.findings).iloc[0], known_routes.of(row).text
    lines: list[tuple[str, str | None]] = [
        (_("Letak"), _position(row, place)),
        (_("Status"), site_status(row.to_dict())),
        (_("Alasan"), text(row["reason"])),
        (_("Jarak ke batas"), boundary_text(row.get("boundary_m"))),
        (_("Jarak ke tepi layer"), labels.distance(row["rim_m"]) if at_rim(row.to_dict()) and known(row["rim_m"])
         else None),
        (_("Peluang di kawasan hutan"), _probability(row)),
        (_("Fungsi"), _functions(row)),
        (_("Keputusan"), text(row.get("decree"))),
        (_("Layer lain"), shares_text(text(row["overlays"]) or "") if text(row.get("overlays")) else None),
        (_("Tindak lanjut"), str(action_texts(result.findings).iloc[0])),
        (_("Jalur"), routes["route"]),
        (route.decider_label() if route else _("Pejabat berwenang"), routes["decider"]),
        (_("Yang perlu ditanyakan dahulu"), routes["questions"]),
        (_("Lahan bebas terdekat"), _clear_ground(row)),
        *(_issue(issue) for issue in result.issues.to_dict("records") if issue["severity"] != "info"),
        (_("Dibandingkan dengan"), _layer(result, row)),
    ]  # fmt: skip
    return [(str(label), str(value)) for label, value in lines if isinstance(value, str) and value]


def _position(row: pd.Series, place: pd.Series) -> str | None:
    given = text(row.get("coordinates_as_given"))
    if pd.isna(place["lon"]):
        return given
    where: str = labels.coordinates(float(place["lon"]), float(place["lat"]))
    if known(row.get("area_m2")):
        return _("bidang {area}, tengahnya di {where}").format(area=labels.area(row["area_m2"]), where=where)
    return where


def _probability(row: pd.Series) -> str | None:
    if not known(row.get("p_forest")):
        return None
    text = _("{p} (pita ketelitian {band})")
    return text.format(p=labels.probability(row["p_forest"]), band=labels.distance(row["tolerance_m"]))


def _functions(row: pd.Series) -> str | None:
    functions = text(row.get("functions"))
    if functions and ";" in functions:
        return shares_text(functions)
    function = text(row.get("function"))
    return function_label(function) if function else None


def _clear_ground(row: pd.Series) -> str | None:
    note = text(row.get("clear_note"))
    if note and known(row.get("clear_lon")):
        return f"{note} {labels.coordinates(float(row['clear_lon']), float(row['clear_lat']))}"
    return note


def _issue(issue: dict[Any, Any]) -> tuple[str, str]:
    label = _("Masalah data") if text(issue["site_id"]) else _("Masalah layer")
    return label, " ".join(filter(None, (text(issue["message"]), text(issue["suggestion"]))))


def _layer(result: Screening, row: pd.Series) -> str:
    forest = result.manifest.get("forest") or {}
    return _("{source}, edisi {edition}, skala 1:{scale}").format(
        source=text(forest.get("source")) or _("tanpa nama"),
        edition=text(row.get("edition")) or _("tidak disebutkan"),
        scale=labels.number(row.get("scale"), 0),
    )
