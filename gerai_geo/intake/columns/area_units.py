"""Areas and lengths as lists write them, in square metres and metres."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = r"\d[\d.,\s]*"
_AREA: Final = re.compile(
    rf"(?:±|\+/-|\+-|kurang lebih|lk\.?|sekitar|luas)?\s*:?\s*({_NUMBER}?)\s*"
    r"(m2|m²|m\^2|m|meter persegi|meter2|meter|mtr2?|ha|hektar|hektare|are)?\.?"
)
_SIDES: Final = re.compile(rf"({_NUMBER}?)\s*(?:m|meter)?\s*[x×*]\s*({_NUMBER}?)\s*(?:m|m2|m²|meter)?\.?")
_HECTARES: Final = frozenset({"ha", "hektar", "hektare"})


def read_area_m2(text: str, unit: str = "m2") -> float | None:
    """
    Area in square metres of a text; None where it can't be read.

    A dot before exactly three digits separates thousands, as Indonesians write them; before ``ha`` it is a decimal
    point where the number would else be beyond a village's size.

    Parameters
    ----------
    text
        E.g. ``1.250``, ``± 900 m2``, ``0,12 ha``, ``20 x 50``.
    unit
        ``m2`` or ``ha``, where the text names none (from the heading of its column).

    Examples
    --------
    >>> read_area_m2("1.250"), read_area_m2("± 900 m2"), read_area_m2("0,12 ha"), read_area_m2("20 x 50")
    (1250.0, 900.0, 1200.0, 1000.0)
    >>> read_area_m2("seribu meter") is None
    True
    """
    text = text.strip().casefold()
    if _SIDES.fullmatch(text):
        sides = read_sides_m(text)
        return sides and sides[0] * sides[1]
    found = _AREA.fullmatch(text)
    if not found:
        return None
    named = found[2] or unit
    value = read_quantity(found[1], thousands=named not in _HECTARES)
    if value is None or value < 0:
        return None
    return round(value * (10_000 if named in _HECTARES else 100 if named == "are" else 1), 6)


def read_sides_m(text: str) -> tuple[float, float] | None:
    """
    Width and length in metres of a text like ``20 x 50``; None for other texts.

    Examples
    --------
    >>> read_sides_m("20 x 50"), read_sides_m("12,5 m × 40 m"), read_sides_m("1.000") is None
    ((20.0, 50.0), (12.5, 40.0), True)
    """
    sides = _SIDES.fullmatch(text.strip().casefold())
    a, b = (read_quantity(sides[n]) for n in (1, 2)) if sides else (None, None)
    return None if a is None or b is None else (a, b)


def read_length_m(text: str) -> float | None:
    """
    Length in metres of a text; None where it can't be read.

    Examples
    --------
    >>> read_length_m("20 m"), read_length_m("12,5 meter"), read_length_m("dua puluh") is None
    (20.0, 12.5, True)
    """
    return read_quantity(re.sub(r"\s*(m|meter|mtr)\.?$", "", text.strip().casefold()), thousands=False)


def read_quantity(text: str, *, thousands: bool = True) -> float | None:
    """
    Read a number with Indonesian or English separators; None for other texts.

    Parameters
    ----------
    thousands
        Whether one dot or comma before three digits separates thousands.

    Examples
    --------
    >>> read_quantity("1.250,5"), read_quantity("1,250.5"), read_quantity("12,5"), read_quantity("1.250")
    (1250.5, 1250.5, 12.5, 1250.0)
    """
    text = re.sub(r"\s+", "", text).rstrip(".,")
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?", text) and (thousands or "," in text or text.count(".") > 1):
        return float(text.replace(".", "").replace(",", "."))
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text) and (text.count(",") > 1 or "." in text):
        return float(text.replace(",", ""))
    if re.fullmatch(r"\d+([.,]\d+)?", text):
        return float(text.replace(",", "."))
    return None
