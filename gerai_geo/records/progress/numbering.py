"""Number of each site within its regency, the same in all outputs."""

from __future__ import annotations

from typing import TypeVar

import pandas as pd

from gerai_geo import schema
from gerai_geo.core.name_keys import file_key

Findings = TypeVar("Findings", bound=pd.DataFrame)

NUMBER = "number"
"""Column of the findings."""


def site_numbers(findings: pd.DataFrame, before: dict[str, int] | None = None) -> pd.Series:
    """
    Numbers 1, 2, .. of the sites of each regency, in the order of the rows.

    They don't depend on any finding, so they stay as long as the user's list keeps its order. Spellings of a regency
    that share a map share one sequence; sites without a regency have their own.

    Parameters
    ----------
    findings
        Sites or findings; without a column ``regency`` they are one sequence.
    before
        Sites of each regency in earlier parts of the same list, by key; updated.

    Returns
    -------
    number
        Integers, indexed like the table.

    Examples
    --------
    >>> site_numbers(pd.DataFrame({"regency": ["Seruyan", "Kapuas", None, "SERUYAN", None]})).tolist()
    [1, 1, 1, 2, 2]
    """
    regency = schema.column_of(findings, "regency")
    known = {name: file_key(name) for name in regency.dropna().unique()}
    keys = pd.Series([known.get(name, "") for name in regency], findings.index, dtype="str")
    numbers = keys.groupby(keys).cumcount() + 1
    if before is not None:
        numbers += keys.map(before).fillna(0).astype("int64")
        for key, n in keys.value_counts().items():
            before[str(key)] = before.get(str(key), 0) + int(n)
    return numbers.astype("Int64").rename(NUMBER)


def numbered(findings: Findings) -> Findings:
    """Add the column `NUMBER` to findings of an earlier version or of other origin that lack it."""
    if NUMBER in findings and findings[NUMBER].notna().any():
        return findings
    return findings.assign(**{NUMBER: site_numbers(findings)})
