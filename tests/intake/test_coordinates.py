"""
Notations: a table of texts with the position each stands for, worked out by hand.

Sampit is -2.53, 112.95 = 2°31'48" S, 112°57'00" E; metres are from DOMAIN 5.2 (pyproj) and PMNA 3/1997.
"""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerai_geo.intake.coordinates.parse import parse_cells, parse_text
from gerai_geo.intake.coordinates.results import ParseError, Position, in_indonesia

SAMPIT = (-2.53, 112.95)
PURUK = (-0.63, 114.57)
PALANGKA = (-2.21, 113.92)
NORTH = (0.63, 114.57)
PMNA = (7 + 40 / 60 + 50.33244 / 3600, 111 + 10.27871 / 3600)

TEXTS = [
    # decimal degrees
    ("-2.53, 112.95", SAMPIT, "map services"),
    ("-2.53,112.95", SAMPIT, "map services"),
    ("-2.53 112.95", SAMPIT, "alias"),
    ("-2.53;112.95", SAMPIT, "alias"),
    ("-2.53 / 112.95", SAMPIT, "alias"),
    ("-2.53\t112.95", SAMPIT, "pasted from Excel"),
    ("-2.53\n112.95", SAMPIT, "Alt+Enter in Excel"),
    ("(-2.53, 112.95)", SAMPIT, "alias"),
    ("[-2.53, 112.95]", SAMPIT, "JSON"),
    ("112.95, -2.53", SAMPIT, "other order"),
    ("112.95 -2.53", SAMPIT, "other order"),
    ("-2,53 112,95", SAMPIT, "Indonesian Excel"),
    ("-2,53; 112,95", SAMPIT, "Indonesian Excel"),
    ("-2,53, 112,95", SAMPIT, "Indonesian Excel"),
    ("-2,53,112,95", SAMPIT, "comma between too"),
    ("-2,53 , 112,95", SAMPIT, "comma between too"),
    ("112,95;-2,53", SAMPIT, "other order"),
    ("−2.53, 112.95", SAMPIT, "U+2212"),
    ("–2.53, 112.95", SAMPIT, "en dash from Word"),
    ("-2.53°, 112.95°", SAMPIT, "alias"),
    ("-2.53º 112.95º", SAMPIT, "alias"),
    ("-2,53° 112,95°", SAMPIT, "alias"),
    ("+112.95 -2.53", SAMPIT, "ISO 6709 spaced"),
    ("-2.53,+112.95", SAMPIT, "ISO 6709 spaced"),
    ("\ufeff-2.53, 112.95", SAMPIT, "byte order mark"),
    ("-2.53,\u00a0112.95", SAMPIT, "no-break space"),
    ("-2.53, 112.95.", SAMPIT, "full stop"),
    ("-2.53 dan 112.95", SAMPIT, "alias"),
    ("-2.53 & 112.95", SAMPIT, "alias"),
    ("－２.５３, １１２.９５", SAMPIT, "full width"),
    ("0.63, 114.57", NORTH, "Murung Raya"),
    ("-0.63 114.57", PURUK, "Murung Raya"),
    # labels
    ("Lat: -2.53, Long: 112.95", SAMPIT, "alias"),
    ("lat -2.53 lon 112.95", SAMPIT, "alias"),
    ("Latitude -2.53 Longitude 112.95", SAMPIT, "alias"),
    ("Latitude: -2,53; Longitude: 112,95", SAMPIT, "alias"),
    ("Lat=-2.53 Lng=112.95", SAMPIT, "alias"),
    ("Lintang -2.53 Bujur 112.95", SAMPIT, "alias"),
    ("Lintang : -2,53 Bujur : 112,95", SAMPIT, "alias"),
    ("Bujur: 112.95 Lintang: -2.53", SAMPIT, "alias"),
    ("X: 112.95 Y: -2.53", SAMPIT, "alias"),
    ("Y=-2.53, X=112.95", SAMPIT, "alias"),
    ("Koordinat: -2.53, 112.95", SAMPIT, "alias"),
    ("Titik koordinat -2.53, 112.95", SAMPIT, "alias"),
    ("φ = -2.53 λ = 112.95", SAMPIT, "DOMAIN 5.4 style"),
    ("GPS: -2.53 112.95", SAMPIT, "alias"),
    ("WGS84 -2.53 112.95", SAMPIT, "alias"),
    # hemispheres on decimals
    ("2.53 LS 112.95 BT", SAMPIT, "alias"),
    ("2.53 LS, 112.95 BT", SAMPIT, "alias"),
    ("2,53 LS, 112,95 BT", SAMPIT, "alias"),
    ("2,53° LS dan 112,95° BT", SAMPIT, "alias"),
    ("2.53S 112.95E", SAMPIT, "alias"),
    ("2.53° S, 112.95° E", SAMPIT, "alias"),
    ("S 2.53 E 112.95", SAMPIT, "GPS receivers"),
    ("S2.53 E112.95", SAMPIT, "GPS receivers"),
    ("S02.53000 E112.95000", SAMPIT, "GPS receivers"),
    ("112.95 BT 2.53 LS", SAMPIT, "other order"),
    ("112.95E2.53S", SAMPIT, "no spaces"),
    ("BT 112,95 LS 2,53", SAMPIT, "other order"),
    ("LS: 2.53 BT: 112.95", SAMPIT, "alias"),
    ("-2,53° LS, 112,95° BT", SAMPIT, "DOMAIN 5.4: minus and LS"),
    ("-2.53 S 112.95 E", SAMPIT, "minus and S"),
    ("0,63 LU 114,57 BT", NORTH, "Murung Raya"),
    ("0.63 N 114.57 E", NORTH, "Murung Raya"),
    ("0.63 U 114.57 T", NORTH, "DOMAIN 5.4: U, T"),
    ("2,53 Lintang Selatan 112,95 Bujur Timur", SAMPIT, "alias"),
    ("Lintang Selatan 2,53 Bujur Timur 112,95", SAMPIT, "alias"),
    ("2.53 South, 112.95 East", SAMPIT, "alias"),
    ("2.53 selatan 112.95 timur", SAMPIT, "alias"),
    ("2.53 L.S. 112.95 B.T.", SAMPIT, "alias"),
    ("10 LS 20 BB", (-10, -20), "Barat"),
    ("10 S 20 B", (-10, -20), "DOMAIN 5.4: B = Barat"),
    ("10 N 20 W", (10, -20), "alias"),
    ("2.53 LU -112.95", (2.53, -112.95), "a sign on one, a hemisphere on the other"),
    # degrees and minutes
    ("02° 31,8′ LS, 112° 57′ BT", SAMPIT, "DOMAIN 5.4"),
    ("2°31.8' S 112°57.0' E", SAMPIT, "GPS receivers"),
    ("S 2° 31.8' E 112° 57'", SAMPIT, "GPS receivers"),
    ("S02 31.800 E112 57.000", SAMPIT, "GPS receivers"),
    ("-2° 31.8', 112° 57.0'", SAMPIT, "alias"),
    ("2 31.8 LS 112 57 BT", SAMPIT, "plain spaces"),
    ("-2 31,8 112 57", SAMPIT, "plain spaces"),
    ("02° 12′ LS, 113° 55′ BT", (-2.2, 113 + 55 / 60), "DOMAIN 5.4"),
    ("03° 36′ LU, 113° 55′ BT", (3.6, 113 + 55 / 60), "DOMAIN 5.4"),
    ("02° 60′ LS, 113° 00′ BT", (-3.0, 113.0), "DOMAIN 5.4 (sic)"),
    # degrees, minutes, seconds
    ("2°31'48\" LS 112°57'00\" BT", SAMPIT, "alias"),
    ("2° 31' 48\" LS, 112° 57' 0\" BT", SAMPIT, "alias"),
    ("2°31'48\"S 112°57'0\"E", SAMPIT, "alias"),
    ("2°31'48\"S, 112°57'0\"E", SAMPIT, "map services"),
    ("2°31′48″ LS; 112°57′00″ BT", SAMPIT, "primes"),
    ("2º31´48´´ LS 112º57´00´´ BT", SAMPIT, "Word"),
    ("2˚31’48’’ LS 112˚57’00’’ BT", SAMPIT, "Word"),
    ("2°31'48'' LS 112°57'00'' BT", SAMPIT, "two apostrophes, DOMAIN 5.4"),
    ("2°31'48' LS 112°57'00' BT", SAMPIT, "one apostrophe for seconds"),
    ("2° 31' 48,0\" LS 112° 57' 00,0\" BT", SAMPIT, "comma decimals"),
    ("2°31'48,0\"LS,112°57'00,0\"BT", SAMPIT, "comma decimals, no spaces"),
    ("2°31'48.00\"S,112°57'00.00\"E", SAMPIT, "alias"),
    ("02°31'48\" LS - ", None, "dangling dash"),
    ("LS 2°31'48\" BT 112°57'00\"", SAMPIT, "before"),
    ("LS: 2° 31' 48\" BT: 112° 57' 00\"", SAMPIT, "before"),
    ("S 2 31 48 E 112 57 0", SAMPIT, "plain spaces"),
    ("2 31 48 S 112 57 0 E", SAMPIT, "plain spaces"),
    ("-2 31 48 112 57 0", SAMPIT, "plain spaces"),
    ("-2 31 48, 112 57 0", SAMPIT, "plain spaces"),
    ("-2 31 48.0, 112 57 0.0", SAMPIT, "plain spaces"),
    ("2:31:48 S 112:57:00 E", SAMPIT, "colons"),
    ("-2:31:48, 112:57:00", SAMPIT, "colons"),
    ("02-31-48 LS 112-57-00 BT", SAMPIT, "dashes"),
    ("02-31-48 S, 112-57-00 E", SAMPIT, "dashes"),
    ("2o31'48\" LS 112o57'00\" BT", SAMPIT, "letter o for degrees"),
    ("2* 31' 48\" LS 112* 57' 00\" BT", SAMPIT, "asterisk for degrees"),
    ("2d31'48\"S 112d57'0\"E", SAMPIT, "GDAL, PROJ"),
    ("2d31m48sS 112d57m0sE", SAMPIT, "d m s"),
    ("2 derajat 31 menit 48 detik LS 112 derajat 57 menit 0 detik BT", SAMPIT, "words"),
    ("2 derajat 31 menit 48 detik Lintang Selatan, 112 derajat 57 menit 0 detik Bujur Timur", SAMPIT, "words"),
    ("2 deg 31 min 48 sec S, 112 deg 57 min 0 sec E", SAMPIT, "words"),
    ("06°12'00\" S, 106°49'00\" E", (-6.2, 106 + 49 / 60), "DOMAIN 5.4: OSS"),
    ("7°40'50,33244'' S, 111°0'10,27871'' T", (-PMNA[0], PMNA[1]), "DOMAIN 5.4: PMNA"),
    ("7°40'50,33244'' U 111°0'10,27871'' T", PMNA, "DOMAIN 5.4: PMNA"),
    ("Lat 2°31'48\" S Long 112°57'00\" E", SAMPIT, "labels and marks"),
    ("112°57'00\" BT 2°31'48\" LS", SAMPIT, "other order"),
    ("112°57'00\"BT;2°31'48\"LS", SAMPIT, "other order"),
    ("E 112°57'00\" S 2°31'48\"", SAMPIT, "other order"),
    ("-2°31'48\", 112°57'00\"", SAMPIT, "sign and marks"),
    ("-2°31'48\" LS 112°57'00\" BT", SAMPIT, "minus and LS"),
    ("0°37'48\" LU 114°34'12\" BT", NORTH, "Murung Raya"),
    ("0°37'48\"LS,114°34'12\"BT", PURUK, "Murung Raya"),
    ("2°31'60\" LS 112°57'00\" BT", (-(2 + 32 / 60), 112.95), "seconds of 60"),
    # UTM
    ("49S 716818.062 9720194.244", SAMPIT, "DOMAIN 5.2"),
    ("49 S 716818.062 9720194.244", SAMPIT, "DOMAIN 5.2"),
    ("49M 716818.062 9720194.244", SAMPIT, "band letter"),
    ("49 M 716818.062 mE 9720194.244 mN", SAMPIT, "band letter"),
    ("UTM 49S 716818.062 9720194.244", SAMPIT, "alias"),
    ("UTM Zona 49S X: 716818.062 Y: 9720194.244", SAMPIT, "alias"),
    ("X=716818.062 Y=9720194.244 Zona 49S", SAMPIT, "alias"),
    ("Zone 49 S, E 716818.062, N 9720194.244", SAMPIT, "alias"),
    ("716818,062 9720194,244 49S", SAMPIT, "comma decimals"),
    ("X: 716.818,062 Y: 9.720.194,244 zona 49 S", SAMPIT, "dot thousands"),
    ("9720194.244 716818.062 49S", SAMPIT, "other order"),
    ("Y 9720194.244 X 716818.062 49S", SAMPIT, "other order"),
    ("716818.062 9720194.244 UTM 49 Selatan", SAMPIT, "alias"),
    ("716818.062 9720194.244 zona 49", SAMPIT, "hemisphere from the northing"),
    ("EPSG:32749 716818.062 9720194.244", SAMPIT, "alias"),
    ("50S 229536.455 9930302.951", PURUK, "DOMAIN 5.2"),
    ("49S 824823.999 9755407.988", PALANGKA, "DOMAIN 5.2"),
    # TM-3
    ("TM-3 49.2 250040.780 1220264.558", SAMPIT, "DOMAIN 5.2"),
    ("TM3 zona 49.2 X=250040,780 Y=1220264,558", SAMPIT, "DOMAIN 5.2"),
    ("ZONE : 49.2 TIMUR : 250.040,780 meter UTARA : 1.220.264,558", SAMPIT, "DOMAIN 5.4: PMNA"),
    ("TIMUR : 250.040,780 meter UTARA : 1.220.264,558 ZONE : 49.2", SAMPIT, "DOMAIN 5.4: PMNA"),
    ("250040.780 1220264.558 zona 49.2", SAMPIT, "alias"),
    ("1220264.558 250040.780 zona 49,2", SAMPIT, "other order"),
    ("T 250.040,780 U 1.220.264,558 zona 49.2", SAMPIT, "alias"),
    ("zona 50.1 X 96484.867 Y 1430335.906", PURUK, "DOMAIN 5.2"),
    ("EPSG:23836 250040.780 1220264.558", SAMPIT, "alias"),
    # WKT and links
    ("POINT (112.95 -2.53)", SAMPIT, "OGC WKT"),
    ("POINT(112.95 -2.53)", SAMPIT, "PostGIS"),
    ("Point Z (112.95 -2.53 12.5)", SAMPIT, "OGC WKT"),
    ("SRID=4326;POINT(112.95 -2.53)", SAMPIT, "EWKT"),
    ("SRID=32749;POINT(716818.062 9720194.244)", SAMPIT, "EWKT"),
    ("geo:-2.53,112.95", SAMPIT, "RFC 5870"),
    ("geo:-2.53,112.95,12", SAMPIT, "RFC 5870"),
    ("geo:-2.53,112.95;u=35", SAMPIT, "RFC 5870"),
    ("geo:-2.53,112.95;crs=wgs84;u=10", SAMPIT, "RFC 5870"),
    ("geo:0,0?q=-2.53,112.95(Gerai)", SAMPIT, "Android"),
    ("https://www.google.com/maps?q=-2.53,112.95", SAMPIT, "map link"),
    ("https://maps.google.com/?q=-2.53,112.95&z=17", SAMPIT, "map link"),
    ("https://maps.google.com/maps?q=loc:-2.53,112.95", SAMPIT, "map link"),
    ("https://www.google.com/maps?q=-2.53%2C112.95", SAMPIT, "map link, percent encoded"),
    ("https://www.google.com/maps/search/?api=1&query=-2.53,112.95", SAMPIT, "map link"),
    ("https://www.google.com/maps/search/-2.53,+112.95", SAMPIT, "map link"),
    ("https://www.google.com/maps/place/-2.53,112.95", SAMPIT, "map link"),
    ("https://www.google.com/maps/@-2.53,112.95,17z", SAMPIT, "map link, centre only"),
    ("https://www.google.com/maps/place/Sampit/@-2.54,112.96,17z/data=!4b1!8m2!3d-2.53!4d112.95", SAMPIT, "the pin"),
    ("https://www.google.com/maps/dir/?api=1&destination=-2.53,112.95", SAMPIT, "map link"),
    ("https://www.openstreetmap.org/?mlat=-2.53&mlon=112.95#map=15/-2.6/112.9", SAMPIT, "map link: the pin"),
    ("https://www.openstreetmap.org/#map=15/-2.53/112.95", SAMPIT, "map link, centre only"),
]  # fmt: skip

