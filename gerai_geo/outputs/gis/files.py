"""Findings for programs that take no GeoPackage: shapefiles in a zip with a page on their columns, GeoJSON, KML."""

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
from gerai_geo.i18n import labels as language
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.text import map_texts as words
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.records import qgis_styles as _qgis
from gerai_geo.records.models import Screening
from gerai_geo.records.reasons import reason_sentences
from gerai_geo.records.store import notice
from gerai_geo.reference.functions import function_label

SHORT: Final = {
    "regency_code": "reg_code", "source_row": "src_row", "coordinates_as_given": "coord_txt", "source_crs": "src_crs",
    "declared_area_m2": "decl_m2", "accuracy_m": "accur_m", "nominal_status": "nominal", "reason_code": "reason_cd",
    "forest_share": "for_share", "uncovered_m2": "uncov_m2", "boundary_m": "boundary_m", "tolerance_m": "toler_m",
    "route_confidence": "route_conf", "clear_bearing": "clear_dir", "recorded_id": "record_id",
    "recorded_m": "record_m", "clear_where": "clr_where",
}  # fmt: skip
"""Field names of at most ten characters, which a shapefile demands; other columns keep their own or are cut."""

_LONGEST: Final = 254  # bytes of a text in a .dbf
_MTIME: Final = (2020, 1, 1, 0, 0, 0)  # the same record gives the same zip
_KML: Final = "http://www.opengis.net/kml/2.2"
_KML_FIELDS: Final = frozenset((
    "id", "name", "description", "timestamp", "begin", "end", "altitudemode", "tessellate", "extrude", "visibility",
    "draworder", "icon", "snippet",
))  # fmt: skip
_UNFIT: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # for XML 1.0


def write_geojson(screening: Screening, path: Path) -> None:
    """Write findings as RFC 7946, ids among the properties; times as text, infinite numbers as missing."""
    flat = _plain(screening.findings)
    pyogrio.write_dataframe(flat, path, driver="GeoJSON", RFC7946="YES", WRITE_NAME="NO", DESCRIPTION=notice(screening))


def write_shapefiles(screening: Screening, path: Path) -> None:
    """
    Write findings as shapefiles in one zip: points (with the sites that have no place) and parcels, UTF-8, styled.

    Beside them lies a page that says which field is which column and which texts were cut, for a .dbf holds names of
    ten characters and texts of 254 bytes.
    """
    flat = _plain(screening.findings)
    shapes = flat.geometry
    parcel = shapes.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
    fields = short_names([str(c) for c in flat.columns if c != flat.geometry.name])
    cut = {c: int(n) for c in fields if (n := _cut(flat, c))}
    flat = flat.rename(columns=fields)
    names = ("titik", "bidang") if current_language() == "id" else ("points", "parcels")
    with TemporaryDirectory(dir=path.parent, prefix=".shp.") as folder:
        written = []
        for name, rows, kind in zip(names, (~parcel, parcel), ("Point", "Polygon"), strict=True):
            if rows.any():
                written.append(_shapefile(flat[rows], Path(folder) / f"{name}.shp", kind))
        page = "kolom.md" if current_language() == "id" else "columns.md"
        (Path(folder) / page).write_text(_columns_page(fields, cut, notice(screening)), encoding="utf-8")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(Path(folder).iterdir()):
                archive.writestr(zipfile.ZipInfo(file.name, _MTIME), file.read_bytes(), zipfile.ZIP_DEFLATED)


def short_names(columns: list[str]) -> dict[str, str]:
    """
    Field names of ten characters for columns, each once.

    Examples
    --------
    >>> short_names(["site_id", "route_confidence", "Catatan Kepala Desa", "Catatan Kepala Adat"])
    {'site_id': 'site_id', 'route_confidence': 'route_conf', 'Catatan Kepala Desa': 'Catatan_Ke', \
'Catatan Kepala Adat': 'Catatan__2'}
    """
    taken: set[str] = set()
    found = {}
    for column in columns:
        plain = unicodedata.normalize("NFKD", SHORT.get(column, column)).encode("ascii", "ignore").decode()
        base = re.sub(r"[^A-Za-z0-9_]", "_", plain)[:10] or "kolom"
        name, n = base, 1
        while name.lower() in taken:
            n += 1
            name = f"{base[: 9 - len(str(n))]}_{n}"
        taken.add(name.lower())
        found[column] = name
    return found


