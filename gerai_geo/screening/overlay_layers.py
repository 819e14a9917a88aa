"""Sites x overlay layers (permits, PIPPIB, PPTPKH ..): which site lies on which, with shares. No status follows."""

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


def check_layers(layers: Sequence[ExtraLayer]) -> tuple[ExtraLayer, ...]:
    """
    Check that overlay layers have been read and have distinct names.

    Raises
    ------
    InputError
        If one is no `ExtraLayer`, or two have the same name.
    """
    if not all(isinstance(layer, ExtraLayer) for layer in layers):
        text = _("extra: bukan layer tambahan yang sudah dibaca. Baca dulu: read_extra('pippib.shp', 'PIPPIB 2026').")
        raise InputError(text)
    names = [layer.name.casefold() for layer in layers]
    repeated = sorted({layer.name for layer in layers if names.count(layer.name.casefold()) > 1})
    if repeated:
        text = _("extra: nama {names} dipakai lebih dari satu layer. Beri setiap layer nama sendiri.")
        raise InputError(text.format(names=", ".join(repeated)))
    return tuple(layers)


def find_hits(shapes: Geometries, layers: Sequence[ExtraLayer], band_m: Floats) -> pd.DataFrame:
    """
    Find sites that lie on overlay layers, or within their own tolerance of one.

    Parameters
    ----------
    shapes
        Points, valid Polygons and MultiPolygons, or None; EPSG:4326.
    layers
        Overlay layers.
    band_m
        Tolerance of each site, within which an edge counts as near.

    Returns
    -------
    hits
        One row per site and layer that it lies on or near: ``position, layer`` (position in ``layers``), ``share`` (of
        the parcel, ground under several polygons counted once; NaN for a point; 0 for a site that is only near),
        ``labels``, ``edge_m`` (to the nearest edge; 0 where it crosses the site).
    """
    tables = []
    placed = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    for layer_number, layer in enumerate(layers):
        if layer.table.empty or not len(placed):
            continue
        names = layer.table["label"].fillna(layer.table["decree"])
        columns = {"function": "extra", "in_forest": True, "decree": names.to_numpy()}
        polygons = layer.table.geometry.to_numpy()
        index = prepare(Forest(GeoDataFrame(columns, geometry=polygons, crs=schema.CRS)))
        ground = cover(index, shapes)
        parts = ground.parts.set_index("position")
        edge_m = np.full(len(shapes), np.inf)
        edge_m[placed] = nearest_edges(index, shapes[placed])[1]
        on_it = np.isin(np.arange(len(shapes)), parts.index)
        rows = np.flatnonzero(on_it | (edge_m < band_m))
        parts = parts.reindex(rows)
        share = np.clip(parts["overlap_m2"].to_numpy() / ground.area_m2[rows], 0.0, 1.0)
        table = pd.DataFrame({"position": rows, "layer": layer_number, "share": np.where(on_it[rows], share, 0.0)})
        tables.append(table.assign(labels=parts["decree"].to_numpy(), edge_m=edge_m[rows]))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(HITS))


def overlay_texts(hits: pd.DataFrame, layers: Sequence[ExtraLayer], placed: Bools) -> list[str | None]:
    """
    Values of the column ``overlays``: ``PIPPIB 2026 100.0 %; PBPH``, of a point without share.

    Parameters
    ----------
    hits, layers
        From `find_hits`, and its layers.
    placed
        Whether each site has a geometry.

    Returns
    -------
    texts
        None where a site has no geometry; empty where it lies on no layer, which does not mean that its ground is free.
    """
    hits = _sorted(on_layer(hits))
    layer, shares = hits["layer"].to_numpy(), _shown_shares(hits["share"].to_numpy())
    groups, firsts = unique_rows(layer, shares)
    pairs = zip(layer[firsts].tolist(), shares[firsts].tolist(), strict=True)
    texts = [f"{layers[number].name}{f' {share:.1f} %' if np.isfinite(share) else ''}" for number, share in pairs]
    by_site = joined(Encoded(groups, texts), hits["position"].to_numpy(), len(placed))
    return [(text or "") if known else None for text, known in zip(by_site.tolist(), placed.tolist(), strict=True)]


