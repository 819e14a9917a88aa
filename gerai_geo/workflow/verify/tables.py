"""Tables of a saved result against each other: findings.csv, the layers of findings.gpkg, the parts of a long list."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from gerai_geo.core.unfinished.temporaries import scratch_folder
from gerai_geo.errors import InputError
from gerai_geo.i18n.numbers import number
from gerai_geo.i18n.translate import _, use_language
from gerai_geo.records.decisions.layer_decisions import shown_screening
from gerai_geo.records.geopackage import delimiter_of, write_csv
from gerai_geo.records.models import Screening
from gerai_geo.records.provenance.stored_layer import CONTENT, stored_layer_digest
from gerai_geo.records.store import GEOPACKAGE, notice
from gerai_geo.screening.large.parquet_writer import FINDINGS, ISSUES, OVERLAPS
from gerai_geo.screening.large.screen_file import KEY as CHUNKS
from gerai_geo.screening.large.screen_file import parts_of
from gerai_geo.workflow.verify.files import damage
from gerai_geo.workflow.verify.report import Check, SavedResult, some

CSV: Final = "findings.csv"
_SHOWN: Final = 3
_COMPARED: Final = ("status", "number", "regency")
_OFF_M2: Final = 1.0
_OF_A_SCREENING: Final = {"tables", "counts", "forest"}
"""Keys of which the manifest of a screening has some."""
_PARCELS: Final = ("Polygon", "MultiPolygon")
_NOT_SUMMED: Final = ("contradiction", "area_mismatch")
"""Issues of parcels whose parts do not add up, as the findings say themselves."""


def check_csv(result: SavedResult) -> list[Check]:
    """Row on findings.csv against the layer ``findings``: cell by cell where the file changed."""
    state = result.files.get(CSV)
    if state in (None, "missing") or result.screening is None:
        return []
    file = result.folder / CSV
    unchanged = state in ("same", "unrecorded")
    columns = _COMPARED if unchanged else None  # another version may write other columns otherwise
    found = differences(file, result.screening, columns)
    if found and state == "unrecorded":
        text = _("Tidak sama dengan findings.gpkg. {what}").format(what=_said(found))
        return [Check("findings", "mismatch", text, CSV, "people")]
    if found and state == "same" and result.files.get(GEOPACKAGE) != "same":
        return []  # the other one changed, and has a row
    if found and (why := damage(file)):
        text = _("Rusak ({why}). Buat lagi, atau ambil dari salinan.").format(why=why)
        return [Check("findings", "mismatch", f"{text} {_said(found)}", CSV, "damage")]
    if found:
        text = _("Diubah orang sejak ditulis. {what}").format(what=_said(found))
        return [Check("findings", "mismatch", text, CSV, "people")]
    if not unchanged:
        text = _("Disimpan ulang oleh program lain; setiap selnya masih sama dengan findings.gpkg.")
        return [Check("findings", "edited", text, CSV, "people")]
    text = _("ID, nomor, dan status {n} titik sama dengan findings.gpkg.")
    return [Check("findings", "same", text.format(n=number(len(result.screening.findings), 0)), CSV)]


def _said(found: list[str]) -> str:
    rest = len(found) - _SHOWN
    more = " " + _("… dan {n} lagi.").format(n=number(rest, 0)) if rest > 0 else ""
    return "; ".join(found[:_SHOWN]) + "." + more


def differences(file: Path, screening: Screening, columns: tuple[str, ...] | None = None) -> list[str]:
    """
    Say in a few words each where findings.csv is not what the findings give.

    Parameters
    ----------
    columns
        Columns to compare; by default all, in their order.
    """
    with scratch_folder() as folder:
        expected = folder / CSV
        with use_language(str(screening.manifest.get("lang") or "id")):
            write_csv(shown_screening(screening).findings, expected, notice(screening))
        if columns is None and expected.read_bytes() == file.read_bytes():
            return []
        was, now = _read(expected), _read(file)
    found = []
    names = list(was[0]) if columns is None else [c for c in columns if c in was[0]]
    heads = [Counter(c for c in head if columns is None or c in names) for head in (was[0], now[0])]
    if missing := heads[0] - heads[1]:
        found.append(_("kolom {names} tidak ada lagi").format(names=", ".join(missing)))
    if added := heads[1] - heads[0]:
        found.append(_("kolom {names} ditambahkan").format(names=", ".join(added)))
    text = _("{site}: {cells} sel, seharusnya {columns}")
    found += [
        text.format(site=row[0] or "–", cells=len(row), columns=len(now[0]))
        for row in now[1]
        if len(row) != len(now[0])
    ]
    rows_was, rows_now = _by_id(was), _by_id(now)
    found += [_("titik {site} tidak ada lagi").format(site=i) for i in rows_was if i not in rows_now]
    found += [_("titik {site} ditambahkan").format(site=i) for i in rows_now if i not in rows_was]
    if len(rows_now) < len(now[1]):
        found.append(_("ada ID yang rangkap"))
    text = _("{site}, kolom {column}: '{now}', seharusnya '{was}'")
    for site, row in rows_was.items():
        other = rows_now.get(site, row)
        found += [
            text.format(site=site, column=c, now=_short(other[c]), was=_short(row[c]))
            for c in names
            if c in other and other[c] != row[c]
        ]
    return found


def _read(file: Path) -> tuple[list[str], list[list[str]]]:
    """Head and rows of a CSV, as ours or as a spreadsheet under Indonesian settings saves it."""
    text = file.read_bytes().decode("utf-8-sig", "replace").replace("\0", "\ufffd")
    rows = [row for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter_of(text)) if row]
    return (rows[0], rows[1:]) if rows else ([], [])


def _by_id(table: tuple[list[str], list[list[str]]]) -> dict[str, dict[str, str]]:
    """Cells by id and column; of rows of another length as many as there are."""
    head, rows = table
    return {row[0]: dict(zip(head, row, strict=False)) for row in rows}


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def check_geopackage(result: SavedResult, error: str | None) -> list[Check]:
    """
    Row on findings.gpkg.

    Parameters
    ----------
    error
        Why its tables could not be read, if they could not.
    """
    file, state = result.folder / GEOPACKAGE, result.files.get(GEOPACKAGE)
    if not file.is_file():
        if not _OF_A_SCREENING & result.manifest.keys():
            return []  # a folder of other outputs
        text = _("Tidak ada lagi di folder ini, padahal semua temuan ada di dalamnya. Ambil dari salinan.")
        return [Check("geopackage", "mismatch", text, GEOPACKAGE, "people")]
    if result.screening is None:
        if error is None:
            return []
        why = damage(file)
        return [Check("geopackage", "mismatch", error, GEOPACKAGE, "damage" if why else "people")]
    if wrong := contradictions(result.screening):
        return [Check("geopackage", "mismatch", wrong, GEOPACKAGE, "people")]
    changed, unrecorded = _changed_layers(file, result.manifest["tables"])
    said = _difference_to_csv(result) if state != "same" or "findings" in changed else None
    if said is not None:
        return [Check("geopackage", "mismatch", said, GEOPACKAGE, "people")]
    if changed:
        text = _("Tabel di dalamnya diubah orang sejak ditulis: {names}.").format(names=some(changed))
        return [Check("geopackage", "mismatch", text, GEOPACKAGE, "people")]
    if state in ("same", "unrecorded"):
        text = _("Semua tabel lengkap; luas per fungsi dijumlah sama dengan luas kawasan hutan setiap titik.")
        return [Check("geopackage", "same", text, GEOPACKAGE)]
    if not unrecorded:
        text = _("Dibuka atau disimpan oleh program lain (misalnya QGIS); isi setiap tabelnya masih sama.")
        return [Check("geopackage", "edited", text, GEOPACKAGE, "people")]
    if result.files.get(CSV) != "same":
        text = _("Berubah sejak ditulis, dan findings.csv tidak dapat dijadikan pembanding.")
        return [Check("geopackage", "mismatch", text, GEOPACKAGE, "people")]
    text = _("Dibuka atau disimpan oleh program lain (misalnya QGIS); isi temuan masih sama dengan findings.csv. Layer "
             "lain di dalamnya tidak dibandingkan, karena hasil ini tidak mencatat isinya.")  # fmt: skip
    return [Check("geopackage", "edited", text, GEOPACKAGE, "people")]


def _difference_to_csv(result: SavedResult) -> str | None:
    """Say in which cells the findings are no longer those of findings.csv, where that is as it was written."""
    assert result.screening is not None
    if result.files.get(CSV) != "same" or not (found := differences(result.folder / CSV, result.screening)):
        return None
    return _("Diubah orang sejak ditulis; menurut findings.csv: {what}").format(what=_said(found))


def _changed_layers(file: Path, notes: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Names of the layers whose content is no longer the one that was recorded, and of those with no record of it."""
    unrecorded = [layer for layer, about in notes.items() if CONTENT not in about]
    return [
        layer
        for layer, about in notes.items()
        if layer not in unrecorded and stored_layer_digest(file, layer, about) != about[CONTENT]
    ], unrecorded


