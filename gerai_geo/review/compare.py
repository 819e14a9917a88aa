"""Comparison of two screenings: which sites changed, and the possible causes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core import geometry
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.followup_labels import followup_fields, followup_text
from gerai_geo.i18n.labels import coordinates, day, distance, status_label
from gerai_geo.i18n.numbers import count_texts, number
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.decisions.layer_decisions import (
    decision_changes,
    decision_sentences,
    layer_decisions,
    shown_screening,
)
from gerai_geo.records.models import Screening
from gerai_geo.reference.functions import function_label
from gerai_geo.review.change_causes import (
    ManifestDiff,
    causes_of_change,
    causes_text,
    compare_manifests,
    geometry_of,
    land_paper_changes,
    route_changes,
)
from gerai_geo.review.record_linkage import match_sites

MOVED_M: Final = 1.0
"""Distance beyond which a site counts as moved."""


@dataclass(frozen=True)
class Comparison:
    """
    Differences between two screenings.

    Parameters
    ----------
    changes
        The `schema.CHANGES` table, by site in the order of the newer screening, removed sites last.
    matrix
        Counts of sites by status, old in rows and new in columns; ``absent`` stands for sites that one of the two
        doesn't have.
    pairs
        Index: ids of the newer screening; ``old_id``, missing where the site is new.
    differences
        Differences between the two as a whole (layer, tolerance, rules, program), a sentence each.
    compared
        Days of the two screenings, ISO 8601.
    """

    changes: pd.DataFrame
    matrix: pd.DataFrame
    pairs: pd.DataFrame
    differences: list[str]
    compared: tuple[str, str]

    def counts(self) -> dict[str, int]:
        """Count sites by what changed, and the sites of the newer screening that didn't change."""
        found = self.changes["what"].value_counts()
        same = len(self.pairs) - self.changes.loc[self.changes["what"] != "removed", "site_id"].nunique()
        return {w: int(found.get(w, 0)) for w in schema.CHANGED} | {"unchanged": same}

    @localised
    def sentence(self, lang: str | None = None) -> str:
        """Summarise the counts in one sentence, in ``id`` or ``en``, by default the language in force."""
        counts = self.counts()
        text = _(
            "Sejak {old}: status {status} titik berubah, fungsi {function}, jalur {route}, letak {place}, "
            "tindak lanjut {followup}; {added} titik baru, {removed} tidak ada lagi, {unchanged} tidak berubah."
        ).format(old=day(self.compared[0]), new=day(self.compared[1]), **count_texts(counts))
        if counts["land_papers"]:
            more = _("Administrasi lahan menurut daftar berubah pada {n} titik.")
            text += " " + more.format(n=number(counts["land_papers"], 0))
        if counts["decision"]:
            more = _("Keputusan bahwa layer tidak berlaku berubah pada {n} titik.")
            text += " " + more.format(n=number(counts["decision"], 0))
        return text

    def __repr__(self) -> str:
        return f"<Comparison of {self.compared[0]} and {self.compared[1]}: {self.counts()}>"


