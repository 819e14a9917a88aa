"""Agencies and tasks of `reference/agency_tasks.toml`, and which task each site has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd

from gerai_geo.i18n.translate import current_language
from gerai_geo.reference.criteria import normalised
from gerai_geo.reference.data_files import read_toml
from gerai_geo.reference.routes import Rules

CONDITIONS: Final = ("action", "status", "land_papers")
"""Conditions that are columns of the findings."""

NOT_STATED: Final = "not_stated"


@dataclass(frozen=True)
class WorkingAgency:
    """
    An agency that has work with sites.

    Parameters
    ----------
    key
        Its key in `routes.toml`.
    shorts
        Its short name by language.
    names
        Further words for it.
    """

    key: str
    shorts: Mapping[str, str]
    names: tuple[str, ...]

    def short(self) -> str:
        """Short name in the language in force."""
        return self.shorts[current_language()]


@dataclass(frozen=True)
class AgencyTask:
    """
    A task of an agency and the conditions under which a site has it.

    Parameters
    ----------
    key, agency
        Ids of the task and of its agency.
    titles
        By language.
    when
        Allowed values by column of the findings, see `CONDITIONS`.
    named
        Roles in the site's route, one of which the agency must have: ``decides``, ``contact``; empty for any route.
    """

    key: str
    agency: str
    titles: Mapping[str, str]
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    named: tuple[str, ...] = ()

    def title(self) -> str:
        """Its title in the language in force."""
        return self.titles[current_language()]


@cache
def working_agencies() -> dict[str, WorkingAgency]:
    """Agencies by key, in the order of the file."""
    return {
        key: WorkingAgency(key, dict(a["short"]), tuple(a["names"]))
        for key, a in read_toml("agency_tasks.toml")["agency"].items()
    }


@cache
def agency_tasks() -> tuple[AgencyTask, ...]:
    """All tasks, those of an agency together, agencies in the order of the file."""
    order = list(working_agencies())
    tasks = [
        AgencyTask(
            t["key"], t["agency"], dict(t["title"]), {c: tuple(t[c]) for c in CONDITIONS if c in t},
            tuple(t.get("named", ())),
        )
        for t in read_toml("agency_tasks.toml")["task"]
    ]  # fmt: skip
    return tuple(sorted(tasks, key=lambda t: order.index(t.agency)))


def agency_key(name: str) -> str | None:
    """
    Key of the agency that a word means; None for an unknown word.

    Examples
    --------
    >>> agency_key("BPN"), agency_key("Dinas Kehutanan"), agency_key("desa"), agency_key("PLN")
    ('bpn', 'dishut', 'village', None)
    """
    word = normalised(name)
    return next(
        (k for k, a in working_agencies().items() if word in {k, *map(normalised, (*a.names, *a.shorts.values()))}),
        None,
    )


def kodims(findings: pd.DataFrame) -> pd.Series:
    """
    Kodim of each site, from the list or from the application export; missing where neither gives it.

    Examples
    --------
    >>> kodims(pd.DataFrame({"KODIM": ["1015/Sampit", None], "recorded_kodim": ["x", "1015"]})).tolist()
    ['1015/Sampit', '1015']
    """
    wanted = {normalised(c) for c in read_toml("agency_tasks.toml")["columns"]["kodim"]}
    names = [c for c in findings.columns if normalised(c) in wanted]
    names += [c for c in ("recorded_kodim",) if c in findings]
    result = pd.Series(None, findings.index, dtype=object)
    for name in names:
        texts = findings[name].map(lambda v: " ".join(str(v).split()) or None, na_action="ignore")
        result = result.where(result.notna(), texts.astype(object).where(texts.notna(), None))
    return result.astype("str")


def tasks_of_sites(findings: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """
    Tasks that sites have.

    Parameters
    ----------
    findings
        The `schema.FINDINGS` table, with the status that people are shown.
    rules
        Rules of the routes, which name agencies.

    Returns
    -------
    tasks
        One row per task and site: ``site_id``, ``agency``, ``task``; by agency and task, sites in their order. A list
        that says nothing of land papers at all asks nobody to state them.
    """
    parts = []
    for task in agency_tasks():
        applies = np.ones(len(findings), dtype=bool)
        for column, allowed in task.when.items():
            applies &= _matches(findings, column, allowed)
        if task.named:
            routes = _routes_naming(task, rules.data["route"])
            applies &= findings["route"].isin(routes).to_numpy() if "route" in findings else False
        ids = findings.index[applies]
        parts.append(pd.DataFrame({"site_id": ids.astype("str"), "agency": task.agency, "task": task.key}))
    return pd.concat(parts, ignore_index=True).astype("str")


def _matches(findings: pd.DataFrame, column: str, allowed: tuple[str, ...]) -> np.ndarray[Any, Any]:
    if column not in findings:
        return np.zeros(len(findings), dtype=bool)
    values = findings[column]
    if column == "land_papers" and values.dropna().isin([NOT_STATED]).all():
        return np.zeros(len(findings), dtype=bool)  # the list has no such column
    return values.isin(allowed).to_numpy(dtype=bool)


def _routes_naming(task: AgencyTask, routes: Iterable[Mapping[str, Any]]) -> list[str]:
    """Ids of the routes that name the agency of a task in one of the roles."""
    named = []
    for route in routes:
        roles = {"decides": [route.get("decides")], "contact": route.get("contact", [])}
        if any(task.agency in roles[role] for role in task.named):
            named.append(str(route["id"]))
    return named