def contradictions(screening: Screening) -> str | None:
    """Say what tables of a screening contradict each other in; None where they agree."""
    findings, overlaps = screening.findings, screening.overlaps
    for name, ids in (("overlaps", overlaps["site_id"]), ("issues", screening.issues["site_id"].dropna())):
        if not ids.isin(findings.index).all():
            text = _("Tabel {name} menyebut titik yang tidak ada di temuan: {site}.")
            return text.format(name=name, site=ids[~ids.isin(findings.index)].iloc[0])
    needed = ("forest_m2", "area_m2", "uncovered_m2")
    if gone := [c for c in needed if c not in findings]:
        return _("Tabel findings tidak lagi memuat kolom {names}.").format(names=", ".join(gone))
    forest_m2, area_m2, uncovered_m2 = (findings[c].to_numpy(dtype=float, na_value=np.nan) for c in needed)
    conflicts = screening.issues.loc[screening.issues["code"].isin(_NOT_SUMMED), "site_id"]
    one_function = ~findings.index.isin(conflicts)  # ground that two functions claim counts once
    parcel = findings.geometry.geom_type.isin(_PARCELS).to_numpy() & one_function
    point = ~findings.geometry.geom_type.isin(_PARCELS).to_numpy()  # without areas, as sites without a place
    in_forest = overlaps["in_forest"].fillna(False).astype(bool)
    most_m2 = np.maximum(_OFF_M2, 1e-6 * np.nan_to_num(area_m2))
    for sums, expected_m2, sentence in (
        (overlaps[in_forest], forest_m2, _("Luas per fungsi {site} tidak sama dengan luas kawasan hutannya.")),
        (overlaps, area_m2 - uncovered_m2, _("Luas per fungsi {site} tidak sama dengan luas bidangnya.")),
    ):
        summed = sums.groupby("site_id")["overlap_m2"].sum().reindex(findings.index, fill_value=0.0)
        right = np.abs(summed.to_numpy(dtype=float) - expected_m2) <= most_m2
        off = (parcel & ~right) | (point & ~(right | np.isnan(expected_m2)))
        if off.any():
            return sentence.format(site=findings.index[off][0])
    return None