REFUSED = [
    ("", "blank"),
    ("   ", "blank"),
    ("-2.53", "half"),
    ("112.95", "half"),
    ("2°31'48\" LS", "half"),
    ("-2,112", "ambiguous"),  # a pair without decimals, or -2.112
    ("12.5 7.5", "ambiguous"),  # either order
    ("-2.53 LU 112.95 BT", "ambiguous"),  # minus and north
    ("-2.53 N 112.95 E", "ambiguous"),
    ("2.53 LS -112.95 BT", "ambiguous"),
    ("2.31.48 LS 112.57.00 BT", "ambiguous"),  # dots for marks, or a dot too many
    ("-2.531.230 112.950.410", "ambiguous"),  # thousands dots broken into decimals (DOMAIN 5.4)
    ("300000 500000 50N", "ambiguous"),  # easting and northing could be either
    ("2.53 LS 112.95 LS", "unreadable"),  # two latitudes
    ("112.95 BT 113 BT", "unreadable"),
    ("Lat -2.53 Lat 112.95", "unreadable"),
    ("95.5, 112.95", "out_of_range"),
    ("-2.53, 212.95", "out_of_range"),
    ("2°75'48\" LS 112°57'00\" BT", "unreadable"),  # 75 minutes
    ("2°31'75\" LS 112°57'00\" BT", "unreadable"),
    ("2.5°31' LS 112°57' BT", "unreadable"),  # decimals before minutes
    ("2°31.5'48\" LS 112°57'00\" BT", "unreadable"),
    ("31'48\" LS 57'00\" BT", "unreadable"),  # no degrees
    ("2°48\" LS 112°57\" BT", "unreadable"),  # seconds without minutes
    ("2'31°48\" LS 112°57'00\" BT", "unreadable"),  # marks in the wrong order
    ("2°31'48\" LS 112°57'00\" BT 55", "unreadable"),  # a number left over
    ("-2.53 112.95 37", "unreadable"),
    ("-2.53, 112.95 (depan kantor desa)", "unreadable"),  # words left over
    ("sekitar -2.53, 112.95", "unreadable"),
    ("belakang masjid", "unreadable"),
    ("-2.53, 112.95, 25", "unreadable"),
    ("-2.5a3, 112.95", "unreadable"),
    ("--2.53, 112.95", "unreadable"),
    ("-2..53, 112.95", "unreadable"),
    ("716818.062 9720194.244", "needs_crs"),
    ("X: 716818 Y: 9720194", "needs_crs"),
    ("250040.780 1220264.558", "needs_crs"),
    ("50N 229536.455 9930302.951", "out_of_zone"),  # southern northing in a northern zone
    ("49C 716818 9720194", "out_of_zone"),  # band C is Antarctica
    ("49S 71681 9720194", "out_of_zone"),  # a digit lost
    ("49.2 716818 9720194", "out_of_zone"),  # UTM metres in a TM-3 zone
    ("0, 0", "zero"),
    ("0.000000, 0.000000", "zero"),
    ("POINT (0 0)", "zero"),
    ("POINT (112.95)", "unreadable"),
    ("POINT (112.95 -2.53", "unreadable"),
    ("POINT (212.95 -2.53)", "out_of_range"),
    ("LINESTRING (112 -2, 113 -2)", "unreadable"),
    ("geo:-2.53", "unreadable"),
    ("geo:-2.53,112.95;crs=moon", "unreadable"),
    ("https://maps.app.goo.gl/abcDEF123", "short_link"),
    ("https://goo.gl/maps/abcDEF", "short_link"),
    ("https://www.google.com/maps/place/Sampit", "unreadable"),
    ("https://example.org/", "unreadable"),
    ("6PQ3FWC2+5J", "plus_code"),
    ("49MGT168182019", "mgrs"),  # nine digits
    ("49M GT 16818 2019", "mgrs"),
    ("49M GT", "unreadable"),  # a square of 100 km is no place
    ("49MJT1681820194", "mgrs"),  # column J is of other zones
    ("49MIT1681820194", "unreadable"),  # there is no letter I
    ("61MGT1681820194", "unreadable"),
    ("49NGT1681820194", "mgrs"),  # row T of zone 49 is not in band N
    ("nan nan", "unreadable"),
    ("inf, inf", "unreadable"),
    ("1e400, 1e400", "unreadable"),
    ("-2,53,112", "ambiguous"),  # -2.53 and 112, or -2 and 53.112
    ("1.1295e2 -2.53", "unreadable"),  # an exponent, not an E
    ("-2.53 1.1295E+02", "unreadable"),
    ("#REF!", "unreadable"),
    ("<script>alert(1)</script>", "unreadable"),
    ("=HYPERLINK(\"x\")", "unreadable"),
]  # fmt: skip

