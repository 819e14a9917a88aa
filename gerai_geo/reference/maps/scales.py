"""What a map of a scale leaves out, from `map_scales.toml`."""

from __future__ import annotations

from gerai_geo.reference.data_files import read_toml


def smallest_shown_m2(scale: float) -> float:
    """
    Area of the smallest ground that a map of a scale shows.

    Examples
    --------
    >>> smallest_shown_m2(250_000)
    62500.0
    """
    mm2: float = read_toml("map_scales.toml")["smallest_shown"]["mm2"]
    return mm2 * (scale / 1_000) ** 2
