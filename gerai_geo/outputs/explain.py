"""Explanation of one finding in sentences: comparison, reasons, routes, what would change it."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from gerai_geo.errors import InputError
from gerai_geo.i18n import labels
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.translate import _, current_language, localised_as_result
from gerai_geo.outputs.text import explain_site
from gerai_geo.outputs.text.explain_routes import excluded_routes, explained_routes
from gerai_geo.outputs.text.land_papers import action_texts, paper_sentences
from gerai_geo.outputs.text.map_texts import site_status
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.records.decisions.layer_decisions import shown_screening
from gerai_geo.records.issues import head_notes, left_out
from gerai_geo.records.localise import localised_screening
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.groups import papers_unsettled, shown_actions
from gerai_geo.records.progress.numbering import numbered


@dataclass(frozen=True)
class Section:
    """Heading and sentences."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """
    Finding of one site in sentences; prints as text, shows as HTML in a notebook.

    Parameters
    ----------
    site_id, title
        Which site.
    sections
        In the order of reading.
    notes
        Footnotes: the disclaimer, and that the site is invented where it is.
    """

    site_id: str
    title: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    lang: str = "id"

    def __str__(self) -> str:
        parts = [self.title, "=" * len(self.title)]
        for section in self.sections:
            parts += ["", section.title, *(f"- {s}" for s in section.sentences)]
        return "\n".join([*parts, "", *self.notes])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        parts = [f"<h3>{html.escape(self.title)}</h3>"]
        for section in self.sections:
            items = "".join(f"<li>{html.escape(s)}</li>" for s in section.sentences)
            parts.append(f"<h4>{html.escape(section.title)}</h4><ul>{items}</ul>")
        return "<article>" + "".join(parts) + "".join(f"<p>{html.escape(n)}</p>" for n in self.notes) + "</article>"

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready content."""
        sections = [{"title": s.title, "sentences": list(s.sentences)} for s in self.sections]
        return {"site_id": self.site_id, "title": self.title, "sections": sections, "notes": list(self.notes)}


@typed
@localised_as_result
def explain(result: Screening, site_id: str | int, *, lang: str | None = None) -> Explanation:
    """
    Explain the finding of one site in sentences.

    Parameters
    ----------
    result
        The record.
    site_id
        Which site.
    lang
        ``id`` or ``en``; by default the screening's own.

    Returns
    -------
    explanation
        Layer and edition compared, area by function, distance and tolerance band, overlay layers, rasters and clear
        ground where there are any, routes and why each applies or not, land criteria, and what would change the
        finding. Every sentence on law carries citation and confidence.

    Raises
    ------
    InputError
        If the screening has no such site.
    """
    result = localised_screening(result)
    result = replace(result, findings=numbered(result.findings))
    findings = result.findings
    if str(site_id) not in findings.index:
        near = [str(i) for i in findings.index if str(site_id).casefold() in str(i).casefold()][:5]
        hint = _("Mirip: {ids}.").format(ids=", ".join(near)) if near else _("Lihat ID dalam daftar.")
        raise InputError(_("Titik '{id}' tidak ada dalam hasil ini. {hint}").format(id=site_id, hint=hint))
    row = findings.loc[str(site_id)]
    routes = ScreeningRoutes(result)
    site = routes.attributes(str(site_id))
    matches, asked = routes.matches(site), routes.of(row).questions
    best, others = explained_routes(routes, matches, site, asked)
    shown = shown_screening(result).findings.loc[str(site_id)]
    parts = [
        (_("Jawaban"), _answer(shown)),
        (_("Apa yang dibandingkan"), explain_site.compared(result, row)),
        (_("Tanah menurut fungsi"), explain_site.functions(result, row)),
        (_("Jarak ke batas dan artinya"), explain_site.distance(result, row)),
        (_("Menurut edisi lain"), explain_site.editions(result, row)),
        (_("Layer lain"), explain_site.layers(result, row)),
        (_("Keterangan raster"), explain_site.rasters(result, row)),
        (_("Lahan bebas terdekat"), explain_site.clear_ground(result, row)),
        (_("Yang perlu ditanyakan dahulu"), [f.sentence() for f in asked]),
        (_("Mekanisme yang berlaku"), best),
        (_("Jalur lain yang mungkin"), others),
        (_("Jalur yang tidak berlaku, dan sebabnya"), excluded_routes(routes, matches)),
        (_("Administrasi lahan"), paper_sentences(row.to_dict())),
        (_("Kriteria lahan gerai (bukan alasan menolak)"), explain_site.criteria(result, row)),
        (_("Masalah data"), explain_site.issues(result, row)),
        (_("Apa yang akan mengubah jawaban ini"), explain_site.changes(result, row, site.building)),
    ]
    sections = [Section(title, tuple(sentences)) for title, sentences in parts if sentences]
    grades = _(
        "Huruf dalam kurung siku ialah keyakinan: A naskah hukum terbaca, B beberapa sumber sepakat, C satu "
        'sumber, I simpulan, U belum terverifikasi. "Belum diperiksa ahli": belum ada ahli yang memeriksa aturannya. '
        "Bukan nasihat hukum."
    )
    outside = left_out(result.manifest) if row["status"] == shown["status"] == "outside" else []
    notes = (*head_notes(result), *outside, grades, labels.disclaimer())
    return Explanation(str(site_id), _title(row), tuple(sections), notes, current_language())


def _title(row: pd.Series) -> str:
    forms = {"name": "{}", "village": _("Desa/kelurahan {}"), "district": _("Kecamatan {}"), "regency": "{}"}
    texts = [form.format(" ".join(str(row[c]).split())) for c, form in forms.items() if c in row and pd.notna(row[c])]
    site_id = _("{site_id} (No. {number})").format(site_id=row.name, number=labels.number(row["number"], 0))
    return ", ".join([site_id, *texts])


def _answer(row: pd.Series) -> list[str]:
    actions = {
        "legalize": _("Tindak lanjut: urus legalitasnya sebelum ada kegiatan fisik."),
        "verify": _("Tindak lanjut: verifikasi ke BPKH sebelum memutuskan."),
        "none": _("Tindak lanjut: tidak ada tindak lanjut kehutanan, sejauh yang diketahui layer ini."),
        "fix_data": _("Tindak lanjut: perbaiki data titik ini, lalu tapis sekali lagi."),
        "land_papers": _(
            "Tindak lanjut: Administrasi lahan, yang menurut daftar belum selesai; di bidang kehutanan tidak ada, "
            "sejauh yang diketahui layer ini."
        ),
    }
    here = row.to_frame().T
    action = str(shown_actions(here).iloc[0])
    sentences = [f"{site_status(row.to_dict())}. {row['reason']}", actions[action]]
    if "computed_status" in row and pd.notna(row["computed_status"]):
        sentences[1] = _("Tindak lanjut: {action}.").format(action=action_texts(here).iloc[0])
    elif action != "land_papers" and papers_unsettled(here).iloc[0]:
        sentences.append(_("Selain itu administrasi lahan, yang menurut daftar belum selesai."))
    if "computed_status" in row and pd.notna(row["computed_status"]):
        sentences.append(_("Uraian selanjutnya menurut layer, yang diputuskan tidak berlaku di lokasi ini."))
    return sentences
