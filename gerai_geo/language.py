"""
Words and numbers for people: Indonesian first, English second.

Texts stand in the code in Indonesian, inside ``_()``; the English ones stand in ``locale/en/*.po``, one
catalogue a room, read by Babel. Numbers, areas, dates and coordinates are written as Indonesians write them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache, lru_cache
from importlib import resources
from string import Formatter
from typing import Any, Final

import numpy as np
import pandas as pd

LANGUAGES: Final = ("id", "en")
_LOCALES: Final = {"id": "id_ID", "en": "en_GB"}
Translate = Callable[[str], str]


@cache
def _catalogue(lang: str) -> dict[str, str]:
    from babel.messages.pofile import read_po

    texts: dict[str, str] = {}
    for file in sorted(resources.files("gerai_geo").joinpath("locale", lang).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".po"):
            with file.open("rb") as stream:
                texts |= {str(m.id): str(m.string) for m in read_po(stream, locale=lang) if m.id and m.string}
    return texts


@cache
def _separators(lang: str) -> dict[int, str]:
    """Table from Python's separators to those of the language."""
    from babel import Locale

    symbols = Locale.parse(_LOCALES[lang]).number_symbols["latn"]
    return str.maketrans({",": symbols["group"], ".": symbols["decimal"]})


def translator(lang: str = "id") -> Translate:
    """
    Get the function that says an Indonesian text in a language.

    Parameters
    ----------
    lang
        ``id`` or ``en``.

    Returns
    -------
    translate
        Takes a text as it stands in the code; gives it in the language, or unchanged where it is missing there.

    Raises
    ------
    ValueError
        If the language is neither.

    Examples
    --------
    >>> translator("en")("Di luar kawasan hutan")
    'Outside the forest area'
    """
    if lang not in LANGUAGES:
        raise ValueError(f"lang is {lang!r}, expected one of {list(LANGUAGES)}")
    if lang == "id":
        return str
    texts = _catalogue(lang)
    return lambda text: texts.get(text, text)


def number(value: float | None, digits: int = 0, lang: str = "id") -> str:
    """
    Write a number with a fixed count of decimals; a missing one as a dash.

    Examples
    --------
    >>> number(1234.5, 1), number(1234.5, 1, "en"), number(None)
    ('1.234,5', '1,234.5', '–')
    """
    if value is None or _unknown(value):
        return "–"
    return _local(f"{round(value, digits) + 0.0:,.{digits}f}", lang)


@lru_cache(maxsize=10_000)
def _local(number: str, lang: str) -> str:
    return number.translate(_separators(lang))


def _unknown(value: float) -> bool:
    """Whether a number is missing or without bounds; quick for floats, of which there are many."""
    return not math.isfinite(value) if isinstance(value, float) else bool(pd.isna(value))


def area(value_m2: float | None, lang: str = "id") -> str:
    """
    Write an area: m² up to a hectare, ha above.

    Examples
    --------
    >>> area(950), area(12_345)
    ('950 m²', '1,23 ha')
    """
    if value_m2 is None or pd.isna(value_m2):
        return "–"
    return f"{number(value_m2, 0, lang)} m²" if value_m2 < 10_000 else f"{number(value_m2 / 1e4, 2, lang)} ha"


def distance(value_m: float | None, lang: str = "id") -> str:
    """
    Write a distance without its sign: metres up to 2 km, km above.

    Examples
    --------
    >>> distance(-43.2), distance(12_345.0)
    ('43 m', '12,3 km')
    """
    if value_m is None or _unknown(value_m):
        return "–"
    size = abs(value_m)
    return f"{number(size, 0, lang)} m" if size < 2_000 else f"{number(size / 1_000, 1, lang)} km"


def percent(share: float | None, digits: int = 0, lang: str = "id") -> str:
    """
    Write a share of 0 to 1 as a percentage.

    Examples
    --------
    >>> percent(0.623, 1), percent(0.623, 1, "en")
    ('62,3 %', '62.3 %')
    """
    return "–" if share is None or pd.isna(share) else f"{number(share * 100, digits, lang)} %"


