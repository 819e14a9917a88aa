"""
Issues: what is wrong with a row, a file or a layer, as rows of the `schema.ISSUES` table.

An issue carries a code and what its sentences are made of (``params``), so that they can be said in either language.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n.messages import say
from gerai_geo.i18n.translate import source_of


class Issue(NamedTuple):
    """
    One thing to say of one row, before the row has its id.

    Parameters
    ----------
    row
        Place of the row in its table, from 0.
    code, message, severity, column, value, suggestion, correction
        As in `schema.ISSUES`.
    candidates
        Positions that the coordinates may have meant: lon, lat, CRS.
    source_row
        Row of the source where it is another than the site's own: one of a parcel's corners.
    """

    row: int
    code: str
    message: str
    severity: str = "error"
    column: str | None = None
    value: str | None = None
    suggestion: str | None = None
    candidates: tuple[tuple[float, float, str], ...] = ()
    correction: str | None = None
    source_row: int | None = None


class IssueList:
    """
    IssueList kept as columns: a hundred thousand of them are ten lists, not a million objects to clean up after.

    Parameters
    ----------
    remarks
        The first of them.

    Examples
    --------
    >>> remarks = IssueList([Issue(0, "zero", "..")])
    >>> remarks += [Issue(4, "half", "..")]
    >>> remarks.columns["row"], [r.code for r in remarks]
    ([0, 4], ['zero', 'half'])
    """

    def __init__(self, remarks: Iterable[Issue] = ()) -> None:
        self.columns: dict[str, list[Any]] = {f: [] for f in Issue._fields}
        self += remarks

    def __iadd__(self, remarks: Iterable[Issue]) -> Self:
        columns = tuple(self.columns.values())
        for remark in remarks:
            for column, value in zip(columns, remark, strict=True):
                column.append(value)
        return self

    def append(self, remark: Issue) -> None:
        """Add one at the end."""
        for column, value in zip(self.columns.values(), remark, strict=True):
            column.append(value)

    def __iter__(self) -> Iterator[Issue]:
        return map(Issue._make, zip(*self.columns.values(), strict=True))

    def __len__(self) -> int:
        return len(self.columns["row"])


def issue_row(
    code: str,
    message: str,
    *,
    severity: str = "warning",
    site_id: str | None = None,
    source: str | None = None,
    source_row: int | None = None,
    column: str | None = None,
    value: object = None,
    suggestion: str | None = None,
    correction: str | None = None,
) -> dict[str, Any]:
    """
    One row of the issues table.

    Returns
    -------
    row
        All columns of `ISSUES`; ``value`` as text, or None.
    """
    return {
        "site_id": site_id,
        "source": source,
        "source_row": source_row,
        "column": column,
        "value": None if value is None else str(value),
        "severity": severity,
        "code": code,
        "params": params_of(message, suggestion),
        "message": message,
        "suggestion": suggestion,
        "correction": correction,
    }


def site_issues(
    sites: pd.DataFrame,
    positions: Any,
    code: str | Iterable[str],
    message: str | Iterable[str],
    severity: str | Iterable[str],
    suggestion: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """
    Issues about the places of sites that have been read, with where they came from.

    Parameters
    ----------
    sites
        The `SITES` table.
    positions
        Of the sites in it, one an issue.
    code, message, severity, suggestion
        One for all, or one an issue.

    Returns
    -------
    issues
        The `ISSUES` table, in the order of the positions.
    """
    read = pd.DataFrame(sites[["source", "source_row"]])
    table: pd.DataFrame = read.iloc[positions].rename_axis("site_id").reset_index()
    n = len(table)
    messages = [message] * n if isinstance(message, str) else list(message)
    suggestions = [suggestion] * n if suggestion is None or isinstance(suggestion, str) else list(suggestion)
    columns: dict[str, Any] = {"code": code, "severity": severity, "column": "geometry"}
    columns |= {"params": all_params(messages, suggestions), "message": messages, "suggestion": suggestions}
    for name, values in columns.items():
        table[name] = values
    return schema.set_dtypes(table, "issues")


def issues_table(rows: Iterable[Mapping[str, Any]] = ()) -> pd.DataFrame:
    """
    Rows made by `issue_row` as the issues table, in their order; empty where there are none.

    Returns
    -------
    issues
        The `ISSUES` table with a plain range index.
    """
    return schema.set_dtypes(pd.DataFrame(list(rows), columns=list(schema.ISSUES)), "issues")


def params_of(message: str, suggestion: str | None) -> str:
    """
    Give what the sentences of an issue are made of, as JSON.

    Examples
    --------
    >>> params_of("rusak", None)
    '{"message":"rusak"}'
    """
    params = {"message": source_of(message)}
    return _encode(params if suggestion is None else params | {"suggestion": source_of(suggestion)})


def all_params(messages: Iterable[str], suggestions: Iterable[str | None]) -> list[str]:
    """
    Params of many issues, made once for those that share their sentences.

    Returns
    -------
    params
        JSON, as `params_of` gives it, one for each issue.
    """
    known: dict[tuple[int, int], tuple[str, str, str | None]] = {}
    params = []
    for message, suggestion in zip(messages, suggestions, strict=True):
        key = (id(message), id(suggestion))
        if key not in known:  # the sentences are kept beside their params: an id is free again when its object is gone
            known[key] = (params_of(message, suggestion), message, suggestion)
        params.append(known[key][0])
    return params


def in_language(issues: pd.DataFrame) -> pd.DataFrame:
    """
    Issues with their messages and suggestions in the language in force.

    Parameters
    ----------
    issues
        The `schema.ISSUES` table. Rows without params stay as they are.

    Returns
    -------
    issues
        A new table, indexed like the one given.
    """
    if "params" not in issues or not issues["params"].notna().any():
        return issues
    codes, kinds = pd.factorize(issues["params"])
    params = [json.loads(kind) for kind in kinds]
    known = np.flatnonzero(codes >= 0)
    issues = issues.copy()
    for column in ("message", "suggestion"):
        sentences = [str(say(p[column])) if column in p else None for p in params]
        texts = issues[column].to_numpy(dtype=object, copy=True)
        texts[known] = np.array([*sentences, None], dtype=object)[codes[known]]
        issues[column] = pd.Series(texts, index=issues.index, dtype=issues[column].dtype)
    return issues


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
