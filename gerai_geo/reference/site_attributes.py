"""Site attributes that the conditions of legal routes test, taken from findings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gerai_geo.core.categorical import Codes, Encoded, Words, map_unique, unique_rows
from gerai_geo.reference.criteria import normalised
from gerai_geo.reference.routes import ALLOWED, Rules


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


def distinct_sites(
    findings: pd.DataFrame,
    rules: Rules,
    layer_kinds: Mapping[str, str],
    *,
    building: str | None = None,
    purpose: str | None = None,
    regions: Any = None,
) -> tuple[Codes, list[SiteAttributes]]:
    """
    Attributes of the findings' sites, once for sites that no rule can tell apart.

    Parameters
    ----------
    findings
        The `schema.FINDINGS` table, or the columns of it that there are; ``status`` at least.
    rules
        The rules; their words tell whether the list's own column says that a building is new or existing.
    layer_kinds
        Kind of each overlay layer by its name.
    building, purpose
        Of all sites; without ``building`` that of the list.
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
    areas, declared = (column_or_missing(findings, c).astype("float64") for c in ("area_m2", "declared_area_m2"))
    areas = areas.fillna(declared)
    functions, overlays, reasons, codes = (
        column_or_missing(findings, c) for c in ("functions", "overlays", "reason_code", "regency_code")
    )
    buildings = pd.Series(building or _buildings(findings, rules), findings.index, dtype=object)
    places = pd.Series(_places(findings), findings.index, dtype=object)
    number, firsts = unique_rows(
        findings["status"],
        map_unique(lambda text: " ".join(function_keys(_text(text))), functions),
        reasons,
        buildings,
        codes if regions is None else regions,
        np.where(areas.isna(), -1, np.searchsorted(limits, areas.fillna(0.0), side="left")),
        map_unique(lambda text: " ".join(touched_kinds(_text(text), layer_kinds)), overlays),
        places,
        overlays.notna(),
    )
    columns = (findings["status"], functions, reasons, buildings, codes, areas, overlays, places)
    rows = zip(*(column.iloc[firsts].tolist() for column in columns), strict=True)
    sites = [
        SiteAttributes(
            status=str(status),
            functions=function_keys(_text(function)),
            reason=_text(reason),
            building=_text(stands),
            purpose=purpose,
            regency_code=_text(code),
            area_m2=None if pd.isna(area_m2) else float(area_m2),
            touched=touched_kinds(_text(overlay), layer_kinds),
            compared=tuple(layer_kinds.values()) if pd.notna(overlay) else (),
            place=_text(place),
        )
        for status, function, reason, stands, code, area_m2, overlay, place in rows
    ]
    return number, sites


def column_or_missing(findings: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Column of the findings; all missing if there is none."""
    return findings[name] if name in findings else pd.Series(np.nan, index=findings.index)


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


def _buildings(findings: pd.DataFrame, rules: Rules) -> Words:
    """Read ``new`` or ``existing`` from the list's own column for each finding; None if it says neither."""
    names = {normalised(c) for c in rules.building["columns"]}
    column = next((c for c in findings.columns if normalised(c) in names), None)
    if column is None:
        return np.full(len(findings), None, dtype=object)
    words = {normalised(w): kind for kind in ALLOWED["building"] for w in rules.building[kind]}
    return map_unique(lambda v: None if pd.isna(v) else words.get(normalised(v)), findings[column]).words()


def _places(findings: pd.DataFrame) -> Words:
    """``doubtful`` for sites whose coordinates must be fixed first, not for those that have none; else None."""
    if "action" not in findings:
        return np.full(len(findings), None, dtype=object)
    missing = column_or_missing(findings, "reason_code").isin(["no_coordinates", "bad_coordinates", "bad_geometry"])
    doubtful = findings["action"].eq("fix_data") & ~missing
    return Encoded(doubtful.to_numpy().astype(np.int64), [None, "doubtful"]).words()


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
