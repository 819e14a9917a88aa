"""
Labels, dates and coordinates in the language in force.

Indonesian texts stand in the code, inside ``_()``, or in data files as `labels.toml`; English ones in
``locale/en/*.po``, which Babel reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd

from gerai_geo.core.dates import MONTHS
from gerai_geo.i18n.numbers import area as area
from gerai_geo.i18n.numbers import distance as distance
from gerai_geo.i18n.numbers import number as number
from gerai_geo.i18n.numbers import percent as percent
from gerai_geo.i18n.numbers import probability as probability
from gerai_geo.i18n.text_tables import text_tables
from gerai_geo.i18n.translate import Text, _, current_language, source_of


def day(value: date | datetime | str | None) -> str:
    """
    Format a date in words.

    Examples
    --------
    >>> day("2025-11-25"), day(None)
    ('25 November 2025', '–')
    """
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return "–"
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    shown = f"{moment.day} {_(MONTHS[moment.month - 1].capitalize())} {moment.year}"
    return Text(shown, {"day": moment.isoformat()})


def coordinates(lon: float, lat: float) -> str:
    """
    Format a position in degrees, minutes and seconds, latitude first: LS/LU and BT/BB.

    Parameters
    ----------
    lon, lat
        Degrees, EPSG:4326.

    Examples
    --------
    >>> coordinates(112.95, -2.53)
    '2° 31′ 48,0″ LS, 112° 57′ 00,0″ BT'
    """
    return Text(", ".join(degrees_minutes_seconds(lon, lat)), {"lonlat": [source_of(lon), source_of(lat)]})


def extent(bounds: Sequence[float]) -> str:
    """
    Format a bounding box in degrees: longitudes, then latitudes.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees.

    Examples
    --------
    >>> extent((112.0, -4.0, 114.5, -1.0))
    'bujur 112,00 sampai 114,50, lintang -4,00 sampai -1,00'
    """
    west, south, east, north = (number(value, 2) for value in bounds)
    text = _("bujur {west} sampai {east}, lintang {south} sampai {north}")
    return text.format(west=west, south=south, east=east, north=north)


def degrees_minutes_seconds(lon: float, lat: float, decimals: int = 1) -> tuple[str, str]:
    """
    Latitude and longitude in degrees, minutes and seconds.

    Parameters
    ----------
    lon, lat
        Degrees, EPSG:4326.
    decimals
        Of the seconds: 1 for steps of 3 m, 2 for steps of 0.3 m.

    Examples
    --------
    >>> degrees_minutes_seconds(112.95, -2.53, 2)
    ('2° 31′ 48,00″ LS', '112° 57′ 00,00″ BT')
    """
    unit = 10**decimals
    parts = []
    for value, axis in ((lat, "lat"), (lon, "lon")):
        minutes, rest = divmod(round(abs(value) * (3_600 * unit)), 60 * unit)
        seconds = f"{rest / unit:0{3 + decimals}.{decimals}f}"
        seconds = seconds.replace(".", ",") if current_language() == "id" else seconds
        parts.append(f"{minutes // 60}° {minutes % 60:02d}′ {seconds}″ {hemisphere(value, axis)}")
    return parts[0], parts[1]


def hemisphere(value: float, axis: str) -> str:
    """
    Letters behind a latitude (``lat``) or longitude (``lon``).

    Examples
    --------
    >>> hemisphere(-2.5, "lat"), hemisphere(112.9, "lon")
    ('LS', 'BT')
    """
    letters = {"id": {"lat": ("LU", "LS"), "lon": ("BT", "BB")}, "en": {"lat": ("N", "S"), "lon": ("E", "W")}}
    return letters[current_language()][axis][value < 0]


def bearing(azimuth: float | None) -> str:
    """
    Direction as the nearest of the eight winds.

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
    winds = text_tables("i18n", "labels.toml")["winds"]
    return _(winds[round(azimuth / 45) % 8])


def label(table: str, code: str) -> str:
    """
    Label of a code, from a table of `labels.toml`.

    Examples
    --------
    >>> label("short_statuses", "near_boundary")
    'Dekat batas'
    """
    return _(text_tables("i18n", "labels.toml")[table][code])


def labels_of(table: str) -> dict[str, str]:
    """Labels of a table of `labels.toml` by code."""
    return {code: label(table, code) for code in text_tables("i18n", "labels.toml")[table]}


def status_label(status: str) -> str:
    """
    Label of a status.

    Examples
    --------
    >>> status_label("near_boundary")
    'Dekat batas, perlu verifikasi'
    """
    return label("statuses", status)


def status_meaning(status: str) -> str:
    """
    Meaning of a status, and what it asks caution for.

    Examples
    --------
    >>> status_meaning("near_boundary")[-50:]
    'di luar belum pasti. Perlu telaah atau pengukuran.'
    """
    return f"{label('status_meanings', status)} {label('status_cautions', status)}"


def action_label(action: str) -> str:
    """Label of an action."""
    return label("actions", action)


def stage_label(stage: str) -> str:
    """
    Label of the stage of a building.

    Examples
    --------
    >>> stage_label("under_construction")
    'Sedang dibangun'
    """
    return label("stages", stage)


def followup_label(state: str) -> str:
    """
    Label of the state of follow-up.

    Examples
    --------
    >>> followup_label("waiting")
    'Menunggu pihak lain'
    """
    return label("followup_states", state)


def disclaimer() -> str:
    """Disclaimer that every output carries."""
    return _(
        "Indikasi hasil penapisan, bukan penetapan hukum. Minta telaah status kawasan hutan ke BPKH; jangan "
        "memulai kegiatan fisik sebelum ada persetujuan."
    )


def scale_note(scale: float, smallest_m2: float) -> str:
    """Note of outputs with a site outside: how small the ground is that a map of a scale leaves out."""
    text = _(
        "Peta 1:{scale} biasanya tidak menggambar kantong dan pulau di bawah sekitar {size}; lokasi di dalamnya dapat "
        "keliru terbaca di luar."
    )
    return text.format(scale=number(scale, 0), size=area(smallest_m2))


def synthetic_note() -> str:
    """Note that every output made from synthetic data carries."""
    return _("DATA CONTOH BUATAN: data di sini rekaan; hasilnya bukan keadaan nyata.")


def selection_note(n: int, total: int) -> str:
    """Note that every output carries that holds only some of the sites."""
    text = _("Pilihan: {n} dari {total} titik; yang lain ada di daftar lengkapnya.")
    return text.format(n=number(n, 0), total=number(total, 0))
