"""The workbook after the meeting: what people did in it, merged into a screening; nothing typed is lost."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n.followup_labels import followup_fields
from gerai_geo.i18n.labels import day
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.models import Screening
from gerai_geo.review.followup_result import CONFLICTS, DELETED, EDITS, PROBLEMS, Followup
from gerai_geo.review.merge import as_table, known_sites, match_then_and_now, merge
from gerai_geo.review.workbook_diff import Cell, Edit, Problem, WorkbookEdits, read_edits
from gerai_geo.review.workbook_format import SnapshotSite, row_key, screening_id


@localised
def read_followup(result: Screening, workbook: str | Path, *, lang: str | None = None) -> Followup:
    """
    Read the workbook of a meeting back: what people filled in, changed, deleted, and added.

    The workbook is one that `write_list` wrote, of this screening or of an earlier one, saved by Excel, LibreOffice or
    any other program. Rows may be sorted, filtered and deleted, columns moved, renamed and added. Edits are merged by
    site: what only one side changed since the workbook was written is taken; where both did, the workbook's value is
    taken, and the conflict told.

    Parameters
    ----------
    result
        The screening to merge into.
    workbook
        The .xlsx (or .ods, .xls) file.
    lang
        Language of messages, ``id`` or ``en``. Words of both are understood.

    Returns
    -------
    followup
        See `Followup`: ``.screening`` holds the merged follow-up; conflicts, deleted rows, new sites, and whatever has
        no place or isn't understood are listed beside it.

    Raises
    ------
    InputError
        If the file can't be read or holds no list of ours.
    """
    path = Path(workbook)
    back = read_edits(path, [str(i) for i in result.findings.index])
    keys = back.sent.sites if back.sent else {row_key(str(i)): SnapshotSite(str(i)) for i in result.findings.index}
    then = {s.site_id: s for s in keys.values()}
    same = back.sent is None or back.sent.screening_id == screening_id(result)
    now = match_then_and_now(then.values(), result, same=same)
    problems = [_problem_row(p, keys, now) for p in back.problems]
    problems += [_gone_row(name) for name in back.missing]
    changed, edits = _changes(back, keys, now, problems)
    merged = merge(result, then, changed, now, with_base=back.sent is not None)
    problems += _homeless(then, changed, now, result)
    table = as_table(merged.values, [str(i) for i in result.findings.index])
    schema.check_table(table, "followup")
    note = {"source": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    notes = [n for n in result.manifest.get("followup") or [] if n != note] + [note]
    return Followup(
        replace(result, followup=table, manifest=result.manifest | {"followup": notes}),
        _table(edits, EDITS),
        _table(merged.conflicts, CONFLICTS),
        _table(_deleted(back, keys, now), DELETED),
        _added(back, path, set(result.findings.index.astype("str"))),
        _table(problems, PROBLEMS),
    )


@localised
def carry_followup(result: Screening, old: Screening, *, lang: str | None = None) -> Followup:
    """
    Take the follow-up of an earlier screening over into a new one, by site.

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
        What the new screening says already stays; sites that aren't found in it are kept, and told.
    """
    then = known_sites(old)
    now = match_then_and_now(then.values(), result, same=screening_id(result) == screening_id(old))
    merged = merge(result, then, {}, now, with_base=True)
    table = as_table(merged.values, [str(i) for i in result.findings.index])
    problems = _homeless(then, {}, now, result)
    return Followup(
        replace(result, followup=table),
        conflicts=_table(merged.conflicts, CONFLICTS),
        problems=_table(problems, PROBLEMS),
    )


def _changes(
    back: WorkbookEdits, keys: Mapping[str, SnapshotSite], now: Mapping[str, str], problems: list[dict[str, Any]]
) -> tuple[dict[str, dict[str, str | None]], list[dict[str, Any]]]:
    """Edits by id of then and column, one value each; what contradicts or isn't understood goes to the problems."""
    changed: dict[str, dict[str, str | None]] = {}
    rows: list[dict[str, Any]] = []
    for key, some in back.edits.items():
        site = keys[key]
        first: dict[str, Edit] = {}
        for edit in some:
            before = first.setdefault(edit.field, edit)
            if before is not edit:
                if before.typed.value != edit.typed.value:
                    detail = f"{before.cell.sheet}, {before.cell.row}: {before.cell.value or '–'}"
                    problems.append(_problem_row(Problem(edit.cell, "twice", key, detail), keys, now))
                continue
            if edit.typed.value is None and back.sent is None:
                continue
            if edit.typed.doubt:
                detail = " / ".join(day(d) for d in edit.typed.readings)
                problems.append(_problem_row(Problem(edit.cell, edit.typed.doubt, key, detail), keys, now))
                if edit.typed.doubt == "unknown_word":
                    continue
            changed.setdefault(site.site_id, {})[edit.field] = edit.typed.value
            row = (now.get(site.site_id, site.site_id), edit.field, site.followup.get(edit.field), edit.typed.value)
            rows.append(dict(zip(EDITS, (*row, edit.cell.sheet, str(edit.cell.row)), strict=True)))
    for site_id, values in changed.items():
        if not {"decision", "decision_reason", "decided_by"} & set(values):
            continue
        whole = dict[str, str | None](keys[row_key(site_id)].followup) | values
        if whole.get("decision") and not (whole.get("decision_reason") and whole.get("decided_by")):
            cell = Cell("", 0, followup_fields()["decision"], str(whole["decision"]))
            problems.append(_problem_row(Problem(cell, "bare_decision", row_key(site_id)), keys, now))
    return changed, rows


