"""
Words and numbers for people: Indonesian first, English second.

Texts stand in the code in Indonesian, inside ``_()``; the English ones stand in ``locale/en/*.po``, one
catalogue a room, read by Babel. Numbers, areas, dates and coordinates are written as Indonesians write them.
"""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd

from gerai_geo.i18n.numbers import LOCALES
from gerai_geo.i18n.numbers import area as area
from gerai_geo.i18n.numbers import distance as distance
from gerai_geo.i18n.numbers import number as number
from gerai_geo.i18n.numbers import percent as percent
from gerai_geo.i18n.numbers import probability as probability
from gerai_geo.i18n.translate import Text, _, current_language, source_of


def day(value: date | datetime | str | None) -> str:
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
    shown = format_date(moment, format="d MMMM yyyy", locale=LOCALES[current_language()])
    return Text(shown, {"day": moment.isoformat()})


def coordinates(lon: float, lat: float) -> str:
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
    """
    words = {"id": ("LU", "LS", "BT", "BB"), "en": ("N", "S", "E", "W")}[current_language()]

    def dms(value: float, word: str) -> str:
        tenths = round(abs(value) * 36_000)
        minutes, seconds = divmod(tenths, 600)
        degrees, minutes = divmod(minutes, 60)
        text = f"{seconds / 10:04.1f}"
        return f"{degrees}° {minutes:02d}′ {text.replace('.', ',') if current_language() == 'id' else text}″ {word}"

    return Text(
        f"{dms(lat, words[lat < 0])}, {dms(lon, words[2 + (lon < 0)])}", {"lonlat": [source_of(lon), source_of(lat)]}
    )


def bearing(azimuth: float | None) -> str:
    """
    Name a direction by the nearest of the eight winds.

    Parameters
    ----------
    azimuth
        Degrees clockwise from north.

    Examples
    --------
    >>> bearing(228), bearing(-10)
    ('barat daya', 'utara')
    """
    if azimuth is None or pd.isna(azimuth):
        return "–"
    winds = (_("utara"), _("timur laut"), _("timur"), _("tenggara"), _("selatan"), _("barat daya"), _("barat"),
             _("barat laut"))  # fmt: skip
    return winds[round(azimuth / 45) % 8]


def status_label(status: str) -> str:
    """
    Status word for people.

    Examples
    --------
    >>> status_label("near_boundary")
    'Dekat batas, perlu verifikasi'
    """
    return {
        "inside": _("Di dalam kawasan hutan"),
        "partly_inside": _("Sebagian di dalam kawasan hutan"),
        "near_boundary": _("Dekat batas, perlu verifikasi"),
        "outside": _("Di luar kawasan hutan"),
        "not_assessed": _("Belum dapat dinilai"),
    }[status]


def action_label(action: str) -> str:
    """Name an action for people."""
    return {
        "legalize": _("Urus legalitas"),
        "verify": _("Verifikasi"),
        "none": _("Tidak ada"),
        "fix_data": _("Perbaiki data"),
    }[action]


def followup_label(state: str) -> str:
    """
    How far people are with a site, for people.

    Examples
    --------
    >>> followup_label("waiting")
    'Menunggu pihak lain'
    """
    return {
        "open": _("Belum dikerjakan"),
        "in_progress": _("Sedang dikerjakan"),
        "waiting": _("Menunggu pihak lain"),
        "done": _("Selesai"),
        "dropped": _("Tidak dilanjutkan"),
    }[state]


def disclaimer() -> str:
    """Return the sentence that every output carries."""
    return _(
        "Indikasi hasil penapisan, bukan penetapan hukum. Minta telaah status kawasan hutan ke BPKH; jangan "
        "memulai kegiatan fisik sebelum ada persetujuan."
    )


def synthetic_note() -> str:
    """Return the sentence that every output made from the bundled sample carries."""
    return _("DATA CONTOH BUATAN: daftar titik atau kawasan hutan di sini rekaan; hasilnya bukan keadaan nyata.")
