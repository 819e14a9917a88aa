"""Land criteria of sites, from the list and raster evidence; no site is rejected by them."""

from __future__ import annotations

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n.translate import current_language, localised
from gerai_geo.records.models import Screening
from gerai_geo.reference.criteria import check_row, criterion_columns


@localised
def check_criteria(result: Screening | pd.DataFrame, *, lang: str | None = None) -> pd.DataFrame:
    """
    Check every site against every land criterion of `reference/criteria.toml`.

    Parameters
    ----------
    result
        A screening, its findings, or a table of sites; columns of `add_evidence` are used too.
    lang
        ``id`` or ``en``.

    Returns
    -------
    criteria
        The `schema.CRITERIA` table: one row per site and criterion. ``met`` is missing if there is no value, or no
        threshold in a source, so that a person must judge.
    """
    table = result.findings if isinstance(result, Screening) else result
    columns = criterion_columns(table.columns)
    used = list(dict.fromkeys(c for names in columns.values() for c in names))
    rows = [
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
        for site_id, row in zip(table.index, table[used].to_dict("records"), strict=True)
        for checked in check_row(row, columns)
    ]
    return schema.set_dtypes(pd.DataFrame(rows, columns=list(schema.CRITERIA)), "criteria")