CELLS = [
    ("-2.53", "112.95", SAMPIT),
    ("-2,53", "112,95", SAMPIT),
    ("-2,53", "112.95", SAMPIT),
    ("-2,530", "112,950", SAMPIT),  # three decimals are decimals, not thousands
    ("2.53 LS", "112.95 BT", SAMPIT),
    ("2°31'48\"", "112°57'00\"", (2.53, 112.95)),  # no hemisphere: north, and the checks say so
    ("-2°31'48\"", "112°57'00\"", SAMPIT),
    ("2°31'48\" LS", "112,95", SAMPIT),
    ("LS 2°31'48\"", "BT 112°57'00\"", SAMPIT),
    ("2 31 48 S", "112 57 00 E", SAMPIT),
    ("-2 31 48", "112 57 0", SAMPIT),
    ("-7,195447° LS", "112,95° BT", (-7.195447, 112.95)),  # DOMAIN 5.4
    ("112°57'00\" BT", "2°31'48\" LS", SAMPIT),  # cells swapped, and they say so
    ("-2.53, 112.95", None, SAMPIT),
    (None, "-2.53, 112.95", SAMPIT),
    ("-2.53, 112.95", "-2.53, 112.95", SAMPIT),
    ("9720194.244", "716818.062", None),
    ("95.5", "112.95", None),
    ("-2.53", "-2.53 112.95", None),
    ("-2.53 LS", "112.95 LS", None),
    ("2.31.48", "112.57.00", None),
    ("-2531230", "112950410", None),
    ("-2.53", "belum", None),
    ("-2.53", None, None),
]


