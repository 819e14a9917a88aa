"""What is said of a reading or a refusal of `coordinates`, in words."""

from __future__ import annotations

from collections.abc import Mapping

from gerai_geo.i18n.translate import _
from gerai_geo.intake.coordinates.results import ParseError, Position
from gerai_geo.records.issues import Issue


def remarks(
    row: int, answer: Position | ParseError, columns: tuple[str | None, str | None], value: str | None
) -> list[Issue]:
    """
    IssueList on one row: none for a plain reading.

    Parameters
    ----------
    row, columns, value
        Place of the row in its table, names of its columns of coordinates, the coordinates as given.
    """
    column = " / ".join(c for c in columns if c)
    if isinstance(answer, Position):
        sentences = _notes(answer)
        return [
            Issue(row, f"read_{note}", sentences[note], "warning", column, value, candidates=())
            for note in dict.fromkeys(answer.notes)
            if note in sentences
        ]
    message, suggestion = _refusal(answer)
    code = "no_coordinates" if answer.code in ("blank", "half") else "bad_coordinates"
    places = tuple((r.lon, r.lat, r.crs) for r in answer.readings)
    return [Issue(row, code, message, "error", column, value, suggestion, places)]


def _notes(reading: Position) -> Mapping[str, str]:
    place = _("lintang {lat}, bujur {lon}").format(lat=f"{reading.lat:.7g}", lon=f"{reading.lon:.9g}")
    return {
        "minutes_60": _("Menit atau detik bernilai 60; dibaca {place}.").format(place=place),
        "minus_and_hemisphere": _("Ada tanda minus dan juga LS/BB; dibaca sekali negatif: {place}.").format(
            place=place
        ),
        "seconds_mark": _("Detik bertanda seperti menit; dibaca {place}.").format(place=place),
        "swapped_cells": _("Lintang dan bujur terisi terbalik menurut LS/BT-nya; dibaca {place}.").format(place=place),
        "map_centre": _("Tautan peta tanpa pin; yang dibaca titik tengah layarnya: {place}.").format(place=place),
        "hemisphere_from_heading": _("LS/BB diambil dari judul kolom; dibaca {place}.").format(place=place),
        "degrees_despite_crs": _(
            "CRS yang disebut dalam meter, tetapi baris ini dalam derajat; dibaca {place}."
        ).format(place=place),
    }


def _refusal(refusal: ParseError) -> tuple[str, str]:
    """Say what is wrong and what would mend it."""
    rewrite = _("Tulis ulang dalam derajat desimal, misalnya -2,531230 dan 112,950410.")
    if refusal.code == "ambiguous":
        listed = _(" atau ").join(
            _("lintang {lat}, bujur {lon}").format(lat=f"{r.lat:.7g}", lon=f"{r.lon:.9g}") for r in refusal.readings[:3]
        )
        if len(refusal.readings) == 1:
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
        "plus_code": (_("Plus Code tidak dibaca."), _("Buka di peta, lalu salin angka lintang dan bujurnya.")),
        "mgrs": (
            _("Acuan MGRS tidak lengkap atau tidak mungkin."),
            _("Tulis zona, dua huruf kotak, lalu angka timur dan utara sama banyak, misalnya 49M GT 16818 20194."),
        ),
    }[refusal.code]
