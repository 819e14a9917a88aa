"""
Words and numbers for people: Indonesian first, English second.

Texts stand in the code in Indonesian, inside ``_()``; the English ones stand in ``locale/en/*.po``, one
catalogue a room, read by Babel. Numbers, areas, dates and coordinates are written as Indonesians write them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gerai_geo.core.categorical import Coded, alike, coded, each_once, pieced
from gerai_geo.i18n.numbers import LOCALES, Floats, areas, distances, probabilities, shares
from gerai_geo.i18n.numbers import area as area
from gerai_geo.i18n.numbers import distance as distance
from gerai_geo.i18n.numbers import number as number
from gerai_geo.i18n.numbers import percent as percent
from gerai_geo.i18n.numbers import probability as probability

LANGUAGES: Final = ("id", "en")
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
    return str(format_date(moment, format="d MMMM yyyy", locale=LOCALES[lang]))


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


def _forest_function(functions: Any) -> str | None:
    """Find the function of the ground in kawasan hutan, which need not be most of the ground; None without any."""
    if not isinstance(functions, str):
        return None
    in_forest = _in_forest()
    return next((key for part in functions.split("; ") if in_forest[key := part.partition(" ")[0]]), None)


@cache
def _in_forest() -> dict[str, bool | None]:
    from gerai_geo.reference import forest_functions

    return {key: function.in_forest for key, function in forest_functions().items()}


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

    kinds, codes = pd.factorize(findings["reason_code"], use_na_sentinel=False)
    columns = {c: _cells(findings, c) for c in _REASON_TEXTS} | {c: _floats(findings, c) for c in _REASON_NUMBERS}
    told = []
    for kind, code in enumerate(codes.tolist()):
        at = np.flatnonzero(kinds == kind)
        template = templates[str(code)]
        named = [name for _text, name, _spec, _kind in Formatter().parse(template) if name]
        told.append((at, _filled(template, {name: _words_of(name, columns, at, lang) for name in named}, len(at))))
    return pd.Series(pieced("", len(findings), *told).strings(), index=findings.index)


def _filled(template: str, words: Mapping[str, Coded], n: int) -> Coded:
    """Fill a template for each of n rows, once for rows with the same words."""
    if not words:
        return Coded(np.zeros(n, dtype=np.int64), [template.format()])
    kinds, firsts = alike(*words.values())
    in_turn = template.format(**{name: f"{{{number}}}" for number, name in enumerate(words)})
    rows = zip(*(column.take(firsts).tolist() for column in words.values()), strict=True)
    return Coded(kinds, [in_turn.format(*row) for row in rows])


def _words_of(name: str, columns: Mapping[str, Any], at: NDArray[np.intp], lang: str) -> Coded:
    """One placeholder of a reason for some of the findings."""
    _ = translator(lang)
    if name == "what":
        return Coded(np.isnan(columns["area_m2"][at]).astype(np.int64), [_("Bidang"), _("Titik")])
    if name == "function":
        functions, function = (columns[c].take(at) for c in ("functions", "function"))
        kinds, firsts = alike(functions, function)
        both = zip(functions.take(firsts).tolist(), function.take(firsts).tolist(), strict=True)
        keys = pd.Series([_forest_function(every) or most for every, most in both], dtype=object)
        return each_once(lambda key: function_label(key, lang), keys).take(kinds)
    if name == "edge":
        away_m = columns["boundary_m"][at]
        near, with_m = np.isfinite(away_m), _("{distance} dari batas terdekat")
        told = distances(away_m[near], lang).map(lambda text: with_m.format(distance=text))
        return pieced(_("batas terdekat tidak ada dalam layer"), len(at), (near, told))
    if name == "side":
        within, beyond = _("di dalam"), _("di luar")
        nominal: Coded = columns["nominal_status"].take(at)
        return nominal.map(lambda status: within if status == "inside" else beyond)
    if name == "functions":
        all_of_it: Coded = columns["functions"].take(at)
        return all_of_it.map(lambda text: "–" if pd.isna(text) else shares_text(text, lang))
    key, write = _REASON_WORDS[name]
    return write(columns[key][at], lang)


def _floats(findings: pd.DataFrame, column: str) -> Floats:
    """Numbers of a column of any kind; NaN where they are missing, or the column is."""
    if column not in findings:
        return np.full(len(findings), np.nan)
    return pd.to_numeric(findings[column]).to_numpy(dtype="float64", na_value=np.nan)


def _cells(findings: pd.DataFrame, column: str) -> Coded:
    """Cells of a column; NaN where they are missing, or the column is."""
    if column not in findings:
        return Coded(np.zeros(len(findings), dtype=np.int64), [np.nan])
    return coded(findings[column])


_REASON_TEXTS: Final = ("functions", "function", "nominal_status")
_REASON_NUMBERS: Final = (
    "area_m2", "boundary_m", "tolerance_m", "p_forest", "rim_m", "forest_share", "forest_m2", "uncovered_m2",
)  # fmt: skip
_REASON_WORDS: Final[dict[str, tuple[str, Callable[[Floats, str], Coded]]]] = {
    "tolerance": ("tolerance_m", distances),
    "p": ("p_forest", probabilities),
    "rim": ("rim_m", distances),
    "share": ("forest_share", shares),
    "forest": ("forest_m2", areas),
    "uncovered": ("uncovered_m2", areas),
}
