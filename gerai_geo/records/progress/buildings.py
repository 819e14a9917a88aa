"""What the application export records of buildings at the sites: whether they stand, where, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gerai_geo import schema
from gerai_geo.core.categorical import Encoded, unique_rows
from gerai_geo.i18n.labels import distance, number, stage_label, status_label
from gerai_geo.i18n.translate import _

BUILT: Final = ("under_construction", "finished", "operating")
"""Stages of a building that stands or is going up."""
SAME_PLACE_M: Final = 100.0
"""Two points closer than this may be one piece of ground; a gerai plot is about 32 m wide."""

_IN_FOREST: Final = ("inside", "partly_inside")
_NAMED: Final = 12


def recorded_built(findings: pd.DataFrame) -> pd.Series:
    """Whether the application export records a building at each site that stands or is going up; a claim, no date."""
    return schema.column_of(findings, "recorded_stage").isin(BUILT)


def building_text(stage: str, percent: Any) -> str:
    """
    Stage of a building as recorded, with its percentage where there is one.

    Examples
    --------
    >>> building_text("under_construction", 70.0), building_text("operating", None)
    ('sedang dibangun (70 %)', 'beroperasi')
    """
    words = stage_label(stage).lower()
    if percent is None or pd.isna(percent) or stage == "not_started":
        return words
    return f"{words} ({number(percent, 0 if float(percent).is_integer() else 1)} %)"


def recorded_sentences(findings: pd.DataFrame) -> tuple[NDArray[np.intp], Encoded]:
    """
    Rows of which the application export says what a reader of the reason must know, and the sentence of each.

    That a building stands or is going up where the place is not outside by computation; that the place there lies
    elsewhere than the one screened. Both are claims of the export, and neither changes a status.
    """
    none = np.zeros(0, dtype=np.intp), Encoded(np.zeros(0, dtype=np.int64), [])
    if "recorded" not in findings:
        return none
    percents = schema.column_of(findings, "recorded_percent", "float64").astype("float64")
    apart_m = schema.column_of(findings, "recorded_m", "float64").astype("float64")
    far = (apart_m > SAME_PLACE_M).to_numpy(dtype=bool)
    told = recorded_built(findings).to_numpy(dtype=bool) & (findings["reason_code"] != "outside").to_numpy(dtype=bool)
    rows = np.flatnonzero(told | far)
    if not len(rows):
        return none
    stages = schema.column_of(findings, "recorded_stage").where(told).iloc[rows]
    columns = stages, percents.where(told).iloc[rows], apart_m.where(far).iloc[rows]
    codes, firsts = unique_rows(*columns)
    values = zip(*(column.iloc[firsts].tolist() for column in columns), strict=True)
    return rows, Encoded(codes, [_sentence(*value) for value in values])


def _sentence(stage: Any, percent: Any, apart_m: float) -> str:
    built = None if pd.isna(stage) else building_text(stage, percent)
    if pd.isna(apart_m):
        return _("Tercatat di aplikasi: {building}; pastikan di lapangan.").format(building=built)
    text = _(
        "Tercatat di aplikasi {distance} dari letak ini; yang ditapis letak menurut daftar, pastikan mana yang benar."
    )
    if built:
        text = _(
            "Tercatat di aplikasi {distance} dari letak ini, {building}; yang ditapis letak menurut daftar, pastikan "
            "mana yang benar."
        )
    return text.format(distance=distance(apart_m), building=built)


def building_texts(findings: pd.DataFrame) -> pd.Series:
    """Stage and percentage of each site's building as recorded, in words; missing where nothing is recorded."""
    words = cache(lambda stage, percent: None if pd.isna(stage) else building_text(stage, percent))
    percents = schema.column_of(findings, "recorded_percent", "float64").astype("float64")
    codes, firsts = unique_rows(stages := schema.column_of(findings, "recorded_stage"), percents)
    pairs = zip(stages.iloc[firsts].tolist(), percents.iloc[firsts].tolist(), strict=True)
    return pd.Series(Encoded(codes, [words(*pair) for pair in pairs]).words(), findings.index, dtype=object)


def built_sentences(findings: pd.DataFrame) -> list[str]:
    """
    Sentences on buildings that stand or go up, as recorded, where the land is not outside; empty without any.

    The first counts and names those in kawasan hutan by the status shown, the second the others.
    """
    built = recorded_built(findings)
    inside = built & findings["status"].isin(_IN_FOREST)
    texts = []
    if inside.any():
        text = _(
            "{n} titik di kawasan hutan tercatat sudah atau sedang dibangun menurut aplikasi: {ids}. Pastikan di "
            "lapangan, juga sejak kapan; jangan melanjutkan kegiatan sebelum ada persetujuan."
        )
        texts.append(text.format(n=number(int(inside.sum()), 0), ids=_named(findings.index[inside])))
    rest = {s: findings.index[built & (findings["status"] == s)] for s in ("near_boundary", "not_assessed")}
    parts = [f"{number(len(ids), 0)} {status_label(s).lower()} ({_named(ids)})" for s, ids in rest.items() if len(ids)]
    if parts:
        text = _("Juga tercatat sudah atau sedang dibangun, padahal letaknya belum pasti: {parts}.")
        texts.append(text.format(parts="; ".join(parts)))
    return texts


def _named(ids: pd.Index) -> str:
    return ", ".join(str(i) for i in ids[:_NAMED]) + (", …" if len(ids) > _NAMED else "")


def stage_counts(findings: pd.DataFrame) -> pd.DataFrame:
    """Count the sites by recorded stage (rows, `schema.STAGES`, of those there are) and status shown (columns)."""
    counts = pd.crosstab(schema.column_of(findings, "recorded_stage"), findings["status"])
    rows: Sequence[str] = [s for s in schema.STAGES if s in counts.index]
    return counts.reindex(index=pd.Index(rows), columns=list(schema.STATUSES), fill_value=0).astype("int64")
