"""
Which routes a case meets, and why: a few generic matchers over the conditions of `routes.toml`.

A condition is met, not met, or not known; what is not known makes a route depend on it. No law stands here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from gerai_geo.i18n.labels import area, status_label
from gerai_geo.i18n.translate import _
from gerai_geo.reference.functions import forest_functions
from gerai_geo.reference.overlays import overlay_kinds
from gerai_geo.reference.routes import Route, Rules

LIGHT: Final = frozenset({"building", "purpose"})
"""What a list often doesn't say: a firm route that depends on these alone may still be the answer."""

_DECIDED: Final = ("approval", "release", "regularize")


@dataclass(frozen=True)
class Case:
    """
    What is known of a site that routes ask for.

    Parameters
    ----------
    status, reason
        `schema.STATUSES` and `schema.REASON_CODES`.
    functions
        Functions the site lies on; empty where there is no polygon.
    building
        ``new``, ``existing``, or None where nobody said.
    purpose
        A word of the rules, or None.
    regency_code
        Kemendagri code, or None.
    area_m2
        Of the parcel, else as declared; None where not known.
    touched, compared
        Kinds of further layers the site lies on, and those that were compared at all.
    place
        ``doubtful`` where the coordinates have to be mended first, else None.
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


@dataclass(frozen=True)
class Considered:
    """
    One route held against a case.

    Parameters
    ----------
    route
        The route.
    applies
        True, False, or None where it depends on `needs`.
    needs
        Conditions that are not known.
    why
        Each condition in words, met or not.
    """

    route: Route
    applies: bool | None
    needs: tuple[str, ...]
    why: str

    @property
    def possible(self) -> bool:
        """Whether it applies or may apply."""
        return self.applies is not False

    @property
    def answers(self) -> bool:
        """Whether it may be the answer: firm, and open but for what a list often doesn't say."""
        return self.route.firm and self.possible and set(self.needs) <= LIGHT


def consider(case: Case, rules: Rules, on: date) -> list[Considered]:
    """
    Hold every route in force on a day against a case.

    Parameters
    ----------
    case
        What is known of the site.
    rules
        The routes.
    on
        The day.

    Returns
    -------
    considered
        All routes, in their order. A fallback applies where no other route may be the answer, so that nothing below
        confidence B ever stands alone.

    Examples
    --------
    >>> from gerai_geo.reference.route_file import read_rules
    >>> found = consider(Case("inside", ("HP",), building="new"), read_rules(), date(2026, 11, 22))
    >>> answer(found).route.key
    'ppkh_menteri'
    """
    (found,) = consider_all([case], rules, on)
    return found


def consider_all(cases: Iterable[Case], rules: Rules, on: date) -> list[list[Considered]]:
    """
    Hold every route in force on a day against many cases, each as `consider` does.

    A route is held once against cases that don't differ in what it asks for.
    """
    routes = [(route, _asked(route)) for route in rules.valid(on)]
    known: dict[tuple[Any, ...], Considered] = {}
    match = _remembering()
    result = []
    for case in cases:
        found: list[Considered] = []
        for number, (route, fields) in enumerate(routes):
            if route.fallback:
                found.append(_fallback(route, found))
                continue
            key = (number, *(getattr(case, f) for f in fields))
            if key not in known:
                known[key] = _held(route, case, match)
            found.append(known[key])
        result.append(found)
    return result


def _asked(route: Route) -> tuple[str, ...]:
    """Fields of a case on which a route's conditions depend."""
    return tuple(dict.fromkeys(f for when in route.when for name in when for f in FIELDS[name]))


def answer(found: list[Considered]) -> Considered | None:
    """Give the first route that may be the answer; None only where the rules have no fallback."""
    return next((f for f in found if f.answers), None)


def _fallback(route: Route, found: list[Considered]) -> Considered:
    if any(f.answers for f in found):
        return Considered(route, False, (), _("ada jalur lain yang menjawab"))
    return Considered(route, True, (), _("tidak ada jalur lain dengan keyakinan B atau lebih yang menjawab"))


def _held(route: Route, case: Case, match: Held) -> Considered:
    """Best of the route's alternatives: met, else depending, else the first one not met."""
    tried = [_alternative(when, case, match) for when in route.when]
    for wanted in (True, None):
        for applies, needs, why in tried:
            if applies is wanted:
                return Considered(route, applies, needs, why)
    # of several alternatives none of which is met, the nearest says most
    applies, needs, why = max(tried, key=lambda t: t[2].count("✓"))
    return Considered(route, applies, needs, why)