@pytest.mark.parametrize(("text", "expected", "source"), TEXTS, ids=[t[0] for t in TEXTS])
def test_texts(text, expected, source):
    result = parse_text(text)
    if expected is None:
        assert isinstance(result, ParseError)
        return
    assert isinstance(result, Position), result
    assert result.lat == pytest.approx(expected[0], abs=2e-8)
    assert result.lon == pytest.approx(expected[1], abs=2e-8)


@pytest.mark.parametrize(("text", "code"), REFUSED, ids=[t[0] for t in REFUSED])
def test_refused(text, code):
    result = parse_text(text)
    assert isinstance(result, ParseError), result
    assert result.code == code
    if code == "ambiguous":
        assert result.readings


@pytest.mark.parametrize(("lat", "lon", "expected"), CELLS)
def test_cells(lat, lon, expected):
    result = parse_cells(lat, lon)
    if expected is None:
        assert isinstance(result, ParseError), result
    else:
        assert isinstance(result, Position), result
        assert (result.lat, result.lon) == pytest.approx(expected, abs=2e-8)


def test_table_is_as_long_as_promised():
    assert len(TEXTS) + len(REFUSED) + len(CELLS) >= 220
    assert len(REFUSED) >= 60
    assert len({t[0] for t in TEXTS}) == len(TEXTS)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("02° 60′ LS, 113° 00′ BT", "minutes_60"),
        ("-2.53 LS 112.95 BT", "minus_and_hemisphere"),
        ("2°31'48' LS 112°57'00' BT", "seconds_mark"),
        ("https://www.google.com/maps/@-2.53,112.95,17z", "map_centre"),
    ],
)
def test_notes(text, note):
    result = parse_text(text)
    assert isinstance(result, Position)
    assert note in result.notes


