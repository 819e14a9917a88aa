"""Meeting workbooks of a saved result: of which run they are, what people filled in, and what they changed else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

from gerai_geo.errors import InputError
from gerai_geo.i18n.labels import status_label
from gerai_geo.i18n.numbers import number
from gerai_geo.i18n.translate import _
from gerai_geo.records.atomic_write import ADDED
from gerai_geo.records.decisions.layer_decisions import computed_statuses
from gerai_geo.records.models import Screening
from gerai_geo.review.workbook_diff import WorkbookEdits, read_edits, workbook_snapshot
from gerai_geo.review.workbook_format import Snapshot, screening_id
from gerai_geo.workflow.verify.files import damage
from gerai_geo.workflow.verify.report import Check, SavedResult, some

LISTS: Final = ("daftar.xlsx", "list.xlsx")
_SHOWN: Final = 3
_COMPUTED: Final = ("locked", "column_gone")
"""Problems of a workbook that change what was computed, or take away columns to fill in."""


def check_workbooks(result: SavedResult) -> list[Check]:
    """Row on each meeting workbook in the folder of a result."""
    if result.screening is None:
        return []
    names = [n for n in result.named("same", "changed") if n.lower().endswith(".xlsx")]
    names += [n for n in result.named("added", "unrecorded") if n in LISTS]
    checks = (_check(result, result.screening, name) for name in names)
    return [check for check in checks if check is not None]


def _check(result: SavedResult, screening: Screening, name: str) -> Check | None:
    file, state = result.folder / name, result.files[name]
    try:
        snapshot = workbook_snapshot(file)
    except InputError as error:
        if state == "same":
            return None  # no workbook of ours can't be read; another one that belongs to the result may be
        why = damage(file)
        text = _("Rusak ({why}). Ambil dari salinan, atau buat lagi dengan: gerai-geo list {folder}")
        text = text.format(why=why or str(error), folder=result.folder)
        return Check("workbook", "mismatch", text, name, "damage")
    if snapshot is None:
        if state == "same":
            return None
        text = _(
            "Lembar tersembunyi '_gerai_geo' hilang atau rusak: isian masih terbaca, tetapi tidak dapat dibandingkan."
        )
        return Check("workbook", "mismatch", text, name, "people")
    if wrong := _other_run(snapshot, screening):
        if state == "same" and name in (result.manifest.get(ADDED) or []):
            text = _("Daftar tambahan dari hasil sebelumnya, belum dibuat lagi. {why}")
            return Check("workbook", "differs", text.format(why=wrong), name)
        return Check("workbook", "mismatch", wrong, name, "another")
    edits = read_edits(file, list(screening.findings.index))
    if wrong := _beyond(edits):
        text = _("Diubah orang di luar sel kuning: {what}. Yang dihitung ada di findings.csv.")
        return Check("workbook", "mismatch", text.format(what=wrong), name, "people")
    if state in ("same", "unrecorded") and not edits.edits:
        text = _("Dari hasil ini; status {n} titik sama dengan temuan.")
        return Check("workbook", "same", text.format(n=number(len(snapshot.sites), 0)), name)
    return _filled_in(edits, name)


def _other_run(snapshot: Snapshot, screening: Screening) -> str | None:
    """Say why a workbook is not of this result; None where it is."""
    findings = screening.findings
    listed = {site.site_id: site for site in snapshot.sites.values() if site.status}
    strange = [site for site in listed if site not in findings.index]
    if strange:
        text = _("Daftar dari hasil lain: titiknya bukan titik temuan ini ({sites}).")
        return text.format(sites=some(strange))
    computed = computed_statuses(screening).astype("str").to_dict()
    other = [site_id for site_id, site in listed.items() if site.status != computed[site_id]]
    if other:
        text = _("Daftar dari hasil lain: {site} di situ '{listed}', di temuan '{found}'.")
        site = other[0]
        return text.format(site=site, listed=status_label(listed[site].status), found=status_label(computed[site]))
    part = findings if len(listed) == len(findings) else findings.loc[[i for i in findings.index if i in listed]]
    if snapshot.screening_id != screening_id(replace(screening, findings=part)):
        text = _(
            "Daftar dari hasil lain ({created}): masukan, layer, atau waktu penapisannya bukan yang ada di catatan ini."
        )
        return text.format(created=snapshot.created or "–")
    return None


def _filled_in(edits: WorkbookEdits, name: str) -> Check:
    """Row on a workbook in which people filled in what is theirs."""
    cells = sum(map(len, edits.edits.values()))
    parts = []
    if cells:
        parts.append(
            _("{n} sel kuning pada {sites} titik").format(n=number(cells, 0), sites=number(len(edits.edits), 0))
        )
    if edits.added:
        parts.append(_("{n} titik baru").format(n=number(len(edits.added), 0)))
    if notes := len(edits.problems):
        parts.append(_("{n} catatan di tempat lain").format(n=number(notes, 0)))
    if not parts:
        text = _("Disimpan ulang oleh program lain; isinya masih sama.")
        return Check("workbook", "edited", text, name, "people")
    text = _("Isian rapat: {what}. Masukkan dengan: gerai-geo followup FOLDER {name}")
    return Check("workbook", "edited", text.format(what=", ".join(parts), name=name), name, "people")


def _beyond(edits: WorkbookEdits) -> str | None:
    """Say what people changed that was computed; None where they only filled in."""
    locked = [p for p in edits.problems if p.code in _COMPUTED]
    counts: Counter[str] = Counter()
    counts.update({"deleted": len(edits.deleted), "lists": len(edits.missing_lists)})
    if locked:
        cells = [f"{p.cell.sheet}, {p.cell.column}, {p.cell.row}: '{p.cell.text or '–'}'" for p in locked[:_SHOWN]]
        more = f", … ({len(locked)})" if len(locked) > _SHOWN else ""
        return "; ".join(cells) + more
    if counts["deleted"]:
        return _("{n} baris dihapus").format(n=number(counts["deleted"], 0))
    if counts["lists"]:
        return _("lembar {names} dihapus").format(names=some(edits.missing_lists))
    return None
