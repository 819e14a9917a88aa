"""Pictures of a screening with matplotlib and folium, as geopandas draws tables."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.errors import InputError, WrongTypeError
from gerai_geo.i18n.labels import status_label
from gerai_geo.i18n.translate import _
from gerai_geo.reference.functions import forest_functions
from gerai_geo.reference.maps.legend_colours import STATUS_COLOURS

if TYPE_CHECKING:
    import folium
    from branca.colormap import LinearColormap
    from matplotlib.axes import Axes

_KNOWN: Final = ("column", "color", "tooltip", "popup", "tiles", "m")
_MISSING: Final = "–"
_NO_VALUE: Final = "#9aa0a6"
_SCALE: Final = ("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725")
_PALETTE: Final = ("#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#76b7b2", "#edc948", "#9c755f", "#ff9da7")
"""Colours of values that are no numbers, in the order of their texts."""


def plot_sites(
    findings: GeoDataFrame,
    forest: GeoDataFrame | None,
    notes: Sequence[str],
    ax: Axes | None,
    column: str | None,
    options: dict[str, Any],
) -> Axes:
    """Draw sites by status, or by another column, over the forest; see `Screening.plot`."""
    import matplotlib.pyplot as plt

    _check_columns("column", [] if column is None else [column], findings)

    if ax is None:
        _figure, ax = plt.subplots()
    placed = findings[placed_rows(findings)]
    if forest is not None and not forest.empty:
        colours = forest["function"].map({key: f.colour for key, f in forest_functions().items()})
        forest.plot(ax=ax, color=colours, edgecolor="#444444", linewidth=0.4, alpha=0.6)
    if column not in (None, "status") and not placed.empty:
        # matplotlib reads what stands between dollar signs as mathematics
        values = placed.reset_index()[column]
        shown = values if _is_number(values) else values.map(_text).str.replace("$", r"\$")
        points = GeoDataFrame({"shown": shown}, geometry=placed.geometry.representative_point().to_numpy())
        points.plot(ax=ax, **({"column": "shown", "legend": True, "markersize": 36, "zorder": 3} | options))
    for status in reversed(schema.STATUSES) if column in (None, "status") else ():
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
        if column in (None, "status"):
            ax.legend(loc="best", fontsize="small")
    ax.set_title("\n".join(notes), fontsize="x-small", wrap=True)
    return ax


def explore_sites(
    findings: GeoDataFrame,
    tiles: str | folium.TileLayer | None,
    m: folium.Map | None,
    *,
    column: str | None,
    color: str | None,
    tooltip: bool | str | Sequence[str],
    popup: bool | str | Sequence[str],
    options: dict[str, Any],
) -> folium.Map:
    """Draw sites on a folium map; see `Screening.explore`."""
    import folium

    if options:
        text = _("{names}: explore tidak mengenalnya. Yang dikenal: {known}.")
        raise WrongTypeError(text.format(names=", ".join(options), known=", ".join(_KNOWN)))
    heads = {"number": _("No."), "site_id": "ID", "name": _("Nama"), "village": _("Desa/kelurahan"),
             "regency": _("Kabupaten/kota"), "status": _("Status"), "function": _("Fungsi")}  # fmt: skip
    if column is not None:
        _check_columns("column", [column], findings)
        heads.setdefault(column, column)
    table = findings[placed_rows(findings)].reset_index()
    columns = [c for c in table if c != table.geometry.name]
    lists: dict[str, list[str]] = {}
    for name, asked, known in (("tooltip", tooltip, [c for c in heads if c in table]), ("popup", popup, columns)):
        wanted = (
            (known if asked else []) if isinstance(asked, bool) else [asked] if isinstance(asked, str) else [*asked]
        )
        _check_columns(name, wanted, findings)
        lists[name] = wanted
    if m is None:
        m = folium.Map(tiles=tiles)
    if table.empty:
        return m
    colours, scale = _colours(table, column, color)
    table["status"] = table["status"].map({s: status_label(s) for s in schema.STATUSES})
    # folium writes values into its page as markup; columns of users may have any name
    keys = {c: f"c{n}" for n, c in enumerate(dict.fromkeys([*lists["tooltip"], *lists["popup"]]))}
    texts = {key: [html.escape(_text(v)) for v in table[c]] for c, key in keys.items()}
    shapes = GeoDataFrame({**texts, "colour": colours}, geometry=table.geometry.to_numpy(), crs=schema.CRS)
    shown: dict[str, dict[str, Any]] = {
        name: {"fields": [keys[c] for c in wanted], "aliases": [html.escape(heads.get(c, str(c))) for c in wanted]}
        for name, wanted in lists.items()
    }
    folium.GeoJson(
        shapes,
        name=_("Titik menurut status") if column in (None, "status") else html.escape(column),
        marker=folium.CircleMarker(radius=6, fill=True),
        style_function=_style,
        tooltip=folium.GeoJsonTooltip(**shown["tooltip"]) if lists["tooltip"] else None,
        popup=folium.GeoJsonPopup(**shown["popup"]) if lists["popup"] else None,
    ).add_to(m)
    if scale is not None:
        m.add_child(scale)
    west, south, east, north = table.total_bounds
    m.fit_bounds([[south, west], [north, east]])
    return m


def _colours(table: GeoDataFrame, column: str | None, color: str | None) -> tuple[list[str], LinearColormap | None]:
    """Colour of each site, and the scale that explains numbers; other values explain themselves in the tooltip."""
    from branca.colormap import LinearColormap

    if color is not None:
        return [color] * len(table), None
    if column in (None, "status"):
        return table["status"].map(STATUS_COLOURS).tolist(), None
    values = table[column]
    if not _is_number(values):
        texts = values.map(_text)
        order = {text: _PALETTE[n % len(_PALETTE)] for n, text in enumerate(sorted(set(texts) - {_MISSING}))}
        return [order.get(text, _NO_VALUE) for text in texts], None
    numbers = values.astype("float64")
    finite = numbers[np.isfinite(numbers)]
    if finite.empty:
        return [_NO_VALUE] * len(table), None
    least, most = float(finite.min()), float(finite.max())
    scale = LinearColormap(list(_SCALE), vmin=least, vmax=most if most > least else least + 1, caption=_plain(column))
    return [scale.rgb_hex_str(v) if np.isfinite(v) else _NO_VALUE for v in numbers], scale


def _plain(text: str) -> str:
    """Name that may stand in folium's scripts: without the signs of markup and of strings."""
    return re.sub(r"[^\w .,()/%-]", "", text)


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _text(value: Any) -> str:
    missing = pd.isna(value)
    return _MISSING if isinstance(missing, bool) and missing else str(value)


def _check_columns(argument: str, wanted: Sequence[str], findings: GeoDataFrame) -> None:
    """
    Refuse columns that the findings do not have.

    Raises
    ------
    InputError
        Naming those there are.
    """
    known = [str(c) for c in (findings.index.name, *findings.columns) if c not in (None, findings.geometry.name)]
    if absent := [str(c) for c in wanted if c not in known]:
        text = _("{argument}: tidak ada kolom {absent}. Yang ada: {known}.")
        raise InputError(text.format(argument=argument, absent=", ".join(absent), known=", ".join(known)))


def placed_rows(findings: GeoDataFrame) -> pd.Series:
    """Whether each site has a place."""
    shapes = findings.geometry.to_numpy()
    return pd.Series(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)), findings.index)


def _style(feature: dict[str, Any]) -> dict[str, Any]:
    return {"color": "#222222", "weight": 1, "fillColor": feature["properties"]["colour"], "fillOpacity": 0.9}
