"""Screening of sites against several editions of the layer, such as 2012, 2018 and the newest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.errors import InputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.translate import _
from gerai_geo.records.models import Forest, Screening
from gerai_geo.screening.screen import screen

COLUMNS: Final = ("site_id", "edition", "status", "function", "boundary_m")
"""Columns of `edition_table`."""

_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,20}")


@typed
def screen_editions(sites: GeoDataFrame, layers: Mapping[str, Forest], **options: Any) -> Screening:
    """
    Screen sites against several editions of a layer.

    Parameters
    ----------
    sites
        The `schema.SITES` table, as for `screen`.
    layers
        Editions by name, e.g. ``{"2012": older, "2021": newer}``. The last by name is the newest; it decides.
    options
        Those of `screen`.

    Returns
    -------
    screening
        Against the newest edition, with the columns of `add_editions` for every edition, the newest too.

    Raises
    ------
    InputError
        If there is no layer, or a name has other than letters, digits and ``_``.
    """
    if not layers:
        raise InputError(_("layers: tidak ada edisi. Beri paling sedikit satu, misalnya {{'2021': forest}}.").format())
    newest = max(layers)
    result = screen(sites, layers[newest], **options)
    return add_editions(
        result, layers, **{k: v for k, v in options.items() if k in ("tolerance_m", "map_class", "lang")}
    )


@typed
def add_editions(result: Screening, layers: Mapping[str, Forest], **options: Any) -> Screening:
    """
    Add status, function and distance from other editions of the layer to a screening.

    Parameters
    ----------
    result
        From `screen`; its status stays.
    layers
        Editions by name.
    options
        ``tolerance_m, map_class, lang`` of `screen`; by default those of the screening.

    Returns
    -------
    result
        With the columns ``status_<edition>, function_<edition>, boundary_<edition>_m`` of each edition in the order
        of their names, and the editions in the manifest (``editions``: source, sha256, scale of each).

    Raises
    ------
    InputError
        If a name has other than letters, digits and ``_``.
    """
    tolerance = result.manifest.get("tolerance", {})
    options = {
        "lang": result.manifest.get("lang", "id"),
        "map_class": tolerance.get("map_class", 3),
        "tolerance_m": result.manifest["tolerance_m"] if tolerance.get("fixed") else None,
    } | options
    for name in layers:
        if not _NAME.fullmatch(name):
            text = _("edisi {name!r}: nama edisi hanya huruf, angka, dan _, paling panjang 20. Misalnya 2018.")
            raise InputError(text.format(name=name))
    table = result.findings
    editions = {**result.manifest.get("editions", {})}
    sites = table[[c for c in ("accuracy_m", "geometry") if c in table]]
    added: dict[str, pd.Series] = {}
    for name in sorted(layers):
        forest = layers[name]
        findings = screen(sites, forest, **options).findings
        columns = zip(_columns(name), ("status", "function", "boundary_m"), strict=True)
        added |= {new: findings[column] for new, column in columns}
        editions[name] = {"source": forest.source, "sha256": forest.sha256, "edition": forest.edition,
                        "scale": forest.scale, "polygons": len(forest.table)}  # fmt: skip
    taken = {c: f"{c}_as_given" for c in added if c in table and not _is_edition_column(c, result)}
    kept = table.drop(columns=[c for c in added if c in table and c not in taken]).rename(columns=taken)
    joined = GeoDataFrame(pd.concat([kept, pd.DataFrame(added)], axis=1), geometry=table.geometry.name, crs=table.crs)
    manifest = result.manifest | {"editions": dict(sorted(editions.items()))}
    return replace(result, findings=joined, manifest=manifest)


@typed
def edition_table(result: Screening) -> pd.DataFrame:
    """
    Editions of a screening as one tidy table.

    Parameters
    ----------
    result
        With editions, from `screen_editions` or `add_editions`, or read back from disk.

    Returns
    -------
    editions
        One row per site and edition, in the sites' order, oldest edition first: ``site_id, edition, status, function,
        boundary_m``. Empty where the screening has none.
    """
    parts = []
    for name in sorted(result.manifest.get("editions", {})):
        part = result.findings[list(_columns(name))].set_axis(list(COLUMNS[2:]), axis=1)
        parts.append(pd.DataFrame(part).assign(site_id=result.findings.index, edition=name, place=range(len(part))))
    if not parts:
        empty = pd.DataFrame({c: pd.Series(dtype="str") for c in COLUMNS})
        return empty.astype({"boundary_m": "float64"})
    table = pd.concat(parts, ignore_index=True).sort_values(["place", "edition"], ignore_index=True)
    return table[list(COLUMNS)]


def _columns(name: str) -> tuple[str, str, str]:
    return f"status_{name}", f"function_{name}", f"boundary_{name}_m"


def _is_edition_column(column: str, result: Screening) -> bool:
    """Whether a column was added here before, and is not the user's own."""
    return any(column in _columns(name) for name in result.manifest.get("editions", {}))
