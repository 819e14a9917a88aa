"""Features of a KML document: placemarks with their shapes and attributes, overlays, links, and what is hidden."""

from __future__ import annotations

import html
import html.entities
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

import numpy as np
import shapely

from gerai_geo.core.arrays import Floats
from gerai_geo.i18n.translate import _

CONTAINERS: Final = ("Document", "Folder")
_FEATURES: Final = frozenset(
    {*CONTAINERS, "Placemark", "GroundOverlay", "PhotoOverlay", "ScreenOverlay", "NetworkLink", "Tour", "Update"}
)
_SHAPES: Final = frozenset(
    {"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack", "Model"}
)
_VIEWS: Final = ("Camera", "LookAt", "Location")
_OWN_FIELDS: Final = {
    "name": "Name", "description": "description", "Snippet": "snippet", "snippet": "snippet", "address": "address",
    "phoneNumber": "phoneNumber",
}  # fmt: skip
_TIMES: Final = {("TimeStamp", "when"): "timestamp", ("TimeSpan", "begin"): "begin", ("TimeSpan", "end"): "end"}
_NAMED_ENTITY: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(?:([A-Za-z][A-Za-z0-9]*);|(?!#\w+;))")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ENCODING: Final = re.compile(r"""^(\s*<\?xml[^>]*?)\sencoding\s*=\s*["'][^"']*["']""")


@dataclass
class Feature:
    """
    Feature of a KML document.

    Parameters
    ----------
    kind
        ``Placemark``, ``Folder``, ``GroundOverlay``, ``Update`` ..
    parent
        Document or folder it stands in; None at the root.
    fields
        What its own elements say: ``id``, ``Name``, ``description``, times.
    data
        The user's attributes as text.
    shape
        In EPSG:4326; None where there is none.
    visible
        Whether its own element says that it is shown.
    link
        Address of a network link, or of the file that an update changes.
    changes
        Number of placemarks that an update or tour creates, changes or deletes.
    at
        Longitude and latitude of the camera or view.
    """

    kind: str
    parent: Feature | None
    fields: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    shape: Any = None
    visible: bool = True
    link: str = ""
    changes: int = 0
    at: dict[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> bool:
        """Whether the feature and all it stands in are shown."""
        feature: Feature | None = self
        while feature is not None:
            if not feature.visible:
                return False
            feature = feature.parent
        return True


@dataclass
class Document:
    """
    Content of a KML document.

    Parameters
    ----------
    features
        In the order in which they begin.
    types
        Type of each attribute that a schema declares: ``int``, ``double`` ..
    notes
        What had to be mended, a sentence each.
    """

    features: list[Feature] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)


@dataclass
class _Shape:
    """Element of a geometry with its coordinates and parts."""

    kind: str
    inner: bool
    coordinates: list[str] = field(default_factory=list)
    parts: list[_Shape] = field(default_factory=list)


def read_document(content: bytes) -> Document:
    """
    Read a KML document.

    Raises
    ------
    ValueError
        If it is no XML, or declares entities.
    """
    reader = _Reader()
    try:
        reader.read(_text(content))
    except expat.ExpatError as error:
        place = _("baris {line}: {error}").format(line=error.lineno, error=expat.ErrorString(error.code))
        raise ValueError(place) from error
    if not reader.is_kml:
        raise ValueError(_("isinya bukan {suffix}").format(suffix=".kml"))
    return reader.document


def _text(content: bytes) -> str:
    """Text of a document; entities of HTML and a bare & are mended, control characters dropped."""
    declared = re.match(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']""", content.removeprefix(b"\xef\xbb\xbf"))
    encodings = ["utf-8-sig", "cp1252"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif declared and declared[1].lower() not in (b"utf-8", b"utf8"):
        encodings.insert(0, declared[1].decode("ascii"))
    text = None
    for encoding in encodings:
        try:
            text = content.decode(encoding)
            break
        except (UnicodeDecodeError, LookupError):
            continue
    text = _CONTROL.sub("", content.decode("utf-8", errors="replace") if text is None else text)
    if "<!DOCTYPE" not in text[:10_000]:
        pieces = re.split(r"(<!\[CDATA\[.*?\]\]>)", text, flags=re.DOTALL) if "<![CDATA[" in text else [text]
        text = "".join(p if p.startswith("<![CDATA[") else _NAMED_ENTITY.sub(_entity, p) for p in pieces)
    return _ENCODING.sub(r"\1", text, count=1)


def _entity(found: re.Match[str]) -> str:
    name = found[1]
    return html.entities.html5.get(f"{name};", f"&amp;{name};") if name else "&amp;"


class _Reader:
    """Reader of the XML of a KML document."""

    def __init__(self) -> None:
        self.document = Document()
        self.is_kml = False
        self._path: list[str] = []
        self._names: list[str] = []
        self._within: list[Feature] = []
        self._aside: Feature | None = None  # update or tour
        self._shapes: list[_Shape] = []
        self._text: list[str] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append
        self._parser.EntityDeclHandler = self._entity

    def read(self, text: str) -> None:
        """Read a document."""
        self._parser.Parse(text, True)

    def _entity(self, *_declaration: object) -> None:
        raise ValueError(_("berisi deklarasi entitas XML"))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self.is_kml = self.is_kml or name in ("kml", *_FEATURES)
        feature = self._within[-1] if self._within else None
        if name in _FEATURES:
            found = Feature(name, feature)
            if attributes.get("id"):
                found.fields["id"] = attributes["id"]
            self._add(found)
            self._within.append(found)
        elif name in _SHAPES and feature is not None and feature.kind not in CONTAINERS:
            self._shapes.append(_Shape(name, self._path[-1:] == ["innerBoundaryIs"]))
        elif name == "SimpleField" and attributes.get("name"):
            self.document.types[attributes["name"]] = attributes.get("type", "string")
        self._path.append(name)
        self._names.append(attributes.get("name", ""))
        self._text.clear()

    def _add(self, found: Feature) -> None:
        """Add a feature to the document; what an update or a tour changes elsewhere is counted only."""
        if self._aside is not None:
            self._aside.changes += found.kind == "Placemark"
            return
        self.document.features.append(found)
        if found.kind in ("Update", "Tour"):
            self._aside = found

    def _end(self, _tag: str) -> None:
        name, label = self._path.pop(), self._names.pop()
        parent = self._path[-1] if self._path else ""
        text = "".join(self._text).strip()
        self._text.clear()
        feature = self._within[-1] if self._within else None
        if name in _FEATURES:
            if self._within.pop() is self._aside:
                self._aside = None
        elif feature is None:
            return
        elif self._shapes and name == self._shapes[-1].kind:
            self._end_shape(feature)
        elif self._shapes and name in ("coordinates", "coord"):
            self._shapes[-1].coordinates.append(text)
        elif parent == feature.kind and name in _OWN_FIELDS and text:
            feature.fields[_OWN_FIELDS[name]] = text
        elif parent == feature.kind and name == "visibility":
            feature.visible = text not in ("0", "false")
        elif (parent, name) in _TIMES and text:
            feature.fields[_TIMES[parent, name]] = text
        elif name == "SimpleData" and text:
            feature.data[label] = text
        elif name == "value" and parent == "Data" and text:
            feature.data[self._names[-1]] = text
        elif (name == "href" and parent in ("Link", "Url")) or (name == "targetHref" and parent == "Update"):
            feature.link = text
        elif parent in _VIEWS and name in ("longitude", "latitude"):
            feature.at[name] = text
            if parent == "Location" and self._shapes:
                self._shapes[-1].coordinates.append(text)

    def _end_shape(self, feature: Feature) -> None:
        """Hand a finished shape to the one it is part of, or to its feature."""
        shape = self._shapes.pop()
        if self._shapes:
            self._shapes[-1].parts.append(shape)
            return
        built = self._build(shape)
        feature.shape = built if feature.shape is None else _collect([feature.shape, built])

    def _build(self, shape: _Shape) -> Any:
        if shape.kind in ("MultiGeometry", "MultiTrack"):
            return _collect([self._build(part) for part in shape.parts])
        if shape.kind == "Polygon":
            rings = [self._ring(part) for part in shape.parts if part.kind == "LinearRing"]
            holes = [ring for ring, part in zip(rings, shape.parts, strict=False) if part.inner and len(ring) > 3]
            outer = next((ring for ring, part in zip(rings, shape.parts, strict=False) if not part.inner), None)
            if outer is None:
                return None
            return shapely.Polygon(outer, holes) if len(outer) > 3 else _line(outer)
        if shape.kind == "Track":
            return _line(_numbers([",".join(text.split()[:2]) for text in shape.coordinates]))
        if shape.kind == "Model":
            return _line(_numbers([",".join(shape.coordinates[:2])]))
        tuples = _tuples(shape.coordinates)
        if any(one.count(",") > 2 for one in tuples):  # "112.9,-2.5, 112.8,-2.5": a comma too many
            tuples = " ".join(shape.coordinates).split()
        points = _numbers(tuples)
        return _line(points[:1] if shape.kind == "Point" else points)

    def _ring(self, shape: _Shape) -> Floats:
        """Corners of a ring, closed."""
        points = _numbers(_tuples(shape.coordinates))
        if len(points) > 2 and (points[0] != points[-1]).any():
            self.document.notes.add(_("ada garis poligon yang tidak tertutup; ditutup"))
            points = np.vstack([points, points[:1]])
        return points


def _tuples(texts: Sequence[str]) -> list[str]:
    """Tuples of coordinates, with no blanks beside their commas."""
    return ",".join(part.strip() for part in " ".join(texts).split(",")).split()


def _numbers(tuples: Sequence[str]) -> Floats:
    """Longitudes and latitudes of the tuples that are numbers."""
    found = []
    for text in tuples:
        parts = text.split(",")
        try:
            pair = (float(parts[0]), float(parts[1]))
        except (ValueError, IndexError):
            continue
        if np.isfinite(pair).all():
            found.append(pair)
    return np.array(found, dtype=float).reshape(-1, 2)


def _line(points: Floats) -> Any:
    """Line of points; a point of one, None of none."""
    if len(points) == 0:
        return None
    return shapely.Point(points[0]) if len(points) == 1 else shapely.LineString(points)


def _collect(shapes: Sequence[Any]) -> Any:
    """Shapes as one: a multi-shape where they are of one kind."""
    parts = [part for shape in shapes if shape is not None for part in shapely.get_parts(shape)]
    if not parts:
        return None
    kinds = {part.geom_type for part in parts}
    multi: dict[str, Any] = {
        "Point": shapely.MultiPoint,
        "LineString": shapely.MultiLineString,
        "Polygon": shapely.MultiPolygon,
    }
    if len(kinds) == 1 and (make := multi.get(kinds.pop())):
        return make(parts)
    return shapely.GeometryCollection(parts)