@typed
@localised
def compare(old: Screening, new: Screening, *, lang: str | None = None) -> Comparison:
    """
    List the sites whose status, function, route, land papers, place or follow-up changed, with possible causes.

    Sites are matched by id; where ids changed, or were made from file and row, by village, name and place. All
    possible causes are named, and those that the numbers exclude.

    Parameters
    ----------
    old, new
        Two screenings, the earlier first.
    lang
        Language of the sentences, ``id`` or ``en``.

    Returns
    -------
    comparison
        See `Comparison`.
    """
    before, after = old.findings, new.findings
    linkage = match_sites(after, before)
    manifests = compare_manifests(old.manifest, new.manifest)
    old_ids = linkage.table["match_id"]
    row_of = {str(i): n for n, i in enumerate(before.index)}
    partners = np.array([row_of.get(o, -1) if isinstance(o, str) else -1 for o in old_ids])
    moved_m = _moved_m(before, after, partners)
    old_rows, new_rows = before.reset_index().to_dict("records"), after.reset_index().to_dict("records")
    was, now = (layer_decisions(s).to_dict("index") for s in (old, new))
    new_routes = _route_changes(old, new, partners)
    rows: list[dict[str, Any]] = []
    for n, (row, partner) in enumerate(zip(new_rows, partners.tolist(), strict=True)):
        site_id = str(after.index[n])
        if partner < 0:
            rows.append(_added(site_id, row, linkage.table["candidates"].iloc[n]))
            continue
        old_id, old_row = str(before.index[partner]), old_rows[partner]
        changes = _place_changes(old_row, row, moved_m[n]) + _finding_changes(old_row, row, moved_m[n], manifests)
        changes += land_paper_changes(old_row, row, manifests)
        changes += decision_changes(was.get(old_id), now.get(site_id))
        changes += new_routes.get(n, []) + _followup_changes(old, new, old_id, site_id)
        renamed = "" if old_id == site_id else _(" Dahulu dengan ID {id}.").format(id=old_id)
        rows += [{"site_id": site_id} | c | {"message": c["message"] + renamed} for c in changes]
    rows += [_removed(str(i), old_rows[row_of[str(i)]]) for i in linkage.unmatched]
    table = schema.set_dtypes(pd.DataFrame(rows, columns=list(schema.CHANGES)), "changes")
    schema.check_table(table, "changes")
    return Comparison(
        table,
        _status_matrix(before, after, partners, linkage.unmatched),
        pd.DataFrame({"old_id": old_ids}, index=after.index.rename("site_id")),
        manifests.sentences + decision_sentences(shown_screening(new)),
        (str(old.manifest.get("created", "")), str(new.manifest.get("created", ""))),
    )


def _route_changes(old: Screening, new: Screening, partners: np.ndarray[Any, Any]) -> dict[int, list[dict[str, Any]]]:
    """Rows on the suggested route by position in the newer screening, for sites of the same status and function."""
    before, after = old.findings, new.findings
    if not {"route", "function"} <= set(before.columns) & set(after.columns):
        return {}
    matched = np.flatnonzero(partners >= 0)
    was, now = before.iloc[partners[matched]], after.iloc[matched]
    same = np.ones(len(matched), dtype=bool)
    for column in ("status", "function"):
        same &= was[column].fillna("").to_numpy() == now[column].fillna("").to_numpy()
    changed = same & (was["route"].fillna("").to_numpy() != now["route"].fillna("").to_numpy())
    changed &= (was["route"].notna() & now["route"].notna().to_numpy()).to_numpy()
    if not changed.any():
        return {}
    rows = route_changes(was[changed], now[changed], old, new)
    return {int(n): [row] for n, row in zip(matched[changed], rows, strict=True)}


def _moved_m(before: GeoDataFrame, after: GeoDataFrame, partners: np.ndarray[Any, Any]) -> list[float]:
    """Distance of each site from its former position, m; NaN where one of the two has none."""
    moved_m = np.full(len(after), np.nan)
    matched = np.flatnonzero(partners >= 0)
    was = np.array(before.geometry.to_crs(schema.CRS).to_numpy(), dtype=object)[partners[matched]]
    now = np.array(after.geometry.to_crs(schema.CRS).to_numpy(), dtype=object)[matched]
    placed = ~(shapely.is_missing(was) | shapely.is_missing(now))
    points = [shapely.centroid(shapes[placed]) for shapes in (was, now)]
    xy = [np.column_stack([shapely.get_x(p), shapely.get_y(p)]) for p in points]
    moved_m[matched[placed]] = geometry.geodesic_m(*xy) if placed.any() else []
    return [float(v) for v in moved_m]


def _status_matrix(
    before: GeoDataFrame, after: GeoDataFrame, partners: np.ndarray[Any, Any], removed: pd.Index
) -> pd.DataFrame:
    old = np.where(
        partners >= 0, before["status"].to_numpy(dtype=object)[partners] if len(before) else "absent", "absent"
    )
    old = np.concatenate([old, before.loc[removed, "status"].to_numpy(dtype=object)])
    new = np.concatenate([after["status"].to_numpy(dtype=object), np.full(len(removed), "absent", dtype=object)])
    statuses = [*schema.STATUSES, "absent"]
    table = pd.crosstab(pd.Series(old, name="old"), pd.Series(new, name="new"))
    return table.reindex(index=statuses, columns=statuses, fill_value=0).astype("int64")


