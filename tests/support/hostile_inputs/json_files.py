"""JSON and GeoJSON: nesting, numbers, keys and shapes that break who reads them."""

from __future__ import annotations

import json
from typing import Any, Final

import hostile

from hostile_inputs.case import Case, content, layered, listed

AT: Final = [112.431234, -2.531234]
SQUARE: Final = [[112.43, -2.53], [112.431, -2.53], [112.431, -2.531], [112.43, -2.531], [112.43, -2.53]]


def feature(geometry: Any, properties: Any = None, **more: Any) -> dict[str, Any]:
    """Return a feature."""
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"nama": "A"} if properties is None else properties,
    } | more


def collection(*features: Any, **more: Any) -> str:
    """Text of a collection."""
    return json.dumps({"type": "FeatureCollection", "features": list(features)} | more)


def _point(at: Any = None) -> dict[str, Any]:
    return {"type": "Point", "coordinates": AT if at is None else at}


def _polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def _json(shown: str, text: str | bytes, expected: str, name: str = "titik.geojson") -> Case:
    return Case(shown, listed(name, content(text)), expected)


def _hostile(shown: str, maker: str, expected: str) -> Case:
    return Case(shown, listed(maker.removeprefix("_").replace("__", "."), getattr(hostile, maker)), expected)


_SOUND: Final = collection(feature(_point()))

