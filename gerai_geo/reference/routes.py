"""
Records of legal routes, facts and agencies, as `routes.toml`, a user's own file or a saved screening holds them.

No rule of law is in this code: it knows the shape of the data, not its content.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from gerai_geo import schema
from gerai_geo.i18n.labels import day
from gerai_geo.i18n.translate import _, current_language

CONFIDENCES: Final = ("A", "B", "C", "I", "U")
"""Confidence, best first: legal text; independent sources agree; one source; inference; unverified."""

_APPROVALS: Final = ("approval", "release", "regularize")

FIRM: Final = ("A", "B")
"""Confidence that may stand alone; the rest is shown as "perlu konfirmasi"."""

OUTCOMES: Final = (
    "approval", "release", "regularize", "relocate", "none", "verify", "review", "question", "complete_data",
)  # fmt: skip
CONDITIONS: Final = (
    "status", "function", "building", "purpose", "possession", "begun_since", "acquirer", "psn", "region", "overlay",
    "touches", "reason", "place", "max_area_m2",
)  # fmt: skip
PARTS: Final = ("about", "questions", "fails", "steps", "documents", "applicants", "after", "forbidden")
"""Lists of facts of a route: description, open questions, limits, steps, documents, applicants, obligations after an
approval, prohibitions."""

ASKED: Final = ("building", "possession", "acquirer", "psn", "purpose")
"""Conditions that a list may answer and a question may ask for, in the order of asking."""

WORDS: Final = {"building": ("new", "existing"), "acquirer": ("agency", "other"), "psn": ("yes", "no")}
"""Conditions that a column of the list answers in words of the rules."""

CLAIMS: Final = {"psn": "yes"}
"""What a list may claim and an office still has to confirm: a route that needs it stays conditional."""

MANIFEST_KEY: Final = "route_rules"
"""Key of the rules in the manifest of a screening."""

SECTIONS: Final = ("source", "agency", "fact")
"""Tables of `routes.toml` whose rows have ids."""


@dataclass(frozen=True)
class Source:
    """
    Legal source of a fact.

    Instrument, article (empty if it is no legal text), date, where it was read; whether it is a rule of this package;
    day on which it was read.
    """

    instrument: str
    article: str
    date: str
    read_at: str
    own: bool = False
    read_on: str = ""

    @property
    def label(self) -> str:
        """Instrument and article as cited; the same in all languages."""
        return f"{self.instrument} {self.article}".strip()

    def words(self) -> str:
        """Label; of the package's own rules and advice in the language in force."""
        ours = {
            "ketentuan alat ini (gerai_geo)": _("ketentuan alat ini (gerai_geo)"),
            "saran alat ini (gerai_geo)": _("saran alat ini (gerai_geo)"),
        }
        return ours.get(self.label, self.label)


@dataclass(frozen=True)
class Fact:
    """
    Sentence with its sources and confidence.

    Of a question also the condition it asks for, and a short form; the forest functions it is about, if not all.
    """

    texts: Mapping[str, str]
    sources: tuple[Source, ...]
    confidence: str
    asks: str | None = None
    short: Mapping[str, str] | None = None
    functions: tuple[str, ...] = ()

    @property
    def firm(self) -> bool:
        """Whether it may stand alone."""
        return self.confidence in FIRM

    def citation(self) -> str:
        """
        Citation, confidence and the day its text was read, in brackets; own rules have neither letter nor day.

        Examples
        --------
        >>> from gerai_geo.reference.route_file import read_rules
        >>> read_rules().facts["pptpkh_before"].citation()
        '[PP 23/2021 Pasal 24 ayat (1); UU 11/2020 Pasal 186 · A, dibaca 30 November 2026]'
        >>> read_rules().facts["governor_area"].citation()[-48:]
        ' · C, perlu konfirmasi, dibaca 22 November 2026]'
        >>> read_rules().facts["data_missing"].citation()
        '[ketentuan alat ini (gerai_geo)]'
        """
        return f"[{self.basis()}]"

    def basis(self) -> str:
        """Citation without brackets."""
        if all(source.own for source in self.sources):
            return _own_basis(self.sources, self.confidence)
        marks = f"{confidence_label(self.confidence)}{_read_on(self.sources)}"
        return f"{'; '.join(s.words() for s in self.sources)} · {marks}"

    def brief(self) -> str:
        """Short form in the language in force; the sentence if there is none."""
        return (self.short or self.texts)[current_language()]

    def sentence(self) -> str:
        """Sentence with citation and confidence, in the language in force."""
        return f"{self.texts[current_language()]} {self.citation()}"


