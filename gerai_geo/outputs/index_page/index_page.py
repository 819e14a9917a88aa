"""The index page: the numbers of every regency, the way to its map, the sources; no script in it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.i18n import labels as language
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.index_page import choropleth, progress
from gerai_geo.outputs.index_page import overview_map as overview
from gerai_geo.outputs.map_page import meeting_context as meeting
from gerai_geo.outputs.map_page import symbols
from gerai_geo.outputs.map_page.html_page import content_policy, environment, style
from gerai_geo.outputs.map_page.meeting_context import PARTS, Meeting
from gerai_geo.outputs.text import map_texts as words
from gerai_geo.records.models import Screening

_FILES: Final = ("daftar.xlsx", "findings.csv", "findings.gpkg", "manifest.json")


def index_html(
    screening: Screening,
    groups: dict[str, GeoDataFrame],
    known: Meeting | None = None,
    *,
    boundaries: GeoDataFrame | None = None,
    beside: set[str],
) -> str:
    """
    HTML of the index page.

    Parameters
    ----------
    screening
        The record of a screening.
    groups
        Findings by the name of their map file in ``maps/``.
    known
        Follow-up, changes and the screening before, where there are any.
    boundaries
        Polygons with ``regency_code`` or ``regency``, for the small map; None for circles.
    beside
        Names of the files that stand beside the page; those we write are linked.

    Returns
    -------
    html
        One page without scripts; it asks the network for nothing.
    """
    known = known or Meeting()
    findings = screening.findings
    several = len(groups) > 1
    columns = _columns(findings, known)
    before = known.previous.findings if known.previous else None
    shown = choropleth.regency_map(groups, boundaries) if several else None
    return (
        environment()
        .get_template("index.html")
        .render(
            _=_,
            lang=current_language(),
            policy=content_policy([]),
            css=style("index"),
            definitions=symbols.definitions(),
            symbol=symbols.status_symbol,
            headline=_headline(findings),
            tiles=_tiles(findings),
            columns=columns,
            rows=[_row(file, group, columns, before, known) for file, group in groups.items()],
            total=_numbers(findings, columns, before, known),
            several=several,
            picture=overview.picture(screening, groups),
            choropleth=shown,
            measures=choropleth.measures(findings),
            shades=_shades(),
            most_names=overview.MOST_NAMES,
            progress=progress.sentences(screening, known),
            files=[(name, label) for name, label in _labels().items() if name in beside],
            facts=words.source_facts(screening),
            disclaimer=language.disclaimer(),
            synthetic=language.synthetic_note() if screening.manifest.get("synthetic") else "",
            meanings=[(s, language.status_label(s), _meaning(s)) for s in schema.STATUSES],
        )
    )


def _labels() -> dict[str, str]:
    labels = {
        "daftar.xlsx": _("Daftar untuk rapat (Excel)"),
        "findings.csv": _("Tabel temuan (CSV)"),
        "findings.gpkg": _("Temuan untuk QGIS (GeoPackage)"),
        "manifest.json": _("Catatan sumber dan versi (JSON)"),
    }
    return {name: labels[name] for name in _FILES}


def _columns(findings: GeoDataFrame, known: Meeting) -> list[tuple[str, str]]:
    """Columns of numbers: fixed word and heading; those nobody has facts for are left out."""
    columns = [("sites", _("Titik disiapkan"))]
    if meeting.has_recorded(findings):
        columns.append(("recorded", _("Tercatat di aplikasi")))
    columns += [
        ("flagged", _("Perlu tindak lanjut")),
        ("forest", _("Di kawasan hutan")),
        ("verify", _("Perlu verifikasi")),
        ("unknown", _("Belum dapat dinilai")),
        ("clear", _("Di luar")),
    ]
    if known.followup is not None:
        columns.append(("done", _("Selesai")))
    if known.changes is not None:
        columns.append(("changed", _("Berubah")))
    return columns


def _row(
    file: str, group: GeoDataFrame, columns: list[tuple[str, str]], before: GeoDataFrame | None, known: Meeting
) -> dict[str, Any]:
    regency, code = (_first(group[c]) for c in ("regency", "regency_code"))
    counts = meeting.parts(group).value_counts()
    same = None
    if before is not None:
        then = before["regency"]
        same = before[then.isna()] if regency is None else before[then == regency]
    return {
        "title": words.regency_title(regency, code),
        "link": f"maps/{file}",
        "bar": [(p, round(100 * counts[p] / len(group), 2)) for p in PARTS if p in counts],
        "numbers": _numbers(group, columns, same, known),
    }


def _numbers(
    group: GeoDataFrame, columns: list[tuple[str, str]], before: GeoDataFrame | None, known: Meeting
) -> list[tuple[str, str, str]]:
    """One triple a column: its fixed word, the number, and how much it grew since last time (or nothing)."""
    now = progress.counts(group, known)
    then = progress.counts(before, Meeting(known.previous.followup)) if before is not None and known.previous else {}
    if known.previous and not meeting.has_recorded(known.previous.findings):
        then.pop("recorded", None)  # not compared then, so nothing is known of its growth
    return [(key, language.number(now[key], 0), _grown(now, then, key)) for key, _heading in columns]


def _grown(now: dict[str, int], then: dict[str, int], key: str) -> str:
    if key not in then or key == "changed" or now[key] == then[key]:
        return ""
    sign = "+" if now[key] > then[key] else "−"
    return sign + language.number(abs(now[key] - then[key]), 0)


def _headline(findings: GeoDataFrame) -> str:
    counts = meeting.parts(findings).value_counts()
    parts = {p: language.number(int(counts.get(p, 0)), 0) for p in PARTS}
    return _(
        "Dari {sites} lokasi gerai, {flagged} perlu tindak lanjut: {forest} di kawasan hutan, {verify} perlu "
        "diverifikasi, {unknown} belum dapat dinilai. {clear} di luar menurut layer ini."
    ).format(
        sites=words.sites_text(len(findings)),
        flagged=language.number(int((findings["action"] != "none").sum()), 0),
        **parts,
    )


def _tiles(findings: GeoDataFrame) -> list[tuple[str, str, str]]:
    """Say for each part of the list its number and what it asks for; together they are the whole list."""
    part = meeting.parts(findings)
    mend = int(((part == "unknown") & (findings["action"] == "fix_data")).sum())
    counts = part.value_counts()
    asks = {
        "forest": _("di kawasan hutan: urus legalitas atau pindahkan lokasi"),
        "verify": _("dekat batas, atau ada yang perlu dicek: verifikasi sebelum diputuskan"),
        "unknown": _("belum dapat dinilai; {n} di antaranya datanya perlu diperbaiki").format(
            n=language.number(mend, 0)
        ),
        "clear": _("di luar kawasan hutan menurut layer ini: tidak perlu tindakan terkait kawasan hutan"),
    }
    return [(p, language.number(int(counts.get(p, 0)), 0), asks[p]) for p in PARTS]


def _shades() -> list[str]:
    """Write the ends of the shades of the small map, in words, light to dark."""
    ends = [*choropleth.CLASSES, 1.0]
    return [f"{language.number(100 * low, 0)}–{language.percent(high, 0)}" for low, high in pairwise(ends)]


def _meaning(status: str) -> str:
    return {
        "inside": _("Lebih jauh di dalam batas daripada ketelitian peta. Perlu jalur legalitas."),
        "partly_inside": _("Bidang tanah melintasi batas kawasan hutan. Perlu jalur legalitas atau geser lokasi."),
        "near_boundary": _(
            "Lebih dekat ke batas (atau tepi layer) daripada ketelitian peta: di dalam atau di luar belum pasti."
        ),
        "outside": _("Lebih jauh di luar batas daripada ketelitian peta."),
        "not_assessed": _("Tanpa koordinat, atau lapisan tidak mencakup tempat itu. Bukan berarti di luar."),
    }[status]


def _first(column: pd.Series[str]) -> str | None:
    values = column.dropna().mode()
    return None if values.empty else str(values.iloc[0])
