"""Possible causes of a changed finding, and those that the numbers exclude."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from gerai_geo.i18n.labels import distance, number
from gerai_geo.i18n.translate import _
from gerai_geo.records.models import Screening
from gerai_geo.reference.land_papers.judgement import paper_cell, paper_columns, papers_label
from gerai_geo.reference.route_file import day_of_screening, read_rules
from gerai_geo.reference.route_matching import best_match, match_routes
from gerai_geo.reference.routes import MANIFEST_KEY, Rules
from gerai_geo.reference.site_attributes import distinct_sites

CAUSES: Final = ("site", "layer", "tolerance", "rules", "program")
_LONGEST: Final = 60
"""Most characters of a cell that are repeated."""
_SAME_M: Final = 0.2
"""Distances to the boundary that differ by no more are equal."""


@dataclass(frozen=True)
class ManifestDiff:
    """
    Differences between two screenings as a whole.

    Parameters
    ----------
    details
        What differs, as a short text, by cause: ``layer``, ``tolerance``, ``rules``, ``program``.
    sentences
        The same as sentences; a single one where nothing differs.
    """

    details: Mapping[str, str]
    sentences: list[str]


@dataclass(frozen=True)
class Causes:
    """Possible and excluded causes of one change."""

    possible: tuple[str, ...]
    excluded: tuple[str, ...]


def compare_manifests(old: Mapping[str, Any], new: Mapping[str, Any]) -> ManifestDiff:
    """Compare the manifests of two screenings."""
    old_forest, new_forest = old.get("forest") or {}, new.get("forest") or {}
    details: dict[str, str] = {}
    parts = []
    names = {"edition": _("edisi"), "scale": _("skala"), "source": _("berkas"), "covers": _("cakupan")}
    for key, name in names.items():
        before, after = old_forest.get(key), new_forest.get(key)
        if before != after:
            texts = [f"1:{number(v, 0)}" if key == "scale" and v else str(v or "–") for v in (before, after)]
            parts.append(f"{name} {texts[0]} → {texts[1]}")
    other_content = old_forest.get("sha256") != new_forest.get("sha256")
    if other_content and not parts:
        parts.append(_("isi berkasnya berbeda"))
    if other_content or any(old_forest.get(k) != new_forest.get(k) for k in ("edition", "scale", "covers")):
        details["layer"] = "; ".join(parts)
    if old.get("tolerance_m") != new.get("tolerance_m"):
        details["tolerance"] = " → ".join(distance(m.get("tolerance_m")) for m in (old, new))
    for cause, key in (("rules", "rules"), ("program", "versions")):
        x, y = old.get(key) or {}, new.get(key) or {}
        known = {*x} & {*y} if key == "versions" and x and y else {*x, *y}  # older results name fewer libraries
        changed = [f"{k} {x.get(k, '–')} → {y.get(k, '–')}" for k in sorted(known) if x.get(k) != y.get(k)]
        if changed:
            details[cause] = "; ".join(changed)
    templates = {
        "layer": _("Layer kawasan hutan berbeda: {what}."),
        "tolerance": _("Pita ketelitian berbeda: {what}."),
        "rules": _("Aturan berbeda: {what}."),
        "program": _("Versi program berbeda: {what}."),
    }
    sentences = [templates[cause].format(what=detail) for cause, detail in details.items()]
    same = _("Layer, pita ketelitian, aturan, dan program sama; hanya daftar titik yang dapat berbeda.")
    return ManifestDiff(details, sentences or [same])


def causes_of_change(
    what: str, before: Mapping[Any, Any], after: Mapping[Any, Any], moved_m: float, manifests: ManifestDiff
) -> Causes:
    """
    Causes of a change of status or function.

    On one layer, the signed distance to the boundary changes by no more than a point moves: a move is excluded where
    it can't reach the new status. A tolerance is excluded where no distance between the two gets another status by
    it. For parcels, whose status doesn't follow from one distance, neither is excluded in this way.

    Parameters
    ----------
    what
        ``status`` or ``function``.
    before, after
        The finding in the older and the newer screening.
    moved_m
        Distance of the site from its former position; NaN where one of the two has no position.
    manifests
        Differences between the screenings.
    """
    if (geometry_of(after) is None) != (geometry_of(before) is None):
        return Causes(("site",), tuple(c for c in CAUSES[1:] if c not in manifests.details))
    old_m, new_m = _number(before.get("boundary_m")), _number(after.get("boundary_m"))
    parcels = pd.notna(before.get("area_m2")) or pd.notna(after.get("area_m2"))
    found = {cause: cause in manifests.details for cause in CAUSES}
    found["site"] = not moved_m <= 1e-3 or (parcels and _number(before.get("area_m2")) != _number(after.get("area_m2")))
    same_ground = abs(new_m - old_m) <= _SAME_M and before.get("function") == after.get("function")
    if what == "status" and same_ground and not parcels:
        found["site"] = found["layer"] = False
    old_t, new_t = _number(before.get("tolerance_m")), _number(after.get("tolerance_m"))
    found["tolerance"] = what == "status" and old_t != new_t
    if what == "status" and not parcels and np.isfinite([old_m, new_m, old_t, new_t]).all():
        if found["site"] and np.isfinite(moved_m):
            reach_m = (old_m - moved_m - _SAME_M, old_m + moved_m + _SAME_M)
            found["site"] = after["status"] in _possible_statuses(*reach_m, old_t) | _possible_statuses(*reach_m, new_t)
        span_m = (min(old_m, new_m), max(old_m, new_m))
        found["tolerance"] &= _possible_statuses(*span_m, old_t) != _possible_statuses(*span_m, new_t)
    return Causes(tuple(c for c in CAUSES if found[c]), tuple(c for c in CAUSES if not found[c]))


def _possible_statuses(low_m: float, high_m: float, tolerance_m: float) -> set[str]:
    """Statuses of a point whose signed distance lies in a range."""
    statuses = {"inside"} if high_m >= tolerance_m else set()
    statuses |= {"outside"} if low_m <= -tolerance_m else set()
    return statuses | ({"near_boundary"} if low_m < tolerance_m and high_m > -tolerance_m else set())


def causes_text(causes: Causes, manifests: ManifestDiff, moved_m: float) -> str:
    """Possible and excluded causes as sentences; parameters as in `causes_of_change`."""
    names = {
        "site": _("letak titik"), "layer": _("layer"), "tolerance": _("pita ketelitian"), "rules": _("aturan"),
        "program": _("program"),
    }  # fmt: skip
    moved = _("koordinat berubah")
    if not np.isnan(moved_m):
        shown = f"{number(moved_m, 1)} m" if moved_m < 10 else distance(moved_m)
        moved = _("pindah {distance}").format(distance=shown)
    details = {**manifests.details, "site": moved}
    possible = [f"{names[c]} ({details[c]})" if c in details else names[c] for c in causes.possible]
    if not possible:
        text = _("Sebabnya tidak tercatat di kedua hasil.")
    elif len(possible) == 1:
        text = _("Karena {cause}.").format(cause=possible[0])
    else:
        text = _("Sebab yang mungkin: {causes}.").format(causes="; ".join(possible))
    if causes.excluded and len(causes.possible) != 1:
        text += " " + _("Bukan karena: {causes}.").format(causes=", ".join(names[c] for c in causes.excluded))
    return text


def route_changes(before: pd.DataFrame, after: pd.DataFrame, old: Screening, new: Screening) -> list[dict[str, Any]]:
    """
    Describe changes of the suggested route, and whether the rules of routes or the sites changed.

    A route changed because of the rules if the newer rules give the new one for the older finding too.

    Parameters
    ----------
    before, after
        Findings of the same sites in the older and the newer screening, in the same order.
    old, new
        The screenings.

    Returns
    -------
    changes
        For each site columns of `schema.CHANGES` but the id.
    """
    rules = {name: read_rules(s.manifest) for name, s in (("old", old), ("new", new))}
    by_rules = _routes_under(before, old, rules["new"], new)
    by_sites = _routes_under(after, new, rules["old"], old)
    editions = f"{rules['old'].version} → {rules['new'].version}"
    rows = []
    for was, now, ruled, placed in zip(before["route"], after["route"], by_rules, by_sites, strict=True):
        why = [cause for cause, found in (("site", placed == now), ("rules", ruled == now)) if found] or [
            "site",
            "rules",
        ]
        if "rules" not in why:
            text = _("Karena keterangan titik atau layernya berubah.")
        elif "site" not in why:
            text = _("Karena aturan jalurnya berubah (edisi {editions}).").format(editions=editions)
        else:
            text = _("Sebab yang mungkin: keterangan titik atau layernya; aturan jalur (edisi {editions}).")
            text = text.format(editions=editions)
        titles = [_route_title(rules[name], key) for name, key in (("old", was), ("new", now))]
        message = _("Jalur: {before} → {after}. {causes}").format(before=titles[0], after=titles[1], causes=text)
        rows.append({"what": "route", "before": was, "after": now, "why": ",".join(why), "message": message})
    return rows


def _routes_under(findings: pd.DataFrame, screening: Screening, rules: Rules, of: Screening) -> list[str | None]:
    """Suggested routes of findings of one screening under the rules and on the day of another."""
    day = day_of_screening(of.manifest)
    asked = (screening.manifest.get(MANIFEST_KEY) or {}).get("asked") or {}
    kinds = {layer.name: layer.kind for layer in screening.extra}
    number, sites = distinct_sites(findings, rules, kinds, asked=asked, on=day)
    best = [best_match(matches) for matches in match_routes(sites, rules, day, in_words=False)]
    keys = [match.route.key if match else None for match in best]
    return [keys[n] for n in number.tolist()]


def _route_title(rules: Rules, key: Any) -> str:
    route = rules.route(str(key))
    return f"{route.title()} {route.short_citation()}" if route else str(key)


def land_paper_changes(
    before: Mapping[Any, Any], after: Mapping[Any, Any], manifests: ManifestDiff
) -> list[dict[str, Any]]:
    """
    Describe a change of what the list says of a site's land papers, with the cells that changed.

    Parameters
    ----------
    before, after
        The finding in the older and the newer screening, with the list's own columns.
    manifests
        Differences between the screenings.

    Returns
    -------
    changes
        Columns of `schema.CHANGES` but the id; none where the status is the same, or one of the two has none.
    """
    was, now = (row.get("land_papers") for row in (before, after))
    if was == now or not isinstance(was, str) or not isinstance(now, str):
        return []
    cells = [
        {c: text for c, role in paper_columns(row).items() if (text := paper_cell(row.get(c), role))}
        for row in (before, after)
    ]
    changed = [c for c in dict.fromkeys([*cells[0], *cells[1]]) if cells[0].get(c) != cells[1].get(c)]
    causes = ["site"] if changed else [c for c in ("rules", "program") if c in manifests.details]
    text = _("Administrasi lahan menurut daftar: {before} → {after}.").format(
        before=papers_label(was), after=papers_label(now)
    )
    for column in changed:
        texts = [f"“{_short(cells[n][column])}”" if column in cells[n] else "–" for n in (0, 1)]
        text += " " + _("{column}: {before} → {after}.").format(column=column, before=texts[0], after=texts[1])
    if not changed:
        text += " " + _("Isi daftarnya sama; yang berbeda aturan atau programnya.")
    return [{"what": "land_papers", "before": was, "after": now, "why": ",".join(causes), "message": text}]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def geometry_of(row: Mapping[Any, Any]) -> Any:
    """Geometry of a site's row; None where it is missing or empty."""
    shape = row.get("geometry")
    return None if shape is None or shape.is_empty else shape


def _number(value: Any) -> float:
    return float("nan") if value is None or pd.isna(value) else float(value)