def test_ambiguous_gives_both_readings():
    north_or_south = parse_text("-2.53 LU 112.95 BT")
    assert {r.lat for r in north_or_south.readings} == {2.53, -2.53}
    dots = parse_cells("-2.31.48", "112.57.00")
    assert {round(r.lat, 6) for r in dots.readings} == {-2.53, -2.3148}


def test_lost_decimal_point_and_swap_are_offered_not_taken():
    lost = parse_cells("-2531230", "112950410")
    assert lost.code == "out_of_range"
    assert Position(112.95041, -2.53123) in lost.readings
    swapped = parse_cells("112.95", "-2.53")
    assert swapped.code == "out_of_range"
    assert [(r.lat, r.lon) for r in swapped.readings] == [(-2.53, 112.95)]


def test_heading_gives_the_hemisphere():
    result = parse_cells("2,53", "112,95", hemispheres=("S", "E"))
    assert (result.lat, result.lon) == SAMPIT
    assert "hemisphere_from_heading" in result.notes
    assert parse_cells("-2,53", "112,95", hemispheres=("S", "E")).lat == -2.53


def test_metres_in_cells_with_zone_or_crs():
    for result in (
        parse_cells("9720194.244", "716818.062", crs="EPSG:32749"),
        parse_cells("9.720.194,244", "716.818,062", crs="EPSG:32749"),
        parse_cells("9720194.244", "716818.062", zone="49S"),
        parse_cells("9720194.244", "716818.062", zone="49 M"),
        parse_cells("9720194.244", "716818.062", zone="49"),
        parse_cells("Y: 9720194.244", "X: 716818.062", zone="49S"),
    ):
        assert isinstance(result, Position)
        assert (result.lat, result.lon) == pytest.approx(SAMPIT, abs=2e-8)
        assert result.crs == "EPSG:32749"
    tm3 = parse_cells("1.220.264,558", "250.040,780", zone="49.2")
    assert (tm3.lat, tm3.lon) == pytest.approx(SAMPIT, abs=2e-8)
    assert tm3.crs == "EPSG:23836"


