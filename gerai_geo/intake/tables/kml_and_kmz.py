"""KML and KMZ read as raw tables, one a folder; whatever is no placemark becomes an issue."""

from __future__ import annotations

import posixpath
import urllib.parse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.name_keys import unique_names
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files import gdal_open
from gerai_geo.intake.files.completeness import damaged_member
from gerai_geo.intake.files.raw_table import RawTable, cell_text, tidy_column
from gerai_geo.intake.tables.column_names import roles_of
from gerai_geo.intake.tables.kml.features import CONTAINERS, Document, Feature
from gerai_geo.intake.tables.kml.members import Members, read_members
from gerai_geo.intake.tables.vector_tables import raw_table_of
from gerai_geo.records.issues import issue_row

SUFFIXES: Final = (".kml", ".kmz")
_FIELDS: Final = ("id", "Name", "description", "timestamp", "begin", "end", "address", "phoneNumber", "snippet")
_INTEGERS: Final = ("int", "uint", "short", "ushort")
_FLOATS: Final = ("double", "float")


def read_kml(path: Path, label: str) -> list[RawTable]:
    """
    Read the placemarks of every folder of a KML, or of every KML in a KMZ.

    Parameters
    ----------
    label
        Name of the file in messages.

    Returns
    -------
    raw_tables
        ``rows`` counts placemarks from 1 in each folder. Overlays, network links and tours are issues of the first.

    Raises
    ------
    InputError
        If the file can't be read, or holds no placemark.
    """
    try:
        members = read_members(path, label)
    except gdal_open.FAILURES as error:
        text = _("{file}: tidak dapat dibaca sebagai KML ({detail}). Buka di Google Earth dan simpan ulang.")
        raise InputError(text.format(file=label, detail=gdal_open.detail_of(error, path))) from None
    documents = members.documents
    issues = list(_left_out(members, label))
    raw_tables = []
    for member, document in documents:
        main = member == documents[0][0]
        file, stem = (label, path.stem) if main else (f"{label}/{member}", f"{path.stem}-{_stem(member)}")
        folders = list(_folders(document, path.stem if main else _stem(member)))
        for name, placemarks in folders:
            several = len(folders) > 1
            source = _("{file}, layer {layer}").format(file=file, layer=name) if several else file
            raw = raw_table_of(_table(placemarks, document), source, f"{stem}-{name}" if several else stem)
            raw.hidden_rows = frozenset(n for n, feature in enumerate(placemarks, 1) if not feature.shown)
            raw_tables.append(raw)
    if not raw_tables:
        what = " ".join(str(issue["message"]) for issue in issues[:3])
        text = _("{file}: tidak ada satu pun titik atau bidang (Placemark) di dalamnya. {what}")
        raise InputError(text.format(file=label, what=what).strip())
    raw_tables[0].issues += issues
    raw_tables[0].shortfalls += [damaged_member(name, why) for name, why in members.damaged]
    return raw_tables


def _stem(member: str) -> str:
    return posixpath.splitext(posixpath.basename(member))[0]


def _folders(document: Document, stem: str) -> Iterator[tuple[str, list[Feature]]]:
    """Name and placemarks of each document or folder that has any, in the order in which these begin."""
    containers: list[Feature | None] = [None, *(f for f in document.features if f.kind in CONTAINERS)]
    within: dict[int, list[Feature]] = {}
    for feature in document.features:
        if feature.kind == "Placemark":
            within.setdefault(id(feature.parent), []).append(feature)
    used = [c for c in containers if id(c) in within]
    names: list[str] = []
    for n, container in enumerate(used):
        root = container is None or container.parent is None
        name = (container.fields.get("Name") if container else None) or (stem if root else f"Layer{n}")
        names.append(name if name not in names else f"{name} (#{names.count(name) + 1})")
        yield unique_names(names)[n], within[id(container)]


def _table(placemarks: Sequence[Feature], document: Document) -> GeoDataFrame:
    """Placemarks of a folder; their ids and names yield to the user's own columns of these."""
    columns: dict[str, pd.Series] = {}
    for name in _FIELDS:
        texts = [f.fields.get(name) for f in placemarks]
        if any(texts):
            columns[name] = pd.Series(texts, dtype="str")
    data = dict.fromkeys(name for f in placemarks for name in f.data)
    names = unique_names([*columns, *data])[len(columns) :]
    for name, own in zip(names, data, strict=True):
        columns[name] = _typed([f.data.get(own) for f in placemarks], document.types.get(own, "string"))
    shapes = np.empty(len(placemarks), dtype=object)
    shapes[:] = [None if f.shape is None or f.shape.is_empty else f.shape for f in placemarks]
    table = pd.DataFrame(columns, index=range(len(placemarks)))
    return GeoDataFrame(_own_names_first(table), geometry=shapes, crs=schema.CRS)


