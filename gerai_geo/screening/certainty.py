"""
From distances and tolerances to a status and a probability.

How the tolerance comes about
-----------------------------
Perka BIG 15/2014 rates a map by its horizontal CE90, the radius that holds 90 % of well-defined positions: 0.2, 0.3
and 0.5 mm at the map's scale for class 1, 2 and 3, so 50, 75 and 125 m at 1:250,000 (confidence B). A site has a
CE90 of its own; both errors are independent, so they add as squares. For a circular normal error
CE90 = sqrt(2 ln 10) sigma = 2.146 sigma, which gives sigma along the one axis that matters, across the boundary.

What the status and `p_forest` promise
--------------------------------------
The model displaces the drawn boundary and the site against each other by one normal vector. The true answer can
only change if that vector is at least as long as the signed distance, so ``inside`` and ``outside`` hold in at least
nine of ten cases, whatever the shape of the boundary. `probability` is exact beside a straight edge (98.4 % at the
tolerance). Of a point beside or in a convex forest it is no less than the truth, and beside or in an enclave no more:
both are seen as if the nearest edge were straight. A parcel that reaches across a strip of forest holds some of
it more surely than its deepest position does. Errors that differ along a boundary are not part of the model.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from gerai_geo.core.arrays import Bools, Floats, Texts
from gerai_geo.core.categorical import Encoded
from gerai_geo.screening.overlay import Overlay

CE90_MM: Final = {1: 0.2, 2: 0.3, 3: 0.5}
"""CE90 of a map in mm at its scale, by class (Perka BIG 15/2014, horizontal)."""

SITE_CE90_M: Final = 10.0
"""CE90 of a site's own position where the list gives none: a phone's GNSS under open sky."""

SIGMAS: Final = float(np.sqrt(2 * np.log(10)))
"""CE90 over the standard deviation of one axis, 2.146."""

SURE: Final = 6.0
"""Standard deviations beyond which a probability is 0 or 1 to 1e-9."""


def tolerance(scale: int, accuracy_m: Floats, map_class: int = 3) -> Floats:
    """
    Band around a boundary within which a site can't be told, CE90 of boundary and site together.

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
        Metres, one a site.

    Examples
    --------
    >>> tolerance(250_000, np.array([np.nan, 0.0])).round(1).tolist()
    [125.4, 125.0]
    """
    layer_m = CE90_MM[map_class] / 1_000 * scale
    site_m = np.where(np.isnan(accuracy_m), SITE_CE90_M, accuracy_m)
    combined: Floats = np.hypot(layer_m, site_m)
    return combined


def probability(deepest_m: Floats, tolerance_m: Floats) -> Floats:
    """
    Probability that any of a site lies in kawasan hutan: the normal tail of its deepest signed distance.

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


def nominal_status(overlay: Overlay) -> Texts:
    """
    Status from geometry alone, as if nothing had an error.

    Returns
    -------
    nominal_status
        `schema.NOMINAL_STATUSES`; ground that is not known never makes a site ``inside`` or ``outside``.
    """
    o = overlay
    return _choose(
        [
            (~o.holds_forest & (o.holds_unknown | ~o.holds_other), "not_assessed"),
            (o.holds_forest & (o.holds_other | o.holds_unknown), "partly_inside"),
            (o.holds_forest, "inside"),
        ],
        "outside",
    )


def judge(overlay: Overlay, tolerance_m: Floats) -> tuple[Texts, Texts]:
    """
    Status with the tolerance considered, and the reason as a code.

    With t the tolerance: ``inside`` if the shallowest signed distance is t or more; ``outside`` if the deepest is
    -t or less; ``partly_inside`` if the shallowest is -t or less and the deepest t or more; else ``near_boundary``.
    A site within t of ground that the layer does not know is ``near_boundary`` whatever the rest says.

    Returns
    -------
    status, reason_code
        `schema.STATUSES` and `schema.REASON_CODES`. Sites that are not assessed get ``not_covered``,
        ``unknown_function`` or ``touches_unknown``; those without geometry are the caller's.
    """
    o, t = overlay, tolerance_m
    nominal = nominal_status(o)
    unknown = nominal == "not_assessed"
    rim = ~unknown & (o.rim_m < t)
    inside = ~rim & (nominal == "inside") & (o.shallowest_m >= t)
    outside = ~rim & (nominal == "outside") & (o.deepest_m <= -t)
    partly = ~rim & (nominal == "partly_inside") & (o.shallowest_m <= -t) & (o.deepest_m >= t)
    status = _choose(
        [(unknown, "not_assessed"), (inside, "inside"), (outside, "outside"), (partly, "partly_inside")],
        "near_boundary",
    )
    reason = _choose(
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


def _choose(words: list[tuple[Bools, str]], otherwise: str) -> Texts:
    """For each site the first word whose condition holds."""
    conditions, known = zip(*words, strict=True)
    return Encoded(np.select(conditions, range(len(known)), default=len(known)), [*known, otherwise]).words()
