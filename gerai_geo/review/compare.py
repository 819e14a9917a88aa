"""Two screenings side by side: which sites changed, and by what that can have come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core import geometry
from gerai_geo.i18n.followup_labels import followup_fields, followup_text
from gerai_geo.i18n.labels import coordinates, day, distance, number, status_label
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.models import Screening
from gerai_geo.reference.functions import function_label
from gerai_geo.review.change_causes import Circumstances, cause_words, causes_of, circumstances
from gerai_geo.review.record_linkage import match_sites

MOVED_M: Final = 1.0
"""A site that lies this far from where it was has changed its place."""

_TINY_DEG: Final = 1e-8


@dataclass(frozen=True)
class Comparison:
    """
    What differs between two screenings.

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
        What is different between the two as a whole (layer, tolerance, rules, program), a sentence each.
    compared
        Days of the two screenings, ISO 8601.
    """

    changes: pd.DataFrame
    matrix: pd.DataFrame
    pairs: pd.DataFrame
    differences: list[str]
    compared: tuple[str, str]

    def counts(self) -> dict[str, int]:
        """Count sites by what changed, and sites of the newer screening in which nothing did."""
        found = self.changes["what"].value_counts()
        same = len(self.pairs) - self.changes.loc[self.changes["what"] != "removed", "site_id"].nunique()
        return {w: int(found.get(w, 0)) for w in schema.CHANGED} | {"unchanged": same}

    @localised
    def sentence(self, lang: str | None = None) -> str:
        """
        Say the counts in one sentence.

        Parameters
        ----------
        lang
            ``id`` or ``en``; by default the language in force.
        """
        c = {k: number(v, 0) for k, v in self.counts().items()}
        days = {"old": day(self.compared[0]), "new": day(self.compared[1])}
        return _(
            "Sejak {old}: status {status} titik berubah, fungsi {function}, letak {place}, tindak lanjut {followup}; "
            "{added} titik baru, {removed} tidak ada lagi, {unchanged} tidak berubah."
        ).format(**c, **days)

    def __repr__(self) -> str:
        return f"<Comparison of {self.compared[0]} and {self.compared[1]}: {self.counts()}>"


@localised
def compare(old: Screening, new: Screening, *, lang: str | None = None) -> Comparison:
    """
    Say which sites changed status, function, place or follow-up from one screening to a later one, and why.

    Sites are found by id; where ids changed, or were made anew from file and row, by village, name and place. Where
    several causes are possible all are named, and those that the numbers exclude.

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
    pairing = match_sites(after, before)
    about = circumstances(old.manifest, new.manifest)
    other = pairing.table["other"]
    position = {str(i): n for n, i in enumerate(before.index)}
    at = np.array([position.get(o, -1) if isinstance(o, str) else -1 for o in other])
    moved = _moved(before, after, at)
    were, are = before.reset_index().to_dict("records"), after.reset_index().to_dict("records")
    rows: list[dict[str, Any]] = []
    for n, (row, partner) in enumerate(zip(are, at.tolist(), strict=True)):
        site_id = str(after.index[n])
        if partner < 0:
            rows.append(_added(site_id, row, pairing.table["rivals"].iloc[n]))
            continue
        was = were[partner]
        found = _place(was, row, moved[n]) + _findings(was, row, moved[n], about)
        found += _followup(old, new, str(before.index[partner]), site_id)
        renamed = str(before.index[partner])
        if found and renamed != site_id:
            note = _(" Dahulu dengan ID {id}.").format(id=renamed)
            found = [f | {"message": f["message"] + note} for f in found]
        rows += [{"site_id": site_id} | f for f in found]
    rows += [_removed(str(i), were[position[str(i)]]) for i in pairing.left_over]
    changes = schema.set_dtypes(pd.DataFrame(rows, columns=list(schema.CHANGES)), "changes")
    schema.check_table(changes, "changes")
    pairs = pd.DataFrame({"old_id": other}, index=after.index.rename("site_id"))
    return Comparison(
        changes,
        _matrix(before, after, at, pairing.left_over),
        pairs,
        about.sentences,
        (str(old.manifest.get("created", "")), str(new.manifest.get("created", ""))),
    )


def _moved(before: GeoDataFrame, after: GeoDataFrame, at: np.ndarray[Any, Any]) -> list[float]:
    """How far each site lies from where it was, m; NaN where one of the two has no place."""
    far = np.full(len(after), np.nan)
    kept = np.flatnonzero(at >= 0)
    was = np.array(before.geometry.to_crs(schema.CRS).to_numpy(), dtype=object)[at[kept]]
    now = np.array(after.geometry.to_crs(schema.CRS).to_numpy(), dtype=object)[kept]
    both = ~(shapely.is_missing(was) | shapely.is_missing(now))
    points = [shapely.centroid(shapes[both]) for shapes in (was, now)]
    xy = [np.column_stack([shapely.get_x(p), shapely.get_y(p)]) for p in points]
    far[kept[both]] = geometry.geodesic_m(*xy) if both.any() else []
    return [float(v) for v in far]