class _Hit(NamedTuple):
    position: int
    layer: int
    share: float
    labels: str
    edge_m: float


def _sorted(hits: pd.DataFrame) -> pd.DataFrame:
    """Hits sorted by site and layer, each column with its type."""
    columns = hits[list(HITS)].sort_values(["position", "layer"])
    columns = columns.assign(labels=columns["labels"].fillna("").astype("str"))
    return columns.astype({"position": "int64", "layer": "int64", "share": "float64", "edge_m": "float64"})


def _shown_shares(share: Floats) -> Floats:
    """Shares in percent, rounded as they are shown."""
    return as_shown(100 * share, 1)


def on_layer(hits: pd.DataFrame) -> pd.DataFrame:
    """Hits of sites on the layer, without those only near it."""
    return hits[hits["share"] != 0.0]


def _counts(hits: pd.DataFrame, layers: Sequence[ExtraLayer]) -> list[int]:
    """Count the sites on each layer."""
    return [int((on_layer(hits)["layer"] == i).sum()) for i in range(len(layers))]


def need_attention(hits: pd.DataFrame, layers: Sequence[ExtraLayer], n: int) -> Bools:
    """Whether each of ``n`` sites lies on a layer that a meeting must look at, inside kawasan hutan or not."""
    kinds = overlay_kinds()
    wanted = [i for i, layer in enumerate(layers) if kinds[layer.kind].attention]
    hits = on_layer(hits)
    flags = np.zeros(n, dtype=bool)
    flags[hits.loc[hits["layer"].isin(wanted), "position"].to_numpy(dtype=int)] = True
    return flags


