"""Regencies of a list and of the boundaries brought to one name and code, in any province."""

from __future__ import annotations

from typing import Final

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.core.name_keys import village_key
from gerai_geo.intake.admin.regencies import regency_key, short_name
from gerai_geo.intake.files.raw_table import column_texts

_MOST: Final = 0.6
"""This share of the villages of a regency, and at least two, must have the code that it gets."""


def harmonise_regencies(sites: GeoDataFrame, boundaries: GeoDataFrame) -> GeoDataFrame:
    """
    Give each regency one name and code in the list and in the boundaries.

    Boundaries of villages may have only the code of their regency; its name is then taken from the list: by the code
    beside it, else by the names of the villages. The list gets the codes of the boundaries.

    Parameters
    ----------
    sites
        With ``regency, regency_code, village``; changed in place where the boundaries have the regency.
    boundaries
        Made by `boundaries.prepare_boundaries`.

    Returns
    -------
    boundaries
        With the names found.
    """
    listed = sites[["regency", "regency_code", "village"]].astype("str").reset_index(drop=True)
    keys = {name: regency_key(name) for name in listed["regency"].dropna().unique().tolist()}
    listed["key"] = listed["regency"].map(keys)
    nameless = boundaries["regency"] == boundaries["regency_code"]
    if nameless.any():
        named = set(boundaries.loc[~nameless, "regency"].map(regency_key))
        names = boundaries["regency_code"].map(_names_by_code(listed, boundaries[nameless], named))
        boundaries = boundaries.assign(regency=boundaries["regency"].where(~nameless | names.isna(), names))
    firsts = boundaries.drop_duplicates("regency")
    known = {
        regency_key(name): (name, code)
        for name, code in zip(column_texts(firsts["regency"]), column_texts(firsts["regency_code"]), strict=True)
        if name and name != code
    }
    settled = {name: known[key] for name, key in keys.items() if key in known}
    if settled:
        names = listed["regency"].map({old: new for old, (new, _code) in settled.items()})
        codes = listed["regency"].map({old: code for old, (_new, code) in settled.items() if code})
        sites["regency"] = names.fillna(listed["regency"]).astype("str").to_numpy()
        sites["regency_code"] = listed["regency_code"].fillna(codes).astype("str").to_numpy()
    return boundaries


def _names_by_code(listed: pd.DataFrame, boundaries: GeoDataFrame, named: set[str]) -> dict[str, str]:
    """Names of regencies by code: those that the list writes beside the code, else those over the same villages."""
    names: dict[str, str] = {}
    codes = column_texts(boundaries["regency_code"])
    listed = listed[listed["regency"].notna() & ~listed["key"].isin(named)]
    for code, group in listed[listed["regency_code"].isin(set(codes))].groupby("regency_code"):
        names[str(code)] = _shortest(group["regency"])
    villages_by_code: dict[str, set[str]] = {}
    for village, own_code in zip(column_texts(boundaries["village"]), codes, strict=True):
        if village and own_code:
            villages_by_code.setdefault(own_code, set()).add(village_key(village))
    for _key, group in listed[listed["village"].notna()].groupby("key"):
        villages = {village_key(v) for v in group["village"]}
        shared = {code: len(villages & own) for code, own in villages_by_code.items() if code not in names}
        best = max(shared, key=shared.__getitem__, default=None)
        if best is not None and shared[best] >= max(2, _MOST * len(villages)):
            names[best] = _shortest(group["regency"])
    return names


def _shortest(names: pd.Series) -> str:
    """Shortest spelling of a regency, without Kab. or Kabupaten."""
    return min((short_name(str(n)) for n in names), key=len)
