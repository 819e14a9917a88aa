"""Texts that maps, index page and dossiers share: labels, counts, sources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.text.values import known
from gerai_geo.records.models import Screening


def map_texts() -> dict[str, str]:
    """
    Texts of a map's script, by name.

    The script fills the placeholders in braces.
    """
    return {
        "action": _("Tindak lanjut"),
        "all": _("Semua"),
        "area": _("Luas bidang"),
        "band": _("Pita ketelitian batas"),
        "changed": _("berubah"),
        "changes": _("Berubah sejak penapisan sebelumnya"),
        "changedYes": _("Yang berubah"),
        "changedNo": _("Yang tidak berubah"),
        "clearHere": _("Tanah terdekat di luar kawasan hutan untuk titik {no}"),
        "clearLayer": _("Arah ke tanah di luar kawasan hutan"),
        "decidedBy": _("Diputuskan oleh"),
        "decision": _("Keputusan rapat"),
        "decisionReason": _("Alasan keputusan"),
        "dueDate": _("Batas waktu"),
        "extraHere": _("Lapisan tambahan di tempat ini"),
        "extraSource": _("Sumber lapisan"),
        "followup": _("Status tindak lanjut"),
        "followupNone": _("Belum ada catatan"),
        "followupTitle": _("Tindak lanjut rapat"),
        "letter": _("Nomor surat"),
        "meetingNote": _("Catatan"),
        "loading": _("Daftar sedang dibuka …"),
        "oldBrowser": _("Peramban ini terlalu lama untuk daftar ini. Pakai Chrome, Edge, atau Firefox terbaru."),
        "printCut": _("{n} titik lain tidak dicetak; saring dulu, misalnya menurut kecamatan."),
        "overlays": _("Lapisan tambahan"),
        "overlaysNone": _("tidak tercatat pada lapisan tambahan yang diperiksa"),
        "personInCharge": _("Penanggung jawab"),
        "recorded": _("Aplikasi pelaporan"),
        "recordedYes": _("Tercatat"),
        "recordedNo": _("Belum tercatat"),
        "rimShort": _("{distance} ke tepi lapisan"),
        "citations": _("Dasar"),
        "contact": _("Tanyakan ke"),
        "grades": _("Arti keyakinan"),
        "gradesMeaning": _(
            "A teks hukum atau berkas resmi; B beberapa sumber sependapat; C satu sumber; I kesimpulan. C dan I perlu "
            "konfirmasi."
        ),
        "firstStep": _("Langkah pertama"),
        "forbidden": _("Jangan"),
        "others": _("Kemungkinan lain (perlu telaah)"),
        "clear": _("Tanah terdekat di luar kawasan hutan"),
        "close": _("Tutup"),
        "cluster": _("{n} titik berdekatan: {counts}"),
        "coordinates": _("Koordinat"),
        "coordinatesAsGiven": _("Koordinat dalam daftar"),
        "decider": _("Pemutus"),
        "decree": _("Nomor SK"),
        "decreeDate": _("Tanggal SK"),
        "district": _("Kecamatan"),
        "declaredArea": _("Luas menurut daftar"),
        "east": _("BT"),
        "west": _("BB"),
        "north": _("LU"),
        "south": _("LS"),
        "file": _("Asal data"),
        "forestArea": _("Di kawasan hutan"),
        "function": _("Fungsi"),
        "given": _("Kode dalam lapisan"),
        "grid": _("Kisi koordinat"),
        "group": _("Gabungkan titik yang berimpit"),
        "home": _("Tampilkan semua titik"),
        "inForest": _("Kawasan hutan"),
        "notInForest": _("Bukan kawasan hutan"),
        "forestUnknown": _("Belum diketahui kawasan hutan atau bukan"),
        "issues": _("Masalah data"),
        "labels": _("Singkatan fungsi"),
        "measure": _("Ukur jarak"),
        "measureHint": _("Klik titik-titik di peta; tekan Esc untuk selesai."),
        "more": _("Rincian"),
        "name": _("Nama"),
        "noPlace": _("tanpa koordinat"),
        "noMatch": _("Tidak ada titik yang cocok. Ubah kata pencarian atau saringan."),
        "absent": _("{n} titik tanpa koordinat: hanya di daftar"),
        "absentOne": _("1 titik tanpa koordinat: hanya di daftar"),
        "noPolygon": _("Tanpa poligon: status tidak diketahui"),
        "outOfFrame": _("Di luar bingkai: tidak digambar"),
        "boundary": _("Jarak ke batas"),
        "openStreetMap": _("OpenStreetMap (perlu internet)"),
        "rupabumi": _("Peta Rupabumi BIG (perlu internet)"),
        "notDrawn": _("Titik ini tidak punya koordinat, jadi tidak ada di peta."),
        "numbers": _("Nomor titik"),
        "number": _("No."),
        "overlap": _("Luas menurut fungsi"),
        "parcels": _("Batas bidang tanah"),
        "place": _("Desa dan nama"),
        "probability": _("Peluang di kawasan hutan"),
        "reason": _("Alasan"),
        "rim": _("Jarak ke tepi lapisan"),
        "route": _("Jalur legalitas"),
        "routeConfidence": _("keyakinan sumber {grade}"),
        "shown": _("{n} dari {total} titik"),
        "shownOne": _("{n} dari 1 titik"),
        "siteId": _("ID"),
        "stage": _("Tahap pengukuhan"),
        "status": _("Status"),
        "tolerance": _("Ketelitian batas dan titik"),
        "utm": _("UTM (WGS 84)"),
        "village": _("Desa/kelurahan"),
        "zoomIn": _("Perbesar"),
        "zoomOut": _("Perkecil"),
    }


def short_status(status: str) -> str:
    """
    Status in one or two words.

    Examples
    --------
    >>> short_status("near_boundary")
    'Dekat batas'
    """
    return {
        "inside": _("Di dalam"),
        "partly_inside": _("Sebagian"),
        "near_boundary": _("Dekat batas"),
        "outside": _("Di luar"),
        "not_assessed": _("Belum dinilai"),
    }[status]


def site_status(row: Mapping[Any, Any], *, short: bool = False) -> str:
    """
    Status label of one site; names the layer's rim where that, not a boundary, is near.

    Examples
    --------
    >>> site_status({"status": "near_boundary", "reason_code": "near_rim"})
    'Dekat tepi layer, perlu verifikasi'
    >>> site_status({"status": "near_boundary", "reason_code": "near_edge"}, short=True)
    'Dekat batas'
    """
    status = str(row["status"])
    if at_rim(row):
        return _("Dekat tepi layer") if short else _("Dekat tepi layer, perlu verifikasi")
    return short_status(status) if short else labels.status_label(status)


def at_rim(row: Mapping[Any, Any]) -> bool:
    """Whether a site is near ground that the layer doesn't cover, rather than near a boundary."""
    return row.get("status") == "near_boundary" and row.get("reason_code") in ("near_rim", "touches_unknown")


