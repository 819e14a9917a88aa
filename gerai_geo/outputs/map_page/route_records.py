"""Legal routes of a map's sites, each once: what it is called, how sure it is, who decides, whom to ask, what first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.i18n.translate import current_language
from gerai_geo.outputs.text.route_lines import route_lines
from gerai_geo.records.models import Screening
from gerai_geo.reference.route_file import read_rules


def add_others(sites: list[dict[str, Any]], screening: Screening, group: GeoDataFrame) -> list[str]:
    """
    Point each site to what may apply beside its route; say who decides in the page's language.

    Parameters
    ----------
    sites
        Records of `payload.site_records`; each gets ``others``, a place in the list, where there is anything.

    Returns
    -------
    others
        Each text once, with its confidences.
    """
    if "routes" not in group:
        return []
    lines = route_lines(replace(screening, findings=group))
    deciders = {str(i): text for i, text in lines["decider"].dropna().items()}
    others = lines["others"].dropna()
    places = {text: n for n, text in enumerate(dict.fromkeys(others))}
    by_site = {str(i): places[text] for i, text in others.items()}
    for site in sites:
        site |= {"decider": deciders[site["id"]]} if site["id"] in deciders else {}
        site |= {"others": by_site[site["id"]]} if site["id"] in by_site else {}
    return list(places)


def route_records(screening: Screening, routes: pd.Series, regency_code: str | None) -> dict[str, dict[str, str]]:
    """
    Routes for a page, by their id.

    Parameters
    ----------
    screening
        Its manifest holds the rules that were used; the present ones where it holds none.
    routes
        Column ``route`` of the findings to show; ids the rules don't know are left out.
    regency_code
        Kemendagri code of the regency, for offices that have a name of their own there.

    Returns
    -------
    records
        ``title, standing, decides, contact`` and, where there is one, the first ``step`` and what is ``forbidden``,
        each sentence with its citation and confidence.
    """
    used = [str(key) for key in routes.dropna().unique()]
    if not used:
        return {}
    rules = read_rules(screening.manifest)
    records = {}
    for key in used:
        route = rules.route(key)
        if route is None:
            continue
        record = {
            "title": route.titles[current_language()],
            "standing": route.standing(),
            "decides": route.decides.name(regency_code),
            "contact": ", ".join(agency.name(regency_code) for agency in route.contact),
        }
        for name, part in (("step", "steps"), ("forbidden", "forbidden")):
            if route.parts[part]:
                record[name] = route.parts[part][0].sentence()
        records[key] = record
    return records
