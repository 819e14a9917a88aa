"""Findings as GeoJSON, zipped shapefiles and KML."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pyogrio
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.name_keys import unique_names
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.text.land_papers import action_texts
from gerai_geo.outputs.text.map_texts import regency_title
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.records.models import Screening
from gerai_geo.records.qgis_styles import status_style
from gerai_geo.records.store import notice
from gerai_geo.reference.functions import function_label
from gerai_geo.reference.legend_colours import STATUS_COLOURS

SHORT_NAMES: Final = {
    "regency_code": "reg_code", "source_row": "src_row", "coordinates_as_given": "coord_txt", "source_crs": "src_crs",
    "declared_area_m2": "decl_m2", "accuracy_m": "accur_m", "nominal_status": "nominal", "reason_code": "reason_cd",
    "forest_share": "for_share", "uncovered_m2": "uncov_m2", "boundary_m": "boundary_m", "tolerance_m": "toler_m",
    "land_papers": "land_paper", "land_paper_kinds": "paper_kind",
    "route_confidence": "route_conf", "clear_bearing": "clear_dir", "recorded_id": "record_id",
    "recorded_m": "record_m", "clear_where": "clr_where", "computed_status": "comp_stat", "layer_decision": "layer_dec",
    "layer_decision_text": "layer_txt", "recorded_stage": "rec_stage", "recorded_building": "rec_build",
    "recorded_percent": "rec_pct", "recorded_batch": "rec_batch", "recorded_kodim": "rec_kodim",
    "recorded_report": "rec_report", "recorded_land": "rec_land",
}  # fmt: skip
"""Field names of shapefiles, at most ten characters; names of other columns are cut."""

_LONGEST: Final = 254  # bytes of a text in a .dbf
_LONGEST_NAME: Final = 10
_MTIME: Final = (2020, 1, 1, 0, 0, 0)  # the same record gives the same zip
_KML: Final = "http://www.opengis.net/kml/2.2"
_KML_FIELDS: Final = frozenset((
    "id", "name", "description", "timestamp", "begin", "end", "altitudemode", "tessellate", "extrude", "visibility",
    "draworder", "icon", "snippet",
))  # fmt: skip
_INVALID_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0


def write_geojson(screening: Screening, path: Path) -> None:
    """Write findings as GeoJSON (RFC 7946), ids among the properties; times as text, infinite numbers as missing."""
    flat = _flat_table(screening.findings)
    pyogrio.write_dataframe(flat, path, driver="GeoJSON", RFC7946="YES", WRITE_NAME="NO", DESCRIPTION=notice(screening))


def write_shapefiles(screening: Screening, path: Path) -> None:
    """
    Write findings as zipped shapefiles: points (with the sites without geometry) and parcels, UTF-8, with QGIS styles.

    Without any site the points have no row. A page in the zip lists the column of each field and the texts that were
    cut: a .dbf holds names of ten characters and texts of 254 bytes.
    """
    flat = _flat_table(screening.findings)
    shapes = flat.geometry
    parcel = shapes.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
    fields = short_names([str(c) for c in flat.columns if c != flat.geometry.name])
    cut = {c: int(n) for c in fields if (n := _cut(flat, c))}
    flat = flat.rename(columns=fields)
    names = ("titik", "bidang") if current_language() == "id" else ("points", "parcels")
    with TemporaryDirectory(dir=path.parent, prefix=".shp.") as folder:
        written = []
        for name, rows, kind in zip(names, (~parcel, parcel), ("Point", "Polygon"), strict=True):
            if rows.any() or (kind == "Point" and not len(flat)):
                written.append(_shapefile(flat[rows], Path(folder) / f"{name}.shp", kind))
        page = "kolom.md" if current_language() == "id" else "columns.md"
        (Path(folder) / page).write_text(_columns_page(fields, cut, notice(screening)), encoding="utf-8")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(Path(folder).iterdir()):
                archive.writestr(zipfile.ZipInfo(file.name, _MTIME), file.read_bytes(), zipfile.ZIP_DEFLATED)


def short_names(columns: list[str]) -> dict[str, str]:
    """
    Short, unique field names of at most ten characters for columns.

    Examples
    --------
    >>> short_names(["site_id", "route_confidence", "Catatan Kepala Desa", "Catatan Kepala Adat"])
    {'site_id': 'site_id', 'route_confidence': 'route_conf', 'Catatan Kepala Desa': 'Catatan_Ke', \
'Catatan Kepala Adat': 'Catatan__2'}
    """
    plain = (unicodedata.normalize("NFKD", SHORT_NAMES.get(c, c)).encode("ascii", "ignore").decode() for c in columns)
    fields = (re.sub(r"[^A-Za-z0-9_]", "_", name) or "kolom" for name in plain)
    return dict(zip(columns, unique_names(fields, key=str.casefold, longest=_LONGEST_NAME), strict=True))


def write_kml(screening: Screening, path: Path) -> None:
    """
    Write findings as KML: a coloured folder per status.

    ``name`` holds the name of a site and the field ``site_id`` its id, so that `read_sites` finds both. Sites without a
    position have no geometry. Texts are escaped, also in balloons.
    """
    ET.register_namespace("", _KML)
    root = ET.Element(f"{{{_KML}}}kml")
    document = _child(root, "Document")
    _child(document, "name").text = _("Hasil penapisan kawasan hutan")
    _child(document, "description").text = notice(screening)
    for status in schema.STATUSES:
        _style(document, status)
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
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _placemark(folder: ET.Element, row: pd.Series[Any], reason: str, action: str, route: str) -> None:
    mark = _child(folder, "Placemark")
    named = row.get("name")
    _child(mark, "name").text = _xml_text(row["site_id"] if pd.isna(named) else named)
    facts = [
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


def _style(document: ET.Element, status: str) -> None:
    """Colours of a status, in the order of KML: alpha, blue, green, red."""
    colour = STATUS_COLOURS[status]
    bgr = colour[5:7] + colour[3:5] + colour[1:3]
    style = _child(document, "Style", id=status)
    icon = _child(style, "IconStyle")
    _child(icon, "color").text = f"ff{bgr}"
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


def _cut(flat: GeoDataFrame, column: str) -> int:
    """Cut the texts of a column to the length of a .dbf, in place; their number."""
    if not pd.api.types.is_string_dtype(flat[column].dtype):
        return 0
    texts = [None if pd.isna(t) else str(t) for t in flat[column]]
    short = [None if t is None else _cut_text(t) for t in texts]
    flat[column] = pd.Series(short, index=flat.index, dtype="str")
    return sum(a != b for a, b in zip(texts, short, strict=True))


def _cut_text(text: str) -> str:
    encoded = text.encode("utf-8", "replace")
    return text if len(encoded) <= _LONGEST else encoded[: _LONGEST - 3].decode("utf-8", "ignore") + "…"


def _shapefile(flat: GeoDataFrame, path: Path, kind: str) -> Path:
    """Write one shapefile with its style for QGIS."""
    for c in flat.columns.drop("geometry"):
        if pd.api.types.is_bool_dtype(flat[c].dtype):
            flat = flat.assign(**{c: flat[c].astype("Int32")})
    pyogrio.write_dataframe(flat, path, driver="ESRI Shapefile", geometry_type=kind, ENCODING="UTF-8", use_arrow=True)
    style = status_style(path.stem, ["marker" if kind == "Point" else "fill"])
    path.with_suffix(".qml").write_text(style.qml, encoding="utf-8")
    return path


def _columns_page(fields: dict[str, str], cut: dict[str, int], text: str) -> str:
    """Markdown page on the fields, their columns, and the number of cut texts."""
    known = {**schema.SITES, **schema.FINDINGS, **schema.DECISIONS, **schema.EXPORT}
    lines = [
        f"# {_('Kolom shapefile')}", "", text, "",
        _("Nama kolom shapefile paling panjang 10 huruf dan teksnya paling panjang 254 bita; yang lengkap ada di "
          "findings.gpkg. Titik tanpa koordinat ada di sini tanpa geometri."), "",
        f"| {_('kolom shapefile')} | {_('kolom asli')} | {_('satuan')} | {_('teks yang terpotong')} |",
        "|---|---|---|---|",
    ]  # fmt: skip
    for column, field in fields.items():
        unit = known[column].unit if column in known else ""
        lines.append(f"| `{field}` | `{column.replace('|', '/').replace('`', '')}` | {unit} | {cut.get(column, '')} |")
    return "\n".join(lines) + "\n"
