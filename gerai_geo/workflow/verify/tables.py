"""Tables of a saved result against each other: findings.csv, the layers of findings.gpkg, the parts of a long list."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gerai_geo.core.unfinished.temporaries import scratch_folder
from gerai_geo.errors import InputError
from gerai_geo.i18n.numbers import number
from gerai_geo.i18n.translate import _, use_language
from gerai_geo.records.decisions.layer_decisions import shown_screening
from gerai_geo.records.geopackage import write_csv
from gerai_geo.records.models import Screening
from gerai_geo.records.store import GEOPACKAGE, notice
from gerai_geo.screening.large.parquet_writer import FINDINGS, OVERLAPS
from gerai_geo.workflow.verify.files import damage, delimiter_of
from gerai_geo.workflow.verify.report import Check, SavedResult

CSV: Final = "findings.csv"
_SHOWN: Final = 3
_COMPARED: Final = ("status", "number", "regency")
_OFF_M2: Final = 1.0


def check_csv(result: SavedResult) -> list[Check]:
    """Row on findings.csv against the layer ``findings``: cell by cell where the file changed."""
    state = result.files.get(CSV)
    if state in (None, "missing") or result.screening is None:
        return []
    file = result.folder / CSV
    columns = None if state != "same" else _COMPARED  # another version may write other columns otherwise
    found = differences(file, result.screening, columns)
    if found and state == "same" and result.files.get(GEOPACKAGE) != "same":
        return []  # the other one changed, and has a row
    if found and (why := damage(file)):
        text = _("Rusak ({why}). Buat lagi, atau ambil dari salinan.").format(why=why)
        return [Check("findings", "mismatch", f"{text} {_said(found)}", CSV, "damage")]
    if found:
        text = _("Diubah orang sejak ditulis. {what}").format(what=_said(found))
        return [Check("findings", "mismatch", text, CSV, "people")]
    if state != "same":
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
    if missing := [c for c in names if c not in now[0]]:
        found.append(_("kolom {names} tidak ada lagi").format(names=", ".join(missing)))
    if columns is None and (added := [c for c in now[0] if c not in was[0]]):
        found.append(_("kolom {names} ditambahkan").format(names=", ".join(added)))
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
            if c in other and c in row and other[c] != row[c]
        ]
    return found


def _read(file: Path) -> tuple[list[str], list[list[str]]]:
    """Head and rows of a CSV, as ours or as a spreadsheet under Indonesian settings saves it."""
    text = file.read_bytes().decode("utf-8-sig", "replace").replace("\0", "\ufffd")
    rows = [row for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter_of(text)) if row]
    return (rows[0], rows[1:]) if rows else ([], [])


def _by_id(table: tuple[list[str], list[list[str]]]) -> dict[str, dict[str, str]]:
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
    state = result.files.get(GEOPACKAGE)
    if state in (None, "missing"):
        return []
    file = result.folder / GEOPACKAGE
    if result.screening is None:
        if error is None:
            return []
        why = damage(file)
        return [Check("geopackage", "mismatch", error, GEOPACKAGE, "damage" if why else "people")]
    if wrong := _contradictions(result.screening):
        return [Check("geopackage", "mismatch", wrong, GEOPACKAGE, "people")]
    if state == "same":
        text = _("Semua tabel lengkap; luas per fungsi dijumlah sama dengan luas kawasan hutan setiap titik.")
        return [Check("geopackage", "same", text, GEOPACKAGE)]
    if result.files.get(CSV) != "same":
        text = _("Berubah sejak ditulis, dan findings.csv tidak dapat dijadikan pembanding.")
        return [Check("geopackage", "mismatch", text, GEOPACKAGE, "people")]
    if found := differences(result.folder / CSV, result.screening):
        text = _("Diubah orang sejak ditulis; menurut findings.csv: {what}").format(what=_said(found))
        return [Check("geopackage", "mismatch", text, GEOPACKAGE, "people")]
    text = _("Dibuka atau disimpan oleh program lain (misalnya QGIS); isi temuan masih sama dengan findings.csv. Layer "
             "untuk gambar di dalamnya tidak dibandingkan.")  # fmt: skip
    return [Check("geopackage", "edited", text, GEOPACKAGE, "people")]


def _contradictions(screening: Screening) -> str | None:
    """Say what tables of a screening contradict each other in; None where they agree."""
    findings, overlaps = screening.findings, screening.overlaps
    for name, ids in (("overlaps", overlaps["site_id"]), ("issues", screening.issues["site_id"].dropna())):
        if not ids.isin(findings.index).all():
            text = _("Tabel {name} menyebut titik yang tidak ada di temuan: {site}.")
            return text.format(name=name, site=ids[~ids.isin(findings.index)].iloc[0])
    if not {"forest_m2", "area_m2"} <= {*findings.columns}:
        return None
    inside = overlaps[overlaps["in_forest"].fillna(False).astype(bool)]
    summed = inside.groupby("site_id")["overlap_m2"].sum().reindex(findings.index, fill_value=0.0)
    conflicts = screening.issues.loc[screening.issues["code"].eq("contradiction"), "site_id"]
    forest_m2 = findings["forest_m2"].to_numpy(dtype=float, na_value=np.nan)
    gap = np.abs(summed.to_numpy(dtype=float) - forest_m2)
    gap[findings.index.isin(conflicts)] = 0.0  # ground that two functions claim counts once
    off = gap > _OFF_M2
    if off.any():
        return _("Luas per fungsi {site} tidak sama dengan luas kawasan hutannya.").format(site=findings.index[off][0])
    return None


def read_parts(folder: Path) -> pd.DataFrame:
    """
    Read what is verified of the findings of a long list: ``site_id``, ``status``, ``number``.

    Raises
    ------
    InputError
        If they can't be read.
    """
    place = _parts(folder, FINDINGS)
    try:
        table = pq.read_table(place, columns=["site_id", "status", "number"])
    except (pa.ArrowException, OSError, ValueError) as error:
        text = _("{file}: tidak dapat dibaca ({error}).")
        raise InputError(text.format(file=place.name, error=str(error).splitlines()[0][:160])) from error
    findings: pd.DataFrame = table.to_pandas()
    return findings


def _parts(folder: Path, name: str) -> Path:
    parts = folder / name.removesuffix(".parquet")
    return parts if parts.is_dir() else folder / name


def check_parts(result: SavedResult) -> list[Check]:
    """Rows on the tables of a long list: ids once, rows as recorded, overlaps of known sites."""
    assert result.shown is not None
    ids = result.shown["site_id"]
    if not ids.is_unique:
        text = _("ID rangkap di temuan: {site}.").format(site=ids[ids.duplicated()].iloc[0])
        return [Check("findings", "mismatch", text, FINDINGS, "people")]
    written: Mapping[str, Any] = (result.manifest.get("chunks") or {}).get("written") or {}
    for name, recorded in written.items():
        place = _parts(result.folder, name)
        rows = pq.read_metadata(place).num_rows if place.is_file() else -1
        if rows != recorded:
            text = _("{rows} baris, padahal tercatat {recorded}.").format(rows=rows, recorded=recorded)
            return [Check("findings", "mismatch", text, name, "people")]
    known = pa.array(ids)
    sites = pq.read_table(_parts(result.folder, OVERLAPS), columns=["site_id"])["site_id"].unique()
    strange = [s for s in sites.filter(pc.invert(pc.is_in(sites, known))).to_pylist() if s is not None]
    if strange:
        text = _("Tabel {name} menyebut titik yang tidak ada di temuan: {site}.")
        return [Check("findings", "mismatch", text.format(name=OVERLAPS, site=strange[0]), OVERLAPS, "people")]
    text = _("{n} temuan, setiap ID sekali; tabel lain hanya menyebut titik itu.")
    return [Check("findings", "same", text.format(n=number(len(ids), 0)), FINDINGS)]
