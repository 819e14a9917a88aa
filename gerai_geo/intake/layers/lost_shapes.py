"""
Features of a forest layer whose ground is not known: without a shape or an area, or in an impossible place.

Unless such a feature is known to be no kawasan hutan, ground without polygon may be its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Bools, Floats, Geometries
from gerai_geo.core.geometry import DEGREE_M, INDONESIA, are_flat, are_places
from gerai_geo.core.surroundings import united_boxes
from gerai_geo.errors import InputError
from gerai_geo.i18n.labels import labels_of, number
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import issue_row
from gerai_geo.reference.functions import forest_functions

_FAR_OUT_DEG: Final = 3.0
"""No polygon of an Indonesian layer reaches farther out of the box around Indonesia."""
_APART_DEG: Final = 2.0
"""Islands of one province are nearer to each other: Natuna lies 1.7° from the next."""
_CELL_DEG: Final = 0.5
_FEW: Final = 0.01  # share of the features that may have been misplaced
_LEAST_M: Final = 1.0  # what is shorter is no ground that was lost
_SHOWN: Final = 10


def abroad(bounds: Floats) -> Bools:
    """Which bounds (west, south, east, north) lie outside Indonesia or reach far out; those without numbers don't."""
    west, south, east, north = INDONESIA
    with np.errstate(invalid="ignore"):
        out = (bounds[:, 0] > east) | (bounds[:, 2] < west) | (bounds[:, 1] > north) | (bounds[:, 3] < south)
        return np.asarray(out | (beyond(bounds) > _FAR_OUT_DEG).any(axis=1))


def beyond(bounds: Floats) -> Floats:
    """How far bounds reach out of Indonesia on each side, in degrees."""
    west, south, east, north = INDONESIA
    out: Floats = np.array([west, south, -east, -north]) - bounds * (1, 1, -1, -1)
    return out


def misplaced(bounds: Floats) -> Bools:
    """
    Which features of a file lie abroad, or are a few of many and far from all others.

    Parameters
    ----------
    bounds
        Of all features of the file, in degrees: west, south, east, north; NaN for those without a shape.

    Examples
    --------
    >>> row = np.array([[112 + i, -3, 113 + i, -2] for i in range(4)], dtype=float)
    >>> misplaced(np.vstack([row, [[112, 2.5, 113, 3.5]], [[-3, 112, -2, 113]]])).tolist()
    [False, False, False, False, True, True]
    """
    found = abroad(bounds)
    here = np.flatnonzero(np.isfinite(bounds).all(axis=1) & ~found)
    if len(here) < 3:
        return found
    low = np.floor(bounds[here, :2] / _CELL_DEG) * _CELL_DEG - _APART_DEG / 2
    high = np.ceil(bounds[here, 2:] / _CELL_DEG) * _CELL_DEG + _APART_DEG / 2
    groups = united_boxes(np.hstack([low, high]), _CELL_DEG)
    if len(groups) > 1:
        feature, group = shapely.STRtree(groups).query(shapely.points((low + high) / 2), predicate="intersects")
        groups_of = np.empty(len(here), dtype=np.int64)
        groups_of[feature] = group
        counts = np.bincount(groups_of, minlength=len(groups))
        few = counts <= max(1, int(_FEW * len(here)))
        few[int(counts.argmax())] = False
        found[here] = few[groups_of]
    return found


def without_ground(shapes: Geometries) -> Bools:
    """Mask of features in degrees that are missing, empty, no polygons, without area or without a place."""
    polygons = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    return np.asarray(~polygons | are_flat(shapes) | ~are_places(shapes), dtype=bool)


