"""Rows compared with each other and with the criteria: written twice, names nearly alike, areas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo.core import geometry
from gerai_geo.i18n.labels import area
from gerai_geo.i18n.translate import _
from gerai_geo.intake.admin import regencies as regions
from gerai_geo.intake.admin.lookup import Places, Rows
from gerai_geo.intake.files.raw_table import column_texts
from gerai_geo.records.issues import Issue
from gerai_geo.reference.data_files import read_toml

_AREA_SHARE: Final = 0.1  # a drawn parcel this much off what is declared is told ..
_AREA_M2: Final = 50.0  # .. where that is more than this


def check_areas(sites: GeoDataFrame) -> list[Issue]:
    """
    IssueList on parcels drawn larger or smaller than declared, and on land below the reported thresholds.

    The thresholds stand in `reference/criteria.toml` with their sources; the drawn area counts before the declared.
    """
    declared = sites["declared_area_m2"].to_numpy(dtype=float)
    drawn = np.full(len(sites), np.nan)
    parcels = np.flatnonzero(np.isin(shapely.get_type_id(sites.geometry.to_numpy()), (3, 6)))
    drawn[parcels] = geometry.area_m2(sites.geometry.to_numpy()[parcels])
    off = np.abs(drawn - declared)
    remarks = [
        Issue(
            i,
            "area_differs",
            _("Luas tertulis {declared}, luas gambar {drawn}.").format(
                declared=area(declared[i]), drawn=area(drawn[i])
            ),
            "warning",
            value=f"{declared[i]:g}",
            suggestion=_("Pastikan mana yang benar; penapisan memakai gambarnya."),
        )
        for i in np.flatnonzero((off > _AREA_M2) & (off > _AREA_SHARE * declared)).tolist()
    ]
    size = np.where(np.isfinite(drawn), drawn, declared)
    told = ~np.isfinite(size)
    for limit in sorted(read_toml("criteria.toml")["min_area"], key=lambda row: int(row["m2"])):
        text = _("Luas {area}, di bawah {limit} (keyakinan {confidence}; dapat menyesuaikan kondisi).")
        for i in np.flatnonzero(~told & (size < limit["m2"])).tolist():
            message = text.format(area=area(size[i]), limit=area(limit["m2"]), confidence=limit["confidence"])
            severity = "warning" if limit["key"] == "area_below_600" else "info"
            hint = _("Periksa luasnya; titik ini tetap ditapis.")
            remarks.append(Issue(i, limit["key"], message, severity, value=f"{size[i]:g}", suggestion=hint))
            told[i] = True
    return remarks


def check_repeated(sites: GeoDataFrame) -> Iterator[Issue]:
    """Remarks on rows that say the same village, name and coordinates as an earlier row."""
    written = sites["coordinates_as_given"].reset_index(drop=True)
    parcel = shapely.get_type_id(sites.geometry.to_numpy()) > 0
    twice = np.flatnonzero(written.duplicated(keep=False).to_numpy() & ~parcel)
    said = sites[["name", "village", "district", "regency"]].reset_index(drop=True).join(written).iloc[twice]
    candidates = said[said["village"].notna() | said["name"].notna()]
    again = candidates[candidates.duplicated(keep=False)]
    ids, numbers = sites.index.tolist(), sites["source_row"].tolist()
    at = again.index.to_numpy()
    text = _("Baris ini sama dengan baris {row} (ID {id}): desa, nama, dan koordinatnya.")
    hint = _("Hapus salah satunya, atau lengkapi yang membedakannya.")
    for group in again.groupby(list(again.columns), dropna=False, sort=False).indices.values():
        first, *others = at[group].tolist()
        for i in others:
            message = text.format(row=numbers[first], id=ids[first])
            yield Issue(i, "duplicate_row", message, "warning", suggestion=hint)


def check_names(sites: GeoDataFrame, places: Places, boundaries: GeoDataFrame | None) -> list[Issue]:
    """
    IssueList on names of villages that are one slip from another in the same regency, or mean two villages.

    Parameters
    ----------
    boundaries
        Villages that exist, by `boundaries.prepare_boundaries`; two names that both exist there are no slip.
    """
    names = _as_written(places)
    real: dict[tuple[str, str], int] = {}
    anywhere: dict[str, int] = {}
    if boundaries is not None:
        for r, v in zip(boundaries["regency"], column_texts(boundaries["village"]), strict=True):
            if v:
                key = (regions.regency_key(r), regions.village_key(v))
                real[key] = real.get(key, 0) + 1
                anywhere[key[1]] = anywhere.get(key[1], 0) + 1
    remarks = _similar(names, real)
    district = column_texts(sites["district"])
    return remarks + (_twice(names, real, anywhere, district) if boundaries is not None else [])


def _as_written(places: Places) -> Names:
    """Rows of each village as it is written, by regency and village."""
    village, regency = places.villages[0], places.regencies[0]
    told = np.flatnonzero(village >= 0)
    both = (regency[told] + 1) * (village.max(initial=0) + 1) + village[told]
    group, first = pd.factorize(both)
    order = np.argsort(group, kind="stable")
    members = np.split(told[order], np.flatnonzero(np.diff(group[order])) + 1) if len(first) else []
    return {(places.regency[own[0]], str(places.village[own[0]])): own for own in members}


Names = dict[tuple[str | None, str], Rows]


def _similar(names: Names, real: dict[tuple[str, str], int]) -> list[Issue]:
    """Remarks on the rarer of two names, or the one that no boundary knows."""
    by_key: dict[tuple[str, str], list[tuple[str | None, str]]] = {}
    for regency, village in names:
        if isinstance(regency, str):
            by_key.setdefault((regions.regency_key(regency), regions.village_key(village)), []).append(
                (regency, village)
            )
    near: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for key in by_key:
        if len(key[1]) >= 6:
            for n in range(len(key[1])):
                near.setdefault((key[0], key[1][:n] + key[1][n + 1 :]), []).append(key)
            near.setdefault(key, []).append(key)
    couples = {tuple(sorted({a, b})) for group in near.values() for a in group for b in group if a < b}
    text = _("Nama desa {name} hampir sama dengan {other} di {regency}.")
    hint = _("Bila itu desa yang sama, tulis {other}.")
    remarks = []
    for a, b in sorted(couples):
        if _digits(a[1]) != _digits(b[1]) or (a in real and b in real):
            continue
        counts = {key: sum(len(names[n]) for n in by_key[key]) for key in (a, b)}
        odd = min((a, b), key=lambda key: (key in real, counts[key], key))
        other = by_key[b if odd == a else a][0][1]
        for regency, village in by_key[odd]:
            for i in names[regency, village].tolist():
                message = text.format(name=village, other=other, regency=regency)
                remarks.append(
                    Issue(i, "similar_names", message, "info", value=village, suggestion=hint.format(other=other))
                )
    return remarks


def _digits(key: str) -> str:
    return "".join(c for c in key if c.isdigit())


def _twice(
    names: Names, real: dict[tuple[str, str], int], anywhere: dict[str, int], district: list[str | None]
) -> list[Issue]:
    """Remarks on rows without a district whose village may be one of several."""
    text = _("Ada {n} desa bernama {name}; tanpa kecamatan tidak jelas yang mana.")
    hint = _("Isi kecamatannya.")
    remarks = []
    for (regency, village), rows in names.items():
        key = regions.village_key(village)
        count = real.get((regions.regency_key(regency), key), 0) if isinstance(regency, str) else anywhere.get(key, 0)
        if count > 1:
            message = text.format(n=count, name=village)
            remarks += [
                Issue(i, "village_twice", message, "warning", value=village, suggestion=hint)
                for i in rows.tolist()
                if not district[i]
            ]
    return remarks