def _problem_row(problem: Problem, keys: Mapping[str, SnapshotSite], now: Mapping[str, str]) -> dict[str, Any]:
    text = {
        "unknown_word": _("Bukan salah satu kata pilihan kolom ini; tidak dimasukkan. Pilih dari daftar."),
        "unreadable_date": _("Tidak terbaca sebagai tanggal; disimpan seperti tertulis."),
        "ambiguous_date": _("Dapat berarti {detail}; disimpan seperti tertulis."),
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
    }[problem.code].format(detail=problem.detail or "–")
    site = keys.get(problem.key)
    return {
        "sheet": problem.cell.sheet or None,
        "row": str(problem.cell.row) if problem.cell.row else None,
        "column": problem.cell.column or None,
        "site_id": None if site is None else now.get(site.site_id, site.site_id),
        "value": problem.cell.value or None,
        "code": problem.code,
        "message": text,
    }


def _gone_row(name: str) -> dict[str, Any]:
    text = _("Lembar {name} tidak ada lagi di berkas; isinya yang lama tetap dipakai.")
    return {"sheet": name, "code": "sheet_gone", "message": text.format(name=name)}


def _homeless(
    then: Mapping[str, SnapshotSite], changed: Mapping[str, Any], now: Mapping[str, str], result: Screening
) -> list[dict[str, Any]]:
    """Tell follow-up of sites that today's screening doesn't have; it is kept under the id of then."""
    rows = []
    for site_id, site in then.items():
        if site_id in now or not (site.followup or changed.get(site_id)):
            continue
        if site_id in result.findings.index:
            text = _("ID ini sekarang milik titik lain; tindak lanjutnya tidak dipindahkan. Periksa.")
        else:
            text = _("Titik ini tidak ada di hasil sekarang; tindak lanjutnya tetap disimpan.")
        told = "; ".join(f"{k}: {v}" for k, v in {**site.followup, **changed.get(site_id, {})}.items() if v)
        rows.append({"site_id": site_id, "value": told, "code": "site_gone", "message": text})
    return rows


def _deleted(back: WorkbookEdits, keys: Mapping[str, SnapshotSite], now: Mapping[str, str]) -> list[dict[str, Any]]:
    text = _("Barisnya dihapus di lembar ini; titik dan tindak lanjutnya tetap ada di hasil.")
    return [
        {"site_id": now.get(s.site_id, s.site_id), "name": s.shown.get("name"), "village": s.shown.get("village"),
         "sheet": sheet, "message": text}
        for key, sheet in back.deleted
        if (s := keys[key])
    ]  # fmt: skip


def _added(back: WorkbookEdits, path: Path, taken: set[str]) -> pd.DataFrame:
    """Rows of new sites as a table; ids as typed where they are free, else made from file and row."""
    columns = ["name", "village", "district", "regency", "coordinates_as_given", "source", "source_row"]
    rows, ids = [], []
    for n, (cell, said) in enumerate(back.added, 1):
        wanted = said.get("site_id", "")
        free = f"{path.stem}-{cell.sheet}-{cell.row}"
        site_id = wanted if wanted and wanted not in taken else free if free not in taken else f"{free}-{n}"
        taken = taken | {site_id}
        ids.append(site_id)
        rest = {k: v for k, v in said.items() if k != "site_id" or v != site_id}
        rest = {("id_as_typed" if k == "site_id" else k): v for k, v in rest.items()}
        rows.append(rest | {"source": f"{path.name}, {cell.sheet}", "source_row": str(cell.row)})
    further = [c for r in rows for c in r if c not in columns]
    table = pd.DataFrame(rows, columns=list(dict.fromkeys([*columns, *further])), dtype="str")
    return table.set_axis(pd.Index(ids, name="site_id", dtype="str"))


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns)).astype("str")
