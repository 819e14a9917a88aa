"""Legal routes of the sites of a screening, looked up and phrased once for all outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import pandas as pd

from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.text.values import text
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.buildings import BUILT, building_text
from gerai_geo.reference.route_file import day_of_screening, read_rules
from gerai_geo.reference.route_matching import RouteMatch, match_routes, unknown_text
from gerai_geo.reference.routes import MANIFEST_KEY, Fact, Route, confidence_label, decider_text, parse_routes_text
from gerai_geo.reference.site_attributes import SiteAttributes, distinct_sites

_COLUMNS: Final = ("route", "routes", "questions", "recorded_stage", "recorded_percent", "regency_code")


@dataclass(frozen=True)
class RouteText:
    """
    Route in words, with the names that agencies have in one regency.

    Parameters
    ----------
    title
        Name of the route.
    review, citation
        Confidence and review status; the same with the instruments, in brackets.
    decider, contact
        Deciding agency, or who does the work where no agency decides; agencies to contact.
    first_step, prohibition
        First fact of each; None if there is none.
    official
        Whether the decider is an agency.
    """

    title: str
    review: str
    citation: str
    decider: str
    contact: tuple[str, ...]
    first_step: Fact | None
    prohibition: Fact | None
    official: bool = True

    def decider_label(self) -> str:
        """Label of the decider."""
        return _("Pejabat berwenang") if self.official else _("Dikerjakan oleh")


@dataclass(frozen=True)
class SiteRoutes:
    """
    Routes of a site in words.

    Parameters
    ----------
    title
        Name of the site's route and the conditions it is open in; its id if the rules don't know it, empty without one.
    summary, others, decider
        In one line each: title and review status; other possible routes; agencies that decide.
        None if there is none; of a route that the rules don't know there is only the id, as ``summary``.
    route, text
        The route and its parts in words; None if the rules don't know it.
    possible
        The other possible routes, with their unknown conditions.
    questions
        What has to be asked first, as the rules' facts.
    condition
        Conditions of the route that are open, in brackets as they stand in the title; empty if there are none.
    """

    title: str
    summary: str | None
    others: str | None = None
    decider: str | None = None
    route: Route | None = None
    text: RouteText | None = None
    possible: tuple[tuple[Route, tuple[str, ...]], ...] = ()
    questions: tuple[Fact, ...] = ()
    condition: str = ""

    def other_routes(self) -> tuple[str, ...]:
        """Title of each other possible route, with its unknown conditions."""
        return tuple(_with_conditions(route, unknown) for route, unknown in self.possible)

    def brief_questions(self) -> str | None:
        """Questions in one line, without law; None if there are none."""
        return " ".join(question.brief() for question in self.questions) or None


class ScreeningRoutes:
    """
    Routes of the sites of a screening by its own rules; what is equal is put into words once per language.

    Parameters
    ----------
    screening
        The record; its manifest holds the rules. Without them the package's are used.
    """

    def __init__(self, screening: Screening) -> None:
        self.screening, self.rules = screening, read_rules(screening.manifest)
        self._route_text, self._site_routes = cache(self._make_route_text), cache(self._make_site_routes)
        self._routes_anywhere = cache(self._make_routes_anywhere)

    def of(self, row: Mapping[Any, Any] | pd.Series[Any]) -> SiteRoutes:
        """Routes of one finding."""
        return self._site_routes(current_language(), *(text(row.get(c)) for c in _COLUMNS))

    def lines(self, findings: pd.DataFrame) -> pd.DataFrame:
        """
        Routes of findings in one line each.

        Returns
        -------
        lines
            Indexed like the findings: ``route`` (the summary), ``others``, ``decider``, ``questions``, ``condition``,
            see `SiteRoutes`; the decider of the findings if the rules don't know the route.
        """

        @cache
        def line(*values: str | None) -> tuple[str | None, ...]:
            r = self._site_routes(current_language(), *values)
            return r.summary, r.others, r.decider, r.brief_questions(), r.condition.strip() or None

        rows = list(map(line, *(_texts(findings, c) for c in _COLUMNS)))
        names = ["route", "others", "decider", "questions", "condition"]
        table = pd.DataFrame(rows, columns=names, index=findings.index, dtype=object)
        if "decider" in findings:
            table["decider"] = table["decider"].fillna(findings["decider"].astype(object))
        return table

    def route_text(self, key: str, regency_code: str | None) -> RouteText | None:
        """Route of an id in words; None if the rules don't know it."""
        return self._route_text(current_language(), key, regency_code)

    def attributes(self, site_id: str) -> SiteAttributes:
        """Attributes of one site that the conditions of routes test."""
        asked = self.screening.manifest.get(MANIFEST_KEY, {}).get("asked") or {}
        layer_kinds = {layer.name: layer.kind for layer in self.screening.extra}
        day = day_of_screening(self.screening.manifest)
        _number, (site,) = distinct_sites(
            self.screening.findings.loc[[site_id]], self.rules, layer_kinds, asked=asked, on=day
        )
        return site

    def matches(self, site: SiteAttributes) -> list[RouteMatch]:
        """All routes in force on the day of the screening, matched to one site."""
        (matches,) = match_routes([site], self.rules, day_of_screening(self.screening.manifest))
        return matches

    def _make_route_text(self, _lang: str, key: str, code: str | None) -> RouteText | None:
        route = self.rules.route(key)
        if route is None:
            return None
        first_step, prohibition = (next(iter(route.parts[part]), None) for part in ("steps", "forbidden"))
        return RouteText(
            route.title(), route.review_label(), route.full_citation(), route.decides.name(code),
            tuple(route.contact_names(code)), first_step, prohibition, official=route.decides.official,
        )  # fmt: skip

    def questions(self, names: str | None) -> tuple[Fact, ...]:
        """Questions of the rules for the conditions in a text of ``questions``."""
        asked = (self.rules.question(name) for name in (names or "").split())
        return tuple(question for question in asked if question is not None)

    def _make_site_routes(
        self,
        lang: str,
        route: str | None,
        routes: str | None,
        questions: str | None,
        recorded_stage: str | None,
        recorded_percent: str | None,
        regency_code: str | None,
    ) -> SiteRoutes:
        anywhere = self._routes_anywhere(lang, route, routes, questions, recorded_stage, recorded_percent)
        if anywhere.route is None:
            return anywhere
        unknown = next((u for r, u in self._stored(routes) if r is anywhere.route), ())
        decider = decider_text([(anywhere.route, unknown), *anywhere.possible], regency_code)
        return replace(anywhere, decider=decider, text=self._route_text(lang, anywhere.route.key, regency_code))

    def _make_routes_anywhere(
        self,
        _lang: str,
        key: str | None,
        routes: str | None,
        questions: str | None,
        stage: str | None,
        percent: str | None,
    ) -> SiteRoutes:
        """Make what does not depend on the regency: a few kinds of sites stand in every one."""
        route = self.rules.route(key) if key else None
        if key is None or route is None:
            return SiteRoutes(key or "", key)
        known = self._stored(routes)
        unknown = next((u for r, u in known if r is route), ())
        others = [(r, u) for r, u in known if r is not route]
        recorded = building_text(stage, float(percent) if percent else None) if stage in BUILT else None
        condition = _open_conditions(route, unknown, recorded)
        return SiteRoutes(
            title=f"{route.title()}{condition}",
            summary=f"{route.title()}{condition} [{_('Dasar')}: {route.review_label()}]",
            others=_others_line(others) or None,
            route=route,
            possible=tuple(others),
            questions=tuple(_as_recorded(question, recorded) for question in self.questions(questions)),
            condition=condition,
        )

    def _stored(self, routes: str | None) -> list[tuple[Route, tuple[str, ...]]]:
        """Routes of a text of ``routes`` that the rules know, with their unknown conditions."""
        stored = [(self.rules.route(k), unknown) for k, _confidence, unknown in parse_routes_text(routes or "")]
        return [(r, unknown) for r, unknown in stored if r is not None]


