"""The regencies of a list and of the user's boundaries brought to one name and code, in any province."""

from __future__ import annotations

from typing import Final

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.intake.admin import regencies as regions
from gerai_geo.intake.files.raw_table import column_texts

_MOST: Final = 0.6
"""This share of a regency's villages, and two at least, must be known under a code before it is taken for it."""


def settle_regencies(sites: GeoDataFrame, boundaries: GeoDataFrame) -> GeoDataFrame:
    """
    Give a regency one name and code in the list and in the boundaries.

    Boundaries of villages may carry no more of their regency than its code; its name is then learnt from the list: by
    the code beside it, else by the villages of that name. The list gets the codes that the boundaries know.

    Parameters
    ----------
    sites
        With ``regency, regency_code, village``; changed in place where the boundaries know the regency.
    boundaries
        Made by `boundaries.prepare_boundaries`.

    Returns
    -------
    boundaries
        With the names learnt.
    """
    said = sites[["regency", "regency_code", "village"]].astype("str").reset_index(drop=True)
    keys = {name: regions.regency_key(name) for name in said["regency"].dropna().unique().tolist()}
    said["key"] = said["regency"].map(keys)
    nameless = boundaries["regency"] == boundaries["regency_code"]
    learnt: dict[str, str] = {}
    if nameless.any():
        learnt = _learn(said, boundaries[nameless], set(boundaries.loc[~nameless, "regency"].map(regions.regency_key)))
        names = boundaries["regency_code"].map(learnt)
        boundaries = boundaries.assign(regency=boundaries["regency"].where(~nameless | names.isna(), names))
    firsts = boundaries.drop_duplicates("regency")
    known = {
        regions.regency_key(name): (name, code)
        for name, code in zip(column_texts(firsts["regency"]), column_texts(firsts["regency_code"]), strict=True)
        if name and name != code
    }
    settled = {name: known[key] for name, key in keys.items() if key in known}
    if settled:
        names = said["regency"].map({name: to for name, (to, _code) in settled.items()})
        codes = said["regency_code"].fillna(said["regency"].map({n: c for n, (_to, c) in settled.items() if c}))
        sites["regency"] = names.fillna(said["regency"]).astype("str").to_numpy()
        sites["regency_code"] = codes.astype("str").to_numpy()
    return boundaries


def _learn(said: pd.DataFrame, boundaries: GeoDataFrame, taken: set[str]) -> dict[str, str]:
    """Names of regencies by code: what the list writes beside the code, else over villages that lie under it."""
    learnt: dict[str, str] = {}
    codes = set(column_texts(boundaries["regency_code"]))
    named = said[said["regency"].notna() & ~said["key"].isin(taken)]
    for code, group in named[named["regency_code"].isin(codes)].groupby("regency_code"):
        learnt[str(code)] = _short(group["regency"])
    under: dict[str, set[str]] = {}
    own = boundaries["regency_code"]
    for name, below in zip(column_texts(boundaries["village"]), column_texts(own), strict=True):
        if name and below:
            under.setdefault(below, set()).add(regions.village_key(name))
    for _key, group in named[named["village"].notna()].groupby("key"):
        villages = {regions.village_key(v) for v in group["village"]}
        shared = {code: len(villages & there) for code, there in under.items() if code not in learnt}
        best = max(shared, key=lambda code: shared[code], default=None)
        if best is not None and shared[best] >= max(2, _MOST * len(villages)):
            learnt[best] = _short(group["regency"])
    return learnt


def _short(names: pd.Series) -> str:
    """Shortest way in which a regency is written, without Kab. or Kabupaten."""
    return min((regions.short_name(str(n)) for n in names), key=len)
