"""Areas and lengths as lists write them, in square metres and metres."""

from __future__ import annotations

import math
import re
from typing import Final

from gerai_geo.core.name_keys import plain

_NUMBER: Final = r"\d[\d.,\s]*+"
_UNIT_M2: Final = {
    "m2": 1.0, "m²": 1.0, "m^2": 1.0, "m 2": 1.0, "m": 1.0, "meter persegi": 1.0, "meter2": 1.0, "meter": 1.0,
    "mtr": 1.0, "mtr2": 1.0, "sqm": 1.0, "sq m": 1.0, "are": 100.0, "ha": 10_000.0, "hektar": 10_000.0,
    "hektare": 10_000.0, "hectare": 10_000.0, "hectares": 10_000.0, "km2": 1e6, "km²": 1e6, "km 2": 1e6,
    "km persegi": 1e6, "kilometer persegi": 1e6, "sq km": 1e6,
}  # fmt: skip
"""Square metres of each unit; a bare m or meter beside an area stands for square metres."""
LOCAL_UNITS: Final = frozenset(
    {"tumbak", "tombak", "bata", "ubin", "ru", "borong", "borongan", "rante", "rantai", "bahu", "bau", "patok",
     "piring", "gawang", "depa", "anggar", "hasta", "acre", "acres", "ft2", "sqft", "sq ft", "kotak", "lupit", "boto"}
)  # fmt: skip
"""Units that differ between regions, or are no metric ones; an area in them is not read."""
_AREA: Final = re.compile(
    rf"(?:±|\+/-|\+-|kurang lebih|lk\.?|sekitar|luas)?\s*+:?\s*+({_NUMBER})("
    + "|".join(re.escape(unit) for unit in sorted(_UNIT_M2, key=len, reverse=True))
    + r")?\.?"
)
_SIDES: Final = re.compile(rf"({_NUMBER})(?:m|meter)?\s*+[x×*]\s*+({_NUMBER})(?:m|m2|m²|meter)?\.?")
_LENGTH: Final = re.compile(
    r"(?:\+\s?/?\s?-|[±<~≤])?\s*(\d[\d.,]*)\s*(mm|cm|m|meters?|metres?|mtr|km|ft|feet|kaki)?\.?"
)
_LENGTH_M: Final = {"mm": 0.001, "cm": 0.01, "km": 1_000.0, "ft": 0.3048, "feet": 0.3048, "kaki": 0.3048}
_CEP_TO_CE90: Final = math.sqrt(math.log(10) / math.log(2))
"""1.82: from the circle of half of all positions to that of nine tenths, of errors alike in all directions."""
_SIGMA_TO_CE90: Final = math.sqrt(2 * math.log(10))
"""2.15: from the standard deviation along one axis."""
_UNKNOWN: Final = re.compile(r"9{4,}\.(?:0|9+)|-(?:1|9{2,})\.(?:0|9+)")
"""Numbers that programs write where they know no accuracy: 9999, 99999, 9999.9, -1, -9999 .."""
_FARTHEST_M: Final = 20_000_000.0
_LONGEST: Final = 100
"""Longer numbers are infinite, or nearly."""
"""No place on the Earth is farther from another along the ground."""


def read_area_m2(text: str, unit: str = "m2") -> float | None:
    """
    Area in square metres of a text; None where it can't be read.

    A dot before exactly three digits separates thousands, as Indonesians write them; before units larger than a square
    metre it is a decimal point.

    Parameters
    ----------
    text
        E.g. ``1.250``, ``± 900 m2``, ``0,12 ha``, ``20 x 50``.
    unit
        The unit of texts that name none, from `area_unit`.

    Examples
    --------
    >>> read_area_m2("1.250"), read_area_m2("± 900 m2"), read_area_m2("0,12 ha"), read_area_m2("20 x 50")
    (1250.0, 900.0, 1200.0, 1000.0)
    >>> read_area_m2("seribu meter") is None, read_area_m2("12", "tumbak") is None, read_area_m2("12", "are")
    (True, True, 1200.0)
    """
    text = text.strip().casefold()
    if _SIDES.fullmatch(text):
        sides = read_sides_m(text)
        return sides and sides[0] * sides[1]
    found = _AREA.fullmatch(text)
    if not found:
        return None
    factor = _UNIT_M2.get(found[2] or unit)
    value = read_quantity(found[1], thousands=factor == 1.0)
    if value is None or value < 0 or factor is None:
        return None
    return round(value * factor, 6)


