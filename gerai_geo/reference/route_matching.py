"""
Routes matched to sites: the conditions of `routes.toml` tested one by one.

A condition is met, not met or unknown; a route with unknown conditions depends on them. No rule of law is in this code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from gerai_geo.i18n.labels import area, day, number, status_label
from gerai_geo.i18n.translate import _
from gerai_geo.reference.functions import forest_functions
from gerai_geo.reference.overlays import overlay_kinds
from gerai_geo.reference.routes import ASKED, CLAIMS, Route, Rules
from gerai_geo.reference.site_attributes import NOT_PLACED, SiteAttributes

OFTEN_UNKNOWN: Final = frozenset({"building", "purpose"})
"""Conditions that lists often leave open: a firm route may be the best match although they are unknown."""

ConditionResult = tuple[bool | None, str]
"""Whether a condition is met (None: unknown), and that in words."""

_Test = Callable[[Mapping[str, Any], str, SiteAttributes], ConditionResult]


@dataclass(frozen=True)
class RouteMatch:
    """
    Result of matching one route to one site.

    Parameters
    ----------
    route
        The route.
    applies
        True, False, or None if it depends on `unknown`.
    unknown
        Names of the conditions that are unknown.
    why
        Each condition in words, with a sign: ✓ met, ✗ not met, ? unknown. Empty for a route that does not apply where
        no words were asked for.
    claimed
        Those of `unknown` that the list claims and an office has to confirm.
    disputed
        Those of `unknown` on which the list contradicts itself.
    """

    route: Route
    applies: bool | None
    unknown: tuple[str, ...]
    why: str
    claimed: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()

    @property
    def possible(self) -> bool:
        """Whether the route applies or may apply."""
        return self.applies is not False

    @property
    def conclusive(self) -> bool:
        """Whether the route may be the best match: firm, and open only in what lists often don't say or only claim.

        What a list contradicts itself on stays a question.
        """
        may_stay_open = OFTEN_UNKNOWN.union(self.route.answers_without, self.claimed).difference(self.disputed)
        return self.route.firm and self.possible and may_stay_open.issuperset(self.unknown)


def match_routes(
    sites: Iterable[SiteAttributes], rules: Rules, on: date, *, in_words: bool = True
) -> list[list[RouteMatch]]:
    """
    Match every route in force on a day to each site.

    Parameters
    ----------
    sites
        Attributes of the sites; a route is matched once for sites that are equal in what its conditions test.
    rules
        The routes.
    on
        The day.
    in_words
        Whether to say also why routes don't apply, which takes most of the time.

    Returns
    -------
    matches
        For each site all routes in the order of the rules. A fallback applies if no other route is conclusive, so
        that nothing below confidence B ever stands alone.

    Examples
    --------
    >>> from gerai_geo.reference.route_file import read_rules
    >>> site = SiteAttributes("inside", ("HP",), building="new")
    >>> (matches,) = match_routes([site], read_rules(), date(2026, 11, 22))
    >>> best_match(matches).route.key
    'ppkh_menteri'
    """
    routes = [(route, _fields(route)) for route in rules.valid(on)]
    known: dict[tuple[Any, ...], RouteMatch] = {}
    test = _cached_test()
    result = []
    for site in sites:
        matches: list[RouteMatch] = []
        for n, (route, fields) in enumerate(routes):
            if route.fallback:
                matches.append(_match_fallback(route, matches))
                continue
            key = (n, *(getattr(site, f) for f in fields))
            if key not in known:
                known[key] = _match(route, site, test, in_words)
            matches.append(known[key])
        result.append(matches)
    return result


def best_match(matches: list[RouteMatch]) -> RouteMatch | None:
    """First conclusive match; None only if the rules have no fallback."""
    return next((m for m in matches if m.conclusive), None)


def possible_matches(matches: list[RouteMatch]) -> list[RouteMatch]:
    """Select the matches that apply or may apply, the best one first."""
    best = best_match(matches)
    return ([best] if best else []) + [m for m in matches if m is not best and m.possible]


def _fields(route: Route) -> tuple[str, ...]:
    """Site attributes that the conditions of a route test."""
    return tuple(dict.fromkeys(f for when in route.when for name in when for f in CONDITION_TESTS[name][1]))


def _match_fallback(route: Route, matches: list[RouteMatch]) -> RouteMatch:
    if best_match(matches):
        return RouteMatch(route, False, (), _("ada jalur lain yang menjawab"))
    return RouteMatch(route, True, (), _("tidak ada jalur lain dengan keyakinan B atau lebih yang menjawab"))


def _match(route: Route, site: SiteAttributes, test: _Test, in_words: bool) -> RouteMatch:
    """Match the alternatives of a route: the first that is met, else open, else the one with most conditions met."""
    matches = [_match_alternative(route, when, site, test, in_words) for when in route.when]
    for wanted in (True, None):
        if found := next((m for m in matches if m.applies is wanted), None):
            return found
    return max(matches, key=lambda m: m.why.count("✓"))


def _match_alternative(
    route: Route, when: Mapping[str, Any], site: SiteAttributes, test: _Test, in_words: bool
) -> RouteMatch:
    results = []
    for name in when:
        met, text = test(when, name, site)
        if met is False and not in_words:
            return RouteMatch(route, False, (), "")
        results.append((name, met, text))
    signs = {True: "✓", None: "?", False: "✗"}
    why = "; ".join(f"{signs[met]} {text}" for _name, met, text in results)
    if any(met is False for _name, met, _text in results):
        return RouteMatch(route, False, (), why)
    unknown = tuple(name for name, met, _text in results if met is None)
    claimed = tuple(name for name in unknown if _is_claimed(name, site))
    disputed = ("building",) if "building" in unknown and site.doubted else ()
    return RouteMatch(route, None if unknown else True, unknown, why, claimed, disputed)


def _is_claimed(name: str, site: SiteAttributes) -> bool:
    """Whether the list claims that a condition holds, which an office has to confirm."""
    return name in CLAIMS and getattr(site, name) == CLAIMS[name]


def _cached_test() -> _Test:
    """Test of a condition that runs once for sites that are equal in the attributes it reads, whatever the route."""
    known: dict[tuple[Any, ...], ConditionResult] = {}
    allowed: dict[int, str] = {}  # by the identity of what the rules say

    def test(when: Mapping[str, Any], name: str, site: SiteAttributes) -> ConditionResult:
        function, fields = CONDITION_TESTS[name]
        value = when[name]
        if id(value) not in allowed:
            allowed[id(value)] = repr(value)
        key = (name, allowed[id(value)], *(getattr(site, f) for f in fields))
        if key not in known:
            known[key] = function(site, value)
        return known[key]

    return test


def _status(site: SiteAttributes, allowed: Any) -> ConditionResult:
    label = status_label(site.status).lower()
    if site.status in allowed:
        return True, _('statusnya "{label}"').format(label=label)
    wanted = _any_of([f'"{status_label(s).lower()}"' for s in allowed])
    if site.status == "near_boundary" and "not_assessed" not in allowed:
        return None, _("hanya bila verifikasi menyatakan {wanted}").format(wanted=wanted)
    return False, _('statusnya "{label}", bukan {wanted}').format(label=label, wanted=wanted)


def _function(site: SiteAttributes, allowed: Any) -> ConditionResult:
    here = site.functions or ("none",)
    met = [f for f in here if f in allowed]
    if met:
        text = _("fungsinya {functions}") if len(met) == len(here) else _("sebagian tanahnya berfungsi {functions}")
        return True, text.format(functions=", ".join(_short(f) for f in met))
    return False, _("fungsinya {functions}, bukan {wanted}").format(
        functions=", ".join(_short(f) for f in here), wanted=_any_of([_short(f) for f in allowed])
    )


def _short(function: str) -> str:
    if function == "none":
        return _("tanpa poligon")
    known = forest_functions().get(function)
    if known is None:  # a saved table that somebody changed
        return function
    return known.abbreviation if known.in_forest or function == "APL" else known.name()


def _building(site: SiteAttributes, allowed: Any) -> ConditionResult:
    words = {"new": _("bangunan baru"), "existing": _("bangunan yang sudah ada")}
    wanted = _any_of([words[b] for b in allowed])
    if site.building is None and site.doubted:
        return None, _("hanya untuk {wanted} (keterangan dalam daftar bertentangan)").format(wanted=wanted)
    if site.building is None:
        return None, _("hanya untuk {wanted} (daftar tidak menyebutnya dengan pasti)").format(wanted=wanted)
    if site.building in allowed:
        return True, words[site.building]
    return False, _("hanya untuk {wanted}, sedangkan ini {here}").format(wanted=wanted, here=words[site.building])


def _purpose(site: SiteAttributes, allowed: Any) -> ConditionResult:
    known = {"public_noncommercial": _("fasilitas umum nonkomersial"), "commercial": _("kegiatan komersial")}
    wanted = _any_of([known.get(p, p) for p in allowed])
    if site.purpose is None:
        return None, _("hanya untuk {wanted} (belum diketahui apakah gerai termasuk)").format(wanted=wanted)
    met = site.purpose in allowed
    text = _("peruntukannya {purpose}") if met else _("hanya untuk {wanted}, bukan {purpose}")
    return met, text.format(purpose=known.get(site.purpose, site.purpose), wanted=wanted)


def _possession(site: SiteAttributes, allowed: Any) -> ConditionResult:
    """Land possessed and building begun before a day, and for some years; never met by dates that are contradictory."""
    limit, begun, since, doubted, today = allowed["before"], site.begun, site.since, site.doubted, site.day
    rule = _("sejak sebelum {day}").format(day=day(limit))
    if allowed["years"]:
        rule = _("{rule}, paling sedikit {years} tahun").format(rule=rule, years=number(allowed["years"], 0))
    if _starts_since(begun, limit) or _starts_since(since, limit):
        return False, _("hanya bila dikuasai {rule}; menurut daftar ini dimulai kemudian").format(rule=rule)
    if doubted:
        text = _("hanya bila tanahnya dikuasai dan bangunannya dimulai {rule} (tanggal dalam daftar bertentangan)")
        return None, text.format(rule=rule)
    known = [span for span in (begun, since) if span]
    if today is None or begun is None or any(_starts_since(span, limit) is None for span in known):
        text = _("hanya bila tanahnya dikuasai dan bangunannya dimulai {rule} (daftar tidak menyebutnya dengan pasti)")
        return None, text.format(rule=rule)
    last = min(span.partition("/")[2] for span in known)
    met = f"{int(last[:4]) + allowed['years']:04d}{last[4:]}" <= today
    text = (
        _("menurut daftar dikuasai {rule}") if met else _("hanya bila dikuasai {rule}; menurut daftar belum selama itu")
    )
    return met, text.format(rule=rule)


def _begun_since(site: SiteAttributes, allowed: Any) -> ConditionResult:
    later, when = _starts_since(site.begun, allowed), day(allowed)
    if later is None:
        text = _("hanya bila dimulai pada atau sesudah {day} (daftar tidak menyebutnya dengan pasti)")
        return None, text.format(day=when)
    text = _("menurut daftar dimulai pada atau sesudah {day}") if later else _("menurut daftar dimulai sebelum {day}")
    return later, text.format(day=when)


def _starts_since(span: str | None, limit: str) -> bool | None:
    """Whether what began on one of the days of a span began on a day or later; None if that isn't certain."""
    if span is None:
        return None
    first, _sign, last = span.partition("/")
    return True if first >= limit else False if last < limit else None


