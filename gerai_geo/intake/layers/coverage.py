"""Whether a layer's polygons fit together: ground that two functions claim, and gaps between polygons."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from gerai_geo.core.arrays import Geometries
from gerai_geo.core.geometry import area_m2
from gerai_geo.i18n.labels import area, coordinates, number
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.records.models import Forest

LEAST_M2: Final = 1.0
"""Overlaps and gaps smaller than this are rounding."""


def check_coverage(forest: Forest) -> pd.DataFrame:
    """
    Find overlaps and gaps of a layer, with their ground and the place of the largest.

    Parameters
    ----------
    forest
        The layer.

    Returns
    -------
    issues
        The `schema.ISSUES` table: ``forest_contradiction`` for ground under two functions, ``forest_overlap`` for
        ground drawn twice under one, ``forest_gap`` for holes between polygons; one row a kind and pair of
        functions. Empty where the layer is a clean coverage.
    """
    return issues_table([*_overlaps(forest), *_gaps(forest)])


def _overlaps(forest: Forest) -> list[dict[str, Any]]:
    shapes = forest.table.geometry.to_numpy()
    shapely.prepare(shapes)
    one, two = shapely.STRtree(shapes).query(shapes)
    one, two = one[one < two], two[one < two]
    meet = shapely.intersects(shapes[one], shapes[two]) & ~shapely.touches(shapes[one], shapes[two])
    one, two = one[meet], two[meet]
    shared: Geometries = np.asarray(shapely.intersection(shapes[one], shapes[two]), dtype=object)
    table = pd.DataFrame({"piece": shared, "m2": area_m2(shared)})
    names = forest.table["function"].to_numpy()
    table["pair"] = [" & ".join(sorted({a, b})) for a, b in zip(names[one], names[two], strict=True)]
    rows = []
    for pair, some in table[table["m2"] > LEAST_M2].groupby("pair"):
        clash = "&" in str(pair)
        text = (
            _("Dua fungsi ({pair}) untuk tanah yang sama di {n} tempat, {total}; terbesar {largest} di {place}.")
            if clash
            else _("Poligon {pair} bertumpuk di {n} tempat, {total}; terbesar {largest} di {place}; dihitung sekali.")
        )
        rows.append(_row(forest, "forest_contradiction" if clash else "forest_overlap", text, some, pair=pair))
    return rows


def _gaps(forest: Forest) -> list[dict[str, Any]]:
    united = shapely.get_parts(shapely.union_all(forest.table.geometry.to_numpy()))
    holes: Geometries = np.asarray(shapely.polygons(np.concatenate([shapely.get_rings(p)[1:] for p in united])))
    table = pd.DataFrame({"piece": holes, "m2": area_m2(holes)})
    table = table[table["m2"] > LEAST_M2]
    text = _("{n} celah di antara poligon, {total}; terbesar {largest} di {place}. Titik di dalamnya tidak dinilai.")
    return [_row(forest, "forest_gap", text, table)] if len(table) else []


def _row(forest: Forest, code: str, text: str, pieces: pd.DataFrame, **more: object) -> dict[str, Any]:
    largest = pieces.iloc[int(pieces["m2"].to_numpy().argmax())]
    place = shapely.point_on_surface(largest["piece"])
    return issue_row(
        code,
        text.format(
            n=number(len(pieces), 0),
            total=area(float(pieces["m2"].sum())),
            largest=area(float(largest["m2"])),
            place=coordinates(place.x, place.y),
            **more,
        ),
        severity="warning",
        source=forest.source,
        suggestion=_("Tanyakan kepada penerbit layer atau BPKH mana yang benar."),
    )
