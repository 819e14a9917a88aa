"""Site attributes that the conditions of legal routes test, taken from findings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from gerai_geo import schema
from gerai_geo.core.categorical import Codes, Encoded, Words, map_unique, unique_rows
from gerai_geo.reference.buildings.dates import read_building_dates
from gerai_geo.reference.criteria import normalised
from gerai_geo.reference.routes import WORDS, Rules

NOT_PLACED: Final = ("no_coordinates", "bad_coordinates", "bad_geometry")
"""Reasons of sites whose place is not known at all."""


@dataclass(frozen=True)
class SiteAttributes:
    """
    What is known of a site and tested by the conditions of routes.

    Parameters
    ----------
    status, reason
        `schema.STATUSES` and `schema.REASON_CODES`.
    functions
        Forest functions at the site; empty without a polygon.
    building
        ``new``, ``existing``, or None if unknown.
    purpose
        A word of the rules, or None.
    regency_code
        Kemendagri code, or None.
    area_m2
        Area of the parcel, else the declared one; None if unknown.
    touched, compared
        Kinds of overlay layers at the site, and kinds that were compared at all.
    place
        ``doubtful`` if the coordinates must be fixed first, else None.
    begun, since
        First and last day on which the building may have been begun, and since which the land may have been possessed,
        as ISO dates joined by ``/``; None if unknown.
    acquirer
        ``agency`` if a government agency acquires the land, ``other`` if somebody else does, or None.
    psn
        ``yes`` or ``no``: whether it is stated to be a national strategic project; or None.
    day
        Day for which the rules hold, ISO; None if unknown.
    doubted
        Whether dates of the list, or its words on the building, contradict each other; ``begun`` and ``since`` then
        cover all days that contradictory dates name.
    """

    status: str
    functions: tuple[str, ...] = ()
    reason: str | None = None
    building: str | None = None
    purpose: str | None = None
    regency_code: str | None = None
    area_m2: float | None = None
    touched: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    place: str | None = None
    begun: str | None = None
    since: str | None = None
    acquirer: str | None = None
    psn: str | None = None
    day: str | None = None
    doubted: bool = False


def distinct_sites(
    findings: pd.DataFrame,
    rules: Rules,
    layer_kinds: Mapping[str, str],
    *,
    asked: Mapping[str, str | None] | None = None,
    on: date | None = None,
    regions: Any = None,
) -> tuple[Codes, list[SiteAttributes]]:
    """
    Attributes of the findings' sites, once for sites that no rule can tell apart.

    Parameters
    ----------
    findings
        The `schema.FINDINGS` table, or the columns of it that there are; ``status`` at least.
    rules
        The rules; their words tell which columns of the list say whether a building is new, since when the land is
        possessed, who acquires it, and whether it is a national strategic project.
    layer_kinds
        Kind of each overlay layer by its name.
    asked
        ``building``, ``purpose``, ``acquirer`` and ``psn`` of all sites; by default as in the list, where it says.
    on
        Day for which the rules hold.
    regions
        One value per site that tells regencies apart; by default ``regency_code``.

    Returns
    -------
    number
        For each finding the number of its attributes.
    sites
        The attributes.
    """
    limits = sorted({float(w["max_area_m2"]) for r in rules.routes for w in r.when if "max_area_m2" in w})
    areas, declared = (
        schema.column_of(findings, c, "float64").astype("float64") for c in ("area_m2", "declared_area_m2")
    )
    areas = areas.fillna(declared)
    functions, overlays, reasons, codes = (
        schema.column_of(findings, c) for c in ("functions", "overlays", "reason_code", "regency_code")
    )
    given = {k: v for k, v in (asked or {}).items() if v}
    dates = building_dates(findings, rules, asked=asked, on=on).map(lambda d: (d.building, d.begun, d.since, d.doubted))
    known = {
        k: pd.Series(given.get(k) or _stated(findings, rules, k), findings.index, dtype=object)
        for k in WORDS
        if k != "building"
    }
    places = pd.Series(_places(findings), findings.index, dtype=object)
    number, firsts = unique_rows(
        findings["status"],
        map_unique(lambda text: " ".join(function_keys(_text(text))), functions),
        reasons,
        *known.values(),
        dates,
        codes if regions is None else regions,
        np.where(areas.isna(), -1, np.searchsorted(limits, areas.fillna(0.0), side="left")),
        map_unique(lambda text: " ".join(touched_kinds(_text(text), layer_kinds)), overlays),
        places,
        overlays.notna(),
    )
    columns = (
        findings["status"], functions, reasons, codes, areas, overlays, places, *known.values(),
    )  # fmt: skip
    rows = zip(*(column.iloc[firsts].tolist() for column in columns), dates.take(firsts).tolist(), strict=True)
    sites = [
        SiteAttributes(
            status=str(status),
            functions=function_keys(_text(function)),
            reason=_text(reason),
            building=building,
            purpose=given.get("purpose"),
            regency_code=_text(code),
            area_m2=None if pd.isna(area_m2) else float(area_m2),
            touched=touched_kinds(_text(overlay), layer_kinds),
            compared=tuple(layer_kinds.values()) if pd.notna(overlay) else (),
            place=_text(place),
            begun=begun,
            since=since,
            acquirer=_text(acquirer),
            psn=_text(psn),
            day=on.isoformat() if on else None,
            doubted=doubted,
        )
        for status, function, reason, code, area_m2, overlay, place, acquirer, psn, (
            building,
            begun,
            since,
            doubted,
        ) in rows
    ]
    return number, sites


def building_dates(
    table: pd.DataFrame,
    rules: Rules,
    *,
    asked: Mapping[str, str | None] | None = None,
    stages: Mapping[str, Sequence[str]] | None = None,
    on: date | None = None,
) -> Encoded:
    """`BuildingDates` of each row of a list by the words of the rules; see `distinct_sites`, `read_building_dates`."""
    building = (asked or {}).get("building")
    return read_building_dates(table, rules.words["building"], rules.dates, building=building, stages=stages, on=on)


def function_keys(functions: str | None) -> tuple[str, ...]:
    """
    Keys of the forest functions in a text of ``functions``.

    Examples
    --------
    >>> function_keys("HP 62.0 %; APL 38.0 %"), function_keys(None)
    (('HP', 'APL'), ())
    """
    return tuple(part.split()[0] for part in functions.split("; ")) if functions else ()


def touched_kinds(overlays: str | None, layer_kinds: Mapping[str, str]) -> tuple[str, ...]:
    """
    Kinds of the overlay layers in a text of ``overlays``.

    Examples
    --------
    >>> touched_kinds("PIPPIB 2026 100.0 %; PBPH", {"PIPPIB 2026": "pippib", "PBPH": "permit"})
    ('pippib', 'permit')
    """
    names = [re.sub(r" \d+\.\d %$", "", part) for part in (overlays or "").split("; ")]
    return tuple(dict.fromkeys(layer_kinds[n] for n in names if n in layer_kinds))


def _stated(findings: pd.DataFrame, rules: Rules, condition: str) -> Words:
    """Read from the list's own column which word of the rules each finding has; None if it says none of them."""
    words = rules.words[condition]
    column = _first_column(findings, words["columns"])
    if column is None:
        return np.full(len(findings), None, dtype=object)
    kinds = {normalised(w): kind for kind in WORDS[condition] for w in words[kind]}
    return map_unique(lambda v: None if pd.isna(v) else kinds.get(normalised(v)), findings[column]).words()


def _first_column(findings: pd.DataFrame, columns: tuple[str, ...]) -> str | None:
    names = {normalised(c) for c in columns}
    return next((str(c) for c in findings.columns if normalised(c) in names), None)


def _places(findings: pd.DataFrame) -> Words:
    """``doubtful`` for sites whose coordinates must be fixed first, not for those that have none; else None."""
    if "action" not in findings:
        return np.full(len(findings), None, dtype=object)
    missing = schema.column_of(findings, "reason_code").isin(NOT_PLACED)
    doubtful = findings["action"].eq("fix_data") & ~missing
    return Encoded(doubtful.to_numpy().astype(np.int64), [None, "doubtful"]).words()


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
