"""Index page: numbers of every regency, links to the maps, list of sites, sources; only the list needs a script."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.index_page import choropleth, progress
from gerai_geo.outputs.index_page.agency_tables import work_tables
from gerai_geo.outputs.index_page.funnel import funnel_cards
from gerai_geo.outputs.index_page.overview_map import MOST_NAMES, overview_picture
from gerai_geo.outputs.index_page.site_list import site_list
from gerai_geo.outputs.map_page.html_page import content_policy, environment, index_script, json_block, style
from gerai_geo.outputs.map_page.icons_and_hatches import definitions, status_symbol
from gerai_geo.outputs.map_page.meeting_context import Meeting, has_recorded
from gerai_geo.outputs.map_page.route_records import PageTexts
from gerai_geo.outputs.text.agency_work import work_note
from gerai_geo.outputs.text.land_papers import states_papers
from gerai_geo.outputs.text.map_texts import (
    followup_sentence,
    group_labels,
    regency_title,
    sites_text,
    source_facts,
    source_notes,
)
from gerai_geo.outputs.text.values import most_common
from gerai_geo.records.decisions.layer_decisions import decision_counts
from gerai_geo.records.issues import head_note
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.groups import GROUPS, meeting_groups, needs_followup


def index_html(
    screening: Screening,
    groups: dict[str, GeoDataFrame],
    meeting: Meeting,
    texts: PageTexts,
    *,
    boundaries: GeoDataFrame | None = None,
    files: Collection[str],
) -> str:
    """
    HTML of the index page, without requests to the network; only its list of sites needs a script.

    Parameters
    ----------
    groups
        Findings by the name of their map file in ``maps/``.
    meeting, texts
        Follow-up and changes; what the maps say of the sites too.
    boundaries
        Polygons with ``regency_code`` or ``regency``, for the small map; None for circles.
    files
        Names of the files in the folder of the page; those we write are linked.
    """
    findings = screening.findings
    several = len(groups) > 1
    columns = number_columns(findings, meeting)
    before = meeting.previous.findings if meeting.previous else None
    listed, script = site_list(findings, groups, texts), index_script()
    template = environment().get_template("index.html")
    return template.render(
        **frame([script] if listed.packed else []),
        list=listed,
        list_data=json_block(listed.data),
        script=script,
        groups=group_labels(),
        headline=headline(findings, decision_counts(screening).get("in_effect", 0)),
        tiles=tiles(findings),
        columns=columns,
        rows=[_row(file, group, columns, before, meeting) for file, group in groups.items()],
        total=numbers(findings, columns, before, meeting),
        several=several,
        picture=overview_picture(screening, groups),
        choropleth=choropleth.regency_map(groups, boundaries) if several else None,
        measures=choropleth.measures(findings),
        work=work_tables(screening, groups),
        work_note=work_note(),
        shades=_shades(),
        most_names=MOST_NAMES,
        progress=progress.sentences(screening, meeting),
        funnel=funnel_cards(screening, meeting.previous),
        files=[(name, label) for name, label in _file_labels().items() if name in files],
        facts=source_facts(screening),
        source_notes=source_notes(screening.manifest),
        followed=followup_sentence(findings),
        head_note=head_note(screening),
    )


def frame(scripts: list[str]) -> dict[str, Any]:
    """Parts of ``index_frame.html`` that are the same on all pages of it, with these scripts."""
    return {
        "_": _,
        "lang": current_language(),
        "policy": content_policy(scripts),
        "css": style("index"),
        "definitions": definitions(),
        "symbol": status_symbol,
        "disclaimer": labels.disclaimer(),
        "meanings": meanings(),
        "listed": bool(scripts),
    }


def _file_labels() -> dict[str, str]:
    return {
        "daftar.xlsx": _("Daftar untuk rapat (Excel)"),
        "kemajuan.pdf": _("Laporan kemajuan satu halaman (PDF)"),
        "progress.pdf": _("Laporan kemajuan satu halaman (PDF)"),
        "findings.gpkg": _("Temuan untuk QGIS (GeoPackage)"),
        "manifest.json": _("Catatan sumber dan versi (JSON)"),
    }


def number_columns(findings: pd.DataFrame, meeting: Meeting) -> list[tuple[str, str]]:
    """Key and heading of each column of numbers that has data."""
    columns = [("sites", _("Titik disiapkan"))]
    if has_recorded(findings):
        columns.append(("recorded", _("Tercatat di aplikasi")))
    columns += [
        ("flagged", _("Perlu tindak lanjut")),
        *group_labels().items(),
    ]
    if states_papers(findings):
        columns.append(("papers", _("Administrasi lahan belum selesai")))
    if meeting.followup is not None:
        columns.append(("done", _("Selesai")))
    if meeting.changes is not None:
        columns.append(("changed", _("Berubah")))
    return columns


def _row(
    file: str, group: GeoDataFrame, columns: list[tuple[str, str]], before: GeoDataFrame | None, meeting: Meeting
) -> dict[str, Any]:
    regency = most_common(group["regency"])
    same = None
    if before is not None:
        same = before[before["regency"].isna() if regency is None else before["regency"] == regency]
    return {
        "title": regency_title(regency, most_common(group["regency_code"])),
        "link": f"maps/{file}",
        "bar": bar(group),
        "numbers": numbers(group, columns, same, meeting),
    }


def bar(group: pd.DataFrame) -> list[tuple[str, float]]:
    """Group sites and give the share of each group in percent."""
    counts = meeting_groups(group).value_counts()
    return [(key, round(100 * counts[key] / len(group), 2)) for key in GROUPS if key in counts]


def numbers(
    group: pd.DataFrame, columns: list[tuple[str, str]], before: pd.DataFrame | None, meeting: Meeting
) -> list[tuple[str, str, str]]:
    """Key, number and growth since the previous screening of each column."""
    now = progress.counts(group, meeting)
    then = (
        progress.counts(before, Meeting(meeting.previous.followup)) if before is not None and meeting.previous else {}
    )
    if meeting.previous and not has_recorded(meeting.previous.findings):
        then.pop("recorded", None)  # no application export was compared then
    return [(key, _shown(group, now, key), _growth(now, then, key)) for key, _heading in columns]


def _shown(group: pd.DataFrame, now: dict[str, int], key: str) -> str:
    """Format the number of a column: blank where not known, at least so many where some rows do not state it."""
    if key not in now:
        return ""
    partial = key == "papers" and bool(group["land_papers"].eq("not_stated").any())
    if key == "recorded":  # an export may be of some regencies only
        partial = not group["recorded"].notna().groupby(group["regency"].fillna("")).any().all()
    return ("≥ " if partial else "") + labels.number(now[key], 0) if now[key] or not partial else ""


def _growth(now: dict[str, int], then: dict[str, int], key: str) -> str:
    if key not in then or key not in now or key == "changed" or now[key] == then[key]:
        return ""
    sign = "+" if now[key] > then[key] else "−"
    return sign + labels.number(abs(now[key] - then[key]), 0)


def headline(findings: pd.DataFrame, decided: int) -> str:
    """Count the groups of the list in one sentence, and in another the sites shown by decision, if any."""
    counts = meeting_groups(findings).value_counts()
    text = _(
        "{sites} lokasi gerai: {forest} di dalam atau sebagian di dalam kawasan hutan, {verify} dekat batas, {unknown} "
        "belum dapat dinilai, {clear} di luar menurut layer ini. {flagged} perlu tindak lanjut."
    )
    if decided:
        text = _(
            "{sites} lokasi gerai: {forest} di dalam atau sebagian di dalam kawasan hutan, {verify} dekat batas, "
            "{unknown} belum dapat dinilai, {clear} di luar. {flagged} perlu tindak lanjut. Status {decided} titik "
            "ditampilkan menurut keputusan, yang lain menurut layer ini."
        )
    return text.format(
        sites=sites_text(len(findings)),
        flagged=labels.number(int(needs_followup(findings).sum()), 0),
        decided=labels.number(decided, 0),
        **{key: labels.number(int(counts.get(key, 0)), 0) for key in GROUPS},
    )


def tiles(findings: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Key, number of sites and recommendation of each group of the list."""
    groups = meeting_groups(findings)
    inside, partly = (int((findings["status"] == s).sum()) for s in ("inside", "partly_inside"))
    to_fix = int(((groups == "unknown") & (findings["action"] == "fix_data")).sum())
    to_check = int(((groups == "clear") & needs_followup(findings)).sum())
    decided = int(((groups == "clear") & (schema.column_of(findings, "layer_decision") == "in_effect")).sum())
    counts = groups.value_counts()
    clear = _("di luar kawasan hutan menurut layer ini; {n} di antaranya tetap perlu tindak lanjut")
    if decided:
        clear = _(
            "di luar kawasan hutan ({decided} menurut keputusan, yang lain menurut layer ini); {n} di antaranya tetap "
            "perlu tindak lanjut"
        )
    texts = {
        "forest": _(
            "di dalam ({inside}) atau sebagian di dalam ({partly}) kawasan hutan: urus legalitas atau pindahkan lokasi"
        ).format(inside=labels.number(inside, 0), partly=labels.number(partly, 0)),
        "verify": _("dekat batas: verifikasi sebelum diputuskan"),
        "unknown": _("belum dapat dinilai; {n} di antaranya datanya perlu diperbaiki, {rest} perlu verifikasi").format(
            n=labels.number(to_fix, 0), rest=labels.number(int(counts.get("unknown", 0)) - to_fix, 0)
        ),
        "clear": clear.format(n=labels.number(to_check, 0), decided=labels.number(decided, 0)),
    }
    return [(key, labels.number(int(counts.get(key, 0)), 0), texts[key]) for key in GROUPS]


def _shades() -> list[str]:
    """Classes of the small map as text, light to dark."""
    ends = [*choropleth.CLASSES, 101]
    return [f"{low}–{labels.percent((high - 1) / 100, 0)}" for low, high in pairwise(ends)]


def meanings() -> list[tuple[str, str, str]]:
    """Key, label and meaning of each status."""
    return [(s, labels.status_label(s), labels.status_meaning(s)) for s in schema.STATUSES]
