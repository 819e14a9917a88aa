"""Links to maps: the pin is the position, the middle of the screen is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from lists import codes, latlon

import gerai_geo as gg
from gerai_geo.intake.coordinates.parse import parse_text
from gerai_geo.intake.coordinates.results import ParseError, Position

PIN = (-2.53, 112.95)
G = "https://www.google.com/maps"

PINS = [
    f"{G}?q=-2.53,112.95&ll=-2.6,112.9&z=12",
    f"{G}?ll=-2.6,112.9&q=2.53+S,112.95+E",
    f"{G}?q=2%C2%B031'48%22S+112%C2%B057'0%22E&ll=-2.6,112.9",
    f"{G}?q=loc:-2.53+112.95",
    f"{G}?q=Gerai+Desa@-2.53,112.95&z=9",
    f"{G}?q=-2.53,112.95(Gerai+Desa)",
    f"{G}?daddr=-2.53,112.95&saddr=-2.7,112.5",
    f"{G}/place/2%C2%B031'48%22S+112%C2%B057'00%22E/@-2.6,112.9,12z",
    f"{G}/place/2%C2%B031'48.0%22S+112%C2%B057'00.0%22E/@-2.6,112.9,12z/data=!3m1!4b1!4m4!3m3!8m2!3d-2.53!4d112.95",
    f"{G}/place/-2.53,112.95/@-2.6,112.9,17z",
    f"{G}/place/Kantor+Desa/@-2.6,112.9,17z/data=!3m1!4b1!4m6!3m5!1s0x0:0x0!7e2!8m2!3d-2.53!4d112.95",
    f"{G}/search/-2.53,+112.95/@-2.6,112.9,17z",
    f"{G}/search/?api=1&query=-2.53%2C112.95&query_place_id=ChIJ",
    f"{G}/dir/-2.7,112.5/-2.53,112.95/@-2.6,112.7,11z",
    f"{G}/dir//-2.53,112.95/@-2.6,112.7,11z",
    f"{G}/dir/Sampit/Gerai/@-2.6,112.7,11z/data=!4m14!4m13!1m5!1m1!1s0x2!2m2!1d112.5!2d-2.7!1m5!1m1!1s0x3!2m2!1d112.95!2d-2.53!3e0",
    f"{G}/dir/?api=1&origin=-2.7,112.5&destination=-2.53,112.95&travelmode=driving",
    f"{G}/embed?pb=!1m17!1m12!1m3!1d3984!2d112.9!3d-2.6!2m3!1f0!2f0!3f0!3m2!1i1024!2i768!4f13.1!3m2!1m1"
    "!2zMsKwMzEnNDguMCJTIDExMsKwNTcnMDAuMCJF!5e0",  # base64 of 2°31'48.0"S 112°57'00.0"E
    "https://maps.googleapis.com/maps/api/staticmap?center=-2.6,112.9&zoom=9&markers=color:red%7C-2.53,112.95",
    "https://www.openstreetmap.org/?mlon=112.95&mlat=-2.53#map=9/-2.6/112.9",
    "https://maps.apple.com/?ll=-2.6,112.9&q=-2.53,112.95",
    "https://maps.apple.com/?ll=-2.53,112.95&q=Gerai%20Desa",
    "https://maps.apple.com/place?coordinate=-2.53,112.95&name=Gerai",
    "https://waze.com/ul?ll=-2.53%2C112.95&navigate=yes",
    "https://www.waze.com/live-map/directions?to=ll.-2.53%2C112.95",
    "https://www.bing.com/maps?cp=-2.6~112.9&lvl=12&sp=point.-2.53_112.95_Gerai",
    "https://share.here.com/l/-2.53,112.95,Gerai",
    "https://yandex.com/maps/?ll=112.9,-2.6&z=12&pt=112.95,-2.53",
    "https://earth.google.com/web/search/-2.53,112.95/@-2.6,112.9,45a,800d,35y,0h,45t,0r",
    "Lokasi: https://www.google.com/maps?q=-2.53,112.95",
    "Gerai RT 03 RW 01\nhttps://www.google.com/maps?q=-2.53,112.95",
    "https://maps.app.goo.gl/abcDEF123 -2.53, 112.95",
    "-2.530, 112.950 https://www.google.com/maps?q=-2.53,112.95",
    "[peta](https://www.google.com/maps?q=-2.53,112.95)",
    "geo:-2.53,112.95?z=17",
    "geo:-2.6,112.9?q=-2.53,112.95(Gerai)",
    "geo:0,0?q=-2.53,112.95",
]  # fmt: skip

# Half a screen of 1,000 pixels: 156,543 m / 2^zoom a pixel on the equator, times cos(2.53 deg) = 0.99903, times 500.
CENTRES = [
    (f"{G}/@-2.53,112.95,17z", 596.6),
    (f"{G}/@-2.53,112.95,19.5z", 105.5),
    (f"{G}/place/Kantor+Desa/@-2.53,112.95,16z", 1_193.2),
    (f"{G}/@-2.53,112.95,850m/data=!3m1!1e3", 850.0),
    ("https://earth.google.com/web/@-2.53,112.95,45.5a,800d,35y,0h,0t,0r", 504.5),  # 2 x 800 m x tan(35 deg / 2)
    (f"{G}?ll=-2.53,112.95&z=18", 298.3),
    (f"{G}?q=Kantor+Desa&ll=-2.53,112.95&z=18", 298.3),
    (f"{G}/@?api=1&map_action=map&center=-2.53,112.95&zoom=17", 596.6),
    ("https://www.openstreetmap.org/#map=19/-2.53/112.95", 149.1),
    ("https://www.openstreetmap.org/node/7#map=18/-2.53/112.95&layers=N", 298.3),
    ("https://maps.apple.com/?ll=-2.53,112.95&z=18", 298.3),
    ("https://www.bing.com/maps?cp=-2.53~112.95&lvl=17", 596.6),
    ("https://wego.here.com/?map=-2.53,112.95,17,normal", 596.6),
    ("https://yandex.com/maps/?ll=112.95,-2.53&z=17", 596.6),
]

NOWHERE = [
    f"{G}/place/Kantor+Desa/@-2.53,112.95,10z",
    f"{G}/@-2.53,112.95,9z",
    f"{G}/@-2.53,112.95",
    f"{G}?ll=-2.53,112.95",
    f"{G}?ll=-2.53,112.95&z=11&q=Kantor+Desa",
    f"{G}/@?api=1&map_action=map&center=-2.53,112.95&zoom=12",
    f"{G}/@-2.53,112.95,25000m/data=!3m1!1e3",
    "https://earth.google.com/web/@-2.53,112.95,45.5a,80000d,35y,0h,0t,0r",
    f"{G}/embed?pb=!1m14!1m12!1m3!1d63751!2d112.95!3d-2.53!2m3!1f0",
    "https://www.openstreetmap.org/#map=8/-2.53/112.95",
    "https://www.bing.com/maps?cp=-2.53~112.95&lvl=9",
]

SHORT = [
    "https://maps.app.goo.gl/abcDEF123", "https://goo.gl/maps/abc", "https://g.co/kgs/x1", "https://s.id/abc",
    "https://www.google.com/maps?cid=123456789", "Kantor Desa https://maps.app.goo.gl/abcDEF123",
    "https://osm.org/go/4ZQ1--", "https://bit.ly/3abc",
]  # fmt: skip


@pytest.mark.parametrize("link", PINS)
def test_the_pin_of_a_link(link: str) -> None:
    result = parse_text(link)
    assert isinstance(result, Position), result
    assert (result.lat, result.lon) == pytest.approx(PIN, abs=1e-9)
    assert result.notes == (("route_end",) if "/dir/-2.7" in link or "/dir/Sampit" in link else ())
    assert result.ce90_m is None


@pytest.mark.parametrize(("link", "error_m"), CENTRES)
def test_the_middle_of_the_screen_has_the_error_of_its_zoom(link: str, error_m: float) -> None:
    result = parse_text(link)
    assert isinstance(result, Position), result
    assert (result.lat, result.lon) == PIN
    assert result.notes == ("map_centre",)
    assert result.ce90_m == pytest.approx(error_m, abs=0.1)


@pytest.mark.parametrize("link", NOWHERE)
def test_the_middle_of_a_wide_screen_is_no_position(link: str) -> None:
    result = parse_text(link)
    assert isinstance(result, ParseError)
    assert result.code == "map_centre"
    assert result.readings == ()  # else the middle would be proposed as a correction


@pytest.mark.parametrize("link", SHORT)
def test_links_that_only_the_internet_can_open(link: str) -> None:
    result = parse_text(link)
    assert isinstance(result, ParseError)
    assert result.code == "short_link"


@pytest.mark.parametrize(
    "text",
    [
        "https://maps.google.com/maps?markers=-2.53,112.95%7C-2.54,112.95",
        "https://maps.google.com/?q=-2.531,112.951 https://maps.google.com/?q=-2.6,112.9",
        "-2.541, 112.951 https://maps.google.com/?q=-2.531,112.951",
    ],
)
def test_two_pins_are_not_guessed(text: str) -> None:
    result = parse_text(text)
    assert isinstance(result, ParseError)
    assert result.code == "ambiguous"


@pytest.mark.parametrize(
    "link", ["https://www.google.com/maps?q=Kantor+Desa+Contoh", "https://example.org/?q=x", "https://["]
)
def test_a_link_without_a_place(link: str) -> None:
    result = parse_text(link)
    assert isinstance(result, ParseError)
    assert result.code == "unreadable"


def test_the_uncertainty_of_a_geo_link_is_its_accuracy() -> None:
    result = parse_text("geo:-2.53,112.95;crs=wgs84;u=35")
    assert isinstance(result, Position)
    assert result.ce90_m == 35.0


@pytest.mark.shared
def test_links_of_a_list(shared: Path) -> None:
    sites, issues = gg.read_sites(shared.parent / "cases" / "intake" / "maplinks.csv")
    # 2 deg 31 min 52.4 s = 2.5312222; 112 deg 56 min 55.4 s = 112.9487222
    assert latlon(sites) == [(-2.5312222, 112.9487222), None, (-2.531234, 112.931234)]
    assert "bad_coordinates" in codes(issues, of="L2")
    assert codes(issues, of="L1") == codes(issues, of="M1") == set()


def test_a_screen_in_a_list_widens_the_accuracy_of_the_site(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'id,link maps\nA,"{G}/@-2.53123,112.95123,17z"\n')
    sites, issues = gg.read_sites(tmp_path / "a.csv")
    assert sites["accuracy_m"].tolist() == [596.6]
    assert "read_map_centre" in codes(issues, of="A")
