"""Facts of a list of sites, and a part of a list with the facts of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.core.arrays import Bools
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.records.provenance.job_record import LEFT_OUT


def inputs_of(origins: pd.DataFrame, digests: Mapping[str, str]) -> list[dict[str, Any]]:
    """Files with their digests and numbers of sites; where corners were joined, also the number of corners."""
    inputs = []
    for file, own in origins.groupby("file", sort=False):
        entry = {"source": file, "sha256": digests[str(file)], "rows": len(own)}
        if own["corners"].max() > 1:
            entry["corners"] = int(own["corners"].sum())
        inputs.append(entry)
    return inputs


def no_regency_issues(sites: GeoDataFrame) -> list[dict[str, Any]]:
    """Count the rows without a regency of each source, as rows of the `schema.ISSUES` table."""
    without = sites["source"][sites["regency"].isna()].value_counts(sort=False)
    text = _("{n} baris tanpa kabupaten/kota.")
    hint = _("Tambahkan kolom Kabupaten, atau beri batas wilayah.")
    return [
        issue_row("no_regency", text.format(n=n), source=str(source), suggestion=hint) for source, n in without.items()
    ]


def part_of_list(
    sites: GeoDataFrame, issues: pd.DataFrame, origins: pd.DataFrame, rows: Bools
) -> tuple[GeoDataFrame, pd.DataFrame]:
    """
    Take some sites of a list, with their issues and those of the files that they come from.

    Parameters
    ----------
    sites, issues, origins
        From `read_with_origins`.
    rows
        Which sites.

    Returns
    -------
    sites, issues
        As of `read_sites`. Issues that concern all files, such as those of boundaries, are in every part.
    """
    part = sites[rows]
    digests = {entry["source"]: entry["sha256"] for entry in sites.attrs["inputs"]}
    whole = {k: v for k, v in sites.attrs.items() if k != LEFT_OUT}
    part.attrs = whole | {"inputs": inputs_of(origins[rows], digests)}
    of_files = issues["site_id"].isna()
    elsewhere = issues["source"].isin(sites["source"]) & ~issues["source"].isin(part["source"])
    own = issues["site_id"].isin(part.index) | (of_files & ~elsewhere & issues["code"].ne("no_regency"))
    missing = no_regency_issues(part)
    return part, pd.concat([issues[own], issues_table(missing)], ignore_index=True) if missing else issues[own]