def write_kml(screening: Screening, path: Path) -> None:
    """
    Write findings for Google Earth: a folder a status, coloured, each site with its facts.

    The name of a site stands in ``name`` and its id in the field ``site_id``, so that `read_sites` finds both. Sites
    without a place have no geometry. Texts of users are text only, also in the balloons.
    """
    ET.register_namespace("", _KML)
    root = ET.Element(f"{{{_KML}}}kml")
    document = _child(root, "Document")
    _child(document, "name").text = _("Hasil penapisan kawasan hutan")
    _child(document, "description").text = notice(screening)
    for status in schema.STATUSES:
        _style(document, status)
    flat, routes = _plain(screening.findings), ScreeningRoutes(screening)
    reasons = reason_sentences(screening.findings).to_numpy()
    for status in schema.STATUSES:
        rows = np.flatnonzero((flat["status"] == status).to_numpy())
        if not len(rows):
            continue
        folder = _child(document, "Folder")
        _child(folder, "name").text = language.status_label(status)
        for i in rows:
            row = flat.iloc[i]
            _placemark(folder, row, reasons[i], routes.of(row).title)
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _placemark(folder: ET.Element, row: pd.Series[Any], reason: str, route: str) -> None:
    mark = _child(folder, "Placemark")
    named = row.get("name")
    _child(mark, "name").text = _fit(row["site_id"] if pd.isna(named) else named)
    facts = [
        (_("Status"), language.status_label(row["status"])),
        (_("Fungsi"), function_label(row.get("function"))),
        (_("Alasan"), reason),
        (_("Tindak lanjut"), language.action_label(row["action"])),
        *([(_("Jalur"), route)] if route else []),
        (_("Kabupaten/kota"), words.regency_title(_text(row.get("regency")), _text(row.get("regency_code")))),
    ]
    # a balloon shows HTML: what is text must be escaped once more than XML does
    _child(mark, "description").text = "<br/>".join(f"<b>{_escaped(k)}</b>: {_escaped(v)}" for k, v in facts)
    _child(mark, "styleUrl").text = f"#{row['status']}"
    data = _child(mark, "ExtendedData")
    for column, value in row.items():
        if column not in ("name", "geometry") and not pd.isna(value):
            taken = str(column).lower() in _KML_FIELDS  # such a field would hide the one that readers expect there
            field = _child(data, "Data", name=_fit(column) + ("_as_given" if taken else ""))
            _child(field, "value").text = _fit(value)
    shape = row["geometry"]
    if shape is not None and not shape.is_empty:
        mark.append(_shape(shape))


def _style(document: ET.Element, status: str) -> None:
    """Colours of a status; KML writes them as alpha, blue, green, red."""
    colour = _qgis.STATUS_COLOURS[status]
    reverse = colour[5:7] + colour[3:5] + colour[1:3]
    style = _child(document, "Style", id=status)
    icon = _child(style, "IconStyle")
    _child(icon, "color").text = f"ff{reverse}"
    line = _child(style, "LineStyle")
    _child(line, "color").text = f"ff{reverse}"
    _child(line, "width").text = "2"
    _child(_child(style, "PolyStyle"), "color").text = f"73{reverse}"


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


def _fit(value: Any) -> str:
    """Text that XML can hold; whole numbers without a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return _UNFIT.sub(" ", str(value))


def _escaped(text: str) -> str:
    return _fit(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(value: Any) -> str | None:
    return None if value is None or pd.isna(value) else str(value)


def _plain(findings: GeoDataFrame) -> GeoDataFrame:
    """Give findings with the id as a column; numbers, truth values and text only, infinite numbers as missing."""
    flat = findings.to_crs(schema.CRS).rename_axis(findings.index.name or "site_id").reset_index()
    if flat.geometry.name != "geometry":
        flat = flat.rename_geometry("geometry")
    for c in flat.columns.drop("geometry"):
        kind = flat[c].dtype
        if pd.api.types.is_float_dtype(kind):
            flat[c] = flat[c].where(np.isfinite(flat[c].astype("float64")))
        elif not pd.api.types.is_numeric_dtype(kind):
            flat[c] = flat[c].astype("str").str.replace("\x00", " ")  # GDAL takes it for the end of the text
    return flat


def _cut(flat: GeoDataFrame, column: str) -> int:
    """Shorten the texts of a column to what a .dbf holds, in place; how many were."""
    if not pd.api.types.is_string_dtype(flat[column].dtype):
        return 0
    whole = [None if pd.isna(t) else str(t) for t in flat[column]]
    short = [None if t is None else _cut_text(t) for t in whole]
    flat[column] = pd.Series(short, index=flat.index, dtype="str")
    return sum(a != b for a, b in zip(whole, short, strict=True))


def _cut_text(text: str) -> str:
    encode = text.encode("utf-8", "replace")
    return text if len(encode) <= _LONGEST else encode[: _LONGEST - 3].decode("utf-8", "ignore") + "…"


def _shapefile(flat: GeoDataFrame, path: Path, kind: str) -> Path:
    """Write one shapefile with its style for QGIS."""
    for c in flat.columns.drop("geometry"):
        if pd.api.types.is_bool_dtype(flat[c].dtype):
            flat = flat.assign(**{c: flat[c].astype("Int32")})
    pyogrio.write_dataframe(flat, path, driver="ESRI Shapefile", geometry_type=kind, ENCODING="UTF-8", use_arrow=True)
    style = _qgis.status_style(path.stem, ["marker" if kind == "Point" else "fill"])
    path.with_suffix(".qml").write_text(style.qml, encoding="utf-8")
    return path


def _columns_page(fields: dict[str, str], cut: dict[str, int], text: str) -> str:
    """Say which field is which column, and which texts are not whole."""
    known = {**schema.SITES, **schema.FINDINGS}
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