def probability(p: float | None, lang: str = "id") -> str:
    """
    Write a probability in percent, never as a certainty.

    Examples
    --------
    >>> probability(0.5), probability(0.999), probability(0.0001)
    ('50 %', '> 99 %', '< 1 %')
    """
    if p is None or pd.isna(p):
        return "–"
    if p > 0.99:
        return "> 99 %"
    return "< 1 %" if p < 0.01 else percent(p, 0, lang)


def day(value: date | datetime | str | None, lang: str = "id") -> str:
    """
    Write a date in words.

    Examples
    --------
    >>> day("2025-11-25"), day(None)
    ('25 November 2025', '–')
    """
    from babel.dates import format_date

    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return "–"
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    return str(format_date(moment, format="d MMMM yyyy", locale=_LOCALES[lang]))


def coordinates(lon: float, lat: float, lang: str = "id") -> str:
    """
    Write a position in degrees, minutes and seconds, latitude first: LS/LU and BT/BB.

    Parameters
    ----------
    lon, lat
        Degrees, EPSG:4326.

    Examples
    --------
    >>> coordinates(112.95, -2.53)
    '2° 31′ 48,0″ LS, 112° 57′ 00,0″ BT'
    >>> coordinates(112.95, -2.53, "en")
    '2° 31′ 48.0″ S, 112° 57′ 00.0″ E'
    """
    words = {"id": ("LU", "LS", "BT", "BB"), "en": ("N", "S", "E", "W")}[lang]

    def dms(value: float, word: str) -> str:
        tenths = round(abs(value) * 36_000)
        minutes, seconds = divmod(tenths, 600)
        degrees, minutes = divmod(minutes, 60)
        text = f"{seconds / 10:04.1f}"
        return f"{degrees}° {minutes:02d}′ {text.replace('.', ',') if lang == 'id' else text}″ {word}"

    return f"{dms(lat, words[lat < 0])}, {dms(lon, words[2 + (lon < 0)])}"


def bearing(azimuth: float | None, lang: str = "id") -> str:
    """
    Name a direction by the nearest of the eight winds.

    Parameters
    ----------
    azimuth
        Degrees clockwise from north.

    Examples
    --------
    >>> bearing(228), bearing(-10), bearing(45, "en")
    ('barat daya', 'utara', 'northeast')
    """
    if azimuth is None or pd.isna(azimuth):
        return "–"
    _ = translator(lang)
    winds = (_("utara"), _("timur laut"), _("timur"), _("tenggara"), _("selatan"), _("barat daya"), _("barat"),
             _("barat laut"))  # fmt: skip
    return winds[round(azimuth / 45) % 8]


def status_label(status: str, lang: str = "id") -> str:
    """
    Status word for people.

    Examples
    --------
    >>> status_label("near_boundary")
    'Dekat batas, perlu verifikasi'
    """
    _ = translator(lang)
    return {
        "inside": _("Di dalam kawasan hutan"),
        "partly_inside": _("Sebagian di dalam kawasan hutan"),
        "near_boundary": _("Dekat batas, perlu verifikasi"),
        "outside": _("Di luar kawasan hutan"),
        "not_assessed": _("Belum dapat dinilai"),
    }[status]


def action_label(action: str, lang: str = "id") -> str:
    """Name an action for people."""
    _ = translator(lang)
    return {
        "legalize": _("Urus legalitas"),
        "verify": _("Verifikasi"),
        "none": _("Tidak ada"),
        "fix_data": _("Perbaiki data"),
    }[action]


