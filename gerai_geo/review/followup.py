"""Follow-up read back from a meeting workbook, or carried over from an earlier screening."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from gerai_geo import schema
from gerai_geo.core.dates import today
from gerai_geo.core.file_digest import sha256
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.followup_labels import followup_fields, followup_text, layer_here_label
from gerai_geo.i18n.labels import day
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.decisions.layer_decisions import (
    DECIDED,
    field_names,
    layer_decisions,
    missing_fields,
    says_layer_is_wrong,
)
from gerai_geo.records.models import Screening
from gerai_geo.review.followup_result import CONFLICTS, DELETED, EDITS, PROBLEMS, Followup
from gerai_geo.review.merge import followup_table, match_snapshot, merge, snapshot_of_followup
from gerai_geo.review.workbook_diff import Cell, CellProblem, Edit, WorkbookEdits, read_edits
from gerai_geo.review.workbook_format import SnapshotSite, row_key, screening_id


@typed
@localised
def read_followup(result: Screening, workbook: str | Path, *, lang: str | None = None) -> Followup:
    """
    Read a meeting workbook back and merge its edits into a screening.

    The workbook is one that `write_list` wrote, of this screening or of an earlier one, saved by Excel, LibreOffice or
    any other program. Rows may be sorted, filtered and deleted, columns moved, renamed and added. Edits are merged by
    site: what only one side changed since the workbook was written is taken; where both did, the workbook's value is
    taken and a conflict is listed.

    Parameters
    ----------
    result
        The screening to merge into.
    workbook
        The .xlsx (or .ods, .xls) file.
    lang
        Language of messages, ``id`` or ``en``. Dropdown words of both are understood.

    Returns
    -------
    followup
        See `Followup`: ``.screening`` holds the merged follow-up; conflicts, deleted rows, new sites and problems are
        listed beside it.

    Raises
    ------
    InputError
        If the file can't be read or holds no list of this package.
    """
    path = Path(workbook)
    ids = [str(i) for i in result.findings.index]
    edits = read_edits(path, ids)
    sites = edits.snapshot.sites if edits.snapshot else {row_key(i): SnapshotSite(i) for i in ids}
    by_id = {s.site_id: s for s in sites.values()}
    same = edits.snapshot is None or edits.snapshot.screening_id == screening_id(result)
    read = _SiteEdits(edits, sites, match_snapshot(by_id.values(), result, same=same))
    problems = [read.problem_row(p) for p in edits.problems]
    gone = _("Lembar {name} tidak ada lagi di berkas; isinya yang lama tetap dipakai.")
    for name in edits.missing_lists:
        problems.append({"sheet": name, "code": "sheet_gone", "message": gone.format(name=name)})
    changes, rows = _collect_changes(read, problems)
    merged = merge(result, by_id, changes, read.current_ids, with_base=edits.snapshot is not None)
    problems += _gone_sites(by_id, changes, read.current_ids, result)
    table = followup_table(merged.values, ids)
    schema.check_table(table, "followup")
    source = {"source": path.name, "sha256": sha256(path)}
    before = [n for n in result.manifest.get("followup") or [] if not source.items() <= n.items()]
    manifest = result.manifest | {"followup": [*before, source | {"read": today().isoformat()}]}
    merged_screening = replace(result, followup=table, manifest=manifest)
    problems += _future_decisions(merged_screening, changes, read.current_ids)
    return Followup(
        merged_screening,
        _table(rows, EDITS),
        _table(merged.conflicts, CONFLICTS),
        _table(_deleted_rows(read), DELETED),
        _added_sites(edits, path, set(ids)),
        _table(problems, PROBLEMS),
    )


@typed
@localised
def carry_followup(result: Screening, old: Screening, *, lang: str | None = None) -> Followup:
    """
    Carry the follow-up of an earlier screening over into a new one.

    Parameters
    ----------
    result
        The new screening.
    old
        The earlier one.
    lang
        Language of messages.

    Returns
    -------
    followup
        Follow-up that the new screening already has stays; that of unmatched sites is kept and listed as a problem.
    """
    sites = snapshot_of_followup(old)
    current_ids = match_snapshot(sites.values(), result, same=screening_id(result) == screening_id(old))
    merged = merge(result, sites, {}, current_ids, with_base=True)
    table = followup_table(merged.values, [str(i) for i in result.findings.index])
    problems = _gone_sites(sites, {}, current_ids, result)
    notes = [*(old.manifest.get("followup") or []), *(result.manifest.get("followup") or [])]
    notes = [n for place, n in enumerate(notes) if n not in notes[:place]]
    return Followup(
        replace(result, followup=table, manifest=result.manifest | ({"followup": notes} if notes else {})),
        conflicts=_table(merged.conflicts, CONFLICTS),
        problems=_table(problems, PROBLEMS),
    )


@dataclass(frozen=True)
class _SiteEdits:
    """Edits of a workbook, the sites they are about by key of the row, and the current ids of those sites."""

    edits: WorkbookEdits
    sites: Mapping[str, SnapshotSite]
    current_ids: Mapping[str, str]

    def current_id(self, key: str) -> str:
        snapshot_id = self.sites[key].site_id
        return self.current_ids.get(snapshot_id, snapshot_id)

    def problem_row(self, problem: CellProblem) -> dict[str, Any]:
        """Row of the table of problems."""
        message = {
            "unknown_word": _("Bukan salah satu kata pilihan kolom ini; tidak dimasukkan. Pilih dari daftar."),
            "unreadable_date": _("Tidak terbaca sebagai tanggal; disimpan seperti tertulis."),
            "ambiguous_date": _("Dapat berarti {detail}; disimpan seperti tertulis."),
            "without_value": _(
                "Rumus yang belum dihitung, atau kesalahan; nilainya tidak ada di dalam berkas, jadi tidak dimasukkan. "
                "Ketik nilainya."
            ),
            "locked": _("Kolom ini tidak dibaca kembali; semula: {detail}. Perbaiki di daftar asalnya."),
            "renamed": _("Judul kolom diganti, semula: {detail}. Isinya tetap dibaca sebagai kolom itu."),
            "column_gone": _("Kolom {detail} tidak ada lagi di lembar ini; isinya yang lama tetap dipakai."),
            "no_heading": _("Tertulis di kolom tanpa judul; tidak dimasukkan."),
            "loose": _("Tertulis di luar titik mana pun; tidak dimasukkan."),
            "elsewhere": _("Tertulis di tempat yang tidak dibaca kembali."),
            "not_checked": _(
                "Lembar ini tidak diperiksa ({detail} sel terisi), sebab lembar tersembunyi berkas ini hilang."
            ),
            "twice": _("Titik ini tertulis dua kali dengan isi berbeda; yang dipakai: {detail}."),
            "bare_decision": _("Keputusan tanpa alasan atau tanpa nama yang memutuskan."),
            "bare_layer_decision": _(
                "Keputusan bahwa layer tidak berlaku belum dipakai; belum ada atau belum terbaca: {detail}."
            ),
        }[problem.code].format(detail=problem.detail or "–")
        cell = problem.cell
        return {
            "sheet": cell.sheet or None,
            "row": str(cell.row) if cell.row else None,
            "column": cell.column or None,
            "site_id": self.current_id(problem.key) if problem.key in self.sites else None,
            "value": cell.text or None,
            "code": problem.code,
            "message": message,
        }


def _collect_changes(
    read: _SiteEdits, problems: list[dict[str, Any]]
) -> tuple[dict[str, dict[str, str | None]], list[dict[str, Any]]]:
    """Collect changed values by snapshot id and column, and rows of `EDITS`; adds rows to the problems."""
    changes: dict[str, dict[str, str | None]] = {}
    rows: list[dict[str, Any]] = []
    for key, edits in read.edits.edits.items():
        site = read.sites[key]
        first: dict[str, Edit] = {}
        for edit in edits:
            before = first.setdefault(edit.field, edit)
            if before is not edit:
                if before.new.value != edit.new.value:
                    detail = f"{before.cell.sheet}, {before.cell.row}: {before.cell.text or '–'}"
                    problems.append(read.problem_row(CellProblem(edit.cell, "twice", key, detail)))
                continue
            if edit.new.value is None and read.edits.snapshot is None:
                continue
            if edit.new.problem:
                detail = " / ".join(day(d) for d in edit.new.candidates)
                problems.append(read.problem_row(CellProblem(edit.cell, edit.new.problem, key, detail)))
                if edit.new.problem == "unknown_word":
                    continue
            changes.setdefault(site.site_id, {})[edit.field] = edit.new.value
            row = (read.current_id(key), edit.field, site.followup.get(edit.field), edit.new.value)
            rows.append(dict(zip(EDITS, (*row, edit.cell.sheet, str(edit.cell.row)), strict=True)))
    for site_id, values in changes.items():
        if not {*DECIDED, "decided_by"} & set(values):
            continue
        key = row_key(site_id)
        followup = {**read.sites[key].followup, **values}
        if says_layer_is_wrong(followup) and (missing := missing_fields(followup)):
            cell = Cell("", 0, followup_fields()["layer_here"], layer_here_label("does_not_hold"))
            problems.append(read.problem_row(CellProblem(cell, "bare_layer_decision", key, field_names(missing))))
        if followup.get("decision") and not (followup.get("decision_reason") and followup.get("decided_by")):
            cell = Cell("", 0, followup_fields()["decision"], followup_text("decision", followup["decision"]))
            problems.append(read.problem_row(CellProblem(cell, "bare_decision", key)))
    return changes, rows


def _future_decisions(
    result: Screening, changes: Mapping[str, Mapping[str, str | None]], current_ids: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Rows on decisions just read that the layer does not hold, of a date to come."""
    decisions = layer_decisions(result)
    about = {current_ids.get(site_id, site_id) for site_id, values in changes.items() if {*DECIDED} & set(values)}
    waiting = decisions[(decisions["state"] == "not_yet") & decisions.index.isin(about)]
    column = followup_fields()["decision_date"]
    return [
        {
            "site_id": site_id,
            "column": column,
            "value": day(str(result.followup.at[site_id, "decision_date"])),
            "code": "future_layer_decision",
            "message": _(
                "Keputusan bahwa layer tidak berlaku belum dipakai: tanggal dokumennya belum tiba. Periksa tahunnya."
            ),
        }
        for site_id in waiting.index
    ]