def _typed(texts: list[str | None], kind: str) -> pd.Series:
    """Attribute with the type that its schema declares, where all its texts are of that type."""
    convert: Any = int if kind in _INTEGERS else _exact if kind in _FLOATS else None
    if convert is not None:
        try:
            return tidy_column([None if t is None else convert(t) for t in texts])
        except (ValueError, OverflowError):
            pass
    return pd.Series(texts, dtype="str")


def _exact(text: str) -> float:
    """Integer or float of a text, so that no digit is lost."""
    return int(text) if text.lstrip("+-").isdecimal() else float(text)


def _own_names_first(table: pd.DataFrame) -> pd.DataFrame:
    """Rename the id and name of placemarks where the layer has filled columns of ids or names of its own."""
    renamed = {}
    for placemark, role in (("id", "site_id"), ("Name", "name")):
        others = [c for c in table.columns if c != placemark and [r for r, _ in roles_of(str(c))[:1]] == [role]]
        if placemark in table and any(table[c].notna().all() for c in others):
            renamed[placemark] = f"{placemark}_kml"
    result: pd.DataFrame = table.rename(columns=renamed)
    return result


def _left_out(members: Members, label: str) -> Iterator[dict[str, Any]]:
    """Issues of the features and members that are no placemarks, and of what had to be mended."""
    documents = members.documents
    here = [name for name, _content in (*documents, *members.damaged)]
    if members.others:
        text = _("{n} berkas lain di dalamnya tidak dibaca: {names}.")
        names = ", ".join(members.others[:8]) + (" …" if len(members.others) > 8 else "")
        hint = _("Bila itu daftar titik, keluarkan dari KMZ dan sebutkan juga.")
        yield issue_row("files_skipped", text.format(n=len(members.others), names=names), source=label, suggestion=hint)
    for member, document in documents:
        file = label if member == documents[0][0] else f"{label}/{member}"
        for note in sorted(document.notes):
            text = _("Pembaca berkas mencatat: {text}").format(text=note)
            hint = _("Periksa apakah letak dan nama-namanya benar; bila tidak, minta ekspor ulang.")
            yield issue_row("reader_warning", text, source=file, suggestion=hint)
        for feature in document.features:
            if feature.kind in ("Placemark", *CONTAINERS):
                continue
            linked = posixpath.join(posixpath.dirname(member), urllib.parse.unquote(feature.link))
            linked = posixpath.normpath(linked)
            if feature.kind == "NetworkLink" and any(m == linked or m.startswith(f"{linked}/") for m in here):
                continue  # a KML or KMZ of the same KMZ, which is read or reported
            message, advice = _sentences(feature)
            yield issue_row("kml_left_out", message, source=file, value=feature.fields.get("Name"), suggestion=advice)


def _sentences(feature: Feature) -> tuple[str, str | None]:
    """Say what a feature is and what to do about it."""
    name = feature.fields.get("Name", "–")
    if feature.kind == "NetworkLink":
        text = _("Tautan {name} ke {link} tidak dibuka; isinya tidak dibaca.").format(
            name=name, link=feature.link or "–"
        )
        return text, _("Buka tautannya di Google Earth, simpan isinya sebagai KML, lalu sebutkan juga berkas itu.")
    if feature.kind == "Update":
        text = _("Perubahan untuk berkas lain ({link}, {n} Placemark di dalam Update) tidak dibaca.")
        text = text.format(link=feature.link or "–", n=feature.changes)
        return text, _("Buka berkas yang diubah di Google Earth, simpan isinya sebagai KML, lalu sebutkan berkas itu.")
    if feature.kind == "GroundOverlay":
        return _("Gambar peta {name} (GroundOverlay) bukan bidang lahan; tidak dibaca.").format(name=name), None
    if feature.kind == "PhotoOverlay":
        place = [feature.at.get("latitude", "–"), feature.at.get("longitude", "–")]
        if feature.shape is not None:
            place = [cell_text(float(v)) or "" for v in shapely.get_coordinates(feature.shape)[0][::-1]]
        text = _("Foto {name} (PhotoOverlay, kamera di {place}) bukan titik; tidak dibaca.")
        text = text.format(name=name, place=", ".join(place))
        return text, _("Bila foto itu menandai lahan, buat penanda tempat (Placemark) di letak lahannya.")
    text = _("{name} ({kind}) bukan titik atau bidang lahan; tidak dibaca.")
    return text.format(name=name, kind=feature.kind), None
