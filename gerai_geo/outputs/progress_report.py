"""Progress report (PDF): one page for the province, with every regency, its notes and villages without a site."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pandas as pd

from gerai_geo.errors import InputError
from gerai_geo.i18n import labels
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.translate import _, localised
from gerai_geo.outputs.dossier_pages import facts
from gerai_geo.outputs.dossier_pages.typst_pdf import typeset
from gerai_geo.outputs.text import progress_texts as texts
from gerai_geo.outputs.text.file_names import check_ending
from gerai_geo.outputs.text.map_texts import source_facts
from gerai_geo.records.atomic_write import replacing
from gerai_geo.records.decisions.layer_decisions import decision_sentences, shown_screening
from gerai_geo.records.localise import localised_screening
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.buildings import built_sentences
from gerai_geo.reference.maps.legend_colours import STATUS_COLOURS

_COLOURS: Final = {
    "units": "#8a98a3", "target": "#51616b", "recorded": "#4a7f9d", "in_forest": STATUS_COLOURS["inside"],
    "to_verify": STATUS_COLOURS["near_boundary"], "not_assessed": STATUS_COLOURS["not_assessed"],
    "outside": STATUS_COLOURS["outside"], "land_unsettled": "#c0762c", "settled": "#4a7f9d",
    "under_construction": "#2e7d4f", "finished": "#2e7d4f", "operating": "#2e7d4f",
}  # fmt: skip
_MOST_VILLAGES: Final = 1_200  # characters on the page; the rest is in the workbook


@typed
@localised
def write_progress(
    screening: Screening,
    path: str | Path,
    *,
    previous: Screening | None = None,
    paper: str = "a4",
    lang: str | None = None,
) -> Path:
    """
    Write the progress against the target as one printable page (PDF).

    Parameters
    ----------
    screening
        With targets (`add_targets`), an application export with stages of buildings (`reconcile`) or both.
    path
        The ``.pdf`` file, replaced whole or not at all.
    previous
        An earlier screening, for the differences since then.
    paper
        ``a4``, or ``f4`` (folio, 215 x 330 mm).
    lang
        ``id`` or ``en``.

    Returns
    -------
    path
        The same path.

    Raises
    ------
    InputError
        If the screening has neither targets nor stages of buildings, or the paper isn't known.
    OutputError
        If the file can't be written.
    """
    screening, path = shown_screening(localised_screening(screening)), Path(path)
    check_ending(path, (".pdf",))
    if not texts.shows_progress(screening):
        raise InputError(
            _(
                "Belum ada yang dilaporkan: hasil ini tanpa target dan tanpa tahap pembangunan dari aplikasi. Beri "
                "--targets, atau --recorded dengan status pembangunan (add_targets, reconcile)."
            )
        )
    with replacing(path) as new:
        new.write_bytes(typeset("progress.typ", _page(screening, previous), paper))
    return path


def _page(screening: Screening, previous: Screening | None) -> dict[str, Any]:
    """Template data of the page."""
    rows = texts.rows_with_before(screening, previous)
    names = texts.step_labels()
    steps = list(names)
    province, before = rows[-1]
    title = _("Kemajuan gerai terhadap target, {name}").format(name=facts.clip(texts.row_title(province), 60))
    if pd.isna(province["regency"]):
        title = _("Kemajuan gerai terhadap target")
    return {
        **facts.page_data(screening, title),
        "running": _("Kemajuan terhadap target"),
        "kind": _("Laporan kemajuan gerai Koperasi Desa/Kelurahan Merah Putih"),
        "name": title,
        "day": _("Menurut penapisan {day}").format(day=labels.day(screening.manifest.get("created"))),
        "funnel": _funnel(province, before, names),
        "parts": [[names[c], _COLOURS[c]] for c in texts.GROUPS],
        "parts-title": _("Lahan disiapkan menurut letaknya"),
        "columns": [_("Kabupaten/kota"), *names.values()],
        "rows": [
            [
                facts.clip(texts.row_title(row), 40),
                *([texts.number_text(row, c), texts.growth_text(row, then, c)] for c in steps),
            ]
            for row, then in rows
        ],
        "notes": [
            *built_sentences(screening.findings),
            *texts.notes(screening, previous),
            *decision_sentences(screening),
        ],
        "villages": _villages(screening),
        "sources": [[label, facts.clip(value, 160)] for label, value in _sources(screening)],
        "signature": [_("Mengetahui,"), _("Nama dan jabatan: {line}").format(line="." * 44)],
    }


def _funnel(row: dict[Any, Any], before: Any, names: dict[str, str]) -> list[dict[str, Any]]:
    """Bars of the province's row: label, number, growth and coloured parts, as shares of the widest."""
    steps = [c for c in texts.FUNNEL if pd.notna(row[c])]
    widest = max([int(row[c]) for c in steps], default=1) or 1
    return [
        {
            "label": names[c],
            "number": texts.number_text(row, c),
            "growth": texts.growth_text(row, before, c),
            "bars": [
                [_COLOURS[part], int(row[part]) / widest]
                for part in (texts.GROUPS if c == "prepared" else (c,))
                if pd.notna(row[part])
            ],
        }
        for c in steps
    ]


def _villages(screening: Screening) -> list[str]:
    """Sentences on villages without a site, as many as the page can hold."""
    if screening.villages.empty:
        return []
    found = texts.villages_without_sites(screening)
    if not found:
        return [_("Setiap desa/kelurahan dalam batas wilayah sudah punya titik.")]
    count = int((screening.villages["sites"] == 0).sum())
    text = _("Desa/kelurahan yang belum punya titik: {n} dari {total}.")
    sentences = [text.format(n=labels.number(count, 0), total=labels.number(len(screening.villages), 0))]
    lines = [facts.clip(f"{regency}: {names}", max(_MOST_VILLAGES // len(found), 90)) for regency, names in found]
    if any(line.endswith("…") for line in lines):
        lines.append(_("Selebihnya di lembar Ringkasan pada daftar.xlsx."))
    return sentences + lines


def _sources(screening: Screening) -> list[tuple[str, str]]:
    """Layer and lists, and the files of targets and of the export."""
    sources = [(label, value) for label, value in source_facts(screening)]
    for key, label in (("targets", _("Target")), ("recorded", _("Ekspor aplikasi"))):
        inputs = (screening.manifest.get(key) or {}).get("inputs") or []
        if inputs:
            sources.append((label, "; ".join(str(i.get("source")) for i in inputs)))
    return sources
