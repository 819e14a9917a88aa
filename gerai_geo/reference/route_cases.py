"""From a finding to the `conditions.Case` that routes are held against."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from gerai_geo.core.categorical import Encoded, Words, map_unique
from gerai_geo.reference.criteria import plain
from gerai_geo.reference.route_matching import Case
from gerai_geo.reference.routes import ALLOWED, MANIFEST_KEY, Rules


def case_of(
    findings: pd.DataFrame, site_id: str, manifest: Mapping[str, Any], kinds: Mapping[str, str], rules: Rules
) -> Case:
    """
    Gather what is known of one site that routes ask for.

    Parameters
    ----------
    findings
        The `schema.FINDINGS` table.
    site_id
        One of its ids.
    manifest
        Of the screening: what it was asked.
    kinds
        Kind of each further layer by its name.
    rules
        Whose words say whether a building stands.
    """
    row = findings.loc[[site_id]]
    asked = manifest.get(MANIFEST_KEY, {}).get("asked") or {}
    values = row.iloc[0]

    def text(column: str) -> str | None:
        value = values.get(column)
        return None if value is None or pd.isna(value) else str(value)

    sizes = [values.get(c) for c in ("area_m2", "declared_area_m2")]
    known = [float(v) for v in sizes if v is not None and not pd.isna(v) and math.isfinite(v)]
    return Case(
        status=str(values["status"]),
        functions=function_keys(text("functions")),
        reason=text("reason_code"),
        building=asked.get("building") or buildings(row, rules)[0],
        purpose=asked.get("purpose"),
        regency_code=text("regency_code"),
        area_m2=known[0] if known else None,
        touched=touched_kinds(text("overlays"), kinds),
        place=places(row)[0],
        compared=tuple(kinds.values()) if text("overlays") is not None else (),
    )


def day_of_screening(manifest: Mapping[str, Any]) -> date:
    """Day for which the rules of a screening hold: as recorded, else that of the screening, else today."""
    value = manifest.get(MANIFEST_KEY, {}).get("on") or manifest.get("created")
    return datetime.fromisoformat(str(value)).date() if value else date.today()


def function_keys(functions: str | None) -> tuple[str, ...]:
    """
    Keys of the functions a finding names.

    Examples
    --------
    >>> function_keys("HP 62.0 %; APL 38.0 %"), function_keys(None)
    (('HP', 'APL'), ())
    """
    return tuple(part.split()[0] for part in functions.split("; ")) if functions else ()


def touched_kinds(overlays: str | None, kinds: Mapping[str, str]) -> tuple[str, ...]:
    """
    Kinds of the layers that a text of `overlays` names.

    Examples
    --------
    >>> touched_kinds("PIPPIB 2026 100.0 %; PBPH", {"PIPPIB 2026": "pippib", "PBPH": "permit"})
    ('pippib', 'permit')
    """
    names = [re.sub(r" \d+\.\d %$", "", part) for part in (overlays or "").split("; ")]
    return tuple(dict.fromkeys(kinds[n] for n in names if n in kinds))


def places(findings: pd.DataFrame) -> Words:
    """
    Whether the place of each site has to be mended first: ``doubtful``, else None.

    A site without any place is not one of them: its data are to be given, not mended.
    """
    if "action" not in findings:
        return np.full(len(findings), None, dtype=object)
    reasons = findings["reason_code"] if "reason_code" in findings else pd.Series(pd.NA, index=findings.index)
    placed = ~reasons.isin(["no_coordinates", "bad_coordinates", "bad_geometry"])
    doubtful = findings["action"].eq("fix_data") & placed
    return Encoded(doubtful.to_numpy().astype(np.int64), [None, "doubtful"]).words()


def buildings(findings: pd.DataFrame, rules: Rules) -> Words:
    """
    Whether the building of each site is new or stands already, from the list's own column; None where it says neither.

    Returns
    -------
    buildings
        ``new``, ``existing`` or None, in the findings' order.
    """
    named = {plain(c) for c in rules.building["columns"]}
    column = next((c for c in findings.columns if plain(c) in named), None)
    if column is None:
        return np.full(len(findings), None, dtype=object)
    words = {plain(w): kind for kind in ALLOWED["building"] for w in rules.building[kind]}
    return map_unique(lambda v: None if pd.isna(v) else words.get(plain(v)), findings[column]).words()