def _others_line(others: list[tuple[Route, tuple[str, ...]]]) -> str:
    """Other routes in one line, grouped by the side of the boundary they depend on."""
    groups: dict[str, list[str]] = {"": []}
    for route, unknown in others:
        head = ""
        if "status" in unknown:
            sides = {status for when in route.when for status in when.get("status", ())}
            head = (
                _("bila ternyata bukan kawasan hutan: ") if sides == {"outside"} else _("bila ternyata kawasan hutan: ")
            )
        label = f"{route.title()}{_open_conditions(route, unknown)} [{confidence_label(route.confidence)}]"
        groups.setdefault(head, []).append(label)
    return "; ".join(head + "; ".join(texts) for head, texts in groups.items() if texts)


def _with_conditions(route: Route, unknown: tuple[str, ...]) -> str:
    conditions = unknown_text(route, unknown)
    return f"{route.title()} [{confidence_label(route.confidence)}]" + (f" ({conditions})" if conditions else "")


def _as_recorded(question: Fact, recorded: str | None) -> Fact:
    """Question as it stands; that on the building asks to confirm what the application export records of it."""
    if recorded is None or question.asks != "building":
        return question
    text = _("Aplikasi mencatat bangunannya {building}: benarkah, dan sejak kapan?").format(building=recorded)
    return replace(question, texts={current_language(): text}, short=None)


def _open_conditions(route: Route, unknown: tuple[str, ...], recorded: str | None = None) -> str:
    """Conditions without which a title misleads: that the building is new, that the gerai is a strategic project."""
    new_only = all(set(when.get("building", ())) == {"new"} for when in route.when)
    building = _(" (bila bangunannya baru)") if "building" in unknown and new_only else ""
    if building and recorded:
        building = _(" (hanya bila bangunannya baru; aplikasi mencatat: {building})").format(building=recorded)
    psn = _(" (hanya bila ada dokumen yang menetapkannya sebagai PSN)") if "psn" in unknown else ""
    return building + psn


def _texts(findings: pd.DataFrame, column: str) -> list[str | None]:
    if column not in findings:
        return [None] * len(findings)
    return [None if pd.isna(v) else str(v) for v in findings[column].tolist()]
