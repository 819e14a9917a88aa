"""Pictures of a screening with matplotlib and folium, as geopandas draws tables."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.i18n.labels import status_label
from gerai_geo.i18n.translate import _
from gerai_geo.reference.functions import forest_functions
from gerai_geo.reference.legend_colours import STATUS_COLOURS

if TYPE_CHECKING:
    import folium
    from matplotlib.axes import Axes


def plot_sites(
    findings: GeoDataFrame,
    forest: GeoDataFrame | None,
    notes: Sequence[str],
    ax: Axes | None,
    options: dict[str, Any],
) -> Axes:
    """Draw sites by status over the forest; see `Screening.plot`."""
    import matplotlib.pyplot as plt

    if ax is None:
        _figure, ax = plt.subplots()
    placed = findings[placed_rows(findings)]
    if forest is not None and not forest.empty:
        colours = forest["function"].map({key: f.colour for key, f in forest_functions().items()})
        forest.plot(ax=ax, color=colours, edgecolor="#444444", linewidth=0.4, alpha=0.6)
    for status in reversed(schema.STATUSES):
        of_status = placed[placed["status"] == status]
        if of_status.empty:
            continue
        points = of_status.assign(geometry=of_status.geometry.representative_point())
        colour = STATUS_COLOURS[status]
        given = {"color": colour, "edgecolor": "white", "markersize": 36, "zorder": 3} | options
        points.plot(ax=ax, label=f"{status_label(status)}: {len(of_status)}", **given)
    if not placed.empty:
        west, south, east, north = placed.total_bounds
        margin = 0.05 * max(east - west, north - south, 0.02)
        ax.set_xlim(west - margin, east + margin)
        ax.set_ylim(south - margin, north + margin)
        ax.legend(loc="best", fontsize="small")
    ax.set_title("\n".join(notes), fontsize="x-small", wrap=True)
    return ax


def explore_sites(findings: GeoDataFrame, tiles: str | folium.TileLayer | None, m: folium.Map | None) -> folium.Map:
    """Draw sites by status on a folium map; see `Screening.explore`."""
    import folium

    placed = findings[placed_rows(findings)]
    columns = {"number": _("No."), "site_id": "ID", "name": _("Nama"), "village": _("Desa/kelurahan"),
               "regency": _("Kabupaten/kota"), "status": _("Status"), "function": _("Fungsi")}  # fmt: skip
    if m is None:
        m = folium.Map(tiles=tiles)
    if placed.empty:
        return m
    table = placed.reset_index()
    table["colour"] = table["status"].map(STATUS_COLOURS)
    table["status"] = table["status"].map({s: status_label(s) for s in schema.STATUSES})
    # folium writes values into its page as markup
    texts = {c: [html.escape("–" if pd.isna(v) else str(v)) for v in table[c]] for c in columns if c in table}
    shapes = GeoDataFrame(
        {**texts, "colour": table["colour"].to_numpy()}, geometry=table.geometry.to_numpy(), crs=schema.CRS
    )
    folium.GeoJson(
        shapes,
        name=_("Titik menurut status"),
        marker=folium.CircleMarker(radius=6, fill=True),
        style_function=_style,
        tooltip=folium.GeoJsonTooltip(fields=list(texts), aliases=[columns[c] for c in texts]),
    ).add_to(m)
    west, south, east, north = placed.total_bounds
    m.fit_bounds([[south, west], [north, east]])
    return m


def placed_rows(findings: GeoDataFrame) -> pd.Series:
    """Whether each site has a place."""
    shapes = findings.geometry.to_numpy()
    return pd.Series(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)), findings.index)


def _style(feature: dict[str, Any]) -> dict[str, Any]:
    return {"color": "#222222", "weight": 1, "fillColor": feature["properties"]["colour"], "fillOpacity": 0.9}