def lost_features(
    shapes: Geometries, kept: Geometries, invalid: Bools, in_forest: Sequence[bool | None], elsewhere: Bools
) -> NDArray[np.object_]:
    """
    Say of each feature how its ground was lost.

    Parameters
    ----------
    shapes
        As read, in degrees.
    kept
        What `geometry.repair` left of them.
    invalid
        Which of them were repaired.
    in_forest
        Whether each is kawasan hutan; None where not known.
    elsewhere
        Which lie in an impossible place, see `misplaced`.

    Returns
    -------
    kinds
        Key of the table ``forest_lost`` of `labels.toml`; None where nothing was lost, or where the feature is known to
        be no kawasan hutan.
    """
    types = shapely.get_type_id(shapes)
    lost = shapely.is_missing(kept)
    kinds = np.full(len(shapes), None, dtype=object)
    kinds[lost] = "no_area"
    kinds[lost & ~np.isin(types, (3, 6))] = "not_polygon"
    kinds[lost & (shapely.is_missing(shapes) | shapely.is_empty(shapes))] = "no_shape"
    kinds[~lost & elsewhere] = "misplaced"
    forest = np.array([known is not False for known in in_forest], dtype=bool)
    parts, shape_of = shapely.get_parts(shapes[types == 6], return_index=True)
    doubtful = invalid | (types == 7)
    doubtful[np.flatnonzero(types == 6)[shape_of[are_flat(parts)]]] = True
    for i in np.flatnonzero(~lost & doubtful & ~elsewhere).tolist():
        if _collapsed(shapes[i], holes=not forest[i]):
            kinds[i] = "part" if forest[i] else "hole"
    kinds[~forest & (kinds != "hole")] = None
    return kinds


def _collapsed(shape: shapely.Geometry, *, holes: bool) -> bool:
    """Whether a part of a shape, or one of its holes, has a length but no area."""
    parts = shapely.get_parts(shape)
    while (shapely.get_type_id(parts) >= 4).any():
        parts = shapely.get_parts(parts)
    areal = shapely.get_type_id(parts) == 3
    if not holes and (shapely.length(parts[~areal]) * DEGREE_M > _LEAST_M).any():
        return True
    rings = [ring for part in parts[areal] for ring in (part.interiors if holes else [part.exterior])]
    long = [ring for ring in rings if ring.length * DEGREE_M > _LEAST_M]
    return bool(long) and bool(are_flat(np.asarray(shapely.polygons(long))).any())


def refuse_covers(lost: pd.DataFrame, name: str) -> None:
    """
    Raise if a layer whose ground without polygon is to be no kawasan hutan has lost some of its own.

    Parameters
    ----------
    lost
        Features that lost their ground: ``kind`` and ``function``, by ``forest_id``.

    Raises
    ------
    InputError
        Saying which they are and what can be done.
    """
    if lost.empty:
        return
    text = _(
        "{name}: {n} fitur yang mungkin kawasan hutan tidak diketahui tanahnya ({what}; {functions}; nomor fitur "
        "{rows}), jadi tanah tanpa poligon tidak dapat dianggap di luar kawasan hutan. Minta atau perbaiki layernya "
        "sampai setiap fitur punya bentuk di tempatnya (hapus fitur yang memang bukan apa-apa), atau hapus --covers."
    )
    raise InputError(text.format(name=name, **_facts(lost)))


def lost_issues(lost: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    """Issue of the features of a layer that lost their ground; none without any."""
    if lost.empty:
        return []
    text = _(
        "{n} fitur layer {name} yang mungkin kawasan hutan tidak diketahui tanahnya: {what}; {functions}; nomor fitur "
        "{rows}. Titik di tanah itu tidak dinilai."
    )
    hint = _("Minta layer yang setiap fiturnya punya bentuk di tempatnya.")
    return [issue_row("forest_lost", text.format(name=name, **_facts(lost)), source=name, suggestion=hint)]


def _facts(lost: pd.DataFrame) -> dict[str, str]:
    kinds, functions = lost["kind"].value_counts(), lost["function"].value_counts()
    labels = {key: function.abbreviation for key, function in forest_functions().items()}
    functions = functions.rename(labels | {"UNKNOWN": _("fungsi tidak diketahui")})
    names = [str(row) for row in lost.index[:_SHOWN]]
    rows = ", ".join(names)
    if len(lost) > len(names):
        rows = _("{rows} dan {n} lagi").format(rows=rows, n=number(len(lost) - len(names)))
    return {
        "n": number(len(lost)),
        "what": ", ".join(
            text.format(n=number(int(kinds[kind]))) for kind, text in labels_of("forest_lost").items() if kind in kinds
        ),
        "functions": ", ".join(f"{f} {number(int(n))}" for f, n in functions.items()),
        "rows": rows,
    }