def hit_issues(
    sites: GeoDataFrame, hits: pd.DataFrame, layers: Sequence[ExtraLayer]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Issues of sites on or near overlay layers, and of each layer how many sites lie on it.

    Returns
    -------
    of_sites, of_layers
        Two `schema.ISSUES` tables.
    """
    hits = _sorted(hits)
    # with numbers as they are shown, sites with equal sentences share one issue, whichever comes first
    share, edge_m = hits["share"].to_numpy(), hits["edge_m"].to_numpy()
    near, shown_percent = share == 0.0, _shown_shares(share)
    tiny = (share > 0) & (share < _LEAST_SHARE)
    groups, firsts = unique_rows(
        hits["layer"],
        hits["labels"],
        assemble("", len(hits), (near, distances(edge_m[near]))),
        np.where(tiny, -1.0, shown_percent),
    )
    columns = hits.assign(
        share=np.where(tiny | (shown_percent == 100 * share), share, shown_percent / 100),
        edge_m=np.where(edge_m < 1_999.5, as_shown(edge_m, 0), edge_m),
    ).iloc[firsts]
    distinct = [_Hit(*row) for row in zip(*(columns[c].tolist() for c in HITS), strict=True)]
    issues = [_hit_message(hit, layers) for hit in distinct]
    of_sites = site_issues(
        sites, hits["position"].to_numpy(), *([issues[group][part] for group in groups] for part in range(4))
    )
    placed = int((~(sites.geometry.isna() | sites.geometry.is_empty)).sum())
    return of_sites, issues_table(coverage_issues(layers, _counts(hits, layers), placed, sites.total_bounds))


def _hit_message(hit: _Hit, layers: Sequence[ExtraLayer]) -> tuple[str, str, str, str]:
    """Code, message, severity and suggestion for a site on or near an overlay layer."""
    layer = layers[hit.layer]
    kind = overlay_kinds()[layer.kind]
    near = hit.share == 0.0
    if near:
        text = _("Lokasi ini tidak tercatat pada layer {layer}, tetapi hanya {distance} dari tepinya.")
    elif np.isfinite(hit.share):
        text = _("{share} bidang ini tercatat pada layer {layer}{labels}.")
    else:
        text = _("Titik ini tercatat pada layer {layer}{labels}.")
    message = text.format(
        layer=_layer_title(layer),
        distance=distance(hit.edge_m),
        share=_share_text(hit.share),
        labels=f": {_shortened(hit.labels)}" if hit.labels.strip() else "",
    )
    severity = "warning" if kind.attention and not near else "info"
    hint = _("Batas layer itu tidak seteliti ini; pastikan kepada penerbitnya.") if near else kind.meaning()
    return "near_overlay" if near else "on_overlay", message, severity, hint


def coverage_issues(
    layers: Sequence[ExtraLayer], counts: Sequence[int], placed: int, bounds: Any
) -> list[dict[str, Any]]:
    """
    Issues of each layer on how many sites lie on it; a site that does not is not thereby free.

    Parameters
    ----------
    layers, counts
        Overlay layers, and the number of sites on each.
    placed, bounds
        Number of sites with a geometry, and their bounds: west, south, east, north.
    """
    rows = []
    for n, layer in zip(counts, layers, strict=True):
        text = _(
            "{n} dari {total} titik tercatat pada layer {layer}. Yang tidak tercatat belum tentu bebas: layer itu "
            "hanya mengatakan apa yang digambarnya."
        )
        message = text.format(n=number(n, 0), total=number(placed, 0), layer=_layer_title(layer))
        hint = None
        if n == 0 and placed and not _bounds_meet(bounds, layer):
            hint = _("Layer ini tidak bersinggungan dengan daerah titik-titik Anda. Periksa berkas dan CRS-nya.")
        severity = "warning" if hint else "info"
        rows.append(issue_row("overlay_coverage", message, severity=severity, source=layer.source, suggestion=hint))
    return rows


def _bounds_meet(bounds: Any, layer: ExtraLayer) -> bool:
    return bool(shapely.intersects(shapely.box(*bounds), shapely.box(*layer.table.total_bounds)))


def _layer_title(layer: ExtraLayer) -> str:
    """Name of a layer with its kind, where the name doesn't contain it."""
    kind = overlay_kinds()[layer.kind]
    title = kind.title()
    if layer.kind == "other" or any(word in layer.name.casefold() for word in kind.words):
        return layer.name
    return f"{layer.name} (" + title + ")"


def _shortened(labels: str) -> str:
    text = " ".join(labels.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 2] + " …"


def _share_text(share: float) -> str:
    """Share in percent; a very small one as less than the least."""
    if np.isfinite(share) and 0 < share < _LEAST_SHARE:
        return "< " + percent(_LEAST_SHARE, 1)
    return percent(share, 1)


def clip_layers(layers: Sequence[ExtraLayer], frame: shapely.Polygon | None) -> tuple[ExtraLayer, ...]:
    """Clip overlay layers to a frame, for drawing; empty tables where there is none."""
    clipped = []
    for layer in layers:
        shapes = layer.table.geometry.to_numpy()
        near = np.flatnonzero(shown_in(frame, shapes)) if frame is not None else np.array([], dtype=int)
        table = layer.table.iloc[near].copy()
        if frame is not None and len(near):
            crossing = ~shapely.covers(frame, shapes[near])
            pieces = shapes[near].copy()
            pieces[crossing] = shapely.intersection(pieces[crossing], frame)
            pieces, _repaired = repair(pieces)
            table = table.set_geometry(GeoSeries(pieces, table.index, crs=schema.CRS))[~shapely.is_missing(pieces)]
        clipped.append(ExtraLayer(layer.name, layer.kind, table, layer.source, layer.sha256, layer.edition))
    return tuple(clipped)


def layer_facts(hits: pd.DataFrame, layers: Sequence[ExtraLayer]) -> list[dict[str, Any]]:
    """List the sources of overlay layers and the number of sites on each, for the manifest."""
    kinds = overlay_kinds()
    return [
        {
            "name": layer.name,
            "kind": layer.kind,
            "source": layer.source,
            "sha256": layer.sha256,
            "edition": layer.edition,
            "polygons": len(layer.table),
            "sites_on_it": count,
            "confidence": kinds[layer.kind].confidence,
        }
        for layer, count in zip(layers, _counts(hits, layers), strict=True)
    ]
