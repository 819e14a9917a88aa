"""Three-way merge of follow-up: snapshot, edits of people, and current screening."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.geometry import positions
from gerai_geo.i18n.labels import status_label
from gerai_geo.i18n.translate import _
from gerai_geo.records.decisions.layer_decisions import DECIDED, says_layer_is_wrong
from gerai_geo.records.models import Screening
from gerai_geo.review.record_linkage import match_sites
from gerai_geo.review.workbook_format import SnapshotSite, site_followup

_COLUMNS = ("name", "village", "district", "regency", "source", "source_row")


@dataclass
class MergedFollowup:
    """
    Follow-up after a merge.

    Parameters
    ----------
    values
        By id of the current screening (or the snapshot's id, for sites it doesn't have): values by column.
    conflicts
        Rows of `followup_result.CONFLICTS`.
    """

    values: dict[str, dict[str, str]] = field(default_factory=dict)
    conflicts: list[dict[str, Any]] = field(default_factory=list)


def match_snapshot(snapshot_sites: Iterable[SnapshotSite], screening: Screening, *, same: bool) -> dict[str, str]:
    """
    Match the sites of a snapshot with those of the current screening.

    Parameters
    ----------
    snapshot_sites
        Sites of the snapshot.
    screening
        The current screening.
    same
        Whether the snapshot is of this screening, so that ids are enough.

    Returns
    -------
    current_ids
        Current id by the snapshot's id; sites without a certain match are left out.
    """
    sites = {s.site_id: s for s in snapshot_sites}
    ids = set(screening.findings.index.astype("str"))
    by_id = {i for i, s in sites.items() if same or not s.cells}
    current_ids = {i: i for i in sites if i in by_id and i in ids}
    others = [s for i, s in sites.items() if i not in by_id]
    if others:
        matches = match_sites(_site_table(others), screening.findings).table["match_id"].dropna()
        current_ids |= {str(i): str(match) for i, match in matches.items()}
    return current_ids


def snapshot_of_followup(screening: Screening) -> dict[str, SnapshotSite]:
    """Sites of a screening with follow-up, by id, as a snapshot would hold them."""
    findings = screening.findings
    lonlat = positions(findings).rename(columns={"lon": "#lon", "lat": "#lat"})
    rows = pd.DataFrame(findings[[c for c in _COLUMNS if c in findings]]).join(lonlat).to_dict("index")
    sites = {}
    for site_id in map(str, screening.followup.index):
        cells = {str(k): str(v) for k, v in rows.get(site_id, {}).items() if pd.notna(v)}
        status = str(findings.at[site_id, "status"]) if site_id in rows else ""
        sites[site_id] = SnapshotSite(site_id, cells, site_followup(screening.followup, site_id), (), status)
    return sites


def _site_table(sites: list[SnapshotSite]) -> GeoDataFrame:
    """Sites of a snapshot as a table for record linkage."""
    columns = {c: pd.Series([s.cells.get(c) for s in sites], dtype="str") for c in (*_COLUMNS, "#lon", "#lat")}
    lon, lat = (pd.to_numeric(columns.pop(c)) for c in ("#lon", "#lat"))
    points = geopandas.points_from_xy(lon, lat)
    points[lon.isna().to_numpy()] = None
    index = pd.Index([s.site_id for s in sites], name="site_id", dtype="str")
    return GeoDataFrame(pd.DataFrame(columns).set_axis(index), geometry=points, crs=schema.CRS)


def merge(
    screening: Screening,
    snapshot_sites: Mapping[str, SnapshotSite],
    changes: Mapping[str, Mapping[str, str | None]],
    current_ids: Mapping[str, str],
    *,
    with_base: bool,
) -> MergedFollowup:
    """
    Merge the edits of people into the follow-up of a screening.

    What only one side changed is taken. Where both changed a value differently, the workbook's is taken and a conflict
    is listed. A site without follow-up in the current screening takes all that the workbook has.

    Parameters
    ----------
    screening
        The current screening.
    snapshot_sites
        Sites of the snapshot by id.
    changes
        By the snapshot's id: changed values by column, None for one that was deleted.
    current_ids
        See `match_snapshot`.
    with_base
        Whether there is a snapshot; if not, changing a current value is no conflict.

    Returns
    -------
    merged
        See `MergedFollowup`.
    """
    merged = MergedFollowup({str(i): site_followup(screening.followup, str(i)) for i in screening.followup.index})
    ids = screening.findings.index
    for snapshot_id in dict.fromkeys([*snapshot_sites, *changes]):
        site, edits = snapshot_sites.get(snapshot_id, SnapshotSite(snapshot_id)), changes.get(snapshot_id, {})
        if not edits and not site.followup:
            continue
        # the id may belong to another site now
        site_id = current_ids.get(snapshot_id, f"{snapshot_id} (lama)" if snapshot_id in ids else snapshot_id)
        before = dict(merged.values.get(site_id, site.followup))
        if site_id not in merged.values:
            merged.values[site_id] = {k: v for k, v in {**site.followup, **edits}.items() if v is not None}
        else:
            _merge_site(merged, site_id, site, edits, with_base)
        status = str(screening.findings.at[site_id, "status"]) if site_id in ids else ""
        _note_decided_on(merged.values[site_id], before, site.status or status)
        if status:
            _check_decision(merged, site_id, site, status)
    return merged


def _merge_site(
    merged: MergedFollowup, site_id: str, site: SnapshotSite, edits: Mapping[str, str | None], with_base: bool
) -> None:
    values = merged.values[site_id]
    for column, new in edits.items():
        base, current = site.followup.get(column), values.get(column)
        if current == new:
            continue
        if with_base and current != base:
            message = _("Diubah di berkas ini dan juga di tempat lain; isi berkas ini yang dipakai.")
            conflict = {"site_id": site_id, "column": column, "sent": base, "workbook": new, "screening": current}
            merged.conflicts.append(conflict | {"message": message})
        if new is None:
            values.pop(column, None)
        else:
            values[column] = new


def _note_decided_on(values: dict[str, str], before: Mapping[str, str], status: str) -> None:
    """Keep the computed status that people saw when they said that the layer does not hold, until they say it anew."""
    if not says_layer_is_wrong(values):
        values.pop("decided_on", None)
    elif status and ("decided_on" not in values or any(values.get(f) != before.get(f) for f in DECIDED)):
        values["decided_on"] = status


def _check_decision(merged: MergedFollowup, site_id: str, site: SnapshotSite, status: str) -> None:
    """Add a conflict where the finding has changed since people decided on it."""
    values = merged.values[site_id]
    decision, overrides = values.get("decision"), says_layer_is_wrong(values)
    seen = values.get("decided_on", "") if overrides else site.status
    if decision is None or seen in ("", status):
        return
    text = _(
        "Keputusan dibuat ketika temuannya '{before}'; sekarang '{after}'. Keputusan tetap dipakai; tegaskan lagi."
    )
    if overrides:
        text = _(
            "Keputusan bahwa layer tidak berlaku dibuat ketika hasil hitungan '{before}'; sekarang '{after}'. Yang "
            "ditampilkan hasil hitungan, sampai keputusan itu ditegaskan: isi dokumen dan tanggalnya yang baru."
        )
    message = text.format(before=status_label(seen), after=status_label(status))
    conflict = {"site_id": site_id, "column": "decision", "sent": seen, "workbook": decision}
    merged.conflicts.append(conflict | {"screening": status, "message": message})


def followup_table(values: Mapping[str, Mapping[str, str]], order: Iterable[str]) -> pd.DataFrame:
    """
    Table of follow-up (`schema.FOLLOWUP`) with further columns of people last.

    Parameters
    ----------
    values
        Values by column, by site id.
    order
        Ids in the order of the findings; those of other sites come last.
    """
    ids = [i for i in dict.fromkeys([*order, *values]) if i in values]
    columns = list(dict.fromkeys([*schema.FOLLOWUP, *(c for v in values.values() for c in v)]))
    rows = [[values[i].get(c) for c in columns] for i in ids]
    index = pd.Index(ids, name="site_id", dtype="str")
    return schema.set_dtypes(pd.DataFrame(rows, columns=columns, index=index).astype("str"), "followup")
