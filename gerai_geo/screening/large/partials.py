"""
A list screened in parts: what each part gives, and how the parts are put together again.

A finding depends on its own site and on the layers, never on other sites, so parts give what the whole would.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.i18n.translate import current_language
from gerai_geo.records.issues import issues_table
from gerai_geo.records.models import ExtraLayer, Forest, Screening
from gerai_geo.screening.overlay import prepare, use_index
from gerai_geo.screening.overlays import check_layers, silence_issues
from gerai_geo.screening.screen import screen


@dataclass(frozen=True)
class Work:
    """
    What sites are screened against, and how.

    Parameters
    ----------
    forest, extra
        The layers; without issues, which the whole tells once.
    options
        Further arguments of `screen`.
    lang
        Language of the sentences.
    """

    forest: Forest
    extra: tuple[ExtraLayer, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    lang: str = "id"


def work_of(forest: Forest, extra: Sequence[ExtraLayer], options: dict[str, Any]) -> Work:
    """Prepare the layer and leave out of the records what the parts don't need."""
    nothing = issues_table()
    quiet = replace(forest, issues=nothing)
    use_index(quiet, prepare(forest))
    return Work(quiet, tuple(replace(e, issues=nothing) for e in check_layers(extra)), options, current_language())


@dataclass(frozen=True)
class Tally:
    """
    What is known of one part, or of several, apart from the rows.

    Parameters
    ----------
    manifest
        As `screen` makes it.
    placed
        Sites with a place.
    bounds
        Of those: west, south, east, north; infinite where there are none.
    flagged, errors
        Findings whose action is not ``none``; issues that are errors.
    """

    manifest: dict[str, Any]
    placed: int
    bounds: tuple[float, float, float, float]
    flagged: int
    errors: int


def screen_part(sites: GeoDataFrame, work: Work) -> tuple[Screening, Tally]:
    """
    Screen some of the sites.

    Returns
    -------
    screening
        Its issues are those of the sites; what concerns whole lists and layers is for `closing_issues`.
    tally
        For `join_tallies`.
    """
    found = screen(sites, work.forest, extra=work.extra, lang=work.lang, **work.options)
    issues = found.issues[found.issues["site_id"].notna()].reset_index(drop=True)
    shapes = found.findings.geometry.to_numpy()
    placed = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    bounds = shapely.total_bounds(shapes[placed]) if placed.any() else np.array([np.inf, np.inf, -np.inf, -np.inf])
    west, south, east, north = bounds.tolist()
    errors = int((issues["severity"] == "error").sum())
    tally = Tally(found.manifest, int(placed.sum()), (west, south, east, north), len(found.flagged), errors)
    return replace(found, issues=issues), tally


def join_tallies(tallies: Sequence[Tally]) -> Tally:
    """
    Put the tallies of parts together.

    Counts are added up; the time is that of the first part; of a contradiction the largest site is named.
    """
    manifest = copy.deepcopy(tallies[0].manifest)
    for tally in tallies[1:]:
        _add(manifest["counts"], tally.manifest["counts"])
        _add_coverage(manifest["forest"]["coverage"], tally.manifest["forest"]["coverage"])
        for mine, other in zip(manifest.get("extra", []), tally.manifest.get("extra", []), strict=True):
            mine["sites_on_it"] += other["sites_on_it"]
        manifest["synthetic"] = manifest["synthetic"] or tally.manifest["synthetic"]
    west, south, east, north = zip(*(t.bounds for t in tallies), strict=True)
    return Tally(
        manifest,
        placed=sum(t.placed for t in tallies),
        bounds=(min(west), min(south), max(east), max(north)),
        flagged=sum(t.flagged for t in tallies),
        errors=sum(t.errors for t in tallies),
    )


def _add(mine: dict[str, Any], other: dict[str, Any]) -> None:
    """Add numbers to numbers, in dictionaries of dictionaries."""
    for key, value in other.items():
        if isinstance(value, dict):
            _add(mine[key], value)
        else:
            mine[key] += value


def _add_coverage(mine: dict[str, Any], other: dict[str, Any]) -> None:
    mine["sites_on_unknown_ground"] += other["sites_on_unknown_ground"]
    known = {row["functions"]: row for row in mine["contradictions"]}
    for row in other["contradictions"]:
        here = known.setdefault(row["functions"], row)
        if here is row:
            continue
        here["sites"] += row["sites"]
        grounds = [g for g in (here["overlap_m2"], row["overlap_m2"]) if g is not None]
        here["overlap_m2"] = round(sum(grounds), 1) if grounds else None
        here["largest"] = max(here["largest"], row["largest"], key=lambda site: site["overlap_m2"] or 0.0)
    mine["contradictions"] = [known[name] for name in sorted(known)]


def closing_issues(forest: Forest, extra: Sequence[ExtraLayer], tally: Tally) -> pd.DataFrame:
    """Issues that no part told: of the layers, and how many sites further layers record."""
    on_each = [row["sites_on_it"] for row in tally.manifest.get("extra", [])]
    bounds = tally.bounds if tally.placed else (np.nan,) * 4
    silence = issues_table(silence_issues(tuple(extra), on_each, tally.placed, bounds))
    tables = [t for t in (forest.issues, *(e.issues for e in extra), silence) if len(t)]
    return schema.set_dtypes(pd.concat(tables, ignore_index=True), "issues") if tables else issues_table()
