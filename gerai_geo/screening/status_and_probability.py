"""
Tolerance, status and probability of sites from their signed distances.

Tolerance
---------
Perka BIG 15/2014 rates a map by its horizontal CE90, the radius that holds 90 % of well-defined positions: 0.2, 0.3
and 0.5 mm at the map's scale for class 1, 2 and 3, so 50, 75 and 125 m at 1:250,000 (confidence B). A site has a
CE90 of its own; both errors are independent, so they add as squares. For a circular normal error
CE90 = sqrt(2 ln 10) sigma = 2.146 sigma, which gives sigma along the axis across the boundary.

Meaning of the status and of `p_forest`
---------------------------------------
The model displaces the drawn boundary and the site against each other by one normal vector. The true answer can only
change if that vector is at least as long as the signed distance, so ``inside`` and ``outside`` hold in at least nine
of ten cases, whatever the shape of the boundary, and `p_forest` beyond the tolerance is the tail of a straight edge
(`probability`: 98.4 % at the tolerance). Within it the shape counts, for points and parcels: `p_forest` is that tail,
plus the share of fixed displacements that meet forest, less the share that would beside a straight edge at the same
distance (`forest_probability`, `engine.displaced`). Beside a straight edge it is exact, along strips and roads within
0.006 of the model, at corners and small discs within 0.025. A site nearer than its tolerance to ground that the layer
does not know keeps the tail: what lies there is not known; so does an area as large as a village (3 km across).

What the model leaves out
-------------------------
The map is taken to meet its CE90: a layer shifted by more is wrong at all its sites alike. Sites along one boundary
share its error. Each `p_forest` is right on average over many boundaries, but the number of sites in forest along one
of them varies far more than independent draws would, so a sum of `p_forest` is an expected number without a binomial
range.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from gerai_geo.core.arrays import Bools, Floats, Geometries, Texts
from gerai_geo.core.categorical import Encoded
from gerai_geo.engine.displaced import NUMBER, beyond_straight
from gerai_geo.engine.layer import Index
from gerai_geo.screening.overlay import Overlay

CE90_MM: Final = {1: 0.2, 2: 0.3, 3: 0.5}
"""CE90 of a map in mm at its scale, by class (Perka BIG 15/2014, horizontal)."""

SITE_CE90_M: Final = 10.0
"""Default CE90 of a site's own position: a phone's GNSS under open sky."""

SIGMAS: Final = float(np.sqrt(2 * np.log(10)))
"""Ratio of CE90 to the standard deviation along one axis, 2.146."""

SURE: Final = 6.0
"""Standard deviations beyond which a probability is 0 or 1 to 1e-9."""

LEAST: Final = 0.5 / NUMBER
"""Probability of what no displacement shows, within the tolerance."""


def tolerance(scale: int, accuracy_m: Floats, map_class: int = 3) -> Floats:
    """
    Width of the band around a boundary in which the side is uncertain: CE90 of boundary and site together.

    Parameters
    ----------
    scale
        Scale number of the layer, e.g. 250000.
    accuracy_m
        CE90 of each site's position in metres; NaN where not given, then `SITE_CE90_M`.
    map_class
        1, 2 or 3 of Perka BIG 15/2014.

    Returns
    -------
    tolerance_m
        Metres, one per site.

    Examples
    --------
    >>> tolerance(250_000, np.array([np.nan, 0.0])).round(1).tolist()
    [125.4, 125.0]
    """
    layer_m = CE90_MM[map_class] / 1_000 * scale
    site_m = np.where(np.isnan(accuracy_m), SITE_CE90_M, accuracy_m)
    combined: Floats = np.hypot(layer_m, site_m)
    return combined


def sure_m(tolerance_m: Floats) -> Floats:
    """Depth beyond which status and probability no longer change."""
    return SURE / SIGMAS * tolerance_m


def probability(deepest_m: Floats, tolerance_m: Floats) -> Floats:
    """
    Probability that any of a site lies in kawasan hutan beside a straight edge: the tail of its deepest distance.

    Parameters
    ----------
    deepest_m
        Largest signed distance over the site, positive in kawasan hutan.
    tolerance_m
        CE90 of boundary and site together; 0 gives 0 or 1, and one half on the very edge.

    Returns
    -------
    p_forest
        In [0, 1]; NaN where the distance is.

    Examples
    --------
    >>> probability(np.array([0.0, 125.0, -125.0]), np.array([125.0] * 3)).round(3).tolist()
    [0.5, 0.984, 0.016]
    """
    from math import erf

    sigma = tolerance_m / SIGMAS
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(deepest_m == 0, 0.0, deepest_m / sigma)
    tail: Floats = 0.5 * (1 + np.fromiter(map(erf, (z / np.sqrt(2)).tolist()), dtype=float, count=len(z)))
    return tail


def forest_probability(index: Index, sites: Geometries, overlay: Overlay, tolerance_m: Floats) -> Floats:
    """
    Probability that any of a site lies in kawasan hutan.

    Parameters
    ----------
    index
        Of the layer, built with edges.
    sites
        Points, Polygons, MultiPolygons or None, EPSG:4326.
    overlay
        Of the sites and the layer.
    tolerance_m
        CE90 of boundary and site together.

    Returns
    -------
    p_forest
        In [0, 1]; NaN where the deepest signed distance is. Beyond the tolerance, and within it of ground that the
        layer does not know, that of `probability`; elsewhere corrected for the shape of the boundary, see the module.
    """
    p = probability(overlay.deepest_m, tolerance_m)
    bent = np.flatnonzero((np.abs(overlay.deepest_m) < tolerance_m) & (overlay.rim_m >= tolerance_m))
    straight = p[bent]
    shape = beyond_straight(index, sites[bent], overlay.deepest_m[bent], tolerance_m[bent] / SIGMAS)
    # no displacement or all of them in forest is no certainty; those shorter than the distance change nothing
    change = np.exp(-((overlay.deepest_m[bent] / tolerance_m[bent] * SIGMAS) ** 2) / 2)
    forest = overlay.deepest_m[bent] > 0
    least = np.maximum(np.minimum(straight, LEAST), np.where(forest, 1 - change, 0.0))
    most = np.minimum(np.maximum(straight, 1 - LEAST), np.where(forest, 1.0, change))
    p[bent] = np.clip(straight + shape, least, most)
    return p


def nominal_status(overlay: Overlay) -> Texts:
    """
    Status from geometry alone, without errors of position.

    Returns
    -------
    nominal_status
        `schema.NOMINAL_STATUSES`; a site on unknown ground is never ``inside`` or ``outside``.
    """
    o = overlay
    return _first_match(
        [
            (~o.holds_forest & (o.holds_unknown | ~o.holds_other), "not_assessed"),
            (o.holds_forest & (o.holds_other | o.holds_unknown), "partly_inside"),
            (o.holds_forest, "inside"),
        ],
        "outside",
    )


def judge(overlay: Overlay, tolerance_m: Floats) -> tuple[Texts, Texts]:
    """
    Status of sites with the tolerance considered, and its reason code.

    With t the tolerance: ``inside`` if the shallowest signed distance is t or more; ``outside`` if the deepest is
    -t or less; ``partly_inside`` if the shallowest is -t or less and the deepest t or more; else ``near_boundary``.
    A site within t of ground that the layer does not know is ``near_boundary`` in any case.

    Returns
    -------
    status, reason_code
        `schema.STATUSES` and `schema.REASON_CODES`. Sites that are not assessed get ``not_covered``,
        ``unknown_function`` or ``touches_unknown``; the caller sets those of sites without geometry.
    """
    o, t = overlay, tolerance_m
    nominal = nominal_status(o)
    unknown = nominal == "not_assessed"
    rim = ~unknown & (o.rim_m < t)
    inside = ~rim & (nominal == "inside") & (o.shallowest_m >= t)
    outside = ~rim & (nominal == "outside") & (o.deepest_m <= -t)
    partly = ~rim & (nominal == "partly_inside") & (o.shallowest_m <= -t) & (o.deepest_m >= t)
    status = _first_match(
        [(unknown, "not_assessed"), (inside, "inside"), (outside, "outside"), (partly, "partly_inside")],
        "near_boundary",
    )
    reason = _first_match(
        [
            (unknown & o.holds_other, "touches_unknown"),
            (unknown & o.cover.on_any, "unknown_function"),
            (unknown, "not_covered"),
            (rim & o.holds_unknown, "touches_unknown"),
            (rim, "near_rim"),
            (inside, "inside"),
            (outside, "outside"),
            (partly, "partly_inside"),
            (nominal == "partly_inside", "crosses_edge"),
        ],
        "near_edge",
    )
    return status, reason


def _first_match(cases: list[tuple[Bools, str]], default: str) -> Texts:
    """Code of the first condition that holds for each site."""
    conditions, codes = zip(*cases, strict=True)
    return Encoded(np.select(conditions, range(len(codes)), default=len(codes)), [*codes, default]).words()
