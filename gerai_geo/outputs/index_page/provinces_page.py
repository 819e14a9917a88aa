"""Page above the results of several provinces: their numbers, links to the index and the workbook of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.index_page.index_page import bar, frame, headline, number_columns, numbers, tiles
from gerai_geo.outputs.map_page.html_page import environment
from gerai_geo.outputs.map_page.meeting_context import Meeting
from gerai_geo.outputs.text.map_texts import sites_text
from gerai_geo.records.progress.groups import needs_followup

COUNTED: Final = ("regency", "status", "action", "land_papers", "layer_decision", "recorded")
"""Columns of the findings that the page counts."""


@dataclass(frozen=True)
class ProvinceResult:
    """
    Result of one province.

    Parameters
    ----------
    title
        Name of the province for people.
    code
        Two digits of Kemendagri; None where they are not known.
    folder
        Name of its folder beside the page.
    sites
        Number of its sites.
    findings
        The columns `COUNTED` of its findings; None for one that is not done yet.
    """

    title: str
    code: str | None
    folder: str
    sites: int
    findings: pd.DataFrame | None = None


def provinces_html(results: list[ProvinceResult], notes: list[str], facts: list[tuple[str, str]]) -> str:
    """
    HTML of the page, without scripts and requests to the network.

    Parameters
    ----------
    results
        All provinces. Where some are not done, the page says so and gives no totals.
    notes
        Sentences that head the page.
    facts
        Labels and values on the sources.
    """
    done = [r.findings for r in results if r.findings is not None]
    together = pd.concat(done) if done else pd.DataFrame({c: pd.Series(dtype="str") for c in ("status", "action")})
    complete = len(done) == len(results)
    columns = number_columns(together, Meeting())
    decided = int((schema.column_of(together, "layer_decision") == "in_effect").sum())
    template = environment().get_template("provinces.html")
    return template.render(
        **frame([]),
        headline=headline(together, decided) if complete else _unfinished(results),
        complete=complete,
        head_note=" ".join(notes),
        tiles=tiles(together) if complete else [],
        columns=columns,
        rows=[_row(result, columns) for result in results],
        total=numbers(together, columns, None, Meeting()),
        facts=facts,
        source_notes=[],
    )


def _row(result: ProvinceResult, columns: list[tuple[str, str]]) -> dict[str, Any]:
    findings = result.findings
    return {
        "title": result.title,
        "code": result.code,
        "folder": result.folder,
        "done": findings is not None,
        "sites": labels.number(result.sites, 0),
        "bar": [] if findings is None else bar(findings),
        "numbers": [] if findings is None else numbers(findings, columns, None, Meeting()),
    }


def _unfinished(results: list[ProvinceResult]) -> str:
    done = sum(r.findings is not None for r in results)
    text = _(
        "BELUM SELESAI: {done} dari {all} provinsi sudah dibuat, dari daftar berisi {sites}. Jalankan lagi perintah "
        "yang sama untuk melanjutkan."
    )
    sites = sites_text(sum(r.sites for r in results))
    return text.format(done=labels.number(done, 0), all=labels.number(len(results), 0), sites=sites)


def summary_table(results: list[ProvinceResult]) -> pd.DataFrame:
    """Numbers of each province by status, with headings for people."""
    rows = []
    for result in results:
        findings = result.findings
        assert findings is not None
        counts = findings["status"].value_counts()
        rows.append(
            {
                _("Provinsi"): result.title,
                _("Kode"): result.code,
                _("Folder"): result.folder,
                _("Titik disiapkan"): len(findings),
                **{labels.status_label(s): int(counts.get(s, 0)) for s in schema.STATUSES},
                _("Perlu tindak lanjut"): int(needs_followup(findings).sum()),
            }
        )
    return pd.DataFrame(rows)
