"""Numbers as a number format shows them, where it adds a hemisphere, degrees or a unit to them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Final

_TOKEN: Final = re.compile(r'"([^"]*)"|\\(.)|\[([^\]]*)\]|_.|\*.|([0#?.,])|(;)|(.)', re.DOTALL)
_CONDITION: Final = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[\d.]+)")
_TELLING: Final = re.compile(
    r"(?i)[\s.,()°º'’′\"”″-]*(L\.?\s?[SU]\.?|B\.?\s?[TB]\.?|[NSEWUT]|lintang( selatan| utara)?|bujur( timur| barat)?|"
    r"selatan|utara|timur|barat|south|north|east|west|ha|hektare?|are|m2|m²|km2|km²)[\s.,()°º'’′\"”″-]*"
)
_TESTS: Final = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b,
}  # fmt: skip


@cache
def _sections(code: str) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Sections of a number format: its condition, and its placeholders (kind ``0``) and texts (kind ``t``)."""
    sections: list[tuple[str, tuple[tuple[str, str], ...]]] = []
    condition, parts = "", list[tuple[str, str]]()
    for m in [*_TOKEN.finditer(code), None]:
        if m is None or m[5]:
            sections.append((condition, tuple(parts)))
            condition, parts = "", []
        elif m[4]:
            parts.append(("0", m[4]))
        elif m[3] is not None:
            condition = m[3] if _CONDITION.match(m[3]) else condition
        elif (text := m[1] or m[2] or m[6]) is not None:
            parts.append(("t", text))
    return tuple(sections)


@cache
def shows_more(code: str) -> bool:
    """
    Whether a number format adds a hemisphere, a mark of degrees or a unit to a number.

    Examples
    --------
    >>> shows_more('0.000000" LS"'), shows_more("dd/mm/yyyy"), shows_more('"Rp" #,##0')
    (True, False, False)
    """
    if re.search(r"(?i)[ymdhs]", re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.', "", code)):
        return False  # a date or a time
    return any(_is_telling(parts) for _condition, parts in _sections(code))


def _is_telling(parts: tuple[tuple[str, str], ...]) -> bool:
    if not any(kind == "0" for kind, _text in parts):
        return False
    words = _texts_around(parts)
    return any(map(_TELLING.fullmatch, words)) or any("°" in t or "º" in t for kind, t in parts if kind == "t")


def _texts_around(parts: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """Texts before the first and after the last placeholder."""
    places = [n for n, (kind, _text) in enumerate(parts) if kind == "0"]
    before = "".join(t for _kind, t in parts[: places[0]])
    return before, "".join(t for _kind, t in parts[places[-1] + 1 :])


def shown(value: float, code: str) -> str | None:
    r"""
    Text that a person sees for a number, with all its decimals; None where the format adds nothing.

    Examples
    --------
    >>> shown(0.312345, '0.00" LS"'), shown(-2.531234, '0.0"° LU";0.0"° LS"'), shown(23152, "0°00'00\"")
    ('0.312345 LS', '2.531234° LS', '2°31\'52"')
    """
    sections = _sections(code)
    section = _section_for(value, sections)
    if section is None or not _is_telling(section[1]):
        return None
    parts = section[1]
    if len(sections) > 1 and value < 0 and (section is not sections[0] or section[0]):
        value = -value  # the second section shows a negative number without its sign
    places = [n for n, (kind, _text) in enumerate(parts) if kind == "0"]
    if any(kind == "t" for kind, _text in parts[places[0] : places[-1]]):
        return _filled_in(value, parts)
    before, after = _texts_around(parts)
    return f"{before}{int(value) if value.is_integer() else repr(value)}{after}".strip()


def _section_for(
    value: float, sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """Section of a format that shows a number."""
    if any(condition for condition, _parts in sections):
        for section in sections:
            found = _CONDITION.match(section[0])
            if not found or _TESTS[found[1]](value, float(found[2])):
                return section
        return None
    if len(sections) == 1 or value > 0 or (value == 0 and len(sections) < 3):
        return sections[0]
    return sections[1] if value < 0 else sections[2]


def _filled_in(value: float, parts: tuple[tuple[str, str], ...]) -> str:
    """Digits of a number at the placeholders of a format with texts between them."""
    marks = [(kind, text) for kind, text in parts if text != ","]
    point = next((n for n, part in enumerate(marks) if part == ("0", ".")), len(marks))
    decimals = sum(kind == "0" for kind, _text in marks[point + 1 :])
    rounded = abs(Decimal(repr(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    whole, _point, fraction = f"{rounded:f}".partition(".")
    digits, out = list(whole), list[str]()
    for n in range(point - 1, -1, -1):
        kind, text = marks[n]
        first = kind == "0" and not any(k == "0" for k, _t in marks[:n])
        if kind == "t":
            out.insert(0, text)
        elif first:
            out[:0] = digits or ["0"]
            digits = []
        else:
            out.insert(0, digits.pop() if digits else "0")
    rest = iter(fraction)
    out += [text if kind == "t" or text == "." else next(rest, "0") for kind, text in marks[point:]]
    return ("-" if value < 0 else "") + "".join(out).strip()