@dataclass(frozen=True)
class Agency:
    """Agency with its names, in some regions of its own; whether it is one, or just who does the work."""

    names: Mapping[str, str]
    regional: Mapping[str, Mapping[str, str]]
    official: bool = True

    def name(self, regency_code: str | None = None) -> str:
        """Name of the agency, in a regency if its Kemendagri code is given."""
        for prefix, names in self.regional.items():
            if regency_code and regency_code.startswith(prefix):
                return names[current_language()]
        return self.names[current_language()]


@dataclass(frozen=True)
class Route:
    """
    One legal route of `routes.toml`.

    Parameters
    ----------
    key
        Id.
    titles
        By language.
    outcome
        One of `OUTCOMES`.
    confidence
        A to I; a route of U is never enabled.
    when
        Alternatives; each maps conditions (`CONDITIONS`) to the values allowed.
    decides, contact
        Deciding agency; agencies to contact.
    parts
        Facts by the names of `PARTS`.
    reviewed_by
        Reviewer; empty if not reviewed.
    valid_from, valid_until
        First and last day; None for open.
    enabled, fallback
        Whether it is used; whether it applies if no other route is conclusive.
    answers_without
        Conditions that may stay unknown although the route is the answer.
    """

    key: str
    titles: Mapping[str, str]
    outcome: str
    confidence: str
    when: tuple[Mapping[str, Any], ...]
    decides: Agency
    contact: tuple[Agency, ...]
    parts: Mapping[str, tuple[Fact, ...]]
    reviewed_by: str
    valid_from: date | None
    valid_until: date | None
    enabled: bool
    fallback: bool
    answers_without: tuple[str, ...] = ()

    @property
    def firm(self) -> bool:
        """Whether it may be the only answer: confidence A or B."""
        return self.confidence in FIRM

    @property
    def own_rule(self) -> bool:
        """Whether it rests on rules of this package alone, not on law."""
        return all(source.own for source in self.parts["about"][0].sources)

    def facts(self, part: str, functions: Iterable[str]) -> tuple[Fact, ...]:
        """
        Facts of one of `PARTS` that concern a site with these forest functions.

        Examples
        --------
        >>> from gerai_geo.reference.route_file import read_rules
        >>> route = read_rules().route("pelepasan_hp")
        >>> [f.asks for f in route.facts("questions", ["HP"])], len(route.facts("about", ["HP"]))
        (['building', 'psn', 'acquirer'], 7)
        """
        here = set(functions)
        return tuple(f for f in self.parts[part] if not f.functions or here & set(f.functions))

    def valid(self, on: date) -> bool:
        """Whether it is enabled and in force on a day."""
        return self.enabled and (self.valid_from or on) <= on <= (self.valid_until or on)

    def citations(self, *, all_facts: bool = True) -> list[str]:
        """
        Instruments cited by the description, each once, with the confidence of the fact; own rules without.

        Parameters
        ----------
        all_facts
            Whether of all facts, or of the first alone; then rules of this package are left out if others are cited.
        """
        facts = self.parts["about"] if all_facts else self.parts["about"][:1]
        cited = [(s, f.confidence) for f in facts for s in f.sources]
        cited = cited if all_facts else [c for c in cited if not c[0].own] or cited
        texts = (source.words() if source.own else f"{source.label} ({confidence})" for source, confidence in cited)
        return list(dict.fromkeys(texts))

    def review_label(self) -> str:
        """
        Basis in words, and whether an expert has checked the route.

        Examples
        --------
        >>> from gerai_geo.reference.route_file import read_rules
        >>> read_rules().route("pptpkh").review_label()
        'naskah peraturan; belum diperiksa ahli'
        >>> read_rules().route("lengkapi_data").review_label()
        'ketentuan alat ini (gerai_geo); belum diperiksa ahli'
        """
        basis = self._own_basis() if self.own_rule else basis_label(self.confidence)
        return f"{basis}; {self._expert()}"

    def _own_basis(self) -> str:
        """Names of the own rules it rests on; below B with "perlu konfirmasi"."""
        return _own_basis(self.parts["about"][0].sources, self.confidence)

    def _expert(self) -> str:
        """Whether an expert has checked the route."""
        return _("diperiksa {name}").format(name=self.reviewed_by) if self.reviewed_by else _("belum diperiksa ahli")

    def title(self) -> str:
        """Title in the language in force."""
        return self.titles[current_language()]

    def contact_names(self, regency_code: str | None = None) -> list[str]:
        """Names of the agencies to contact."""
        return [agency.name(regency_code) for agency in self.contact]

    def full_citation(self) -> str:
        """Citations, confidence, day of reading and review status of the route as a whole, in brackets."""
        if self.own_rule:
            return f"[{self.review_label()}]"
        confidence, review = confidence_label(self.confidence), self._expert()
        read_on = _read_on(self.parts["about"][0].sources)
        return f"[{'; '.join(self._instruments())} · {confidence}{read_on}; {review}]"

    def short_citation(self) -> str:
        """First citation and confidence, in brackets."""
        if self.own_rule:
            return f"[{self._own_basis()}]"
        return f"[{self._instruments()[0]} · {confidence_label(self.confidence)}]"

    def _instruments(self) -> list[str]:
        """Instruments of the first fact; rules of this package only if there is no other."""
        sources = self.parts["about"][0].sources
        return list(dict.fromkeys(s.label for s in sources if not s.own)) or [s.words() for s in sources]


