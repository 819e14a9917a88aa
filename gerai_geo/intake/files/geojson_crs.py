"""The ``crs`` member of GeoJSON files: GDAL reads one it doesn't know as degrees on WGS 84, without a word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from pyproj import CRS
from pyproj.exceptions import CRSError

_WHOLE: Final = 64 << 20
_HEAD: Final = 1 << 20


def unknown_crs(path: Path) -> str | None:
    """
    Say what a GeoJSON file calls its CRS, where nobody understands it; None where it says nothing or something known.

    A file of more than 64 MB is looked at down to its first feature only.

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
    properties = member.get("properties") if isinstance(member, dict) else None
    properties = properties if isinstance(properties, dict) else {}
    said: Any = member
    if isinstance(member, dict):
        code = properties.get("code")
        said = f"EPSG:{code}" if code is not None else properties.get("name") or properties.get("href") or member
        if member.get("type") == "link":
            return str(said)[:200]
    if not isinstance(said, str) or not isinstance(member, dict):
        return json.dumps(said)[:200]
    try:
        CRS.from_user_input(said)
    except CRSError:
        return said[:200]
    return None


def _member(path: Path) -> Any:
    """Read the ``crs`` member of the file's outermost object; None where there is none."""
    with path.open("rb") as stream:
        text = stream.read(_WHOLE + 1)
    if b'"crs"' not in text:
        return None
    if len(text) > _WHOLE:
        head = text[:_HEAD].partition(b'"features"')[0].decode("utf-8", errors="replace")
        _before, found, after = head.partition('"crs"')
        try:
            return json.JSONDecoder().raw_decode(after.lstrip(" \t\r\n:"))[0] if found else None
        except ValueError:
            return None
    try:
        whole = json.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return None
    return whole.get("crs") if isinstance(whole, dict) else None