CASES: Final = (
    _hostile("a million arrays in one another", "_nested__geojson", "refused: can't be read as a map file or JSON (its content is nested too deeply)"),
    _hostile("20,000 collections in one another, never closed", "_many_features__geojson", "refused: can't be read as a map file or JSON (its content is nested too deeply)"),
    _json("a million objects in one another, never closed", '{"type": "FeatureCollection", "features": [' + '{"a":' * 1_000_000, "refused: can't be read as a map file or JSON (its content is nested too deeply)"),
    _json("properties 100,000 deep", _SOUND.replace('"A"', "[" * 100_000 + "]" * 100_000), "refused: can't be read as a map file or JSON (its content is nested too deeply)"),
    _json("a text of 20 MB that never ends", _SOUND[:-40] + '"' + "x" * 20_000_000, "refused: can't be read as a map file or JSON (Expecting ',' delimiter: line 1 column 124 (char 123))"),
    _json("a number of 5,000 digits as a property", _SOUND.replace('"A"', "9" * 5_000), "refused: can't be read as a map file or JSON (Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digit"),
    _json("a number of 5,000 digits as a coordinate", _SOUND.replace("112.431234", "9" * 5_000), "refused: can't be read as a map file or JSON (Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digit"),
    _json("coordinates of 1e999", _SOUND.replace("112.431234", "1e999"), 'not_assessed !bad_geometry'),
    _json("coordinates of NaN", _SOUND.replace("112.431234", "NaN"), 'not_assessed !bad_coordinates'),
    _json("coordinates of Infinity", _SOUND.replace("112.431234", "Infinity"), 'not_assessed !bad_coordinates'),
    _json("coordinates of 1e300", _SOUND.replace("112.431234", "1e300"), 'not_assessed !bad_coordinates'),
    _json("coordinates that are texts", _SOUND.replace("112.431234", '"112.431234"'), 'not_assessed !no_coordinates'),
    _json("coordinates that are null", _SOUND.replace("112.431234", "null"), 'not_assessed !no_coordinates'),
    _json("coordinates that are an object", collection(feature({"type": "Point", "coordinates": {"x": 112, "y": -2}})), 'not_assessed !no_coordinates'),
    _json("one coordinate", collection(feature(_point([112.4]))), 'not_assessed !no_coordinates | FILE !reader_warning'),
    _json("1,000 coordinates of one point", collection(feature(_point(AT * 500))), 'inside at -2.531234 112.431234 | FILE !reader_warning'),
    _json("latitude before longitude", collection(feature(_point(AT[::-1]))), 'not_assessed at 112.431234 -2.531234 !outside_indonesia | FILE !crs_doubtful,layer_elsewhere'),
    _json("a point that says it is a polygon", collection(feature({"type": "Polygon", "coordinates": AT})), 'not_assessed !no_coordinates'),
    _json("a geometry that is a text", collection(feature("POINT (112.4 -2.5)")), 'not_assessed !no_coordinates | FILE !reader_warning'),
    _json("a geometry that is a feature", collection(feature(feature(_point()))), 'not_assessed !no_coordinates | FILE !reader_warning'),
    _json("a geometry of a kind that no one knows", collection(feature({"type": "Lingkaran", "coordinates": AT})), 'not_assessed !no_coordinates | FILE !reader_warning'),
    _json("a polygon that is not closed", collection(feature(_polygon(SQUARE[:-1]))), 'inside at -2.5305 112.4305 | FILE !reader_warning'),
    _json("a polygon of one corner", collection(feature(_polygon([SQUARE[0]] * 4))), 'not_assessed !zero_area'),
    _json("a polygon without a ring", collection(feature(_polygon())), 'not_assessed !no_coordinates'),
    _json("a polygon that crosses itself", collection(feature(_polygon([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]))), 'inside at -2.5305 112.4305 !geometry_repaired'),
    _json("a hole larger than its polygon", collection(feature(_polygon(SQUARE, [[112, -3], [113, -3], [113, -2], [112, -2], [112, -3]]))), 'not_assessed !zero_area'),
    _json("a polygon around the world", collection(feature(_polygon([[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]))), 'near_boundary at -0 -0 !outside_indonesia,parcel_too_large'),
    _json("a hundred holes that are the polygon", collection(feature(_polygon(*[SQUARE] * 101))), 'not_assessed !zero_area'),
    _json("a CRS that no one knows: `urn:ogc:def:crs:JAHAT::1`", collection(feature(_point()), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:JAHAT::1"}}), 'inside at -2.531234 112.431234 | FILE !reader_warning'),
    _json("a CRS that is a link to a file", collection(feature(_point()), crs={"type": "link", "properties": {"href": "file:///etc/passwd", "type": "proj4"}}), 'inside at -2.531234 112.431234 | FILE !reader_warning'),
    _json("a CRS of UTM over degrees", collection(feature(_point()), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32749"}}), "refused: the file's CRS EPSG:32749 is in metres, but the coordinates are degrees (for example 112.431234, -2.531234)"),
    _json("metres without a CRS", collection(feature(_point([659_000, 9_720_000]))), "refused: the file's CRS EPSG:4326 is in degrees, but the coordinates are metres (for example 659000, 9720000)"),
    _json("properties that are a list", collection(feature(_point(), [1, 2])), 'inside at -2.531234 112.431234'),
    _json("a property named `__proto__`", collection(feature(_point(), {"__proto__": {"x": 1}, "constructor": "y", "nama": "A"})), 'inside at -2.531234 112.431234'),
    _json("a property named `geometry` and one named `lat`", collection(feature(_point(), {"geometry": "POINT (113.5 -2.5)", "lat": -2.9, "lon": 113.5})), 'inside at -2.531234 112.431234 !positions_differ'),
    _json("two properties of one name", _SOUND.replace('"nama": "A"', '"nama": "A", "nama": "B"'), 'inside at -2.531234 112.431234'),
    _json("half a surrogate pair in a name", _SOUND.replace('"A"', r'"\ud800"'), 'inside at -2.531234 112.431234'),
    _json("`\\u0000` in a name", _SOUND.replace('"A"', r'"A\u0000B"'), 'inside at -2.531234 112.431234'),
    _json("a byte order mark", "\ufeff" + _SOUND, 'inside at -2.531234 112.431234'),
    _json("UTF-16", _SOUND.encode("utf-16"), 'inside at -2.531234 112.431234'),
    _json("bytes that are no UTF-8 in a name", _SOUND.encode().replace(b'"A"', b'"\xff\xfe"'), 'inside at -2.531234 112.431234 | FILE !reader_warning'),
    _json("two documents in one file", _SOUND + _SOUND, 'inside at -2.531234 112.431234 !shared_point | inside at -2.531234 112.431234 !duplicate_row,shared_point'),
    _json("a program behind the document", _SOUND.encode() + b"\x7fELF" + bytes(1_000), "refused: can't be read as a map file or JSON (what follows part 1 can't be read; it may be cut off)"),
    _json("`)]}',` in front of it", ")]}',\n" + _SOUND, "refused: can't be read as a map file or JSON (Expecting value: line 1 column 1 (char 0))"),
    _json("JSONP", f"callback({_SOUND})", "refused: can't be read as a map file or JSON (Expecting value: line 1 column 1 (char 0))"),
    _json("comments and single quotes", _SOUND.replace('"', "'") + " // x", "refused: can't be read as a map file or JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1))"),
    _json("features that are null", '{"type": "FeatureCollection", "features": null}', "refused: can't be read as a map file (Failed to read GeoJSON data; Layer schema generation failed.; Invalid FeatureCollection obj"),
    _json("features that are numbers", '{"type": "FeatureCollection", "features": [1, 2]}', 'refused: there is not one feature in it'),
    _json("no features", collection(), 'refused: there is not one feature in it'),
    _json("a list that says it was cut short: `exceededTransferLimit`", collection(feature(_point()), exceededTransferLimit=True), 'inside at -2.531234 112.431234 | FILE !file_incomplete'),
    _json("a list that says it has a million rows", collection(feature(_point()), numberMatched=1_000_000, numberReturned=1), 'inside at -2.531234 112.431234 | FILE !file_incomplete'),
    _json("records with a list as latitude", json.dumps([{"nama": "A", "lintang": [1, 2], "bujur": {"a": 1}}]), 'not_assessed !bad_coordinates', "titik.json"),
    _json("records of which one is a number", json.dumps([{"nama": "A", "lintang": -2.531234, "bujur": 112.431234}, 7]), "refused: can't be read as a map file ('titik.json' not recognized as being in a supported file format.; It might help to specify", "titik.json"),
    _json("records with true and false as coordinates", json.dumps([{"nama": "A", "lintang": True, "bujur": False}]), 'not_assessed !bad_coordinates', "titik.json"),
    _json("lines of JSON of which the second is cut", json.dumps(feature(_point())) + "\n" + json.dumps(feature(_point()))[:-9], 'inside at -2.531234 112.431234 | FILE !file_incomplete', "titik.geojsonl"),
    Case("a million arrays in one another, as a forest layer", layered("hutan.geojson", hostile._nested__geojson), "refused: can't be read as a map layer (Failed to read GeoJSON data; At line 1, character 1030: Too many nested objects and/or arr"),
    Case("a layer that says it was cut short", layered("hutan.geojson", content(collection(feature(_polygon(SQUARE), {"FUNGSI": "1003"}), exceededTransferLimit=True))), 'refused: the layer is incomplete: the server marked it as cut (exceededTransferLimit); the other features were not downloaded'),
)  # fmt: skip