@dataclass(frozen=True)
class Rules:
    """
    Routes with their facts and agencies.

    Parameters
    ----------
    version
        Of the file; of several files, joined by ``+``.
    routes
        In the order of matching.
    facts, agencies
        By id.
    words
        By condition (`WORDS`): names of columns under ``columns``, and the words for each value.
    dates
        Names of columns by what they date, see `buildings.dates.DATED`.
    data
        The merged content as plain data, for the manifest.
    """

    version: str
    routes: tuple[Route, ...]
    facts: Mapping[str, Fact]
    agencies: Mapping[str, Agency]
    words: Mapping[str, Mapping[str, tuple[str, ...]]]
    dates: Mapping[str, tuple[str, ...]]
    data: Mapping[str, Any]

    def question(self, condition: str) -> Fact | None:
        """Question that asks for a condition; None if the rules have none."""
        return next((f for f in self.facts.values() if f.asks == condition), None)

    def route(self, key: str) -> Route | None:
        """Route by its id; None if unknown."""
        return next((r for r in self.routes if r.key == key), None)

    def valid(self, on: date) -> tuple[Route, ...]:
        """Routes in force on a day, fallbacks last."""
        return tuple(sorted((r for r in self.routes if r.valid(on)), key=lambda r: r.fallback))


def _read_on(sources: tuple[Source, ...]) -> str:
    """Day on which the sources were read, the earliest; empty if it is not recorded."""
    days = [s.read_on for s in sources if s.read_on and not s.own]
    return _(", dibaca {day}").format(day=day(min(days))) if days else ""