def _acquirer(site: SiteAttributes, allowed: Any) -> ConditionResult:
    words = {"agency": _("instansi pemerintah"), "other": _("pihak selain instansi pemerintah")}
    wanted = _any_of([words[a] for a in allowed])
    if site.acquirer is None:
        text = _("hanya bila pengadaan tanahnya oleh {wanted} (daftar tidak menyebut siapa)")
        return None, text.format(wanted=wanted)
    here = words[site.acquirer]
    if site.acquirer in allowed:
        return True, _("pengadaan tanahnya oleh {here}").format(here=here)
    text = _("hanya bila pengadaan tanahnya oleh {wanted}, sedangkan di sini oleh {here}")
    return False, text.format(wanted=wanted, here=here)


def _psn(site: SiteAttributes, allowed: Any) -> ConditionResult:
    if site.psn is None:
        return None, _("hanya bila gerai termasuk proyek strategis nasional (pastikan dengan dokumen penetapannya)")
    if site.psn in allowed:
        return None if site.psn == CLAIMS["psn"] else True, _(
            "daftar menyebutnya proyek strategis nasional, yang harus dipastikan dengan dokumen penetapannya"
        )
    return False, _("hanya bila gerai termasuk proyek strategis nasional, sedangkan ini dinyatakan tidak")


