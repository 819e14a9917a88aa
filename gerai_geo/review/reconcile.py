"""A list of sites beside an export of the reporting application: what is recorded there, what is not, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.name_keys import plain
from gerai_geo.errors import InputError
from gerai_geo.i18n.labels import distance, number
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.models import Screening
from gerai_geo.review.record_linkage import SAME_PLACE_M, match_sites

JOINED: Final = ("recorded", "recorded_id", "recorded_m")
"""Columns of `schema.MATCHES` that a screening's findings take over."""


@dataclass(frozen=True)
class Reconciliation:
    """
    What `reconcile` found.

    Parameters
    ----------
    table
        The `schema.MATCHES` table, in the order of the list.
    only_there
        Rows of the export that no site was given: its columns, and ``message``. Only of regencies that the list has.
    other_regencies
        How many rows of the export belong to regencies the list doesn't have; they are not compared.
    screening
        The screening with the columns of `JOINED` in its findings; None where plain sites were given.
    """

    table: pd.DataFrame
    only_there: GeoDataFrame
    other_regencies: int
    screening: Screening | None = None

    def counts(self) -> dict[str, int]:
        """Count sites prepared, recorded, elsewhere (over 100 m off), not recorded, unclear; and only there."""
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
        """
        Say the counts in one sentence.

        Parameters
        ----------
        lang
            ``id`` or ``en``; by default the language in force.
        """
        c = {k: number(v, 0) for k, v in self.counts().items()}
        return _(
            "{prepared} titik disiapkan: {recorded} tercatat di aplikasi ({elsewhere} di antaranya lebih dari 100 m "
            "dari sini), {not_recorded} belum tercatat, {unclear} belum jelas; {only_there} hanya ada di aplikasi."
        ).format(**c)

    def __repr__(self) -> str:
        return f"<Reconciliation: {self.counts()}>"


@localised
def reconcile(sites: GeoDataFrame | Screening, export: GeoDataFrame, *, lang: str | None = None) -> Reconciliation:
    """
    Find each site in an export of the reporting application.

    Sites are found by id, then by village and name, then as the only ones of their village, then by place (within
    100 m, unless their villages differ). No row of the export is given to two sites; where more than one fits and
    the ground doesn't tell them apart, ``recorded`` is missing and the message names them all.

    Parameters
    ----------
    sites
        A `schema.SITES` table or a screening.
    export
        The export, read by `read_sites` (columns of SIMKOPDES and of Form 6 are known to it).
    lang
        Language of the messages, ``id`` or ``en``.

    Returns
    -------
    reconciliation
        See `Reconciliation`.

    Raises
    ------
    InputError
        If the export isn't a table that `read_sites` gave.
    """
    if not isinstance(export, GeoDataFrame):
        raise InputError(
            _("ekspor aplikasi: bukan tabel titik. Baca dulu: ekspor, masalah = read_sites('ekspor.xlsx').")
        )
    screening = sites if isinstance(sites, Screening) else None
    ours = screening.findings if screening is not None else sites
    assert isinstance(ours, GeoDataFrame)
    here = _of_regencies(export, ours)
    pairing = match_sites(ours, here)
    found = pairing.table
    recorded = pd.Series([{"none": False, "ambiguous": None}.get(b, True) for b in found["by"]], index=ours.index)
    table = pd.DataFrame(
        {
            "recorded": recorded.astype("boolean"),
            "recorded_id": found["other"],
            "recorded_m": found["distance_m"].round(1),
            "matched_by": found["by"],
            "message": [_message(row, here) for row in found.to_dict("records")],
        },
        index=ours.index.rename("site_id"),
    )
    table = schema.set_dtypes(table, "matches")
    schema.check_table(table, "matches")
    rivals: dict[str, list[str]] = {}
    for site_id, ids in found["rivals"].items():
        for other in ids:
            rivals.setdefault(other, []).append(str(site_id))
    only = here.loc[pairing.left_over]
    texts = [
        _("Mungkin titik {ids} di daftar; tidak dipilihkan.").format(ids=", ".join(rivals[str(i)]))
        if str(i) in rivals
        else _("Hanya ada di aplikasi; tidak ada di daftar.")
        for i in only.index
    ]
    only = only.rename(columns={"message": "message_as_given"}).assign(
        message=pd.Series(texts, only.index, dtype="str")
    )
    result = Reconciliation(table, only, len(export) - len(here))
    return result if screening is None else replace(result, screening=_joined(screening, result, export))


def _of_regencies(export: GeoDataFrame, ours: GeoDataFrame) -> GeoDataFrame:
    """Rows of the export in regencies the list has; all of them where one side doesn't say its regency."""
    if "regency" not in export or "regency" not in ours or ours["regency"].isna().any():
        return export
    known = {plain(r) for r in ours["regency"].unique()}
    return export[export["regency"].isna() | export["regency"].map(lambda r: plain(r) in known)]


def _message(row: dict[Any, Any], export: GeoDataFrame) -> str:
    by, other, apart = row["by"], row["other"], row["distance_m"]
    if by == "ambiguous":
        text = _("Lebih dari satu baris aplikasi cocok ({ids}); tidak dipilihkan. Tentukan yang benar.")
        return text.format(ids=", ".join(row["rivals"]))
    if by == "none":
        text = _("Belum ada di aplikasi.")
        if pd.notna(row["same_id"]):
            about = export.loc[row["same_id"]]
            named = about.get("village") if pd.notna(about.get("village")) else about.get("name")
            text += " " + _("ID {id} di sana milik titik lain ({name}).").format(id=row["same_id"], name=named)
        return text
    text = {
        "id": _("Tercatat dengan ID yang sama, {id}."),
        "name": _("Tercatat sebagai {id}: desa dan namanya sama."),
        "village": _("Tercatat sebagai {id}: satu-satunya pasangan dari desa ini."),
        "place": _("Tercatat sebagai {id}: letaknya sama."),
    }[by].format(id=other)
    if pd.isna(apart):
        text += " " + _("Jaraknya tidak diketahui: salah satu tanpa koordinat.")
    elif apart > SAME_PLACE_M:
        text += " " + _("Letaknya di sana {distance} dari sini.").format(distance=distance(apart))
    else:
        text += " " + _("Selisih letaknya {distance}.").format(distance=distance(apart))
    for column, words in (("name", _("Namanya di sana: {text}.")), ("village", _("Desanya di sana: {text}."))):
        if column in row["differs"]:
            text += " " + words.format(text=export.at[other, column])
    return text


def _joined(screening: Screening, result: Reconciliation, export: GeoDataFrame) -> Screening:
    """Give the findings the columns of `JOINED`, and the manifest the export."""
    findings = screening.findings.drop(columns=[c for c in JOINED if c in screening.findings])
    findings = schema.set_dtypes(findings.join(result.table[list(JOINED)]), "findings")
    findings = findings[[c for c in screening.findings.columns if c in findings] + _added(screening, findings)]
    about = {"inputs": export.attrs.get("inputs", []), "counts": result.counts()}
    return replace(screening, findings=findings, manifest=screening.manifest | {"recorded": about})


def _added(screening: Screening, findings: GeoDataFrame) -> list[str]:
    return [str(c) for c in findings.columns if c not in screening.findings.columns]