def _alternative(when: Mapping[str, Any], case: Case, match: Held) -> tuple[bool | None, tuple[str, ...], str]:
    said = [(name, *match(when, name, case)) for name in when]
    signs = {True: "✓", None: "?", False: "✗"}
    why = "; ".join(f"{signs[met]} {text}" for _name, met, text in said)
    if any(met is False for _name, met, _text in said):
        return False, (), why
    needs = tuple(name for name, met, _text in said if met is None)
    return (None if needs else True), needs, why


Match = tuple[bool | None, str]
Held = Callable[[Mapping[str, Any], str, Case], Match]


def _remembering() -> Held:
    """Hold a condition of an alternative against a case, once for cases in which it reads the same."""
    known: dict[tuple[Any, ...], Match] = {}

    def match(when: Mapping[str, Any], name: str, case: Case) -> Match:
        key = (id(when), name, *(getattr(case, f) for f in FIELDS[name]))
        if key not in known:
            known[key] = MATCHERS[name](case, when[name])
        return known[key]

    return match


def _status(case: Case, allowed: Any) -> Match:
    label = status_label(case.status).lower()
    if case.status in allowed:
        return True, _('statusnya "{label}"').format(label=label)
    wanted = _any_of([f'"{status_label(s).lower()}"' for s in allowed])
    if case.status == "near_boundary" and "not_assessed" not in allowed:
        return None, _("hanya bila verifikasi menyatakan {wanted}").format(wanted=wanted)
    return False, _('statusnya "{label}", bukan {wanted}').format(label=label, wanted=wanted)


def _function(case: Case, allowed: Any) -> Match:
    here = case.functions or ("none",)
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


def _building(case: Case, allowed: Any) -> Match:
    words = {"new": _("bangunan baru"), "existing": _("bangunan yang sudah ada")}
    wanted = _any_of([words[b] for b in allowed])
    if case.building is None:
        return None, _("hanya untuk {wanted} (daftar tidak menyebutnya)").format(wanted=wanted)
    if case.building in allowed:
        return True, words[case.building]
    return False, _("hanya untuk {wanted}, sedangkan ini {here}").format(wanted=wanted, here=words[case.building])


def _purpose(case: Case, allowed: Any) -> Match:
    known = {"public_noncommercial": _("fasilitas umum nonkomersial"), "commercial": _("kegiatan komersial")}
    wanted = _any_of([known.get(p, p) for p in allowed])
    if case.purpose is None:
        return None, _("hanya untuk {wanted} (belum diketahui apakah gerai termasuk)").format(wanted=wanted)
    met = case.purpose in allowed
    text = _("peruntukannya {purpose}") if met else _("hanya untuk {wanted}, bukan {purpose}")
    return met, text.format(purpose=known.get(case.purpose, case.purpose), wanted=wanted)


def _region(case: Case, allowed: Any) -> Match:
    if not case.regency_code:
        return None, _("hanya untuk wilayah {codes} (wilayah lokasi belum diketahui)").format(codes=", ".join(allowed))
    met = any(case.regency_code.startswith(prefix) for prefix in allowed)
    text = _("wilayahnya {code}") if met else _("hanya untuk wilayah {codes}, bukan {code}")
    return met, text.format(code=case.regency_code, codes=", ".join(allowed))


def _reason(case: Case, allowed: Any) -> Match:
    words = {
        "no_coordinates": _("koordinat kosong"),
        "bad_coordinates": _("koordinat yang tidak terbaca"),
        "bad_geometry": _("bentuk yang tidak dapat dipakai"),
        "not_covered": _("lokasi di luar cakupan layer"),
        "touches_unknown": _("lokasi yang menyentuh tanah yang tidak diketahui layer"),
        "near_rim": _("lokasi dekat tepi cakupan layer"),
        "unknown_function": _("kode fungsi yang tidak dikenal"),
    }
    if case.reason in allowed:
        return True, _("ini kasus {case}").format(case=words.get(str(case.reason), str(case.reason)))
    return False, _("ini bukan kasus {wanted}").format(wanted=_any_of([words.get(r, r) for r in allowed]))


def _place(case: Case, allowed: Any) -> Match:
    if case.place in allowed:
        return True, _("letaknya diragukan, jadi koordinatnya harus diperiksa dahulu")
    return False, _("letaknya tidak diragukan")


def _overlay(case: Case, allowed: Any) -> Match:
    named = _any_of([_kind(k) for k in allowed])
    met = [k for k in case.touched if k in allowed]
    if met:
        return True, _("berada pada layer {kinds}").format(kinds=", ".join(_kind(k) for k in met))
    if set(allowed) <= set(case.compared):
        return False, _("tidak berada pada layer {kinds}").format(kinds=named)
    return None, _("bergantung pada {kinds}, yang belum dibandingkan").format(kinds=named)


