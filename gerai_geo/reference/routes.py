"""
Routes, facts and agencies as records, read from `routes.toml`, a user's own file, or the record of a screening.

No rule of law stands in code: this module knows the shape of the data, not what it says.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.i18n.labels import translator
from gerai_geo.reference import read_toml

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

    def mark(self, lang: str = "id") -> str:
        """
        Citation and confidence in brackets, as every sentence of law carries it.

        Examples
        --------
        >>> read_rules().facts["ppkh_pnbp"].mark()
        '[Permenhut 14/2025 Pasal 4 · A]'
        >>> read_rules().facts["kediri_applied"].mark("en")[-27:]
        '· C, needs to be confirmed]'
        """
        cited = "; ".join(source.label for source in self.sources)
        return f"[{cited} · {confidence_words(self.confidence, lang)}]"

    def sentence(self, lang: str = "id") -> str:
        """Give the sentence with its citation and confidence."""
        return f"{self.texts[lang]} {self.mark(lang)}"


@dataclass(frozen=True)
class Agency:
    """An office by its names; in some regions it has a name of its own."""

    names: Mapping[str, str]
    regional: Mapping[str, Mapping[str, str]]

    def name(self, lang: str = "id", regency_code: str | None = None) -> str:
        """Name of the office, where it can be known for the regency."""
        for prefix, names in self.regional.items():
            if regency_code and regency_code.startswith(prefix):
                return names[lang]
        return self.names[lang]


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

    def standing(self, lang: str = "id") -> str:
        """
        How sure the route is and who checked it: ``A; belum ditinjau``.

        Examples
        --------
        >>> read_rules().route("pptpkh").standing()
        'C, perlu konfirmasi; belum ditinjau'
        """
        _ = translator(lang)
        reviewed = _("ditinjau {name}").format(name=self.reviewed_by) if self.reviewed_by else _("belum ditinjau")
        return f"{confidence_words(self.confidence, lang)}; {reviewed}"

    def mark(self, lang: str = "id") -> str:
        """Citations, confidence and review of the route as a whole, in brackets."""
        return f"[{'; '.join(self._named())} · {self.standing(lang)}]"

    def short_mark(self, lang: str = "id") -> str:
        """First citation and the confidence, in brackets."""
        return f"[{self._named()[0]} · {confidence_words(self.confidence, lang)}]"

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


def confidence_words(confidence: str, lang: str = "id") -> str:
    """
    Confidence as it is shown: the letter; below B with the words that it must be confirmed.

    Examples
    --------
    >>> confidence_words("A"), confidence_words("C"), confidence_words("I", "en")
    ('A', 'C, perlu konfirmasi', 'I, needs to be confirmed')
    """
    return confidence if confidence in FIRM else f"{confidence}, {translator(lang)('perlu konfirmasi')}"


def outcome_label(outcome: str, lang: str = "id") -> str:
    """Outcome of a route in words."""
    _ = translator(lang)
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


def read_rules(path: str | Path | Mapping[str, Any] | None = None, *, lang: str = "id") -> Rules:
    """
    Read the routes: those of the package, with a user's own in front, or exactly those an old screening used.

    Parameters
    ----------
    path
        None for the package's; a ``.toml`` file for the package's with the user's added (the same id replaces, what
        is new is thought of first); ``manifest.json`` of a saved screening, or such a manifest itself, for the rules
        that screening used and no others.
    lang
        Language of error messages.

    Returns
    -------
    rules
        Checked: every route has a citation, a confidence and a text.

    Raises
    ------
    InputError
        If the file can't be read or breaks the rules of `routes.toml`; all problems at once.

    Examples
    --------
    >>> read_rules().route("ppkh_menteri").titles["en"]
    'PPKH (approval to use forest area) by the Minister'
    """
    if path is None:
        return _packaged()
    _ = translator(lang)
    if isinstance(path, Mapping):
        return _build(path.get(MANIFEST_KEY) or {}, "manifest", lang) if MANIFEST_KEY in path else _packaged()
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
        data = json.loads(text) if file.suffix.lower() == ".json" else tomllib.loads(text)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise InputError(
            _(
                "{file}: tidak dapat dibaca sebagai aturan jalur ({error}). Beri berkas TOML seperti routes.toml."
            ).format(file=file, error=error)
        ) from error
    if file.suffix.lower() == ".json":
        if not isinstance(data, dict) or MANIFEST_KEY not in data:
            raise InputError(
                _("{file}: tidak memuat aturan jalur. Beri manifest.json dari hasil yang memakai jalur.").format(
                    file=file
                )
            )
        return _build(data[MANIFEST_KEY], file.name, lang)
    return _build(_merged(_plain(read_toml("routes.toml")), _plain(data), file.name, lang), file.name, lang)


@cache
def _packaged() -> Rules:
    return _build(_plain(read_toml("routes.toml")), "reference/routes.toml", "id")


def _plain(value: Any) -> Any:
    """TOML as JSON gives it back: days as text."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def _merged(base: dict[str, Any], own: dict[str, Any], name: str, lang: str) -> dict[str, Any]:
    """Put a user's rules before the package's; the same id replaces."""
    shapes = [(s, dict) for s in (*_SECTIONS, "building")] + [("route", list)]
    wrong = [s for s, kind in shapes if not isinstance(own.get(s, kind()), kind)]
    if wrong:
        text = translator(lang)("{file}: bagian {sections} tidak berbentuk seperti dalam routes.toml.")
        raise InputError(text.format(file=name, sections=", ".join(wrong)))
    merged: dict[str, Any] = {s: {**base[s], **own.get(s, {})} for s in _SECTIONS}
    theirs = {r.get("id"): r for r in own.get("route", []) if isinstance(r, dict)}
    known = {r["id"] for r in base["route"]}
    new = [r for key, r in theirs.items() if key not in known]
    merged["route"] = new + [theirs.get(r["id"], r) for r in base["route"]]
    merged["building"] = {k: [*v, *own.get("building", {}).get(k, [])] for k, v in base["building"].items()}
    version = own.get("version", "")
    return {"version": f"{base['version']}+{name}" + (f" {version}" if version else ""), **merged}