def area_unit(heading: str) -> str:
    """
    Find the unit that the heading of a column of areas names; ``m2`` where it names none.

    Examples
    --------
    >>> [area_unit(h) for h in ("Luas (Ha)", "Luas Wilayah (km2)", "Luas tanah (tumbak)", "Luas lahan")]
    ['ha', 'km2', 'tumbak', 'm2']
    """
    key = f" {plain(heading.replace('²', '2'))} "
    units = sorted({*_UNIT_M2, *LOCAL_UNITS}, key=len, reverse=True)
    return next((u for u in units if f" {u} " in key), "m2")


def read_accuracy_m(text: str, heading: str = "") -> float | None:
    """
    Accuracy in metres of a text; NaN where it says that none is known (0, -1, 9999), None where it can't be read.

    Only the numbers that programs write for "unknown" say so; any other large one counts as it is.

    Parameters
    ----------
    heading
        Heading of its column, which may name a unit.

    Examples
    --------
    >>> read_accuracy_m("± 4,82 m"), read_accuracy_m("12", "HRMS (cm)"), read_accuracy_m("10 ft")
    (4.82, 0.12, 3.048)
    >>> read_accuracy_m("baik"), read_accuracy_m("0"), round(read_accuracy_m("10", "CEP (m)"), 3)
    (None, nan, 18.226)
    >>> read_accuracy_m("9999"), read_accuracy_m("20000"), read_accuracy_m("-5")
    (nan, 20000.0, None)
    """
    text = text.strip().casefold()
    if re.fullmatch(r"-\d+(?:[.,]\d+)?", text):
        return math.nan if _UNKNOWN.fullmatch(repr(float(text.replace(",", ".")))) else None
    if re.fullmatch(r"\d(?:[.,]\d+)?e\+?\d{1,3}", text):  # as spreadsheets write large numbers
        text = f"{min(float(text.replace(',', '.')), 10 * _FARTHEST_M):.0f}"
    found = _LENGTH.fullmatch(text)
    value = read_quantity(found[1], thousands=False) if found else None
    if found is None or value is None:
        return None
    unit = found[2] or next((w for w in plain(heading).split() if w in _LENGTH_M), "m")
    if value == 0 or (unit not in _LENGTH_M and _UNKNOWN.fullmatch(repr(value))):
        return math.nan
    return min(max(round(value * _LENGTH_M.get(unit, 1.0) * accuracy_factor(heading), 6), 1e-6), _FARTHEST_M)


def accuracy_factor(heading: str) -> float:
    """
    Factor from the accuracies below a heading to CE90: for CEP, which holds half of all positions, and for sigma.

    A sigma is taken along one axis, which gives the larger circle. Other measures hold two thirds to all positions, or
    don't say how many; they count as CE90.

    Examples
    --------
    >>> [round(accuracy_factor(h), 2) for h in ("CEP (m)", "sigma_h", "2 sigma", "CEP95", "Akurasi (m)")]
    [1.82, 2.15, 1.07, 1.0, 1.0]
    """
    words = set(re.sub(r"(\d)\s*sigma", r"\1 sigma", plain(heading)).split())
    if words & {"cep", "cep50", "r50"} and not words & {"90", "95", "99"}:
        return _CEP_TO_CE90
    if words & {"sigma", "std", "stdev", "dev", "deviasi", "baku"}:
        return _SIGMA_TO_CE90 / next((n for n in (2, 3) if str(n) in words), 1)
    return 1.0


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
    return read_quantity(re.sub(r"(m|meter|mtr)\.?$", "", text.strip().casefold()), thousands=False)


def read_quantity(text: str, *, thousands: bool = True) -> float | None:
    """
    Read a number with Indonesian or English separators; None for other texts, and for one too long to be a quantity.

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
    if len(text) > _LONGEST:
        return None
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?", text) and (thousands or "," in text or text.count(".") > 1):
        return float(text.replace(".", "").replace(",", "."))
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text) and (text.count(",") > 1 or "." in text):
        return float(text.replace(",", ""))
    if re.fullmatch(r"\d+([.,]\d+)?", text):
        return float(text.replace(",", "."))
    return None
