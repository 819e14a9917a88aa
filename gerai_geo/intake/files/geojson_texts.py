"""What GDAL overlooks in GeoJSON files: an unknown CRS, read as degrees on WGS 84, and what follows the first text."""

from __future__ import annotations

import itertools
import json
import mmap
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pyproj import CRS
from pyproj.exceptions import CRSError as UnknownCRSError

from gerai_geo.errors import CRSError
from gerai_geo.i18n.translate import _

_WHOLE_BYTES: Final = 64 << 20
_HEAD_BYTES: Final = 1 << 20
_BETWEEN: Final = re.compile(rb"[}\]][\s\x1e]*[\x1e{\[]")
"""The end of one JSON text and the beginning of the next: within a text a comma stands between."""
_LIMIT: Final = "exceededtransferlimit"
_YES: Final = ("true", "t", "1", "1.0", "yes", "y", "ya")
_LATITUDES: Final = {"lat", "latitude", "lintang", "y"}
_LONGITUDES: Final = {"lon", "lng", "long", "longitude", "bujur", "x"}
_OF_VERTICES: Final = {"z", "m", "alt", "altitude", "elevation", "accuracy", "time", "timestamp", "spatialreference"}
_CRS_FIRST: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{[^{}\[\]]*"crs"\s*:\s*')
"""Beginning of an object up to the value of ``crs``, with no object or list before it."""
_SPACE: Final = re.compile(r"[\s\x1e]*")


def unknown_crs(path: Path) -> str | None:
    """
    Name of the CRS of a GeoJSON file if it is unknown; None without a CRS or with a known one.

    A file of more than 64 MB is read up to its first feature.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.geojson")
    >>> _n = file.write_text('{"crs": {"type": "name", "properties": {"name": "Lokal"}}, "features": []}')
    >>> unknown_crs(file)
    'Lokal'
    """
    member = _member(path)
    if member is None:
        return None
    if not isinstance(member, dict):
        return json.dumps(member)[:200]
    properties = member.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    code = properties.get("code")
    name = f"EPSG:{code}" if code is not None else properties.get("name") or properties.get("href") or member
    if member.get("type") == "link":
        return str(name)[:200]
    if not isinstance(name, str):
        return json.dumps(name)[:200]
    try:
        CRS.from_user_input(name)
    except UnknownCRSError:
        return name[:200]
    return None


def _member(path: Path) -> Any:
    """Value of the ``crs`` member of the outermost object, or None."""
    with path.open("rb") as stream:
        text = stream.read(_WHOLE_BYTES + 1)
    if b'"crs"' not in text:
        return None
    if len(text) > _WHOLE_BYTES:
        head = text[:_HEAD_BYTES].partition(b'"features"')[0].decode("utf-8", errors="replace")
        _before, key, after = head.partition('"crs"')
        try:
            return json.JSONDecoder().raw_decode(after.lstrip(" \t\r\n:"))[0] if key else None
        except ValueError:
            return None
    try:
        if (start := _CRS_FIRST.match(text)) is not None and text.count(b'"crs"') == 1:
            after = text[start.end() : start.end() + _HEAD_BYTES].decode("utf-8", errors="replace")
            return json.JSONDecoder().raw_decode(after)[0]
        content = json.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return None
    return content.get("crs") if isinstance(content, dict) else None


def json_texts(text: str) -> Iterator[Any]:
    r"""
    Contents of the JSON texts that follow each other in a file, on one line or several.

    Raises
    ------
    ValueError
        If something between or behind them is no JSON.

    Examples
    --------
    >>> list(json_texts('{"a": 1} [2]\n{"b": 3}\n'))
    [{'a': 1}, [2], {'b': 3}]
    """
    decoder = json.JSONDecoder()
    at = _start_of(text, 0)
    for n in itertools.count():
        if at == len(text):
            return
        try:
            content, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            if not n:
                raise
            raise ValueError(_("isi sesudah bagian ke-{n} tidak terbaca; mungkin terpotong").format(n=n)) from error
        yield content
        at = _start_of(text, end)


def _start_of(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def joined_features(path: Path) -> dict[str, Any] | None:
    """
    All features of a file with several collections one after the other, as one; None for any other file.

    GDAL reads the first collection and says nothing of the others.

    Raises
    ------
    ValueError
        If what follows the first collection can't be read.
    CRSError
        If another collection is on another CRS.
    """
    if not path.stat().st_size:
        return None
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data.find(b'"features"') < 0 or _BETWEEN.search(data) is None:
            return None
        content = bytes(data)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    features: list[Any] = []
    head: dict[str, Any] = {}
    several = 0
    try:
        for part in json_texts(text):
            collection = isinstance(part, dict) and isinstance(part.get("features"), list)
            if not collection and not (isinstance(part, dict) and part.get("type") == "Feature"):
                return None
            several += 1
            features += part["features"] if collection else [part]
            own = {key: part[key] for key in ("crs", "spatialReference") if collection and key in part}
            if any(head.get(key, value) != value for key, value in own.items()):
                why = _(
                    "{file}: berisi beberapa kumpulan fitur dengan CRS yang berbeda. Pisahkan menjadi beberapa berkas."
                )
                raise CRSError(why.format(file=path.name))
            head = {**part, **head, **own} if collection else head
    except (json.JSONDecodeError, RecursionError):
        return None  # GDAL says what is wrong with it
    return {"type": "FeatureCollection", **head, "features": features} if several > 1 and head else None


def says_yes(value: object) -> bool:
    """
    Whether the value of a flag means yes, as servers and programs write it.

    Examples
    --------
    >>> [says_yes(value) for value in (True, 1, "True", "yes", "1")], says_yes("false"), says_yes(None)
    ([True, True, True, True, True], False, False)
    """
    return value == 1 or (isinstance(value, str) and value.strip().casefold() in _YES)


def is_flagged(content: Any) -> bool:
    """Whether an answer is marked as cut off (``exceededTransferLimit``), at any level outside its features."""
    waiting = [content]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += [v for v in part if isinstance(v, list | Mapping)]
        elif isinstance(part, Mapping):
            if any(key.casefold() == _LIMIT and says_yes(value) for key, value in part.items()):
                return True
            if not isinstance(part.get("geometry"), Mapping):  # else a feature
                waiting += [v for v in part.values() if isinstance(v, list | Mapping)]
    return False


def count_places(content: Any) -> int:
    """
    Count the features and records with a position in a JSON text, at any level, each once.

    What stands within a feature or a record belongs to it. Corners of a parcel, which have nothing but a position, are
    no records.

    Examples
    --------
    >>> feature = {"type": "Feature", "properties": {}, "geometry": None}
    >>> count_places([{"features": [feature]}, {"features": [feature, feature]}])
    3
    >>> count_places({"kotim": [{"id": 1, "lat": -2.5, "lon": 112}], "seruyan": [{"id": 2, "lat": -2.6, "lon": 112}]})
    2
    >>> count_places({"data": [{"id": 1, "corners": [{"lat": -2.5, "lng": 112}, {"lat": -2.6, "lng": 112}]}]})
    0
    """
    found, todo = 0, [(content, False)]
    while todo:
        part, listed = todo.pop()
        if isinstance(part, list):
            todo += ((item, True) for item in part if isinstance(item, list | dict))
        elif isinstance(part, dict):
            if part.get("type") == "Feature" or (listed and _is_record(part)):
                found += 1
            else:
                todo += ((item, False) for item in part.values() if isinstance(item, list | dict))
    return found


def _is_record(part: dict[str, Any]) -> bool:
    """Whether an object is a feature of ArcGIS, or has a position and something else."""
    if isinstance(part.get("attributes"), dict):
        return True
    keys = {str(key).casefold() for key, value in part.items() if not isinstance(value, list | dict)}
    return bool(keys & _LATITUDES and keys & _LONGITUDES and keys - _LATITUDES - _LONGITUDES - _OF_VERTICES)
