"""Findings as GeoJSON, KML and KMZ."""

from __future__ import annotations

import base64
import re
import zipfile
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pyogrio
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.text.land_papers import action_texts
from gerai_geo.outputs.text.map_texts import regency_title
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.records.models import Screening
from gerai_geo.records.store import notice
from gerai_geo.reference.functions import function_label
from gerai_geo.reference.maps.legend_colours import STATUS_COLOURS

_KML: Final = "http://www.opengis.net/kml/2.2"
_KML_FIELDS: Final = frozenset((
    "id", "name", "description", "timestamp", "begin", "end", "altitudemode", "tessellate", "extrude", "visibility",
    "draworder", "icon", "snippet",
))  # fmt: skip
_ICONS: Final = Path(__file__).parents[1] / "assets" / "kml"
"""White icons, one a status, which a KML colours."""
_ZIP_DAY: Final = (1980, 1, 1, 0, 0, 0)
_INVALID_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0


def write_geojson(screening: Screening, path: Path) -> None:
    """Write findings as GeoJSON (RFC 7946), ids among the properties; times as text, infinite numbers as missing."""
    flat = _flat_table(screening.findings)
    pyogrio.write_dataframe(flat, path, driver="GeoJSON", RFC7946="YES", WRITE_NAME="NO", DESCRIPTION=notice(screening))


def write_kml(screening: Screening, path: Path) -> None:
    """
    Write findings as KML: a coloured folder per status, with white icons inside, so that the colours are the map's.

    ``name`` holds the name of a site and the field ``site_id`` its id, so that `read_sites` finds both. Sites without a
    position have no geometry. Texts are escaped, also in balloons.
    """
    path.write_bytes(_document(screening, {s: _data_uri(_ICONS / f"{s}.png") for s in schema.STATUSES}))


def write_kmz(screening: Screening, path: Path) -> None:
    """Write the same as KMZ, for programs that know no icons inside a KML: its icons are files beside ``doc.kml``."""
    icons = {status: f"icons/{status}.png" for status in schema.STATUSES}
    contents = {"doc.kml": _document(screening, icons)}
    contents |= {name: (_ICONS / f"{status}.png").read_bytes() for status, name in icons.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DAY), content, zipfile.ZIP_DEFLATED)


def _data_uri(file: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(file.read_bytes()).decode("ascii")


def _document(screening: Screening, icons: dict[str, str]) -> bytes:
    """Text of a KML with the addresses of its icons."""
    ET.register_namespace("", _KML)
    root = ET.Element(f"{{{_KML}}}kml")
    document = _child(root, "Document")
    _child(document, "name").text = _("Hasil penapisan kawasan hutan")
    _child(document, "description").text = notice(screening)
    for status in schema.STATUSES:
        _style(document, status, icons[status])
    flat, routes = _flat_table(screening.findings), ScreeningRoutes(screening)
    reasons, actions = screening.findings["reason"].to_numpy(), action_texts(screening.findings).to_numpy()
    for status in schema.STATUSES:
        rows = np.flatnonzero((flat["status"] == status).to_numpy())
        if not len(rows):
            continue
        folder = _child(document, "Folder")
        _child(folder, "name").text = labels.status_label(status)
        for i in rows:
            row = flat.iloc[i]
            _placemark(folder, row, reasons[i], actions[i], routes.of(row).title)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _placemark(folder: ET.Element, row: pd.Series[Any], reason: str, action: str, route: str) -> None:
    mark = _child(folder, "Placemark")
    named = row.get("name")
    _child(mark, "name").text = _xml_text(row["site_id"] if pd.isna(named) else named)
    facts = [
        *([] if pd.isna(row.get("number")) else [(_("No."), str(row["number"]))]),
        (_("Status"), labels.status_label(row["status"])),
        (_("Fungsi"), function_label(row.get("function"))),
        (_("Alasan"), reason),
        (_("Tindak lanjut"), action),
        *([(_("Jalur"), route)] if route else []),
        (_("Kabupaten/kota"), regency_title(row.get("regency"), row.get("regency_code"))),
    ]
    # a balloon shows HTML: texts are escaped once more than by XML
    _child(mark, "description").text = "<br/>".join(f"<b>{_escaped(k)}</b>: {_escaped(v)}" for k, v in facts)
    _child(mark, "styleUrl").text = f"#{row['status']}"
    data = _child(mark, "ExtendedData")
    for column, value in row.items():
        if column not in ("name", "geometry") and not pd.isna(value):
            taken = str(column).lower() in _KML_FIELDS  # readers would take it for a field of KML
            field = _child(data, "Data", name=_xml_text(column) + ("_as_given" if taken else ""))
            _child(field, "value").text = _xml_text(value)
    shape = row["geometry"]
    if shape is not None and not shape.is_empty:
        mark.append(_shape(shape))


def _style(document: ET.Element, status: str, address: str) -> None:
    """Colours of a status, in the order of KML: alpha, blue, green, red."""
    colour = STATUS_COLOURS[status]
    bgr = colour[5:7] + colour[3:5] + colour[1:3]
    style = _child(document, "Style", id=status)
    icon = _child(style, "IconStyle")
    _child(icon, "color").text = f"ff{bgr}"
    _child(icon, "scale").text = "0.8"
    _child(_child(icon, "Icon"), "href").text = address
    line = _child(style, "LineStyle")
    _child(line, "color").text = f"ff{bgr}"
    _child(line, "width").text = "2"
    _child(_child(style, "PolyStyle"), "color").text = f"73{bgr}"


def _shape(shape: Any) -> ET.Element:
    if shape.geom_type == "Point":
        point = ET.Element(f"{{{_KML}}}Point")
        _child(point, "coordinates").text = f"{shape.x:.8f},{shape.y:.8f}"
        return point
    if shape.geom_type != "Polygon":
        many = ET.Element(f"{{{_KML}}}MultiGeometry")
        many.extend(_shape(part) for part in shape.geoms)
        return many
    polygon = ET.Element(f"{{{_KML}}}Polygon")
    for kind, ring in [("outerBoundaryIs", shape.exterior), *(("innerBoundaryIs", r) for r in shape.interiors)]:
        line = _child(_child(polygon, kind), "LinearRing")
        _child(line, "coordinates").text = " ".join(f"{x:.8f},{y:.8f}" for x, y, *_z in ring.coords)
    return polygon


def _child(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{_KML}}}{tag}", attributes)


def _xml_text(value: Any) -> str:
    """Text that XML can hold; whole numbers without a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return _INVALID_XML.sub(" ", str(value))


def _escaped(text: str) -> str:
    return _xml_text(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _flat_table(findings: GeoDataFrame) -> GeoDataFrame:
    """Table of findings with the id as a column; numbers, booleans and texts only, infinite numbers as missing."""
    flat = findings.to_crs(schema.CRS).rename_axis(findings.index.name or "site_id").reset_index()
    if flat.geometry.name != "geometry":
        flat = flat.rename_geometry("geometry")
    for c in flat.columns.drop("geometry"):
        kind = flat[c].dtype
        if pd.api.types.is_float_dtype(kind):
            flat[c] = flat[c].where(np.isfinite(flat[c].astype("float64")))
        elif not pd.api.types.is_numeric_dtype(kind):
            flat[c] = flat[c].astype("str").str.replace("\x00", " ")  # ends a text for GDAL
    return flat