def test_metres_without_crs_offer_the_grids_they_fit():
    result = parse_cells("9720194.244", "716818.062")
    assert result.code == "needs_crs"
    assert "EPSG:32749" in {r.crs for r in result.readings}
    assert all(in_indonesia(r.lon, r.lat) for r in result.readings)


def test_degrees_on_another_datum_are_moved():
    # EPSG:4238 (ID74) to WGS 84 is about 28 m at 113, -2.5 (DOMAIN 5.1)
    result = parse_cells("-2°30'", "113°", crs="EPSG:4238")
    assert isinstance(result, Position)
    metres = math.hypot((result.lon - 113) * 111_200, (result.lat + 2.5) * 110_600)
    assert 15 < metres < 45


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("-2.53, 112.95", 0.01),
        ("-2.531234 112.9", 1e-6),
        ("2°31'48\" S 112°57'0\" E", 1 / 3600),
        ("2°31' S 112°57' E", 1 / 60),
    ],
)
def test_smallest_unit(text, step):
    assert parse_text(text).step_deg == pytest.approx(step)


# What we can write we can read: every notation, to 1e-7 degrees.

latitudes = st.floats(-11.9, 6.9).map(lambda v: round(v, 7))
longitudes = st.floats(94.1, 141.9).map(lambda v: round(v, 7))


