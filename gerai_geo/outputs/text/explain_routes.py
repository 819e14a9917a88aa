"""Legal routes of one site in sentences, each with citation and confidence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gerai_geo.i18n.translate import _
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.reference.route_matching import RouteMatch, best_match, possible_matches
from gerai_geo.reference.routes import Fact
from gerai_geo.reference.site_attributes import SiteAttributes

_MOST_OF_A_QUESTION: Final = 3


def explained_routes(
    routes: ScreeningRoutes, matches: list[RouteMatch], site: SiteAttributes, asked: Iterable[Fact] = ()
) -> tuple[list[str], list[str]]:
    """
    Best match in full, then the other routes that apply or may apply, each fact once.

    Parameters
    ----------
    routes
        Routes of the screening.
    matches
        All routes matched to the site.
    site
        The site; facts on other forest functions than its own are left out.
    asked
        Facts that the explanation says elsewhere.
    """
    told = set(map(id, asked))
    return _best_route(routes, matches, site, told), _possible_routes(routes, matches, site, told)


def _best_route(routes: ScreeningRoutes, matches: list[RouteMatch], site: SiteAttributes, told: set[int]) -> list[str]:
    """Best match: title, reason, decider, then all its facts."""
    match = best_match(matches)
    if match is None:
        return []
    template = _("{title}, karena {why}. {offices} {mark}") if match.applies else _("{title}: {why}. {offices} {mark}")
    heads = {
        "about": _("Penjelasan"),
        "applicants": _("Pemohon"),
        "steps": _("Langkah"),
        "documents": _("Berkas permohonan"),
        "fails": _("Batasannya"),
        "after": _("Sesudah persetujuan"),
        "forbidden": _("Larangan dan akibatnya"),
    }
    facts = [
        f"{head}: {sentence}"
        for part, head in heads.items()
        for sentence in _untold(match.route.facts(part, site.functions), told)
    ]
    return [_sentence(template, routes, match, site.regency_code), *facts]


def _possible_routes(
    routes: ScreeningRoutes, matches: list[RouteMatch], site: SiteAttributes, told: set[int]
) -> list[str]:
    """Other routes that apply or may apply: conditions, decider, description."""
    best = best_match(matches)
    sentences = []
    for match in possible_matches(matches):
        if match is best:
            continue
        template = _("{title} – berlaku, karena {why}. {offices} {mark}")
        if not match.applies:
            template = _("{title} – mungkin: {why}. {offices} {mark}")
        elif not match.route.firm:
            template = _("{title} – syaratnya terpenuhi, tetapi aturannya perlu dikonfirmasi: {why}. {offices} {mark}")
        sentences.append(_sentence(template, routes, match, site.regency_code))
        about = match.route.facts("about", site.functions)
        sentences += _untold(about[: _MOST_OF_A_QUESTION if match.route.outcome == "question" else 1], told)
    return sentences


def _untold(facts: Iterable[Fact], told: set[int]) -> list[str]:
    """Sentences of the facts that were not told before; from now on they were."""
    new = {id(fact): fact for fact in facts if id(fact) not in told}
    told.update(new)
    return [fact.sentence() for fact in new.values()]


def excluded_routes(routes: ScreeningRoutes, matches: list[RouteMatch]) -> list[str]:
    """Routes that don't apply, by reason; then routes that are known but unverified."""
    by_reason: dict[str, list[str]] = {}
    for match in matches:
        if not match.possible and not match.route.fallback:
            title = f"{match.route.title()} {match.route.short_citation()}"
            by_reason.setdefault(_reason(match), []).append(title)
    sentences = [f"{why[:1].upper()}{why[1:]}: {'; '.join(titles)}." for why, titles in by_reason.items()]
    if disabled := [f"{r.title()} {r.short_citation()}" for r in routes.rules.routes if not r.enabled]:
        text = _("Dikenal tetapi belum terverifikasi, jadi tidak dipakai: {routes}.")
        sentences.append(text.format(routes="; ".join(disabled)))
    return sentences


def _sentence(template: str, routes: ScreeningRoutes, match: RouteMatch, regency_code: str | None) -> str:
    text = routes.route_text(match.route.key, regency_code)
    assert text is not None  # a match is of a route of these rules
    offices = _("{label}: {decider}; hubungi: {contact}.").format(
        label=text.decider_label(), decider=text.decider, contact=", ".join(text.contact)
    )
    if text.contact == (text.decider,) and not text.official:
        offices = f"{text.decider_label()}: {text.decider}."
    elif text.contact == (text.decider,):
        offices = _("Hubungi: {contact}.").format(contact=text.decider)
    return template.format(title=text.title, why=_reason(match), offices=offices, mark=text.citation)


def _reason(match: RouteMatch) -> str:
    """Why of a match without its signs: the first unmet condition, else all but the first if that is met."""
    parts = match.why.split("; ")
    unmet = [p for p in parts if p.startswith("✗")]
    if match.applies is False and unmet:
        parts = unmet[:1]
    elif len(parts) > 1 and parts[0].startswith("✓"):  # the status is given above already
        parts = parts[1:]
    return "; ".join(p.lstrip("✓✗? ") for p in parts)
