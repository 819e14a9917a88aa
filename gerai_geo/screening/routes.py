"""Findings -> legal routes: every route of `reference/routes.toml` held against every site, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.categorical import map_unique, unique_rows
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _, current_language, localised
from gerai_geo.records.models import ExtraLayer, Screening
from gerai_geo.reference import route_matching as conditions
from gerai_geo.reference.route_cases import buildings, day_of_screening, function_keys, places, touched_kinds
from gerai_geo.reference.route_file import read_rules
from gerai_geo.reference.route_matching import Case, Considered
from gerai_geo.reference.routes import ALLOWED, MANIFEST_KEY, Rules, confidence_words, outcome_label

RuleFile = str | Path | Mapping[str, Any] | Rules | None
Extra = Sequence[ExtraLayer]


@localised
def find_routes(
    result: Screening | pd.DataFrame,
    rules: RuleFile = None,
    *,
    building: str | None = None,
    purpose: str | None = None,
    on: date | str | None = None,
    lang: str | None = None,
) -> pd.DataFrame:
    """
    Hold every route against every site, and say why each applies or not.

    Parameters
    ----------
    result
        A screening, or its findings.
    rules
        None: for a screening the rules it was made with, else the package's. A ``.toml`` file: the package's with the
        user's added. ``manifest.json`` of a saved screening: exactly the rules that one used.
    building
        ``new`` or ``existing`` for all sites. Where not given: as the screening was asked, else from the list's column
        ``building`` if it has one, else not known, and routes for both are shown.
    purpose
        What is built, a word of the rules (``public_noncommercial``, ``commercial``); not known where nobody said.
    on
        The day for which rules hold; by default that of the screening, else today.
    lang
        ``id`` or ``en``.

    Returns
    -------
    routes
        One row a site and route, in the sites' order and that of the rules: ``site_id, route, title, applies``
        (missing: it depends on ``needs``), ``needs, why, outcome, decider, contact, confidence, review, citations,
        rules_version``. Not legal advice.

    Raises
    ------
    InputError
        If the rules can't be read, or ``building`` is neither word.
    """
    findings = result.findings if isinstance(result, Screening) else result
    manifest = result.manifest if isinstance(result, Screening) else {}
    extra = result.extra if isinstance(result, Screening) else ()
    known = _rules(manifest if rules is None else rules)
    asked = manifest.get(MANIFEST_KEY, {}).get("asked") or {}
    building, purpose = building or asked.get("building"), purpose or asked.get("purpose")
    day = day_of_screening(manifest) if on is None else _day(on)
    case_of, cases = _cases(findings, known, extra, building, purpose, _column(findings, "regency_code"))
    held = zip(cases, conditions.consider_all(cases, known, day), strict=True)
    rows = pd.DataFrame(
        [row for case, found in held for row in _rows(case, found, known)], columns=list(schema.ROUTES)[1:]
    )
    each = len(rows) // max(len(cases), 1)
    table = rows.iloc[(case_of[:, None] * each + np.arange(each)).ravel()].reset_index(drop=True)
    table.insert(0, "site_id", np.repeat(findings.index.astype("str").to_numpy(), each))
    return schema.set_dtypes(table, "routes")


def fill_routes(
    findings: GeoDataFrame,
    *,
    extra: Extra = (),
    rules: RuleFile = None,
    building: str | None = None,
    purpose: str | None = None,
) -> tuple[GeoDataFrame, dict[str, Any]]:
    """
    Put the route of each site into the findings.

    Returns
    -------
    findings
        The same table with ``route, routes, decider, citations, route_confidence`` filled.
    used
        The rules as plain data with the day, for the manifest under `routes.MANIFEST_KEY`.
    """
    known, day = _rules(rules), date.today()
    regions = map_unique(_regions_of(known), _column(findings, "regency_code"))  # here nothing names the code itself
    case_of, cases = _cases(findings, known, extra, building, purpose, regions)
    held = zip(cases, conditions.consider_all(cases, known, day), strict=True)
    filled = [_answers(found, case) for case, found in held]
    for c in ("route", "routes", "decider", "citations", "route_confidence"):
        findings[c] = pd.array([row[c] for row in filled], dtype="str").take(case_of)
    return findings, {**known.data, "on": day.isoformat(), "asked": {"building": building, "purpose": purpose}}


def _rules(rules: RuleFile) -> Rules:
    return rules if isinstance(rules, Rules) else read_rules(rules)


def _day(value: date | str) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else datetime.fromisoformat(value).date()


def _answers(found: list[Considered], case: Case) -> dict[str, str | None]:
    first = conditions.answer(found)
    shown = ([first] if first else []) + [f for f in found if f is not first and f.possible]
    named = [f.route for f in shown if not f.route.ours] or [f.route for f in shown]
    cited = [c for route in named for c in route.citations(all_facts=False)]
    return {
        "route": first.route.key if first else None,
        "routes": conditions.write_answers(found),
        "decider": conditions.deciders([(f.route, f.needs) for f in shown], case.regency_code) or None,
        "citations": "; ".join(dict.fromkeys(cited)),
        "route_confidence": first.route.confidence if first else None,
    }


def _rows(case: Case, found: list[Considered], rules: Rules) -> list[dict[str, Any]]:
    """Every route considered for one case."""
    return [
        {
            "route": f.route.key,
            "title": f.route.titles[current_language()],
            "applies": f.applies,
            "needs": " ".join(f.needs),
            "why": f.why,
            "outcome": outcome_label(f.route.outcome),
            "decider": f.route.decides.name(case.regency_code),
            "contact": "; ".join(a.name(case.regency_code) for a in f.route.contact),
            "confidence": confidence_words(f.route.confidence),
            "review": f.route.standing(),
            "citations": "; ".join(f.route.citations()),
            "rules_version": rules.version,
        }
        for f in found
    ]


def _cases(
    findings: pd.DataFrame, rules: Rules, extra: Extra, building: str | None, purpose: str | None, regions: Any
) -> tuple[np.ndarray[Any, np.dtype[np.intp]], list[Case]]:
    """
    Give the number of the case of each site, and the cases; sites that no rule can tell apart share one.

    Parameters
    ----------
    regions
        By what regencies are told apart, one a site.
    """
    if building is not None and building not in ALLOWED["building"]:
        text = _("building {value!r}: harus 'new', 'existing', atau tidak disebut.")
        raise InputError(text.format(value=building))
    limits = sorted({float(w["max_area_m2"]) for r in rules.routes for w in r.when if "max_area_m2" in w})
    size = (
        _column(findings, "area_m2").astype("float64").fillna(_column(findings, "declared_area_m2").astype("float64"))
    )
    kinds = {layer.name: layer.kind for layer in extra}
    functions, overlays, reason, regency = (
        _column(findings, c) for c in ("functions", "overlays", "reason_code", "regency_code")
    )
    stands = pd.Series(building or buildings(findings, rules), findings.index, dtype=object)
    place = pd.Series(places(findings), findings.index, dtype=object)
    case_of, firsts = unique_rows(
        findings["status"],
        map_unique(lambda text: " ".join(function_keys(_text(text))), functions),
        reason,
        stands,
        regions,
        np.where(size.isna(), -1, np.searchsorted(limits, size.fillna(0.0), side="left")),
        map_unique(lambda text: " ".join(touched_kinds(_text(text), kinds)), overlays),
        place,
        overlays.notna(),
    )
    columns = (findings["status"], functions, reason, stands, regency, size, overlays, place)
    cases = [
        Case(
            status=status,
            functions=function_keys(_text(on)),
            reason=_text(why),
            building=_text(stood),
            purpose=purpose,
            regency_code=_text(code),
            area_m2=None if pd.isna(area_m2) else float(area_m2),
            touched=touched_kinds(_text(also), kinds),
            place=_text(where),
            compared=tuple(kinds.values()) if pd.notna(also) else (),
        )
        for status, on, why, stood, code, area_m2, also, where in zip(
            *(column.iloc[firsts].tolist() for column in columns), strict=True
        )
    ]
    return case_of, cases


def _regions_of(rules: Rules) -> Callable[[Any], str | None]:
    """Make the function that names those regions of the rules, by prefix, in which a regency lies."""
    agencies = [agency for route in rules.routes for agency in (route.decides, *route.contact)]
    named = {p for agency in agencies for p in agency.regional}
    named |= {p for route in rules.routes for when in route.when for p in when.get("region", ())}

    def regions(code: Any) -> str | None:
        text = _text(code)
        return " ".join(["known", *(p for p in sorted(named) if text.startswith(p))]) if text else None

    return regions


def _column(findings: pd.DataFrame, name: str) -> pd.Series[Any]:
    return findings[name] if name in findings else pd.Series(np.nan, index=findings.index)


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return None if pd.isna(value) else str(value)
