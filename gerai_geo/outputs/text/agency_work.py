"""Work of agencies with sites: which tasks, at which stage, by when; counts by agency, regency and kecamatan."""

from __future__ import annotations

from typing import Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n.labels import followup_label
from gerai_geo.i18n.translate import _
from gerai_geo.records.models import Screening
from gerai_geo.reference.agencies.tasks import agency_tasks, kodims, tasks_of_sites, working_agencies
from gerai_geo.reference.route_file import read_rules

CLOSED: Final = ("done", "dropped")
"""States of follow-up in which nothing is left to do."""


def agency_work(screening: Screening) -> pd.DataFrame:
    """
    Work of agencies, one row per task and site.

    Parameters
    ----------
    screening
        The screening as shown, see `gerai_geo.records.decisions`.

    Returns
    -------
    work
        ``site_id``, ``agency`` and ``task`` (keys), ``state`` of the site's follow-up (``open`` where none is noted),
        ``due_date`` and ``person_in_charge`` as they stand there; by agency and task, sites in their order. The
        follow-up is that of the site: whoever shares a site shares its date.
    """
    work = tasks_of_sites(screening.findings, read_rules(screening.manifest))
    followup = screening.followup.reindex(work["site_id"])
    work["state"] = followup["followup"].fillna("open").to_numpy()
    for column in ("due_date", "person_in_charge"):
        work[column] = followup[column].to_numpy()
    return work


def names_of_work(work: pd.DataFrame) -> pd.DataFrame:
    """Work with the short names of agencies, titles of tasks and labels of states instead of their keys."""
    names = {key: agency.short() for key, agency in working_agencies().items()}
    titles = {task.key: task.title() for task in agency_tasks()}
    table = work.assign(agency=work["agency"].map(names), task=work["task"].map(titles))
    if "state" in table:
        table["state"] = table["state"].map({s: followup_label(s) for s in schema.FOLLOWUP_STATES})
    return table


def task_counts(work: pd.DataFrame) -> pd.DataFrame:
    """
    Count the sites of each task.

    Returns
    -------
    counts
        ``agency``, ``task`` (keys), ``sites``, ``closed`` (done or dropped), ``dated`` (not closed, with a due date),
        ``undated``, ``earliest`` (the first due date of those that are not closed, ISO 8601; missing where there is
        none); tasks without a site are left out.
    """
    closed = work["state"].isin(CLOSED)
    days = pd.to_datetime(work["due_date"], format="%Y-%m-%d", errors="coerce").where(~closed)
    flags = work.assign(sites=1, closed=closed, dated=~closed & work["due_date"].notna(),
                        undated=~closed & work["due_date"].isna(), earliest=days)  # fmt: skip
    grouped = flags.groupby(["agency", "task"], sort=False)
    counts = grouped[["sites", "closed", "dated", "undated"]].sum().astype("int64")
    counts["earliest"] = grouped["earliest"].min().dt.strftime("%Y-%m-%d")
    return counts.reset_index()


def agency_matrix(work: pd.DataFrame, places: pd.Series) -> pd.DataFrame:
    """
    Count the sites with which each agency has work left, by place.

    Parameters
    ----------
    work
        From `agency_work`.
    places
        Place of each site, e.g. its regency, index ``site_id``; sites without one are left out.

    Returns
    -------
    matrix
        Index: places by name; columns: keys of all agencies that have work anywhere.
    """
    left = work[~work["state"].isin(CLOSED)].drop_duplicates(["site_id", "agency"])
    where = left["site_id"].map(places)
    keys = [k for k in working_agencies() if (work["agency"] == k).any()]
    matrix = pd.crosstab(where, left["agency"])
    return matrix.reindex(columns=keys, fill_value=0).sort_index()


def agencies_by_site(work: pd.DataFrame) -> dict[str, list[str]]:
    """Keys of the tasks of each site."""
    tasks: dict[str, list[str]] = {}
    for site_id, task in zip(work["site_id"].tolist(), work["task"].tolist(), strict=True):
        tasks.setdefault(str(site_id), []).append(task)
    return tasks


def kodim_of_sites(screening: Screening) -> pd.Series:
    """Kodim of each site; missing where neither list nor application export gives it."""
    return kodims(screening.findings)


def work_note() -> str:
    """Sentence on what these tasks are."""
    return _(
        "Pembagian kerja untuk dibahas dalam rapat, menurut temuan dan jalurnya; bukan pembagian wewenang menurut "
        "hukum."
    )
