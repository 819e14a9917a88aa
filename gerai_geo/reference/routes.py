"""
Routes, facts and agencies as records, read from `routes.toml`, a user's own file, or the record of a screening.

No rule of law stands in code: this module knows the shape of the data, not what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from gerai_geo import schema
from gerai_geo.i18n.translate import _, current_language

CONFIDENCES: Final = ("A", "B", "C", "I", "U")
"""Best first: legal text; independent sources agree; one source; inference; unverified."""

FIRM: Final = ("A", "B")
"""What may stand alone. The rest is shown as "perlu konfirmasi"."""

OUTCOMES: Final = (
    "approval", "release", "regularize", "relocate", "none", "verify", "review", "question", "complete_data",
)  # fmt: skip
CONDITIONS: Final = (
    "status", "function", "building", "purpose", "region", "overlay", "touches", "reason", "place", "max_area_m2",
)  # fmt: skip
PARTS: Final = ("about", "fails", "steps", "documents", "applicants", "forbidden")
"""The lists of facts of a route: what it is, for whom it fails, what to do, what to bring, who asks, what not to do."""

MANIFEST_KEY: Final = "route_rules"
"""Where the manifest of a screening keeps the rules it used."""

_SECTIONS: Final = ("source", "agency", "fact")


@dataclass(frozen=True)
class Source:
    """
    Where a fact comes from.

    Instrument, article (empty where it is no legal text), its date, where it was read; whether it is our own.
    """

    instrument: str
    article: str
    date: str
    read_at: str
    own: bool = False

    @property
    def label(self) -> str:
        """Instrument and article, as a citation names them; proper names, the same in all languages."""
        return f"{self.instrument} {self.article}".strip()


@dataclass(frozen=True)
class Fact:
    """One sentence with the sources it rests on and its confidence."""

    texts: Mapping[str, str]
    sources: tuple[Source, ...]
    confidence: str

    @property
    def firm(self) -> bool:
        """Whether it may stand alone."""
        return self.confidence in FIRM

    def mark(self) -> str:
        """
        Citation and confidence in brackets, as every sentence of law carries it.

        Examples
        --------
        >>> from gerai_geo.reference.route_file import read_rules
        >>> read_rules().facts["ppkh_pnbp"].mark()
        '[Permenhut 14/2025 Pasal 4 · A]'
        >>> read_rules().facts["kediri_applied"].mark()[-22:]
        '· C, perlu konfirmasi]'
        """
        cited = "; ".join(source.label for source in self.sources)
        return f"[{cited} · {confidence_words(self.confidence)}]"

    def sentence(self) -> str:
        """Give the sentence with its citation and confidence."""
        return f"{self.texts[current_language()]} {self.mark()}"


@dataclass(frozen=True)
class Agency:
    """An office by its names; in some regions it has a name of its own."""

    names: Mapping[str, str]
    regional: Mapping[str, Mapping[str, str]]

    def name(self, regency_code: str | None = None) -> str:
        """Name of the office, where it can be known for the regency."""
        for prefix, names in self.regional.items():
            if regency_code and regency_code.startswith(prefix):
                return names[current_language()]
        return self.names[current_language()]


@dataclass(frozen=True)
class Route:
    """
    One route of `routes.toml`.

    Parameters
    ----------
    key
        Its id.
    titles
        By language.
    outcome
        One of `OUTCOMES`.
    confidence
        A to I; a route of U is never enabled.
    when
        Alternatives; each maps conditions (`CONDITIONS`) to what they allow.
    decides, contact
        Who decides; whom to ask.
    parts
        Facts by the names of `PARTS`.
    reviewed_by
        Who checked it; empty for nobody.
    valid_from, valid_until
        First and last day; None for open.
    enabled, fallback
        Whether it is used; whether it answers where nothing firm does.
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

    @property
    def firm(self) -> bool:
        """Whether it may be the only answer."""
        return self.confidence in FIRM

    @property
    def ours(self) -> bool:
        """Whether it rests on our own rules or advice alone."""
        return all(source.own for source in self.parts["about"][0].sources)

    def valid(self, on: date) -> bool:
        """Whether it is enabled and in force on a day."""
        return self.enabled and (self.valid_from or on) <= on <= (self.valid_until or on)

    def citations(self, *, all_facts: bool = True) -> list[str]:
        """
        Instruments its description rests on, each once, with the confidence of what they say.

        Parameters
        ----------
        all_facts
            Whether those of its whole description, or of the first fact alone; then our own rules and advice are left
            out where others are named.
        """
        facts = self.parts["about"] if all_facts else self.parts["about"][:1]
        named = [(s, f.confidence) for f in facts for s in f.sources]
        others = named if all_facts else [n for n in named if not n[0].own] or named
        return list(dict.fromkeys(f"{source.label} ({confidence})" for source, confidence in others))

    def standing(self) -> str:
        """
        How sure the route is and who checked it: ``A; belum ditinjau``.

        Examples
        --------
        >>> from gerai_geo.reference.route_file import read_rules
        >>> read_rules().route("pptpkh").standing()
        'C, perlu konfirmasi; belum ditinjau'
        """
        reviewed = _("ditinjau {name}").format(name=self.reviewed_by) if self.reviewed_by else _("belum ditinjau")
        return f"{confidence_words(self.confidence)}; {reviewed}"

    def mark(self) -> str:
        """Citations, confidence and review of the route as a whole, in brackets."""
        return f"[{'; '.join(self._named())} · {self.standing()}]"

    def short_mark(self) -> str:
        """First citation and the confidence, in brackets."""
        return f"[{self._named()[0]} · {confidence_words(self.confidence)}]"

    def _named(self) -> list[str]:
        """Instruments of the first fact; our own only where there is no other."""
        sources = self.parts["about"][0].sources
        return list(dict.fromkeys(s.label for s in sources if not s.own)) or [s.label for s in sources]


@dataclass(frozen=True)
class Rules:
    """
    All routes with what they rest on.

    Parameters
    ----------
    version
        Of the file; of several files, joined by ``+``.
    routes
        In the order in which they are thought of.
    facts, agencies
        By id.
    building
        Columns and words that say whether a building stands.
    data
        The merged content as plain data, to be kept in the manifest.
    """

    version: str
    routes: tuple[Route, ...]
    facts: Mapping[str, Fact]
    agencies: Mapping[str, Agency]
    building: Mapping[str, tuple[str, ...]]
    data: Mapping[str, Any]

    def route(self, key: str) -> Route | None:
        """Give the route of an id; None where these rules don't know it."""
        return next((r for r in self.routes if r.key == key), None)

    def valid(self, on: date) -> tuple[Route, ...]:
        """Routes in force on a day, fallbacks last."""
        return tuple(sorted((r for r in self.routes if r.valid(on)), key=lambda r: r.fallback))


def confidence_words(confidence: str) -> str:
    """
    Confidence as it is shown: the letter; below B with the words that it must be confirmed.

    Examples
    --------
    >>> confidence_words("A"), confidence_words("C")
    ('A', 'C, perlu konfirmasi')
    """
    return confidence if confidence in FIRM else f"{confidence}, " + _("perlu konfirmasi")


def outcome_label(outcome: str) -> str:
    """Outcome of a route in words."""
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


_BUILDINGS: Final = ("new", "existing")


def day_of(text: Any, *, last: bool = False) -> date | None:
    """
    Day of a year or an ISO date; None where there is none.

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
    "building": _BUILDINGS,
    "reason": schema.REASON_CODES,
    "place": ("doubtful",),
}
"""What the conditions with fixed words may name."""
