"""
Links: the pin of a link to a map, ``geo:`` links (RFC 5870) and grid references.

A link to a map holds several positions: the pin, the middle of the screen, the start of a route. Only a pin is a
position. Where a link has none, the middle of its screen is read with the error of its zoom, and refused where that is
more than a few kilometres.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote_plus, urlsplit

from gerai_geo.intake.coordinates.mgrs import read_reference
from gerai_geo.intake.coordinates.results import ParseError, ParseResult, Position, position_at
from gerai_geo.reference.data_files import read_toml

ReadText = Callable[[str], ParseResult]

_FLOAT: Final = r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_GEO: Final = re.compile(rf"geo:({_FLOAT}),({_FLOAT})(?:,{_FLOAT})?((?:;[\w.-]+(?:=[^;?]*)?)*)(?:\?(.*))?")
_PAIR: Final = re.compile(rf"\s*({_FLOAT})\s*[,~_]\s*({_FLOAT})\s*")
_SHORT: Final = re.compile(
    r"(?:^|//|\s)(?:www\.)?(?:(?:maps\.app\.goo\.gl|goo\.gl|g\.co|g\.page|share\.google|bit\.ly|s\.id|tinyurl\.com"
    r"|her\.is|osm\.org/go)/|waze\.com/ul/h)"
)
_URL: Final = re.compile(r"https?://|www\.|(?:maps\.)?google\.[a-z.]+/|goo\.gl/")
_LINK: Final = re.compile(r"(?:https?://|www\.)[^\s<>\"]+(?<![)\]])", re.IGNORECASE)
_COORDINATE: Final = re.compile(r"\d[.,]\d{3}|\d\s?[°º]|\d{6}")
"""Text beside a link that can only be coordinates."""
_PLUS_CODE: Final = re.compile(r"(?:[23456789cfghjmpqrvwx]{2}){1,4}\+[23456789cfghjmpqrvwx]{0,4}(?:\s.*|,.*)?")

_PLACE: Final = re.compile(rf"!3d({_FLOAT})!4d({_FLOAT})")
_STOP: Final = re.compile(rf"!1d({_FLOAT})!2d({_FLOAT})")
"""A stop of a Google route, longitude first."""
_EMBEDDED: Final = re.compile(rf"!1d([\d.]+)!2d({_FLOAT})!3d({_FLOAT})")
"""View of an embedded map: its height in metres, longitude and latitude of its middle."""
_BASE64: Final = re.compile(r"![12]z([\w-]+={0,2})")
_SEGMENTS: Final = re.compile(r"/(?:maps|web)/(place|search|dir)/([^@]*)")
_PARAMETERS: Final = read_toml("coordinate_words.toml")["links"]
_AT: Final = re.compile(rf"/@({_FLOAT}),({_FLOAT})(?:,(?:{_FLOAT}a,)?([\d.]+)([azmd])(?:\b|(?=,)))?(?:,([\d.]+)y)?")
_HASH: Final = re.compile(rf"(?:^|[#&])map=([\d.]+)/({_FLOAT})/({_FLOAT})")

_PIXEL_M: Final = 156_543.034
"""Ground of one pixel at zoom 0 on the equator, metres."""
_HALF_SCREEN: Final = 500
_CAMERA_M: Final = 50.0
_FARTHEST_M: Final = 5_000.0
"""A middle of the screen known less well than this is no position."""


def read_link(plain: str, text: str, read_text: ReadText) -> ParseResult | None:
    """
    Position of a ``geo:`` link, a link to a map or a grid reference; None for other texts.

    Parameters
    ----------
    plain, text
        The text as `characters.normalise` gives it, and as it was.
    read_text
        Parser of the texts inside a link: ``2°31'52.4"S 112°56'55.4"E``.

    Examples
    --------
    >>> read_link("geo:-2.53,112.95", "", None).lat
    -2.53
    """
    if plain.startswith("geo:"):
        return _geo_link(plain)
    whole: ParseResult | None = None
    if _SHORT.search(plain):
        whole = ParseError("short_link")
    elif _URL.match(plain):
        whole = _map_link(text.strip(), read_text)
    if whole is not None or _LINK.search(text):
        return whole if isinstance(whole, Position) else _among_words(text, read_text) or whole
    if _PLUS_CODE.fullmatch(plain):
        return ParseError("plus_code")
    return read_reference(plain)


def _among_words(text: str, read_text: ReadText) -> ParseResult | None:
    """Position of a text with words or coordinates beside its links; None for a link alone."""
    links = _LINK.findall(text)
    rest = _LINK.sub(" ", text).strip(" \t\r\n:;,.").rstrip(" -")
    if not links or (len(links) == 1 and not rest):
        return None
    results = [read_text(link) for link in links]
    beside = read_text(rest) if rest else ParseError("blank")
    results += [beside] if isinstance(beside, Position) or _COORDINATE.search(rest) else []
    positions = [r for r in results if isinstance(r, Position)]
    positions = [p for p in positions if "map_centre" not in p.notes] or positions
    if not positions:
        return next((r for r in results if isinstance(r, ParseError)), None)
    finest = min(positions, key=lambda p: p.step_deg)
    if any(max(abs(p.lon - finest.lon), abs(p.lat - finest.lat)) > max(0.51 * p.step_deg, 1e-6) for p in positions):
        return ParseError("ambiguous", tuple(dict.fromkeys(positions)))
    return finest


def _step(number: str) -> float:
    mantissa = number.casefold().split("e")[0]
    return 10.0 ** -len(mantissa.split(".")[1]) if "." in mantissa else 1.0


def _from_texts(lat: str, lon: str) -> ParseResult:
    return position_at(float(lon), float(lat), min(_step(lat), _step(lon)))


def _geo_link(plain: str) -> ParseResult:
    found = _GEO.fullmatch(plain)
    if not found or not re.fullmatch(r"(;(crs=wgs84|u=[\d.]+))*", found[3] or ""):
        return ParseError("unreadable")
    query = re.search(rf"(?:^|&)q=\s*({_FLOAT})\s*,\s*({_FLOAT})", found[4] or "")
    lat, lon = (query[1], query[2]) if query else (found[1], found[2])
    error = re.search(r";u=(\d+(?:\.\d+)?)", found[3] or "")
    ce90_m = float(error[1]) if error and not query else None
    return position_at(float(lon), float(lat), min(_step(lat), _step(lon)), ce90_m=ce90_m or None)


def _map_link(text: str, read_text: ReadText) -> ParseResult:
    """Pin of a link; where it has none, the middle of its screen, with a note and its error."""
    try:
        url = urlsplit(text if "://" in text else f"https://{text}")
        host = url.hostname or ""
        params = [(k.casefold(), v) for k, v in parse_qsl(f"{url.query}&{url.fragment.partition('?')[2]}")]
    except ValueError:
        return ParseError("unreadable")
    for pins in (_placed(url), _named(host, params, read_text), _in_path(host, url, read_text)):
        found = list(dict.fromkeys(pins))
        if len({(p.lon, p.lat) for p in found}) > 1:
            return ParseError("ambiguous", tuple(found))
        if found:
            return found[0]
    if any(name in ("cid", "ftid", "place_id") for name, _value in params):
        return ParseError("short_link")
    return next(_screens(url, params), ParseError("unreadable"))


def _placed(url: SplitResult) -> Iterator[Position]:
    """Pins of the data of Google links: places, the last stop of a route, texts in embedded maps."""
    data = unquote_plus(f"{url.path}?{url.query}")
    if "/maps/dir/" in url.path:
        stops = _STOP.findall(data)
        found = [_end_of_route(_from_texts(lat, lon), len(stops)) for lon, lat in stops[-1:]]
    else:
        found = [_from_texts(lat, lon) for lat, lon in _PLACE.findall(data)]
    yield from (p for p in found if isinstance(p, Position))


def _end_of_route(result: ParseResult, stops: int) -> ParseResult:
    """Position with a note that it is the end of a route, if this has other stops."""
    if isinstance(result, ParseError) or stops < 2:
        return result
    return replace(result, notes=(*result.notes, "route_end"))


def _named(host: str, params: list[tuple[str, str]], read_text: ReadText) -> Iterator[Position]:
    """Pins of the parameters of a link, by what each map service calls them."""
    values = dict(params)
    names = [*_PARAMETERS["pins"]]
    if "waze." in host or (
        "apple." in host and "q" in values and not isinstance(_read(values["q"], read_text), Position)
    ):
        names.append("ll")
    if "mlat" in values and "mlon" in values:
        found = _read(f"{values['mlat']}, {values['mlon']}", read_text)
        if isinstance(found, Position):
            yield found
            return
    for name in names:
        pins = [_read(piece, read_text) for n, value in params if n == name for piece in _pieces(value)]
        if positions := [p for p in pins if isinstance(p, Position)]:
            yield from positions
            return
    for value in (v for n, v in params if n == "pt" and "yandex." in host):
        for lon, lat in (p.groups() for piece in value.split("~") if (p := _PAIR.match(piece))):
            if isinstance(found := _from_texts(lat, lon), Position):
                yield found
    for text in (t for _n, value in params for t in _base64_texts(value)):
        if isinstance(found := read_text(text), Position):
            yield found


def _pieces(value: str) -> list[str]:
    """Parts of a value: pins of static maps and of Bing stand between bars and tildes."""
    return [p for p in re.split(r"[|]|~(?=pos\.|point\.)", value) if p]


def _read(value: str, read_text: ReadText) -> ParseResult:
    """Position of a value: coordinates in any notation, with a label before an @ or in brackets behind."""
    value = re.sub(r"^(?:loc:|ll\.|pos\.|point\.)", "", value.strip())
    value = re.sub(r"\([^)]*\)\s*$", "", value.rpartition("@")[2]).strip()
    pair = _PAIR.match(value)
    if pair and value[pair.end() :].startswith("_"):  # Bing: lat_lon_title
        value = f"{pair[1]}, {pair[2]}"
    return read_text(value.replace("~", ",") if _PAIR.fullmatch(value) else value)


def _base64_texts(value: str) -> Iterator[str]:
    """Texts of dropped pins in embedded maps."""
    for code in _BASE64.findall(value):
        try:
            yield base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)).decode("utf-8")
        except (binascii.Error, ValueError):
            continue


def _in_path(host: str, url: SplitResult, read_text: ReadText) -> Iterator[Position]:
    """Pins of the path of a link: the place or search, the end of a route."""
    stops = 1
    found = _SEGMENTS.search(unquote_plus(url.path.replace("%2F", " ").replace("%2f", " ")))
    if found:
        segments = [s for s in found[2].split("/") if s and not s.startswith(("data=", "am="))]
        stops = len(segments) if found[1] == "dir" else 1
        segments = segments[-1:] if found[1] == "dir" else segments[:1]
    elif "here." in host:
        segments = [",".join(unquote_plus(url.path).rpartition("/")[2].split(",")[:2])]
    else:
        segments = []
    for segment in segments:
        if isinstance(position := _end_of_route(_read(segment, read_text), stops), Position):
            yield position


def _screens(url: SplitResult, params: list[tuple[str, str]]) -> Iterator[ParseResult]:
    """Middles of the screens of a link."""
    path, values = unquote_plus(url.path), dict(params)
    zoom = next((values[n] for n in ("z", "zoom", "lvl", "level") if n in values), "")
    for lat, lon, size, unit, view_deg in _AT.findall(path):
        if unit == "d" and _is_number(size):  # Google Earth: how far the camera is, and how wide it sees
            size, unit = f"{2 * float(size) * math.tan(math.radians(min(float(view_deg or 35), 120) / 2)):.1f}", "m"
        yield _centre(lat, lon, size, unit)
    for name in _PARAMETERS["centres"]:
        for pair in (p for n, value in params if n == name and (p := _PAIR.match(value))):
            lon_first = "yandex." in (url.hostname or "")
            lat, lon = pair.groups()[::-1] if lon_first else pair.groups()
            inside = re.match(r"\s*,\s*([\d.]+)", values[name][pair.end() :])
            camera = name in _PARAMETERS["cameras"]
            yield _centre(lat, lon, *(("", "a") if camera else (inside[1] if inside else zoom, "z")))
    for size, lat, lon in _HASH.findall(f"#{url.fragment}"):
        yield _centre(lat, lon, size, "z")
    for size, lon, lat in _EMBEDDED.findall(values.get("pb", "")):
        yield _centre(lat, lon, size, "m")


def _centre(lat: str, lon: str, size: str, unit: str) -> ParseResult:
    """Middle of a screen with the error of its zoom; an error where that is large or not known."""
    found = _from_texts(lat, lon)
    if isinstance(found, ParseError):
        return found
    error_m = _CAMERA_M if unit == "a" else math.inf
    if unit == "m" and _is_number(size):
        error_m = float(size)
    elif unit == "z" and _is_number(size):
        error_m = _PIXEL_M * math.cos(math.radians(found.lat)) / 2 ** min(float(size), 30.0) * _HALF_SCREEN
    if error_m > _FARTHEST_M:
        return ParseError("map_centre")
    return position_at(found.lon, found.lat, found.step_deg, "map_centre", ce90_m=round(max(error_m, 10.0), 1))


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\d+(?:\.\d+)?", text))
