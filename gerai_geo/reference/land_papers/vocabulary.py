"""Kinds of statements on land papers, their words, and the headings of their columns, from `land_papers.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import tomli

from gerai_geo.core.name_keys import plain

_FIELD_NAME: Final = 10
LEVELS: Final = ("unsettled", "check", "counts", "lack", "fact")
"""Levels of kinds, see `land_papers.toml`."""


@dataclass(frozen=True)
class Kind:
    """
    One kind of statement.

    Parameters
    ----------
    key, level
        Id, and one of `LEVELS`.
    labels
        By language.
    opposite, unticked
        Kinds that a negation, and a bare "no" under its heading, make of it; empty where they say nothing.
    denies
        Keys and levels of kinds, ``title`` or ``certificates``, that it contradicts in another column.
    owner
        Whose land it is; empty where it doesn't say.
    title
        Whether it is a paper on the land itself.
    certificates
        Whether that is a certificate.
    doubt
        Whether people must judge it even beside kinds that count.
    indication
        Whether it only points to a right, so that people must judge it unless a certificate stands beside it.
    """

    key: str
    level: str
    labels: Mapping[str, str]
    opposite: str
    unticked: str
    denies: frozenset[str]
    owner: str
    title: bool
    certificates: bool
    doubt: bool
    indication: bool

    def is_denied_by(self, other: Kind) -> bool:
        """Whether another kind contradicts it."""
        groups = {self.key, self.level, "title" * self.title, "certificates" * self.certificates}
        return bool(groups & other.denies)


@dataclass(frozen=True)
class Law:
    """What the law says of a kind: instrument with article, confidence, day it was read, text by language."""

    instrument: str
    confidence: str
    read_on: str
    texts: Mapping[str, str]


@cache
def _data() -> dict[str, Any]:
    text = resources.files("gerai_geo.reference").joinpath("land_papers.toml").read_text(encoding="utf-8")
    return tomli.loads(text)


def land_papers_version() -> str:
    """Version of `land_papers.toml`, for the manifest."""
    return str(_data()["version"])


@cache
def kinds() -> Mapping[str, Kind]:
    """
    All kinds by key, the worst first.

    Examples
    --------
    >>> kinds()["dispute"].level, kinds()["hak_milik"].labels["id"]
    ('unsettled', 'hak milik (SHM)')
    """
    return {row["key"]: _kind(row) for row in _data()["kind"]}


def _kind(row: Mapping[str, Any]) -> Kind:
    opposite = row.get("opposite", "none")
    return Kind(
        row["key"], row["level"], row["label"], opposite, row.get("unticked", opposite),
        frozenset(row.get("denies", ())), row.get("owner", ""), bool(row.get("title")),
        bool(row.get("certificates")), bool(row.get("doubt")), bool(row.get("indication")),
    )  # fmt: skip


@cache
def law(key: str) -> Law | None:
    """Look up what the law says of a kind; None where nothing of it was read."""
    row = _data()["law"].get(key)
    return None if row is None else Law(row["instrument"], row["confidence"], str(row["read_on"]), row["text"])


Phrases = Mapping[tuple[str, ...], tuple[str, str]]
"""Class of each phrase by its words: ``kind`` with the key of the kind, or a class of [words] with nothing."""


@cache
def phrases(*, notes: bool = False) -> Phrases:
    """
    Phrases that are looked for in a cell.

    Parameters
    ----------
    notes
        Of a column of free remarks, in which fewer words count.
    """
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for name in ("yes", "filler", "have", "and", "breaks", "named", "not", "free"):
        found |= {tuple(word.split()): (name, "") for word in _data()["words"][name]}
    for row in reversed(_data()["kind"]):
        words = row.get("note_words", ()) if notes else row["words"]
        found |= {tuple(word.split()): ("kind", row["key"]) for word in words}
    return found


@cache
def note_forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Forms of remarks, and the words that they are read as."""
    return tuple((re.compile(row["pattern"]), row["becomes"]) for row in _data()["note_form"])


@cache
def note_beginnings() -> re.Pattern[str]:
    """Beginnings of words of which a free remark must have one to say something of land papers."""
    found = {max(word.split(), key=len)[:4] for row in _data()["kind"] for word in row.get("note_words", ())}
    return re.compile("|".join(sorted(found | set(_data()["words"]["form_beginnings"]))))


@cache
def whole_words() -> Mapping[str, str]:
    """Kinds by the words that count only where they are all that is written."""
    return {word: row["key"] for row in _data()["kind"] for word in row.get("whole", ())}


@cache
def excluding_words() -> frozenset[str]:
    """Negations that tell what something is not, rather than that it is missing."""
    return frozenset(_data()["words"]["only"])


@cache
def word_list(name: str) -> frozenset[str]:
    """Words of a list of [words]."""
    return frozenset(_data()["words"][name])


@cache
def answers() -> Mapping[str, str]:
    """``yes``, ``no``, ``ended`` or ``blank`` by what is written, where it is all."""
    words = _data()["words"]
    return {word: answer for answer in ("yes", "no", "ended", "blank") for word in words[answer]}


@cache
def spellings() -> Mapping[str, tuple[str, ...]]:
    """Long words, against which a misspelt one is compared, by their first letter."""
    words = {w for phrase, (name, _key) in phrases().items() for w in phrase if name in ("kind", "not", "free", "have")}
    long = sorted(w for w in words if len(w) >= 5)
    return {letter: tuple(w for w in long if w[0] == letter) for letter in {w[0] for w in long}}


@cache
def heading_role(name: object) -> str | None:
    """
    Tell what a column says of land papers by its heading.

    Returns
    -------
    role
        ``papers``, ``land`` (papers of the land or something else), ``notes`` (free remarks), ``other`` (anything else
        that may be written freely), or None: a name, a number, a place, a date.

    Examples
    --------
    >>> heading_role("Surat Lahan"), heading_role("STATUS_LAH"), heading_role("KETERANGAN"), heading_role("Nomor Surat")
    ('papers', 'papers', 'notes', None)
    >>> heading_role("Kondisi Lahan"), heading_role("Hasil rapat"), heading_role("Desa")
    ('land', 'other', None)
    """
    words = plain(name).removesuffix(" as given")  # the suffix of a list's column whose name this package uses itself
    text = f" {words} "
    headings = _data()["headings"]
    if not _has(text, "never"):
        stems = tuple(headings["stems"])
        if words in headings["exact"] or any(word.startswith(stems) for word in words.split()):
            return "papers"
        if _has(text, "owners") and _has(text, "owner_says"):
            return "papers"
        for role in ("papers", "notes"):
            if _has(text, role) or any(_is_cut(words, word) for word in headings[role]):
                return role
        if not _has(text, "labels") and (_has(text, "land") or words in headings["whole"]):
            return "land"
    return None if _has(text, "labels") or not words else "other"


def _has(text: str, group: str) -> bool:
    """Whether a heading with blanks around it has a word of a group of [headings]."""
    return any(f" {word} " in text for word in _data()["headings"][group])


def _is_cut(text: str, heading: str) -> bool:
    """Whether a text is a heading cut to the ten letters of a shapefile."""
    return len(text) == _FIELD_NAME < len(heading) and heading.startswith(text)
