"""Characters of coordinates: every kind of mark, dash, space and digit in its plain form, wrong code pages undone."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

_MARKS: Final = str.maketrans(
    dict.fromkeys("º˚ᵒ∘⁰◦｡○゜ﾟ", "°")
    | dict.fromkeys("′’‘`´ʹ‵ʼ＇΄‛ʻ՚ꞌ", "'")
    | dict.fromkeys("″”“„ʺ〃‟＂˝‶ˮ", '"')
    | dict.fromkeys("−–—‒﹣－‐‑", "-")
    | dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f\u2002\u2003\u3000\t\r\n\v\f", " ")
    | dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\ufeff\u2060\u061c")
    | dict.fromkeys("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    | {"φ": " lat ", "λ": " lon ", "٫": ".", "٬": None, "،": ",", "؛": ";"}
    | {chr(0xFEE0 + n): chr(n) for n in range(0x21, 0x7F) if chr(n) not in "\"'-"}
)  # fmt: skip
_CODE_PAGES: Final = ("cp1252", "latin-1", "cp850", "cp437", "mac_roman")
_RUN: Final = re.compile(r"[^\x00-\x7f]+")
_ENTITY: Final = re.compile(r"&(?:deg|prime|Prime|quot|apos|nbsp|minus|#\d{2,5}|#[xX][0-9a-fA-F]{2,4});")
_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_STRAY_DEGREE: Final = re.compile(r"(?<=\d)\s?[^\x00-\x7f°]\s?(?=\d{1,2}(?:[.,]\d+)?\s?')")
"""One foreign character between degrees and minutes: a degree sign of another code page."""
_STRAY_UNIT: Final = re.compile(r"(?<=\d)\s?[øõ░¡§∞\ufffd](?=\s*(?:[,;/]|$|l[su]\b|b[tb]\b|lintang|bujur|[snuetwb]\b))")
_LOST: Final = re.compile(
    r"(?<![\d.,])(\d{1,3})([?\ufffd]{1,2})\s?(\d{1,2})[?\ufffd']{1,2}\s?(\d{1,2}(?:[.,]\d+)?)[?\ufffd'\"]{0,2}"
)
"""Degrees, minutes and seconds whose marks became question marks."""
_LOST_DEGREE: Final = re.compile(r"(?<=\d)[?\ufffd]{1,2}\s?(?=\d{1,2}(?:[.,]\d+)?\s?')")
_TEXT_MARK: Final = re.compile(r"^\s*'(?=\s*[-+]?\d)")
"""What a spreadsheet puts before a number that is to stay a text."""
LONGEST: Final = 2_000
"""Longer texts are no coordinates, but may be shapes."""
_DASHED: Final = re.compile(
    r"(\d[\d.,°'\" ]*(?:lintang |bujur )?(?:ls|lu|bt|bb|[snuetwb]|selatan|utara|timur|barat))\s+-\s+(?=\d)"
)


def normalise(text: str) -> str:
    r"""
    Write every kind of mark, dash, space and digit in its plain form, in lower case.

    Degree signs that went through a wrong code page (``2Â°31``, ``2ø31'``, ``2?31'``) are put back where the marks
    behind them leave no doubt.

    Examples
    --------
    >>> normalise("2º 31′ 48″ LS"), normalise("2Â°31'48\" LS"), normalise("１１２.９５")
    ('2° 31\' 48" ls', '2°31\'48" ls', '112.95')
    """
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), _ENTITY.sub(lambda found: html.unescape(found[0]), text))
    if not text.isascii():
        text = ascii_digits(_RUN.sub(lambda found: _decoded(found[0]), text))
    text = text.translate(_MARKS).casefold()
    if "?" in text or not text.isascii():
        text = _LOST.sub(r"""\1°\3'\4" """, text)
        text = _STRAY_UNIT.sub("°", _STRAY_DEGREE.sub("°", _LOST_DEGREE.sub("°", text)))
    text = _TEXT_MARK.sub("", text).replace("''", '"').replace("' '", '"')
    text = re.sub(r"(?<=\d)[o*](?=\s*\d|\s*$|\s*[a-z]{1,2}\b)", "°", text)
    text = _DASHED.sub(r"\1 ; ", text) if len(text) <= LONGEST else text
    return re.sub(r"\s+", " ", text).strip()


def ascii_digits(text: str) -> str:
    """
    Text with the decimal digits of every script as 0 to 9.

    Examples
    --------
    >>> ascii_digits("112.96１"), ascii_digits("٢٫٥"), ascii_digits("m²")
    ('112.961', '2٫5', 'm²')
    """
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def _decoded(run: str) -> str:
    """Characters that are UTF-8 read in another code page, once or several times; others unchanged."""
    for _time in range(3):
        better = next((t for page in _CODE_PAGES if (t := _as_utf8(run, page)) is not None), None)
        if better is None or better.isascii():
            break
        run = better
    return run


def _as_utf8(run: str, page: str) -> str | None:
    try:
        content = b"".join(c.encode("latin-1") if "\x80" <= c <= "\x9f" else c.encode(page) for c in run)
        return content.decode("utf-8")
    except UnicodeError:
        return None
