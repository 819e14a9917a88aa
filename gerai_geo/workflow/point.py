"""`check_point`: one site from its coordinates or its plot, through the same functions as a list."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.labels import coordinates
from gerai_geo.i18n.numbers import number
from gerai_geo.i18n.translate import _, localised
from gerai_geo.intake.boundaries import read_boundaries
from gerai_geo.intake.forest import read_forest
from gerai_geo.intake.sites import read_sites
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.records.models import ExtraLayer, Forest, Screening
from gerai_geo.screening.clear_ground.find import PLOT_M2, WITHIN_M, find_clear_ground
from gerai_geo.screening.screen import screen

LARGEST_ACCURACY_M: Final = 100_000
_OF_LISTS: Final = ("columns_read", "no_regency")
"""Issues on the columns of a list, which one site does not have."""


@typed
@localised
def check_point(
    place: str | shapely.Geometry | Mapping[str, Any],
    forest: Forest | str | Path,
    *,
    layer: Mapping[str, Any] | None = None,
    crs: Any = None,
    accuracy_m: float | None = None,
    boundaries: str | Path | GeoDataFrame | None = None,
    clear: bool = True,
    plot_m2: float = PLOT_M2,
    within_m: float = WITHIN_M,
    tolerance_m: float | None = None,
    map_class: int = 3,
    extra: Sequence[ExtraLayer] = (),
    rules: str | Path | None = None,
    building: str | None = None,
    acquirer: str | None = None,
    psn: str | None = None,
    lang: str | None = None,
) -> Screening:
    r"""
    Screen one site at once, as `read_sites`, `screen` and `find_clear_ground` screen a list of one row.

    Parameters
    ----------
    place
        Coordinates in any notation that lists may have; or the point or plot as WKT, GeoJSON (text or mapping), or a
        geometry.
    forest
        The layer, from `read_forest`; or its file, which is then read around the site.
    layer
        Arguments of `read_forest` for a file: ``scale``, ``edition``, ``covers`` ..
    crs
        CRS of the coordinates where they don't name theirs; by default EPSG:4326, degrees.
    accuracy_m
        CE90 of the position, 0 to 100,000 m; 10 m where not given.
    boundaries
        Villages or regencies: fill in the regency, and bound the search for clear ground.
    clear
        Whether to search for the nearest clear ground.
    plot_m2, within_m
        Of clear ground, see `find_clear_ground`.
    tolerance_m, map_class, extra, rules, building, acquirer, psn
        See `screen`.
    lang
        Language of the sentences, ``id`` or ``en``.

    Returns
    -------
    screening
        Of one finding. A text that can't be read is ``not_assessed`` with the reason, never ``outside``.

    Raises
    ------
    InputError
        If the place is empty, or the accuracy is negative, no number, or larger than 100,000 m.
    CRSError
        If the coordinates are metres and no CRS is given.

    Examples
    --------
    >>> from gerai_geo import read_forest, sample_paths
    >>> layer = read_forest(sample_paths().forest, scale=250_000)
    >>> result = check_point("2°31'52\"LS 112°57'4\"BT", layer)
    >>> finding = result.findings.iloc[0]
    >>> finding["status"], round(finding["boundary_m"])
    ('outside', -1665)
    """
    areas = read_boundaries(boundaries)
    sites, issues = read_point(place, crs=crs, accuracy_m=accuracy_m, boundaries=areas)
    if not isinstance(forest, Forest):
        forest = read_forest(forest, around=sites, **(layer or {}))
    issues = with_sign_hint(sites, issues, forest)
    result = screen(
        sites, forest, issues=issues, tolerance_m=tolerance_m, map_class=map_class, extra=extra, rules=rules,
        building=building, acquirer=acquirer, psn=psn,
    )  # fmt: skip
    if not clear:
        return result
    return find_clear_ground(result, forest, plot_m2=plot_m2, within_m=within_m, boundaries=areas)


def with_sign_hint(sites: GeoDataFrame, issues: pd.DataFrame, forest: Forest) -> pd.DataFrame:
    """Issues, with one more where a place beyond the layer would be on it with another sign of its degrees."""
    shape = sites.geometry.iloc[0]
    if shape is None or shape.is_empty or forest.bounds is None or issues["correction"].notna().any():
        return issues
    layer, (lon, lat) = shapely.box(*forest.bounds), shapely.get_coordinates(shapely.centroid(shape))[0].tolist()
    if shapely.intersects(layer, shape):
        return issues
    slips = (
        (lon, -lat, _("balik tanda lintang")),
        (-lon, lat, _("balik tanda bujur")),
        (-lon, -lat, _("balik tanda lintang dan bujur")),
    )
    fits = [slip for slip in slips if shapely.covers(layer, shapely.Point(*slip[:2]))]
    if not fits:
        return issues
    other_lon, other_lat, what = fits[0]
    where, there = coordinates(lon, lat), coordinates(other_lon, other_lat)
    message = _("{where} di luar layer; {there} di dalamnya. Mungkin tanda minusnya hilang atau kelebihan.")
    values = (f"{other_lat:.9g}", f"{other_lon:.10g}")
    hint = _("Usul: {what}, menjadi lintang {lat}, bujur {lon}.").format(what=what, lat=values[0], lon=values[1])
    row = issue_row(
        "minus_lost", message.format(where=where, there=there), site_id=str(sites.index[0]),
        value=sites["coordinates_as_given"].iloc[0], suggestion=hint, correction=", ".join(values),
    )  # fmt: skip
    return pd.concat([issues, issues_table([row])], ignore_index=True)


@localised
def read_point(
    place: str | shapely.Geometry | Mapping[str, Any],
    *,
    crs: Any = None,
    accuracy_m: float | None = None,
    boundaries: str | Path | GeoDataFrame | None = None,
    regency: str | None = None,
    accept_incomplete: bool = False,
    lang: str | None = None,
) -> tuple[GeoDataFrame, pd.DataFrame]:
    """
    Read one site as a list of one row.

    Parameters
    ----------
    place
        As in `check_point`.
    crs, boundaries, regency, accept_incomplete
        As in `read_sites`.
    accuracy_m
        As in `check_point`.
    lang
        Language of the issues, ``id`` or ``en``.

    Returns
    -------
    sites, issues
        Like those of `read_sites`, of one row.

    Raises
    ------
    InputError
        If the place is empty, or the accuracy is negative, no number, or larger than 100,000 m.
    CRSError
        If the coordinates are metres and no CRS is given.
    """
    options: dict[str, Any] = {"boundaries": boundaries, "regency": regency, "accept_incomplete": accept_incomplete}
    row: dict[str, list[Any]] = {"site_id": [str(_("titik"))]}
    if accuracy_m is not None and not 0 <= accuracy_m <= LARGEST_ACCURACY_M:  # NaN is neither
        values = {"value": accuracy_m, "most": number(LARGEST_ACCURACY_M)}
        raise InputError(_("ketelitian {value}: harus 0 sampai {most} meter.").format(**values))
    text = place.strip() if isinstance(place, str) else None
    if text == "" or (isinstance(place, shapely.Geometry) and shapely.is_empty(place)):
        raise InputError(_("Letaknya kosong. Tulis koordinatnya, misalnya 2°31'52\"LS 112°57'4\"BT."))
    if isinstance(place, shapely.Geometry):
        sites, issues = read_sites(GeoDataFrame(row, geometry=[place], crs=crs or schema.CRS), **options)
    else:
        row["coordinates"] = [text if isinstance(place, str) else json.dumps(dict(place))]
        sites, issues = read_sites(pd.DataFrame(row), crs=crs, columns={name: name for name in row}, **options)
    if accuracy_m is not None:  # counts as it is, but no position is finer than it is written
        sites["accuracy_m"] = np.fmax(sites["accuracy_m"].to_numpy(dtype=float), float(accuracy_m))
    source = _("titik yang diperiksa langsung")
    sites["source"], sites["source_row"] = pd.Series(source, index=sites.index, dtype="str"), pd.NA
    for entry in sites.attrs["inputs"]:
        entry["source"] = str(source)
    issues = issues[~issues["code"].isin(_OF_LISTS)].reset_index(drop=True)
    issues["source"], issues["source_row"] = None, pd.NA
    return schema.set_dtypes(sites, "sites"), schema.set_dtypes(issues, "issues")
