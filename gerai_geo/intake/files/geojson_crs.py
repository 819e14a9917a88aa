"""The ``crs`` member of GeoJSON files: GDAL silently reads an unknown one as degrees on WGS 84."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from pyproj import CRS
from pyproj.exceptions import CRSError

_WHOLE_BYTES: Final = 64 << 20
_HEAD_BYTES: Final = 1 << 20


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
    except CRSError:
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
        content = json.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return None
    return content.get("crs") if isinstance(content, dict) else None
