"""One parcel from its corners: their order, what is missing or far off, and a way round that doesn't cross itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.core import geometry
from gerai_geo.i18n.labels import area, distance
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import Issue

WIDEST_M: Final = 2_000.0
"""No parcel of a gerai is wider; a corner farther off is a slip of the pen."""

_COMPASS: Final = frozenset(
    {"u", "tl", "t", "tg", "s", "bd", "b", "bl", "n", "ne", "e", "se", "sw", "w", "nw", "utara", "timur", "selatan",
     "barat", "timur laut", "tenggara", "barat daya", "barat laut"}
)  # fmt: skip
_MAX_UNTANGLED: Final = 300


@dataclass(frozen=True)
class Corner:
    """
    One row of a table of corners.

    Parameters
    ----------
    source_row
        As the user's program counts it.
    label
        What it is called there.
    point
        Where it lies; missing where its cells are empty or can't be read.
    unreadable, written
        Whether its cells say something that is no position; whether they say anything.
    """

    source_row: int
    label: str | None
    point: shapely.Point | None
    unreadable: bool
    written: bool


def make_parcel(row: int, corners: list[Corner]) -> tuple[shapely.Geometry | None, list[Issue]]:
    """
    Parcel of its corners.

    Parameters
    ----------
    row
        Place of the parcel in its table.
    corners
        As they stand in the source.

    Returns
    -------
    shape
        A valid Polygon or MultiPolygon; the point itself of a single corner; None where a corner can't be read, lies
        far off, or no order is certain.
    remarks
        What was read, and what is wrong.
    """
    if len(corners) == 1:
        return corners[0].point, []
    remarks: list[Issue] = []
    blocked = False
    while len(corners) > 1 and not corners[-1].written:
        corners = corners[:-1]  # numbered lines of a form that nobody filled in
    for c in corners:
        if c.point is None:
            blocked = True
            if not c.unreadable:
                text = _("Titik sudut {label} tanpa koordinat; bidangnya tidak dapat dibentuk tanpa titik itu.")
                hint = _("Isi koordinat titik sudut itu, atau hapus barisnya.")
                told = text.format(label=c.label or c.source_row)
                remarks.append(Issue(row, "corner_missing", told, suggestion=hint, source_row=c.source_row))
    told_rows = _rows_of(corners)
    if blocked:
        return None, [*remarks, _not_formed(row, told_rows)]
    parts = [_closed_once(part) for part in _parts(_in_order(corners))]
    far = _far_off([c for part in parts for c in part])
    if far is not None:
        text = _("Titik sudut {label} berjarak {distance} dari titik sudut lain bidang ini.")
        told = text.format(label=far[0].label or far[0].source_row, distance=distance(far[1]))
        hint = _("Periksa koordinatnya; satu angka yang salah memindahkan sudut berkilo-kilometer.")
        return None, [Issue(row, "corner_far", told, suggestion=hint, source_row=far[0].source_row)]
    rings: list[shapely.Polygon] = []
    for part in parts:
        ring, own = _ring(row, part)
        remarks += own
        if ring is None:
            return None, remarks
        rings.append(ring)
    if len(rings) > 1:
        text = _("Nomor titik sudutnya berulang; dibaca sebagai {n} bagian.").format(n=len(rings))
        hint = _("Beri setiap bidang nama atau nomor sendiri.")
        remarks.append(Issue(row, "corner_parts", text, "warning", suggestion=hint))
    shape = shapely.union_all(rings)
    size = area(float(geometry.area_m2(np.array([shape], dtype=object))[0]))
    count = sum(len(part) for part in parts)
    text = _("{n} titik sudut (baris {rows}) dibaca sebagai satu bidang seluas {area}.")
    remarks.append(Issue(row, "corners_joined", text.format(n=count, rows=told_rows, area=size), "info"))
    return shape, remarks


def _not_formed(row: int, rows: str) -> Issue:
    text = _("Bidang dari baris {rows} belum dapat dibentuk.").format(rows=rows)
    return Issue(row, "bad_geometry", text)


def _rows_of(corners: list[Corner]) -> str:
    """Rows as people write them: 4-7, 9."""
    numbers = sorted(c.source_row for c in corners)
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs)


def _key(label: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.findall(r"\d+|[a-z]+", label.casefold()))


def _in_order(corners: list[Corner]) -> list[Corner]:
    """Corners by their numbers or letters, where all have one of the same form; else as the rows stand."""
    labels = [c.label for c in corners]
    if any(label is None for label in labels) or len({s.casefold() for s in labels if s}) < len(corners):
        return corners
    keys = [_key(str(label)) for label in labels]
    forms = {tuple((kind, text) if n else kind for n, (kind, _number, text) in enumerate(key)) for key in keys}
    words = {str(label).strip().casefold() for label in labels}
    if len({len(k) for k in keys}) > 1 or len(forms) > 1 or not all(keys) or words <= _COMPASS:
        return corners
    return [
        c
        for _k, _n, c in sorted(
            ((k, n, c) for n, (k, c) in enumerate(zip(keys, corners, strict=True))), key=lambda t: t[:2]
        )
    ]


def _parts(corners: list[Corner]) -> list[list[Corner]]:
    """Cut corners where a name comes again, unless it is the first corner once more, closing the ring."""
    parts: list[list[Corner]] = []
    current: list[Corner] = []
    seen: set[str] = set()
    for c in corners:
        name = (c.label or "").casefold()
        if name and name in seen:
            if current[0].label and current[0].label.casefold() == name and c.point == current[0].point:
                continue
            parts.append(current)
            current, seen = [], set()
        current.append(c)
        seen.add(name)
    return [*parts, current]


def _closed_once(corners: list[Corner]) -> list[Corner]:
    """Corners without the closing one, and without one written twice in a row."""
    kept = [c for n, c in enumerate(corners) if n == 0 or c.point != corners[n - 1].point]
    return kept[:-1] if len(kept) > 1 and kept[-1].point == kept[0].point else kept


def _xy(corners: list[Corner]) -> NDArray[np.float64]:
    return np.asarray(shapely.get_coordinates(np.array([c.point for c in corners], dtype=object)), dtype=float)


def _far_off(corners: list[Corner]) -> tuple[Corner, float] | None:
    """Find the corner farthest from the middle of the others, where that is farther than a parcel is wide."""
    xy = _xy(corners)
    middle = np.median(xy, axis=0)
    away = geometry.geodesic_m(np.broadcast_to(middle, xy.shape), xy)
    worst = int(np.argmax(away))
    return (corners[worst], float(away[worst])) if away[worst] > WIDEST_M else None


def _ring(row: int, corners: list[Corner]) -> tuple[shapely.Polygon | None, list[Issue]]:
    """Polygon of corners in order; where they cross, of the only way round there is, else None with one proposed."""
    distinct = {c.point.wkb for c in corners if c.point is not None}
    if len(distinct) < 3:
        text = _("Bidang ini hanya punya {n} titik sudut yang berbeda (baris {rows}); sedikitnya tiga.")
        told = text.format(n=len(distinct), rows=_rows_of(corners))
        hint = _("Lengkapi titik sudutnya, atau tulis satu baris dengan titik tengahnya.")
        return None, [Issue(row, "few_corners", told, suggestion=hint)]
    xy = _xy(corners)
    ring = shapely.Polygon(xy)
    if ring.is_valid and ring.area > 0:
        return ring, []
    order, certain = _untangled(xy)
    better = shapely.Polygon(xy[order])
    if not better.is_valid or better.area == 0:
        text = _("Titik-titik sudut bidang ini (baris {rows}) tidak membentuk bidang.")
        hint = _("Periksa koordinat titik sudutnya.")
        return None, [Issue(row, "corner_crossing", text.format(rows=_rows_of(corners)), suggestion=hint)]
    names = ", ".join(str(corners[i].label or corners[i].source_row) for i in order)
    size = area(float(geometry.area_m2(np.array([better], dtype=object))[0]))
    text = _("Urutan titik sudut (baris {rows}) membuat garis bidang berpotongan.").format(rows=_rows_of(corners))
    if certain:
        text += " " + _("Dibaca dalam satu-satunya urutan yang mungkin: {order} ({area}).").format(
            order=names, area=size
        )
        hint = _("Betulkan nomor urut titik sudutnya.")
        return better, [Issue(row, "corner_order", text, "warning", suggestion=hint)]
    hint = _("Urutan yang diusulkan: {order} ({area}). Betulkan nomor urutnya bila benar.").format(
        order=names, area=size
    )
    wkt = shapely.to_wkt(better, rounding_precision=9)
    return None, [Issue(row, "corner_crossing", text, suggestion=hint, correction=wkt)]


def _untangled(xy: NDArray[np.float64]) -> tuple[list[int], bool]:
    """Order of corners whose ring doesn't cross itself, and whether it is the only one: all stand on their hull."""
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
    """Turn a ring so that it begins with the first corner and goes on to the nearer of its number's neighbours."""
    at = order.index(0)
    turned = order[at:] + order[:at]
    back = [turned[0], *turned[:0:-1]]
    return turned if turned[1] <= back[1] else back


def _crossing(xy: NDArray[np.float64]) -> tuple[int, int] | None:
    """Find the first two sides that cross; None where there are none."""
    n = len(xy)
    sides = np.array([shapely.LineString(ends) for ends in zip(xy, np.roll(xy, -1, axis=0), strict=True)], dtype=object)
    for i in range(n - 2):
        rest = np.arange(i + 2, n if i else n - 1)
        hit = rest[shapely.intersects(sides[i], sides[rest])]
        if len(hit):
            return i, int(hit[0])
    return None
