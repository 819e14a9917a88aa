"""Three-way merge of follow-up: what was sent, what people changed, what the screening of today says."""

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
from gerai_geo.records.models import Screening
from gerai_geo.review.record_linkage import match_sites
from gerai_geo.review.workbook_format import SnapshotSite, known

Values = dict[str, str]


@dataclass
class Merged:
    """
    Follow-up after a merge.

    Parameters
    ----------
    values
        By id of today's screening (or the id of then, for sites it doesn't have): what is known now.
    conflicts
        Rows of `meeting_result.CONFLICTS`.
    """

    values: dict[str, Values] = field(default_factory=dict)
    conflicts: list[dict[str, Any]] = field(default_factory=list)


def match_then_and_now(then: Iterable[SnapshotSite], screening: Screening, *, same: bool) -> dict[str, str]:
    """
    Find the sites of then among those of today.

    Parameters
    ----------
    then
        Sites as they were sent.
    screening
        Today's.
    same
        Whether it is the screening that was sent, so that ids are enough.

    Returns
    -------
    now
        Today's id by the id of then; sites that are not found, or not surely, are left out.
    """
    sites = {s.site_id: s for s in then}
    ids = set(screening.findings.index.astype("str"))
    bare = [i for i, s in sites.items() if same or not s.shown]
    now = {i: i for i in bare if i in ids}
    rest = [s for i, s in sites.items() if i not in bare]
    if rest:
        found = match_sites(_as_sites(rest), screening.findings).table["other"].dropna()
        now |= {str(i): str(o) for i, o in found.items()}
    return now


def known_sites(screening: Screening) -> dict[str, SnapshotSite]:
    """Sites of a screening that people did something about, as if they had been sent, by id."""
    findings = screening.findings
    place = positions(findings).rename(columns={"lon": "#lon", "lat": "#lat"})
    columns = [c for c in ("name", "village", "district", "regency", "source", "source_row") if c in findings]
    shown = pd.DataFrame(findings[columns]).join(place).to_dict("index")
    sites = {}
    for site_id in map(str, screening.followup.index):
        cells = {str(k): str(v) for k, v in shown.get(site_id, {}).items() if pd.notna(v)}
        status = str(findings.at[site_id, "status"]) if site_id in shown else ""
        sites[site_id] = SnapshotSite(site_id, cells, known(screening.followup, site_id), (), status)
    return sites


def _as_sites(then: list[SnapshotSite]) -> GeoDataFrame:
    """Sites as they were sent, as a table that can be matched."""
    columns = ("name", "village", "district", "regency", "source", "source_row")
    table = pd.DataFrame(
        {c: pd.Series([s.shown.get(c) for s in then], dtype="str") for c in columns},
    )
    lon, lat = (pd.to_numeric(pd.Series([s.shown.get(c) for s in then], dtype="str")) for c in ("#lon", "#lat"))
    points = geopandas.points_from_xy(lon, lat)
    points[lon.isna().to_numpy()] = None
    index = pd.Index([s.site_id for s in then], name="site_id", dtype="str")
    return GeoDataFrame(table.set_axis(index), geometry=points, crs=schema.CRS)


def home(old_id: str, now: Mapping[str, str], screening: Screening) -> str:
    """Id under which the follow-up of a site of then is kept: today's, else its own, marked where another has it."""
    kept = f"{old_id} (lama)" if old_id in screening.findings.index else old_id
    return now.get(old_id, kept)


def merge(
    screening: Screening,
    then: Mapping[str, SnapshotSite],
    changed: Mapping[str, Mapping[str, str | None]],
    now: Mapping[str, str],
    *,
    with_base: bool,
) -> Merged:
    """
    Merge what people changed into the follow-up of a screening.

    What only one side changed is taken. Where both changed it, and differently, the workbook's value is taken and the
    conflict is told. A site of which today's screening knows nothing takes all that the workbook knows.

    Parameters
    ----------
    screening
        Today's.
    then
        Sites as they were sent, by id.
    changed
        By id of then: the columns that people changed, None where they emptied one.
    now
        See `match_then_and_now`.
    with_base
        Whether it is known what was sent; if not, a value of today that people changed is no conflict.

    Returns
    -------
    merged
        See `Merged`.
    """
    result = Merged({str(i): known(screening.followup, str(i)) for i in screening.followup.index})
    for old_id in dict.fromkeys([*then, *changed]):
        site, edits = then.get(old_id, SnapshotSite(old_id)), changed.get(old_id, {})
        if not edits and not site.followup:
            continue
        site_id = home(old_id, now, screening)
        if site_id not in result.values:
            theirs = {**site.followup, **edits}
            result.values[site_id] = {k: v for k, v in theirs.items() if v is not None}
        else:
            _merge_site(result, site_id, site, edits, with_base)
        _check_decision(result, screening, site_id, site)
    return result


def _merge_site(
    result: Merged, site_id: str, site: SnapshotSite, edits: Mapping[str, str | None], with_base: bool
) -> None:
    values = result.values[site_id]
    for column, new in edits.items():
        base, ours = site.followup.get(column), values.get(column)
        if ours == new:
            continue
        if with_base and ours != base:
            text = _("Diubah di berkas ini dan juga di tempat lain; isi berkas ini yang dipakai.")
            told = {"site_id": site_id, "column": column, "sent": base, "workbook": new, "screening": ours}
            result.conflicts.append(told | {"message": text})
        if new is None:
            values.pop(column, None)
        else:
            values[column] = new


def _check_decision(result: Merged, screening: Screening, site_id: str, site: SnapshotSite) -> None:
    """Tell a decision whose finding has changed since it was sent."""
    decision = result.values[site_id].get("decision")
    if decision is None or not site.status or site_id not in screening.findings.index:
        return
    status = str(screening.findings.at[site_id, "status"])
    if status == site.status:
        return
    text = _(
        "Keputusan dibuat ketika temuannya '{before}'; sekarang '{after}'. Keputusan tetap dipakai; tegaskan lagi."
    )
    message = text.format(before=status_label(site.status), after=status_label(status))
    told = {"site_id": site_id, "column": "decision", "sent": site.status, "workbook": decision, "screening": status}
    result.conflicts.append(told | {"message": message})


def as_table(values: Mapping[str, Values], order: Iterable[str]) -> pd.DataFrame:
    """
    Follow-up of sites as the `schema.FOLLOWUP` table, further columns of people behind.

    Parameters
    ----------
    values
        By site id.
    order
        Ids in the order of the findings; those of other sites come last.
    """
    ids = [i for i in order if i in values]
    ids += [i for i in values if i not in set(ids)]
    columns = list(dict.fromkeys([*schema.FOLLOWUP, *(c for v in values.values() for c in v)]))
    rows = [[values[i].get(c) for c in columns] for i in ids]
    index = pd.Index(ids, name="site_id", dtype="str")
    return schema.set_dtypes(pd.DataFrame(rows, columns=columns, index=index).astype("str"), "followup")