def regency_title(regency: str | None, code: str | None) -> str:
    """
    Heading of a regency: with ``Kabupaten`` or ``Kota`` where its code tells which.

    Examples
    --------
    >>> regency_title("Seruyan", "62.07"), regency_title("Palangka Raya", "62.71"), regency_title(None, None)
    ('Kabupaten Seruyan', 'Kota Palangka Raya', 'Kabupaten/kota tidak diketahui')
    >>> regency_title("Kab. Seruyan", None), regency_title("Barito", None)
    ('Kabupaten Seruyan', 'Barito')
    """
    if regency is None or pd.isna(regency) or not regency.strip():
        return _("Kabupaten/kota tidak diketahui")
    name = " ".join(regency.split())
    if match := re.match(r"kab(upaten|\.)? +(?=\S)", name, re.IGNORECASE):
        return f"Kabupaten {name[match.end() :]}" if current_language() == "id" else name[match.end() :]
    if code is None or pd.isna(code) or name.lower().startswith("kota ") or current_language() != "id":
        return name
    return f"Kota {name}" if str(code).partition(".")[2] >= "71" else f"Kabupaten {name}"


def short_regency(regency: str) -> str:
    """
    Name of a regency without ``Kabupaten`` or ``Kota``.

    Examples
    --------
    >>> short_regency("Kab. Seruyan"), short_regency("Kota Palangka Raya")
    ('Seruyan', 'Palangka Raya')
    """
    return re.sub(r"^(kabupaten|kab\.?|kota) +(?=\S)", "", " ".join(regency.split()), flags=re.IGNORECASE)


