"""Further columns of the application export: stage of the building, batch, Kodim, last report, land verification."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import issue_row
from gerai_geo.reference.buildings.stages import export_columns, read_percents, stage_of

ISSUE_CODES: Final = ("stage_unknown", "stage_contradiction", "percent_unread")
_MOST_NAMED: Final = 5


def read_buildings(export: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """
    Read the columns of `schema.EXPORT` from an application export.

    A status whose words are not known gives no stage. Where status and percentage contradict each other the stage is
    the earlier one. Both are reported.

    Parameters
    ----------
    export
        The application export, read by `read_sites`.

    Returns
    -------
    buildings
        The `schema.EXPORT` table, indexed like the export; only columns that it has, and ``recorded_stage`` where it
        has a status or a percentage.
    issues
        Rows of the issues table.
    """
    found = {role: columns[0] for role, columns in export_columns(export.columns).items()}
    texts = {role: [_text(v) for v in export[column].tolist()] for role, column in found.items()}
    percents, unread = read_percents(texts.pop("recorded_percent", []))
    issues = [_issue("percent_unread", unread, found.get("recorded_percent"))] if unread else []
    columns: dict[str, Any] = dict(texts)
    if percents:
        columns["recorded_percent"] = percents
    if percents or "recorded_building" in texts:
        blank = [None] * len(export)
        rows = zip(texts.get("recorded_building", blank), percents or blank, strict=True)
        stages, unknown, differing = _stages(rows)
        columns["recorded_stage"] = stages
        issues += [_issue("stage_unknown", unknown, found.get("recorded_building"))] if unknown else []
        issues += [_issue("stage_contradiction", differing, found.get("recorded_building"))] if differing else []
    table = pd.DataFrame(columns, index=export.index)
    return schema.set_dtypes(table, "export")[[c for c in schema.EXPORT if c in columns]], issues


def _text(value: Any) -> str | None:
    """Cell as one line of text; None for an empty one."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")
    text = " ".join(str(value).split())
    return None if text in ("", "-", "–", "—") else text


def _stages(rows: Iterable[tuple[str | None, float | None]]) -> tuple[list[str | None], list[str], list[str]]:
    """Stage of each row, statuses that are not known, and rows whose status and percentage contradict each other."""
    order = schema.STAGES
    stages: list[str | None] = []
    unknown, differing = [], []
    for status, percent in rows:
        stage = stage_of(status) if status else None
        if status and stage is None:
            unknown.append(status)
        by_percent = None
        if percent is not None:
            by_percent = "not_started" if percent == 0 else "finished" if percent == 100 else "under_construction"
        if stage and by_percent and stage != by_percent and (stage, by_percent) != ("operating", "finished"):
            differing.append(f"{status}, {percent:g} %")
            stage = min(stage, by_percent, key=order.index)
        stages.append(stage or (by_percent if status is None else None))
    return stages, unknown, differing


def _issue(code: str, values: list[str], column: Any) -> dict[str, Any]:
    """One issue for all rows of a kind, with the first values."""
    named = list(dict.fromkeys(values))
    value = "; ".join(named[:_MOST_NAMED]) + ("; …" if len(named) > _MOST_NAMED else "")
    message = {
        "stage_unknown": _("Status pembangunan di {n} baris aplikasi tidak dikenal ({value}); tahapnya dikosongkan."),
        "stage_contradiction": _(
            "Status dan persentase pembangunan di {n} baris aplikasi bertentangan ({value}); dipakai tahap yang lebih "
            "awal."
        ),
        "percent_unread": _("Persentase pembangunan di {n} baris aplikasi tidak terbaca ({value}); dikosongkan."),
    }[code].format(n=len(values), value=value[:200])
    return issue_row(code, message, column=None if column is None else str(column), value=value[:200])
