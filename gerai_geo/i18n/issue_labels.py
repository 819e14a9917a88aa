"""Labels of issues by code, and the part of a row that each code is about."""

from __future__ import annotations

from typing import Final

from gerai_geo.i18n.translate import _

_CORRECTED: Final = {
    "regency": ("code_mismatch", "ambiguous_code", "no_regency"),
    "area": ("bad_area", "area_differs", "area_below_600", "area_below_1000"),
    "coordinates": (
        "no_coordinates", "bad_coordinates", "outside_indonesia", "outside_regency", "outside_village", "shared_point",
        "close_points", "low_precision", "corner_crossing", "default_pin", "truncated_degree", "machine_grid",
        "read_minutes_60", "read_minus_and_hemisphere", "read_seconds_mark", "read_swapped_cells", "read_map_centre",
        "read_hemisphere_from_heading", "read_degrees_despite_crs",
    ),
}  # fmt: skip
_PART_BY_CODE: Final = {code: part for part, codes in _CORRECTED.items() for code in codes}


def corrects(code: str) -> str | None:
    """
    Part of a row to correct for a code: ``coordinates``, ``regency``, ``area`` or None.

    Examples
    --------
    >>> corrects("outside_regency"), corrects("bad_area"), corrects("columns_read")
    ('coordinates', 'area', None)
    """
    return _PART_BY_CODE.get(code)


def field_labels() -> dict[str, str]:
    """Labels of the parts that `corrects` returns."""
    return {"coordinates": _("Koordinat"), "regency": _("Kabupaten"), "area": _("Luas")}


def issue_label(code: str) -> str:
    """
    Label of the issues with a code; the code itself where it has none.

    Examples
    --------
    >>> issue_label("no_coordinates")
    'Koordinatnya kosong, jadi belum dapat dinilai'
    """
    return issue_labels().get(code, code)


