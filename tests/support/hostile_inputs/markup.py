"""KML and GPX, and what XML can do to who reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import hostile

from hostile_inputs.case import Case, content, layered, listed

POINT: Final = "<Point><coordinates>112.431234,-2.531234</coordinates></Point>"
KML: Final = '<?xml version="1.0" encoding="UTF-8"?>{0}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{1}</Document></kml>'
GPX: Final = (
    '<?xml version="1.0"?>{0}<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">{1}</gpx>'
)


def place(name: str = "A", shape: str = POINT, more: str = "") -> str:
    """Return a placemark."""
    return f"<Placemark><name>{name}</name>{more}{shape}</Placemark>"


def coordinates(text: str) -> str:
    """Return a placemark with these coordinates."""
    return place(shape=f"<Point><coordinates>{text}</coordinates></Point>")


def ring(text: str) -> str:
    """Return a placemark of a polygon."""
    return place(
        shape=f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{text}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
    )


def _kml(shown: str, body: str | bytes, expected: str, head: str = "") -> Case:
    text = KML.format(head, body) if isinstance(body, str) else body
    return Case(shown, listed("titik.kml", content(text)), expected)


def _gpx(shown: str, body: str, expected: str, head: str = "") -> Case:
    return Case(shown, listed("titik.gpx", content(GPX.format(head, body))), expected)


def _hostile(shown: str, maker: str, expected: str) -> Case:
    return Case(shown, listed(maker.removeprefix("_").replace("__", "."), getattr(hostile, maker)), expected)


def _beside_secret(shown: str, text: str, expected: str, name: str = "titik.kml") -> Case:
    """Return a case of a file that names a file one folder above it: ``{secret}``."""

    def make(path: Path) -> None:
        path.write_text(text.replace("{secret}", (path.parent.parent / "secret.txt").as_uri()), encoding="utf-8")

    return Case(shown, listed(name, make), expected)


_QUADRATIC: Final = f'<!DOCTYPE kml [<!ENTITY a "{"x" * 50_000}">]>'
_PARAMETER: Final = '<!DOCTYPE kml [<!ENTITY % p SYSTEM "{secret}"><!ENTITY % q "<!ENTITY x \'%p;\'>">%q;]>'
_WPT: Final = '<wpt lat="-2.531234" lon="112.431234"><name>A</name></wpt>'

CASES: Final = (
    _hostile("entities in entities that make a thousand million texts, in KML", "_billion_laughs__kml", "refused: can't be read as KML (it declares XML entities)"),
    _hostile("the same in GPX", "_billion_laughs__gpx", "refused: can't be read as a map file (XML parsing of GPX file failed : parsing aborted at line 1, column 657; File probably corru"),
    _kml("one long entity 50,000 times", place("&a;" * 50_000), "refused: can't be read as KML (it declares XML entities)", _QUADRATIC),
    _kml("an entity that holds itself", place("&a;"), "refused: can't be read as KML (it declares XML entities)", '<!DOCTYPE kml [<!ENTITY a "&a;">]>'),
    _hostile("an entity that is a file beside it", "_external_entity__kml", "refused: can't be read as KML (it declares XML entities)"),
    _beside_secret("the same in GPX", GPX.format('<!DOCTYPE gpx [<!ENTITY x SYSTEM "{secret}">]>', '<wpt lat="-2.531234" lon="112.431234"><name>&x;</name></wpt>'), 'inside at -2.531234 112.431234', "titik.gpx"),
    _beside_secret("a parameter entity that is a file", KML.format(_PARAMETER, place("&x;")), "refused: can't be read as KML (it declares XML entities)"),
    _beside_secret("a file included by XInclude", KML.format("", place(more='<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret}" parse="text"/>')), 'inside at -2.531234 112.431234'),
    _beside_secret("a link to another KML that is a file (NetworkLink)", KML.format("", "<NetworkLink><Link><href>{secret}</href></Link></NetworkLink>" + place()), 'inside at -2.531234 112.431234 | FILE !kml_left_out'),
    _kml("a link to another KML on the web", "<NetworkLink><Link><href>http://jahat.example/a.kml</href></Link></NetworkLink>" + place(), 'inside at -2.531234 112.431234 | FILE !kml_left_out'),
    _beside_secret("a style sheet that is a file", '<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="{secret}"?>' + KML.format("", place()).partition("?>")[2], 'inside at -2.531234 112.431234'),
    _kml("a DTD on the web", place(), 'inside at -2.531234 112.431234', '<!DOCTYPE kml SYSTEM "http://jahat.example/kml.dtd">'),
    _kml("a script in the description", place(more="<description><![CDATA[<script>alert(1)</script>]]></description>"), 'inside at -2.531234 112.431234'),
    _kml("a picture whose file is `../../secret.txt` (GroundOverlay)", "<GroundOverlay><Icon><href>../../secret.txt</href></Icon><LatLonBox><north>1</north><south>-4</south><east>114</east><west>110</west></LatLonBox></GroundOverlay>" + place(), 'inside at -2.531234 112.431234 | FILE !kml_left_out'),
    _hostile("a million folders in one another", "_nested__kml", 'near_boundary at -2.53 112.95'),
    _hostile("a million folders that are never closed", "_unclosed__kml", "refused: can't be read as KML (line 1: no element found)"),
    _kml("100,000 collections in one another (MultiGeometry)", place(shape="<MultiGeometry>" * 100_000 + POINT + "</MultiGeometry>" * 100_000), "refused: can't be read as KML (its content is nested too deeply)"),
    _gpx("a million waypoints in one another", '<wpt lat="1" lon="112">' * 1_000_000, "refused: can't be read as a map file (XML parsing of GPX file failed : mismatched tag at line 1, column 23000096)"),
    _kml("an attribute of 5 MB", f'<Placemark id="{"x" * 5_000_000}"><name>A</name>{POINT}</Placemark>', 'inside at -2.531234 112.431234'),
    _kml("100,000 attributes of one element", "<Placemark " + " ".join(f'a{n}="1"' for n in range(100_000)) + f"><name>A</name>{POINT}</Placemark>", 'inside at -2.531234 112.431234'),
    _kml("a comment of 20 MB", "<!--" + "x" * 20_000_000 + "-->" + place(), 'inside at -2.531234 112.431234'),
    _kml("a million blanks among the coordinates", coordinates("112.431234," + " " * 1_000_000 + "-2.531234"), 'inside at -2.531234 112.431234'),
    _kml("a million blanks and no comma", coordinates("112.431234" + " " * 1_000_000 + "-2.531234"), 'not_assessed !no_coordinates'),
    _kml("a million blanks in the declaration", KML.format("", place()).replace(" version", " " * 1_000_000 + "version").encode(), 'inside at -2.531234 112.431234'),
    _kml("200,000 `&` that are no entities", place("&" * 200_000), 'inside at -2.531234 112.431234'),
    _kml("declared UTF-16, written UTF-8", KML.format("", place()).replace("UTF-8", "UTF-16").encode(), 'inside at -2.531234 112.431234'),
    _kml("declared in an encoding that no one knows", KML.format("", place()).replace("UTF-8", "X-JAHAT").encode(), 'inside at -2.531234 112.431234'),
    _kml("UTF-7 with a script", KML.format("", place("+ADw-script+AD4-")).replace("UTF-8", "UTF-7").encode(), "refused: can't be read as KML (line 1: mismatched tag)"),
    _kml("UTF-16", KML.format("", place()).replace("UTF-8", "UTF-16").encode("utf-16"), 'inside at -2.531234 112.431234'),
    _kml("bytes that are no UTF-8 in a name", KML.format("", place("X_X")).encode().replace(b"X_X", b"\xff\xfe\xc3\x28"), 'inside at -2.531234 112.431234'),
    _kml("NUL bytes in a name", KML.format("", place("X_X")).encode().replace(b"X_X", b"A\0B"), 'inside at -2.531234 112.431234'),
    _kml("`&#0;` and `&#x1b;` in a name", place("A&#0;&#x1b;[31m"), "refused: can't be read as KML (line 1: reference to invalid character number)"),
    _kml("a name space that no one knows", KML.format("", place()).replace("opengis.net/kml/2.2", "jahat.example/kml").encode(), 'inside at -2.531234 112.431234'),
    _kml("coordinates `nan,nan`", coordinates("nan,nan"), 'not_assessed !no_coordinates'),
    _kml("coordinates `1e999,-2.5`", coordinates("1e999,-2.5"), 'not_assessed !no_coordinates'),
    _kml("coordinates `-2.531234,112.431234`: swapped", coordinates("-2.531234,112.431234"), 'not_assessed at 112.431234 -2.531234 !outside_indonesia | FILE !crs_doubtful,layer_elsewhere'),
    _kml("coordinates `112,431234,-2,531234`: decimal commas", coordinates("112,431234,-2,531234"), "refused: the file's CRS EPSG:4326 is in degrees, but the coordinates are metres (for example 112, 431234)"),
    _kml("coordinates `<script>`", coordinates("<script>alert(1)</script>"), 'not_assessed !no_coordinates'),
    _kml("a polygon of two corners", ring("112.43,-2.53 112.44,-2.53"), 'not_assessed !bad_geometry'),
    _kml("a polygon that crosses itself", ring("112.43,-2.53 112.44,-2.54 112.44,-2.53 112.43,-2.54 112.43,-2.53"), 'inside at -2.535 112.435 !geometry_repaired,parcel_too_large'),
    _kml("a polygon around the world", ring("-180,-90 180,-90 180,90 -180,90 -180,-90"), 'near_boundary at -0 -0 !outside_indonesia,parcel_too_large'),
    _kml("a polygon of no ground: one corner 100,000 times", ring("112.43,-2.53 " * 100_000), 'not_assessed !zero_area'),
    _gpx("`lat=\"nan\"`", _WPT.replace("-2.531234", "nan"), 'not_assessed !bad_coordinates'),
    _gpx("`lat=\"-2,531234\"`: decimal comma", _WPT.replace("-2.531234", "-2,531234"), "refused: can't be read as a map file (its lat and lon have a decimal comma; write a point instead)"),
    _gpx("`lat=\"91\"`", _WPT.replace("-2.531234", "91"), 'not_assessed at 91 112.431234 !outside_indonesia | FILE !layer_elsewhere'),
    _gpx("a waypoint without `lon`", _WPT.replace(' lon="112.431234"', ""), "refused: 1 waypoints without lat or lon"),
    _gpx("two waypoints, one of them without `lon`", _WPT + _WPT.replace(' lon="112.431234"', ""), "refused: 1 waypoints without lat or lon"),
    _gpx("200,000 names of one waypoint", _WPT.replace("</wpt>", "<cmt>x</cmt>" * 200_000 + "</wpt>"), 'inside at -2.531234 112.431234'),
    Case("entities in entities, as a forest layer", layered("hutan.kml", hostile._billion_laughs__kml), "refused: can't be read as a map layer (ERROR parsing kml"),
    Case("an entity that is a file, as a forest layer", layered("hutan.kml", hostile._external_entity__kml), "refused: can't be read as a map layer (ERROR parsing kml"),
)  # fmt: skip
