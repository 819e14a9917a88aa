"""Cells of a list on land papers as statements: words, abbreviations, negations, typing errors."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from gerai_geo.core.name_keys import plain
from gerai_geo.reference.land_papers.vocabulary import (
    Phrases,
    answers,
    excluding_words,
    kinds,
    note_beginnings,
    note_forms,
    phrases,
    spellings,
    whole_words,
    word_list,
)

_MARKS: Final = {"✓": " ya ", "✔": " ya ", "√": " ya ", "☑": " ya ", "✗": " tidak ", "✘": " tidak ", "☒": " tidak "}
_LIKE: Final = 0.84
"""Similarity of a misspelt word: one letter wrong, missing or swapped in a word of seven."""
_ABBREVIATED: Final = re.compile(r"(?i)\b(kab|kec|kel|ds|dsn|jl|jln|prov|tgl|th|thn|sdr|bpk|hj)\.(?=\s)")
"""Abbreviations whose point ends no sentence."""
_NUMBERS: Final = re.compile(r"\d{2,}")
"""Numbers of certificates and letters, which say nothing here: cells that differ in them alone are read once."""
_NEGATION: Final = r"(?:tidak|tdk|tak|belum|blm|bukan|no|not|tanpa)"
_OF_LAND: Final = frozenset(
    {"grant", "loan", "lease", "waqf", "dispute", "pledged", "no_dispute", "past_dispute", "no_certificate", "no_land"}
)
"""Kinds that speak of land under any heading, beside papers and owners."""
_YES_OR_NO: Final = re.compile(r"\b(y t|ya tidak|y tidak)\b")
_SMALL: Final = frozenset({"yes", "filler", "have", "not", "free"})


@dataclass(frozen=True)
class Token:
    """Word or phrase of a clause: its class, the key of its kind, and the words."""

    name: str
    key: str
    text: str


@dataclass
class Clause:
    """
    What a clause says.

    Parameters
    ----------
    said
        Kinds with whether they are negated, in their order; None where it is only told what it is not.
    answer
        ``yes``, ``no``, ``not_yet``, ``ended`` or ``free`` where it is a bare answer; empty otherwise.
    unknown
        Words that are not known.
    doubtful
        Whether it can be read in two ways.
    person
        Whether it names somebody who is no authority as the holder of a certificate.
    """

    said: list[tuple[str, bool | None]] = field(default_factory=list)
    answer: str = ""
    unknown: list[str] = field(default_factory=list)
    doubtful: bool = False
    person: bool = False


def cell_kinds(text: str, heading: str, role: str = "papers") -> tuple[str, ...]:
    """
    Kinds of the statements of a cell.

    Parameters
    ----------
    text
        The cell.
    heading
        Heading of its column, which a bare yes or no answers.
    role
        Of the column, from `heading_role`: of ``notes`` and ``other`` only the worst words count, of ``land`` those too
        that name a paper, an owner or a dispute.

    Returns
    -------
    keys
        Of `kinds`, each once; empty where nothing is said.

    Examples
    --------
    >>> cell_kinds("SKT, tidak ada sengketa", "Surat Lahan"), cell_kinds("Tidak", "Sengketa?")
    (('possession_letter', 'no_dispute'), ('no_dispute',))
    >>> cell_kinds("SHM a.n. Budi masih diagunkan", "Status"), cell_kinds("-", "Surat Lahan")
    (('hak_milik', 'pledged', 'named_person'), ())
    """
    short = _NUMBERS.sub("00", text)
    if role == "papers":
        return _read_cell(short, heading, notes=False)
    found = _remark(short) if note_beginnings().search(plain(text)) else ()
    if role == "land":
        said = _read_cell(short, "", notes=False)
        vague = {"private"} if "consent" in said else set()  # who consents
        if "unread" in said or word_list("topics") & set(plain(text).split()):
            vague.add("dispute")  # a problem of something else; what is plainly a dispute is a remark too
        found += tuple(key for key in said if key not in found and key not in vague and _names_land(key))
    return found


def _names_land(key: str) -> bool:
    """Whether a kind speaks of land even under a heading that may mean something else."""
    kind = kinds()[key]
    if key in ("paper", "unticked", "lacking"):
        return False
    return kind.title or bool(kind.owner) or key in _OF_LAND


def _remark(text: str) -> tuple[str, ...]:
    """Kinds of a free remark that are unsettled."""
    parts = []
    for part in re.split(r"([,;|()\n\r!?]|\.(?=\s|$))", text):
        words = plain(part)
        for pattern, becomes in note_forms():
            words = pattern.sub(f" {becomes} ", words)
        parts.append(words or part)
    found = _read_cell(" ".join(parts), "", notes=True)
    return tuple(key for key in found if kinds()[key].level == "unsettled")


@lru_cache(maxsize=50_000)
def _read_cell(text: str, heading: str, *, notes: bool) -> tuple[str, ...]:
    if answers().get(plain(_marked(text))) == "blank":
        return ()
    if plain(text) == "t" and _YES_OR_NO.search(plain(heading)):
        text = "tidak"
    found: list[str] = []
    clauses = _clauses(text, notes=notes)
    for clause in clauses:
        found += [_resolved(key, negated=negated) for key, negated in clause.said]
        if notes:
            continue
        if clause.answer:
            found += _answered(heading, clause.answer, alone=len(clauses) == 1)
        if clause.person:
            found.append("named_person")
        if clause.unknown:
            found.append("unread")
        if clause.doubtful:
            found.append("two_readings")
    known = list(dict.fromkeys(key for key in found if key))
    # a number alone may be that of a certificate; small words alone ("Tanah") say nothing, unless of a dispute
    silent = not notes and clauses and not any(c.said or c.answer for c in clauses)
    if silent and (any(map(str.isdigit, text)) or any(kinds()[key].level == "unsettled" for key, _ in _asked(heading))):
        return ("unread",)
    return tuple(known)


def _resolved(key: str, *, negated: bool | None) -> str:
    """Kind that a statement comes to; empty where it says nothing."""
    if negated is None and kinds()[key].level == "check":
        return ""
    if negated is None and kinds()[key].owner:
        return "not_asset"
    return key if negated is False else kinds()[key].opposite


def _asked(heading: str) -> list[tuple[str, bool | None]]:
    """Kinds that a heading names, with whether they are negated."""
    return [said for clause in _clauses(heading, notes=False) for said in clause.said]


def _answered(heading: str, answer: str, *, alone: bool) -> list[str]:
    """Kinds that a bare answer says under a heading."""
    asked = _asked(heading)
    if not asked:
        without = {"no": "none", "not_yet": "none", "ended": "verified"}
        return [without.get(answer, "unread")] if alone or answer in ("no", "not_yet") else []
    if answer == "free":
        return [kinds()[key].opposite if kinds()[key].level == "unsettled" else "unread" for key, _negated in asked]
    if answer == "ended" and ("dispute", False) in asked:
        return ["past_dispute"]
    if answer in ("yes", "ended"):
        return [_resolved(key, negated=negated) for key, negated in asked]
    return [_denied(key, yet=answer == "not_yet") if negated is False else key for key, negated in asked]


def _denied(key: str, *, yet: bool) -> str:
    """Kind that a bare no makes of one that a heading names; what is still to come is missing rather than not meant."""
    kind = kinds()[key]
    return kind.opposite if yet and not kind.title else kind.unticked


def _marked(text: str) -> str:
    for mark, word in _MARKS.items():
        text = text.replace(mark, word)
    return text


@lru_cache(maxsize=50_000)
def _clauses(text: str, *, notes: bool) -> list[Clause]:
    """Read the clauses of a text."""
    text = _ABBREVIATED.sub(r"\1 ", _marked(text))
    text = re.sub(r"(?i)\b(tidak|tdk|belum|blm)(ada|jelas|lengkap|punya)\b", r"\1 \2", text)
    text = re.sub(r"(?i)\ba\s*[./]\s*n\b\.?", " atas nama ", text)
    text = re.sub(r"(?i)\bno\s*[.:]|\bno(?=\s*\d)", " nomor ", text)
    text = re.sub(rf"(?i)\(\s*({_NEGATION}\b[^()]*)\)", r" \1 ", text)  # "sengketa (tidak ada)" is one clause
    text = re.sub(r"(?i)\band\s*/\s*or\b|\bdan\s*/\s*atau\b|[/&+]", " atau ", text)
    parts = [words for part in re.split(r"[,;|()\n\r]|\.(?=\s|$)|[!?]", text) if (words := plain(part))]
    found: list[Clause] = []
    for words in parts:
        for tokens in _split_at_breaks(_tokens(words.split(), phrases(notes=notes))):
            found.append(_clause(tokens))
    return found


def _tokens(words: list[str], known: Phrases) -> list[Token]:
    """Longest known phrases of a text, misspelt words corrected."""
    alone = whole_words().get(" ".join(words))
    if alone is not None:
        return [Token("kind", alone, words[0])]
    words = [_spelt(word, known) for word in words]
    tokens = []
    place = 0
    while place < len(words):
        length = next(
            (n for n in range(min(5, len(words) - place), 0, -1) if tuple(words[place : place + n]) in known), 0
        )
        phrase = words[place : place + max(length, 1)]
        name, key = known.get(tuple(phrase), ("number" if phrase[0].isdigit() else "unknown", ""))
        tokens.append(Token(name, key, " ".join(phrase)))
        place += len(phrase)
    return tokens


@lru_cache(maxsize=50_000)
def _corrected(word: str) -> str:
    """Known word that a misspelt one stands for; the word itself where there is none."""
    stem = word.removesuffix("nya")
    if stem != word and (stem,) in phrases():
        return stem
    near = [w for w in spellings().get(word[0], ()) if abs(len(w) - len(word)) < 3] if len(word) > 3 else []
    like = difflib.get_close_matches(word, near, n=1, cutoff=_LIKE)
    return like[0] if like else word


def _spelt(word: str, known: Phrases) -> str:
    if (word,) in known or word.isdigit() or any(word in phrase for phrase in _words_of_phrases()):
        return word
    return _corrected(word)


@lru_cache(maxsize=1)
def _words_of_phrases() -> tuple[frozenset[str], ...]:
    return (frozenset(w for phrase in phrases() for w in phrase),)


def _split_at_breaks(tokens: list[Token]) -> Iterator[list[Token]]:
    part: list[Token] = []
    for token in tokens:
        if token.name == "breaks":
            if part:
                yield part
            part = []
        else:
            part.append(token)
    if part:
        yield part


def _clause(tokens: list[Token]) -> Clause:
    """Bind the negations of a clause to its kinds."""
    clause = Clause(unknown=_unknown(tokens))
    places = [n for n, t in enumerate(tokens) if t.name == "kind"]
    negated: dict[int, list[str]] = {n: [] for n in places}
    for place, token in enumerate(tokens):
        if token.name in ("not", "free"):
            bound, doubtful = _bound(tokens, place, places)
            clause.doubtful |= doubtful
            for n in bound:
                negated[n].append(token.text)
    for n in places:
        level = kinds()[tokens[n].key].level
        clause.doubtful |= len(negated[n]) > 1 and level != "unsettled"
        excluded = len(negated[n]) == 1 and negated[n][0] in excluding_words()
        clause.said.append((tokens[n].key, None if excluded else len(negated[n]) % 2 == 1))
    clause.person = any(kinds()[tokens[n].key].certificates for n in places) and _names_person(tokens)
    if not places:
        clause.answer = _answer(tokens)
        if clause.answer in ("no", "yes") and len(tokens) == 1:
            clause.unknown = []
    return clause


def _names_person(tokens: list[Token]) -> bool:
    """Whether somebody who is no authority follows "in the name of"."""
    for place, token in enumerate(tokens[:-1]):
        if token.text in ("a n", "an", "atas nama", "in the name of"):
            then = tokens[place + 1]
            return then.text in word_list("people") or (
                then.name == "unknown" and then.text not in word_list("institutions")
            )
    return False


def _answer(tokens: list[Token]) -> str:
    """``yes``, ``no`` or ``not_yet`` of a clause without a kind."""
    if any(t.name == "not" for t in tokens):
        return "not_yet" if {w for t in tokens for w in t.text.split()} & word_list("not_yet") else "no"
    answer = answers().get(" ".join(t.text for t in tokens), "")
    if answer and answer != "blank":
        return answer
    if {t.name for t in tokens} == {"free"}:
        return "free"
    yes = [t for t in tokens if answers().get(t.text) == "yes"]
    return "yes" if yes and all(t.name in ("filler", "have", "and", "yes") or t in yes for t in tokens) else ""


def _bound(tokens: list[Token], place: int, kind_places: list[int]) -> tuple[list[int], bool]:
    """Kinds that a negation binds, and whether it could bind others instead."""
    before = [n for n in kind_places if n < place]
    after = [n for n in kind_places if n > place]
    right = next((n for n in after if _reaches(tokens, place, n)), None) if after else None
    free = tokens[place].name == "free"
    if right is None:
        left = before[-1] if before and not free and _near(tokens, before[-1], place) else None
        return ([] if left is None else _same(tokens, left, kind_places, step=-1)), False
    bad = kinds()[tokens[right].key].level == "unsettled"
    if free and not bad:
        return [], False
    between = [t.name for t in tokens[place + 1 : right]]
    doubtful = bool(before) and bad and "have" in between and not free and _near(tokens, before[-1], place)
    doubtful &= kinds()[tokens[before[-1]].key].level != "unsettled" if before else True
    return _same(tokens, right, kind_places, step=1), doubtful


def _reaches(tokens: list[Token], place: int, n: int) -> bool:
    """Whether a negation reaches a kind behind it: what is unsettled only over words that are known."""
    names = {t.name for t in tokens[place + 1 : n]}
    bad = kinds()[tokens[n].key].level == "unsettled"
    return names <= (_SMALL if bad else _SMALL | {"unknown", "named", "number"})


def _near(tokens: list[Token], n: int, place: int) -> bool:
    """Whether nothing but small words stands between a kind and a negation behind it."""
    names = {t.name for t in tokens[n + 1 : place]}
    bad = kinds()[tokens[n].key].level == "unsettled"
    return names <= (_SMALL if bad else _SMALL | {"unknown", "named", "number"})


def _same(tokens: list[Token], n: int, kind_places: list[int], *, step: int) -> list[int]:
    """Kinds joined to one by "and" or "or" that are as bad or as good as it, and it."""
    bound = [n]
    others = [k for k in kind_places if (k > n if step > 0 else k < n)][::step]
    for other in others:
        low, high = sorted((bound[-1], other))
        names = {t.name for t in tokens[low + 1 : high]}
        bad = [kinds()[tokens[k].key].level == "unsettled" for k in (n, other)]
        same = "and" in names or tokens[n].key == tokens[other].key  # "tidak dijaminkan di bank" says it twice
        if not same or not names <= {"and", "filler"} or bad[0] != bad[1]:
            break
        bound.append(other)
    return bound


def _unknown(tokens: list[Token]) -> list[str]:
    """Words that are not known, without names that "a.n.", "Desa" and the like announce."""
    unknown, named = [], False
    for token in tokens:
        if token.name == "named":
            named = True
        elif token.name == "unknown":
            if not named:
                unknown.append(token.text)
        elif token.name in ("not", "free", "have"):
            named = False
    return unknown
