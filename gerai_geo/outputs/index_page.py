"""The index page: the numbers of every regency, the way to its map, the sources; no script in it."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import language, schema
from gerai_geo.outputs import overview, symbols, words
from gerai_geo.outputs.page import content_policy, environment, style
from gerai_geo.record import Screening

_FILES: Final = ("daftar.xlsx", "findings.csv", "findings.gpkg", "manifest.json")


def index_html(screening: Screening, groups: dict[str, GeoDataFrame], *, lang: str = "id", beside: set[str]) -> str:
    """
    HTML of the index page.

    Parameters
    ----------
    screening
        The record of a screening.
    groups
        Findings by the name of their map file in ``maps/``.
    lang
        ``id`` or ``en``.
    beside
        Names of the files that stand beside the page; those we write are linked.

    Returns
    -------
    html
        One page without scripts; it asks the network for nothing.
    """
    _ = language.translator(lang)
    findings = screening.findings
    rows = [_row(file, group, lang) for file, group in groups.items()]
    labels = {
        "daftar.xlsx": _("Daftar untuk rapat (Excel)"),
        "findings.csv": _("Tabel temuan (CSV)"),
        "findings.gpkg": _("Temuan untuk QGIS (GeoPackage)"),
        "manifest.json": _("Catatan sumber dan versi (JSON)"),
    }
    return (
        environment()
        .get_template("index.html")
        .render(
            _=_,
            lang=lang,
            policy=content_policy([]),
            css=style("index"),
            definitions=symbols.definitions(),
            symbol=symbols.status_symbol,
            headline=_headline(findings, lang),
            tiles=_tiles(findings, lang),
            statuses=[(s, words.short_status(s, lang)) for s in schema.STATUSES],
            rows=rows,
            total=_numbers(findings, lang),
            several=len(rows) > 1,
            picture=overview.picture(screening, groups),
            files=[(name, labels[name]) for name in _FILES if name in beside],
            facts=words.source_facts(screening, lang),
            disclaimer=language.disclaimer(lang),
            synthetic=language.synthetic_note(lang) if screening.manifest.get("synthetic") else "",
            meanings=[(s, language.status_label(s, lang), _meaning(s, lang)) for s in schema.STATUSES],
        )
    )


def _row(file: str, group: GeoDataFrame, lang: str) -> dict[str, Any]:
    regency, code = (_first(group[c]) for c in ("regency", "regency_code"))
    counts = group["status"].value_counts()
    return {
        "title": words.regency_title(regency, code, lang),
        "link": f"maps/{file}",
        "bar": [(s, round(100 * counts[s] / len(group), 2)) for s in schema.STATUSES if s in counts],
        **_numbers(group, lang),
    }


def _numbers(group: GeoDataFrame, lang: str) -> dict[str, Any]:
    counts = group["status"].value_counts()
    return {
        "sites": language.number(len(group), 0, lang),
        "by_status": [language.number(int(counts.get(s, 0)), 0, lang) for s in schema.STATUSES],
        "flagged": language.number(int((group["action"] != "none").sum()), 0, lang),
    }


def _headline(findings: GeoDataFrame, lang: str) -> str:
    _ = language.translator(lang)
    counts = findings["status"].value_counts()
    return _(
        "Dari {n} titik lokasi gerai, {inside} berada di dalam kawasan hutan (seluruhnya atau sebagian), {near} dekat "
        "batasnya, {outside} di luar, dan {unknown} belum dapat dinilai."
    ).format(
        n=language.number(len(findings), 0, lang),
        inside=language.number(int(counts.get("inside", 0) + counts.get("partly_inside", 0)), 0, lang),
        near=language.number(int(counts.get("near_boundary", 0)), 0, lang),
        outside=language.number(int(counts.get("outside", 0)), 0, lang),
        unknown=language.number(int(counts.get("not_assessed", 0)), 0, lang),
    )


def _tiles(findings: GeoDataFrame, lang: str) -> list[tuple[str, str, str]]:
    """Say for each action its number and what it asks for."""
    _ = language.translator(lang)
    asks = {
        "legalize": _("di kawasan hutan: urus legalitas atau pindahkan lokasi"),
        "verify": _("perlu verifikasi sebelum diputuskan"),
        "fix_data": _("datanya perlu diperbaiki dulu"),
        "none": _("tidak perlu tindakan terkait kawasan hutan"),
    }
    counts = findings["action"].value_counts()
    return [(a, language.number(int(counts.get(a, 0)), 0, lang), asks[a]) for a in asks]


def _meaning(status: str, lang: str) -> str:
    _ = language.translator(lang)
    return {
        "inside": _("Lebih jauh di dalam batas daripada ketelitian peta. Perlu jalur legalitas."),
        "partly_inside": _("Bidang tanah melintasi batas kawasan hutan. Perlu jalur legalitas atau geser lokasi."),
        "near_boundary": _("Lebih dekat ke batas daripada ketelitian peta: di dalam atau di luar belum pasti."),
        "outside": _("Lebih jauh di luar batas daripada ketelitian peta."),
        "not_assessed": _("Tanpa koordinat, atau lapisan tidak mencakup tempat itu. Bukan berarti di luar."),
    }[status]


def _first(column: pd.Series[str]) -> str | None:
    values = column.dropna().mode()
    return None if values.empty else str(values.iloc[0])