def issue_labels() -> dict[str, str]:
    """Labels by code: of positions and geometries, of rows, of files and layers."""
    return {
        "no_coordinates": _("Koordinatnya kosong, jadi belum dapat dinilai"),
        "bad_coordinates": _("Koordinatnya tidak dapat dibaca"),
        "outside_indonesia": _("Titiknya jatuh di luar Indonesia"),
        "outside_regency": _("Titiknya di luar kabupaten yang tertulis"),
        "outside_village": _("Titiknya di luar desa yang tertulis"),
        "shared_point": _("Satu titik dipakai beberapa baris"),
        "close_points": _("Titik desa lain berjarak kurang dari 50 m"),
        "low_precision": _("Koordinatnya ditulis terlalu kasar"),
        "default_pin": _("Titiknya pin bawaan peta, bukan letak lahan"),
        "truncated_degree": _("Angka koordinatnya tampaknya terpotong"),
        "machine_grid": _("Titiknya berjarak teratur seperti dibuat mesin"),
        "bad_geometry": _("Gambarnya bukan titik atau bidang lahan"),
        "corner_missing": _("Titik sudut bidangnya ada yang kosong"),
        "corner_far": _("Titik sudut bidangnya ada yang jauh dari yang lain"),
        "corner_crossing": _("Urutan titik sudutnya membuat garis berpotongan"),
        "few_corners": _("Titik sudutnya kurang dari tiga"),
        "corner_order": _("Urutan titik sudutnya keliru dan dirapikan"),
        "corner_parts": _("Nomor titik sudutnya berulang dalam satu bidang"),
        "corners_joined": _("Titik-titik sudut dibaca sebagai satu bidang"),
        "geometry_repaired": _("Garis bidangnya berpotongan dan diperbaiki"),
        "repaired": _("Garis bidangnya berpotongan dan diperbaiki"),
        "read_minutes_60": _("Menit atau detiknya 60"),
        "read_minus_and_hemisphere": _("Ada tanda minus bersama LS atau BB"),
        "read_seconds_mark": _("Tanda detiknya tertulis seperti tanda menit"),
        "read_swapped_cells": _("Lintang dan bujurnya terisi terbalik"),
        "read_map_centre": _("Tautan petanya tanpa pin"),
        "read_hemisphere_from_heading": _("LS atau BB hanya ada di judul kolom"),
        "read_degrees_despite_crs": _("Derajat di daftar yang CRS-nya meter"),
        "code_mismatch": _("Kode wilayah dan nama kabupatennya tidak cocok"),
        "ambiguous_code": _("Kode wilayahnya dapat berarti dua kabupaten"),
        "no_regency": _("Kabupatennya tidak tertulis"),
        "regency_from_boundaries": _("Kabupatennya diisi dari batas wilayah"),
        "bad_area": _("Luasnya tidak terbaca"),
        "area_differs": _("Luas tertulis berbeda dengan luas gambar"),
        "area_below_600": _("Lahannya kurang dari ambang terkecil"),
        "area_below_1000": _("Lahannya kurang dari luas yang dituju"),
        "area_mismatch": _("Luas per fungsi tidak sama dengan luas bidang"),
        "parcel_assumed": _("Bidangnya digambar dari lebar dan panjang yang tertulis"),
        "parcel_unknown": _("Lebar dan panjangnya tidak tertulis, jadi tetap titik"),
        "bad_accuracy": _("Ketelitian titiknya tidak terbaca"),
        "duplicate_id": _("ID dipakai lebih dari satu baris"),
        "missing_id": _("Barisnya tanpa ID"),
        "duplicate_row": _("Baris yang sama tertulis lebih dari sekali"),
        "similar_names": _("Nama desanya hampir sama dengan desa lain di kabupaten itu"),
        "village_twice": _("Nama desanya ada lebih dari satu dan kecamatannya tidak tertulis"),
        "corrected": _("Dikoreksi sesuai berkas koreksi"),
        "columns_read": _("Kolom yang dipakai"),
        "sheet_skipped": _("Bagian berkas yang tidak dibaca"),
        "files_skipped": _("Berkas yang tidak dibaca"),
        "encoding_assumed": _("Sandi huruf berkas diperkirakan"),
        "reader_warning": _("Pesan dari pembaca berkas"),
        "other_regency": _("Titik di kabupaten lain tidak ikut"),
        "total_row": _("Baris jumlah dilewati"),
        "numbering_row": _("Baris penomoran dilewati"),
        "heading_row": _("Judul yang berulang dilewati"),
        "group_row": _("Judul kelompok dilewati"),
        "numbered_row": _("Baris bernomor yang kosong dilewati"),
        "note_row": _("Catatan di bawah tabel dilewati"),
        "on_overlay": _("Titiknya tercatat pada layer lain (izin, PIPPIB, dan sejenisnya)"),
        "near_overlay": _("Titiknya dekat tepi layer lain"),
        "overlay_coverage": _("Berapa titik yang tercatat pada layer lain"),
        "extra_kind": _("Jenis layer lain"),
        "extra_kind_unknown": _("Jenis layer lain"),
        "extra_repaired": _("Poligon layer lain yang diperbaiki"),
        "extra_left_out": _("Fitur layer lain yang dilewati"),
        "forest_window": _("Layer dibaca sebagian"),
        "scale_assumed": _("Skala layer diperkirakan"),
        "unknown_function": _("Fungsi kawasan yang tidak dikenal"),
        "weak_code": _("Kode fungsi dari sumber yang belum kuat"),
        "function_conflict": _("Kode dan nama fungsi tidak cocok"),
        "forest_null_geometry": _("Fitur layer kawasan tanpa geometri"),
        "forest_invalid": _("Poligon kawasan tidak sah, diperbaiki"),
        "forest_not_polygon": _("Fitur layer kawasan yang bukan poligon"),
        "forest_no_area_left": _("Poligon kawasan tanpa luas"),
        "forest_duplicate": _("Poligon kawasan yang rangkap"),
        "forest_z": _("Poligon kawasan dengan nilai tinggi (Z)"),
        "forest_m": _("Fitur layer kawasan dengan nilai ukur (M)"),
        "forest_curve": _("Garis lengkung di layer kawasan"),
        "forest_sliver": _("Poligon kawasan yang sangat sempit"),
        "forest_contradiction": _("Tanah yang tercatat dengan dua fungsi"),
        "contradiction": _("Tanah yang tercatat dengan dua fungsi"),
        "forest_overlap": _("Poligon kawasan yang bertumpuk"),
        "forest_gap": _("Celah di dalam layer kawasan"),
    }