def read_parts(folder: Path) -> pd.DataFrame:
    """
    Read what is verified of the findings of a long list: ``site_id``, ``status``, ``number``.

    Raises
    ------
    InputError
        If they can't be read.
    """
    place = parts_of(folder, FINDINGS)
    try:
        table = pq.read_table(place, columns=["site_id", "status", "number"])
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(_unreadable(place, error)) from error
    findings: pd.DataFrame = table.to_pandas()
    return findings


def _unreadable(place: Path, error: Exception) -> str:
    text = _("{file}: tidak dapat dibaca ({error}).")
    return text.format(file=place.name, error=(str(error).splitlines() or [type(error).__name__])[0][:160])


def check_parts(result: SavedResult) -> list[Check]:
    """Rows on the tables of a long list: ids once, rows as recorded, overlaps of known sites."""
    assert result.shown is not None
    ids = result.shown["site_id"]
    if not ids.is_unique:
        text = _("ID rangkap di temuan: {site}.").format(site=ids[ids.duplicated()].iloc[0])
        return [Check("findings", "mismatch", text, FINDINGS, "people")]
    written: Mapping[str, Any] = (result.manifest.get(CHUNKS) or {}).get("written") or {}
    checks, known = [], pa.array(ids)
    for name in (FINDINGS, OVERLAPS, ISSUES):
        place = parts_of(result.folder, name)
        try:
            sites = ds.dataset(place).to_table(columns=["site_id"])["site_id"]
        except (pa.ArrowException, OSError, ValueError) as error:
            checks.append(Check("findings", "mismatch", _unreadable(place, error), name, "damage"))
            continue
        rows, recorded = len(sites), written.get(name)
        if recorded is not None and rows != recorded:
            text = _("{rows} baris, padahal tercatat {recorded}.").format(rows=rows, recorded=recorded)
            checks.append(Check("findings", "mismatch", text, name, "people"))
        sites = sites.unique()
        strange = [s for s in sites.filter(pc.invert(pc.is_in(sites, known))).to_pylist() if s is not None]
        if strange:
            text = _("Tabel {name} menyebut titik yang tidak ada di temuan: {site}.")
            checks.append(Check("findings", "mismatch", text.format(name=name, site=strange[0]), name, "people"))
    if checks:
        return checks
    if not {FINDINGS, OVERLAPS, ISSUES} <= {*written}:
        text = _("Hasil ini tidak mencatat banyaknya baris setiap tabel; baris yang hilang tidak terlihat dari sini.")
        checks.append(Check("findings", "unknown", text))
    text = _("{n} temuan, setiap ID sekali; tabel lain hanya menyebut titik itu.")
    return [*checks, Check("findings", "same", text.format(n=number(len(ids), 0)), FINDINGS)]