def _build(data: Mapping[str, Any], name: str, lang: str) -> Rules:
    """Make records of plain data; refuse what breaks its rules, all at once."""
    from gerai_geo.reference.route_validation import problems_of

    _ = translator(lang)
    data = {**data, "route": [_inherited(r, data.get("route", [])) for r in data.get("route", [])]}
    problems = problems_of(data, lang)
    if problems:
        more = _(" … dan {n} lagi").format(n=len(problems) - 10) if len(problems) > 10 else ""
        raise InputError(f"{name}: " + " ".join(problems[:10]) + more)
    sources = {k: _source(v) for k, v in data["source"].items()}
    facts = {k: Fact(_texts(v), tuple(sources[c] for c in v["cite"]), v["confidence"]) for k, v in data["fact"].items()}
    agencies = {
        k: Agency(_texts(v), {p: _texts(n) for p, n in v.get("region", {}).items()}) for k, v in data["agency"].items()
    }
    building = {k: tuple(str(w) for w in data.get("building", {}).get(k, ())) for k in ("columns", *_BUILDINGS)}
    routes = tuple(_route(r, facts, agencies) for r in data["route"])
    return Rules(str(data.get("version", "")), routes, facts, agencies, building, data)


_BUILDINGS: Final = ("new", "existing")


def _inherited(route: Any, routes: Iterable[Any]) -> Any:
    """Fill a route that is `like` another from it."""
    if not isinstance(route, Mapping) or "like" not in route:
        return route
    base = next((r for r in routes if isinstance(r, Mapping) and r.get("id") == route["like"]), None)
    if base is None or "like" in base:
        return route
    return {k: v for k, v in {**base, **route}.items() if k != "like"}


def _texts(value: Mapping[str, Any]) -> dict[str, str]:
    """Text by language; where the English one is missing the Indonesian stands for it."""
    return {"id": str(value["id"]), "en": str(value.get("en") or value["id"])}


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


def _source(row: Mapping[str, Any]) -> Source:
    instrument, article, when, read_at = (str(row.get(f, "")) for f in ("instrument", "article", "date", "read_at"))
    return Source(instrument, article, when, read_at, bool(row.get("own")))


def _route(row: Mapping[str, Any], facts: Mapping[str, Fact], agencies: Mapping[str, Agency]) -> Route:
    return Route(
        key=row["id"],
        titles=_texts(row["title"]),
        outcome=row["outcome"],
        confidence=row["confidence"],
        when=tuple(row["when"]),
        decides=agencies[row["decides"]],
        contact=tuple(agencies[a] for a in row.get("contact", [])),
        parts={p: tuple(facts[f] for f in row.get(p, [])) for p in PARTS},
        reviewed_by=str(row.get("reviewed_by", "")).strip(),
        valid_from=day_of(row.get("valid_from")),
        valid_until=day_of(row.get("valid_until"), last=True),
        enabled=row.get("enabled", True),
        fallback=row.get("fallback", False),
    )


ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "status": schema.STATUSES,
    "function": (*schema.FUNCTIONS, "none"),
    "building": _BUILDINGS,
    "reason": schema.REASON_CODES,
    "place": ("doubtful",),
}
"""What the conditions with fixed words may name."""
