"""Sites x further layers (permits, PIPPIB, PPTPKH ..): which site lies on which, with shares. No status follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries

from gerai_geo import schema
from gerai_geo.core.arrays import Bools, Floats, Geometries
from gerai_geo.core.categorical import Encoded, assemble, joined, unique_rows
from gerai_geo.core.geometry import repair
from gerai_geo.engine.index import cover, nearest_edges
from gerai_geo.errors import InputError
from gerai_geo.i18n.labels import distance, number, percent
from gerai_geo.i18n.numbers import as_shown, distances
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import issue_row, issues_table, site_issues
from gerai_geo.records.models import ExtraLayer, Forest
from gerai_geo.reference.overlays import overlay_kinds
from gerai_geo.screening.map_extent import shown_in
from gerai_geo.screening.overlay import prepare

HITS: Final = ("position", "layer", "share", "labels", "edge_m")
_SHOWN: Final = 120
"""Characters of the holders' names that a sentence quotes."""
_LEAST_SHARE: Final = 0.001


def check_layers(extra: Sequence[ExtraLayer]) -> tuple[ExtraLayer, ...]:
    """
    Further layers as given, each with a name of its own.

    Raises
    ------
    InputError
        If one is no `ExtraLayer`, or two have the same name.
    """
    for layer in extra:
        if not isinstance(layer, ExtraLayer):
            raise InputError(
                _("extra: bukan layer tambahan yang sudah dibaca. Baca dulu: read_extra('pippib.shp', 'PIPPIB 2026').")
            )
    names = [layer.name.casefold() for layer in extra]
    twice = sorted({layer.name for layer in extra if names.count(layer.name.casefold()) > 1})
    if twice:
        raise InputError(
            _("extra: nama {names} dipakai lebih dari satu layer. Beri setiap layer nama sendiri.").format(
                names=", ".join(twice)
            )
        )
    return tuple(extra)


def find_hits(shapes: Geometries, extra: Sequence[ExtraLayer], band: Floats) -> pd.DataFrame:
    """
    Find sites that lie on further layers, or within their own tolerance of one.

    Parameters
    ----------
    shapes
        Points, valid Polygons and MultiPolygons, or None; EPSG:4326.
    extra
        The layers.
    band
        Metres around each site within which an edge is told.

    Returns
    -------
    hits
        A row a site and layer that it lies on or near: ``position, layer`` (place in ``extra``), ``share`` (of the
        parcel, ground that polygons share counts once; NaN for a point; 0 for a site that is only near),
        ``labels``, ``edge_m`` (to the nearest edge; 0 where it crosses the site).
    """
    found = []
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    for number_, layer in enumerate(extra):
        if layer.table.empty or not len(there):
            continue
        names = layer.table["label"].fillna(layer.table["decree"])
        ground = GeoDataFrame(
            {"function": "extra", "in_forest": True, "decree": names.to_numpy()},
            geometry=layer.table.geometry.to_numpy(),
            crs=schema.CRS,
        )
        index = prepare(Forest(ground))
        on = cover(index, shapes)
        parts = on.parts.set_index("position")
        edge_m = np.full(len(shapes), np.inf)
        edge_m[there] = nearest_edges(index, shapes[there])[1]
        hit = np.isin(np.arange(len(shapes)), parts.index)
        rows = np.flatnonzero(hit | (edge_m < band))
        parts = parts.reindex(rows)
        share = np.clip(parts["overlap_m2"].to_numpy() / on.area_m2[rows], 0.0, 1.0)
        table = pd.DataFrame({"position": rows, "layer": number_, "share": np.where(hit[rows], share, 0.0)})
        found.append(table.assign(labels=parts["decree"].to_numpy(), edge_m=edge_m[rows]))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(HITS))


