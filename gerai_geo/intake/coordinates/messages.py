"""Issues on parsed coordinates, with their messages."""

from __future__ import annotations

from gerai_geo.i18n.labels import distance
from gerai_geo.i18n.translate import _
from gerai_geo.intake.coordinates.results import ParseError, ParseResult, Position
from gerai_geo.records.issues import Issue


def parse_issues(
    row: int, result: ParseResult, columns: tuple[str | None, str | None], value: str | None
) -> list[Issue]:
    """
    Issues on the coordinates of one row; none for a plain position.

    Parameters
    ----------
    row, columns, value
        Position of the row in its table, names of its columns of coordinates, the coordinates as given.
    """
    column = " / ".join(c for c in columns if c)
    if isinstance(result, Position):
        notes = dict.fromkeys(result.notes)
        return [Issue(row, f"read_{note}", _note_message(note, result), "warning", column, value) for note in notes]
    message, suggestion = _error_message(result)
    code = "no_coordinates" if result.code in ("blank", "half") else "bad_coordinates"
    candidates = tuple((r.lon, r.lat, r.crs) for r in result.readings)
    return [Issue(row, code, message, "error", column, value, suggestion, candidates)]


def _place(position: Position) -> str:
    return _("lintang {lat}, bujur {lon}").format(lat=f"{position.lat:.7g}", lon=f"{position.lon:.9g}")


def _note_message(note: str, position: Position) -> str:
    """Message for a note on how a position was read."""
    text = {
        "minutes_60": _("Menit atau detik bernilai 60; dibaca {place}."),
        "minus_and_hemisphere": _("Ada tanda minus dan juga LS/BB; dibaca sekali negatif: {place}."),
        "seconds_mark": _("Detik bertanda seperti menit; dibaca {place}."),
        "swapped_cells": _("Lintang dan bujur terisi terbalik menurut LS/BT-nya; dibaca {place}."),
        "map_centre": _(
            "Tautan peta tanpa pin; yang dibaca titik tengah layarnya: {place}, pasti hanya sampai sekitar {distance}."
        ),
        "hemisphere_from_heading": _("LS/BB diambil dari judul kolom; dibaca {place}."),
        "degrees_despite_crs": _("CRS yang disebut dalam meter, tetapi baris ini dalam derajat; dibaca {place}."),
    }[note]
    extra = {"distance": distance(position.ce90_m or 0.0)} if note == "map_centre" else {}
    return text.format(place=_place(position), **extra)


def _error_message(error: ParseError) -> tuple[str, str]:
    """Message and suggestion for coordinates that could not be read."""
    rewrite = _("Tulis ulang dalam derajat desimal, misalnya -2,531230 dan 112,950410.")
    if error.code == "ambiguous":
        listed = _(" atau ").join(map(_place, error.readings[:3]))
        if len(error.readings) == 1:
            return _("Koordinat tidak tertulis jelas; mungkin maksudnya {readings}.").format(readings=listed), rewrite
        return _("Koordinat dapat dibaca lebih dari satu cara: {readings}.").format(readings=listed), rewrite
    return {
        "blank": (_("Koordinat kosong; titik ini belum dapat dinilai."), rewrite),
        "half": (_("Hanya satu dari lintang dan bujur yang terisi."), rewrite),
        "unreadable": (_("Koordinat tidak terbaca."), rewrite),
        "out_of_range": (_("Koordinat mustahil: lintang paling jauh 90°, bujur 180°."), rewrite),
        "zero": (_("Koordinat 0, 0 bukan letak lahan, melainkan isian kosong."), rewrite),
        "needs_crs": (
            _("Koordinat tampaknya dalam meter tanpa zona."),
            _("Tulis zonanya (UTM 49S, TM-3 49.2), atau sebutkan --crs."),
        ),
        "out_of_zone": (
            _("Angka koordinat tidak mungkin di zona yang ditulis."),
            _("Periksa zona (UTM 49S, 50S, 49N, 50N; TM-3 49.1 sampai 50.2) dan jumlah angkanya."),
        ),
        "short_link": (
            _("Tautan pendek hanya dapat dibuka lewat internet."),
            _("Buka tautannya, lalu salin angka lintang dan bujurnya."),
        ),
        "map_centre": (
            _("Tautan peta ini tanpa pin; titik tengah layarnya terlalu kasar untuk letak lahan."),
            _("Buka tautannya, taruh pin di lahannya, lalu bagikan lagi; atau salin angka lintang dan bujurnya."),
        ),
        "bad_shape": (
            _("Teks bidang (WKT, WKB, GeoJSON, atau daftar sudut) tidak terbaca."),
            _("Salin ulang teksnya secara utuh."),
        ),
        "plus_code": (_("Plus Code tidak dibaca."), _("Buka di peta, lalu salin angka lintang dan bujurnya.")),
        "mgrs": (
            _("Acuan MGRS tidak lengkap atau tidak mungkin."),
            _("Tulis zona, dua huruf kotak, lalu angka timur dan utara sama banyak, misalnya 49M GT 16818 20194."),
        ),
    }[error.code]
