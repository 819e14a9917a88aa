"""`add_villages`: which villages have a site, and the share of each that lies in kawasan hutan."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.arrays import Geometries
from gerai_geo.core.geometry import repair
from gerai_geo.core.name_keys import regency_name_key, village_key
from gerai_geo.engine.index import cover
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.crs import to_lonlat
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.records.models import Forest, Screening
from gerai_geo.screening.overlay import prepare

ISSUE_CODE: Final = "site_without_village"
_MOST_NAMED: Final = 5


@typed
@localised
def add_villages(
    screening: Screening, boundaries: GeoDataFrame, forest: Forest, *, lang: str | None = None
) -> Screening:
    """
    Screening with the villages of its regencies: the sites in each, and the share of it in kawasan hutan.

    A site belongs to the village that it names, else to the one in which it lies. Where several villages of a regency
    have the same name, only those with a site in them are sure to have one; the others are left open.

    Parameters
    ----------
    screening
        From `screen`; villages are those of the regencies of its targets, without targets those of its list.
    boundaries
        Polygons of villages from `read_boundaries`; polygons of regencies add nothing.
    forest
        The layer, read around the boundaries or whole. What it doesn't tell is in ``unknown_share``.
    lang
        Language of the issues, ``id`` or ``en``.

    Returns
    -------
    screening
        A new one with `Screening.villages` (`schema.VILLAGES`), and an issue for sites that belong to no village.
    """
    table = to_lonlat(boundaries, "boundaries")
    named = screening.targets["regency"][screening.targets["level"] == "regency"]
    regencies = {regency_name_key(r) for r in (named if len(named) else screening.findings["regency"].dropna())}
    keys = table["regency"].map(regency_name_key)
    table = table[table["village"].notna() & keys.isin(regencies)].reset_index(drop=True)
    issues = screening.issues[screening.issues["code"] != ISSUE_CODE]
    if table.empty:
        return replace(screening, villages=schema.empty_table("villages"), issues=issues)
    shapes = repair(table.geometry.to_numpy())[0]
    counts, loose = _count_sites(screening.findings, table, shapes)
    if loose:
        text = _("{n} titik tidak dapat dihubungkan ke desa/kelurahan mana pun: {ids}.")
        ids = ", ".join(loose[:_MOST_NAMED]) + (", …" if len(loose) > _MOST_NAMED else "")
        rows = issues_table([issue_row(ISSUE_CODE, text.format(n=number(len(loose)), ids=ids), severity="info")])
        issues = pd.concat([t for t in (issues, rows) if len(t)], ignore_index=True)
    ground = cover(prepare(forest), shapes)
    villages = pd.DataFrame(
        {
            "regency": table["regency"],
            "regency_code": table["regency_code"],
            "village": table["village"],
            "sites": counts,
            "area_m2": ground.area_m2,
            "forest_share": np.clip(ground.forest_m2 / ground.area_m2, 0.0, 1.0),
            "unknown_share": np.clip(1.0 - ground.known_m2 / ground.area_m2, 0.0, 1.0),
        }
    )
    about = {"source": boundaries.attrs.get("source"), "rows": len(villages)}
    return replace(
        screening,
        villages=schema.set_dtypes(villages, "villages"),
        issues=issues,
        manifest=screening.manifest | {"villages": about},
    )


def _count_sites(findings: GeoDataFrame, villages: GeoDataFrame, shapes: Geometries) -> tuple[pd.Series, list[str]]:
    """
    Sites of each village, missing where that is open; ids of the sites in the same regencies without a village.

    A site counts in the village that it names, else, also without a name, in the one where it lies.
    """
    regency = villages["regency"].map(regency_name_key).tolist()
    rows_of: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, (key, name) in enumerate(zip(regency, villages["village"], strict=True)):
        rows_of[key, village_key(name)].append(place)
    lies_in = _village_at(findings.geometry.to_numpy(), shapes)
    counts = np.zeros(len(villages), dtype=np.int64)
    open_rows: set[int] = set()
    loose: list[str] = []
    columns = (schema.column_of(findings, "regency"), schema.column_of(findings, "village"))
    for site_id, own, village, inside in zip(findings.index, *columns, lies_in, strict=True):
        key = regency_name_key(own) if isinstance(own, str) else ""
        same = rows_of.get((key, village_key(village)), []) if isinstance(village, str) else []
        if len(same) == 1 or (same and inside in same):
            counts[same[0] if len(same) == 1 else inside] += 1
            open_rows |= set(same) - {inside} if len(same) > 1 else set()
        elif same:
            open_rows |= set(same)
        elif inside >= 0:
            counts[inside] += 1
        elif key in regency:
            loose.append(str(site_id))
    unclear = np.zeros(len(villages), dtype=bool)
    unclear[list(open_rows)] = True
    return pd.Series(counts, dtype="Int64").mask(unclear & (counts == 0), pd.NA), loose


def _village_at(sites: Geometries, shapes: Geometries) -> list[int]:
    """Return the first village in which each site lies; -1 for none."""
    points = sites.copy()
    parcels = shapely.get_type_id(points) > 0
    points[parcels] = shapely.point_on_surface(points[parcels])
    found = [-1] * len(points)
    for site, village in zip(*shapely.STRtree(shapes).query(points, predicate="intersects"), strict=True):
        found[site] = int(village) if found[site] < 0 else min(found[site], int(village))
    return found