def _region(site: SiteAttributes, allowed: Any) -> ConditionResult:
    if not site.regency_code:
        return None, _("hanya untuk wilayah {codes} (wilayah lokasi belum diketahui)").format(codes=", ".join(allowed))
    met = any(site.regency_code.startswith(prefix) for prefix in allowed)
    text = _("wilayahnya {code}") if met else _("hanya untuk wilayah {codes}, bukan {code}")
    return met, text.format(code=site.regency_code, codes=", ".join(allowed))


def _reason(site: SiteAttributes, allowed: Any) -> ConditionResult:
    words = {
        "no_coordinates": _("koordinat kosong"),
        "bad_coordinates": _("koordinat yang tidak terbaca"),
        "bad_geometry": _("bentuk yang tidak dapat dipakai"),
        "not_covered": _("lokasi di luar cakupan layer"),
        "touches_unknown": _("lokasi yang menyentuh tanah yang tidak diketahui layer"),
        "near_rim": _("lokasi dekat tepi cakupan layer"),
        "unknown_function": _("kode fungsi yang tidak dikenal"),
    }
    if site.reason in allowed:
        return True, _("ini kasus {case}").format(case=words.get(str(site.reason), str(site.reason)))
    return False, _("ini bukan kasus {wanted}").format(wanted=_any_of([words.get(r, r) for r in allowed]))