def _added(site_id: str, row: dict[Any, Any], candidates: tuple[str, ...]) -> dict[str, Any]:
    message = _("Titik baru: {status}.").format(status=status_label(row["status"]))
    if candidates:
        message += " " + _("Mungkin titik lama {ids}; tidak dipilihkan.").format(ids=", ".join(candidates))
    return {"site_id": site_id, "what": "added", "after": row["status"], "why": "site", "message": message}


def _removed(site_id: str, row: dict[Any, Any]) -> dict[str, Any]:
    message = _("Tidak ada lagi di daftar; dahulu: {status}.").format(status=status_label(row["status"]))
    return {"site_id": site_id, "what": "removed", "before": row["status"], "why": "site", "message": message}


def _place_changes(old_row: dict[Any, Any], row: dict[Any, Any], moved_m: float) -> list[dict[str, Any]]:
    was, now = geometry_of(old_row), geometry_of(row)
    if was is None and now is None:
        return []
    if was is None or now is None:
        message = _("Sekarang ada koordinatnya.") if was is None else _("Koordinatnya tidak ada lagi.")
    elif moved_m > MOVED_M:
        message = _("Pindah {distance}.").format(distance=distance(moved_m))
    elif was.geom_type == now.geom_type and (
        was.geom_type == "Point" or shapely.hausdorff_distance(was, now) * 111_320 <= MOVED_M
    ):
        return []
    else:
        message = _("Bentuk bidangnya berubah.")
    before, after = (None if s is None else coordinates(s.centroid.x, s.centroid.y) for s in (was, now))
    return [{"what": "place", "before": before, "after": after, "why": "site", "message": message}]


def _finding_changes(
    old_row: dict[Any, Any], row: dict[Any, Any], moved_m: float, manifests: ManifestDiff
) -> list[dict[str, Any]]:
    """Rows on changes of status and function, with their causes."""
    rows = []
    for what, label, template in (
        ("status", status_label, _("Status: {before} → {after}. {causes}")),
        ("function", function_label, _("Fungsi: {before} → {after}. {causes}")),
    ):
        before, after = _text(old_row.get(what)), _text(row.get(what))
        if before == after:
            continue
        causes = causes_of_change(what, old_row, row, moved_m, manifests)
        labels = [label(v) if v is not None else "–" for v in (before, after)]
        message = template.format(before=labels[0], after=labels[1], causes=causes_text(causes, manifests, moved_m))
        why = ",".join(causes.possible)
        rows.append({"what": what, "before": before, "after": after, "why": why, "message": message})
    return rows


def _followup_changes(old: Screening, new: Screening, old_id: str, new_id: str) -> list[dict[str, Any]]:
    was = old.followup.loc[old_id].to_dict() if old_id in old.followup.index else {}
    now = new.followup.loc[new_id].to_dict() if new_id in new.followup.index else {}
    labels = followup_fields()
    fields = [f for f in dict.fromkeys([*schema.FOLLOWUP, *was, *now]) if f != "decided_on"]
    changed = [f for f in fields if _text(was.get(f)) != _text(now.get(f))]
    if not changed:
        return []
    before, after = (
        "; ".join(f"{labels.get(str(f), f)}: {followup_text(str(f), _text(row.get(f)))}" for f in changed)
        for row in (was, now)
    )
    if was:
        message = _("Tindak lanjut: {after}. Dahulu: {before}.").format(before=before, after=after)
    else:
        message = _("Tindak lanjut: {after}.").format(after=after)
    return [{"what": "followup", "before": before, "after": after, "why": "people", "message": message}]


def _text(value: Any) -> str | None:
    return None if value is None or pd.isna(value) or value == "" else str(value)