def followup_label(state: str, lang: str = "id") -> str:
    """
    How far people are with a site, for people.

    Examples
    --------
    >>> followup_label("waiting"), followup_label("done", "en")
    ('Menunggu pihak lain', 'Done')
    """
    _ = translator(lang)
    return {
        "open": _("Belum dikerjakan"),
        "in_progress": _("Sedang dikerjakan"),
        "waiting": _("Menunggu pihak lain"),
        "done": _("Selesai"),
        "dropped": _("Tidak dilanjutkan"),
    }[state]


def disclaimer(lang: str = "id") -> str:
    """Return the sentence that every output carries."""
    return translator(lang)(
        "Indikasi hasil penapisan, bukan penetapan hukum. Minta telaah status kawasan hutan ke BPKH; jangan "
        "memulai kegiatan fisik sebelum ada persetujuan."
    )


def synthetic_note(lang: str = "id") -> str:
    """Return the sentence that every output made from the bundled sample carries."""
    return translator(lang)(
        "DATA CONTOH BUATAN: daftar titik atau kawasan hutan di sini rekaan; hasilnya bukan keadaan nyata."
    )


def shares_text(text: str, lang: str = "id") -> str:
    """
    Write shares as a table holds them (``HP 62.0 %; WATER 38.0 %``) for people: abbreviations, and numbers as usual.

    Examples
    --------
    >>> shares_text("HP 62.0 %; WATER 38.0 %"), shares_text("PIPPIB 2026 100.0 %", "en")
    ('HP 62,0 %; Air 38,0 %', 'PIPPIB 2026 100.0 %')
    """
    from gerai_geo.reference import forest_functions

    parts = []
    for part in text.split("; "):
        found = re.search(r" (\d+\.\d+) %$", part)
        name = part[: found.start()] if found else part
        shown = forest_functions()[name].abbreviation if name in forest_functions() else name
        parts.append(f"{shown} {number(float(found[1]), 1, lang)} %" if found else shown)
    return "; ".join(parts)


def _forest_function(functions: Any, most: Any) -> Any:
    """Find the function of the ground in kawasan hutan, which need not be most of the ground."""
    from gerai_geo.reference import forest_functions

    keys = [] if functions is None or pd.isna(functions) else [part.split()[0] for part in functions.split("; ")]
    return next((k for k in keys if forest_functions()[k].in_forest), most)


def _some(share: float | None, lang: str) -> str:
    """Write a share in whole percent, but never a little as nothing nor nearly all as all."""
    if share is None or pd.isna(share):
        return "–"
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1 else percent(share, 0, lang)


def function_label(function: str | None, lang: str = "id") -> str:
    """
    Name of a forest function with its abbreviation, for people; a dash where there is none.

    Examples
    --------
    >>> function_label("HPK"), function_label(None)
    ('Hutan Produksi yang dapat Dikonversi (HPK)', '–')
    """
    from gerai_geo.reference import forest_functions

    if function is None or pd.isna(function):
        return "–"
    known = forest_functions()[function]
    return f"{known.name(lang)} ({known.abbreviation})"