def _place(site: SiteAttributes, allowed: Any) -> ConditionResult:
    if site.place in allowed:
        return True, _("letaknya diragukan, jadi koordinatnya harus diperiksa dahulu")
    if site.reason in NOT_PLACED:
        return False, _("letaknya belum diketahui, jadi datanya dilengkapi dahulu")
    return False, _("perbaikan koordinat tidak diperlukan")


def _overlay(site: SiteAttributes, allowed: Any) -> ConditionResult:
    named = _any_of([_kind(k) for k in allowed])
    met = [k for k in site.touched if k in allowed]
    if met:
        return True, _("berada pada layer {kinds}").format(kinds=", ".join(_kind(k) for k in met))
    if set(allowed) <= set(site.compared):
        return False, _("tidak berada pada layer {kinds}").format(kinds=named)
    return None, _("bergantung pada {kinds}, yang belum dibandingkan").format(kinds=named)


def _touches(site: SiteAttributes, allowed: Any) -> ConditionResult:
    met, text = _overlay(site, allowed)
    if met is None:
        named = _any_of([_kind(k) for k in allowed])
        text = _("{kinds} belum dibandingkan").format(kinds=named)
    return bool(met), text


def _kind(key: str) -> str:
    known = overlay_kinds().get(key)
    return known.title() if known else key