def _matrix(before: GeoDataFrame, after: GeoDataFrame, at: np.ndarray[Any, Any], gone: pd.Index) -> pd.DataFrame:
    old = np.where(at >= 0, before["status"].to_numpy(dtype=object)[at] if len(before) else "absent", "absent")
    old = np.concatenate([old, before.loc[gone, "status"].to_numpy(dtype=object)])
    new = np.concatenate([after["status"].to_numpy(dtype=object), np.full(len(gone), "absent", dtype=object)])
    words = [*schema.STATUSES, "absent"]
    table = pd.crosstab(pd.Series(old, name="old"), pd.Series(new, name="new"))
    return table.reindex(index=words, columns=words, fill_value=0).astype("int64")


def _added(site_id: str, row: dict[Any, Any], rivals: tuple[str, ...]) -> dict[str, Any]:
    text = _("Titik baru: {status}.").format(status=status_label(row["status"]))
    if rivals:
        text += " " + _("Mungkin titik lama {ids}; tidak dipilihkan.").format(ids=", ".join(rivals))
    return {"site_id": site_id, "what": "added", "after": row["status"], "why": "site", "message": text}


def _removed(site_id: str, row: dict[Any, Any]) -> dict[str, Any]:
    text = _("Tidak ada lagi di daftar; dahulu: {status}.")
    message = text.format(status=status_label(row["status"]))
    return {"site_id": site_id, "what": "removed", "before": row["status"], "why": "site", "message": message}


def _place(was: dict[Any, Any], row: dict[Any, Any], moved: float) -> list[dict[str, Any]]:
    """Say how a site's place changed, where it did."""
    shapes = [_shape(was), _shape(row)]
    texts = [None if s is None else coordinates(s.centroid.x, s.centroid.y) for s in shapes]
    if shapes[0] is None and shapes[1] is None:
        return []
    if shapes[0] is None or shapes[1] is None:
        message = _("Sekarang ada koordinatnya.") if shapes[0] is None else _("Koordinatnya tidak ada lagi.")
    elif moved > MOVED_M:
        message = _("Pindah {distance}.").format(distance=distance(moved))
    elif shapes[0].geom_type == shapes[1].geom_type and (
        shapes[0].geom_type == "Point" or shapely.hausdorff_distance(*shapes) * 111_320 <= MOVED_M
    ):
        return []
    else:
        message = _("Bentuk bidangnya berubah.")
    return [{"what": "place", "before": texts[0], "after": texts[1], "why": "site", "message": message}]


def _shape(row: dict[Any, Any]) -> Any:
    shape = row.get("geometry")
    return None if shape is None or shape.is_empty else shape


def _findings(was: dict[Any, Any], row: dict[Any, Any], moved: float, about: Circumstances) -> list[dict[str, Any]]:
    """Say what of a site's finding changed, with all causes that are possible."""
    rows = []
    for what, label in (("status", status_label), ("function", function_label)):
        before, after = _known(was.get(what)), _known(row.get(what))
        if before == after:
            continue
        causes = causes_of(what, was, row, moved, about)
        names = [label(v) if v is not None else "–" for v in (before, after)]
        templates = {
            "status": _("Status: {before} → {after}. {causes}"),
            "function": _("Fungsi: {before} → {after}. {causes}"),
        }
        text = templates[what].format(before=names[0], after=names[1], causes=cause_words(causes, about, moved))
        why = ",".join(causes.possible)
        rows.append({"what": what, "before": before, "after": after, "why": why, "message": text})
    return rows


def _followup(old: Screening, new: Screening, old_id: str, new_id: str) -> list[dict[str, Any]]:
    """Say what people did about a site between two screenings."""
    was = old.followup.loc[old_id].to_dict() if old_id in old.followup.index else {}
    now = new.followup.loc[new_id].to_dict() if new_id in new.followup.index else {}
    labels = followup_fields()
    before, after = [], []
    for field in dict.fromkeys([*schema.FOLLOWUP, *was, *now]):
        a, b = _known(was.get(field)), _known(now.get(field))
        if a != b:
            before.append(f"{labels.get(str(field), field)}: {followup_text(str(field), a)}")
            after.append(f"{labels.get(str(field), field)}: {followup_text(str(field), b)}")
    if not before:
        return []
    texts = ("; ".join(before), "; ".join(after))
    if was:
        message = _("Tindak lanjut: {after}. Dahulu: {before}.").format(before=texts[0], after=texts[1])
    else:
        message = _("Tindak lanjut: {after}.").format(after=texts[1])
    return [{"what": "followup", "before": texts[0], "after": texts[1], "why": "people", "message": message}]


def _known(value: Any) -> str | None:
    return None if value is None or pd.isna(value) or value == "" else str(value)
