"""Reconciliation of a list of sites with the application export: which sites are recorded there, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.name_keys import plain
from gerai_geo.errors import InputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.labels import distance
from gerai_geo.i18n.numbers import count_texts
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.buildings import SAME_PLACE_M
from gerai_geo.records.reasons import reason_sentences
from gerai_geo.review.programme.buildings import ISSUE_CODES, read_buildings
from gerai_geo.review.programme.list_conflicts import CODE, stage_conflicts
from gerai_geo.review.record_linkage import match_sites

JOINED: Final = ("recorded", "recorded_id", "recorded_m")
"""Columns of `schema.MATCHES` that are added to the findings of a screening."""
ELSEWHERE: Final = "recorded_elsewhere"
"""Issue of a site whose place in the application export is another one."""


@dataclass(frozen=True)
class Reconciliation:
    """
    Result of `reconcile`.

    Parameters
    ----------
    table
        The `schema.MATCHES` table, in the order of the list.
    only_there
        Unmatched rows of the application export, with its columns and ``message``; only of regencies in the list.
    other_regencies
        Number of rows of the application export in regencies that the list doesn't have; they are not compared.
    screening
        The screening with the columns of `JOINED` in its findings; None where plain sites were given.
    """

    table: pd.DataFrame
    only_there: GeoDataFrame
    other_regencies: int
    screening: Screening | None = None

    def counts(self) -> dict[str, int]:
        """Count sites prepared, recorded, elsewhere (over 100 m off), not recorded, unclear; and only in the export."""
        recorded = self.table["recorded"]
        return {
            "prepared": len(self.table),
            "recorded": int((recorded == True).sum()),  # noqa: E712 - may be missing
            "elsewhere": int((self.table["recorded_m"] > SAME_PLACE_M).sum()),
            "not_recorded": int((recorded == False).sum()),  # noqa: E712
            "unclear": int(recorded.isna().sum()),
            "only_there": len(self.only_there),
        }

    @localised
    def sentence(self, lang: str | None = None) -> str:
        """Summarise the counts in one sentence, in ``id`` or ``en``, by default the language in force."""
        return _(
            "{prepared} titik disiapkan: {recorded} tercatat di aplikasi ({elsewhere} di antaranya lebih dari 100 m "
            "dari sini), {not_recorded} belum tercatat, {unclear} belum jelas; {only_there} hanya ada di aplikasi."
        ).format(**count_texts(self.counts()))

    def __repr__(self) -> str:
        return f"<Reconciliation: {self.counts()}>"


@typed
@localised
def reconcile(sites: GeoDataFrame | Screening, export: GeoDataFrame, *, lang: str | None = None) -> Reconciliation:
    """
    Match sites with the rows of an application export.

    Sites are matched by id, then by village and name, then as the only ones of their village, then by place (within
    100 m, unless their villages differ). No row of the export is matched twice; where more than one fits and distance
    doesn't tell them apart, ``recorded`` is missing and the message names them all. It is missing too for sites of a
    regency of which the export has no row at all.

    Parameters
    ----------
    sites
        A `schema.SITES` table or a screening.
    export
        The application export, read by `read_sites` (which knows the columns of SIMKOPDES and of Form 6). Its columns
        on building, batch, Kodim, last report and land verification are read too (`schema.EXPORT`).
    lang
        Language of the messages, ``id`` or ``en``.

    Returns
    -------
    reconciliation
        See `Reconciliation`.

    Raises
    ------
    InputError
        If the export is not a table that `read_sites` returned.
    """
    if not isinstance(export, GeoDataFrame):
        raise InputError(
            _("ekspor aplikasi: bukan tabel titik. Baca dulu: ekspor, masalah = read_sites('ekspor.xlsx').")
        )
    screening = sites if isinstance(sites, Screening) else None
    listed = screening.findings if screening is not None else sites
    assert isinstance(listed, GeoDataFrame)
    compared = _of_same_regencies(export, listed)
    linkage = match_sites(listed, compared)
    matches = linkage.table
    absent = _absent_regencies(export, listed)
    recorded = [
        {"none": None if gone else False, "ambiguous": None}.get(by, True)
        for by, gone in zip(matches["matched_by"], absent, strict=True)
    ]
    table = pd.DataFrame(
        {
            "recorded": pd.array(recorded, dtype="boolean"),
            "recorded_id": matches["match_id"],
            "recorded_m": matches["distance_m"].round(1),
            "matched_by": matches["matched_by"],
            "message": [
                _message(row, compared, absent=gone)
                for row, gone in zip(matches.to_dict("records"), absent, strict=True)
            ],
        },
        index=listed.index.rename("site_id"),
    )
    table = schema.set_dtypes(table, "matches")
    schema.check_table(table, "matches")
    sites_of: dict[str, list[str]] = {}
    for site_id, candidates in matches["candidates"].items():
        for export_id in candidates:
            sites_of.setdefault(export_id, []).append(str(site_id))
    only = compared.loc[linkage.unmatched]
    messages = [
        _("Mungkin titik {ids} di daftar; tidak dipilihkan.").format(ids=", ".join(sites_of[str(i)]))
        if str(i) in sites_of
        else _("Hanya ada di aplikasi; tidak ada di daftar.")
        for i in only.index
    ]
    only = only.rename(columns={"message": "message_as_given"})
    only = only.assign(message=pd.Series(messages, only.index, dtype="str"))
    result = Reconciliation(table, only, len(export) - len(compared))
    if screening is None:
        return result
    doubtful = {i for candidates in matches["candidates"] for i in candidates}
    return replace(result, screening=_joined(screening, result, export, doubtful))


def _of_same_regencies(export: GeoDataFrame, listed: GeoDataFrame) -> GeoDataFrame:
    """Rows of the export in regencies of the list; all rows where a site or the export has no regency."""
    if "regency" not in export or "regency" not in listed or listed["regency"].isna().any():
        return export
    regencies = {plain(r) for r in listed["regency"].unique()}
    return export[export["regency"].isna() | export["regency"].map(lambda r: plain(r) in regencies)]


def _absent_regencies(export: GeoDataFrame, listed: GeoDataFrame) -> list[bool]:
    """Whether each site lies in a regency of which the export has no row at all, so that it tells nothing of it."""
    if "regency" not in export or "regency" not in listed or export["regency"].isna().any():
        return [False] * len(listed)
    there = {plain(r) for r in export["regency"].unique()}
    return [isinstance(r, str) and plain(r) not in there for r in listed["regency"].tolist()]


def _message(row: dict[Any, Any], export: GeoDataFrame, *, absent: bool) -> str:
    by, match_id, apart_m = row["matched_by"], row["match_id"], row["distance_m"]
    if by == "ambiguous":
        message = _("Lebih dari satu baris aplikasi cocok ({ids}); tidak dipilihkan. Tentukan yang benar.")
        return message.format(ids=", ".join(row["candidates"]))
    if by == "none":
        if absent:
            return _("Ekspor aplikasi tidak memuat kabupaten/kota ini; belum diketahui.")
        message = _("Belum ada di aplikasi.")
        if pd.notna(row["same_id"]):
            other = export.loc[row["same_id"]]
            name = other.get("village") if pd.notna(other.get("village")) else other.get("name")
            message += " " + _("ID {id} di sana milik titik lain ({name}).").format(id=row["same_id"], name=name)
        return message
    message = {
        "id": _("Tercatat dengan ID yang sama, {id}."),
        "name": _("Tercatat sebagai {id}: desa dan namanya sama."),
        "village": _("Tercatat sebagai {id}: satu-satunya pasangan dari desa ini."),
        "place": _("Tercatat sebagai {id}: letaknya sama."),
    }[by].format(id=match_id)
    if pd.isna(apart_m):
        message += " " + _("Jaraknya tidak diketahui: salah satu tanpa koordinat.")
    elif apart_m > SAME_PLACE_M:
        message += " " + _("Letaknya di sana {distance} dari sini.").format(distance=distance(apart_m))
    else:
        message += " " + _("Selisih letaknya {distance}.").format(distance=distance(apart_m))
    for column, text in (("name", _("Namanya di sana: {text}.")), ("village", _("Desanya di sana: {text}."))):
        if column in row["differing"]:
            message += " " + text.format(text=export.at[match_id, column])
    return message


def _joined(screening: Screening, result: Reconciliation, export: GeoDataFrame, doubtful: set[str]) -> Screening:
    """
    Screening with the columns of `JOINED` and of `schema.EXPORT`, and the application export in its manifest.

    Units of the export that no site has are counted there by regency and stage; not the `doubtful` ones, which may be
    that of a site, and none twice.
    """
    findings = screening.findings.drop(columns=[c for c in (*JOINED, *schema.EXPORT) if c in screening.findings])
    buildings, rows = read_buildings(export)
    matched = buildings.reindex(result.table["recorded_id"]).set_axis(result.table.index)
    findings = schema.set_dtypes(findings.join(result.table[list(JOINED)]).join(matched), "findings")
    order = dict.fromkeys([*screening.findings.columns, *findings.columns])
    found = {*result.table["recorded_id"].dropna()}
    recorded = {
        "inputs": export.attrs.get("inputs", []),
        "counts": result.counts(),
        "unlisted": _unlisted(export, buildings, found, doubtful),
    }
    if "reason_code" in findings and findings["reason_code"].notna().all():
        findings["reason"] = reason_sentences(findings)
    issues = screening.issues[~screening.issues["code"].isin((*ISSUE_CODES, CODE, ELSEWHERE))]
    rows += stage_conflicts(screening, matched) + _elsewhere(findings)
    if rows:
        issues = pd.concat([t for t in (issues, issues_table(rows)) if len(t)], ignore_index=True)
    return replace(
        screening,
        findings=findings[[c for c in order if c in findings]],
        issues=issues,
        manifest=screening.manifest | {"recorded": recorded},
    )


def _elsewhere(findings: GeoDataFrame) -> list[dict[str, Any]]:
    """Issues of the sites whose place in the application export is another one than the place screened."""
    rows = []
    for site in findings[findings["recorded_m"] > SAME_PLACE_M].reset_index().to_dict("records"):
        message = _("Letaknya di aplikasi {distance} dari letak menurut daftar, yang ditapis.")
        row = issue_row(
            ELSEWHERE,
            message.format(distance=distance(site["recorded_m"])),
            site_id=str(site["site_id"]),
            suggestion=_("Pastikan letak yang benar, lalu perbaiki daftar atau catatan di aplikasi."),
        )
        rows.append(row | {c: site[c] for c in ("source", "source_row") if c in site})
    return rows


def _unlisted(
    export: GeoDataFrame, buildings: pd.DataFrame, found: set[str], doubtful: set[str]
) -> list[dict[str, Any]]:
    """Count the rows of the export that no site has by ``regency`` and ``stage``: records with ``rows``."""
    names = pd.DataFrame(
        {c: schema.column_of(export, c).map(plain, na_action="ignore") for c in ("regency", "village", "name")}
    )
    listed = pd.Series([str(i) in found for i in export.index], export.index)
    first = pd.concat([names[listed], names[~listed]]).duplicated().reindex(export.index)
    repeated = first & names["name"].notna() & ~listed
    alone = ~listed & ~repeated & ~pd.Series([str(i) in doubtful for i in export.index], export.index)
    stage = schema.column_of(buildings, "recorded_stage")
    counts: dict[tuple[str | None, str | None], int] = {}
    for row in zip(schema.column_of(export, "regency")[alone], stage[alone], strict=True):
        regency, told = (v if isinstance(v, str) else None for v in row)
        counts[regency, told] = counts.get((regency, told), 0) + 1
    return [{"regency": r, "stage": s, "rows": n} for (r, s), n in counts.items()]
