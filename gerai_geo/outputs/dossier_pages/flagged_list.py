"""Printed list of the flagged sites of a regency."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.dossier_pages import facts
from gerai_geo.outputs.map_page.icons_and_hatches import status_picture
from gerai_geo.outputs.text.issue_sentences import with_first_issue
from gerai_geo.outputs.text.land_papers import paper_texts
from gerai_geo.outputs.text.map_texts import boundary_text, counts_sentence, regency_title, site_status, source_facts
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.outputs.text.values import most_common, text
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.groups import papers_unsettled
from gerai_geo.reference.functions import function_label

_WIDTHS: Final = (0.5, 1.4, 2.2, 1.9, 2.1, 2.0, 1.3, 1.1, 4.9, 2.4)


def list_data(screening: Screening, group: pd.DataFrame, routes: ScreeningRoutes) -> dict[str, Any]:
    """Template data of the list of one regency for ``flagged.typ``, in the order of the group."""
    regency = most_common(group["regency"])
    title = regency_title(regency, most_common(group["regency_code"]))
    findings = screening.findings
    same = findings["regency"].isin(group["regency"].dropna())
    same |= findings["regency"].isna() & (regency is None)
    columns = [
        _("No."), _("ID"), _("Nama"), _("Desa/kelurahan, kecamatan"), _("Status"), _("Fungsi"), _("Jarak ke batas"),
        _("Peluang"), _("Alasan dan jalur"), _("Keputusan dan catatan rapat"),
    ]  # fmt: skip
    reasons = with_first_issue(group["reason"], screening, group)
    rows = []
    papers = paper_texts(group)[papers_unsettled(group)]
    records = group.drop(columns="geometry", errors="ignore").to_dict("records")
    for site_id, row, reason in zip(group.index, records, reasons, strict=True):
        where = ", ".join(t for t in (text(row.get("village")), text(row.get("district"))) if t)
        route = routes.of(row).title
        why = facts.clip(reason, 400) + (f"\n→ {facts.clip(route, 240)}" if route else "")
        if site_id in papers.index:
            why += "\n→ " + _("Administrasi lahan: {papers}").format(papers=facts.clip(papers[site_id], 160))
        rows.append([
            labels.number(row["number"], 0), facts.clip(site_id, 40), facts.clip(row.get("name"), 70),
            facts.clip(where, 70), [row["status"], site_status(row)],
            function_label(text(row.get("function"))),
            boundary_text(row.get("boundary_m")) or "–", labels.probability(row.get("p_forest")),
            why, "",
        ])  # fmt: skip
    return {
        **facts.page_data(
            screening, _("Titik yang perlu tindak lanjut, {regency}").format(regency=facts.clip(title, 80))
        ),
        "running": facts.clip(title, 60),
        "kind": _("Daftar titik gerai yang perlu tindak lanjut"),
        "name": facts.clip(title, 80),
        "counts": counts_sentence(findings[same]),
        "empty": _("Tidak ada titik yang perlu tindak lanjut."),
        "columns": columns,
        "widths": list(_WIDTHS),
        "right": [0, 6, 7],
        "status-column": 4,
        "symbols": {s: status_picture(s) for s in schema.STATUSES},
        "rows": rows,
        "sources": [[label, facts.clip(value, 200)] for label, value in source_facts(screening)],
    }
