"""
QGIS styles in a GeoPackage, with legends in the language in force.

QGIS reads the default style of a layer as QML from the table ``layer_styles``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

from gerai_geo import schema
from gerai_geo.i18n.labels import status_label
from gerai_geo.i18n.translate import _
from gerai_geo.records.geopackage import changing
from gerai_geo.reference.functions import forest_functions
from gerai_geo.reference.maps.legend_colours import STATUS_COLOURS

_SHAPES: Final = {
    "inside": "square",
    "partly_inside": "diamond",
    "near_boundary": "triangle",
    "outside": "circle",
    "not_assessed": "hexagon",
}
_VERSION: Final = "3.22.0"  # of QGIS; later ones read it
_KINDS: Final = {"marker": ("SimpleMarker", "0"), "fill": ("SimpleFill", "2")}

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))
"""
_CONTENTS: Final = (
    "INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
    "VALUES ('layer_styles', 'attributes', 'layer_styles', '', strftime('%Y-%m-%dT%H:%M:%fZ','now'))"
)


class Style(NamedTuple):
    """Style of one layer: its name for people and its QML."""

    layer: str
    name: str
    qml: str


class LegendEntry(NamedTuple):
    """One entry of a legend; ``kind`` is ``marker`` or ``fill``."""

    value: str
    label: str
    colour: str
    shape: str
    kind: str


def status_style(layer: str, symbols: Sequence[str]) -> Style:
    """
    Style of a layer of findings: colour and shape by status.

    QGIS shows a layer of points and parcels as two layers with the same style, which therefore has rules for both.

    Parameters
    ----------
    layer
        Name of the layer.
    symbols
        ``marker`` for points, ``fill`` for parcels, or both.
    """
    entries = [
        LegendEntry(s, status_label(s) + (f" ({_('bidang')})" if len(symbols) > 1 and kind == "fill" else ""),
                    STATUS_COLOURS[s], _SHAPES[s], kind)
        for kind in symbols
        for s in schema.STATUSES
    ]  # fmt: skip
    return Style(layer, "status", _qml("status", entries))


def function_style(layer: str) -> Style:
    """Style of a layer of forest polygons: official colours, with outlines."""
    entries = [LegendEntry(f.key, f.name(), f.colour, "", "fill") for f in forest_functions().values()]
    return Style(layer, "function", _qml("function", entries))


def add_styles(path: Path, styles: Iterable[Style], geometry_column: str = "geom") -> None:
    """
    Write styles into a GeoPackage, each as the default of its layer.

    Parameters
    ----------
    path
        The GeoPackage, which must have the layers.
    styles
        From `status_style` and `function_style`.
    """
    with changing(path) as connection:
        connection.execute(_TABLE)
        connection.execute(_CONTENTS)
        for style in styles:
            connection.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                "styleName, styleQML, styleSLD, useAsDefault, description, owner) "
                "VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '')",
                (style.layer, geometry_column, style.name, style.qml, style.name),
            )


def _qml(attribute: str, entries: list[LegendEntry]) -> str:
    """QML with one symbol for each value of an attribute."""
    root = ET.Element("qgis", version=_VERSION, styleCategories="Symbology")
    kinds = {e.kind for e in entries}
    renderer = ET.SubElement(root, "renderer-v2", symbollevels="0", enableorderby="0", forceraster="0")
    if len(kinds) == 1:
        renderer.attrib |= {"type": "categorizedSymbol", "attr": attribute}
        parent = ET.SubElement(renderer, "categories")
        ET.SubElement(root, "layerGeometryType").text = _KINDS[kinds.pop()][1]
    else:
        renderer.attrib["type"] = "RuleRenderer"
        parent = ET.SubElement(renderer, "rules", key="{0}")
    symbols = ET.SubElement(renderer, "symbols")
    for number, e in enumerate(entries):
        common = {"symbol": str(number), "label": e.label}
        if parent.tag == "categories":
            ET.SubElement(parent, "category", common, value=e.value, render="true", type="string")
        else:
            ET.SubElement(parent, "rule", common, key=f"{{{number + 1}}}", filter=f"\"{attribute}\" = '{e.value}'")
        symbol = _symbol(symbols, str(number), e.kind)
        _symbol_layer(symbol, _KINDS[e.kind][0], _symbol_options(e.colour, e.shape, e.kind))
        if e.kind == "fill" and e.shape:  # a gerai plot is too small to be seen on the map of a regency
            centroid = _symbol_layer(symbol, "CentroidFill", {"point_on_surface": "1"})
            marker = _symbol(centroid, f"@{number}@1", "marker")
            _symbol_layer(marker, "SimpleMarker", _symbol_options(e.colour, e.shape, "marker"))
    body = ET.tostring(root, encoding="unicode")
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{body}"


def _symbol_options(colour: str, shape: str, kind: str) -> dict[str, str]:
    if kind == "marker":
        return {
            "name": shape, "color": _rgba(colour), "outline_color": _rgba("#1A1A1A"),
            "outline_style": "solid", "outline_width": "0.3", "outline_width_unit": "MM", "size": "3.4",
            "size_unit": "MM", "angle": "0",
        }  # fmt: skip
    return {
        "color": _rgba(colour, 140), "style": "solid", "outline_color": _rgba("#4D4D4D"),
        "outline_style": "solid", "outline_width": "0.26", "outline_width_unit": "MM",
    }  # fmt: skip


def _symbol(parent: ET.Element, name: str, kind: str) -> ET.Element:
    return ET.SubElement(parent, "symbol", name=name, type=kind, alpha="1", clip_to_extent="1", force_rhr="0")


def _symbol_layer(symbol: ET.Element, layer_class: str, options: dict[str, str]) -> ET.Element:
    """Add a symbol layer, with options in the notations of old (prop) and new (Option) versions of QGIS."""
    layer = ET.SubElement(symbol, "layer", {"class": layer_class, "enabled": "1", "locked": "0", "pass": "0"})
    table = ET.SubElement(layer, "Option", type="Map")
    for name, value in options.items():
        ET.SubElement(table, "Option", name=name, value=value, type="QString")
        ET.SubElement(layer, "prop", k=name, v=value)
    return layer


def _rgba(colour: str, alpha: int = 255) -> str:
    r, g, b = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{r},{g},{b},{alpha}"
