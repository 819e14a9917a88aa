"""Numbers as a number format shows them, where it adds a hemisphere, degrees or a unit to them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Final

_TOKEN: Final = re.compile(r'"([^"]*)"|\\(.)|\[([^\]]*)\]|_.|\*.|([0#?.,@])|(;)|(.)', re.DOTALL)
_NUMBER: Final = re.compile(r"([^\d]{0,20})\d[\d.,]*([^\d]{0,20})")
_CONDITION: Final = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[\d.]+)")
_TELLING: Final = re.compile(
    r"(?i)[\s.,()\[\]°º'’′\"”″-]*(L\.?\s?[SU]\.?|B\.?\s?[TB]\.?|[NSEWUT]|lintang( selatan| utara)?|"
    r"bujur( timur| barat)?|selatan|utara|timur|barat|south|north|east|west|ha|hektare?|are|m2|m²|"
    r"km2|km²)[\s.,()\[\]°º'’′\"”″-]*"
)
_MINUS: Final = ("-", "−", "–")
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
    sections = _sections(code)
    return any(_is_telling(parts, positive=not n) for n, (_condition, parts) in enumerate(sections))


@cache
def _whole_format(before: str, after: str) -> str | None:
    code = "".join(f"\\{c}" for c in before) + "0" + "".join(f"\\{c}" for c in after)
    return code if shows_more(code) else None


def format_of(text: str) -> str | None:
    r"""
    Find the number format that shows a number as this text does; None where it adds nothing to the number.

    Examples
    --------
    >>> format_of("2,531234 LS"), format_of("-2.53"), format_of("1.250")
    ('0\\ \\L\\S', '\\-0', None)
    """
    found = _NUMBER.fullmatch(text)
    return _whole_format(found[1], found[2]) if found and (found[1] or found[2]) else None


def _is_telling(parts: tuple[tuple[str, str], ...], *, positive: bool = True) -> bool:
    if not any(kind == "0" for kind, _text in parts):
        return False
    words = _texts_around(parts)
    if positive and words[0].strip() in _MINUS:
        return True
    return any(map(_TELLING.fullmatch, words)) or any("°" in t or "º" in t for kind, t in parts if kind == "t")


def _texts_around(parts: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """Texts before the first and after the last placeholder."""
    places = [n for n, (kind, _text) in enumerate(parts) if kind == "0"]
    before = "".join(t for _kind, t in parts[: places[0]])
    return before, "".join(t for _kind, t in parts[places[-1] + 1 :])


def shown(value: float | str, code: str) -> str | None:
    r"""
    Text that a person sees for a number with all its decimals, or for a text; None where the format adds nothing.

    Examples
    --------
    >>> shown(2.531234, '-0.00'), shown("2.531234", '@" LS"')
    ('-2.531234', '2.531234 LS')
    >>> shown(0.312345, '0.00" LS"'), shown(-2.531234, '0.0"° LU";0.0"° LS"'), shown(23152, "0°00'00\"")
    ('0.312345 LS', '2.531234° LS', '2°31\'52"')
    """
    sections = _sections(code)
    if isinstance(value, str):
        parts = next((p for _condition, p in sections if ("0", "@") in p), ())
        if not parts or not _is_telling(parts):
            return None
        before, after = _texts_around(parts)
        return f"{before}{value.strip()}{after}".strip()
    section = _section_for(value, sections)
    if section is None or not _is_telling(section[1], positive=value > 0):
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