def overlay_texts(hits: pd.DataFrame, extra: Sequence[ExtraLayer], placed: Bools) -> list[str | None]:
    """
    Layers of each site as the column ``overlays`` says them: ``PIPPIB 2026 100.0 %; PBPH``, of a point without share.

    Returns
    -------
    texts
        None where no layer was given, or the site has no place; empty where it lies on none, which doesn't say that its
        ground is free.
    """
    if not extra:
        return [None] * len(placed)
    on = _sorted(on_layer(hits))
    layer, shares = on["layer"].to_numpy(), _shown_shares(on["share"].to_numpy())
    kinds, firsts = unique_rows(layer, shares)
    pairs = zip(layer[firsts].tolist(), shares[firsts].tolist(), strict=True)
    told = [f"{extra[number].name}{f' {share:.1f} %' if np.isfinite(share) else ''}" for number, share in pairs]
    texts = joined(Encoded(kinds, told), on["position"].to_numpy(), len(placed))
    return [(some or "") if there else None for some, there in zip(texts.tolist(), placed.tolist(), strict=True)]


class _Hit(NamedTuple):
    position: int
    layer: int
    share: float
    labels: str
    edge_m: float


def _sorted(hits: pd.DataFrame) -> pd.DataFrame:
    """Hits by site, then layer, each column with its type."""
    columns = hits[list(HITS)].sort_values(["position", "layer"])
    columns = columns.assign(labels=columns["labels"].fillna("").astype("str"))
    return columns.astype({"position": "int64", "layer": "int64", "share": "float64", "edge_m": "float64"})


def _shown_shares(share: Floats) -> Floats:
    """Percent as they are shown, equal where the text is."""
    return as_shown(100 * share, 1)


def on_layer(hits: pd.DataFrame) -> pd.DataFrame:
    """Hits of sites that lie on the layer, not only near it."""
    return hits[hits["share"] != 0.0]


def need_attention(hits: pd.DataFrame, extra: Sequence[ExtraLayer], n: int) -> Bools:
    """Sites that a meeting must look at because of a further layer that they lie on, wherever the forest ends."""
    kinds = overlay_kinds()
    wanted = [i for i, layer in enumerate(extra) if kinds[layer.kind].attention]
    on = on_layer(hits)
    flags = np.zeros(n, dtype=bool)
    flags[on.loc[on["layer"].isin(wanted), "position"].to_numpy(dtype=int)] = True
    return flags


