"""Overlaps and gaps between the polygons of a layer."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from gerai_geo.core.arrays import Geometries, Rows
from gerai_geo.core.geometry import area_m2
from gerai_geo.i18n.labels import area, coordinates, number
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.records.models import Forest

MIN_AREA_M2: Final = 1.0
"""Overlaps and gaps smaller than this are rounding."""

_PREPARED_VERTICES: Final = 500_000
"""Vertices of the polygons that are prepared at a time."""


def check_coverage(forest: Forest) -> pd.DataFrame:
    """
    Find overlaps and gaps of a layer, with their area and the place of the largest.

    Returns
    -------
    issues
        The `schema.ISSUES` table: ``forest_contradiction`` for ground under two functions, ``forest_overlap`` for
        ground drawn twice under one, ``forest_gap`` for holes between polygons; one row per code and pair of
        functions. Empty for a clean coverage.
    """
    return issues_table([*_overlaps(forest), *_gaps(forest)])


def union_m2(shapes: Geometries) -> float:
    """
    Area of the ground under valid polygons, that under several of them counted once.

    Examples
    --------
    >>> square, same = shapely.box(112, -3, 113, -2), shapely.box(112, -3, 113, -2)
    >>> union_m2(np.array([square, same])) == union_m2(np.array([square])) == float(area_m2([square])[0])
    True
    """
    left, right = _overlapping(shapes)
    parent = list(range(len(shapes)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        parent[root(a)] = root(b)
    groups: dict[int, list[int]] = {}
    for i in np.union1d(left, right).tolist():
        groups.setdefault(root(i), []).append(i)
    alone = np.ones(len(shapes), dtype=bool)
    alone[left], alone[right] = False, False
    united: Geometries = np.array([shapely.union_all(shapes[some]) for some in groups.values()], dtype=object)
    return float(area_m2(shapes[alone]).sum() + area_m2(united).sum())


def _overlapping(shapes: Geometries) -> tuple[Rows, Rows]:
    """Pairs of polygons that share ground, the first of each with the lower position."""
    left, right = shapely.STRtree(shapes).query(shapes)
    left, right = left[left < right], right[left < right]
    order = np.argsort(left, kind="stable")
    left, right = left[order], right[order]
    overlap = np.zeros(len(left), dtype=bool)
    firsts, starts = np.unique(left, return_index=True)
    groups = np.cumsum(shapely.get_num_coordinates(shapes[firsts])) // _PREPARED_VERTICES
    for group in np.unique(groups).tolist():  # prepared polygons take several times the memory of the layer
        own = np.flatnonzero(groups == group)
        pairs = slice(starts[own[0]], starts[own[-1] + 1] if own[-1] + 1 < len(starts) else len(left))
        some = shapes[firsts[own]]
        shapely.prepare(some)
        a, b = shapes[left[pairs]], shapes[right[pairs]]
        overlap[pairs] = shapely.intersects(a, b) & ~shapely.touches(a, b)
        shapely.destroy_prepared(some)
    return left[overlap], right[overlap]


def _overlaps(forest: Forest) -> list[dict[str, Any]]:
    shapes = forest.table.geometry.to_numpy()
    left, right = _overlapping(shapes)
    shared: Geometries = np.asarray(shapely.intersection(shapes[left], shapes[right]), dtype=object)
    table = pd.DataFrame({"piece": shared, "m2": area_m2(shared)})
    functions = forest.table["function"].to_numpy()
    table["pair"] = [" & ".join(sorted({a, b})) for a, b in zip(functions[left], functions[right], strict=True)]
    rows = []
    for pair, pieces in table[table["m2"] > MIN_AREA_M2].groupby("pair"):
        contradiction = "&" in str(pair)
        text = (
            _("Dua fungsi ({pair}) untuk tanah yang sama di {n} tempat, {total}; terbesar {largest} di {place}.")
            if contradiction
            else _("Poligon {pair} bertumpuk di {n} tempat, {total}; terbesar {largest} di {place}; dihitung sekali.")
        )
        code = "forest_contradiction" if contradiction else "forest_overlap"
        rows.append(_issue(forest, code, text, pieces, pair=pair))
    return rows


def _gaps(forest: Forest) -> list[dict[str, Any]]:
    parts = shapely.get_parts(shapely.union_all(forest.table.geometry.to_numpy()))
    holes: Geometries = np.asarray(shapely.polygons(np.concatenate([shapely.get_rings(p)[1:] for p in parts])))
    table = pd.DataFrame({"piece": holes, "m2": area_m2(holes)})
    table = table[table["m2"] > MIN_AREA_M2]
    text = _("{n} celah di antara poligon, {total}; terbesar {largest} di {place}. Titik di dalamnya tidak dinilai.")
    return [_issue(forest, "forest_gap", text, table)] if len(table) else []


def _issue(forest: Forest, code: str, text: str, pieces: pd.DataFrame, **values: object) -> dict[str, Any]:
    largest = pieces.iloc[int(pieces["m2"].to_numpy().argmax())]
    place = shapely.point_on_surface(largest["piece"])
    return issue_row(
        code,
        text.format(
            n=number(len(pieces), 0),
            total=area(float(pieces["m2"].sum())),
            largest=area(float(largest["m2"])),
            place=coordinates(place.x, place.y),
            **values,
        ),
        severity="warning",
        source=forest.source,
        suggestion=_("Tanyakan kepada penerbit layer atau BPKH mana yang benar."),
    )