def _gone_sites(
    sites: Mapping[str, SnapshotSite],
    changes: Mapping[str, Mapping[str, str | None]],
    current_ids: Mapping[str, str],
    result: Screening,
) -> list[dict[str, Any]]:
    """Rows on sites with follow-up that are not in the current screening."""
    rows = []
    for site_id, site in sites.items():
        if site_id in current_ids or not (site.followup or changes.get(site_id)):
            continue
        if site_id in result.findings.index:
            message = _("ID ini sekarang milik titik lain; tindak lanjutnya tidak dipindahkan. Periksa.")
        else:
            message = _("Titik ini tidak ada di hasil sekarang; tindak lanjutnya tetap disimpan.")
        value = "; ".join(f"{k}: {v}" for k, v in {**site.followup, **changes.get(site_id, {})}.items() if v)
        rows.append({"site_id": site_id, "value": value, "code": "site_gone", "message": message})
    return rows


def _deleted_rows(read: _SiteEdits) -> list[dict[str, Any]]:
    message = _("Barisnya dihapus di lembar ini; titik dan tindak lanjutnya tetap ada di hasil.")
    rows = []
    for key, sheet in read.edits.deleted:
        cells = {c: read.sites[key].cells.get(c) for c in ("name", "village")}
        rows.append({"site_id": read.current_id(key), **cells, "sheet": sheet, "message": message})
    return rows


def _added_sites(edits: WorkbookEdits, path: Path, taken: set[str]) -> pd.DataFrame:
    """Rows of new sites as a table; ids as typed where they are free, else made from file and row."""
    columns = ["name", "village", "district", "regency", "coordinates_as_given", "source", "source_row"]
    rows, ids = [], []
    for n, (cell, texts) in enumerate(edits.added, 1):
        made_id = f"{path.stem}-{cell.sheet}-{cell.row}"
        typed_id = texts.get("site_id", "")
        site_id = next((i for i in (typed_id, made_id) if i and i not in taken), f"{made_id}-{n}")
        taken = taken | {site_id}
        ids.append(site_id)
        row = {("id_as_typed" if k == "site_id" else k): v for k, v in texts.items() if k != "site_id" or v != site_id}
        rows.append(row | {"source": f"{path.name}, {cell.sheet}", "source_row": str(cell.row)})
    further = [c for r in rows for c in r if c not in columns]
    table = pd.DataFrame(rows, columns=list(dict.fromkeys([*columns, *further])), dtype="str")
    return table.set_axis(pd.Index(ids, name="site_id", dtype="str"))


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns)).astype("str")