def hit_issues(
    sites: GeoDataFrame, hits: pd.DataFrame, extra: Sequence[ExtraLayer]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Say of each site on a further layer what that means; and of each layer how many sites it records.

    Returns
    -------
    of_sites, of_layers
        Two `schema.ISSUES` tables.
    """
    hits = _sorted(hits)
    near, share = hits["share"].to_numpy() == 0.0, hits["share"].to_numpy()
    kinds, firsts = unique_rows(
        hits["layer"],
        hits["labels"],
        assemble("", len(hits), (near, distances(hits["edge_m"].to_numpy()[near]))),
        np.where((share > 0) & (share < _LEAST_SHARE), -1.0, _shown_shares(share)),
    )
    columns = hits.iloc[firsts]
    rows = [_Hit(*row) for row in zip(*(columns[c].tolist() for c in HITS), strict=True)]
    issues = [_issue_of(hit, extra) for hit in rows]
    each = [[issue[part] for issue in issues] for part in range(4)]
    each = [[values[kind] for kind in kinds] for values in each]
    of_sites = site_issues(sites, hits["position"].to_numpy(), *each)
    return of_sites, issues_table(_silence(sites, hits, extra))


def _issue_of(hit: _Hit, extra: Sequence[ExtraLayer]) -> tuple[str, str, str, str]:
    """Code, message, severity and suggestion for a site on or near a further layer."""
    layer = extra[hit.layer]
    kind = overlay_kinds()[layer.kind]
    near = hit.share == 0.0
    if near:
        text = _("Lokasi ini tidak tercatat pada layer {layer}, tetapi hanya {distance} dari tepinya.")
    elif np.isfinite(hit.share):
        text = _("{share} bidang ini tercatat pada layer {layer}{labels}.")
    else:
        text = _("Titik ini tercatat pada layer {layer}{labels}.")
    told = text.format(
        layer=_named(layer),
        distance=distance(hit.edge_m),
        share=_share(hit.share),
        labels=f": {_short(hit.labels)}" if hit.labels.strip() else "",
    )
    severity = "warning" if kind.attention and not near else "info"
    hint = _("Batas layer itu tidak seteliti ini; pastikan kepada penerbitnya.") if near else kind.meaning()
    return "near_overlay" if near else "on_overlay", told, severity, hint


def _silence(sites: GeoDataFrame, hits: pd.DataFrame, extra: Sequence[ExtraLayer]) -> list[dict[str, Any]]:
    placed = int((~(sites.geometry.isna() | sites.geometry.is_empty)).sum())
    on_each = [int((on_layer(hits)["layer"] == i).sum()) for i in range(len(extra))]
    return silence_issues(extra, on_each, placed, sites.total_bounds)


def silence_issues(
    extra: Sequence[ExtraLayer], on_each: Sequence[int], placed: int, bounds: Any
) -> list[dict[str, Any]]:
    """
    Say what a layer's silence is worth: nothing.

    Parameters
    ----------
    on_each
        How many sites lie on each layer.
    placed, bounds
        How many sites have a place, and where they lie: west, south, east, north.
    """
    rows = []
    for n, layer in zip(on_each, extra, strict=True):
        text = _(
            "{n} dari {total} titik tercatat pada layer {layer}. Yang tidak tercatat belum tentu bebas: layer itu "
            "hanya mengatakan apa yang digambarnya."
        )
        told = text.format(n=number(n, 0), total=number(placed, 0), layer=_named(layer))
        hint = None
        if n == 0 and placed and not _meets(bounds, layer):
            hint = _("Layer ini tidak bersinggungan dengan daerah titik-titik Anda. Periksa berkas dan CRS-nya.")
        rows.append(
            issue_row("overlay_coverage", told, severity="warning" if hint else "info", source=layer.source,
                         suggestion=hint)
        )  # fmt: skip
    return rows


def _meets(bounds: Any, layer: ExtraLayer) -> bool:
    return bool(shapely.intersects(shapely.box(*bounds), shapely.box(*layer.table.total_bounds)))


def _named(layer: ExtraLayer) -> str:
    """Name of a layer with what kind it is, where the user's name doesn't say it already."""
    kind = overlay_kinds()[layer.kind]
    title = kind.title()
    if layer.kind == "other" or any(word in layer.name.casefold() for word in kind.words):
        return layer.name
    return f"{layer.name} (" + title + ")"


def _short(labels: str) -> str:
    text = " ".join(labels.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 2] + " …"


def _share(share: float) -> str:
    """Share in percent; never a little as nothing."""
    if np.isfinite(share) and 0 < share < _LEAST_SHARE:
        return "< " + percent(_LEAST_SHARE, 1)
    return percent(share, 1)


def surroundings(extra: Sequence[ExtraLayer], frame: shapely.Polygon | None) -> tuple[ExtraLayer, ...]:
    """Further layers cut to a frame, for drawing; empty tables where there is none."""
    cut = []
    for layer in extra:
        shapes = layer.table.geometry.to_numpy()
        near = np.flatnonzero(shown_in(frame, shapes)) if frame is not None else np.array([], dtype=int)
        table = layer.table.iloc[near].copy()
        if frame is not None and len(near):
            crossing = ~shapely.covers(frame, shapes[near])
            pieces = shapes[near].copy()
            pieces[crossing] = shapely.intersection(pieces[crossing], frame)
            pieces, _mended = repair(pieces)
            table = table.set_geometry(GeoSeries(pieces, table.index, crs=schema.CRS))[~shapely.is_missing(pieces)]
        cut.append(ExtraLayer(layer.name, layer.kind, table, layer.source, layer.sha256, layer.edition))
    return tuple(cut)


def manifest_rows(extra: Sequence[ExtraLayer], hits: pd.DataFrame) -> list[dict[str, Any]]:
    """Say in the manifest what was compared against, and how many sites lie on it."""
    kinds = overlay_kinds()
    return [
        {
            "name": layer.name,
            "kind": layer.kind,
            "source": layer.source,
            "sha256": layer.sha256,
            "edition": layer.edition,
            "polygons": len(layer.table),
            "sites_on_it": int((on_layer(hits)["layer"] == i).sum()),
            "confidence": kinds[layer.kind].confidence,
        }
        for i, layer in enumerate(extra)
    ]