def reason_sentences(findings: pd.DataFrame, lang: str = "id") -> pd.Series:
    """
    Say in one sentence why each finding has its status, with the numbers it rests on.

    Parameters
    ----------
    findings
        The `schema.FINDINGS` table.

    Returns
    -------
    reason
        Text, indexed like the findings; never empty.
    """
    _ = translator(lang)
    templates = {
        "inside": _(
            "{what} seluruhnya di dalam kawasan hutan, fungsi {function}; {edge}, di luar pita ketelitian {tolerance}."
        ),
        "partly_inside": _(
            "{share} bidang ({forest}) di dalam kawasan hutan, fungsi {function}; melintasi batas lebih dari pita "
            "ketelitian {tolerance} ke kedua sisi."
        ),
        "near_edge": _(
            "{what} berada {side} kawasan hutan menurut peta, tetapi {edge}, di dalam pita ketelitian {tolerance}; "
            "peluang di kawasan hutan {p}."
        ),
        "crosses_edge": _(
            "{share} bidang ({forest}) di dalam kawasan hutan menurut peta, fungsi {function}, tetapi batasnya hanya "
            "teliti sampai {tolerance}; peluang ada bagian di kawasan hutan {p}."
        ),
        "near_rim": _(
            "{what} hanya {rim} dari tepi cakupan layer (rim); di seberangnya tidak diketahui, dan pita ketelitian "
            "{tolerance}."
        ),
        "touches_unknown": _(
            "Bidang menyentuh tanah yang tidak diketahui layer (rim): {uncovered} tidak tercakup; yang terbaca: "
            "{functions}."
        ),
        "outside": _("{what} di luar kawasan hutan; {edge}, di luar pita ketelitian {tolerance}."),
        "no_coordinates": _("Belum dinilai: daftar tidak memuat koordinat untuk titik ini."),
        "bad_coordinates": _("Belum dinilai: koordinat tidak dapat dibaca; lihat masalah data."),
        "bad_geometry": _("Belum dinilai: bentuk geometrinya tidak dapat dipakai; lihat masalah data."),
        "not_covered": _("Belum dinilai: layer kawasan hutan tidak mencakup lokasi ini."),
        "unknown_function": _("Belum dinilai: fungsi kawasan di lokasi ini tidak diketahui menurut layer."),
    }

    texts = np.full(len(findings), "", dtype=object)
    codes = findings["reason_code"].astype(object).to_numpy()
    used = [*_REASON_WORDS, *(column for column, _write in _REASON_NUMBERS.values())]
    plain = pd.DataFrame({c: findings[c].astype(object).to_numpy() for c in used if c in findings})
    for code in dict.fromkeys(codes.tolist()):
        at = np.flatnonzero(codes == code)
        template = templates[str(code)]
        named = [name for _text, name, _spec, _kind in Formatter().parse(template) if name]
        some = plain.iloc[at]
        columns = [_words_of(name, some, lang) for name in named]
        rows = zip(*columns, strict=True) if columns else [()] * len(at)
        texts[at] = [template.format(**dict(zip(named, row, strict=True))) for row in rows]
    return pd.Series(texts, index=findings.index, dtype="str")


def _words_of(name: str, findings: pd.DataFrame, lang: str) -> list[str]:
    """One placeholder of a reason for each finding."""
    _ = translator(lang)

    def column(key: str) -> list[Any]:
        return findings[key].tolist() if key in findings else [None] * len(findings)

    if name == "what":
        words = {True: _("Bidang"), False: _("Titik")}
        return [words[parcel] for parcel in pd.notna(pd.Series(column("area_m2"), dtype=object)).tolist()]
    if name == "function":
        pairs = list(zip(column("functions"), column("function"), strict=True))
        labels = {pair: function_label(_forest_function(*pair), lang) for pair in set(pairs)}
        return [labels[pair] for pair in pairs]
    if name == "edge":
        none, some = _("batas terdekat tidak ada dalam layer"), _("{distance} dari batas terdekat")
        return [none if pd.isna(m) else some.format(distance=distance(m, lang)) for m in column("boundary_m")]
    if name == "side":
        within, beyond = _("di dalam"), _("di luar")
        return [within if status == "inside" else beyond for status in column("nominal_status")]
    if name == "functions":
        return ["–" if pd.isna(text) else shares_text(text, lang) for text in column("functions")]
    key, write = _REASON_NUMBERS[name]
    return [write(value, lang) for value in column(key)]


_REASON_WORDS: Final = ("area_m2", "functions", "function", "boundary_m", "nominal_status")
_REASON_NUMBERS: Final[dict[str, tuple[str, Callable[[Any, str], str]]]] = {
    "tolerance": ("tolerance_m", distance),
    "p": ("p_forest", probability),
    "rim": ("rim_m", distance),
    "share": ("forest_share", _some),
    "forest": ("forest_m2", area),
    "uncovered": ("uncovered_m2", area),
}
