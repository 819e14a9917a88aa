"""
Screening of a list in parts, and the summaries from which the parts are merged.

A finding depends on its own site and the layers, never on other sites, so parts give the findings of the whole.
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

from gerai_geo.i18n.translate import current_language
from gerai_geo.records.issues import issues_table
from gerai_geo.records.models import ExtraLayer, Forest, Screening
from gerai_geo.screening.layers.place import Beyond, elsewhere_issues
from gerai_geo.screening.overlay import prepare, use_index
from gerai_geo.screening.overlay_layers import check_layers, coverage_issues
from gerai_geo.screening.routes import screening_day
from gerai_geo.screening.screen import joined_issues, screen


@dataclass(frozen=True)
class ScreeningSetup:
    """
    Layers and options of a screening, shared by all parts.

    Parameters
    ----------
    forest, extra
        The layers; without issues, which are reported once for the whole.
    options
        Further arguments of `screen`.
    lang
        Language of the sentences.
    """

    forest: Forest
    extra: tuple[ExtraLayer, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    lang: str = "id"


def prepare_setup(forest: Forest, extra: Sequence[ExtraLayer], options: dict[str, Any]) -> ScreeningSetup:
    """Prepare the layer and drop what the parts don't need; all parts are of one day."""
    no_issues = issues_table()
    light = replace(forest, issues=no_issues)
    use_index(light, prepare(forest))
    layers = tuple(replace(layer, issues=no_issues) for layer in check_layers(extra))
    return ScreeningSetup(light, layers, {**options, "on": screening_day(options.get("on"))}, current_language())


@dataclass(frozen=True)
class PartSummary:
    """
    Manifest and counts of one part, or of several merged ones.

    Parameters
    ----------
    manifest
        From `screen`.
    placed
        Number of sites with a geometry.
    bounds
        Bounds of those: west, south, east, north; NaN where there are none.
    flagged, errors
        Numbers of findings whose action is not ``none``, and of issues that are errors.
    """

    manifest: dict[str, Any]
    placed: int
    bounds: tuple[float, float, float, float]
    flagged: int
    errors: int


def screen_part(sites: GeoDataFrame, setup: ScreeningSetup) -> tuple[Screening, PartSummary]:
    """
    Screen some of the sites.

    Returns
    -------
    screening
        With the issues of the sites; those of whole lists and layers come from `closing_issues`.
    summary
        For `merge_summaries`.
    """
    found = screen(sites, setup.forest, extra=setup.extra, lang=setup.lang, **setup.options)
    issues = found.issues[found.issues["site_id"].notna()].reset_index(drop=True)
    shapes = found.findings.geometry.to_numpy()
    placed = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    errors = int((issues["severity"] == "error").sum())
    summary = PartSummary(
        found.manifest, int(placed.sum()), (west, south, east, north), int(found.is_flagged.sum()), errors
    )
    return replace(found, issues=issues), summary


def merge_summaries(summaries: Sequence[PartSummary]) -> PartSummary:
    """
    Merge the summaries of parts.

    Counts are added up; the time is that of the first part; a contradiction keeps its largest site.
    """
    manifest = copy.deepcopy(summaries[0].manifest)
    for summary in summaries[1:]:
        _add_counts(manifest["counts"], summary.manifest["counts"])
        _add_coverage(manifest["forest"]["coverage"], summary.manifest["forest"]["coverage"])
        for layer, other in zip(manifest.get("extra", []), summary.manifest.get("extra", []), strict=True):
            layer["sites_on_it"] += other["sites_on_it"]
            layer["sites_beyond"] += other["sites_beyond"]
        manifest["forest"]["sites_beyond"] += summary.manifest["forest"]["sites_beyond"]
        manifest["synthetic"] = manifest["synthetic"] or summary.manifest["synthetic"]
    bounds = np.array([t.bounds for t in summaries])
    west, south = np.fmin.reduce(bounds[:, :2]).tolist()
    east, north = np.fmax.reduce(bounds[:, 2:]).tolist()
    return PartSummary(
        manifest,
        placed=sum(t.placed for t in summaries),
        bounds=(west, south, east, north),
        flagged=sum(t.flagged for t in summaries),
        errors=sum(t.errors for t in summaries),
    )


def _add_counts(counts: dict[str, Any], other: dict[str, Any]) -> None:
    """Add up nested dictionaries of numbers."""
    for key, value in other.items():
        if isinstance(value, dict):
            _add_counts(counts[key], value)
        else:
            counts[key] += value


def _add_coverage(coverage: dict[str, Any], other: dict[str, Any]) -> None:
    coverage["sites_on_unknown_ground"] += other["sites_on_unknown_ground"]
    known = {row["functions"]: row for row in coverage["contradictions"]}
    for row in other["contradictions"]:
        total = known.setdefault(row["functions"], row)
        if total is row:
            continue
        total["sites"] += row["sites"]
        areas_m2 = [area_m2 for area_m2 in (total["overlap_m2"], row["overlap_m2"]) if area_m2 is not None]
        total["overlap_m2"] = round(sum(areas_m2), 1) if areas_m2 else None
        total["largest"] = max(total["largest"], row["largest"], key=lambda site: site["overlap_m2"] or 0.0)
    coverage["contradictions"] = [known[name] for name in sorted(known)]


def closing_issues(forest: Forest, extra: Sequence[ExtraLayer], summary: PartSummary) -> pd.DataFrame:
    """Issues that belong to no part: of the layers, and the number of sites on each overlay layer."""
    counts = [row["sites_on_it"] for row in summary.manifest.get("extra", [])]
    coverage = issues_table(coverage_issues(extra, counts, summary.placed, summary.bounds))
    facts = summary.manifest
    beyond = Beyond(facts["forest"]["sites_beyond"], [about["sites_beyond"] for about in facts.get("extra", [])])
    elsewhere = issues_table(elsewhere_issues(forest, extra, beyond, summary.placed, summary.bounds))
    return joined_issues([forest.issues, *(layer.issues for layer in extra), coverage, elsewhere])