def _touches(case: Case, allowed: Any) -> Match:
    met, text = _overlay(case, allowed)
    if met is None:
        named = _any_of([_kind(k) for k in allowed])
        text = _("{kinds} belum dibandingkan").format(kinds=named)
    return bool(met), text


def _kind(key: str) -> str:
    known = overlay_kinds().get(key)
    return known.title() if known else key


def _max_area(case: Case, allowed: Any) -> Match:
    limit = area(float(allowed))
    if case.area_m2 is None or math.isnan(case.area_m2):
        return None, _("hanya sampai {limit} (luasnya belum diketahui)").format(limit=limit)
    met = case.area_m2 <= allowed
    text = _("luasnya {area}, tidak lebih dari {limit}") if met else _("luasnya {area}, lebih dari {limit}")
    return met, text.format(area=area(case.area_m2), limit=limit)


MATCHERS: Final[Mapping[str, Callable[[Case, Any], Match]]] = {
    "status": _status,
    "function": _function,
    "building": _building,
    "purpose": _purpose,
    "region": _region,
    "reason": _reason,
    "place": _place,
    "overlay": _overlay,
    "touches": _touches,
    "max_area_m2": _max_area,
}

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "status": ("status",),
    "function": ("functions",),
    "building": ("building",),
    "purpose": ("purpose",),
    "region": ("regency_code",),
    "reason": ("reason",),
    "place": ("place",),
    "overlay": ("touched", "compared"),
    "touches": ("touched", "compared"),
    "max_area_m2": ("area_m2",),
}
"""Which fields of a case the matcher of a condition reads, and no others."""


def _any_of(words: list[str]) -> str:
    """Join words by "or"."""
    if len(words) < 3:
        return _("{some} atau {last}").format(some=words[0], last=words[1]) if len(words) == 2 else words[0]
    return _("{some}, atau {last}").format(some=", ".join(words[:-1]), last=words[-1])


def write_answers(found: list[Considered]) -> str:
    """
    Routes that apply or may apply as one text without language: ``ppkh_menteri A (building?); telaah_bpkh B``.

    The answer stands first.
    """
    first = answer(found)
    order = [f for f in ([first] if first else []) + [f for f in found if f is not first] if f.possible]
    return "; ".join(
        f"{f.route.key} {f.route.confidence}" + (f" ({' '.join(f'{n}?' for n in f.needs)})" if f.needs else "")
        for f in order
    )


def read_answers(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """
    Read what `write_answers` wrote: id, confidence, what it depends on.

    Examples
    --------
    >>> read_answers("pptpkh C (building? overlay?); telaah_bpkh B")
    [('pptpkh', 'C', ('building', 'overlay')), ('telaah_bpkh', 'B', ())]
    """
    parts = [re.fullmatch(r"(\w+) ([A-Z])(?: \(([^)]*)\))?", part) for part in text.split("; ")]
    return [(p[1], p[2], tuple(n.rstrip("?") for n in (p[3] or "").split())) for p in parts if p]


def needs_words(route: Route, needs: tuple[str, ...]) -> str:
    """
    Say what a route depends on; empty where on nothing.

    Examples
    --------
    >>> from gerai_geo.reference.route_file import read_rules
    >>> needs_words(read_rules().route("pptpkh"), ("building", "overlay"))
    'hanya untuk bangunan yang sudah ada (daftar tidak menyebutnya); bergantung pada Peta indikatif penyelesaian \
penguasaan tanah dalam kawasan hutan (PPTPKH), yang belum dibandingkan'
    """
    said = [
        MATCHERS[name](replace(_BLANK, status="near_boundary"), when[name])[1]
        for when in route.when[:1]
        for name in needs
        if name in when
    ]
    return "; ".join(said)


_BLANK: Final = Case("not_assessed")


def deciders(entries: list[tuple[Route, tuple[str, ...]]], regency_code: str | None) -> str:
    """
    Who decides: of the answer, then of approvals, releases and settlements beside it.

    Parameters
    ----------
    entries
        Routes with what they depend on, the answer first.
    """
    named: dict[str, bool] = {}
    for n, (route, needs) in enumerate(entries):
        if n == 0 or (route.outcome in _DECIDED and "status" not in needs):
            name = route.decides.name(regency_code)
            named[name] = named.get(name, False) or route.firm
    return "; ".join(name if firm else _("{name} (perlu konfirmasi)").format(name=name) for name, firm in named.items())
