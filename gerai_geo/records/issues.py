"""
Issues of rows, files and layers, as rows of the `schema.ISSUES` table.

Besides its sentences an issue has a code and ``params``, from which the sentences can be rendered in either language.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import numpy as np
import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n.labels import disclaimer, scale_note, selection_note, synthetic_note
from gerai_geo.i18n.messages import render
from gerai_geo.i18n.translate import source_of
from gerai_geo.reference.maps.scales import smallest_shown_m2

if TYPE_CHECKING:
    from gerai_geo.records.models import Screening


class Issue(NamedTuple):
    """
    Issue of one row, before sites have ids.

    Parameters
    ----------
    row
        Position of the row in its table, from 0.
    code, message, severity, column, value, suggestion, correction
        As in `schema.ISSUES`.
    candidates
        Possible positions for the coordinates: lon, lat, CRS.
    source_row
        Row of the source where it differs from the site's, as for the corners of a parcel.
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
    List of issues stored as columns, which costs far less memory than an object for each.

    Parameters
    ----------
    issues
        Initial content.

    Examples
    --------
    >>> issues = IssueList([Issue(0, "zero", "..")])
    >>> issues += [Issue(4, "half", "..")]
    >>> issues.columns["row"], [issue.code for issue in issues]
    ([0, 4], ['zero', 'half'])
    """

    def __init__(self, issues: Iterable[Issue] = ()) -> None:
        self.columns: dict[str, list[Any]] = {f: [] for f in Issue._fields}
        self += issues

    def __iadd__(self, issues: Iterable[Issue]) -> Self:
        for column, values in zip(
            self.columns.values(), zip(*issues, strict=True), strict=False
        ):  # none without issues
            column.extend(values)
        return self

    def append(self, issue: Issue) -> None:
        """Add an issue at the end."""
        for column, value in zip(self.columns.values(), issue, strict=True):
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
    Row of the issues table.

    Returns
    -------
    row
        All columns of `schema.ISSUES`; ``value`` as text, or None.
    """
    return {
        "site_id": site_id,
        "source": source,
        "source_row": source_row,
        "column": column,
        "value": None if value is None else str(value),
        "severity": severity,
        "code": code,
        "params": _params(message, suggestion),
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
    Issues on the geometry of sites, with file and row of each site.

    Parameters
    ----------
    sites
        The `schema.SITES` table.
    positions
        Row position of the site of each issue.
    code, message, severity, suggestion
        One for all, or one per issue.

    Returns
    -------
    issues
        The `schema.ISSUES` table, in the order of the positions.
    """
    sources = pd.DataFrame(sites[["source", "source_row"]])
    table: pd.DataFrame = sources.iloc[positions].rename_axis("site_id").reset_index()
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
    Table of the rows from `issue_row`, in their order.

    Returns
    -------
    issues
        The `schema.ISSUES` table with a range index; empty where there are no rows.
    """
    listed = list(rows)
    if not listed:
        return schema.empty_table("issues")
    return schema.set_dtypes(pd.DataFrame(listed, columns=list(schema.ISSUES)), "issues")


def _params(message: str, suggestion: str | None) -> str:
    """Encode the sources of an issue's sentences (`Text.source`) as JSON."""
    params = {"message": source_of(message)}
    return _encode(params if suggestion is None else params | {"suggestion": source_of(suggestion)})


def all_params(messages: Iterable[str], suggestions: Iterable[str | None]) -> list[str]:
    """
    Params of many issues, encoded once for those that share their sentences.

    Returns
    -------
    params
        JSON, one for each issue.
    """
    known: dict[tuple[int, int], tuple[str, str, str | None]] = {}
    params = []
    for message, suggestion in zip(messages, suggestions, strict=True):
        key = (id(message), id(suggestion))
        if key not in known:  # the sentences are kept too: an id is free again when its object is gone
            known[key] = (_params(message, suggestion), message, suggestion)
        params.append(known[key][0])
    return params


def localised_issues(issues: pd.DataFrame) -> pd.DataFrame:
    """
    Render the messages and suggestions of issues in the language in force.

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
    codes, unique = pd.factorize(issues["params"])
    params = [json.loads(text) for text in unique]
    known = np.flatnonzero(codes >= 0)
    issues = issues.copy()
    for column in ("message", "suggestion"):
        sentences = [str(render(p[column])) if column in p else None for p in params]
        texts = issues[column].to_numpy(dtype=object, copy=True)
        texts[known] = np.array([*sentences, None], dtype=object)[codes[known]]
        issues[column] = pd.Series(texts, index=issues.index, dtype=issues[column].dtype)
    return issues


HEAD_CODES: Final = ("layer_elsewhere", "layer_incomplete", "forest_lost")
"""Codes of issues that a reader of any output must know."""


def head_notes(screening: Screening) -> list[str]:
    """List the notes that head every output, in the language in force; none where nothing is amiss."""
    notes = [synthetic_note()] if screening.manifest.get("synthetic") else []
    if selected := screening.manifest.get("selected"):
        notes.append(selection_note(selected["sites"], selected["of"]))
    return notes + issue_notes(screening.issues)


def issue_notes(issues: pd.DataFrame) -> list[str]:
    """Sentences of the issues that a reader of any output must know."""
    found = localised_issues(issues[issues["code"].isin(HEAD_CODES)])
    return list(dict.fromkeys(found["message"].tolist()))


def head_note(screening: Screening) -> str:
    """Join the notes that head every output; empty where nothing is amiss."""
    return " ".join(head_notes(screening))


def left_out(manifest: Mapping[str, Any]) -> list[str]:
    """Note on the ground that the layer's map leaves out for its size; none where no site is outside."""
    scale = (manifest.get("forest") or {}).get("scale")
    outside = ((manifest.get("counts") or {}).get("status") or {}).get("outside", 1)
    return [scale_note(scale, smallest_shown_m2(scale))] if scale and outside else []


def closing_notes(manifest: Mapping[str, Any]) -> list[str]:
    """List the notes that end every output: what its map leaves out, and the disclaimer."""
    return [*left_out(manifest), disclaimer()]


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
