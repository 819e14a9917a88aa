"""Records of legal routes, each once, and of the work of agencies for a map page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.i18n.translate import current_language
from gerai_geo.outputs.map_page.meeting_context import Meeting
from gerai_geo.outputs.map_page.site_records import SiteTexts
from gerai_geo.outputs.text.agency_work import CLOSED, agencies_by_site, agency_work, kodim_of_sites
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.outputs.text.values import plain_values
from gerai_geo.records.models import Screening
from gerai_geo.reference.agencies.tasks import agency_tasks, working_agencies

MOST_AT_ONCE: Final = 5_000
"""Sites whose texts, about 2 kB each, are in memory together."""

_TEXTS: Final = ("others", "questions", "condition")


def route_lines(routes: ScreeningRoutes, findings: GeoDataFrame) -> dict[str, dict[str, str]]:
    """
    Other possible routes, open questions, the condition of the route and the decider of findings.

    Returns
    -------
    lines
        ``others``, ``questions``, ``condition`` and ``decider``, each by the ids of the sites that have some.
    """
    if "routes" not in findings:
        return {}
    lines = routes.lines(findings)
    ids = plain_values(findings.index.astype("str"))
    return {
        name: {i: text for i, text in zip(ids, lines[name].tolist(), strict=True) if not pd.isna(text)}
        for name in ("decider", *_TEXTS)
    }


def add_others(sites: list[dict[str, Any]], ids: list[str], lines: dict[str, dict[str, str]]) -> list[str]:
    """
    Add what `route_lines` holds to site records.

    Parameters
    ----------
    sites
        Records of `site_records`; each gets ``decider``, and ``others``, ``questions`` and ``condition``, positions in
        the list, if there are any.
    ids
        Their ids in the order of the findings.
    lines
        Of `route_lines`.

    Returns
    -------
    texts
        Each text once; those of routes with their confidences.
    """
    found = (text for name in _TEXTS for i in ids if (text := lines.get(name, {}).get(i)))
    position = {text: n for n, text in enumerate(dict.fromkeys(found))}
    for site in sites:
        for name, by_site in lines.items():
            if text := by_site.get(site["id"]):
                site[name] = text if name == "decider" else position[text]
    return list(position)


def route_records(routes: ScreeningRoutes, keys: pd.Series, regency_code: str | None) -> dict[str, dict[str, Any]]:
    """
    Give the records of routes by id.

    Parameters
    ----------
    routes
        Routes of the screening.
    keys
        Column ``route`` of the findings to show; ids that the rules don't know are left out.
    regency_code
        Kemendagri code of the regency, for regional names of agencies.

    Returns
    -------
    records
        ``title, standing, decides, contact``, ``work`` where no agency decides and, if there is one, the first ``step``
        and what is ``forbidden``: a sentence, and its citation with the confidence.
    """
    records = {}
    for route in keys.dropna().unique():
        text = routes.route_text(str(route), regency_code)
        if text is None:
            continue
        record: dict[str, Any] = {"title": text.title, "standing": text.review, "decides": text.decider,
                                  "contact": text.contact}  # fmt: skip
        record |= {} if text.official else {"work": 1}
        for key, fact in (("step", text.first_step), ("forbidden", text.prohibition)):
            record |= {key: [fact.texts[current_language()], fact.basis()]} if fact else {}
        records[str(route)] = record
    return records


@dataclass(frozen=True)
class SiteWork:
    """Tasks that are left (keys) and the Kodim, by site id; only of sites that have some."""

    tasks: dict[str, list[str]]
    kodim: dict[str, str]


def site_work(work: pd.DataFrame, kodim: pd.Series) -> SiteWork:
    """
    Tasks that are left and the Kodim of each site.

    Parameters
    ----------
    work
        From `agency_work`.
    kodim
        Kodim of each site, index ``site_id``; missing where not given.
    """
    left = work[~work["state"].isin(CLOSED)]
    return SiteWork(agencies_by_site(left), {str(i): str(name) for i, name in kodim.dropna().items()})


def add_work(sites: list[dict[str, Any]], work: SiteWork) -> None:
    """Add ``tasks`` and ``kodim`` to records of `site_records`, where there are any."""
    for site in sites:
        if site["id"] in work.tasks:
            site["tasks"] = work.tasks[site["id"]]
        if site["id"] in work.kodim:
            site["kodim"] = work.kodim[site["id"]]


def work_labels(sites: list[dict[str, Any]]) -> dict[str, Any]:
    """
    Labels of the agencies and tasks that occur in site records.

    Returns
    -------
    labels
        ``agencies``: key and short name of each; ``tasks``: agency and title by key of the task.
    """
    used = {task for site in sites for task in site.get("tasks", ())}
    tasks = {t.key: [t.agency, t.title()] for t in agency_tasks() if t.key in used}
    present = {agency for agency, _title in tasks.values()}
    return {"agencies": [[k, a.short()] for k, a in working_agencies().items() if k in present], "tasks": tasks}


class PageTexts:
    """
    What maps and index say of the sites of a screening; made once for all of them, page by page in a long list.

    Parameters
    ----------
    screening
        As shown, see `shown_screening`.
    findings
        Those of its sites that the pages have.
    meeting
        Follow-up and changes.
    """

    def __init__(self, screening: Screening, findings: GeoDataFrame, meeting: Meeting) -> None:
        self.routes = ScreeningRoutes(screening)
        self.work = site_work(agency_work(screening), kodim_of_sites(screening))
        self._screening, self._meeting = screening, meeting
        self._all = None
        if len(findings) <= MOST_AT_ONCE:
            self._all = self._make(findings, screening.overlaps, screening.issues)

    def of(self, findings: GeoDataFrame) -> tuple[SiteTexts, dict[str, dict[str, str]]]:
        """Texts of the sites and their `route_lines`, for these findings at least."""
        if self._all is not None:
            return self._all
        tables = (self._screening.overlaps, self._screening.issues)
        return self._make(findings, *(table[table["site_id"].isin(findings.index)] for table in tables))

    def _make(
        self, findings: GeoDataFrame, overlaps: pd.DataFrame, issues: pd.DataFrame
    ) -> tuple[SiteTexts, dict[str, dict[str, str]]]:
        return SiteTexts(findings, overlaps, issues, self._meeting), route_lines(self.routes, findings)
