"""
Numbers of the programme by regency and for the province: targets, sites, findings, follow-up, buildings.

What was not given is missing, never 0. A number that leaves out what is not known is a lower bound and named in
``partial``; a lower bound of 0 says nothing and is missing.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.core.name_keys import regency_name_key
from gerai_geo.records.progress.buildings import BUILT
from gerai_geo.records.progress.groups import meeting_groups

COUNTS: Final = tuple(c for c, column in schema.PROGRESS.items() if column.kind == "integer")
"""Columns with numbers."""
OF_SITES: Final = COUNTS[COUNTS.index("prepared") :]
"""Columns with numbers of sites of the list."""

_GROUPS: Final = {"outside": "clear", "in_forest": "forest", "to_verify": "verify", "not_assessed": "unknown"}
_STAGES: Final = {
    "under_construction": ("under_construction",), "finished": ("finished", "operating"), "operating": ("operating",),
}  # fmt: skip
_NOWHERE: Final = ""
"""Key of the sites without a regency."""


def progress_table(
    findings: pd.DataFrame, followup: pd.DataFrame, targets: pd.DataFrame, unlisted: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Numbers of each regency of the list and of the targets, by name, and of the province, last.

    Parameters
    ----------
    findings
        The `schema.FINDINGS` table, with the columns of `schema.EXPORT` where there are any.
    followup
        The `schema.FOLLOWUP` table; empty where none was given.
    targets
        The `schema.TARGETS` table; empty where none was given.
    unlisted
        Units that the application export alone has: ``regency``, ``stage`` and their number, ``rows``; None where there
        is no such export.

    Returns
    -------
    progress
        The `schema.PROGRESS` table. The row of the province has the numbers that the targets give for it, else the sums
        of the rows above.
    """
    regency = schema.column_of(findings, "regency")
    keys = regency.map(_key).astype("str")
    names = _names(findings.assign(regency=regency), keys, targets)
    staged = unlisted is not None and bool(unlisted["stage"].notna().any())
    if unlisted is not None:
        unlisted = unlisted.assign(key=unlisted["regency"].map(_key))
        if (unlisted["key"].eq(_NOWHERE) & unlisted["stage"].isin(BUILT)).any():
            names.setdefault(_NOWHERE, (None, None))
    table = pd.DataFrame(index=pd.Index(list(names), dtype="str"))
    partial = pd.DataFrame(False, index=table.index, columns=list(COUNTS))
    own = targets[targets["level"] == "regency"]
    own = own.set_index(own["regency"].map(regency_name_key)) if len(own) else own
    for column in ("units", "target"):
        table[column] = own[column].reindex(table.index) if len(own) else pd.NA
    for column, (counts, bounds) in _counts(findings, keys, followup, staged=staged).items():
        table[column] = counts.reindex(table.index)
        partial[column] = bounds.reindex(table.index).fillna(value=False).astype(bool)
    if unlisted is not None:
        _add_unlisted(table, partial, unlisted)
    for column in COUNTS:
        table[column] = table[column].astype("Int64") if column in table else pd.array([pd.NA] * len(table), "Int64")
    total, total_partial = _province(table, partial, targets)
    rows: pd.DataFrame = pd.concat([table, pd.DataFrame([total])], ignore_index=True)
    bound: pd.DataFrame = pd.concat([partial, pd.DataFrame([total_partial])], ignore_index=True)
    for column in COUNTS:
        numbers = rows[column].astype("Int64")
        rows[column] = numbers.mask(bound[column] & (numbers == 0).fillna(value=False).astype(bool), pd.NA)
        bound[column] = bound[column].astype(bool) & rows[column].notna()
    rows["partial"] = [", ".join(c for c in COUNTS if row[c]) or None for row in bound.to_dict("records")]
    last = targets[targets["level"] == "province"]
    province = last["regency"].iloc[0] if len(last) else None
    rows["level"] = ["regency"] * len(table) + ["province"]
    rows["regency"] = [*(name for name, _code in names.values()), province]
    rows["regency_code"] = [*(code for _name, code in names.values()), None]
    return schema.set_dtypes(rows, "progress")


def _names(findings: pd.DataFrame, keys: pd.Series, targets: pd.DataFrame) -> dict[str, tuple[str | None, str | None]]:
    """Name and code of each regency by key, in the order of the names; sites without one last."""
    names: dict[str, tuple[str | None, str | None]] = {}
    rows = targets[targets["level"] == "regency"]
    codes = schema.column_of(findings, "regency_code")
    firsts = pd.DataFrame({"key": keys, "regency": findings["regency"], "code": codes})
    firsts = firsts[firsts["key"] != _NOWHERE].sort_values("code", na_position="last", kind="stable")
    for key, name, code in firsts.drop_duplicates("key").itertuples(index=False):
        names[key] = (name, code if isinstance(code, str) else None)
    for name, code in zip(rows["regency"], rows["regency_code"], strict=True):
        names.setdefault(regency_name_key(name), (name, code if isinstance(code, str) else None))
    ordered = dict(sorted(names.items(), key=lambda item: str(item[1][0]).casefold()))
    return ordered | ({_NOWHERE: (None, None)} if (keys == _NOWHERE).any() else {})