def _dms(value, digits):
    seconds = round(abs(value) * 3600, digits)
    degrees, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    rest = round(rest, digits)
    if rest >= 60:
        minutes, rest = minutes + 1, 0.0
    if minutes >= 60:
        degrees, minutes = degrees + 1, 0
    return int(degrees), int(minutes), f"{rest:.{digits}f}"


def _dm(value):
    degrees, minutes = divmod(round(abs(value) * 60, 6), 60)
    return int(degrees), f"{minutes:.6f}"


def _written(lat, lon):
    ns, ew = ("LS" if lat < 0 else "LU"), "BT"
    sn = "S" if lat < 0 else "N"
    d, m, s = _dms(lat, 5)
    dd, mm, ss = _dms(lon, 5)
    e, f = _dm(lat)
    ee, ff = _dm(lon)
    minus = "-" if lat < 0 else ""
    comma = str.maketrans(".", ",")
    plain = f"{lat:.7f} {lon:.7f}"
    yield plain
    yield f"{lat:.7f}, {lon:.7f}"
    yield f"{lon:.7f},{lat:.7f}"
    yield plain.translate(comma)
    yield f"{lat:.7f},{lon:.7f}".translate(comma)
    yield f"{abs(lat):.7f}° {ns}, {lon:.7f}° {ew}"
    yield f"{ns} {abs(lat):.7f} {ew} {lon:.7f}".translate(comma)
    yield f"{d}°{m}'{s}\" {ns} {dd}°{mm}'{ss}\" {ew}"
    yield f"{d}° {m:02d}′ {s}″ {ns}, {dd}° {mm:02d}′ {ss}″ {ew}".translate(comma).replace(f"{ns},", f"{ns};")
    yield f"{sn} {d} {m} {s} E {dd} {mm} {ss}"
    yield f"{minus}{d}:{m}:{s}, {dd}:{mm}:{ss}"
    yield f"{minus}{d} {m} {s} {dd} {mm} {ss}"
    yield f"{e}°{f}' {ns} {ee}°{ff}' {ew}"
    yield f"{sn}{e} {f} E{ee} {ff}"
    yield f"POINT ({lon:.7f} {lat:.7f})"
    yield f"geo:{lat:.7f},{lon:.7f}"
    yield f"https://www.google.com/maps?q={lat:.7f},{lon:.7f}"
    yield f"Lat: {lat:.7f}, Long: {lon:.7f}"


