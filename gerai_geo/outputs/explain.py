"""One finding in sentences: what was compared, what follows, why, and what would change the answer."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.i18n import labels as language
from gerai_geo.i18n.translate import _, current_language, localised_as_result
from gerai_geo.outputs.text import explain_routes
from gerai_geo.outputs.text import explain_site as explain_ground
from gerai_geo.outputs.text import map_texts as words
from gerai_geo.records.localise import localised_screening
from gerai_geo.records.models import Screening


@dataclass(frozen=True)
class Section:
    """A heading and its sentences, each one line."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """
    What is known of one site, in sentences: prints as text, shows as HTML in a notebook.

    Parameters
    ----------
    site_id, title
        Which site.
    sections
        In the order of reading.
    notes
        What stands under everything: the disclaimer, and that it is invented where it is.
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
        """Give the same as plain data, for JSON."""
        sections = [{"title": s.title, "sentences": list(s.sentences)} for s in self.sections]
        return {"site_id": self.site_id, "title": self.title, "sections": sections, "notes": list(self.notes)}


@localised_as_result
def explain(result: Screening, site_id: str, *, lang: str | None = None) -> Explanation:
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
        What was compared and with which edition, the ground by function, the distance and what the band means, further
        layers, rasters and clear ground where there are any, the routes considered and why each applies or not, the
        criteria of land, and what would change the answer. Every sentence on law carries citation and confidence.

    Raises
    ------
    InputError
        If the screening has no such site.
    """
    result = localised_screening(result)
    findings = result.findings
    if str(site_id) not in findings.index:
        near = [str(i) for i in findings.index if str(site_id).casefold() in str(i).casefold()][:5]
        hint = _("Mirip: {ids}.").format(ids=", ".join(near)) if near else _("Lihat ID dalam daftar.")
        raise InputError(_("Titik '{id}' tidak ada dalam hasil ini. {hint}").format(id=site_id, hint=hint))
    row = findings.loc[str(site_id)]
    parts: list[tuple[str, Callable[[Screening, pd.Series], list[str]]]] = [
        (_("Jawaban"), _answer),
        (_("Apa yang dibandingkan"), explain_ground.compared),
        (_("Tanah menurut fungsi"), explain_ground.functions),
        (_("Jarak ke batas dan artinya"), explain_ground.distance),
        (_("Menurut edisi lain"), explain_ground.editions),
        (_("Layer lain"), explain_ground.layers),
        (_("Keterangan raster"), explain_ground.rasters),
        (_("Tanah bebas terdekat"), explain_ground.clear_ground),
        (_("Jalur yang menjawab"), explain_routes.answering),
        (_("Jalur lain yang mungkin"), explain_routes.possible),
        (_("Jalur yang tidak berlaku, dan sebabnya"), explain_routes.excluded),
        (_("Kriteria lahan gerai (bukan alasan menolak)"), explain_ground.criteria),
        (_("Masalah data"), explain_ground.problems),
        (_("Apa yang akan mengubah jawaban ini"), explain_ground.changes),
    ]
    sections = [Section(title, tuple(tell(result, row))) for title, tell in parts]
    notes = [language.synthetic_note()] if result.manifest.get("synthetic") else []
    notes.append(
        _(
            "Huruf dalam kurung siku ialah keyakinan: A naskah hukum terbaca, B beberapa sumber sepakat, C satu "
            'sumber, I simpulan, U belum terverifikasi. "Belum ditinjau": belum ada ahli yang memeriksa aturannya. '
            "Bukan nasihat hukum."
        )
    )
    return Explanation(
        str(site_id),
        _title(row),
        tuple(s for s in sections if s.sentences),
        (*notes, language.disclaimer()),
        current_language(),
    )


def _title(row: pd.Series) -> str:
    named = [("name", "{}"), ("village", _("Desa/kelurahan {}")), ("district", _("Kecamatan {}")), ("regency", "{}")]
    texts = [form.format(" ".join(str(row[c]).split())) for c, form in named if c in row and pd.notna(row[c])]
    return ", ".join([str(row.name), *texts])


def _answer(result: Screening, row: pd.Series) -> list[str]:
    reason = str(row["reason"])
    todo = {
        "legalize": _("Tindak lanjut: urus legalitasnya sebelum ada kegiatan fisik."),
        "verify": _("Tindak lanjut: verifikasi ke BPKH sebelum memutuskan."),
        "none": _("Tindak lanjut: tidak ada di bidang kehutanan, sejauh yang diketahui layer ini."),
        "fix_data": _("Tindak lanjut: perbaiki data titik ini, lalu tapis sekali lagi."),
    }
    status = words.site_status(row.to_dict())
    assert set(todo) == set(schema.ACTIONS)
    return [f"{status}. {reason}", todo[str(row["action"])]]
