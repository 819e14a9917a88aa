"""Rows compared with each other and with the criteria: duplicate rows, similar names of villages, areas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo.core.arrays import Floats, Geometries, Ints
from gerai_geo.core.geometry import area_m2, geodesic_m
from gerai_geo.core.name_keys import village_key, visible_key
from gerai_geo.i18n.labels import area, distance
from gerai_geo.i18n.translate import _
from gerai_geo.intake.admin.lookup import Places
from gerai_geo.intake.admin.regencies import regency_key
from gerai_geo.intake.files.raw_table import column_texts
from gerai_geo.intake.parcels.rings import MAX_WIDTH_M
from gerai_geo.records.issues import Issue
from gerai_geo.reference.data_files import read_toml

Names = dict[tuple[str | None, str], Ints]
"""Rows of each regency and village as written."""
Key = tuple[str, str]
"""Keys of a regency and a village, however spelt."""

_AREA_SHARE: Final = 0.1  # a drawn parcel this much off the declared area is an issue ..
_AREA_M2: Final = 50.0  # .. where that is more than this
_LARGEST_M2: Final = 100_000.0
"""Ten hectares: a gerai stands on a tenth of one; more is a village, a block of forest or a slip of the pen."""


def check_areas(sites: GeoDataFrame) -> list[Issue]:
    """
    Issues on parcels drawn larger or smaller than declared, and on land below the reported thresholds.

    The thresholds and their sources are in `reference/criteria.toml`; the drawn area counts before the declared.
    """
    shapes = sites.geometry.to_numpy()
    declared = sites["declared_area_m2"].to_numpy(dtype=float)
    drawn = np.full(len(sites), np.nan)
    parcels = np.flatnonzero(np.isin(shapely.get_type_id(shapes), (3, 6)))
    drawn[parcels] = area_m2(shapes[parcels])
    off = np.abs(drawn - declared)
    text = _("Luas tertulis {declared}, luas gambar {drawn}.")
    hint = _("Pastikan mana yang benar; penapisan memakai gambarnya.")
    issues = []
    for i in np.flatnonzero((off > _AREA_M2) & (off > _AREA_SHARE * declared)).tolist():
        message = text.format(declared=area(declared[i]), drawn=area(drawn[i]))
        issues.append(Issue(i, "area_differs", message, "warning", value=f"{declared[i]:g}", suggestion=hint))
    issues += _too_large(shapes, parcels, drawn[parcels])
    size = np.where(np.isfinite(drawn), drawn, declared)
    text = _("Luas {area}, kurang dari {limit} (dapat menyesuaikan kondisi).")
    hint = _("Periksa luasnya; titik ini tetap ditapis.")
    done = ~np.isfinite(size)
    for limit in sorted(read_toml("criteria.toml")["min_area"], key=lambda row: int(row["m2"])):
        severity = "warning" if limit["key"] == "area_below_600" else "info"
        below = ~done & (size < limit["m2"])
        for i in np.flatnonzero(below).tolist():
            below[i] = area(size[i]) != area(limit["m2"])  # 599.7 m² reads as 600 m²
        for i in np.flatnonzero(below).tolist():
            message = text.format(area=area(size[i]), limit=area(limit["m2"]))
            issues.append(Issue(i, limit["key"], message, severity, value=f"{size[i]:g}", suggestion=hint))
        done |= below
    return issues


def _too_large(shapes: Geometries, rows: Ints, areas_m2: Floats) -> Iterator[Issue]:
    """Issues on parcels that are larger or wider than the land of a gerai can be."""
    bounds = shapely.bounds(shapes[rows])
    widths_m = geodesic_m(bounds[:, :2], bounds[:, 2:])
    text = _("Bidang seluas {area} yang terentang {distance}, terlalu besar untuk lahan gerai.")
    hint = _("Pastikan gambarnya batas lahan gerai, bukan batas desa atau beberapa lahan.")
    for n in np.flatnonzero((areas_m2 > _LARGEST_M2) | (widths_m > MAX_WIDTH_M)).tolist():
        message = text.format(area=area(float(areas_m2[n])), distance=distance(float(widths_m[n])))
        yield Issue(int(rows[n]), "parcel_too_large", message, "warning", suggestion=hint)


def check_duplicate_rows(sites: GeoDataFrame) -> Iterator[Issue]:
    """Issues on rows with the village, name and coordinates of an earlier row."""
    coordinates = sites["coordinates_as_given"].reset_index(drop=True)
    parcel = shapely.get_type_id(sites.geometry.to_numpy()) > 0
    rows = np.flatnonzero(coordinates.duplicated(keep=False).to_numpy() & ~parcel)
    written = sites[["name", "village", "district", "regency"]].reset_index(drop=True).join(coordinates).iloc[rows]
    written = written[written["village"].notna() | written["name"].notna()]
    repeated = written[written.duplicated(keep=False)]
    positions = repeated.index.to_numpy()
    ids, source_rows = sites.index.tolist(), sites["source_row"].tolist()
    text = _("Baris ini sama dengan baris {row} (ID {id}): desa, nama, dan koordinatnya.")
    hint = _("Hapus salah satunya, atau lengkapi yang membedakannya.")
    for group in repeated.groupby(list(repeated.columns), dropna=False, sort=False).indices.values():
        first, *others = positions[group].tolist()
        for i in others:
            message = text.format(row=source_rows[first], id=ids[first])
            yield Issue(i, "duplicate_row", message, "warning", suggestion=hint)


def check_similar_ids(sites: GeoDataFrame) -> Iterator[Issue]:
    """Issues on ids that look like an earlier one: other letters for the same sign, case, spaces, invisible signs."""
    ids, rows = sites.index.tolist(), sites["source_row"].tolist()
    first: dict[str, int] = {}
    text = _(
        "ID {id} tampak sama dengan {first} di baris {row}: hanya huruf besar, spasi, atau tanda tak terlihat bedanya."
    )
    hint = _("Bila titiknya sama hapus satu baris; bila lain, beri ID yang jelas berbeda.")
    for i, own in enumerate(ids):
        earlier = first.setdefault(visible_key(own), i)
        if earlier != i:
            message = text.format(id=own, first=ids[earlier], row=rows[earlier])
            yield Issue(i, "similar_id", message, "warning", value=own, suggestion=hint)


def check_village_names(sites: GeoDataFrame, places: Places, boundaries: GeoDataFrame | None) -> list[Issue]:
    """
    Issues on names of villages that are one letter from another in the same regency, or mean two villages.

    Parameters
    ----------
    boundaries
        Villages that exist, by `boundaries.prepare_boundaries`; of two names that exist neither is a slip.
    """
    names = _rows_by_name(places)
    existing: Counter[Key] = Counter()
    if boundaries is not None:
        villages = zip(boundaries["regency"], column_texts(boundaries["village"]), strict=True)
        existing.update((regency_key(r), village_key(v)) for r, v in villages if v)
    issues = _similar(names, existing)
    return issues if boundaries is None else issues + _several(names, existing, column_texts(sites["district"]))


def _rows_by_name(places: Places) -> Names:
    village, regency = places.villages[0], places.regencies[0]
    named = np.flatnonzero(village >= 0)
    pairs = (regency[named] + 1) * (village.max(initial=0) + 1) + village[named]
    group, first = pd.factorize(pairs)
    order = np.argsort(group, kind="stable")
    members = np.split(named[order], np.flatnonzero(np.diff(group[order])) + 1) if len(first) else []
    return {(places.regency[own[0]], str(places.village[own[0]])): own for own in members}


def _similar(names: Names, existing: Counter[Key]) -> list[Issue]:
    """Issues on one of two similar names: the one that no boundary has, else the rarer."""
    by_key: dict[Key, list[tuple[str, str]]] = {}
    for regency, village in names:
        if isinstance(regency, str):
            by_key.setdefault((regency_key(regency), village_key(village)), []).append((regency, village))
    near: dict[Key, list[Key]] = {}
    for regency, village in by_key:
        if len(village) >= 6:
            for n in range(len(village)):
                near.setdefault((regency, village[:n] + village[n + 1 :]), []).append((regency, village))
            near.setdefault((regency, village), []).append((regency, village))
    pairs = {(a, b) for group in near.values() for a in group for b in group if a < b}
    text = _("Nama desa {name} hampir sama dengan {other} di {regency}.")
    hint = _("Bila itu desa yang sama, tulis {other}.")
    issues = []
    for a, b in sorted(pairs):
        if _digits(a[1]) != _digits(b[1]) or (a in existing and b in existing):
            continue
        counts = {key: sum(len(names[n]) for n in by_key[key]) for key in (a, b)}
        odd = min((a, b), key=lambda key: (key in existing, counts[key], key))
        other = by_key[b if odd == a else a][0][1]
        suggestion = hint.format(other=other)
        for regency, village in by_key[odd]:
            message = text.format(name=village, other=other, regency=regency)
            rows = names[regency, village].tolist()
            issues += [Issue(i, "similar_names", message, "info", value=village, suggestion=suggestion) for i in rows]
    return issues


def _digits(key: str) -> str:
    return "".join(c for c in key if c.isdigit())


def _several(names: Names, existing: Counter[Key], district: list[str | None]) -> list[Issue]:
    """Issues on rows without a district whose village may be one of several."""
    anywhere: Counter[str] = Counter()
    for (_regency, village), count in existing.items():
        anywhere[village] += count
    text = _("Ada {n} desa bernama {name}; tanpa kecamatan tidak jelas yang mana.")
    hint = _("Isi kecamatannya.")
    issues = []
    for (regency, village), rows in names.items():
        key = village_key(village)
        count = existing[regency_key(regency), key] if isinstance(regency, str) else anywhere[key]
        if count > 1:
            message = text.format(n=count, name=village)
            without = [i for i in rows.tolist() if not district[i]]
            issues += [Issue(i, "village_twice", message, "warning", value=village, suggestion=hint) for i in without]
    return issues
