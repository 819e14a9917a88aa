"""Further columns of the application export: stage of the building, batch, Kodim, last report, land verification."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.core.name_keys import plain
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import issue_row
from gerai_geo.reference.data_files import read_toml

ISSUE_CODES: Final = ("stage_unknown", "stage_contradiction", "percent_unread")
_MOST_NAMED: Final = 5
_BRACKETS: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]")


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
    found = _columns(export.columns)
    texts = {role: [_text(v) for v in export[column].tolist()] for role, column in found.items()}
    percents, unread = _percents(texts.pop("recorded_percent", []))
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


@cache
def _headings() -> dict[str, tuple[str, ...]]:
    """Names of the columns by role, most telling first."""
    return {r: tuple(plain(c["name"]) for c in t["columns"]) for r, t in read_toml("programme.toml")["export"].items()}


@cache
def _words() -> dict[str, str]:
    """Stage of each known status."""
    return {plain(word): stage for stage, words in read_toml("programme.toml")["stages"].items() for word in words}


def _columns(names: Iterable[Any]) -> dict[str, Any]:
    """Column of each role by its heading."""
    keys = [(n, plain(re.sub(_BRACKETS, " ", str(n)))) for n in names]
    found: dict[str, Any] = {}
    for role, known in _headings().items():
        ranked = [(known.index(key), place) for place, (_name, key) in enumerate(keys) if key in known]
        if ranked:
            found[role] = keys[min(ranked)[1]][0]
    return found


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


def _percents(texts: list[str | None]) -> tuple[list[float | None], list[str]]:
    """
    Percentages from 0 to 100, and texts that are none.

    A column of fractions, as a workbook stores percentages, is multiplied by 100; it shows itself by a number between
    0 and 1 and by none above. A 1 alone, which may be either, is not read.
    """
    numbers: list[float | None] = []
    unread = []
    for text in texts:
        bare = (text or "").replace(" ", "").removesuffix("%").replace(",", ".")
        known = bool(re.fullmatch(r"\d+(\.\d+)?", bare)) and float(bare) <= 100
        numbers.append(float(bare) if known else None)
        unread += [text] if text and not known else []
    bare_numbers = [n for n, text in zip(numbers, texts, strict=True) if n is not None and "%" not in str(text)]
    highest = max(bare_numbers, default=0.0)
    fractions = 0 < highest <= 1 and any(n not in (0.0, 1.0) for n in bare_numbers)
    doubtful = highest == 1 and not fractions
    for place, (n, text) in enumerate(zip(numbers, texts, strict=True)):
        if n is None or "%" in str(text):
            continue
        if doubtful and n == 1:
            numbers[place] = None
            unread.append(str(text))
        elif fractions:
            numbers[place] = round(100 * n, 6)
    return numbers, unread


def _stages(rows: Iterable[tuple[str | None, float | None]]) -> tuple[list[str | None], list[str], list[str]]:
    """Stage of each row, statuses that are not known, and rows whose status and percentage contradict each other."""
    order = schema.STAGES
    stages: list[str | None] = []
    unknown, differing = [], []
    for status, percent in rows:
        stage = _words().get(plain(status)) if status else None
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