def _counts(
    findings: pd.DataFrame, keys: pd.Series, followup: pd.DataFrame, *, staged: bool
) -> dict[str, tuple[pd.Series, pd.Series]]:
    """Count the sites by key for each column, and tell whether it is a lower bound."""

    def count(flags: pd.Series, unknown: pd.Series | None = None) -> tuple[pd.Series, pd.Series]:
        """Sites with a flag; missing where it is unknown for all sites of a regency."""
        unknown = pd.Series(False, findings.index) if unknown is None else unknown
        counts = flags.groupby(keys).sum().astype("Int64")
        return counts.mask(unknown.groupby(keys).all(), pd.NA), unknown.groupby(keys).any()

    groups = meeting_groups(findings)
    counts = {"prepared": count(pd.Series(True, findings.index))}
    counts |= {column: count(groups == group) for column, group in _GROUPS.items()}
    recorded = findings.get("recorded")
    entered = pd.Series(pd.NA, findings.index, "boolean") if recorded is None else recorded.astype("boolean")
    counts["recorded"] = count(entered.fillna(value=False).astype(bool), entered.isna())
    if "land_papers" in findings:
        papers = findings["land_papers"].fillna("not_stated")
        counts["land_unsettled"] = count(papers == "unsettled", papers == "not_stated")
    if len(followup):
        state = followup["followup"].reindex(findings.index)
        noted = pd.Series(findings.index.isin(followup.index), findings.index)
        silent = ~noted.groupby(keys).transform("any")
        counts["settled"] = count((state == "done").fillna(value=False).astype(bool), silent)
    stage = schema.column_of(findings, "recorded_stage")
    if staged or stage.notna().any():
        unknown = stage.isna() & entered.fillna(value=True).astype(bool)
        counts |= {column: count(stage.isin(stages), unknown) for column, stages in _STAGES.items()}
    return counts


def _add_unlisted(table: pd.DataFrame, partial: pd.DataFrame, unlisted: pd.DataFrame) -> None:
    """Add the units that the application export alone has to the stages of buildings, in place."""
    here = unlisted[unlisted["key"].isin(table.index)]
    if not (here["stage"].notna().any() or any(c in table for c in _STAGES)):
        return
    told = table.index.isin(here["key"])
    doubtful = table.index.isin(here.loc[here["stage"].isna(), "key"])

    def number(stages: tuple[str, ...]) -> pd.Series[int]:
        rows = here[here["stage"].isin(stages)]
        return rows.groupby("key")["rows"].sum().reindex(table.index).fillna(0).astype("Int64")

    for column, stages in _STAGES.items():
        more = number(stages)
        listed = schema.column_of(table, column, "Int64").astype("Int64")
        has_sites = table["prepared"].notna()
        # of a regency without sites the export tells all; sites of which it tells nothing leave a lower bound
        known = listed.fillna(0).mask(listed.isna() & ~(told & ~has_sites) & (more == 0))
        partial[column] |= (listed.isna() & has_sites & known.notna()) | doubtful
        table[column] = known + more
    alone = number(BUILT)
    table["unlisted"] = alone.mask(table["prepared"].isna() & ~told)


def _key(regency: object) -> str:
    return regency_name_key(regency) if isinstance(regency, str) else _NOWHERE


def _province(
    table: pd.DataFrame, partial: pd.DataFrame, targets: pd.DataFrame
) -> tuple[dict[str, object], dict[str, bool]]:
    """Row of the province, and which of its numbers are lower bounds."""
    last = targets[targets["level"] == "province"]
    regencies = table[table.index != _NOWHERE]
    total: dict[str, object] = {}
    bound = dict.fromkeys(COUNTS, False)
    # sums of some regencies are no sums of a province
    missing = bool(len(last)) and not len(regencies) >= (last["regencies"].fillna(len(regencies) + 1).iloc[0])
    for column in OF_SITES:
        total[column] = table[column].sum(min_count=1)
        bound[column] = missing or bool(table[column].isna().any() or partial[column].any())
    unknown = targets.loc[(targets["level"] == "regency") & targets["regency_code"].isna(), "regency"]
    # a place that no one knows and that has no site may lie in another province
    left_out = regencies.index.isin(unknown.map(regency_name_key)) & regencies["prepared"].isna()
    for column in ("units", "target"):
        given = last[column].iloc[0] if len(last) else pd.NA
        total[f"{column}_sum"] = regencies.loc[~left_out, column].sum(min_count=1)
        bound[f"{column}_sum"] = missing or bool(regencies[column].isna().any()) or bool(left_out.any())
        total[column] = total[f"{column}_sum"] if pd.isna(given) else given
        bound[column] = bound[f"{column}_sum"] and pd.isna(given)
    return total, bound