def _own_basis(sources: tuple[Source, ...], confidence: str) -> str:
    """Names of rules and advice of this package; below B with "perlu konfirmasi"."""
    names = "; ".join(s.words() for s in sources)
    return names if confidence in FIRM else f"{names}, " + _("perlu konfirmasi")


def confidence_label(confidence: str) -> str:
    """
    Letter of confidence; below B with "perlu konfirmasi".

    Examples
    --------
    >>> confidence_label("A"), confidence_label("C")
    ('A', 'C, perlu konfirmasi')
    """
    return confidence if confidence in FIRM else f"{confidence}, " + _("perlu konfirmasi")


def basis_label(confidence: str) -> str:
    """
    Basis of a route in words; below B with "perlu konfirmasi".

    Examples
    --------
    >>> basis_label("A"), basis_label("C")
    ('naskah peraturan', 'satu sumber, perlu konfirmasi')
    """
    words = {
        "A": _("naskah peraturan"),
        "B": _("beberapa sumber sependapat"),
        "C": _("satu sumber"),
        "I": _("simpulan"),
        "U": _("belum terverifikasi"),
    }[confidence]
    return words if confidence in FIRM else f"{words}, " + _("perlu konfirmasi")


def outcome_label(outcome: str) -> str:
    """Name of a route's outcome."""
    return {
        "approval": _("perlu persetujuan penggunaan"),
        "release": _("perlu pelepasan"),
        "regularize": _("perlu penyelesaian penguasaan tanah"),
        "relocate": _("pindahkan lokasi"),
        "none": _("tidak perlu persetujuan kehutanan menurut layer ini"),
        "verify": _("verifikasi ke BPKH"),
        "review": _("perlu telaah"),
        "question": _("pertanyaan, belum terjawab"),
        "complete_data": _("lengkapi data"),
    }[outcome]


def parse_routes_text(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """
    Parse the text of `routes_text` into id, confidence and unknown conditions of each route.

    Examples
    --------
    >>> parse_routes_text("pptpkh C (building? overlay?); telaah_bpkh B")
    [('pptpkh', 'C', ('building', 'overlay')), ('telaah_bpkh', 'B', ())]
    """
    parts = [re.fullmatch(r"(\w+) ([A-Z])(?: \(([^)]*)\))?", part) for part in text.split("; ")]
    return [(p[1], p[2], tuple(n.rstrip("?") for n in (p[3] or "").split())) for p in parts if p]


def decider_text(routes: Iterable[tuple[Route, tuple[str, ...]]], regency_code: str | None) -> str:
    """
    Agencies that decide: on the first route, then on approvals, releases and settlements among the others.

    Parameters
    ----------
    routes
        Routes with their unknown conditions, the best match first.
    regency_code
        Kemendagri code, for regional names of agencies.
    """
    firm_by_name: dict[str, bool] = {}
    for n, (route, unknown) in enumerate(routes):
        if n == 0 or (route.outcome in _APPROVALS and "status" not in unknown):
            name = route.decides.name(regency_code)
            firm_by_name[name] = firm_by_name.get(name, False) or route.firm
    return "; ".join(
        name if firm else _("{name} (perlu konfirmasi)").format(name=name) for name, firm in firm_by_name.items()
    )


def day_of(text: Any, *, last: bool = False) -> date | None:
    """
    Date from a year or an ISO date; None if empty.

    Examples
    --------
    >>> day_of("2021"), day_of("2021", last=True), day_of("2023-05-01")
    (datetime.date(2021, 1, 1), datetime.date(2021, 12, 31), datetime.date(2023, 5, 1))
    """
    if text in (None, ""):
        return None
    if len(str(text)) == 4:
        return date(int(text), 12, 31) if last else date(int(text), 1, 1)
    return date.fromisoformat(str(text))


ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "status": schema.STATUSES,
    "function": (*schema.FUNCTIONS, "none"),
    **WORDS,
    "reason": schema.REASON_CODES,
    "place": ("doubtful",),
}
"""Values that conditions may allow, where they are fixed."""
