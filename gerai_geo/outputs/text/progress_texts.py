"""Progress against the target as people read it: names of the steps, numbers, growth, notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from gerai_geo.core.name_keys import regency_name_key
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.text.map_texts import group_labels, short_regency
from gerai_geo.records.models import Screening
from gerai_geo.records.store import has_progress

Row = Mapping[Any, Any]

FUNNEL: Final = ("units", "target", "prepared", "recorded", "under_construction", "finished", "operating")
"""Steps from the units formed to the gerai that operate."""
GROUPS: Final = ("in_forest", "to_verify", "not_assessed", "outside")
"""Where the sites lie; they add up to the prepared ones."""
WORK: Final = ("land_unsettled", "settled")


def step_labels() -> dict[str, str]:
    """Name of each number, in the order of the work."""
    return {
        "units": _("Unit terbentuk"),
        "target": _("Target tahap ini"),
        "prepared": _("Lahan disiapkan"),
        "recorded": _("Tercatat di aplikasi"),
        **dict(zip(GROUPS, group_labels().values(), strict=True)),
        "land_unsettled": _("Administrasi lahan belum selesai"),
        "settled": _("Tindak lanjut selesai"),
        "under_construction": _("Sedang dibangun"),
        "finished": _("Selesai dibangun"),
        "operating": _("Di antaranya beroperasi"),
    }


def known_steps(progress: pd.DataFrame, steps: tuple[str, ...]) -> list[str]:
    """Return the steps of which any row has a number."""
    return [c for c in steps if progress[c].notna().any()]


def number_text(row: Row, column: str) -> str:
    """
    Format the number of a row; empty where it is not known, with ≥ where it is a lower bound.

    Examples
    --------
    >>> number_text({"units": 1542, "partial": None}, "units"), number_text({"units": 285, "partial": "units"}, "units")
    ('1.542', '≥ 285')
    """
    value = row[column]
    if pd.isna(value):
        return ""
    return ("≥ " if is_bound(row, column) else "") + labels.number(int(value), 0)


def is_bound(row: Row, column: str) -> bool:
    """Whether the number of a row is a lower bound."""
    partial = row["partial"]
    return isinstance(partial, str) and column in partial.split(", ")


def growth_text(row: Row, before: Row | None, column: str) -> str:
    """
    Difference from an earlier row with its sign; empty where none, or where one of them is not exactly known.

    Examples
    --------
    >>> now, then = {"units": 29, "partial": None}, {"units": 31, "partial": None}
    >>> growth_text(now, then, "units"), growth_text(now, None, "units")
    ('−2', '')
    """
    if before is None or pd.isna(row[column]) or pd.isna(before[column]):
        return ""
    if is_bound(row, column) or is_bound(before, column) or row[column] == before[column]:
        return ""
    difference = int(row[column]) - int(before[column])
    return ("+" if difference > 0 else "−") + labels.number(abs(difference), 0)


def rows_with_before(screening: Screening, previous: Screening | None) -> list[tuple[dict[Any, Any], Row | None]]:
    """Rows of the progress, each with that of the same regency in an earlier screening."""
    rows = screening.progress.to_dict("records")
    earlier = {} if previous is None else {_key(row): row for row in previous.progress.to_dict("records")}
    return [(row, earlier.get(_key(row))) for row in rows]


def _key(row: Row) -> tuple[str, str]:
    regency = row["level"] == "regency" and pd.notna(row["regency"])
    return str(row["level"]), regency_name_key(row["regency"]) if regency else ""


def row_title(row: Row) -> str:
    """Name of a row: the regency, the province, or that it is the sum."""
    if pd.notna(row["regency"]):
        return short_regency(str(row["regency"])) if row["level"] == "regency" else str(row["regency"])
    if row["level"] == "province":
        return _("Jumlah")
    return _("Tanpa kabupaten")


def notes(screening: Screening, previous: Screening | None = None) -> list[str]:
    """Sentences that explain the numbers: what is missing, what is a lower bound, the province against its sum."""
    progress = screening.progress
    last = progress.iloc[-1].to_dict()
    names = step_labels()
    texts = []
    for column in ("units", "target"):
        given, total = last[column], last[f"{column}_sum"]
        if pd.notna(given) and pd.notna(total) and given != total:
            known = int(progress[column].iloc[:-1].notna().sum())
            text = _("{step}: {given} menurut baris {row}; {known} kabupaten/kota yang tertulis berjumlah {sum}.")
            texts.append(
                text.format(
                    step=names[column],
                    given=labels.number(int(given), 0),
                    row=row_title(last),
                    known=labels.number(known, 0),
                    sum=labels.number(int(total), 0),
                )
            )
    if pd.notna(last["target"]) and is_bound(last, "target"):
        given = [row_title(row) for row in progress.iloc[:-1].to_dict("records") if pd.notna(row["target"])]
        text = _("{step} hanya diberikan untuk {names}; bandingkan dengan titik kabupaten/kota itu saja.")
        texts.append(text.format(step=names["target"], names=", ".join(given)))
    alone = [row for row in progress.iloc[:-1].to_dict("records") if pd.notna(row["unlisted"]) and row["unlisted"] > 0]
    if alone:
        text = _(
            "Tahap pembangunan menghitung juga {n} unit yang hanya ada di aplikasi, tanpa titik di daftar: {where}."
        )
        where = ", ".join(f"{row_title(row)} {labels.number(int(row['unlisted']), 0)}" for row in alone)
        texts.append(text.format(n=labels.number(sum(int(row["unlisted"]) for row in alone), 0), where=where))
    if progress["partial"].notna().any():
        texts.append(_("≥ berarti sedikitnya: ada bagian yang belum diketahui dan tidak ikut dijumlah."))
    missing = [names[c] for c in names if progress[c].isna().all()]
    text = _("Kosong (atau –) berarti tidak diberikan atau belum diketahui, bukan nol.")
    if missing:
        text += " " + _("Angka yang tidak diberikan sama sekali: {steps}.").format(
            steps=", ".join(f"“{name}”" for name in missing)
        )
    texts.append(text)
    if previous is not None:
        day = labels.day(previous.manifest.get("created"))
        texts.append(_("Angka kecil: selisih dari penapisan {day}.").format(day=day))
    return texts


def villages_without_sites(screening: Screening) -> list[tuple[str, str]]:
    """Regency and names of its villages that have no site yet, in one text each, with the share in kawasan hutan."""
    villages = screening.villages
    bare = villages[(villages["sites"] == 0).fillna(value=False).astype(bool)]
    return [
        (short_regency(str(regency)), ", ".join(map(village_text, rows.to_dict("records"))))
        for regency, rows in bare.groupby("regency", sort=True)
    ]


def village_text(row: Row) -> str:
    """
    Name of a village with the share of its area in kawasan hutan.

    Examples
    --------
    >>> village_text({"village": "Rekaan", "forest_share": 0.62, "unknown_share": 0.0})
    'Rekaan (62 % kawasan hutan)'
    >>> village_text({"village": "Rekaan", "forest_share": 0.5, "unknown_share": 0.2})
    'Rekaan (≥ 50 % kawasan hutan)'
    """
    if pd.isna(row["forest_share"]):
        return str(row["village"])
    bound = "≥ " if row["unknown_share"] >= 0.005 else ""
    share = bound + labels.percent(float(row["forest_share"]))
    return _("{village} ({share} kawasan hutan)").format(village=row["village"], share=share)


def shows_progress(screening: Screening) -> bool:
    """Whether there is progress to show: targets, stages of buildings, or villages."""
    whole = not screening.manifest.get("selected")
    return has_progress(screening) or (whole and bool(len(screening.villages)))
