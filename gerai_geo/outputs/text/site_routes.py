"""Legal routes of the sites of a screening, looked up and phrased once for all outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.text.values import text
from gerai_geo.records.models import Screening
from gerai_geo.reference.route_file import day_of_screening, read_rules
from gerai_geo.reference.route_matching import (
    RouteMatch,
    decider_text,
    match_routes,
    parse_routes_text,
    unknown_text,
)
from gerai_geo.reference.routes import MANIFEST_KEY, Route, confidence_label
from gerai_geo.reference.site_attributes import SiteAttributes, distinct_sites

T = TypeVar("T")


@dataclass(frozen=True)
class RouteText:
    """
    Phrased parts of a route in one regency.

    Parameters
    ----------
    title
        Name of the route.
    review, citation
        Confidence and review status; the same with the instruments, in brackets.
    decider, contact
        Deciding agency; agencies to contact.
    first_step, prohibition
        First sentence of each, with its citation; None if there is none.
    """

    title: str
    review: str
    citation: str
    decider: str
    contact: tuple[str, ...]
    first_step: str | None
    prohibition: str | None


@dataclass(frozen=True)
class SiteRoutes:
    """
    Routes of a site.

    Parameters
    ----------
    route, text
        The site's route and its phrased parts; None if it has none or the rules don't know it.
    title
        Name of the route; its id if the rules don't know it.
    summary
        Title, condition and review status in one line; the id if the rules don't know the route, None without one.
    others
        Other possible routes in one line; None if there are none.
    other_routes
        The same, one text per route with its unknown conditions.
    decider
        Agencies that decide, on other possible approvals too; None if the rules don't know the route.
    """

    route: Route | None
    text: RouteText | None
    title: str
    summary: str | None
    others: str | None
    other_routes: tuple[str, ...]
    decider: str | None


class ScreeningRoutes:
    """
    Routes of a screening's sites by its own rules; equal routes are phrased once per language.

    Parameters
    ----------
    screening
        The record; its manifest holds the rules. Without them the package's are used.
    """

    def __init__(self, screening: Screening) -> None:
        self.screening = screening
        self.rules = read_rules(screening.manifest)
        self._phrased: dict[tuple[Any, ...], Any] = {}

    def of(self, row: Mapping[Any, Any] | pd.Series[Any]) -> SiteRoutes:
        """Routes of one finding."""
        return self._of(*(text(row.get(c)) for c in ("route", "routes", "regency_code")))

    def lines(self, findings: pd.DataFrame) -> pd.DataFrame:
        """
        Routes of findings in one line each.

        Returns
        -------
        lines
            Indexed like the findings: ``route``, ``others``, ``decider``, see `SiteRoutes`; the decider of the
            findings if the rules don't know the route.
        """
        columns = [_texts(findings, c) for c in ("route", "routes", "regency_code")]
        routes = [self._of(*values) for values in zip(*columns, strict=True)]
        rows = [(r.summary, r.others, r.decider) for r in routes]
        table = pd.DataFrame(rows, columns=["route", "others", "decider"], index=findings.index, dtype=object)
        if "decider" in findings:
            table["decider"] = table["decider"].fillna(findings["decider"].astype(object))
        return table

    def route_text(self, route: Route, regency_code: str | None) -> RouteText:
        """Phrased parts of a route; agencies by their names in the regency."""
        return self._once((route.key, regency_code), lambda: _phrase(route, regency_code))

    def attributes(self, site_id: str) -> SiteAttributes:
        """Attributes of one site that the conditions of routes test."""
        asked = self.screening.manifest.get(MANIFEST_KEY, {}).get("asked") or {}
        layer_kinds = {layer.name: layer.kind for layer in self.screening.extra}
        _number, (site,) = distinct_sites(
            self.screening.findings.loc[[site_id]], self.rules, layer_kinds,
            building=asked.get("building"), purpose=asked.get("purpose"),
        )  # fmt: skip
        return site

    def matches(self, site: SiteAttributes) -> list[RouteMatch]:
        """All routes in force on the day of the screening, matched to one site."""
        (matches,) = match_routes([site], self.rules, day_of_screening(self.screening.manifest))
        return matches

    def _of(self, key: str | None, routes: str | None, code: str | None) -> SiteRoutes:
        return self._once((key, routes, code), lambda: self._site_routes(key, routes, code))

    def _once(self, key: tuple[str | None, ...], phrase: Callable[[], T]) -> T:
        """Text of a key in the language in force."""
        key = (current_language(), *key)
        if key not in self._phrased:
            self._phrased[key] = phrase()
        found: T = self._phrased[key]
        return found

    def _site_routes(self, key: str | None, routes: str | None, code: str | None) -> SiteRoutes:
        route = self.rules.route(key) if key else None
        if route is None:
            return SiteRoutes(None, None, key or "", key, None, (), None)
        stored = [(self.rules.route(k), unknown) for k, _confidence, unknown in parse_routes_text(routes or "")]
        known = [(r, unknown) for r, unknown in stored if r is not None]
        unknown = next((u for r, u in known if r is route), ())
        others = [(r, u) for r, u in known if r is not route]
        parts = self.route_text(route, code)
        return SiteRoutes(
            route=route,
            text=parts,
            title=parts.title,
            summary=f"{parts.title}{_new_buildings_only(route, unknown)} [{parts.review}]",
            others=_others_line(others) or None,
            other_routes=tuple(_with_conditions(r, u) for r, u in others),
            decider=decider_text([(route, unknown), *others], code),
        )


def _phrase(route: Route, code: str | None) -> RouteText:
    first_step, prohibition = (
        route.parts[part][0].sentence() if route.parts[part] else None for part in ("steps", "forbidden")
    )
    return RouteText(
        title=route.title(),
        review=route.review_label(),
        citation=route.full_citation(),
        decider=route.decides.name(code),
        contact=tuple(route.contact_names(code)),
        first_step=first_step,
        prohibition=prohibition,
    )


def _others_line(others: list[tuple[Route, tuple[str, ...]]]) -> str:
    """Other routes in one line, grouped by the side of the boundary they depend on."""
    groups: dict[str, list[str]] = {"": []}
    for route, unknown in others:
        head = ""
        if "status" in unknown:
            sides = {status for when in route.when for status in when.get("status", ())}
            head = _("bila ternyata di luar: ") if sides == {"outside"} else _("bila ternyata di dalam: ")
        label = f"{route.title()}{_new_buildings_only(route, unknown)} [{confidence_label(route.confidence)}]"
        groups.setdefault(head, []).append(label)
    return "; ".join(head + "; ".join(texts) for head, texts in groups.items() if texts)


def _with_conditions(route: Route, unknown: tuple[str, ...]) -> str:
    conditions = unknown_text(route, unknown)
    return f"{route.title()} [{confidence_label(route.confidence)}]" + (f" ({conditions})" if conditions else "")


def _new_buildings_only(route: Route, unknown: tuple[str, ...]) -> str:
    """Condition of a route for new buildings, where it is unknown whether the building is new."""
    new_only = all(set(when.get("building", ())) == {"new"} for when in route.when)
    return _(" (bila bangunannya baru)") if "building" in unknown and new_only else ""


def _texts(findings: pd.DataFrame, column: str) -> list[str | None]:
    if column not in findings:
        return [None] * len(findings)
    return [None if pd.isna(v) else str(v) for v in findings[column].tolist()]