@settings(max_examples=150, deadline=None)
@given(lat=latitudes, lon=longitudes)
def test_what_we_write_we_read(lat, lon):
    for text in _written(lat, lon):
        result = parse_text(text)
        assert isinstance(result, Position), (text, result)
        assert result.lat == pytest.approx(lat, abs=1e-7), text
        assert result.lon == pytest.approx(lon, abs=1e-7), text


@settings(max_examples=60, deadline=None)
@given(lat=latitudes, lon=longitudes)
def test_metres_we_write_we_read(lat, lon):
    from pyproj import Transformer

    zone = int((lon + 180) // 6) + 1
    tm3 = 23830 + int((lon - 93) // 3)
    grids = [(f"EPSG:{(32700 if lat < 0 else 32600) + zone}", f"{zone}{'S' if lat < 0 else 'N'}")]
    grids += [(f"EPSG:{tm3}", f"EPSG:{tm3}")] if tm3 <= 23845 else []
    for crs, name in grids:
        x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
        for text in (f"{name} X={x:.3f} Y={y:.3f}", f"X: {x:.3f} Y: {y:.3f} {name}".replace(".", ",")):
            result = parse_text(text)
            if abs(y) < 1_000 and isinstance(result, ParseError):  # 864.046: 864 m from the equator, or 864 km
                assert result.code == "ambiguous", (text, result)
                continue
            assert isinstance(result, Position), (text, result)
            assert (result.lat, result.lon) == pytest.approx((lat, lon), abs=2e-8), text


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=60))
def test_random_text_never_crashes(text):
    for result in (
        parse_text(text),
        parse_cells(text, "112.95"),
        parse_cells("-2.53", text),
        parse_cells("1", "2", zone=text),
    ):
        assert isinstance(result, (Position, ParseError))


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet="0123456789.,-+°'\" NSEWLSUBTxy:;/()49zona", max_size=40))
def test_texts_like_coordinates_never_crash_and_stay_on_earth(text):
    result = parse_text(text)
    if isinstance(result, Position):
        assert abs(result.lat) <= 90
        assert abs(result.lon) <= 180
        assert (result.lon, result.lat) != (0, 0)


@settings(max_examples=200, deadline=None)
@given(
    lat=latitudes, lon=longitudes, junk=st.sampled_from(["depan kantor", "?", "37 m", "abc", "kec. Hanau", "*", "RT 3"])
)
def test_nothing_is_ignored(lat, lon, junk):
    assert isinstance(parse_text(f"{lat:.6f}, {lon:.6f} {junk}"), ParseError)
    assert isinstance(parse_text(f"{junk} {lat:.6f}, {lon:.6f}"), ParseError)


@pytest.mark.parametrize(
    "text", ["-2.53 112.95 -2.6 112.8", "-2.53111,112.95111,-1.60000,112.80001", "-2.531234 112.951234 -2.6 112.85"]
)
def test_two_places_in_one_text_are_refused(text: str) -> None:
    result = parse_text(text)
    assert isinstance(result, ParseError)
    assert result.code == "two_places"


@pytest.mark.parametrize(
    ("text", "ce90_m"),
    [("-2.531234 112.951234 12.3 4.82", 4.82), ("-2.531234 112.951234 0 0", None), ("-2.531234 112.951234 0.0 100.0", 100.0),
     ("-2.531234 112.951234 -2.6 4.9", 4.9), ("-2.531234 112.951234 112.8 2.6", 2.6), ("-2.531234 112.951234 37.5 112.8", 112.8)],
)  # fmt: skip
def test_height_and_accuracy_of_kobo_are_no_second_place(text: str, ce90_m: float | None) -> None:
    result = parse_text(text)
    assert isinstance(result, Position)
    assert result.ce90_m == ce90_m
