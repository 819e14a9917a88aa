"""Polygon of one parcel from its corners: their order, missing and distant corners, a ring without crossings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Floats
from gerai_geo.core.geometry import area_m2, geodesic_m
from gerai_geo.i18n.labels import area, distance
from gerai_geo.i18n.numbers import row_ranges
from gerai_geo.i18n.translate import _
from gerai_geo.intake.tables.column_names import words_of
from gerai_geo.records.issues import Issue

MAX_WIDTH_M: Final = 2_000.0
"""Parcels of a gerai are no wider; a corner farther off is a slip of the pen."""

_MAX_UNTANGLED: Final = 300


@dataclass(frozen=True)
class Corner:
    """
    One row of a table of corners.

    Parameters
    ----------
    source_row
        Row of the source, as the user's program counts it.
    label
        Its name or number there.
    point
        None where its cells are empty or can't be read.
    unreadable, written
        Whether its cells hold a text that is no position; whether they hold any text.
    """

    source_row: int
    label: str | None
    point: shapely.Point | None
    unreadable: bool
    written: bool


def make_parcel(row: int, corners: list[Corner]) -> tuple[shapely.Geometry | None, list[Issue]]:
    """
    Make the polygon of a parcel from its corners.

    Parameters
    ----------
    row
        Position of the parcel in its table.
    corners
        In the order of the source.

    Returns
    -------
    shape
        A valid Polygon or MultiPolygon; the point itself of a single corner; None where a corner can't be read, lies
        far off, or no order is certain.
    issues
        What was read, and what is wrong.
    """
    if len(corners) == 1:
        return corners[0].point, []
    while len(corners) > 1 and not corners[-1].written:
        corners = corners[:-1]  # numbered lines of a form that nobody filled in
    rows = row_ranges(c.source_row for c in corners)
    missing = [c for c in corners if c.point is None]
    if missing:
        text = _("Titik sudut {label} tanpa koordinat; bidangnya tidak dapat dibentuk tanpa titik itu.")
        hint = _("Isi koordinat titik sudut itu, atau hapus barisnya.")
        issues = [
            Issue(row, "corner_missing", text.format(label=_name(c)), suggestion=hint, source_row=c.source_row)
            for c in missing
            if not c.unreadable
        ]
        text = _("Bidang dari baris {rows} belum dapat dibentuk.").format(rows=rows)
        return None, [*issues, Issue(row, "bad_geometry", text)]
    parts = [_without_repeats(part) for part in _parts(_in_order(corners))]
    far = _far_off([c for part in parts for c in part])
    if far is not None:
        corner, metres = far
        text = _("Titik sudut {label} berjarak {distance} dari titik sudut lain bidang ini.")
        text = text.format(label=_name(corner), distance=distance(metres))
        hint = _("Periksa koordinatnya; satu angka yang salah memindahkan sudut berkilo-kilometer.")
        return None, [Issue(row, "corner_far", text, suggestion=hint, source_row=corner.source_row)]
    issues = []
    rings: list[shapely.Polygon] = []
    for part in parts:
        ring, ring_issues = _ring(row, part)
        issues += ring_issues
        if ring is None:
            return None, issues
        rings.append(ring)
    if len(rings) > 1:
        text = _("Nomor titik sudutnya berulang; dibaca sebagai {n} bagian.").format(n=len(rings))
        hint = _("Beri setiap bidang nama atau nomor sendiri.")
        issues.append(Issue(row, "corner_parts", text, "warning", suggestion=hint))
    shape = shapely.union_all(rings)
    text = _("{n} titik sudut (baris {rows}) dibaca sebagai satu bidang seluas {area}.")
    text = text.format(n=sum(map(len, parts)), rows=rows, area=_area_text(shape))
    return shape, [*issues, Issue(row, "corners_joined", text, "info")]


def _name(corner: Corner) -> str | int:
    return corner.label or corner.source_row


def _area_text(shape: shapely.Geometry) -> str:
    return area(float(area_m2(np.array([shape], dtype=object))[0]))


def _key(label: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.findall(r"\d+|[a-z]+", label.casefold()))


def _in_order(corners: list[Corner]) -> list[Corner]:
    """Corners by their numbers or letters where all have labels of one form; else in the order of the rows."""
    labels = [c.label for c in corners]
    if any(label is None for label in labels) or len({s.casefold() for s in labels if s}) < len(corners):
        return corners
    keys = [_key(str(label)) for label in labels]
    forms = {tuple((kind, text) if n else kind for n, (kind, _number, text) in enumerate(key)) for key in keys}
    words = {str(label).strip().casefold() for label in labels}
    if len({len(k) for k in keys}) > 1 or len(forms) > 1 or not all(keys) or words <= words_of("corners", "directions"):
        return corners
    return [corners[n] for n in sorted(range(len(corners)), key=keys.__getitem__)]


def _parts(corners: list[Corner]) -> list[list[Corner]]:
    """Cut corners where a label repeats, except for the first corner that closes the ring."""
    parts: list[list[Corner]] = []
    current: list[Corner] = []
    seen: set[str] = set()
    for c in corners:
        label = (c.label or "").casefold()
        if label and label in seen:
            if (current[0].label or "").casefold() == label and c.point == current[0].point:
                continue
            parts.append(current)
            current, seen = [], set()
        current.append(c)
        seen.add(label)
    return [*parts, current]


def _without_repeats(corners: list[Corner]) -> list[Corner]:
    """Corners without the closing one, and without those written twice in a row."""
    kept = [c for n, c in enumerate(corners) if n == 0 or c.point != corners[n - 1].point]
    return kept[:-1] if len(kept) > 1 and kept[-1].point == kept[0].point else kept


def _xy(corners: list[Corner]) -> Floats:
    return shapely.get_coordinates(np.array([c.point for c in corners], dtype=object))


def _far_off(corners: list[Corner]) -> tuple[Corner, float] | None:
    """Corner farthest from the median of all and its distance in metres; None within the width of a parcel."""
    xy = _xy(corners)
    metres = geodesic_m(np.broadcast_to(np.median(xy, axis=0), xy.shape), xy)
    farthest = int(np.argmax(metres))
    return (corners[farthest], float(metres[farthest])) if metres[farthest] > MAX_WIDTH_M else None


def _ring(row: int, corners: list[Corner]) -> tuple[shapely.Polygon | None, list[Issue]]:
    """Polygon of corners in order; where it crosses itself, the only other order, else None and a suggested order."""
    rows = row_ranges(c.source_row for c in corners)
    distinct = {c.point.wkb for c in corners if c.point is not None}
    if len(distinct) < 3:
        text = _("Bidang ini hanya punya {n} titik sudut yang berbeda (baris {rows}); sedikitnya tiga.")
        hint = _("Lengkapi titik sudutnya, atau tulis satu baris dengan titik tengahnya.")
        return None, [Issue(row, "few_corners", text.format(n=len(distinct), rows=rows), suggestion=hint)]
    xy = _xy(corners)
    ring = shapely.Polygon(xy)
    if ring.is_valid and ring.area > 0:
        return ring, []
    order, certain = _untangled(xy)
    better = shapely.Polygon(xy[order])
    if not better.is_valid or better.area == 0:
        text = _("Titik-titik sudut bidang ini (baris {rows}) tidak membentuk bidang.")
        hint = _("Periksa koordinat titik sudutnya.")
        return None, [Issue(row, "corner_crossing", text.format(rows=rows), suggestion=hint)]
    facts = {"order": ", ".join(str(_name(corners[i])) for i in order), "area": _area_text(better)}
    text = _("Urutan titik sudut (baris {rows}) membuat garis bidang berpotongan.").format(rows=rows)
    if certain:
        text += " " + _("Dibaca dalam satu-satunya urutan yang mungkin: {order} ({area}).").format(**facts)
        hint = _("Betulkan nomor urut titik sudutnya.")
        return better, [Issue(row, "corner_order", text, "warning", suggestion=hint)]
    hint = _("Urutan yang diusulkan: {order} ({area}). Betulkan nomor urutnya bila benar.").format(**facts)
    wkt = shapely.to_wkt(better, rounding_precision=9)
    return None, [Issue(row, "corner_crossing", text, suggestion=hint, correction=wkt)]


def _untangled(xy: Floats) -> tuple[list[int], bool]:
    """Order of corners whose ring doesn't cross itself; whether it is the only one, as for corners on their hull."""
    points = shapely.points(xy)
    hull = shapely.MultiPoint(xy).convex_hull
    n = len(xy)
    if isinstance(hull, shapely.Polygon) and (shapely.distance(points, hull.exterior) < 1e-12).all():
        along = shapely.line_locate_point(hull.exterior, points)
        return _from_first(np.argsort(along).tolist()), True
    order = list(range(n))
    if n > _MAX_UNTANGLED:
        return order, False
    for _round in range(n * n):
        cross = _crossing(xy[order])
        if cross is None:
            break
        i, j = cross
        order[i + 1 : j + 1] = order[i + 1 : j + 1][::-1]
    return _from_first(order), False


def _from_first(order: list[int]) -> list[int]:
    """Turn a ring so that it begins with the first corner and goes on to the lower of its two neighbours."""
    start = order.index(0)
    ring = order[start:] + order[:start]
    return ring if ring[1] <= ring[-1] else [ring[0], *ring[:0:-1]]


def _crossing(xy: Floats) -> tuple[int, int] | None:
    """Find the first two sides that cross; None where there are none."""
    n = len(xy)
    sides = np.array([shapely.LineString(ends) for ends in zip(xy, np.roll(xy, -1, axis=0), strict=True)], dtype=object)
    for i in range(n - 2):
        rest = np.arange(i + 2, n if i else n - 1)
        hit = rest[shapely.intersects(sides[i], sides[rest])]
        if len(hit):
            return i, int(hit[0])
    return None