def counts_sentence(status: pd.Series[str], action: pd.Series[str]) -> str:
    """
    One sentence on the number of sites by status.

    Examples
    --------
    >>> counts_sentence(pd.Series(["inside", "outside"]), pd.Series(["legalize", "none"]))
    '2 titik: 1 di dalam, 1 di luar. 1 perlu tindak lanjut.'
    """
    counts = status.value_counts()
    parts = [f"{labels.number(counts[s], 0)} {short_status(s).lower()}" for s in schema.STATUSES if s in counts]
    return _("{sites}: {parts}. {m} perlu tindak lanjut.").format(
        sites=sites_text(len(status)), parts=", ".join(parts) or "–", m=labels.number((action != "none").sum(), 0)
    )


def sites_text(n: int) -> str:
    """
    "n sites".

    Examples
    --------
    >>> sites_text(1_542)
    '1.542 titik'
    """
    return _("1 titik") if n == 1 else _("{n} titik").format(n=labels.number(n, 0))


def source_facts(screening: Screening) -> list[tuple[str, str]]:
    """
    Pairs of label and value on the sources of a screening, for the foot of a page.

    Missing values are left out, but for edition and scale, which are then called unknown.
    """
    manifest = screening.manifest
    forest = manifest.get("forest") or {}
    scale = forest.get("scale")
    lists = [str(s.get("source", "")) for s in manifest.get("sites") or []]
    lists = lists or screening.findings["source"].dropna().tolist()
    # a file with many sheets or layers is named once
    lists = list(dict.fromkeys(re.sub(r", (lembar|lapisan|sheet|layer) .*", "", name) for name in lists))
    shown = ", ".join(lists[:3]) + (_(" dan {n} lainnya").format(n=len(lists) - 3) if len(lists) > 3 else "")
    versions = manifest.get("versions") or {}
    version = versions.get("gerai_geo") or versions.get("gerai-geo")
    tolerance = manifest.get("tolerance_m")
    facts = [
        (_("Daftar titik"), shown),
        (_("Kawasan hutan"), str(forest.get("source") or "")),
        (_("Edisi"), str(forest.get("edition") or _("tidak disebutkan"))),
        (_("Skala"), f"1:{labels.number(scale, 0)}" if scale else _("tidak disebutkan")),
        (_("Toleransi"), labels.distance(tolerance) if isinstance(tolerance, int | float) else ""),
        (_("Tanggal"), labels.day(manifest.get("created"))),
        (_("Program"), f"gerai-geo {version}" if version else ""),
    ]
    return [(label, value) for label, value in facts if value]


def synthetic_text(screening: Screening) -> str:
    """Note on invented sites; empty for real ones."""
    return labels.synthetic_note() if screening.manifest.get("synthetic") else ""


def boundary_text(boundary_m: Any) -> str | None:
    """
    Signed distance to the nearest edge of kawasan hutan in words; None where it is missing.

    Examples
    --------
    >>> boundary_text(55.6), boundary_text(-1111.4), boundary_text(0.0), boundary_text(None)
    ('56 m di dalam', '1.111 m di luar', 'dilintasi batas', None)
    """
    if not known(boundary_m):
        return None
    if boundary_m == 0:
        return _("dilintasi batas")
    text = _("{distance} di dalam") if boundary_m > 0 else _("{distance} di luar")
    return text.format(distance=labels.distance(boundary_m))
