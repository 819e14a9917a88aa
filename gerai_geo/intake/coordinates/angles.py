"""
Angles as people write them: tokens and a small grammar.

A text is cut into tokens; every character must belong to one, so nothing is skipped. Whether a comma is a decimal
mark or separates two numbers is not guessed: both lexings are tried, and each that makes sense is kept.

Grammar, in the order of a text::

    pair   = angle [separator] angle
    angle  = [label] [hemisphere] [sign] number [deg [number [min [number [sec]]]]] [hemisphere]

Hemispheres stand before all numbers or after all. Marks may be missing (``2 31 48``, ``2:31:48``, ``2-31-48``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from gerai_geo.reference.data_files import read_toml

_TABLE: Final = read_toml("coordinate_words.toml")
_MARKS: Final = {"deg": "°", "min": "'", "sec": '"'}
_WORDS: Final = (
    {w: ("hemi", h) for h, words in _TABLE["hemispheres"].items() for w in words}
    | {w: ("label", axis) for axis, words in _TABLE["labels"].items() for w in words}
    | {w: (kind, w) for kind, words in _TABLE["others"].items() for w in words}
    | {w: (unit, _MARKS[unit]) for unit, words in _TABLE["units"].items() for w in words}
)
_SIGNS: Final = {"°": "deg", "'": "min", '"': "sec", ":": "colon", "=": "filler"} | dict.fromkeys(";/|&", "sep")
_WORD: Final = re.compile("|".join(re.escape(w) for w in sorted(_WORDS, key=len, reverse=True)))
_NUMBERS: Final = {".": re.compile(r"\d+(?:\.\d+)?"), ",": re.compile(r"\d+(?:,\d+)?")}
_EXPONENT: Final = re.compile(r"e[+-]?\d{1,3}(?![\d.,°'])")  # 1.1295e2, not 112.95E2.53S
_BRACKETED: Final = re.compile(r"\(\s*\d+(?:[.,]\d+)?\s*°?\s*\)")
_BRACKETED_WORD: Final = re.compile(r"[(\[]\s*([a-z][a-z.]*(?: [a-z]+)?)\s*[)\]]")
"""A hemisphere or unit in brackets behind its number: 2.53 (LS)."""
_AXES: Final = {"S": "lat", "N": "lat", "E": "lon", "W": "lon"}


class Token(NamedTuple):
    """Piece of a text; its kind is ``num, sign, deg, min, sec, colon, dash, hemi, label, filler`` or ``sep``."""

    kind: str
    text: str


@dataclass(frozen=True)
class Angle:
    """
    One parsed angle.

    Parameters
    ----------
    value
        Degrees, negative to the south and west.
    axis
        ``lat``, ``lon``, or None where the text does not tell.
    step_deg
        Its smallest written unit.
    bare
        Whether it has neither sign nor hemisphere.
    conflict
        Whether sign and hemisphere contradict each other.
    notes
        Codes of how it was read.
    bracketed
        Whether it is one bare number in round brackets, as accountants write a negative one.
    """

    value: float
    axis: str | None
    step_deg: float
    bare: bool
    conflict: bool = False
    notes: tuple[str, ...] = ()
    bracketed: bool = False


def read_angles(text: str, *, one: bool = False) -> list[tuple[Angle, ...]]:
    """
    All ways to read a normalised text as a sequence of angles; none where a character is left over.

    Parameters
    ----------
    one
        Whether the text is known to hold one angle: two bare numbers are then its degrees and minutes.

    Examples
    --------
    >>> [len(way) for way in read_angles("-2,531")]
    [1, 2]
    >>> len(read_angles("02 31.874")[0]), len(read_angles("02 31.874", one=True)[0])
    (2, 1)
    """
    ways = []
    text = _BRACKETED_WORD.sub(r" \1 ", text).strip()
    for decimal in (",", "."):
        tokens = _tokens(_unwrap(text), decimal)
        way = _angles(tokens, one=one) if tokens else None
        if way and one and len(way) == 1 and _BRACKETED.fullmatch(text):
            way = (replace(way[0], bracketed=True),)
        if way and way not in ways:
            ways.append(way)
    return ways


def _unwrap(text: str) -> str:
    pairs = {"(": ")", "[": "]", "{": "}"}
    while len(text) > 1 and pairs.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return text.strip(" ,;.") if text[-1:] in ",;." else text


def _tokens(text: str, decimal: str) -> list[Token] | None:
    """Tokens of a text; None where a character belongs to none."""
    tokens: list[Token] = []
    i, letters = 0, False
    while i < len(text):
        c = text[i]
        number = _NUMBERS[decimal].match(text, i)
        if number:
            tokens.append(Token("num", number[0]))
            i = number.end()
        elif c == " ":
            i += 1
        elif c in "+-":
            joined = i > 0 and text[i - 1].isdigit() and i + 1 < len(text) and text[i + 1].isdigit() and c == "-"
            tokens.append(Token("dash" if joined else "sign", c))
            i += 1
        elif c == ",":
            tokens.append(Token("sep", c))
            i += 1
        elif c in _SIGNS:
            tokens.append(Token(_SIGNS[c], c))
            i += 1
        elif c in "dms" and text[i - 1 : i].isdigit() and _unit_letter(c, letters, text[i + 1 : i + 2]):
            letters = True
            tokens.append(Token({"d": "deg", "m": "min", "s": "sec"}[c], c))
            i += 1
        elif _EXPONENT.match(text, i) and text[i - 1 : i].isdigit():
            return None
        else:
            word = _WORD.match(text, i)
            if not word or (text[word.end() : word.end() + 1].isalpha() and word[0][-1].isalpha()):
                return None
            tokens.append(Token(*_WORDS[word[0]]))
            i = word.end()
    return tokens


def _unit_letter(letter: str, seen: bool, following: str) -> bool:
    """Whether a letter right behind a number is its unit (2d31m48s): d always, m and s only after a d."""
    return (letter == "d" or seen) and not (following.isalpha() and letter != "s")


def _angles(tokens: list[Token], *, one: bool) -> tuple[Angle, ...] | None:
    """Cut tokens into angles and read each; None where one can't be."""
    tokens = _drop_fillers(tokens)
    chunks = _chunks(tokens)
    if chunks is None:
        return None
    if (
        len(chunks) == 1
        and not one
        and not any(t.kind in ("deg", "min", "sec", "colon", "dash", "hemi", "label") for t in tokens)
    ):
        numbers = [n for n, t in enumerate(chunks[0]) if t.kind == "num"]
        if len(numbers) in (2, 4, 6):
            half = numbers[len(numbers) // 2]
            chunks = [chunks[0][:half], chunks[0][half:]]
    read = tuple(a for c in chunks if (a := _angle(c)) is not None)
    return read if len(read) == len(chunks) else None


def _drop_fillers(tokens: list[Token]) -> list[Token]:
    """Tokens without filler words, and without the colon behind a label or hemisphere."""
    kept: list[Token] = []
    filler = False
    for token in tokens:
        colon = token.kind == "colon" and (filler or not kept or kept[-1].kind in ("label", "hemi"))
        filler = token.kind == "filler"
        if not filler and not colon:
            kept.append(token)
    return kept


def _chunks(tokens: list[Token]) -> list[list[Token]] | None:
    """One list of tokens an angle; None where separators or hemispheres stand where none may."""
    first = next((t for t in tokens if t.kind in ("num", "hemi")), None)
    before = first is not None and first.kind == "hemi"
    chunks: list[list[Token]] = []
    current: list[Token] = []
    for n, token in enumerate(tokens):
        has_number = any(t.kind == "num" for t in current)
        following = tokens[n + 1].kind if n + 1 < len(tokens) else ""
        starts = token.kind in ("label", "sign") or (token.kind == "hemi" and before)
        starts |= token.kind == "num" and (
            following == "deg" or (not before and any(t.kind == "hemi" for t in current))
        )
        if token.kind == "sep":
            if has_number:
                chunks.append(current)
                current = []
            elif current or not chunks or tokens[n - 1].kind == "sep":
                return None
            continue
        if starts and has_number:
            chunks.append(current)
            current = []
        current.append(token)
    if current:
        if not any(t.kind == "num" for t in current):
            return None
        chunks.append(current)
    return chunks


def _angle(chunk: list[Token]) -> Angle | None:
    """Read one angle; None where its tokens are no angle."""
    labels = [t.text for t in chunk if t.kind == "label"]
    hemispheres = [t.text for t in chunk if t.kind == "hemi"]
    kinds = [t.kind for t in chunk]
    first = kinds.index("num")
    signs = [n for n, k in enumerate(kinds) if k == "sign"]
    if len(labels) > 1 or len(hemispheres) > 1 or len(signs) > 1 or any(n > first for n in signs):
        return None
    if any(k == "label" and n > first for n, k in enumerate(kinds)):
        return None
    if "hemi" in kinds and first < kinds.index("hemi") < len(kinds) - 1:
        return None
    measured = _measure([t for t in chunk if t.kind not in ("label", "hemi", "sign")])
    if measured is None:
        return None
    size, step, notes = measured
    minus = bool(signs) and chunk[signs[0]].text == "-"
    hemisphere = hemispheres[0] if hemispheres else None
    axis = _AXES[hemisphere] if hemisphere else labels[0] if labels else None
    if hemisphere and labels and labels[0] != axis:
        return None
    negative = hemisphere in ("S", "W") if hemisphere else minus
    if hemisphere and minus and negative:
        notes = (*notes, "minus_and_hemisphere")
    conflict = bool(hemisphere and minus and not negative)
    return Angle(-size if negative else size, axis, step, not signs and not hemisphere, conflict, notes)


def _measure(tokens: list[Token]) -> tuple[float, float, tuple[str, ...]] | None:
    """Size in degrees, smallest unit and notes of numbers and marks in order; None where they are no angle."""
    numbers = [t.text for t in tokens if t.kind == "num"]
    between = _marks_behind(tokens, len(numbers))
    if between is None or not 1 <= len(numbers) <= 3:
        return None
    notes: tuple[str, ...] = ()
    unmarked = between[-1] == "" and between[:-1] in ([mark] * (len(numbers) - 1) for mark in ("", "colon", "dash"))
    if not unmarked:
        expected = ["deg", "min", "sec"][: len(numbers)]
        if len(numbers) == 3 and between == ["deg", "min", "min"]:
            notes = ("seconds_mark",)
        elif len(numbers) == 3 and between[:2] == ["deg", ""] and between[2] in ("", "sec"):
            pass  # 2° 31 52.4
        elif between[:-1] not in (expected[:-1], ["", *expected[1:-1]]) or between[-1] not in ("", expected[-1]):
            return None
    if any(not n.isdigit() for n in numbers[:-1]):
        return None
    values = [float(n.replace(",", ".")) for n in numbers]
    if any(v > 60 for v in values[1:]) or (len(values) == 3 and values[1] == 60 and values[2] > 0):
        return None
    if 60 in values[1:]:
        notes = (*notes, "minutes_60")
    size = sum(v / 60**n for n, v in enumerate(values))
    digits = len(re.split("[.,]", numbers[-1])[1]) if re.search("[.,]", numbers[-1]) else 0
    return size, 10.0**-digits / 60 ** (len(numbers) - 1), notes


def _marks_behind(tokens: list[Token], count: int) -> list[str] | None:
    """Kind of mark behind each number; None where two marks stand together or one before the first number."""
    marks = [""] * count
    n = -1
    for token in tokens:
        if token.kind == "num":
            n += 1
        elif n < 0 or marks[n]:
            return None
        else:
            marks[n] = token.kind
    return marks