def _max_area(site: SiteAttributes, allowed: Any) -> ConditionResult:
    limit = area(float(allowed))
    if site.area_m2 is None or math.isnan(site.area_m2):
        return None, _("hanya sampai {limit} (luasnya belum diketahui)").format(limit=limit)
    met = site.area_m2 <= allowed
    text = _("luasnya {area}, tidak lebih dari {limit}") if met else _("luasnya {area}, lebih dari {limit}")
    return met, text.format(area=area(site.area_m2), limit=limit)


CONDITION_TESTS: Final[Mapping[str, tuple[Callable[[SiteAttributes, Any], ConditionResult], tuple[str, ...]]]] = {
    "status": (_status, ("status",)),
    "function": (_function, ("functions",)),
    "building": (_building, ("building", "doubted")),
    "purpose": (_purpose, ("purpose",)),
    "possession": (_possession, ("begun", "since", "doubted", "day")),
    "begun_since": (_begun_since, ("begun",)),
    "acquirer": (_acquirer, ("acquirer",)),
    "psn": (_psn, ("psn",)),
    "region": (_region, ("regency_code",)),
    "reason": (_reason, ("reason",)),
    "place": (_place, ("place", "reason")),
    "overlay": (_overlay, ("touched", "compared")),
    "touches": (_touches, ("touched", "compared")),
    "max_area_m2": (_max_area, ("area_m2",)),
}
"""Test of each condition, and the site attributes it reads, and no others."""


def _any_of(words: list[str]) -> str:
    """Join words by "or"."""
    if len(words) < 3:
        return _("{some} atau {last}").format(some=words[0], last=words[1]) if len(words) == 2 else words[0]
    return _("{some}, atau {last}").format(some=", ".join(words[:-1]), last=words[-1])


def routes_text(matches: list[RouteMatch]) -> str:
    """
    Possible routes as one text without language, the best match first: column ``routes`` of the findings.

    E.g. ``ppkh_menteri A (building?); telaah_bpkh B``: id, confidence, unknown conditions.
    """
    return "; ".join(
        f"{m.route.key} {m.route.confidence}" + (f" ({' '.join(f'{n}?' for n in m.unknown)})" if m.unknown else "")
        for m in possible_matches(matches)
    )


def unknown_text(route: Route, unknown: tuple[str, ...]) -> str:
    """
    Unknown conditions of a route in words; empty if there are none.

    Examples
    --------
    >>> from gerai_geo.reference.route_file import read_rules
    >>> unknown_text(read_rules().route("pptpkh"), ("building", "overlay"))
    'hanya untuk bangunan yang sudah ada (daftar tidak menyebutnya dengan pasti); bergantung pada Peta indikatif \
penyelesaian penguasaan tanah dalam kawasan hutan (PPTPKH), yang belum dibandingkan'
    """
    blank = SiteAttributes("near_boundary")
    when = next((w for w in route.when if set(unknown) <= set(w)), route.when[0] if route.when else {})
    return "; ".join(CONDITION_TESTS[name][0](blank, when[name])[1] for name in unknown if name in when)


def open_questions(matches: list[RouteMatch], site: SiteAttributes) -> tuple[str, ...]:
    """
    Conditions that the possible routes ask for and that the site leaves open or only claims, in the order of `ASKED`.

    Examples
    --------
    >>> from gerai_geo.reference.route_file import read_rules
    >>> site = SiteAttributes("inside", ("HP",), building="existing")
    >>> open_questions(match_routes([site], read_rules(), date(2026, 11, 30))[0], site)
    ('possession', 'acquirer', 'purpose')
    """
    asked = {f.asks for m in matches if m.possible for f in m.route.parts["questions"]}
    answers = {"possession": site.begun}
    unknown = {name for m in matches if m.possible for name in m.unknown}
    return tuple(
        name for name in ASKED
        if name in asked
        and (name in unknown or _is_claimed(name, site) or answers.get(name, getattr(site, name, None)) is None)
    )  # fmt: skip
