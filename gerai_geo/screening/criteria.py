"""Sites x criteria of land: what the list or the rasters say of each. Nothing is rejected by it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n.translate import current_language, localised
from gerai_geo.records.models import Screening
from gerai_geo.reference.criteria import check_row, columns_of


@localised
def check_criteria(result: Screening | pd.DataFrame, *, lang: str | None = None) -> pd.DataFrame:
    """
    Hold every criterion of `reference/criteria.toml` against every site.

    Parameters
    ----------
    result
        A screening, its findings, or a table of sites; columns of `add_evidence` count too.
    lang
        ``id`` or ``en``.

    Returns
    -------
    criteria
        The `schema.CRITERIA` table: one row a site and criterion. ``met`` is missing where nothing says so, or where
        no source gives a number and a person must judge.
    """
    table = result.findings if isinstance(result, Screening) else result
    columns = columns_of(table.columns)
    wanted = list(dict.fromkeys(c for names in columns.values() for c in names))
    rows: list[dict[str, Any]] = []
    for site_id, row in zip(table.index, table[wanted].to_dict("records"), strict=True):
        for checked in check_row(row, columns):
            rows.append(
                {
                    "site_id": str(site_id),
                    "criterion": checked.criterion.key,
                    "title": checked.criterion.titles[current_language()],
                    "met": checked.met,
                    "value": checked.value,
                    "column": checked.column,
                    "confidence": checked.criterion.confidence,
                    "sources": checked.criterion.source,
                }
            )
    return schema.set_dtypes(pd.DataFrame(rows, columns=list(schema.CRITERIA)), "criteria")
