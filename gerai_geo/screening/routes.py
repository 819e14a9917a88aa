"""Legal routes of sites: every route of `reference/routes.toml` matched to every site, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.categorical import Codes, map_unique
from gerai_geo.core.dates import today
from gerai_geo.errors import InputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.models import ExtraLayer, Screening
from gerai_geo.reference.route_file import day_of_screening, read_rules
from gerai_geo.reference.route_matching import (
    RouteMatch,
    best_match,
    match_routes,
    open_questions,
    possible_matches,
    routes_text,
)
from gerai_geo.reference.routes import MANIFEST_KEY, WORDS, Rules, confidence_label, decider_text, outcome_label
from gerai_geo.reference.site_attributes import SiteAttributes, distinct_sites

RuleFile = str | Path | Mapping[str, Any] | Rules | None
Extra = Sequence[ExtraLayer]


_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2199


@typed
@localised
def find_routes(
    result: Screening | pd.DataFrame,
    rules: RuleFile = None,
    *,
    building: str | None = None,
    purpose: str | None = None,
    acquirer: str | None = None,
    psn: str | None = None,
    on: date | str | None = None,
    lang: str | None = None,
) -> pd.DataFrame:
    """
    Match every legal route to every site, with the reason why it applies or not.

    Parameters
    ----------
    result
        A screening, or its findings.
    rules
        None: for a screening the rules it was made with, else the package's. A ``.toml`` file: the package's with the
        user's added. ``manifest.json`` of a saved screening: exactly the rules that one used.
    building
        ``new`` or ``existing`` for all sites; by default as in the screening, else from the list's column
        ``building``, else unknown: routes for both are shown.
    purpose
        Purpose of the building in the words of the rules: ``public_noncommercial`` or ``commercial``; None if unknown.
    acquirer
        Who acquires the land of all sites: ``agency`` for a government agency, or ``other``; by default as in the
        screening, else from the list's own column.
    psn
        ``yes`` or ``no``: whether the gerai are a national strategic project; by default as for ``acquirer``. A ``yes``
        is a claim: routes that need it stay conditional, with ``psn`` among their ``needs``.
    on
        The day for which rules hold; by default that of the screening, else today.
    lang
        ``id`` or ``en``.

    Returns
    -------
    routes
        One row per site and route, in the order of the sites and of the rules: ``site_id, route, title, applies``
        (missing: it depends on ``needs``), ``needs, why, outcome, decider, contact, confidence, review, citations,
        rules_version``. Not legal advice.

    Raises
    ------
    InputError
        If the rules can't be read, or ``building``, ``acquirer`` or ``psn`` is none of its words.
    """
    findings = result.findings if isinstance(result, Screening) else result
    manifest = result.manifest if isinstance(result, Screening) else {}
    extra = result.extra if isinstance(result, Screening) else ()
    used = _rules(manifest if rules is None else rules)
    given = {"building": building, "purpose": purpose, "acquirer": acquirer, "psn": psn}
    asked = (manifest.get(MANIFEST_KEY, {}).get("asked") or {}) | {k: v for k, v in given.items() if v}
    day = day_of_screening(manifest) if on is None else screening_day(on)
    number, sites = _distinct_sites(findings, used, extra, asked, day)
    matches = match_routes(sites, used, day)
    rows = [_row(m, site.regency_code, used) for site, found in zip(sites, matches, strict=True) for m in found]
    table = pd.DataFrame(rows, columns=list(schema.ROUTES)[1:])
    n_routes = len(table) // max(len(sites), 1)
    table = table.iloc[(number[:, None] * n_routes + np.arange(n_routes)).ravel()].reset_index(drop=True)
    table.insert(0, "site_id", np.repeat(findings.index.astype("str").to_numpy(), n_routes))
    return schema.set_dtypes(table, "routes")


def fill_routes(
    findings: GeoDataFrame,
    *,
    extra: Extra = (),
    rules: RuleFile = None,
    asked: Mapping[str, str | None] | None = None,
    on: date | str | None = None,
) -> tuple[GeoDataFrame, dict[str, Any]]:
    """
    Fill the route columns of the findings.

    Parameters
    ----------
    on
        The day for which rules hold; by default today.

    Returns
    -------
    findings
        The same table with ``route, routes, questions, decider, citations, route_confidence`` filled.
    used
        The rules as plain data with the day, for the manifest under `routes.MANIFEST_KEY`.
    """
    known, day = _rules(rules), screening_day(on)
    regions = map_unique(_region_prefixes(known), schema.column_of(findings, "regency_code"))
    number, sites = _distinct_sites(findings, known, extra, asked or {}, day, regions)
    matches = match_routes(sites, known, day, in_words=False)
    filled = [_columns(m, site) for site, m in zip(sites, matches, strict=True)]
    for c in ("route", "routes", "questions", "decider", "citations", "route_confidence"):
        findings[c] = pd.array([row[c] for row in filled], dtype="str").take(number)
    return findings, {**known.data, "on": day.isoformat(), "asked": dict(asked or {})}


def screening_day(on: date | str | None) -> date:
    """Day for which rules hold; today if none is given."""
    if on is None or isinstance(on, datetime):
        return today() if on is None else on.date()
    try:
        day = on if isinstance(on, date) else datetime.fromisoformat(on).date()
    except (TypeError, ValueError):
        day = date.min
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        text = _("on={day!r}: bukan hari antara {first} dan {last}. Tulis misalnya 2026-11-29.")
        raise InputError(text.format(day=str(on), first=_FIRST_YEAR, last=_LAST_YEAR))
    return day


def _rules(rules: RuleFile) -> Rules:
    return rules if isinstance(rules, Rules) else read_rules(rules)


def _distinct_sites(
    findings: pd.DataFrame,
    rules: Rules,
    extra: Extra,
    asked: Mapping[str, str | None],
    on: date,
    regions: Any = None,
) -> tuple[Codes, list[SiteAttributes]]:
    for name, allowed in WORDS.items():
        value = asked.get(name)
        if value is not None and value not in allowed:
            text = _("{name} {value!r}: harus '{first}', '{second}', atau tidak disebut.")
            raise InputError(text.format(name=name, value=value, first=allowed[0], second=allowed[1]))
    layer_kinds = {layer.name: layer.kind for layer in extra}
    return distinct_sites(findings, rules, layer_kinds, asked=asked, on=on, regions=regions)


def _columns(matches: list[RouteMatch], site: SiteAttributes) -> dict[str, str | None]:
    """Route columns of the findings."""
    best, possible = best_match(matches), possible_matches(matches)
    cited = [m.route for m in possible if not m.route.own_rule] or [m.route for m in possible]
    citations = dict.fromkeys(c for route in cited for c in route.citations(all_facts=False))
    return {
        "route": best.route.key if best else None,
        "routes": routes_text(matches),
        "questions": " ".join(open_questions(matches, site)) or None,
        "decider": decider_text(((m.route, m.unknown) for m in possible), site.regency_code) or None,
        "citations": "; ".join(citations),
        "route_confidence": best.route.confidence if best else None,
    }


def _row(match: RouteMatch, regency_code: str | None, rules: Rules) -> dict[str, Any]:
    """Row of the routes table."""
    route = match.route
    return {
        "route": route.key,
        "title": route.title(),
        "applies": match.applies,
        "needs": " ".join(match.unknown),
        "why": match.why,
        "outcome": outcome_label(route.outcome),
        "decider": route.decides.name(regency_code),
        "contact": "; ".join(route.contact_names(regency_code)),
        "confidence": confidence_label(route.confidence),
        "review": route.review_label(),
        "citations": "; ".join(route.citations()),
        "rules_version": rules.version,
    }


def _region_prefixes(rules: Rules) -> Callable[[Any], str | None]:
    """Make a function from a regency code to the region prefixes of the rules that it starts with."""
    agencies = [agency for route in rules.routes for agency in (route.decides, *route.contact)]
    prefixes = {p for agency in agencies for p in agency.regional}
    prefixes |= {p for route in rules.routes for when in route.when for p in when.get("region", ())}

    def matching(code: Any) -> str | None:
        if pd.isna(code) or not code:
            return None
        return " ".join(["known", *(p for p in sorted(prefixes) if str(code).startswith(p))])

    return matching
